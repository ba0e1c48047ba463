"""Celery with a real worker, a real beat and a real broker: what a killed worker held is carried out by the next one, once."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from time import monotonic

import pytest
from kombu import Connection
from sqlalchemy import select

from app.database import Database, open_database
from app.duties import DUTIES
from app.schema import migrate
from app.service import wall_clock
from app.worker import make_celery
from tests.app.errand import TOPIC
from tests.conftest import new_postgresql
from workflows import outbox
from workflows.tables import Counter, OutboxMessage

BROKERS = {
    "RabbitMQ": os.environ.get("CASEWORK_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//"),
    "Redis": os.environ.get("CASEWORK_TEST_REDIS", "redis://127.0.0.1:6379/15"),
}
PATIENCE_SECONDS = 60


def until(question: Callable[[], object]) -> object:
    """Ask until the answer is true."""
    end = monotonic() + PATIENCE_SECONDS
    while not (answer := question()):
        assert monotonic() < end, f"{question.__name__} never came true"
        threading.Event().wait(0.1)
    return answer


@pytest.fixture(params=BROKERS)
def broker(request):
    url = BROKERS[request.param]
    try:
        with Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1)
    except Exception as error:
        pytest.skip(f"{request.param} is out of reach ({error}); set CASEWORK_TEST_{request.param.upper()}")
    return url


@pytest.fixture
def queue(broker):
    name = f"casework-test-{uuid.uuid4().hex[:12]}"
    yield name
    with Connection(broker) as connection:
        connection.default_channel.queue_delete(name)


@pytest.fixture
def place():
    with new_postgresql() as url:
        database = open_database(url.render_as_string(hide_password=False), pool=4)
        migrate(database)
        yield database
        database.close()


@pytest.fixture
def start(place: Database, broker, queue, tmp_path):
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, attempt: str = "", minutes_later: int = 0) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "CASEWORK_VAR": str(tmp_path),
            "CASEWORK_DATABASE_URL": place.engine.url.render_as_string(hide_password=False),
            "CASEWORK_BROKER_URL": broker,
            "CASEWORK_QUEUE": queue,
            "ATTEMPT": attempt,
            "MINUTES_LATER": str(minutes_later),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.errand", *command], env=environment, start_new_session=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.broker
def test_what_a_killed_worker_held_is_carried_out_by_the_next_one_exactly_once(start, place: Database, tmp_path):
    let_go = tmp_path / "let_go"
    with place.sessions.begin() as session:
        message = outbox.put(session, TOPIC, {"let_go": str(let_go)}, at=wall_clock())

    def counted() -> set[str]:
        with place.reading() as session:
            return set(session.scalars(select(Counter.series)))

    def status() -> str:
        with place.reading() as session:
            return session.get_one(OutboxMessage, message).status

    start("beat")
    first = start("worker", attempt="first")
    until(lambda: "began first" in counted())
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert status() == "leased"
    assert f"ended {message}" not in counted()

    let_go.touch()
    start("worker", attempt="second", minutes_later=outbox.LEASE.seconds // 60 + 1)
    until(lambda: status() == "done")
    assert counted() == {"began first", "began second", f"ended {message}"}


def test_beat_announces_every_duty_and_a_missed_announcement_expires():
    schedule = make_celery("memory://", "casework").conf.beat_schedule
    assert {"relay", "sweep", "checkpoint"} <= set(schedule) == set(DUTIES)
    for name, entry in schedule.items():
        assert entry["args"] == (name,)
        assert entry["options"]["expires"] == DUTIES[name].every.total_seconds()
