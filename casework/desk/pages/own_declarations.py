"""我的回避申报: what everybody on the staff declares about themselves, so that a conflict is found before it does harm."""

from typing import Any

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk.pages.asking import Asked
from casework.desk.pages.colleagues import staff_of
from casework.desk.pages.declarations import CONFLICTS, fact_pages, facts_of
from casework.desk.pages.steps import CASE_PAGE
from union.people import Staff
from web.pages import page
from workflows.actor import Actor
from workflows.errors import Unknown

HOME = "/declarations"


@get(HOME, opt={"action": "conflict.declare"}, sync_to_thread=True)
def declarations_page(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    known = facts_of(session, _oneself(session, actor))
    facts = [(name, *known[name]) for name in CONFLICTS]
    return page(request, "desk/declarations.html", headers=CASE_PAGE, nav="declarations", facts=facts, home=HOME)


def _whose(asked: Asked) -> Staff:
    if asked.part("fact") not in CONFLICTS:
        raise Unknown()
    return _oneself(asked.session, asked.actor)


def _oneself(session: Session, actor: Actor) -> Staff:
    if actor.id is None:
        raise Unknown()
    return staff_of(session, actor.id)


routes = (declarations_page, *fact_pages(HOME, "conflict.declare", _whose))
