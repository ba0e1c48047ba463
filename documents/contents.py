"""What each official record says, and what it must say by law (law.md §3.5: L fields).

A procedure hands over plain data; ``freeze`` completes and orders it into the one canonical form that is hashed,
printed and kept. Dates are ISO text, instants ISO text with offset, money is integer 分.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from union import law
from workflows.law import Citation

SCHEMA = 1
LONGEST_FIELD = 20_000  # characters
LONGEST_RECORD = 60_000  # places on the grid: some hundred pages, and seconds of typesetting
LONGEST_WORD = 200
MOST_ROWS = 500
LINE = 28  # places
UNBROKEN = re.compile(rf"[^\s\u3040-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{{{LONGEST_WORD + 1},}}")


class Unprintable(ValueError):
    """The data cannot become a record; the sentence says what is missing or too much."""


@dataclass(frozen=True, slots=True)
class Required:
    """A field the law wants, with its article."""

    field: str
    label: str
    law: Citation


NAMED = ("name", "kind", "role")
DESCRIBED = (
    *NAMED, "sex", "born_on", "id_number", "job", "address", "phone", "credit_code", "legal_representative", "agent",
    "agent_authority",
)  # fmt: skip
PARTICULARS = (*DESCRIBED, "member_number", "service_address")


class Contents(msgspec.Struct, kw_only=True):
    """The fields of one kind of record; ``required`` are those the law names."""

    title: ClassVar[str] = ""  # empty: the label of the kind
    parties: ClassVar[tuple[str, ...]] = NAMED  # what it prints of a party, and so all it keeps of one
    template: ClassVar[str] = "plain.html"
    folder: ClassVar[Path | None] = None  # of a procedure that brings a template of its own
    required: ClassVar[tuple[Required, ...]] = ()

    case_number: str = ""
    notes: list[str] = []


class Party(msgspec.Struct, kw_only=True):
    """A party as the record describes it."""

    name: str
    kind: str = "person"  # person | organisation
    role: str = ""  # 申请人, 被申请人, 第三人; empty: by the list it stands in
    sex: str = ""
    born_on: date | None = None
    id_number: str = ""
    member_number: str = ""
    job: str = ""
    address: str = ""
    phone: str = ""
    service_address: str = ""
    credit_code: str = ""
    legal_representative: str = ""
    agent: str = ""
    agent_authority: str = ""  # 一般授权 | 特别授权


class Claim(msgspec.Struct, kw_only=True):
    """One head of claim."""

    title: str
    amount: int | None = None
    period: str = ""


class Instalment(msgspec.Struct, kw_only=True):
    """One payment of a settlement term."""

    amount: int
    due_on: date
    way: str = ""


class Term(msgspec.Struct, kw_only=True):
    """One promise: a payment with its instalments, or an act described in ``text``."""

    title: str = ""
    text: str = ""
    payer: str = ""
    payee: str = ""
    amount: int | None = None
    tax: str = ""  # 税前 | 税后
    account: str = ""
    due_on: date | None = None
    way: str = ""
    instalments: list[Instalment] = []


class ArbitrationBody(msgspec.Struct, kw_only=True):
    """Where the parties can turn to next."""

    name: str = "北京市朝阳区劳动人事争议仲裁委员会"
    address: str = ""
    phone: str = ""


class Application(Contents, kw_only=True):
    title: ClassVar[str] = "劳动争议调解申请书"
    template: ClassVar[str] = "application.html"
    parties: ClassVar[tuple[str, ...]] = PARTICULARS
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人基本情况", law.CONSULT[21]),
        Required("claims", "调解请求", law.CONSULT[21]),
        Required("facts", "事实与理由", law.CONSULT[21]),
    )

    applicants: list[Party] = []
    respondents: list[Party] = []
    claims: list[Claim] = []
    facts: str = ""
    evidence: list[str] = []
    entered_on: date | None = None
    left_on: date | None = None
    monthly_wage: int | None = None
    arbitration_applied: bool | None = None
    organisation: str = ""
    applied_on: date | None = None


class OralApplication(Application, kw_only=True):
    title: ClassVar[str] = "口头申请笔录"
    template: ClassVar[str] = "oral_application.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人基本情况", law.LDMA[12]),
        Required("claims", "申请调解的争议事项", law.LDMA[12]),
        Required("facts", "理由", law.LDMA[12]),
        Required("told_at", "时间", law.LDMA[12]),
    )

    told_at: datetime | None = None
    place: str = ""
    recorder: str = ""


class AcceptanceNotice(Contents, kw_only=True):
    title: ClassVar[str] = "劳动争议调解受理通知书"
    template: ClassVar[str] = "acceptance_notice.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人", law.CONSULT[22]),
        Required("respondents", "被申请人", law.CONSULT[22]),
        Required("accepted_on", "受理日期", law.CONSULT[22]),
    )

    applicants: list[Party] = []
    respondents: list[Party] = []
    cause: str = ""
    received_on: date | None = None
    accepted_on: date | None = None
    window_on: date | None = None  # the fifteenth day from receipt (D2)
    due_on: date | None = None  # the fifteenth day from acceptance (D3)
    provisional: bool = False  # a date reckoned before the year's holiday notice
    mediators: list[str] = []
    contact: str = ""
    phone: str = ""
    address: str = ""


class RejectionNotice(Contents, kw_only=True):
    title: ClassVar[str] = "不予受理通知书"
    template: ClassVar[str] = "rejection_notice.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人", law.CONSULT[22]),
        Required("reason", "不予受理的理由", law.CONSULT[22]),
        Required("arbitration", "可以申请仲裁的告知", law.CONSULT[30]),
    )

    applicants: list[Party] = []
    respondents: list[Party] = []
    cause: str = ""
    received_on: date | None = None
    reason_code: str = ""
    reason: str = ""
    route: str = ""  # where a dispute goes for which arbitration by the applicant is not the way
    arbitration: ArbitrationBody = msgspec.field(default_factory=ArbitrationBody)
    limitation: str = ""  # a hint on the limitation period, in words
    phone: str = ""


class SessionNotice(Contents, kw_only=True):
    title: ClassVar[str] = "调解通知书"
    template: ClassVar[str] = "session_notice.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("addressee", "被通知人", law.INVITED[14].by_analogy()),
        Required("starts_at", "调解时间", law.INVITED[14].by_analogy()),
        Required("place", "调解地点", law.INVITED[14].by_analogy()),
    )

    addressee: str = ""
    applicants: list[Party] = []
    respondents: list[Party] = []
    cause: str = ""
    session: int = 1
    starts_at: datetime | None = None
    place: str = ""
    video: str = ""
    bring: list[str] = []
    mediators: list[str] = []
    contact: str = ""
    phone: str = ""


class Present(msgspec.Struct, kw_only=True):
    """Who was there, in which capacity, through whom."""

    name: str
    capacity: str = ""
    through: str = ""


class SessionMinutes(Contents, kw_only=True):
    title: ClassVar[str] = "劳动争议调解笔录"
    template: ClassVar[str] = "session_minutes.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("starts_at", "时间", law.CONSULT[32]),
        Required("present", "在场人", law.CONSULT[32]),
        Required("proceedings", "调解情况", law.CONSULT[32]),
    )

    session: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""
    cause: str = ""
    mediators: list[str] = []
    recorder: str = ""
    present: list[Present] = []
    absent: list[str] = []
    rights_told: bool = False
    recusal: str = ""
    applicant_statement: str = ""
    respondent_statement: str = ""
    evidence: list[str] = []
    proceedings: str = ""
    result: str = ""
    read_back: bool = False
    refused_to_sign: str = ""


class SideMinutes(Contents, kw_only=True):
    """What was conceded to settle; a paper of its own, so that a copy of the minutes never carries it."""

    title: ClassVar[str] = "劳动争议调解笔录（副卷）"
    template: ClassVar[str] = "side_minutes.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("without_prejudice", "为达成协议所作的让步", law.CONSULT[11, 2]),
    )

    session: int = 1
    starts_at: datetime | None = None
    mediators: list[str] = []
    recorder: str = ""
    without_prejudice: str = ""


class Agreement(Contents, kw_only=True):
    title: ClassVar[str] = "劳动争议调解协议书"
    template: ClassVar[str] = "agreement.html"
    parties: ClassVar[tuple[str, ...]] = DESCRIBED
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人基本情况", law.CONSULT[26]),
        Required("respondents", "被申请人基本情况", law.CONSULT[26]),
        Required("claims", "调解请求事项", law.CONSULT[26]),
        Required("terms", "调解的结果", law.CONSULT[26]),
        Required("performance_term", "履行期限", law.CONSULT[26]),
        Required("performance_way", "履行方式", law.CONSULT[26]),
    )

    applicants: list[Party] = []
    respondents: list[Party] = []
    third_parties: list[Party] = []
    cause: str = ""
    facts: str = ""
    claims: list[Claim] = []
    terms: list[Term] = []
    default_liability: str = ""  # 逾期责任
    employment: str = ""  # 劳动关系状态, 解除日与解除原因
    formalities: str = ""  # 社保、档案手续
    release: str = ""  # 权利了结范围
    arbitration: ArbitrationBody = msgspec.field(default_factory=ArbitrationBody)
    confirmation_court: str = ""
    arbitration_review: bool = True
    court_confirmation: bool = True
    payment_order: bool = False
    mediators: list[str] = []
    recorder: str = ""
    copies: int = 3

    @property
    def performance_term(self) -> bool:
        return all(t.instalments or t.due_on for t in self.terms)

    @property
    def performance_way(self) -> bool:
        return all(t.way or t.text or (t.instalments and all(i.way for i in t.instalments)) for t in self.terms)


class FailureOpinion(Contents, kw_only=True):
    title: ClassVar[str] = "劳动争议调解终止意见书"
    template: ClassVar[str] = "failure_opinion.html"
    parties: ClassVar[tuple[str, ...]] = DESCRIBED
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人", law.CONSULT[30]),
        Required("respondents", "被申请人", law.CONSULT[30]),
        Required("reason", "未达成协议的原因", law.CONSULT[30]),
        Required("arbitration", "可以申请仲裁的告知", law.CONSULT[30]),
    )

    applicants: list[Party] = []
    respondents: list[Party] = []
    cause: str = ""
    claims: list[Claim] = []
    applied_on: date | None = None
    accepted_on: date | None = None
    ended_on: date | None = None
    process: str = ""
    reason: str = ""
    opinion: str = ""
    limitation_restarts_on: date | None = None
    arbitration: ArbitrationBody = msgspec.field(default_factory=ArbitrationBody)
    mediators: list[str] = []


class OfCase(Contents, kw_only=True):
    """A paper that names both sides and what they dispute."""

    applicants: list[Party] = []
    respondents: list[Party] = []
    cause: str = ""


class FromTheOffice(OfCase, kw_only=True):
    """A paper of the organisation that says how to reach it."""

    contact: str = ""
    phone: str = ""
    address: str = ""


class PowerOfAttorney(OfCase, kw_only=True):
    title: ClassVar[str] = "授权委托书"
    template: ClassVar[str] = "power_of_attorney.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("principal", "委托人", law.LDMA[24].by_analogy()),
        Required("agent", "受委托人", law.LDMA[24].by_analogy()),
        Required("authority", "委托权限", law.LDMA[24].by_analogy()),
    )

    principal: str = ""
    principal_number: str = ""  # 公民身份号码 or 统一社会信用代码
    principal_phone: str = ""
    agent: str = ""
    agent_phone: str = ""
    authority: str = ""  # 一般授权 | 特别授权
    powers: list[str] = []


class MaterialsReceipt(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "收件回执"
    template: ClassVar[str] = "materials_receipt.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("materials", "收到的材料", law.ARB_RULES[29, 0, 5].by_analogy()),
        Required("received_on", "收件日期", law.ARB_RULES[29, 0, 5].by_analogy()),
    )

    materials: list[str] = []
    received_on: date | None = None
    decide_by: date | None = None


class CorrectionNotice(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "补正告知书"
    template: ClassVar[str] = "correction_notice.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("items", "须补正的事项", law.ARB_RULES[29, 0, 4].by_analogy()),
    )

    received_on: date | None = None
    items: list[str] = []
    due_on: date | None = None


class ConsentInquiry(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "征询调解意见函"
    template: ClassVar[str] = "consent_inquiry.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("respondents", "被征询人", law.CONSULT[22]),
        Required("cause", "争议事项", law.CONSULT[22]),
    )

    received_on: date | None = None
    claims: list[Claim] = []
    planned: str = ""  # 拟调解时间
    reply_by: date | None = None


class MediatorNotice(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "指定（更换）调解员通知书"
    template: ClassVar[str] = "mediator_notice.html"
    required: ClassVar[tuple[Required, ...]] = (Required("mediators", "调解员", law.CONSULT[25]),)

    mediators: list[str] = []
    recorder: str = ""
    replaced: list[str] = []  # who steps back; empty: a first appointment
    reason: str = ""


class RecusalDecision(OfCase, kw_only=True):
    title: ClassVar[str] = "回避决定书"
    template: ClassVar[str] = "recusal_decision.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("person", "被申请回避的人员", law.INVITED[15].by_analogy()),
        Required("ground", "回避事由", law.INVITED[15].by_analogy()),
        Required("decision", "决定", law.INVITED[15].by_analogy()),
    )

    person: str = ""
    by: str = ""  # 申请人 | 被申请人 | 本人
    ground: str = ""
    decision: str = ""
    reason: str = ""
    successors: list[str] = []


class ExtensionConsent(OfCase, kw_only=True):
    title: ClassVar[str] = "延期调解同意书"
    template: ClassVar[str] = "extension_consent.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("old_due_on", "原届满日", law.CONSULT[29]),
        Required("new_due_on", "新届满日", law.CONSULT[29]),
    )

    accepted_on: date | None = None
    old_due_on: date | None = None
    new_due_on: date | None = None
    provisional: bool = False


class Withdrawal(OfCase, kw_only=True):
    title: ClassVar[str] = "撤回调解申请书"
    template: ClassVar[str] = "withdrawal.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人", law.PMA[23, 0, 2].by_analogy()),
        Required("reason", "撤回的原因", law.PMA[23, 0, 2].by_analogy()),
    )

    received_on: date | None = None
    reason: str = ""
    explanation: str = ""


class TerminationNotice(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "终止调解通知书"
    template: ClassVar[str] = "termination_notice.html"
    required: ClassVar[tuple[Required, ...]] = (Required("reason", "终止的原因", law.INVITED[26].by_analogy()),)

    received_on: date | None = None
    ended_on: date | None = None
    reason: str = ""
    explanation: str = ""
    arbitration: ArbitrationBody = msgspec.field(default_factory=ArbitrationBody)


class HandOverLetter(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "移送函"
    template: ClassVar[str] = "hand_over_letter.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("receiver", "接收机关", law.ARB_RULES[9].by_analogy()),
        Required("reason", "移送的原因", law.ARB_RULES[9].by_analogy()),
    )

    receiver: str = ""
    reason: str = ""
    explanation: str = ""
    received_on: date | None = None
    materials: list[str] = []


class JointApplication(OfCase, kw_only=True):
    """What both sides ask together once an agreement is in effect."""

    parties: ClassVar[tuple[str, ...]] = PARTICULARS

    body: str = ""
    mediated_by: str = ""
    agreement_number: str = ""
    effective_on: date | None = None
    attachments: list[str] = []


class ArbitrationReviewApplication(JointApplication, kw_only=True):
    title: ClassVar[str] = "仲裁审查申请书"
    template: ClassVar[str] = "arbitration_review_application.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人基本情况", law.ARB_RULES[74]),
        Required("respondents", "另一方当事人基本情况", law.ARB_RULES[74]),
        Required("body", "仲裁委员会", law.ARB_RULES[74]),
        Required("effective_on", "调解协议生效日期", law.ARB_RULES[74]),
    )


class CourtConfirmationApplication(JointApplication, kw_only=True):
    title: ClassVar[str] = "司法确认申请书"
    template: ClassVar[str] = "court_confirmation_application.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("applicants", "申请人身份、住所和联系方式", law.CPL_INTERP[354]),
        Required("respondents", "另一方当事人身份、住所和联系方式", law.CPL_INTERP[354]),
        Required("body", "人民法院", law.CPL[205]),
        Required("effective_on", "调解协议生效日期", law.CPL[205]),
    )

    jurisdiction: str = ""


class MediationCertificate(OfCase, kw_only=True):
    title: ClassVar[str] = "主持调解证明"
    template: ClassVar[str] = "mediation_certificate.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("agreement_number", "调解协议书编号", law.CPL_INTERP[354]),
        Required("effective_on", "调解协议生效日期", law.CPL_INTERP[354]),
    )

    body: str = ""
    agreement_number: str = ""
    accepted_on: date | None = None
    effective_on: date | None = None
    mediators: list[str] = []


class Due(msgspec.Struct, kw_only=True):
    """A sum that is owed, and since when."""

    title: str
    amount: int | None = None
    due_on: date | None = None


class PaymentOrderApplication(OfCase, kw_only=True):
    title: ClassVar[str] = "支付令申请书"
    template: ClassVar[str] = "payment_order_application.html"
    parties: ClassVar[tuple[str, ...]] = PARTICULARS
    required: ClassVar[tuple[Required, ...]] = (
        Required("dues", "请求给付的金额", law.CPL[225, 2]),
        Required("facts", "所根据的事实", law.CPL[225, 2]),
        Required("evidence", "证据", law.CPL[225, 2]),
    )

    body: str = ""
    agreement_number: str = ""
    effective_on: date | None = None
    dues: list[Due] = []
    facts: str = ""
    evidence: list[str] = []


class PerformanceReminder(FromTheOffice, kw_only=True):
    title: ClassVar[str] = "督促履行通知书"
    template: ClassVar[str] = "performance_reminder.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("respondents", "被督促人", law.CONSULT[32]),
        Required("dues", "尚未履行的事项", law.CONSULT[32]),
    )

    agreement_number: str = ""
    effective_on: date | None = None
    dues: list[Due] = []


class FollowUp(OfCase, kw_only=True):
    title: ClassVar[str] = "调解回访记录"
    template: ClassVar[str] = "follow_up.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("visited_on", "回访日期", law.CONSULT[32]),
        Required("performance", "履行情况", law.CONSULT[32]),
    )

    visited_on: date | None = None
    way: str = ""
    person: str = ""
    agreement_number: str = ""
    performance: str = ""
    satisfaction: str = ""
    opinion: str = ""
    mediators: list[str] = []


class Delivered(msgspec.Struct, kw_only=True):
    """A paper that was handed over."""

    title: str
    number: str = ""


class ServiceReceipt(Contents, kw_only=True):
    title: ClassVar[str] = "送达回证"
    template: ClassVar[str] = "service_receipt.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("papers", "送达的文书", law.ARB_RULES[20].by_analogy()),
        Required("addressee", "受送达人", law.ARB_RULES[20].by_analogy()),
    )

    cause: str = ""
    papers: list[Delivered] = []
    addressee: str = ""
    address: str = ""
    way: str = ""
    server: str = ""  # 送达人


class ServiceAddress(Contents, kw_only=True):
    title: ClassVar[str] = "送达地址确认书"
    template: ClassVar[str] = "service_address.html"
    required: ClassVar[tuple[Required, ...]] = (
        Required("name", "受送达人", law.ARB_RULES[20].by_analogy()),
        Required("address", "送达地址", law.ARB_RULES[20].by_analogy()),
    )

    cause: str = ""
    name: str = ""
    role: str = ""
    address: str = ""
    phone: str = ""
    agent: str = ""
    electronic_signing: bool = False
    electronic_service: bool = False


class SupplementaryAgreement(OfCase, kw_only=True):
    """What changes a sealed agreement: a paper of its own with a new number (law.md §3.6)."""

    title: ClassVar[str] = "劳动争议调解补充协议书"
    template: ClassVar[str] = "supplementary_agreement.html"
    parties: ClassVar[tuple[str, ...]] = DESCRIBED
    required: ClassVar[tuple[Required, ...]] = (
        Required("agreement_number", "原调解协议书编号", law.CONSULT[26]),
        Required("changes", "变更的内容", law.CONSULT[26]),
    )

    agreement_number: str = ""
    effective_on: date | None = None
    changes: list[str] = []
    mediators: list[str] = []
    copies: int = 3


class Figure(msgspec.Struct, kw_only=True):
    """A basis of the calculation: 月工资, 工作年限 ..."""

    label: str
    value: str


class CalculationItem(msgspec.Struct, kw_only=True):
    """One computed item with its formula and article."""

    title: str
    formula: str
    amount: int
    law: str = ""
    checked: bool = False  # the article has been compared with the source
    note: str = ""


class CalculationSheet(Contents, kw_only=True):
    title: ClassVar[str] = "计算表"
    template: ClassVar[str] = "calculation_sheet.html"

    worker: str = ""
    employer: str = ""
    bases: list[Figure] = []
    items: list[CalculationItem] = []
    computed_on: date | None = None
    computed_by: str = ""


class Section(msgspec.Struct, kw_only=True):
    """A heading with its text."""

    heading: str = ""
    text: str = ""


class Table(msgspec.Struct, kw_only=True):
    """A table of texts; every row has a cell for each column."""

    caption: str = ""
    columns: list[str] = []
    rows: list[list[str]] = []


class Letter(Contents, kw_only=True):
    """A letter under the organisation's red heading (公文), not a paper of one case (文书)."""

    template: ClassVar[str] = "letter.html"

    masthead: str = ""  # 发文机关标志; empty: the organisation's name with 文件
    heading: str = ""
    addressees: list[str] = []  # 主送机关
    text: str = ""
    sections: list[Section] = []
    table: Table | None = None
    attachments: list[str] = []  # 附件说明
    remark: str = ""  # 附注
    copies_to: list[str] = []  # 抄送机关
    printed_by: str = ""  # 印发机关
    printed_on: date | None = None


class Plain(Contents, kw_only=True):
    """A record of a procedure that brings no layout of its own."""

    heading: str = ""
    addressee: str = ""
    text: str = ""
    rows: list[Figure] = []
    table: Table | None = None
    sections: list[Section] = []
    signers: list[str] = []
    organisation_signs: bool = True


KINDS: dict[str, type[Contents]] = {
    "application": Application,
    "oral_application": OralApplication,
    "acceptance_notice": AcceptanceNotice,
    "rejection_notice": RejectionNotice,
    "session_notice": SessionNotice,
    "session_minutes": SessionMinutes,
    "side_minutes": SideMinutes,
    "agreement": Agreement,
    "failure_opinion": FailureOpinion,
    "power_of_attorney": PowerOfAttorney,
    "materials_receipt": MaterialsReceipt,
    "correction_notice": CorrectionNotice,
    "consent_inquiry": ConsentInquiry,
    "mediator_notice": MediatorNotice,
    "recusal_decision": RecusalDecision,
    "extension_consent": ExtensionConsent,
    "withdrawal": Withdrawal,
    "termination_notice": TerminationNotice,
    "hand_over_letter": HandOverLetter,
    "arbitration_review_application": ArbitrationReviewApplication,
    "court_confirmation_application": CourtConfirmationApplication,
    "mediation_certificate": MediationCertificate,
    "payment_order_application": PaymentOrderApplication,
    "performance_reminder": PerformanceReminder,
    "follow_up": FollowUp,
    "service_receipt": ServiceReceipt,
    "service_address": ServiceAddress,
    "supplementary_agreement": SupplementaryAgreement,
    "calculation_sheet": CalculationSheet,
    "letter": Letter,
}


def contents_of(kind: str) -> type[Contents]:
    """The layout of a kind of record; a kind without one of its own is printed plainly."""
    return KINDS.get(kind, Plain)


def complete(kind: str, data: dict[str, Any]) -> Contents:
    """The data as that kind's fields; raises Unprintable for wrong types and excesses, not for missing L fields."""
    _refuse_excess(data)
    layout, given = contents_of(kind), msgspec.to_builtins(data)
    try:
        return msgspec.convert(_in_rows(given) if layout is Plain else given, layout)
    except msgspec.ValidationError as error:
        raise Unprintable(f"文书数据有误：{error}") from error


def missing(kind: str, contents: Contents) -> list[Required]:
    """The fields the law wants that are empty."""
    return [need for need in contents_of(kind).required if getattr(contents, need.field) in (None, "", [], False)]


def freeze(
    kind: str,
    data: dict[str, Any],
    *,
    number: str = "",
    organisation: str = "",
    issued_on: date | None = None,
    title: str = "",
    corrects: str = "",
) -> dict[str, Any]:
    """The record's one canonical content: what is hashed, printed, embedded and never changed again.

    ``corrects`` is the number of the record whose place it takes.
    """
    replaced = {"corrects": corrects} if corrects else {}
    return replaced | {
        "kind": kind,
        "title": contents_of(kind).title or title,
        "schema": SCHEMA,
        "number": number,
        "organisation": organisation,
        "issued_on": issued_on.isoformat() if issued_on else "",
        "data": msgspec.to_builtins(_as_printed(complete(kind, data))),
    }


def canonical(frozen: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: equal content, equal bytes."""
    return json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def data_sha256(frozen: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(frozen)).hexdigest()


def _as_printed(contents: Contents) -> Contents:
    """Without what the record does not print of its parties: what is not read there is not kept there."""
    printed = {
        field: [_known_by(party, contents.parties) for party in value]
        for field in contents.__struct_fields__
        if isinstance(value := getattr(contents, field), list) and value and isinstance(value[0], Party)
    }
    return msgspec.structs.replace(contents, **printed)


def _known_by(party: Party, fields: tuple[str, ...]) -> Party:
    return Party(**{field: getattr(party, field) for field in fields})


def _in_rows(given: dict[str, Any]) -> dict[str, Any]:
    """What a plain record has no field for is printed as rows, so that nothing handed over is lost."""
    known = Plain.__struct_fields__
    others = [{"label": key, "value": str(value)} for key, value in given.items() if key not in known]
    return {key: value for key, value in given.items() if key in known} | {"rows": [*given.get("rows", []), *others]}


def _refuse_excess(data: Any) -> None:
    taken = 0

    def note(text: str) -> None:
        nonlocal taken
        taken += _places(text)
        if len(text) > LONGEST_FIELD:
            raise Unprintable(f"单项内容超过 {LONGEST_FIELD} 字，请精简后再生成文书。")
        if taken > LONGEST_RECORD:
            raise Unprintable(f"文书内容连同空行、表格超过 {LONGEST_RECORD} 字，请拆分后再生成。")
        if word := UNBROKEN.search(text):
            start = f"“{word.group()[:10]}……”"
            raise Unprintable(f"{start}有 {len(word.group())} 个字母、数字或者符号连在一起，请用空格或者换行断开。")

    _walk(msgspec.to_builtins(data), note)


def _places(text: str) -> int:
    """What it takes on paper: a line that is begun is used up."""
    return sum(max(len(line), LINE) for line in text.splitlines())


def _walk(value: Any, note: Callable[[str], None]) -> None:
    if isinstance(value, str):
        note(value)
    elif isinstance(value, dict):
        for item in value.values():
            _walk(item, note)
    elif isinstance(value, list | tuple):
        if len(value) > MOST_ROWS:
            raise Unprintable(f"表格超过 {MOST_ROWS} 行，请拆分后再生成文书。")
        for item in value:
            _walk(item, note)
