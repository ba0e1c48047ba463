"""The figures of every module."""

from datetime import date
from typing import Any

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk import registers
from casework.desk.pages.steps import CASE_PAGE
from web.pages import page
from workflows.actor import Actor


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
