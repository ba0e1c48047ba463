"""The papers of a mediation against the table of docs/law.md §3.5: each exists, is signed and sealed as its row says."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, update

from casework.desk.pages.writing import carry_out
from casework.mediation import module
from casework.mediation.forms import aftermath, endings, papers, people, talks
from casework.mediation.record_data import RECORD_DATA
from casework.mediation.records import CODES, RECORDS
from documents.contents import KINDS
from documents.forms import Finalise, Sign, SignAsStaff, SignOnPad
from documents.tables import RecordSignature
from documents.verify import lookup_number
from tests.casework.mediation.world import application, oral
from tests.documents.strokes import strokes
from workflows.errors import Invalid, Refused
from workflows.fire import current_facts
from workflows.form import Attachment
from workflows.tables import Subject

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


def test_the_organisation_vouches_for_what_it_seals_or_its_people_sign_and_for_nothing_else() -> None:
    ours = {"mediator", "recorder", "intake", "org_head"}
    for kind in RECORDS:
        assert kind.vouched is (kind.sealed or not kind.signers or bool(set(kind.signers) & ours)), kind.id


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


# --- made in a case


def offer(world, case, name, form, by="intake") -> None:
    """Write an act as the page of the case does."""
    act = next(act for act in module.acts if act.name == name)
    with world.sessions.begin() as session:
        actor, subject = world.actor(session, by), session.get_one(Subject, case)
        facts = current_facts(session, subject, by=actor, at=world.clock.now)
        carry_out(session, subject, act, form, actor, world.clock.now, facts)


def said(world, case, kind) -> dict:
    return world.record(case, kind).frozen["data"]


def test_papers_without_a_series_count_within_their_case(world):
    case = world.open("register_oral", oral())
    number = world.case(case).number
    assert [world.record(case, kind).number for kind in ("oral_application", "materials_receipt")] == [
        f"{number}之1",
        f"{number}之2",
    ]


def test_a_party_s_own_paper_bears_no_code_and_is_not_told_of_in_public(world):
    case = world.open(form=application())
    theirs, ours = world.record(case, "application"), world.record(case, "materials_receipt")
    assert (theirs.verify_code, len(ours.verify_code)) == (None, 20)
    with world.sessions() as session:
        assert lookup_number(session, theirs.number) is None
        assert lookup_number(session, ours.number).number == ours.number


def test_the_extension_names_the_old_and_the_new_day(world):
    case = world.talking()
    before = world.timer(case, "mediation_term").effective_due
    agreed = {"agreed_on": world.clock.now.date(), "agreed_by_applicant": True, "agreed_by_respondent": True}
    world.act(case, "extend", talks.Extend(extension_days=10, **agreed))
    after = world.timer(case, "mediation_term").effective_due
    paper = said(world, case, "extension_consent")
    assert (paper["old_due_on"], paper["new_due_on"]) == (before.isoformat(), after.isoformat())


def test_a_withdrawal_is_the_applicant_s_own_and_a_termination_the_organisation_s(world):
    case = world.accepted()
    world.act(case, "withdraw", endings.Withdraw(reason="going_to_arbitration", voluntary=True, proof="原件"), "intake")
    assert said(world, case, "withdrawal")["reason"] == "另行申请仲裁"
    assert world.record(case, "withdrawal").state == "awaiting_signature"


def test_an_authority_and_a_receipt_are_made_on_request_as_often_as_asked(world):
    case = world.accepted()
    employer = world.party(case)
    for name in ("李明", "张华"):
        form = papers.Authorise(party_id=employer.id, agent_name=name, authority="special")
        offer(world, case, "authorise", form)
    assert world.records(case).count("power_of_attorney") == 2
    assert said(world, case, "power_of_attorney")["agent"] == "张华"
    served = world.record(case, "acceptance_notice")
    offer(world, case, "make_receipt", papers.MakeReceipt(party_id=employer.id, papers=[served.id]))
    assert said(world, case, "service_receipt")["papers"] == [{"title": "调解受理通知书", "number": served.number}]
    with pytest.raises(Invalid, match="选择送达的文书"):
        offer(world, case, "make_receipt", papers.MakeReceipt(party_id=employer.id))


def test_a_party_signs_on_the_pad_once_its_consent_to_that_is_on_record(world):
    case = world.open()
    worker = world.party(case, "applicant")
    form = people.ConfirmAddress(
        party_id=worker.id, address="朝阳区八里庄街道1号院", proof="当面填写", e_service_consent=True
    )
    offer(world, case, "confirm_address", form)
    consents = said(world, case, "service_address")
    assert (consents["electronic_signing"], consents["electronic_service"]) == (False, True)
    paper = world.record(case, "application")
    on_pad = SignOnPad(signer=str(worker.id), strokes=strokes(), shown_sha256=paper.data_sha256)
    with pytest.raises(Invalid, match="同意电子签名"):
        world.act(paper.id, "sign_on_pad", on_pad, "intake")
    form.e_sign_consent = True
    offer(world, case, "confirm_address", form)
    on_pad = SignOnPad(signer=str(worker.id), strokes=strokes(), shown_sha256=paper.data_sha256)
    world.act(paper.id, "sign_on_pad", on_pad, "intake")
    assert world.read(select(RecordSignature.way)) == ["pad"]
    assert world.record(case, "application").original == "electronic"


def test_a_general_agent_cannot_sign_the_agreement_and_a_special_one_can(world):
    case = world.drafted()
    firm = world.party(case)
    offer(world, case, "authorise", papers.Authorise(party_id=firm.id, agent_name="李明", authority="general"))
    agreement = world.record(case, "agreement")
    world.act(agreement.id, "finalise", Finalise())
    with pytest.raises(Invalid, match="李明只有一般授权，代签协议须有特别授权"):
        world.act(agreement.id, "sign", Sign(signer=str(firm.id), by_agent=True))
    offer(world, case, "authorise", papers.Authorise(party_id=firm.id, agent_name="李明", authority="special"))
    world.act(agreement.id, "sign", Sign(signer=str(firm.id), by_agent=True))
    assert world.read(select(RecordSignature.agent)) == ["李明"]


def test_the_mediator_signs_the_agreement_with_the_own_account_and_nobody_else_does(world):
    case = world.drafted()
    agreement = world.record(case, "agreement")
    world.act(agreement.id, "finalise", Finalise(original="electronic"))
    with pytest.raises(Refused, match="须有您本人"):
        world.act(agreement.id, "sign_as_staff", SignAsStaff(), "recorder")
    world.act(agreement.id, "sign_as_staff", SignAsStaff(), "mediator")
    assert world.read(select(RecordSignature.signer)) == ["mediator"]


def test_an_agreement_signed_on_the_pad_binds_like_one_on_paper_and_only_for_what_was_signed(world):
    case = world.drafted()
    worker, firm = world.party(case, "applicant"), world.party(case)
    form = people.ConfirmAddress(party_id=worker.id, address="朝阳区八里庄街道1号院", e_sign_consent=True)
    offer(world, case, "confirm_address", form)
    agreement = world.record(case, "agreement")
    world.act(agreement.id, "finalise", Finalise(original="electronic"))
    shown = world.record(case, "agreement").data_sha256
    world.act(agreement.id, "sign_on_pad", SignOnPad(signer=str(worker.id), strokes=strokes(), shown_sha256=shown))
    world.act(agreement.id, "sign_as_staff", SignAsStaff())
    with pytest.raises(Refused, match="双方当事人均须在本协议上签名"):
        world.act(case, "sign", talks.Sign())
    page = Attachment("签名页.pdf", "application/pdf", b"%PDF-1.7 signed by hand")
    world.act(agreement.id, "sign", Sign(signer=str(firm.id), way="stamp", scan=page))
    world.seal(agreement.id)
    with world.sessions.begin() as session:
        session.execute(update(RecordSignature).values(data_sha256="0" * 64))
    with pytest.raises(Refused, match="双方当事人均须在本协议上签名"):
        world.act(case, "sign", talks.Sign())
    with world.sessions.begin() as session:
        session.execute(update(RecordSignature).values(data_sha256=shown))
    world.act(case, "sign", talks.Sign())
    assert world.state(case) == "settled"


def test_a_later_day_and_a_typed_change_are_supplements_with_their_own_numbers(world):
    case = world.settled()
    sealed = world.record(case, "agreement")
    offer(world, case, "supplement", papers.Supplement(changes=["第一项的收款账户变更"]), "mediator")
    paper = world.record(case, "supplementary_agreement")
    assert paper.frozen["data"]["agreement_number"] == sealed.number != paper.number
    assert world.record(case, "agreement").data_sha256 == sealed.data_sha256


def test_joint_applications_name_both_sides_as_applicants_and_go_with_a_certificate(world):
    case = world.settled()
    form = aftermath.ApplyCourtConfirmation(by_applicant=True, by_respondent=True, body="北京市朝阳区人民法院")
    world.act(world.track(case, "confirmation"), "apply_court_confirmation", form)
    paper = said(world, case, "court_confirmation_application")
    assert paper["body"] == "北京市朝阳区人民法院"
    assert {party["role"] for party in (*paper["applicants"], *paper["respondents"])} == {""}
    assert world.record(case, "mediation_certificate").state == "awaiting_approval"
