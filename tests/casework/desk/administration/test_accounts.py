"""Accounts, roles by date, one-time codes, declarations, and what happens when somebody leaves."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.desk import assignment, messages
from casework.desk.tables import Message
from tests.casework.desk.acts import register
from tests.casework.desk.administration.conftest import choose_password, code_for, hire
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.conftest import Clock
from union import audit
from union.people import Deputy, Leave, Relative, RoleGrant, RosterEntry, Staff
from workflows import outbox
from workflows.sweep import ALERT
from workflows.tables import Timer

TODAY = date(2026, 3, 2)
NEW_PASSWORD = "望京 的 秋天 有 三种 颜色"


def granting(ids: dict[str, UUID], role: str, since: str, until: str = "") -> dict[str, str]:
    return {
        "role": role,
        "organisation_id": str(ids["station"]),
        "valid_from": since,
        "valid_to": until,
        "reason": "任命",
    }


def test_a_duplicate_login_is_refused_at_the_field_and_what_was_typed_stays(
    desk: Desk, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    form = {"name": "另一人", "account": "MEDIATOR", "organisation_id": str(administrators["station"])}
    answer = desk.post("/admin/people/new", form)
    assert answer.status_code == 422
    assert "账号“mediator”已有人使用" in answer.text
    assert 'value="另一人"' in answer.text


@pytest.mark.parametrize("account", ["ab", "有中文", "a b c", "x;drop"])
def test_an_account_that_nobody_could_type_is_refused(desk: Desk, administrators: dict[str, UUID], account: str):
    desk.log_in("admin")
    form = {"name": "另一人", "account": account, "organisation_id": str(administrators["station"])}
    assert desk.post("/admin/people/new", form).status_code == 422


def test_a_code_sets_one_password_once(desk: Desk, administrators: dict[str, UUID]):
    staff_id = hire(desk, administrators)
    code = code_for(desk, staff_id)
    for weak, sentence in (("短", "密码至少12个字符"), ("qianliqianli", "重复或者连续"), ("password1234", "容易猜到")):
        refused = choose_password(desk, "qianli", code, weak)
        assert refused.status_code == 422, weak
        assert sentence in refused.text or "容易猜到" in refused.text
        assert code not in refused.text
    assert "两次填写的新密码不一样" in choose_password(desk, "qianli", code, NEW_PASSWORD, "别的").text
    assert choose_password(desk, "qianli", code.lower().replace("-", " "), NEW_PASSWORD).status_code == 303
    assert choose_password(desk, "qianli", code, PASSWORD).status_code == 422
    assert choose_password(desk, "qianli", NEW_PASSWORD, PASSWORD).status_code == 303  # the present one does as well
    desk.log_in("qianli")


def test_a_code_runs_out_after_three_days(desk: Desk, clock: Clock, administrators: dict[str, UUID]):
    staff_id = hire(desk, administrators)
    code = code_for(desk, staff_id)
    clock.move(hours=73)
    assert choose_password(desk, "qianli", code, NEW_PASSWORD).status_code == 422


def test_a_code_of_one_account_opens_no_other(desk: Desk, administrators: dict[str, UUID]):
    code = code_for(desk, hire(desk, administrators))
    assert choose_password(desk, "mediator", code, NEW_PASSWORD).status_code == 422


def test_a_new_code_ends_the_password_the_sessions_and_the_code_before(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("mediator")
    held = dict(desk.client.cookies)
    first = code_for(desk, administrators["mediator"])
    second = code_for(desk, administrators["mediator"])
    desk.client.cookies.clear()
    desk.client.cookies.update(held)
    assert desk.get("/todo", follow_redirects=False).status_code == 303
    assert choose_password(desk, "mediator", PASSWORD, NEW_PASSWORD).status_code == 422
    assert choose_password(desk, "mediator", first, NEW_PASSWORD).status_code == 422
    assert choose_password(desk, "mediator", second, NEW_PASSWORD).status_code == 303


def test_guesses_at_a_code_are_slowed_down_like_guesses_at_a_password(desk: Desk, administrators: dict[str, UUID]):
    code = code_for(desk, hire(desk, administrators))
    answers = [choose_password(desk, "qianli", f"WRNG-WRNG-WRN{n}", NEW_PASSWORD).text for n in range(2, 9)]
    assert "登录尝试过于频繁" in answers[-1]
    assert "登录尝试过于频繁" in choose_password(desk, "qianli", code, NEW_PASSWORD).text


def test_a_role_that_ends_before_it_starts_is_refused(desk: Desk, administrators: dict[str, UUID]):
    staff_id = hire(desk, administrators)
    desk.log_in("security")
    path = f"/admin/people/{staff_id}/roles/new"
    answer = desk.post(path, granting(administrators, "mediator", "2026-03-10", "2026-03-09"))
    assert answer.status_code == 422
    assert "终止日期不能早于起始日期" in answer.text


def test_a_role_holds_from_its_first_day_to_its_last(desk: Desk, clock: Clock, administrators: dict[str, UUID]):
    staff_id = hire(desk, administrators)
    code = code_for(desk, staff_id)
    path = f"/admin/people/{staff_id}/roles/new"
    assert desk.post(path, granting(administrators, "intake", "2026-03-10", "2026-03-12")).status_code == 303
    again = desk.post(path, granting(administrators, "intake", "2026-03-12"))
    assert again.status_code == 422
    assert "已有这个角色" in again.text
    choose_password(desk, "qianli", code, PASSWORD)
    allowed = []
    for day in (9, 10, 12, 13):
        clock.set(2026, 3, day)
        desk.log_in("qianli")
        allowed.append(desk.get("/cases/mediation/new?trigger=register_oral").status_code == 200)
    assert allowed == [False, True, True, False]


def test_a_role_is_ended_by_a_date_and_stays_to_be_seen(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("security")
    staff_id = administrators["mediator"]
    with database.reading() as session:
        held = session.scalars(select(RoleGrant).where(RoleGrant.staff_id == staff_id)).one()
    path = f"/admin/people/{staff_id}/roles/{held.id}/end"
    early = desk.post(path, {"on": "2019-12-31", "reason": "调离"})
    assert early.status_code == 409
    assert "不能早于起始日期" in early.text
    assert desk.post(path, {"on": "2026-03-02", "reason": "调离窗口"}).status_code == 303
    page = desk.get(f"/admin/people/{staff_id}").text
    assert "终止：调离窗口" in page
    with database.reading() as session:
        assert session.get_one(RoleGrant, held.id).valid_to is not None


def test_somebody_with_open_cases_is_not_let_go_unnoticed(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("head")
    home = register(desk)
    staff_id = administrators["mediator"]
    with database.sessions.begin() as session:
        assignment.assign(session, UUID(home.rpartition("/")[2]), [staff_id], on=TODAY, by=None)
    desk.log_in("admin")
    path = f"/admin/people/{staff_id}/end"
    assert "名下还有 1 件未办结案件" in desk.get(path).text
    refused = desk.post(path, {"reason": "调离"})
    assert refused.status_code == 422
    assert "先由负责人移交" in refused.text
    assert desk.post(path, {"reason": "调离", "without_handover": "1"}).status_code == 303
    with database.reading() as session:
        assert session.get_one(Staff, staff_id).active is False
        assert session.scalars(select(RoleGrant).where(RoleGrant.staff_id == staff_id)).one().valid_to == TODAY
        listed = session.scalars(select(RosterEntry).where(RosterEntry.staff_id == staff_id)).one()
        assert listed.valid_to == TODAY
    assert "仍有 1 件未办结案件" in desk.get(f"/admin/people/{staff_id}").text
    with pytest.raises(AssertionError, match="422 == 303"):
        desk.log_in("mediator")


def test_the_head_hears_of_cases_left_behind_and_from_then_on_of_their_terms(
    desk: Desk, database: Database, clock: Clock, administrators: dict[str, UUID]
):
    desk.log_in("head")
    home = register(desk)
    staff_id, head = administrators["mediator"], administrators["head"]
    root = UUID(home.rpartition("/")[2])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [staff_id], on=TODAY, by=None)
    assert "已离岗" not in desk.get("/workload").text
    desk.log_in("admin")
    sent = {"reason": "调离", "without_handover": "1"}
    assert desk.post(f"/admin/people/{staff_id}/end", sent).status_code == 303
    assert any("名下还有 1 件案件没有移交" in text for text in _heard(database, clock, head))
    with database.sessions.begin() as session:
        timer = session.scalars(select(Timer).where(Timer.root_id == root, Timer.status == "running")).first()
        outbox.put(session, ALERT, {"timer_id": str(timer.id), "what": "soon", "days_left": 1}, at=clock.now)
    assert any("决定是否受理" in text for text in _heard(database, clock, head))
    assert _heard(database, clock, staff_id) == []
    desk.log_in("head")
    assert "已离岗" in desk.get("/workload").text


def _heard(database: Database, clock: Clock, staff_id: UUID) -> list[str]:
    while outbox.relay(database.sessions, dict(messages.TASKS), clock.now, limit=50):
        pass
    with database.reading() as session:
        return list(session.scalars(select(Message.text).where(Message.staff_id == staff_id)))


def test_dated_facts_do_not_overlap_and_nobody_stands_in_for_themselves(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    home = f"/admin/people/{administrators['mediator']}"
    assert desk.post(f"{home}/leave/new", {"valid_from": "2026-03-10", "valid_to": "2026-03-12"}).status_code == 303
    overlapping = desk.post(f"{home}/leave/new", {"valid_from": "2026-03-12", "valid_to": "2026-03-15"})
    assert overlapping.status_code == 422
    assert "重叠" in overlapping.text
    backward = desk.post(f"{home}/leave/new", {"valid_from": "2026-03-20", "valid_to": "2026-03-19"})
    assert "终止日期不能早于起始日期" in backward.text
    own = {"deputy_id": str(administrators["mediator"]), "valid_from": "2026-03-02"}
    assert desk.post(f"{home}/deputy/new", own).status_code == 422
    other = {"deputy_id": str(administrators["other"]), "valid_from": "2026-03-02"}
    assert desk.post(f"{home}/deputy/new", other).status_code == 303
    with database.reading() as session:
        assert len(session.scalars(select(Leave)).all()) == 1
        assert session.scalars(select(Deputy)).one().deputy_id == administrators["other"]


def test_what_is_declared_of_a_relative_stays_off_the_page_and_the_log(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    home = f"/admin/people/{administrators['mediator']}"
    form = {"name": "秦某某", "relation": "配偶", "id_number": "110101199003070636", "valid_from": "2026-03-02"}
    assert desk.post(f"{home}/relative/new", form).status_code == 303
    page = desk.get(home).text
    assert "110101199003070636" not in page
    assert "秦某某" in page
    desk.log_in("security")
    seen = desk.get(home).text
    assert "配偶" in seen
    assert "秦某某" not in seen  # only who enters the declarations reads the name
    desk.log_in("admin")
    with database.reading() as session:
        row = session.scalars(select(Relative)).one()
        texts = session.scalars(select(audit.AuditEntry.text)).all()
    assert not any("秦某某" in text or "110101" in text for text in texts)
    assert desk.post(f"{home}/relative/{row.id}/end", {"on": "2026-03-02"}).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Relative)).one().valid_to == TODAY


def test_absent_and_misspelt_things_are_not_found(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    home = f"/admin/people/{administrators['mediator']}"
    for path in (
        f"{home}/nonsense/new",
        "/admin/people/01960000-0000-7000-8000-000000000000",
        "/admin/settings/nonsense",
    ):
        assert desk.get(path).status_code == 404, path
    for path in ("/admin/people?place=nonsense&after=nonsense&q=%27%22<script>", "/admin/organisations?q=%F0%9F%98%80"):
        assert desk.get(path).status_code == 200, path
