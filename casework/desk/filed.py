"""What the archive shows: the volumes of one file, cases ready to be filed, and the register of what is kept until when."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.archive import Volume, VolumeFile, VolumePaper, open_papers
from casework.desk.cursor import Cursor
from documents.filing import MAIN
from union.access import visible
from workflows.actor import Actor
from workflows.module import registry
from workflows.tables import OutboxMessage, Subject

PAGE = 50
LONGEST = 80  # characters of the words looked for


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of a catalogue as it is shown; pages are known once the copy is made."""

    number: int
    title: str
    reference: str
    on: date | None
    pages: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class VolumeView:
    """A volume with its cover, its catalogue, and its copy where there is one."""

    volume: Volume
    lines: Sequence[PaperLine]
    pages: int | None
    size: int | None
    sha256: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Row:
    """A case on the archivist's list."""

    id: uuid.UUID
    number: str
    title: str
    kind: str
    state: str
    on: date | None
    years: int | None = None
    until: date | None = None


def volumes(session: Session, root_id: uuid.UUID, *, aside: bool) -> list[VolumeView]:
    """Every volume of the file, the 副卷 only for whoever may read it."""
    query = select(Volume).where(Volume.root_id == root_id).order_by(Volume.supplement, Volume.part, Volume.id)
    if not aside:
        query = query.where(Volume.part == MAIN)
    found = session.scalars(query).all()
    made = {row.volume_id: row for row in session.scalars(_of(VolumeFile, found))}
    papers = session.scalars(_of(VolumePaper, found).order_by(VolumePaper.place)).all()
    trouble = _trouble(session, root_id)
    return [_view(v, made.get(v.id), [p for p in papers if p.volume_id == v.id], trouble) for v in found]


def unfiled(session: Session, root_id: uuid.UUID) -> list[PaperLine]:
    """What would go into a supplement today."""
    papers = open_papers(session, root_id)
    return [PaperLine(n, paper.title, paper.reference, paper.dated) for n, paper in enumerate(papers, start=1)]


def ready(
    session: Session, actor: Actor, at: datetime, words: str = "", after: Cursor | None = None, limit: int = PAGE
) -> tuple[list[Row], Cursor | None]:
    """Closed and not filed yet, the longest closed first."""
    closed = [
        (workflow.name, state.id)
        for module in registry.modules.values()
        if module.is_case
        for workflow in (module.workflow, *module.former)
        for state in workflow.states
        if any(t.target != state.id and _files(workflow, t) for t in workflow.leaving(state.id))
    ]
    names, states = {name for name, _ in closed}, {state for _, state in closed}
    query = select(Subject).where(
        Subject.id == Subject.root_id,
        Subject.workflow.in_(names),
        Subject.state.in_(states),
        Subject.closed_on.is_not(None),
        visible(session, actor, at=at, action="archive.file", roots=True),
    )
    query = _named(query, words).order_by(Subject.closed_on, Subject.id)
    if after is not None:
        later = (Subject.closed_on == after.day) & (Subject.id > after.id)
        query = query.where((Subject.closed_on > after.day) | later)
    found = session.scalars(query.limit(limit + 1)).all()
    rows = [_row(subject, subject.closed_on) for subject in found[:limit]]
    more = Cursor(rows[-1].on, rows[-1].id) if len(found) > limit and rows[-1].on else None
    return rows, more


def register(
    session: Session, actor: Actor, at: datetime, words: str = "", after: Cursor | None = None, limit: int = PAGE
) -> tuple[list[Row], Cursor | None]:
    """What is in the archive, the last filed first."""
    query = (
        select(Subject, Volume)
        .join(Volume, (Volume.root_id == Subject.id) & (Volume.supplement == 0) & (Volume.part == MAIN))
        .where(visible(session, actor, at=at, action="archive.list", roots=True))
    )
    query = _named(query, words).order_by(Volume.filed_on.desc(), Subject.id.desc())
    if after is not None:
        earlier = (Volume.filed_on == after.day) & (Subject.id < after.id)
        query = query.where((Volume.filed_on < after.day) | earlier)
    found = session.execute(query.limit(limit + 1)).all()
    rows = [_row(s, v.filed_on, v.retention_years, v.keep_until) for s, v in found[:limit]]
    more = Cursor(rows[-1].on, rows[-1].id) if len(found) > limit and rows[-1].on else None
    return rows, more


def _files(workflow: Any, transition: Any) -> bool:
    state = workflow.state_by_id.get(transition.target)
    return state is not None and state.closed == "archived"


def _named(query: Any, words: str) -> Any:
    part = words.strip()[:LONGEST]
    if not part:
        return query
    return query.where(Subject.number.contains(part, autoescape=True) | Subject.title.contains(part, autoescape=True))


def _row(subject: Subject, on: date | None, years: int | None = None, until: date | None = None) -> Row:
    state = registry.workflow_for(subject).state_by_id[subject.state].label
    kind = registry.module_for(subject).label
    return Row(subject.id, subject.number or "未编号", subject.title, kind, state, on, years, until)


def _of(table: Any, found: Sequence[Volume]) -> Any:
    return select(table).where(table.volume_id.in_([volume.id for volume in found]))


def _trouble(session: Session, root_id: uuid.UUID) -> dict[str, str]:
    query = select(OutboxMessage).where(OutboxMessage.subject_id == root_id, OutboxMessage.status == "stopped")
    return {message.body.get("volume_id", ""): message.problem or "" for message in session.scalars(query)}


def _view(
    volume: Volume, made: VolumeFile | None, papers: Sequence[VolumePaper], trouble: dict[str, str]
) -> VolumeView:
    printed = made.catalogue if made else [{}] * len(papers)
    return VolumeView(
        volume,
        [_line(volume, paper, at) for paper, at in zip(papers, printed, strict=True)],
        made.pages if made else None,
        made.size if made else None,
        made.sha256 if made else "",
        trouble.get(str(volume.id), "").partition(": ")[2],
    )


def _line(volume: Volume, paper: VolumePaper, at: dict[str, Any]) -> PaperLine:
    first, last = at.get("first"), at.get("last")
    pages = f"{first}" if first == last else f"{first}—{last}"
    href = {"record": f"/records/{paper.source_id}", "text": ""}.get(
        paper.source, f"/subjects/{volume.root_id}/evidence/{paper.source_id}/look"
    )
    return PaperLine(paper.place, paper.title, paper.reference, paper.dated, pages if first else "", href)
