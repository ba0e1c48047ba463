"""The pages people open all day, on a district with thousands of cases: few statements each, and none that reads a table through.

A page is registered here once, with the most statements it may take. What counts as a large table is read from the
statistics of the database: reading a small one through is what a good plan does.
"""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import psycopg
import pytest
from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection, event, select, text

from app.database import Database, open_database
from app.schema import create
from tests import bulk
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.conftest import Clock, new_postgresql
from tests.served import website
from union import passwords
from workflows.reading import IN_ANY_ORDER, IN_ORDER, PLAN_KEPT, PLANNED_ANEW, in_order, one_plan_for_all
from workflows.tables import Subject, new_id

CASES = 6_000
LARGE = 2_000  # rows
MOST_ROWS = 1_500  # a list may touch: 50 shown, along a few ways, each looked up in a few tables
CASE = "a case"

PAGES: dict[str, int] = {  # address -> the most statements it may take, asking who is there included
    "/todo?view=mine": 12,
    "/todo?view=role": 12,
    "/todo?view=waiting": 12,
    "/todo?view=role&due=three": 12,
    "/todo?view=role&q=李伟": 13,
    "/cases/mediation": 6,
    "/cases/mediation?sort=new": 5,
    "/cases/mediation?st=in_mediation": 6,
    "/cases/mediation?st=archived": 6,
    "/cases/mediation?st=archived&sort=new": 5,
    "/cases/mediation?who=nobody": 6,
    "/cases/mediation?q=李伟": 6,
    "/cases/mediation?q=欧阳修文": 6,
    "/cases/mediation?q=0389": 6,
    "/cases/mediation?q=13800000389": 6,
    "/cases/mediation?q=wxy": 6,
    "/palette?q=李伟": 9,
    "/palette?q=13800000389": 9,
    CASE: 34,
    "/figures": 80,
    "/calendar": 20,
    "/messages": 10,
}
READ_BY_OTHERS = ("/figures",)  # counts a year over whole tables; it has figures of its own to keep to
WHO = ("mediator-0-0", "head", "leader")
WHO_ELSE = {CASE: ("head",), "/figures": ("head", "leader")}  # a mediator has neither that case nor the figures


@dataclass
class Busy:
    """A logged-in desk in a district with many cases."""

    database: Database
    desk: Desk
    district: bulk.District
    case: str

    def address(self, page: str) -> str:
        return self.case if page == CASE else page


@dataclass(frozen=True)
class Asked:
    """A statement that was sent, whether PostgreSQL keeps its plan for whoever asks, and whether it goes along an index."""

    statement: str
    parameters: Any
    plan_kept: bool = False
    in_order: bool = False


@pytest.fixture(scope="module")
def busy(modules: None, keyring: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    clock = Clock(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    with new_postgresql() as url:
        database = open_database(url.render_as_string(hide_password=False), pool=4)
        create(database.engine)
        district = bulk.populate(database, clock, CASES)
        with TestClient(website(database, clock, tmp_path_factory.mktemp("busy"))) as client:
            desk = Desk(client).log_in("head")
            case = register(desk)
            yield Busy(database, desk, district, case)
        database.close()
    passwords.use(PasswordHash((Argon2Hasher(),)))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_no_more_statements_than_it_is_registered_with(busy: Busy, page: str):
    assert bulk.PASSWORD == PASSWORD
    for account in WHO_ELSE.get(page, WHO):
        busy.desk.log_in(account)
        with _statements(busy.database) as taken:
            assert busy.desk.get(busy.address(page)).status_code == 200
        assert len(taken) <= PAGES[page], (account, len(taken))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in READ_BY_OTHERS])
def test_no_query_of_a_page_reads_a_large_table_through(busy: Busy, page: str):
    for account in WHO_ELSE.get(page, WHO):
        busy.desk.log_in(account)
        with _statements(busy.database) as taken:
            assert busy.desk.get(busy.address(page)).status_code == 200
        for asked in taken:
            assert _read_through(busy.database, asked) == set(), (account, asked.statement)


def test_a_query_that_no_index_serves_is_found(busy: Busy):
    """The negative control: the very same reading of plans, on a column without an index."""
    unserved = select(Subject.id).where(Subject.title == "王小明与北京某公司")
    with _statements(busy.database) as taken, busy.database.reading() as session:
        session.execute(unserved)
    assert _read_through(busy.database, taken[-1]) == {"subjects"}
    assert _read_through(busy.database, replace(taken[-1], plan_kept=True)) == {"subjects"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("/cases/mediation") and "q=" not in page])
def test_a_list_reads_little_more_than_it_shows(busy: Busy, page: str):
    for account in WHO:
        busy.desk.log_in(account)
        with _statements(busy.database) as taken:
            assert busy.desk.get(page).status_code == 200
        for asked in taken:
            assert _rows_read(busy.database, asked) < MOST_ROWS, (account, asked.statement)


def test_a_list_that_gathers_everything_before_it_sorts_is_found(busy: Busy):
    """The negative control: an order that no index has."""
    gathered = select(Subject.id).where(Subject.state == "archived").order_by(Subject.title).limit(50)
    with _statements(busy.database) as taken, busy.database.reading() as session:
        session.execute(gathered)
    assert _rows_read(busy.database, taken[-1]) > MOST_ROWS


def test_a_reader_s_statements_are_planned_for_the_values_given(busy: Busy):
    asked = text("SELECT current_setting('plan_cache_mode')")
    with busy.database.reading() as reading, busy.database.sessions() as writing:
        assert reading.scalar(asked) == "force_custom_plan"
        with one_plan_for_all(reading):
            with one_plan_for_all(reading):
                pass
            assert reading.scalar(asked) == "force_generic_plan"
        assert reading.scalar(asked) == "force_custom_plan"
        assert writing.scalar(asked) == "auto"


def test_only_a_list_along_a_whole_tree_of_offices_does_without_bitmaps(busy: Busy):
    asked = text("SELECT current_setting('enable_bitmapscan')")
    with busy.database.reading() as reading:
        with in_order(reading):
            assert reading.scalar(asked) == "off"
        assert reading.scalar(asked) == "on"
    so = {}
    for account in WHO:
        busy.desk.log_in(account)
        with _statements(busy.database) as taken:
            busy.desk.get("/cases/mediation?who=nobody")
        so[account] = any(asked.in_order for asked in taken)
    assert so == {"mediator-0-0": False, "head": False, "leader": True}


def test_the_queue_keeps_its_plans_but_for_rows_along_a_whole_tree_of_offices(busy: Busy):
    counts, rows = {}, {}
    for account in WHO:
        busy.desk.log_in(account)
        with _statements(busy.database) as taken:
            busy.desk.get("/todo?view=role")
        counts[account] = [asked.plan_kept for asked in taken if "SELECT count(*)" in asked.statement]
        rows[account] = {asked.plan_kept for asked in taken if "search_texts.summary" in asked.statement}
    assert counts == {account: [True] for account in WHO}
    assert rows == {"mediator-0-0": {True}, "head": {True}, "leader": {False}}


def test_no_request_rolls_back_as_its_connection_would_forget_its_prepared_statements(busy: Busy):
    rolled_back: list[Any] = []
    event.listen(busy.database.engine, "rollback", rolled_back.append)
    busy.desk.log_in("head")
    busy.desk.get("/todo?view=mine")
    assert rolled_back == []
    busy.desk.post(
        "/todo/next", {"subject": str(new_id()), "reason": "other"}
    )  # the control: what is refused does roll back
    assert rolled_back


def test_the_queue_on_many_cases_shows_what_is_due_first(busy: Busy):
    busy.desk.log_in("leader")
    page = busy.desk.get("/todo?view=role").text
    assert page.index("已超期") < page.index("三天内到期") < page.index("之后")


def test_what_is_opened_beside_the_second_page_of_a_list_leads_back_to_that_page(busy: Busy):
    busy.desk.log_in("leader")
    following = re.search(r'href="([^"]+)" rel="next"', busy.desk.get("/cases/mediation?st=archived").text)
    assert following
    second = html.unescape(following[1])
    beside = re.search(r'data-beside="/todo/glance/[^"?]+\?from=([^"]+)"', busy.desk.get(second).text)
    assert beside
    assert unquote_plus(html.unescape(beside[1])).startswith(f"{second}#r-".replace("%3A", ":"))


@contextmanager
def _statements(database: Database) -> Iterator[list[Asked]]:
    """Every statement sent meanwhile, with its parameters and how it was planned."""
    taken: list[Asked] = []
    how = {PLAN_KEPT: False, IN_ORDER: False}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE")):
            taken.append(Asked(statement, parameters, *how.values()))
        for begins, ends in ((PLAN_KEPT, PLANNED_ANEW), (IN_ORDER, IN_ANY_ORDER)):
            how[begins] = statement == begins or (how[begins] and statement != ends)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield taken
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _read_through(database: Database, asked: Asked) -> set[str]:
    """The large tables that the plan of a query reads from end to end."""
    if not asked.statement.lstrip().upper().startswith("SELECT"):
        return set()
    with database.engine.connect() as connection:
        plan = _plan(connection, "FORMAT JSON", asked)
        large = set(
            connection.execute(text("SELECT relname FROM pg_class WHERE reltuples >= :n"), {"n": LARGE}).scalars()
        )
    return set(_scanned(plan)) & large


def _rows_read(database: Database, asked: Asked) -> int:
    """How many rows of the large tables a query touches, those it throws away included."""
    if not asked.statement.lstrip().upper().startswith("SELECT"):
        return 0
    with database.engine.connect() as connection:
        return sum(_touched(_plan(connection, "ANALYZE, FORMAT JSON", asked)))


def _plan(connection: Connection, how: str, asked: Asked) -> dict[str, Any]:
    """The plan of a statement as the page had it: for its values, or the one that is kept for all."""
    if asked.in_order:
        connection.exec_driver_sql(IN_ORDER)
    if not asked.plan_kept:
        return connection.exec_driver_sql(f"EXPLAIN ({how}) {asked.statement}", asked.parameters).scalar_one()[0][
            "Plan"
        ]
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", asked.statement)))
    places = {name: f"${number}" for number, name in enumerate(names, 1)}
    prepared = re.sub(r"%\((\w+)\)s", lambda found: places[found[1]], asked.statement).replace("%%", "%")
    values = ", ".join(f"%({name})s" for name in names)
    cursor = psycopg.ClientCursor(connection.connection.driver_connection)
    cursor.execute(PLAN_KEPT)
    cursor.execute("PREPARE kept AS " + prepared)
    cursor.execute(f"EXPLAIN ({how}) EXECUTE kept" + (f"({values})" if names else ""), asked.parameters)
    plan = cursor.fetchone()[0][0]["Plan"]
    cursor.execute("DEALLOCATE kept")
    return plan


def _touched(node: dict[str, Any]) -> Iterator[int]:
    if node.get("Relation Name") in ("subjects", "assignments", "journal"):
        thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        yield (node["Actual Rows"] + thrown) * node["Actual Loops"]
    for inner in node.get("Plans", ()):
        yield from _touched(inner)


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] in ("Seq Scan", "Parallel Seq Scan"):
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from _scanned(inner)
