"""The whole service, a station with its people, and a party with a telephone in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update

from app.database import Database
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.casework.desk.party.telephone import Phone, Telephones
from tests.casework.mediation.world import World, build
from tests.conftest import Clock
from tests.served import website
from union import passwords
from union.people import Staff
from workflows.calendar_table import fill


@pytest.fixture
def world(database: Database, clock: Clock) -> World:
    with database.sessions.begin() as session:
        fill(session, clock.now)
    return build(database.sessions, clock)


@pytest.fixture
def telephones() -> Iterator[Telephones]:
    with Telephones() as telephones:
        yield telephones


@pytest.fixture
def phone(database: Database, clock: Clock, world: World, telephones: Telephones, tmp_path: Path) -> Iterator[Phone]:
    with TestClient(website(database, clock, tmp_path)) as client:
        yield Phone(client, world, clock, telephones)


@pytest.fixture
def desk(phone: Phone, world: World) -> Iterator[Desk]:
    """The staff at the same service, in another browser."""
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    with world.sessions.begin() as session:
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))
    yield Desk(TestClient(phone.client.app))  # the service itself was started by the telephone
    passwords.use(PasswordHash((Argon2Hasher(),)))
