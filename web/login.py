"""Log-in, log-out and the preferences of a browser."""

from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from union import audit, sessions
from web.guard import PUBLIC, session_cookie
from web.pages import Site, keep, page, redirect
from web.visitor import address_of
from workflows.actor import Actor

HOME = "/todo"
PREFERENCES = {"theme": ("light", "dark"), "size": ("normal", "large"), "keys": ("on", "off")}
A_YEAR = 365 * 24 * 3600


@get("/login", opt={"action": "session.login"}, sync_to_thread=True)
def log_in_page(request: Request[Any, Any, Any], next: str = "") -> Response[Any]:
    return _log_in(request, own_path(next))


@post("/login", opt={"action": "session.login"}, sync_to_thread=True)
def log_in(request: Request[Any, Any, Any], session: Session, posted: Any) -> Response[Any]:
    site: Site = request.app.state.site
    account, to = str(posted.get("account", "")).strip(), own_path(str(posted.get("next", "")))
    now = site.clock()
    staff = sessions.authenticate(session, account[:100], str(posted.get("password", "")), address_of(request), now)
    if isinstance(staff, str):
        return _log_in(request, to, account[:100], staff)
    _end(request, session)
    audit.note(
        session, "登录", staff.account, by=Actor(staff.id, staff.name), at=now, about=staff.id, family=audit.SECURITY
    )
    agent = request.headers.get("user-agent", "")
    issued = sessions.issue(session, staff.id, at=now, user_agent=agent)
    answer = redirect(request, to)
    keep(request, answer, session_cookie(site.secure), issued.token)
    return answer


@post("/logout", opt={"action": PUBLIC}, sync_to_thread=True)
def log_out(request: Request[Any, Any, Any], session: Session) -> Response[Any]:
    _end(request, session)
    answer = redirect(request, "/login", "已退出登录")
    keep(request, answer, session_cookie(request.app.state.site.secure), "", max_age=0)
    answer.headers["clear-site-data"] = '"storage"'
    return answer


@post("/prefs", opt={"action": PUBLIC}, sync_to_thread=True)
def preferences(request: Request[Any, Any, Any], posted: Any) -> Response[Any]:
    answer = redirect(request, own_path(str(posted.get("back", ""))))
    for name, choices in PREFERENCES.items():
        if posted.get(name) in choices:
            keep(request, answer, name, str(posted[name]), max_age=A_YEAR)
    return answer


def own_path(path: str) -> str:
    """A path of this very service, or the home page: never another host."""
    local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 500
    return path if local and "\\" not in path else HOME


def _log_in(request: Request[Any, Any, Any], to: str, account: str = "", problem: str = "") -> Response[Any]:
    site: Site = request.app.state.site
    return page(
        request,
        "login.html",
        status=422 if problem else 200,
        next=to,
        account=account,
        problem=problem,
        accounts=site.demo_accounts if site.demo else (),
        demo_password=site.demo_password,
    )


def _end(request: Request[Any, Any, Any], session: Session) -> None:
    token = request.cookies.get(session_cookie(request.app.state.site.secure))
    if found := sessions.resolve(session, token, at=request.app.state.site.clock()):
        sessions.revoke(session, found, at=request.app.state.site.clock())
