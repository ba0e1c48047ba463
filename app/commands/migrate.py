"""casework migrate: bring the database to the newest structure."""

from argparse import ArgumentParser

from app.schema import grant, migrate, write_migration
from app.service import open_service
from app.settings import Misconfigured


def run(arguments: list[str]) -> int:
    parser = ArgumentParser("casework migrate", description="建立或升级数据库结构")
    parser.add_argument("--write", metavar="TITLE", help="开发用：按数据模型写出新的迁移文件")
    parser.add_argument("--id", metavar="NUMBER", help="新迁移的编号，如 0002")
    parser.add_argument("--grant", metavar="ROLE", help="授权应用使用的 PostgreSQL 角色：不能改动、删除办理记录")
    given = parser.parse_args(arguments)
    if given.write:
        print(write_migration(given.write, given.id))
        return 0
    service = open_service(migrated=False)
    migrate(service.database)
    print("数据库结构已是最新。")
    if given.grant:
        if service.database.dialect != "postgresql":
            raise Misconfigured("只有 PostgreSQL 有角色和授权（--grant）。")
        grant(service.database, given.grant)
        print(f"已授权给 {given.grant}：可以办理，不能改动、删除办理记录。")
    service.close()
    return 0
