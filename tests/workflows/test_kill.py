"""A process killed with SIGKILL at any point of a step leaves it wholly done or not at all."""

import random
import signal
from collections import Counter as Tally

import pytest
from sqlalchemy import select

from tests.killed import life
from tests.workflows import doomed
from workflows.journal import verify
from workflows.tables import Counter, IdempotencyKey, JournalEntry, OutboxMessage, Subject, Timer

MASTER = b"a key for tests only, 32 bytes.."
KILLS = 50
STEPS = doomed.CASES * (1 + len(doomed.STEPS))
PEOPLE = doomed.CLERK, doomed.HEAD


@pytest.fixture
def doom(database):
    """Run the process and kill it at the given boundary; what it was told, and how it ended."""
    url = database.engine.url.render_as_string(hide_password=False)

    def doom(name, kill_at, split=False):
        return life(doomed.work, url, MASTER, PEOPLE, name, kill_at, split)

    return doom


def half_done(session):
    """Everything in the database that would not be there had each step happened entirely or not at all."""
    entries = {(entry.root_id, entry.seq) for entry in session.scalars(select(JournalEntry))}
    faults = [f"journal: {fault}" for fault in verify(session)]
    faults += _unlike(
        "keys", entries, [(a["root_id"], a["seq"]) for a in session.scalars(select(IdempotencyKey.answer))]
    )
    letters = session.scalars(select(OutboxMessage.body).where(OutboxMessage.topic == doomed.LETTER))
    faults += _unlike("letters", entries, [(body["root"], body["seq"]) for body in letters])
    subjects = session.scalars(select(Subject)).all()
    last = session.scalar(select(Counter.last).where(Counter.series == doomed.SERIES)) or 0
    if sorted(int(subject.number or 0) for subject in subjects) != list(range(1, last + 1)):
        faults.append(f"numbers: {[subject.number for subject in subjects]} of {last}")
    running = Tally(session.scalars(select(Timer.subject_id).where(Timer.status == "running")))
    faults += [f"timers: {s.id}" for s in subjects if running[s.id] != (s.state == "on_loan")]
    return faults


def _unlike(what, entries, found):
    expected = Tally((str(root), seq) for root, seq in entries)
    return [] if Tally(found) == expected else [f"{what}: {Tally(found) - expected} {expected - Tally(found)}"]


@pytest.fixture
def boundaries(doom):
    """How many there are in one undisturbed run; the very first is longer, for it begins the series of numbers."""
    doom("the first", 0)
    *steps, passed = doom("undisturbed", 0)[0]
    assert len(steps) == STEPS
    return passed


def points(boundaries):
    return sorted(random.Random(20261122).sample(range(1, boundaries + 1), KILLS))


def test_a_step_killed_anywhere_is_wholly_done_or_not_at_all(doom, boundaries, sessions, toy):
    for point in points(boundaries):
        told, ended = doom(f"killed at {point}", point)
        assert ended == -signal.SIGKILL
        with sessions() as session:
            assert half_done(session) == []
            assert all(session.get(JournalEntry, step) for step in told)  # what was answered is never lost
        again = list(doomed.tell(sessions, f"killed at {point}", PEOPLE))  # the client, left without an answer, repeats
        assert [outcome.seq for outcome in again] == [1, 2, 3, 4] * doomed.CASES
        assert sum(outcome.replayed for outcome in again) in (len(told), len(told) + 1)
        with sessions() as session:
            assert half_done(session) == []


def test_the_control_a_split_transaction_is_caught_by_the_same_checker(doom, boundaries, sessions, toy):
    caught = 0
    for point in points(boundaries)[::4]:
        _, ended = doom(f"split at {point}", point, split=True)
        assert ended == -signal.SIGKILL
        with sessions() as session:
            caught += bool(half_done(session))
    assert caught
