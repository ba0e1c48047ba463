"""改期 and what becomes of a sitting: moved with everybody told anew, put off or called off, and never both held and not."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.database import Database
from casework.desk import agenda
from casework.desk.tables import Sitting, SittingNotice
from tests.casework.desk.acts import WEDNESDAY, problems, register, relayed, whom
from tests.casework.desk.conftest import Desk, Line
from tests.conftest import Clock
from union import access
from workflows.tables import Subject

FRIDAY = {"starts_at": "2026-03-06T14:00", "because": "被申请人出差"}
SECOND = {"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"}


# --- moved


def test_a_sitting_is_moved_with_its_number_its_people_and_its_old_time_on_the_timeline(
    desk: Desk, database: Database, home: str, room: str
):
    path = _arranged(desk, home, {"room_id": room}, told="2026-03-02T09:00")
    moved = _move(desk, path, place="酒仙桥街道总工会二层")
    assert moved.status_code == 303, problems(moved.text)
    with database.reading() as session:
        held = session.scalars(select(Sitting)).one()
        assert (held.number, held.status, held.room_id) == (1, "planned", None)
    page = desk.get(path).text
    assert "3月6日 14:00" in page
    assert "酒仙桥街道总工会二层" in page
    history = desk.get(home).text
    assert "第 1 次调解会改期" in history
    assert "原定3月4日 10:00 第一调解室，改为3月6日 14:00 酒仙桥街道总工会二层：被申请人出差" in history
    assert "原定时间已通知王小明（电话，3月2日 09:00）" in history
    assert desk.post(f"{home}/sittings/new", {**WEDNESDAY, "place": "", "room_id": room}).status_code == 303


def test_everybody_invited_hears_of_the_new_time_and_whoever_had_been_told_of_the_old_one_too(
    desk: Desk, database: Database, clock: Clock, home: str, line: Line
):
    path = _arranged(desk, home, WEDNESDAY, told="2026-03-02T09:00")
    line.sent.clear()
    with database.reading() as session:
        before = {n.name: n.notified_at is not None for n in session.scalars(select(SittingNotice))}
    assert sorted(before.values()) == [False, True]  # the control: one side knew of the old time, the other of none
    assert _move(desk, path).status_code == 303
    page = desk.get(path).text
    assert page.count("尚未通知") == 2  # who knows of the old time only has not been told of this one
    relayed(database, clock)
    texts = [sms.text for sms in line.sent]
    assert any("王小明：原定3月4日 10:00在第一调解室召开的调解会改为3月6日 14:00在第一调解室召开" in t for t in texts)
    assert not any("出差" in text for text in texts)
    with database.reading() as session:
        told = {n.name: n for n in session.scalars(select(SittingNotice))}
        assert told["王小明"].notified_at == clock.now
        assert all(n.message_id is not None for n in told.values())  # the other side was called, by number or in vain


def test_who_never_heard_of_the_new_time_hears_that_the_old_one_will_not_be(
    desk: Desk, database: Database, clock: Clock, home: str, line: Line
):
    path = _arranged(desk, home, WEDNESDAY, told="2026-03-02T09:00")
    line.sent.clear()
    assert _move(desk, path).status_code == 303
    assert desk.post(path, {"status": "cancelled", "adjourned_because": "申请人撤回申请"}).status_code == 303
    relayed(database, clock)
    [text] = [sms.text for sms in line.sent if "调解会" in sms.text and "王小明" in sms.text]
    assert "原定3月4日 10:00在第一调解室召开的调解会已取消" in text


def test_the_clashes_of_the_new_time_are_read_before_it_is_moved(desk: Desk, home: str, room: str):
    other = register(desk, **SECOND)
    taken = {"starts_at": "2026-03-06T13:00", "room_id": room, **_host(desk, other)}
    assert desk.post(f"{other}/sittings/new", taken).status_code == 303
    path = _arranged(desk, home, {**WEDNESDAY, **_host(desk, home)})
    shared = _move(desk, path, room_id=room)
    assert shared.status_code == 422
    assert "第一调解室3月6日 13:00至15:00已被占用" in shared.text
    clash = _move(desk, path, place="二层会议室")
    assert clash.status_code == 409
    assert "调解员周敏3月6日 13:00已有另一场调解会" in clash.text
    assert "3月4日 10:00" in desk.get(path).text
    seen = clash.text.split('name="_seen" value="')[1].split('"')[0]
    bare = _move(desk, path, place="二层会议室", _seen=seen)
    assert bare.status_code == 422
    assert "写明仍照此安排的理由" in bare.text
    assert _move(desk, path, place="二层会议室", _seen=seen, in_spite="两案先后进行").status_code == 303


def test_whoever_moves_it_to_a_holiday_reads_that_first(desk: Desk, home: str):
    path = _arranged(desk, home, WEDNESDAY, told="2026-03-02T09:00")
    asked = _move(desk, path, starts_at="2026-04-06T10:00")
    assert asked.status_code == 409
    assert "2026年4月6日是" in asked.text
    assert "不是工作日" in asked.text
    assert "3月4日 10:00" in desk.get(path).text


def test_its_own_time_is_in_nobody_s_way(desk: Desk, home: str, room: str):
    path = _arranged(desk, home, {"room_id": room, **_host(desk, home)})
    assert _move(desk, path, starts_at="2026-03-04T10:30", room_id=room).status_code == 303


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"starts_at": "2026-03-01T10:00"}, "已经过去"),
        ({"starts_at": "2026-03-04T10:00"}, "时间和地点都没有变"),
        ({"place": ""}, "选择调解室、填写地点"),
        ({"_was": "别处"}, "刚被他人改到3月4日 10:00"),
        ({"because": ""}, "改期的原因"),
    ],
)
def test_what_makes_no_sense_moves_nothing(desk: Desk, home: str, sent: dict[str, str], sentence: str):
    path = _arranged(desk, home, WEDNESDAY)
    refused = _move(desk, path, **sent)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "3月4日 10:00" in desk.get(path).text


def test_what_has_begun_or_was_called_off_is_not_moved(desk: Desk, clock: Clock, home: str):
    path, begun = _arranged(desk, home, {**WEDNESDAY, "starts_at": "2026-03-05T10:00"}), ""
    assert desk.post(path, {"status": "cancelled", "adjourned_because": "申请人撤回申请"}).status_code == 303
    assert f"{path}/move" not in desk.get(path).text
    assert "只有已安排、还没有召开的调解会可以改期" in _move(desk, path).text
    begun = _arranged(desk, home, WEDNESDAY)
    assert f"{begun}/move" in desk.get(begun).text
    _at(desk, clock, 11)
    assert f"{begun}/move" not in desk.get(begun).text
    assert "已到开始时间（3月4日 10:00），不能再改期" in _move(desk, begun).text


def test_a_sitting_of_a_closed_case_is_not_moved(desk: Desk, database: Database, clock: Clock, home: str):
    path, later = _arranged(desk, home, WEDNESDAY), {"starts_at": "2026-03-05T10:00"}
    assert _move(desk, path, **later).status_code == 303  # the control
    with database.sessions.begin() as session:
        session.execute(update(Subject).where(Subject.id == UUID(home[-36:])).values(closed_on=clock.today))
    refused = _move(desk, path, starts_at="2026-03-06T10:00")
    assert refused.status_code == 422 and "案件已结案，调解会不再改期" in refused.text
    assert "3月5日 10:00" in desk.get(path).text


# --- what became of it


def test_a_sitting_put_off_before_it_began_leaves_the_agenda_and_is_cancelled_in_the_feed(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], home: str
):
    path = _arranged(desk, home, WEDNESDAY)
    assert "第 1 次调解会" in desk.get("/calendar?whose=all").text  # the control
    assert desk.post(path, {"status": "adjourned", "adjourned_because": "申请人住院"}).status_code == 303
    assert "第 1 次调解会" not in desk.get("/calendar?whose=all").text
    assert [item.called_off for item in _items(database, clock, people)] == [True]
    _at(desk, clock, 9)
    assert "下一场调解会" not in desk.get("/todo").text


def test_a_sitting_put_off_while_people_met_stands_on_the_agenda_until_they_parted(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], home: str
):
    path = _arranged(desk, home, WEDNESDAY)
    _at(desk, clock, 11)
    put_off = {"status": "adjourned", "adjourned_because": "补充材料", "attendance-0-who": whom(desk, home)["王小明"]}
    assert desk.post(path, put_off).status_code == 303
    [item] = _items(database, clock, people)
    assert not item.called_off
    assert item.note == "延期再开"
    assert item.ends_at == clock.now
    assert desk.post(path, {**put_off, "adjourned_because": "补充证据"}).status_code == 303
    assert [again.ends_at for again in _items(database, clock, people)] == [item.ends_at]


@pytest.mark.parametrize(("status", "words"), [("cancelled", "已取消"), ("adjourned", "已在开始之前延期")])
def test_what_was_called_off_cannot_be_held(
    desk: Desk, database: Database, clock: Clock, home: str, status: str, words: str
):
    path = _arranged(desk, home, WEDNESDAY)
    assert desk.post(path, {"status": status, "adjourned_because": "申请人住院"}).status_code == 303
    _at(desk, clock, 11)
    refused = desk.post(path, {"status": "held", "open_minutes": "双方到会"})
    assert refused.status_code == 422
    assert f"调解会{words}，当事人已被告知不必到会" in refused.text
    assert "双方到会" in refused.text
    with database.reading() as session:
        held = session.scalars(select(Sitting)).one()
        assert (held.status, held.open_minutes) == (status, "")


def test_after_its_beginning_a_sitting_is_put_off_and_not_called_off(
    desk: Desk, database: Database, clock: Clock, home: str
):
    path = _arranged(desk, home, WEDNESDAY)
    _at(desk, clock, 11)
    late = {"status": "cancelled", "adjourned_because": "被申请人没有来"}
    refused = desk.post(path, late)
    assert refused.status_code == 422
    assert "已到开始时间（3月4日 10:00），不能再取消" in refused.text
    assert "登记为“延期再开”" in refused.text
    assert desk.post(path, {**late, "status": "adjourned"}).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Sitting.status)).one() == "adjourned"


def test_a_sitting_marked_held_again_does_not_take_a_room_that_was_given_away(
    desk: Desk, clock: Clock, home: str, room: str
):
    other = register(desk, **SECOND)
    path = _arranged(desk, home, {"room_id": room, "ends_at": "2026-03-04T16:00"})
    _at(desk, clock, 11)
    assert desk.post(path, {"status": "adjourned", "adjourned_because": "补充材料"}).status_code == 303
    assert desk.post(path, {"status": "held", "open_minutes": "双方到会"}).status_code == 303  # the control: still free
    assert desk.post(path, {"status": "adjourned", "adjourned_because": "补充材料"}).status_code == 303
    afternoon = {"starts_at": "2026-03-04T14:00", "room_id": room}
    assert desk.post(f"{other}/sittings/new", afternoon).status_code == 303
    refused = desk.post(path, {"status": "held", "open_minutes": "双方到会"})
    assert refused.status_code == 422
    assert "第一调解室3月4日 14:00至16:00已被占用" in refused.text


def _arranged(desk: Desk, home: str, sent: dict[str, str], told: str = "") -> str:
    """The address of a sitting to which both sides are called, the applicant told of it already with ``told``."""
    sent = {"starts_at": WEDNESDAY["starts_at"], **sent}
    for number, (name, who) in enumerate(whom(desk, home).items()):
        sent |= {f"notices-{number}-who": who}
        if told and name == "王小明":
            sent |= {f"notices-{number}-notified_at": told}
    answer = desk.post(f"{home}/sittings/new", sent)
    assert answer.status_code == 303, problems(answer.text)
    return str(answer.headers["location"])


def _move(desk: Desk, path: str, **sent: str) -> Any:
    page = desk.get(f"{path}/move").text
    was = re.search(r'name="_was" value="([^"]*)"', page)
    assert was
    return desk.post(
        f"{path}/move", {"_was": was[1], **FRIDAY, **({} if "room_id" in sent else {"place": "第一调解室"}), **sent}
    )


def _host(desk: Desk, home: str) -> dict[str, str]:
    found = re.search(r'name="host".*?<option value="([^"]+)" selected', desk.get(f"{home}/sittings/new").text, re.S)
    assert found
    return {"host": found[1]}


def _at(desk: Desk, clock: Clock, hour: int) -> None:
    clock.set(2026, 3, 4, hour)
    desk.log_in("head")


def _items(database: Database, clock: Clock, people: dict[str, UUID]) -> list[agenda.Item]:
    with database.reading() as session:
        head = access.actor_for(session, people["head"], clock.now)
        first = last = clock.today.replace(day=4)
        return list(
            agenda.items(session, head, clock.now, first, last, own=False, kinds=[agenda.SITTINGS], called_off=True)
        )
