"""One case as a party to it sees it: plain words, milestones without what was filed, its own papers, nothing of others."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casework.desk import assignment, contact_wishes, my_acts, my_signing, party_requests, sittings
from casework.desk.codes import Whom
from casework.desk.tables import HANDLER_PART, Evidence, Message, Reading, Room, Sitting, SittingNotice
from documents.tables import Record, Service
from union.organisations import Organisation
from union.roles import PARTIES, PARTY
from workflows.actor import Actor
from workflows.fire import current_facts
from workflows.module import Module, Participant, registry
from workflows.parties import Coming, ForParties, Outlook, PartyAct
from workflows.tables import JournalEntry, Subject, Timer, legal_date
from workflows.words import Words

OWN_ENTRIES = {
    "sitting_answer": "已答复能否参加{sitting}",
    "evidence": "已交材料",
}  # the desk's own, shown to whoever wrote them
ELSEWHERE = {my_acts.SAFE.name, my_acts.RATE.name, *my_acts.PERSONAL}  # they have a card or a page of their own
UNKNOWN = Outlook("案件正在办理。", "有新的进展会通知你。", "承办人")


@dataclass(frozen=True, slots=True)
class Milestone:
    on: date
    what: str
    by: str = ""  # 本人网上办理, 工作人员代为登记; empty for an act of the office


@dataclass(frozen=True, slots=True)
class Meeting:
    """The next sitting as one party was told of it."""

    sitting: Sitting
    place: str
    notice: SittingNotice | None
    bring: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A record that was served on this very party."""

    id: uuid.UUID
    title: str
    number: str
    served_on: date
    ready: bool


@dataclass(frozen=True)
class MyCase:
    """Everything on the page of a party."""

    subject: Subject
    words: Words
    me: Participant
    state: str
    outlook: Outlook
    until: date | None
    meeting: Meeting | None
    handlers: Sequence[str]
    office: Organisation | None
    milestones: Sequence[Milestone]
    papers: Sequence[Paper]
    acts: Sequence[PartyAct]
    coming: Sequence[Coming]
    requests: Sequence[party_requests.Asked]
    wish: str
    may_rate: bool
    to_sign: Sequence[Record]


def identify(session: Session, number: str, phone: str) -> Whom:
    """The one entry of the one case that number and telephone name together; two of them are nobody."""
    entries = [entry for seam in _seams() for entry in seam.identify(session, number, phone)]
    return Whom(*entries[0]) if len(entries) == 1 else Whom()


def applications() -> list[Module]:
    """The modules somebody may apply to without a clerk."""
    return [m for m in registry.modules.values() if m.for_parties and m.for_parties.application]


def seam_of(subject: Subject) -> ForParties:
    seam = registry.module_for(subject).for_parties
    assert seam is not None
    return seam


def principals(session: Session, root_id: uuid.UUID, phone: str) -> list[Participant]:
    """Everybody in a case for whom the agent with this telephone stands."""
    subject = session.get_one(Subject, root_id)
    module, seam = registry.module_for(subject), seam_of(subject)
    theirs = set(seam.principals(session, root_id, phone)) if seam.principals else set()
    assert module.participants is not None
    return [person for person in module.participants(session, subject) if person.id in theirs]


def load(session: Session, root_id: uuid.UUID, actor: Actor, now: datetime) -> MyCase:
    """The actor is a party to this case: the guard has asked."""
    subject = session.get_one(Subject, root_id)
    module, workflow, seam = registry.module_for(subject), registry.workflow_for(subject), seam_of(subject)
    assert module.participants is not None and actor.id is not None
    facts = current_facts(session, subject, by=actor, at=now)
    own = seam.outlook(session, facts, actor.id) if seam.outlook else None
    outlook = own or seam.outlooks.get(subject.state, UNKNOWN)
    offered = acts(session, subject, facts, actor)
    return MyCase(
        subject=subject,
        words=module.words,
        me=next(p for p in module.participants(session, subject) if p.id == actor.id),
        state=workflow.state_by_id[subject.state].label,
        outlook=outlook,
        until=_due(session, subject, outlook.until) if outlook.until else None,
        meeting=meeting(session, subject, actor.id, now),
        handlers=_handlers(session, subject, now),
        office=session.get(Organisation, subject.organisation_id),
        milestones=_milestones(session, subject, module, actor.id),
        papers=papers(session, root_id, actor.id),
        acts=[act for act in offered if act.name not in ELSEWHERE],
        coming=sorted(seam.coming(session, subject, facts, actor.id), key=lambda c: c.on) if seam.coming else (),
        requests=party_requests.of_case(session, subject, actor.id),
        wish=contact_wishes.wishes(session, subject.id).get(actor.id, "any"),
        may_rate=my_acts.RATE in offered,
        to_sign=my_signing.to_sign(session, subject, actor),
    )


def acts(session: Session, subject: Subject, facts: Any, actor: Actor) -> list[PartyAct]:
    """What this party may do now: first what belongs to the procedure, then what every case has."""
    may_dispose = actor.agent is None or actor.agent.special
    offered = [act for act in seam_of(subject).acts if act.offered(facts, actor.id)]
    own = [act for act in offered if may_dispose or not act.disposes]
    return [*own, *my_acts.acts(session, subject, facts, actor)]


def meeting(session: Session, subject: Subject, me: uuid.UUID, now: datetime) -> Meeting | None:
    """The next sitting still to come."""
    coming = [s for s in sittings.sittings_of(session, subject.id) if s.status == "planned" and s.ends_at > now]
    if not coming:
        return None
    held = min(coming, key=lambda s: s.starts_at)
    room = session.get(Room, held.room_id) if held.room_id else None
    place = "，".join(filter(None, (room.name if room else "", held.place))) or "视频会议"
    seam = seam_of(subject)
    bring = tuple(seam.bring(session, held.id)) if seam.bring else ()
    return Meeting(held, place, next((n for n in held.notices if n.party_id == me), None), bring)


def papers(session: Session, root_id: uuid.UUID, me: uuid.UUID) -> list[Paper]:
    """The records served on this party, the latest first; what was served on the other side is not named."""
    query = (
        select(Record, Service.served_on)
        .join(Service, Service.record_id == Record.id)
        .where(Record.root_id == root_id, Service.addressee == str(me), Record.state.not_in(("voided", "superseded")))
        .order_by(Service.served_on.desc(), Record.id)
    )
    found: dict[uuid.UUID, Paper] = {}
    for record, on in session.execute(query):
        ready = bool(record.sealed_sha256 or record.pdf_sha256)
        found.setdefault(record.id, Paper(record.id, record.title, record.number or "", on, ready))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything the service keeps about one party to one case, for that party."""

    facts: Sequence[tuple[str, str, str]]  # label, masked, in full
    messages: Sequence[Message]
    materials: Sequence[Evidence]
    requests: Sequence[party_requests.Asked]
    readers: int  # how many members of staff have opened the case


def kept(session: Session, subject: Subject, me: uuid.UUID) -> Kept:
    """Loaded for the page that shows it and for the copy that may be taken away."""
    seam = seam_of(subject)
    to_me = select(Message).where(Message.subject_id == subject.id, Message.party_id == me)
    mine = select(Evidence).where(Evidence.subject_id == subject.id, Evidence.from_party_id == me)
    readers = select(func.count(Reading.staff_id.distinct())).where(Reading.root_id == subject.id)
    return Kept(
        facts=list(seam.stored(session, me)) if seam.stored else [],
        messages=list(session.scalars(to_me.order_by(Message.at.desc(), Message.id).limit(200))),
        materials=list(session.scalars(mine.order_by(Evidence.place, Evidence.at))),
        requests=party_requests.of_case(session, subject, me),
        readers=session.scalar(readers) or 0,
    )


def _seams() -> Iterable[ForParties]:
    return [m.for_parties for m in registry.modules.values() if m.for_parties is not None]


def _due(session: Session, subject: Subject, deadline: str) -> date | None:
    running = (Timer.subject_id == subject.id, Timer.deadline == deadline, Timer.status == "running")
    return session.scalar(select(Timer.effective_due).where(*running).order_by(Timer.effective_due).limit(1))


def _handlers(session: Session, subject: Subject, now: datetime) -> list[str]:
    held = assignment.still_working(session, subject, legal_date(now))
    return [handler.name for handler in held if handler.part == HANDLER_PART]


def _milestones(session: Session, subject: Subject, module: Module, me: uuid.UUID) -> list[Milestone]:
    """Fixed sentences only: neither who of the office did it nor a word of what was filed."""
    assert module.for_parties is not None
    told = module.for_parties.milestones
    own = {act.act for act in module.for_parties.acts if act.act}
    query = (
        select(JournalEntry)
        .where(JournalEntry.root_id == subject.id)
        .where(JournalEntry.workflow.in_([w.name for w in module.workflows]))
        .where(or_(JournalEntry.trigger.in_([name.split(".")[-1] for name in told]), JournalEntry.actor_id == me))
        .order_by(JournalEntry.seq.desc())
        .limit(100)
    )
    found = []
    for entry in session.scalars(query):
        name = entry.trigger if entry.workflow == module.workflow.name else f"{entry.workflow}.{entry.trigger}"
        sentence = told.get(name) or (module.words.said(OWN_ENTRIES.get(name, "")) if entry.actor_id == me else None)
        if sentence and (name not in own or entry.actor_id == me):
            found.append(Milestone(entry.occurred_on, sentence, _by(entry, module, me)))
    return found


def _by(entry: JournalEntry, module: Module, me: uuid.UUID) -> str:
    if entry.actor_id == me:
        return "你这一方在网上办理"  # oneself or one's agent
    if entry.actor_role == PARTY.id:
        return "当事人在网上办理"
    done: Any = registry.workflow_for(entry).transition_by_trigger.get(entry.trigger)
    return "工作人员代当事人登记" if done is not None and set(done.act_of) & set(PARTIES) else ""
