"""The two statements of every step: one that locks and reads what must be known, one that writes what every step writes.

On PostgreSQL the writing is a single statement (common table expressions), the text of both is compiled once, and both
go to psycopg directly: they are what a step costs (docs/decisions/0013-hot-path.md). On SQLite, where a round trip costs
nothing and a CTE cannot write, the same parts run one after the other through SQLAlchemy.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Json
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Executable,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from workflows.tables import JOURNAL, KEYS, PAYLOADS, SUBJECTS, TIMERS, Subject

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last sequence number and its hash."""

    seq: int
    hash: str


class Standing(NamedTuple):
    """A subject as it stands under the lock, with the end of its chain and the answer to this very request."""

    id: uuid.UUID
    root_id: uuid.UUID
    workflow: str
    definition_version: int
    state: str
    version: int
    organisation_id: uuid.UUID | None
    closed_on: date | None
    root_version: int
    seq: int | None
    hash: str | None
    moved_on: date | None
    fingerprint: str | None
    answer: Any


class Clock(NamedTuple):
    """A live timer as a step needs it."""

    id: uuid.UUID
    deadline: str
    item: str
    period: dict[str, Any]
    starts_on: date
    extensions: list[Any]
    paused_on: date | None
    paused_days: int
    swept_on: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """A subject under the lock of its root, with what a step must know before anything is loaded."""

    subject: Standing
    head: Head
    moved_on: date | None  # the legal date of its last move
    answered: tuple[str, dict[str, Any]] | None  # fingerprint and answer of this very request, if it came before
    clocks: list[Clock]


def hold(session: Session, subject_id: uuid.UUID, actor: str = "", key: str = "") -> Held | None:
    """Lock the root, so that two steps of one case never overlap, and read; None if there is no such subject."""
    asked = {"subject_id": subject_id, "actor": actor, "key": key}
    rows = _rows(session, asked)
    if rows and _overtaken(rows[0]):
        rows = _rows(session, asked)
    if not rows:
        return None
    subject = Standing._make(rows[0][:_CLOCK])
    _drop_outdated(session, subject)
    return Held(
        subject,
        Head(subject.seq or 0, subject.hash or GENESIS),
        subject.moved_on,
        (subject.fingerprint, subject.answer) if subject.fingerprint is not None else None,
        [Clock._make(row[_CLOCK:]) for row in rows if row[_CLOCK] is not None],
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """What a step writes whatever its kind."""

    entry: dict[str, Any]  # as journal.make_entry gives it
    closed_on: date | None
    met: list[uuid.UUID] = field(default_factory=list)  # clocks that ended in time
    answer: dict[str, Any] | None = None  # the idempotency key with its answer, unless it is taken already
    due_on: date | None = None  # the end of the nearest clock where the step knows it; else it stays
    to_do: bool | None = None  # whether the new state asks for somebody's work; None: the state stays


def write(session: Session, writing: Writing) -> None:
    """The journal entry, its payload, the subject's state, its root's version, met clocks and the answer."""
    entry = writing.entry
    on_track = entry["root_id"] != entry["subject_id"]
    shape = (on_track, len(writing.met), writing.answer is not None)
    given = _given(writing)
    connection = session.connection()
    if _on_postgresql(connection):
        if writing.answer is not None:
            given["answer_answer"] = Json(given["answer_answer"])
        _sent(connection, _at_once(*shape), given)
    else:
        for part, names in _parts(*shape):
            connection.execute(part, {name: given[name] for name in names})
    renew(session, entry["subject_id"], state=entry["to_state"], version=entry["seq"], closed_on=writing.closed_on)
    if on_track:
        renew(session, entry["root_id"], version=entry["seq"])


def _rows(session: Session, asked: dict[str, Any]) -> Sequence[Sequence[Any]]:
    connection = session.connection()
    if _on_postgresql(connection):
        return _sent(connection, _READ, asked).fetchall()
    return connection.execute(_READ, asked).all()


def _overtaken(row: Sequence[Any]) -> bool:
    """PostgreSQL waited for another step and locked its outcome, but joined what stood before it."""
    subject = Standing._make(row[:_CLOCK])
    return subject.root_version != (subject.seq or 0)


def _on_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _sent(connection: Connection, statement: Executable, given: dict[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Past SQLAlchemy, whose own work on a statement costs more than psycopg's."""
    cursor: psycopg.Cursor[tuple[Any, ...]] = connection.connection.cursor()  # type: ignore[assignment]  # typed for any driver
    text = _compiled(statement)
    try:
        return cursor.execute(text, given, prepare=True)
    except psycopg.Error as error:
        raise _told(connection, text, error) from error


def _told(connection: Connection, text: str, error: psycopg.Error) -> BaseException:
    """What went wrong, as SQLAlchemy tells it: without parameters, and a lost connection is thrown away."""
    used = connection.connection.dbapi_connection
    lost = connection.dialect.is_disconnect(error, used, None)  # type: ignore[arg-type]  # typed for any driver
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(text, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost)


@cache
def _compiled(statement: Any) -> str:
    return str(statement.compile(dialect=PGDialect_psycopg()))


def renew(session: Session, subject_id: uuid.UUID, **values: Any) -> None:
    """Tell a loaded subject what was just written beside it."""
    instance = _loaded(session, subject_id)
    if instance is not None:
        for name, value in values.items():
            set_committed_value(instance, name, value)


def _loaded(session: Session, subject_id: uuid.UUID) -> Subject | None:
    return session.identity_map.get(Subject.__mapper__.identity_key_from_primary_key((subject_id,)))


def _drop_outdated(session: Session, subject: Standing) -> None:
    """What was loaded before the lock and overtaken since must not decide anything."""
    for subject_id, version in {(subject.id, subject.version), (subject.root_id, subject.root_version)}:
        instance = _loaded(session, subject_id)
        if instance is not None and instance.__dict__.get("version", version) != version:
            session.expire_all()


def _locking_read() -> Executable:
    root = SUBJECTS.alias("root")
    head = JOURNAL.alias("head")
    entry = JOURNAL.alias("entry")
    moved = JOURNAL.alias("moved")
    last = select(func.max(entry.c.seq)).where(entry.c.root_id == SUBJECTS.c.root_id)
    last_moved = last.where(entry.c.subject_id == SUBJECTS.c.id, entry.c.from_state != entry.c.to_state)
    known = and_(KEYS.c.actor == bindparam("actor"), KEYS.c.key == bindparam("key"))
    live = and_(
        TIMERS.c.subject_id == SUBJECTS.c.id, TIMERS.c.status.in_(map(literal_column, ("'running'", "'paused'")))
    )
    others = {
        "root_version": root.c.version,
        "seq": head.c.seq,
        "hash": head.c.hash,
        "moved_on": moved.c.occurred_on,
        "fingerprint": KEYS.c.fingerprint,
        "answer": KEYS.c.answer,
    }
    standing = (others[name] if name in others else SUBJECTS.c[name] for name in Standing._fields)
    return (
        select(*standing, *(TIMERS.c[name] for name in Clock._fields))
        .select_from(
            SUBJECTS.join(root, root.c.id == SUBJECTS.c.root_id)
            .outerjoin(head, and_(head.c.root_id == SUBJECTS.c.root_id, head.c.seq == last.scalar_subquery()))
            .outerjoin(moved, and_(moved.c.root_id == SUBJECTS.c.root_id, moved.c.seq == last_moved.scalar_subquery()))
            .outerjoin(KEYS, known)
            .outerjoin(TIMERS, live)
        )
        .where(SUBJECTS.c.id == bindparam("subject_id"))
        .with_for_update(of=root)
    )


_READ = _locking_read()
_CLOCK = len(Standing._fields)  # where the columns of the clock begin


@cache
def _parts(on_track: bool, met: int, answered: bool) -> list[tuple[Any, tuple[str, ...]]]:
    """Each statement with the names of what it needs; the journal entry comes last."""
    subject: Any = bindparam("entry_subject_id")
    root: Any = bindparam("entry_root_id")
    seq: Any = bindparam("entry_seq")
    moved = {
        "state": bindparam("entry_to_state"),
        "version": seq,
        "closed_on": bindparam("closed"),
        "due_on": func.coalesce(bindparam("due", type_=Date()), SUBJECTS.c.due_on),
        "to_do": func.coalesce(bindparam("to_do", type_=Boolean()), SUBJECTS.c.to_do),
    }
    parts: list[tuple[Any, tuple[str, ...]]] = [
        (
            update(SUBJECTS).where(SUBJECTS.c.id == subject).values(moved),
            ("entry_subject_id", "entry_to_state", "entry_seq", "closed", "due", "to_do"),
        ),
        (
            insert(PAYLOADS).values(root_id=root, seq=seq, sealed=bindparam("entry_sealed")),
            ("entry_root_id", "entry_seq", "entry_sealed"),
        ),
    ]
    if on_track:
        seen = update(SUBJECTS).where(SUBJECTS.c.id == root).values(version=seq)
        parts.append((seen, ("entry_root_id", "entry_seq")))
    if met:
        ended: dict[str, Any] = {"status": literal_column("'met'"), "ended_on": bindparam("entry_occurred_on")}
        # One by one: an array of unknown length looks too dear to PostgreSQL to keep a plan for.
        clocks = tuple(f"met_{number}" for number in range(met))
        these = or_(*(TIMERS.c.id == bindparam(clock) for clock in clocks))
        parts.append((update(TIMERS).where(these).values(ended), (*clocks, "entry_occurred_on")))
    if answered:
        parts.append(_inserted(KEYS, "answer"))
    parts.append(_inserted(JOURNAL, "entry"))
    return parts


def _inserted(table: Any, prefix: str) -> tuple[Any, tuple[str, ...]]:
    names = {column.name: f"{prefix}_{column.name}" for column in table.columns}
    statement = insert(table).values({column: bindparam(name) for column, name in names.items()})
    return statement, tuple(names.values())


@cache
def _at_once(on_track: bool, met: int, answered: bool) -> Executable:
    *parts, (statement, _) = _parts(on_track, met, answered)
    return statement.add_cte(*(part.cte(f"part_{number}") for number, (part, _) in enumerate(parts)))


def _given(writing: Writing) -> dict[str, Any]:
    given = {f"entry_{name}": value for name, value in writing.entry.items()}
    given |= {"closed": writing.closed_on, "due": writing.due_on, "to_do": writing.to_do}
    given |= {f"met_{number}": clock for number, clock in enumerate(writing.met)}
    if writing.answer is not None:
        given |= {f"answer_{name}": value for name, value in writing.answer.items()}
    return given
