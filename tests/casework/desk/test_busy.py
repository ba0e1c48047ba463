"""Two people write the same rows: the one the database turns away is told to send again; what was typed stands on the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, text

from app.database import Database
from casework.desk.tables import Note
from tests.casework.desk.conftest import Desk

SAID = "申请人来电，愿意分两期支付，请调解员回电。"


@pytest.fixture
def impatient(database: Database, home: str) -> Iterator[None]:
    """The database turns away at once whom it would have let wait."""
    at_once = "SET LOCAL lock_timeout = 1" if database.dialect == "postgresql" else "PRAGMA busy_timeout = 0"

    def tell(connection: Connection) -> None:
        connection.exec_driver_sql(at_once)

    event.listen(database.engine, "begin", tell, insert=True)
    yield
    event.remove(database.engine, "begin", tell)
    database.close()  # the connections that were told


@contextmanager
def somebody_writing(database: Database) -> Iterator[None]:
    with database.sessions() as session:
        if database.dialect == "postgresql":
            session.execute(text("LOCK TABLE journal IN EXCLUSIVE MODE"))
        else:
            session.execute(text("SELECT 1"))  # SQLite lets one write at a time, whatever it writes
        yield
        session.rollback()


def written(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Note)) or 0


def test_who_is_turned_away_is_told_to_send_again_and_loses_no_word(
    desk: Desk, database: Database, home: str, impatient: None
) -> None:
    sent = {**desk.form(home), "text": SAID}
    with somebody_writing(database):
        answer = desk.client.post(f"{home}/notes", data=sent, follow_redirects=False)
    assert answer.status_code == 503
    assert "再提交一次" in answer.text
    assert SAID in answer.text
    assert written(database) == 0
    again = desk.client.post(f"{home}/notes", data=sent, follow_redirects=False)
    assert again.status_code == 303
    assert written(database) == 1


def test_any_other_fault_of_the_database_is_ours(desk: Desk, database: Database, home: str) -> None:
    """The negative control: only giving way is called so."""

    def fail(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO notes"):
            cursor.execute("SELECT nothing_of_this_name")

    sent = {**desk.form(home), "text": SAID}
    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        answer = desk.client.post(f"{home}/notes", data=sent, follow_redirects=False)
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)
    assert answer.status_code == 500
    assert "再提交一次" not in answer.text
    assert written(database) == 0
