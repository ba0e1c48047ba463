"""What is asked and written while people talk: sittings, extension, agreement, confirmation by each worker, signing."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from sqlalchemy import func, not_, select
from sqlalchemy.orm import Session

from casework.desk import assignment, sittings
from casework.desk.tables import HANDLER_PART, NOTICE_WAYS, Attendance, Room, Sitting
from casework.mediation import collective, drafting
from casework.mediation.forms import fields
from casework.mediation.forms.registration import case_of, parties_of
from casework.mediation.kinds import PAYMENT_WAYS, SUSPENSION_GROUNDS, TAX, TERM_KINDS
from casework.mediation.tables import CaseParty, Claim, Minutes, Payment, SettlementTerm, WorkerShare
from union.privacy import check_bank_account
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.form import Form, Step
from workflows.tables import SHANGHAI, Subject, legal_date


class ScheduleSitting(Form, kw_only=True):
    """When and where the parties meet, and how they were told."""

    starts_at: Annotated[datetime | None, fields.moment("开始时间")] = None
    minutes: Annotated[int, fields.number("预计分钟", least=15, most=600)] = 90
    place: Annotated[str, fields.text("地点")] = ""
    room_id: Annotated[uuid.UUID | None, fields.pick("调解室", fields.from_facts("rooms"))] = None
    video_link: Annotated[str, fields.text("视频会议号", most=300)] = ""
    way: Annotated[str, fields.pick("通知方式", NOTICE_WAYS)] = "phone"
    notified: Annotated[bool, fields.tick("已经通知双方", "未通知到的，之后在调解会中补记")] = True
    bring: Annotated[list[str], fields.lines("应带材料")] = []

    def warnings(self, session: Session, subject: Subject, actor: Actor, at: datetime) -> list[str]:
        """Double bookings of the mediator, the room and the parties, to be read before this is saved."""
        if self.starts_at is None:
            return []
        starts_at = local(self.starts_at)
        parties = session.scalars(
            select(CaseParty).where(CaseParty.case_id == subject.root_id, CaseParty.moved_to_id.is_(None))
        )
        found = sittings.clashes(
            session,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=self.minutes),
            room_id=self.room_id,
            host_ids=presiding(session, subject.root_id, legal_date(starts_at), actor),
            person_keys=[party_key(party) for party in parties],
        )
        return [clash.sentence for clash in found]

    def apply(self, step: Step) -> None:
        if self.starts_at is None:
            raise Invalid("starts_at", "填写开始时间。")
        starts_at = local(self.starts_at)
        if starts_at < step.at - timedelta(days=1):
            raise Invalid("starts_at", "调解会不能安排在过去，改为今后的时间。")
        place = self.place.strip() or (_room_name(step, self.room_id) if self.room_id else "")
        if not place and not self.video_link.strip():
            raise Invalid("place", "填写地点、选择调解室，或者填写视频会议号。")
        sitting = sittings.plan(
            step.session,
            step.root_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=self.minutes),
            room_id=self.room_id,
            place=place,
            video_link=self.video_link.strip(),
            host_id=next(iter(presiding(step.session, step.root_id, legal_date(starts_at), step.actor)), None),
            invited=[self._invited(step, party) for party in summoned(step)],
            by=step.actor.id,
            at=step.at,
        )
        bring = [line.strip() for line in self.bring if line.strip()]
        step.session.add(Minutes(sitting_id=sitting.id, case_id=step.root_id, bring=bring))

    def _invited(self, step: Step, party: CaseParty) -> sittings.Invited:
        told = step.at if self.notified else None
        return sittings.Invited(party.id, party.name, self.way, told, party_key(party))


def presiding(session: Session, case_id: uuid.UUID, day: date, actor: Actor) -> list[uuid.UUID]:
    """Who mediates the case on that day, whoever writes the sitting down; the mediator who does so first."""
    held = [h.staff_id for h in assignment.handlers(session, case_id, day) if h.part == HANDLER_PART]
    return sorted(held, key=lambda staff_id: staff_id != actor.id)


def local(moment: datetime) -> datetime:
    """A time without a zone is the wall clock of the office."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


def party_key(party: CaseParty) -> str:
    """By what a party is known across cases, so that a double booking shows."""
    return str(party.person_id or party.organisation_id or party.name_key)[:60]


def _room_name(step: Step, room_id: uuid.UUID) -> str:
    room = step.session.get(Room, room_id)
    if room is None:
        raise Invalid("room_id", "没有找到所选调解室。")
    return room.name


def summoned(step: Step) -> list[CaseParty]:
    """Of represented workers only the representatives are summoned."""
    parties = [
        p for p in parties_of(step, case_of(step)) if p.side != "third" and p.standing not in ("dead", "dissolved")
    ]
    if any(p.is_representative for p in parties):
        return [p for p in parties if p.capacity != "worker" or p.is_representative]
    return parties


class StartSession(Form, kw_only=True):
    """The parties are there and have been told their rights."""

    sitting_id: Annotated[uuid.UUID | None, fields.pick("调解会", fields.from_facts("sittings"), "不选为最近一次")] = (
        None
    )
    rights_told: Annotated[bool, fields.tick("已告知权利义务、程序、协议效力和确认途径，并询问是否申请回避")] = False
    absent: Annotated[list[uuid.UUID], fields.several("未到场的当事人", fields.from_facts("parties"))] = []

    def apply(self, step: Step) -> None:
        sitting = sitting_of(step, self.sitting_id)
        with as_read_back(step, sitting):
            if not sitting.read_back:
                became(step, sitting, "held")
                sitting.rights_told = self.rights_told
            attend(step, sitting, self.absent)


@contextmanager
def as_read_back(step: Step, sitting: Sitting) -> Iterator[None]:
    """What the step writes of a sitting; once that was read back it stands, and a step that would change it is refused."""
    if not sitting.read_back:
        yield
        return
    before = _version(step, sitting)
    yield
    step.session.flush()
    if _version(step, sitting) != before:
        instead = sittings.words_of(step.session, sitting).said(sittings.ADD_INSTEAD)
        raise Invalid("sitting_id", f"这次调解会的笔录已宣读或者交阅，不能再改动；{instead}")


def _version(step: Step, sitting: Sitting) -> str:
    step.session.refresh(sitting, ["attendance"])
    return sittings.version(sitting)


def sitting_of(step: Step, sitting_id: uuid.UUID | None) -> Sitting:
    query = select(Sitting).where(Sitting.subject_id == step.root_id, not_(sittings.CALLED_OFF))
    if sitting_id is not None:
        query = query.where(Sitting.id == sitting_id)
    sitting = step.session.scalars(query.order_by(Sitting.number.desc()).limit(1)).first()
    if sitting is None:
        raise Invalid("sitting_id", "先安排调解会并通知双方。")
    return sitting


def became(step: Step, sitting: Sitting, status: str) -> None:
    """People met, so it was put off there and not before; refused where it was called off or another has the room."""
    try:
        sittings.refuse_status(step.session, sitting, status, step.at)
    except Invalid as fault:
        raise Invalid("sitting_id", str(fault)) from None
    sittings.mark(sitting, status, max(step.at, sitting.starts_at))


def attend(step: Step, sitting: Sitting, absent: list[uuid.UUID]) -> None:
    held = select(Attendance).where(Attendance.sitting_id == sitting.id)
    known = {row.party_id: row for row in step.session.scalars(held)}
    for party in summoned(step):
        row = known.get(party.id)
        if row is None:
            row = Attendance(sitting_id=sitting.id, party_id=party.id, name=party.name, through=party.agent_name)
            step.session.add(row)
        row.came = party.id not in absent
    step.session.flush()


class RecordMinutes(Form, kw_only=True):
    """What was said; the part without prejudice is kept apart and never leaves the file."""

    sitting_id: Annotated[uuid.UUID | None, fields.pick("调解会", fields.from_facts("sittings"), "不选为最近一次")] = (
        None
    )
    absent: Annotated[list[uuid.UUID], fields.several("未到场的当事人", fields.from_facts("parties"))] = []
    applicant_statement: Annotated[str, fields.long("申请人陈述")] = ""
    respondent_statement: Annotated[str, fields.long("被申请人陈述")] = ""
    proceedings: Annotated[str, fields.long("调解经过", "不填则用调解会中自动保存的笔录", 8000)] = ""
    without_prejudice: Annotated[str, fields.long("不作为证据的让步和方案", "另存，不移送仲裁或者法院")] = ""
    recusal: Annotated[str, fields.text("回避询问", "例如：双方均不申请回避")] = ""
    result: Annotated[str, fields.long("结果", most=1000)] = ""
    read_back: Annotated[bool, fields.tick("笔录已宣读或者交阅，在场人确认无误")] = False
    refused_to_sign: Annotated[str, fields.text("拒绝签名的情况", most=300)] = ""
    adjourned: Annotated[bool, fields.tick("延期再开")] = False
    adjourned_because: Annotated[str, fields.text("延期再开的原因", most=300)] = ""

    def apply(self, step: Step) -> None:
        sitting = sitting_of(step, self.sitting_id)
        with as_read_back(step, sitting):
            self._write(step, sitting)
        stated = minutes_of(step, sitting)
        stated.applicant_statement = self.applicant_statement.strip()
        stated.respondent_statement = self.respondent_statement.strip()
        stated.recusal, stated.result = self.recusal.strip(), self.result.strip()
        stated.refused_to_sign = self.refused_to_sign.strip()

    def _write(self, step: Step, sitting: Sitting) -> None:
        if not sitting.read_back:
            became(step, sitting, "adjourned" if self.adjourned else "held")
            sitting.adjourned_because = self.adjourned_because
            sitting.read_back = self.read_back
            sitting.written_by, sitting.written_at = step.actor.id, step.at
        sitting.open_minutes = self.proceedings.strip() or sitting.open_minutes
        sitting.without_prejudice_minutes = self.without_prejudice.strip() or sitting.without_prejudice_minutes
        sitting.outcome = self.result[:500] or sitting.outcome
        if not sitting.open_minutes.strip():
            raise Invalid("proceedings", "填写调解经过。")
        if self.absent or not _attended(step, sitting):
            attend(step, sitting, self.absent)


def minutes_of(step: Step, sitting: Sitting) -> Minutes:
    row = step.session.get(Minutes, sitting.id)
    if row is None:
        row = Minutes(sitting_id=sitting.id, case_id=step.root_id, bring=[])
        step.session.add(row)
    row.written_at = step.at
    return row


def _attended(step: Step, sitting: Sitting) -> bool:
    return step.session.scalar(select(Attendance.id).where(Attendance.sitting_id == sitting.id).limit(1)) is not None


class Extend(Form, kw_only=True):
    """How much longer both sides want to go on, agreed in writing before the term ends."""

    extension_days: Annotated[int, fields.number("延长天数", "自原届满日起算", least=1, most=60)] = 15
    agreed_on: Annotated[date | None, fields.past_day("双方签署延期同意书之日")] = None
    agreed_by_applicant: Annotated[bool, fields.tick("申请人已书面同意")] = False
    agreed_by_respondent: Annotated[bool, fields.tick("被申请人已书面同意")] = False

    def apply(self, step: Step) -> None:
        if not 1 <= self.extension_days <= 60:
            raise Invalid("extension_days", "延长天数应为1至60日。")
        if self.agreed_on is not None and self.agreed_on > step.today:
            raise Invalid("agreed_on", "同意日期在今天之后，改为实际签署的日期。")


class Suspend(Form, kw_only=True):
    """Why the talks stand still; the fifteen days do not."""

    ground: Annotated[str, fields.radio("中止原因", SUSPENSION_GROUNDS)] = ""
    explanation: Annotated[str, fields.long("具体说明", most=500)] = ""

    def apply(self, step: Step) -> None:
        case_of(step).sham_suspected = self.ground == "sham_suspected"


class Resume(Form, kw_only=True):
    """The reason to wait is gone."""

    explanation: Annotated[str, fields.long("中止原因消除的情况", most=500)] = ""

    def apply(self, step: Step) -> None:
        case_of(step).sham_suspected = False


class InstalmentIn(msgspec.Struct, kw_only=True):
    """One instalment as typed."""

    amount: Annotated[int, fields.money("金额")]
    due_on: Annotated[date | None, fields.day("支付日期")] = None


class TermIn(msgspec.Struct, kw_only=True):
    """A promise as typed."""

    title: Annotated[str, fields.text("内容", "例如：被申请人支付经济补偿", 500)]
    kind: Annotated[str, fields.pick("种类", TERM_KINDS)] = "payment"
    amount: Annotated[int | None, fields.money("金额")] = None
    payee: Annotated[str, fields.text("收款人", "不填为申请人")] = ""
    way: Annotated[str, fields.pick("履行方式", {"": "未约定", **PAYMENT_WAYS})] = ""
    bank_name: Annotated[str, fields.text("开户行", most=100)] = ""
    account: Annotated[str, fields.plausible(check_bank_account, fields.text("账号", most=40))] = ""
    due_on: Annotated[date | None, fields.day("履行期限")] = None
    tax: Annotated[str, fields.radio("税前或者税后", TAX)] = ""
    instalments: Annotated[list[InstalmentIn], fields.rows("分期")] = []
    claim_id: Annotated[uuid.UUID | None, fields.pick("对应的请求", fields.from_facts("claims"))] = None
    party_id: Annotated[
        uuid.UUID | None, fields.of_several_workers(fields.pick("职工", fields.from_facts("workers")))
    ] = None
    period: Annotated[str, fields.radio("工资所属", {"past": "已发生", "future": "今后"})] = "past"
    monthly_wage: Annotated[int | None, fields.money("约定月工资")] = None


class ShareIn(msgspec.Struct, kw_only=True):
    """A worker's part of a collective agreement."""

    party_id: Annotated[uuid.UUID, fields.pick("职工", fields.from_facts("workers"))]
    amount: Annotated[int | None, fields.money("应得金额")] = None


class ReachAgreement(Form, kw_only=True):
    """The terms as rows; the checks of law run over these rows."""

    terms: Annotated[list[TermIn], fields.rows("协议条款", required=True)] = []
    default_liability: Annotated[str, fields.long("逾期责任", most=500)] = ""
    employment: Annotated[str, fields.long("劳动关系状态和解除原因", most=500)] = ""
    formalities: Annotated[str, fields.long("社会保险、档案手续", most=500)] = ""
    release: Annotated[str, fields.long("权利了结范围", most=500)] = ""
    shares: Annotated[list[ShareIn], fields.of_several_workers(fields.rows("职工应得金额（集体争议）"))] = []
    warning_reason: Annotated[str, fields.long("对提示事项的说明", "有提示时填写，至少五个字", 500)] = ""

    @classmethod
    def known(cls, facts: Any) -> dict[str, Any]:
        """The draft before this one, else what the claims say: nobody types anew what the case knows."""
        wording = facts.case.wording or {}
        return {
            **{name: wording.get(name, "") for name in WORDING},
            "terms": drafting.drafted(facts) or drafting.claimed(facts),
            "shares": drafting.shares(facts),
        }

    def apply(self, step: Step) -> None:
        case = case_of(step)
        case.warning_reason = self.warning_reason.strip()
        case.wording = {name: getattr(self, name).strip() for name in WORDING}
        supersede_terms(step)
        write_terms(step, self.terms)
        self._write_wording(step)
        self._share(step)

    def _write_wording(self, step: Step) -> None:
        """A release typed as text is a promise like the others, so that the checks see it."""
        number = len(self.terms)
        for kind, wording in (("separation", self.employment), ("waiver", self.release)):
            if wording.strip():
                number += 1
                extra = SettlementTerm(
                    case_id=step.root_id,
                    number=number,
                    kind=kind,
                    title=wording.strip()[:500],
                    due_on=step.occurred_on,
                    way="other",
                    done_on=step.occurred_on,
                )
                step.session.add(extra)

    def _share(self, step: Step) -> None:
        workers = [p for p in parties_of(step, case_of(step)) if p.capacity == "worker" and not p.is_representative]
        if len(workers) < 2:
            return
        typed = {share.party_id: share.amount for share in self.shares}
        held = {
            row.party_id: row
            for row in step.session.scalars(select(WorkerShare).where(WorkerShare.case_id == step.root_id))
        }
        for worker in workers:
            row = held.get(worker.id)
            if row is None:
                row = WorkerShare(case_id=step.root_id, party_id=worker.id)
                step.session.add(row)
            row.amount, row.confirmed_on = typed.get(worker.id, row.amount), None


WORDING = ("default_liability", "employment", "formalities", "release")


def supersede_terms(step: Step) -> None:
    """An earlier draft of the terms stays readable and no longer counts."""
    standing = select(SettlementTerm).where(
        SettlementTerm.case_id == step.root_id, SettlementTerm.superseded_on.is_(None)
    )
    for row in step.session.scalars(standing):
        row.superseded_on = step.occurred_on


def replace_terms(step: Step, terms: list[TermIn]) -> None:
    """The promises are written anew, behind what was paid on the old ones; what the agreement says of employment and
    release goes on, behind both."""
    c = SettlementTerm
    standing = select(c).where(c.case_id == step.root_id, c.superseded_on.is_(None)).order_by(c.number, c.instalment)
    rows = list(step.session.scalars(standing))
    said = [row for row in rows if row.kind in STATED and row.done_on is not None]
    supersede_terms(step)
    kept = _kept(step, rows)
    write_terms(step, terms, after=len(kept))
    for number, row in enumerate(said, start=len(kept) + len(terms) + 1):
        row.superseded_on, row.number = None, number
    step.session.flush()


def _kept(step: Step, rows: list[SettlementTerm]) -> list[SettlementTerm]:
    """Of a promise of money what was paid on it stands, each on a line of its own; as it was promised it can be read."""
    kept = []
    for row in rows:
        paid = step.session.scalar(select(func.sum(Payment.amount)).where(Payment.term_id == row.id))
        if paid is None or row.amount is None:
            continue
        if paid < row.amount:
            step.session.add(_as_promised(row))
        kept.append(row)
        row.superseded_on, row.defaulted_on, row.amount = None, None, int(paid)
        row.number, row.instalment = len(kept), 1
    return kept


def _as_promised(row: SettlementTerm) -> SettlementTerm:
    names = [c.key for c in SettlementTerm.__mapper__.column_attrs if c.key != "id" and not c.key.startswith("account")]
    return SettlementTerm(account=row.account, **{name: getattr(row, name) for name in names})


STATED = ("separation", "waiver")


def write_terms(step: Step, terms: list[TermIn], paid: bool = False, after: int = 0) -> None:
    claims = set(step.session.scalars(select(Claim.id).where(Claim.case_id == step.root_id)))
    parties = {p.id: p for p in parties_of(step, case_of(step))}
    applicants = "、".join(p.name for p in parties.values() if p.side == "applicant")
    for number, typed in enumerate(terms, start=1):
        field = f"terms.{number - 1}"
        if not typed.title.strip():
            raise Invalid(f"{field}.title", "填写条款内容。")
        if typed.claim_id is not None and typed.claim_id not in claims:
            raise Invalid(f"{field}.claim_id", "所选请求不属于本案。")
        if typed.kind == "future_wage" and typed.monthly_wage is None:
            raise Invalid(f"{field}.monthly_wage", "约定今后工资的，填写约定月工资。")
        _refuse_impossible(step, typed, field)
        own = parties.get(typed.party_id) if typed.party_id else None
        account = fields.checked(f"{field}.account", check_bank_account, typed.account)
        if own is not None and typed.way == "transfer" and not typed.payee.strip():
            account = account or own.account or ""
        parts = typed.instalments or [InstalmentIn(amount=typed.amount or 0, due_on=typed.due_on)]
        if typed.instalments and typed.amount not in (None, sum(part.amount for part in parts)):
            raise Invalid(f"{field}.amount", "各期金额之和与总金额不符，核对后改正。")
        for instalment, part in enumerate(parts, start=1):
            money = typed.kind == "payment"
            row = SettlementTerm(
                case_id=step.root_id,
                number=after + number,
                instalment=instalment,
                kind=typed.kind,
                title=typed.title.strip(),
                amount=part.amount or None if money else None,
                payee=(typed.payee.strip() or (own.name if own else applicants[:200])) if money else "",
                account=account or None,
                bank_name=typed.bank_name.strip(),
                due_on=part.due_on,
                way=typed.way,
                tax=typed.tax,
                claim_id=typed.claim_id,
                party_id=typed.party_id,
                period="future" if typed.kind == "future_wage" else typed.period,
                monthly_wage=typed.monthly_wage,
                done_on=step.occurred_on if typed.kind == "waiver" or (paid and not money) else None,
            )
            step.session.add(row)
            step.session.flush()
            if paid and money and row.amount:
                step.session.add(
                    Payment(
                        case_id=step.root_id,
                        term_id=row.id,
                        amount=row.amount,
                        paid_on=step.occurred_on,
                        proof="当场履行，记入调解笔录",
                        recorded_at=step.at,
                        by_id=step.actor.id,
                    )
                )
    step.session.flush()


def _refuse_impossible(step: Step, typed: TermIn, field: str) -> None:
    """A sum that is none, or a day that was over when the promise was made."""
    parts = [(f"{field}.instalments.{i}", part.amount, part.due_on) for i, part in enumerate(typed.instalments)]
    for place, amount, due_on in [(field, typed.amount, typed.due_on), *parts]:
        if typed.kind == "payment" and amount is not None and amount <= 0:
            raise Invalid(f"{place}.amount", "金额应大于零。")
        if due_on is not None and due_on < step.occurred_on:
            raise Invalid(
                f"{place}.due_on", f"履行期限早于协议之日 {step.occurred_on:%Y-%m-%d}，改为当日或者今后的日期。"
            )


class TalkAgain(Form, kw_only=True):
    """Why the draft is not signed and the talks go on."""

    reason: Annotated[str, fields.long("退回原因", most=500)] = ""

    def apply(self, step: Step) -> None:
        supersede_terms(step)


class ConfirmShares(Form, kw_only=True):
    """Which of the represented workers confirmed the agreement in person."""

    confirmed: Annotated[list[uuid.UUID], fields.several("本人已确认的职工", fields.from_facts("unconfirmed"))] = []
    way: Annotated[str, fields.pick("确认方式", NOTICE_WAYS)] = "in_person"

    def apply(self, step: Step) -> None:
        held = {
            row.party_id: row
            for row in step.session.scalars(select(WorkerShare).where(WorkerShare.case_id == step.root_id))
        }
        known = {party.id for party in parties_of(step, case_of(step))}
        if not self.confirmed:
            raise Invalid("confirmed", "选择本人已经书面确认协议的职工。")
        for party_id in self.confirmed:
            if party_id not in known:
                raise Invalid("confirmed", "所选职工不属于本案。")
            row = held.get(party_id)
            if row is None:
                row = WorkerShare(case_id=step.root_id, party_id=party_id)
                step.session.add(row)
            row.confirmed_on, row.way = row.confirmed_on or step.occurred_on, self.way


class Split(Form, kw_only=True):
    """Who goes on in a case of their own."""

    parties: Annotated[list[uuid.UUID], fields.several("分出的职工", fields.from_facts("applicants"))] = []
    reason: Annotated[str, fields.text("分案理由", most=300)] = ""

    def apply(self, step: Step) -> None:
        collective.split_off(step, self.parties, self.reason)


class Sign(Form, kw_only=True):
    """The agreement takes effect; workers who have not confirmed are split off when the mediator says so."""

    split_unconfirmed: Annotated[bool, fields.tick("未确认的职工分案，协议对已确认的职工生效")] = False

    def apply(self, step: Step) -> None:
        if self.split_unconfirmed:
            self._refuse_unless_represented(step)
            unconfirmed = collective.unconfirmed(step)
            if unconfirmed:
                collective.split_off(step, unconfirmed, "未确认协议")
        case_of(step).effective_on = step.occurred_on

    def _refuse_unless_represented(self, step: Step) -> None:
        """Where everybody signs for themselves nobody is parted from the others because a confirmation is missing."""
        workers = [p for p in parties_of(step, case_of(step)) if p.capacity == "worker"]
        spoken_for = any(p.is_representative for p in workers) and case_of(step).collective_since is not None
        if len(workers) < 10 and not spoken_for:
            raise Invalid("split_unconfirmed", NOT_SPOKEN_FOR)


NOT_SPOKEN_FOR = "本案没有被代表的职工，各职工本人签署，不勾选这一项；有职工不签署的，办理“分案”。"


class SettleOnSpot(Form, kw_only=True):
    """A small platform dispute, agreed and performed at once; the minutes carry the agreement."""

    terms: Annotated[list[TermIn], fields.rows("协议条款", required=True)] = []
    proceedings: Annotated[str, fields.long("调解经过")] = ""
    result: Annotated[str, fields.long("结果", most=1000)] = ""

    def apply(self, step: Step) -> None:
        if not self.proceedings.strip():
            raise Invalid("proceedings", "填写调解经过。")
        sitting = sitting_of(step, None)
        with as_read_back(step, sitting):
            became(step, sitting, "held")
            sitting.read_back = True
            sitting.open_minutes, sitting.outcome = self.proceedings.strip(), self.result[:500]
            if not _attended(step, sitting):
                attend(step, sitting, [])
        sitting.written_by, sitting.written_at = step.actor.id, step.at
        minutes_of(step, sitting).result = self.result.strip()
        supersede_terms(step)
        write_terms(step, self.terms, paid=True)
        case_of(step).effective_on = step.occurred_on


FORMS: dict[str, type[Form]] = {
    "schedule_sitting": ScheduleSitting,
    "start_session": StartSession,
    "record_minutes": RecordMinutes,
    "extend": Extend,
    "suspend": Suspend,
    "resume": Resume,
    "reach_agreement": ReachAgreement,
    "talk_again": TalkAgain,
    "confirm_shares": ConfirmShares,
    "split": Split,
    "sign": Sign,
    "settle_on_spot": SettleOnSpot,
}
