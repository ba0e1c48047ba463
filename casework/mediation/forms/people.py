"""What is asked and written about mediators, recusal, parties, representatives and claims."""

import uuid
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from casework.desk import assignment, messages
from casework.desk.tables import HANDLER_PART
from casework.mediation import calculation, collective
from casework.mediation.conflicts import declared_conflicts, tied
from casework.mediation.forms import fields
from casework.mediation.forms.registration import (
    ClaimIn,
    Duplicates,
    PartyIn,
    add_claims,
    add_party,
    case_of,
    name_case,
    only_for_itself,
    parties_of,
    say,
    settle_duplicates,
)
from casework.mediation.kinds import ANSWER_WAYS, RECUSAL_GROUNDS
from casework.mediation.records import SERVICE_ADDRESS
from casework.mediation.settings import wage_settings
from casework.mediation.tables import CalculationSheet, CaseParty, Claim, ConflictWaiver, MediationCase, Recusal
from casework.mediation.words import WORDS
from documents.issue import issue
from union.access import conflict
from union.law import ARB_RULES, INVITED, PMA
from union.people import Staff
from union.roles import APPLICANT, INTAKE, MEDIATOR, ORG_HEAD, PARTY, RESPONDENT
from workflows.errors import Invalid
from workflows.form import Attachment, Form, Step
from workflows.module import Act

HEADINGS_SAID = "、".join(dict.fromkeys(collective.COLUMNS))
SIDES = {"applicant": "申请人", "respondent": "被申请人"}


WaivedBy = Annotated[list[str], fields.more(fields.several("已明确放弃申请回避的一方", SIDES, "对有回避关系的承办人"))]
WaiverReason = Annotated[str, fields.more(fields.text("放弃申请回避的依据", "例如：双方3月2日签名的声明", 300))]


class Assign(Form, kw_only=True):
    """Who mediates and who records; a waiver of everybody lets a mediator with a tie stay."""

    mediators: Annotated[list[uuid.UUID], fields.several("调解员", fields.from_facts("mediators"))] = []
    recorder: Annotated[uuid.UUID | None, fields.pick("记录员", fields.from_facts("recorders"))] = None
    waived_by: WaivedBy = []
    waiver_reason: WaiverReason = ""
    remark: Annotated[str, fields.text("说明", most=300)] = ""

    def apply(self, step: Step) -> None:
        if not self.mediators:
            raise Invalid("mediators", "选择调解员。")
        put_to_work(step, self.mediators, HANDLER_PART, self.remark)
        put_to_work(step, [self.recorder] if self.recorder else [], "recorder", self.remark)
        waive(step, [*working(step), step.actor.id], self.waived_by, self.waiver_reason)


def put_to_work(
    step: Step,
    staff: list[uuid.UUID],
    part: str,
    reason: str,
    stands_in_for: uuid.UUID | None = None,
    returns_on: date | None = None,
) -> None:
    """From today exactly these people hold this part of the case."""
    for staff_id in staff:
        if step.session.get(Staff, staff_id) is None:
            raise Invalid("mediators", "没有找到所选人员，重新选择。")
    before = {held.staff_id for held in step.session.scalars(assignment.in_force(step.root_id, step.occurred_on))}
    assignment.assign(
        step.session,
        step.root_id,
        staff,
        on=step.occurred_on,
        by=step.actor.id,
        part=part,
        reason=reason[:300],
        stands_in_for=stands_in_for,
        returns_on=returns_on,
    )
    number = step.root.number or step.root.title
    for staff_id in set(staff) - before - {step.actor.id}:
        text = f"{number}由你担任{assignment.part_label(part, WORDS)}，{step.actor.name}指定。"
        messages.tell_staff(step.session, staff_id, text, step.at, step.root_id)


def working(step: Step, case_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Whoever works on the case, in whichever part."""
    handlers = assignment.handlers(step.session, case_id or step.root_id, step.occurred_on)
    return [handler.staff_id for handler in handlers]


def waive(
    step: Step, staff: Iterable[uuid.UUID | None], sides: list[str], reason: str, case_id: uuid.UUID | None = None
) -> None:
    """Everybody now on these sides knows how these people stand to the parties there now, and does not mind it."""
    if not sides:
        return
    if len(reason.strip()) < 2:
        raise Invalid("waiver_reason", "写明当事人怎样放弃申请回避，例如声明的日期或者笔录的名称。")
    case_id, people = case_id or step.root_id, {staff_id for staff_id in staff if staff_id is not None}
    case = step.session.get_one(MediationCase, case_id)
    asked = [party.id for party in parties_of(step, case) if party.side in sides]
    known = select(ConflictWaiver.staff_id, ConflictWaiver.party_id, ConflictWaiver.waived_by_id)
    held = set(step.session.execute(known.where(ConflictWaiver.case_id == case_id)))
    found = {(staff_id, party_id) for staff_id, party_id, *_ in tied(step.session, case_id, step.occurred_on, people)}
    for staff_id, party_id in sorted(found, key=str):
        for waived_by in asked:
            if (staff_id, party_id, waived_by) not in held:
                step.session.add(
                    ConflictWaiver(
                        case_id=case_id,
                        staff_id=staff_id,
                        party_id=party_id,
                        waived_by_id=waived_by,
                        reason=reason.strip(),
                        waived_on=step.occurred_on,
                        recorded_by=step.actor.id,
                    )
                )
    if set(SIDES) <= set(sides):
        for declared in declared_conflicts(step.session, case_id, people, step.occurred_on):
            declared.waived_on, declared.waived_because = step.occurred_on, reason.strip()
    step.session.flush()


class RequestRecusal(Form, kw_only=True):
    """Whom a side does not want, and why."""

    staff_id: Annotated[uuid.UUID | None, fields.pick("被申请回避的人员", fields.from_facts("assigned"))] = None
    by_side: Annotated[str, fields.radio("提出的一方", {**SIDES, "self": "本人"})] = "applicant"
    ground: Annotated[str, fields.radio("回避事由", RECUSAL_GROUNDS)] = ""
    explanation: Annotated[str, fields.long("具体说明", most=500)] = ""

    def apply(self, step: Step) -> None:
        if self.staff_id is None or step.session.get(Staff, self.staff_id) is None:
            raise Invalid("staff_id", "选择被申请回避的人员。")
        step.session.add(
            Recusal(
                case_id=step.root_id,
                staff_id=self.staff_id,
                by_side=self.by_side,
                ground=self.ground,
                explanation=self.explanation.strip(),
                requested_on=step.occurred_on,
            )
        )


WHICH = fields.several("决定的回避申请", fields.from_facts("recusals"), "不选为全部尚待决定的申请")


class Recuse(Form, kw_only=True):
    """回避决定: which request is right, and who takes over from whoever steps back."""

    requests: Annotated[list[uuid.UUID], WHICH] = []
    mediators: Annotated[
        list[uuid.UUID],
        fields.several("更换后的调解员", fields.from_facts("mediators"), "回避的不是调解员的，可以不选"),
    ] = []
    recorder: Annotated[
        uuid.UUID | None, fields.pick("更换后的记录员", fields.from_facts("recorders"), "回避的不是记录员的，不选")
    ] = None
    reason: Annotated[str, fields.long("决定理由", most=500)] = ""
    waived_by: WaivedBy = []
    waiver_reason: WaiverReason = ""

    def apply(self, step: Step) -> None:
        stepping_back = set()
        for recusal in decide(step, self, "upheld"):
            because = f"决定回避：{RECUSAL_GROUNDS.get(recusal.ground, recusal.ground)}"
            conflict(step.session, step.root_id, recusal.staff_id, because, step.occurred_on, by=step.actor.id)
            stepping_back.add(recusal.staff_id)
        self._replace(step, stepping_back)
        waive(step, {*working(step), step.actor.id} - stepping_back, self.waived_by, self.waiver_reason)

    def _replace(self, step: Step, stepping_back: set[uuid.UUID]) -> None:
        if stepping_back & {*self.mediators, self.recorder}:
            raise Invalid("mediators", "已决定回避的人员不能再担任本案调解员、记录员。")
        held = assignment.handlers(step.session, step.root_id, step.occurred_on)
        going = {handler.part for handler in held if handler.staff_id in stepping_back}
        if not self.mediators and (HANDLER_PART in going or not stepping_back):
            raise Invalid("mediators", "选择更换后的调解员。")
        if self.mediators:
            put_to_work(step, self.mediators, HANDLER_PART, self.reason)
        if self.recorder or "recorder" in going:
            put_to_work(step, [self.recorder] if self.recorder else [], "recorder", self.reason)


class DenyRecusal(Form, kw_only=True):
    """Which request is not right, and why the person stays."""

    requests: Annotated[list[uuid.UUID], WHICH] = []
    reason: Annotated[str, fields.long("驳回理由", most=500)] = ""

    def apply(self, step: Step) -> None:
        decide(step, self, "denied")


def decide(step: Step, form: Recuse | DenyRecusal, decision: str) -> list[Recusal]:
    """Answer the pending requests the form names, or all of them; from then on it names those it answered."""
    pending = select(Recusal).where(Recusal.case_id == step.root_id, Recusal.decision == "").order_by(Recusal.id)
    decided = [row for row in step.session.scalars(pending) if not form.requests or row.id in form.requests]
    for row in decided:
        row.decision, row.decision_reason = decision, form.reason.strip()
        row.decided_on, row.decided_by = step.occurred_on, step.actor.id
    form.requests = [row.id for row in decided]
    return decided


class WaiveRecusal(Form, kw_only=True):
    """放弃申请回避, said before or after the case is given to somebody: about whom, by whom, and where it is written."""

    staff_id: Annotated[uuid.UUID | None, fields.pick("对谁放弃申请回避", fields.from_facts("tied"))] = None
    waived_by: Annotated[list[str], fields.several("放弃申请回避的一方", SIDES)] = []
    waiver_reason: Annotated[str, fields.text("依据", "例如：双方3月2日签名的声明", 300)] = ""

    def apply(self, step: Step) -> None:
        if self.staff_id is None or str(self.staff_id) not in step.facts.choices("tied"):
            raise Invalid("staff_id", "选择与当事人有回避关系的人员。")
        if self.staff_id == step.actor.id:
            raise Invalid("staff_id", "本人须回避的，由其他人登记当事人的意见。")
        if not self.waived_by:
            raise Invalid("waived_by", "选择放弃申请回避的一方。")
        waive(step, [self.staff_id], self.waived_by, self.waiver_reason)


class Reassign(Form, kw_only=True):
    """Leave or another reason (AB角): who goes on with the case."""

    mediator: Annotated[uuid.UUID | None, fields.pick("接办人", fields.from_facts("mediators"))] = None
    instead_of: Annotated[
        uuid.UUID | None, fields.pick("交出人", fields.from_facts("assigned"), "不选为全部调解员")
    ] = None
    reason: Annotated[str, fields.text("交接理由", "例如：年休假，由B角接办", 300)] = ""
    until: Annotated[date | None, fields.day("交回日期", "到这一天自动交回交出人；不交回的空着")] = None

    def apply(self, step: Step) -> None:
        if self.mediator is None:
            raise Invalid("mediator", "选择接办人。")
        handlers = assignment.handlers(step.session, step.root_id, step.occurred_on)
        held = [handler.staff_id for handler in handlers if handler.part == HANDLER_PART]
        giving = [self.instead_of] if self.instead_of is not None else held
        if self.until is not None:
            self._refuse_odd_return(step, giving)
        staying = [staff_id for staff_id in held if staff_id not in giving]
        back_to = giving[0] if self.until is not None else None
        put_to_work(step, [*staying, self.mediator], HANDLER_PART, self.reason, back_to, self.until)

    def _refuse_odd_return(self, step: Step, giving: list[uuid.UUID]) -> None:
        if self.until is not None and self.until <= step.today:
            raise Invalid("until", "交回日期应在今天之后，不交回的空着。")
        if len(giving) != 1:
            raise Invalid("instead_of", "约定交回日期的，选择一名交出人。")


class Checked(Duplicates, kw_only=True):
    """What a step says that brings parties into a case under way: the decision on repetitions, and who waived recusal."""

    waived_by: WaivedBy = []
    waiver_reason: WaiverReason = ""

    def settle(self, step: Step) -> None:
        settle_duplicates(step, case_of(step), self)
        waive(step, [*working(step), step.actor.id], self.waived_by, self.waiver_reason)
        name_case(step, case_of(step))


class AddParty(Checked, kw_only=True):
    """One more party; checked for duplicates and conflicts like the first ones."""

    party: Annotated[PartyIn | None, fields.group("当事人")] = None
    side: Annotated[str, fields.radio("地位", {**SIDES, "third": "第三人"})] = "respondent"
    reason: Annotated[str, fields.text("追加理由", most=300)] = ""

    def apply(self, step: Step) -> None:
        if self.party is None:
            raise Invalid("party", "填写追加的当事人。")
        add_party(step, case_of(step), self.party, self.side, "party")
        self.settle(step)

    def named(self, today: date) -> list[tuple[PartyIn, str]]:
        return [(self.party, self.side)] if self.party is not None else []


class ElectRepresentatives(Form, kw_only=True):
    """Who speaks for the workers."""

    representatives: Annotated[list[uuid.UUID], fields.several("职工代表人", fields.from_facts("workers"))] = []
    elected_on: Annotated[date | None, fields.past_day("推举日期")] = None
    proof: Annotated[str, fields.text("推举书", "例如：推举书一份，12人签名", 200)] = ""

    def apply(self, step: Step) -> None:
        workers = {p.id: p for p in parties_of(step, case_of(step)) if p.capacity == "worker" and p.side == "applicant"}
        if not set(self.representatives) <= workers.keys():
            raise Invalid("representatives", "只能推举本案申请人一方的职工，重新选择。")
        for worker in workers.values():
            worker.is_representative = worker.id in self.representatives
            worker.election_proof = self.proof.strip() if worker.is_representative else ""


class ImportWorkers(Checked, kw_only=True):
    """A list of workers as an Excel file, or read before; nothing is entered while one row has a fault."""

    file: Annotated[Attachment | None, fields.upload("职工名单", f"Excel（xlsx），第一行为表头：{HEADINGS_SAID}")] = (
        None
    )
    workers: Annotated[list[PartyIn], fields.more(fields.rows("逐人填写", most=2000))] = []
    claims: Annotated[list[ClaimIn], fields.more(fields.rows("请求", most=4000))] = []

    def apply(self, step: Step) -> None:
        workers, claims = self._read(step.today)
        if not workers:
            raise Invalid("file", "名单中没有可以导入的职工。")
        entered = []
        for i, worker in enumerate(workers):
            party = add_party(step, case_of(step), worker, "applicant", f"workers.{i}")
            say(party, "agreed", step.occurred_on, "letter")
            entered.append(party)
        add_claims(step, case_of(step), claims, entered)
        self.settle(step)

    def named(self, today: date) -> list[tuple[PartyIn, str]]:
        try:
            return [(worker, "applicant") for worker in self._read(today)[0]]
        except Invalid:  # a list that cannot be read is refused on its own
            return []

    def _read(self, today: date) -> tuple[list[PartyIn], list[ClaimIn]]:
        if self.file is None:
            return self.workers, self.claims
        try:
            found = collective.read_workers(self.file.content, today)
        except collective.Unreadable as problem:
            raise Invalid("file", str(problem)) from problem
        if found.errors:
            raise Invalid("file", found.said())
        return found.workers, found.claims


class ChangeClaims(Form, kw_only=True):
    """Claims taken back and claims added; nothing is overwritten."""

    withdrawn: Annotated[list[uuid.UUID], fields.several("撤回的请求", fields.from_facts("claims"))] = []
    added: Annotated[list[ClaimIn], fields.rows("增加的请求")] = []
    reason: Annotated[str, fields.text("变更理由", most=300)] = ""
    represented_agree: Annotated[bool, fields.tick("集体争议：被代表的职工已书面同意")] = False

    def apply(self, step: Step) -> None:
        if not self.withdrawn and not self.added:
            raise Invalid("added", "选择撤回的请求，或者填写增加的请求。")
        for claim in step.session.scalars(select(Claim).where(Claim.case_id == step.root_id)):
            if claim.id in self.withdrawn:
                claim.withdrawn_on = step.occurred_on
        applicants = [p for p in parties_of(step, case_of(step)) if p.side == "applicant"]
        add_claims(step, case_of(step), self.added, applicants)


class Calculate(Form, kw_only=True):
    """What the calculation sheet reckons with."""

    party_id: Annotated[uuid.UUID | None, fields.pick("职工", fields.from_facts("workers"))] = None
    monthly_wage: Annotated[int, fields.money("月工资", "解除前十二个月平均工资，以元填写")] = 0
    hired_on: Annotated[date | None, fields.day("入职日期")] = None
    left_on: Annotated[date | None, fields.day("离职日期")] = None
    compensation: Annotated[bool, fields.tick("计算经济补偿")] = True
    unlawful: Annotated[bool, fields.tick("违法解除，计算赔偿金")] = False
    no_contract_months: Annotated[int, fields.number("未签书面合同的月数", "自用工满一个月次日起", most=240)] = 0
    wages_owed_months: Annotated[float, fields.number("拖欠工资月数", most=600)] = 0
    hours_workday: Annotated[float, fields.number("工作日加班小时")] = 0
    hours_rest_day: Annotated[float, fields.number("休息日加班小时")] = 0
    hours_holiday: Annotated[float, fields.number("法定休假日加班小时")] = 0

    def apply(self, step: Step) -> None:
        if self.monthly_wage <= 0:
            raise Invalid("monthly_wage", "填写月工资。")
        party = step.session.get(CaseParty, self.party_id) if self.party_id else None
        settings = wage_settings(step.session, step.occurred_on)
        inputs = calculation.Inputs(
            monthly_wage=self.monthly_wage,
            hired_on=self.hired_on or (party.hired_on if party else None),
            left_on=self.left_on or (party.left_on if party else None),
            compensation=self.compensation,
            unlawful=self.unlawful,
            no_contract_months=self.no_contract_months,
            wages_owed_months=exact(self.wages_owed_months),
            hours_workday=exact(self.hours_workday),
            hours_rest_day=exact(self.hours_rest_day),
            hours_holiday=exact(self.hours_holiday),
            **settings,
        )
        lines = calculation.calculate(inputs)
        step.session.add(
            CalculationSheet(
                case_id=step.root_id,
                party_id=party.id if party else None,
                inputs=msgspec.to_builtins(self),
                lines=[as_row(line) for line in lines],
                total=calculation.total(lines),
                made_on=step.occurred_on,
                made_by=step.actor.id,
            )
        )


class ConfirmAddress(Form, kw_only=True):
    """Where a party wants its papers to be sent, and whether electronically."""

    party_id: Annotated[uuid.UUID, fields.pick("谁的地址", fields.from_facts("parties"))]
    address: Annotated[str, fields.text("送达地址", "写到门牌号", 200)]
    e_sign_consent: Annotated[bool, fields.tick("同意电子签名")] = False
    e_service_consent: Annotated[bool, fields.tick("同意电子送达")] = False
    way: Annotated[str, fields.pick("怎样确认的", ANSWER_WAYS)] = "in_person"
    proof: Annotated[str, fields.proof()] = ""

    def apply(self, step: Step) -> None:
        only_for_itself(step, self.party_id)
        party = next((p for p in parties_of(step, case_of(step)) if p.id == self.party_id), None)
        if party is None:
            raise Invalid("party_id", "选择当事人。")
        if len(self.address.strip()) < 6:
            raise Invalid("address", "送达地址写到门牌号。")
        party.service_address = self.address.strip()
        party.e_sign_consent, party.e_service_consent = self.e_sign_consent, self.e_service_consent
        step.session.flush()
        issue(step, SERVICE_ADDRESS)


ACTS = (
    Act(
        "confirm_address",
        "确认送达地址",
        ConfirmAddress,
        by=(INTAKE, MEDIATOR, ORG_HEAD, PARTY),
        act_of=(PARTY,),
        law=ARB_RULES[20].by_analogy(),
        icon="map-pin-check",
    ),
    Act(
        "waive_recusal",
        "登记放弃申请回避",
        WaiveRecusal,
        by=(INTAKE, MEDIATOR, ORG_HEAD),
        act_of=(APPLICANT, RESPONDENT),
        law=(INVITED[15].by_analogy(), PMA[23, 0, 1].by_analogy()),
        icon="user-round-check",
        hint="须回避的人员，经全体当事人同意可以继续参与",
    ),
)


def exact(number: float) -> Fraction:
    return Fraction(str(number))


def as_row(line: calculation.Line) -> dict[str, Any]:
    return {
        "title": line.title,
        "formula": line.formula,
        "amount": line.amount,
        "law": str(line.law),
        "checked": line.checked,
        "note": line.note,
    }


FORMS: dict[str, type[Form]] = {
    "assign": Assign,
    "request_recusal": RequestRecusal,
    "recuse": Recuse,
    "deny_recusal": DenyRecusal,
    "reassign": Reassign,
    "add_party": AddParty,
    "elect_representatives": ElectRepresentatives,
    "import_workers": ImportWorkers,
    "change_claims": ChangeClaims,
    "calculate": Calculate,
}
