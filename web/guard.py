"""The door of every route: who asks, whether they may, and whether a form is genuine. Denied by default.

A route names its action in ``opt={"action": ...}``. Where the path holds ``subject_id`` the question is asked of that
subject. Absent and not allowed are the same 404.

Parties have a session of their own under a cookie of their own, which opens the pages of ``my.*`` and nothing else; a
staff session opens none of these. Such a page is asked of the one case its session was issued for.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Litestar, Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy.orm import Session

from union import access, sessions
from web import csrf
from web.visitor import Connection, NotLoggedIn, Visitor
from workflows.actor import Actor

NUL = "\0"
PUBLIC = "public"  # files of our own, health: no question is asked


class UnguardedRoute(RuntimeError):
    """A route without an action, or with one nobody knows: the server does not start."""


@dataclass(frozen=True, slots=True)
class _Answer:
    visitor: Visitor | None
    allowed: bool
    needs_touch: bool


def session_cookie(secure: bool) -> str:
    return "__Host-cy_sid" if secure else "cy_sid"


def party_cookie(secure: bool) -> str:
    return "__Host-cy_my" if secure else "cy_my"


async def guard(request: Connection, handler: BaseRouteHandler) -> None:
    if "action" not in handler.opt:
        return  # Litestar's own OPTIONS answer: the methods of the address, nothing else
    if NUL in request.url.path:
        raise NotFoundException  # nothing of ours is called so
    request.scope["query_string"] = request.scope["query_string"].replace(b"%00", b"")  # before anybody reads it
    unsafe = request.scope.get("method") not in csrf.SAFE
    if unsafe and not csrf.same_origin(request):
        raise csrf.ForgedForm
    action = handler.opt["action"]
    if action != PUBLIC or unsafe:
        answer = await sync_to_thread(_ask, request, action)
        request.scope["auth"] = answer.visitor
        if answer.needs_touch:
            await sync_to_thread(_touch, request, action)
        if not answer.allowed:
            raise NotFoundException if answer.visitor and not for_parties(action) else NotLoggedIn
    if unsafe:
        await _require_token(request)


def refuse_unguarded(app: Litestar) -> None:
    """Raises UnguardedRoute naming every route whose action is missing or unknown."""
    faults = [
        f"{route.path} ({', '.join(sorted(handler.http_methods))}): {handler.opt.get('action') or '没有声明 action'}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.http_methods != {"OPTIONS"}
        if handler.opt.get("action") not in (PUBLIC, *access.ACTIONS)
    ]
    faults += [f"{route.path}: {route.scope_type}" for route in app.routes if not isinstance(route, HTTPRoute)]
    if faults:
        raise UnguardedRoute("以下路由没有可核对的权限，服务不启动：\n" + "\n".join(faults))


async def posted_form(request: Request[Any, Any, Any]) -> Any:
    """What a form sent, files included; parsed once. No text is with a NUL, which PostgreSQL takes in none."""
    form = await request.form()
    if not any(isinstance(value, str) and NUL in value for _, value in form.multi_items()):
        return form
    pairs = form.multi_items()
    return FormMultiDict((name, value.replace(NUL, "") if isinstance(value, str) else value) for name, value in pairs)


async def _require_token(request: Any) -> None:
    sent = request.headers.get(csrf.HEADER)
    if sent is None:
        form = await request.form()
        request.scope.setdefault("state", {})["posted"] = form
        sent = form.get(csrf.FIELD, "")
    if not csrf.genuine(request, str(sent)):
        raise csrf.ForgedForm


def for_parties(action: str) -> bool:
    return action.startswith("my.")


def _ask(request: Connection, action: str) -> _Answer:
    now = request.app.state.site.clock()
    with request.app.state.database.reading.begin() as session:
        if for_parties(action):
            return _ask_party(session, request, action, now)
        found = sessions.resolve(session, _token(request), at=now, user_agent=request.headers.get("user-agent", ""))
        visitor = _visitor(session, found, now) if found else None
        actor = visitor.actor if visitor else access.VISITOR
        allowed = action == PUBLIC or _may(session, actor, action, request.path_params.get("subject_id"), now)
        return _Answer(visitor, allowed, found is not None and sessions.needs_touch(found, now))


def _visitor(session: Session, found: sessions.WebSession, now: datetime) -> Visitor:
    actor, place = access.actor_and_place(session, found.staff_id, now)
    return Visitor(replace(actor, proved_at=found.proved_at), sessions.csrf_token(found), place, found.id_hash)


def _ask_party(session: Session, request: Connection, action: str, now: datetime) -> _Answer:
    found = party_session(session, request, now)
    actor = party_of(session, found) if found else None
    if found is None or actor is None:
        return _Answer(None, access.can(session, access.VISITOR, action, at=now), False)
    visitor = Visitor(actor, sessions.csrf_token(found), session=found.id_hash, root_id=found.root_id)
    about_a_case = action not in ("my.enter", "my.apply")
    allowed = _may(session, actor, action, found.root_id, now) if found.root_id or not about_a_case else False
    return _Answer(visitor, allowed, sessions.needs_touch(found, now))


def party_session(session: Session, request: Connection, now: datetime) -> sessions.PartySession | None:
    """The living session of a party from whose browser this request comes."""
    token = request.cookies.get(party_cookie(request.app.state.site.secure))
    return sessions.resolve_party(session, token, at=now, user_agent=request.headers.get("user-agent", ""))


def party_of(session: Session, found: sessions.PartySession) -> Actor | None:
    if found.root_id is None or found.participant_id is None:
        return access.holder_actor(found.phone or "")
    agent_phone = (found.phone or "") if found.as_agent else None
    return access.participant_actor(session, found.root_id, found.participant_id, agent_phone)


def _may(session: Session, actor: Actor, action: str, subject_id: UUID | None, now: datetime) -> bool:
    return access.can(session, actor, action, subject_id, at=now)


def _touch(request: Connection, action: str) -> None:
    """Keep the session awake: a short transaction of its own, at most once a minute."""
    now = request.app.state.site.clock()
    find = party_session if for_parties(action) else _staff_session
    with request.app.state.database.sessions.begin() as session:
        if found := find(session, request, now):
            sessions.touch(session, found, at=now)


def _staff_session(session: Session, request: Connection, now: datetime) -> sessions.WebSession | None:
    return sessions.resolve(session, _token(request), at=now)


def _token(request: Connection) -> str | None:
    return request.cookies.get(session_cookie(request.app.state.site.secure))
