"""What a party, a stranger and a thief of codes cannot do: each refusal with somebody who may, so that it can fail."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from app.modules import routes
from casework.desk import codes
from casework.desk.tables import Note, PhoneCode, Sitting
from casework.mediation.forms import endings, registration
from tests.casework.desk.party.telephone import APPLICANT, CALLED_FIRM, RESPONDENT, STRANGER, Phone, plain
from tests.casework.mediation.world import World, application
from union import access
from workflows import journal
from workflows.errors import Invalid
from workflows.fire import fire
from workflows.tables import new_id

OTHER_WORKER = {
    "applicants": [
        registration.PartyIn(
            name="孙小梅", id_number="110101199003070636", phone="13500135000", address="朝阳区甲路1号"
        )
    ]
}


# --- the answer is the same whether there is anything


def test_an_unknown_case_an_unknown_phone_and_a_right_pair_get_the_same_answer(phone: Phone, world: World):
    number = world.case(world.open()).number
    said = set()
    for case, telephone in ((number, APPLICANT), (number, STRANGER), ("没有这个案号", APPLICANT)):
        phone.clock.move(hours=25)
        phone.client.cookies.clear()
        answer = phone.ask(case, telephone)
        shown = phone.get("/my/code")
        ticket = answer.headers["set-cookie"]
        said.add((answer.status_code, answer.headers["location"], len(ticket), shown.status_code, plain(shown.text)))
    assert len(said) == 1
    phone.relay()
    assert {sms.number for sms in phone.telephones.arrived} == {APPLICANT}


def test_the_same_is_written_and_promised_whether_there_is_anything(phone: Phone, world: World):
    """The class of time: the same statements, the same rows, and the text leaves later, by the relay."""
    number = world.case(world.open()).number
    counts = []
    for case, telephone in ((number, APPLICANT), ("没有这个案号", STRANGER)):
        phone.clock.move(hours=25)
        rows = len(world.read(select(PhoneCode.id))), len(world.promised(codes.SEND))
        with _statements(world) as ran:
            phone.ask(case, telephone)
        after = len(world.read(select(PhoneCode.id))), len(world.promised(codes.SEND))
        counts.append((len(ran), after[0] - rows[0], after[1] - rows[1]))
    assert counts[0] == counts[1]


def test_a_code_asked_for_an_unknown_pair_opens_nothing(phone: Phone, world: World):
    world.open()
    phone.ask("没有这个案号", APPLICANT)
    code = _code_of(world)
    phone.relay()
    answer = phone.give(code)
    assert answer.status_code == 422
    assert codes.WRONG in answer.text


def test_two_parties_with_one_telephone_are_nobody(phone: Phone, world: World):
    same = [registration.PartyIn(name="某公司", kind="organisation", phone=APPLICANT)]
    case = world.open(form=application(respondents=same))
    phone.ask(world.case(case).number, APPLICANT)
    phone.relay()
    assert phone.telephones.code(APPLICANT) == ""


# --- codes


def test_a_code_is_six_digits_and_stored_only_as_a_keyed_hash(phone: Phone, world: World):
    phone.ask(world.case(world.open()).number, APPLICANT)
    phone.relay()
    code, row = phone.telephones.code(APPLICANT), world.read(select(PhoneCode))[0]
    assert len(code) == 6 and code.isdigit()
    assert row.code is None  # forgotten once it was handed over
    assert code not in row.code_hash


def test_a_code_works_once(phone: Phone, world: World):
    case = world.open()
    phone.ask(world.case(case).number, APPLICANT)
    phone.relay()
    code, ticket = phone.telephones.code(APPLICANT), phone.client.cookies["cy_my_code"]
    assert phone.give(code).status_code == 303
    phone.client.cookies.clear()
    phone.client.cookies.set("cy_my_code", ticket)
    assert phone.give(code).status_code == 422


def test_a_stolen_code_is_worth_nothing_in_another_browser(phone: Phone, world: World):
    phone.ask(world.case(world.open()).number, APPLICANT)
    phone.relay()
    code, ticket = phone.telephones.code(APPLICANT), phone.client.cookies["cy_my_code"]
    phone.client.cookies.clear()
    assert phone.give(code).status_code == 422
    phone.client.cookies.set("cy_my_code", ticket)
    assert phone.give(code).status_code == 303


def test_a_code_ends_after_five_minutes(phone: Phone, world: World):
    phone.ask(world.case(world.open()).number, APPLICANT)
    phone.relay()
    phone.clock.now += timedelta(minutes=5)
    assert phone.give(phone.telephones.code(APPLICANT)).status_code == 422


def test_after_five_wrong_tries_the_right_code_is_wrong_too(phone: Phone, world: World):
    phone.ask(world.case(world.open()).number, APPLICANT)
    phone.relay()
    code = phone.telephones.code(APPLICANT)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert phone.give(wrong).status_code == 422
    assert phone.give(code).status_code == 422


def test_four_wrong_tries_leave_the_right_code_right(phone: Phone, world: World):
    phone.ask(world.case(world.open()).number, APPLICANT)
    phone.relay()
    code = phone.telephones.code(APPLICANT)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(4):
        phone.give(wrong)
    assert phone.give(code).status_code == 303


def test_guessing_codes_is_slowed_down_whatever_code_is_meant(phone: Phone, world: World):
    case = world.open()
    answers = [phone.give("000000").text for _ in range(codes.GUESSING.free + 2)]
    assert ["操作过于频繁" in answer for answer in answers] == [False] * (codes.GUESSING.free + 1) + [True]
    phone.ask(world.case(case).number, APPLICANT)
    phone.relay()
    assert "操作过于频繁" in phone.give(phone.telephones.code(APPLICANT)).text  # the right one has to wait too
    phone.clock.move(minutes=4)
    assert phone.give(phone.telephones.code(APPLICANT)).headers.get("location") == "/my/case"


@pytest.mark.parametrize("same", ["phone", "case", "address"])
def test_asking_is_slowed_down_by_phone_case_and_address(phone: Phone, world: World, same: str):
    asked = 0
    for i in range(60):
        number = "同一案号" if same == "case" else f"案号{i}"
        telephone = APPLICANT if same == "phone" else f"138{i:08d}"
        answer = phone.ask(number, telephone)
        if answer.status_code == 422:
            assert "操作过于频繁" in answer.text
            break
        asked += 1
    assert asked == {"phone": 2, "case": 5, "address": 30}[same] + 1
    phone.clock.move(hours=25)
    assert phone.ask("同一案号", APPLICANT).status_code == 303


def test_a_code_that_could_not_leave_leaves_with_the_next_try(phone: Phone, world: World):
    phone.ask(world.case(world.open()).number, APPLICANT)
    phone.telephones.down = True
    phone.relay()
    phone.telephones.down = False
    phone.clock.move(minutes=2)
    phone.relay()
    assert phone.give(phone.telephones.code(APPLICANT)).status_code == 303


def test_no_page_shows_a_code_where_real_cases_are_kept(phone: Phone, world: World):
    codes.use(codes.ShownCodes())
    try:
        phone.ask(world.case(world.open()).number, APPLICANT)
        assert "演示：验证码" not in phone.get("/my/code").text
    finally:
        codes.use(codes.SentCodes())


# --- sessions


def test_an_id_brought_along_is_never_the_id_of_the_session(phone: Phone, world: World):
    phone.client.cookies.set("cy_my", "an id chosen by somebody else")
    phone.enter(world.open())
    assert phone.client.cookies.get("cy_my", domain="testserver.local") != "an id chosen by somebody else"
    phone.client.cookies.clear()
    phone.client.cookies.set("cy_my", "an id chosen by somebody else")
    assert phone.get("/my/case").headers["location"] == "/my"


def test_entering_again_gives_a_new_id_and_ends_the_old_one(phone: Phone, world: World):
    case = world.open()
    phone.enter(case)
    first = phone.client.cookies["cy_my"]
    phone.clock.move(minutes=10)
    phone.enter(case)
    assert phone.client.cookies["cy_my"] != first
    phone.client.cookies.clear()
    phone.client.cookies.set("cy_my", first)
    assert phone.get("/my/case").status_code == 303


def test_a_session_ends_after_twenty_idle_minutes_and_two_hours(phone: Phone, world: World):
    phone.enter(world.open())
    for _ in range(7):
        phone.clock.move(minutes=15)
        assert phone.get("/my/case").status_code == 200
    phone.clock.move(minutes=15)
    assert phone.get("/my/case").status_code == 303


def test_an_idle_session_is_over(phone: Phone, world: World):
    phone.enter(world.open())
    phone.clock.move(minutes=20)
    assert phone.get("/my/case").status_code == 303


def test_a_session_opens_in_no_other_browser(phone: Phone, world: World):
    phone.enter(world.open())
    assert phone.client.get("/my/case", headers={"user-agent": "another"}, follow_redirects=False).status_code == 303


def test_a_form_without_the_token_of_the_session_is_refused(phone: Phone, world: World):
    case = world.accepted()
    phone.enter(case)
    sent = phone.client.post("/my/case/withdraw", data={"reason": "other", "voluntary": "1"}, follow_redirects=False)
    assert sent.status_code == 403
    assert world.state(case) == "accepted"


# --- what a party sees


def test_a_party_s_session_opens_no_page_of_staff_and_a_staff_session_none_of_parties(phone: Phone, world: World):
    case = world.talking()
    record = world.record(case, "acceptance_notice").id
    phone.enter(case)
    for path in _addresses(case, record):
        answer = phone.get(path)
        assert answer.status_code in (303, 404, 405), (path, answer.status_code)
        assert answer.headers.get("location", "/login").startswith("/login"), path
    assert phone.get("/my/case").status_code == 200


def test_the_token_of_a_party_is_no_staff_session(phone: Phone, world: World):
    phone.enter(world.open())
    phone.client.cookies.set("cy_sid", phone.client.cookies["cy_my"])
    assert phone.get("/todo").headers["location"].startswith("/login")


def test_nothing_of_the_other_side_or_the_office_is_on_any_page_of_a_party(phone: Phone, world: World):
    firm = [
        registration.PartyIn(
            name="某公司", kind="organisation", phone=RESPONDENT, address="朝阳区密路9号", service_address="送达密处"
        )
    ]
    case = world.talking(application(respondents=firm))
    mediator = world.ids["mediator"]
    with world.sessions.begin() as session:
        by = access.actor_for(session, mediator, world.clock.now)
        session.add(Note(subject_id=case, text="内部记录某某", by_id=mediator, at=world.clock.now))
        journal.record(session, case, "note", {"text": "内部记录某某"}, by=by, at=world.clock.now)
        held = session.scalars(select(Sitting)).first()
        held.without_prejudice_minutes, held.open_minutes = "愿意让步三千", "笔录内容某某"
    phone.enter(case)
    pages = "".join(
        phone.get(path).text
        for path in ("/my", "/my/case", "/my/sitting", "/my/case/withdraw", "/my/case/confirm-address")
    )
    for hidden in (RESPONDENT, "密路9号", "送达密处", "内部记录", "让步", "笔录内容", "110105198503074116", APPLICANT):
        assert hidden not in pages, hidden
    assert "调解中" in pages


def test_a_party_of_one_case_is_nobody_in_another(phone: Phone, world: World):
    mine, other = world.open(), world.open(form=application(**OTHER_WORKER))
    phone.enter(mine)
    assert world.case(other).number not in phone.get("/my/case").text
    with world.sessions() as session:
        me = access.participant_actor(session, mine, world.party(mine, "applicant").id)
        assert me is not None
        for action in ("my.view", "my.act", "case.view", "case.act", "record.view"):
            assert access.can(session, me, action, mine, at=world.clock.now), action
            assert not access.can(session, me, action, other, at=world.clock.now), action
        assert access.participant_actor(session, other, me.id) is None


FORBIDDEN = sorted(
    set(access.ACTIONS)
    - {
        "my.enter",
        "my.apply",
        "my.view",
        "my.act",
        "case.open",
        "session.login",
        "verify.public",
        "calendar.feed",
        "case.view",
        "case.act",
        "record.view",
        "archive.view",
    }
)


@pytest.mark.parametrize("action", FORBIDDEN)
def test_a_party_may_do_nothing_but_its_own_few_things(world: World, action: str):
    case = world.open()
    with world.sessions() as session:
        me = access.participant_actor(session, case, world.party(case, "applicant").id)
        assert me is not None
        assert not access.can(session, me, action, case, at=world.clock.now)
        assert not access.may(me, action)


def test_the_holder_of_a_telephone_is_a_party_to_nothing(world: World):
    case = world.open()
    holder = access.holder_actor(APPLICANT)
    with world.sessions() as session:
        assert access.can(session, holder, "my.apply")
        for action in ("my.view", "my.act", "case.view", "case.act", "record.view"):
            assert not access.can(session, holder, action, case, at=world.clock.now)


def test_who_only_holds_a_telephone_sees_no_case(phone: Phone, world: World):
    world.open()
    phone.hold(APPLICANT)
    assert phone.get("/my/case").headers["location"] == "/my"
    assert phone.get("/my/apply/mediation").status_code == 200


def test_a_party_moved_to_another_case_is_out_of_this_one(phone: Phone, world: World):
    case = world.open()
    other = world.open(form=application(**OTHER_WORKER))
    phone.enter(case)
    with world.sessions.begin() as session:
        party = session.get_one(type(world.party(case, "applicant")), world.party(case, "applicant").id)
        party.moved_to_id = other
    assert phone.get("/my/case").status_code == 303


def test_the_engine_itself_lets_a_party_speak_for_nobody_else(world: World):
    case = world.open(form=application(**CALLED_FIRM))
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    applicant, firm = world.party(case, "applicant"), world.party(case, "respondent")
    for_other = registration.RecordAnswer(answer="agreed", party_id=firm.id)
    with pytest.raises(Invalid, match="只能为本人"):
        _fire_as(world, case, applicant.id, "record_answer", for_other)
    with pytest.raises(Invalid, match="只能为本人"):
        _fire_as(world, case, firm.id, "withdraw", endings.Withdraw(reason="other", voluntary=True))
    _fire_as(world, case, firm.id, "record_answer", for_other)
    assert world.party(case, "respondent").consent == "agreed"


def _fire_as(world: World, case: Any, party_id: Any, trigger: str, form: Any) -> None:
    with world.sessions.begin() as session:
        me = access.participant_actor(session, case, party_id)
        assert me is not None
        fire(session, case, trigger, form, by=me, at=world.clock.now, key=str(new_id()))


def _addresses(case: Any, record: Any) -> Iterator[str]:
    """Every address of staff that shows something, with this very case in it."""
    for route in routes():
        if "GET" not in route.http_methods or str(route.opt.get("action", "")).startswith("my."):
            continue
        if route.opt.get("action") in ("public", "session.login", "verify.public", "calendar.feed"):
            continue
        for path in route.paths:
            about = record if path.startswith("/records") else case
            filled = path.replace("{subject_id:uuid}", str(about)).replace("{name:str}", "mediation")
            yield _filled(filled)


def _filled(path: str) -> str:
    path = re.sub(r"\{[^:}]+:uuid\}", str(uuid4()), path)
    path = re.sub(r"\{[^:}]+:(?:int|date)\}", "1", path)
    return re.sub(r"\{[^:}]+:\w+\}", "withdraw", path)


def _code_of(world: World) -> str:
    row = world.read(select(PhoneCode))[-1]
    assert row.code
    return row.code


class _statements:
    """The statements a database ran meanwhile."""

    def __init__(self, world: World) -> None:
        self.engine, self.ran = world.sessions.kw["bind"], []

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.ran

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.ran.append(statement)
