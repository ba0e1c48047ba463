"""我的待办: what to do next, by the day it is due; the ways of looking at it, and what to take up next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import batch, cursor, filters, offers, queue, reading, reminders, sittings, taking
from casework.desk.filters import MINE, ROLE, TASKS, VIEWS, WAITING, Asked, FilterForm, Saved
from casework.desk.glance import glance
from casework.desk.once import first_time
from casework.desk.pages.asking import ask
from casework.desk.pages.coming_back import NEXT, list_of
from casework.desk.pages.steps import CASE_PAGE, new_key
from casework.desk.taking import SkipForm
from union.access import may
from web.filters import cn_time
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.module import registry
from workflows.reading import one_plan_for_all
from workflows.settings import value_on
from workflows.tables import legal_date

ROWS = {"vary": "hx-request, x-fragment", "cache-control": "private, no-store"}
PATH = "/todo"
BESIDE = 4  # rows of a card beside the list


@get("/", opt={"action": "todo.view"}, sync_to_thread=True)
def home(request: Request[Any, Any, Any]) -> Response[Any]:
    return redirect(request, PATH)


@get(PATH, opt={"action": "todo.view"}, sync_to_thread=True)
def todo(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, after: str = ""
) -> Response[Any]:
    asked, faults = filters.read(request.query_params)
    signer = request.app.state.site.signer
    place = cursor.read(signer, after, asked.sort)
    today = legal_date(now)
    whole = not wants_fragment(request)
    with one_plan_for_all(session):
        kept = filters.saved(session, actor)
        known = queue.reach(session, actor, now)
        agenda = sittings.agenda(session, actor, now, today, today) if whole else []
        reminded = reminders.due(session, actor, now) if whole else []
        of_all = asked.view == TASKS
        tasks = queue.tasks(session, actor, now, *([] if of_all else [BESIDE])) if of_all or whole else []
        counts = _counts(session, actor, now, kept, known)
    with known.plans(session):
        asked = asked if asked.view else replace(asked, view=_first_view(counts))
        listed = queue.Listed([])
        if asked.view != TASKS:
            listed = queue.queue(session, actor, now, asked, place, known=known)
        waited = queue.queue(session, actor, now, Asked(view=WAITING), limit=BESIDE, known=known).rows if whole else []
    standing = next((k for k in kept if k.asked == asked), None)
    shown: dict[str, Any] = {
        "path": PATH,
        "asked": asked,
        "kept": standing,
        "may_keep": bool((asked.narrows or asked.sort) and not standing),
        "chips": filters.chips(asked, PATH, {}),
        "faults": faults + filters.lost(after, place),
        "groups": queue.grouped(listed, today),
        "listed": listed,
        "here": asked.href(PATH, after=after if place else ""),
        "tasks": tasks if of_all else [],
        "next_href": asked.href(PATH, after=listed.after.signed(signer, asked.sort)) if listed.after else "",
    }
    if not whole:
        return rows_of(request, shown)
    return page(
        request,
        "desk/todo.html",
        headers=ROWS,
        nav="todo",
        words=registry.words,
        tabs=_tabs(asked, counts, kept),
        modules=list(registry.modules.values()),
        dues=filters.DUES,
        sorts=filters.SORTS,
        sentence=_sentence(shown["groups"], agenda, now) if not asked.narrows and not after else "",
        agenda=agenda,
        urgent_tasks=tasks[:BESIDE],
        reminders=reminded,
        put_off_days=reminders.PUT_OFF_DAYS,
        waited=waited,
        waited_count=counts[WAITING],
        new_href=_new_href(session, actor, now),
        leads=may(actor, "figures.view"),
        **shown,
    )


def rows_of(request: Request[Any, Any, Any], shown: Mapping[str, Any]) -> Response[Any]:
    """The rows alone, what hangs on the filter, and the address under which the page is found so again."""
    headers = {**ROWS, "hx-replace-url": shown["here"]}
    return fragment(request, "desk/_rows.html", headers=headers, wants_rows=True, **shown)


def _counts(session: Session, actor: Actor, now: datetime, kept: Sequence[Saved], known: queue.Reach) -> dict[Any, int]:
    """How much stands behind each tab: by view, and by the id of a saved filter."""
    lists = [*((view, Asked(view=view)) for view in VIEWS), *((saved.id, saved.asked) for saved in kept)]
    found = queue.counts(session, actor, now, [asked for _, asked in lists], known)
    return dict(zip((name for name, _ in lists), found, strict=True))


def _first_view(counts: Mapping[Any, int]) -> str:
    return next((name for name in (MINE, ROLE) if counts[name]), MINE)


def _tabs(asked: Asked, counts: Mapping[Any, int], kept: Sequence[Saved]) -> list[tuple[str, str, str, bool]]:
    current = next((saved.id for saved in kept if saved.asked == asked), None)
    views = [
        (label, Asked(view=name).href(PATH), _some(counts[name]), name == asked.view and current is None)
        for name, label in VIEWS.items()
    ]
    named = [(saved.name, saved.asked.href(PATH), _some(counts[saved.id]), saved.id == current) for saved in kept]
    return views + named


def _some(count: int) -> str:
    return str(count) if count <= queue.MOST_COUNTED else f"{queue.MOST_COUNTED}+"


def _sentence(groups: Sequence[queue.Group], agenda: Sequence[sittings.Planned], now: datetime) -> str:
    said = queue.severity_words(groups)
    coming = next((row for row in agenda if row.sitting.starts_at >= now), None)
    if coming is None:
        return said
    place = coming.room or coming.sitting.place
    return f"{said}下一场{coming.words.sitting} {cn_time(coming.sitting.starts_at)}{f' 在{place}' if place else ''}。"


def _new_href(session: Session, actor: Actor, now: datetime) -> str:
    from casework.desk.pages.opening import openings

    for module in registry.modules.values():
        if module.is_case and openings(session, actor, module, now):
            return f"/cases/{module.name}/new"
    return ""


# --- one case beside the list


@get("/todo/glance/{subject_id:uuid}", opt={"action": "case.view"}, sync_to_thread=True)
def glance_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, subject_id: UUID
) -> Response[Any]:
    seen = glance(session, actor, now, subject_id)
    reading.saw(request.app.state.database.sessions, seen.subject.root_id, actor, now)
    shown: dict[str, Any] = {"seen": seen, "why": "", "origin": list_of(request.query_params.get("from", ""))}
    if wants_fragment(request):
        return fragment(request, "desk/_glance.html", headers=ROWS, beside=True, **shown)
    return page(request, "desk/glance.html", headers=ROWS, nav="todo", **shown)


# --- what to take up next


@get("/todo/next", opt={"action": "todo.view"}, sync_to_thread=True)
def next_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date
) -> Response[Any]:
    writing = request.app.state.database.sessions
    given = taking.next_one(session, writing, actor, now)
    if given.row:
        reading.saw(writing, given.row.root_id, actor, now)
    return _next(request, session, actor, now, given, show(SkipForm, None, None, today))


@post("/todo/next", opt={"action": "todo.view"}, sync_to_thread=True)
def skip_next(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
) -> Response[Any]:
    subject_id = _id(posted.get("subject"))
    try:
        form = parse(SkipForm, posted, None, today)
    except FormErrors as faults:
        given = taking.again(session, actor, now, subject_id)
        if given.row is None:
            return redirect(request, "/todo/next", "刚才那一件已不在等你办理的事项里，另取一件", "danger")
        return _next(request, session, actor, now, given, faults.view, faults.view.status)
    if first_time(session, actor, posted, now):
        taking.skip(session, actor, now, subject_id, form.reason, form.text)
    return redirect(request, "/todo/next", "已记下原因，今天不再取到这一件")


def _next(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    given: taking.Next,
    form: FormView,
    status: int = 200,
) -> Response[Any]:
    row = given.row
    return page(
        request,
        "desk/next.html",
        status=status,
        headers=CASE_PAGE,
        nav="todo",
        row=row,
        given=given,
        minutes=value_on(session, legal_date(now), offers.MINUTES),
        offer_rule=offers.MINUTES.law,
        seen=glance(session, actor, now, row.id) if row else None,
        why=taking.why(row, now) if row else "",
        origin=NEXT,
        form=form,
        key=new_key(),
        aside=taking.put_aside(session, actor, now),
        reasons=taking.SKIP_REASONS,
    )


# --- filters with a name


@get("/todo/filters/new", opt={"action": "todo.view"}, sync_to_thread=True)
def filter_page(request: Request[Any, Any, Any], today: date) -> Response[Any]:
    asked, _ = filters.read(request.query_params)
    return _naming(request, asked, show(FilterForm, None, None, today))


@post("/todo/filters/new", opt={"action": "todo.view"}, sync_to_thread=True)
def save_filter(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
) -> Response[Any]:
    asked, _ = filters.read({name: str(posted.get(f"asked_{name}", "")) for name in Asked.__slots__})
    try:
        form = parse(FilterForm, posted, None, today)
        if first_time(session, actor, posted, now):
            filters.save(session, actor, form.name, asked, form.shared, now)
    except FormErrors as faults:
        return _naming(request, asked, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(FilterForm, posted, None, today, [(fault.field, str(fault))])
        return _naming(request, asked, view, 422)
    return redirect(request, asked.href(PATH), f"已保存筛选“{form.name}”")


@post("/todo/filters/{filter_id:uuid}/forget", opt={"action": "todo.view"}, sync_to_thread=True)
def forget_filter(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, filter_id: UUID
) -> Response[Any]:
    done = filters.forget(session, actor, filter_id, now)
    return redirect(request, PATH, batch.results(done)[0].said, undo=batch.undo_href(done))


def _naming(request: Request[Any, Any, Any], asked: Asked, form: FormView, status: int = 200) -> Response[Any]:
    said = [text for text, _ in filters.chips(asked, PATH, {})]
    return ask(
        request,
        "保存当前筛选",
        form,
        action="/todo/filters/new",
        back=asked.href(PATH),
        label="保存筛选",
        hint=f"保存“{'、'.join([VIEWS.get(asked.view, VIEWS[MINE]), *said])}”，以后一次点开。",
        hidden={f"asked_{name}": value for name, value in asked.said().items()},
        status=status,
    )


def _id(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise Unknown() from None
