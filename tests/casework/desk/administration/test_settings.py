"""A setting is a dated row with its document and its signature; without one every place it acts in says so."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.database import Database
from tests.casework.desk.conftest import Desk
from union.house_rules import POINTS
from workflows.settings import in_force
from workflows.tables import Setting

KEY = "mediation.correction_term"
SIGNED = {"document": "朝工法〔2026〕12号", "signed_off_by": "赵顾问"}


def enter(desk: Desk, key: str, value: object, since: str = "2026-03-02", **more: str):
    return desk.post(f"/admin/settings/{key}/new", {"value": value, "valid_from": since, **more})


def test_a_new_value_is_a_new_row_with_date_document_and_person(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    assert enter(desk, KEY, "7", **SIGNED).status_code == 303
    assert enter(desk, KEY, "9", "2026-04-01", **SIGNED).status_code == 303
    page = desk.get(f"/admin/settings/{KEY}").text
    assert "7 工作日" in page and "9 工作日" in page
    assert "赵顾问" in page and "朝工法〔2026〕12号" in page
    with database.reading() as session:
        assert in_force(session, date(2026, 3, 31))[KEY].value == {"value": 7}
        assert in_force(session, date(2026, 4, 1))[KEY].value == {"value": 9}
        assert len(session.scalars(select(Setting).where(Setting.key == KEY)).all()) == 2


def test_what_was_decided_for_a_past_day_is_not_rewritten(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    enter(desk, KEY, "7", **SIGNED)
    answer = enter(desk, KEY, "8", "2026-03-01", **SIGNED)
    assert answer.status_code == 422
    assert "新规定不能早于那一天" in answer.text


def test_a_signature_has_a_document_and_a_document_a_signature(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    for half in ({"document": "朝工法〔2026〕12号"}, {"signed_off_by": "赵顾问"}):
        answer = enter(desk, KEY, "7", **half)
        assert answer.status_code == 422
        assert "要一起填写" in answer.text


def test_a_value_of_the_wrong_kind_is_refused_in_a_sentence(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    for key, value, sentence in (
        (KEY, "五", "写成整数"),
        (KEY, "0", "不能小于 1"),
        ("mediation.local_total", "也许", "须从所列各项中选择"),
        ("calendar.roll_set", "", "至少选择 1 项"),
        ("documents.number_template", "京朝工{type}字第{x}号", "四个占位"),
        ("documents.number_template", "京朝工{type}字〔{year}〕号", "会重号"),
        ("mediation.average_wage", "-1", "须大于"),
        ("messages.hours", "早上到晚上", "“08:00-21:00”的样式"),
        ("messages.hours", "08:00-24:00", "最晚到 23:59"),
        ("messages.hours", "08:60-21:00", "“08:00-21:00”的样式"),
        ("messages.hours", "21:00-08:00", "开始时间要早于结束时间"),
        ("messages.hours", "08:00-08:00", "开始时间要早于结束时间"),
    ):
        answer = enter(desk, key, value)
        assert answer.status_code == 422, key
        assert sentence in answer.text, (key, sentence)
        assert f'value="{value}"' in answer.text or key in ("mediation.local_total", "calendar.roll_set")


def test_a_rule_nobody_signed_says_so_where_it_acts_until_it_is_signed(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("head")
    path = "/handover"
    unsigned = desk.get(path).text
    assert "⚙ 内部规定，待签署" in unsigned
    desk.log_in("admin")
    assert enter(desk, "sign_off.9-15", "另一项", **SIGNED).status_code == 303
    desk.log_in("head")
    assert "待签署" in desk.get(path).text  # another point's signature is not this one's
    desk.log_in("admin")
    assert enter(desk, "sign_off.9-17", "同意按默认值办理", **SIGNED).status_code == 303
    desk.log_in("head")
    signed = desk.get(path).text
    assert "⚙ 内部规定" in signed
    assert "待签署" not in signed


def test_every_point_of_the_list_of_the_documents_can_be_signed(desk: Desk, administrators: dict[str, UUID]):
    desk.log_in("admin")
    page = desk.get("/admin/settings").text
    assert all(f"/admin/settings/sign_off.{point}" in page for point in POINTS)
    left = page.count("待签署 ")
    assert enter(desk, "sign_off.9-7", "评分表按第一版试行", **SIGNED).status_code == 303
    assert desk.get("/admin/settings").text.count("待签署 ") < left
