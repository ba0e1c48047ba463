"""A process killed at the n-th boundary of its work with the database; what every kill test shares.

A boundary lies before and after every statement, before every COMMIT and after it. Nothing here is a test.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.database import Database

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["tests.workflows.doomed", "tests.casework.mediation.doomed"])


def life(work: Callable[..., None], *given: Any) -> tuple[list[Any], int | None]:
    """Let ``work`` run in a process of its own to its end: what it told on the way, and how it ended."""
    ours, theirs = forks.Pipe(duplex=False)
    child = forks.Process(target=work, args=(*given, theirs))
    child.start()
    theirs.close()
    told = []
    try:
        while True:
            told.append(ours.recv())
    except EOFError:
        child.join()
    return told, child.exitcode


class Boundaries:
    """Counts them, and ends the process without a word at the chosen one (0: never)."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at, self.passed = kill_at, 0

    @contextmanager
    def of(self, database: Database) -> Iterator[None]:
        if database.dialect == "postgresql":  # some statements go to psycopg past SQLAlchemy
            event.listen(database.engine, "connect", self._watch)
        else:
            for name in ("before_cursor_execute", "after_cursor_execute"):
                event.listen(database.engine, name, self._pass)
        event.listen(database.engine, "commit", self._pass)
        event.listen(Session, "after_commit", self._pass)
        yield

    def _watch(self, connection: psycopg.Connection[Any], _record: Any) -> None:
        passed = self._pass

        class Watched(psycopg.Cursor[Any]):
            def execute(self, *given: Any, **options: Any) -> "Watched":
                passed()
                super().execute(*given, **options)
                passed()
                return self

        connection.cursor_factory = Watched

    def _pass(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
