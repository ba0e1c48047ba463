"""我的待办 and the lists: what waits for whom, by the day it is due; only what the asking person may see."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from casework.desk import next_step, search
from casework.desk.assignment import assigned_to
from casework.desk.cursor import Cursor
from casework.desk.tables import SearchText
from union.access import visible
from union.roles import ROLE_BY_ID
from workflows.actor import Actor
from workflows.module import Module, registry
from workflows.tables import Subject, Task, Timer, legal_date

PAGE = 50
NO_DUE = date(9999, 12, 31)
MINE, ROLE, WAITING, TASKS = "mine", "role", "waiting", "tasks"
VIEWS = {MINE: "本人主办", ROLE: "待我办理", WAITING: "等待回应", TASKS: "任务"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: the subject, what is to be done with it and until when."""

    id: uuid.UUID
    href: str
    number: str
    title: str
    who: str
    task: str
    module: Module
    business: str
    state: str
    tone: str
    due: date | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one severity."""

    name: str
    tone: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, and where the next one starts."""

    rows: list[Row]
    after: Cursor | None


def counts(session: Session, actor: Actor, at: datetime) -> dict[str, int]:
    """How much each view of the queue holds, in one statement."""
    today = legal_date(at)
    seen = visible(actor, at=at, action="case.list")
    columns = [
        select(func.count()).select_from(Subject).where(seen, _view(view, actor, today)).scalar_subquery().label(view)
        for view in (MINE, ROLE, WAITING)
    ]
    columns.append(select(func.count()).select_from(Task).where(*_open_tasks(actor, at)).scalar_subquery().label(TASKS))
    row = session.execute(select(*columns)).one()
    return {view: getattr(row, view) for view in VIEWS}


def queue(
    session: Session,
    actor: Actor,
    at: datetime,
    view: str = MINE,
    words: str = "",
    module: str = "",
    after: Cursor | None = None,
) -> Listed:
    today = legal_date(at)
    conditions = [visible(actor, at=at, action="case.list"), _view(view, actor, today), *_filters(words, module)]
    return _page(session, conditions, actor, today, after)


def listing(
    session: Session,
    actor: Actor,
    at: datetime,
    module: Module,
    words: str = "",
    state: str = "",
    after: Cursor | None = None,
) -> Listed:
    """Every root subject of a module the actor may see: what is open by due date, then the rest."""
    conditions = [visible(actor, at=at, action="case.list"), Subject.workflow == module.workflow.name]
    if state:
        conditions.append(Subject.state == state)
    return _page(session, [*conditions, *_filters(words, "")], actor, legal_date(at), after)


def hits(session: Session, actor: Actor, at: datetime, words: str, limit: int = 8) -> list[Row]:
    """What the command palette offers."""
    wanted = _filters(words, "")
    if not wanted:
        return []
    conditions = [visible(actor, at=at, action="case.list", roots=True), *wanted]
    return _page(session, conditions, actor, legal_date(at), None, limit).rows[:limit]


def tasks(session: Session, actor: Actor, at: datetime, limit: int = PAGE) -> list[tuple[Task, Subject]]:
    """What a person must decide because the machine may not."""
    root = aliased(Subject)
    query = (
        select(Task, root)
        .join(root, root.id == Task.root_id)
        .where(*_open_tasks(actor, at))
        .order_by(Task.due_on, Task.id)
        .limit(limit)
    )
    return [(task, subject) for task, subject in session.execute(query)]


def grouped(rows: Iterable[Row], today: date) -> list[Group]:
    """已超期, 今天要办, 三天内到期, 之后."""
    groups = [Group("已超期", "danger", []), Group("今天要办", "warn", []), Group("三天内到期", "warn", [])]
    groups.append(Group("之后", "", []))
    for row in rows:
        groups[_severity(row.due, today)].rows.append(row)
    return [group for group in groups if group.rows]


def _severity(due: date | None, today: date) -> int:
    if due is None:
        return 3
    left = (due - today).days
    return 0 if left < 0 else 1 if left == 0 else 2 if left <= 3 else 3


def _view(view: str, actor: Actor, today: date) -> ColumnElement[bool]:
    """本人主办: my case, my move. 待我办理: my role's move in a case of nobody or another. 等待回应: everybody else's move."""
    own = assigned_to(actor, today)
    my_move = next_step.to_do_states(actor.roles, waiting=False)
    if view == ROLE:
        return and_(_in_states(my_move), ~own)
    if view == MINE:
        return and_(_in_states(my_move), own)
    others_move = [state for state in next_step.to_do_states() if state not in my_move]
    awaited = next_step.to_do_states(actor.roles, waiting=True)
    return or_(and_(_in_states(others_move), own), _in_states(awaited))


def _in_states(states: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """Spelled out by workflow, which both databases can look up in an index."""
    by_workflow: dict[str, list[str]] = {}
    for workflow, state in states:
        by_workflow.setdefault(workflow, []).append(state)
    wanted = [and_(Subject.workflow == name, Subject.state.in_(ids)) for name, ids in by_workflow.items()]
    return or_(literal(False), *wanted)


def _filters(words: str, module: str) -> list[ColumnElement[bool]]:
    wanted = []
    condition = search.found(words[: search.LONGEST_QUERY])
    if condition is not None:
        wanted.append(condition)
    if module in registry.modules:
        wanted.append(Subject.workflow.in_([w.name for w in registry.modules[module].workflows]))
    return wanted


def _page(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    actor: Actor,
    today: date,
    after: Cursor | None,
    limit: int = PAGE,
) -> Listed:
    """One statement: subjects, their root's number and parties, and the day their nearest clock ends.

    A clock that only measures our own promptness counts where no clock of the law runs and the matter is open.
    """
    root = aliased(Subject.__table__, name="roots")
    ends = (
        select(
            Timer.subject_id,
            func.min(case((Timer.hard, Timer.effective_due))).label("by_law"),
            func.min(Timer.effective_due).label("any"),
        )
        .where(Timer.status == "running")
        .group_by(Timer.subject_id)
        .subquery()
    )
    table = Subject.__table__
    due = func.coalesce(ends.c.by_law, case((table.c.closed_on.is_(None), ends.c.any)), NO_DUE)
    query = (
        select(
            table.c.id,
            table.c.root_id,
            table.c.kind,
            table.c.workflow,
            table.c.definition_version,
            table.c.state,
            table.c.title.label("own_title"),
            root.c.number,
            root.c.title,
            SearchText.summary,
            due.label("due"),
        )
        .join(root, root.c.id == table.c.root_id)
        .outerjoin(ends, ends.c.subject_id == table.c.id)
        .outerjoin(SearchText, SearchText.root_id == table.c.root_id)
        .where(*conditions)
        .order_by(due, table.c.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(due, table.c.id) > tuple_(literal(after.day), literal(after.id)))
    found = session.execute(query).all()
    rows = [_row(row, actor, today) for row in found[:limit]]
    more = Cursor(found[limit - 1].due, found[limit - 1].id) if len(found) > limit else None
    return Listed(rows, more)


def _row(row: Any, actor: Actor, today: date) -> Row:
    module, workflow = registry.module_for(row), registry.workflow_for(row)
    state = workflow.state_by_id[row.state]
    due = None if row.due == NO_DUE else row.due
    is_root = row.id == row.root_id
    return Row(
        id=row.id,
        href=address(row),
        number=row.number or "未编号",
        title=row.title,
        who=row.summary or row.title,
        task=_task(workflow, state, actor) if is_root else f"{_named(row, workflow)}：{_task(workflow, state, actor)}",
        module=module,
        business=module.label if is_root else workflow.label,
        state=state.label,
        tone=module.tone,
        due=due,
        overdue=due is not None and due < today,
    )


def _named(row: Any, workflow: Any) -> str:
    return workflow.label if row.kind == "track" else f"《{row.own_title}》"


def address(row: Any) -> str:
    """Where a subject is shown: a track on the page of its case, everything else on its own."""
    return f"/subjects/{row.root_id}#track-{row.id}" if row.kind == "track" else f"/subjects/{row.id}"


def _task(workflow: Any, state: Any, actor: Actor) -> str:
    text = next_step.prompt(workflow, state.id) if next_step.asks_for_work(state) else state.label
    responsible = state.responsible
    if responsible is None or responsible.id in actor.roles or not next_step.asks_for_work(state):
        return text
    return f"{text}（{ROLE_BY_ID.get(responsible.id, responsible).label}办理）"


def _open_tasks(actor: Actor, at: datetime) -> list[ColumnElement[bool]]:
    mine = select(Subject.id).where(visible(actor, at=at, action="case.list", roots=True))
    return [Task.done_at.is_(None), Task.root_id.in_(mine)]


def severity_words(groups: Sequence[Group]) -> str:
    """The one sentence under the heading: what is over and what is for today."""
    said = [f"{len(g.rows)} 项{g.name}" for g in groups if g.name in ("已超期", "今天要办", "三天内到期")]
    return "，".join(said) + "。" if said else "没有临近期限的事项。"
