"""The list of a procedure, page by page along whatever leads a person to a case, is the list of all that person may see."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from casework.desk import assignment, queue, search
from casework.desk.filters import Asked
from tests.conftest import Clock
from tests.toy import Lending, lending
from union.access import actor_for, conflict, visible
from union.organisations import Organisation
from workflows.module import registry
from workflows.tables import NO_DUE, JournalEntry, Subject, new_id

PAGE = 3


@pytest.fixture
def loans(database: Database, clock: Clock, people: dict[str, UUID], toy: None) -> list[UUID]:
    """Twenty loans: some running, some at rest, some the mediator's, some opened by the mediator, some of nobody."""
    with database.sessions.begin() as session:
        station = session.scalars(select(Organisation.id).where(Organisation.short_name == "望京街道")).one()
        found = [_loan(session, clock.today, number, station, people["mediator"]) for number in range(20)]
        for id in found:
            search.reindex(session, id, clock.now)
        return found


@pytest.mark.parametrize("account", ["mediator", "other", "head", "intake", "admin"])
@pytest.mark.parametrize("sort", ["", "new"])
@pytest.mark.parametrize(
    "narrowed",
    [{}, {"st": "returned"}, {"st": "on_loan"}, {"due": "none"}, {"due": "overdue"}, {"q": "投影"}, {"q": "3件 投影"}],
)
def test_the_pages_of_a_list_are_all_that_a_person_may_see_in_its_order(
    database: Database,
    clock: Clock,
    people: dict[str, UUID],
    loans: list[UUID],
    account: str,
    sort: str,
    narrowed: dict[str, str],
):
    with database.reading() as session:
        actor = actor_for(session, people[account], clock.now)
        asked = Asked(sort=sort, **narrowed)
        found, after = [], None
        while True:
            listed = queue.listing(session, actor, clock.now, registry.modules["lending"], asked, after, PAGE)
            found += [row.id for row in listed.rows]
            if (after := listed.after) is None:
                break
        seen = select(Subject.id).where(visible(session, actor, at=clock.now, action="case.list", roots=True))
        order = (Subject.id.desc(),) if sort else (Subject.due_on, Subject.id)
        seen = seen.where(Subject.workflow == lending.name, *_narrowed(narrowed, clock.today)).order_by(*order)
        assert found == list(session.scalars(seen))


def test_a_person_who_keeps_out_of_a_case_of_their_own_does_not_find_it(
    database: Database, clock: Clock, people: dict[str, UUID], loans: list[UUID]
):
    def listed(view: str) -> set[UUID]:
        with database.reading() as session:
            actor = actor_for(session, people["mediator"], clock.now)
            return {row.id for row in queue.queue(session, actor, clock.now, Asked(view=view)).rows}

    before = listed("mine") | listed("waiting")
    assert loans[0] in before  # the control
    with database.sessions.begin() as session:
        conflict(session, loans[0], people["mediator"], "与当事人有亲属关系", clock.today)
    assert listed("mine") | listed("waiting") == before - {loans[0]}


def _loan(session: Session, today: date, number: int, station: UUID, mediator: UUID) -> UUID:
    running = number % 3 == 0
    loan = Lending(
        id=(id := new_id()),
        root_id=id,
        kind="lending",
        workflow=lending.name,
        definition_version=lending.version,
        state="on_loan" if running else "returned",
        title=f"第{number}件",
        organisation_id=station if number % 5 else uuid4(),
        opened_on=today,
        due_on=today + timedelta(days=number - 10) if running else NO_DUE,
        to_do=running,
        item="投影仪",
    )
    session.add(loan)
    session.flush()
    if number % 2 == 0:
        for part in ("mediator", "recorder"):
            assignment.assign(session, id, [mediator], on=today, by=None, part=part)
    if number % 4 == 1:
        session.add(_opening(loan, mediator))
    return id


def _opening(loan: Lending, actor_id: UUID) -> JournalEntry:
    from datetime import UTC, datetime

    return JournalEntry(
        root_id=loan.id,
        seq=1,
        subject_id=loan.id,
        workflow=loan.workflow,
        definition_version=1,
        trigger="lend",
        from_state="new",
        to_state="on_loan",
        occurred_on=loan.opened_on,
        recorded_at=datetime(2026, 3, 2, tzinfo=UTC),
        actor_id=actor_id,
        actor_role="mediator",
        commitment="0" * 64,
        previous="0" * 64,
        hash="0" * 64,
    )


def _narrowed(asked: dict[str, str], today: date) -> list:
    conditions = [Subject.state == asked["st"]] if "st" in asked else []
    conditions += [Subject.title.contains("3件")] if "3件" in asked.get("q", "") else []
    due = {"none": Subject.due_on == NO_DUE, "overdue": Subject.due_on < today}
    return [*conditions, *([due[asked["due"]]] if "due" in asked else [])]
