"""我的回避申报: everybody on the staff declares their own relatives, former employers and other ties."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.desk import assignment, messages
from casework.desk.tables import Message
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union.audit import AuditEntry
from union.people import FormerEmployer, RelatedParty, Relative
from workflows import outbox

RELATIVE = {"name": "王小明", "relation": "兄弟", "valid_from": "2026-03-02"}
FIRM = {"name": "北京甲餐饮有限公司", "kind": "organisation", "relation": "股东", "valid_from": "2026-03-02"}
EMPLOYER = {"name": "北京甲餐饮有限公司", "valid_from": "2026-03-02"}
DECLARED = [("relative", RELATIVE), ("employer", EMPLOYER), ("related", FIRM)]


@pytest.mark.parametrize(("fact", "said"), DECLARED)
def test_a_colleague_declares_a_tie_from_the_own_menu_and_is_kept_out_from_then_on(desk: Desk, people, fact, said):
    desk.log_in("intake")
    case = register(desk)
    desk.log_in("head")
    assert desk.get(case).status_code == 200
    assert 'href="/declarations"' in desk.get("/todo").text
    page = desk.get("/declarations").text
    assert f'href="/declarations/{fact}/new"' in page
    assert desk.post(f"/declarations/{fact}/new", said).headers["location"] == "/declarations"
    assert said["name"] in desk.get("/declarations").text
    assert desk.get(case).status_code == 404
    assert "王小明" not in desk.get("/cases/mediation").text
    desk.log_in("intake")
    assert desk.get(case).status_code == 200
    assert said["name"] not in desk.get("/declarations").text, "everybody reads the own ones"


def test_a_tie_ends_on_its_last_day_and_what_has_ended_is_not_changed(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("intake")
    case = register(desk)
    desk.log_in("head")
    desk.post("/declarations/related/new", FIRM)
    with database.reading() as session:
        home = f"/declarations/related/{session.scalars(select(RelatedParty.id)).one()}/end"
    back_dated = desk.post(home, {"on": "2026-03-01"})
    assert back_dated.status_code == 422
    assert desk.post(home, {"on": clock.today.isoformat()}).status_code == 303
    assert desk.get(case).status_code == 404, "today still counts"
    clock.move(days=1)
    desk.log_in("head")
    assert desk.get(case).status_code == 200
    again = desk.post(home, {"on": clock.today.isoformat()})
    assert again.status_code == 422
    assert "终止，不再改动" in again.text
    with database.reading() as session:
        assert session.scalars(select(RelatedParty.valid_to)).one() == clock.today - timedelta(days=1)
        said = list(session.scalars(select(AuditEntry.what)))
    assert {"登记利害关系申报", "终止利害关系申报"} <= set(said)


def test_nobody_ends_the_own_declaration_for_days_gone_by(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("head")
    desk.post("/declarations/related/new", FIRM)
    with database.reading() as session:
        home = f"/declarations/related/{session.scalars(select(RelatedParty.id)).one()}/end"
    clock.move(days=3)
    desk.log_in("head")
    answer = desk.post(home, {"on": (clock.today - timedelta(days=1)).isoformat()})
    assert answer.status_code == 422
    assert "最后一天不能早于今天" in answer.text


def test_bad_input_is_answered_at_the_field_with_everything_typed(desk: Desk, database: Database, people):
    desk.log_in("head")
    wrong = desk.post("/declarations/relative/new", {**RELATIVE, "id_number": "123"})
    assert wrong.status_code == 422
    assert "公民身份号码应为 18 位" in wrong.text
    assert "王小明" in wrong.text
    reversed_ = desk.post("/declarations/related/new", {**FIRM, "valid_to": "2026-01-01"})
    assert reversed_.status_code == 422
    assert "终止日期不能早于起始日期" in reversed_.text
    with database.reading() as session:
        assert [*session.scalars(select(Relative)), *session.scalars(select(RelatedParty))] == []


def test_only_the_own_and_only_ties_are_declared_there(desk: Desk, database: Database, clock: Clock, people):
    with database.sessions.begin() as session:
        row = FormerEmployer(staff_id=people["other"], name="某公司", valid_from=date(2025, 1, 1))
        session.add(row)
        session.flush()
        of_another = row.id
    desk.log_in("head")
    for path in ("/declarations/leave/new", "/declarations/x/new", f"/declarations/employer/{of_another}/end"):
        assert desk.get(path).status_code == 404
    desk.client.cookies.clear()
    assert desk.get("/declarations", follow_redirects=False).status_code != 200


def test_whoever_leads_is_told_that_a_case_lost_its_handler(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("intake")
    case = register(desk)
    root = UUID(case.rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
    desk.log_in("mediator")
    assert desk.get(case).status_code == 200
    desk.post("/declarations/relative/new", RELATIVE)
    assert desk.get(case).status_code == 404
    desk.log_in("head")
    assert "承办人申报回避" in desk.get(case).text
    while outbox.relay(database.sessions, dict(messages.TASKS), clock.now):
        pass
    with database.reading() as session:
        told = session.scalars(select(Message.text).where(Message.staff_id == people["head"])).all()
    assert any("承办人王调申报了须回避的关系" in text for text in told)
    assert not any("王小明" in text or "兄弟" in text for text in told)
