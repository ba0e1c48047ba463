"""A batch of acceptance notices: issued, stopped, killed and gone on with, on an installation of its own.

    .venv/bin/python -m benchmarks.batch [NOTICES]

Each acceptance is a step of its own case (a number taken, the content frozen); the files are then made by
``casework records work`` as one worker. It is paused after a third and killed after two thirds; when the lease of the killed
one has run out, the rest is made. At the end no number is missing or twice, and every record has one file of its own.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from sqlalchemy import delete, func, select

from app.schema import migrate
from app.service import Service, open_service
from app.settings import load
from casework.mediation.forms import registration
from documents.printing import RENDERED
from documents.tables import Record
from tests.casework.mediation.world import FIRM, World, application, build
from tests.conftest import Clock
from workflows.calendar_table import fill
from workflows.outbox import LEASE
from workflows.tables import OUTBOX, JournalEntry

WORK = [sys.executable, "-m", "app.cli", "records"]


def main(notices: int = 500) -> None:
    print(f"{notices} notices; load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with TemporaryDirectory() as var:
        environment = {**os.environ, "CASEWORK_VAR": var, "CASEWORK_MODE": "embedded"}
        os.environ |= environment
        service = open_service(load(environment), migrated=False)
        migrate(service.database)
        world, cases = _waiting(service, notices)
        with _timed("issued, one after the other", notices):
            for case in cases:
                world.act(case, "accept", registration.Accept(), "head")
        _made(environment, notices)
        _judge(service, notices)
        service.close()


def _waiting(service: Service, notices: int) -> tuple[World, list]:  # type: ignore[type-arg]
    """Cases whose parties have agreed; what their own papers promised is not this batch's."""
    clock = Clock(datetime.now(UTC))
    with service.database.sessions.begin() as session:
        fill(session, clock.now)
    world = build(service.database.sessions, clock)
    cases = [_agreed(world, number) for number in range(notices)]
    with service.database.sessions.begin() as session:
        session.execute(delete(OUTBOX))
    return world, cases


def _agreed(world: World, number: int):  # type: ignore[no-untyped-def]
    worker = registration.PartyIn(name=f"申请人第{number + 1}号")
    case = world.open(form=application(applicants=[worker], respondents=[FIRM]))
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    world.act(case, "record_answer", registration.RecordAnswer(answer="agreed"), "intake")
    return case


def _made(environment: dict[str, str], notices: int) -> None:
    with _timed("files made by one worker", notices, children=True):
        _until(environment, notices // 3, lambda child: _ask(environment, "pause"))
        print(_ask(environment, "resume"))
        _until(environment, notices // 3, lambda child: child.kill())  # each worker counts from its own start
        _until(environment, notices, lambda child: None)
    print(f"waiting {LEASE.seconds} s for the lease of the killed worker")
    time.sleep(LEASE.seconds)
    print(_ask(environment, "work"))


def _until(environment: dict[str, str], done: int, stop) -> None:  # type: ignore[no-untyped-def]
    """Let a worker run until it says that so many are done, then stop it."""
    with subprocess.Popen([*WORK, "work"], env=environment, stdout=subprocess.PIPE, text=True) as child:
        said, asked = "", False
        for said in child.stdout or ():
            if not asked and int(said.removeprefix("已完成 ").split(" ")[0]) >= done:
                stop(child)
                asked = True
    print(f"  {said.strip()}")


def _ask(environment: dict[str, str], what: str) -> str:
    asked = subprocess.run([*WORK, what], env=environment, capture_output=True, text=True, check=True)
    return f"  {asked.stdout.strip().splitlines()[-1]}"


@contextmanager
def _timed(what: str, count: int, *, children: bool = False) -> Iterator[None]:
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    wall, before = time.monotonic(), resource.getrusage(who)
    yield
    after, seconds = resource.getrusage(who), time.monotonic() - wall
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what}: {seconds:.0f} s, {count / seconds * 60:.0f} a minute; CPU {cpu / count * 1000:.0f} ms each")


def _judge(service: Service, notices: int) -> None:
    with service.database.reading() as session:
        of_batch = select(Record).where(Record.kind_id == "acceptance_notice").order_by(Record.serial)
        records = session.scalars(of_batch).all()
        written = select(func.count()).where(
            JournalEntry.trigger == RENDERED, JournalEntry.subject_id.in_([record.id for record in records])
        )
        entries = session.scalar(written)
    serials, files = [record.serial for record in records], {record.pdf_sha256 for record in records}
    assert serials == list(range(1, notices + 1)), "a gap or a double among the numbers"
    assert None not in files, "a record without its file"
    assert len(files) == entries == notices, "a file made twice"
    print(f"{notices} numbers without a gap or a double, {len(files)} files, {entries} entries in the journal")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
