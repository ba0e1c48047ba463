"""The calendar as people see it and as a phone reads it: whose dates, which days are free, and never a name."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.database import Database
from casework.desk import agenda, assignment, ical
from casework.desk.tables import CalendarLink, Sitting, SittingNotice
from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union import access
from union.people import Staff
from workflows.calendar_table import override


@pytest.fixture
def case(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]) -> UUID:
    """A case of the mediator's with a sitting on Wednesday, 4 March 2026, ten o'clock."""
    desk.log_in("head")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
    desk.log_in("mediator")
    sent = {"starts_at": "2026-03-04T10:00", "place": "第一调解室"}
    assert desk.post(f"/subjects/{root}/sittings/new", sent).status_code == 303
    return root


@pytest.mark.parametrize("view", ["month", "week", "agenda"])
def test_a_sitting_and_the_end_of_a_clock_stand_on_their_days(desk: Desk, case: UUID, view: str):
    page = desk.get(f"/calendar?view={view}").text
    assert "第 1 次调解会" in page
    assert "10:00" in page
    assert "第一调解室" in page
    assert "决定是否受理届满" in page


def test_the_sittings_of_the_day_and_what_one_waits_for_stand_beside_the_queue(desk: Desk, case: UUID, clock: Clock):
    assert "今天没有安排调解会" in desk.get("/todo").text
    clock.move(days=2, minutes=-30)
    page = desk.log_in("mediator").get("/todo").text
    assert "下一场调解会 10:00 在第一调解室。" in page
    day, waited = _card(page, "ag-h"), _card(page, "wt-h")
    assert "今天 · 3月4日 周三" in day and "10:00" in day and "第一调解室" in day
    assert f"/subjects/{case}" in day and 'class="past"' not in day
    assert f"/subjects/{case}" in waited and "王小明" in waited
    clock.move(hours=4)
    page = desk.log_in("mediator").get("/todo").text
    assert 'class="past"' in _card(page, "ag-h") and "下一场" not in page
    page = desk.log_in("other").get("/todo").text
    assert "今天没有安排调解会" in page and "没有等他人回复的事项" in page


def _card(page: str, heading: str) -> str:
    return page.partition(f'aria-labelledby="{heading}"')[2].partition("</section>")[0]


def test_one_kind_can_be_shown_alone(desk: Desk, case: UUID):
    assert "第 1 次调解会" in desk.get("/calendar?show=sittings").text
    assert "第 1 次调解会" not in desk.get("/calendar?show=deadlines").text


def test_one_s_own_days_are_not_the_whole_station_s(desk: Desk, case: UUID):
    desk.log_in("head")
    assert "第 1 次调解会" not in desk.get("/calendar?whose=own").text
    assert "第 1 次调解会" in desk.get("/calendar?whose=all").text
    desk.log_in("other")
    assert "第 1 次调解会" not in desk.get("/calendar?whose=all").text


def test_holidays_rest_days_and_make_up_workdays_come_from_the_calendar_table(
    desk: Desk, database: Database, clock: Clock
):
    desk.log_in("mediator")
    october = desk.get("/calendar?view=month&day=2026-10-01").text
    assert _marked(october, "2026年10月1日") == ("off", "休，国庆节")
    assert _marked(october, "2026年10月10日") == ("", "班，调休上班日")
    assert _marked(october, "2026年10月12日") == ("", "")
    with database.sessions.begin() as session:
        override(session, date(2026, 10, 12), "rest", "京政发〔2026〕1号", None, clock.now)
    assert _marked(desk.get("/calendar?view=month&day=2026-10-01").text, "2026年10月12日")[0] == "off"


def test_a_year_without_a_notice_is_marked_provisional(desk: Desk):
    desk.log_in("mediator")
    assert "2027 年放假安排尚未公布" in desk.get("/calendar?day=2027-02-01").text
    assert "尚未公布" not in desk.get("/calendar?day=2026-06-01").text


@pytest.mark.parametrize(
    "asked", ["view=x&day=2026-02-30", "day=%00", "whose=everybody&show=nothing", "day=9999-99-99", "day=0001-01-01"]
)
def test_nonsense_in_the_address_shows_this_month(desk: Desk, asked: str):
    desk.log_in("mediator")
    answer = desk.get(f"/calendar?{asked}")
    assert answer.status_code == 200
    assert "2026年3月" in answer.text


def test_a_month_is_whole_weeks_and_a_leap_february_is_whole():
    assert agenda.month(date(2026, 3, 2)) == (date(2026, 2, 23), date(2026, 4, 5))
    assert agenda.month(date(2028, 2, 29)) == (date(2028, 1, 31), date(2028, 3, 5))
    assert agenda.week(date(2026, 3, 8)) == (date(2026, 3, 2), date(2026, 3, 8))


# --- what a phone reads


def test_a_link_is_shown_once_and_only_its_hash_is_kept(desk: Desk, database: Database, case: UUID):
    path = _link(desk)
    token = path.rsplit("/")[-1].removesuffix(".ics")
    assert token not in desk.get("/calendar/links").text
    with database.reading() as session:
        stored = session.scalars(select(CalendarLink)).one()
        assert token not in str(vars(stored))
        assert len(stored.token_hash) == 64


def test_the_feed_says_case_number_kind_time_and_place_and_names_nobody(desk: Desk, case: UUID, database: Database):
    feed = _feed(desk, _link(desk))
    assert feed.status_code == 200
    assert feed.headers["content-type"].startswith("text/calendar")
    events = _events(feed.content)
    sitting = next(e for e in events if "调解会" in e["SUMMARY"])
    assert sitting["DTSTART;TZID=Asia/Shanghai"] == "20260304T100000"
    assert sitting["DTEND;TZID=Asia/Shanghai"] == "20260304T120000"
    assert sitting["LOCATION"] == "第一调解室"
    for name in ("王小明", "北京甲餐饮", "王调", "13800001234"):
        assert name not in feed.text, name
    assert set().union(*events) <= {
        "UID",
        "DTSTAMP",
        "DTSTART;TZID=Asia/Shanghai",
        "DTEND;TZID=Asia/Shanghai",
        "DTSTART;VALUE=DATE",
        "DTEND;VALUE=DATE",
        "SUMMARY",
        "LOCATION",
        "STATUS",
        "TRANSP",
    }


def test_a_place_that_names_a_party_stays_in_the_house(desk: Desk, case: UUID, database: Database):
    path = _link(desk)
    with database.sessions.begin() as session:
        held = session.scalars(select(Sitting)).one()
        held.place = "王小明家（望京西园三区）"
        session.add(SittingNotice(sitting_id=held.id, name="王小明", way="phone"))
    feed = _feed(desk, path)
    assert "王小明" not in feed.text
    assert next(e for e in _events(feed.content) if "调解会" in e["SUMMARY"])["LOCATION"] == "地点见案件"
    assert "王小明家" in desk.get("/calendar?view=agenda&day=2026-03-02").text


def test_a_sitting_called_off_is_cancelled_in_the_phone_too(desk: Desk, database: Database, case: UUID):
    path = _link(desk)
    with database.sessions.begin() as session:
        session.execute(update(Sitting).values(status="cancelled"))
    assert [e["STATUS"] for e in _events(_feed(desk, path).content) if "调解会" in e["SUMMARY"]] == ["CANCELLED"]


def test_the_feed_asks_each_time_what_its_owner_may_see(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], case: UUID
):
    path = _link(desk, whose="all")
    assert "调解会" in _feed(desk, path).text
    with database.sessions.begin() as session:
        access.conflict(session, case, people["mediator"], "近亲属", clock.today)
    assert "调解会" not in _feed(desk, path).text


def test_a_revoked_link_and_that_of_a_closed_account_are_not_there(
    desk: Desk, database: Database, people: dict[str, UUID], case: UUID
):
    first, second = _link(desk), _link(desk, label="电脑")
    page = desk.get("/calendar/links").text
    revoke = re.findall(r'action="(/calendar/links/[^"]+/revoke)"', page)
    assert len(revoke) == 2
    assert desk.post(revoke[1], {}, at="/calendar/links").status_code == 303
    assert _feed(desk, first).status_code == 404
    assert _feed(desk, second).status_code == 200
    with database.sessions.begin() as session:
        session.execute(update(Staff).where(Staff.id == people["mediator"]).values(active=False))
    assert _feed(desk, second).status_code == 404


def test_nobody_revokes_another_s_link(desk: Desk, case: UUID):
    path = _link(desk)
    revoke = re.findall(r'action="(/calendar/links/[^"]+/revoke)"', desk.get("/calendar/links").text)[0]
    desk.log_in("other")
    assert desk.post(revoke, {}, at="/calendar/links").status_code == 404
    assert _feed(desk, path).status_code == 200


def test_when_a_link_was_last_read_is_shown(desk: Desk, clock: Clock, case: UUID):
    path = _link(desk)
    assert "还没有读取过" in desk.get("/calendar/links").text
    clock.move(minutes=20)
    _feed(desk, path)
    desk.log_in("mediator")
    assert "最近读取 3月2日 10:20" in desk.get("/calendar/links").text


def test_a_secret_cannot_be_guessed_at_leisure_and_a_link_cannot_be_read_without_pause(
    desk: Desk, clock: Clock, case: UUID
):
    path = _link(desk)
    assert [_feed(desk, path).status_code for _ in range(61)] == [200] * 60 + [429]
    wrong = [_feed(desk, f"/calendar/feed/wrong{n}.ics").status_code for n in range(61)]
    assert wrong == [404] * 60 + [429]
    clock.move(hours=1)
    assert _feed(desk, path).status_code == 200


@pytest.mark.parametrize("name", ["x", "x.txt", ".ics", "../x.ics", "%F0%9F%98%80.ics", "a" * 5000 + ".ics"])
def test_what_is_no_link_is_not_there(desk: Desk, name: str):
    assert _feed(desk, f"/calendar/feed/{name}").status_code == 404


def test_no_more_links_than_one_can_oversee(desk: Desk):
    desk.log_in("mediator")
    for n in range(10):
        _link(desk, label=f"第{n}个")
    answer = desk.post("/calendar/links", {"label": "再一个", "whose": "own"})
    assert answer.status_code == 422
    assert "最多保留 10 个" in answer.text
    assert "再一个" in answer.text


def test_the_same_form_sent_twice_makes_one_link(desk: Desk, database: Database):
    desk.log_in("mediator")
    sent = {**desk.form("/calendar/links"), "label": "手机", "whose": "own"}
    assert desk.client.post("/calendar/links", data=sent).status_code == 200
    assert desk.client.post("/calendar/links", data=sent, follow_redirects=False).status_code == 303
    with database.reading() as session:
        assert len(session.scalars(select(CalendarLink)).all()) == 1


def test_long_lines_are_folded_between_characters_and_marks_are_escaped(clock: Clock):
    place = "朝阳区建国路，甲乙丙丁戊己庚辛壬癸；一,二;三\\四\n五" * 3
    item = agenda.Item(UUID(int=1), "sittings", clock.today, "第 1 次调解会", "〔2026〕1号", "", "", place=place)
    text = ical.calendar("工会日程", [item], "example.org", clock.now)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    written = _events(text.encode())[0]["LOCATION"]
    assert written.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\") == place


def test_an_all_day_event_ends_on_the_day_after(desk: Desk, clock: Clock):
    item = agenda.Item(UUID(int=1), "deadlines", date(2026, 12, 31), "调解期届满", "〔2026〕1号", "", "")
    event = _events(ical.calendar("x", [item], "example.org", clock.now).encode())[0]
    assert (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"]) == ("20261231", "20270101")


def test_the_clock_of_a_thing_that_is_no_case_stands_in_the_calendar_too(desk: Desk, people: dict[str, UUID]):
    desk.log_in("intake")
    lend(desk)
    assert "归还期届满" in desk.get("/calendar?whose=all&view=month").text


def _marked(page: str, day: str) -> tuple[str, str]:
    """What the cell of a day is: its class, and its mark."""
    cell = next(c for c in re.findall(r"<td class=.*?</td>", page, re.S) if f'aria-label="{day} ' in c)
    kind = re.search(r'<td class="([^"]*)"', cell)
    mark = re.search(r'<span class="mk[^>]*>(.*?)</span></span>', cell, re.S)
    assert kind
    return "off" if "off" in kind[1].split() else "", re.sub(r"<[^>]+>", "", mark[1]) if mark else ""


def _link(desk: Desk, label: str = "手机", whose: str = "own") -> str:
    answer = desk.post("/calendar/links", {"label": label, "whose": whose})
    assert answer.status_code == 200, answer.text[-800:]
    found = re.search(r"<code>https?://[^/]+(/calendar/feed/[\w-]+\.ics)</code>", answer.text)
    assert found
    return found[1]


def _feed(desk: Desk, path: str) -> Any:
    """Read like a calendar program: without a session."""
    kept = dict(desk.client.cookies)
    desk.client.cookies.clear()
    try:
        return desk.client.get(path)
    finally:
        desk.client.cookies.update(kept)


def _events(feed: bytes) -> list[dict[str, str]]:
    """Read by the rules of RFC 5545: CRLF, unfolding, name and value at the first colon."""
    lines = feed.decode().replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "TZID:Asia/Shanghai" in lines
    events: list[dict[str, str]] = []
    inside = False
    for line in lines:
        if line == "BEGIN:VEVENT":
            inside = True
            events.append({})
        elif line == "END:VEVENT":
            inside = False
        elif inside:
            name, _, value = line.partition(":")
            events[-1][name] = value
    return events
