"""The official records of a mediation (law.md §3.5): who signs them, whose seal they bear, on whom they are served."""

from casework.mediation.policy import rule
from union.law import CONSULT, CY_NOTICE, INVITED, LDMA, PMA
from workflows.definition import RecordKind
from workflows.law import Citation

APPLICATION = RecordKind("application", "调解申请书", "申", (CONSULT[21],), signers=("applicant",))
ORAL_APPLICATION = RecordKind("oral_application", "口头申请笔录", "口", (LDMA[12],), signers=("applicant", "recorder"))
ACCEPTANCE_NOTICE = RecordKind(
    "acceptance_notice", "调解受理通知书", "调受", (CONSULT[22],), sealed=True, served_on=("applicant", "respondent")
)
REJECTION_NOTICE = RecordKind(
    "rejection_notice", "不予受理通知书", "调不受", (CONSULT[22], CONSULT[30]), sealed=True, served_on=("applicant",)
)
SESSION_NOTICE = RecordKind(
    "session_notice",
    "调解通知书",
    "调通",
    (INVITED[14].by_analogy(),),
    sealed=True,
    served_on=("applicant", "respondent"),
)
SESSION_MINUTES = RecordKind(
    "session_minutes", "调解笔录", "调笔", (CONSULT[30], PMA[27]), signers=("party", "mediator", "recorder")
)
SIDE_MINUTES = RecordKind(
    "side_minutes", "调解笔录（副卷）", "调副", (CONSULT[11, 2],), signers=("mediator", "recorder")
)
AGREEMENT = RecordKind(
    "agreement",
    "调解协议书",
    "调协",
    (LDMA[14], CONSULT[26]),
    signers=("party", "mediator"),
    sealed=True,
    served_on=("applicant", "respondent"),
    draft=True,
)
FAILURE_OPINION = RecordKind(
    "failure_opinion",
    "调解终止意见书",
    "调终",
    (CONSULT[30],),
    signers=("mediator",),
    sealed=True,
    served_on=("applicant", "respondent"),
    draft=True,
)
CALCULATION_SHEET = RecordKind("calculation_sheet", "计算表", "调算", (rule("mediation.calculation").law,))

# Its template comes with the rest of the set (issue 4); no step issues it yet.
HAND_OVER_LETTER = RecordKind(
    "hand_over_letter", "移送函", "调移", (Citation(CY_NOTICE, mark=CY_NOTICE.mark),), sealed=True
)

RECORDS = (
    APPLICATION,
    ORAL_APPLICATION,
    ACCEPTANCE_NOTICE,
    REJECTION_NOTICE,
    SESSION_NOTICE,
    SESSION_MINUTES,
    SIDE_MINUTES,
    AGREEMENT,
    FAILURE_OPINION,
    CALCULATION_SHEET,
)
