"""The application of one test. Its routes and templates are built once in a process; what differs is its state."""

from functools import cache
from pathlib import Path

from litestar import Litestar

from app.database import Database
from app.modules import templates
from app.server import make_app, site
from app.service import Clock, Service
from app.settings import Settings
from web.pages import environment

MASTER_KEY = b"a key for tests only, 32 bytes.."


def website(database: Database, clock: Clock, var: Path, demo: bool = False) -> Litestar:
    """The whole service on this database; the one of the test before is no longer to be used."""
    settings = Settings(mode="embedded", demo=demo, var=var, database_url="", master_key=MASTER_KEY)
    service = Service(settings, database, clock)
    app = _routes()
    for counted_before in app.state.dict():
        del app.state[counted_before]
    app.state.update(site=site(service), database=database, settings=settings)
    return app


def make_ready() -> None:
    """Build what all applications share, every template compiled, for the processes that are forked from this one."""
    _routes()
    shared = environment(*templates())
    for name in shared.list_templates():
        shared.get_template(name)


@cache
def _routes() -> Litestar:
    nothing = Settings(mode="embedded", demo=False, var=Path(), database_url="", master_key=MASTER_KEY)
    app = make_app(Service(nothing, Database(None, None, None), lambda: None))  # type: ignore[arg-type, return-value]
    app.on_shutdown = []
    return app
