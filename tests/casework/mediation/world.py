"""A street station with its people, and a case moved only by firing its steps."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from casework.mediation.forms import endings, people, registration, talks
from casework.mediation.presenting import as_shown
from casework.mediation.tables import CaseParty, MediationCase
from documents.forms import ApproveSeal, Finalise, Seal
from documents.forms import Sign as SignRecord
from documents.tables import Record
from tests.town import member, place
from union.access import actor_for
from union.roles import ARCHIVIST, INTAKE, MEDIATOR, ORG_HEAD, RECORDER, SEAL_KEEPER
from workflows.fire import fire, open_subject
from workflows.form import Form
from workflows.sweep import sweep
from workflows.tables import SHANGHAI, OutboxMessage, Setting, Subject, Task, Timer, new_id

WANG = registration.PartyIn(
    name="王建国",
    id_number="110105198503074116",
    phone="13800138000",
    hired_on=date(2020, 3, 1),
    left_on=date(2026, 1, 31),
)
FIRM = registration.PartyIn(
    name="北京远航物流有限公司", kind="organisation", credit_code="91110105MA01ABCD5F", legal_representative="赵强"
)
WAGES = registration.ClaimIn(
    kind="wages", title="支付2026年1月工资", amount=800_000, employment_ended_on=date(2026, 1, 31)
)
PAYMENT = talks.TermIn(
    title="被申请人支付拖欠工资",
    amount=600_000,
    payee="王建国",
    way="transfer",
    bank_name="中国工商银行",
    account="6222020200012345678",
    due_on=date(2026, 5, 10),
    tax="pre",
)


@dataclass
class World:
    """The station and its people on one database; every step is a transaction of its own."""

    sessions: sessionmaker
    clock: Any
    ids: dict[str, uuid.UUID] = field(default_factory=dict)
    station: uuid.UUID = None
    federation: uuid.UUID = None

    def set(self, year, month, day, hour=10):
        self.clock.set(year, month, day, hour)

    def on(self, day: date, hour: int = 10):
        self.clock.set(day.year, day.month, day.day, hour)

    def actor(self, session, account):
        return replace(actor_for(session, self.ids[account], self.clock.now), proved_at=self.clock.now)

    def open(self, trigger="register", form=None, by="intake", occurred_on=None, place=None) -> uuid.UUID:
        with self.sessions.begin() as session:
            return open_subject(
                session,
                "mediation",
                trigger,
                self.shown(session, form or application()),
                by=self.actor(session, by),
                at=self.clock.now,
                key=str(new_id()),
                organisation_id=place or self.station,
                occurred_on=occurred_on,
            ).subject_id

    def act(self, subject_id, trigger, form: Form | None = None, by="mediator", occurred_on=None, key=None):
        with self.sessions.begin() as session:
            return fire(
                session,
                subject_id,
                trigger,
                self.shown(session, form, subject_id),
                by=self.actor(session, by),
                at=self.clock.now,
                key=key or str(new_id()),
                occurred_on=occurred_on,
            )

    def shown(self, session, form, case_id=None):
        """Who decides about likely repetitions has seen those there are now, unless the form says which."""
        if getattr(form, "duplicate_seen", None) == "":
            return as_shown(session, form, self.clock.now, case_id)
        return form

    def sweep(self, day: date | None = None):
        if day is not None:
            self.on(day, 1)
        return sweep(self.sessions, self.clock.now)

    def state(self, subject_id) -> str:
        return self.read(select(Subject.state).where(Subject.id == subject_id))[0]

    def case(self, case_id) -> MediationCase:
        return self.read(select(MediationCase).where(MediationCase.id == case_id))[0]

    def read(self, query) -> list[Any]:
        with self.sessions() as session:
            return list(session.scalars(query))

    def read_rows(self, query) -> list[Any]:
        with self.sessions() as session:
            return list(session.execute(query).all())

    def parties(self, case_id) -> list[CaseParty]:
        return self.read(
            select(CaseParty)
            .where(CaseParty.case_id == case_id, CaseParty.moved_to_id.is_(None))
            .order_by(CaseParty.id)
        )

    def party(self, case_id, side="respondent") -> CaseParty:
        return next(p for p in self.parties(case_id) if p.side == side)

    def timer(self, subject_id, deadline) -> Timer:
        query = select(Timer).where(Timer.subject_id == subject_id, Timer.deadline == deadline).order_by(Timer.id)
        return self.read(query)[-1]

    def timers(self, subject_id) -> dict[str, Timer]:
        return {
            t.deadline: t
            for t in self.read(select(Timer).where(Timer.subject_id == subject_id, Timer.status == "running"))
        }

    def track(self, case_id, name) -> uuid.UUID:
        query = select(Subject.id).where(Subject.root_id == case_id, Subject.workflow == f"mediation.{name}")
        return self.read(query.order_by(Subject.id))[-1]

    def tracks(self, case_id) -> dict[str, str]:
        rows = self.read(select(Subject).where(Subject.root_id == case_id, Subject.kind == "track"))
        return {row.workflow.removeprefix("mediation."): row.state for row in rows}

    def record(self, case_id, kind) -> Record:
        query = select(Record).where(Record.root_id == case_id, Record.kind_id == kind).order_by(Record.id)
        return self.read(query)[-1]

    def records(self, case_id) -> list[str]:
        return self.read(select(Record.kind_id).where(Record.root_id == case_id).order_by(Record.id))

    def tasks(self, case_id) -> list[Task]:
        return self.read(select(Task).where(Task.root_id == case_id, Task.done_at.is_(None)))

    def promised(self, topic) -> list[OutboxMessage]:
        return self.read(select(OutboxMessage).where(OutboxMessage.topic == topic))

    def setting(self, key, value):
        with self.sessions.begin() as session:
            session.add(
                Setting(key=key, value={"value": value}, valid_from=date(2015, 1, 1), entered_at=self.clock.now)
            )

    # -- the usual way ------------------------------------------------------------------

    def accepted(self, form=None, case=None, **more) -> uuid.UUID:
        case = case or self.open(form=form, **more)
        if self.state(case) == "received":
            self.act(case, "seek_consent", registration.SeekConsent(), "intake")
        self.act(case, "record_answer", registration.RecordAnswer(answer="agreed"), "intake")
        self.act(case, "accept", registration.Accept(), "head")
        return case

    def assigned(self, form=None, mediators=("mediator",), **more) -> uuid.UUID:
        case = self.accepted(form, **more)
        self.act(
            case,
            "assign",
            people.Assign(mediators=[self.ids[m] for m in mediators], recorder=self.ids["recorder"]),
            "head",
        )
        return case

    def talking(self, form=None, mediators=("mediator",), **more) -> uuid.UUID:
        case = self.assigned(form, mediators, **more)
        self.sitting(case)
        self.act(case, "start_session", talks.StartSession(rights_told=True))
        return case

    def sitting(self, case):
        starts_at = self.clock.now + timedelta(hours=2)
        self.act(case, "schedule_sitting", talks.ScheduleSitting(starts_at=starts_at, place="第一调解室"))

    def drafted(self, form=None, terms=(), mediators=("mediator",), **more) -> uuid.UUID:
        case = self.talking(form, mediators, **more)
        self.act(case, "reach_agreement", talks.ReachAgreement(terms=list(terms) or [self.payment()]))
        return case

    def payment(self) -> talks.TermIn:
        """The usual promise; where the usual day is over, two months from now."""
        later = self.clock.today + timedelta(days=60)
        return PAYMENT if PAYMENT.due_on >= self.clock.today else msgspec.structs.replace(PAYMENT, due_on=later)

    def sign_paper(self, case, kind="agreement", seal=True):
        record = self.record(case, kind)
        if record.state == "draft":
            self.act(record.id, "finalise", Finalise())
        for signer in self.record(case, kind).signers:
            self.act(record.id, "sign", SignRecord(signer=signer["key"]))
        if seal:
            self.seal(record.id)

    def seal(self, record_id):
        self.act(record_id, "approve_seal", ApproveSeal(copies=3), "head")
        self.act(record_id, "seal", Seal(copies=3), "keeper")

    def settled(self, form=None, terms=(), **more) -> uuid.UUID:
        case = self.drafted(form, terms, **more)
        self.sign_paper(case)
        self.act(case, "sign", talks.Sign())
        return case

    def finish_papers(self, case):
        """Every record of the case signed and sealed."""
        for record in self.read(select(Record).where(Record.root_id == case).order_by(Record.id)):
            if record.state == "draft":
                self.act(record.id, "finalise", Finalise())
            if self.state(record.id) == "awaiting_signature":
                for signer in self.read(select(Record).where(Record.id == record.id))[0].signers:
                    self.act(record.id, "sign", SignRecord(signer=signer["key"]))
            if self.state(record.id) == "awaiting_approval":
                self.seal(record.id)

    def referred(self, kind, **more) -> uuid.UUID:
        """A case sent by a court or a tribunal, with both parties at the table."""
        parties = [msgspec.structs.replace(party, consent="agreed") for party in (WANG, FIRM)]
        form = registration.ReferIn(
            applicants=parties[:1],
            respondents=parties[1:],
            claims=[WAGES],
            grounds="公司拖欠工资。",
            source="court" if kind.startswith("court") else "hrss",
            referral_kind=kind,
            partner="来函机关",
            letter_number="函〔2026〕1号",
            letter="委托函",
            **more,
        )
        case = self.open("refer_in", form)
        self.act(case, "seek_consent", registration.SeekConsent(), "intake")
        return self.talking(case=case)

    def failed(self, form=None, **more) -> uuid.UUID:
        case = self.talking(form, **more)
        self.act(case, "fail", endings.Fail(reason="divergent", summary="双方分歧较大"))
        return case


def application(**changed) -> registration.Register:
    return registration.Register(
        **{
            "applicants": [WANG],
            "respondents": [FIRM],
            "claims": [WAGES],
            "grounds": "公司拖欠2026年1月工资，多次催要未付。",
            **changed,
        }
    )


def oral(**changed) -> registration.RegisterOral:
    return registration.RegisterOral(
        **{
            "applicants": [WANG],
            "respondents": [FIRM],
            "claims": [WAGES],
            "grounds": "公司拖欠2026年1月工资。",
            "taken_at": datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI),
            "read_back": True,
            **changed,
        }
    )


ACCOUNTS = {
    "intake": ("林晓", INTAKE),
    "head": ("郑宏", ORG_HEAD),
    "mediator": ("周敏", MEDIATOR),
    "second": ("许静", MEDIATOR),
    "third": ("方圆", MEDIATOR),
    "recorder": ("唐伟", RECORDER),
    "keeper": ("潘月", SEAL_KEEPER),
    "archivist": ("段平", ARCHIVIST),
}


def build(sessions, clock) -> World:
    """The federation, its station and the people, on an empty database."""
    with sessions.begin() as session:
        federation = place(session, "北京市朝阳区总工会", "district", basis="union_centre", phone="010-12351")
        station = place(
            session,
            "朝阳区某街道总工会劳动争议调解组织",
            "street",
            federation,
            "township_street",
            "station",
            phone="010-65090000",
            address="北京市朝阳区某街1号",
        )
        built = World(sessions, clock, station=station.id, federation=federation.id)
        for account, (name, role) in ACCOUNTS.items():
            built.ids[account] = member(session, name, account, (role,), (station, federation))
    return built
