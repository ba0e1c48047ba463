"""The holiday calendar: years, single dates, what a change would move before it is made and what it moved after."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.desk.forms import pick
from casework.desk.once import first_time
from casework.desk.pages.steps import CASE_PAGE, new_key
from union import audit
from web.filters import cn_day
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows import calendar_changes
from workflows.actor import Actor
from workflows.calendar_table import KINDS, make_official, override
from workflows.errors import Invalid, Unknown
from workflows.module import registry
from workflows.notices import read_notice
from workflows.tables import CalendarDay, CalendarOverride, CalendarVersion, CalendarYear, Subject
from workflows.timers import Moved
from workflows.workdays import DayKind, SpecialDay

MOST_MOVED = 500
MOST_SHOWN = 100
KIND_CHOICES = {kind.value: label for kind, label in KINDS.items()}


class DayForm(msgspec.Struct, kw_only=True):
    day: Annotated[date, Meta(title="日期")]
    kind: Annotated[str, pick("改为", KIND_CHOICES, widget="radio")]
    notice: Annotated[str, Meta(title="通知文号", min_length=2, max_length=200)]
    replaces: Annotated[bool, Meta(title="这一天已有改动的，以本次为准")] = False


class YearForm(msgspec.Struct, kw_only=True):
    notice: Annotated[str, Meta(title="通知文号", description="国务院办公厅的通知。", min_length=2, max_length=200)]
    days: Annotated[
        str,
        Meta(
            title="放假和调休",
            description="每行一天：日期,种类,名称。种类写法定休假日、调休休息日或者调休上班日。",
            min_length=10,
            max_length=20000,
            extra={"widget": "textarea", "lines": 18},
        ),
    ]


@dataclass(frozen=True)
class Planned:
    """A change of the calendar that was asked for: how to make it, and how it reads."""

    text: str
    change: Callable[[Session], int]


@get("/admin/holidays", opt={"action": "admin.calendar"}, sync_to_thread=True)
def holidays(request: Request[Any, Any, Any], session: Session, today: date) -> Response[Any]:
    versions = calendar_changes.versions(session)
    return page(
        request,
        "desk/holidays.html",
        headers=CASE_PAGE,
        nav="holidays",
        years=[(year, _days_in(session, year.year)) for year in years_shown(session, today)],
        overrides=single_days(session, MOST_SHOWN),
        kinds=KIND_CHOICES,
        versions=versions,
        moved=moved_counts(session, [v.version for v in versions]),
    )


def years_shown(session: Session, today: date) -> Sequence[CalendarYear]:
    """From last year on."""
    since = CalendarYear.year >= today.year - 1
    return session.scalars(select(CalendarYear).where(since).order_by(CalendarYear.year).limit(6)).all()


def single_days(session: Session, limit: int) -> Sequence[CalendarOverride]:
    """Changes of one day, the latest first."""
    latest = (CalendarOverride.version.desc(), CalendarOverride.day)
    return session.scalars(select(CalendarOverride).order_by(*latest).limit(limit)).all()


def moved_counts(session: Session, versions: Sequence[int]) -> dict[int, int]:
    """How many clocks each version of the calendar moved."""
    move = calendar_changes.CalendarMove
    rows = select(move.version, func.count()).where(move.version.in_(versions)).group_by(move.version)
    return dict(session.execute(rows).all())


@get("/admin/holidays/days/new", opt={"action": "admin.calendar"}, sync_to_thread=True)
def day_page(request: Request[Any, Any, Any], today: date) -> Response[Any]:
    return _day(request, show(DayForm, None, None, today))


@post("/admin/holidays/days/new", opt={"action": "admin.calendar"}, sync_to_thread=True)
def change_day(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
) -> Response[Any]:
    """Without ``_confirmed`` only the clocks that would move are shown; nothing is written."""
    try:
        form = parse(DayForm, posted, None, today)
        _refuse_repeated(session, form)
        text = f"{cn_day(form.day)}改为{KIND_CHOICES[form.kind]}（{form.notice}）"
        planned = Planned(text, lambda s: override(s, form.day, form.kind, form.notice, actor.id, now))
        return _settle(request, session, actor, now, posted, planned, "/admin/holidays/days/new", DayForm, today)
    except FormErrors as faults:
        return _day(request, faults.view)
    except Invalid as fault:
        session.rollback()
        return _day(request, shown_again(DayForm, posted, None, today, [(fault.field, fault.sentence)]))


@get("/admin/holidays/years/{year:int}", opt={"action": "admin.calendar"}, sync_to_thread=True)
def year_page(request: Request[Any, Any, Any], session: Session, today: date, year: int) -> Response[Any]:
    known = _year(session, year)
    lines = "\n".join(
        f"{d.day.isoformat()},{KIND_CHOICES[d.kind]},{d.name}"
        for d in session.scalars(select(CalendarDay).where(_within(year)).order_by(CalendarDay.day))
    )
    view = show(YearForm, {"days": lines, "notice": known.notice}, None, today)
    return _asked_year(request, known, view)


@post("/admin/holidays/years/{year:int}", opt={"action": "admin.calendar"}, sync_to_thread=True)
def enter_year(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    year: int,
) -> Response[Any]:
    known = _year(session, year)
    try:
        form = parse(YearForm, posted, None, today)
        days = _read(form.days, year)
        text = f"{year}年节假日安排，{len(days)} 天（{form.notice}）"
        planned = Planned(text, lambda s: make_official(s, year, days, form.notice, now))
        return _settle(request, session, actor, now, posted, planned, f"/admin/holidays/years/{year}", YearForm, today)
    except FormErrors as faults:
        return _asked_year(request, known, faults.view)
    except Invalid as fault:
        session.rollback()
        view = shown_again(YearForm, posted, None, today, [(fault.field, fault.sentence)])
        return _asked_year(request, known, view)


@get("/admin/holidays/versions/{version:int}", opt={"action": "admin.calendar"}, sync_to_thread=True)
def version_page(request: Request[Any, Any, Any], session: Session, version: int) -> Response[Any]:
    made = session.get(CalendarVersion, version)
    if made is None:
        raise Unknown()
    moved = calendar_changes.moved_by(session, version)
    return page(
        request,
        "desk/calendar_version.html",
        headers=CASE_PAGE,
        nav="holidays",
        version=made,
        moved=_described(session, moved[:MOST_MOVED]),
        total=len(moved),
    )


def _settle(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    posted: Any,
    planned: Planned,
    action: str,
    struct: type[msgspec.Struct],
    today: date,
) -> Response[Any]:
    try:
        if posted.get("_confirmed") != "1":
            return _foreseen(request, session, now, posted, planned, action, struct, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, "/admin/holidays")
        version, moved = calendar_changes.make(session, planned.change, now)
    except ValueError as fault:  # the calendar's own sentence
        raise Invalid("days" if struct is YearForm else "day", f"{fault}。".replace("。。", "。")) from fault
    said = f"{planned.text}；{len(moved)} 个期限移动"
    audit.note(session, "改动节假日日历", said, by=actor, at=now, about=f"calendar:{version}")
    return redirect(request, f"/admin/holidays/versions/{version}", f"日历已改动，{len(moved)} 个期限移动")


def _foreseen(
    request: Request[Any, Any, Any],
    session: Session,
    now: datetime,
    posted: Any,
    planned: Planned,
    action: str,
    struct: type[msgspec.Struct],
    today: date,
) -> Response[Any]:
    moved = calendar_changes.foresee(session, planned.change, now)
    return page(
        request,
        "desk/calendar_preview.html",
        headers=CASE_PAGE,
        nav="holidays",
        planned=planned.text,
        moved=_described(session, moved[:MOST_MOVED]),
        total=len(moved),
        action=action,
        key=new_key(),
        kept=[(f.name, f.value) for f in shown_again(struct, posted, None, today).fields if f.value],
    )


def _described(session: Session, moved: Sequence[Moved]) -> list[tuple[str, str, date, date]]:
    """Number, name of the clock, before and after; no name of a party."""
    table = Subject.__table__
    ids = {m.subject_id for m in moved}
    query = select(table.c.id, table.c.root_id, table.c.workflow, table.c.definition_version, table.c.number)
    subjects = {row.id: row for row in session.execute(query.where(table.c.id.in_(ids)))}
    roots = {row.root_id for row in subjects.values()}
    numbers = dict(session.execute(select(table.c.id, table.c.number).where(table.c.id.in_(roots))).all())
    found = []
    for one in sorted(moved, key=lambda m: (m.after, str(m.timer_id))):
        row = subjects[one.subject_id]
        label = registry.workflow(row.workflow, row.definition_version).deadline_by_id[one.deadline].label
        found.append((row.number or numbers.get(row.root_id) or "未编号", label, one.before, one.after))
    return found


def _refuse_repeated(session: Session, form: DayForm) -> None:
    last = session.scalars(
        select(CalendarOverride)
        .where(CalendarOverride.day == form.day)
        .order_by(CalendarOverride.version.desc())
        .limit(1)
    ).first()
    year = session.get(CalendarYear, form.day.year)
    if last is None or (year is not None and last.version < year.version):
        return
    if last.kind == form.kind:
        raise Invalid("day", f"这一天已按{last.notice}改为{KIND_CHOICES[last.kind]}，不必再录。")
    if not form.replaces:
        before = f"这一天已按{last.notice}改为{KIND_CHOICES[last.kind]}"
        raise Invalid("replaces", f"{before}；确要改成{KIND_CHOICES[form.kind]}的，勾选这一项。")


def _read(text: str, year: int) -> dict[date, SpecialDay]:
    try:
        days = read_notice(io.StringIO(text))
    except ValueError as fault:
        raise Invalid("days", f"{fault}。") from fault
    if not any(special.kind is DayKind.HOLIDAY for day, special in days.items() if day.year == year):
        raise Invalid("days", f"没有一天是 {year} 年的法定休假日，核对年份。")
    return days


def _day(request: Request[Any, Any, Any], view: FormView) -> Response[Any]:
    return page(
        request,
        "desk/calendar_day.html",
        status=view.status,
        headers=CASE_PAGE,
        nav="holidays",
        form=view,
        key=new_key(),
    )


def _asked_year(request: Request[Any, Any, Any], known: CalendarYear, view: FormView) -> Response[Any]:
    return page(
        request,
        "desk/calendar_year.html",
        status=view.status,
        headers=CASE_PAGE,
        nav="holidays",
        year=known,
        form=view,
        key=new_key(),
    )


def _year(session: Session, year: int) -> CalendarYear:
    known = session.get(CalendarYear, year) if 1900 < year < 2200 else None
    if known is None:
        raise Unknown()
    return known


def _within(year: int) -> Any:
    return CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))


def _days_in(session: Session, year: int) -> dict[str, int]:
    rows = select(CalendarDay.kind, func.count()).where(_within(year)).group_by(CalendarDay.kind)
    return dict(session.execute(rows).all())


routes = (holidays, day_page, change_day, year_page, enter_year, version_page)
