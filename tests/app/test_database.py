"""One request, one transaction: committed before its answer leaves, or an error page; a GET cannot write."""

import pytest
from litestar import Litestar, Response, get, post
from litestar.testing import TestClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.database import Database, Transactions
from workflows.tables import Counter


@pytest.fixture
def client(database: Database):
    @post("/count/{series:str}", sync_to_thread=True)
    def count(session: Session, series: str, status: int = 201) -> Response[str]:
        session.add(Counter(series=series, last=1))
        session.flush()
        return Response("counted", status_code=status)

    @post("/fail/{series:str}", sync_to_thread=True)
    def fail(session: Session, series: str) -> str:
        session.add(Counter(series=series, last=1))
        session.flush()
        raise RuntimeError

    @post("/orphan/{series:str}", sync_to_thread=True)
    def break_a_rule_checked_at_commit(session: Session, series: str) -> str:
        session.add(Counter(series=series, last=1))
        session.execute(text("INSERT INTO child VALUES (1)"))
        return "done"

    @post("/keep/{series:str}", sync_to_thread=True)
    def keep_what_was_committed(session: Session, series: str) -> Response[str]:
        session.add(Counter(series=series, last=1))
        session.commit()
        session.add(Counter(series=f"{series}, but not this", last=1))
        session.flush()
        return Response("refused", status_code=422)

    @get("/count/{series:str}", sync_to_thread=True)
    def write_while_reading(session: Session, series: str) -> str:
        session.add(Counter(series=series, last=1))
        session.flush()
        return "written"

    app = Litestar(
        [count, fail, break_a_rule_checked_at_commit, keep_what_was_committed, write_while_reading],
        plugins=[Transactions()],
    )
    app.state.database = database
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def stored(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Counter.series)))


def test_what_a_handler_did_is_committed_when_the_answer_arrives(client, database):
    assert client.post("/count/a").status_code == 201
    assert stored(database) == ["a"]


def test_a_failed_commit_is_an_error_page_and_never_a_success(client, database):
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE parent (id int PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"))
    try:
        assert client.post("/orphan/a").status_code == 500
        assert stored(database) == []
        assert client.post("/count/b").status_code == 201
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("DROP TABLE child"))
            connection.execute(text("DROP TABLE parent"))


@pytest.mark.parametrize("path", ["/fail/a", "/count/a?status=409", "/count/a?status=422"])
def test_an_answer_that_refuses_leaves_nothing_behind(client, database, path):
    assert client.post(path).status_code >= 400
    assert stored(database) == []


def test_a_get_cannot_write(client, database):
    assert client.get("/count/a").status_code == 500
    assert stored(database) == []


def test_a_connection_that_read_can_write_again(database):
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    with database.sessions.begin() as session:
        session.add(Counter(series="a", last=1))
    with database.reading() as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM counters"))
    assert stored(database) == ["a"]


def test_a_refusing_handler_keeps_only_what_it_committed_itself(client, database):
    assert client.post("/keep/a").status_code == 422
    assert stored(database) == ["a"]
