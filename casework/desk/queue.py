"""我的待办 and the lists: what waits for whom, by the day it is due; only what the asking person may see."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from casework.desk import next_step, search
from casework.desk.assignment import assigned_to, held_by, unassigned
from casework.desk.cursor import Cursor
from casework.desk.filters import DUES, MINE, ROLE, TASKS, Asked
from casework.desk.tables import SearchText
from casework.desk.tasks import item_names, said
from union.access import Approach, approaches, related_roots, visible
from union.roles import ROLE_BY_ID
from workflows.actor import Actor
from workflows.among import among, among_words
from workflows.definition import State, Workflow
from workflows.module import Module, registry
from workflows.reading import in_order, one_plan_for_all
from workflows.tables import ALIVE, NO_DUE, SUBJECTS, Subject, Task, Timer, legal_date

PAGE = 50
MOST_COUNTED = 999
AFTERWARDS = "afterwards"  # beside the ``due`` of a filter, on the pages of the workload alone
ASSIGNED = "assigned"  # the relation of whoever holds a case, as casework.desk.assignment names it
SEVERITIES = (("优先办理", "accent"), ("已超期", "danger"), ("今天要办", "warn"), ("三天内到期", "warn"), ("之后", ""))
Condition = ColumnElement[bool]
ROOTS = SUBJECTS.alias("closed_roots")
TO_DO: Condition = SUBJECTS.c.to_do
LIVING: Condition = literal_column(f"({ALIVE})")  # word for word as the index has it


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: the subject, what is to be done with it and until when."""

    id: uuid.UUID
    root_id: uuid.UUID
    href: str
    number: str
    title: str
    who: str
    task: str
    module: Module
    business: str
    state: str
    waiting: str
    tone: str
    due: date | None
    opened_on: date
    urgent: str = ""  # why it stands before the others

    @property
    def one_line(self) -> str:
        return f"{self.number} · {self.who}"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one severity; ``more``: the next page goes on with it."""

    name: str
    tone: str
    rows: list[Row]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, where the next one starts, and whether the words were too common to look through all cases."""

    rows: list[Row]
    after: Cursor | None = None
    newest_only: bool = False


@dataclass(frozen=True, slots=True)
class _Looking:
    """Who looks, when, and along which conditions: a subject is listed if it meets one of ``ways`` and all of ``every``.

    ``kept`` are further ways, by ids of roots in their order: an actor's thousands of cases that are at rest.
    """

    actor: Actor
    at: datetime
    ways: Sequence[Condition]
    every: Sequence[Condition]
    urgent_first: bool = False
    kept: Sequence[Select[Any]] = ()
    wide: bool = False  # a way is a whole tree of offices

    @property
    def today(self) -> date:
        return legal_date(self.at)


@dataclass(frozen=True)
class Reach:
    """What leads an actor to work: the living cases they hold or stand in another relation to, and the places they lead.

    Asked once for a page. The cases are those the actor may see; of a place that is still to be asked. Each list is one
    condition, so that a statement that asks it several times names the cases once.
    """

    own: Sequence[uuid.UUID]
    near: Sequence[uuid.UUID]
    places: Sequence[Condition]
    wide: bool  # a place is a whole tree of offices

    @cached_property
    def is_own(self) -> Condition:
        return among(Subject.root_id, self.own)

    @cached_property
    def is_near(self) -> Condition:
        return among(Subject.root_id, self.near)

    def plans(self, session: Session) -> AbstractContextManager[None]:
        """Cases that are named and those of one office are read in one way whoever asks; those of a whole tree are not."""
        return nullcontext() if self.wide else one_plan_for_all(session)


def reach(session: Session, actor: Actor, at: datetime) -> Reach:
    """In one statement the living roots that the actor holds or stands in a relation to, and may see.

    As lists they are short and a database goes by them; as conditions it would ask them of every open case.
    """
    along = approaches(session, actor, at, action="case.list")
    asked = {ASSIGNED: assigned_to(actor, legal_date(at))}
    asked |= {way.relation: way.condition for way in along if way.relation}
    some = _living(session, actor, at, asked).subquery()
    seen = _row_by_row(visible(session, actor, at=at, action="case.list", roots=True))
    found = session.execute(select(some.c.way, some.c.root_id).join(Subject, Subject.id == some.c.root_id).where(seen))
    by_way: dict[str, set[uuid.UUID]] = {}
    for row in found:
        by_way.setdefault(row.way, set()).add(row.root_id)
    own = by_way.pop(ASSIGNED, set())
    near = set().union(*by_way.values()) - own
    places = [way for way in along if not way.relation]
    return Reach(sorted(own), sorted(near), [*map(_along_place, places)], any(way.below for way in places))


def _living(session: Session, actor: Actor, at: datetime, asked: Mapping[str, Condition]) -> Any:
    """(way, root) of every living root on one of these ways; who can be told from an index is, all of them at once.

    Ids are in the order of time: of somebody's thousands only those since the oldest living one are looked at.
    """
    roots = {name: related_roots(actor, name, legal_date(at)) for name in asked}
    living = select(Subject.root_id).where(LIVING).order_by(Subject.root_id).limit(1)
    oldest = session.scalar(living) or uuid.UUID(int=0)
    kept = [
        ids.where(_root_of(ids) >= oldest).add_columns(literal(name).label("way"))
        for name, ids in roots.items()
        if ids is not None
    ]
    parts = [
        select(literal(name).label("way"), Subject.root_id.label("root_id")).where(LIVING, asked[name])
        for name, ids in roots.items()
        if ids is None
    ]
    if kept:
        known = union_all(*kept).subquery()
        among = select(known.c.way, known.c.root_id).join(Subject, Subject.root_id == known.c.root_id)
        parts.append(among.where(LIVING).distinct())
    return union(*parts)


def _root_of(ids: Select[Any]) -> Any:
    return next(iter(ids.selected_columns))


def _along_place(way: Approach) -> Condition:
    return _row_by_row(way.condition) if way.below else way.condition


def queue(
    session: Session,
    actor: Actor,
    at: datetime,
    asked: Asked,
    after: Cursor | None = None,
    limit: int = 0,
    known: Reach | None = None,
) -> Listed:
    """A page of one view of the queue."""
    words = search.wanted(session, asked.q)
    looking = _waiting_for(session, actor, at, asked, words, known or reach(session, actor, at))
    return _page(session, looking, asked.sort, after, limit or PAGE)


def listing(
    session: Session,
    actor: Actor,
    at: datetime,
    module: Module,
    asked: Asked,
    after: Cursor | None = None,
    limit: int = 0,
) -> Listed:
    """Every root subject of a module the actor may see: what is open by due date, then the rest."""
    words = search.wanted(session, asked.q)
    every = [_row_by_row(visible(session, actor, at=at, action="case.list", roots=True))]
    every += [Subject.workflow == module.workflow.name, *_narrowed(actor, at, asked, words.of() if words else None)]
    if asked.st:
        every.append(Subject.state == asked.st)
    looking = _all_of(session, actor, at, asked, every, _at_rest(module, asked))
    return _page(session, looking, asked.sort, after, limit or PAGE, bool(words and words.common))


def carried(
    session: Session,
    actor: Actor,
    at: datetime,
    organisations: Select[Any],
    holder: uuid.UUID | None,
    asked: Asked,
    after: Cursor | None = None,
    limit: int = 0,
) -> Listed:
    """What a number of the workload counts, of these offices and, with ``holder``, of one colleague.

    The open cases; or, asked for what is due ``AFTERWARDS``, what is late in what follows a closed one.
    """
    today = legal_date(at)
    if asked.due == AFTERWARDS:
        every = [visible(session, actor, at=at, action="case.list"), late_afterwards(today)]
    else:
        every = [visible(session, actor, at=at, action="case.list", roots=True), Subject.closed_on.is_(None)]
    every += [Subject.organisation_id.in_(organisations), *_narrowed(actor, at, asked, None)]
    if holder is not None:
        every.append(Subject.root_id.in_(held_by(holder, today)))
    return _page(session, _Looking(actor, at, [literal(True)], every), asked.sort, after, limit or PAGE)


def late_afterwards(today: date) -> Condition:
    """What goes on after a case was closed (payment, confirmation, remedies) and is past its day."""
    closed = select(ROOTS.c.id).where(ROOTS.c.id == SUBJECTS.c.root_id, ROOTS.c.closed_on.is_not(None))
    return and_(
        SUBJECTS.c.id != SUBJECTS.c.root_id,
        SUBJECTS.c.closed_on.is_(None),
        SUBJECTS.c.due_on < today,
        closed.correlate(SUBJECTS).exists(),
    )


def hits(session: Session, actor: Actor, at: datetime, words: str, limit: int = 8) -> list[Row]:
    """What the command palette offers."""
    wanted = search.wanted(session, words)
    if wanted is None:
        return []
    every = [visible(session, actor, at=at, action="case.list", roots=True), wanted.of()]
    return _page(session, _Looking(actor, at, [literal(True)], every), "", None, limit).rows[:limit]


def chosen(session: Session, actor: Actor, at: datetime, ids: Iterable[uuid.UUID]) -> list[Row]:
    """The rows of these subjects, of those the actor may see, by due date."""
    wanted = list(ids)
    every = [visible(session, actor, at=at, action="case.list"), Subject.id.in_(wanted)]
    return _page(session, _Looking(actor, at, [literal(True)], every), "", None, len(wanted)).rows


def first_of(session: Session, actor: Actor, at: datetime, view: str, known: Reach, *besides: Condition) -> Row | None:
    """The first of one view of which all this is true: the urgent, then by remaining legal time, then age."""
    looking = _waiting_for(session, actor, at, Asked(view=view), None, known)
    found = _page(session, replace(looking, every=[*looking.every, *besides]), "", None, 1).rows
    return found[0] if found else None


def counts(
    session: Session, actor: Actor, at: datetime, lists: Sequence[Asked], known: Reach | None = None
) -> list[int]:
    """How much each list holds, counted up to ``MOST_COUNTED`` and one more, all in one statement."""
    known = known or reach(session, actor, at)
    columns = [_count(session, actor, at, asked, known).label(f"n{number}") for number, asked in enumerate(lists)]
    return list(session.execute(select(*columns)).one()) if columns else []


def tasks(session: Session, actor: Actor, at: datetime, limit: int = PAGE) -> list[tuple[Task, Subject, str]]:
    """What a person must decide because the machine may not, each with its case and its words."""
    root = aliased(Subject)
    query = (
        select(Task, root, Timer.item)
        .join(root, root.id == Task.root_id)
        .outerjoin(Timer, Timer.id == Task.timer_id)
        .where(*_open_tasks(session, actor, at))
        .order_by(Task.due_on, Task.id)
        .limit(limit)
    )
    found = session.execute(query).all()
    names = item_names(session, [(subject.workflow, item) for _, subject, item in found])
    return [(task, subject, said(task.text, item, names)) for task, subject, item in found]


def grouped(listed: Listed, today: date) -> list[Group]:
    """优先办理, then 已超期, 今天要办, 三天内到期, 之后."""
    rows: list[list[Row]] = [[] for _ in SEVERITIES]
    for row in listed.rows:
        rows[0 if row.urgent else 1 + _severity(row.due, today)].append(row)
    last = max((number for number, found in enumerate(rows) if found), default=0)
    return [
        Group(name, tone, found, listed.after is not None and number == last)
        for number, ((name, tone), found) in enumerate(zip(SEVERITIES, rows, strict=True))
        if found
    ]


def severity_words(groups: Sequence[Group]) -> str:
    """The one sentence under the heading: what is over and what is for today; of more than one page, how many at least."""
    said = [f"{len(g.rows)}{' 项以上' if g.more else ' 项'}{g.name}" for g in groups if g.tone]
    return "，".join(said) + "。" if said else "没有临近期限的事项。"


def address(row: Any) -> str:
    """Where a subject is shown: a track on the page of its case, everything else on its own."""
    return f"/subjects/{row.root_id}#track-{row.id}" if row.kind == "track" else f"/subjects/{row.id}"


def _severity(due: date | None, today: date) -> int:
    if due is None:
        return 3
    left = (due - today).days
    return 0 if left < 0 else 1 if left == 0 else 2 if left <= 3 else 3


# --- what is looked for


def _waiting_for(
    session: Session, actor: Actor, at: datetime, asked: Asked, words: search.Wanted | None, known: Reach
) -> _Looking:
    """One view of the queue, narrowed by its filters."""
    every: list[Condition] = [TO_DO]
    every += _narrowed(actor, at, asked, words.among() if words else None)
    if asked.module:
        every.append(Subject.workflow.in_([w.name for w in registry.modules[asked.module].workflows]))
    ways = _ways(session, asked.view or MINE, actor, at, known)
    return _Looking(actor, at, ways, every, asked.sort != "new", wide=known.wide)


def _ways(session: Session, view: str, actor: Actor, at: datetime, known: Reach) -> list[Condition]:
    """本人主办: my case, my move. 待我办理: my role's move in a case of nobody or another. 等他人回复: everybody else's."""
    own = known.is_own
    my_move = next_step.to_do_states(actor.roles, waiting=False)
    if view == MINE:
        return [and_(own, _in_states(my_move))] if known.own else []
    if view == ROLE:
        return [and_(near, not_(own)) for near in _near(session, actor, at, known, my_move)]
    others = [state for state in next_step.to_do_states() if state not in my_move]
    awaited = next_step.to_do_states(actor.roles, waiting=True)
    mine = [and_(own, _in_states([*others, *awaited]))] if known.own else []
    return [*mine, *(_near(session, actor, at, known, awaited) if awaited else [])]


def _near(
    session: Session, actor: Actor, at: datetime, known: Reach, states: Sequence[tuple[str, str]]
) -> Iterator[Condition]:
    """The ways to what others hold: of a place row by row in the order of the list, as its open cases may be many."""
    seen = visible(session, actor, at=at, action="case.list")
    for place in known.places:
        yield and_(place, seen, _row_by_row(_in_states(states)))
    if known.near:
        yield and_(known.is_near, _in_states(states))


def _all_of(
    session: Session, actor: Actor, at: datetime, asked: Asked, every: Sequence[Condition], at_rest: bool
) -> _Looking:
    """Every case an actor may see, along the ways to it.

    Words lead to their cases by themselves; ids read once tell an actor's own from the rest.
    Whom a relation leads to cases, it may lead to thousands. The few that live are looked up at once; the others all
    have the same last place by due date, so that they stand in the order of their ids and the first ones are enough;
    ``at_rest`` says whether those are asked for at all.
    """
    along = approaches(session, actor, at, action="case.list")
    roots = {way.relation: related_roots(actor, way.relation, legal_date(at)) for way in along if way.relation}
    kept = {name: ids for name, ids in roots.items() if ids is not None}
    ways = [_along_place(way) for way in along if way.relation not in kept]
    if asked.q:
        own = [Subject.root_id.in_(ids) for ids in kept.values()]
        return _Looking(actor, at, [_row_by_row(or_(*own, *ways)) if own else literal(True)], every)
    wide = any(way.below for way in along)
    if not kept:
        return _Looking(actor, at, ways, every, wide=wide)
    if asked.sort == "new":
        return _Looking(actor, at, ways, every, kept=list(kept.values()), wide=wide)
    known = reach(session, actor, at)
    living = [*known.own, *known.near]
    ways += [among(Subject.id, living)] if living else []
    return _Looking(actor, at, ways, every, kept=list(kept.values()) if at_rest else [], wide=wide)


def _at_rest(module: Module, asked: Asked) -> bool:
    """Whether a list has room for cases that ask for nobody's work and have no clock running."""
    state = module.workflow.state_by_id.get(asked.st)
    living = asked.who == "nobody" or asked.due not in ("", "none") or (state is not None and state.asks_for_work)
    return not living


def _row_by_row(condition: Condition) -> Condition:
    """Asked of each row as the list comes to it, until the page is full.

    PostgreSQL would make joins of it and, taking what holds together (an open case and its state) for chance, expect so
    few rows that it gathers and sorts them all.
    """
    return case((condition, true()), else_=false())


def _in_states(states: Sequence[tuple[str, str]]) -> Condition:
    """Asked of each row that a way has led to, all states as one value."""
    return among_words(Subject.workflow + " " + Subject.state, [f"{workflow} {state}" for workflow, state in states])


def _narrowed(actor: Actor, at: datetime, asked: Asked, words: Condition | None) -> list[Condition]:
    today = legal_date(at)
    wanted = [] if words is None else [words]
    if asked.due in DUES:
        wanted.append(_due(asked.due, today))
    if asked.who == "own":
        wanted.append(assigned_to(actor, today))
    if asked.who == "nobody":
        wanted += [TO_DO, _row_by_row(unassigned(actor, today))]
    return wanted


def _due(span: str, today: date) -> Condition:
    if span == "overdue":
        return Subject.due_on < today
    if span == "none":
        return Subject.due_on == NO_DUE
    return Subject.due_on.between(today, today + timedelta(days={"today": 0, "three": 3, "week": 7}[span]))


def _open_tasks(session: Session, actor: Actor, at: datetime) -> list[Condition]:
    """Those whose page is open to this person; who only looks on has none."""
    mine = select(Subject.id).where(visible(session, actor, at=at, action="case.act", roots=True))
    return [Task.done_at.is_(None), Task.root_id.in_(mine)]


def _count(session: Session, actor: Actor, at: datetime, asked: Asked, known: Reach) -> Any:
    some: Any
    if asked.view == TASKS:
        some = select(Task.id).where(*_open_tasks(session, actor, at)).limit(MOST_COUNTED + 1)
    else:
        looking = _waiting_for(session, actor, at, asked, search.wanted(session, asked.q), known)
        along = [
            select(SUBJECTS.c.id).where(way, *looking.every).limit(MOST_COUNTED + 1).subquery() for way in looking.ways
        ]
        some = (
            union(*(select(way.c.id) for way in along)).limit(MOST_COUNTED + 1)
            if along
            else select(literal(1)).where(literal(False))
        )
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


# --- one page


def _page(
    session: Session,
    looking: _Looking,
    sort: str,
    after: Cursor | None,
    limit: int,
    newest_only: bool = False,
) -> Listed:
    """One statement: the first rows along each way, merged, with their root's number and parties."""
    if not looking.ways and not looking.kept:
        return Listed([])
    order = (SUBJECTS.c.id.desc(),) if sort == "new" else (SUBJECTS.c.due_on, SUBJECTS.c.id)
    ways = [way for each in looking.ways for way in _along(each, looking, sort, after)]
    along = [way.order_by(*order).limit(limit + 1) for way in ways]
    along += [_among(roots, looking.every, sort, after).limit(limit + 1) for roots in looking.kept]
    with in_order(session) if looking.wide else nullcontext():
        found = session.execute(_described(along, sort, limit + 1)).all()
    rows = [_row(row, looking.actor) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    more = Cursor(last.due_on, last.id, last.turn == FIRST) if last is not None else None
    return Listed(rows, more, newest_only)


FIRST, LATER = 0, 1


def _along(way: Condition, looking: _Looking, sort: str, after: Cursor | None) -> Iterator[Select[Any]]:
    """The rows after the last one shown: those taken up first, then the others, each looked up in an index of its own."""
    if not looking.urgent_first:
        yield _from(after, sort, LATER).where(way, *looking.every)
        return
    if after is None or after.urgent:
        yield _from(after, sort, FIRST).where(SUBJECTS.c.urgent != "", way, *looking.every)
        after = None
    yield _from(after, sort, LATER).where(SUBJECTS.c.urgent == "", way, *looking.every)


def _from(after: Cursor | None, sort: str, turn: int) -> Select[Any]:
    query = select(SUBJECTS.c.id, SUBJECTS.c.due_on, literal(turn).label("turn"))
    if after is None:
        return query
    if sort == "new":
        return query.where(SUBJECTS.c.id < after.id)
    return query.where(tuple_(SUBJECTS.c.due_on, SUBJECTS.c.id) > tuple_(literal(after.day), literal(after.id)))


def _among(roots: Select[Any], every: Sequence[Condition], sort: str, after: Cursor | None) -> Select[Any]:
    """The same along ids in their order: the newest first, or of those at rest the oldest."""
    of_root = _root_of(roots)
    if after is not None and (sort == "new" or after.day == NO_DUE):
        roots = roots.where(of_root < after.id if sort == "new" else of_root > after.id)
    ids = roots.distinct().order_by(of_root.desc() if sort == "new" else of_root).subquery()
    turn = literal(LATER).label("turn")
    query = select(SUBJECTS.c.id, SUBJECTS.c.due_on, turn).join(ids, ids.c.root_id == SUBJECTS.c.id).where(*every)
    if sort == "new":
        return query.order_by(ids.c.root_id.desc())
    return query.where(SUBJECTS.c.due_on == NO_DUE).order_by(ids.c.root_id)


def _described(along: Sequence[Select[Any]], sort: str, limit: int) -> Select[Any]:
    """A subject found on two ways is one row; only the rows of the page are looked up in other tables."""
    pages = [query.subquery() for query in along]
    found = union(*(select(*page.c) for page in pages)).subquery() if len(pages) > 1 else pages[0]
    first = (found.c.id.desc(),) if sort == "new" else (found.c.turn, found.c.due_on, found.c.id)
    merged = select(found.c.id, found.c.turn).order_by(*first).limit(limit).subquery()
    root = SUBJECTS.alias("roots")
    order = (SUBJECTS.c.id.desc(),) if sort == "new" else (merged.c.turn, SUBJECTS.c.due_on, SUBJECTS.c.id)
    names = ("id", "root_id", "kind", "workflow", "definition_version", "state", "due_on", "opened_on", "urgent")
    return (
        select(
            *(SUBJECTS.c[name] for name in names),
            merged.c.turn,
            SUBJECTS.c.title.label("own_title"),
            root.c.number,
            root.c.title,
            SearchText.summary,
        )
        .select_from(merged)
        .join(SUBJECTS, SUBJECTS.c.id == merged.c.id)
        .join(root, root.c.id == SUBJECTS.c.root_id)
        .outerjoin(SearchText, SearchText.root_id == SUBJECTS.c.root_id)
        .order_by(*order)
    )


def _row(row: Any, actor: Actor) -> Row:
    module, workflow = registry.module_for(row), registry.workflow_for(row)
    state = workflow.state_by_id[row.state]
    is_root = row.id == row.root_id
    task = _task(workflow, state, actor)
    return Row(
        id=row.id,
        root_id=row.root_id,
        href=address(row),
        number=row.number or "未编号",
        title=row.title,
        who=row.summary or row.title,
        task=task if is_root else f"{_named(row, workflow)}：{task}",
        module=module,
        business=module.label if is_root else workflow.label,
        state=state.label,
        waiting=f"{_named(row, workflow)}{state.waiting}" if state.waiting and row.kind == "record" else state.waiting,
        tone=module.tone,
        due=None if row.due_on == NO_DUE else row.due_on,
        opened_on=row.opened_on,
        urgent=row.urgent if row.turn == FIRST else "",
    )


def _named(row: Any, workflow: Workflow) -> str:
    return workflow.label if row.kind == "track" else f"《{row.own_title}》"


def _task(workflow: Workflow, state: State, actor: Actor) -> str:
    text = next_step.prompt(workflow, state.id) if state.asks_for_work else state.label
    responsible = state.responsible
    if responsible is None or responsible.id in actor.roles or not state.asks_for_work:
        return text
    return f"{text}（{ROLE_BY_ID.get(responsible.id, responsible).label}办理）"
