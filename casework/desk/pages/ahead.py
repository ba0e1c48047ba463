"""Messages, the calendar of sittings and ends of clocks, and the figures of every module."""

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import messages, registers
from casework.desk.pages.steps import CASE_PAGE
from web.pages import page, redirect
from workflows.actor import Actor


@get("/messages", opt={"action": "message.view"}, sync_to_thread=True)
def inbox(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    told = messages.inbox(session, actor, now)
    return page(request, "desk/messages.html", headers=CASE_PAGE, nav="messages", messages=told)


@post("/messages/read", opt={"action": "message.view"}, sync_to_thread=True)
def mark_read(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    messages.mark_read(session, actor, now)
    return redirect(request, "/messages", "已全部标为已读")


@get("/calendar", opt={"action": "calendar.view"}, sync_to_thread=True)
def calendar(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    start: date | None = None,
    whose: str = "own",
) -> Response[Any]:
    first = start or today
    last = first + timedelta(days=13)
    own = whose != "all"
    return page(
        request,
        "desk/calendar.html",
        headers=CASE_PAGE,
        nav="calendar",
        days=registers.days(session, actor, now, first, last, own),
        first=first,
        last=last,
        whose="own" if own else "all",
        before=first - timedelta(days=14),
        following=first + timedelta(days=14),
    )


@get("/figures", opt={"action": "todo.view"}, sync_to_thread=True)
def figures(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, year: int | None = None
) -> Response[Any]:
    chosen = year if year is not None and 2000 <= year <= today.year else today.year
    last = today if chosen == today.year else date(chosen, 12, 31)
    return page(
        request,
        "desk/figures.html",
        headers=CASE_PAGE,
        nav="figures",
        year=chosen,
        last=last,
        this_year=today.year,
        counts=registers.figures(session, actor, date(chosen, 1, 1), last),
    )
