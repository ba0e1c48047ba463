"""The web application around the given routes: guard, errors, headers, limits. ``app.server`` brings the routes."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide

from union.access import VISITOR
from web import account, password
from web.assets import browser_icon, static_file
from web.errors import HANDLERS
from web.gallery import gallery, gallery_dialog, gallery_form
from web.guard import PUBLIC, guard, posted_form, refuse_unguarded
from web.headers import protect
from web.login import log_in, log_in_page, log_out, preferences
from web.pages import Site, today
from web.visitor import visitor
from workflows.actor import Actor

MEGABYTE = 1024 * 1024
MOST_BODY = 64 * MEGABYTE
MOST_PARTS = 5_000  # 500 rows of ten fields


@get("/health", opt={"action": PUBLIC}, sync_to_thread=False)
def health() -> dict[str, str]:
    return {"status": "ok"}


routes = (
    static_file,
    browser_icon,
    log_in_page,
    log_in,
    log_out,
    preferences,
    *password.routes,
    *account.routes,
    gallery,
    gallery_dialog,
    gallery_form,
    health,
)


def create(
    *,
    route_handlers: Sequence[Any],
    site: Site,
    database: Any,
    state: Mapping[str, Any] | None = None,
    dependencies: Mapping[str, Provide] | None = None,
    **more: Any,
) -> Litestar:
    """The service; raises UnguardedRoute when a route lacks an action.

    ``database`` has two session makers, ``sessions`` and ``reading``. Handlers may ask for ``actor``, ``posted``,
    ``now`` and ``today`` beside what ``dependencies`` gives.
    """
    app = Litestar(
        route_handlers=[*routes, *route_handlers],
        state=State({**(state or {}), "site": site, "database": database}),
        dependencies={**KIT, **(dependencies or {})},
        guards=[guard],
        exception_handlers=dict(HANDLERS),
        before_send=[protect],
        compression_config=CompressionConfig(backend="gzip", minimum_size=500),
        request_max_body_size=MOST_BODY,
        multipart_form_part_limit=MOST_PARTS,
        openapi_config=None,
        **more,
    )
    refuse_unguarded(app)
    return app


def asking_actor(request: Request[Any, Any, Any]) -> Actor:
    """Who acts: the person logged in, or the visitor of a public page."""
    seen = visitor(request)
    return seen.actor if seen else VISITOR


def current_moment(request: Request[Any, Any, Any]) -> Any:
    return request.app.state.site.clock()


def current_day(request: Request[Any, Any, Any]) -> Any:
    return today(request)


KIT = {
    "actor": Provide(asking_actor, sync_to_thread=False),
    "posted": Provide(posted_form),
    "now": Provide(current_moment, sync_to_thread=False),
    "today": Provide(current_day, sync_to_thread=False),
}
