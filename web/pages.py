"""A page is rendered in its handler's thread, so that a fault in a template is an error page and never half a page."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from litestar import Response

from web import csrf
from web.assets import HTMX, asset
from web.filters import FILTERS
from web.icons import icon
from web.signing import Signer
from web.visitor import Connection, visitor
from workflows.module import registry
from workflows.tables import legal_date

TEMPLATES = Path(__file__).parent / "templates"
FLASH_COOKIE = "cy_flash"
HTML = "text/html"


@dataclass(frozen=True)
class NavItem:
    """One line of the side bar; ``key`` is what a page passes as ``nav`` to be marked as current."""

    key: str
    href: str
    icon: str
    label: str
    count: int | None = None
    action: str = ""  # shown only to those who may


@dataclass(frozen=True)
class NavSection:
    label: str
    items: Sequence[NavItem]


def no_navigation(request: Connection) -> Sequence[NavSection]:
    return ()


@dataclass(frozen=True)
class Site:
    """What all pages of one service share; kept as ``app.state.site``."""

    templates: Environment
    signer: Signer
    clock: Callable[[], datetime]
    secure: bool = False
    proxies: int = 0  # how many proxies of ours stand in front: so many addresses of X-Forwarded-For are believed
    demo: bool = False
    demo_accounts: Sequence[tuple[str, str, str]] = ()  # account, name, role: shown under the log-in form
    demo_password: str = ""
    navigation: Callable[[Connection], Sequence[NavSection]] = no_navigation
    context: Mapping[str, Any] = field(default_factory=dict)  # what every page of the service may name


@cache
def environment(*folders: Path) -> Environment:
    """Templates of the kit and of the given folders; an undefined name fails, text is always escaped."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), *map(FileSystemLoader, folders)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(FILTERS)
    made.globals.update(asset=asset, icon=icon, HTMX=HTMX)
    return made


def page(
    request: Connection, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response[str]:
    """A whole page. Every template may use ``ui``, ``actor``, ``today``, ``now``, ``nav`` and ``csrf_token()``."""
    flashes = _flashes(request)
    html = render(request, template, flashes=flashes, **context)
    answer = Response(html, status_code=status, media_type=HTML, headers=dict(headers or {}))
    if flashes:
        keep(request, answer, FLASH_COOKIE, "", max_age=0)
    return _with_seed(request, answer)


def fragment(
    request: Connection, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response[str]:
    """A piece of a page for htmx; messages waiting for the next page stay waiting."""
    html = render(request, template, flashes=[], **context)
    return _with_seed(request, Response(html, status_code=status, media_type=HTML, headers=dict(headers or {})))


def redirect(request: Connection, to: str, say: str = "", tone: str = "ok", undo: str = "") -> Response[None]:
    """See other: after every POST. ``say`` shows as a message on the next page."""
    to_htmx = wants_fragment(request)
    answer: Response[None] = Response(
        None, status_code=200 if to_htmx else 303, headers={"hx-redirect" if to_htmx else "location": to}
    )
    if to_htmx and _same_page(request, to):
        answer.headers["hx-refresh"] = "true"  # a mere change of the fragment would not load the page anew
    if say:
        text = json.dumps({"text": say, "tone": tone, "undo": undo}, ensure_ascii=False)
        signer: Signer = request.app.state.site.signer
        keep(request, answer, FLASH_COOKIE, signer.sign("flash", text), max_age=60)
    return answer


def _same_page(request: Connection, to: str) -> bool:
    here, there = urlsplit(request.headers.get("hx-current-url", "")), urlsplit(to)
    return "#" in to and (here.path, here.query) == (there.path, there.query)


def render(request: Connection, template: str, **context: Any) -> str:
    site: Site = request.app.state.site
    seen, now = visitor(request), site.clock()
    values: dict[str, Any] = {
        "request": request,
        "actor": seen.actor if seen else None,
        "actor_place": seen.place if seen else "",
        "now": now,
        "today": legal_date(now),
        "nav": "",
        "nav_sections": site.navigation(request),
        "demo": site.demo,
        "served": registry.for_parties,
        "flashes": [],
        "theme": preference(request, "theme", ("light", "dark")),
        "size": preference(request, "size", ("normal", "large")),
        "keys": preference(request, "keys", ("on", "off")),
        "csrf_token": lambda: csrf.token(request),
        **site.context,
        **context,
    }
    for name in ("ui", "frame"):
        values[name] = site.templates.get_template(f"macros/{name}.html").make_module(values)
    return site.templates.get_template(template).render(values)


def wants_fragment(request: Connection) -> bool:
    """Asked by htmx for a piece of a page, not by the browser for a whole one."""
    headers = request.headers
    return headers.get("hx-request") == "true" and "true" not in (
        headers.get("hx-boosted"),
        headers.get("hx-history-restore-request"),
    )


def preference(request: Connection, name: str, choices: tuple[str, ...]) -> str:
    chosen = request.cookies.get(name, "")
    return chosen if chosen in choices else choices[0]


def today(request: Connection) -> date:
    return legal_date(request.app.state.site.clock())


def keep(request: Connection, answer: Response[Any], name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie the way all of ours are set."""
    secure = request.app.state.site.secure
    answer.set_cookie(name, value, max_age=max_age, path="/", httponly=True, secure=secure, samesite="lax")


def _flashes(request: Connection) -> list[dict[str, str]]:
    signed = request.cookies.get(FLASH_COOKIE)
    text = request.app.state.site.signer.read("flash", signed) if signed else None
    return [json.loads(text)] if text else []


def _with_seed(request: Connection, answer: Response[str]) -> Response[str]:
    if seed := csrf.new_seed(request):
        keep(request, answer, csrf.seed_cookie(request.app.state.site.secure), seed)
    return answer
