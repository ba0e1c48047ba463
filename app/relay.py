"""The duties as a thread of the server, for an installation without a message queue."""

import threading
from time import monotonic

import structlog

from app.duties import DUTIES
from app.service import Service

log = structlog.get_logger()
PAUSE_SECONDS = 0.5


class Relay(threading.Thread):
    """Runs every duty when its time has come until ``stop`` is called."""

    def __init__(self, service: Service) -> None:
        super().__init__(name="relay", daemon=True)
        self.service = service
        self._due = dict.fromkeys(DUTIES, 0.0)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            worked = [self._attend(name) for name in DUTIES if monotonic() >= self._due[name]]
            if not any(worked):
                self._stopping.wait(PAUSE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=30)

    def _attend(self, name: str) -> int:
        try:
            done = DUTIES[name].run(self.service)
        except Exception:  # one failing duty must not end the others; it is tried again at its next time
            log.exception("duty failed", duty=name)
            done = 0
        if not done:
            self._due[name] = monotonic() + DUTIES[name].every.total_seconds()
        return done
