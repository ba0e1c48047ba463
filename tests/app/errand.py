"""A worker with one errand more than the service has: it counts that it began, waits to be let go, then counts that it ended.

Started by ``test_worker.py`` as a process of its own, so that it can be killed.
"""

import os
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import app.worker
from app.cli import main
from app.modules import plug_all
from app.service import open_service, wall_clock
from tests.toy import module
from workflows.module import registry
from workflows.tables import Counter

TOPIC = "toy.errand"


def errand(sessions, body, now):
    """The effect is one row whose key is the message: done twice it would fail."""
    with sessions.begin() as session:
        session.add(Counter(series=f"began {os.environ['ATTEMPT']}", last=1))
    while not Path(body["let_go"]).exists():
        threading.Event().wait(0.05)
    with sessions.begin() as session:
        session.add(Counter(series=f"ended {body['message_id']}", last=1))


def later():
    return wall_clock() + timedelta(minutes=int(os.environ["MINUTES_LATER"]))


if __name__ == "__main__":
    plug_all()
    registry.plug(replace(module, tasks={TOPIC: errand}))
    app.worker.open_service = lambda: open_service(clock=later)
    sys.exit(main(sys.argv[1:]))
