"""A worker that makes one file for each line it is sent and says so, until it is killed."""

import sys
from datetime import datetime
from pathlib import Path

from app.database import open_database
from app.modules import plug_all
from documents import house
from documents.house import House
from documents.issue import RENDER
from documents.printing import render_record
from workflows import outbox
from workflows.encryption import Keyring, use

if __name__ == "__main__":
    url, store, now = sys.argv[1:]
    use(Keyring.from_master(b"a key for tests only, 32 bytes.."))
    plug_all()
    house.use(House(store=Path(store), demo=True))
    sessions = open_database(url).sessions
    for _ in sys.stdin:
        outbox.relay(sessions, {RENDER: render_record}, datetime.fromisoformat(now), limit=1)
        print("made", flush=True)
