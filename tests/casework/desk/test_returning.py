"""AB角: a case lent for a leave comes back by itself on the day, once, unless it was given on meanwhile."""

import re
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.desk import assignment, messages, returning
from casework.desk.tables import Message
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union import access
from union.people import Relative
from workflows import outbox
from workflows.journal import verify
from workflows.tables import JournalEntry

BACK = date(2026, 3, 12)


@pytest.fixture
def case(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]) -> UUID:
    """A case of 王调, lent on the third of March to 赵调 until the twelfth."""
    desk.log_in("intake")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
    clock.move(days=1)
    desk.log_in("mediator")
    sent = {"cases": [str(root)], "to": str(people["other"]), "reason": "休年假", "until": BACK.isoformat()}
    assert desk.post("/handover", sent).status_code == 303
    return root


def holders(database: Database, root: UUID, day: date) -> set[UUID]:
    with database.reading() as session:
        return {h.staff_id for h in assignment.handlers(session, root, day)}


def entries(database: Database, root: UUID, what: str) -> int:
    with database.reading() as session:
        query = select(JournalEntry.seq).where(JournalEntry.root_id == root, JournalEntry.trigger == what)
        return len(session.scalars(query).all())


def told(database: Database, clock: Clock, staff_id: UUID) -> list[str]:
    while outbox.relay(database.sessions, dict(messages.TASKS), clock.now):
        pass
    with database.reading() as session:
        return list(session.scalars(select(Message.text).where(Message.staff_id == staff_id)))


def test_the_case_comes_back_on_the_day_and_only_once(case: UUID, database: Database, clock: Clock, people, desk: Desk):
    clock.set(2026, 3, 11, 23)
    assert returning.give_back(database.sessions, clock.now) == 0
    assert holders(database, case, clock.today) == {people["other"]}
    clock.set(2026, 3, 12, 1)
    assert [returning.give_back(database.sessions, clock.now) for _ in range(2)] == [1, 0]
    assert holders(database, case, clock.today) == {people["mediator"]}
    assert entries(database, case, assignment.HANDED_BACK) == 1
    for person in ("mediator", "other"):
        assert len([text for text in told(database, clock, people[person]) if "约定日期" in text]) == 1
    with database.reading() as session:
        assert verify(session, case) == []
    desk.log_in("mediator")
    assert "赵调 → 王调：约定的交回日期已到" in desk.get(f"/subjects/{case}").text


def test_a_server_that_was_down_on_the_day_gives_it_back_later(case: UUID, database: Database, clock: Clock, people):
    clock.set(2026, 4, 2)
    returning.give_back(database.sessions, clock.now)
    assert holders(database, case, clock.today) == {people["mediator"]}


def test_what_was_given_on_meanwhile_stays_where_it_is(
    case: UUID, database: Database, clock: Clock, people, desk: Desk
):
    clock.set(2026, 3, 6)
    desk.log_in("head")
    with database.sessions.begin() as session:
        assignment.assign(session, case, [people["head"]], on=clock.today, by=None)
    clock.set(2026, 3, 12)
    assert returning.give_back(database.sessions, clock.now) == 0
    assert holders(database, case, clock.today) == {people["head"]}
    assert entries(database, case, assignment.HANDED_BACK) == 0


def test_lent_twice_it_comes_back_step_by_step(case: UUID, database: Database, clock: Clock, people):
    with database.sessions.begin() as session:
        access.grant(session, people["head"], access.MEDIATOR, _place(session, people), date(2020, 1, 1))
    clock.set(2026, 3, 5)
    with database.sessions.begin() as session:
        actor = access.actor_for(session, people["other"], clock.now)
        assignment.hand_over(
            session, [case], people["head"], "临时外出", by=actor, at=clock.now, until=date(2026, 3, 9)
        )
    found = []
    for day in (8, 9, 11, 12):
        clock.set(2026, 3, day)
        returning.give_back(database.sessions, clock.now)
        found.append(holders(database, case, clock.today))
    assert found == [{people["head"]}, {people["other"]}, {people["other"]}, {people["mediator"]}]


def test_who_must_keep_out_meanwhile_does_not_get_it_back(case: UUID, database: Database, clock: Clock, people):
    with database.sessions.begin() as session:
        session.add(Relative(staff_id=people["mediator"], name="王小明", relation="兄弟", valid_from=clock.today))
    clock.set(2026, 3, 12)
    assert [returning.give_back(database.sessions, clock.now) for _ in range(2)] == [1, 0]
    assert holders(database, case, clock.today) == {people["other"]}
    assert entries(database, case, assignment.KEPT) == 1
    assert any("请负责人另行指定" in text for text in told(database, clock, people["head"]))


@pytest.mark.parametrize("until", ["2026-03-02", "2026-03-01"])
def test_a_day_of_return_lies_ahead(desk: Desk, database: Database, clock: Clock, people, until: str):
    desk.log_in("intake")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
    desk.log_in("mediator")
    sent = {"cases": [str(root)], "to": str(people["other"]), "reason": "休年假", "until": until}
    refused = desk.post("/handover", sent)
    assert refused.status_code == 422
    assert "交回日期应在今天之后" in refused.text
    assert holders(database, root, clock.today) == {people["mediator"]}


def _place(session, people) -> UUID:
    from union.people import Staff

    return session.get_one(Staff, people["head"]).organisation_id


def test_a_lent_case_given_on_and_taken_back_still_comes_back_on_the_day(
    case: UUID, database: Database, clock: Clock, people, desk: Desk
):
    with database.sessions.begin() as session:
        access.grant(session, people["intake"], access.MEDIATOR, _place(session, people), date(2020, 1, 1))
    clock.set(2026, 3, 6)
    desk.log_in("head")
    sent = {"cases": [str(case)], "to": str(people["intake"]), "reason": "按错了"}
    assert desk.post("/handover", sent).status_code == 303
    undo = re.search(r'action="(/todo/done/[^"]+/undo)"', desk.get("/todo").text)
    assert undo and desk.post(undo[1], {}, at="/todo").status_code == 303
    assert holders(database, case, clock.today) == {people["other"]}
    clock.set(2026, 3, 12)
    assert returning.give_back(database.sessions, clock.now) == 1
    assert holders(database, case, clock.today) == {people["mediator"]}
