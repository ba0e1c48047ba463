"""Side effects promised by committed steps. The database is the truth; a thread or a Celery worker only carries out.

A worker claims rows under a lease; only the holder of the lease may finish or fail them, so a killed worker's rows
come back when the lease runs out, and a slow worker cannot finish what was given to another.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from workflows.tables import OUTBOX, new_id

LEASE = timedelta(minutes=2)
ATTEMPTS = 5
PATIENCE = timedelta(minutes=1)  # before what must wait for another message is tried again
NEVER_ANSWERED = "办理进程多次中断，没有留下原因"
log = logging.getLogger(__name__)
Handler = Callable[[sessionmaker[Session], dict[str, Any], datetime], None]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message under our lease."""

    id: uuid.UUID
    topic: str
    body: dict[str, Any]
    subject_id: uuid.UUID | None
    attempts: int
    lease: str


class NotYet(RuntimeError):
    """What this message needs is still being made: it waits and is tried again, and no attempt is counted."""


class LeaseLost(RuntimeError):
    """The lease ran out and another worker holds the message now."""


def put(
    session: Session, topic: str, body: dict[str, Any], *, at: datetime, subject_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Promise a side effect in the transaction of the step that needs it."""
    message_id = new_id()
    session.execute(
        insert(OUTBOX).values(
            id=message_id, topic=topic, body=body, subject_id=subject_id, status="ready", ready_at=at, attempts=0
        )
    )
    return message_id


def claim(
    session: Session,
    now: datetime,
    limit: int = 20,
    topics: set[str] | None = None,
    lease: timedelta = LEASE,
    newest_first: bool = False,
) -> list[Claimed]:
    """Take up to ``limit`` messages that are ready or whose lease has run out; commit before working on them."""
    query = _claimable(now, topics, newest_first)
    rows = session.execute(query.limit(limit).with_for_update(skip_locked=True)).all()
    exhausted = [row.id for row in rows if row.attempts >= ATTEMPTS]
    taken = [row for row in rows if row.attempts < ATTEMPTS]
    if exhausted:  # whoever held it ended each time without a word: it may be what kills the worker
        _change(session, exhausted, status="stopped", lease=None, leased_until=None, problem=NEVER_ANSWERED)
    if not taken:
        return []
    token = new_id().hex
    attempts = OUTBOX.c.attempts + 1
    until = now + lease
    _change(session, [r.id for r in taken], status="leased", lease=token, leased_until=until, attempts=attempts)
    return [Claimed(r.id, r.topic, r.body, r.subject_id, r.attempts + 1, token) for r in taken]


def _claimable(now: datetime, topics: set[str] | None, newest_first: bool) -> Select[Any]:
    ready = (OUTBOX.c.status == "ready") & (OUTBOX.c.ready_at <= now)
    abandoned = (OUTBOX.c.status == "leased") & (OUTBOX.c.leased_until < now)
    order = (OUTBOX.c.id.desc(),) if newest_first else (OUTBOX.c.ready_at, OUTBOX.c.id)
    query = select(OUTBOX).where(or_(ready, abandoned)).order_by(*order)
    return query if topics is None else query.where(OUTBOX.c.topic.in_(topics))


def _change(session: Session, ids: list[uuid.UUID], **values: Any) -> None:
    session.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(**values))


def finish(session: Session, message: Claimed, now: datetime) -> None:
    _settle(session, message, status="done", done_at=now, lease=None, leased_until=None, problem=None)


def fail(session: Session, message: Claimed, problem: str, now: datetime) -> bool:
    """Put a message back with growing delay, or stop it after the last attempt. True when it stopped."""
    stopped = message.attempts >= ATTEMPTS
    _settle(
        session,
        message,
        status="stopped" if stopped else "ready",
        ready_at=now + timedelta(seconds=5 * 4 ** (message.attempts - 1)),
        lease=None,
        leased_until=None,
        problem=problem[:2000],
    )
    return stopped


def put_off(session: Session, message: Claimed, reason: str, now: datetime) -> None:
    """Put a message back as if it had not been tried."""
    _settle(
        session,
        message,
        status="ready",
        ready_at=now + PATIENCE,
        attempts=message.attempts - 1,
        lease=None,
        leased_until=None,
        problem=reason[:2000],
    )


def retry(session: Session, message_id: uuid.UUID, now: datetime) -> None:
    """Start a stopped message again, at a person's word."""
    session.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == message_id, OUTBOX.c.status == "stopped")
        .values(status="ready", ready_at=now, attempts=0)
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the messages of some topics are: all that were ever promised fall into one of these."""

    done: int = 0
    waiting: int = 0
    working: int = 0
    paused: int = 0
    stopped: int = 0

    @property
    def left(self) -> int:
        return self.waiting + self.working

    @property
    def total(self) -> int:
        return self.done + self.left + self.paused + self.stopped


STATUS = {"ready": "waiting", "leased": "working", "done": "done", "stopped": "stopped", "paused": "paused"}


def progress(session: Session, topics: Iterable[str], since: datetime) -> Progress:
    """What was promised and is not done, and what was done since then."""
    recent = (OUTBOX.c.status != "done") | (OUTBOX.c.done_at >= since)
    query = select(OUTBOX.c.status, func.count()).where(OUTBOX.c.topic.in_(list(topics)), recent)
    return Progress(**{STATUS[status]: count for status, count in session.execute(query.group_by(OUTBOX.c.status))})


def pause(session: Session, topics: Iterable[str]) -> int:
    """Put what waits aside; what somebody has in hand is finished. Answers how many were put aside."""
    return _turn(session, topics, "ready", "paused")


def resume(session: Session, topics: Iterable[str]) -> int:
    """Let what was put aside go on, in its old order."""
    return _turn(session, topics, "paused", "ready")


def _turn(session: Session, topics: Iterable[str], status: str, into: str) -> int:
    turned = OUTBOX.c.topic.in_(list(topics)) & (OUTBOX.c.status == status)
    changed = session.execute(update(OUTBOX).where(turned).values(status=into).returning(OUTBOX.c.id))
    return len(changed.all())


def relay(
    sessions: sessionmaker[Session],
    handlers: dict[str, Handler],
    now: datetime,
    limit: int = 20,
    lease: timedelta = LEASE,
    newest_first: bool = False,
) -> int:
    """Claim and carry out one batch; returns how many messages were taken."""
    with sessions.begin() as session:
        batch = claim(session, now, limit, set(handlers), lease, newest_first)
    for message in batch:
        carry_out(sessions, handlers[message.topic], message, now)
    return len(batch)


def carry_out(sessions: sessionmaker[Session], handler: Handler, message: Claimed, now: datetime) -> None:
    """Run one claimed message; its failure is written down, never raised."""
    settle = _outcome(sessions, handler, message, now)
    try:
        with sessions.begin() as session:
            settle(session)
    except LeaseLost:
        log.warning("message %s (%s) outlived its lease and was given to another", message.id, message.topic)


def _outcome(
    sessions: sessionmaker[Session], handler: Handler, message: Claimed, now: datetime
) -> Callable[[Session], object]:
    """Carry the message out; answers what is to be written down of it."""
    try:
        handler(sessions, {**message.body, "message_id": str(message.id)}, now)
    except NotYet as wait:
        reason = str(wait)
        return lambda session: put_off(session, message, reason, now)
    except Exception as error:  # whatever goes wrong must be seen on the case, not end the relay
        problem = f"{type(error).__name__}: {error}"
        return lambda session: fail(session, message, problem, now)
    return lambda session: finish(session, message, now)


def _settle(session: Session, message: Claimed, **values: Any) -> None:
    ours = (OUTBOX.c.id == message.id) & (OUTBOX.c.lease == message.lease) & (OUTBOX.c.status == "leased")
    held = session.execute(update(OUTBOX).where(ours).values(**values).returning(OUTBOX.c.id)).first()
    if held is None:
        raise LeaseLost(str(message.id))
