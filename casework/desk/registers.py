"""The register of official records, the days ahead, and the figures of every module."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from casework.desk import sittings
from casework.desk.cursor import Cursor
from documents.tables import Record
from union.access import visible
from union.organisations import Organisation, at_or_below
from workflows.actor import Actor
from workflows.module import Figure, Module, registry
from workflows.tables import Subject, Timer

PAGE = 50


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of the register."""

    id: uuid.UUID
    number: str
    title: str
    case: str
    root_id: uuid.UUID
    state: str
    tone: str
    on: date


@dataclass(frozen=True, slots=True)
class Day:
    """What stands on one day: sittings and ends of clocks."""

    day: date
    sittings: list[Any]
    ends: list[tuple[str, str, str, bool]]  # label, number and who, address, provisional


@dataclass(frozen=True, slots=True)
class Count:
    """A figure with what it came to."""

    module: Module
    figure: Figure
    numerator: int
    denominator: int | None
    amount: int | None

    @property
    def share(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


def records(
    session: Session, actor: Actor, at: datetime, words: str = "", after: Cursor | None = None
) -> tuple[list[RecordRow], Cursor | None]:
    """Every issued record the actor may see, the newest first; words are part of its number or its name."""
    root = aliased(Subject.__table__, name="roots")
    table = Subject.__table__
    query = (
        select(
            table.c.id,
            table.c.root_id,
            table.c.workflow,
            table.c.definition_version,
            table.c.state,
            table.c.number,
            table.c.title,
            table.c.opened_on,
            root.c.number.label("case"),
        )
        .join(Record.__table__, Record.__table__.c.id == table.c.id)
        .join(root, root.c.id == table.c.root_id)
        .where(visible(actor, at=at, action="record.view"))
        .order_by(table.c.opened_on.desc(), table.c.id.desc())
        .limit(PAGE + 1)
    )
    if words:
        typed = words.strip()[:40]
        query = query.where(
            table.c.number.contains(typed, autoescape=True)
            | table.c.title.contains(typed, autoescape=True)
            | root.c.number.contains(typed, autoescape=True)
        )
    if after is not None:
        query = query.where(tuple_(table.c.opened_on, table.c.id) < tuple_(after.day, after.id))
    found = session.execute(query).all()
    more = Cursor(found[PAGE - 1].opened_on, found[PAGE - 1].id) if len(found) > PAGE else None
    return [_record(row) for row in found[:PAGE]], more


def days(session: Session, actor: Actor, at: datetime, first: date, last: date, own: bool = True) -> list[Day]:
    """The days between two dates on which something stands, in two statements and one for each module's own dates."""
    found: dict[date, Day] = {}
    for row in sittings.agenda(session, actor, at, first, last, own):
        _on(found, row[0].starts_at.astimezone(sittings.SHANGHAI).date()).sittings.append(row)
    for row in _ends(session, actor, at, first, last, own):
        workflow = registry.workflow(row.workflow, row.definition_version)
        deadline = workflow.deadline_by_id.get(row.deadline)
        if deadline is not None:
            said = (deadline.label, f"{row.number or '未编号'} · {row.title}", f"/subjects/{row.root_id}")
            _on(found, row.effective_due).ends.append((*said, row.calendar_status == "provisional"))
    return [found[day] for day in sorted(found)]


def figures(session: Session, actor: Actor, first: date, last: date) -> list[Count]:
    """Every module's figures for the actor's organisation and those below it."""
    path = session.scalar(select(Organisation.path).where(Organisation.id == actor.organisation_id))
    places = list(session.scalars(select(Organisation.id).where(at_or_below(path)))) if path else []
    counts = []
    for module in registry.modules.values():
        for figure in module.figures:
            numerator, denominator, amount = figure.count(session, (first, last), places)
            counts.append(Count(module, figure, _size(numerator), _size(denominator), amount))
    return counts


def _size(counted: Any) -> Any:
    return counted if counted is None or isinstance(counted, int | float) else len(counted)


def _ends(session: Session, actor: Actor, at: datetime, first: date, last: date, own: bool) -> Sequence[Any]:
    from casework.desk.assignment import assigned_to

    table = Subject.__table__
    root = aliased(table, name="roots")
    query = (
        select(
            Timer.deadline,
            Timer.effective_due,
            Timer.calendar_status,
            table.c.workflow,
            table.c.definition_version,
            table.c.root_id,
            root.c.number,
            root.c.title,
        )
        .join(table, table.c.id == Timer.subject_id)
        .join(root, root.c.id == table.c.root_id)
        .where(Timer.status == "running", Timer.effective_due.between(first, last))
        .where(visible(actor, at=at, action="case.list"))
        .order_by(Timer.effective_due, Timer.id)
        .limit(500)
    )
    return session.execute(query.where(assigned_to(actor, first)) if own else query).all()


def _on(found: dict[date, Day], day: date) -> Day:
    return found.setdefault(day, Day(day, [], []))


def _record(row: Any) -> RecordRow:
    state = registry.workflow_for(row).state_by_id[row.state]
    tone = "warn" if state.open else "danger" if state.closed in ("void", "superseded") else "ok"
    return RecordRow(
        row.id, row.number or "", row.title, row.case or "未编号", row.root_id, state.label, tone, row.opened_on
    )
