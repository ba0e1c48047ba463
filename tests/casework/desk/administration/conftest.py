"""The three administrators at the district, beside the people of the station."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from tests.casework.desk.acts import lend
from tests.casework.desk.conftest import PASSWORD, SINCE, Desk
from union import access, passwords
from union.organisations import Organisation
from union.people import Staff
from union.roles import AUDITOR, SECURITY_ADMIN


@pytest.fixture
def administrators(database: Database, people: dict[str, UUID]) -> dict[str, UUID]:
    """account -> id of everybody; ``admin`` runs the system, ``security`` gives rights, ``auditor`` looks on."""
    with database.sessions.begin() as session:
        district = session.scalars(select(Organisation).where(Organisation.parent_id.is_(None))).one()
        for account, name, role in (("security", "叶安", SECURITY_ADMIN), ("auditor", "卢审", AUDITOR)):
            staff = Staff(
                name=name,
                account=account,
                organisation_id=district.id,
                password_hash=passwords.hash_password(PASSWORD),
            )
            session.add(staff)
            session.flush()
            access.grant(session, staff.id, role, district.id, SINCE)
            people[account] = staff.id
        people["district"], people["station"] = district.id, _station(session)
    return people


def _station(session: Any) -> UUID:
    return session.scalars(select(Organisation.id).where(Organisation.kind == "station")).one()


def hire(desk: Desk, administrators: dict[str, UUID], account: str = "qianli", name: str = "钱立") -> UUID:
    """A new account at the station, made by the system administrator, who stays logged in."""
    desk.log_in("admin")
    answer = desk.post(
        "/admin/people/new",
        {"name": name, "account": account, "organisation_id": str(administrators["station"])},
    )
    assert answer.status_code == 303, answer.text[-2000:]
    return UUID(answer.headers["location"].rpartition("/")[2])


def code_for(desk: Desk, staff_id: UUID) -> str:
    """A one-time code from the security administrator, who stays logged in."""
    desk.log_in("security")
    answer = desk.post(f"/admin/people/{staff_id}/code", {"reason": "第一次登录"})
    assert answer.status_code == 200, answer.text[-2000:]
    return str(answer.text.split('<p class="code"><b>')[1].split("<")[0])


def choose_password(desk: Desk, account: str, proof: str, password: str, again: str = "") -> Any:
    desk.client.cookies.clear()
    data = {"account": account, "proof": proof, "password": password, "again": again or password}
    return desk.post("/password", data)


def lending_of(desk: Desk) -> str:
    """A loan by the station's window, due on 2026-03-17; answers its address."""
    desk.log_in("intake")
    return lend(desk)
