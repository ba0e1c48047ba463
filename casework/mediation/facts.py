"""What the rules of a mediation see: plain values loaded in one place, without a database behind them."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from casework.mediation.kinds import CLAIM_KIND, CLAIM_LABELS, RESTARTING, STOPPAGES
from casework.mediation.policy import DEFAULTS

APPLICANT, RESPONDENT = "applicant", "respondent"
COLLECTIVE = {"collective": "十人以上集体争议"}  # the item of the clock by which the labour authority is told


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts for a party, and how far: 一般授权 cannot settle, 特别授权 can."""

    name: str
    authority: str = "general"


@dataclass(frozen=True, slots=True)
class Party:
    """One side's person or organisation, with what it has said about being mediated."""

    id: uuid.UUID
    side: str
    name: str
    kind: str = "person"
    capacity: str = ""  # worker employer dispatching using contributor ...
    person_id: uuid.UUID | None = None
    organisation_id: uuid.UUID | None = None
    is_representative: bool = False  # 职工代表人
    election_proof: str = ""  # 推举书
    has_account: bool = False  # an account of its own is known
    agent: Agent | None = None
    consent: str = ""
    consented_on: date | None = None
    consent_way: str = ""
    first_agreed: bool = False  # agreed once, whatever it says now
    standing: str = ""  # dissolved, dead or incapable: others stand in
    joined_on: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # as printed: sex, masked number, address, phone ...
    number_key: str = ""  # blind index of the ID number, or the credit code
    name_key: str = ""  # the name for comparison only

    def is_same(self, other: "Party") -> bool:
        """The same person or organisation; two of one name are told apart only by the numbers of both."""
        mine, theirs = (self.person_id or self.organisation_id, other.person_id or other.organisation_id)
        if (mine and mine == theirs) or (self.number_key and self.number_key == other.number_key):
            return True
        told_apart = bool(self.number_key and other.number_key)
        return not told_apart and (self.name_key or self.name) == (other.name_key or other.name)

    @property
    def acts(self) -> bool:
        """Can still speak and sign, or has somebody who does so in its name."""
        return not self.standing or (self.standing == "incapable" and self.agent is not None)


@dataclass(frozen=True, slots=True)
class Claim:
    """One head of claim of one worker; ``amount`` in 分."""

    id: uuid.UUID
    kind: str
    title: str
    amount: int | None = None
    party_id: uuid.UUID | None = None
    period_from: date | None = None
    period_to: date | None = None
    knew_on: date | None = None  # when the worker knew or should have known: 时效起算
    employment_ended_on: date | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One promise of the agreement, or one instalment of it; ``amount`` in 分."""

    id: uuid.UUID
    number: int
    kind: str
    title: str
    amount: int | None = None
    payee: str = ""
    account: str = ""
    due_on: date | None = None
    instalment: int = 1
    way: str = ""
    tax: str = ""
    claim_id: uuid.UUID | None = None
    party_id: uuid.UUID | None = None
    period: str = "past"
    monthly_wage: int | None = None  # for a wage agreed for the future
    bank_name: str = ""
    paid: int = 0
    paid_last_on: date | None = None
    done: bool = False
    defaulted_on: date | None = None

    @property
    def only_wording(self) -> bool:
        """Employment and release are typed, and printed, under headings of their own."""
        return self.kind == "waiver" or (self.kind == "separation" and self.way == "other")

    @property
    def is_future_wage(self) -> bool:
        return self.kind == "future_wage" or self.period == "future"


@dataclass(frozen=True, slots=True)
class Share:
    """A represented worker's part of a collective agreement."""

    party_id: uuid.UUID
    name: str
    amount: int | None = None
    confirmed_on: date | None = None

    @property
    def confirmed(self) -> bool:
        return self.confirmed_on is not None


@dataclass(frozen=True, slots=True)
class Restart:
    """An event that restarts the limitation (协调规定31)."""

    on: date
    event: str
    claim_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """A case received from, or handed to, a linkage partner."""

    id: uuid.UUID
    direction: str
    partner: str
    kind: str
    letter_number: str = ""
    letter_filed: bool = False
    consented_on: date | None = None
    signed_for_on: date | None = None
    term_days: int | None = None
    procedure: str = ""
    sent_on: date | None = None
    reported_on: date | None = None
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """Something law.md §3.6 asks to be dealt with beside the talks."""

    id: uuid.UUID
    kind: str
    grade: str
    happened_on: date
    text: str = ""
    measures: str = ""
    body: str = ""
    proof: str = ""
    persons: int | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who works on the case, since when, and in which part."""

    staff_id: uuid.UUID
    name: str
    part: str
    since: date | None = None
    on_roster: bool = True
    adult: bool = True


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of whom only the name is known."""

    name: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A reason to doubt somebody's neutrality, found or declared, that not everybody has waived."""

    staff_id: uuid.UUID
    staff_name: str
    part: str  # mediator recorder actor
    relation: str  # ties.IN_WORDS, or "declared"
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One party's notice of one sitting."""

    party_id: uuid.UUID | None
    way: str
    notified_at: datetime | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """Whether a party came."""

    party_id: uuid.UUID | None
    came: bool
    through: str = ""  # agent's name


@dataclass(frozen=True, slots=True)
class Sitting:
    """A 调解会 with its notices and its attendance."""

    id: uuid.UUID
    number: int
    starts_at: datetime
    ends_at: datetime | None = None
    video_link: str = ""
    status: str = "planned"
    place: str = ""
    notices: tuple[Notice, ...] = ()
    attendance: tuple[Present, ...] = ()
    rights_told: bool = False
    open_minutes: str = ""
    without_prejudice_minutes: str = ""
    read_back: bool = False
    minutes: Any = None  # the row of what the parties stated

    def notified(self, parties: Iterable[Party]) -> bool:
        told = {n.party_id for n in self.notices if n.notified_at is not None}
        return all(p.id in told for p in parties)

    def absent(self, party: Party) -> bool:
        return any(a.party_id == party.id and not a.came for a in self.attendance)


@dataclass(frozen=True, slots=True)
class Contact:
    """An attempt to reach a person, reached or not."""

    at: datetime
    whom: str
    way: str
    result: str
    party_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordView:
    """An official record of the case as the rules need it."""

    id: uuid.UUID
    kind: str
    state: str
    number: str = ""
    data_hash: str = ""
    signed: frozenset[str] = frozenset()  # party ids as text, "mediator", "recorder"
    sealed: bool = False
    served_on: frozenset[str] = frozenset()
    signed_last_on: date | None = None
    sealed_last_on: date | None = None
    served_last_on: date | None = None

    @property
    def alive(self) -> bool:
        return self.state not in ("voided", "superseded")

    @property
    def unfinished(self) -> bool:
        """Not yet final: a draft, or still waiting for a signature or the seal."""
        return self.state in ("draft", "awaiting_signature", "awaiting_approval", "awaiting_seal")

    def signed_by(self, parties: Iterable[Party]) -> bool:
        return all(str(p.id) in self.signed for p in parties)


@dataclass(frozen=True, slots=True)
class Track:
    """A side track of the case: performance, confirmation or remedy."""

    id: uuid.UUID
    workflow: str
    state: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A running or ended timer of the case."""

    deadline: str
    status: str
    starts_on: date
    nominal: date
    effective: date
    item: str = ""
    extended_days: int = 0
    lapsed_seq: int | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Recusal:
    """A request that somebody step back, and its decision."""

    staff_id: uuid.UUID
    staff_name: str
    by_side: str
    ground: str
    decision: str = ""
    fresh: bool = False  # decided by the very step being carried out
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """The mediation organisation that issues: its legal basis decides which remedies exist (law.md §3.1)."""

    id: uuid.UUID | None = None
    name: str = ""
    legal_basis: str = ""
    address: str = ""
    phone: str = ""
    remedies: Mapping[str, str] = field(default_factory=dict)  # remedy -> yes | needs_counsel


def claim_name(whose: str, title: str, kind: str) -> str:
    """What a clock of one claim belongs to; ``whose`` it is among several."""
    return _of(whose, title or CLAIM_LABELS[kind])


def term_name(whose: str, number: int, instalment: int) -> str:
    """What a clock of one instalment belongs to."""
    return _of(whose, f"第{number}项第{instalment}期")


def _of(whose: str, what: str) -> str:
    return f"{whose}：{what}" if whose else what


def limitation_starts(
    claims: Iterable[Claim], restarts: Iterable[Restart], ends: Callable[[date], date]
) -> list[tuple[str, date]]:
    """For each standing claim the day its year counts from; ``ends`` says when a year that began on a day is over.

    What happens once the year is over restarts nothing.
    """
    starts = []
    for claim in claims:
        began = _limitation_began(claim)
        if began is not None and not claim.withdrawn:
            for restart in sorted(r.on for r in restarts if r.claim_id in (None, claim.id)):
                if began < restart <= ends(began):
                    began = restart
            starts.append((str(claim.id), began))
    return starts


def _limitation_began(claim: Claim) -> date | None:
    """Unpaid wages have no limitation while employment lasts, then a year from its end (调仲法27(4))."""
    if CLAIM_KIND[claim.kind].wages:
        return claim.employment_ended_on
    return claim.knew_on


@dataclass(slots=True)
class Facts:
    """Everything guards, deadlines and records see about one case at one moment."""

    subject: Any
    case: Any
    today: date
    form: Any = None
    occurred: date | None = None
    organisation: Organisation = field(default_factory=Organisation)
    parties: tuple[Party, ...] = ()
    claims: tuple[Claim, ...] = ()
    terms: tuple[Term, ...] = ()
    shares: tuple[Share, ...] = ()
    restarts: tuple[Restart, ...] = ()
    referrals: tuple[Referral, ...] = ()
    matters: tuple[Matter, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    hits: tuple[Hit, ...] = ()
    recusals: tuple[Recusal, ...] = ()
    sittings: tuple[Sitting, ...] = ()
    contacts: tuple[Contact, ...] = ()
    records: tuple[RecordView, ...] = ()
    tracks: tuple[Track, ...] = ()
    clocks: tuple[Clock, ...] = ()
    confirmation: Any = None  # the confirmation track's own row
    remedy: Any = None  # the remedy track's own row
    head_name: str = ""
    last_lapse: Clock | None = None
    lapse_revoked: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    calculations: tuple[Any, ...] = ()
    source_case: Any = None  # reopened or split from
    joined_into: Any = None  # the case this one is joined to
    parties_there: tuple[Party, ...] = ()  # whom that case then has
    duplicates: tuple[Any, ...] = ()  # likely repetitions not decided about
    by_system: bool = False
    limitation_ends: Callable[[date], date] = lambda began: began.replace(year=began.year + 1, day=min(began.day, 28))
    workdays_after: Callable[[date, int], date] = lambda day, n: day + timedelta(days=n)
    evidence: tuple[tuple[uuid.UUID, str], ...] = ()
    last_draft: Callable[[], tuple[Term, ...]] = lambda: ()  # the terms of an agreement that was put aside
    list_choices: Callable[[str], Mapping[str, str]] = lambda name: {}

    def choices(self, name: str) -> Mapping[str, str]:
        """What a field may be chosen from: mediators, sittings, open instalments, partners ..."""
        return self.list_choices(name)

    def seen_from(self, track: Any) -> "Facts":
        """The same case as one of its tracks sees it."""
        return replace(self, subject=track)

    # -- people -----------------------------------------------------------------
    def side(self, side: str) -> tuple[Party, ...]:
        return tuple(p for p in self.parties if p.side == side)

    @property
    def applicants(self) -> tuple[Party, ...]:
        return self.side(APPLICANT)

    @property
    def respondents(self) -> tuple[Party, ...]:
        return self.side(RESPONDENT)

    @property
    def workers(self) -> tuple[Party, ...]:
        return tuple(p for p in self.parties if p.capacity == "worker")

    @property
    def representatives(self) -> tuple[Party, ...]:
        return tuple(p for p in self.parties if p.is_representative)

    @property
    def signing_parties(self) -> tuple[Party, ...]:
        """Who must sign: every party, but of represented workers only the representatives."""
        if not self.represented:
            return tuple(p for p in self.parties if p.side != "third" and p.acts)
        signing = (p for p in self.parties if p.side != "third" and p.acts)
        return tuple(p for p in signing if p.capacity != "worker" or p.is_representative)

    @property
    def is_collective(self) -> bool:
        """Ten or more workers with a common claim (调仲法7: 「十人以上」 includes ten)."""
        return len(self.claiming_alike) >= 10

    @property
    def represented(self) -> bool:
        """Representatives speak for the other workers, also where so many went another way that fewer than ten stay."""
        return bool(self.representatives) and (self.is_collective or self.case.collective_since is not None)

    @property
    def claiming_alike(self) -> tuple[Party, ...]:
        """The most workers who claim one kind of thing; who has no claim of their own claims what the others do."""
        standing = [claim for claim in self.claims if not claim.withdrawn]
        own = {claim.party_id for claim in standing}
        alike = [
            tuple(w for w in self.workers if w.id not in own or w.id in claimants or None in claimants)
            for claimants in _by_kind(standing)
        ]
        return max(alike, key=len, default=self.workers)

    @property
    def unconfirmed(self) -> tuple[Party, ...]:
        """Represented workers who have not confirmed the agreement; a representative confirms by signing."""
        confirmed = {share.party_id for share in self.shares if share.confirmed}
        if not self.is_collective and not self.represented:
            return ()
        return tuple(w for w in self.workers if not w.is_representative and w.id not in confirmed)

    @property
    def mediators(self) -> tuple[Assigned, ...]:
        return tuple(a for a in self.assigned if a.part == "handler")

    @property
    def recorders(self) -> tuple[Assigned, ...] | tuple[Named, ...]:
        """Who keeps the minutes; until somebody is named, whoever took down the oral application."""
        assigned = tuple(a for a in self.assigned if a.part == "recorder")
        taken_by = self.case.oral_recorder
        return assigned or ((Named(taken_by),) if taken_by else ())

    @property
    def named(self) -> tuple[Party, ...]:
        """The party a form names, for a paper that is one party's alone."""
        chosen = getattr(self.form, "party_id", None)
        return tuple(p for p in self.parties if p.id == chosen)

    principals = named

    @property
    def receivers(self) -> "tuple[Party, ...] | tuple[Named, ...]":
        """Who receives a paper: the party a form names, or the body the case was handed to."""
        sent = [r for r in self.referrals if r.direction == "out"]
        return self.named or ((Named(sent[-1].partner),) if sent else ())

    @property
    def org_heads(self) -> tuple[Named, ...]:
        return (Named(self.head_name),) if self.head_name and not self.by_system else ()

    def debtors(self, term: Term) -> tuple[Party, ...]:
        """Who owes a promise of money: the other side of whoever is paid."""
        paid = {p.side for p in self.parties if p.name in term.payee}
        owing = APPLICANT if paid == {RESPONDENT} else RESPONDENT
        return tuple(p for p in self.side(owing) if p.name not in term.payee)

    # -- what has been made -----------------------------------------------------
    def record(self, kind: str) -> RecordView | None:
        """The newest record of that kind that is neither void nor superseded."""
        alive = [r for r in self.records if r.kind == kind and r.alive]
        return alive[-1] if alive else None

    def track(self, workflow: str) -> Track | None:
        found = [t for t in self.tracks if t.workflow == workflow]
        return found[-1] if found else None

    def clock(self, deadline: str) -> Clock | None:
        found = [c for c in self.clocks if c.deadline == deadline]
        return found[-1] if found else None

    @property
    def extended_term(self) -> Clock | None:
        """The running clock of the talks that an extension lengthens."""
        terms = ("referral_delegated", "referral_entrusted", "mediation_term", "mediation_term_beside")
        return next((c for name in terms for c in self.clocks if c.deadline == name and c.status == "running"), None)

    def setting(self, key: str) -> Any:
        return self.settings.get(key, DEFAULTS.get(key))

    def restarted_by(self, trigger: str) -> bool:
        return any(restart.event == RESTARTING[trigger] for restart in self.restarts)

    # -- dates the deadlines count from ----------------------------------------
    @property
    def received_on(self) -> date | None:
        """The application's receipt; a corrected application is received on the day of the correction."""
        return self.case.corrected_on or self.case.received_on

    @property
    def accepted_on(self) -> date | None:
        return self.case.accepted_on

    @property
    def correction_requested_on(self) -> date | None:
        return self.case.correction_requested_on

    @property
    def closed_on(self) -> date | None:
        return self.case.closed_on or self.occurred

    @property
    def effective_on(self) -> date | None:
        return self.case.effective_on

    @property
    def confirmable_on(self) -> date | None:
        """Since when the agreement can be reviewed and confirmed: its effect, or that of its last amendment."""
        return getattr(self.confirmation, "amended_on", None) or self.effective_on

    @property
    def negotiation_requested_on(self) -> date | None:
        return self.case.negotiation_requested_on

    @property
    def referral(self) -> Referral | None:
        incoming = [r for r in self.referrals if r.direction == "in"]
        return incoming[-1] if incoming else None

    @property
    def referral_starts_on(self) -> date | None:
        """D11 counts from the parties' consent, D12 and D13 from signing for the file."""
        if self.referral is None:
            return None
        return self.referral.consented_on if self.referral.kind == "arb_entrust" else self.referral.signed_for_on

    @property
    def arb_accepted_on(self) -> date | None:
        return getattr(self.confirmation, "arb_accepted_on", None)

    @property
    def court_filed_on(self) -> date | None:
        return getattr(self.confirmation, "court_applied_on", None)

    @property
    def remedy_filed_on(self) -> date | None:
        return getattr(self.remedy, "filed_on", None)

    @property
    def remedy_issued_on(self) -> date | None:
        return getattr(self.remedy, "issued_on", None)

    @property
    def remedy_served_on(self) -> date | None:
        return getattr(self.remedy, "served_on", None)

    @property
    def remedy_accepted_on(self) -> date | None:
        return getattr(self.remedy, "accepted_on", None)

    @property
    def item_names(self) -> dict[str, str]:
        """What a clock that is one per item belongs to: a claim, with whose it is among several, or an instalment."""
        whose: dict[uuid.UUID | None, str] = {p.id: p.name for p in self.applicants} if len(self.applicants) > 1 else {}
        named = {str(c.id): claim_name(whose.get(c.party_id, ""), c.title, c.kind) for c in self.claims}
        terms = {str(t.id): term_name(whose.get(t.party_id, ""), t.number, t.instalment) for t in self.terms}
        stoppages = {str(m.id): STOPPAGES.get(m.grade, "") for m in self.matters if m.kind == "stoppage"}
        return named | terms | stoppages | COLLECTIVE

    @property
    def limitation_obstacle(self) -> Matter | None:
        """What still keeps the limitation from running."""
        return next((m for m in self.matters if m.kind == "limitation" and m.ended_on is None), None)

    @property
    def stoppage(self) -> Matter | None:
        """The stoppage still going on."""
        return next((m for m in self.matters if m.kind == "stoppage" and m.ended_on is None), None)

    @property
    def collective_since(self) -> date | None:
        """The day ten workers had a common claim; the step that brings the tenth one says it first."""
        if not self.is_collective:
            return None
        return self.case.collective_since or self.occurred or self.today

    # -- one clock per item ------------------------------------------------------
    def limitation_items(self) -> list[tuple[str, date]]:
        """For each standing claim the day its year counts from: knowledge or end of employment, or the last restart."""
        return limitation_starts(self.claims, self.restarts, self.limitation_ends)

    def limitation_stood_still(self) -> list[tuple[date, date | None]]:
        """From when until when an obstacle suspended the limitation (办案规则28)."""
        return obstacles(self.matters)

    def unreported(self) -> list[tuple[str, date]]:
        """What the labour authority must be told of the same day and has not been: a collective dispute, a stoppage."""
        told = max((m.happened_on for m in self.matters if m.kind == "authority"), default=date.min)
        since = self.collective_since if self.setting("mediation.report_collective") else None
        events = [("collective", since)] if since is not None else []
        events += [(str(m.id), m.happened_on) for m in self.matters if m.kind == "stoppage"]
        return [(item, day) for item, day in events if day > told]

    def open_instalments(self) -> list[tuple[str, date]]:
        """Each promise not yet kept, with the day it is due; where default was confirmed, nothing is left to count."""
        return [(str(t.id), t.due_on) for t in self.terms if t.due_on and not settled(t) and not t.defaulted_on]


def _by_kind(claims: Iterable[Claim]) -> list[set[uuid.UUID | None]]:
    """Who claims each kind of thing; nobody in particular is everybody."""
    kinds: dict[str, set[uuid.UUID | None]] = {}
    for claim in claims:
        kinds.setdefault(claim.kind, set()).add(claim.party_id)
    return list(kinds.values())


def obstacles(matters: Iterable[Matter]) -> list[tuple[date, date | None]]:
    return [(m.happened_on, m.ended_on) for m in matters if m.kind == "limitation"]


def newly_overdue(terms: Iterable[Term], day: date) -> list[Term]:
    """The promises whose day has passed unkept and whose default nobody has confirmed."""
    return [t for t in terms if t.due_on and t.due_on < day and not settled(t) and not t.defaulted_on]


def settled(term: Term) -> bool:
    return term.done if term.amount is None else term.paid >= term.amount
