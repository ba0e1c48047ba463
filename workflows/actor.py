"""Who acts. Which of an actor's roles hold for a given subject is decided above the engine."""

import uuid
from dataclasses import dataclass

from workflows.definition import SYSTEM


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the system itself (``id`` None), with the roles held now; ``grants`` are (role, organisation path)."""

    id: uuid.UUID | None
    name: str
    roles: frozenset[str] = frozenset()
    organisation_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    grants: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        return str(self.id) if self.id else "system"


SYSTEM_ACTOR = Actor(None, "系统", frozenset({SYSTEM.id}))
