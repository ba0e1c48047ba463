"""How Alembic reaches the database: through the application's own settings, in one transaction for each migration."""

from typing import Any

from alembic import context
from alembic.operations.ops import CreateTableOp
from sqlalchemy import TypeDecorator

from app.database import open_database
from app.modules import load_tables
from app.schema import ForbidChanges
from app.settings import load


def frozen_type(kind: str, item: Any, _context: Any) -> Any:
    """Write our own column types as what the database stores, so that old migrations never change."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def keep_append_only(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Whoever creates an append-only table also creates its triggers."""
    operations = directives[0].upgrade_ops.ops
    created = [op for op in operations if isinstance(op, CreateTableOp) and op.info.get("append_only")]
    operations.extend(ForbidChanges(op.table_name) for op in created)


engine = context.config.attributes.get("engine")
own = None if engine is not None else open_database(load().database_url, pool=1)

with (engine or own.engine).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=load_tables().metadata,
        transactional_ddl=True,
        transaction_per_migration=True,
        render_item=frozen_type,
        process_revision_directives=keep_append_only,
    )
    with context.begin_transaction():
        context.run_migrations()

if own:
    own.close()
