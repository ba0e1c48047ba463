"""What a person must decide because the machine may not, said with the worker or the instalment it is about."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from workflows.module import registry
from workflows.tables import Subject, Task, Timer


def item_names(session: Session, clocks: Iterable[tuple[str, str | None]]) -> Mapping[str, str]:
    """item -> its name, of clocks that are one per item, as (workflow, item): one statement for each module."""
    wanted: dict[str, set[str]] = {}
    for workflow, item in clocks:
        if item:
            wanted.setdefault(registry.module_of(workflow).name, set()).add(item)
    found: dict[str, str] = {}
    for name, items in wanted.items():
        naming = registry.modules[name].item_names
        found |= naming(session, sorted(items)) if naming else {}
    return found


def said(task: str, item: str | None, names: Mapping[str, str]) -> str:
    """The words of a task, with what its clock belongs to where the case has one for each item."""
    name = names.get(item or "", "")
    return f"{name}：{task}" if name else task


def words(session: Session, task: Task, root: Subject) -> str:
    """The words of one task."""
    timer = session.get(Timer, task.timer_id) if task.timer_id else None
    item = timer.item if timer else None
    return said(task.text, item, item_names(session, [(root.workflow, item)]))
