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
        record = session.scalars(select(Record).where(Record.number.is_not(None))).first()
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
        record = session.scalars(select(Record).where(Record.number.is_not(None))).first()
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
