"""The duties as a thread of the server: promises are carried out, a failing one is tried again and then stops, in words."""

import threading
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import select

from app.duties import BATCH, DUTIES, keep_checkpoint, relay_outbox
from app.relay import Relay
from app.service import Service, wall_clock
from app.settings import Settings
from tests.toy import module
from workflows import outbox
from workflows.journal import read_checkpoint
from workflows.module import registry
from workflows.tables import OutboxMessage

TOPIC = "toy.errand"


@pytest.fixture
def service(database, clock, tmp_path):
    settings = Settings(mode="embedded", demo=False, var=tmp_path, database_url="", master_key=b"x" * 32)
    return Service(settings, database, clock)


@pytest.fixture
def errands():
    """A module whose one errand notes what it was given, or fails when told to."""
    done: list[dict] = []

    def run(sessions, body, now):
        if body.get("fail"):
            raise RuntimeError("the printer is on fire")
        done.append(body)

    registry.plug(replace(module, name="errands", tasks={TOPIC: run}))
    yield done
    registry.unplug("errands")


def promise(service, **body):
    with service.database.sessions.begin() as session:
        return outbox.put(session, TOPIC, body, at=service.clock())


def stored(service, message):
    with service.database.reading() as session:
        return session.get_one(OutboxMessage, message)


def test_a_promise_is_carried_out_once(service, errands):
    message = promise(service, what="letter")
    assert relay_outbox(service) == 1
    assert relay_outbox(service) == 0
    assert [body["what"] for body in errands] == ["letter"]
    assert stored(service, message).status == "done"


def test_a_promise_that_keeps_failing_stops_and_says_why(service, errands, clock):
    message = promise(service, fail=True)
    for _ in range(outbox.ATTEMPTS):
        assert relay_outbox(service) == 1
        clock.move(days=1)
    assert relay_outbox(service) == 0
    row = stored(service, message)
    assert (row.status, row.attempts) == ("stopped", outbox.ATTEMPTS)
    assert "the printer is on fire" in row.problem


def test_a_failing_promise_does_not_hold_up_the_others(service, errands):
    promise(service, fail=True)
    promise(service, what="letter")
    relay_outbox(service)
    assert [body["what"] for body in errands] == ["letter"]


def test_what_was_promised_last_does_not_wait_for_a_backlog(service, errands):
    for number in range(BATCH * 4):
        promise(service, what=f"old {number}")
    promise(service, what="new")
    relay_outbox(service)
    assert {"old 0", "new"} <= {body["what"] for body in errands}


def test_a_checkpoint_is_written_outside_the_database(service):
    keep_checkpoint(service)
    (file,) = service.settings.checkpoints.iterdir()
    assert read_checkpoint(file)["heads"] == {}


def test_the_thread_carries_out_what_is_promised_and_survives_a_failing_duty(service, errands, monkeypatch):
    monkeypatch.setitem(DUTIES, "sweep", replace(DUTIES["sweep"], every=timedelta(0), run=lambda _: 1 // 0))
    service = replace(service, clock=wall_clock)
    relay = Relay(service)
    relay.start()
    promise(service, what="letter")
    end = monotonic() + 30
    while not errands and monotonic() < end:
        threading.Event().wait(0.05)
    relay.stop()
    assert not relay.is_alive()
    assert [body["what"] for body in errands] == ["letter"]
    with service.database.reading() as session:
        assert session.scalars(select(OutboxMessage.status)).all() == ["done"]
