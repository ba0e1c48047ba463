"""The register of official records."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from casework.desk.cursor import Cursor
from documents.tables import Record
from union.access import visible
from workflows.actor import Actor
from workflows.module import registry
from workflows.tables import Subject

PAGE = 50
LONGEST = 40  # characters of the words looked for


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


def records(
    session: Session, actor: Actor, at: datetime, words: str = "", after: Cursor | None = None, limit: int = PAGE
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
        .where(visible(session, actor, at=at, action="record.view"))
        .order_by(table.c.opened_on.desc(), table.c.id.desc())
        .limit(limit + 1)
    )
    if words:
        typed = words.strip()[:LONGEST]
        query = query.where(
            table.c.number.contains(typed, autoescape=True)
            | table.c.title.contains(typed, autoescape=True)
            | root.c.number.contains(typed, autoescape=True)
        )
    if after is not None:
        query = query.where(tuple_(table.c.opened_on, table.c.id) < tuple_(after.day, after.id))
    found = session.execute(query).all()
    more = Cursor(found[limit - 1].opened_on, found[limit - 1].id) if len(found) > limit else None
    return [_record(row) for row in found[:limit]], more


def _record(row: Any) -> RecordRow:
    state = registry.workflow_for(row).state_by_id[row.state]
    tone = "warn" if state.open else "danger" if state.closed in ("void", "superseded") else "ok"
    return RecordRow(
        row.id, row.number or "", row.title, row.case or "未编号", row.root_id, state.label, tone, row.opened_on
    )
