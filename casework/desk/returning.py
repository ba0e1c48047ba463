"""代班到期: a case lent to a colleague until a day goes back on it by itself, unless it was given on meanwhile."""

import uuid
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, sessionmaker

from casework.desk import assignment
from casework.desk.messages import heads, tell_staff
from casework.desk.tables import HANDLER_PART, Assignment
from union.access import in_conflict
from union.people import Staff
from workflows import journal
from workflows.actor import SYSTEM_ACTOR
from workflows.module import registry
from workflows.tables import Subject, legal_date


def give_back(sessions: sessionmaker[Session], now: datetime) -> int:
    """Each case in a transaction of its own; answers how many were dealt with. A second sweep finds nothing."""
    with sessions() as session:
        due = session.scalars(select(Assignment.id).where(_due(legal_date(now))).order_by(Assignment.id)).all()
    return sum(_deal(sessions, assignment_id, now) for assignment_id in due)


def _due(today: date) -> ColumnElement[bool]:
    """Only who still holds the case can give it back: a later assignment has ended the row."""
    return and_(Assignment.returns_on <= today, Assignment.in_force(today))


def _deal(sessions: sessionmaker[Session], assignment_id: uuid.UUID, now: datetime) -> bool:
    today = legal_date(now)
    with sessions.begin() as session:
        root_id = select(Assignment.root_id).where(Assignment.id == assignment_id).scalar_subquery()
        session.execute(select(Subject.id).where(Subject.id == root_id).with_for_update())
        lent = session.scalar(select(Assignment).where(Assignment.id == assignment_id, _due(today)).with_for_update())
        if lent is None or lent.stands_in_for is None:
            return False
        root = session.get_one(Subject, lent.root_id)
        lent.returns_on = None  # dealt with, whatever comes of it
        if registry.workflow_for(root).state_by_id[root.state].final:
            return False
        owner = session.get_one(Staff, lent.stands_in_for)
        against = _against(session, root, owner, lent.part, today)
        if against:
            _keep(session, root, lent, owner, against, now)
        else:
            _return(session, root, lent, owner, now)
        return True


def _against(session: Session, root: Subject, owner: Staff, part: str, today: date) -> list[str]:
    words = registry.words_for(root)
    if part == HANDLER_PART and not assignment.at_work(session, owner.id, words, today):
        return [f"{owner.name}已不担任{words.handler}"]
    if in_conflict(session, root.id, owner.id, today):
        return [f"{owner.name}须回避"]
    unfit = registry.module_for(root).unfit
    return list(unfit(session, root, owner.id, today)) if unfit else []


def _return(session: Session, root: Subject, lent: Assignment, owner: Staff, now: datetime) -> None:
    today, holder = legal_date(now), session.get_one(Staff, lent.staff_id)
    held = [h.staff_id for h in assignment.handlers(session, root.id, today) if h.part == lent.part]
    earlier = _interrupted(session, lent)
    assignment.assign(
        session,
        root.id,
        [*(staff_id for staff_id in held if staff_id != holder.id), owner.id],
        on=today,
        by=None,
        part=lent.part,
        reason="约定的交回日期已到",
        stands_in_for=earlier.stands_in_for if earlier else None,
        returns_on=earlier.returns_on if earlier else None,
    )
    said = {"text": f"{holder.name} → {owner.name}：约定的交回日期已到", "to": str(owner.id)}
    journal.record(session, root.id, assignment.HANDED_BACK, said, by=SYSTEM_ACTOR, at=now)
    named = root.number or root.title
    tell_staff(session, owner.id, f"{named}已按约定日期由{holder.name}交回给你办理。", now, root.id)
    tell_staff(session, holder.id, f"{named}已按约定日期交回{owner.name}办理。", now, None)


def _interrupted(session: Session, lent: Assignment) -> Assignment | None:
    """The owner's own time with the case, which may itself be lent and due to go back later."""
    query = select(Assignment).where(
        Assignment.root_id == lent.root_id,
        Assignment.staff_id == lent.stands_in_for,
        Assignment.part == lent.part,
        Assignment.valid_to < lent.valid_from,
    )
    return session.scalar(query.order_by(Assignment.valid_to.desc()).limit(1))


def _keep(session: Session, root: Subject, lent: Assignment, owner: Staff, against: list[str], now: datetime) -> None:
    """The owner cannot take it: it stays where it is, and the head decides."""
    why = "；".join(against)
    journal.record(session, root.id, assignment.KEPT, {"text": f"未能交回{owner.name}：{why}"}, by=SYSTEM_ACTOR, at=now)
    text = f"{root.number or root.title}约定今天交回{owner.name}，但{why}，请负责人另行指定。"
    for staff_id in {lent.staff_id, *heads(session, root.organisation_id, now)}:
        tell_staff(session, staff_id, text, now, root.id)
