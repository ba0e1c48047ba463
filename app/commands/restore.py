"""casework restore FOLDER: read a backup back, only into an empty installation."""

import json
import os
import shutil
import sqlite3
from argparse import ArgumentParser
from pathlib import Path

from sqlalchemy import inspect, make_url

from app.commands.backup import DATABASE, MANIFEST, RECORDS, for_libpq, postgresql
from app.database import open_database
from app.settings import Misconfigured, Settings, load


def run(arguments: list[str]) -> int:
    parser = ArgumentParser("casework restore", description="从备份恢复到空目录或空数据库")
    parser.add_argument("folder", type=Path, help="casework backup 写出的目录")
    given = parser.parse_args(arguments)
    restore(load(), given.folder)
    print("已恢复。请用 casework journal verify 核对，再启动服务。")
    return 0


def restore(settings: Settings, folder: Path) -> None:
    dialect = kind_of_backup(folder)
    if dialect != make_url(settings.database_url).get_backend_name():
        raise Misconfigured(f"这份备份来自 {dialect}，与现在的数据库（CASEWORK_DATABASE_URL）不是同一种。")
    refuse_unless_empty(settings)
    if dialect == "sqlite":
        read_back_sqlite(folder / DATABASE, Path(str(make_url(settings.database_url).database)))
    else:
        postgresql(
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={for_libpq(settings.database_url)}",
            str(folder / DATABASE),
        )
    if (folder / RECORDS).is_dir():
        shutil.copytree(folder / RECORDS, settings.records)


def kind_of_backup(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_text("utf-8"))["database"])
    except (OSError, ValueError, KeyError) as error:
        raise Misconfigured(f"{folder} 不是一份完整的备份。") from error


def refuse_unless_empty(settings: Settings) -> None:
    if settings.records.exists() and any(settings.records.iterdir()):
        raise Misconfigured(f"{settings.records} 里已有文书：请恢复到空目录。")
    database = open_database(settings.database_url, pool=1)
    tables = inspect(database.engine).get_table_names()
    database.close()
    if tables:
        raise Misconfigured("数据库不是空的：请恢复到空数据库。")


def read_back_sqlite(backup: Path, target: Path) -> None:
    """Check the copy before it takes its place."""
    part = target.with_suffix(".part")
    shutil.copyfile(backup, part)
    connection = sqlite3.connect(part)
    (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    if verdict != "ok":
        part.unlink()
        raise Misconfigured(f"备份里的数据库已损坏：{verdict}")
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    os.replace(part, target)
