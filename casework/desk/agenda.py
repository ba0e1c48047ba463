"""What stands on which day: sittings, ends of legal clocks, reminders and tasks, of cases the reader may see, on working days or not."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from casework.desk import sittings
from casework.desk.assignment import assigned_to
from casework.desk.tables import SITTING_STATUS, Reminder, SittingNotice
from casework.desk.tasks import item_names, said
from union.access import visible
from workflows.actor import Actor
from workflows.calendar_table import load_calendar
from workflows.module import registry
from workflows.tables import SHANGHAI, Subject, Task, Timer, legal_date
from workflows.workdays import PROVISIONAL, Calendar

SITTINGS, DEADLINES, REMINDERS = "sittings", "deadlines", "reminders"
KINDS = {SITTINGS: "{sitting}", DEADLINES: "法定期限", REMINDERS: "提醒和任务"}
MOST = 500
TASK_OF = ("root_id", "workflow", "number", "title")
PLACE_UNSAID = "地点见案件"
ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a day; ``title`` and ``note`` may name people, everything else does not."""

    id: uuid.UUID
    kind: str
    day: date
    label: str
    number: str
    title: str
    href: str
    starts_at: datetime | None = None  # None: all day
    ends_at: datetime | None = None
    place: str = ""
    note: str = ""
    called_off: bool = False


@dataclass(slots=True)
class Day:
    """A day with what stands on it, and what the holiday calendar says of it."""

    day: date
    off: bool
    mark: str = ""  # 休 or 班, where the holiday notice says something other than the weekday
    name: str = ""  # 国庆节, 调休上班日
    provisional: bool = False
    items: list[Item] = field(default_factory=list)


def days(
    session: Session,
    actor: Actor,
    at: datetime,
    first: date,
    last: date,
    *,
    own: bool = True,
    kinds: Iterable[str] = KINDS,
) -> list[Day]:
    """Every day between the two, each with its items in the order of the clock; one statement for each kind."""
    calendar = load_calendar(session)
    found = {day: _day(calendar, day) for day in _between(first, last)}
    for item in items(session, actor, at, first, last, own=own, kinds=kinds):
        found[item.day].items.append(item)
    for day in found.values():
        day.items.sort(key=lambda item: (item.starts_at is not None, item.starts_at or at, str(item.id)))
    return list(found.values())


def items(
    session: Session,
    actor: Actor,
    at: datetime,
    first: date,
    last: date,
    *,
    own: bool = True,
    kinds: Iterable[str] = KINDS,
    called_off: bool = False,
) -> Iterator[Item]:
    wanted = set(kinds)
    if SITTINGS in wanted:
        yield from _sittings(session, actor, at, first, last, own, called_off)
    if DEADLINES in wanted:
        yield from _ends(session, actor, at, first, last, own)
    if REMINDERS in wanted:
        yield from _reminders(session, actor, at, first, last)
        yield from _tasks(session, actor, at, first, last, own)


def without_names(session: Session, found: Iterable[Item]) -> list[Item]:
    """For a calendar outside the house: a place that somebody typed may be the home of a person, by name."""
    listed = list(found)
    query = select(SittingNotice.sitting_id, SittingNotice.name).where(
        SittingNotice.sitting_id.in_([item.id for item in listed if item.kind == SITTINGS])
    )
    named: dict[uuid.UUID, set[str]] = {}
    for sitting_id, name in session.execute(query):
        named.setdefault(sitting_id, set()).add(name)
    return [
        replace(item, place=PLACE_UNSAID) if any(name in item.place for name in named.get(item.id, ())) else item
        for item in listed
    ]


def month(day: date) -> tuple[date, date]:
    """The Monday before the first of the month and the Sunday after its last."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    return week(first)[0], week(last)[1]


def week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def weeks(found: list[Day]) -> list[list[Day]]:
    return [found[start : start + 7] for start in range(0, len(found), 7)]


def _between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(calendar: Calendar, day: date) -> Day:
    works, special = calendar.is_workday(day), day in calendar.special
    mark = ("班" if works else "休") if special else ""
    name = calendar.describe(day) if special else ""
    return Day(day, not works, mark, name, calendar.status_of(day) == PROVISIONAL)


def _sittings(
    session: Session, actor: Actor, at: datetime, first: date, last: date, own: bool, called_off: bool
) -> Iterator[Item]:
    rows = sittings.agenda(session, actor, at, first, last, own, MOST, called_off=called_off)
    for held, number, title, room, words in rows:
        yield Item(
            id=held.id,
            kind=SITTINGS,
            day=held.starts_at.astimezone(SHANGHAI).date(),
            label=f"第 {held.number} 次{words.sitting}",
            number=number or "未编号",
            title=title,
            href=f"/subjects/{held.subject_id}" + (f"/sittings/{held.id}" if own else ""),
            starts_at=held.starts_at,
            ends_at=held.ended_at,
            place=room or held.place or ("视频" if held.video_link else ""),
            note="" if held.status == "planned" else SITTING_STATUS[held.status],
            called_off=held.called_off,
        )


def _ends(session: Session, actor: Actor, at: datetime, first: date, last: date, own: bool) -> Iterator[Item]:
    table, root = Subject.__table__, aliased(Subject.__table__, name="roots")
    query = (
        select(
            Timer.id,
            Timer.deadline,
            Timer.effective_due,
            Timer.calendar_status,
            Timer.item,
            table.c.workflow,
            table.c.definition_version,
            table.c.root_id,
            root.c.number,
            root.c.title,
        )
        .join(table, table.c.id == Timer.subject_id)
        .join(root, root.c.id == table.c.root_id)
        .where(Timer.status == "running", Timer.effective_due.between(first, last))
        .where(visible(session, actor, at=at, action="case.list"))
        .order_by(Timer.effective_due, Timer.id)
        .limit(MOST)
    )
    found = session.execute(query.where(assigned_to(actor, legal_date(at))) if own else query).all()
    names = item_names(session, [(row.workflow, row.item) for row in found])
    for row in found:
        deadline = registry.workflow(row.workflow, row.definition_version).deadline_by_id.get(row.deadline)
        if deadline is None:
            continue
        provisional = "按暂行日历" if row.calendar_status == PROVISIONAL else ""
        note = " · ".join(filter(None, (names.get(row.item or ""), provisional)))
        yield _all_day(row, DEADLINES, row.effective_due, f"{deadline.label}届满", row.title, note)


def _reminders(session: Session, actor: Actor, at: datetime, first: date, last: date) -> Iterator[Item]:
    """What a person is to be reminded of is nobody else's, whoever's days are asked for."""
    table = Subject.__table__
    query = (
        select(Reminder.id, Reminder.on, Reminder.text, table.c.root_id, table.c.number, table.c.title)
        .join(table, table.c.id == Reminder.root_id)
        .where(Reminder.staff_id == actor.id, Reminder.dismissed_at.is_(None), Reminder.on.between(first, last))
        .where(visible(session, actor, at=at, action="case.list", roots=True))
        .order_by(Reminder.on, Reminder.id)
        .limit(MOST)
    )
    for row in session.execute(query):
        yield _all_day(row, REMINDERS, row.on, "提醒", row.text or row.title)


def _tasks(session: Session, actor: Actor, at: datetime, first: date, last: date, own: bool) -> Iterator[Item]:
    table = Subject.__table__
    query = (
        select(Task.id, Task.text, Task.due_on, Timer.item, *(table.c[name] for name in TASK_OF))
        .join(table, table.c.id == Task.root_id)
        .outerjoin(Timer, Timer.id == Task.timer_id)
        .where(Task.done_at.is_(None), Task.due_on.between(first, last))
        .where(visible(session, actor, at=at, action="case.list", roots=True))
        .order_by(Task.due_on, Task.id)
        .limit(MOST)
    )
    found = session.execute(query.where(assigned_to(actor, legal_date(at))) if own else query).all()
    names = item_names(session, [(row.workflow, row.item) for row in found])
    for row in found:
        words = said(row.text, row.item, names)
        yield _all_day(row, REMINDERS, row.due_on, "任务", words, href=f"/tasks/{row.id}")


def _all_day(row: Any, kind: str, day: date, label: str, title: str, note: str = "", href: str = "") -> Item:
    return Item(
        id=row.id,
        kind=kind,
        day=day,
        label=label,
        number=row.number or "未编号",
        title=title,
        href=href or f"/subjects/{row.root_id}",
        note=note,
    )


def chosen_kinds(asked: str) -> Mapping[str, str]:
    """One kind, or all where the word is unknown."""
    return {asked: KINDS[asked]} if asked in KINDS else KINDS
