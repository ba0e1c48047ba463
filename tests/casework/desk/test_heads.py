"""What a head looks at: figures with the cases behind them, the spread of work, and lists taken out of the service."""

import re
from datetime import date, datetime
from html import unescape
from io import BytesIO
from urllib.parse import unquote
from uuid import UUID
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.database import Database
from casework.desk import assignment, figure_reports, figures, messages, sheets, sign_off
from casework.desk.tables import FigureReport, Message
from casework.mediation.tables import MediationCase
from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from tests.documents.page import text
from union import access
from union.audit import AuditEntry
from union.organisations import Organisation
from union.people import Deputy, Leave, Staff, on_leave, stands_in_for
from union.roles import AUDITOR, FED_LEADER, ORG_HEAD
from workflows import outbox
from workflows.actor import SYSTEM_ACTOR
from workflows.tables import Subject


def words_of(pdf: bytes) -> str:
    """What is printed, without spaces."""
    return re.sub(r"\s", "", text(pdf))


REASON = "季度例会，供主席室审阅"


def taken_out(desk: Desk, path: str, **more: str):
    page = desk.get(path).text
    seen = page.split('name="_seen" value="')[1].split('"')[0]
    return desk.post(path, {"_seen": seen, "reason": REASON, **more})


def cells(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def part(content: bytes, name: str) -> str:
    with ZipFile(BytesIO(content)) as parts:
        return parts.read(name).decode()


# --- figures


def test_every_figure_opens_the_subjects_it_counts(desk: Desk):
    desk.log_in("head")
    lend(desk, "折叠帐篷")
    assert "<b>1 件</b>" in desk.get("/figures").text
    behind = desk.get("/figures/lendings").text
    assert "折叠帐篷" in behind
    assert "统计期内借出的器材件数" in behind


def test_a_share_of_nothing_reads_as_no_case_and_not_as_zero(desk: Desk):
    desk.log_in("head")
    page = desk.get("/figures/mediation.success_rate").text
    assert "调解成功率：无案件" in page
    assert "0.0%" not in page


def test_the_target_of_the_year_stands_beside_the_figure_with_what_is_reached(
    desk: Desk, database: Database, clock: Clock, people
):
    with database.sessions.begin() as session:
        district = session.scalars(select(Organisation).where(Organisation.level == "district")).one()
        access.grant(session, people["head"], ORG_HEAD, district.id, date(2020, 1, 1))
        placed = f"org={district.id}"
    desk.log_in("head")
    page = desk.get(f"/figures?{placed}").text
    assert "全年目标 600 件以上，已完成 0.0%" in page
    assert "全年目标 80% 以上</span>" in page  # nothing closed: neither reached nor missed
    _close(database, desk, settled=3, failed=1)
    set_target(database, "mediation.target_successful", 8, clock.now)
    page = desk.get(f"/figures?{placed}").text
    assert "全年目标 8 件以上，已完成 37.5%" in page
    assert "全年目标 80% 以上，尚差 5.0 个百分点" in page
    assert "尚差 5.0 个百分点" in desk.get(f"/figures/mediation.success_rate?{placed}").text
    set_target(database, "mediation.target_success_rate", 75, clock.now)
    assert "全年目标 75% 以上，已达到" in desk.get(f"/figures?{placed}").text


def test_the_number_to_reach_is_the_district_federation_s_also_where_the_city_stands_above_it(
    desk: Desk, database: Database, people
):
    with database.sessions.begin() as session:
        district = session.scalars(select(Organisation).where(Organisation.level == "district")).one()
        city = Organisation(name="北京市总工会", short_name="市总工会", level="city", kind="federation")
        session.add(city)
        session.flush()
        district.parent_id = city.id
        access.grant(session, people["head"], ORG_HEAD, district.id, date(2020, 1, 1))
        placed = f"org={district.id}"
    desk.log_in("head")
    assert "全年目标 600 件以上，已完成 0.0%" in desk.get(f"/figures?{placed}").text
    assert "全年目标 600 件以上" in desk.get("/figures/goals").text
    assert "全年目标 600 件" not in desk.get("/figures").text, "the station's own"


def test_a_target_is_of_one_year_and_a_number_of_cases_of_the_whole_federation(desk: Desk):
    desk.log_in("head")
    page = desk.get("/figures").text
    assert "全年目标 80% 以上" in page
    assert "全年目标 600 件" not in page
    assert "全年目标" not in desk.get("/figures?from=2025-12-01").text


def set_target(database: Database, key: str, value: int, now: datetime) -> None:
    with database.sessions.begin() as session:
        sign_off.enter(session, key, value, now.date(), "朝工发〔2026〕1号", "周敏", by=SYSTEM_ACTOR, at=now)


def _close(database: Database, desk: Desk, settled: int, failed: int) -> None:
    """Cases registered at the desk, closed by hand of the test: their ways are the concern of other tests."""
    ids = []
    for number in range(settled + failed):
        desk.log_in("intake")
        home = register(desk, **{"applicants-0-name": f"王{number}", "respondents-0-name": f"北京{number}有限公司"})
        ids.append(UUID(home.rpartition("/")[2]))
    desk.log_in("head")
    with database.sessions.begin() as session:
        for number, case in enumerate(session.scalars(select(MediationCase).where(MediationCase.id.in_(ids)))):
            case.accepted_on = case.closed_on = case.opened_on
            case.outcome = "settled" if number < settled else "failed"


def test_one_usual_period_is_marked_also_while_this_quarter_is_this_year(desk: Desk):
    desk.log_in("head")
    choices = desk.get("/figures").text.split('aria-label="常用期间"')[1].split("</nav>")[0]
    assert re.findall(r'aria-current="true">(.+?)<', choices) == ["今年"]


def test_a_figure_is_of_its_period_and_of_its_place(desk: Desk, clock: Clock):
    desk.log_in("head")
    lend(desk, "折叠帐篷")
    day = clock.now.date()
    assert "折叠帐篷" in desk.get(f"/figures/lendings?from={day}&to={day}").text
    before = desk.get("/figures/lendings?from=2025-01-01&to=2025-12-31").text
    assert "折叠帐篷" not in before
    assert "这一范围内没有案件" in before


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("from=昨天", "起始日期“昨天”不是日期"),
        ("from=2026-02-30", "起始日期“2026-02-30”不是日期"),
        ("to=0001-01-01", "截止日期“0001-01-01”不是日期"),
        ("from=2026-03-01&to=2026-02-01", "截止日期早于起始日期"),
        ("org=%27%3B+drop+table", "没有这个单位"),
    ],
)
def test_a_range_that_makes_no_sense_gets_a_sentence_and_the_page(desk: Desk, asked: str, sentence: str):
    desk.log_in("head")
    answer = desk.get(f"/figures?{asked}")
    assert answer.status_code == 200
    assert sentence in answer.text


def test_an_unknown_figure_is_not_there(desk: Desk):
    desk.log_in("head")
    assert desk.get("/figures/mediation.happiness").status_code == 404


def test_who_may_not_look_at_figures_gets_the_404_of_what_is_not_there(desk: Desk):
    desk.log_in("mediator")
    for path in ("/figures", "/figures/lendings", "/workload", "/take-out/figures", "/print/workload"):
        assert desk.get(path).status_code == 404, path
    assert 'href="/figures"' not in desk.get("/todo").text


def test_a_case_its_reader_must_keep_out_of_is_counted_and_not_shown(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("intake")
    lend(desk, "折叠帐篷")
    with database.sessions.begin() as session:
        root = session.scalar(select(Subject.id))
        access.conflict(session, root, people["head"], "与借用人是近亲属", clock.now.date())
    desk.log_in("head")
    page = desk.get("/figures/lendings").text
    assert "借出器材：1 件" in page
    assert "1 件计入统计，但你须回避" in page
    assert "折叠帐篷" not in page


def test_the_subjects_behind_a_figure_go_on_over_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(figures, "PAGE", 2)
    desk.log_in("head")
    for item in ("甲帐篷", "乙帐篷", "丙帐篷"):
        lend(desk, item)
    first = desk.get("/figures/lendings").text
    assert first.count("帐篷") < desk.get("/todo?view=role").text.count("帐篷")
    after = first.split("after=")[1].split('"')[0]
    second = desk.get(f"/figures/lendings?after={after}").text
    assert "丙帐篷" in second and "甲帐篷" not in second


def test_a_report_stays_what_was_reported(desk: Desk, database: Database, clock: Clock):
    desk.log_in("head")
    lend(desk, "折叠帐篷")
    day = clock.today
    year = f"from={day.year}-01-01&to={day.year}-12-31"
    assert f"{day.year}年度统计报告" in desk.get(f"/figures/reports/new?{year}").text
    kept = desk.post(f"/figures/reports/new?{year}", {"title": "年度统计报告"}).headers["location"]
    before = desk.get(kept).text
    assert "1 件" in before and "年度统计报告" in desk.get("/figures/reports").text
    lend(desk, "投影仪")
    assert "<b>2 件</b>" in desk.get(f"/figures?{year}").text
    again = desk.get(kept).text
    assert "1 件" in again and "2 件" not in again
    with pytest.raises(DBAPIError), database.sessions.begin() as session:
        session.execute(update(FigureReport).values(title="改过的报告"))
    short = desk.post(f"/figures/reports/new?{year}", {"title": ""})
    assert short.status_code == 422 and "报告名称" in short.text


def test_a_report_stands_beside_the_last_one_of_its_place_or_the_one_that_is_chosen(desk: Desk, clock: Clock):
    desk.log_in("head")
    kept = []
    for number in range(3):
        lend(desk, f"帐篷{number}")
        kept.append(desk.post("/figures/reports/new", {"title": f"第{number + 1}份报告"}).headers["location"])
        clock.move(minutes=5)
    assert "对比的数值" not in desk.get(kept[0]).text, "nothing was kept before it"
    page = desk.get(kept[2]).text
    assert "与“第2份报告”比较" in page and "+1 件" in page
    first = kept[0].rpartition("/")[2]
    page = desk.get(f"{kept[2]}?with={first}").text
    assert "与“第1份报告”比较" in page and "+2 件" in page
    assert "与“第2份报告”比较" in desk.get(f"{kept[2]}?with=nonsense").text


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("12 件", "15 件", "+3 件"),
        ("38,640.00 元", "37,000.50 元", "-1,639.50 元"),
        ("70.6%", "69.1%", "-1.5 个百分点"),
        ("12 件", "12 件", "不变"),
        ("无案件", "12.5%", ""),
        ("", "12 件", ""),
        ("12 件", "12 日", ""),
    ],
)
def test_what_changed_between_two_reports_is_said_in_the_unit_of_the_figure(was: str, now: str, said: str):
    assert figure_reports.change(was, now) == said


def test_the_first_page_of_a_leader_tells_the_targets_and_nobody_elses_does(
    desk: Desk, database: Database, clock: Clock, people
):
    with database.sessions.begin() as session:
        district = session.scalars(select(Organisation).where(Organisation.level == "district")).one()
        access.grant(session, people["head"], ORG_HEAD, district.id, date(2020, 1, 1))
    clock.set(2026, 7, 1)
    _close(database, desk, settled=3, failed=1)
    desk.log_in("head")
    assert 'hx-get="/figures/goals"' in desk.get("/todo").text
    page = desk.get("/figures/goals").text
    assert "照此进度年底约 6 件" in page
    assert page.count("落后于目标") == 2, "3 of 600 by July, and 75.0 of 80 per cent"
    set_target(database, "mediation.target_successful", 6, clock.now)
    set_target(database, "mediation.target_success_rate", 75, clock.now)
    page = desk.get("/figures/goals").text
    assert (page.count("落后于目标"), page.count("符合目标")) == (0, 2)
    desk.log_in("mediator")
    assert "/figures/goals" not in desk.get("/todo").text
    assert desk.get("/figures/goals").status_code == 404


def test_a_kept_report_is_taken_away_as_a_paper_that_says_the_same(desk: Desk):
    desk.log_in("head")
    lend(desk, "折叠帐篷")
    kept = desk.post("/figures/reports/new", {"title": "2026年度统计报告"}).headers["location"]
    lend(desk, "投影仪")  # after it was kept
    answer = desk.get(f"{kept}/file")
    assert answer.headers["content-type"] == "application/pdf"
    assert unquote(answer.headers["content-disposition"]).endswith("2026年度统计报告.pdf")
    words = words_of(answer.content)
    for said in ("2026年度统计报告", "统计范围", "借出器材", "1件", "周敏"):
        assert said in words, said
    assert "2件" not in words
    desk.log_in("mediator")
    assert desk.get(f"{kept}/file").status_code == 404


def test_the_paper_of_a_report_says_what_it_is_compared_with_and_by_how_much(desk: Desk, clock: Clock):
    desk.log_in("head")
    kept = []
    for number, lent in enumerate(("折叠帐篷", "投影仪", "音响"), start=1):
        lend(desk, lent)
        kept.append(desk.post("/figures/reports/new", {"title": f"第{number}份报告"}).headers["location"])
        clock.move(minutes=5)
    alone = words_of(desk.get(f"{kept[0]}/file").content)
    assert "借出器材" in alone and "对比" not in alone, "nothing was kept before it"
    first = kept[0].rpartition("/")[2]
    assert f'href="{kept[2]}/file?with={first}"' in desk.get(f"{kept[2]}?with={first}").text
    for asked, other, was, change in (("", "第2份报告", "2件", "+1件"), (f"?with={first}", "第1份报告", "1件", "+2件")):
        words = words_of(desk.get(f"{kept[2]}/file{asked}").content)
        assert f"对比的报告：“{other}”" in words
        assert f"借出器材3件{was}{change}" in words


def test_a_report_is_read_only_where_its_figures_are(desk: Desk, database: Database, people):
    desk.log_in("head")
    with database.sessions.begin() as session:
        beside = Organisation(name="另一街道总工会", level="street", kind="station")
        beside.parent = session.scalar(select(Organisation).where(Organisation.level == "district"))
        session.add(beside)
        session.flush()
        head = session.get_one(Staff, people["head"])
        other = Staff(name="何远", account="elsewhere", organisation_id=beside.id, password_hash=head.password_hash)
        session.add(other)
        session.flush()
        access.grant(session, other.id, ORG_HEAD, beside.id, date(2020, 1, 1))
    kept = desk.post("/figures/reports/new", {"title": "季度统计报告"}).headers["location"]
    desk.log_in("elsewhere")
    assert desk.get(kept).status_code == 404
    assert "季度统计报告" not in desk.get("/figures/reports").text
    desk.log_in("mediator")
    assert desk.get(kept).status_code == desk.get("/figures/reports").status_code == 404


# --- the spread of work


def test_the_workload_counts_what_is_open_late_and_soon(desk: Desk, clock: Clock):
    desk.log_in("head")
    lend(desk)
    page = desk.get("/workload").text
    assert "望京街道总工会" in page
    assert "王调" in page and "赵调" in page
    assert "件</span>" not in page.split("按单位")[-1]
    clock.move(days=20)
    desk.log_in("head")
    assert "1 件</span>" in desk.get("/workload").text.split("按单位")[-1]


def test_each_number_of_the_workload_leads_to_its_cases(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("head")
    mine, theirs = (
        register(desk),
        register(desk, **{"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"}),
    )
    with database.sessions.begin() as session:
        for home, account in ((mine, "mediator"), (theirs, "other")):
            assignment.assign(session, UUID(home[-36:]), [people[account]], on=clock.today, by=people["head"])
    clock.move(days=20)
    desk.log_in("head")
    page = desk.get("/workload").text
    links = [unescape(link) for link in re.findall(r'href="(/workload/cases[^"]+)"', page)]
    of_one = [link for link in links if f"who={people['mediator']}" in link]
    assert len(of_one) == 2, "open, and overdue"
    for link in of_one:
        shown = desk.get(link).text
        assert "王小明" in shown and "李小红" not in shown, link
    late = next(link for link in links if "due=overdue" in link and "org=" in link and "who=" not in link)
    shown = desk.get(late).text
    assert "王小明" in shown and "李小红" in shown
    taken = cells(taken_out(desk, of_one[0].replace("/workload/cases", "/take-out/carried")).content)
    assert "王调承办" in str(taken) and "王小明" not in str(taken), "no name of a party leaves the service"
    assert len([row for row in taken if "劳动争议调解" in row]) == 1
    assert "劳动争议调解" in desk.get(of_one[0].replace("/workload/cases", "/print/carried")).text
    assert "没有这个人员" in desk.get("/workload/cases?who=nobody").text
    desk.log_in("mediator")
    assert desk.get(of_one[0]).status_code == 404, "whose work it is not"


def test_a_colleague_s_cases_are_handed_over_from_the_workload_in_three_steps_and_taken_back(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("head")
    homes = [register(desk), register(desk, **{"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"})]
    roots = [UUID(home[-36:]) for home in homes]
    with database.sessions.begin() as session:
        for root, account in zip(roots, ("mediator", "other"), strict=True):
            assignment.assign(session, root, [people[account]], on=clock.today, by=people["head"])
    page = desk.get(f"/handover?who={people['mediator']}").text
    ticked = re.findall(r'name="cases" value="([^"]+)" checked', page)
    assert ticked == [str(roots[0])], "of this colleague only, and all of them"
    sent = {"cases": ticked, "to": str(people["other"]), "reason": "休年假"}
    answer = desk.post(f"/handover?who={people['mediator']}", sent)
    assert answer.status_code == 303 and answer.headers["location"] == "/workload"
    undo = re.search(r'action="(/todo/done/[^"]+/undo)"', desk.get("/workload").text)
    assert undo and holders(database, clock, roots[0]) == [people["other"]]
    assert desk.post(undo[1], {}, at="/todo").status_code == 303
    assert holders(database, clock, roots[0]) == [people["mediator"]]
    told(database, clock)
    with database.reading() as session:
        assert list(session.scalars(select(Message.topic).where(Message.topic == "handed_over"))) == [], (
            "never happened"
        )


def test_a_hand_over_is_told_to_whom_it_concerns_as_a_message_of_its_own_kind(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("head")
    root = UUID(register(desk)[-36:])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=people["head"])
    sent = {"cases": [str(root)], "to": str(people["other"]), "reason": "休年假"}
    assert desk.post("/handover", sent).status_code == 303
    told(database, clock)
    with database.reading() as session:
        staff = session.execute(select(Message.staff_id, Message.text).where(Message.topic == "handed_over")).all()
        parties = list(session.scalars(select(Message.text).where(Message.party_id.is_not(None))))
    assert {row.staff_id for row in staff} == {people["mediator"], people["other"]}
    assert all("休年假" in row.text for row in staff)
    assert any("已由另一名调解员接办" in text for text in parties)


def test_behind_a_figure_a_leader_who_may_not_know_the_people_sees_them_masked(
    desk: Desk, database: Database, clock: Clock, people
):
    _close(database, desk, settled=1, failed=0)
    _leader(database, people)
    assert "王0与北京0有限公司" in desk.get("/figures/mediation.closed").text  # the head is entitled
    desk.log_in("leader")
    page = desk.get("/figures/mediation.closed").text
    assert "王**与北京0有限公司" in page
    assert "王0" not in page


def test_a_leader_of_the_federation_gives_a_case_of_a_station_to_another_mediator(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("head")
    root = UUID(register(desk)[-36:])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=people["head"])
    _leader(database, people)
    sent = {"cases": [str(root)], "to": str(people["other"]), "reason": "平衡工作量"}
    desk.log_in("leader")
    assert desk.post("/handover", sent).status_code == 303
    assert holders(database, clock, root) == [people["other"]]


def _leader(database: Database, people: dict[str, UUID]) -> None:
    """A leader of the federation, with the account leader."""
    with database.sessions.begin() as session:
        head = session.get_one(Staff, people["head"])
        federation = session.scalar(select(Organisation).where(Organisation.level == "district"))
        leader = Staff(name="方远", account="leader", organisation_id=federation.id, password_hash=head.password_hash)
        session.add(leader)
        session.flush()
        access.grant(session, leader.id, FED_LEADER, federation.id, date(2020, 1, 1))


def test_a_head_enters_leave_and_who_stands_in_for_people_of_the_own_office(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("head")
    home = f"/workload/{people['mediator']}"
    assert f'href="{home}"' in desk.get("/workload").text
    day = clock.today.isoformat()
    leave = {"valid_from": day, "valid_to": day, "reason": "看病"}
    assert desk.post(f"{home}/leave/new", leave).headers["location"] == home
    again = desk.post(f"{home}/leave/new", leave)
    assert again.status_code == 422 and "重叠" in again.text and "看病" in again.text
    stands_in = {"deputy_id": str(people["other"]), "valid_from": day}
    unable = desk.post(f"{home}/deputy/new", {**stands_in, "deputy_id": str(people["admin"])})
    assert unable.status_code == 422, "who handles no cases stands in for nobody who does"
    assert desk.post(f"{home}/deputy/new", stands_in).status_code == 303
    page = desk.get("/workload").text
    assert "请假至" in page and "B 角 赵调" in page
    end = re.search(rf'href="({home}/deputy/[^"]+/end)"', desk.get(home).text)
    assert end and desk.post(end[1], {"on": day}).status_code == 303
    with database.reading() as session:
        said = list(session.scalars(select(AuditEntry.what)))
    assert {"登记请假", "登记B 角", "终止B 角"} <= set(said)


def test_leave_that_has_not_begun_is_called_off_with_a_reason_and_counts_on_no_day(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("head")
    home, other = f"/workload/{people['mediator']}", f"/workload/{people['other']}"
    days = {"valid_from": "2026-03-04", "valid_to": "2026-03-06", "reason": "年休假"}
    assert desk.post(f"{home}/leave/new", days).status_code == 303
    off = re.search(rf'href="({home}/leave/[^"]+/call-off)"', desk.get(home).text)
    assert off
    unsaid = desk.post(off[1], {"reason": ""})
    assert unsaid.status_code == 422
    assert desk.post(off[1], {"reason": "改到四月"}).headers["location"] == home
    page = desk.get(home).text
    assert "年休假（取消：改到四月）" in page and "已取消" in page
    assert off[1] not in page and "/end" not in page
    with database.reading() as session:
        kept = session.scalars(select(Leave)).one()
        assert not any(kept.holds_on(date(2026, 3, day)) for day in range(1, 9))
        assert not any(on_leave(session, people["mediator"], date(2026, 3, day)) for day in range(1, 9))
        assert session.scalars(select(AuditEntry.text).where(AuditEntry.what == "取消请假")).one() == (
            "王调：2026-03-04 至 2026-03-06；改到四月"
        )
    for again in (off[1], off[1].replace("/call-off", "/end")):
        sent = {"reason": "再取消一次", "on": "2026-03-05"}
        refused = desk.post(again, sent)
        assert refused.status_code == 422 and "已经取消" in refused.text
    assert desk.post(f"{home}/leave/new", {**days, "valid_to": "2026-03-04"}).status_code == 303, (
        "the days are free again"
    )
    assert desk.get(off[1].replace("/leave/", "/deputy/")).status_code == 404
    assert desk.get(off[1].replace(home, other)).status_code == 404
    clock.set(2026, 3, 4)
    desk.log_in("head")
    assert "请假至" in desk.get("/workload").text


def test_leave_called_off_is_in_nobody_s_way(desk: Desk, database: Database, clock: Clock, people):
    """Nobody stands in for it; the negative control is the very same leave before it was called off."""
    days = (date(2026, 3, 3), date(2026, 3, 6))
    with database.sessions.begin() as session:
        leave = Leave(staff_id=people["mediator"], valid_from=days[0], valid_to=days[1])
        session.add_all([leave, Deputy(staff_id=people["mediator"], deputy_id=people["other"], valid_from=clock.today)])
    clock.set(2026, 3, 4)

    def in_the_way() -> list[bool]:
        with database.reading() as session:
            return [
                bool(stands_in_for(session, people["other"], clock.today)),
                people["mediator"]
                in [row.staff_id for row in session.scalars(select(Leave).where(Leave.in_force(clock.today)))],
                on_leave(session, people["mediator"], clock.today),
            ]

    assert in_the_way() == [True] * 3
    with database.sessions.begin() as session:
        session.execute(update(Leave).values(called_off=True, called_off_because="改期"))
    assert in_the_way() == [False] * 3


def test_leave_that_has_begun_ends_on_a_day_and_is_not_called_off(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("admin")
    home = f"/admin/people/{people['mediator']}"
    today = clock.today.isoformat()
    assert desk.post(f"{home}/leave/new", {"valid_from": today, "valid_to": "2026-03-06"}).status_code == 303
    page = desk.get(home).text
    end = re.search(rf'href="({home}/leave/[^"]+/end)"', page)
    assert end and "/call-off" not in page
    refused = desk.post(end[1].replace("/end", "/call-off"), {"reason": "提前回来了"})
    assert refused.status_code == 422
    assert "已于 2026-03-02 开始，不能取消" in refused.text and "提前回来了" in refused.text
    assert desk.post(end[1], {"on": today}).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Leave.valid_to)).one() == clock.today


def test_leave_that_nobody_covers_stands_out_in_the_workload(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("head")
    away, stands_in = people["mediator"], people["other"]
    with database.sessions.begin() as session:
        session.add(Leave(staff_id=away, valid_from=clock.today))
    assert "无人代班" in desk.get("/workload").text
    with database.sessions.begin() as session:
        session.add(Deputy(staff_id=away, deputy_id=stands_in, valid_from=clock.today))
    assert "无人代班" not in desk.get("/workload").text
    with database.sessions.begin() as session:
        session.add(Leave(staff_id=stands_in, valid_from=clock.today))
    page = desk.get("/workload").text
    assert page.count("无人代班") == 2 and "B 角 赵调（也在请假）" in page


def test_who_only_looks_on_is_not_offered_to_give_out_cases_or_enter_leave(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("head")
    root = UUID(register(desk)[-36:])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=people["head"])
        head = session.get_one(Staff, people["head"])
        district = session.scalars(select(Organisation.id).where(Organisation.level == "district")).one()
        looks_on = Staff(name="卢审", account="looks", organisation_id=district, password_hash=head.password_hash)
        session.add(looks_on)
        session.flush()
        access.grant(session, looks_on.id, AUDITOR, district, clock.today)
    offered = ("/handover", f'href="/workload/{people["mediator"]}"')
    assert all(link in desk.get("/workload").text for link in offered)
    desk.log_in("looks")
    page = desk.get("/workload").text
    assert "王调" in page and not any(link in page for link in offered)
    assert "/handover" not in desk.get(f"/workload/cases?who={people['mediator']}").text


def test_nobody_else_enters_them_and_a_head_no_declaration_of_kin(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("head")
    assert desk.get(f"/workload/{people['mediator']}/relative/new").status_code == 404
    with database.sessions.begin() as session:
        beside = Organisation(name="另一街道总工会", level="street", kind="station")
        beside.parent = session.scalar(select(Organisation).where(Organisation.level == "district"))
        session.add(beside)
        session.flush()
        other = Staff(name="何远", account="elsewhere", organisation_id=beside.id)
        session.add(other)
        session.flush()
        elsewhere = other.id
    for path in (f"/workload/{elsewhere}", f"/workload/{elsewhere}/leave/new"):
        assert desk.get(path).status_code == 404, "of another office"
    desk.log_in("mediator")
    assert desk.get(f"/workload/{people['other']}").status_code == 404


def holders(database: Database, clock: Clock, root: UUID) -> list[UUID]:
    with database.reading() as session:
        return [handler.staff_id for handler in assignment.handlers(session, root, clock.today)]


def told(database: Database, clock: Clock) -> None:
    """Everything promised is carried out, after the seconds in which it can be taken back."""
    clock.move(minutes=1)
    while outbox.relay(database.sessions, messages.TASKS, clock.now, limit=50):
        pass


# --- taken out


def test_a_list_is_taken_out_with_a_reason_that_stands_in_the_log(desk: Desk, database: Database):
    desk.log_in("head")
    register(desk)
    answer = taken_out(desk, "/take-out/cases.mediation")
    assert answer.status_code == 200
    assert "劳动争议调解登记台账.xlsx" in unquote(answer.headers["content-disposition"])
    rows = cells(answer.content)
    line = next(row for row in rows if "北京甲餐饮有限公司" in row)
    assert "王**" in line and "138****1234" in line and 8600.5 in line
    with database.sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.family == "export")).one()
    assert REASON in entry.text and "1 行" in entry.text
    assert "王小明" not in entry.text


def test_the_entitled_may_ask_for_the_whole_names(desk: Desk):
    desk.log_in("head")
    register(desk)
    flat = [cell for row in cells(taken_out(desk, "/take-out/cases.mediation", full="1").content) for cell in row]
    assert "王小明" in flat and "13800001234" in flat


def test_who_may_not_reveal_is_not_offered_the_whole_names_and_does_not_get_them(
    desk: Desk, database: Database, people
):
    desk.log_in("intake")
    register(desk)
    with database.sessions.begin() as session:
        staff = session.get_one(access.Staff, people["other"])
        access.grant(session, staff.id, access.ARCHIVIST, staff.organisation_id, date(2020, 1, 1))
        mediates = select(access.RoleGrant).where(
            access.RoleGrant.staff_id == staff.id, access.RoleGrant.role == "mediator"
        )
        session.delete(session.scalars(mediates).one())
    desk.log_in("other")
    assert "显示完整姓名和电话" not in desk.get("/take-out/cases.mediation").text
    flat = [cell for row in cells(taken_out(desk, "/take-out/cases.mediation", full="1").content) for cell in row]
    assert "王**" in flat
    assert "王小明" not in flat and "13800001234" not in flat


def test_without_a_reason_nothing_is_taken_out(desk: Desk, database: Database):
    desk.log_in("head")
    answer = taken_out(desk, "/take-out/figures", reason="")
    assert answer.status_code == 422
    assert "导出理由" in answer.text
    with database.sessions() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.family == "export")).all() == []


def test_a_list_that_changed_meanwhile_is_looked_at_again_first(desk: Desk, database: Database):
    desk.log_in("head")
    register(desk)
    form = desk.get("/take-out/cases.lending").text
    seen = form.split('name="_seen" value="')[1].split('"')[0]
    lend(desk)
    answer = desk.post("/take-out/cases.lending", {"_seen": seen, "reason": REASON})
    assert answer.status_code == 409
    assert "名单已有变化" in answer.text and REASON in answer.text
    with database.sessions() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.family == "export")).all() == []
    assert taken_out(desk, "/take-out/cases.lending").status_code == 200


@pytest.mark.parametrize("item", ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "<script>alert(1)</script>"])
def test_nothing_in_a_workbook_is_a_formula_or_a_link(desk: Desk, item: str):
    desk.log_in("head")
    lend(desk, item)
    content = taken_out(desk, "/take-out/cases.lending").content
    assert any(item in str(cell) for row in cells(content) for cell in row)
    page = part(content, "xl/worksheets/sheet1.xml")
    assert "<f>" not in page and "hyperlink" not in page


@pytest.mark.parametrize(
    ("cell", "marked"),
    [
        *((text, True) for text in ("=1+2", "+1+2", "-2+3", "@SUM(A1)", "\t=1+2", "\r=1+2", "\n=1+2")),
        *((text, True) for text in ("＝1+2", "＋1+2", "－2+3", "＠SUM(A1)", "%0A=1", "|calc")),
        *((text, False) for text in ("王小明", "1+2=3", "王\t=1+2")),
    ],
)
def test_what_begins_like_a_formula_stays_text_in_the_next_program_too(cell: str, marked: bool):
    content = sheets.workbook(sheets.Sheet("清单", "全部", ("姓名",), [(cell,)]), ["清单"])
    assert [cell] in cells(content)
    assert ('quotePrefix="1"' in part(content, "xl/styles.xml")) is marked


def test_a_list_can_be_printed_with_names_masked(desk: Desk):
    desk.log_in("head")
    register(desk)
    page = desk.get("/print/cases.mediation").text
    assert "王**" in page and "北京甲餐饮有限公司" in page
    assert "138****1234" in page and "13800001234" not in page


def test_a_list_nobody_offers_is_not_there(desk: Desk):
    desk.log_in("head")
    for path in ("/take-out/secrets", "/print/cases.unknown", "/take-out/figure.none"):
        assert desk.get(path).status_code == 404, path
