"""Where a subject stands on its way: the phases of its procedure with the day each was reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.filters import cn_date
from workflows.definition import Workflow
from workflows.module import registry
from workflows.tables import JournalEntry, Subject


@dataclass(frozen=True, slots=True)
class Way:
    """The states a subject has been in, with the day it came to each first."""

    reached: dict[str, date]

    @property
    def passed(self) -> frozenset[str]:
        return frozenset(self.reached)


def way(session: Session, subject: Subject) -> Way:
    moves = session.execute(
        select(JournalEntry.to_state, JournalEntry.occurred_on)
        .where(JournalEntry.root_id == subject.root_id, JournalEntry.subject_id == subject.id)
        .where(JournalEntry.from_state != JournalEntry.to_state)
        .order_by(JournalEntry.seq)
    )
    reached: dict[str, date] = {}
    for state, day in moves:
        reached.setdefault(state, day)
    return Way(reached)


def steps(subject: Subject, gone: Way, today: date) -> Sequence[tuple[str, str, str]]:
    """(phase, small text, "done" | "now" | "") for ``ui.stepper``: the phases passed, the present one, those to come.

    A phase that was passed over, and one that this very subject never has (a record nobody signs), is not shown.
    """
    workflow, module = registry.workflow_for(subject), registry.module_for(subject)
    now = workflow.state_by_id[subject.state]
    since = gone.reached.get(subject.state)
    never = set(module.never(subject)) if module.never else set()
    shown = [_step(workflow, phase, now.step, now.final, since, gone, today) for phase in workflow.steps]
    ahead = workflow.steps.index(now.step) if now.step in workflow.steps else len(workflow.steps)
    return [
        step
        for place, step in enumerate(shown)
        if step[2] or (place > ahead and not now.final and step[0] not in never)
    ]


def _step(
    workflow: Workflow, phase: str, present: str, final: bool, since: date | None, gone: Way, today: date
) -> tuple[str, str, str]:
    days = [gone.reached[s.id] for s in workflow.states if s.step == phase and s.id in gone.reached]
    if phase == present and not final:
        return phase, f"第 {(today - since).days + 1} 天" if since else "", "now"
    if days and (phase == present or workflow.steps.index(phase) < workflow.steps.index(present)):
        return phase, cn_date(min(days), today), "done"
    return phase, "", ""
