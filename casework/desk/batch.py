"""One act on many cases: each case for itself, with its own result; what is reversible is taken back within seconds.

Only what has no effect in law is done to many at once or taken back: who works on a case, and reminders; of what is no
case, a filter that was deleted and messages marked as read.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.forms import Choices
from casework.desk.tables import Batch
from workflows.actor import Actor
from workflows.errors import Invalid, Refused, StepError, Unknown
from workflows.law import Citation

UNDO_SECONDS = 10
SLOW_LINE_SECONDS = 10  # what the offer may take to reach the person and the answer to come back


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case: done, with what takes it back; or the reasons why not."""

    root_id: uuid.UUID
    said: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    reasons: Sequence[str] = ()

    @property
    def done(self) -> bool:
        return not self.reasons

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "root_id": str(self.root_id), "reasons": list(self.reasons)}


Act = Callable[[uuid.UUID], tuple[str, dict[str, Any]]]  # one case: what to say, and what takes it back
TakeBack = Callable[[Session, Actor, datetime, uuid.UUID, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """An act on many cases: its name on the page, how it is taken back, and what a list asks for before it is done.

    ``known`` is asked (session, actor, day), ``choices`` for the cases too; ``act`` and ``told`` (session, actor, moment, form), where
    ``told`` also gets the batch that was done.
    """

    label: str
    take_back: TakeBack
    form: type[msgspec.Struct] | None = None  # None: not offered on a list
    act: Callable[..., Act] | None = None
    choices: Callable[..., Choices | None] = lambda session, actor, today, root_ids: None
    known: Callable[..., dict[str, Any] | None] = lambda session, actor, today: None
    told: Callable[..., None] = lambda session, actor, at, form, batch: None
    hint: str = ""
    law: tuple[Citation, ...] = ()
    home: str = ""  # where one returns to, of what is done to no case: all of it is said in the message
    late: str = "需要改动的，在案件页重新办理。"


def carry_out(
    session: Session, actor: Actor, at: datetime, name: str, root_ids: Iterable[uuid.UUID], act: Act, key: str = ""
) -> Batch:
    """Do it to each case under a savepoint of its own: one that refuses keeps none of the others back."""
    return keep(session, actor, at, name, [_one(session, root_id, act) for root_id in dict.fromkeys(root_ids)], key)


def keep(session: Session, actor: Actor, at: datetime, name: str, results: Sequence[Result], key: str = "") -> Batch:
    """Remember what was done to which case, so that it can be shown again and taken back."""
    assert actor.id is not None
    done = Batch(actor_id=actor.id, act=name, key=key[:40], at=at, results=[result.stored() for result in results])
    session.add(done)
    session.flush()
    return done


def known(session: Session, actor: Actor, key: str) -> Batch | None:
    """What this very form did when it came before."""
    query = select(Batch).where(Batch.actor_id == actor.id, Batch.key == key[:40]).order_by(Batch.at.desc())
    return session.scalars(query.limit(1)).first() if key else None


def find(session: Session, actor: Actor, batch_id: uuid.UUID) -> Batch:
    """One's own batch; anybody else's is Unknown."""
    found = session.get(Batch, batch_id)
    if found is None or found.actor_id != actor.id:
        raise Unknown()
    return found


def results(batch: Batch) -> list[Result]:
    return [Result(**{**stored, "root_id": uuid.UUID(stored["root_id"])}) for stored in batch.results]


def reversible(batch: Batch, at: datetime) -> bool:
    """Something was done, nothing was taken back yet, and the seconds have not run out."""
    return batch.taken_back_at is None and in_time(batch.at, at) and any(result.done for result in results(batch))


def undo_href(done: Batch) -> str:
    return f"/todo/done/{done.id}/undo"


def in_time(done_at: datetime, at: datetime) -> bool:
    """While the message that offers to take it back stands, and a moment for a slow line."""
    return at - done_at <= timedelta(seconds=UNDO_SECONDS + SLOW_LINE_SECONDS)


def take_back(session: Session, actor: Actor, at: datetime, kind: Kind, batch_id: uuid.UUID) -> list[Result]:
    """Put everything back as it was; a case that has moved on meanwhile says so and stays."""
    batch = session.execute(select(Batch).where(Batch.id == batch_id).with_for_update()).scalar_one_or_none()
    if batch is None or batch.actor_id != actor.id:
        raise Unknown()
    if batch.taken_back_at is not None:
        raise Invalid("undo", "这次操作已经撤销过了。")
    if not reversible(batch, at):
        raise Invalid("undo", f"撤销只在 {UNDO_SECONDS} 秒内有效，这次操作没有撤销。{kind.late}")
    batch.taken_back_at = at
    before = {result.root_id: result.before for result in results(batch) if result.done}

    def restore(root_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
        return kind.take_back(session, actor, at, root_id, before[root_id]), {}

    return [_one(session, root_id, restore) for root_id in before]


def settled(at: datetime) -> datetime:
    """When nothing done now can be taken back any more: news of it goes out then."""
    return at + timedelta(seconds=UNDO_SECONDS + SLOW_LINE_SECONDS + 1)


def _one(session: Session, root_id: uuid.UUID, act: Act) -> Result:
    try:
        with session.begin_nested():
            said, before = act(root_id)
    except Refused as refused:
        return Result(root_id, reasons=[str(reason) for reason in refused.reasons])
    except StepError as fault:
        return Result(root_id, reasons=[str(fault)])
    return Result(root_id, said, before)
