"""What a party does on a telephone: enter, apply, answer, withdraw, read; and all of it written down by a clerk instead."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.desk import timeline
from casework.desk.tables import Draft, SittingNotice
from casework.mediation.forms import endings, registration
from casework.mediation.tables import CaseParty, MediationCase
from documents import tables as papers
from documents.store import Store
from tests.casework.desk.party.telephone import APPLICANT, CALLED_FIRM, RESPONDENT, STRANGER, Phone, plain
from tests.casework.mediation.world import World, application
from workflows.tables import JournalEntry, Subject

WORKER_ID = "110101199003070636"


def typed(world: World, **more: Any) -> dict[str, Any]:
    return {
        "name": "李大山",
        "id_number": WORKER_ID,
        "employer": "北京乙餐饮有限公司",
        "claims-0-kind": "wages",
        "claims-0-title": "支付2026年1月工资",
        "claims-0-amount": "8600.50",
        "grounds": "公司从一月起没有发工资，问了几次都说没有钱。",
        "station": str(world.station),
        "honest": "1",
        **more,
    }


def asked_respondent(world: World) -> Any:
    """A case in which the firm, with a telephone, is asked whether it agrees."""
    case = world.open(form=application(**CALLED_FIRM))
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    return case


# --- entering


def test_a_party_enters_with_case_number_and_code_and_reads_what_comes_next(phone: Phone, world: World):
    phone.enter(world.open())
    page = phone.get("/my/case").text
    for said in ("已收到申请", "决定是否受理", "受理窗口", "3月5日", "010-65090000", "身份证", "申请已登记"):
        assert said in page, said


def test_a_case_number_taken_later_opens_the_case_as_the_registration_number_does(phone: Phone, world: World):
    case = world.accepted()
    assert world.case(case).registration_number != world.case(case).case_number
    for number in (world.case(case).registration_number, world.case(case).case_number):
        phone.clock.move(minutes=20)
        phone.ask(number, APPLICANT)
        phone.relay()
        assert phone.give(phone.telephones.code(APPLICANT)).headers["location"] == "/my/case"


def test_a_telephone_without_the_brackets_of_a_case_number_opens_the_case(phone: Phone, world: World):
    number = world.case(world.open()).number
    for typed in (number.replace("〔", "(").replace("〕", ")"), number.replace("〔", "[").replace("〕第000", "]")):
        phone.clock.move(minutes=20)
        phone.ask(typed, APPLICANT)
        phone.relay()
        assert phone.give(phone.telephones.code(APPLICANT)).headers["location"] == "/my/case"


def test_leaving_ends_the_session(phone: Phone, world: World):
    phone.enter(world.open())
    phone.post("/my/leave", {}, "/my/case")
    assert phone.get("/my/case").headers["location"] == "/my"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("phone", "12345", "电话号码应为11位手机号"),
        ("phone", "010-65090000", "验证码只能发到手机"),
        ("phone", "", "手机号"),
        ("number", "", "案号或者登记号"),
        ("number", "号" * 200, "案号或者登记号"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_kept(phone: Phone, field: str, value: str, sentence: str):
    answer = phone.post("/my/code", {"number": "甲1号", "phone": APPLICANT, field: value}, "/my")
    assert answer.status_code == 422
    assert f'id="e-f-{field}"' in answer.text
    assert sentence in answer.text
    assert value in answer.text


# --- applying


def test_an_application_opens_a_case_as_the_act_of_the_party_and_logs_it_in(phone: Phone, world: World):
    phone.hold()
    answer = phone.post("/my/apply/mediation", typed(world))
    assert answer.headers.get("location") == "/my/case", plain(answer.text)[:800]
    case = world.read(select(MediationCase))[0]
    assert (case.source, case.state, case.organisation_id) == ("online", "received", world.station)
    opening = world.read(select(JournalEntry).where(JournalEntry.root_id == case.id).order_by(JournalEntry.seq))[0]
    assert (opening.trigger, opening.actor_role) == ("register", "party")
    worker = world.party(case.id, "applicant")
    assert (worker.name, worker.phone, worker.consent) == ("李大山", STRANGER, "agreed")
    assert case.registration_number in phone.get("/my/case").text
    with world.sessions() as session:
        assert "当事人网上办理" in timeline.timeline(session, session.get_one(Subject, case.id))[-1].text


def test_sending_an_application_twice_opens_one_case(phone: Phone, world: World):
    phone.hold()
    shown = phone.get("/my/apply/mediation").text
    hidden = {n: shown.split(f'name="{n}" value="')[1].split('"')[0] for n in ("_csrf", "_key")}
    before = phone.client.cookies["cy_my"]
    for _ in range(2):
        phone.client.cookies.set("cy_my", before)
        sent = phone.client.post("/my/apply/mediation", data={**typed(world), **hidden}, follow_redirects=False)
        assert sent.headers.get("location") == "/my/case", plain(sent.text)[:500]
    assert len(world.read(select(MediationCase.id))) == 1


def test_what_was_not_finished_waits_encrypted_for_the_same_telephone(phone: Phone, world: World):
    phone.hold()
    half = {"name": "李大山", "grounds": "公司从一月起没有发工资", "_draft": "keep"}
    assert phone.post("/my/apply/mediation", half).status_code == 303
    draft = world.read(select(Draft))[0]
    assert "李大山".encode() not in draft.sealed
    phone.post("/my/leave", {}, "/my/apply/mediation")
    phone.clock.move(days=3)
    phone.hold()
    assert "公司从一月起没有发工资" in phone.get("/my/apply/mediation").text
    phone.post("/my/leave", {}, "/my/apply/mediation")
    phone.hold("13600136000")
    assert "公司从一月起没有发工资" not in phone.get("/my/apply/mediation").text


def test_a_sent_application_leaves_no_draft(phone: Phone, world: World):
    phone.hold()
    phone.post("/my/apply/mediation", {"name": "李大山", "_draft": "keep"})
    assert phone.post("/my/apply/mediation", typed(world)).status_code == 303
    assert world.read(select(Draft.place)) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id_number": "110101199003070637"}, "id_number"),
        ({"credit_code": "123"}, "credit_code"),
        ({"employer_phone": "65090000"}, "employer_phone"),
        ({"honest": ""}, "honest"),
        ({"grounds": "短"}, "grounds"),
        ({"claims-0-kind": ""}, "claims"),
        ({"station": "00000000-0000-0000-0000-000000000000"}, "station"),
        ({"hired_on": "2026-02-01", "left_on": "2026-01-01"}, "left_on"),
        ({"claims-0-kind": "not_labour"}, "claims-0-kind"),
        ({"name": "长" * 200}, "name"),
    ],
)
def test_a_wrong_application_is_refused_at_its_field_with_everything_kept(
    phone: Phone, world: World, wrong: dict[str, str], field: str
):
    phone.hold()
    answer = phone.post("/my/apply/mediation", typed(world, **wrong))
    assert answer.status_code == 422, answer.status_code
    assert f'href="#f-{field}' in answer.text, plain(answer.text)[:600]
    assert "公司从一月起" in answer.text or field == "grounds"
    assert world.read(select(MediationCase.id)) == []


def test_a_script_in_a_field_is_text(phone: Phone, world: World):
    phone.hold()
    phone.post("/my/apply/mediation", {"name": "<script>alert(1)</script>😀", "_draft": "keep"})
    page = phone.get("/my/apply/mediation").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;😀" in page


def test_who_repeats_a_matter_on_file_learns_nothing_of_it_and_the_clerk_finds_both_linked(phone: Phone, world: World):
    world.open()
    phone.hold(APPLICANT)
    firm = {"employer": "北京远航物流有限公司", "credit_code": "91110105MA01ABCD5F"}
    sent = typed(world, name="王建国", id_number="110105198503074116", **firm)
    answer = phone.post("/my/apply/mediation", sent)
    assert answer.status_code == 303, plain(answer.text)[:800]
    assert {case.duplicate_decision for case in world.read(select(MediationCase))} == {"", "related"}


# --- acting


def test_the_respondent_answers_and_the_applicant_cannot_answer_for_it(phone: Phone, world: World):
    case = asked_respondent(world)
    phone.enter(case)
    assert phone.get("/my/case/answer").status_code == 404
    phone.clock.move(minutes=30)
    phone.enter(case, RESPONDENT)
    assert phone.post("/my/case/answer", {"answer": "agreed"}).status_code == 303
    firm = world.party(case, "respondent")
    assert (firm.consent, firm.consent_way) == ("agreed", "online")
    entry = world.read(select(JournalEntry).where(JournalEntry.trigger == "record_answer"))[0]
    assert (entry.actor_id, entry.actor_role) == (firm.id, "party")
    assert "你这一方在网上办理" in phone.get("/my/case").text


def test_a_refusal_restarts_the_limitation(phone: Phone, world: World):
    case = asked_respondent(world)
    phone.enter(case, RESPONDENT).post("/my/case/answer", {"answer": "refused"})
    assert world.party(case, "respondent").consent == "refused"


def test_no_answer_is_a_sentence_and_nothing_is_written(phone: Phone, world: World):
    case = asked_respondent(world)
    answer = phone.enter(case, RESPONDENT).post("/my/case/answer", {"answer": "maybe"})
    assert answer.status_code == 422
    assert world.party(case, "respondent").consent == ""


def test_the_applicant_withdraws_once_and_only_willingly(phone: Phone, world: World):
    case = world.accepted()
    phone.enter(case)
    unwilling = phone.post("/my/case/withdraw", {"reason": "other"})
    assert unwilling.status_code == 422
    assert "撤回必须出于自愿" in unwilling.text
    assert world.state(case) == "accepted"
    shown = phone.get("/my/case/withdraw").text
    fields = {n: shown.split(f'name="{n}" value="')[1].split('"')[0] for n in ("_csrf", "_key")}
    sent = {**fields, "reason": "other", "voluntary": "1"}
    for _ in range(2):
        answer = phone.client.post("/my/case/withdraw", data=sent, follow_redirects=False)
        assert answer.headers["location"] == "/my/case"
    assert world.state(case) == "withdrawn"
    assert len(world.read(select(JournalEntry.seq).where(JournalEntry.trigger == "withdraw"))) == 1
    assert phone.get("/my/case/withdraw").status_code == 404


def test_the_respondent_cannot_withdraw(phone: Phone, world: World):
    phone.enter(asked_respondent(world), RESPONDENT)
    assert phone.get("/my/case/withdraw").status_code == 404
    assert phone.post("/my/case/withdraw", {"reason": "other", "voluntary": "1"}, "/my/case").status_code == 404


def test_a_party_confirms_its_own_service_address(phone: Phone, world: World):
    case = asked_respondent(world)
    phone.enter(case, RESPONDENT)
    answer = phone.post("/my/case/confirm-address", {"address": "朝阳区某路8号3层", "e_service_consent": "1"})
    assert answer.status_code == 303
    firm, worker = world.party(case, "respondent"), world.party(case, "applicant")
    assert (firm.service_address, firm.e_service_consent, firm.e_sign_consent) == ("朝阳区某路8号3层", True, False)
    assert worker.service_address is None
    assert "已确认送达地址" in phone.get("/my/case").text


def test_whoever_cannot_come_says_so_and_the_mediator_hears_of_it(phone: Phone, world: World):
    case = world.assigned(application(**CALLED_FIRM))
    world.sitting(case)
    phone.enter(case, RESPONDENT)
    page = phone.get("/my/case").text
    assert "第 1 次调解会" in page
    assert "第一调解室" in page
    assert phone.post("/my/sitting", {"answer": "cannot_come", "reason": "出差，周四回来"}).status_code == 303
    firm = world.party(case, "respondent")
    notice = world.read(select(SittingNotice).where(SittingNotice.party_id == firm.id))[0]
    assert (notice.answer, notice.answered) == ("cannot_come", True)
    assert any("不能到会" in promise.body["text"] for promise in world.promised("desk.notice"))
    other = world.read(select(SittingNotice).where(SittingNotice.party_id != firm.id))
    assert [row.answer for row in other] == [""]


def test_there_is_nothing_to_answer_without_a_sitting(phone: Phone, world: World):
    phone.enter(world.open())
    assert phone.get("/my/sitting").status_code == 404


# --- written down by a clerk


def test_what_a_clerk_writes_down_for_a_party_says_so_with_way_and_proof(phone: Phone, world: World):
    case = asked_respondent(world)
    firm = world.party(case, "respondent")
    answer = registration.RecordAnswer(answer="agreed", party_id=firm.id, way="phone", proof="通话录音0302")
    world.act(case, "record_answer", answer, "intake")
    withdrawn = endings.Withdraw(reason="other", voluntary=True, way="letter", proof="撤回申请书原件")
    world.act(case, "withdraw", withdrawn, "intake")
    with world.sessions() as session:
        texts = [moment.text for moment in timeline.timeline(session, session.get_one(Subject, case))]
    assert any("代录：被申请人的行为；方式 电话；凭据 通话录音0302" in text for text in texts), texts
    assert any("代录：申请人的行为" in text and "凭据 撤回申请书原件" in text for text in texts), texts
    phone.enter(case)
    assert "工作人员代当事人登记" in phone.get("/my/case").text


def test_an_act_of_the_office_is_not_marked_as_written_for_a_party(world: World):
    case = world.accepted()
    with world.sessions() as session:
        moments = timeline.timeline(session, session.get_one(Subject, case))
    accepted = next(moment for moment in moments if moment.what == "受理")
    assert "代录" not in accepted.text


# --- papers


def test_only_the_papers_served_on_oneself_can_be_fetched(phone: Phone, world: World, tmp_path: Path):
    case = world.assigned(application(**CALLED_FIRM))
    record = world.record(case, "acceptance_notice")
    phone.enter(case)
    assert f"/my/records/{record.id}" not in phone.get("/my/case").text
    assert phone.get(f"/my/records/{record.id}").status_code == 404
    _serve(world, tmp_path, record.id, world.party(case, "respondent"))
    assert phone.get(f"/my/records/{record.id}").status_code == 404
    _serve(world, tmp_path, record.id, world.party(case, "applicant"))
    assert phone.get(f"/my/records/{record.id}").headers["content-type"] == "application/pdf"


def _serve(world: World, var: Path, record_id: Any, party: CaseParty) -> None:
    with world.sessions.begin() as session:
        record = session.get_one(papers.Record, record_id)
        record.pdf_sha256 = Store(var / "records").put(b"%PDF-1.7 a paper")
        session.add(
            papers.Service(
                record_id=record.id,
                addressee=str(party.id),
                name=party.name,
                way="in_person",
                served_on=world.clock.today,
                recorded_at=world.clock.now,
            )
        )
