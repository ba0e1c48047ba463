"""What a staff member was told in the service: unread first, by kind, page by page; never of a case closed to them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session

from casework.desk import batch
from casework.desk.batch import Kind, Result
from casework.desk.message_kinds import IN_APP, KINDS
from casework.desk.tables import Batch, Message
from union.access import visible
from workflows.actor import Actor
from workflows.among import among
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


def mark_one(session: Session, actor: Actor, at: datetime, message_id: uuid.UUID) -> None:
    _mark(session, actor, at, Message.id == message_id)


def mark_all(session: Session, actor: Actor, at: datetime, kind: str = "") -> Batch | None:
    """Everything, or all of a kind; for some seconds it can be taken back. None where nothing was unread."""
    assert actor.id is not None
    marked = _mark(session, actor, at, *([Message.topic == kind] if kind else []))
    said = f"已把 {len(marked)} 条消息标为已读"
    before = {"messages": [str(message_id) for message_id in marked]}
    return batch.keep(session, actor, at, READ, [Result(actor.id, said, before)]) if marked else None


def _mark(session: Session, actor: Actor, at: datetime, *which: ColumnElement[bool]) -> Sequence[uuid.UUID]:
    new = (_mine(actor), Message.read_at.is_(None))
    return session.scalars(update(Message).where(*new, *which).values(read_at=at).returning(Message.id)).all()


def _unread_again(session: Session, actor: Actor, at: datetime, _: uuid.UUID, before: Mapping[str, Any]) -> str:
    marked = [uuid.UUID(text) for text in before["messages"]]
    session.execute(update(Message).where(_mine(actor), among(Message.id, marked)).values(read_at=None))
    return f"{len(marked)} 条消息恢复未读"


READ = "mark_read"
KINDS_OF_ACTS = {READ: Kind("全部标为已读", _unread_again, home="/messages", late="这些消息在“全部”里。")}


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
