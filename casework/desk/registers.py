"""The register of official records, and the figures of every module."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from casework.desk.cursor import Cursor
from documents.tables import Record
from union.access import visible
from union.organisations import Organisation, at_or_below
from workflows.actor import Actor
from workflows.module import Figure, Module, registry
from workflows.tables import Subject

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


def _record(row: Any) -> RecordRow:
    state = registry.workflow_for(row).state_by_id[row.state]
    tone = "warn" if state.open else "danger" if state.closed in ("void", "superseded") else "ok"
    return RecordRow(
        row.id, row.number or "", row.title, row.case or "未编号", row.root_id, state.label, tone, row.opened_on
    )
