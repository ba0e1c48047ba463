"""Every mediation test has a station with its people."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update

from app.database import Database
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.casework.mediation.world import World, build
from tests.served import website
from union import passwords
from union.people import Staff
from workflows.calendar_table import fill


@pytest.fixture
def world(sessions, clock) -> World:
    return build(sessions, clock)


@pytest.fixture
def desk(database: Database, world: World, clock: Any, tmp_path: Any) -> Iterator[Desk]:
    """The same station through HTTP."""
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    with database.sessions.begin() as session:
        fill(session, clock.now)
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))
    with TestClient(website(database, clock, tmp_path)) as client:
        yield Desk(client)
    passwords.use(PasswordHash((Argon2Hasher(),)))
