"""Every list goes to Excel and to paper, or is named here with the reason why it does not."""

import html
import re
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event, select

from app.database import Database
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import SINCE, Desk
from tests.conftest import Clock
from union.access import grant
from union.audit import AuditEntry
from union.organisations import LinkagePartner, Organisation
from union.people import Staff
from union.roles import ARCHIVIST, AUDITOR, FED_LEADER, SECURITY_ADMIN

REASON = "年度审计抽查"

NOT_TAKEN_OUT = {  # address of a page with a table -> why it has no workbook
    "/": "leads to the queue",
    "/seals": "what waits for approval or the seal is dealt with there; the register, its last tab, is taken out",
    "/todo": "the queue changes by the minute; what is ticked is printed, and the list of the procedure is taken out",
}
YET_TO_COME = {  # registers without a workbook so far: to be done, not to be forgotten
    "/admin/holidays",
    "/admin/outbox",
    "/admin/templates",
    "/archive",
    "/ratings",
}
TABLE = re.compile(r'<table class="(tbl|q)"')


@pytest.fixture
def auditor(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]) -> str:
    """The account of one who sees what others looked at; a case was opened before."""
    desk.log_in("head")
    desk.get(register(desk))
    with database.sessions.begin() as session:
        district = session.query(Organisation).filter(Organisation.level == "district").one()
        grant(session, people["other"], AUDITOR, district.id, SINCE)
        grant(session, people["head"], FED_LEADER, district.id, SINCE)
        grant(session, people["head"], ARCHIVIST, district.id, SINCE)
    return "other"


def test_every_page_with_a_list_offers_it_for_excel_and_for_paper(desk: Desk, auditor: str):
    wanting = set()
    for account in ("head", "admin", auditor):
        desk.log_in(account)
        for path in _pages(desk):
            answer = desk.get(path)
            if answer.status_code != 200 or not TABLE.search(answer.text):
                continue
            if "/take-out/" not in answer.text or "/print/" not in answer.text:
                wanting.add(path)
    assert wanting <= set(NOT_TAKEN_OUT) | YET_TO_COME, wanting - set(NOT_TAKEN_OUT) - YET_TO_COME
    assert "/todo" in wanting  # the control: a list without either is found


def test_the_reading_log_of_one_month_goes_to_excel_with_a_reason(desk: Desk, auditor: str):
    desk.log_in(auditor)
    assert "周敏" in desk.get("/admin/audit/reads?month=2026-03").text
    assert "没有符合条件的记录" in desk.get("/admin/audit/reads?month=2026-02").text
    assert "周敏" in desk.get("/admin/audit/reads?month=nonsense").text
    rows = _workbook(desk, "/take-out/reads?month=2026-03")
    assert ["打开案件", "周敏"] in [[row[0], row[3]] for row in rows if len(row) > 3]
    assert "查看案件的记录" in desk.get("/admin/audit?view=export").text
    assert "周敏" in desk.get("/print/reads?month=2026-03").text


def test_the_audit_log_goes_to_excel_as_it_was_filtered(desk: Desk, auditor: str):
    desk.log_in(auditor)
    rows = _workbook(desk, "/take-out/audit?view=security&who=周敏")
    assert any("周敏" in map(str, row) for row in rows)
    assert not any("孙管" in map(str, row) for row in rows)


@pytest.mark.parametrize("name", ["audit", "reads"])
def test_only_the_audit_administrator_takes_them_out(desk: Desk, auditor: str, name: str):
    for account in ("head", "admin"):
        desk.log_in(account)
        assert desk.get(f"/take-out/{name}").status_code == 404
        assert desk.get(f"/print/{name}").status_code == 404


# --- the office's own lists


def test_rooms_go_to_excel_and_paper_for_whoever_keeps_them(desk: Desk, room: str):
    rows = _workbook(desk, "/take-out/rooms")
    assert ["第一调解室", "现场", "望京街道总工会", 3.0] in [row[:4] for row in rows]
    assert "录音录像" in desk.get("/print/rooms").text
    desk.log_in("mediator")
    assert desk.get("/take-out/rooms").status_code == desk.get("/print/rooms").status_code == 404


def test_units_go_out_as_they_were_searched_for_the_ended_ones_apart(desk: Desk, database: Database):
    with database.sessions.begin() as session:
        gone = Organisation(name="来广营服务站", level="street", kind="station", valid_to=date(2025, 12, 31))
        session.add(gone)
    desk.log_in("admin")
    names = {row[0] for row in _workbook(desk, "/take-out/organisations")}
    assert {"朝阳区总工会", "望京街道总工会"} <= names and "来广营服务站" not in names
    assert {row[0] for row in _lines(_workbook(desk, "/take-out/organisations?ended=1"), "名称")} == {"来广营服务站"}
    found = _lines(_workbook(desk, "/take-out/organisations?q=望京"), "名称")
    assert [row[:2] for row in found] == [["望京街道总工会", "朝阳区总工会"]]
    page = desk.get("/admin/organisations?q=望京").text
    assert "/take-out/organisations?q=%E6%9C%9B%E4%BA%AC&amp;ended=" in page, (
        "the page hands on what it was narrowed by"
    )


def test_linkage_partners_go_out_with_those_that_have_ended(desk: Desk, database: Database):
    with database.sessions.begin() as session:
        for name, last in (("朝阳区司法局", None), ("某街道司法所", date(2025, 12, 31))):
            session.add(LinkagePartner(name=name, role="justice", valid_from=SINCE, valid_to=last))
    desk.log_in("admin")
    lines = _lines(_workbook(desk, "/take-out/partners"), "单位")
    assert [(line[0], line[-1]) for line in lines] == [("朝阳区司法局", "有效"), ("某街道司法所", "已终止")]
    assert "某街道司法所" in desk.get("/print/partners").text


@pytest.fixture
def telephone(database: Database, people: dict[str, UUID]) -> str:
    with database.sessions.begin() as session:
        session.get_one(Staff, people["mediator"]).phone = "13800005678"
    return "13800005678"


def test_colleagues_go_out_with_account_and_telephone_in_part(desk: Desk, telephone: str):
    desk.log_in("admin")
    flat = [cell for row in _workbook(desk, "/take-out/people") for cell in row]
    assert "王调" in flat and "me****" in flat and "138****5678" in flat
    assert "mediator" not in flat and telephone not in flat
    page = desk.get("/print/people").text
    assert "138****5678" in page and telephone not in page and "mediator" not in page


def test_who_keeps_the_accounts_may_have_them_whole_and_the_log_says_so(desk: Desk, database: Database, telephone: str):
    desk.log_in("admin")
    flat = [cell for row in _workbook(desk, "/take-out/people", full="1") for cell in row]
    assert "mediator" in flat and telephone in flat
    assert "未隐去个人信息" in _exports(database)[-1]


def test_who_gives_rights_but_keeps_no_accounts_does_not_get_them_whole(
    desk: Desk, database: Database, telephone: str, people: dict[str, UUID]
):
    with database.sessions.begin() as session:
        district = session.query(Organisation).filter(Organisation.level == "district").one()
        grant(session, people["other"], SECURITY_ADMIN, district.id, SINCE)
    desk.log_in("other")
    assert "显示完整账号和电话" not in desk.get("/take-out/people").text
    flat = [cell for row in _workbook(desk, "/take-out/people", full="1") for cell in row]
    assert "王调" in flat and "mediator" not in flat and telephone not in flat
    assert "个人信息已隐去" in _exports(database)[-1]


def test_colleagues_go_out_of_the_place_and_by_the_words_of_the_page(desk: Desk, database: Database):
    with database.reading() as session:
        station = session.query(Organisation).filter(Organisation.level == "street").one().id
    desk.log_in("admin")
    names = {row[0] for row in _lines(_workbook(desk, f"/take-out/people?place={station}"), "姓名")}
    assert names == {"周敏", "李窗", "王调", "赵调"}
    assert [row[0] for row in _lines(_workbook(desk, f"/take-out/people?place={station}&q=李窗"), "姓名")] == ["李窗"]
    assert "望京街道总工会及下级" in _exports(database)[-1] and "李窗" in _exports(database)[-1]


# --- what a list says of itself, and what was asked that makes no sense


def test_a_workbook_says_of_what_moment_it_is_by_which_filter_and_how_many_rows(desk: Desk):
    desk.log_in("admin")
    heading = [row[0] for row in _workbook(desk, "/take-out/people?q=李窗")[:3]]
    assert heading[:2] == ["人员", "在用，含“李窗”"]
    assert "孙管 2026年3月2日" in heading[2] and "导出，为当时的名单，共 1 行" in heading[2]


@pytest.mark.parametrize(
    ("account", "path", "said"),
    [
        ("head", "/take-out/cases.mediation?st=nonsense", "没有“nonsense”这样的状态，这一条件没有使用。"),
        ("admin", "/take-out/people?place=nonsense", "没有这个单位，列出的是全部单位的人员。"),
        ("head", "/take-out/carried?who=nonsense", "没有这个人员，列出的是全部承办人的案件。"),
    ],
)
def test_a_condition_that_makes_no_sense_is_said_to_have_narrowed_nothing(
    desk: Desk, account: str, path: str, said: str
):
    """Before it is taken out, in the workbook, on paper: nobody takes the whole for the part they asked for."""
    desk.log_in(account)
    assert said in html.unescape(desk.get(path).text)
    assert [said] in [row[:1] for row in _workbook(desk, path)]
    assert said in html.unescape(desk.get(path.replace("/take-out/", "/print/")).text)


def test_a_list_of_no_rows_goes_out_as_such(desk: Desk, database: Database):
    desk.log_in("admin")
    rows = _workbook(desk, "/take-out/people?q=无此人")
    assert _lines(rows, "姓名") == [] and "共 0 行" in rows[2][0]
    assert "，0 行" in _exports(database)[-1]
    assert "没有记录。" in desk.get("/print/people?q=无此人").text


def test_a_search_of_thousands_of_characters_leaves_room_for_the_reason_in_the_log(desk: Desk, database: Database):
    desk.log_in("head")
    _workbook(desk, f"/take-out/records?q={'文' * 3000}", reason=REASON)
    assert _exports(database)[-1].endswith(f"理由：{REASON}")


@pytest.mark.parametrize("name", ["名" * 200, "欢迎😀服务站", "=1+1", "+86", "-1", "@SUM(A1)", "<r><t>x</b></r>"])
def test_whatever_a_thing_is_called_it_stands_in_the_workbook_as_it_is_and_is_no_formula(
    desk: Desk, database: Database, name: str
):
    with database.sessions.begin() as session:
        session.add(LinkagePartner(name=name, role="justice", valid_from=SINCE))
    desk.log_in("admin")
    assert [line[0] for line in _lines(_workbook(desk, "/take-out/partners"), "单位")] == [name]
    assert name in html.unescape(desk.get("/print/partners").text)


# --- one moment


def test_a_list_taken_out_in_full_is_of_the_moment_that_was_compared(desk: Desk, database: Database):
    """Between the list that was compared and the same list in full somebody changes what a colleague is called."""
    desk.log_in("admin")
    asked = {**desk.form("/take-out/people"), "_seen": _seen(desk, "/take-out/people"), "reason": REASON}
    changed: list[bool] = []

    def change_once(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "FROM role_grants" in statement and "ORDER BY role_grants.role" in statement and not changed:
            changed.append(True)
            with database.sessions.begin() as session:
                session.query(Staff).filter(Staff.account == "intake").one().title = "新来的"

    event.listen(database.engine, "after_cursor_execute", change_once)
    try:
        answer = desk.client.post("/take-out/people", data={**asked, "full": "1"})
    finally:
        event.remove(database.engine, "after_cursor_execute", change_once)
    assert answer.status_code == 200 and changed
    assert "新来的" not in [cell for row in _cells(answer.content) for cell in row]
    assert "新来的" in desk.get("/print/people").text, "the next list has it"
    assert desk.client.post("/take-out/people", data=asked).status_code == 409, "what was looked at is no more"


def _pages(desk: Desk) -> list[str]:
    """Every address of the router that a person can open as it stands."""
    found = {route.path for route in desk.client.app.routes if "GET" in getattr(route, "methods", ())}
    left_out = ("/take-out", "/print", "/my", "/setup", "/login", "/logout", "/_ui", "/palette", "/todo/print")
    return [*sorted(p for p in found if "{" not in p and not p.startswith(left_out)), "/cases/mediation"]


def _workbook(desk: Desk, path: str, **more: str) -> list[list[Any]]:
    answer = desk.post(path, {"_seen": _seen(desk, path), "reason": REASON, **more})
    assert answer.status_code == 200
    return _cells(answer.content)


def _seen(desk: Desk, path: str) -> str:
    found = re.search(r'name="_seen" value="([^"]*)"', desk.get(path).text)
    assert found
    return found[1]


def _cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def _lines(rows: list[list[Any]], first: str) -> list[list[Any]]:
    """What stands under the columns, of which the first is called so."""
    top = next(number for number, row in enumerate(rows) if row[0] == first)
    return rows[top + 1 :]


def _exports(database: Database) -> list[str]:
    with database.reading() as session:
        return list(
            session.scalars(select(AuditEntry.text).where(AuditEntry.family == "export").order_by(AuditEntry.seq))
        )
