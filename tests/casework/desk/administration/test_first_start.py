"""An empty installation is set up by whoever holds the console's code: once, in order, resumable, without JavaScript."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from app.database import Database
from casework.desk import first_start
from tests.casework.desk.administration.conftest import choose_password
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.conftest import Clock
from tests.served import website
from union.organisations import Organisation
from union.people import RoleGrant, Staff
from workflows.calendar_table import fill

FEDERATION = {"name": "北京市朝阳区总工会", "short_name": "朝阳区总工会", "level": "district"}
THREE = {
    "system_admin_name": "石磊",
    "system_admin_account": "shilei",
    "security_admin_name": "叶岚",
    "security_admin_account": "yelan",
    "auditor_name": "卢谨",
    "auditor_account": "lujin",
}
STATION = {"name": "望京街道总工会服务站", "short_name": "望京", "legal_basis": "township_street", "code": "望京"}


@pytest.fixture
def empty(database: Database, clock: Clock, quick_hashes: None, tmp_path: Any) -> Iterator[Desk]:
    """A service whose database holds a calendar and nobody."""
    with database.sessions.begin() as session:
        fill(session, clock.now)
    with TestClient(website(database, clock, tmp_path)) as client:
        yield Desk(client)


def offered(database: Database, clock: Clock) -> str:
    with database.sessions.begin() as session:
        code = first_start.offer(session, clock.now)
    assert code is not None
    return code


def step(desk: Desk, name: str, form: dict[str, str]) -> Any:
    return desk.post(f"/setup/{name}", form, at="/setup")


def test_an_installation_is_set_up_from_nothing_to_three_log_ins(empty: Desk, database: Database, clock: Clock):
    assert "输入一次性代码" in empty.get("/setup").text
    assert step(empty, "code", {"code": offered(database, clock)}).status_code == 303
    assert step(empty, "organisation", FEDERATION).status_code == 303
    shown = step(empty, "administrators", THREE)
    codes = re.findall(r'<p class="code"><b>([^<]+)', shown.text)
    assert len(set(codes)) == 3
    assert step(empty, "calendar", {}).status_code == 422
    assert "正式" in empty.get("/setup").text
    assert step(empty, "calendar", {"looked": "1"}).status_code == 303
    assert "9-15" in empty.get("/setup").text
    assert step(empty, "sign_off", {"looked": "1"}).status_code == 303
    assert step(empty, "station", STATION).headers["location"] == "/password"
    assert empty.get("/setup").status_code == 404
    with database.reading() as session:
        held = session.execute(select(Staff.account, RoleGrant.role).join(RoleGrant, RoleGrant.staff_id == Staff.id))
        assert sorted(held) == [("lujin", "auditor"), ("shilei", "system_admin"), ("yelan", "security_admin")]
        station = session.scalars(select(Organisation).where(Organisation.kind == "station")).one()
        assert station.legal_basis == "township_street"
        assert first_start.offer(session, clock.now) is None
    for account, code, page in zip(
        ("shilei", "yelan", "lujin"), codes, ("/admin/settings", "/admin/roles", "/admin/audit"), strict=True
    ):
        assert choose_password(empty, account, code, PASSWORD).status_code == 303
        empty.log_in(account)
        assert empty.get(page).status_code == 200


def test_an_interrupted_start_goes_on_where_it_stopped_with_a_new_code(empty: Desk, database: Database, clock: Clock):
    first = offered(database, clock)
    step(empty, "code", {"code": first})
    step(empty, "organisation", FEDERATION)
    empty.client.cookies.clear()
    second = offered(database, clock)
    assert "输入一次性代码" in empty.get("/setup").text
    assert step(empty, "code", {"code": first}).status_code == 422
    assert step(empty, "code", {"code": second}).status_code == 303
    assert "指定三名管理员" in empty.get("/setup").text
    with database.reading() as session:
        assert len(session.scalars(select(Organisation)).all()) == 1


def test_a_form_sent_twice_or_out_of_turn_makes_nothing_twice(empty: Desk, database: Database, clock: Clock):
    step(empty, "code", {"code": offered(database, clock)})
    assert step(empty, "station", STATION).headers["location"] == "/setup"
    step(empty, "organisation", FEDERATION)
    step(empty, "organisation", FEDERATION)
    with database.reading() as session:
        assert [o.kind for o in session.scalars(select(Organisation))] == ["federation"]


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "'; drop table staff; --", "密" * 40])
def test_without_the_code_nothing_is_set_up(empty: Desk, database: Database, clock: Clock, code: str):
    offered(database, clock)
    assert step(empty, "code", {"code": code}).status_code == 422
    assert step(empty, "organisation", FEDERATION).headers["location"] == "/setup"
    empty.client.cookies.set("cy_setup", "Zm9yZ2Vk.0000")
    assert "输入一次性代码" in empty.get("/setup").text
    with database.reading() as session:
        assert session.scalars(select(Organisation)).all() == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"auditor_account": "SHILEI "}, "三个不同的账号"),
        ({"auditor_name": "石磊"}, "由三个人分别担任"),
        ({"auditor_account": "有中文"}, "小写字母"),
        ({"auditor_name": ""}, "审计管理员姓名"),
    ],
)
def test_three_administrators_are_three_people_with_three_accounts(
    empty: Desk, database: Database, clock: Clock, change: dict[str, str], sentence: str
):
    step(empty, "code", {"code": offered(database, clock)})
    step(empty, "organisation", FEDERATION)
    answer = step(empty, "administrators", {**THREE, **change})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="shilei"' in answer.text
    with database.reading() as session:
        assert session.scalars(select(Staff)).all() == []


def test_where_people_work_already_there_is_no_first_start(
    desk: Desk, database: Database, clock: Clock, administrators: Any
):
    with database.sessions.begin() as session:
        assert first_start.offer(session, clock.now) is None
    desk.client.cookies.clear()
    assert desk.get("/setup").status_code == 404
    desk.log_in("admin")
    assert desk.get("/setup").status_code == 404
