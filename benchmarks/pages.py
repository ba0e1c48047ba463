"""What the pages people open all day cost on a district with very many cases: server time and time spent in SQL.

    .venv/bin/python -m benchmarks.pages [CASES] [ROUNDS]

Makes a PostgreSQL database of its own (CASEWORK_TEST_POSTGRESQL says where), fills it by COPY (tests/bulk.py; a million
cases are two million subjects, four million journal entries and some sixty million search pieces), asks every page of the
real application as three people in turn, and drops it. Goals: server p95 under 120 ms, SQL p95 under 20 ms.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from litestar.testing import TestClient
from sqlalchemy import event

from app.database import Database, open_database
from app.modules import plug_all
from app.schema import create
from app.server import make_app, spare_what_lives_on
from app.service import Service
from app.settings import Settings
from tests import bulk
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock, new_postgresql
from workflows.encryption import Keyring, use

KEY = b"a key for benchmarks, 32 bytes.."
PAGES = {
    "queue, own cases": "/todo?view=mine",
    "queue, of the role": "/todo?view=role",
    "queue, waiting": "/todo?view=waiting",
    "queue, a name": "/todo?view=role&q=李伟",
    "list by due date": "/cases/mediation",
    "list, newest": "/cases/mediation?sort=new",
    "list, one state": "/cases/mediation?st=in_mediation",
    "list, archived": "/cases/mediation?st=archived",
    "list, nobody's": "/cases/mediation?who=nobody",
    "search, two characters": "/cases/mediation?q=李伟",
    "search, three": "/cases/mediation?q=王秀英",
    "search, no hit": "/cases/mediation?q=欧阳修文",
    "search, part of a number": "/cases/mediation?q=9038",
    "search, phone tail": "/cases/mediation?q=0389",
    "search, initials": "/cases/mediation?q=wxy",
    "search, very common": "/cases/mediation?q=北京",
    "palette": "/palette?q=李伟",
    "case page": "",
}
PEOPLE = {"mediator-0-0": "mediator", "head": "head of a station", "leader": "leader of the district"}


@dataclass
class Measured:
    """Every answer of one page: seconds of the server, seconds in SQL, statements."""

    server: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    statements: int = 0


def main(cases: int = 100_000, rounds: int = 40) -> None:
    plug_all()
    use(Keyring.from_master(KEY))
    clock = Clock(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with new_postgresql() as url, TemporaryDirectory() as folder:
        database = open_database(url.render_as_string(hide_password=False))
        create(database.engine)
        begun = time.perf_counter()
        bulk.populate(database, clock, cases)
        print(f"{cases:,} cases loaded in {time.perf_counter() - begun:.0f} s")
        measure(database, clock, rounds, Path(folder))
        database.close()


def measure(database: Database, clock: Clock, rounds: int, var: Path) -> None:
    settings = Settings(mode="embedded", demo=False, var=var, database_url="", master_key=KEY)
    app = make_app(Service(settings, database, clock))
    app.on_shutdown = []
    spare_what_lives_on()
    meter = _meter(database)
    with TestClient(app) as client:
        desk = Desk(client).log_in("head")
        case = register(desk)
        print(f"{rounds} rounds, load average {os.getloadavg()[0]:.1f}; p95 in ms (median)")
        print(f"{'':16}{'':28}{'server':>16}{'SQL':>16}{'statements':>12}")
        for account, person in PEOPLE.items():
            desk.log_in(account)
            for name, path in PAGES.items():
                if path or account != "mediator-0-0":  # the case is of another station's intake, not yet the mediator's
                    _print(person, name, _asked(lambda to=path or case: desk.get(to), rounds, meter))


def _asked(ask: Callable[[], Any], rounds: int, meter: list[float]) -> Measured:
    for _ in range(3):  # warms caches and plans: said twice, a statement is prepared
        ask()
    found = Measured()
    for _ in range(rounds):
        meter.clear()
        begun = time.perf_counter()
        answer = ask()
        found.server.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.status_code
        found.sql.append(sum(meter))
        found.statements = len(meter)
    return found


def _meter(database: Database) -> list[float]:
    """Seconds of every statement since it was last cleared, from sending it to having its first rows."""
    spent: list[float] = []

    def before(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        connection.info["begun"] = time.perf_counter()

    def after(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        spent.append(time.perf_counter() - connection.info["begun"])

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    return spent


def _print(person: str, name: str, found: Measured) -> None:
    def of(figures: list[float]) -> str:
        ordered = sorted(figures)
        return f"{1000 * ordered[int(len(ordered) * 0.95)]:.0f} ({1000 * ordered[len(ordered) // 2]:.0f})"

    print(f"{person:24}{name:26}{of(found.server):>14}{of(found.sql):>14}{found.statements:>10}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
