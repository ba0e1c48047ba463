"""The official records of a mediation (law.md §3.5): who signs them, whose seal they bear, on whom they are served."""

from typing import Any

from casework.mediation.policy import rule
from union.law import ARB_RULES, CONFIRM, CONSULT, CPL, CPL_INTERP, CY_NOTICE, INVITED, LDMA, PMA
from workflows.definition import RecordKind
from workflows.law import Citation

# 文书代字 (law.md §2.2 ⚙): a kind that is not named here bears the number of its case and a serial.
CODES = {
    "acceptance_notice": "调受",
    "rejection_notice": "调不受",
    "agreement": "调协",
    "failure_opinion": "调终",
    "hand_over_letter": "调移",
}
BOTH = ("applicant", "respondent")
MADE_HERE = Citation(CY_NOTICE, mark=CY_NOTICE.mark)

# What the case itself says at any time; every other paper says what one step said on its day.
OF_THE_CASE = {
    "application", "oral_application", "acceptance_notice", "rejection_notice", "agreement", "failure_opinion",
    "withdrawal",
}  # fmt: skip


PARTIES = {"applicant", "respondent", "party", "principal", "worker", "receiver"}


def kind(identity: str, label: str, *law: Citation, **marks: Any) -> RecordKind:
    """A paper that only parties sign is theirs: the organisation neither seals it nor vouches for it by a code."""
    theirs = bool(marks.get("signers")) and set(marks["signers"]) <= PARTIES and not marks.get("sealed")
    said_once = identity not in OF_THE_CASE
    return RecordKind(identity, label, CODES.get(identity, ""), law, vouched=not theirs, said_once=said_once, **marks)


APPLICATION = kind("application", "调解申请书", CONSULT[21], signers=("applicant",))
ORAL_APPLICATION = kind("oral_application", "口头申请笔录", LDMA[12], signers=("applicant", "recorder"))
POWER_OF_ATTORNEY = kind("power_of_attorney", "授权委托书", LDMA[24].by_analogy(), signers=("principal",))
MATERIALS_RECEIPT = kind("materials_receipt", "收件回执", ARB_RULES[29, 0, 5].by_analogy(), signers=("intake",))
CORRECTION_NOTICE = kind(
    "correction_notice", "补正告知书", ARB_RULES[29, 0, 4].by_analogy(), sealed=True, served_on=("applicant",)
)
CONSENT_INQUIRY = kind("consent_inquiry", "征询意见函", CONSULT[22], sealed=True, served_on=("respondent",))
ACCEPTANCE_NOTICE = kind("acceptance_notice", "调解受理通知书", CONSULT[22], sealed=True, served_on=BOTH)
REJECTION_NOTICE = kind(
    "rejection_notice", "不予受理通知书", CONSULT[22], CONSULT[30], sealed=True, served_on=("applicant",)
)
MEDIATOR_NOTICE = kind(
    "mediator_notice", "指定（更换）调解员通知", CONSULT[25], signers=("org_head",), sealed=True, served_on=BOTH
)
RECUSAL_DECISION = kind(
    "recusal_decision", "回避决定书", INVITED[15].by_analogy(), signers=("org_head",), sealed=True, served_on=BOTH
)
SESSION_NOTICE = kind("session_notice", "调解通知书", INVITED[14].by_analogy(), sealed=True, served_on=BOTH)
SESSION_MINUTES = kind("session_minutes", "调解笔录", CONSULT[30], PMA[27], signers=("party", "mediator", "recorder"))
SIDE_MINUTES = kind("side_minutes", "调解笔录（副卷）", CONSULT[11, 2], signers=("mediator", "recorder"), aside=True)
EXTENSION_CONSENT = kind("extension_consent", "延期同意书", CONSULT[29], signers=("party",))
AGREEMENT = kind(
    "agreement", "调解协议书", LDMA[14], CONSULT[26], signers=("party", "mediator"), sealed=True, served_on=BOTH,
    draft=True,
)  # fmt: skip
SUPPLEMENTARY_AGREEMENT = kind(
    "supplementary_agreement", "补充协议", CONSULT[26], signers=("party", "mediator"), sealed=True, served_on=BOTH
)
FAILURE_OPINION = kind(
    "failure_opinion", "调解终止意见书", CONSULT[30], signers=("mediator",), sealed=True, served_on=BOTH, draft=True
)
WITHDRAWAL = kind("withdrawal", "撤回申请书", PMA[23, 0, 2].by_analogy(), signers=("applicant",))
TERMINATION_NOTICE = kind("termination_notice", "终止通知书", INVITED[26].by_analogy(), sealed=True, served_on=BOTH)
HAND_OVER_LETTER = kind("hand_over_letter", "移送函", MADE_HERE, sealed=True, served_on=("receiver",))
ARBITRATION_REVIEW_APPLICATION = kind(
    "arbitration_review_application", "仲裁审查申请书", ARB_RULES[74], signers=("party",)
)
COURT_CONFIRMATION_APPLICATION = kind(
    "court_confirmation_application", "司法确认申请书", CPL_INTERP[354], CONFIRM[3], signers=("party",)
)
MEDIATION_CERTIFICATE = kind("mediation_certificate", "主持调解证明", CPL_INTERP[354], sealed=True, served_on=BOTH)
PAYMENT_ORDER_APPLICATION = kind("payment_order_application", "支付令申请书", CPL[225, 2], signers=("worker",))
PERFORMANCE_REMINDER = kind(
    "performance_reminder", "督促履行通知书", CONSULT[32], signers=("mediator",), served_on=("respondent",)
)
FOLLOW_UP = kind("follow_up", "回访记录", CONSULT[32], signers=("mediator",))
SERVICE_RECEIPT = kind("service_receipt", "送达回证", ARB_RULES[20].by_analogy(), signers=("receiver",))
SERVICE_ADDRESS = kind("service_address", "送达地址确认书", ARB_RULES[20].by_analogy(), signers=("receiver",))
CALCULATION_SHEET = kind("calculation_sheet", "计算表", rule("mediation.calculation").law)

RECORDS = (
    APPLICATION,
    ORAL_APPLICATION,
    POWER_OF_ATTORNEY,
    MATERIALS_RECEIPT,
    CORRECTION_NOTICE,
    CONSENT_INQUIRY,
    ACCEPTANCE_NOTICE,
    REJECTION_NOTICE,
    MEDIATOR_NOTICE,
    RECUSAL_DECISION,
    SESSION_NOTICE,
    SESSION_MINUTES,
    SIDE_MINUTES,
    EXTENSION_CONSENT,
    AGREEMENT,
    SUPPLEMENTARY_AGREEMENT,
    FAILURE_OPINION,
    WITHDRAWAL,
    TERMINATION_NOTICE,
    HAND_OVER_LETTER,
    ARBITRATION_REVIEW_APPLICATION,
    COURT_CONFIRMATION_APPLICATION,
    MEDIATION_CERTIFICATE,
    PAYMENT_ORDER_APPLICATION,
    PERFORMANCE_REMINDER,
    FOLLOW_UP,
    SERVICE_RECEIPT,
    SERVICE_ADDRESS,
    CALCULATION_SHEET,
)
