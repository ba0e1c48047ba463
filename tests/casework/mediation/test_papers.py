"""The papers of a mediation against the table of docs/law.md §3.5: each exists, is signed and sealed as its row says."""

import re
from pathlib import Path

import pytest

from casework.mediation import module
from casework.mediation.record_data import RECORD_DATA
from casework.mediation.records import CODES, RECORDS
from documents.contents import KINDS

LAW = Path(__file__).parents[3] / "docs" / "law.md"
KIND = {kind.id: kind for kind in RECORDS}
BOTH = {"party"}
MARKS = {  # the words of the last column -> who signs
    "applicant": {"applicant"},
    "recorder": {"recorder"},
    "principal": {"principal"},
    "intake": {"intake"},
    "org_head": {"org_head"},
    "all present": BOTH,
    "both parties": BOTH,
    "mediator": {"mediator"},
    "worker": {"worker"},
    "receiver": {"receiver"},
}


# How a row that names several papers shares its last cell among them, read beside the table.
SHARED = {
    "调解申请书": (("application", "applicant", False), ("oral_application", "applicant recorder", False)),
    "授权委托书": (("power_of_attorney", "principal", False),),
    "收件回执": (("materials_receipt", "intake", False),),
    "征询意见函": (("consent_inquiry", "", True),),
    "调解受理通知书": (("acceptance_notice", "", True),),
    "不予受理通知书": (("rejection_notice", "", True),),
    "指定/更换调解员通知, 回避决定书": (("mediator_notice", "org_head", True), ("recusal_decision", "org_head", True)),
    "调解通知书": (("session_notice", "", True),),
    "调解笔录": (("session_minutes", "party mediator recorder", False),),
    "延期同意书": (("extension_consent", "party", False),),
    "调解协议书": (("agreement", "party mediator", True),),
    "调解终止（意见）书": (("failure_opinion", "mediator", True),),
    # the letter is sent under the sender's seal; its receiver signs the slip, which is its service
    "撤回申请书 / 终止通知书 / 移送函": (
        ("withdrawal", "applicant", False),
        ("termination_notice", "", True),
        ("hand_over_letter", "", True),
    ),
    "仲裁审查申请书": (("arbitration_review_application", "party", False),),
    "司法确认申请书": (("court_confirmation_application", "party", False), ("mediation_certificate", "", True)),
    "支付令申请书": (("payment_order_application", "worker", False),),
    "督促履行通知书, 回访记录": (("performance_reminder", "mediator", False), ("follow_up", "mediator", False)),
    "送达回证, 送达地址确认书": (("service_receipt", "receiver", False), ("service_address", "receiver", False)),
}
BESIDE = {"correction_notice", "side_minutes", "supplementary_agreement", "calculation_sheet"}  # §3.3, §3.6, not §3.5


def rows() -> dict[str, str]:
    """The first and the last cell of each line of the table."""
    text = LAW.read_text("utf-8")
    part = text[text.index("### 3.5 ") : text.index("### 3.6 ")]
    lines = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return {cells[0]: cells[-1] for cells in lines[2:]}


ROWS = rows()
TOLD = [(label, *paper) for label, papers in SHARED.items() for paper in papers]


def test_every_row_of_the_table_is_a_paper_and_every_paper_has_its_row() -> None:
    assert set(ROWS) == set(SHARED)
    assert {kind for _, kind, *_ in TOLD} | BESIDE == set(KIND)


@pytest.mark.parametrize(("label", "identity", "signers", "sealed"), TOLD, ids=[paper[1] for paper in TOLD])
def test_a_paper_bears_the_marks_of_its_row_and_no_others(label, identity, signers, sealed) -> None:
    kind = KIND[identity]
    assert set(kind.signers) == set(signers.split())
    assert kind.sealed is sealed


@pytest.mark.parametrize("label", SHARED)
def test_the_marks_of_a_row_are_those_its_last_cell_names(label) -> None:
    """Read from the words of the cell alone, so that a change of the table is noticed."""
    named = set().union(*(marks for word, marks in MARKS.items() if re.search(rf"\b{word}\b", ROWS[label])))
    seals = bool(re.search(r"\borg\b|\bseal\b", ROWS[label]))
    papers = SHARED[label]
    said = {signer for _, signers, _ in papers for signer in signers.split()}
    said |= {who for identity, *_ in papers for who in KIND[identity].served_on if who == "receiver"}
    assert said == named - ({"party"} if "record signed by both" in ROWS[label] else set())
    assert any(sealed for *_, sealed in papers) is seals


def test_a_party_s_own_paper_bears_no_seal_of_ours() -> None:
    ours = {"mediator", "recorder", "intake", "org_head"}
    own = [kind for kind in RECORDS if kind.signers and not set(kind.signers) & ours]
    assert len(own) >= 8
    assert not any(kind.sealed for kind in own)


def test_every_paper_is_issued_by_a_step_or_offered_on_the_page_of_a_case() -> None:
    issued = {kind.id for w in module.workflows for t in w.transitions for kind in t.issues}
    offered = {"power_of_attorney", "service_receipt", "service_address", "follow_up", "supplementary_agreement"}
    assert issued | offered | {"side_minutes"} == set(KIND)
    acts = {act.name for act in module.acts}
    assert {"authorise", "make_receipt", "follow_up", "supplement"} <= acts


def test_every_paper_has_its_layout_its_data_and_its_articles() -> None:
    for kind in RECORDS:
        assert kind.id in KINDS
        assert kind.id in RECORD_DATA
        assert kind.law


def test_the_codes_are_those_of_the_rule_book() -> None:
    text = LAW.read_text("utf-8")
    listed = re.search(r"Type codes ⚙: (.*?) \|", text)
    assert listed is not None
    codes = {word.split("(")[0] for word in listed[1].split()}
    assert set(CODES.values()) <= codes
    assert codes - set(CODES.values()) == {"调"}, "the case itself"
    assert all(kind.code == CODES.get(kind.id, "") for kind in RECORDS)
