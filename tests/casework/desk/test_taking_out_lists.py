"""Every list goes to Excel and to paper, or is named here with the reason why it does not."""

import re
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from app.database import Database
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import SINCE, Desk
from tests.conftest import Clock
from union.access import grant
from union.organisations import Organisation
from union.roles import ARCHIVIST, AUDITOR, FED_LEADER

NOT_TAKEN_OUT = {  # address of a page with a table -> why it has no workbook
    "/": "leads to the queue",
    "/seals": "what waits for approval or the seal is dealt with there; the register, its last tab, is taken out",
    "/todo": "the queue changes by the minute; what is ticked is printed, and the list of the procedure is taken out",
}
YET_TO_COME = {  # registers without a workbook so far: to be done, not to be forgotten
    "/admin/holidays",
    "/admin/organisations",
    "/admin/outbox",
    "/admin/partners",
    "/admin/people",
    "/admin/templates",
    "/archive",
    "/ratings",
    "/rooms",
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


def _pages(desk: Desk) -> list[str]:
    """Every address of the router that a person can open as it stands."""
    found = {route.path for route in desk.client.app.routes if "GET" in getattr(route, "methods", ())}
    left_out = ("/take-out", "/print", "/my", "/setup", "/login", "/logout", "/_ui", "/palette", "/todo/print")
    return [*sorted(p for p in found if "{" not in p and not p.startswith(left_out)), "/cases/mediation"]


def _workbook(desk: Desk, path: str) -> list[list[Any]]:
    page = desk.get(path).text
    seen = re.search(r'name="_seen" value="([^"]*)"', page)
    assert seen
    answer = desk.post(path, {"_seen": seen[1], "reason": "年度审计抽查"})
    assert answer.status_code == 200
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
