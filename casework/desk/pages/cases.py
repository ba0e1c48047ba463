"""The list of one procedure's subjects, and the command palette."""

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from sqlalchemy.orm import Session

from casework.desk import cursor, filters, queue
from casework.desk.pages.opening import openings
from casework.desk.pages.todo import ROWS
from web.pages import fragment, page, wants_fragment
from workflows.actor import Actor
from workflows.module import Module, registry
from workflows.tables import legal_date


@get("/cases/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True)
def cases(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, name: str, after: str = ""
) -> Response[Any]:
    module, path = known_module(name), f"/cases/{name}"
    states = {state.id: state.label for state in module.workflow.states}
    asked, faults = filters.read(request.query_params, states)
    signer = request.app.state.site.signer
    place = cursor.read(signer, after, asked.sort)
    listed = queue.listing(session, actor, now, module, asked, place)
    shown: dict[str, Any] = {
        "module": module,
        "path": path,
        "asked": asked,
        "faults": faults + filters.lost(after, place),
        "groups": queue.grouped(listed, legal_date(now)),
        "listed": listed,
        "next_href": asked.href(path, after=listed.after.signed(signer, asked.sort)) if listed.after else "",
    }
    if wants_fragment(request):
        return fragment(request, "desk/_queue.html", headers=ROWS, **shown)
    return page(
        request,
        "desk/cases.html",
        headers=ROWS,
        nav=f"cases.{module.name}",
        openings=openings(session, actor, module, now),
        chips=filters.chips(asked, path, states),
        states=states,
        dues=filters.DUES,
        sorts=filters.SORTS,
        holders=filters.HANDLERS,
        **shown,
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
