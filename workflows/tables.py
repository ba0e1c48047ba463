"""What the engine stores. Every procedure's own table joins ``subjects``."""

import os
import threading
import time
import uuid
from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SHANGHAI = ZoneInfo("Asia/Shanghai")
NO_DUE = date(9999, 12, 31)  # no clock runs: sorts behind every day, in a column an index can compare
ALIVE = f"to_do OR due_on < '{NO_DUE.isoformat()}'"  # asks for work or has a clock running: few of all subjects


def new_id() -> uuid.UUID:
    """A version 7 UUID, ordered by time and in one process by the order of asking; its 62 random bits nobody guesses.

    Rows written in the same instant are listed as they were written (RFC 9562 §6.2, method 3).
    """
    tick = _next_tick()
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0x2 << 62 | random)


def _next_tick() -> int:
    """4096 to the millisecond; never the same twice, nor back when the clock is set back."""
    global _last_tick
    with _ticking:
        _last_tick = max(time.time_ns() * 4096 // 1_000_000, _last_tick + 1)
        return _last_tick


_ticking, _last_tick = threading.Lock(), 0


def legal_date(instant: datetime) -> date:
    """The date in Asia/Shanghai on which the instant falls."""
    return instant.astimezone(SHANGHAI).date()


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. A naive value is refused: it would be somebody's local time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        uuid.UUID: Uuid(),
        datetime: Instant(),
        date: Date(),
        int: Integer(),
        bool: Boolean(),
        str: String(200),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


Fen = BigInteger  # money is integer 分
LongText = Text


def _only(condition: str) -> dict[str, Any]:
    """A partial index: the few rows that are looked for, not the many that are not."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Subject(Base):
    """Whatever a workflow moves: a case, a side track, a record, a campaign. ``root_id`` is its own id for a root."""

    __tablename__ = "subjects"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "subject"}
    __table_args__ = (
        Index("ix_subjects_kind_state", "kind", "state"),
        Index("ix_subjects_root_id_state", "root_id", "state"),
        # What lists are read in: by the number of days left, everywhere or at one organisation, in one state or in all;
        # the newest first.
        Index("ix_subjects_workflow_due_on", "workflow", "due_on", "id"),
        Index("ix_subjects_workflow_state_due_on", "workflow", "state", "due_on", "id"),
        Index("ix_subjects_organisation_id_workflow_due_on", "organisation_id", "workflow", "due_on", "id"),
        Index("ix_subjects_organisation_id_state_due_on", "organisation_id", "workflow", "state", "due_on", "id"),
        Index("ix_subjects_organisation_id_workflow_id", "organisation_id", "workflow", "id"),
        Index("ix_subjects_to_do", "due_on", "id", **_only("to_do")),
        Index("ix_subjects_alive", "root_id", **_only(ALIVE)),
        Index("ix_subjects_to_do_at", "organisation_id", "due_on", "id", **_only("to_do")),
        Index("ix_subjects_urgent", "due_on", "id", **_only("urgent <> ''")),
        Index("ix_subjects_closed_on", "closed_on", **_only("closed_on IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    workflow: Mapped[str] = mapped_column(String(60))
    definition_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[str | None] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(300), default="")
    organisation_id: Mapped[uuid.UUID | None]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    # Kept by the engine so that a list needs no other table:
    due_on: Mapped[date] = mapped_column(default=NO_DUE)  # the end of its nearest running clock
    to_do: Mapped[bool] = mapped_column(default=True)  # its state asks for somebody's work
    urgent: Mapped[str] = mapped_column(String(120), default="")  # why it is taken up before others, said by its module

    @property
    def is_root(self) -> bool:
        return self.root_id == self.id


class Track(Subject):
    """A side track of a case (performance, confirmation, remedy): it has a state and clocks, and no table of its own."""

    __mapper_args__ = {"polymorphic_identity": "track"}


class JournalEntry(Base):
    """One entry of the append-only, hash-chained history of a root subject; triggers forbid UPDATE and DELETE."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_subject_id", "subject_id"),
        Index("ix_journal_opened_by", "actor_id", "root_id", "subject_id", **_only("from_state = 'new'")),
        {"info": {"append_only": True}},
    )

    root_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID]
    workflow: Mapped[str] = mapped_column(String(60))
    definition_version: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(60))
    from_state: Mapped[str] = mapped_column(String(40))
    to_state: Mapped[str] = mapped_column(String(40))
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    actor_role: Mapped[str] = mapped_column(String(40))
    handler_id: Mapped[uuid.UUID | None]
    organisation_id: Mapped[uuid.UUID | None]
    corrects: Mapped[int | None]
    commitment: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class JournalPayload(Base):
    """What was filed with an entry, encrypted and erasable; the entry keeps only its salted commitment."""

    __tablename__ = "journal_payloads"

    root_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes | None]  # None once erased
    erased_at: Mapped[datetime | None]
    erased_because: Mapped[str | None]


class IdempotencyKey(Base):
    """The answer to a request already carried out: a repeated submit gets it byte for byte."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)


class Timer(Base):
    """One running instance of a deadline. Staff are alerted on ``nominal_due``; overdue counts after ``effective_due``."""

    __tablename__ = "timers"
    __table_args__ = (
        Index(
            "ix_timers_due",
            "effective_due",
            **_only("status = 'running'"),
        ),
        Index("ix_timers_subject_id_status", "subject_id", "status"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"))
    root_id: Mapped[uuid.UUID] = mapped_column(index=True)
    deadline: Mapped[str] = mapped_column(String(60))
    item: Mapped[str] = mapped_column(
        String(40), default=""
    )  # claim or instalment, for a deadline that is one per item
    status: Mapped[str] = mapped_column(String(20), default="running")  # running paused met lapsed stopped
    period: Mapped[dict[str, Any]]  # as declared by workdays.Period.as_data()
    starts_on: Mapped[date]
    nominal_due: Mapped[date]
    effective_due: Mapped[date]
    calendar_status: Mapped[str] = mapped_column(String(20))  # official | provisional
    calendar_version: Mapped[int] = mapped_column(default=0)
    extensions: Mapped[list[Any]] = mapped_column(default=list)  # [{"days": 15, "seq": 7}, ...]
    paused_on: Mapped[date | None]
    paused_days: Mapped[int] = mapped_column(default=0)
    hard: Mapped[bool] = mapped_column(default=True)
    alerted: Mapped[list[Any]] = mapped_column(default=list)  # thresholds already announced
    ended_on: Mapped[date | None]
    swept_on: Mapped[date | None]  # the day its end was dealt with: announced, put to a person, or fired
    lapsed_seq: Mapped[int | None]


class OutboxMessage(Base):
    """A side effect promised by a committed step; only the lease holder may finish it."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_ready", "status", "ready_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    topic: Mapped[str] = mapped_column(String(60))
    body: Mapped[dict[str, Any]]
    subject_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(20), default="ready")  # ready leased done stopped paused
    ready_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]


class Task(Base):
    """Something a person must decide because the machine may not: a provisional lapse, a refused lapse."""

    __tablename__ = "tasks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    root_id: Mapped[uuid.UUID] = mapped_column(index=True)
    timer_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(500))
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class CalendarVersion(Base):
    """Each change of the holiday calendar is a version, so that a date can say by which calendar it was computed."""

    __tablename__ = "calendar_versions"

    version: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))


class CalendarYear(Base):
    """A year of the calendar: official once the State Council's notice is entered, provisional before."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20))  # official | provisional
    notice: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int]


class CalendarDay(Base):
    """A date that is not an ordinary weekday or weekend: a holiday, a 调休 rest day or a make-up workday."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # holiday | rest | workday
    name: Mapped[str] = mapped_column(String(60), default="")
    version: Mapped[int]


class CalendarOverride(Base):
    """A single date changed by an operator, with the number of the notice that changes it."""

    __tablename__ = "calendar_overrides"
    __table_args__ = (UniqueConstraint("day", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[date] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(20))
    notice: Mapped[str] = mapped_column(String(200))
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int]


class Setting(Base):
    """A dated house rule (⚙ ◐ ✎ ≈ of law.md): value, document number and who signed it off; never overwritten."""

    __tablename__ = "settings"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), index=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    valid_from: Mapped[date]
    document: Mapped[str] = mapped_column(String(200), default="")
    signed_off_by: Mapped[str | None] = mapped_column(String(100))
    entered_at: Mapped[datetime]


class Counter(Base):
    """The last number taken in a series; moved in the same transaction as the row that bears the number."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(String(120), primary_key=True)
    last: Mapped[int]


# For the statements written without the ORM:
SUBJECTS, JOURNAL, PAYLOADS, KEYS, TIMERS, OUTBOX = (
    cast(Table, kind.__table__)
    for kind in (Subject, JournalEntry, JournalPayload, IdempotencyKey, Timer, OutboxMessage)
)
