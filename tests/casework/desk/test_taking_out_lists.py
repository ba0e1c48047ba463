"""Every list goes to Excel and to paper, or is named here with the reason why it does not."""

import html
import re
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event, select

from app.database import Database
from casework.desk import sign_off
from casework.desk.assignment import assign
from casework.desk.message_templates import reword
from casework.desk.tables import Rating
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import SINCE, Desk
from tests.conftest import Clock
from union import second_factor
from union.access import grant
from union.audit import AuditEntry
from union.organisations import LinkagePartner, Organisation
from union.people import Staff
from union.roles import ARCHIVIST, AUDITOR, FED_LEADER, SECURITY_ADMIN
from workflows.actor import Actor
from workflows.calendar_table import override
from workflows.outbox import put
from workflows.tables import OutboxMessage, Task

REASON = "年度审计抽查"
ANOTHER = {"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"}

NOT_TAKEN_OUT = {  # address of a page with a table -> why it has no workbook
    "/": "leads to the queue",
    "/seals": "what waits for approval or the seal is dealt with there; the register, its last tab, is taken out",
    "/todo": "the queue changes by the minute; what is ticked is printed, and the list of the procedure is taken out",
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
    assert wanting <= set(NOT_TAKEN_OUT), wanting - set(NOT_TAKEN_OUT)
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


# --- the lists of whoever keeps the service up


def test_the_holidays_go_out_as_periods_are_reckoned_with_them(desk: Desk, database: Database, clock: Clock):
    """A day that one notice changed and a later notice changed back is an ordinary one again."""
    with database.sessions.begin() as session:
        for day, kind, notice in (
            (date(2026, 3, 11), "rest", "国办发明电〔2026〕1号"),
            (date(2026, 3, 12), "rest", "国办发明电〔2026〕1号"),
            (date(2026, 3, 12), "workday", "国办发明电〔2026〕2号"),
        ):
            override(session, day, kind, notice, None, clock.now)
    desk.log_in("admin")
    lines = {line[0]: line[1:] for line in _lines(_workbook(desk, "/take-out/holidays"), "日期")}
    assert lines[date(2026, 3, 11)] == ["周三", "调休休息日", "", "国办发明电〔2026〕1号", "正式"]
    assert date(2026, 3, 12) not in lines
    assert lines[date(2026, 10, 1)][:3] == ["周四", "法定休假日", "国庆节"]
    assert lines[date(2030, 10, 1)][-1] == "暂定"
    changes = _lines(_workbook(desk, "/take-out/single-days"), "日期")
    assert [(line[0], line[2]) for line in changes] == [
        (date(2026, 3, 12), "调休上班日"),
        (date(2026, 3, 12), "调休休息日"),
        (date(2026, 3, 11), "调休休息日"),
    ]
    assert len(_lines(_workbook(desk, "/take-out/calendar-versions"), "版次")) == 4
    for name in ("holidays", "single-days", "calendar-versions"):
        assert "2026年3月" in desk.get(f"/print/{name}").text
        assert f'href="/take-out/{name}"' in desk.get("/admin/holidays").text


def test_the_wording_of_messages_goes_out_with_whose_it_is(desk: Desk, database: Database, clock: Clock):
    with database.sessions.begin() as session:
        reword(session, "today", "{案号}今天届满，须办理。", "", clock.today, None, clock.now)
    desk.log_in("admin")
    lines = {line[0]: line[1:] for line in _lines(_workbook(desk, "/take-out/templates"), "模板")}
    assert lines["期限当日"][:3] == ["站内", "{案号}今天届满，须办理。", "管理员编写"]
    assert lines["期限届满"][2] == "系统自带"
    assert "今天届满，须办理" in desk.get("/print/templates").text


def test_stopped_jobs_go_out_by_number_and_with_no_telephone_in_the_reason(
    desk: Desk, database: Database, clock: Clock
):
    desk.log_in("head")
    case = register(desk)
    with database.sessions.begin() as session:
        put(session, "desk.send", {}, at=clock.now, subject_id=UUID(case.rpartition("/")[2]))
        stopped = {"status": "stopped", "problem": "ChannelFailed: 13800001234 停机", "attempts": 5}
        session.query(OutboxMessage).filter(OutboxMessage.topic == "desk.send").update(stopped)
    desk.log_in("admin")
    lines = _lines(_workbook(desk, "/take-out/outbox"), "事项")
    told = next(line for line in lines if line[0] == "发送短信")
    assert told[2] == "劳动争议调解" and told[3] == "ChannelFailed: *******1234 停机" and told[-1] == 5
    page = desk.get("/print/outbox").text
    assert "*******1234" in page and "13800001234" not in page and "王小明" not in page


@pytest.mark.parametrize("name", ["holidays", "single-days", "calendar-versions", "templates", "outbox"])
def test_only_the_system_administrator_takes_these_out(desk: Desk, auditor: str, name: str):
    for account in ("head", "mediator", auditor):
        desk.log_in(account)
        assert desk.get(f"/take-out/{name}").status_code == desk.get(f"/print/{name}").status_code == 404


# --- lists that are no tables: roles, settings, reports


def test_roles_go_out_with_what_they_may_do_and_who_holds_them(desk: Desk):
    desk.log_in("admin")
    lines = _lines(_workbook(desk, "/take-out/roles"), "角色")
    mediators = [line for line in lines if line[0] == "调解员"]
    assert [line[3:] for line in mediators] == [[2.0, "王调、赵调"]] + [["", ""]] * (len(mediators) - 1)
    assert "本人承办的" in str(mediators)
    assert "现任（人）" in desk.get("/print/roles").text
    desk.log_in("mediator")
    assert desk.get("/take-out/roles").status_code == desk.get("/print/roles").status_code == 404


def test_who_has_a_telephone_for_codes_goes_out_to_whoever_may_take_it_off(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]
):
    with database.sessions.begin() as session:
        second_factor.start(session, people["head"], at=clock.now).confirmed_at = clock.now
        second_factor.start(session, people["other"], at=clock.now)  # begun, not in use
        grant(session, people["intake"], SECURITY_ADMIN, session.get_one(Staff, people["admin"]).organisation_id, SINCE)
    desk.log_in("intake")
    lines = _lines(_workbook(desk, "/take-out/second-factors"), "姓名")
    assert [(line[0], line[1], str(line[2])[:10]) for line in lines] == [("周敏", "he****", "2026-03-02")]
    assert "周敏" in desk.get("/print/second-factors").text
    desk.log_in("admin")
    assert desk.get("/take-out/second-factors").status_code == desk.get("/print/second-factors").status_code == 404


def test_tasks_go_out_to_whoever_acts_on_their_cases_by_number(desk: Desk, database: Database, clock: Clock):
    desk.log_in("head")
    root_id = UUID(register(desk).rsplit("/")[-1])
    text = "核对付款，电话 13800005678"
    with database.sessions.begin() as session:
        task = Task(root_id=root_id, subject_id=root_id, kind="timer.confirm", text=text, role="mediator")
        task.created_at, task.due_on = clock.now, date(2026, 3, 9)
        session.add(task)
    page = desk.get("/todo?view=tasks").text
    assert 'href="/take-out/tasks?view=tasks"' in page and 'href="/print/tasks?view=tasks"' in page
    lines = _lines(_workbook(desk, "/take-out/tasks?view=tasks"), "任务")
    assert len(lines) == 1 and "13800005678" not in str(lines) and "王小明" not in str(lines)
    assert lines[0][0].startswith("核对付款") and "〔2026〕" in lines[0][1] and lines[0][2] == "调解员"
    assert "核对付款" in desk.get("/print/tasks?view=tasks").text
    desk.log_in("admin")
    assert "核对付款" not in desk.get("/print/tasks?view=tasks").text


def test_requests_to_read_go_out_to_who_asked_and_who_answers(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]
):
    desk.log_in("head")
    home = register(desk)
    with database.sessions.begin() as session:
        assign(session, UUID(home.rsplit("/")[-1]), [people["mediator"]], on=clock.today, by=None)
    number = re.search(r"\S+〔2026〕第\d+号", re.sub(r"<[^>]+>", " ", desk.get(home).text))
    assert number
    desk.log_in("other")
    sent = {"number": number[0], "reason": "核对工资标准"}
    assert desk.post("/access/new", sent).status_code == 303
    own = _lines(_workbook(desk, "/take-out/requests"), "类别")
    assert [line[:4] for line in own] == [["我的申请", "赵调", number[0], "核对工资标准"]]
    desk.log_in("head")
    waiting = _lines(_workbook(desk, "/take-out/requests"), "类别")
    assert [line[:4] for line in waiting] == [["等我答复", "赵调", number[0], "核对工资标准"]]
    assert "王小明" not in desk.get("/print/requests").text
    desk.log_in("mediator")
    assert "赵调" not in desk.get("/print/requests").text


def test_settings_go_out_with_who_signed_them_by_which_document(desk: Desk, database: Database, clock: Clock):
    desk.log_in("admin")
    whole = _lines(_workbook(desk, "/take-out/settings"), "编号")
    unsigned = [line for line in whole if line[-1] == "待签署"]
    assert unsigned and all(line[5:7] == ["", ""] for line in unsigned)
    key, name = re.search(
        r'href="/admin/settings/(mediation[^"]+)">([^<]+)<', desk.get("/admin/settings").text
    ).groups()
    with database.sessions.begin() as session:
        rule = sign_off.rules()[key]
        signed = ("朝工发〔2026〕3号", "主席周敏")
        sign_off.enter(session, key, rule.default, clock.today, *signed, by=Actor(None, "孙管"), at=clock.now)
    line = next(line for line in _lines(_workbook(desk, "/take-out/settings"), "编号") if line[2] == name)
    assert line[4:] == [clock.today, "主席周敏", "朝工发〔2026〕3号", "已签署"]
    assert {line[0] for line in _lines(_workbook(desk, "/take-out/settings?show=unsigned"), "编号")} < {
        line[0] for line in whole
    } | {""}
    assert "/print/settings?show=unsigned" in desk.get("/admin/settings?show=unsigned").text
    assert "主席周敏" in desk.get("/print/settings").text
    desk.log_in("head")
    assert desk.get("/take-out/settings").status_code == desk.get("/print/settings").status_code == 404


def test_kept_reports_go_out_where_their_figures_are_read(desk: Desk):
    desk.log_in("head")
    desk.post("/figures/reports/new", {"title": "年度统计报告"})
    lines = _lines(_workbook(desk, "/take-out/reports"), "报告")
    assert [(line[0], line[2], line[3]) for line in lines] == [("年度统计报告", "周敏", date(2026, 3, 2))]
    assert "年度统计报告" in desk.get("/print/reports").text
    desk.log_in("mediator")
    assert desk.get("/take-out/reports").status_code == desk.get("/print/reports").status_code == 404


def keep_a_draft(desk: Desk) -> None:
    case = register(desk, **ANOTHER)
    kept = desk.post(f"{case}/notes/draft", {"text": "当事人来电"}, at=case)
    assert "草稿已保存" in kept.text


def test_drafts_go_out_to_their_writer_alone_by_number_and_without_what_is_written(desk: Desk):
    desk.log_in("head")
    keep_a_draft(desk)
    page = desk.get("/drafts").text
    assert "/take-out/drafts" in page and "/print/drafts" in page
    rows = _workbook(desk, "/take-out/drafts")
    assert [(line[0], line[2]) for line in _lines(rows, "事项")] == [("记录", date(2026, 3, 2))]
    assert _lines(rows, "事项")[0][1]
    for said in (str(rows), desk.get("/print/drafts").text):
        assert "当事人来电" not in said and "李小红" not in said
    desk.log_in("mediator")
    assert _lines(_workbook(desk, "/take-out/drafts"), "事项") == []


# --- the archive, and what participants said


def test_the_archive_goes_out_with_people_masked_until_the_entitled_ask(desk: Desk, database: Database, auditor: str):
    desk.log_in("head")
    withdrawn = {"reason": "other", "voluntary": "1", "proof": "撤回申请书"}
    assert desk.post(f"{register(desk, **ANOTHER)}/transitions/withdraw", withdrawn).status_code == 303
    page = desk.get("/archive?view=ready&q=李小红").text
    assert "李小红" in page and "/take-out/archive?view=ready&amp;q=" in page
    rows = _workbook(desk, "/take-out/archive?view=ready")
    assert [line[1] for line in _lines(rows, "案号")] == ["李**与北京甲餐饮有限公司"]
    whole = _lines(_workbook(desk, "/take-out/archive?view=ready", full="1"), "案号")
    assert [line[1] for line in whole] == ["李小红与北京甲餐饮有限公司"]
    paper = desk.get("/print/archive?view=ready").text
    assert "李**" in paper and "李小红" not in paper
    assert _lines(_workbook(desk, "/take-out/archive?view=filed"), "案号") == []
    desk.log_in("mediator")
    assert desk.get("/take-out/archive").status_code == desk.get("/print/archive").status_code == 404


def test_what_participants_said_goes_out_by_organisation_and_never_by_case(
    desk: Desk, database: Database, clock: Clock
):
    desk.log_in("head")
    case = register(desk)
    with database.sessions.begin() as session:
        station = session.query(Organisation).filter(Organisation.level == "street").one()
        for text, clear in (("讲得清楚，我的电话 13800001234", 3), ("", 1)):
            session.add(
                Rating(
                    root_id=UUID(case.rpartition("/")[2]),
                    participant_id=uuid4(),
                    organisation_id=station.id,
                    clear=clear,
                    manner=3,
                    outcome=2,
                    text=text,
                    at=clock.now,
                )
            )
    counted = _lines(_workbook(desk, "/take-out/ratings"), "承办组织")
    assert counted == [["望京街道总工会", 2.0, "50.0%", "100.0%", "0.0%"]]
    said = _lines(_workbook(desk, "/take-out/rating-words"), "承办组织")
    assert said == [["望京街道总工会", "2026年3月", "讲得清楚，我的电话 *******1234"]]
    page = desk.get("/ratings").text
    assert "50.0%" in page and "/print/ratings" in page and "/print/rating-words" in page
    desk.log_in("mediator")
    for name in ("ratings", "rating-words"):
        assert desk.get(f"/take-out/{name}").status_code == desk.get(f"/print/{name}").status_code == 404


# --- what a list says of itself, and what was asked that makes no sense


@pytest.mark.parametrize("name", ["cases.mediation?", "records?", "seals?", "archive?view=ready&"])
def test_whom_a_list_was_searched_for_stands_in_the_list_and_not_in_the_log_nobody_can_erase(
    desk: Desk, database: Database, auditor: str, name: str
):
    desk.log_in("head")
    assert "王小明" in str(_workbook(desk, f"/take-out/{name}q=王小明")[:3])
    with database.reading() as session:
        logged = session.query(AuditEntry).filter(AuditEntry.family == "export").one().text
    assert "王小明" not in logged
    assert "输入的文字" in logged and REASON in logged


def test_a_telephone_a_list_was_searched_for_is_not_in_the_log_nobody_can_erase(desk: Desk, database: Database):
    desk.log_in("head")
    register(desk)
    assert "王**" in str(_workbook(desk, "/take-out/cases.mediation?q=13800001234"))
    assert "13800001234" not in _exports(database)[-1]


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
        ("head", "/take-out/archive?view=nonsense", "没有“nonsense”这样的视图，列出的是待归档的案卷。"),
        ("head", "/take-out/carried?who=nonsense", "没有这个人员，列出的是全部承办人的案件。"),
    ],
)
def test_a_condition_that_makes_no_sense_is_said_to_have_narrowed_nothing(
    desk: Desk, auditor: str, account: str, path: str, said: str
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


@pytest.mark.parametrize(
    "name",
    ["名" * 200, "欢迎😀服务站", "=1+1", "+86", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", "<r><t>x</b></r>"],
)
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
