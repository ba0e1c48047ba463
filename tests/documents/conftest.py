"""A matter that issues every sort of record, with steps as one-line acts, on both databases."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from documents import house, issue, registration
from documents.fonts import FontSet, build, fonts_directory
from documents.forms import ApproveSeal, Seal
from documents.house import House
from documents.samples import SAMPLES
from documents.store import Store
from union.law import CONSULT, LDMA
from union.organisations import Organisation
from workflows import outbox
from workflows.actor import Actor
from workflows.definition import RecordKind, Role, State, Transition, Workflow
from workflows.fire import fire, open_subject
from workflows.law import Policy
from workflows.module import Module, Participant, Registry, registry
from workflows.tables import Track, new_id

RULE = Policy("文书测试用规则")
CLERK_ROLE = Role("intake", "立案人员")
NOTICE = RecordKind("acceptance_notice", "受理通知书", "调受", (CONSULT[22],), sealed=True, served_on=("party",))
AGREEMENT = RecordKind(
    "agreement", "调解协议书", "调协", (LDMA[14],), ("party", "mediator"), sealed=True, served_on=("party",), draft=True
)
MINUTES = RecordKind(
    "session_minutes", "调解笔录", "调笔", (CONSULT[30],), signers=("party", "mediator"), said_once=True
)
SHEET = RecordKind("calculation_sheet", "计算表", "", (RULE,))


@dataclass
class Person:
    id: uuid.UUID
    name: str
    side: str


MEDIATOR = new_id()


@dataclass
class Official:
    name: str
    staff_id: uuid.UUID | None = None


WORKER, EMPLOYER = Person(new_id(), "陈龑㛃", "applicant"), Person(new_id(), "某某公司", "respondent")
PARTICIPANTS = {
    WORKER.id: Participant(WORKER.id, WORKER.name, "申请人"),
    EMPLOYER.id: Participant(EMPLOYER.id, EMPLOYER.name, "被申请人"),
}


@dataclass
class Facts:
    subject: Any
    signing_parties: tuple[Person, ...] = (WORKER, EMPLOYER)
    mediators: tuple[Official, ...] = (Official("赵𬱖", MEDIATOR),)
    data: dict[str, Any] = field(default_factory=lambda: SAMPLES)


flow = Workflow(
    "matter",
    "事项",
    version=1,
    states=(State("open", "办理中", responsible=CLERK_ROLE, waiting="测试"), State("closed", "已结", final=True)),
    transitions=(
        Transition("begin", "登记", "new -> open", by=(CLERK_ROLE,), law=RULE),
        Transition("accept", "受理", "open -> open", by=(CLERK_ROLE,), issues=(NOTICE,), law=RULE),
        Transition("settle", "录入协议", "open -> open", by=(CLERK_ROLE,), issues=(AGREEMENT,), law=RULE),
        Transition("meet", "调解", "open -> open", by=(CLERK_ROLE,), issues=(MINUTES,), law=RULE),
        Transition("compute", "计算", "open -> open", by=(CLERK_ROLE,), issues=(SHEET,), law=RULE),
        Transition("close", "结案", "open -> closed", by=(CLERK_ROLE,), law=RULE),
    ),
)
MATTER = Module(
    name="matter",
    label="事项",
    workflow=flow,
    subject=Track,
    facts=lambda step: Facts(step.subject),
    records=(NOTICE, AGREEMENT, MINUTES, SHEET),
    participants=lambda session, subject: list(PARTICIPANTS.values()),
    record_data={
        kind.id: (lambda facts, kind=kind: facts.data[kind.id]) for kind in (NOTICE, AGREEMENT, MINUTES, SHEET)
    },
)
ROLES = frozenset({"intake", "mediator", "org_head", "seal_keeper", "recorder"})


@pytest.fixture(scope="session")
def fonts() -> FontSet:
    return build(fonts_directory())


@pytest.fixture
def kept(tmp_path) -> Iterator[Store]:
    """A store of its own; the house is a demo house."""
    before = house._house
    house.use(House(store=tmp_path / "records", site="https://hy.example.cn", demo=True))
    yield Store(tmp_path / "records")
    house._house = before


@dataclass
class Desk:
    """Somebody with every role, at work on one matter."""

    sessions: Any
    clock: Any
    organisation_id: uuid.UUID
    matter_id: uuid.UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.actor = Actor(new_id(), "周敏", ROLES, organisation_id=self.organisation_id)
        self.mediator = Actor(MEDIATOR, "赵𬱖", ROLES, organisation_id=self.organisation_id)
        self.head = Actor(new_id(), "郑立", ROLES, organisation_id=self.organisation_id)

    def begin(self, key: str = "begin", session: Any = None) -> uuid.UUID:
        with self.sessions.begin() as session:
            done = open_subject(
                session, "matter", "begin", by=self.actor, at=self.clock.now, key=f"{key}{new_id()}",
                organisation_id=self.organisation_id,
            )  # fmt: skip
        return done.subject_id

    def act(self, subject_id: uuid.UUID, trigger: str, form: Any = None, by: Actor | None = None, **more: Any) -> Any:
        by = by or replace(self.actor, proved_at=self.clock.now)
        with self.sessions.begin() as session:
            return fire(session, subject_id, trigger, form, by=by, at=self.clock.now, key=str(new_id()), **more)

    def say(self, party: Person, **known: Any) -> None:
        """What is on file of a party: consents, an agent."""
        PARTICIPANTS[party.id] = replace(PARTICIPANTS[party.id], **known)

    def seal(self, record_id: uuid.UUID, copies: int = 3) -> None:
        self.act(record_id, "approve_seal", ApproveSeal(copies=copies), by=self.head)
        self.act(record_id, "seal", Seal(copies=copies))

    def relay(self) -> int:
        return outbox.relay(self.sessions, dict(registration.module.tasks), self.clock.now)


@pytest.fixture
def desk(sessions, clock, monkeypatch) -> Iterator[Desk]:
    for seam in ("roles_for", "name_of"):
        monkeypatch.setattr(registry, seam, getattr(Registry(), seam))
    monkeypatch.setattr(registry, "listeners", [issue.advance])
    monkeypatch.setattr(registry, "issue", issue.issue)
    registry.plug(MATTER)
    with sessions.begin() as session:
        centre = Organisation(name="北京市朝阳区总工会劳动争议调解中心", level="district")
        session.add(centre)
    clock.set(2026, 11, 20)
    known = dict(PARTICIPANTS)
    yield Desk(sessions, clock, centre.id)
    PARTICIPANTS.update(known)
    registry.unplug("matter")
