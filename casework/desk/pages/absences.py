"""Who of a head's own people is away, and who stands in for whom: entered by the head, as an administrator can for all."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk.pages.colleagues import staff_of
from casework.desk.pages.declarations import EndForm, declaring, ending, fact_of, facts_of, row_of
from casework.desk.pages.steps import CASE_PAGE
from union import staffing
from union.access import can
from union.people import Staff
from web.pages import page
from workflows.actor import Actor
from workflows.errors import Unknown

ENTERED = ("leave", "deputy")


@get("/workload/{staff_id:uuid}", opt={"action": "figures.view"}, sync_to_thread=True)
def absences_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, staff_id: UUID
) -> Response[Any]:
    staff = _one_of_mine(session, actor, now, staff_id)
    known = facts_of(session, staff)
    facts = [(name, *known[name]) for name in ENTERED]
    return page(
        request, "desk/absences.html", headers=CASE_PAGE, nav="workload", staff=staff, facts=facts, home=_home(staff)
    )


@get("/workload/{staff_id:uuid}/{fact:str}/new", opt={"action": "figures.view"}, sync_to_thread=True)
def absence_new(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    staff_id: UUID,
    fact: str,
) -> Response[Any]:
    staff = _one_of_mine(session, actor, now, staff_id, fact)
    return declaring(session, staff, fact, today, _home(staff)).page(request, today)


@post("/workload/{staff_id:uuid}/{fact:str}/new", opt={"action": "figures.view"}, sync_to_thread=True)
def enter_absence(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    staff_id: UUID,
    fact: str,
) -> Response[Any]:
    staff = _one_of_mine(session, actor, now, staff_id, fact)

    def act(form: Any) -> None:
        staffing.declare(session, row_of(staff, fact, form), by=actor, at=now)

    asked = declaring(session, staff, fact, today, _home(staff))
    return asked.carry_out(request, session, actor, now, today, posted, act)


@get("/workload/{staff_id:uuid}/{fact:str}/{row_id:uuid}/end", opt={"action": "figures.view"}, sync_to_thread=True)
def absence_end(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    staff_id: UUID,
    fact: str,
    row_id: UUID,
) -> Response[Any]:
    staff = _one_of_mine(session, actor, now, staff_id, fact)
    return ending(staff, fact, fact_of(session, staff_id, fact, row_id)[1], today, _home(staff)).page(request, today)


@post("/workload/{staff_id:uuid}/{fact:str}/{row_id:uuid}/end", opt={"action": "figures.view"}, sync_to_thread=True)
def end_absence(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    staff_id: UUID,
    fact: str,
    row_id: UUID,
) -> Response[Any]:
    staff = _one_of_mine(session, actor, now, staff_id, fact)
    row = fact_of(session, staff_id, fact, row_id)[1]

    def act(form: EndForm) -> None:
        staffing.end_fact(session, row, form.on, by=actor, at=now)

    asked = ending(staff, fact, row, today, _home(staff))
    return asked.carry_out(request, session, actor, now, today, posted, act)


def _one_of_mine(session: Session, actor: Actor, now: datetime, staff_id: UUID, fact: str = "leave") -> Staff:
    """A colleague of an office whose cases the actor may give out; anybody else is not there."""
    staff = staff_of(session, staff_id)
    mine = can(session, actor, "case.assign", at=now, organisation_id=staff.organisation_id)
    if not mine or fact not in ENTERED:
        raise Unknown()
    return staff


def _home(staff: Staff) -> str:
    return f"/workload/{staff.id}"


routes = (absences_page, absence_new, enter_absence, absence_end, end_absence)
