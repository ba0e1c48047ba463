"""我的待办: what to do next, by the day it is due."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk import cursor, messages, queue, sittings
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.module import registry
from workflows.tables import legal_date

ROWS = {"vary": "hx-request, x-fragment", "cache-control": "private, no-store"}


@get("/", opt={"action": "todo.view"}, sync_to_thread=True)
def home(request: Request[Any, Any, Any]) -> Response[Any]:
    return redirect(request, "/todo")


@get("/todo", opt={"action": "todo.view"}, sync_to_thread=True)
def todo(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    view: str = "",
    q: str = "",
    module: str = "",
    after: str = "",
) -> Response[Any]:
    today = legal_date(now)
    counts = queue.counts(session, actor, now)
    view = view if view in queue.VIEWS else _first_view(counts)
    signer = request.app.state.site.signer
    listed = queue.Listed([], None)
    tasks: list[Any] = []
    if view == queue.TASKS:
        tasks = queue.tasks(session, actor, now)
    else:
        listed = queue.queue(session, actor, now, view, q, module, cursor.read(signer, after))
    context: dict[str, Any] = {
        "view": view,
        "groups": queue.grouped(listed.rows, today),
        "shown": len(listed.rows),
        "tasks": tasks,
        "q": q,
        "module": module,
        "next_href": _href(view, q, module, listed.after.signed(signer)) if listed.after else "",
    }
    if wants_fragment(request):
        return fragment(request, "desk/_queue.html", headers=ROWS, **context)
    return page(
        request,
        "desk/todo.html",
        headers=ROWS,
        nav="todo",
        tabs=[(label, _href(name), counts[name], name == view) for name, label in queue.VIEWS.items()],
        modules=list(registry.modules.values()),
        sentence=queue.severity_words(context["groups"]) if not q and not after else "",
        agenda=sittings.agenda(session, actor, now, today, today),
        urgent_tasks=tasks or queue.tasks(session, actor, now, 5),
        unread=messages.unread(session, actor, now, 4),
        new_href=_new_href(session, actor, now),
        **context,
    )


def _first_view(counts: dict[str, int]) -> str:
    return next((name for name in (queue.MINE, queue.ROLE) if counts[name]), queue.MINE)


def _href(view: str, q: str = "", module: str = "", after: str = "") -> str:
    asked = {"view": view, "q": q, "module": module, "after": after}
    return "/todo?" + urlencode({name: value for name, value in asked.items() if value})


def _new_href(session: Session, actor: Actor, now: datetime) -> str:
    from casework.desk.pages.opening import openings

    for module in registry.modules.values():
        if module.is_case and openings(session, actor, module, now):
            return f"/cases/{module.name}/new"
    return ""
