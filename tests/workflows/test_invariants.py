"""Whatever is done in whatever order, the history tells the state and the clocks obey it."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.toy import GiveBack, Lend, Prolong
from tests.workflows.conftest import CLERK, HEAD
from workflows.errors import StepError
from workflows.fire import fire, open_subject
from workflows.journal import erase, record, verify
from workflows.machine import move
from workflows.module import registry
from workflows.sweep import sweep
from workflows.tables import IdempotencyKey, JournalEntry, Subject, Timer, new_id

PEOPLE = st.sampled_from((CLERK, HEAD))
EXTENSIONS = st.builds(Prolong, extension_days=st.integers(1, 30))
STEPS = st.one_of(
    st.tuples(st.just("prolong"), EXTENSIONS, PEOPLE),
    st.tuples(st.just("recall"), st.none(), PEOPLE),
    st.tuples(st.just("revoke_lapse"), EXTENSIONS, PEOPLE),
    st.tuples(st.just("give_back"), st.builds(GiveBack, damage=st.sampled_from(("", "完好"))), PEOPLE),
    st.tuples(st.just("days pass"), st.integers(1, 20), PEOPLE),
    st.tuples(st.just("note"), st.text(max_size=20), PEOPLE),
    st.tuples(st.just("erase"), st.integers(1, 5), PEOPLE),
)


@pytest.fixture
def tell(sessions, clock, toy):
    """Carry out a story on a new subject, each step in a transaction that goes on even when it is refused."""

    def tell(story):
        with sessions.begin() as session:
            form = Lend(item="投影仪")
            case = open_subject(session, "lending", "lend", form, by=CLERK, at=clock.now, key=str(new_id()))
        for what, given_, by in story:
            if what == "days pass":
                clock.now += timedelta(days=given_)
                sweep(sessions, clock.now)
            else:
                with sessions.begin() as session:
                    _act(session, case.subject_id, what, given_, by)
        return case.subject_id

    def _act(session, case, what, given_, by):
        if what == "note":
            record(session, case, "note", {"text": given_}, by=by, at=clock.now)
        elif what == "erase":
            if session.get(JournalEntry, (case, given_)):
                erase(session, case, given_, because="到期销毁", by=by, at=clock.now)
        else:
            with suppress(StepError):
                fire(session, case, what, given_, by=by, at=clock.now, key=str(new_id()))

    return tell


def replayed(entries):
    """The state the entries lead to, each move asked of the machine anew."""
    state = "new"
    for entry in entries:
        workflow = registry.workflow(entry.workflow, entry.definition_version)
        assert entry.from_state == state
        if entry.trigger in workflow.transition_by_trigger:
            restoring = workflow.transition_by_trigger[entry.trigger].target == "before lapse"
            state = move(workflow, state, entry.trigger, entry.to_state if restoring else None)
        assert entry.to_state == state
    return state


@given(story=st.lists(STEPS, max_size=10))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_steps_keeps_the_invariants(tell, sessions, story):
    case = tell(story)
    with sessions() as session:
        entries = session.scalars(
            select(JournalEntry).where(JournalEntry.root_id == case).order_by(JournalEntry.seq)
        ).all()
        subject = session.get_one(Subject, case)
        timers = session.scalars(select(Timer).where(Timer.subject_id == case)).all()
        assert [entry.seq for entry in entries] == list(range(1, subject.version + 1))
        assert subject.state == replayed(entries)
        assert verify(session, case) == []
        running = {timer.status for timer in timers} & {"running", "paused"}
        assert bool(running) == (subject.state == "on_loan")
        assert len(timers) == 1  # the same term, whatever was revoked
        assert (subject.closed_on is not None) == (subject.state == "returned")
        answered = {a["seq"] for a in session.scalars(select(IdempotencyKey.answer)) if a["root_id"] == str(case)}
        assert answered == {e.seq for e in entries if e.trigger not in ("note", "payload_erased")}
