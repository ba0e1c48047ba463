"""What a module lets the people a subject is about see and do for themselves, in plain words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct


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

    ``file(form, facts, party id)`` makes of what was filled in the form of the step ``trigger``, or of the act ``act``;
    or ``write(session, subject, actor, form, at)`` writes it where it is neither. Staff who write it down for the party
    do so by that very step or act, or at ``by_clerk`` under the address of the case.
    """

    name: str
    label: str
    form: type[Struct]
    offered: Callable[[Any, Any], bool]  # (facts, party id)
    done: str
    file: Callable[[Any, Any, Any], Any] | None = None
    trigger: str = ""
    act: str = ""
    write: Callable[..., None] | None = None
    by_clerk: str = ""
    button: str = ""  # what the button says, where it says more than the label
    disposes: bool = False  # gives up or settles: an agent needs 特别授权
    pledge: str = ""  # the tick of the form that pressing the button sets
    icon: str = "pencil-line"
    hint: str = ""
    known: Callable[[Any, Any], Mapping[str, Any]] | None = None  # (facts, party id): what the form starts with


@dataclass(frozen=True, slots=True)
class RequestKind:
    """What a party may ask of or tell the office beyond the steps of the procedure; the office answers it."""

    label: str
    said: str  # what the history says a party did
    hint: str = ""
    needs_words: bool = True
    icon: str = "message-square-text"
    offered: Callable[[Any, Any], bool] = lambda facts, party_id: True  # (facts, party id)


@dataclass(frozen=True, slots=True)
class Coming:
    """A date that still matters to a party, in plain words."""

    what: str
    on: Any
    money: int | None = None  # 分
    note: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """How somebody applies without a clerk: ``choices(session, day)`` is what the form chooses from.

    ``file(session, form, phone, at)`` makes of what was filled in the organisation that gets it and the form of the step
    ``trigger``.
    """

    title: str
    trigger: str
    form: type[Struct]
    file: Callable[..., tuple[Any, Any]]
    choices: Callable[..., Any]
    done: str
    known: Mapping[str, Any] = field(default_factory=dict)
    called: str = "申请"  # what is handed in: 援助申请
    prepare: tuple[tuple[str, str], ...] = ()  # icon and words: what to have at hand


@dataclass(frozen=True, slots=True)
class ForParties:
    """``identify(session, number, phone)`` answers (root id, participant id, whether as agent) for whom the two belong to.

    ``milestones`` are the only steps a party is told of (trigger -> sentence), never what was filed with them.
    ``outlook(session, facts, party id)`` says what a state means to this very party at this moment, where that is not what
    ``outlooks`` says to everybody.
    """

    identify: Callable[..., Iterable[tuple[Any, Any, bool]]]
    outlooks: Mapping[str, Outlook]  # by state
    milestones: Mapping[str, str]
    outlook: Callable[..., Outlook | None] | None = None
    acts: tuple[PartyAct, ...] = ()
    application: Application | None = None
    requests: Mapping[str, RequestKind] = field(default_factory=dict)  # beside those of every case, or wording one
    coming: Callable[..., Iterable[Coming]] | None = None  # (session, subject, facts, party id)
    agent: Callable[..., Any] | None = None  # (session, participant id, phone): the Agent who holds it, or None
    principals: Callable[..., Iterable[Any]] | None = (
        None  # (session, root id, phone): ids of all this agent stands for
    )
    stored: Callable[..., Iterable[tuple[str, str, str]]] | None = None  # (session, party id): label, masked, in full
    bring: Callable[..., Iterable[str]] | None = None  # (session, sitting id)
    assurance: str = ""  # a sentence at the foot of each of their pages
    example: Callable[..., tuple[str, str] | None] | None = None  # (session): number and telephone to try a demo with
