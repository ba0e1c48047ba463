"""A real case in a process killed with SIGKILL: state, journal, numbers, clocks, records and promises stand or fall together."""

import random
import re
import signal
from collections import Counter as Tally

import pytest
from sqlalchemy import func, literal, select, union_all

from app.modules import load_tables
from casework.desk.tables import SearchTerm
from casework.mediation.tables import MediationCase
from documents.tables import Record
from tests.casework.mediation import doomed
from tests.killed import life
from workflows.journal import verify
from workflows.tables import Counter, OutboxMessage, Subject, Timer

MASTER = b"a key for tests only, 32 bytes.."
KILLS = 20
NUMBER = re.compile(r"京朝工(?P<type>调登|调)字〔(?P<year>\d{4})〕第(?P<serial>\d+)号")


@pytest.fixture
def office(world, clock):
    return doomed.Office(world.ids, world.station, clock.now)


@pytest.fixture
def doom(database, office):
    """Run the process and kill it at the given boundary; what it was told, and how it ended."""
    url = database.engine.url.render_as_string(hide_password=False)

    def doom(name, kill_at, split=False):
        return life(doomed.work, url, MASTER, office, name, kill_at, split)

    return doom


def picture(session):
    """How much of everything there is: rows of each table, states, clocks, records, promises, numbers taken."""
    tables = [table for table in load_tables().metadata.sorted_tables if table is not SearchTerm.__table__]
    rows = union_all(*(select(literal(t.name), func.count()).select_from(t) for t in tables))
    seen = Tally(dict(session.execute(rows).all()))
    for kind, *columns in (
        ("state", Subject.workflow, Subject.state),
        ("clock", Timer.deadline, Timer.status, Timer.effective_due),
        ("record", Record.kind_id, Record.state),
        ("promise", OutboxMessage.topic),
    ):
        for *what, count in session.execute(select(*columns, func.count()).group_by(*columns)):
            seen[kind, *what] = count
    # How many terms there are lies in the letters of the names and in the digits of the numbers.
    seen["found by search"] = session.scalar(select(func.count(SearchTerm.root_id.distinct())))
    seen["numbers taken"] = session.scalar(select(func.sum(Counter.last)))
    return seen


def added(session, before):
    now = picture(session)
    return {what: now[what] - before[what] for what in now | before if now[what] != before[what]}


def broken(session):
    """What no moment between two transactions may show: a chain that does not verify, a number taken and not borne."""
    faults = [str(fault) for fault in verify(session)]
    borne = {}
    for series, serial in session.execute(select(Record.series, Record.serial).where(Record.series.is_not(None))):
        borne.setdefault(series, []).append(serial)
    for case in session.scalars(select(MediationCase)):
        for number in filter(None, (case.registration_number, case.case_number)):
            found = NUMBER.fullmatch(number)
            series = f"{found['type']}:{found['year']}:{case.organisation_id}"
            borne.setdefault(series, []).append(int(found["serial"]))
    for series, last in session.execute(select(Counter.series, Counter.last)):
        if sorted(borne.pop(series, [])) != list(range(1, last + 1)):
            faults.append(f"{series} does not run from 1 to {last}")
    return faults + [f"{series} was never counted" for series in borne]


@pytest.fixture
def wholly(sessions, office):
    """What there is more after no step, after the first, after the second …: one case in peace.

    The very first case begins the series of numbers, so it is the second one that is looked at.
    """
    list(doomed.steps_of(sessions, office, "甲"))
    pictures = [{}]
    with sessions() as session:
        before = picture(session)
    for _ in doomed.steps_of(sessions, office, "乙"):
        with sessions() as session:
            pictures.append(added(session, before))
    kinds = {what[:2] for what in pictures[-1] if isinstance(what, tuple)}
    assert {("record", "acceptance_notice"), ("clock", "mediation_term"), ("promise", "documents.render")} <= kinds
    return pictures


@pytest.fixture
def boundaries(doom, wholly):
    *steps, passed = doom("丙", 0)[0]
    assert len(steps) == doomed.STEPS
    return passed


def points(boundaries):
    return sorted(random.Random(20261122).sample(range(1, boundaries + 1), KILLS))


def test_a_case_killed_anywhere_has_each_step_wholly_or_not_at_all(doom, boundaries, wholly, sessions, office):
    for point in points(boundaries):
        with sessions() as session:
            before = picture(session)
        told, ended = doom(f"丁{point}", point)
        assert ended == -signal.SIGKILL
        with sessions() as session:
            assert added(session, before) in wholly[len(told) : len(told) + 2]
            assert broken(session) == []
        again = list(doomed.steps_of(sessions, office, f"丁{point}"))  # left without an answer, they ask again
        assert sum(outcome.replayed for outcome in again) in (len(told), len(told) + 1)
        with sessions() as session:
            assert added(session, before) == wholly[-1]
    with sessions() as session:
        assert broken(session) == []


def test_the_control_a_record_issued_in_a_second_transaction_is_caught(doom, boundaries, wholly, sessions):
    caught = 0
    for point in points(boundaries)[::3]:
        with sessions() as session:
            before = picture(session)
        told, ended = doom(f"戊{point}", point, split=True)
        assert ended == -signal.SIGKILL
        with sessions() as session:
            caught += added(session, before) not in wholly[len(told) : len(told) + 2]
    assert caught
