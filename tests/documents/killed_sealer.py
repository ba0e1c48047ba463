"""A worker that is killed at the worst moment: its signed file is stored, the register has not heard of it."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from app.database import open_database
from app.modules import plug_all
from documents import house, sealing
from documents.house import House
from workflows.encryption import Keyring, use


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    url, store, seals, record_id = sys.argv[1:]
    use(Keyring.from_master(b"a key for tests only, 32 bytes.."))
    plug_all()
    house.use(House(store=Path(store), site="https://hy.example.cn", demo=True, seals=Path(seals)))
    sealing._write_down = die
    sealing.seal_record(open_database(url).sessions, {"record_id": record_id}, datetime(2026, 11, 20, 2, tzinfo=UTC))
