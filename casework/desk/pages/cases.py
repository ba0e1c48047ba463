"""The list of one procedure's subjects, and the command palette."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from sqlalchemy.orm import Session

from casework.desk import cursor, filters, next_step, queue
from casework.desk import palette as offered
from casework.desk.pages.opening import openings
from casework.desk.pages.todo import ROWS, rows_of
from casework.desk.palette import Choice
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
        "chips": filters.chips(asked, path, states),
        "faults": faults + filters.lost(after, place),
        "groups": queue.grouped(listed, legal_date(now)),
        "listed": listed,
        "here": asked.href(path, after=after if place else ""),
        "next_href": asked.href(path, after=listed.after.signed(signer, asked.sort)) if listed.after else "",
    }
    if wants_fragment(request):
        return rows_of(request, shown)
    return page(
        request,
        "desk/cases.html",
        headers=ROWS,
        nav=f"cases.{module.name}",
        openings=openings(session, actor, module, now),
        states=states,
        dues=filters.DUES,
        sorts=filters.SORTS,
        holders=filters.HANDLERS,
        **shown,
    )


@get("/palette", opt={"action": "search.use"}, sync_to_thread=True)
def palette(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, q: str = "", at: str = ""
) -> Response[Any]:
    found = queue.hits(session, actor, now, q)
    groups = (
        ("办理", offered.commands(session, actor, now, at, q)),
        ("案件", [Choice(row.module.icon, row.who, row.href, row.number) for row in found]),
        ("人员", offered.people(session, actor, found, q)),
        ("页面", offered.matching(_pages(request, session, actor, now), q)[: offered.MOST]),
    )
    return fragment(request, "desk/_palette.html", q=q, groups=[g for g in groups if g[1]], headers=ROWS)


def _pages(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Iterator[Choice]:
    for section in request.app.state.site.navigation(request):
        yield from (Choice(item.icon, item.label, item.href) for item in section.items)
    for module in filter(next_step.opened_by_hand, registry.modules.values()):
        for way in openings(session, actor, module, now):
            yield Choice("plus", way.label, f"/cases/{module.name}/new?trigger={way.trigger}", module.label)


def known_module(name: str) -> Module:
    module = registry.modules.get(name)
    if module is None:
        raise NotFoundException
    return module
