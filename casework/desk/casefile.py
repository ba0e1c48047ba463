"""Everything the page of one subject shows, gathered in a bounded number of statements."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from casework.desk import assignment, clocks, contact_wishes, evidence, next_step, party_requests, sittings, stepper
from casework.desk.archive import Volume
from casework.desk.tables import (
    CONTACT_WISHES,
    LINK_KINDS,
    AccessRequest,
    ContactWish,
    Draft,
    Evidence,
    Link,
    Message,
    PartyRequest,
    Reading,
    Sitting,
)
from casework.desk.tasks import said
from documents import served
from documents.correcting import Chain, chains
from union.access import condition, kept_out, visible
from workflows import diagram
from workflows.actor import Actor
from workflows.definition import State, Workflow
from workflows.fire import Possible, current_facts, preview
from workflows.module import Heading, Module, Panel, Participant, registry
from workflows.tables import OutboxMessage, Subject, Task, Timer

PARTS_KEPT = 200
ABILITIES = (
    "case.act",
    "note.write",
    "evidence.add",
    "evidence.view",
    "case.assign",
    "person.reveal",
    "record.view",
    "access.view",
    "access.grant",
)
STATE_TONES = {"success": "ok", "performed": "ok", "archived": "", "failure": "danger", "rejection": "warn"}


@dataclass(frozen=True, slots=True)
class Linked:
    """Another case and how it belongs to this one; what the procedure tied is not taken apart by hand."""

    kind: str
    number: str
    title: str
    href: str
    remove: str = ""  # the page on which a mistaken relation is removed


@dataclass(frozen=True, slots=True)
class TrackView:
    """A side track on the page of its case: where it stands, its clocks and what may be done."""

    subject: Subject
    workflow: Workflow
    state: State
    tone: str
    clocks: Sequence[clocks.Clock]
    steps: Sequence[Possible]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """An official record in the card of its case; ``served`` are its addressees, each with the day it reached them."""

    id: uuid.UUID
    title: str
    number: str
    state: str
    tone: str
    next: str
    opened_on: date
    served: Sequence[tuple[str, date | None]] = ()
    chain: str = ""  # what it corrects, what corrected it

    @property
    def reached(self) -> int:
        return sum(1 for _, on in self.served if on is not None)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the case: what they may do, when they last looked, and which of its sets there are at all."""

    may: Mapping[str, bool]
    there: Mapping[str, bool]
    looked_at: datetime | None
    draft: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The page of one root subject."""

    subject: Subject
    module: Module
    workflow: Workflow
    state: State
    tone: str
    facts: Any
    heading: Heading
    participants: Sequence[Participant]
    handlers: Sequence[assignment.Handler]
    steps: Sequence[tuple[str, str, str]]
    clocks: Sequence[clocks.Clock]
    possible: Sequence[Possible]
    recommended: str
    ahead: str  # the step this state leads to, while a condition of it is unmet
    blocked: bool
    tracks: Sequence[TrackView]
    records: Sequence[RecordLine]
    troubles: Sequence[OutboxMessage]
    sittings: Sequence[Any]
    evidence: Sequence[Any]
    messages: Sequence[Message]
    links: Sequence[Linked]
    tasks: Sequence[tuple[Task, str]]
    panels: Sequence[tuple[Panel, Mapping[str, Any]]]
    acts: Sequence[Any]
    asked: Sequence[party_requests.Asked]
    wishes: Mapping[Any, str]


def reader_of(session: Session, subject: Subject, actor: Actor, today: date, note_place: str) -> Reader:
    """In one statement: sets that are empty are then not asked for."""
    out = kept_out(session, actor, today)
    may = {action.replace(".", "_"): condition(actor, action, today, out) for action in ABILITIES}
    part = Subject.__table__.alias("part")
    parts = select(part.c.id).where(part.c.root_id == subject.id)
    there = {
        "troubles": exists().where(OutboxMessage.subject_id.in_(parts), OutboxMessage.status == "stopped"),
        "evidence": exists().where(Evidence.subject_id == subject.id),
        "messages": exists().where(Message.subject_id == subject.id, Message.party_id.is_not(None)),
        "links": exists().where(Link.of(subject.id)),
        "tasks": exists().where(Task.root_id == subject.id, Task.done_at.is_(None)),
        "sittings": exists().where(Sitting.subject_id == subject.id),
        "asked": exists().where(PartyRequest.root_id == subject.id),
        "wishes": exists().where(ContactWish.root_id == subject.id),
        "filed": exists().where(Volume.root_id == subject.id),
        "requests": exists().where(AccessRequest.root_id == subject.id, AccessRequest.answer == ""),
    }
    looked = select(Reading.last_at).where(
        Reading.root_id == subject.id, Reading.staff_id == actor.id, Reading.day == today
    )
    draft = exists().where(Draft.writer_id == actor.id, Draft.place == note_place)
    row = (
        session.execute(
            select(
                *(held.label(f"may_{name}") for name, held in may.items()),
                *(held.label(f"there_{name}") for name, held in there.items()),
                looked.scalar_subquery().label("looked_at"),
                draft.label("draft"),
            )
            .select_from(Subject)
            .where(Subject.id == subject.id)
        )
        .one()
        ._mapping
    )
    return Reader(
        {name: bool(row[f"may_{name}"]) for name in may},
        {name: bool(row[f"there_{name}"]) for name in there},
        row["looked_at"],
        bool(row["draft"]),
    )


def open_file(session: Session, subject: Subject, reader: Reader, actor: Actor, at: datetime, today: date) -> CaseFile:
    """The whole file of a root subject, in sets: about forty statements, however much is in it."""
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    facts = current_facts(session, subject, by=actor, at=at)
    parts = _parts(session, subject)
    tracks = [part for part in parts if registry.workflow_for(part).is_track]
    faces = clocks.clocks(session, [subject, *tracks], today, getattr(facts, "item_names", None))
    seen = preview(session, subject, by=actor, at=at, facts=facts)
    possible = next_step.moves_first(next_step.in_order(workflow, subject.state, seen))
    gone = stepper.way(session, subject)
    first = next_step.recommended(workflow, subject.state)
    return CaseFile(
        subject=subject,
        module=module,
        workflow=workflow,
        state=workflow.state_by_id[subject.state],
        tone=tone_of(workflow.state_by_id[subject.state]),
        facts=facts,
        heading=module.heading(session, subject, facts) if module.heading else Heading(),
        participants=list(module.participants(session, subject)) if module.participants else [],
        handlers=assignment.handlers(session, subject.id, today),
        steps=stepper.steps(subject, gone, today),
        clocks=[clock for clock in faces if clock.subject_id == subject.id],
        possible=possible,
        recommended=first.trigger if first and first in (p.transition for p in possible if p.allowed) else "",
        ahead=first.trigger if first and first in (p.transition for p in possible if not p.allowed) else "",
        blocked=bool(refused(workflow, subject.state, seen)),
        tracks=[_track(session, part, faces, facts, actor, at) for part in tracks],
        records=_record_lines(session, [part for part in parts if part not in tracks]),
        troubles=_troubles(session, [subject, *parts]) if reader.there["troubles"] else [],
        sittings=sittings.sittings_of(session, subject.id) if reader.there["sittings"] else [],
        evidence=evidence.catalogue(session, subject.id) if reader.there["evidence"] else [],
        messages=_messages(session, subject.id) if reader.there["messages"] else [],
        links=links_of(session, subject.id, actor, at) if reader.there["links"] else [],
        tasks=_tasks(session, subject.id, getattr(facts, "item_names", {})) if reader.there["tasks"] else [],
        panels=[(panel, panel.context(session, subject, facts, actor)) for panel in module.panels],
        acts=_acts(session, module, actor, subject, facts, at),
        asked=party_requests.of_case(session, subject) if reader.there["asked"] else [],
        wishes=_wishes(session, subject.id) if reader.there["wishes"] else {},
    )


def blocked(session: Session, subject: Subject, actor: Actor, at: datetime) -> list[Possible]:
    """What cannot be done with the subject now, each step with every reason."""
    return refused(registry.workflow_for(subject), subject.state, preview(session, subject, by=actor, at=at))


def refused(workflow: Workflow, state: str, seen: Sequence[Possible]) -> list[Possible]:
    """Steps that leave this very state but are another's to take, and those that only the state stands against."""
    here = {t.trigger for t in workflow.leaving(state)}
    against = [p for p in seen if not next_step.at_hand(p)]
    return sorted(against, key=lambda p: p.transition.trigger not in here)


def drawn(session: Session, subject: Subject) -> Markup:
    """The procedure of the subject with the way it has gone."""
    gone = stepper.way(session, subject)
    svg = diagram.svg(registry.workflow_for(subject), subject.state, gone.passed)
    return Markup(svg)  # noqa: S704 - labels are escaped there


def tone_of(state: State) -> str:
    if state.open:
        return "accent" if not state.waiting else "warn"
    return STATE_TONES.get(state.closed, "")


def links_of(session: Session, subject_id: uuid.UUID, actor: Actor, at: datetime) -> list[Linked]:
    """Every linked case the actor may see."""
    table = Subject.__table__
    query = (
        select(Link, table.c.id, table.c.number, table.c.title)
        .join(table, or_(table.c.id == Link.from_id, table.c.id == Link.to_id))
        .where(Link.of(subject_id), table.c.id != subject_id)
        .where(visible(session, actor, at=at, roots=True))
        .order_by(Link.at)
    )
    return [
        Linked(
            LINK_KINDS.get(link.kind, link.kind),
            number or "未编号",
            title,
            f"/subjects/{other}",
            f"/subjects/{subject_id}/links/{link.id}/remove" if link.kind == "related" else "",
        )
        for link, other, number, title in session.execute(query)
    ]


def _parts(session: Session, subject: Subject) -> list[Subject]:
    """Tracks and records of a case, without the columns of their own tables."""
    query = (
        select(Subject)
        .where(Subject.root_id == subject.id, Subject.id != subject.id)
        .order_by(Subject.opened_on, Subject.id)
        .limit(PARTS_KEPT)
    )
    return list(session.scalars(query))


def _track(
    session: Session, track: Subject, faces: Sequence[clocks.Clock], facts: Any, actor: Actor, at: datetime
) -> TrackView:
    """``facts`` are those of the case: where they can be seen from a track, nothing is loaded anew."""
    workflow = registry.workflow_for(track)
    state = workflow.state_by_id[track.state]
    known = facts.seen_from(track) if hasattr(facts, "seen_from") else None
    steps = preview(session, track, by=actor, at=at, facts=known) if next_step.asks_for_work(state) else []
    return TrackView(
        subject=track,
        workflow=workflow,
        state=state,
        tone=tone_of(state),
        clocks=[clock for clock in faces if clock.subject_id == track.id],
        steps=next_step.in_order(workflow, track.state, steps),
    )


def _record_lines(session: Session, records: Sequence[Subject]) -> list[RecordLine]:
    replaced = chains(session, [r.id for r in records]) if any(r.state == "superseded" for r in records) else {}
    return [
        _record_line(record, reached, replaced.get(record.id, Chain()))
        for record, reached in served.to_whom(session, records)
    ]


def _record_line(record: Subject, reached: Sequence[tuple[str, date | None]], chain: Chain) -> RecordLine:
    workflow = registry.workflow_for(record)
    state = workflow.state_by_id[record.state]
    tone = "ok" if not state.open and state.closed not in ("void", "superseded") else "warn"
    nobody_to_serve = not state.open and not reached
    over = state.final or state.closed in ("served", "void", "superseded") or nobody_to_serve
    following = None if over else next_step.recommended(workflow, record.state)
    return RecordLine(
        id=record.id,
        title=record.title,
        number=record.number or "",
        state=state.label,
        tone=tone,
        next=following.label if following else "",
        opened_on=record.opened_on,
        served=reached if not state.open and not state.final else (),
        chain=chain.sentence,
    )


def _troubles(session: Session, parts: Sequence[Subject]) -> list[OutboxMessage]:
    """Side effects that stopped: they must be seen on the case, not only on a page for administrators."""
    ids = [part.id for part in parts]
    query = select(OutboxMessage).where(OutboxMessage.subject_id.in_(ids), OutboxMessage.status == "stopped")
    return list(session.scalars(query.limit(20)))


def _messages(session: Session, root_id: uuid.UUID) -> list[Message]:
    query = select(Message).where(Message.subject_id == root_id, Message.party_id.is_not(None))
    return list(session.scalars(query.order_by(Message.at.desc()).limit(10)))


def _wishes(session: Session, root_id: uuid.UUID) -> dict[Any, str]:
    return {person: CONTACT_WISHES[wish] for person, wish in contact_wishes.wishes(session, root_id).items()}


def _tasks(session: Session, root_id: uuid.UUID, names: Mapping[str, str]) -> list[tuple[Task, str]]:
    query = select(Task, Timer.item).outerjoin(Timer, Timer.id == Task.timer_id)
    found = session.execute(query.where(Task.root_id == root_id, Task.done_at.is_(None)).limit(20))
    return [(task, said(task.text, item, names)) for task, item in found]


def _acts(session: Session, module: Module, actor: Actor, subject: Subject, facts: Any, at: datetime) -> list[Any]:
    if not module.acts:
        return []
    roles = registry.roles_for(session, actor, subject, at=at)
    return [
        act for act in module.acts if roles & {role.id for role in act.by} and (act.when is None or act.when(facts))
    ]
