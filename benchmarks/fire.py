"""What one step costs: ``workflows.fire`` beside raw psycopg writing the very same rows with one select and one CTE.

    .venv/bin/python -m benchmarks.fire [ROUNDS] [STEPS]

Makes a PostgreSQL database of its own (CASEWORK_TEST_POSTGRESQL says where) and drops it. The ways take turns
step by step, on one connection each; a round is the median of its steps. The step is the toy's ``recall``: state, journal entry
with chain hash and commitment, encrypted payload, idempotency key, one clock met. ``fire + form`` is a step whose form
writes through the ORM under a savepoint and whose guard reads the loaded subject; the goal does not speak of it.
"""

import gc
import hashlib
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.database import Database, open_database
from app.schema import create
from tests import toy
from tests.conftest import new_postgresql
from workflows.actor import Actor
from workflows.encryption import Keyring, keyring, use
from workflows.fire import fire, open_subject
from workflows.form import Form
from workflows.journal import CHAINED, verify
from workflows.module import registry
from workflows.tables import JOURNAL, NO_DUE, SUBJECTS, TIMERS, new_id

CLERK = Actor(new_id(), "许敏", frozenset({"intake"}), organisation_id=new_id())
HEAD = Actor(new_id(), "郑立", frozenset({"org_head"}), organisation_id=CLERK.organisation_id)
AT = datetime(2026, 3, 2, 2, tzinfo=UTC)


def main(rounds: int = 9, steps: int = 150) -> None:
    use(Keyring.from_master(b"a key for benchmarks, 32 bytes.."))
    registry.plug(toy.module)
    with new_postgresql() as url:
        database = open_database(url.render_as_string(hide_password=False), pool=2)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ALTER DATABASE {url.database} SET synchronous_commit = on"))
        database.engine.dispose()
        create(database.engine)
        registry.listeners.clear()  # the engine alone: what the desk adds to a step is not its cost
        _report(rounds, steps, *_measured(database, rounds, steps))
        database.close()


def _measured(database: Database, rounds: int, steps: int) -> tuple[dict[str, list[float]], ...]:
    with psycopg.connect(_libpq(database)) as raw, database.engine.connect() as connection:
        ways: dict[str, Callable[[uuid.UUID], None]] = {
            "raw psycopg": lambda subject: raw_fire(raw, subject),
            "fire": lambda subject: _fire(connection, subject, "recall", None, HEAD),
            "fire + form": lambda subject: _fire(connection, subject, "give_back", toy.GiveBack(damage="完好"), CLERK),
        }
        cpu: dict[str, list[float]] = {name: [] for name in ways}
        wall: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(-1, rounds):  # the first round warms up
            for name, used, taken in _in_turn(ways, database, steps):
                if number >= 0:
                    cpu[name].append(used * 1e6)
                    wall[name].append(taken * 1e6)
        _same_rows(database)
    return cpu, wall


def _opened(database: Database, steps: int) -> list[uuid.UUID]:
    with database.sessions.begin() as session:
        form = toy.Lend(item="投影仪")
        return [
            open_subject(session, "lending", "lend", form, by=CLERK, at=AT, key=new_id().hex).subject_id
            for _ in range(steps)
        ]


def _in_turn(
    ways: dict[str, Callable[[uuid.UUID], None]], database: Database, steps: int
) -> Iterator[tuple[str, float, float]]:
    """The medians of one round, step by step in turn, so that a busy machine is equally unfair to all."""
    subjects = {name: _opened(database, steps) for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.disable()
    for number in range(steps):
        for name, act in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            act(subjects[name][number])
            used[name].append(time.process_time() - cpu)
            taken[name].append(time.perf_counter() - wall)
    gc.enable()
    for name in ways:
        yield name, median(used[name]), median(taken[name])


def _fire(connection: Connection, subject: uuid.UUID, trigger: str, form: Form | None, by: Actor) -> None:
    with Session(connection, expire_on_commit=False) as session:
        fire(session, subject, trigger, form, by=by, at=AT + timedelta(hours=1), key=new_id().hex)
        session.commit()


# --- the same by hand

SELECT = """
SELECT s.root_id, s.workflow, s.definition_version, s.state, s.organisation_id, j.seq, j.hash, t.id
  FROM subjects s
  JOIN journal j ON j.root_id = s.root_id AND j.seq = (SELECT max(seq) FROM journal WHERE root_id = s.root_id)
  LEFT JOIN timers t ON t.subject_id = s.id AND t.status IN ('running', 'paused')
 WHERE s.id = %(subject)s FOR UPDATE OF s
"""
WRITE = """
WITH moved AS (UPDATE subjects SET state = %(to_state)s, version = %(seq)s, closed_on = NULL, due_on = %(due_on)s,
                                   to_do = %(to_do)s WHERE id = %(subject_id)s),
     payload AS (INSERT INTO journal_payloads (root_id, seq, sealed) VALUES (%(root_id)s, %(seq)s, %(sealed)s)),
     answered AS (INSERT INTO idempotency_keys (actor, key, fingerprint, answer, at)
                  VALUES (%(actor)s, %(key)s, %(fingerprint)s, %(answer)s, %(recorded_at)s)),
     met AS (UPDATE timers SET status = 'met', ended_on = %(occurred_on)s WHERE id = %(timer)s)
INSERT INTO journal (root_id, seq, subject_id, workflow, definition_version, trigger, from_state, to_state, occurred_on,
                     recorded_at, actor_id, actor_role, handler_id, organisation_id, corrects, commitment, previous, hash)
VALUES (%(root_id)s, %(seq)s, %(subject_id)s, %(workflow)s, %(definition_version)s, %(trigger)s, %(from_state)s,
        %(to_state)s, %(occurred_on)s, %(recorded_at)s, %(actor_id)s, %(actor_role)s, %(handler_id)s,
        %(organisation_id)s, %(corrects)s, %(commitment)s, %(previous)s, %(hash)s)
"""


def raw_fire(connection: psycopg.Connection[Any], subject: uuid.UUID) -> None:
    """One step as a program would write it that knows nothing but this step."""
    at, key = AT + timedelta(hours=1), new_id().hex
    row = connection.execute(SELECT, {"subject": subject}).fetchone()
    assert row is not None
    root, workflow, version, state, organisation, last, previous, timer = row
    if state != "on_loan" or "org_head" not in HEAD.roles:
        raise ValueError(state)
    salted = os.urandom(16) + b"{}"
    sealed = keyring().seal(salted, "journal_payloads", str(root), str(last + 1))
    entry = {
        "root_id": root,
        "seq": last + 1,
        "subject_id": subject,
        "workflow": workflow,
        "definition_version": version,
        "trigger": "recall",
        "from_state": state,
        "to_state": "recalled",
        "occurred_on": at.date(),
        "recorded_at": at,
        "actor_id": HEAD.id,
        "actor_role": "org_head",
        "handler_id": HEAD.id,
        "organisation_id": organisation,
        "corrects": None,
        "commitment": hashlib.sha256(salted).hexdigest(),
        "previous": previous,
    }
    chained = "\x1f".join(_text(entry[name]) for name in CHAINED)
    answer = {
        "subject_id": str(subject),
        "root_id": str(root),
        "state": "recalled",
        "version": last + 1,
        "seq": last + 1,
    }
    body = json.dumps([str(subject), "recall", None]).encode()
    extra = {
        "hash": hashlib.sha256(chained.encode()).hexdigest(),
        "sealed": sealed,
        "actor": str(HEAD.id),
        "key": key,
        "fingerprint": hashlib.sha256(body).hexdigest(),
        "answer": json.dumps(answer),
        "timer": timer,
        "due_on": NO_DUE,
        "to_do": True,
    }
    connection.execute(WRITE, entry | extra)
    connection.commit()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return "" if value is None else str(value)


# --- what was measured


def _same_rows(database: Database) -> None:
    """Both ways must have left histories that verify, and nothing else."""
    with database.sessions() as session:
        assert verify(session) == []
        kinds = set(session.execute(select(JOURNAL.c.trigger, JOURNAL.c.to_state, JOURNAL.c.actor_role)).all())
        opened, back = ("lend", "on_loan", "intake"), ("give_back", "returned", "intake")
        assert kinds == {opened, ("recall", "recalled", "org_head"), back}
        assert set(session.scalars(select(TIMERS.c.status))) == {"met"}
        left = select(SUBJECTS.c.state, SUBJECTS.c.closed_on, SUBJECTS.c.due_on, SUBJECTS.c.to_do).distinct()
        assert len(session.execute(left).all()) == len({"recalled", "returned"})


def _report(rounds: int, steps: int, cpu: dict[str, list[float]], wall: dict[str, list[float]]) -> None:
    print(f"{rounds} rounds of {steps} steps, PostgreSQL, synchronous_commit=on")
    print("µs per step: median of the rounds (quartiles); × raw psycopg. Goal for fire: CPU ≤ 3, wall ≤ 1.5")
    print(f"{'':12}{'client CPU':>22}{'× raw':>8}{'wall':>22}{'× raw':>8}")
    for name in cpu:
        columns = (f"{_spread(of[name]):>22}{_times_raw(of, name):>8.2f}" for of in (cpu, wall))
        print(f"{name:12}{''.join(columns)}")


def _times_raw(figures: dict[str, list[float]], name: str) -> float:
    return median(ours / raw for ours, raw in zip(figures[name], figures["raw psycopg"], strict=True))


def _spread(figures: list[float]) -> str:
    ordered = sorted(figures)
    low, high = ordered[len(ordered) // 4], ordered[3 * len(ordered) // 4]
    return f"{median(figures):.0f} ({low:.0f}–{high:.0f})"


def _libpq(database: Database) -> str:
    return make_url(str(database.engine.url)).set(drivername="postgresql").render_as_string(hide_password=False)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
