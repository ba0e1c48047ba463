"""What the command palette offers: the lawful steps of the case on the screen, cases, people and pages."""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import next_step, search
from casework.desk.queue import Row
from union.access import can, may
from union.people import Staff, initials
from workflows.actor import Actor
from workflows.fire import preview
from workflows.module import registry
from workflows.tables import Subject

SUBJECT_PAGE = re.compile(r"/(?:subjects|records)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)")
MOST = 8
CASES_LOOKED_INTO = 3  # for the names of their parties
DESK_COMMANDS = (
    ("note.write", "phone", "记录联系", "/contacts/new"),
    ("note.write", "users", "安排{sitting}", "/sittings/new"),
    ("evidence.add", "paperclip", "上传材料", "/evidence/new"),
    ("evidence.view", "files", "证据材料目录", "/evidence"),
    ("access.view", "eye", "谁能看到、谁看过", "/access"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the palette."""

    icon: str
    label: str
    href: str
    small: str = ""


def commands(session: Session, actor: Actor, at: datetime, place: str, words: str) -> list[Choice]:
    """What this person may lawfully do now with the case whose page is open at ``place``."""
    shown = SUBJECT_PAGE.match(place)
    subject = session.get(Subject, uuid.UUID(shown[1])) if shown else None
    if subject is None or not can(session, actor, "case.view", subject, at=at):
        return []
    steps = list(_steps(session, actor, at, subject)) if can(session, actor, "case.act", subject, at=at) else []
    return matching([*steps, *_desk_commands(session, actor, at, subject)], words)[:MOST]


def _steps(session: Session, actor: Actor, at: datetime, subject: Subject) -> Iterator[Choice]:
    tracks = select(Subject).where(Subject.parent_id == subject.id, Subject.kind == "track").order_by(Subject.id)
    for part in [subject, *session.scalars(tracks)]:
        workflow = registry.workflow_for(part)
        if part is not subject and not next_step.asks_for_work(workflow.state_by_id[part.state]):
            continue
        name = workflow.label if part is not subject else part.number or part.title
        seen = preview(session, part, by=actor, at=at)
        for possible in next_step.in_order(workflow, part.state, seen):
            step = possible.transition
            if possible.allowed:
                yield Choice(step.icon, step.label, f"/subjects/{part.id}/transitions/{step.trigger}", name)


def _desk_commands(session: Session, actor: Actor, at: datetime, subject: Subject) -> Iterator[Choice]:
    if not subject.is_root or not registry.module_for(subject).is_case:
        return
    words = registry.words_for(subject)
    held = {action: can(session, actor, action, subject, at=at) for action, *_ in DESK_COMMANDS}
    for action, icon, label, path in DESK_COMMANDS:
        if held[action]:
            yield Choice(icon, words.said(label), f"/subjects/{subject.id}{path}", subject.number or "")


def people(session: Session, actor: Actor, hits: Sequence[Row], words: str) -> list[Choice]:
    """Parties of the cases found who bear the name, each with the case; colleagues for those who may look them up."""
    named = search.normal([words]).split(search.SEPARATOR)[0]
    if not named:
        return []
    return [*_parties(session, hits, named), *(_colleagues(session, named) if may(actor, "admin.directory") else ())]


def _parties(session: Session, hits: Sequence[Row], named: str) -> Iterator[Choice]:
    for row in hits[:CASES_LOOKED_INTO]:
        root = session.get_one(Subject, row.root_id)
        for party in row.module.participants(session, root) if row.module.participants else ():
            if named in search.normal([party.name]):
                yield Choice("user", party.name, f"/subjects/{root.id}", f"{party.label} · {row.number}")


def _colleagues(session: Session, named: str) -> Iterator[Choice]:
    alike = Staff.name.contains(named) | Staff.name_pinyin.startswith(named) | Staff.name_initials.startswith(named)
    found = select(Staff).where(alike).order_by(Staff.name_pinyin)
    for person in session.scalars(found.limit(MOST)):
        yield Choice("id-card", person.name, f"/admin/people/{person.id}", "工作人员")


def matching(choices: Iterable[Choice], words: str) -> list[Choice]:
    """Those whose label holds the words, or whose pinyin begins so: 受理 is found by sl."""
    wanted = words.strip().lower()
    return [c for c in choices if wanted in c.label.lower() or (wanted and initials(c.label).startswith(wanted))]
