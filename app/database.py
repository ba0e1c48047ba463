"""The database, SQLite or PostgreSQL, and the transaction of one request."""

import functools
import sqlite3
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import InitPlugin
from litestar.utils import is_async_callable
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from workflows.errors import Busy
from workflows.reading import PLANNED_ANEW

READING = {"reading": True}
STATEMENTS_KNOWN = 400  # prepared on each connection; queue, lists and searches of three people alone are seventy
GAVE_WAY = {"40001", "40P01", "55P03"}  # PostgreSQL: serialization failure, deadlock, lock not available


@dataclass(frozen=True)
class Database:
    """An engine with its two kinds of transaction: ``sessions`` write, ``reading`` cannot."""

    engine: Engine
    sessions: sessionmaker[Session]
    reading: sessionmaker[Session]

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, pool: int = 16) -> Database:
    """Connect lazily with ``pool`` connections at most, one for each thread that serves requests."""
    engine = _sqlite(url, pool) if make_url(url).get_backend_name() == "sqlite" else _postgresql(url, pool)
    reading = engine.execution_options(**READING, postgresql_readonly=True)
    return Database(engine, _sessions(engine), _sessions(reading))


class Transactions(InitPlugin):
    """Gives every handler that asks for ``session`` one transaction, committed before its answer leaves it."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.dependencies["session"] = Provide(session_of_request)
        app_config.route_handlers = [in_a_thread(handler) for handler in app_config.route_handlers]
        return app_config


def session_of_request(request: Request[Any, Any, Any]) -> Generator[Session, None, None]:
    """A GET reads in a transaction that cannot write; everything else writes. The handler's thread ends it."""
    database: Database = request.app.state.database
    with (database.reading if request.method in ("GET", "HEAD") else database.sessions)() as session:
        yield session


def in_a_thread(handler: Any) -> HTTPRouteHandler:
    """Run a sync handler in a thread and let it commit there; a failed COMMIT is an error page.

    Committing later, from another thread, would wait for threads that wait for this connection.
    Litestar 2.25 itself puts a handler into a thread twice when GET and POST share a path.
    """
    if not isinstance(handler, HTTPRouteHandler):
        raise TypeError(f"{handler!r}: only plain handlers, no routers or controllers")
    if handler.sync_to_thread and not is_async_callable(handler.fn):
        handler._fn = _threaded(handler.fn)
    return handler


def _threaded(handle: Callable[..., Any]) -> Callable[..., Any]:
    carry_out = _in_one_transaction(handle) if "session" in handle.__annotations__ else handle

    @functools.wraps(handle)
    async def in_thread(*args: Any, **kwargs: Any) -> Any:
        return await sync_to_thread(carry_out, *args, **kwargs)

    return in_thread


def _in_one_transaction(handle: Callable[..., Any]) -> Callable[..., Any]:
    """An answer that refuses (4xx, 5xx) leaves nothing behind, except what the handler itself committed.

    Raises Busy where the database gave way to another transaction.
    """

    def carried_out(*args: Any, **kwargs: Any) -> Any:
        session: Session = kwargs["session"]
        with session:
            try:
                answer = handle(*args, **kwargs)
                if (getattr(answer, "status_code", None) or 200) < 400:
                    session.commit()
            except DBAPIError as error:
                if _gave_way(error):
                    raise Busy from error
                raise
            return answer

    return carried_out


def _gave_way(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte: extended codes say why
    return getattr(error.orig, "sqlstate", None) in GAVE_WAY


def _sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def _postgresql(url: str, pool: int) -> Engine:
    # Our statements are long and touch few rows: compiling one (JIT) takes a hundred times longer than running it.
    options = {"options": "-c jit=off", "prepare_threshold": 1}  # said twice, a statement is prepared
    engine = create_engine(
        url,
        pool_size=pool,
        max_overflow=4,
        pool_use_lifo=True,  # the connection used last knows the most statements by heart
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=options,
    )
    event.listen(engine, "begin", _plan_for_each_reader)
    event.listen(engine, "connect", _know_by_heart)
    return engine


def _know_by_heart(connection: Any, _record: Any) -> None:
    """psycopg keeps a hundred: with more pages than one in use, each would drive out what the others have prepared."""
    connection.prepared_max = STATEMENTS_KNOWN


def _plan_for_each_reader(connection: Connection) -> None:
    """A list of a district and one of a mediator are the same statement: the plan kept for both suits neither.

    Measured at a million cases: 40 ms planned for the values given, 2 s by the plan PostgreSQL keeps after five times.
    A step's few short statements do keep theirs.
    """
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql(PLANNED_ANEW)


def _sqlite(url: str, pool: int) -> Engine:
    engine = create_engine(url, pool_size=pool, max_overflow=4, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _end_failed_commit)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "recursive_triggers=ON",  # without it INSERT OR REPLACE slips past the journal's triggers
        "trusted_schema=OFF",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    reading = bool(options.get("reading"))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def _end_failed_commit(connection: Any, _record: Any) -> None:
    """A COMMIT that SQLite refused leaves its transaction open, which SQLAlchemy believes ended."""
    if connection is not None and connection.in_transaction:
        connection.rollback()
