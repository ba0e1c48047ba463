"""What people are told: the inbox, the ways they chose, the wording of administrators, and texts that do not arrive."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.database import Database
from casework.desk import assignment, delivery, message_kinds, message_templates, messages
from casework.desk.channels import Arrival, DemoChannel, Handed, NoChannel, NotSent, Outgoing
from casework.desk.tables import Message, MessagePreference, MessageTemplate
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union.people import Deputy, Leave, Relative, Staff
from workflows import outbox
from workflows.tables import SHANGHAI, OutboxMessage


class Line:
    """A channel the test decides over: what it answers to the next texts, and what became of them."""

    name, reports = "sms", True

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.answers: list[Handed | Exception] = []
        self.arrivals: list[Arrival] = []

    def send(self, sms: Outgoing) -> Handed:
        self.sent.append(sms)
        answer = self.answers.pop(0) if self.answers else Handed(receipt=f"r{len(self.sent)}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival:
        return self.arrivals.pop(0) if self.arrivals else Arrival()


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    delivery.use(line)
    yield line
    delivery.use(DemoChannel())


@pytest.fixture
def case(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]) -> UUID:
    """A case of the mediator's; one of its two parties has a telephone. What was promised at its registration is gone."""
    desk.log_in("head")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
        session.execute(update(OutboxMessage).values(status="done"))
    return root


# --- the inbox


def test_the_inbox_shows_unread_first_leads_to_the_case_and_marks_one_kind_or_all(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    _tell(database, clock, people["mediator"], "王小明一案已移交给你", case, message_kinds.HANDED)
    _tell(database, clock, people["mediator"], "周三的会改到三楼", None)
    desk.log_in("mediator")
    page = desk.get("/messages").text
    assert "2 条未读" in page
    assert f'href="/subjects/{case}"' in page
    assert "指派、移交 1" in page
    desk.post("/messages/read", {"kind": message_kinds.HANDED}, at="/messages")
    page = desk.get("/messages").text
    assert "王小明一案" not in page
    assert "周三的会" in page
    assert "王小明一案" in desk.get("/messages?view=all").text
    desk.post("/messages/read", {}, at="/messages")
    assert "没有未读消息" in desk.get("/messages").text


def test_what_was_marked_as_read_by_mistake_is_unread_again_and_nothing_else_is(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    _tell(database, clock, people["mediator"], "先看过的", None)
    desk.log_in("mediator")
    desk.post("/messages/read", {}, at="/messages")
    for text in ("周三的会改到三楼", "周四的会照旧"):
        _tell(database, clock, people["mediator"], text, None)
    _tell(database, clock, people["mediator"], "王小明一案已移交给你", case, message_kinds.HANDED)
    _tell(database, clock, people["other"], "赵调的", None)
    desk.post("/messages/read", {"kind": message_kinds.OTHER}, at="/messages")
    page = desk.get("/messages").text
    assert "1 条未读" in page and "已把 2 条消息标为已读" in page
    undo = re.search(r'action="(/todo/done/[^"]+/undo)"', page)
    assert undo
    desk.log_in("other")
    assert desk.post(undo[1], {}, at="/messages").status_code == 404
    desk.log_in("mediator")
    assert desk.post(undo[1], {}, at="/messages").headers["location"] == "/messages"
    page = desk.get("/messages").text
    assert "3 条未读" in page and "已撤销：全部标为已读" in page
    assert "周三的会" in page and "先看过的" not in page
    desk.post("/messages/read", {}, at="/messages")
    page = desk.get("/messages").text
    again = re.search(r'action="(/todo/done/[^"]+/undo)"', page)
    assert again and "没有未读消息" in page
    clock.now += timedelta(seconds=21)
    desk.post(again[1], {}, at="/messages")
    page = desk.get("/messages").text
    assert "没有撤销。这些消息在“全部”里。" in page and "没有未读消息" in page
    assert desk.post("/messages/read", {}, at="/messages").status_code == 303
    assert "/undo" not in desk.get("/messages").text, "nothing was marked, nothing is offered"


def test_reading_one_message_opens_its_case_and_nobody_reads_another_s(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    _tell(database, clock, people["mediator"], "王小明一案已移交给你", case)
    with database.reading() as session:
        message = session.scalars(select(Message)).one().id
    desk.log_in("other")
    answer = desk.post("/messages/read", {"id": str(message)}, at="/messages")
    assert answer.headers["location"] == "/messages"
    desk.log_in("mediator")
    assert "1 条未读" in desk.get("/messages").text
    answer = desk.post("/messages/read", {"id": str(message)}, at="/messages")
    assert answer.headers["location"] == f"/subjects/{case}"
    assert "没有未读消息" in desk.get("/messages").text


def test_the_inbox_goes_on_page_by_page_and_a_changed_cursor_begins_anew(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]
):
    with database.sessions.begin() as session:
        for number in range(52):
            messages.tell_staff(session, people["mediator"], f"第{number:02d}条", clock.now, None)
    _relayed(database, clock)
    desk.log_in("mediator")
    first = desk.get("/messages?view=all").text
    following = re.search(r'href="(/messages\?[^"]*after=[^"]+)"', first)
    assert following
    second = desk.get(following[1].replace("&amp;", "&")).text
    texts = [re.findall(r"第\d\d条", page) for page in (first, second)]
    assert [len(found) for found in texts] == [50, 2]
    assert len(set(texts[0] + texts[1])) == 52
    assert len(re.findall(r"第\d\d条", desk.get("/messages?view=all&after=made-up.mac").text)) == 50


@pytest.mark.parametrize("asked", ["view=x&kind=y", "after=%00", "kind=<script>"])
def test_nonsense_in_the_address_of_the_inbox_is_the_usual_inbox(desk: Desk, asked: str):
    desk.log_in("mediator")
    assert desk.get(f"/messages?{asked}").status_code == 200


# --- preferences


def test_a_mandatory_kind_cannot_be_switched_off_and_an_optional_one_can(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]
):
    desk.log_in("mediator")
    refused = desk.post("/messages/preferences", {**_all_kinds(), "deadline_over": "sms"})
    assert refused.status_code == 422
    assert "“期限届满”必须在站内收到，不能关闭。" in refused.text
    sent = {name: value for name, value in _all_kinds().items() if name != "sitting"}
    assert desk.post("/messages/preferences", sent).status_code == 303
    _tell(database, clock, people["mediator"], "明天十时有调解会", None, message_kinds.SITTING)
    _tell(database, clock, people["mediator"], "催办一件", None)
    page = desk.get("/messages").text
    assert "明天十时" not in page
    assert "催办一件" in page


def test_a_text_to_staff_waits_for_the_end_of_the_quiet_hours(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], line: Line
):
    with database.sessions.begin() as session:
        session.get_one(Staff, people["mediator"]).phone = "13900000001"
    desk.log_in("mediator")
    sent = {**_all_kinds(), "handed_over": ["in_app", "sms"], "quiet_from": "22:00", "quiet_to": "07:30"}
    assert desk.post("/messages/preferences", sent).status_code == 303
    assert "139****0001" in desk.get("/messages/preferences").text
    clock.set(2026, 3, 2, 23, 10)
    _tell(database, clock, people["mediator"], "有案件移交给你", None, message_kinds.HANDED)
    assert line.sent == []
    clock.set(2026, 3, 3, 7, 29)
    _relayed(database, clock)
    assert line.sent == []
    clock.set(2026, 3, 3, 7, 30)
    _relayed(database, clock)
    assert [(sms.number, sms.text) for sms in line.sent] == [("13900000001", "【朝阳区总工会】有案件移交给你")]


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ("21:59", "21:59"),
        ("22:00", "31:30"),
        ("23:59", "31:30"),
        ("00:00", "07:30"),
        ("07:29", "07:30"),
        ("07:30", "07:30"),
    ],
)
def test_quiet_hours_over_midnight(asked: str, heard: str):
    chosen = MessagePreference(ways={}, quiet_from="22:00", quiet_to="07:30")
    assert message_kinds.when_heard(chosen, _at(asked)) == _at(heard)


def test_quiet_hours_within_a_day_and_none_at_all():
    chosen = MessagePreference(ways={}, quiet_from="12:00", quiet_to="14:00")
    assert message_kinds.when_heard(chosen, _at("13:00")) == _at("14:00")
    assert message_kinds.when_heard(chosen, _at("23:00")) == _at("23:00")
    assert message_kinds.when_heard(MessagePreference(ways={}, quiet_from=""), _at("03:00")) == _at("03:00")


def test_half_a_quiet_time_is_refused_with_what_was_typed(desk: Desk):
    desk.log_in("mediator")
    answer = desk.post("/messages/preferences", {**_all_kinds(), "quiet_from": "22:00"})
    assert answer.status_code == 422
    assert "起止时间须都填写" in answer.text
    assert 'value="22:00"' in answer.text


# --- the wording


def test_an_administrator_s_wording_holds_from_its_day_and_the_former_is_kept(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    desk.log_in("admin")
    sent = {"text": "{姓名}你好：{内容}。案号{案号}", "provider_code": "SMS_1", "valid_from": "2026-03-05"}
    assert desk.post("/admin/templates/told", sent).status_code == 303
    _told(database, clock, case)
    said, _, link = line.sent[-1].text.partition(" ")
    assert said == "【朝阳区总工会】王小明：申请已受理（" + _number(database, case) + "）查看"
    assert link == line.sent[-1].values["link"]
    assert link.startswith("http://127.0.0.1:8000/my/l/")
    clock.set(2026, 3, 5)
    _told(database, clock, case)
    assert line.sent[-1].text == "【朝阳区总工会】王小明你好：申请已受理。案号" + _number(database, case)
    assert line.sent[-1].code == "SMS_1"
    assert line.sent[-1].values == {
        "name": "王小明",
        "text": "申请已受理",
        "number": _number(database, case),
        "link": "",
    }
    desk.log_in("admin")
    assert desk.post("/admin/templates/told", {**sent, "text": "{姓名}：{内容}", "valid_from": ""}).status_code == 422
    later = {**sent, "text": "{姓名}：{内容}", "valid_from": "2026-03-10"}
    assert desk.post("/admin/templates/told", later).status_code == 303
    with database.reading() as session:
        spans = session.execute(select(MessageTemplate.valid_from, MessageTemplate.valid_to)).all()
    assert sorted((a.day, b.day if b else None) for a, b in spans) == [(5, 9), (10, None)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{姓名}：{身份证号}", "“{身份证号}”不是这个模板可以用的变量，可用的有{姓名}、{内容}、{案号}、{链接}。"),
        ("{姓名.__class__}", "“{姓名.__class__}”不是这个模板可以用的变量"),
        ("{姓名！}", "不是这个模板可以用的变量"),
        ("{姓名", "花括号没有成对"),
        ("{{姓名}}", "花括号没有成对"),
        ("【某某】{姓名}", "短信签名由系统加在开头"),
        ("", "填写“文字”"),
        ("长" * 501, "最多 500 个字"),
    ],
)
def test_a_wrong_text_is_refused_at_the_field_and_kept(desk: Desk, database: Database, text: str, sentence: str):
    desk.log_in("admin")
    answer = desk.post("/admin/templates/told", {"text": text})
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#39;", "'")
    assert text in answer.text
    with database.reading() as session:
        assert session.scalars(select(MessageTemplate)).all() == []


def test_a_preview_shows_the_filled_text_its_length_and_saves_nothing(desk: Desk, database: Database):
    desk.log_in("admin")
    page = desk.post("/admin/templates/told", {"text": "{姓名}：" + "很" * 70, "_preview": "1"}).text
    assert "【朝阳区总工会】王小明：很" in page
    assert "含签名共 82 字，按 2 条短信计费" in page
    with database.reading() as session:
        assert session.scalars(select(MessageTemplate)).all() == []


def test_a_value_that_looks_like_a_gap_or_like_markup_stays_what_it_is(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    assert message_templates.filled("{姓名}：{内容}", {"姓名": "{内容}", "内容": "x"}) == "{内容}：x"
    _tell(database, clock, people["mediator"], "<script>alert(1)</script>", case)
    desk.log_in("mediator")
    page = desk.get("/messages").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(("characters", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_how_many_short_messages_a_text_is(characters: int, parts: int):
    assert message_templates.sms_parts("字" * characters) == parts


def test_every_wording_of_ours_is_one_an_administrator_could_write():
    for name, template in message_templates.TEMPLATES.items():
        assert message_templates.problems(name, template.text) == []


def test_only_the_system_administrator_words_messages(desk: Desk):
    desk.log_in("head")
    assert desk.get("/admin/templates").status_code == 404
    assert desk.get("/admin/templates/told").status_code == 404
    desk.log_in("admin")
    assert desk.get("/admin/templates/nothing").status_code == 404
    assert "案件进展" in desk.get("/admin/templates").text


# --- what becomes of a text


def test_a_text_is_queued_sent_and_delivered_and_the_case_shows_it(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    line.arrivals = [Arrival(), Arrival(arrived_at=clock.now)]
    with database.sessions.begin() as session:
        _promise(session, case, clock)
    assert _carried(database, clock) > 0
    desk.log_in("head")
    assert "已发出" in desk.get(f"/subjects/{case}").text
    clock.move(minutes=1)
    _relayed(database, clock)
    assert _statuses(database)["王小明"] == "sent"
    clock.move(minutes=10)
    _relayed(database, clock)
    assert _statuses(database)["王小明"] == "delivered"
    desk.log_in("head")
    assert "已送达" in desk.get(f"/subjects/{case}").text


@pytest.mark.parametrize(("hour", "minute", "waits"), [(0, 8, True), (7, 59, True), (8, 0, False), (23, 30, True)])
def test_what_happens_at_midnight_by_itself_is_told_to_a_party_in_the_morning(
    database: Database, clock: Clock, case: UUID, line: Line, hour: int, minute: int, waits: bool
):
    clock.set(2026, 3, 3, hour, minute)
    with database.sessions.begin() as session:
        _promise(session, case, clock)
    _relayed(database, clock)
    assert len(line.sent) == (not waits)
    assert _statuses(database)["王小明"] == ("queued" if waits else "sent")
    clock.set(2026, 3, 4 if hour > 20 else 3, 8, 0)
    _relayed(database, clock)
    assert len(line.sent) == 1


@pytest.mark.parametrize(
    ("day", "hour", "minute", "leaves"),
    [
        (3, 7, 30, (3, 8, 0)),
        (3, 20, 59, None),
        (3, 21, 0, (4, 9, 30)),  # from the 4th on the new hours hold: into its morning too
        (4, 9, 29, (4, 9, 30)),
        (4, 9, 30, None),
        (4, 18, 0, (5, 9, 30)),
    ],
)
def test_the_hours_of_texts_to_parties_are_a_setting_from_its_day_on(
    desk: Desk, database: Database, clock: Clock, case: UUID, day: int, hour: int, minute: int, leaves: Any
):
    desk.log_in("admin")
    entered = {"value": "9：30至18：00", "valid_from": "2026-03-04", "document": "朝工办〔2026〕3号"}
    entered |= {"signed_off_by": "赵主任"}
    assert desk.post(f"/admin/settings/{message_kinds.HOURS.key}/new", entered).status_code == 303
    now = clock.set(2026, 3, day, hour, minute)
    with database.reading() as session:
        assert message_kinds.by_day(session, now) == (clock.set(2026, 3, *leaves) if leaves else now)


def test_what_the_provider_refuses_reaches_the_handler_at_once_and_the_head_a_day_later(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], case: UUID, line: Line
):
    line.answers = [Handed(problem="手机号停机，改用其他方式通知。")]
    _told(database, clock, case)
    with database.reading() as session:
        told = select(Message.staff_id).where(Message.topic == message_kinds.UNDELIVERED)
        assert set(session.scalars(told)) == {people["mediator"]}
    desk.log_in("mediator")
    assert "发给王小明的短信没有送到：手机号停机" in desk.get("/messages").text
    assert "未送达：手机号停机" in desk.get(f"/subjects/{case}").text
    clock.move(days=1)
    _relayed(database, clock)
    desk.log_in("head")
    assert "发给王小明的短信没有送到" in desk.get("/messages").text


def test_who_dealt_with_it_spares_the_head_and_the_file_says_how(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    line.answers = [Handed(problem="手机号停机。")]
    _told(database, clock, case)
    desk.log_in("mediator")
    with database.reading() as session:  # not the one that has no number, in whatever order the page names them
        lost = session.scalars(select(Message.id).where(Message.status == "failed", Message.address != "")).one()
    settle = f"/subjects/{case}/messages/{lost}/settle"
    assert f'href="{settle}"' in desk.get(f"/subjects/{case}").text
    assert desk.post(settle, {"how": "短"}).status_code == 422
    assert desk.post(settle, {"how": "3月2日当面送达，已签收"}).status_code == 303
    page = desk.get(f"/subjects/{case}").text
    assert "已另行通知" in page
    assert "3月2日当面送达，已签收" in page
    assert desk.post(settle, {"how": "再登记一次"}).status_code == 422
    clock.move(days=1)
    _relayed(database, clock)
    desk.log_in("head")
    assert "没有送到" not in desk.get("/messages?view=all").text


def test_a_person_s_retry_sends_once_more_and_a_delivered_text_is_not_retried(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    line.answers = [Handed(problem="短信账户余额不足，充值后重试。")]
    _told(database, clock, case)
    desk.log_in("mediator")
    retry = re.findall(rf'action="(/subjects/{case}/messages/[^"]+/retry)"', desk.get(f"/subjects/{case}").text)[0]
    before = len(line.sent)
    for _ in range(2):
        assert desk.post(retry, {"_key": "one-press"}, at=f"/subjects/{case}").status_code == 303
    _relayed(database, clock)
    assert len(line.sent) == before + 1
    assert _statuses(database)["王小明"] == "sent"
    desk.post(retry, {"_key": "another"}, at=f"/subjects/{case}")
    _relayed(database, clock)
    assert len(line.sent) == before + 1


def test_what_did_not_leave_is_tried_again_and_given_up_with_a_reason(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    line.answers = [NotSent("连不上")] * 20
    with database.sessions.begin() as session:
        _promise(session, case, clock)
    for _ in range(8):
        _relayed(database, clock)
        clock.move(hours=2)
    assert _statuses(database)["王小明"] == "failed"
    assert len(line.sent) == outbox.ATTEMPTS
    desk.log_in("head")
    assert "短信服务暂时不通，多次未能发出。" in desk.get(f"/subjects/{case}").text


def test_what_may_have_left_is_never_sent_again_by_the_machine(
    database: Database, clock: Clock, case: UUID, line: Line
):
    line.answers = [TimeoutError("no answer")]
    _told(database, clock, case)
    for _ in range(4):
        clock.move(hours=2)
        _relayed(database, clock)
    assert len(line.sent) == 1
    with database.reading() as session:
        lost = session.scalars(select(Message).where(Message.status == "failed", Message.address != "")).one()
        assert lost.problem == delivery.UNSURE


def test_a_worker_that_died_while_sending_leaves_a_question_and_no_second_text(
    database: Database, clock: Clock, case: UUID, line: Line
):
    with database.sessions.begin() as session:
        _promise(session, case, clock)
    outbox.relay(database.sessions, {messages.TOLD: messages.carry_told}, clock.now)
    with database.sessions.begin() as session:
        session.execute(update(Message).where(Message.channel == "sms").values(status="sending"))
    _relayed(database, clock)
    assert line.sent == []
    assert set(_statuses(database).values()) == {"failed"}


def test_the_same_promise_carried_out_twice_is_one_text(database: Database, clock: Clock, case: UUID, line: Line):
    body = {"root_id": str(case), "sentence": "申请已受理", "message_id": str(uuid.UUID(int=9))}
    messages.carry_told(database.sessions, body, clock.now)
    messages.carry_told(database.sessions, body, clock.now)
    _relayed(database, clock)
    assert len(line.sent) == 1


def test_an_installation_without_a_channel_says_so_and_pretends_nothing(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    delivery.use(NoChannel())
    _told(database, clock, case)
    assert _statuses(database)["王小明"] == "failed"
    desk.log_in("head")
    assert "没有接入短信服务" in desk.get(f"/subjects/{case}").text


def test_nobody_touches_the_texts_of_a_case_that_is_closed_to_them(
    desk: Desk, database: Database, clock: Clock, case: UUID, line: Line
):
    line.answers = [Handed(problem="手机号停机。")]
    _told(database, clock, case)
    with database.reading() as session:
        lost = session.scalars(select(Message.id).where(Message.status == "failed", Message.address != "")).one()
    desk.log_in("other")
    for act in ("retry", "settle"):
        answer = desk.post(f"/subjects/{case}/messages/{lost}/{act}", {"how": "当面送达了"}, at="/messages")
        assert answer.status_code == 404, act
    desk.log_in("head")
    other = uuid.uuid4()
    assert desk.post(f"/subjects/{case}/messages/{other}/retry", {}, at="/messages").status_code == 404


# --- on leave


def test_what_comes_for_somebody_on_leave_reaches_whoever_stands_in(
    database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    with database.sessions.begin() as session:
        session.add(Deputy(staff_id=people["mediator"], deputy_id=people["other"], valid_from=clock.today))
    _tell(database, clock, people["mediator"], "当事人留言", case)
    assert _told_to(database, people["other"]) == [], "nobody is away"
    with database.sessions.begin() as session:
        session.add(Leave(staff_id=people["mediator"], valid_from=clock.today, valid_to=clock.today))
    _tell(database, clock, people["mediator"], "当事人不能到会", case)
    _tell(database, clock, people["mediator"], "你的年假已批准", None)
    assert _told_to(database, people["other"]) == ["代王调：当事人不能到会"], "the case, not what is their own"
    assert "当事人不能到会" in _told_to(database, people["mediator"])


def test_who_must_keep_out_of_a_case_hears_nothing_of_it_in_another_s_place(
    database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    with database.sessions.begin() as session:
        session.add(Deputy(staff_id=people["mediator"], deputy_id=people["other"], valid_from=clock.today))
        session.add(Leave(staff_id=people["mediator"], valid_from=clock.today))
        session.add(Relative(staff_id=people["other"], name="王小明", relation="兄弟", valid_from=clock.today))
    _tell(database, clock, people["mediator"], "当事人不能到会", case)
    assert _told_to(database, people["other"]) == []


def _tell(
    database: Database, clock: Clock, staff: UUID, text: str, root: UUID | None, kind: str = message_kinds.OTHER
) -> None:
    with database.sessions.begin() as session:
        messages.tell_staff(session, staff, text, clock.now, root, kind)
    _relayed(database, clock)


def _told_to(database: Database, staff_id: UUID) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Message.text).where(Message.staff_id == staff_id).order_by(Message.id)))


def _told(database: Database, clock: Clock, case: UUID) -> None:
    with database.sessions.begin() as session:
        _promise(session, case, clock)
    _relayed(database, clock)


def _promise(session: Any, case: UUID, clock: Clock) -> None:
    body = {"root_id": str(case), "sentence": "申请已受理"}
    outbox.put(session, messages.TOLD, body, at=clock.now, subject_id=case)


def _relayed(database: Database, clock: Clock) -> None:
    while _carried(database, clock):
        pass


def _carried(database: Database, clock: Clock) -> int:
    return sum(outbox.relay(database.sessions, dict(messages.TASKS), clock.now) for _ in range(3))


def _statuses(database: Database) -> dict[str, str]:
    with database.reading() as session:
        rows = session.scalars(select(Message).where(Message.channel == "sms").order_by(Message.id))
        return {row.receiver_name: row.status for row in rows}


def _number(database: Database, case: UUID) -> str:
    from workflows.tables import Subject

    with database.reading() as session:
        subject = session.get_one(Subject, case)
        return subject.number or subject.title


def _all_kinds() -> dict[str, Any]:
    return dict.fromkeys(message_kinds.KINDS, "in_app")


def _at(text: str) -> datetime:
    """A wall time of 2 March 2026; hours beyond 24 are those of the next day."""
    hours, minutes = map(int, text.split(":"))
    return datetime.combine(date(2026, 3, 2), time(), SHANGHAI) + timedelta(hours=hours, minutes=minutes)
