"""A real case on a server killed with SIGKILL: state, journal, numbers, clocks, records and promises stand or fall together."""

import random
import re
import signal
from collections import Counter as Tally

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, literal, select, union_all, update

from app.modules import load_tables
from casework.desk.tables import SearchTerm
from casework.mediation.tables import MediationCase
from documents.tables import Record
from tests.casework.desk.conftest import PASSWORD
from tests.casework.mediation import doomed
from tests.killed import life
from union import passwords
from union.audit import SERIES, AuditEntry
from union.organisations import Organisation
from union.people import Staff
from workflows.journal import verify
from workflows.tables import Counter, OutboxMessage, Subject, Timer

MASTER = b"a key for tests only, 32 bytes.."
KILLS = 20
BESIDE_THE_STEP = {
    "search_terms",
    "web_sessions",
    "audit_log",
    "log_in_delays",
    "drafts",
}  # of letters, and of logging in
NUMBER = re.compile(r"京朝工(?P<type>调登|调)字〔(?P<year>\d{4})〕第(?P<serial>\d+)号")


@pytest.fixture
def office(world, clock, database, tmp_path):
    """The station's people, with a password each."""
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    with database.sessions.begin() as session:
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))
    passwords.use(PasswordHash((Argon2Hasher(),)))
    return doomed.Office(database.engine.url.render_as_string(hide_password=False), MASTER, tmp_path, clock.now)


@pytest.fixture
def serve(office):
    """Let a server take one case through its steps and kill it at the given boundary (0: never)."""

    def serve(name, kill_at=0, split=False, steps=doomed.STEPS):
        return life(doomed.work, office, name, kill_at, split, steps)

    return serve


def picture(session):
    """How much of everything there is: rows of each table, states, clocks, records, promises, numbers taken."""
    tables = [table for table in load_tables().metadata.sorted_tables if table.name not in BESIDE_THE_STEP]
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
    seen["numbers taken"] = session.scalar(select(func.sum(Counter.last)).where(Counter.series != SERIES))
    return seen


def added(session, before):
    now = picture(session)
    return {what: now[what] - before[what] for what in now | before if now[what] != before[what]}


def broken(session):
    """What no moment between two transactions may show: a chain that does not verify, a number taken and not borne."""
    faults = [str(fault) for fault in verify(session)]
    borne = {SERIES: list(session.scalars(select(AuditEntry.seq)))}
    for series, serial in session.execute(select(Record.series, Record.serial).where(Record.series.is_not(None))):
        borne.setdefault(series, []).append(serial)
    codes = dict(session.execute(select(Organisation.id, Organisation.code)).all())
    for case in session.scalars(select(MediationCase)):
        for number in filter(None, (case.registration_number, case.case_number)):
            found = NUMBER.fullmatch(number)
            series = ":".join(filter(None, (found["type"], found["year"], codes[case.organisation_id])))
            borne.setdefault(series, []).append(int(found["serial"]))
    for series, last in session.execute(select(Counter.series, Counter.last)):
        if sorted(borne.pop(series, [])) != list(range(1, last + 1)):
            faults.append(f"{series} does not run from 1 to {last}")
    return faults + [f"{series} was never counted" for series in borne]


@pytest.fixture
def wholly(sessions, serve):
    """What there is more after no step, after the first, after the second …: one case in peace.

    The very first case begins the series of numbers, so those that follow are looked at.
    """
    serve("甲")
    pictures = []
    for steps in range(doomed.STEPS + 1):
        with sessions() as session:
            before = picture(session)
        serve(f"乙{'一二三四五'[steps]}", steps=steps)
        with sessions() as session:
            pictures.append(added(session, before))
    kinds = {what[:2] for what in pictures[-1] if isinstance(what, tuple)}
    assert {("record", "acceptance_notice"), ("clock", "mediation_term"), ("promise", "documents.render")} <= kinds
    return pictures


@pytest.fixture
def boundaries(serve, wholly):
    *steps, passed = serve("丙")[0]
    assert len(steps) == doomed.STEPS
    return passed


def points(boundaries):
    return sorted(random.Random(20261122).sample(range(1, boundaries + 1), KILLS))


def test_a_case_killed_anywhere_has_each_step_wholly_or_not_at_all(serve, boundaries, wholly, sessions):
    for point in points(boundaries):
        with sessions() as session:
            before = picture(session)
        told, ended = serve(f"丁{point}", point)
        assert ended == -signal.SIGKILL
        with sessions() as session:
            assert added(session, before) in wholly[len(told) : len(told) + 2]
            assert broken(session) == []
        again, _ = serve(f"丁{point}")  # left without an answer, they ask again
        assert again[: len(told)] == told
        with sessions() as session:
            assert added(session, before) == wholly[-1]
    with sessions() as session:
        assert broken(session) == []


def test_the_control_a_record_issued_in_a_second_transaction_is_caught(serve, boundaries, wholly, sessions):
    caught = 0
    for point in points(boundaries)[::3]:
        with sessions() as session:
            before = picture(session)
        told, ended = serve(f"戊{point}", point, split=True)
        assert ended == -signal.SIGKILL
        with sessions() as session:
            caught += added(session, before) not in wholly[len(told) : len(told) + 2]
    assert caught
