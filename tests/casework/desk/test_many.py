"""Many cases at once: each for itself, taken back within seconds; reminders, filters with a name, what to take up next."""

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.database import Database
from casework.desk import batch, filters
from casework.desk.assignment import assign, handlers
from casework.desk.tables import Reminder, SavedFilter, Skip
from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import SINCE, Desk
from tests.conftest import Clock
from union.access import conflict
from union.people import Deputy, Leave
from workflows.tables import JournalEntry, Subject

NUMBERS = ("13800001234", "13900005678", "13700009012")


@pytest.fixture
def held(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]) -> list[str]:
    """Three cases of the same mediator, and the head logged in."""
    desk.log_in("head")
    found = []
    for number, name in zip(NUMBERS, ("王小明", "李秀英", "张伟"), strict=True):
        home = register(desk, **{"applicants-0-name": name, "applicants-0-phone": number})
        found.append(home.rsplit("/", 1)[1])
    with database.sessions.begin() as session:
        for case in found:
            assign(session, UUID(case), [people["mediator"]], on=clock.today, by=None)
        session.execute(update(Subject).where(Subject.id.in_(map(UUID, found))).values(state="assigned"))
    return found


def give(desk: Desk, cases: list[str], to: UUID, **more: str) -> object:
    path = "/todo/many/assign?" + "&".join(f"ids={case}" for case in cases)
    sent = {"_ids": ",".join(cases), "to": str(to), "reason": "调整分工", **more}
    return desk.post("/todo/many/assign", sent, at=path)


def mediators(database: Database, clock: Clock, case: str) -> list[str]:
    with database.reading() as session:
        return [handler.name for handler in handlers(session, UUID(case), clock.today)]


def test_the_third_of_several_refuses_and_the_others_are_done(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    with database.sessions.begin() as session:
        conflict(session, UUID(held[2]), people["other"], "系近亲属", clock.today)
    answer = give(desk, held, people["other"])
    assert answer.status_code == 303
    page = desk.get(answer.headers["location"]).text
    assert "2 件已办，1 件未办" in page
    assert "须回避" in page
    assert [mediators(database, clock, case) for case in held] == [["赵调"], ["赵调"], ["王调"]]


def test_a_case_that_nobody_holds_is_not_assigned_by_the_way(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]
):
    desk.log_in("head")
    case = register(desk).rsplit("/", 1)[1]
    page = desk.get(give(desk, [case], people["other"]).headers["location"]).text
    assert "尚未指定承办人" in page
    assert mediators(database, clock, case) == []


def test_sent_twice_it_is_done_once(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    sent = desk.form(f"/todo/many/assign?ids={held[0]}&ids={held[1]}")
    sent |= {"_ids": ",".join(held[:2]), "to": str(people["other"]), "reason": "调整分工"}
    first = desk.client.post("/todo/many/assign", data=sent, follow_redirects=False)
    again = desk.client.post("/todo/many/assign", data=sent, follow_redirects=False)
    assert first.status_code == again.status_code == 303
    assert "2 件已办" in desk.get(again.headers["location"]).text
    assert entries(database, held[0], "handed_over") == 1


def test_one_s_deputy_is_offered_first_and_who_is_away_is_said_to_be(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    with database.sessions.begin() as session:
        session.add(Deputy(staff_id=people["head"], deputy_id=people["other"], valid_from=SINCE))
        session.add(
            Leave(staff_id=people["mediator"], valid_from=clock.today, valid_to=clock.today + timedelta(days=3))
        )
    page = desk.get(f"/todo/many/assign?ids={held[0]}").text
    offered = [text.strip() for text in re.findall(r'<option value="[0-9a-f-]{36}"[^>]*>([^<]+)', page)]
    assert offered[0].startswith("赵调")
    assert [text for text in offered if text.startswith("王调")] == ["王调 · 3月2日至3月5日休假"]


def test_within_seconds_it_is_taken_back_and_the_history_says_both(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    give(desk, held, people["other"])
    undo = undo_address(desk)
    answer = desk.post(undo, {}, at="/todo")
    assert answer.status_code == 303
    assert [mediators(database, clock, case) for case in held] == [["王调"]] * 3
    assert entries(database, held[0], "handover_undone") == 1
    assert "已经撤销过" in desk.get(desk.post(undo, {}, at="/todo").headers["location"]).text


def test_at_the_very_last_moment_it_is_still_taken_back(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    give(desk, held, people["other"])
    undo = undo_address(desk)
    clock.now += timedelta(seconds=batch.UNDO_SECONDS + batch.SLOW_LINE_SECONDS)
    assert desk.post(undo, {}, at="/todo").status_code == 303
    assert [mediators(database, clock, case) for case in held] == [["王调"]] * 3


def test_afterwards_nothing_is_taken_back(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    give(desk, held, people["other"])
    undo = undo_address(desk)
    clock.now += timedelta(seconds=batch.UNDO_SECONDS + batch.SLOW_LINE_SECONDS + 1)
    answer = desk.post(undo, {}, at="/todo")
    assert "撤销只在 10 秒内有效" in desk.get(answer.headers["location"]).text
    assert mediators(database, clock, held[0]) == ["赵调"]


def test_a_case_that_went_on_meanwhile_is_left_where_it_is(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    give(desk, held[:2], people["other"])
    undo = undo_address(desk)
    with database.sessions.begin() as session:
        assign(session, UUID(held[0]), [people["head"]], on=clock.today, by=None)
    page = desk.post(undo, {}, at="/todo").text
    assert "承办人此后又有变动" in page
    assert mediators(database, clock, held[0]) == ["周敏"]
    assert mediators(database, clock, held[1]) == ["王调"]


def test_nobody_takes_back_what_another_did(
    desk: Desk, people: dict[str, UUID], held: list[str], database: Database, clock: Clock
):
    give(desk, held, people["other"])
    undo = undo_address(desk)
    desk.log_in("mediator")
    assert desk.post(undo, {}, at="/todo").status_code == 404
    assert desk.get(undo.removesuffix("/undo")).status_code == 404
    assert mediators(database, clock, held[0]) == ["赵调"]


def test_nothing_ticked_and_cases_of_others_get_a_sentence(desk: Desk, people: dict[str, UUID], held: list[str]):
    for path in ("/todo/many/assign", "/todo/many/remind", "/todo/print", "/todo/many/remind?ids=nonsense"):
        answer = desk.get(path)
        assert answer.status_code == 422
        assert "没有选中案件" in answer.text
    assert desk.get("/todo/many/erase").status_code == 404
    desk.log_in("admin")
    answer = desk.get(f"/todo/many/assign?ids={held[0]}")
    assert answer.status_code == 422
    assert "王小明" not in answer.text
    assert "1 件没有列出" in desk.get(f"/todo/print?ids={held[0]}").text


def test_a_wrong_reason_keeps_what_was_ticked_and_typed(desk: Desk, people: dict[str, UUID], held: list[str]):
    answer = give(desk, held, people["other"], reason="")
    assert answer.status_code == 422
    assert held[2] in answer.text
    assert "移交" in answer.text or "转派" in answer.text


def test_the_printed_list_names_every_case_with_its_handler_and_its_day(desk: Desk, held: list[str]):
    page = desk.get("/todo/print?" + "&".join(f"ids={case}" for case in held)).text
    for words in ("王小明", "李秀英", "张伟", "王调", "共 3 件"):
        assert words in page


# --- reminders


def test_a_reminder_shows_on_its_day_is_put_off_dismissed_and_taken_back(
    desk: Desk, database: Database, clock: Clock, held: list[str]
):
    path = f"/todo/many/remind?ids={held[0]}"
    late = desk.post("/todo/many/remind", {"_ids": held[0], "on": "2026-03-01", "whom": "self"}, at=path)
    assert late.status_code == 422
    assert "提醒日期应在今天之后" in late.text
    sent = {"_ids": held[0], "on": "2026-03-05", "whom": "self", "text": "催交考勤"}
    assert desk.post("/todo/many/remind", sent, at=path).status_code == 303
    assert "催交考勤" not in desk.get("/todo").text
    clock.move(days=3)
    desk.log_in("head")
    assert "催交考勤" in desk.get("/todo").text
    reminder = one(database, Reminder.id)
    assert desk.post(f"/reminders/{reminder}/put-off", {"days": "2"}, at="/todo").status_code == 303
    desk.post(f"/reminders/{reminder}/dismiss", {}, at="/todo")
    undo = undo_address(desk)
    assert "催交考勤" not in desk.get("/todo").text
    desk.post(undo, {}, at="/todo")
    assert "催交考勤" in desk.get("/todo").text
    desk.post(f"/reminders/{reminder}/put-off", {"days": "7"}, at="/todo")
    assert "催交考勤" not in desk.get("/todo").text
    assert one(database, Reminder.on) == date(2026, 3, 12)


def test_nobody_dismisses_the_reminder_of_another(desk: Desk, database: Database, held: list[str]):
    sent = {"_ids": held[0], "on": "2026-03-05", "whom": "handlers"}
    desk.post("/todo/many/remind", sent, at=f"/todo/many/remind?ids={held[0]}")
    reminder = one(database, Reminder.id)
    assert desk.post(f"/reminders/{reminder}/dismiss", {}, at="/todo").status_code == 404
    assert one(database, Reminder.dismissed_at) is None


# --- filters with a name


def test_a_filter_is_kept_counted_shared_and_forgotten(desk: Desk, database: Database):
    desk.log_in("head")
    lend(desk, "投影仪")
    lend(desk, "帐篷")
    looked = "/todo?view=role&q=投影"
    form = "/todo/filters/new?view=role&q=投影"
    named = {"asked_view": "role", "asked_q": "投影", "name": "投影设备", "shared": "1"}
    assert "保存当前筛选" in desk.get(looked).text
    assert desk.post("/todo/filters/new", named, at=form).status_code == 303
    assert re.search(r'投影设备 <span class="n">1</span>', desk.get("/todo").text)
    again = desk.post("/todo/filters/new", named, at=form)
    assert again.status_code == 422
    assert "已经有名为“投影设备”的筛选" in again.text
    desk.log_in("intake")
    assert "投影设备" in desk.get("/todo").text
    kept = one(database, SavedFilter.id)
    assert desk.post(f"/todo/filters/{kept}/forget", {}, at="/todo").status_code == 404
    desk.log_in("head")
    desk.post(f"/todo/filters/{kept}/forget", {}, at="/todo")
    assert "投影设备" not in desk.get("/todo").text.split("toasts")[0]


def test_a_shared_filter_deleted_by_mistake_is_had_back_with_all_who_share_it(desk: Desk, database: Database):
    desk.log_in("head")
    form = "/todo/filters/new?view=role&q=投影"
    named = {"asked_view": "role", "asked_q": "投影", "name": "投影设备", "shared": "1"}
    desk.post("/todo/filters/new", named, at=form)
    before = as_kept(database)
    desk.post(f"/todo/filters/{before[0]}/forget", {}, at="/todo")
    undo = undo_address(desk)
    assert count(database, SavedFilter) == 0
    assert desk.get(undo.removesuffix("/undo")).status_code == 404, "no case, no page of results"
    desk.log_in("intake")
    assert "投影设备" not in desk.get("/todo").text
    assert desk.post(undo, {}, at="/todo").status_code == 404
    desk.log_in("head")
    assert desk.post(undo, {}, at="/todo").headers["location"] == "/todo"
    assert "已撤销：删除筛选" in desk.get("/todo").text
    assert as_kept(database) == before
    desk.log_in("intake")
    assert "投影设备" in desk.get("/todo").text


def test_a_filter_whose_name_was_given_anew_or_whose_time_is_over_stays_deleted(
    desk: Desk, database: Database, clock: Clock
):
    desk.log_in("head")
    form, named = "/todo/filters/new?due=week", {"asked_due": "week", "name": "本周的"}
    desk.post("/todo/filters/new", named, at=form)
    desk.post(f"/todo/filters/{one(database, SavedFilter.id)}/forget", {}, at="/todo")
    undo = undo_address(desk)
    desk.post("/todo/filters/new", named, at=form)
    assert desk.post(undo, {}, at="/todo").headers["location"] == "/todo"
    assert "已经有名为“本周的”的筛选" in desk.get("/todo").text
    assert count(database, SavedFilter) == 1
    desk.post(f"/todo/filters/{one(database, SavedFilter.id)}/forget", {}, at="/todo")
    undo = undo_address(desk)
    clock.now += timedelta(seconds=batch.UNDO_SECONDS + batch.SLOW_LINE_SECONDS + 1)
    desk.post(undo, {}, at="/todo")
    assert "撤销只在 10 秒内有效，这次操作没有撤销。仍要用的，重新保存这个筛选。" in desk.get("/todo").text
    assert count(database, SavedFilter) == 0


def test_a_filter_that_is_not_shared_is_nobody_elses(desk: Desk, database: Database):
    desk.log_in("head")
    desk.post("/todo/filters/new", {"asked_due": "week", "name": "本周的"}, at="/todo/filters/new?due=week")
    assert "本周的" in desk.get("/todo").text
    desk.log_in("intake")
    assert "本周的" not in desk.get("/todo").text


def test_a_long_name_and_a_ninth_filter_are_refused_with_a_sentence(desk: Desk):
    desk.log_in("head")
    form = "/todo/filters/new?due=week"
    assert desk.post("/todo/filters/new", {"asked_due": "week", "name": "长" * 200}, at=form).status_code == 422
    for number in range(filters.MOST_SAVED):
        assert (
            desk.post("/todo/filters/new", {"asked_due": "week", "name": f"第{number}个"}, at=form).status_code == 303
        )
    full = desk.post("/todo/filters/new", {"asked_due": "week", "name": "再一个"}, at=form)
    assert full.status_code == 422
    assert "最多保存 8 个筛选" in full.text


# --- what to take up next


def test_the_next_one_is_the_one_whose_time_runs_out_first_then_the_oldest(
    desk: Desk, database: Database, clock: Clock
):
    desk.log_in("intake")
    lend(desk, "先借的")
    lend(desk, "同日后借的")
    clock.move(days=2)
    desk.log_in("intake")
    lend(desk, "后借的")
    for item in ("先借的", "同日后借的", "后借的"):
        page = desk.get("/todo/next").text
        assert f"借用{item}</h2>" in page
        assert "在等你办理的事项中期限最早" in page
        subject = re.search(r'name="subject" value="([^"]+)"', page)
        assert subject
        assert desk.post("/todo/next", {"subject": subject[1]}).status_code == 422
        sent = {"subject": subject[1], "reason": "waiting_answer", "text": "已打电话"}
        assert desk.post("/todo/next", sent).status_code == 303
    page = desk.get("/todo/next").text
    assert "没有等你办理的事项" in page
    assert page.count("已联系，等对方回复：已打电话") == 3
    assert count(database, Skip) == 3
    clock.move(days=1)
    desk.log_in("intake")
    assert "借用先借的</h2>" in desk.get("/todo/next").text


def test_what_one_may_not_see_is_neither_glanced_at_nor_skipped(desk: Desk, database: Database, held: list[str]):
    assert "王小明" in desk.get(f"/todo/glance/{held[0]}").text
    desk.log_in("admin")
    assert desk.get(f"/todo/glance/{held[0]}").status_code == 404
    refused = desk.post("/todo/next", {"subject": held[0], "reason": "other"})
    assert refused.status_code == 404
    assert count(database, Skip) == 0


def test_an_open_case_stands_beside_the_list_as_a_fragment_and_as_a_page_without_scripts(desk: Desk, held: list[str]):
    assert f'data-beside="/todo/glance/{held[0]}' in desk.get("/cases/mediation").text
    part = desk.get(f"/todo/glance/{held[0]}", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "data-beside-close" in part
    assert "<html" in desk.get(f"/todo/glance/{held[0]}").text


def undo_address(desk: Desk) -> str:
    found = re.search(r'action="(/todo/done/[^"]+/undo)"', desk.get("/todo").text)
    assert found, "nothing offers to take it back"
    return found[1]


def as_kept(database: Database) -> list[object]:
    with database.reading() as session:
        kept = session.scalars(select(SavedFilter)).one()
        return [kept.id, kept.owner_id, kept.shared_with_id, kept.name, kept.asked, kept.at]


def entries(database: Database, case: str, what: str) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(JournalEntry)
        return session.scalar(query.where(JournalEntry.root_id == UUID(case), JournalEntry.trigger == what)) or 0


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def one(database: Database, column: object) -> object:
    with database.reading() as session:
        return session.scalars(select(column)).one()


def test_what_was_not_done_is_tried_again_and_one_returns_to_the_list_one_came_from(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID], held: list[str]
):
    desk.log_in("head")
    nobodys = register(desk, **{"applicants-0-name": "孙无主", "applicants-0-phone": "13800005555"})[-36:]
    came_from = "/cases/mediation?due=week"
    form = f"/todo/many/assign?ids={nobodys}&ids={held[0]}&from={quote(came_from, safe='')}"
    assert 'name="_from" value="/cases/mediation?due=week"' in desk.get(form).text
    sent = {"_ids": f"{nobodys},{held[0]}", "_from": came_from, "to": str(people["other"]), "reason": "调整分工"}
    page = desk.get(desk.post("/todo/many/assign", sent, at=form).headers["location"]).text
    again = re.search(r'href="(/todo/many/assign[^"]+)"', page)
    assert again and nobodys in again[1] and held[0] not in again[1], "only what was not done"
    assert f'href="{came_from}"' in page
    with database.sessions.begin() as session:
        assign(session, UUID(nobodys), [people["mediator"]], on=clock.today, by=people["head"])
    retried = desk.post("/todo/many/assign", {**sent, "_ids": nobodys}, at=unescape(again[1]))
    assert retried.headers["location"] == came_from
    assert mediators(database, clock, nobodys) == ["赵调"]


@pytest.mark.parametrize(
    "away", ["https://example.org/", "//example.org", "/cases/x\\@example.org", "javascript:alert(1)", "/logout"]
)
def test_the_way_back_is_a_list_of_ours(desk: Desk, people: dict[str, UUID], held: list[str], away: str):
    sent = {"_ids": held[0], "_from": away, "to": str(people["other"]), "reason": "调整分工"}
    assert desk.post("/todo/many/assign", sent, at=f"/todo/many/assign?ids={held[0]}").headers["location"] == "/todo"
