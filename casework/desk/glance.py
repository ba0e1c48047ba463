"""A case at a glance, beside the list it was opened from: where it stands, until when, who, and what is to be done."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from casework.desk import assignment, clocks, next_step, queue
from casework.desk.queue import Row
from union.access import can
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.fire import Possible, preview
from workflows.module import Participant, registry
from workflows.tables import Subject, legal_date
from workflows.words import Words

MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Glance:
    """What the pane beside the list shows of one subject."""

    row: Row
    subject: Subject
    words: Words
    clocks: Sequence[clocks.Clock]
    steps: Sequence[Possible]
    recommended: str
    participants: Sequence[Participant]
    handlers: Sequence[assignment.Handler]


def glance(session: Session, actor: Actor, at: datetime, subject_id: uuid.UUID) -> Glance:
    rows = queue.chosen(session, actor, at, [subject_id])
    subject = session.get(Subject, subject_id)
    if not rows or subject is None:
        raise Unknown()
    root = subject if subject.is_root else session.get_one(Subject, subject.root_id)
    module, workflow = registry.module_for(root), registry.workflow_for(subject)
    may_act = can(session, actor, "case.act", subject, at=at)
    seen = preview(session, subject, by=actor, at=at) if may_act else []
    first = next_step.recommended(workflow, subject.state)
    found = clocks.clocks(session, [subject], legal_date(at))
    return Glance(
        row=rows[0],
        subject=subject,
        words=module.words,
        clocks=[clock for clock in found if clock.live],
        steps=next_step.in_order(workflow, subject.state, seen)[:MOST_STEPS],
        recommended=first.trigger if first else "",
        participants=list(module.participants(session, root)) if module.participants else [],
        handlers=assignment.handlers(session, root.id, legal_date(at)),
    )
