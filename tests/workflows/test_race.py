"""Many at once: one request acts once, steps of one case queue up, and nobody waits for each other in a circle."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from tests.toy import GiveBack, Lend, Prolong
from tests.workflows.conftest import CLERK, HEAD, count
from workflows.errors import Stale
from workflows.fire import fire, open_subject
from workflows.journal import record, verify
from workflows.tables import IdempotencyKey, JournalEntry, Subject, Timer

MANY = 6


@pytest.fixture
def at_once(sessions):
    """Run the act in so many threads that start together; their results or errors."""

    def at_once(act, times=MANY):
        barrier = Barrier(times)

        def one(number):
            barrier.wait()
            try:
                with sessions.begin() as session:
                    return act(session, number)
            except Exception as error:
                return error

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    return at_once


def test_the_same_request_many_times_at_once_acts_once(lend, at_once, sessions, clock):
    case = lend().subject_id
    done = at_once(lambda s, n: fire(s, case, "recall", by=HEAD, at=clock.now, key="same"))
    assert {outcome.seq for outcome in done} == {2}
    assert sorted(outcome.replayed for outcome in done) == [False] + [True] * (MANY - 1)


def test_the_same_opening_many_times_at_once_opens_one(toy, at_once, sessions, clock):
    form = Lend(item="投影仪")
    done = at_once(lambda s, n: open_subject(s, "lending", "lend", form, by=CLERK, at=clock.now, key="same"))
    assert len({outcome.subject_id for outcome in done}) == 1
    with sessions() as session:
        assert count(session, Subject) == count(session, JournalEntry) == count(session, IdempotencyKey) == 1


def test_steps_of_one_case_queue_up_and_none_is_lost(lend, at_once, sessions, clock):
    case = lend().subject_id
    form = Prolong(extension_days=1)
    done = at_once(lambda s, n: fire(s, case, "prolong", form, by=CLERK, at=clock.now, key=f"p{n}"))
    assert sorted(outcome.seq for outcome in done) == list(range(2, MANY + 2))
    with sessions() as session:
        assert len(session.scalars(select(Timer.extensions)).one()) == MANY
        assert verify(session) == []


def test_of_many_who_saw_the_same_page_one_acts(lend, at_once, sessions, clock):
    case = lend()
    form = Prolong(extension_days=1)

    def prolong(session, number):
        return fire(
            session, case.subject_id, "prolong", form, by=CLERK, at=clock.now, key=f"p{number}", version=case.version
        )

    done = at_once(prolong)
    assert sum(isinstance(outcome, Stale) for outcome in done) == MANY - 1


def test_a_note_and_a_step_that_waited_for_it_are_both_in_the_chain(lend, at_once, sessions, clock):
    case = lend().subject_id
    form = Prolong(extension_days=1)

    def write(session, number):
        if number % 2:
            return record(session, case, "note", {"n": number}, by=CLERK, at=clock.now)
        return fire(session, case, "prolong", form, by=CLERK, at=clock.now, key=f"p{number}").seq

    assert sorted(at_once(write)) == list(range(2, MANY + 2))
    with sessions() as session:
        assert verify(session) == []


def test_what_was_loaded_before_the_lock_and_overtaken_decides_nothing(lend, act, sessions, clock, database):
    case = lend().subject_id
    with sessions() as session:
        seen = session.get(Subject, case)
        assert seen.state == "on_loan"
        session.commit()
        act(case, "recall", by=HEAD)
        fire(session, case, "give_back", GiveBack(damage="完好"), by=CLERK, at=clock.now, key="back")
        assert (seen.state, seen.version) == ("returned", 3)
        session.commit()
