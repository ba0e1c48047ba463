"""casework backup FOLDER: the database and the records as they stand at one moment; restore reads it back."""

import json
import shutil
import sqlite3
import subprocess
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from app.service import Service, open_service
from app.settings import Misconfigured

MANIFEST, DATABASE, RECORDS = "backup.json", "database", "records"


def run(arguments: list[str]) -> int:
    parser = ArgumentParser("casework backup", description="备份数据库和文书（不含主密钥，主密钥请另行保管）")
    parser.add_argument("folder", type=Path, help="备份放在哪个目录下")
    given = parser.parse_args(arguments)
    service = open_service(migrated=False)
    try:
        print(f"已备份到 {back_up(service, given.folder)}。主密钥不在其中，请另行保管。")
    finally:
        service.close()
    return 0


def back_up(service: Service, folder: Path) -> Path:
    """Records are copied after the database: what the database names is there, never the other way round."""
    now = service.clock()
    target = folder / f"casework-{now:%Y%m%dT%H%M%SZ}"
    part = target.with_suffix(".part")
    if target.exists() or part.exists():
        raise Misconfigured(f"{target} 已存在。")
    part.mkdir(parents=True, mode=0o700)
    dump(service.settings.database_url, part / DATABASE)
    if service.settings.records.is_dir():
        shutil.copytree(service.settings.records, part / RECORDS)
    write_manifest(part, service.database.dialect, now)
    return part.rename(target)


def dump(url: str, file: Path) -> None:
    if make_url(url).get_backend_name() == "sqlite":
        with sqlite3.connect(str(make_url(url).database), isolation_level=None) as connection:
            connection.execute("VACUUM INTO ?", [str(file)])
        connection.close()
        return
    postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={file}", f"--dbname={for_libpq(url)}")


def postgresql(*command: str) -> None:
    """Run one of PostgreSQL's own programs; its message is passed on when it fails."""
    if shutil.which(command[0]) is None:
        raise Misconfigured(f"找不到 {command[0]}：请安装 PostgreSQL 的客户端程序（postgresql-client）。")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Misconfigured(f"{command[0]} 没有成功：{done.stderr.strip()}")


def for_libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def write_manifest(folder: Path, dialect: str, now: datetime) -> None:
    content = {"database": dialect, "at": now.isoformat()}
    (folder / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
