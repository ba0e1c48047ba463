"""Who acts. Which of an actor's roles hold for a given subject is decided above the engine."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workflows.definition import SYSTEM

PROOF_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts for somebody else; ``special`` where the authority covers giving up, admitting and settling (特别授权)."""

    name: str
    special: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the system itself (``id`` None), with the roles held now; ``grants`` are (role, organisation path)."""

    id: uuid.UUID | None
    name: str
    roles: frozenset[str] = frozenset()
    organisation_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    grants: tuple[tuple[str, str], ...] = ()
    agent: Agent | None = None  # who really sits there, in this actor's name
    proved_at: datetime | None = field(default=None, compare=False)  # by a second factor, in this very session

    @property
    def key(self) -> str:
        return str(self.id) if self.id else "system"

    def has_proved(self, at: datetime) -> bool:
        """Whether the second factor was given within the last five minutes."""
        return self.proved_at is not None and timedelta(0) <= at - self.proved_at <= PROOF_LASTS


SYSTEM_ACTOR = Actor(None, "系统", frozenset({SYSTEM.id}))
