"""Three administrators, three accounts: none does another's work, none gives anything to itself."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.desk.pages.roles import readable_policy
from tests.casework.desk.administration.conftest import choose_password, code_for, hire
from tests.casework.desk.conftest import PASSWORD, Desk
from union import access
from union.people import RoleGrant, Staff

WORK = {
    "admin": (
        "/admin/people/new",
        "/admin/organisations/new",
        "/admin/partners/new",
        "/admin/holidays",
        "/admin/settings",
        "/admin/outbox",
    ),
    "security": ("/admin/people/{mediator}/roles/new", "/admin/people/{mediator}/code"),
    "auditor": ("/admin/audit", "/admin/audit/reads"),
}
SHARED = ("/admin/people", "/admin/people/{mediator}", "/admin/roles", "/admin/organisations", "/admin/partners")


def doors(desk: Desk, who: str, ids: dict[str, UUID]) -> dict[str, set[str]]:
    """For each administrator's work, the answers this account gets at its doors."""
    desk.log_in(who)
    return {owner: {str(desk.get(path.format(**ids)).status_code) for path in paths} for owner, paths in WORK.items()}


@pytest.mark.parametrize("who", WORK)
def test_an_administrator_enters_only_where_the_own_work_is(desk: Desk, administrators: dict[str, UUID], who: str):
    assert doors(desk, who, administrators) == {owner: {"200" if owner == who else "404"} for owner in WORK}
    assert {desk.get(path.format(**administrators)).status_code for path in SHARED} == {200}


def test_what_a_role_may_do_is_said_in_words_of_the_house():
    """No key of the policy table stands on the page of the roles."""
    said = [words for lines in readable_policy().values() for extent, actions in lines for words in (extent, *actions)]
    assert [words for words in said if re.search("[a-z]", words)] == []


@pytest.mark.parametrize("who", ["head", "intake", "mediator"])
def test_nobody_else_enters_anywhere(desk: Desk, administrators: dict[str, UUID], who: str):
    assert doors(desk, who, administrators) == {key: {"404"} for key in WORK}
    assert {desk.get(path.format(**administrators)).status_code for path in SHARED} == {404}


def test_with_one_row_more_in_the_policy_the_doors_would_tell(
    desk: Desk, administrators: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
):
    """The negative control: were a system administrator allowed to give roles, the test above would fail."""
    more = (*access.POLICY, access.PolicyRow("system_admin", "admin.roles", position="any"))
    monkeypatch.setattr(access, "POLICY", more)
    access.forget_questions()
    try:
        assert "200" in doors(desk, "admin", administrators)["security"]
    finally:
        monkeypatch.undo()
        access.forget_questions()


@pytest.mark.parametrize(("who", "path", "form"), [
    ("admin", "/admin/people/{admin}/roles/new", {"role": "security_admin", "reason": "自己授予"}),
    ("auditor", "/admin/people/{mediator}/roles/new", {"role": "org_head", "reason": "代为授予"}),
    ("security", "/admin/people/new", {"name": "钱立", "account": "qianli"}),
    ("auditor", "/admin/people/{security}/end", {"reason": "试试"}),
    ("auditor", "/figures/reports/new", {"title": "2026年度统计报告"}),
])  # fmt: skip
def test_a_form_sent_past_the_pages_is_not_carried_out(
    desk: Desk, database: Database, administrators: dict[str, UUID], who: str, path: str, form: dict[str, str]
):
    desk.log_in(who)
    answer = desk.post(path.format(**administrators), form, at="/messages")
    assert answer.status_code == 404
    with database.reading() as session:
        assert session.scalar(select(RoleGrant.id).where(RoleGrant.reason == form["reason"]) if "role" in form else select(Staff.id).where(Staff.account == "qianli")) is None  # fmt: skip


def test_the_security_administrator_gives_nothing_to_itself_and_ends_nothing_of_its_own(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("security")
    own = administrators["security"]
    granting = {"role": "org_head", "organisation_id": str(administrators["district"]), "valid_from": "2026-03-02", "reason": "自己授予"}  # fmt: skip
    answer = desk.post(f"/admin/people/{own}/roles/new", granting)
    assert answer.status_code == 409
    assert "不得为自己授予角色" in answer.text
    with database.reading() as session:
        held = session.scalars(select(RoleGrant).where(RoleGrant.staff_id == own)).one()
    ending = desk.post(f"/admin/people/{own}/roles/{held.id}/end", {"on": "2026-03-02", "reason": "离开"})
    assert ending.status_code == 409
    assert "不得终止自己的角色" in ending.text
    with database.reading() as session:
        assert session.scalars(select(RoleGrant).where(RoleGrant.staff_id == own)).one().valid_to is None


def test_the_system_administrator_does_not_change_its_own_account(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    own = administrators["admin"]
    answer = desk.post(
        f"/admin/people/{own}/amend", {"name": "孙管", "organisation_id": str(administrators["station"])}
    )
    assert answer.status_code == 409
    assert "本人的账号由另一名系统管理员办理" in answer.text


def test_one_account_never_holds_two_of_the_three(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("security")
    granting = {"role": "auditor", "organisation_id": str(administrators["district"]), "valid_from": "2026-03-02", "reason": "兼任"}  # fmt: skip
    answer = desk.post(f"/admin/people/{administrators['admin']}/roles/new", granting)
    assert answer.status_code == 409
    assert "须由三个账号分别担任" in answer.text


@pytest.mark.parametrize("whose", ["admin", "auditor", "security"])
def test_no_administrator_takes_over_another_by_a_code(desk: Desk, administrators: dict[str, UUID], whose: str):
    desk.log_in("security")
    answer = desk.post(f"/admin/people/{administrators[whose]}/code", {"reason": "忘记密码"})
    assert answer.status_code == 409
    assert "casework passcode" in answer.text
    desk.log_in(whose)  # the password still holds


def test_two_people_are_needed_before_anybody_has_a_power(desk: Desk, administrators: dict[str, UUID]):
    """Who makes the account cannot give it a role or a password; who gives those cannot make the account."""
    staff_id = hire(desk, administrators)
    assert desk.get(f"/admin/people/{staff_id}/code").status_code == 404
    code = code_for(desk, staff_id)
    assert choose_password(desk, "qianli", code, PASSWORD).status_code == 303
    desk.log_in("qianli")
    assert desk.get("/todo").status_code == 200
    assert desk.get("/cases/lending").text.count("投影仪") == 0
    assert desk.get("/admin/people").status_code == 404
