"""What every test stands on: both databases, the keyring, a clock that only the test moves."""

import gc
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.database import Database, open_database
from app.modules import load_tables, plug_all
from app.schema import append_only_tables, create
from tests import toy as toy_module
from workflows.encryption import Keyring, use
from workflows.module import registry
from workflows.tables import legal_date

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
POSTGRESQL = os.environ.get("CASEWORK_TEST_POSTGRESQL", "postgresql+psycopg:///postgres")
DATABASE_NAME = os.environ.get("CASEWORK_TEST_DATABASE", "casework_test")
NO_SKIPS = "CASEWORK_TEST_NO_SKIPS" in os.environ
TESTS = Path(__file__).parent
LONGEST = (  # half a minute to ten each: begun last, one of them keeps a processor busy while the other has nothing left
    "app/test_demo.py",
    "browser/test_pages.py",
    "hostile/test_steps_walked.py",
    "hostile/test_forms_walked.py",
    "documents/test_bit_flips.py",
    "browser/test_walk.py",
    "browser/test_administration.py",
    "casework/mediation/test_kill.py",
    "documents/test_conformance.py",
    "browser/test_meeting.py",
    "browser/test_keyboard_walk.py",
    "hostile/test_records_walked.py",
    "workflows/test_kill.py",
    "scenarios/test_scenarios.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; all others stay in the order they were drawn in."""
    place = {TESTS / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """What was imported stays to the end: no search for garbage need go through it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _no_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _no_skips((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was skipped and why, each reason once."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")


def _no_skips(report: Report) -> Report:
    """Where every service is promised, a skipped test is a failed one."""
    if NO_SKIPS and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


class Clock:
    """An instant that stands still until the test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    @property
    def today(self) -> date:
        return legal_date(self.now)

    def move(self, days: int = 0, hours: int = 0, minutes: int = 0) -> datetime:
        self.now += timedelta(days=days, hours=hours, minutes=minutes)
        return self.now

    def set(self, year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
        """Move to the given wall time in Asia/Shanghai."""
        self.now = datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))  # a Monday, 10:00 in Beijing


@pytest.fixture(scope="session", autouse=True)
def keyring() -> Keyring:
    ring = Keyring.from_master(b"a key for tests only, 32 bytes..")
    use(ring)
    return ring


@pytest.fixture(scope="session", autouse=True)
def modules() -> None:
    plug_all()


@pytest.fixture
def toy(modules: None) -> Iterator[None]:
    """The module that is not a case, plugged in for one test."""
    registry.plug(toy_module.module)
    yield
    registry.unplug(toy_module.module.name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database with every table and trigger; each test of behaviour runs on both kinds."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def sqlite(_sqlite: Database, _sqlite_original: Path) -> Iterator[Database]:
    _restore(_sqlite, _sqlite_original)
    yield _sqlite
    _sqlite.close()


@pytest.fixture
def postgresql(_postgresql: Database) -> Iterator[Database]:
    yield _postgresql
    _empty(_postgresql)


@pytest.fixture
def sessions(database: Database) -> sessionmaker[Session]:
    return database.sessions


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture(scope="session")
def _sqlite_original(tmp_path_factory: pytest.TempPathFactory, modules: None) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "original.db"
    database = open_database(f"sqlite:///{file}")
    create(database.engine)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    return file


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One engine for all tests, each on a file of its own: what SQLAlchemy has compiled once serves them all."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'casework.db'}")
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield database
    database.close()


def _restore(database: Database, original: Path) -> None:
    """Put an empty database in the place of the last test's, whose connections, if any are left, keep the old file."""
    database.close()
    file = Path(database.engine.url.database or "")
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    shutil.copyfile(original, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)


@pytest.fixture(scope="session")
def _postgresql(modules: None) -> Iterator[Database]:
    with new_postgresql() as url:
        database = open_database(url.render_as_string(hide_password=False), pool=8)
        create(database.engine)
        yield database
        database.close()


class new_postgresql:
    """A PostgreSQL database of our own, dropped at the end; skips, with the reason, where there is no server."""

    def __init__(self) -> None:
        self.name = f"{DATABASE_NAME}_{uuid.uuid4().hex[:12]}"
        self.server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")

    def __enter__(self) -> URL:
        try:
            self._run(f"CREATE DATABASE {self.name}")
        except OperationalError as error:
            pytest.skip(f"PostgreSQL is out of reach ({str(error.orig).splitlines()[0]}); set CASEWORK_TEST_POSTGRESQL")
        self._run(f"ALTER DATABASE {self.name} SET synchronous_commit = off")
        return make_url(POSTGRESQL).set(database=self.name)

    def __exit__(self, *_: object) -> None:
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.server.dispose()

    def _run(self, statement: str) -> None:
        with self.server.connect() as connection:
            connection.execute(text(statement))


def _empty(database: Database) -> None:
    """Delete every row; the journal's triggers stand aside inside this one transaction."""
    protected = append_only_tables()
    statements = ["SET LOCAL lock_timeout = '10s'"]
    statements += [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in protected]
    statements += [f"DELETE FROM {table.name}" for table in reversed(load_tables().metadata.sorted_tables)]
    statements += [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in protected]
    with database.engine.begin() as connection:
        connection.exec_driver_sql(";".join(statements))
