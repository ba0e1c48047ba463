"""Who sent a request: nobody, or a person with a session of ours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection

from workflows.actor import Actor

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A logged-in person; ``csrf`` is the secret text of the forms of this very session, ``session`` the hash of its id.

    ``root_id`` is the one case a party's session was issued for.
    """

    actor: Actor
    csrf: str
    place: str = ""  # the organisation a person works at, for the side bar
    session: str = ""
    root_id: UUID | None = None


class NotLoggedIn(Exception):
    """The page is for people with an account: answered by the log-in page."""


def visitor(request: Connection) -> Visitor | None:
    return request.scope.get("auth")


def current_actor(request: Connection) -> Actor:
    """The person who acts; raises NotLoggedIn when there is none."""
    seen = visitor(request)
    if seen is None:
        raise NotLoggedIn
    return seen.actor


def address_of(request: Connection) -> str:
    """Where a request comes from, for the slow-down of log-ins; only our own proxies are believed."""
    proxies: int = request.app.state.site.proxies
    named = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if proxies and len(named) >= proxies:
        return named[-proxies]
    return request.client.host if request.client else ""
