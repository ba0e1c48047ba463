"""A person sets their own password: with a one-time code the first time, with the present one afterwards."""

from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from union import passcodes
from union.passwords import SHORTEST
from web.pages import page, redirect
from web.visitor import address_of, visitor
from workflows.errors import Invalid

LONGEST = {"account": 100, "proof": 128, "password": 200, "again": 200}


@get("/password", opt={"action": "session.login"}, sync_to_thread=True)
def password_page(request: Request[Any, Any, Any]) -> Response[Any]:
    return _asked(request, "", {})


@post("/password", opt={"action": "session.login"}, sync_to_thread=True)
def set_password(request: Request[Any, Any, Any], session: Session, posted: Any) -> Response[Any]:
    account, proof, password, again = (str(posted.get(name, ""))[:most] for name, most in LONGEST.items())
    ip, now = address_of(request), request.app.state.site.clock()
    try:
        passcodes.set_password(session, account, proof, password, again, ip, now)
    except Invalid as fault:
        session.rollback()
        return _asked(request, account, {fault.field: fault.sentence})
    return redirect(request, "/login", "密码已设置，用新密码登录")


def _asked(request: Request[Any, Any, Any], account: str, faults: dict[str, str]) -> Response[Any]:
    """Nothing typed as a secret is ever sent back."""
    return page(
        request,
        "password.html",
        status=422 if faults else 200,
        account=account.strip(),
        faults=faults,
        shortest=SHORTEST,
        logged_in=visitor(request) is not None,
    )


routes = (password_page, set_password)
