"""调解会: clashes read before saving, rooms that cannot be shared, notices with proof, minutes read back person by person."""

import re
import threading
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.database import Database
from casework.desk import assignment, messages, rooms, sittings
from casework.desk.tables import Attendance, Message, Room, Sitting, SittingNotice
from tests.casework.desk.acts import WEDNESDAY, planned, problems, register, relayed, whom
from tests.casework.desk.conftest import Desk, Line
from tests.conftest import Clock
from union.people import Leave, Staff
from workflows.errors import Invalid

SECOND = {"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"}


# --- clashes


def test_a_clash_is_shown_before_saving_and_saved_only_with_a_reason(desk: Desk, database: Database, home: str):
    other = register(desk, **SECOND)
    assert desk.post(f"{home}/sittings/new", {**WEDNESDAY, **_mediator(desk, home)}).status_code == 303
    sent = {**WEDNESDAY, **_mediator(desk, other)}
    clash = desk.post(f"{other}/sittings/new", sent)
    assert clash.status_code == 409
    assert "调解员周敏3月4日 10:00已有另一场调解会" in clash.text
    assert "第一调解室" in clash.text
    again = {**sent, "_seen": _seen(clash)}
    without = desk.post(f"{other}/sittings/new", again)
    assert without.status_code == 422
    assert "写明仍照此安排的理由" in without.text
    with database.reading() as session:
        assert len(session.scalars(select(Sitting)).all()) == 1
    saved = desk.post(f"{other}/sittings/new", {**again, "in_spite": "两案同一被申请人，合并调解"})
    assert saved.status_code == 303
    assert "仍照此安排：两案同一被申请人，合并调解" in desk.get(other).text
    third = desk.post(f"{other}/sittings/new", sent).text
    assert third.count("调解员周敏3月4日 10:00已有另一场调解会") == 1, "two sittings at one hour are said once"


def test_a_party_called_elsewhere_at_that_time_is_a_clash_too(desk: Desk, home: str):
    other = register(desk, duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")
    people = whom(desk, home)
    assert desk.post(f"{home}/sittings/new", {**WEDNESDAY, "notices-0-who": people["王小明"]}).status_code == 303
    same = {**WEDNESDAY, "notices-0-who": whom(desk, other)["王小明"]}
    clash = desk.post(f"{other}/sittings/new", same)
    assert clash.status_code == 409
    assert "当事人王小明3月4日 10:00须到另一场调解会" in clash.text
    later = desk.post(f"{other}/sittings/new", {**same, "starts_at": "2026-03-04T12:00"})
    assert later.status_code == 303


def test_a_host_on_leave_and_a_day_of_rest_are_read_before_saving(
    desk: Desk, database: Database, home: str, people: dict[str, UUID]
):
    with database.sessions.begin() as session:
        session.add(
            Leave(staff_id=people["head"], valid_from=date(2026, 3, 4), valid_to=date(2026, 3, 6), reason="病假")
        )
    host = _mediator(desk, home)
    away = desk.post(f"{home}/sittings/new", {**WEDNESDAY, **host})
    assert away.status_code == 409
    assert "周敏3月4日至3月6日休假。" in away.text
    assert "病假" not in away.text
    for moment, said in (
        ("2026-03-07T10:00", "2026年3月7日是周六，不是工作日。"),
        ("2026-05-01T10:00", "2026年5月1日是劳动节，不是工作日。"),
    ):
        rest = desk.post(f"{home}/sittings/new", {**WEDNESDAY, **host, "starts_at": moment})
        assert rest.status_code == 409, moment
        assert said in rest.text
    overnight = {**WEDNESDAY, **host, "starts_at": "2026-03-09T10:00", "ends_at": "2026-03-10T12:00"}
    assert "开始在2026年3月9日，结束在2026年3月10日，不在同一天" in desk.post(f"{home}/sittings/new", overnight).text
    made_up = {**WEDNESDAY, **host, "starts_at": "2026-05-09T10:00"}  # a Saturday worked for the holiday
    assert desk.post(f"{home}/sittings/new", made_up).status_code == 303
    held = desk.post(f"{home}/sittings/new", {**WEDNESDAY, **host, "_seen": _seen(away), "in_spite": "他人代为主持"})
    assert held.status_code == 303
    with database.sessions.begin() as session:
        session.execute(update(Leave).values(called_off=True, called_off_because="病好了"))
    assert desk.post(f"{home}/sittings/new", {**WEDNESDAY, **host, "starts_at": "2026-03-05T10:00"}).status_code == 303


def test_two_sittings_never_share_a_room_whatever_the_reason(desk: Desk, home: str, room: str):
    other = register(desk, **SECOND)
    sent = {"starts_at": "2026-03-04T10:00", "ends_at": "2026-03-04T11:00", "room_id": room}
    assert desk.post(f"{home}/sittings/new", sent).status_code == 303
    overlapping = {**sent, "starts_at": "2026-03-04T10:59", "ends_at": "2026-03-04T11:30", "in_spite": "必须用这一间"}
    refused = desk.post(f"{other}/sittings/new", overlapping)
    assert refused.status_code == 422
    assert "第一调解室3月4日 10:00至11:00已被占用" in refused.text
    after = {**sent, "starts_at": "2026-03-04T11:00", "ends_at": "2026-03-04T12:00"}
    assert desk.post(f"{other}/sittings/new", after).status_code == 303


def test_two_people_booking_the_same_room_at_once_get_it_once(database: Database, desk: Desk, home: str, room: str):
    other = register(desk, **SECOND)
    roots = [UUID(path.rsplit("/")[-1]) for path in (home, other)]
    said: list[str] = []
    ready = threading.Barrier(2, timeout=20)

    def book(root: UUID) -> None:
        ready.wait()
        try:
            with database.sessions.begin() as session:
                at = datetime.fromisoformat("2026-03-04T10:00+08:00")
                sittings.plan(session, root, starts_at=at, room_id=UUID(room), by=None, at=at)
            said.append("booked")
        except Invalid as refused:
            said.append(refused.field)

    threads = [threading.Thread(target=book, args=(root,)) for root in roots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["booked", "room_id"]


def test_more_people_than_seats_is_said_before_saving(desk: Desk, home: str, room: str):
    people = list(whom(desk, home).values())
    invited = {f"notices-{n}-who": who for n, who in enumerate([*people, "other", "other"])}
    crowded = desk.post(f"{home}/sittings/new", {"starts_at": "2026-03-04T10:00", "room_id": room, **invited})
    assert crowded.status_code == 409
    assert "第一调解室有 3 个座位，拟到会 4 人" in crowded.text


def test_a_time_that_is_over_and_an_end_before_the_beginning_are_refused(desk: Desk, home: str):
    past = desk.post(f"{home}/sittings/new", {**WEDNESDAY, "starts_at": "2026-03-01T10:00"})
    assert past.status_code == 422
    assert "已经过去" in past.text
    backwards = desk.post(f"{home}/sittings/new", {**WEDNESDAY, "ends_at": "2026-03-04T09:00"})
    assert "结束时间须晚于开始时间" in backwards.text
    nowhere = desk.post(f"{home}/sittings/new", {"starts_at": "2026-03-04T10:00"})
    assert "选择调解室、填写地点，或者填写视频会议号" in nowhere.text


# --- rooms


def test_a_room_is_offered_to_its_station_until_the_day_it_is_closed(
    desk: Desk, database: Database, clock: Clock, home: str, room: str
):
    assert "第一调解室（3 座，录音录像）" in desk.get(f"{home}/sittings/new").text
    assert desk.post(f"{home}/sittings/new", {"starts_at": "2026-03-09T10:00", "room_id": room}).status_code == 303
    early = desk.post(f"/rooms/{room}", {"seats": "3", "valid_to": "2026-03-06"})
    assert early.status_code == 422
    assert "还安排有 1 场调解会" in early.text
    assert desk.post(f"/rooms/{room}", {"seats": "4", "valid_to": "2026-03-09"}).status_code == 303
    assert "将停用" in desk.get("/rooms").text
    later = desk.post(f"{home}/sittings/new", {"starts_at": "2026-03-10T10:00", "room_id": room})
    assert later.status_code == 422
    assert "在该日不可用" in later.text


def test_a_name_is_given_once_and_only_within_one_s_own_organisation(desk: Desk, database: Database, room: str):
    page = desk.get("/rooms/new").text
    assert "朝阳区总工会</option>" not in page
    with database.reading() as session:
        station = session.scalars(select(Room.organisation_id)).one()
        district = session.scalars(select(Staff.organisation_id).where(Staff.account == "admin")).one()
    twice = desk.post("/rooms/new", {"organisation": str(station), "name": "第一调解室"})
    assert twice.status_code == 422
    assert "已有同名的调解室" in twice.text
    assert desk.post("/rooms/new", {"organisation": str(district), "name": "大会议室"}).status_code == 422


def test_a_mediator_does_not_manage_rooms(desk: Desk, room: str):
    desk.log_in("mediator")
    assert desk.get("/rooms").status_code == 404
    assert desk.get(f"/rooms/{room}").status_code == 404


def test_a_room_of_another_branch_is_not_offered(desk: Desk, database: Database, clock: Clock, home: str, room: str):
    from union.organisations import Organisation

    with database.sessions.begin() as session:
        station = session.get_one(Organisation, session.scalars(select(Room.organisation_id)).one())
        parent = session.get_one(Organisation, station.parent_id)
        beside = Organisation(name="酒仙桥街道总工会", level="street", kind="station", parent=parent)
        session.add(beside)
        session.flush()
        rooms.open_room(session, beside.id, "酒仙桥调解室", video=False, seats=9, equipment="", valid_from=clock.today)
    assert "酒仙桥调解室" not in desk.get(f"{home}/sittings/new").text
    assert "第一调解室" in desk.get(f"{home}/sittings/new").text


# --- notices


def test_each_person_is_told_in_some_way_at_some_time_with_a_proof(desk: Desk, home: str):
    path = planned(desk, home)
    page = desk.get(path).text
    assert page.count("尚未通知") == 2
    notice = re.findall(rf'href="({path}/notices/[^"]+)"', page)[0]
    ahead = desk.post(notice, {"way": "letter", "notified_at": "2026-03-03T10:00"})
    assert ahead.status_code == 422
    assert "不能晚于" in ahead.text
    sent = {"way": "letter", "notified_at": "2026-03-02T09:30", "proof": "EMS 1234567890", "answer": "will_come"}
    assert desk.post(notice, sent).status_code == 303
    page = desk.get(path).text
    assert page.count("尚未通知") == 1
    assert "凭据：EMS 1234567890" in page
    assert "答复：能到会" in page
    assert "书面通知通知王小明到第 1 次调解会" in desk.get(home).text


def test_an_answer_without_a_notice_is_refused(desk: Desk, home: str):
    path = planned(desk, home)
    notice = re.findall(rf'href="({path}/notices/[^"]+)"', desk.get(path).text)[0]
    answer = desk.post(notice, {"way": "phone", "answer": "will_come"})
    assert answer.status_code == 422
    assert "先填写通知时间" in answer.text


def test_a_notice_by_sms_stands_only_once_the_text_has_left(
    desk: Desk, database: Database, clock: Clock, home: str, line: Line
):
    people = whom(desk, home)
    sent = {**WEDNESDAY, "notices-0-who": people["王小明"], "notices-0-way": "message"}
    path = desk.post(f"{home}/sittings/new", sent).headers["location"]
    assert "尚未通知" in desk.get(path).text
    relayed(database, clock)
    [text] = [sms.text for sms in line.sent if "召开调解会" in sms.text]
    assert "王小明：定于3月4日 10:00在第一调解室召开调解会" in text
    page = desk.get(path).text
    assert "尚未通知" not in page
    assert "短信已发出" in page
    with database.reading() as session:
        assert session.scalars(select(SittingNotice)).one().notified_at == clock.now


def test_a_text_that_does_not_arrive_takes_the_notice_back(
    desk: Desk, database: Database, clock: Clock, home: str, line: Line
):
    people = whom(desk, home)
    sent = {**WEDNESDAY, "notices-0-who": people["王小明"], "notices-0-way": "message"}
    path = desk.post(f"{home}/sittings/new", sent).headers["location"]
    relayed(database, clock)
    line.lost = "号码为空号，改用其他方式通知。"
    clock.move(minutes=1)
    relayed(database, clock)
    desk.log_in("head")
    page = desk.get(path).text
    assert "尚未通知" in page
    assert "短信未送达：号码为空号" in page


def test_nobody_is_called_to_a_sitting_that_is_over_or_called_off(
    desk: Desk, database: Database, clock: Clock, home: str, line: Line
):
    people = whom(desk, home)
    sent = {**WEDNESDAY, "notices-0-who": people["王小明"], "notices-0-way": "message"}
    path = desk.post(f"{home}/sittings/new", sent).headers["location"]
    assert desk.post(path, {"status": "cancelled", "adjourned_because": "申请人撤回申请"}).status_code == 303
    relayed(database, clock)
    assert not [sms for sms in line.sent if "召开调解会" in sms.text]
    with database.reading() as session:
        notice = session.scalars(select(SittingNotice.id)).one()
    assert desk.post(f"{path}/notices/{notice}", {"way": "message"}).status_code == 422


@pytest.mark.parametrize(("status", "words"), [("cancelled", "已取消"), ("adjourned", "延期召开，新的时间另行通知")])
def test_who_was_told_of_a_sitting_hears_that_it_will_not_be_and_the_room_is_free(
    desk: Desk, database: Database, clock: Clock, home: str, room: str, line: Line, status: str, words: str
):
    people = whom(desk, home)
    sent = {"starts_at": "2026-03-04T10:00", "room_id": room}
    for number, (who, told) in enumerate(zip(people.values(), ("2026-03-02T09:00", ""), strict=True)):
        sent |= {f"notices-{number}-who": who, f"notices-{number}-notified_at": told}
    path = desk.post(f"{home}/sittings/new", sent).headers["location"]
    assert desk.post(f"{home}/sittings/new", sent).status_code == 422  # the control: the room is taken
    line.sent.clear()
    assert desk.post(path, {"status": status, "adjourned_because": "申请人住院"}).status_code == 303
    relayed(database, clock)
    heard = [sms.text for sms in line.sent if "召开的调解会" in sms.text]
    assert len(heard) == 1  # the other side had not been told of it
    first = next(iter(people))
    assert f"{first}：原定3月4日 10:00在第一调解室召开的调解会{words}，原定时间不必到会" in heard[0]
    assert "住院" not in heard[0]
    assert desk.post(f"{home}/sittings/new", sent).status_code == 303
    line.sent.clear()
    desk.post(path, {"status": status, "adjourned_because": "申请人仍在住院"})
    relayed(database, clock)
    assert not [sms for sms in line.sent if "召开的调解会" in sms.text]  # told once


def test_who_came_to_a_sitting_that_was_put_off_there_gets_no_text(
    desk: Desk, database: Database, clock: Clock, home: str, line: Line
):
    people = whom(desk, home)
    sent = {**WEDNESDAY, "notices-0-who": people["王小明"], "notices-0-notified_at": "2026-03-02T09:00"}
    path = desk.post(f"{home}/sittings/new", sent).headers["location"]
    _begin(desk, clock)
    put_off = {"status": "adjourned", "adjourned_because": "补充材料", "attendance-0-who": people["王小明"]}
    assert desk.post(path, put_off).status_code == 303
    relayed(database, clock)
    assert not [sms for sms in line.sent if "召开的调解会" in sms.text]
    assert "到会：王小明" in desk.get(home).text


def test_a_text_of_a_sitting_is_one_of_the_case(desk: Desk, database: Database, clock: Clock, home: str, line: Line):
    people = whom(desk, home)
    desk.post(f"{home}/sittings/new", {**WEDNESDAY, "notices-0-who": people["王小明"], "notices-0-way": "message"})
    relayed(database, clock)
    with database.reading() as session:
        called = session.scalars(select(Message).where(Message.topic == messages.INVITATION)).one()
        assert str(called.subject_id) == home.rsplit("/")[-1]
        assert called.address == "138****1234"


# --- minutes


def test_minutes_save_themselves_and_the_without_prejudice_part_stays_apart(desk: Desk, clock: Clock, home: str):
    path = planned(desk, home)
    early = desk.post(path, {"status": "held", "open_minutes": "双方到会"})
    assert early.status_code == 422
    assert "还没有到开始时间" in early.text
    _begin(desk, clock)
    desk.post(f"{path}/draft", {"open_minutes": "双方到会", "without_prejudice_minutes": "公司愿付八成"}, at=path)
    assert "双方到会" in desk.get(path).text
    sent = {
        "status": "held",
        "open_minutes": "双方到会",
        "without_prejudice_minutes": "公司愿付八成",
        "outcome": "择日再议",
    }
    assert desk.post(path, sent).status_code == 303
    page = desk.get(home).text
    assert "择日再议" in page
    assert "公司愿付八成" not in page
    assert "公司愿付八成" not in desk.get(f"{path}/read-back").text


def test_two_who_write_the_minutes_do_not_overwrite_each_other_unseen(
    desk: Desk, database: Database, clock: Clock, home: str
):
    path, people = planned(desk, home), whom(desk, home)
    with database.sessions.begin() as session:
        mediator = session.scalars(select(Staff.id).where(Staff.account == "mediator")).one()
        assignment.assign(session, UUID(home.rsplit("/")[-1]), [mediator], on=clock.today, by=None)
    _begin(desk, clock)
    opened = desk.form(path)
    desk.log_in("mediator")
    theirs = {"status": "held", "open_minutes": "调解员的一稿", "attendance-0-who": people["王小明"]}
    assert desk.post(path, theirs).status_code == 303  # the control: whoever has the saved state before them saves
    before = _kept(database)
    desk.log_in("head")
    mine = {"status": "held", "open_minutes": "负责人的一稿", "attendance-0-who": people["王小明"]}
    own = {"_csrf": desk.form(path)["_csrf"], "_key": opened["_key"], "_version": opened["_version"]}
    refused = desk.client.post(path, data={**own, **mine}, follow_redirects=False)
    assert refused.status_code == 409
    for said in ("王调在3月4日 11:00保存了这次调解会的记录", "调解员的一稿", "负责人的一稿"):
        assert said in refused.text
    assert _kept(database) == before
    handed_out = {name: _hidden(refused.text, name) for name in ("_csrf", "_key", "_version")}
    assert handed_out["_version"] != opened["_version"]
    assert desk.client.post(path, data={**handed_out, **mine}, follow_redirects=False).status_code == 303
    again = desk.client.post(path, data={**handed_out, **mine}, follow_redirects=False)
    assert again.status_code == 303  # sent twice: the first result, no quarrel with oneself
    with database.reading() as session:
        assert session.scalars(select(Sitting.open_minutes)).one() == "负责人的一稿"


def test_a_draft_typed_on_another_text_is_shown_beside_and_not_put_in_its_place(desk: Desk, clock: Clock, home: str):
    path = planned(desk, home)
    _begin(desk, clock)
    opened = desk.form(path)
    assert desk.post(path, {"status": "held", "open_minutes": "保存的一稿"}).status_code == 303
    late = {**opened, "_csrf": desk.form(path)["_csrf"], "open_minutes": "旧页面上的草稿"}
    assert desk.client.post(f"{path}/draft", data=late, follow_redirects=False).status_code == 200
    page = desk.get(path).text
    assert "保存的一稿" in _minutes_field(page)
    assert "旧页面上的草稿" not in _minutes_field(page)
    assert "旧页面上的草稿" in page
    desk.post(f"{path}/draft", {"open_minutes": "接着写的草稿"}, at=path)
    page = desk.get(path).text
    assert "接着写的草稿" in _minutes_field(page)
    assert "旧页面上的草稿" in page  # the one before is not lost by typing on


def test_a_block_of_wording_goes_to_the_end_of_what_was_typed(desk: Desk, clock: Clock, home: str):
    path = planned(desk, home)
    _begin(desk, clock)
    page = desk.get(path).text
    for label in ("开场", "权利义务告知", "调查", "调解", "核对"):
        assert re.search(rf'name="_insert"[^>]*>.*?{label}</button>', page, re.S), label
    answer = desk.post(f"{path}/draft", {"open_minutes": "双方到会。", "_insert": "rights"}, at=path)
    assert answer.status_code == 303
    page = desk.get(path).text
    assert "双方到会。\n\n【权利义务告知】" in page
    assert "有权申请调解员回避" in page
    unknown = desk.post(f"{path}/draft", {"open_minutes": "双方到会。", "_insert": "nothing"}, at=path)
    assert unknown.status_code == 303
    assert "【" not in desk.get(path).text.split("<textarea")[1].split("</textarea>")[0]


def test_the_minutes_are_confirmed_by_everybody_present_and_then_stand(
    desk: Desk, database: Database, clock: Clock, home: str
):
    path, people = planned(desk, home), whom(desk, home)
    _begin(desk, clock)
    came = {f"attendance-{n}-who": who for n, who in enumerate(people.values())}
    sent = {"status": "held", "open_minutes": "双方到会，分别陈述意见。", **came}
    assert desk.post(path, sent).status_code == 303
    with database.reading() as session:
        rows = {row.name: str(row.id) for row in session.scalars(select(Attendance))}
    (first, one), (second, two) = rows.items()
    only_one = {"people-0-who": one, "people-0-confirmed": "read"}
    missing = desk.post(f"{path}/read-back", {**only_one, "_text": _text(desk, path)})
    assert missing.status_code == 422, problems(missing.text)
    assert f"{second}还没有确认" in missing.text
    both = {**only_one, "people-1-who": two, "people-1-confirmed": "refused", "_text": _text(desk, path)}
    bare = desk.post(f"{path}/read-back", both)
    assert bare.status_code == 422
    assert "写明补正的内容，或者拒绝签名的原因" in bare.text
    done = desk.post(f"{path}/read-back", {**both, "people-1-note": "不认可工资数额"})
    assert done.status_code == 303, problems(done.text)
    page = desk.get(path).text
    assert "已核对" in page
    assert "拒绝签名：不认可工资数额" in page
    assert f"{first}已阅读，无误" in desk.get(home).text
    changed = desk.post(path, {**sent, "open_minutes": "公司承认拖欠"})
    assert changed.status_code == 422
    assert "不能再改动" in changed.text
    twice = desk.post(f"{path}/read-back", {**both, "people-1-note": "又一次"})
    assert twice.status_code == 422
    assert "已经核对过" in twice.text


@pytest.mark.parametrize(
    ("field", "other", "sentence"),
    [
        ("open_minutes", "公司承认拖欠", "正文不能再改动"),
        ("without_prejudice_minutes", "公司愿付九成", "单独保存的让步、方案不能再改动"),
        ("outcome", "达成协议", "结果不能再改动"),
        ("status", "cancelled", "会议状态不能再改动"),
        ("rights_told", "", "告知情况不能再改动"),
        ("attendance-0-came", "no", "到会情况不能再改动"),
        ("attendance-0-through", "另一名代理人", "到会情况不能再改动"),
        ("attendance-0-who", "", "到会情况不能再改动"),
    ],
)
def test_nothing_of_a_sitting_changes_once_it_was_read_back(
    desk: Desk, database: Database, clock: Clock, home: str, field: str, other: str, sentence: str
):
    path, sent = _read_back(desk, database, clock, home)
    before = _kept(database)
    changed = desk.post(path, {**sent, field: other, "adjourned_because": "原因" if field == "status" else ""})
    assert changed.status_code == 422
    assert sentence in changed.text
    assert "另安排一次调解会或者写一条记录" in changed.text
    assert _kept(database) == before
    blanks = desk.post(path, {**sent, "open_minutes": f"{sent['open_minutes']} \r\n"})
    assert blanks.status_code == 303, problems(blanks.text)
    assert _kept(database) == before


def test_before_the_reading_the_same_fields_are_mended_freely(desk: Desk, database: Database, clock: Clock, home: str):
    path, people = planned(desk, home), whom(desk, home)
    _begin(desk, clock)
    sent = {"status": "held", "open_minutes": "第一稿", "outcome": "择日再议", "attendance-0-who": people["王小明"]}
    assert desk.post(path, sent).status_code == 303
    before = _kept(database)
    mended = {**sent, "outcome": "达成协议", "attendance-0-came": "no"}
    assert desk.post(path, mended).status_code == 303
    assert _kept(database) != before


def test_minutes_changed_while_they_are_read_must_be_read_again(
    desk: Desk, database: Database, clock: Clock, home: str
):
    path, people = planned(desk, home), whom(desk, home)
    _begin(desk, clock)
    sent = {"status": "held", "open_minutes": "第一稿", "attendance-0-who": people["王小明"]}
    assert desk.post(path, sent).status_code == 303
    text = _text(desk, path)
    assert desk.post(path, {**sent, "open_minutes": "第二稿"}).status_code == 303
    with database.reading() as session:
        present = str(session.scalars(select(Attendance.id)).one())
    stale = desk.post(f"{path}/read-back", {"people-0-who": present, "people-0-confirmed": "heard", "_text": text})
    assert stale.status_code == 422
    assert "笔录在核对期间有改动" in stale.text
    assert "第二稿" in stale.text
    with database.reading() as session:
        assert not session.scalars(select(Sitting)).one().read_back


def test_nothing_is_read_back_before_it_was_held_and_written(desk: Desk, home: str):
    path = planned(desk, home)
    answer = desk.post(f"{path}/read-back", {"people-0-who": "x", "_text": _text(desk, path)})
    assert answer.status_code == 422


def test_an_adjournment_gives_its_reason_and_leads_to_the_next_sitting_with_the_samecalled(
    desk: Desk, database: Database, clock: Clock, home: str, room: str
):
    people = whom(desk, home)
    planned = {"starts_at": "2026-03-04T10:00", "room_id": room, "notices-0-who": people["王小明"]}
    path = desk.post(f"{home}/sittings/new", planned).headers["location"]
    bare = desk.post(path, {"status": "adjourned"})
    assert bare.status_code == 422
    assert "写明延期或者取消的原因" in bare.text
    answer = desk.post(path, {"status": "adjourned", "adjourned_because": "被申请人临时不能到会"})
    following = answer.headers["location"]
    assert "/sittings/new?after=" in following
    page = desk.get(following).text
    assert f'<option value="{people["王小明"]}" selected' in page
    assert f'<option value="{room}" selected' in page
    assert desk.post(f"{home}/sittings/new", {**planned, "starts_at": "2026-03-06T10:00"}).status_code == 303
    assert "第 2 次" in desk.get(home).text
    for nonsense in ("x", str(UUID(int=5))):
        assert desk.get(f"{home}/sittings/new?after={nonsense}").status_code == 200


def test_a_sitting_of_another_case_is_not_there(desk: Desk, clock: Clock, home: str):
    other = register(desk, **SECOND)
    path = planned(desk, home)
    astray = path.replace(home, other)
    for end in ("", "/read-back", "/notices/" + str(UUID(int=1))):
        assert desk.get(astray + end).status_code == 404, end


def test_who_may_not_see_the_case_finds_no_sitting(
    desk: Desk, database: Database, clock: Clock, people: Any, home: str
):
    path = planned(desk, home)
    with database.sessions.begin() as session:
        assignment.assign(session, UUID(home.rsplit("/")[-1]), [people["mediator"]], on=clock.today, by=None)
    desk.log_in("other")
    for end in ("", "/read-back"):
        assert desk.get(path + end).status_code == 404


def _read_back(desk: Desk, database: Database, clock: Clock, home: str) -> tuple[str, dict[str, str]]:
    """The address of a sitting whose minutes were read back to one person, and what its form was sent with."""
    path, people = planned(desk, home), whom(desk, home)
    _begin(desk, clock)
    sent = {
        "status": "held",
        "rights_told": "true",
        "open_minutes": "双方到会，分别陈述意见。",
        "without_prejudice_minutes": "公司愿付八成",
        "outcome": "择日再议",
        "attendance-0-who": people["王小明"],
        "attendance-0-came": "yes",
        "attendance-0-through": "",
    }
    assert desk.post(path, sent).status_code == 303
    with database.reading() as session:
        present = str(session.scalars(select(Attendance.id)).one())
    confirmed = {"people-0-who": present, "people-0-confirmed": "read", "_text": _text(desk, path)}
    assert desk.post(f"{path}/read-back", confirmed).status_code == 303
    return path, sent


def _kept(database: Database) -> list[Any]:
    """Everything of the only sitting and of who was there."""
    with database.reading() as session:
        rows = [*session.execute(select(Sitting.__table__)), *session.execute(select(Attendance.__table__))]
    return [tuple(row) for row in rows]


def _minutes_field(page: str) -> str:
    return page.split('name="open_minutes"')[1].split("</textarea>")[0]


def _hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def _begin(desk: Desk, clock: Clock) -> None:
    clock.set(2026, 3, 4, 11)
    desk.log_in("head")


def _mediator(desk: Desk, home: str) -> dict[str, str]:
    page = desk.get(f"{home}/sittings/new").text
    found = re.search(r'name="host".*?<option value="([^"]+)" selected', page, re.S)
    assert found
    return {"host": found[1]}


def _seen(answer: Any) -> str:
    return str(answer.text.split('name="_seen" value="')[1].split('"')[0])


def _text(desk: Desk, path: str) -> str:
    return str(desk.get(f"{path}/read-back").text.split('name="_text" value="')[1].split('"')[0])
