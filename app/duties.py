"""What has to happen without anybody asking. The relay thread and Celery's beat both read this one list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.service import Service
from casework.desk import codes, drafts, offers, party_links, returning
from documents.renewal import promise_renewals
from union import sessions
from workflows import outbox
from workflows.journal import write_checkpoint
from workflows.module import registry
from workflows.sweep import sweep
from workflows.timers import recompute

BATCH = 3  # few, so that a slow batch still finishes within its lease


@dataclass(frozen=True)
class Duty:
    """``run`` answers how much it did; a duty that found work is called again at once."""

    every: timedelta
    run: Callable[[Service], int]


def relay_outbox(service: Service) -> int:
    """Carry out promised side effects. Newest and oldest in turn: whoever just pressed a button waits for no backlog."""
    return sum(
        outbox.relay(service.database.sessions, handlers(), service.clock(), BATCH, newest_first=newest)
        for newest in (True, False)
    )


def sweep_timers(service: Service) -> int:
    """Fire what lapsed and announce what will."""
    sweep(service.database.sessions, service.clock())
    return 0


def give_back(service: Service) -> int:
    """Return the cases whose stand-in ends."""
    returning.give_back(service.database.sessions, service.clock())
    return 0


def reckon_again(service: Service) -> int:
    """Reckon every term that stands on an older calendar; those that moved are journalled."""
    with service.database.sessions.begin() as session:
        recompute(session, service.clock())
    return 0


def keep_checkpoint(service: Service) -> int:
    """Write down all chain heads outside the database."""
    with service.database.reading() as session:
        write_checkpoint(session, service.settings.checkpoints, service.clock())
    return 0


def tidy(service: Service) -> int:
    """Forget drafts, offers and log-ins long over."""
    with service.database.sessions.begin() as session:
        drafts.sweep(session, service.clock())
        offers.sweep(session, service.clock())
        codes.sweep(session, service.clock())
        party_links.sweep(session, service.clock())
        sessions.sweep(session, at=service.clock())
    return 0


def renew_seals(service: Service) -> int:
    """Promise new archive time-stamps over the seals whose newest one ends soon."""
    with service.database.sessions.begin() as session:
        promise_renewals(session, service.clock())
    return 0


DUTIES = {
    "relay": Duty(timedelta(seconds=1), relay_outbox),
    "sweep": Duty(timedelta(minutes=1), sweep_timers),
    "give_back": Duty(timedelta(minutes=5), give_back),
    "calendar": Duty(timedelta(hours=1), reckon_again),
    "checkpoint": Duty(timedelta(hours=1), keep_checkpoint),
    "tidy": Duty(timedelta(hours=24), tidy),
    "renewal": Duty(timedelta(hours=24), renew_seals),
}


def handlers() -> dict[str, outbox.Handler]:
    """Who carries out which topic."""
    own = {topic: run for module in registry.modules.values() for topic, run in module.tasks.items()}
    return {**registry.tasks, **own}
