"""The toy's people, and its steps as one-line acts in transactions of their own."""

import pytest
from sqlalchemy import func, select, text

from app.schema import append_only_tables
from tests.toy import CLERK as CLERK_ROLE
from tests.toy import HEAD as HEAD_ROLE
from tests.toy import Lend
from workflows.actor import Actor
from workflows.fire import fire, open_subject
from workflows.module import Registry, registry
from workflows.tables import new_id

CLERK = Actor(new_id(), "许敏", frozenset({CLERK_ROLE.id}), organisation_id=new_id())
HEAD = Actor(new_id(), "郑立", frozenset({HEAD_ROLE.id}), organisation_id=CLERK.organisation_id)


SEAMS = ("roles_for", "name_of", "issue", "listeners")


@pytest.fixture(autouse=True)
def engine_alone(monkeypatch):
    """What the packages above fill in is theirs to test: here an actor's roles hold everywhere, nothing is printed."""
    for seam in SEAMS:
        monkeypatch.setattr(registry, seam, getattr(Registry(), seam))


@pytest.fixture
def lend(sessions, clock, toy):
    def lend(item="投影仪", key="k1", by=CLERK, workflow="lending", **more):
        with sessions.begin() as session:
            return open_subject(session, workflow, "lend", Lend(item=item, **more), by=by, at=clock.now, key=key)

    return lend


@pytest.fixture
def act(sessions, clock, toy):
    def act(subject_id, trigger, form=None, by=CLERK, key=None, **more):
        with sessions.begin() as session:
            return fire(session, subject_id, trigger, form, by=by, at=clock.now, key=key or str(new_id()), **more)

    return act


@pytest.fixture
def unguarded(database):
    """Write SQL as an intruder with every right on the database: the triggers are gone."""
    if database.dialect == "sqlite":
        drops = [f"DROP TRIGGER {table}_no_{act}" for table in append_only_tables() for act in ("update", "delete")]
    else:
        drops = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in append_only_tables()]
    with database.engine.begin() as connection:
        for drop in drops:
            connection.execute(text(drop))

    def run(*statements):
        with database.engine.begin() as connection:
            for statement in statements:
                connection.execute(statement if not isinstance(statement, str) else text(statement))

    yield run
    if database.dialect == "postgresql":
        with database.engine.begin() as connection:
            for table in append_only_tables():
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def count(session, table, *where):
    return session.scalar(select(func.count()).select_from(table).where(*where))
