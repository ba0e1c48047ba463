"""The two statements of every step: one that locks and reads what must be known, one that writes what every step writes.

On PostgreSQL the writing is a single statement (common table expressions), and the text of both is compiled once: they
are what a step costs (benchmarks/fire.py). On SQLite, where a round trip costs nothing and a CTE cannot write, the same
parts run one after the other.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from psycopg.types.json import Json
from sqlalchemy import (
    ARRAY,
    Executable,
    Result,
    Row,
    Uuid,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from workflows.tables import JOURNAL, KEYS, PAYLOADS, SUBJECTS, TIMERS, Subject

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last sequence number and its hash."""

    seq: int
    hash: str


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

    subject: Row[Any]  # id, root_id, workflow, definition_version, state, version, organisation_id, closed_on
    head: Head
    moved_on: date | None  # the legal date of its last move
    answered: tuple[str, dict[str, Any]] | None  # fingerprint and answer of this very request, if it came before
    clocks: list[Clock]


def hold(session: Session, subject_id: uuid.UUID, actor: str = "", key: str = "") -> Held | None:
    """Lock the root, so that two steps of one case never overlap, and read; None if there is no such subject."""
    asked = {"subject_id": subject_id, "actor": actor, "key": key}
    rows = _run(session, _READ, asked).all()
    if rows and rows[0].root_version != (rows[0].seq or 0):
        # PostgreSQL waited for another step and locked its outcome, but joined what stood before it: read again.
        rows = _run(session, _READ, asked).all()
    if not rows:
        return None
    row = rows[0]
    _drop_outdated(session, row)
    return Held(
        row,
        Head(row.seq, row.hash) if row.seq else Head(0, GENESIS),
        row.moved_on,
        None if row.fingerprint is None else (row.fingerprint, row.answer),
        [Clock._make(row[-len(Clock._fields) :]) for row in rows if row[-len(Clock._fields)] is not None],
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """What a step writes whatever its kind."""

    entry: dict[str, Any]  # as journal.make_entry gives it
    closed_on: date | None
    met: list[uuid.UUID] = field(default_factory=list)  # clocks that ended in time
    answer: dict[str, Any] | None = None  # the idempotency key with its answer, unless it is taken already


def write(session: Session, writing: Writing) -> None:
    """The journal entry, its payload, the subject's state, its root's version, met clocks and the answer."""
    entry = writing.entry
    on_track = entry["root_id"] != entry["subject_id"]
    shape = (on_track, bool(writing.met), writing.answer is not None)
    given = _given(writing)
    if _on_postgresql(session):
        _run(session, _at_once(*shape), given)
    else:
        for part, names in _parts(*shape, postgresql=False):
            _run(session, part, {name: given[name] for name in names})
    renew(session, entry["subject_id"], state=entry["to_state"], version=entry["seq"], closed_on=writing.closed_on)
    if on_track:
        renew(session, entry["root_id"], version=entry["seq"])


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _run(session: Session, statement: Executable, given: dict[str, Any]) -> Result[Any]:
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # psycopg takes and gives every one of our types as it is
        return connection.exec_driver_sql(_compiled(statement), _as_json(given))
    return connection.execute(statement, given)


def _as_json(given: dict[str, Any]) -> dict[str, Any]:
    return {name: Json(value) if isinstance(value, dict) else value for name, value in given.items()}


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


def _drop_outdated(session: Session, row: Row[Any]) -> None:
    """What was loaded before the lock and overtaken since must not decide anything."""
    for subject_id, version in ((row.id, row.version), (row.root_id, row.root_version)):
        instance = _loaded(session, subject_id)
        if instance is not None and instance.__dict__.get("version", version) != version:
            session.expire_all()


def _read() -> Executable:
    root = SUBJECTS.alias("root")
    head = JOURNAL.alias("head")
    entry = JOURNAL.alias("entry")
    moved = JOURNAL.alias("moved")
    last = select(func.max(entry.c.seq)).where(entry.c.root_id == SUBJECTS.c.root_id)
    of_subject = last.where(entry.c.subject_id == SUBJECTS.c.id, entry.c.from_state != entry.c.to_state)
    known = and_(KEYS.c.actor == bindparam("actor"), KEYS.c.key == bindparam("key"))
    live = and_(
        TIMERS.c.subject_id == SUBJECTS.c.id, TIMERS.c.status.in_(map(literal_column, ("'running'", "'paused'")))
    )
    return (
        select(
            *(SUBJECTS.c[name] for name in ("id", "root_id", "workflow", "definition_version", "state")),
            SUBJECTS.c.organisation_id,
            SUBJECTS.c.closed_on,
            SUBJECTS.c.version,
            root.c.version.label("root_version"),
            head.c.seq,
            head.c.hash,
            moved.c.occurred_on.label("moved_on"),
            KEYS.c.fingerprint,
            KEYS.c.answer,
            *(TIMERS.c[name].label(f"clock_{name}") for name in Clock._fields),
        )
        .select_from(
            SUBJECTS.join(root, root.c.id == SUBJECTS.c.root_id)
            .outerjoin(head, and_(head.c.root_id == SUBJECTS.c.root_id, head.c.seq == last.scalar_subquery()))
            .outerjoin(moved, and_(moved.c.root_id == SUBJECTS.c.root_id, moved.c.seq == of_subject.scalar_subquery()))
            .outerjoin(KEYS, known)
            .outerjoin(TIMERS, live)
        )
        .where(SUBJECTS.c.id == bindparam("subject_id"))
        .with_for_update(of=root)
    )


_READ = _read()


@cache
def _parts(on_track: bool, met: bool, answered: bool, postgresql: bool) -> list[tuple[Any, tuple[str, ...]]]:
    """Each statement with the names of what it needs; the journal entry comes last."""
    subject: Any = bindparam("entry_subject_id")
    root: Any = bindparam("entry_root_id")
    seq: Any = bindparam("entry_seq")
    moved = {"state": bindparam("entry_to_state"), "version": seq, "closed_on": bindparam("closed")}
    parts: list[tuple[Any, tuple[str, ...]]] = [
        (
            update(SUBJECTS).where(SUBJECTS.c.id == subject).values(moved),
            ("entry_subject_id", "entry_to_state", "entry_seq", "closed"),
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
        listed: Any = func.any(bindparam("met_clocks", type_=ARRAY(Uuid())))
        these = TIMERS.c.id == listed if postgresql else TIMERS.c.id.in_(bindparam("met_clocks", expanding=True))
        parts.append((update(TIMERS).where(these).values(ended), ("met_clocks", "entry_occurred_on")))
    if answered:
        parts.append(_inserted(KEYS, "answer"))
    parts.append(_inserted(JOURNAL, "entry"))
    return parts


def _inserted(table: Any, prefix: str) -> tuple[Any, tuple[str, ...]]:
    names = {column.name: f"{prefix}_{column.name}" for column in table.columns}
    statement = insert(table).values({column: bindparam(name) for column, name in names.items()})
    return statement, tuple(names.values())


@cache
def _at_once(on_track: bool, met: bool, answered: bool) -> Executable:
    *parts, (statement, _) = _parts(on_track, met, answered, postgresql=True)
    return statement.add_cte(*(part.cte(f"part_{number}") for number, (part, _) in enumerate(parts)))  # type: ignore[no-any-return]


def _given(writing: Writing) -> dict[str, Any]:
    given = {f"entry_{name}": value for name, value in writing.entry.items()}
    given["closed"] = writing.closed_on
    if writing.met:
        given["met_clocks"] = writing.met
    if writing.answer is not None:
        given |= {f"answer_{name}": value for name, value in writing.answer.items()}
    return given
