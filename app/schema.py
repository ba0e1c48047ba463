"""The tables and the triggers that keep history append-only, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import ExecuteSQLOp
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app.database import Database, open_database
from app.modules import load_tables
from workflows.calendar_table import fill

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(database: Database) -> None:
    """Bring the database to the newest migration, and the holiday calendar to the years that are bundled."""
    command.upgrade(alembic(database.engine), "head")
    with database.sessions.begin() as session:
        fill(session, datetime.now(UTC))


def current(database: Database) -> bool:
    """Whether every migration has been applied."""
    with database.engine.connect() as connection:
        applied = MigrationContext.configure(connection).get_current_revision()
    return applied == ScriptDirectory.from_config(alembic()).get_current_head()


def create(engine: Engine) -> None:
    """Make all tables and triggers at once, as the migrations together do."""
    with engine.begin() as connection:
        load_tables().metadata.create_all(connection)
        for table in append_only_tables():
            for statement in append_only_statements(table, connection.dialect.name):
                connection.execute(text(statement))


def grant(database: Database, role: str) -> None:
    """Let another PostgreSQL role work here: everything but rewriting history and changing tables."""
    name = database.engine.dialect.identifier_preparer.quote(role)
    kept = ", ".join(append_only_tables())
    with database.engine.begin() as connection:
        for statement in (
            f"GRANT USAGE ON SCHEMA public TO {name}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {kept} FROM {name}",
            f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
        ):
            connection.execute(text(statement))


def write_migration(message: str, revision: str) -> Path:
    """Write the step from the newest migration to the models; read it before it is committed."""
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/empty.db", pool=1)
        try:
            command.upgrade(alembic(database.engine), "head")
            script = command.revision(alembic(database.engine), message, autogenerate=True, rev_id=revision)
        finally:
            database.close()
    assert isinstance(script, Script)
    return Path(script.path)


def append_only_tables() -> list[str]:
    tables = load_tables().metadata.sorted_tables
    return sorted(table.name for table in tables if table.info.get("append_only"))


def missing_triggers(connection: Connection) -> list[str]:
    """The triggers that ought to be there and are not, e.g. after a migration rebuilt a table."""
    acts = ("update", "delete") if connection.dialect.name == "sqlite" else ("update", "delete", "truncate")
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    present = set(connection.execute(text(catalogue)).scalars())
    wanted = {f"{table}_no_{act}" for table in append_only_tables() for act in acts}
    return sorted(wanted - present)


def append_only_statements(table: str, dialect: str) -> Iterator[str]:
    """The SQL that makes UPDATE, DELETE and TRUNCATE of a table fail."""
    if dialect == "sqlite":
        for act in ("update", "delete"):
            yield (
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    yield (
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for act, level in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
        yield (
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"FOR EACH {level} EXECUTE FUNCTION append_only()"
        )


@Operations.register_operation("forbid_changes")
class ForbidChanges(MigrateOperation):
    """A migration's ``op.forbid_changes("journal")``: from here on the table only grows."""

    def __init__(self, table: str) -> None:
        self.table = table

    @classmethod
    def forbid_changes(cls, operations: Operations, table: str) -> None:
        operations.invoke(cls(table))

    def reverse(self) -> MigrateOperation:
        return ExecuteSQLOp("SELECT 1")  # the triggers go with their table


@Operations.implementation_for(ForbidChanges)
def _forbid_changes(operations: Operations, operation: ForbidChanges) -> None:
    for statement in append_only_statements(operation.table, operations.get_bind().dialect.name):
        operations.execute(statement)


@renderers.dispatch_for(ForbidChanges)
def _render_forbid_changes(_context: AutogenContext, operation: ForbidChanges) -> str:
    return f"op.forbid_changes({operation.table!r})"


def alembic(engine: Engine | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config
