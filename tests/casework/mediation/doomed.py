"""A server that takes a case from the application to its acceptance until it is killed. Nothing here is a test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

from app.database import open_database
from app.modules import load_tables, packages, plug_all
from tests.casework.desk.conftest import Desk
from tests.killed import Boundaries
from tests.served import make_ready, website
from union import passwords
from workflows.calendar_table import bundled_calendar
from workflows.definition import RecordKind
from workflows.encryption import Keyring, use
from workflows.form import Step
from workflows.module import registry
from workflows.tables import Subject

AFTER_OPENING = (
    ("seek_consent", {"way": "phone"}, "intake"),
    ("record_answer", {"answer": "agreed"}, "intake"),
    ("accept", {}, "head"),
)
STEPS = 1 + len(AFTER_OPENING)

load_tables()  # read once here, by the process all others are forked from
packages()
bundled_calendar()
configure_mappers()
plug_all()
make_ready()


@dataclass(frozen=True)
class Office:
    """Where the people of a station work, and the moment at which they act; each signs in by the account's name."""

    url: str
    master: bytes
    var: Path
    now: datetime


def work(office: Office, name: str, kill_at: int, split: bool, steps: int, told: Connection) -> None:
    """The whole life of the process: every answer is reported before the next step is asked for."""
    use(Keyring.from_master(office.master))
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    database = open_database(office.url, pool=2)
    boundaries = Boundaries(kill_at)
    with TestClient(website(database, lambda: office.now, office.var)) as browser:
        seats = {account: dict(Desk(browser).log_in(account).client.cookies) for account in ("intake", "head")}
        with boundaries.of(database):
            answers = islice(_steps(browser, seats, name), steps)
            for answer in _second_transactions(answers, database.sessions) if split else answers:
                told.send(answer)
        told.send(boundaries.passed)
    database.close()


def _steps(browser: TestClient[Any], seats: dict[str, dict[str, str]], name: str) -> Iterator[str]:
    """The application, the other side's consent and the acceptance with its numbered notice; each one request."""
    new = "/cases/mediation/new?trigger=register"
    case = _posted(browser, seats["intake"], new, _application(name), f"{name}:register")
    yield case
    for trigger, typed, account in AFTER_OPENING:
        yield _posted(browser, seats[account], f"{case}/transitions/{trigger}", typed, f"{name}:{trigger}")


def _posted(browser: TestClient[Any], seat: dict[str, str], path: str, typed: dict[str, str], key: str) -> str:
    """Where the answer leads; the page's own hidden fields are sent, but for a key that a repetition sends again."""
    browser.cookies.clear()
    browser.cookies.update(seat)
    shown = Desk(browser).form(path)
    shown.pop("_version", None)  # who asks again has not seen what became of the first time
    answer = browser.post(path, data={**shown, **typed, "_key": key}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _second_transactions(answers: Iterator[str], sessions: sessionmaker[Session]) -> Iterator[str]:
    """The fault that the checker must find: what a step issues is written in a second transaction."""
    left: list[tuple[Step, RecordKind]] = []
    issue, registry.issue = registry.issue, lambda step, kind: left.append((step, kind))
    assert issue is not None
    for answer in answers:
        with sessions.begin() as session:
            for step, kind in left:
                load = partial(session.get_one, Subject, step.subject_id)
                issue(replace(step, session=session, load=load), kind)
        left.clear()
        yield answer


def _application(name: str) -> dict[str, str]:
    """Each case is somebody else's: the same two parties again would have to be decided on as a repetition."""
    return {
        "applicants-0-name": f"王{name}",
        "respondents-0-kind": "organisation",
        "respondents-0-name": "北京远航物流有限公司",
        "claims-0-kind": "wages",
        "claims-0-title": "支付2026年1月工资",
        "claims-0-amount": "8000",
        "grounds": "公司拖欠2026年1月工资，多次催要未付。",
    }
