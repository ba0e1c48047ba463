"""What a step asks for and what it writes; one struct per transition in a module's ``forms.py``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.definition import Transition, Workflow
from workflows.tables import Subject, legal_date


class Attachment(msgspec.Struct, frozen=True):
    """A file filed with a form: its name as sent, its type as found in the bytes, the bytes themselves."""

    name: str
    media_type: str
    content: bytes


class Form(msgspec.Struct, kw_only=True):
    """The fields of one transition. ``occurred_on`` is the legal date of the act; empty means today."""

    occurred_on: date | None = None

    def apply(self, step: "Step") -> None:
        """Write what was filed; state, journal, timers and numbers are the engine's."""


@dataclass
class Step:
    """One step being carried out, as forms, record makers and listeners see it."""

    session: Session
    subject_id: UUID
    root_id: UUID
    workflow: Workflow
    transition: Transition
    actor: Actor
    at: datetime
    occurred_on: date
    form: Form | None
    load: Callable[[], Subject]
    facts: Any = None
    roles: frozenset[str] = frozenset()  # the actor's roles that hold for this subject
    seq: int = 0
    corrects: int | None = None  # the entry this step takes back
    from_state: str = ""
    to_state: str = ""
    organisation_id: UUID | None = None
    issued: list[UUID] = field(default_factory=list)  # records made by this step

    @cached_property
    def subject(self) -> Subject:
        return self.load()

    @cached_property
    def root(self) -> Subject:
        if self.subject_id == self.root_id:
            return self.subject
        return self.session.get_one(Subject, self.root_id)

    @property
    def today(self) -> date:
        return legal_date(self.at)
