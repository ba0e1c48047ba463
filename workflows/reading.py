"""A transaction that only reads sees one state of the data: what it has loaded once it need not load again."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

PLANNED_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"
PLAN_KEPT = "SET LOCAL plan_cache_mode = force_generic_plan"
IN_ORDER, IN_ANY_ORDER = ("SET LOCAL enable_bitmapscan = " + how for how in ("off", "on"))
P = ParamSpec("P")
T = TypeVar("T")


def once_read(load: Callable[Concatenate[Session, P], T]) -> Callable[Concatenate[Session, P], T]:
    """Keep what ``load(session, ...)`` answered for as long as a reading session lives; a writing one asks every time.

    The arguments must be hashable, and the answer must not be changed by who gets it.
    """

    @functools.wraps(load)
    def loaded(session: Session, *args: P.args, **kwargs: P.kwargs) -> T:
        if not only_reads(session):
            return load(session, *args, **kwargs)
        held: dict[Any, T] = session.info.setdefault("read", {})
        asked = (load, args, tuple(sorted(kwargs.items())))
        if asked not in held:
            held[asked] = load(session, *args, **kwargs)
        return held[asked]

    return loaded


def hold_what_is_loaded(session: Session) -> None:
    """Rows live as long as the session: what one part of a page has loaded, another finds."""
    held = session.info.setdefault("held", [])
    event.listen(session, "loaded_as_persistent", lambda _, row: held.append(row))


@contextmanager
def one_plan_for_all(session: Session) -> Iterator[None]:
    """Questions whose plan suits everybody keep it, where a transaction that reads has all others planned anew.

    Planning a long statement that touches few rows costs more than running it. It may stand around several functions,
    some of which say the same of themselves.
    """
    if session.get_bind().dialect.name != "postgresql" or session.info.get("one plan"):
        yield
        return
    connection = session.connection()
    connection.exec_driver_sql(PLAN_KEPT)
    session.info["one plan"] = True
    try:
        yield
    finally:
        del session.info["one plan"]
    connection.exec_driver_sql(PLANNED_ANEW)


@contextmanager
def in_order(session: Session) -> Iterator[None]:
    """Go along an index in the order of the page, until it is full.

    PostgreSQL takes two indexes of nearly the same rows for two conditions that seldom meet, expects hardly any row and
    gathers and sorts all of them: at a million cases 35 ms for a page that is full after a hundred rows, in 0.7 ms.
    """
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    connection = session.connection()
    connection.exec_driver_sql(IN_ORDER)
    yield
    connection.exec_driver_sql(IN_ANY_ORDER)


def only_reads(session: Session) -> bool:
    """Whether the transaction cannot write, as every GET's."""
    return bool(session.get_bind().get_execution_options().get("reading"))
