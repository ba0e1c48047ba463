"""What a staff member was told in the service: unread first, by kind, page by page; never of a case closed to them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session

from casework.desk.message_kinds import IN_APP, KINDS
from casework.desk.tables import Message
from union.access import visible
from workflows.actor import Actor
from workflows.tables import Subject, legal_date

PAGE = 50
UNREAD, ALL = "unread", "all"
VIEWS = {UNREAD: "未读", ALL: "全部"}


@dataclass(frozen=True, slots=True)
class Line:
    """A message with the number of its case."""

    message: Message
    number: str


def unread(session: Session, actor: Actor, at: datetime, limit: int = 50) -> list[Message]:
    return list(session.scalars(_latest(session, actor, at).where(Message.read_at.is_(None)).limit(limit)))


def counts(session: Session, actor: Actor, at: datetime) -> dict[str, int]:
    """How many are unread, kind by kind, in one statement."""
    query = (
        select(Message.topic, func.count())
        .where(_mine(actor), Message.read_at.is_(None), _of_seen_cases(session, actor, at))
        .group_by(Message.topic)
    )
    return dict(session.execute(query).all())


def page(
    session: Session, actor: Actor, at: datetime, view: str, kind: str = "", after: uuid.UUID | None = None
) -> tuple[list[Line], uuid.UUID | None]:
    """One page, the newest first, and after which message the next one begins."""
    query = _latest(session, actor, at).add_columns(Subject.__table__.c.number)
    query = query.outerjoin(Subject.__table__, Subject.__table__.c.id == Message.subject_id)
    if view == UNREAD:
        query = query.where(Message.read_at.is_(None))
    if kind:
        query = query.where(Message.topic == kind)
    if after is not None:
        query = query.where(Message.id < after)
    found = [Line(message, number or "") for message, number in session.execute(query.limit(PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].message.id if len(found) > PAGE else None


def by_day(lines: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    days: dict[date, list[Line]] = {}
    for line in lines:
        days.setdefault(legal_date(line.message.at), []).append(line)
    return list(days.items())


def mark_read(session: Session, actor: Actor, at: datetime, ids: Sequence[uuid.UUID] = (), kind: str = "") -> int:
    """The given messages, those of a kind, or all; how many."""
    marked = update(Message).where(_mine(actor), Message.read_at.is_(None)).values(read_at=at)
    if ids:
        marked = marked.where(Message.id.in_(ids))
    if kind:
        marked = marked.where(Message.topic == kind)
    return int(session.execute(marked).rowcount)  # type: ignore[attr-defined]


def kind_label(topic: str) -> str:
    return KINDS[topic].named if topic in KINDS else "其他通知"


def _latest(session: Session, actor: Actor, at: datetime) -> Any:
    return select(Message).where(_mine(actor), _of_seen_cases(session, actor, at)).order_by(Message.id.desc())


def _mine(actor: Actor) -> ColumnElement[bool]:
    return (Message.staff_id == actor.id) & (Message.channel == IN_APP)


def _of_seen_cases(session: Session, actor: Actor, at: datetime) -> ColumnElement[bool]:
    """A message tells of a case only whom the case itself is open to: somebody who keeps out of it loses both."""
    seen = (
        exists().where(Subject.id == Message.subject_id, visible(session, actor, at=at, roots=True)).correlate(Message)
    )
    return or_(Message.subject_id.is_(None), seen)  # asked of each message, not of every case
