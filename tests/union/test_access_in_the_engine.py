"""The engine asks the policy whose roles hold: a step is refused to whoever may not act on this very subject."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.conftest import Clock
from tests.toy import Lend, Prolong
from tests.union.district import District
from union import access
from union.access import actor_for, answer_the_engine, conflict, grant
from union.people import Staff
from workflows.actor import Actor
from workflows.errors import Refused
from workflows.fire import Outcome, fire, open_subject
from workflows.form import Step
from workflows.module import registry
from workflows.tables import legal_date

Hire = Callable[..., Staff]


@pytest.fixture(autouse=True)
def connected(toy: None) -> Iterator[None]:
    before = registry.roles_for, registry.name_of
    answer_the_engine()
    yield
    registry.roles_for, registry.name_of = before


@pytest.fixture
def clerk(session: Session, district: District, hire: Hire, clock: Clock) -> Actor:
    staff = hire(district.street)
    grant(session, staff.id, access.INTAKE, district.street.id, clock.today)
    return actor_for(session, staff.id, clock())


def lend(session: Session, actor: Actor, clock: Clock, **where: Any) -> Outcome:
    return open_subject(session, "lending", "lend", Lend(item="投影仪"), by=actor, at=clock(), key="lend", **where)


def prolong(session: Session, actor: Actor, lent: Outcome, clock: Clock) -> Outcome:
    form = Prolong(extension_days=3)
    return fire(session, lent.subject_id, "prolong", form, by=actor, at=clock(), key=str(actor.id))


def test_a_clerk_opens_and_handles_at_the_own_station(session: Session, clerk: Actor, clock: Clock) -> None:
    assert prolong(session, clerk, lend(session, clerk, clock), clock).state == "on_loan"


def test_a_clerk_opens_nothing_for_the_next_station(
    session: Session, clerk: Actor, district: District, clock: Clock
) -> None:
    with pytest.raises(Refused):
        lend(session, clerk, clock, organisation_id=district.next_street.id)


def test_the_clerk_of_the_next_station_does_not_handle_ours(
    session: Session, clerk: Actor, district: District, hire: Hire, clock: Clock
) -> None:
    neighbour = hire(district.next_street, "王芳")
    grant(session, neighbour.id, access.INTAKE, district.next_street.id, clock.today)
    lent = lend(session, clerk, clock)
    with pytest.raises(Refused):
        prolong(session, actor_for(session, neighbour.id, clock()), lent, clock)


def test_a_conflict_of_interest_ends_what_the_role_allowed(session: Session, clerk: Actor, clock: Clock) -> None:
    lent = lend(session, clerk, clock)
    assert clerk.id is not None
    conflict(session, lent.root_id, clerk.id, "借用人是近亲属", legal_date(clock()))
    with pytest.raises(Refused):
        prolong(session, clerk, lent, clock)


class StepAside(Prolong):
    """The actor declares a conflict by the very step that is the last one allowed."""

    def apply(self, step: Step) -> None:
        assert step.actor.id is not None
        conflict(step.session, step.root_id, step.actor.id, "主动回避", step.occurred_on)


def test_who_steps_aside_is_asked_for_the_role_before_the_form_takes_effect(
    session: Session, clerk: Actor, clock: Clock
) -> None:
    lent = lend(session, clerk, clock)
    fire(session, lent.subject_id, "prolong", StepAside(extension_days=3), by=clerk, at=clock(), key="aside")
    with pytest.raises(Refused):
        prolong(session, clerk, lent, clock)
