"""What a module lets the people a subject is about see and do for themselves, in plain words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a state means to a party: how things stand, what comes next, by whom, until which deadline, what to bring."""

    now: str
    next: str
    who: str
    until: str = ""  # id of a deadline
    bring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyAct:
    """Something a party may do from its own page.

    ``file(form, facts, party id)`` makes of what was filled in the form of the step ``trigger``, or of the act ``act``.
    """

    name: str
    label: str
    form: type
    file: Callable[[Any, Any, Any], Any]
    offered: Callable[[Any, Any], bool]  # (facts, party id)
    done: str
    trigger: str = ""
    act: str = ""
    icon: str = "pencil-line"
    hint: str = ""
    known: Callable[[Any, Any], Mapping[str, Any]] | None = None  # (facts, party id): what the form starts with


@dataclass(frozen=True, slots=True)
class Application:
    """How somebody applies without a clerk: ``choices(session, day)`` is what the form chooses from.

    ``file(session, form, phone, at)`` makes of what was filled in the organisation that gets it and the form of the step
    ``trigger``.
    """

    title: str
    trigger: str
    form: type
    file: Callable[..., tuple[Any, Any]]
    choices: Callable[..., Any]
    done: str
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForParties:
    """``identify(session, number, phone)`` answers (root id, participant id) for whom the two belong to.

    ``milestones`` are the only steps a party is told of (trigger -> sentence), never what was filed with them.
    """

    identify: Callable[..., Iterable[tuple[Any, Any]]]
    outlooks: Mapping[str, Outlook]  # by state
    milestones: Mapping[str, str]
    acts: tuple[PartyAct, ...] = ()
    application: Application | None = None
    bring: Callable[..., Iterable[str]] | None = None  # (session, sitting id)
    example: Callable[..., tuple[str, str] | None] | None = None  # (session): number and telephone to try a demo with
