"""The whole service in a test client, with one small organisation, its people, and the toy module beside the cases."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from casework.desk import delivery
from casework.desk.channels import Arrival, DemoChannel, Handed, Outgoing
from casework.desk.tables import Room
from tests.conftest import Clock
from tests.served import website
from union import access, passwords
from union.organisations import Organisation
from union.people import Person, RosterEntry, Staff
from union.roles import INTAKE, MEDIATOR, ORG_HEAD, SYSTEM_ADMIN
from workflows.calendar_table import fill

PASSWORD = "correct horse battery staple"
SINCE = date(2020, 1, 1)


class Desk:
    """A logged-in browser that knows how to find the hidden fields of a form."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client

    def log_in(self, account: str) -> "Desk":
        self.client.cookies.clear()
        page = self.client.get("/login").text
        answer = self.client.post(
            "/login",
            data={"_csrf": _hidden(page, "_csrf"), "account": account, "password": PASSWORD, "next": "/todo"},
            follow_redirects=False,
        )
        assert answer.status_code == 303, answer.text[:500]
        return self

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the page's own form."""
        answer = self.client.get(path)
        assert answer.status_code in (200, 409), (path, answer.status_code, answer.text[:300])
        return {
            name: _hidden(answer.text, name)
            for name in ("_csrf", "_key", "_version")
            if f'name="{name}"' in answer.text
        }

    def post(self, path: str, data: dict[str, Any], at: str = "", **more: Any) -> Any:
        """Post a form as the page at ``at`` (or at ``path``) gave it out."""
        return self.client.post(path, data={**self.form(at or path), **data}, follow_redirects=False, **more)


class Line:
    """A channel that takes every text, and loses it later when the test says so."""

    name, reports = "sms", True

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.lost = ""

    def send(self, sms: Outgoing) -> Handed:
        self.sent.append(sms)
        return Handed(receipt=f"r{len(self.sent)}")

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival:
        return Arrival(problem=self.lost)


@pytest.fixture
def quick_hashes() -> Iterator[None]:
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    yield
    passwords.use(PasswordHash((Argon2Hasher(),)))


@pytest.fixture
def people(database: Database, clock: Clock, quick_hashes: None) -> dict[str, UUID]:
    """staff account -> id, at one district and its one station."""
    with database.sessions.begin() as session:
        fill(session, clock.now)
        district = Organisation(name="朝阳区总工会", short_name="区总工会", level="district", kind="federation")
        session.add(district)
        session.flush()
        station = Organisation(
            name="望京街道总工会", short_name="望京街道", level="street", kind="station", parent=district, code="望京"
        )
        station.legal_basis = "township_street"
        session.add(station)
        session.flush()
        found = {}
        for account, name, place, roles in (
            ("head", "周敏", station, (ORG_HEAD, INTAKE)),
            ("intake", "李窗", station, (INTAKE,)),
            ("mediator", "王调", station, (MEDIATOR,)),
            ("other", "赵调", station, (MEDIATOR,)),
            ("admin", "孙管", district, (SYSTEM_ADMIN,)),
        ):
            found[account] = _staff(session, account, name, place, roles)
    return found


@pytest.fixture
def desk(database: Database, clock: Clock, people: dict[str, UUID], toy: None, tmp_path: Any) -> Iterator[Desk]:
    with TestClient(website(database, clock, tmp_path)) as client:
        yield Desk(client)


@pytest.fixture
def home(desk: Desk) -> str:
    """The address of a case of the station, with its head at the desk."""
    from tests.casework.desk.acts import register

    desk.log_in("head")
    return register(desk)


@pytest.fixture
def room(desk: Desk, database: Database) -> str:
    """The id of a room of the station with three seats."""
    desk.log_in("head")
    page = desk.get("/rooms/new").text
    station = re.search(r'<option value="([^"]+)" selected>望京街道总工会', page)
    assert station
    sent = {"organisation": station[1], "name": "第一调解室", "seats": "3", "equipment": "录音录像"}
    assert desk.post("/rooms/new", sent).status_code == 303
    with database.reading() as session:
        return str(session.scalars(select(Room.id)).one())


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    delivery.use(line)
    yield line
    delivery.use(DemoChannel())


def _staff(session: Session, account: str, name: str, place: Organisation, roles: Any) -> UUID:
    person = Person(name=name, created_at=_then())
    session.add(person)
    session.flush()
    staff = Staff(
        name=name,
        account=account,
        password_hash=passwords.hash_password(PASSWORD),
        organisation_id=place.id,
        person_id=person.id,
    )
    session.add(staff)
    session.flush()
    for role in roles:
        access.grant(session, staff.id, role, place.id, SINCE)
    session.add(RosterEntry(staff_id=staff.id, number="1", valid_from=SINCE))
    return staff.id


def _then() -> Any:
    from datetime import UTC, datetime

    return datetime(2020, 1, 1, tzinfo=UTC)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no hidden {name}"
    return found[1]
