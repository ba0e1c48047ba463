"""The list of one procedure's subjects, and the command palette."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from sqlalchemy.orm import Session

from casework.desk import cursor, queue
from casework.desk.pages.opening import openings
from casework.desk.pages.todo import ROWS
from web.pages import fragment, page, wants_fragment
from workflows.actor import Actor
from workflows.module import Module, registry
from workflows.tables import legal_date


@get("/cases/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True)
def cases(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    name: str,
    q: str = "",
    st: str = "",
    after: str = "",
) -> Response[Any]:
    module = known_module(name)
    signer = request.app.state.site.signer
    st = st if st in module.workflow.state_by_id else ""
    listed = queue.listing(session, actor, now, module, q, st, cursor.read(signer, after))
    asked = {"q": q, "st": st}
    context: dict[str, Any] = {
        "module": module,
        "groups": queue.grouped(listed.rows, legal_date(now)),
        "shown": len(listed.rows),
        "q": q,
        "st": st,
        "view": "",
        "tasks": [],
        "next_href": _next(name, asked, listed.after.signed(signer)) if listed.after else "",
    }
    if wants_fragment(request):
        return fragment(request, "desk/_queue.html", headers=ROWS, **context)
    return page(
        request,
        "desk/cases.html",
        headers=ROWS,
        nav=f"cases.{module.name}",
        openings=openings(session, actor, module, now),
        **context,
    )


@get("/palette", opt={"action": "search.use"}, sync_to_thread=True)
def palette(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, q: str = ""
) -> Response[Any]:
    commands = [
        (item.icon, item.label, item.href)
        for section in request.app.state.site.navigation(request)
        for item in section.items
        if q.strip().lower() in item.label.lower()
    ]
    found = queue.hits(session, actor, now, q)
    return fragment(request, "desk/_palette.html", q=q, hits=found, commands=commands[:8], headers=ROWS)


def known_module(name: str) -> Module:
    module = registry.modules.get(name)
    if module is None:
        raise NotFoundException
    return module


def _next(name: str, asked: dict[str, str], after: str) -> str:
    return f"/cases/{name}?" + urlencode({key: value for key, value in {**asked, "after": after}.items() if value})
