"""A batch of notices: its progress is known, it is stopped, killed and resumed, and no number is missing or twice."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from documents.issue import RENDER
from documents.printing import RENDERED, render_record
from documents.samples import SAMPLES
from documents.tables import Record
from tests.documents.test_rendering import lacking
from workflows import outbox
from workflows.tables import JournalEntry, OutboxMessage

NOTICES = 9


@pytest.fixture
def batch(desk, kept, fonts):
    """Notices promised one after the other, none of them made yet."""
    for _ in range(NOTICES):
        desk.act(desk.begin(), "accept")
    return desk


def progress(desk):
    with desk.sessions() as session:
        return outbox.progress(session, [RENDER], desk.clock.now - timedelta(hours=1))


def relay(desk, limit=1):
    return outbox.relay(desk.sessions, {RENDER: render_record}, desk.clock.now, limit=limit)


def made(desk):
    with desk.sessions() as session:
        return session.scalar(select(func.count()).where(Record.pdf_sha256.is_not(None)))


def test_a_batch_is_paused_and_goes_on_where_it_was(batch):
    relay(batch, limit=2)
    assert (progress(batch).done, progress(batch).left, progress(batch).total) == (2, NOTICES - 2, NOTICES)
    with batch.sessions.begin() as session:
        assert outbox.pause(session, [RENDER]) == NOTICES - 2
    assert relay(batch) == 0, "what is put aside stays aside"
    assert (progress(batch).paused, made(batch)) == (NOTICES - 2, 2)
    with batch.sessions.begin() as session:
        assert outbox.resume(session, [RENDER]) == NOTICES - 2
        assert outbox.resume(session, [RENDER]) == 0
    while relay(batch):
        pass
    assert (progress(batch).done, made(batch)) == (NOTICES, NOTICES)


def test_a_batch_whose_worker_is_killed_goes_on_without_a_gap_or_a_double(batch, database, kept):
    url = database.engine.url.render_as_string(hide_password=False)
    given = [sys.executable, "-m", "tests.documents.killed_batch", url, str(kept.root), batch.clock.now.isoformat()]
    with subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        for _ in range(3):
            print(file=worker.stdin, flush=True)
            assert worker.stdout.readline() == "made\n"
        print(file=worker.stdin, flush=True)  # the fourth is under way, or already made, when it is killed
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
    before = made(batch)
    assert before in (3, 4), "killed in the middle"
    batch.clock.move(minutes=5)  # until the lease of the dead worker has run out
    while relay(batch):
        pass
    with batch.sessions() as session:
        serials = session.scalars(select(Record.serial).order_by(Record.serial)).all()
        files = session.scalars(select(Record.pdf_sha256)).all()
        written = session.scalars(select(JournalEntry.subject_id).where(JournalEntry.trigger == RENDERED)).all()
    assert serials == list(range(1, NOTICES + 1))
    assert None not in files
    assert len(set(files)) == NOTICES
    assert len(written) == len(set(written)) == NOTICES
    assert (progress(batch).done, progress(batch).left) == (NOTICES, 0)


@pytest.fixture
def one_fails(desk, kept, fonts, monkeypatch, tmp_path):
    """The fifth notice bears a character that the fonts of the day do not draw."""
    monkeypatch.setenv("CASEWORK_VAR", str(lacking("犇", fonts, tmp_path)))
    whole = SAMPLES["acceptance_notice"]
    for place in range(1, NOTICES + 1):
        monkeypatch.setitem(SAMPLES, "acceptance_notice", whole | ({"contact": "李犇"} if place == 5 else {}))
        desk.act(desk.begin(), "accept")
    return desk


def test_one_record_that_fails_holds_nobody_up_keeps_its_number_and_is_made_when_its_cause_is_gone(
    one_fails, kept, monkeypatch
):
    desk = one_fails
    while relay(desk):
        pass
    assert (made(desk), progress(desk).done, progress(desk).left) == (NOTICES - 1, NOTICES - 1, 1)
    for _ in range(outbox.ATTEMPTS):
        desk.clock.move(minutes=30)
        relay(desk)
    assert (progress(desk).stopped, made(desk)) == (1, NOTICES - 1)
    with desk.sessions() as session:
        stopped = session.scalars(select(OutboxMessage).where(OutboxMessage.status == "stopped")).one()
        failed = session.get(Record, stopped.subject_id)
        assert (failed.serial, failed.pdf_sha256, stopped.attempts) == (5, None, outbox.ATTEMPTS)
        assert "犇（U+7287）" in stopped.problem
        assert session.scalars(select(Record.serial).order_by(Record.serial)).all() == list(range(1, NOTICES + 1))
    monkeypatch.delenv("CASEWORK_VAR")
    with desk.sessions.begin() as session:
        outbox.retry(session, stopped.id, desk.clock.now)
    relay(desk)
    with desk.sessions() as session:
        again = session.get(Record, failed.id)
        assert (again.number, again.serial) == (failed.number, 5)
        assert kept.get(again.pdf_sha256)[:5] == b"%PDF-"
    assert (progress(desk).stopped, made(desk)) == (0, NOTICES)
