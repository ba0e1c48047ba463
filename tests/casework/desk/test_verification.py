"""The public check of a record: what it tells, and what it never does."""

from sqlalchemy import select

from app.database import Database
from documents.tables import Record
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk


def test_anybody_may_check_a_record_and_sees_no_name(desk: Desk, database: Database):
    desk.log_in("intake")
    register(desk)
    with database.reading() as session:
        record = session.scalars(select(Record).where(Record.verify_code.is_not(None))).first()
    assert record is not None
    assert record.verify_code
    desk.client.cookies.clear()
    for typed in (record.verify_code, record.verify_code.lower().replace("-", " "), record.number):
        page = desk.get(f"/verify/{typed}")
        assert page.status_code == 200, typed
        assert record.number in page.text, typed
        assert "王小明" not in page.text
        assert "甲餐饮" not in page.text


def test_an_unknown_code_is_404_with_one_sentence(desk: Desk):
    page = desk.get("/verify/AAAA-BBBB-CCCC-DDDD-EEEE")
    assert page.status_code == 404
    assert "没有找到这份文书" in page.text
    assert desk.get("/verify").status_code == 200


def test_numbers_cannot_be_tried_through_while_a_code_in_hand_is_always_answered(desk: Desk, database: Database):
    desk.log_in("intake")
    register(desk)
    with database.reading() as session:
        record = session.scalars(select(Record).where(Record.verify_code.is_not(None))).first()
    assert record is not None
    answers = [desk.get(f"/verify/{record.number}").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]
    assert desk.get(f"/verify/{record.verify_code}").status_code == 200


def test_the_register_lists_records_and_one_opens(desk: Desk, database: Database):
    desk.log_in("intake")
    register(desk)
    page = desk.get("/documents").text
    with database.reading() as session:
        record = session.scalars(select(Record)).first()
    assert record is not None
    assert record.title in page
    assert desk.get(f"/records/{record.id}").status_code == 200
    assert desk.get(f"/records/{record.id}/file").status_code == 404


def uploaded(desk: Desk, content: bytes, name: str = "文书.pdf"):
    return desk.post("/verify/file", {}, at="/verify", files={"file": (name, content, "application/pdf")})


def test_a_file_that_is_not_ours_is_unknown_and_a_missing_one_is_asked_for(desk: Desk):
    desk.client.cookies.clear()
    assert "未知" in uploaded(desk, b"%PDF-1.7 not ours").text
    answer = desk.post("/verify/file", {}, at="/verify")
    assert answer.status_code == 422
    assert "先选择" in answer.text


def test_a_file_that_bears_our_code_and_is_not_the_registered_one_is_altered_and_names_nobody(
    desk: Desk, database: Database
):
    desk.log_in("intake")
    register(desk)
    with database.reading() as session:
        record = session.scalars(select(Record).where(Record.verify_code.is_not(None))).first()
    assert record is not None
    desk.client.cookies.clear()
    page = uploaded(desk, f"%PDF-1.7 {record.verify_code} ".encode()).text
    assert "已改动" in page
    assert record.number in page
    assert "王小明" not in page


def test_files_cannot_be_thrown_at_the_page_without_end(desk: Desk):
    desk.client.cookies.clear()
    answers = [uploaded(desk, b"no PDF at all").status_code for _ in range(21)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}
