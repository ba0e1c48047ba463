"""What a declaration changes at once: cases somebody works on and from now on must keep out of (回避)."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.messages import heads, tell_staff
from casework.desk.tables import Assignment
from union.access import keeps_out
from union.people import Staff
from workflows import journal
from workflows.actor import Actor
from workflows.tables import Subject, legal_date


@contextmanager
def telling_of_conflicts(session: Session, staff: Staff, *, by: Actor, at: datetime) -> Iterator[None]:
    """Whoever leads a case that loses its handler by what is declared meanwhile is told, and its history says so."""
    today = legal_date(at)
    before = {root.id for root in _kept_from(session, staff.id, today)}
    yield
    session.flush()
    for root in _kept_from(session, staff.id, today):
        if root.id not in before:
            _tell(session, root, staff, by, at)


def _kept_from(session: Session, staff_id: uuid.UUID, today: date) -> list[Subject]:
    held = select(Assignment.root_id).where(Assignment.staff_id == staff_id, Assignment.in_force(today))
    open_ones = select(Subject).where(Subject.id.in_(held), Subject.closed_on.is_(None))
    return list(session.scalars(open_ones.where(keeps_out(staff_id, today)).order_by(Subject.id)))


def _tell(session: Session, root: Subject, staff: Staff, by: Actor, at: datetime) -> None:
    said = {"text": f"{staff.name}须回避，不再接触本案"}
    journal.record(session, root.id, "locked_out", said, by=by, at=at)
    text = f"{root.number or root.title}的承办人{staff.name}申报了须回避的关系，已不能接触本案，请另行指定承办人。"
    for head in heads(session, root.organisation_id, at):
        if head != staff.id:
            tell_staff(session, head, text, at, root.id)
