"""Who of a head's own people is away, and who stands in for whom: entered by the head, as an administrator can for all."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk.pages.asking import Asked
from casework.desk.pages.colleagues import staff_of
from casework.desk.pages.declarations import calling_off_pages, fact_pages, facts_of
from casework.desk.pages.steps import CASE_PAGE
from union.access import can
from union.people import Staff
from web.pages import page
from workflows.actor import Actor
from workflows.errors import Unknown

ENTERED = ("leave", "deputy")
HOME = "/workload/{staff_id:uuid}"


@get(HOME, opt={"action": "figures.view"}, sync_to_thread=True)
def absences_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, staff_id: UUID
) -> Response[Any]:
    staff = _one_of_mine(session, actor, now, staff_id)
    known = facts_of(session, staff)
    return page(
        request,
        "desk/absences.html",
        headers=CASE_PAGE,
        nav="workload",
        staff=staff,
        facts=[(name, *known[name]) for name in ENTERED],
        home=f"/workload/{staff.id}",
    )


def _whose(asked: Asked) -> Staff:
    if asked.part("fact") not in ENTERED:
        raise Unknown()
    return _one_of_mine(asked.session, asked.actor, asked.now, asked.part("staff_id"))


def _one_of_mine(session: Session, actor: Actor, now: datetime, staff_id: UUID) -> Staff:
    """A colleague of an office whose cases the actor may give out; anybody else is not there."""
    staff = staff_of(session, staff_id)
    if not can(session, actor, "case.assign", at=now, organisation_id=staff.organisation_id):
        raise Unknown()
    return staff


routes = (
    absences_page,
    *fact_pages(HOME, "figures.view", _whose),
    *calling_off_pages(HOME, "figures.view", _whose),
)
