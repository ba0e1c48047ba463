"""Finds the services the whole check needs and prints how to reach them, or says which one is missing.

Each can be named by its variable; otherwise the usual local addresses are tried.
"""

import os
import shlex
import sys

import psycopg
from kombu import Connection

SERVICES = {
    "CASEWORK_TEST_POSTGRESQL": (
        "postgresql:///postgres",
        "postgresql://postgres@127.0.0.1/postgres",
        "postgresql://postgres:postgres@127.0.0.1/postgres",
    ),
    "CASEWORK_TEST_RABBITMQ": ("amqp://guest:guest@127.0.0.1:5672//",),
    "CASEWORK_TEST_REDIS": ("redis://127.0.0.1:6379/15",),
}


def main() -> int:
    if sys.argv[1:2] == ["drop"]:
        drop(sys.argv[2])
        return 0
    found = {name: reachable(name, usual) for name, usual in SERVICES.items()}
    missing = [name for name, url in found.items() if url is None]
    for name in missing:
        print(f".ci/run needs {name.removeprefix('CASEWORK_TEST_')}: start it, or set {name}", file=sys.stderr)
    if missing:
        return 1
    for name, url in found.items():
        print(f"export {name}={shlex.quote(str(url).replace('postgresql://', 'postgresql+psycopg://'))}")
    return 0


def reachable(name: str, usual: tuple[str, ...]) -> str | None:
    for url in (os.environ[name],) if name in os.environ else usual:
        try:
            (can_create_databases if name.endswith("POSTGRESQL") else answers)(url)
            return url
        except Exception as error:
            print(f"{name}: {str(error).splitlines()[0]}", file=sys.stderr)
    return None


def can_create_databases(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), connect_timeout=3) as connection:
        row = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if not row or not row[0]:
        raise PermissionError("the role may not create databases")


def answers(url: str) -> None:
    with Connection(url, connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1)


def drop(prefix: str) -> None:
    url = os.environ["CASEWORK_TEST_POSTGRESQL"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        for (name,) in names.fetchall():
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    sys.exit(main())
