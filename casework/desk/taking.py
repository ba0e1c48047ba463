"""取下一件: the case whose legal time runs out first, then the oldest, never the same to two; who takes another one says why."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, sessionmaker

from casework.desk import offers, queue
from casework.desk.filters import MINE, ROLE
from casework.desk.forms import pick
from casework.desk.queue import Row
from casework.desk.tables import SKIP_REASONS, Skip
from union.access import visible
from web.filters import cn_date, cn_week, due
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.module import registry
from workflows.tables import SUBJECTS, Subject, legal_date

SKIPPED = "skipped"


class SkipForm(msgspec.Struct, kw_only=True):
    reason: Annotated[str, pick("先不办的原因", SKIP_REASONS)]
    text: Annotated[str, Meta(title="补充说明", max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Next:
    """What to take up next, if anything; ``reserved``: of the role's work, nobody else is given it meanwhile.

    Without a row, ``with_others`` says that something does wait, and all of it was just given to colleagues.
    """

    row: Row | None = None
    reserved: bool = False
    with_others: bool = False


def next_one(session: Session, writing: sessionmaker[Session], actor: Actor, at: datetime) -> Next:
    """One's own before the role's; not what was put aside today, and of the role's not what somebody else was just given.

    Two who ask at once get different ones: who comes second to an offer asks again.
    """
    known, left = queue.reach(session, actor, at), _not_put_aside(actor, at)
    if own := queue.first_of(session, actor, at, MINE, known, left):
        return Next(own)
    after = offers.since(session, at)
    lost: list[uuid.UUID] = []
    while row := queue.first_of(
        session, actor, at, ROLE, known, left, offers.nobody_else_has(actor, after), Subject.id.not_in(lost)
    ):
        if offers.make(writing, row.id, actor, at, after):
            return Next(row, reserved=True)
        lost.append(row.id)
    return Next(with_others=queue.first_of(session, actor, at, ROLE, known, left) is not None)


def again(session: Session, actor: Actor, at: datetime, subject_id: uuid.UUID) -> Next:
    """The one that was shown before, while it still waits; it is not offered anew."""
    known, same = queue.reach(session, actor, at), Subject.id == subject_id
    if own := queue.first_of(session, actor, at, MINE, known, same):
        return Next(own)
    return Next(queue.first_of(session, actor, at, ROLE, known, same))


def _not_put_aside(actor: Actor, at: datetime) -> ColumnElement[bool]:
    return Subject.id.not_in(select(Skip.subject_id).where(Skip.staff_id == actor.id, Skip.day == legal_date(at)))


def why(row: Row, at: datetime) -> str:
    """Why this one comes first, in one sentence."""
    today = legal_date(at)
    if row.urgent:
        return f"{row.urgent}，先于其他事项。"
    if row.due is None:
        return f"没有计算中的期限，{cn_date(row.opened_on, today)}登记，等得最久。"
    return f"{due(row.due, today).words}（{cn_date(row.due, today)} {cn_week(row.due)}），在等你办理的事项中期限最早。"


def skip(session: Session, actor: Actor, at: datetime, subject_id: uuid.UUID, reason: str, text: str) -> None:
    """Put it aside until tomorrow, with the reason in the history of the case. Its clocks go on."""
    subject = session.scalar(
        select(Subject).where(Subject.id == subject_id, visible(session, actor, at=at, action="case.list"))
    )
    if subject is None or actor.id is None:
        raise Unknown()
    session.add(
        Skip(subject_id=subject_id, staff_id=actor.id, day=legal_date(at), reason=reason, text=text.strip(), at=at)
    )
    offers.give_up(session, subject_id, actor)
    said = "：".join(filter(None, (SKIP_REASONS[reason], text.strip())))
    journal.record(session, subject_id, SKIPPED, {"text": said}, by=actor, at=at)


def put_aside(session: Session, actor: Actor, at: datetime) -> Sequence[tuple[Skip, str, str]]:
    """(skip, number, title) of what the actor put aside today."""
    query = (
        select(Skip, SUBJECTS.c.number, SUBJECTS.c.title)
        .join(SUBJECTS, SUBJECTS.c.id == Skip.subject_id)
        .where(
            Skip.staff_id == actor.id, Skip.day == legal_date(at), visible(session, actor, at=at, action="case.list")
        )
        .order_by(Skip.at.desc())
        .limit(20)
    )
    return [(skip, number or "未编号", title) for skip, number, title in session.execute(query)]


registry.entry_labels[SKIPPED] = "暂不办理"
