"""Notes, contacts, materials and corrections: written to the history, refused with a sentence."""

from sqlalchemy import func, select

from app.database import Database
from casework.desk.tables import Evidence, Note
from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import Desk


def test_a_note_stands_in_the_history_and_its_draft_is_kept_for_its_writer_alone(desk: Desk):
    desk.log_in("intake")
    home = register(desk)
    desk.post(f"{home}/notes/draft", {"text": "公司愿意先付一半"}, at=home)
    assert "公司愿意先付一半" in desk.get(home).text
    desk.log_in("head")
    assert "公司愿意先付一半" not in desk.get(home).text
    desk.log_in("intake")
    assert desk.post(f"{home}/notes", {"text": "公司愿意先付一半"}, at=home).status_code == 303
    page = desk.get(home).text
    assert page.count("公司愿意先付一半") == 1
    assert "公司愿意先付一半" in desk.get(f"{home}?log=talks").text
    assert "公司愿意先付一半" not in desk.get(f"{home}?log=records").text


def test_an_empty_note_is_refused(desk: Desk, database: Database):
    desk.log_in("intake")
    home = lend(desk)
    assert desk.post(f"{home}/notes", {"text": "  "}, at=home).status_code == 422
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Note)) == 0


def test_the_same_note_twice_is_one_and_another_from_the_same_page_is_not_lost(desk: Desk, database: Database):
    desk.log_in("intake")
    home = lend(desk)
    page = desk.form(home)
    for text in ("第一条记录", "第一条记录", "第二条记录"):
        sent = desk.client.post(f"{home}/notes", data={**page, "text": text}, follow_redirects=False)
        assert sent.status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Note.text).order_by(Note.at, Note.id)).all() == ["第一条记录", "第二条记录"]


def test_every_attempt_to_reach_somebody_is_a_row(desk: Desk):
    desk.log_in("intake")
    home = register(desk)
    path = f"{home}/contacts/new"
    sent = {"whom": "other", "way": "phone", "result": "no_answer", "text": "响铃无人接"}
    assert desk.post(path, sent).status_code == 303
    assert "电话联系其他人：无人接听" in desk.get(home).text
    later = desk.post(path, {**sent, "at": "2026-03-05T10:00"})
    assert later.status_code == 422
    assert "不能晚于今天" in later.text


def test_materials_are_known_by_their_bytes(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    path = f"{home}/evidence/new"

    def upload(name: str, content: bytes):
        return desk.post(path, {"kind": "wages"}, files={"files": (name, content)})

    assert upload("工资条.txt", "一月 8600".encode()).status_code == 303
    assert "工资条.txt" in desk.get(home).text
    for name, content, why in (
        ("空.txt", b"", "空文件"),
        ("程序.pdf", b"MZ\x90\x00program", "不是可以收存的文件"),
        ("图.pdf", b"\x89PNG\r\n\x1a\n....", "内容与扩展名不符"),
        ("又一份.txt", "一月 8600".encode(), "内容相同"),
    ):
        refused = upload(name, content)
        assert refused.status_code == 422, name
        assert why in refused.text, name
    with database.reading() as session:
        kept = session.scalars(select(Evidence)).one()
    file = desk.get(f"{home}/evidence/{kept.id}")
    assert file.content == "一月 8600".encode()
    assert file.headers["content-disposition"].startswith("attachment")
    assert desk.get(f"{home}/evidence/{home.rsplit('/')[-1]}").status_code == 404


def test_a_correction_names_both_values_and_waits_for_a_second_person(desk: Desk, people):
    desk.log_in("head")
    home = register(desk)
    path = f"{home}/correct"
    sent = {
        "field": "received_on",
        "value": "2026-02-27",
        "seq": "1",
        "reason": "收件登记簿记的是二十七日",
        "second": str(people["intake"]),
    }
    alone = desk.post(path, {**sent, "second": str(people["head"])})
    assert alone.status_code == 422
    future = desk.post(path, {**sent, "value": "2026-05-01"})
    assert future.status_code == 422
    assert "在今天之后" in future.text
    assert desk.post(path, sent).status_code == 303
    page = desk.get(home).text
    assert "2026-03-02 → 2026-02-27" in page
    assert "李窗核对确认后生效" in page
