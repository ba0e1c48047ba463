"""What is asked and written when a case comes in, is corrected, answered, accepted or refused."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

import msgspec
from sqlalchemy import ColumnElement, select

from casework.desk.tables import Link
from casework.mediation import numbers
from casework.mediation.conflicts import undecided
from casework.mediation.forms import fields
from casework.mediation.kinds import (
    ANSWER_WAYS,
    AUTHORITIES,
    CAPACITIES,
    CLAIM_LABELS,
    CONSENTS,
    DUPLICATE_DECISIONS,
    REFERRAL_KINDS,
    REJECTION_REASONS,
    SOURCES,
)
from casework.mediation.known import completed, may_look_up
from casework.mediation.tables import CaseParty, Claim, LimitationRestart, MediationCase, Referral
from union.organisations import LinkagePartner, find_by_credit_code
from union.people import Person
from union.privacy import (
    born_on,
    check_bank_account,
    check_credit_code,
    check_id_number,
    check_phone,
    normal_phone,
    sex_of,
)
from union.roles import ORG_HEAD, PARTY
from workflows.errors import Invalid
from workflows.form import Form, Step
from workflows.tables import Task

KINDS = {"person": "个人", "organisation": "单位"}


class PartyIn(msgspec.Struct, kw_only=True):
    """A party as typed."""

    name: Annotated[str, fields.text("姓名或者名称", most=200)]
    kind: Annotated[str, fields.radio("类型", KINDS)] = "person"
    capacity: Annotated[str, fields.more(fields.pick("身份", CAPACITIES))] = ""
    id_number: Annotated[
        str,
        fields.only(
            "person",
            fields.number_of("person", fields.plausible(check_id_number, fields.text("公民身份号码", "18位", 18))),
        ),
    ] = ""
    use_known: Annotated[bool, fields.if_known("用已登记的信息补全空白的电话、住所、会员号")] = False
    phone: Annotated[str, fields.plausible(check_phone, fields.text("电话", most=30))] = ""
    credit_code: Annotated[
        str,
        fields.only(
            "organisation",
            fields.number_of("unit", fields.plausible(check_credit_code, fields.text("统一社会信用代码", "18位", 18))),
        ),
    ] = ""
    legal_representative: Annotated[str, fields.more(fields.text("法定代表人", most=100))] = ""
    address: Annotated[str, fields.text("住所", most=200)] = ""
    service_address: Annotated[str, fields.more(fields.text("送达地址", most=200))] = ""
    member_number: Annotated[str, fields.more(fields.text("工会会员号", most=40))] = ""
    job: Annotated[str, fields.more(fields.text("岗位", most=100))] = ""
    hired_on: Annotated[date | None, fields.more(fields.day("入职日期"))] = None
    left_on: Annotated[date | None, fields.more(fields.day("离职日期"))] = None
    monthly_wage: Annotated[int | None, fields.more(fields.money("月工资"))] = None
    is_representative: Annotated[bool, fields.more(fields.tick("职工代表人"))] = False
    election_proof: Annotated[str, fields.more(fields.text("推举书", "职工代表人的，写明推举书和签名的人数", 200))] = ""
    account: Annotated[
        str,
        fields.more(
            fields.only(
                "person", fields.plausible(check_bank_account, fields.text("银行账号", "收款用，本人的账户", 40))
            )
        ),
    ] = ""
    agent_name: Annotated[str, fields.more(fields.text("代理人", most=100))] = ""
    agent_authority: Annotated[str, fields.more(fields.pick("代理权限", AUTHORITIES))] = ""
    agent_phone: Annotated[str, fields.more(fields.text("代理人电话", most=30))] = ""
    consent: Annotated[str, fields.pick("是否同意调解", {"": "尚未答复", **CONSENTS})] = ""
    e_sign_consent: Annotated[bool, fields.more(fields.tick("同意电子签名"))] = False
    e_service_consent: Annotated[bool, fields.more(fields.tick("同意电子送达"))] = False


class ClaimIn(msgspec.Struct, kw_only=True):
    """A head of claim as typed; ``worker`` is the place of the applicant it belongs to, counted from 0."""

    kind: Annotated[str, fields.pick("请求类别", CLAIM_LABELS)]
    title: Annotated[str, fields.text("请求内容", "例如：支付2026年1月至3月工资", 300)] = ""
    amount: Annotated[int | None, fields.money("金额")] = None
    period_from: Annotated[date | None, fields.day("期间起")] = None
    period_to: Annotated[date | None, fields.day("期间止")] = None
    knew_on: Annotated[date | None, fields.past_day("知道或者应当知道权利被侵害之日", "仲裁时效自该日起算")] = None
    employment_ended_on: Annotated[date | None, fields.more(fields.day("劳动关系终止日"))] = None
    worker: Annotated[int, fields.more(fields.number("所属申请人", most=10_000))] = 0


class Duplicates(Form, kw_only=True):
    """The decision on cases that look like this one."""

    duplicate_decision: Annotated[str, fields.radio("疑似重复案件的处理", {"": "没有重复", **DUPLICATE_DECISIONS})] = ""
    duplicate_reason: Annotated[str, fields.text("处理理由", most=300)] = ""
    duplicate_seen: Annotated[str, fields.hidden("已核对的案件")] = ""  # the keys of the hits shown, apart by blanks

    @property
    def decided(self) -> frozenset[str]:
        """The hits this is a decision about; none without a choice and its reason."""
        complete = self.duplicate_decision and len(self.duplicate_reason.strip()) >= 2
        return frozenset(self.duplicate_seen.split()) if complete else frozenset()


class Application(Duplicates, kw_only=True):
    """What every application says."""

    aside: ClassVar[tuple[str, ...]] = (
        "third_parties",
        "source",
        "taken_at",
        "recorder",
        "is_platform",
        "prior_arbitration",
        "workplace",
        "negotiation_requested_on",
        "negotiation_answered_on",
    )

    applicants: Annotated[list[PartyIn], fields.rows("申请人", required=True)] = []
    respondents: Annotated[list[PartyIn], fields.rows("被申请人", required=True)] = []
    third_parties: Annotated[list[PartyIn], fields.rows("第三人")] = []
    claims: Annotated[list[ClaimIn], fields.rows("调解请求", required=True)] = []
    grounds: Annotated[str, fields.long("事实与理由")] = ""
    source: Annotated[str, fields.pick("来源", SOURCES)] = "union"
    is_platform: Annotated[bool, fields.tick("新就业形态劳动纠纷")] = False
    prior_arbitration: Annotated[bool, fields.tick("已就同一争议申请过仲裁")] = False
    workplace: Annotated[str, fields.text("劳动合同履行地", "申请仲裁时优先由该地的仲裁委员会管辖", 300)] = ""
    negotiation_requested_on: Annotated[date | None, fields.past_day("向对方提出协商请求之日")] = None
    negotiation_answered_on: Annotated[date | None, fields.past_day("对方答复协商之日")] = None

    @classmethod
    def known(cls, facts: Any) -> dict[str, Any]:
        """What an application nearly always says, to be changed where it does not."""
        return {
            "applicants": [{"kind": "person", "capacity": "worker", "consent": "agreed"}],
            "respondents": [{"kind": "organisation", "capacity": "employer"}],
        }

    def apply(self, step: Step) -> None:
        enter(step, self, "written")

    def named(self, today: date) -> list[tuple[PartyIn, str]]:
        """Who is brought into the case, to be held against the other cases before anything is saved."""
        return [*((p, "applicant") for p in self.applicants), *((p, "respondent") for p in self.respondents)]


class Register(Application, kw_only=True):
    """书面申请."""


class RegisterOral(Application, kw_only=True):
    """口头申请, recorded on the spot."""

    taken_at: Annotated[datetime | None, fields.moment("口头申请的时间")] = None
    place: Annotated[str, fields.text("地点")] = ""
    recorder: Annotated[str, fields.text("记录人", most=100)] = ""
    read_back: Annotated[bool, fields.tick("笔录已向申请人宣读或者交其阅读，确认无误")] = False

    @classmethod
    def known(cls, facts: Any) -> dict[str, Any]:
        return {**super().known(facts), "taken_at": facts.at, "recorder": facts.actor.name}

    def apply(self, step: Step) -> None:
        case = enter(step, self, "oral")
        case.oral_taken_at = self.taken_at
        case.oral_place, case.oral_recorder = self.place, self.recorder or step.actor.name
        case.oral_read_back = self.read_back


class ReferIn(Application, kw_only=True):
    """转办、委派、委托."""

    referral_kind: Annotated[str, fields.pick("来函种类", REFERRAL_KINDS)] = "arb_suggestion"
    partner_id: Annotated[uuid.UUID | None, fields.pick("来函机关", fields.from_facts("partners"))] = None
    partner: Annotated[str, fields.text("来函机关名称")] = ""
    letter_number: Annotated[str, fields.text("来函文号", most=80)] = ""
    letter: Annotated[str, fields.text("来函", "文件名称或者收存位置", 200)] = ""
    procedure: Annotated[
        str, fields.pick("审理程序", {"": "不适用", "ordinary": "普通程序", "summary": "简易程序"})
    ] = ""
    consented_on: Annotated[date | None, fields.past_day("当事人同意委托调解之日")] = None
    signed_for_on: Annotated[date | None, fields.past_day("签收材料之日")] = None

    def apply(self, step: Step) -> None:
        case = enter(step, self, "referral")
        partner = step.session.get(LinkagePartner, self.partner_id) if self.partner_id else None
        step.session.add(
            Referral(
                case_id=case.id,
                direction="in",
                partner_id=self.partner_id,
                partner=partner.name if partner else self.partner,
                kind=self.referral_kind,
                letter_number=self.letter_number,
                letter_filed=bool(self.letter.strip()),
                procedure=self.procedure,
                consented_on=self.consented_on or case.received_on,
                signed_for_on=self.signed_for_on or case.received_on,
            )
        )


class OpenProactively(Application, kw_only=True):
    """主动调解: a mediator proposes it, the head decides."""

    proposed_by: Annotated[uuid.UUID | None, fields.pick("提议的调解员", fields.from_facts("mediators"))] = None

    def apply(self, step: Step) -> None:
        case = enter(step, self, "proactive")
        take_up(step, case)


class Reopen(Application, kw_only=True):
    """撤回或者调解不成后再次申请; parties and claims not typed anew are taken from the earlier case."""

    aside: ClassVar[tuple[str, ...]] = ("applicants", "respondents", "claims", "grounds", *Application.aside)

    applicants: Annotated[list[PartyIn], fields.rows("申请人", "空着即沿用原案的当事人和请求")] = []
    respondents: Annotated[list[PartyIn], fields.rows("被申请人")] = []
    claims: Annotated[list[ClaimIn], fields.rows("调解请求")] = []
    source_id: Annotated[uuid.UUID | None, fields.pick("原案", fields.from_facts("closed_cases"))] = None
    both_willing: Annotated[bool, fields.tick("双方再次愿意调解")] = False

    @classmethod
    def known(cls, facts: Any) -> dict[str, Any]:
        return {}

    def apply(self, step: Step) -> None:
        case = enter(step, self, "reopened")
        if self.source_id and (source := step.session.get(MediationCase, self.source_id)):
            self._take_from(step, source, case)
            settle_duplicates(step, case, self)

    def _take_from(self, step: Step, source: MediationCase, case: MediationCase) -> None:
        from casework.mediation.collective import copy_parties

        case.reopened_from_id = source.id
        case.grounds = case.grounds or source.grounds
        case.source, case.is_platform = source.source, source.is_platform
        if not self.applicants:
            copy_parties(step, source, case, keep_consent=False)
            agree(step, case, "applicant")
            name_case(step, case)
        link(step, source.id, case.id, "reopened", "双方再次愿意调解")


def case_of(step: Step) -> MediationCase:
    """The case a step belongs to, be it a step of a side track."""
    case = step.root
    assert isinstance(case, MediationCase)
    return case


def enter(step: Step, form: Application, way: str) -> MediationCase:
    """Write the case, its parties and its claims as filed."""
    case = case_of(step)
    case.way, case.source = way, form.source
    case.grounds, case.is_platform, case.prior_arbitration = (
        form.grounds.strip(),
        form.is_platform,
        form.prior_arbitration,
    )
    case.workplace = form.workplace.strip()
    case.received_on = step.occurred_on
    case.correction_list, case.duplicates_seen = [], []
    case.negotiation_requested_on = form.negotiation_requested_on
    case.negotiation_answered_on = form.negotiation_answered_on
    case.registration_number = numbers.registration_number(step.session, case.organisation_id, step.occurred_on)
    case.number = case.registration_number
    step.session.flush()
    applicants = [
        add_party(step, case, typed, "applicant", f"applicants.{i}") for i, typed in enumerate(form.applicants)
    ]
    for i, typed in enumerate(form.respondents):
        add_party(step, case, typed, "respondent", f"respondents.{i}")
    for i, typed in enumerate(form.third_parties):
        add_party(step, case, typed, "third", f"third_parties.{i}")
    if way in ("written", "oral", "reopened"):
        agree(step, case, "applicant")
    add_claims(step, case, form.claims, applicants)
    if way != "reopened":  # whose parties are not complete yet
        settle_duplicates(step, case, form)
    name_case(step, case)
    return case


def add_party(step: Step, case: MediationCase, typed: PartyIn, side: str, field: str) -> CaseParty:
    """A party with its numbers checked, tied to the person or organisation we know."""
    typed = completed(step.session, typed) if may_look_up(step.session, step.actor) else typed
    name = typed.name.strip()
    if not name:
        raise Invalid(f"{field}.name", "填写姓名或者名称。")
    id_number = fields.checked(f"{field}.id_number", lambda n: check_id_number(n, step.today), typed.id_number)
    credit_code = fields.checked(f"{field}.credit_code", check_credit_code, typed.credit_code)
    phone = fields.checked(f"{field}.phone", check_phone, typed.phone)
    account = fields.checked(f"{field}.account", check_bank_account, typed.account)
    if id_number:
        _refuse_the_same(step, case, side, CaseParty.id_number.equals(id_number), f"{field}.id_number")
    if credit_code:
        _refuse_the_same(step, case, side, CaseParty.credit_code == credit_code, f"{field}.credit_code")
    _refuse_odd_dates(typed, field)
    party = CaseParty(
        case_id=case.id,
        side=side,
        kind=typed.kind,
        capacity=typed.capacity or ("worker" if typed.kind == "person" else "employer"),
        name=name,
        id_number=id_number or None,
        phone=phone or None,
        account=account or None,
        address=typed.address.strip() or None,
        credit_code=credit_code or None,
        sex=sex_of(id_number) if id_number else "",
        born_on=born_on(id_number) if id_number else None,
        joined_on=step.occurred_on,
        **{
            name: getattr(typed, name)
            for name in (
                "member_number",
                "job",
                "hired_on",
                "left_on",
                "monthly_wage",
                "legal_representative",
                "service_address",
                "is_representative",
                "election_proof",
                "agent_name",
                "agent_authority",
                "agent_phone",
                "e_sign_consent",
                "e_service_consent",
            )
        },
    )
    if typed.consent:
        say(party, typed.consent, step.occurred_on, "letter")
    if typed.kind == "person":
        party.person_id = _person(step, party, id_number, phone)
    elif credit_code:
        known = find_by_credit_code(step.session, credit_code)
        party.organisation_id = known.id if known else None
    step.session.add(party)
    step.session.flush()
    return party


def _refuse_the_same(step: Step, case: MediationCase, side: str, number: ColumnElement[bool], field: str) -> None:
    """Nobody stands twice on one side: a list imported a second time would make a collective dispute of a small one."""
    here = select(CaseParty.name).where(
        CaseParty.case_id == case.id, CaseParty.side == side, CaseParty.moved_to_id.is_(None), number
    )
    if known := step.session.scalar(here.limit(1)):
        label = "公民身份号码" if field.endswith("id_number") else "统一社会信用代码"
        raise Invalid(field, f"这个{label}已登记为本案当事人{known}，没有重复登记。")


def _refuse_odd_dates(typed: PartyIn, field: str) -> None:
    if typed.hired_on and typed.left_on and typed.left_on < typed.hired_on:
        raise Invalid(f"{field}.left_on", "离职日期早于入职日期，核对后改正。")


def _person(step: Step, party: CaseParty, id_number: str, phone: str) -> uuid.UUID | None:
    """The person with this number, entered now if unknown; without a number nobody is assumed to be the same."""
    if not id_number:
        return None
    known = step.session.scalars(select(Person).where(Person.id_number.equals(id_number))).first()
    if known is None:
        known = Person(
            name=party.name[:100],
            id_number=id_number,
            phone=normal_phone(phone) if phone else None,
            sex=party.sex,
            born_on=party.born_on,
            member_number=party.member_number or None,
            created_at=step.at,
        )
        step.session.add(known)
        step.session.flush()
    return known.id


def only_for_itself(step: Step, party_id: uuid.UUID | None) -> None:
    """Whoever acts as a party speaks for no other one."""
    if PARTY.id in step.actor.roles and party_id != step.actor.id:
        raise Invalid("party_id", "当事人只能为本人办理。")


def only_with_special_authority(step: Step) -> None:
    """An agent gives nothing up for its principal unless the authority says so."""
    if step.actor.agent is not None and not step.actor.agent.special:
        raise Invalid("reason", "一般授权的代理人不能代为撤回；由当事人本人办理，或者提交特别授权的委托书。")


def say(party: CaseParty, answer: str, on: date, way: str) -> None:
    """What a party says about being mediated; that it once agreed is remembered."""
    party.consent, party.consented_on, party.consent_way = answer, on, way
    party.first_agreed = party.first_agreed or answer == "agreed"


def agree(step: Step, case: MediationCase, side: str) -> None:
    for party in parties_of(step, case):
        if party.side == side and not party.consent:
            say(party, "agreed", step.occurred_on, "letter")


def parties_of(step: Step, case: MediationCase) -> list[CaseParty]:
    step.session.flush()
    query = select(CaseParty).where(CaseParty.case_id == case.id, CaseParty.moved_to_id.is_(None))
    return list(step.session.scalars(query.order_by(CaseParty.id)))


def add_claims(step: Step, case: MediationCase, claims: list[ClaimIn], workers: list[CaseParty]) -> None:
    for i, typed in enumerate(claims):
        if typed.kind not in CLAIM_LABELS:
            raise Invalid(f"claims.{i}.kind", "选择请求类别。")
        if typed.amount is not None and typed.amount < 0:
            raise Invalid(f"claims.{i}.amount", "金额不能小于零。")
        if typed.period_from and typed.period_to and typed.period_to < typed.period_from:
            raise Invalid(f"claims.{i}.period_to", "期间止早于期间起，核对后改正。")
        worker = workers[typed.worker] if typed.worker < len(workers) else None
        step.session.add(
            Claim(
                case_id=case.id,
                party_id=worker.id if worker else None,
                kind=typed.kind,
                title=typed.title.strip() or CLAIM_LABELS[typed.kind],
                amount=typed.amount,
                period_from=typed.period_from,
                period_to=typed.period_to,
                knew_on=typed.knew_on,
                employment_ended_on=typed.employment_ended_on or (worker.left_on if worker else None),
            )
        )


def settle_duplicates(step: Step, case: MediationCase, form: Duplicates, into: MediationCase | None = None) -> None:
    """Keep the decision about the cases that were shown, and tie them to this one when it says so.

    ``into`` is the case that goes on where this one is joined to another.
    """
    if not form.decided:
        return
    case.duplicate_decision, case.duplicate_reason = form.duplicate_decision, form.duplicate_reason.strip()
    going_on = into or case
    if form.duplicate_decision in ("join", "related"):
        for other in undecided(step.session, going_on, parties_of(step, going_on)):
            if other.key in form.decided:
                link(step, other.case_id, going_on.id, "related", form.duplicate_reason)
    going_on.duplicates_seen = sorted({*going_on.duplicates_seen, *form.decided})
    if form.duplicate_decision == "join":
        ask_to_join(step, going_on.id, form.duplicate_reason)


def ask_to_join(step: Step, case_id: uuid.UUID, reason: str) -> None:
    """What was decided at registration is carried out by the head, or given up with a reason; until then it is a task."""
    asked = select(Task.id).where(Task.root_id == case_id, Task.kind == JOINING, Task.done_at.is_(None))
    if step.session.scalar(asked.limit(1)) is None:
        text = f"登记时选择并入已有案件（{reason.strip()[:300]}）：办理“并入他案”；不并案的，写明理由。"
        task = Task(subject_id=case_id, root_id=case_id, kind=JOINING, role=ORG_HEAD.id, text=text, created_at=step.at)
        step.session.add(task)


JOINING = "join"


def link(step: Step, from_id: uuid.UUID, to_id: uuid.UUID, kind: str, reason: str) -> None:
    known = select(Link.id).where(
        Link.from_id == from_id, Link.to_id == to_id, Link.kind == kind, Link.removed_at.is_(None)
    )
    if step.session.scalar(known) is None:
        row = Link(from_id=from_id, to_id=to_id, kind=kind, reason=reason[:300], by_id=step.actor.id, at=step.at)
        step.session.add(row)


def name_case(step: Step, case: MediationCase) -> None:
    """张三等12人与甲公司: how lists name the case."""
    parties = parties_of(step, case)
    sides = [called([p.name for p in parties if p.side == side]) for side in ("applicant", "respondent")]
    case.title = "与".join(filter(None, sides))[:300]


def called(names: list[str]) -> str:
    if len(names) > 1:
        return f"{names[0]}等{len(names)}{'人' if len(names[0]) < 5 else '方'}"
    return names[0] if names else ""


def take_up(step: Step, case: MediationCase) -> None:
    """Acceptance: the fifteen days begin and the case number is taken."""
    case.accepted_on = step.occurred_on
    case.case_number = numbers.case_number(step.session, case.organisation_id, step.occurred_on)
    case.number = case.case_number


class SeekConsent(Form, kw_only=True):
    """How and until when the other side is asked."""

    way: Annotated[str, fields.pick("征询方式", ANSWER_WAYS)] = "phone"
    answer_by: Annotated[date | None, fields.day("请对方答复的日期")] = None
    remark: Annotated[str, fields.text("说明", most=300)] = ""


class RecordAnswer(Form, kw_only=True):
    """What a party answered; a refusal restarts the limitation."""

    answer: Annotated[str, fields.radio("答复", CONSENTS)] = "agreed"
    party_id: Annotated[uuid.UUID | None, fields.pick("答复人", fields.from_facts("parties"), "不选为全部被申请人")] = (
        None
    )
    way: Annotated[str, fields.pick("答复方式", ANSWER_WAYS)] = "phone"
    proof: Annotated[str, fields.proof()] = ""
    remark: Annotated[str, fields.text("说明", most=300)] = ""

    def apply(self, step: Step) -> None:
        if self.answer not in CONSENTS:
            raise Invalid("answer", "选择答复。")
        only_for_itself(step, self.party_id)
        for party in parties_of(step, case_of(step)):
            if party.id == self.party_id or (self.party_id is None and party.side == "respondent"):
                say(party, self.answer, step.occurred_on, self.way)
        if self.answer in ("refused", "quit"):
            step.session.add(
                LimitationRestart(case_id=step.root_id, on=step.occurred_on, event="对方不同意调解或者退出调解")
            )
        if case_of(step).negotiation_requested_on and not case_of(step).negotiation_answered_on:
            case_of(step).negotiation_answered_on = step.occurred_on


class Accept(Form, kw_only=True):
    """Acceptance; the answer of the other side may be recorded with it."""

    respondent_agrees: Annotated[bool, fields.tick("被申请人已同意调解（尚未登记答复时勾选）")] = False
    way: Annotated[str, fields.pick("答复方式", ANSWER_WAYS)] = "phone"

    def apply(self, step: Step) -> None:
        if self.respondent_agrees:
            for party in parties_of(step, case_of(step)):
                if party.side in ("applicant", "respondent") and not party.consent:
                    say(party, "agreed", step.occurred_on, self.way)
        take_up(step, case_of(step))


class Reject(Form, kw_only=True):
    """Why the application is not taken up."""

    reason: Annotated[str, fields.radio("不予受理的理由", REJECTION_REASONS)] = ""
    explanation: Annotated[str, fields.long("具体说明", most=1000)] = ""

    def apply(self, step: Step) -> None:
        case_of(step).end_reason, case_of(step).end_explanation = self.reason, self.explanation.strip()


class NegotiationUnanswered(Form, kw_only=True):
    """The other side did not answer a request to negotiate within five days."""


FORMS: dict[str, type[Form]] = {
    "register": Register,
    "register_oral": RegisterOral,
    "refer_in": ReferIn,
    "open_proactively": OpenProactively,
    "reopen": Reopen,
    "seek_consent": SeekConsent,
    "record_answer": RecordAnswer,
    "accept": Accept,
    "reject": Reject,
    "negotiation_unanswered": NegotiationUnanswered,
}
