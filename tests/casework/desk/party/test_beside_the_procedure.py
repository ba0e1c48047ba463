"""What a party does beside the steps: hands in, tells, asks, is reached safely, rates, sees what is kept; and a clerk for it."""

import re
from base64 import b64decode
from typing import Any

import pytest
from sqlalchemy import select

from app.modules import routes
from casework.desk import contact_wishes, messages, my_acts, party_requests, timeline
from casework.desk.pages.my import ANSWER
from casework.desk.tables import ContactWish, Evidence, Message, PartyRequest, Rating, SittingNotice
from casework.mediation.for_parties import ACTS
from tests.casework.desk.conftest import Desk
from tests.casework.desk.party.telephone import APPLICANT, CALLED_FIRM, RESPONDENT, Phone, plain
from tests.casework.desk.test_weight import KILOBYTE, PARTY, first_visit
from tests.casework.mediation.world import World, application
from union.roles import PARTIES
from workflows.module import registry
from workflows.tables import JournalEntry, Subject

PICTURE = b64decode(  # one grey pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def entries(world: World, trigger: str) -> list[JournalEntry]:
    return world.read(select(JournalEntry).where(JournalEntry.trigger == trigger).order_by(JournalEntry.seq))


def told(world: World, case: Any) -> str:
    with world.sessions() as session:
        return "".join(f"{m.what}|{m.text}\n" for m in timeline.timeline(session, session.get_one(Subject, case)))


def hand_in(phone: Phone, slot: str, name: str = "payslip.png", content: bytes = PICTURE) -> Any:
    shown = phone.get("/my/case/hand-in").text
    hidden = dict(re.findall(r'name="(_csrf|_key)" value="([^"]*)"', shown))
    files = {slot: (name, content, "image/png")}
    return phone.client.post("/my/case/hand-in", data=hidden, files=files, follow_redirects=False)


# --- materials


def test_a_photograph_goes_into_its_slot_and_the_handler_hears_of_it(phone: Phone, world: World):
    case = world.assigned()
    assert hand_in(phone.enter(case), "wages").status_code == 303
    piece = world.read(select(Evidence))[0]
    me = world.party(case, "applicant")
    assert (piece.kind, piece.title, piece.from_party_id, piece.handed_in_by) == (
        "wages",
        "工资支付凭证",
        me.id,
        me.name,
    )
    assert [(e.actor_id, e.actor_role) for e in entries(world, "evidence")] == [(me.id, "party")]
    assert any("补交了材料" in promise.body["text"] for promise in world.promised("desk.notice"))
    assert "已交材料" in phone.get("/my/case").text


@pytest.mark.parametrize(
    ("name", "content"), [("a.pdf", b"MZ\x90\x00 a program"), ("a.png", b""), ("a.exe", b"MZ\x90\x00")]
)
def test_what_is_no_picture_and_no_paper_is_refused_and_nothing_kept(
    phone: Phone, world: World, name: str, content: bytes
):
    answer = hand_in(phone.enter(world.assigned()), "wages", name, content)
    assert answer.status_code == 422
    assert 'href="#f-' in answer.text
    assert world.read(select(Evidence.id)) == []


def test_the_same_photograph_twice_is_kept_once(phone: Phone, world: World):
    phone.enter(world.assigned())
    hand_in(phone, "wages")
    again = hand_in(phone, "contract")
    assert again.status_code == 422
    assert "没有重复收存" in again.text
    assert len(world.read(select(Evidence.id))) == 1


def test_without_a_file_the_page_says_where_one_goes(phone: Phone, world: World):
    answer = phone.enter(world.assigned()).post("/my/case/hand-in", {})
    assert answer.status_code == 422
    assert "在对应的一栏拍照或者选文件" in answer.text


# --- telling and asking


def test_a_word_to_the_mediator_is_answered_and_both_stand_on_the_page(phone: Phone, world: World, desk: Desk):
    case = world.assigned()
    phone.enter(case)
    assert phone.post("/my/case/message", {"text": "下周三可以调解吗"}).status_code == 303
    assert "等答复" in phone.get("/my/case").text
    asked = world.read(select(PartyRequest))[0]
    desk.log_in("mediator")
    assert "下周三可以调解吗" in desk.get(f"/subjects/{case}").text
    desk.post(f"/subjects/{case}/requests/{asked.id}", {"text": "可以，上午十点"})
    page = phone.get("/my/case").text
    assert "可以，上午十点" in page
    assert "等答复" not in page
    phone.relay()
    texts = [sms.text for sms in phone.telephones.arrived if "已有答复" in sms.text]
    assert len(texts) == 1
    assert "上午十点" not in texts[0]


def test_an_answer_is_given_once(phone: Phone, world: World, desk: Desk):
    case = world.assigned()
    phone.enter(case).post("/my/case/message", {"text": "下周三可以调解吗"})
    asked = world.read(select(PartyRequest))[0]
    desk.log_in("mediator")
    for text in ("可以", "不可以"):
        last = desk.post(f"/subjects/{case}/requests/{asked.id}", {"text": text})
    assert last.status_code == 422
    assert "已经答复" in last.text
    assert world.read(select(PartyRequest.answer)) == ["可以"]


def test_the_other_side_reads_nothing_of_it(phone: Phone, world: World):
    case = world.assigned(application(**CALLED_FIRM))
    phone.enter(case).post("/my/case/message", {"text": "我的底线是五千"})
    phone.clock.move(minutes=30)
    phone.enter(case, RESPONDENT)
    assert "我的底线是五千" not in phone.get("/my/case").text + phone.get("/my/data").text
    assert "我的底线是五千" not in phone.get("/my/data/copy").text


def test_before_anybody_handles_the_case_its_head_hears_of_it(phone: Phone, world: World):
    phone.enter(world.open()).post("/my/case/objection", {"text": "三天了还没有消息"})
    told_to = {promise.body["staff_id"] for promise in world.promised("desk.notice")}
    assert told_to == {str(world.ids["head"])}


def test_the_procedure_adds_its_own_words_to_what_every_case_offers(phone: Phone, world: World):
    phone.enter(world.open())
    assert "写明哪一件、为什么。不影响你依法申请仲裁。" in phone.get("/my/case/objection").text
    assert "仲裁" not in party_requests.KINDS["objection"].hint  # another procedure has another way out


def test_who_applies_reads_what_this_procedure_needs(phone: Phone):
    page = phone.get("/my/start/mediation").text
    for thing in ("身份证", "单位的全称，劳动合同或者工资条上有", "你要求什么、多少钱、哪段时间"):
        assert thing in page


def test_an_empty_word_is_a_sentence(phone: Phone, world: World):
    answer = phone.enter(world.open()).post("/my/case/message", {"text": " "})
    assert answer.status_code == 422
    assert 'href="#f-text"' in answer.text
    assert world.read(select(PartyRequest.id)) == []


def test_a_word_sent_twice_is_kept_once(phone: Phone, world: World):
    phone.enter(world.open())
    shown = phone.get("/my/case/message").text
    hidden = dict(re.findall(r'name="(_csrf|_key)" value="([^"]*)"', shown))
    for _ in range(2):
        sent = phone.client.post("/my/case/message", data={**hidden, "text": "请尽早安排"}, follow_redirects=False)
        assert sent.status_code == 303
    assert len(world.read(select(PartyRequest.id))) == 1


# --- after the agreement


def test_the_page_of_a_settled_case_names_the_next_instalment_and_the_last_days(phone: Phone, world: World):
    case = world.settled()
    page = plain(phone.enter(case).get("/my/case").text)
    assert "对方应当履行“被申请人支付拖欠工资”" in page
    assert "5月10日" in page and "6,000.00 元" in page
    confirmation = world.timers(world.track(case, "confirmation"))
    for deadline, words in (("arbitration_review_window", "仲裁审查"), ("court_confirmation_window", "司法确认")):
        due = confirmation[deadline].effective_due
        assert f"{due.month}月{due.day}日" in page
        assert words in page


def test_no_payment_is_told_only_once_it_was_due(phone: Phone, world: World):
    case = world.settled()
    phone.enter(case)
    assert phone.get("/my/case/not-paid").status_code == 404
    world.set(2026, 5, 11)
    phone.enter(case)
    assert phone.post("/my/case/not-paid", {}).status_code == 303
    assert world.read(select(PartyRequest.kind)) == ["not-paid"]
    assert any("没有付款" in promise.body["text"] for promise in world.promised("desk.notice"))
    assert world.tracks(case)["performance"] == "pending"  # the mediator verifies before anything is recorded


def test_who_owes_the_money_cannot_say_that_it_was_not_paid(phone: Phone, world: World):
    case = world.settled(application(**CALLED_FIRM))
    world.set(2026, 5, 11)
    phone.enter(case, RESPONDENT)
    assert phone.get("/my/case/not-paid").status_code == 404
    assert "你应当履行" in phone.get("/my/case").text


# --- being reached safely


def test_who_wants_no_texts_gets_none_and_the_handler_is_told_to_call(phone: Phone, world: World, desk: Desk):
    case = world.assigned()
    phone.enter(case)
    assert phone.post("/my/case/safe-contact", {"wish": "no_texts"}, "/my/case").status_code == 303
    before = len(phone.telephones.arrived)
    world.sitting(case)
    with world.sessions.begin() as session:
        messages.tell_participant(session, case, world.party(case, "applicant").id, "试一试", world.clock.now)
    phone.relay()
    assert [sms for sms in phone.telephones.arrived[before:] if sms.number == APPLICANT] == []
    kept = world.read(select(Message).where(Message.text.contains("试一试")))
    assert [(m.status, m.problem) for m in kept] == [("failed", contact_wishes.NO_TEXTS)]
    assert "不要发短信，打电话" in desk.log_in("mediator").get(f"/subjects/{case}").text
    phone.post("/my/case/safe-contact", {"wish": "any"}, "/my/case")
    with world.sessions.begin() as session:
        messages.tell_participant(session, case, world.party(case, "applicant").id, "再试", world.clock.now)
    phone.relay()
    assert any("再试" in sms.text for sms in phone.telephones.arrived)


def test_the_code_still_comes_to_who_wants_no_texts(phone: Phone, world: World):
    case = world.open()
    phone.enter(case).post("/my/case/safe-contact", {"wish": "no_texts"}, "/my/case")
    phone.clock.move(hours=3)
    phone.enter(case)


def test_an_unknown_wish_changes_nothing(phone: Phone, world: World):
    phone.enter(world.open())
    assert phone.post("/my/case/safe-contact", {"wish": "whatever"}, "/my/case").status_code == 422
    assert world.read(select(ContactWish.id)) == []


def test_a_quick_way_out_ends_the_session_and_shows_nothing_of_a_case(phone: Phone, world: World):
    phone.enter(world.open())
    assert phone.post("/my/leave", {"quick": "1"}, "/my/case").headers["location"] == "/my/away"
    away = phone.get("/my/away").text
    assert "<title>网页</title>" in away
    assert [word for word in ("调解", "工会", "案件", "劳动") if word in away] == []
    assert phone.get("/my/case").headers["location"] == "/my"


def test_the_title_of_every_page_says_nothing_where_a_party_wants_that(phone: Phone, world: World):
    phone.enter(world.open())
    for path in ("/my/case", "/my/data", "/my/case/message", "/my"):
        assert "<title>网页</title>" not in phone.get(path).text
    phone.post("/my/look", {"title": "quiet", "back": "/my/case"}, "/my/case")
    for path in ("/my/case", "/my/data", "/my/case/message", "/my"):
        assert "<title>网页</title>" in phone.get(path).text, path
    phone.post("/my/look", {"title": "usual", "back": "/my/case"}, "/my/case")
    assert "<title>我的案件 - 朝阳工会</title>" in phone.get("/my/case").text


# --- what it weighs


def test_the_pages_of_a_party_keep_to_their_weight(phone: Phone, world: World):
    phone.enter(world.settled())
    for path in ("/my", "/my/case", "/my/data", "/my/case/hand-in"):
        visit = first_visit(Desk(phone.client), path)
        assert len(visit) >= 4, visit
        assert visit[path] <= 8 * KILOBYTE, visit
        assert sum(visit.values()) <= PARTY, visit


# --- rating


def test_a_closed_case_is_rated_once_and_the_handler_does_not_read_it(phone: Phone, world: World, desk: Desk):
    case = world.failed()
    phone.enter(case)
    said = {"clear": "3", "manner": "3", "outcome": "1", "text": "态度很好，可惜没谈成"}
    assert phone.post("/my/case/rate", said, "/my/case").status_code == 303
    assert phone.get("/my/case/rate").status_code == 404
    rows = world.read(select(Rating))
    assert [(r.clear, r.manner, r.outcome) for r in rows] == [(3, 3, 1)]
    desk.log_in("mediator")
    assert "可惜没谈成" not in desk.get(f"/subjects/{case}?level=everything").text
    assert desk.get("/ratings").status_code == 404
    desk.log_in("head")
    page = plain(desk.get("/ratings").text)
    assert "可惜没谈成" in page
    assert "100.0%" in page and "0.0%" in page
    assert world.party(case, "applicant").name not in page


def test_an_open_case_is_not_rated(phone: Phone, world: World):
    phone.enter(world.assigned())
    said = {"clear": "3", "manner": "3", "outcome": "1"}
    assert phone.post("/my/case/rate", said, "/my/case").status_code == 404
    assert world.read(select(Rating.id)) == []


def test_a_rating_without_an_answer_is_a_sentence(phone: Phone, world: World):
    phone.enter(world.failed())
    assert phone.post("/my/case/rate", {"clear": "3", "manner": "9"}, "/my/case").status_code == 422
    assert world.read(select(Rating.id)) == []


# --- what is kept


def test_a_party_sees_what_is_kept_masked_and_takes_a_full_copy(phone: Phone, world: World):
    case = world.open()
    phone.enter(case)
    page, copy = phone.get("/my/data").text, phone.get("/my/data/copy")
    assert "110105198503074116" not in page and APPLICANT not in page
    assert "138****8000" in page
    assert "110105198503074116" in copy.text and APPLICANT in copy.text
    assert copy.headers["content-disposition"].startswith("attachment")
    assert "no-store" in copy.headers["cache-control"]


def test_a_copy_is_of_oneself_alone(phone: Phone, world: World):
    case = world.assigned(application(**CALLED_FIRM))
    copy = phone.enter(case).get("/my/data/copy").text
    assert RESPONDENT not in copy
    assert "91110105MA01ABCD5F" not in copy


# --- every act, by a clerk


def test_every_act_of_a_party_can_be_written_down_by_a_clerk(world: World):
    case = world.open()
    with world.sessions() as session:
        subject = session.get_one(Subject, case)
        module, workflow = registry.module_for(subject), registry.workflow_for(subject)
        every = [*ACTS, *my_acts.every_act(subject), ANSWER]
    paths = {path for route in routes() for path in route.paths}
    assert len({act.name for act in every}) == len(every) >= 10
    for act in every:
        if act.trigger:
            step = workflow.transition_by_trigger[act.trigger]
            whose, by = step.act_of, step.by
        elif act.act:
            written = next(one for one in module.acts if one.name == act.act)
            whose, by = written.act_of, written.by
        else:
            assert f"/subjects/{{subject_id:uuid}}/{act.by_clerk}" in paths, act.name
            continue
        assert set(whose) & set(PARTIES), act.name
        assert set(by) - set(PARTIES), act.name


def test_whether_a_party_comes_is_written_down_by_a_clerk_as_the_answer_of_the_party(
    phone: Phone, world: World, desk: Desk
):
    case = world.assigned()
    world.sitting(case)
    notice = world.read(select(SittingNotice).where(SittingNotice.party_id == world.party(case, "applicant").id))[0]
    desk.log_in("mediator")
    said = {"way": "phone", "notified_at": "2026-03-02T09:00", "answer": "cannot_come", "proof": "通话录音0302"}
    path = f"/subjects/{case}/sittings/{notice.sitting_id}/notices/{notice.id}"
    for _ in range(2):  # the same answer once more is no new one
        assert desk.post(path, said).status_code == 303
    line = f"{notice.name}答复第 1 次调解会：不能到会|代录：当事人的行为；方式 电话；凭据 通话录音0302"
    assert told(world, case).count(line) == 1


def test_what_a_clerk_writes_down_says_whose_it_is_with_way_and_proof(phone: Phone, world: World, desk: Desk):
    case = world.failed()
    me = world.party(case, "applicant")
    desk.log_in("intake")
    asked = {"whose": str(me.id), "kind": "objection", "text": "不认可终止", "way": "phone", "proof": "通话录音0401"}
    assert desk.post(f"/subjects/{case}/requests/new", asked).status_code in (200, 303)
    assert desk.post(f"/subjects/{case}/wishes/new", {"whose": str(me.id), "wish": "off_work"})
    rating = {"whose": str(me.id), "clear": "3", "manner": "2", "outcome": "1"}
    assert desk.post(f"/subjects/{case}/ratings/new", rating)
    said = told(world, case)
    assert "代录：申请人的行为；方式 电话；凭据 通话录音0401" in said
    assert f"{me.name}的安全联系方式：上班时间不要打电话|代录：申请人的行为" in said
    assert "已作评价|代录" in said
    page = phone.enter(case).get("/my/case").text
    assert "工作人员代你登记" in page
    assert "上班时间不要打电话" in page
    phone.post("/my/case/message", {"text": "本人留言"})
    assert "留言|当事人网上办理" in told(world, case)
