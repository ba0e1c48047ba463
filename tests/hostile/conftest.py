"""The whole service on a transaction that is never committed, and one browser in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.database import Database
from tests.conftest import Clock
from tests.hostile.walk import Walk
from tests.scenarios.stage import Stage
from tests.served import website
from union import passwords


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    database: Database = request.getfixturevalue(request.param)
    with database.engine.connect() as connection:
        transaction = connection.begin()
        yield Stage(connection)
        transaction.rollback()


@pytest.fixture
def quick_hashes() -> Iterator[None]:
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    yield
    passwords.use(PasswordHash((Argon2Hasher(),)))


@pytest.fixture
def walk(stage: Stage, quick_hashes: None, clock: Clock, tmp_path: Path) -> Iterator[Walk]:
    database = Database(stage.connection.engine, stage.sessions, stage.sessions)
    with TestClient(website(database, clock, tmp_path), raise_server_exceptions=False) as client:
        yield Walk(stage.connection, client, clock)
