"""casework serve: the web site; with --prepare it first makes the database and, in the demo, its district."""

import shutil
import socket
from argparse import ArgumentParser
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy import make_url

from app.commands.seed import fill
from app.schema import migrate
from app.seeds import ACCOUNTS, PASSWORD
from app.service import Service, demo_was_interrupted, has_demo_data, open_service
from app.settings import Misconfigured, Settings, load
from casework.desk import first_start


def run(arguments: list[str]) -> int:
    parser = ArgumentParser("casework serve", description="启动网站")
    parser.add_argument("--prepare", action="store_true", help="先建立数据库；演示环境第一次启动时生成演示区")
    parser.add_argument("--workers", type=int, default=1, help="进程数（仅生产环境）")
    given = parser.parse_args(arguments)
    settings = load()
    refuse_taken_port(settings)
    prepare(settings, given.prepare)
    print(f"==> {settings.public_url} （按 Ctrl+C 停止）", flush=True)
    Granian(
        "app.server:create_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1 if settings.embedded else given.workers,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def prepare(settings: Settings, from_nothing: bool) -> None:
    if from_nothing:
        make_ready(settings)
    service = open_service(settings)
    if settings.demo and has_demo_data(service):
        print_logins()
    print_first_start(service)
    service.close()


def print_first_start(service: Service) -> None:
    """An empty installation prints the code with which it is set up; each start prints a new one."""
    with service.database.sessions.begin() as session:
        code = first_start.offer(session, service.clock())
    if code is not None:
        print(f"==> 首次设置：打开 {service.settings.public_url}/setup ，输入一次性代码 {code}", flush=True)


def make_ready(settings: Settings) -> None:
    service = open_service(settings, migrated=False)
    migrate(service.database)
    if settings.demo and demo_was_interrupted(service):
        print("==> 上次生成演示区时被中断，从头再来", flush=True)
        service.close()
        forget_demo(settings)
        return make_ready(settings)
    if settings.demo and not has_demo_data(service):
        print("==> 第一次启动：生成演示区（只做一次，约一分钟）", flush=True)
        fill(service)
    return service.close()


def forget_demo(settings: Settings) -> None:
    """Delete a half-made demo; only SQLite's file is ours to delete."""
    file = Path(str(make_url(settings.database_url).database))
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        raise Misconfigured("演示区没有生成完。请换一个空数据库（CASEWORK_DATABASE_URL）再启动。")
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(settings.records, ignore_errors=True)


def print_logins() -> None:
    print(f"==> 演示账号（密码都是 {PASSWORD}）", flush=True)
    for account, name, title in ACCOUNTS:
        print(f"    {account:<16}{name}  {title}", flush=True)


def refuse_taken_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Misconfigured(
                f"不能使用 {settings.host}:{settings.port}（{error.strerror}）：可能已有一个服务在运行。"
                "请先停止它，或者用 CASEWORK_PORT 换一个端口。"
            ) from error
