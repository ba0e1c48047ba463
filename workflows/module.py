"""What one folder plugs into the service, and the registry of what is plugged in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from workflows.definition import Problem, RecordKind, Workflow, cited
from workflows.law import Citation
from workflows.parties import ForParties, Outlook
from workflows.tables import Subject
from workflows.words import UNSAID, Words, together


@dataclass(frozen=True, slots=True)
class Counted:
    """What a figure came to: the ids of the subjects counted and, of a share, of those they are counted among.

    ``amount`` is what is measured, in the unit of the figure, where that is not the subjects themselves;
    ``out_of`` what it is a share of.
    """

    subjects: Sequence[Any]
    among: Sequence[Any] | None = None
    amount: int | None = None
    out_of: int | None = None

    @property
    def numerator(self) -> int:
        return len(self.subjects) if self.amount is None else self.amount

    @property
    def denominator(self) -> int | None:
        if self.out_of is not None or self.among is None:
            return self.out_of
        return len(self.among)


def so_far(period: tuple[date, date], today: date) -> tuple[date, date]:
    """What has passed of a period that is still running."""
    return period[0], min(period[1], today)


@dataclass(frozen=True, slots=True)
class Each:
    """What each subject behind a figure comes to, in the unit of the figure, under the heading ``label``.

    ``of(session, subject_ids, period)`` answers ``{subject id: amount}``, without those that have none.
    """

    label: str
    of: Callable[..., Mapping[Any, int]]


@dataclass(frozen=True)
class Figure:
    """A yearly indicator: what is divided by what, counted on which date, by which rule.

    ``count(session, period, organisations)`` answers a ``Counted`` for the days from ``period[0]`` to ``period[1]``
    inclusive, which ``so_far`` ends today; ``organisations`` are ids, a query for ids, or None for all. A unit of
    ``%`` means a share. ``target`` is the key of the setting that holds what a year is to come to at least.
    """

    id: str
    label: str
    unit: str
    definition: str
    count: Callable[..., Counted]
    law: Any = ()
    target: str = ""
    each: Each | None = None

    @property
    def citations(self) -> tuple[Citation, ...]:
        return cited(self.law)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a staff member is due for one subject (办案补贴); ``amount`` in 分, None while no rate is set for the day."""

    staff_id: Any
    subject_id: Any
    what: str
    on: Any
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The 登记台账 of a module: its columns, and the cells of some of its subjects.

    ``cells(session, subject_ids, full_for)`` answers ``{subject id: texts, dates and amounts}``; personal data is masked
    but for the ids in ``full_for``. ``money`` names the columns that hold 分. ``masked_titles(session, subject_ids)`` are what
    lists call the subjects, for a reader who is not to know of whom they are.
    """

    columns: tuple[str, ...]
    cells: Callable[..., Mapping[Any, Sequence[Any]]]
    money: tuple[str, ...] = ()
    masked_titles: Callable[..., Mapping[Any, str]] | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody a subject is about, as the desk needs to know them: to be told, invited, or to hand something in."""

    id: Any
    name: str
    label: str  # 申请人, 被申请人, 借用人
    phone: str = ""  # masked; empty when none is known
    lines: tuple[str, ...] = ()  # further facts for the card, already masked
    key: str = ""  # the same for the same person in every case: finds double bookings
    side: str = ""  # which side of the matter the person stands on; empty where there are no sides
    agreed: frozenset[str] = frozenset()  # to electronic "signing", "service"
    agent: str = ""  # who acts in this person's name
    agent_may_settle: bool = False  # 特别授权


@dataclass(frozen=True, slots=True)
class News:
    """What participants hear of a step, in one sentence; ``to`` names the sides, none is everybody."""

    sentence: str
    to: tuple[str, ...] = ()

    def concerns(self, person: Participant) -> bool:
        return not self.to or person.side in self.to


@dataclass(frozen=True, slots=True)
class Known:
    """What the service knows of whoever a number names.

    ``values`` fill what is blank in the same row of the form; ``offer`` says, masked, what is filled in when it is saved.
    """

    said: str
    values: Mapping[str, str] = field(default_factory=dict)
    offer: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a participant is told when a clock of the subject comes to its end, or is over."""

    to: Participant
    sentence: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The identity bar: badges as (text, tone, icon), facts as (icon, label, value)."""

    badges: tuple[tuple[str, str, str], ...] = ()
    facts: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A card of a module on the page of its subjects; ``context(session, subject, facts, actor)`` fills the template."""

    template: str
    context: Callable[..., Mapping[str, Any]]
    place: str = "side"  # side | main

    @property
    def name(self) -> str:
        """What it is called in the address of its own page."""
        return self.template.rpartition("/")[2].removesuffix(".html")


@dataclass(frozen=True, slots=True)
class MinutesBlock:
    """Wording a recorder puts into the minutes of a sitting with one press; ``{number}`` is the number of the sitting."""

    name: str
    label: str
    text: str
    law: Any = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person writes to a subject without moving it, with a form whose ``apply(step)`` writes it.

    It is journalled under ``name``; ``when(facts)`` says whether it is offered; ``by`` are the roles that may.
    """

    name: str
    label: str
    form: type
    by: tuple[Any, ...]
    act_of: tuple[Any, ...] = ()  # whose act it is, where staff only write it down
    law: Any = ()
    icon: str = "pencil-line"
    hint: str = ""
    when: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A matter already on file that the one being opened may repeat; ``text`` is masked."""

    subject_id: Any
    number: str
    text: str
    why: str
    law: Any = ()
    key: str = ""  # what a decision about it carries, another one when it is found otherwise


@dataclass(frozen=True, slots=True)
class Barrier:
    """What stands before every step of a workflow but those it ``lets_pass``, whatever a form says.

    ``reasons(session, subject_id, root_id)`` is asked before anything is filed; none: the step may be taken.
    """

    workflow: str
    reasons: Callable[..., list[Any]]
    lets_pass: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Module:
    """A procedure with its tables, forms, pages, records and figures.

    ``facts(step)`` loads what guards, deadlines and records see (``step.form`` is None while a page is shown).
    ``record_data[kind.id](facts)`` gives the data a record of that kind freezes, ready for canonical JSON.
    ``relations[name]`` is an SQL condition over ``subjects`` and the actor, composed by ``union.access``.
    """

    name: str
    label: str
    workflow: Workflow
    subject: type[Subject]
    facts: Callable[..., Any]
    forms: Mapping[str, type] = field(default_factory=dict)
    tracks: tuple[Workflow, ...] = ()
    former: tuple[Workflow, ...] = ()  # published predecessors, for the subjects opened under them
    records: tuple[RecordKind, ...] = ()
    record_data: Mapping[str, Callable[[Any], dict[str, Any]]] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    allowances: Callable[..., Iterable[Allowance]] | None = None  # (session, period, organisations)
    ledger: Ledger | None = None
    relations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    routes: tuple[Any, ...] = ()
    commands: tuple[Any, ...] = ()
    tasks: Mapping[str, Callable[..., None]] = field(default_factory=dict)  # outbox topic -> what carries it out
    checks: tuple[Callable[..., Iterable[str]], ...] = ()
    house_rules: tuple[Any, ...] = ()  # union.house_rules.HouseRule: the settings it reads
    calendar: Callable[..., Any] | None = None
    search: Callable[..., Iterable[str]] | None = None  # words to find a subject by
    telephone: Callable[[str], Any] | None = (
        None  # (number in full): the roots with somebody who has it, as a query of ids
    )
    heading: Callable[..., Any] | None = None  # identity bar: badges and facts of a subject
    panels: tuple[Any, ...] = ()  # cards a subject's page shows beyond what the desk shows for every kind
    titles: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # list -> identifier -> word, for the glossary
    templates: Path | None = None
    icon: str = "folder"
    tone: str = ""
    policy: tuple[Any, ...] = ()  # rows of the policy table of union.access
    is_case: bool = True
    words: Words = UNSAID  # what the desk calls sittings, rooms and who is responsible
    # What the desk asks for; all optional:
    summary: Callable[..., str] | None = None  # (session, subject): the second line of lists, parties above all
    participants: Callable[..., Iterable[Participant]] | None = None  # (session, subject)
    acts: tuple[Act, ...] = ()
    for_parties: ForParties | None = None  # what the people it is about see and do themselves
    duplicates: Callable[..., Iterable[Hit]] | None = (
        None  # (session, form, at, subject_id=None): shown before a subject is opened or gets one more party
    )
    look_up: Callable[..., Known | None] | None = (
        None  # (session, actor, at, register, number): what is known of the number typed into a form
    )
    similar: Callable[..., Iterable[Hit]] | None = None  # (session, subject, at): other matters it may repeat
    never: Callable[[Any], Iterable[str]] | None = (
        None  # (subject): phases of the procedure this very one does not have
    )
    linking: tuple[str, ...] = ()  # steps that join subjects or split one: offered beside its links
    blank: Callable[..., Any] | None = None  # (session, actor, at): what the form of an opening chooses from
    next_step: Mapping[str, str] = field(default_factory=dict)  # state -> trigger the desk recommends
    told: Mapping[str, News] = field(
        default_factory=dict
    )  # trigger, of a track with its name -> what participants hear
    item_names: Callable[..., Mapping[str, str]] | None = (
        None  # (session, items): what clocks that are one per item belong to, of many subjects in one statement
    )
    reminders: Callable[..., Iterable[Reminder]] | None = None  # (session, root, timer, overdue): beside the staff
    correctable: Mapping[str, str] = field(default_factory=dict)  # column of the subject -> its Chinese label
    reveal: Callable[..., str | None] | None = None  # (session, subject, participant id, field): a masked value in full
    minutes: tuple[MinutesBlock, ...] = ()  # wording offered while the minutes of a sitting are written, in its order
    keeps_out: Callable[..., Iterable[Any]] | None = (
        None  # (staff id, day): who must keep out of a subject (回避), as SQL conditions over subjects, one for each way
    )
    unfit: Callable[..., Iterable[str]] | None = None  # (session, subject, staff id, day): why not to be given the case
    filing: Callable[..., tuple[int | None, Sequence[tuple[str, str]]]] | None = (
        None  # (session, subject): for how many years its file is kept, and further rows of the cover
    )

    @property
    def workflows(self) -> tuple[Workflow, ...]:
        return (self.workflow, *self.tracks, *self.former)

    def problems(self) -> Iterable[Problem]:
        """The faults of its definitions, and those only the whole module shows."""
        for workflow in self.workflows:
            yield from workflow.problems()
            yield from self._tracks_missing(workflow)
            yield from self._extensions_missing(workflow)
        if self.for_parties is not None:
            yield from self._words_missing(self.for_parties.outlooks)

    def _tracks_missing(self, workflow: Workflow) -> Iterable[Problem]:
        known = {track.name for track in self.tracks}
        for t in workflow.transitions:
            for name in t.starts:
                if name not in known:
                    yield Problem("unknown-track", t.trigger, f"starts {name!r}, which is no track of {self.name}")

    def _words_missing(self, outlooks: Mapping[str, Outlook]) -> Iterable[Problem]:
        """A party in any state reads how things stand, what comes next and by whom, until a clock that does run then."""
        for state in self.workflow.states:
            words = outlooks.get(state.id)
            if words is None or not (words.now and words.next and words.who):
                yield Problem("no-outlook", state.id, f"what state {state.id!r} means to a party is not said")
            elif words.until and not any(
                d.id == words.until for d in self.workflow.deadlines if state.id in d.running_in
            ):
                yield Problem("outlook-without-clock", state.id, f"{words.until!r} does not run in {state.id!r}")
        for name in set(outlooks) - {state.id for state in self.workflow.states}:
            yield Problem("outlook-of-no-state", name, f"{name!r} is no state of {self.workflow.name}")

    def _extensions_missing(self, workflow: Workflow) -> Iterable[Problem]:
        for d in workflow.deadlines:
            form = self.forms.get(d.extendable_by or "")
            if d.extendable_by is not None and "extension_days" not in getattr(form, "__struct_fields__", ()):
                yield Problem("no-extension-days", d.id, f"the form of {d.extendable_by!r} asks for no extension_days")


class Registry:
    """The modules of this process by name and by workflow."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self._by_workflow: dict[tuple[str, int], tuple[Module, Workflow]] = {}
        self._current: dict[str, Workflow] = {}
        # Seams that the packages above fill in:
        self.issue: Callable[..., None] | None = None  # documents: makes the record a step issues
        self.roles_for: Callable[..., frozenset[str]] = lambda session, actor, subject, at=None: (
            actor.roles
        )  # union.access
        self.name_of: Callable[..., str] = lambda session, actor_id: "他人"  # union.people
        self.entry_labels: dict[str, str] = {  # journal entries that are not transitions
            "adopt": "改按现行程序办理",
            "timer_recomputed": "按新的节假日安排重新计算期限",
            "payload_erased": "销毁所附内容",
        }
        self.listeners: list[Callable[..., None]] = []  # told of every step inside its transaction
        self.barriers: list[Barrier] = []
        self.entry_listeners: list[Callable[..., None]] = []  # told of every entry written without a step
        self.tasks: dict[str, Callable[..., None]] = {}  # outbox topic -> what carries it out, beside each module's own

    def plug(self, module: Module) -> None:
        problems = list(module.problems())
        if problems:
            raise ValueError(f"{module.name}: " + "; ".join(f"[{p.code}] {p.where}: {p.text}" for p in problems))
        self.modules[module.name] = module
        for workflow in module.workflows:
            self._by_workflow[workflow.name, workflow.version] = (module, workflow)
            if workflow not in module.former:
                self._current[workflow.name] = workflow

    def unplug(self, name: str) -> None:
        module = self.modules.pop(name)
        for workflow in module.workflows:
            del self._by_workflow[workflow.name, workflow.version]
            self._current.pop(workflow.name, None)

    def entry_label(self, what: str, words: Words | None = None) -> str:
        """What an entry is called, in the words of one module or of all cases together."""
        return (words or self.words).said(self.entry_labels.get(what, what))

    @property
    def words(self) -> Words:
        """What pages across modules say: the words of all cases together."""
        return together(module.words for module in self.modules.values() if module.is_case)

    def words_for(self, subject: Any) -> Words:
        return self.module_for(subject).words

    @property
    def for_parties(self) -> list[Module]:
        """The modules whose parties have pages of their own."""
        return [module for module in self.modules.values() if module.for_parties is not None]

    def workflow(self, name: str, version: int | None = None) -> Workflow:
        return self._current[name] if version is None else self._by_workflow[name, version][1]

    def module_of(self, workflow: str) -> Module:
        return self._by_workflow[workflow, self._current[workflow].version][0]

    def kept_aside(self, kind_id: str) -> bool:
        """Whether records of that kind go into the 副卷."""
        return any(kind.aside for kind in self._kinds(kind_id))

    def said_once(self, kind_id: str) -> bool:
        """Whether records of that kind say what one step said, so that they cannot be read anew from the matter."""
        return any(kind.said_once for kind in self._kinds(kind_id))

    def _kinds(self, kind_id: str) -> Iterable[RecordKind]:
        for module in self.modules.values():
            issued = (kind for w in module.workflows for t in w.transitions for kind in t.issues)
            yield from (kind for kind in (*module.records, *issued) if kind.id == kind_id)

    def module_for(self, subject: Any) -> Module:
        return self._by_workflow[subject.workflow, subject.definition_version][0]

    def workflow_for(self, subject: Any) -> Workflow:
        return self._by_workflow[subject.workflow, subject.definition_version][1]


registry = Registry()
