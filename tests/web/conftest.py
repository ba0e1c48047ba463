"""A small service around the page kit: one account, a few routes that go wrong in each way."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.orm import Session

from app.database import Database, Transactions
from tests.conftest import Clock
from union import access, passwords
from union.organisations import Organisation
from union.people import Staff
from web import forms
from web.application import create
from web.gallery import Everything
from web.guard import PUBLIC
from web.pages import Site, environment, page, redirect
from web.signing import Signer
from web.visitor import address_of
from workflows.errors import Reason, Refused, Stale, Unknown
from workflows.law import Law

PASSWORD = "correct horse battery staple"
SAMPLE = Law("例", "示例条例", "2026-01-01")


@get("/todo", opt={"action": "todo.view"}, sync_to_thread=True)
def todo(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "gallery_dialog.html", form=_empty(), nav="todo")


@get("/cases/{subject_id:uuid}", opt={"action": "case.view"}, sync_to_thread=True)
def case(subject_id: UUID) -> str:
    return "seen"


@post("/refused", opt={"action": "todo.view"}, sync_to_thread=True)
def refused(session: Session) -> str:
    raise Refused([Reason("双方当事人均须签名或者盖章", (SAMPLE[14, 2],)), Reason("协议书未用印")])


@post("/stale", opt={"action": "todo.view"}, sync_to_thread=True)
def stale(now: Any) -> str:
    raise Stale("周敏", "受理", now)


@post("/unknown", opt={"action": "todo.view"}, sync_to_thread=True)
def unknown() -> str:
    raise Unknown


@get("/broken", opt={"action": "todo.view"}, sync_to_thread=True)
def broken() -> str:
    raise RuntimeError("secret detail")


@post("/said", opt={"action": "todo.view"}, sync_to_thread=True)
def said(request: Request[Any, Any, Any]) -> Response[Any]:
    return redirect(request, "/todo", "已办理：<b>受理</b>")


@get("/whence", opt={"action": PUBLIC}, sync_to_thread=False, media_type="text/plain")
def whence(request: Request[Any, Any, Any]) -> str:
    return address_of(request)


def _empty() -> Any:
    return forms.show(Everything, today=date(2026, 3, 2))


@pytest.fixture
def quick_hashes() -> Iterator[None]:
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    yield
    passwords.use(PasswordHash((Argon2Hasher(),)))


@pytest.fixture
def service(database: Database, clock: Clock, quick_hashes: None) -> Litestar:
    return small_service(database, clock)


def small_service(database: Database, clock: Clock) -> Litestar:
    with database.sessions.begin() as session:
        place = Organisation(name="北京市朝阳区总工会", short_name="朝阳区总工会", level="district", kind="federation")
        session.add(place)
        session.flush()
        person = Staff(
            name="周敏", account="zhoumin", organisation_id=place.id, password_hash=passwords.hash_password(PASSWORD)
        )
        session.add(person)
        session.flush()
        access.grant(session, person.id, access.MEDIATOR, place.id, date(2020, 1, 1))
    site = Site(environment(), Signer(b"a secret for tests only"), clock, demo=True, demo_accounts=(("a", "b", "c"),))
    routes = [todo, case, refused, stale, unknown, broken, said, whence]
    return create(route_handlers=routes, site=site, database=database, plugins=[Transactions()])


@pytest.fixture
def anonymous(service: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(service, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
def staff(anonymous: TestClient[Litestar]) -> TestClient[Litestar]:
    """The same browser, logged in."""
    answer = log_in(anonymous)
    assert answer.status_code == 303, answer.text
    return anonymous


def log_in(client: TestClient[Litestar], password: str = PASSWORD, **more: str) -> Any:
    form = {"account": "zhoumin", "password": password, "_csrf": token(client, "/login"), **more}
    return client.post("/login", data=form)


def token(client: TestClient[Litestar], path: str = "/todo") -> str:
    html = client.get(path).text
    return html.split('name="_csrf" value="')[1].split('"')[0]
