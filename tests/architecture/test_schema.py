"""The migrations make exactly the models, and the history cannot be rewritten."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import Database, open_database
from app.modules import TABLES, load_tables
from app.schema import alembic, append_only_tables, current, grant, migrate, missing_triggers
from tests.architecture.tree import PACKAGES, ROOT, files
from tests.conftest import new_postgresql
from workflows.tables import new_id


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request, tmp_path):
    """A database nothing has been made in yet."""
    if request.param == "sqlite":
        database = open_database(f"sqlite:///{tmp_path / 'bare.db'}")
        yield database
        database.close()
        return
    with new_postgresql() as url:
        database = open_database(url.render_as_string(hide_password=False), pool=2)
        yield database
        database.close()


def test_the_migrations_make_exactly_the_models(bare: Database):
    migrate(bare)
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        differences = compare_metadata(context, load_tables().metadata)
    assert differences == []
    assert current(bare)


def _is_ours(thing, name, type_, reflected, compare_to) -> bool:
    """The toy module's table exists for tests only."""
    return not getattr(thing, "info", {}).get("test_only")


def test_every_file_with_a_table_is_in_the_list_of_tables():
    holding = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in files(ROOT / package)
        if path.suffix == ".py" and "    __tablename__ = " in path.read_text("utf-8")
    }
    assert sorted(holding - set(TABLES)) == []


def test_the_migrations_leave_every_trigger_in_place(bare: Database):
    migrate(bare)
    with bare.engine.connect() as connection:
        assert missing_triggers(connection) == []


def test_migrating_twice_changes_nothing(bare: Database):
    migrate(bare)
    migrate(bare)
    assert current(bare)


def test_the_last_migration_can_be_taken_back(bare: Database):
    migrate(bare)
    command.downgrade(alembic(bare.engine), "base")
    migrate(bare)
    assert current(bare)


def test_a_missing_trigger_is_noticed(database: Database):
    table = append_only_tables()[0]
    on = f" ON {table}" if database.dialect == "postgresql" else ""
    with database.engine.connect() as connection:
        connection.execute(text(f"DROP TRIGGER {table}_no_update{on}"))
        assert missing_triggers(connection) == [f"{table}_no_update"]
        connection.rollback()


JOURNAL_ROW = """INSERT {or_replace} INTO journal (root_id, seq, subject_id, workflow, definition_version, trigger,
    from_state, to_state, occurred_on, recorded_at, actor_role, commitment, previous, hash)
    VALUES ('{root}', 1, '{root}', 'w', 1, 't', 'a', 'b', '2026-03-02', '2026-03-02 02:00:00', 'r', '', '', '{hash}')"""


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE journal SET trigger = 'x'",
        "DELETE FROM journal",
        "upsert",
        "TRUNCATE journal",
        "INSERT OR REPLACE",
    ],
)
def test_the_journal_is_append_only(database: Database, attack: str):
    if {"TRUNCATE journal": "sqlite", "INSERT OR REPLACE": "postgresql"}.get(attack) == database.dialect:
        return  # the other database has no such statement
    root = new_id().hex if database.dialect == "sqlite" else new_id()
    row = JOURNAL_ROW.format(or_replace="", root=root, hash="0")
    statement = {
        "upsert": f"{row} ON CONFLICT (root_id, seq) DO UPDATE SET hash = '1'",
        "INSERT OR REPLACE": JOURNAL_ROW.format(or_replace="OR REPLACE", root=root, hash="1"),
    }.get(attack, attack)
    with database.engine.connect() as connection:
        connection.execute(text(row))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))


def test_the_role_of_the_application_cannot_rewrite_history_even_without_the_triggers(postgresql: Database):
    role = f"casework_test_role_{new_id().hex[-12:]}"
    with postgresql.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)"))
        connection.execute(text(f"CREATE ROLE {role}"))
    try:
        grant(postgresql, role)
        with postgresql.engine.connect() as connection:
            connection.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))
            connection.execute(text(f"SET LOCAL ROLE {role}"))
            connection.execute(text(JOURNAL_ROW.format(or_replace="", root=new_id(), hash="0")))
            for attack in ("UPDATE journal SET hash = '1'", "DELETE FROM journal", "TRUNCATE journal"):
                with pytest.raises(DBAPIError, match="permission denied"), connection.begin_nested():
                    connection.execute(text(attack))
    finally:
        with postgresql.engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))
