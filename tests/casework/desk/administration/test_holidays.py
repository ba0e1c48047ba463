"""A change of the calendar shows what it would move before it moves anything, and keeps what it moved."""

from uuid import UUID

from sqlalchemy import func, select

from app.database import Database
from tests.casework.desk.administration.conftest import lending_of
from tests.casework.desk.conftest import Desk
from workflows.tables import CalendarOverride, CalendarVersion, CalendarYear, JournalEntry, Timer

DAY = {"day": "2026-03-17", "kind": "holiday", "notice": "国办发明电〔2026〕9号"}
PATH = "/admin/holidays/days/new"


def state(database: Database) -> tuple[object, ...]:
    with database.reading() as session:
        counted = (CalendarVersion, CalendarOverride, JournalEntry)
        due = session.scalar(select(Timer.effective_due))
        return (str(due), *(session.scalar(select(func.count()).select_from(table)) for table in counted))


def test_the_terms_that_would_move_are_listed_and_nothing_is_written(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    lending_of(desk)
    desk.log_in("admin")
    before = state(database)
    answer = desk.post(PATH, DAY)
    assert answer.status_code == 200
    assert "还没有改动" in answer.text
    assert "2026年3月17日" in answer.text and "2026年3月18日" in answer.text
    assert "归还期" in answer.text
    assert state(database) == before


def test_once_confirmed_the_terms_move_and_are_listed_for_good(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    lending_of(desk)
    desk.log_in("admin")
    answer = desk.post(PATH, {**DAY, "_confirmed": "1"})
    assert answer.status_code == 303
    page = desk.get(answer.headers["location"]).text
    assert "1 个期限因此移动" in page
    assert "归还期" in page and "2026年3月18日" in page
    assert state(database)[0] == "2026-03-18"
    assert "1 个期限移动" in desk.get("/admin/holidays").text


def test_a_date_changed_twice_needs_a_word_and_the_same_twice_is_refused(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    assert desk.post(PATH, {**DAY, "_confirmed": "1"}).status_code == 303
    same = desk.post(PATH, {**DAY, "_confirmed": "1"})
    assert same.status_code == 422
    assert "不必再录" in same.text
    back = {**DAY, "kind": "workday", "notice": "国办发明电〔2026〕10号", "_confirmed": "1"}
    refused = desk.post(PATH, back)
    assert refused.status_code == 422
    assert "确要改成调休上班日的" in refused.text
    assert desk.post(PATH, {**back, "replaces": "1"}).status_code == 303
    with database.reading() as session:
        assert len(session.scalars(select(CalendarOverride)).all()) == 2


def test_a_provisional_year_is_made_official_from_what_the_table_holds(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    path = "/admin/holidays/years/2027"
    page = desk.get(path).text
    lines = page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
    assert "2027-01-01,法定休假日,元旦" in lines
    form = {"notice": "国办发明电〔2026〕11号", "days": f"{lines}\n2027-02-20，调休上班日，春节"}
    assert "2027年节假日安排" in desk.post(path, form).text
    with database.reading() as session:
        assert session.get_one(CalendarYear, 2027).status == "provisional"
    assert desk.post(path, {**form, "_confirmed": "1"}).status_code == 303
    with database.reading() as session:
        assert session.get_one(CalendarYear, 2027).status == "official"


def test_a_notice_that_cannot_be_meant_is_refused_with_its_line(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    path, notice = "/admin/holidays/years/2027", "国办发明电〔2026〕11号"
    for days, sentence in (
        ("2027-01-01,法定休假日,元旦\n2027-01-02,放假,元旦", "第2行"),
        ("2027-01-01,法定休假日,元旦\n2027-01-01,调休上班日,元旦", "重复"),
        ("2026-01-01,法定休假日,元旦", "核对年份"),
        ("2027-01-01,法定休假日,元旦\n2027-01-04,调休上班日,元旦", "不是周末"),
    ):
        answer = desk.post(path, {"notice": notice, "days": days, "_confirmed": "1"})
        assert answer.status_code == 422, days
        assert sentence in answer.text
        assert days.splitlines()[0] in answer.text
