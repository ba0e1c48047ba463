"""How many actions the tasks of a working day take, against the number each may take: the mediator's, the clerk's, the leader's.

The tasks of the list (opening the most urgent case, handing over, reminding) are counted in test_queue.
"""

from base64 import b64decode

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from casework.desk.assignment import handlers
from casework.desk.tables import Evidence, Link
from tests.browser.budget import Actions, budget
from tests.browser.conftest import FIRM, FIRM_CODE, PASSWORD, Office
from tests.casework.mediation.collective_case import id_number
from tests.casework.mediation.test_collective import sheet
from tests.casework.mediation.world import application
from tests.town import member
from union import passwords
from union.organisations import Organisation
from union.people import Staff
from union.roles import FED_LEADER
from workflows.correct import Correction

PICTURE = b64decode(  # one grey pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
DIALOG = "dialog#dlg[open]"
HEADINGS, WORKER = ("姓名", "身份证号"), "李大山"
APART = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")


def step(page: Page, person: Actions, trigger: str) -> None:
    """Open the window of a step: one action."""
    person.click(f"main .event a.btn[href$='/transitions/{trigger}']")
    page.locator(f"{DIALOG} form").wait_for()


def confirm(page: Page, person: Actions) -> None:
    person.click(f"{DIALOG} button.primary")
    page.locator(".toast:not(.danger)").wait_for()


@pytest.mark.parametrize("do", [name for name in vars(Actions) if not name.startswith("_") and name != "type"])
def test_every_kind_of_action_is_counted_and_typing_is_not(office: Office, do: str) -> None:
    page = office.arrive(office.address).page
    page.set_content(
        "<button>a</button><input type=checkbox><select><option>1</select><textarea></textarea><input type=file>"
    )
    with budget(page, 0) as person:
        person.type("textarea", "任何内容")
    with pytest.raises(AssertionError, match="1 actions, the budget is 0"):
        _act_once(page, do)


def _act_once(page: Page, do: str) -> None:
    with budget(page, 0) as person:
        acts = {
            "click": lambda: person.click("button"),
            "check": lambda: person.check("[type=checkbox]"),
            "choose": lambda: person.choose("[type=file]", "a.png", PICTURE),
            "scan": lambda: person.scan("about:blank"),
            "pick": lambda: person.pick("select", label="1"),
            "press": lambda: person.press("Tab"),
        }
        acts[do]()


def test_an_oral_application_is_registered_and_its_record_ready_to_sign_in_six(office: Office) -> None:
    page = office.sit_down("intake").page
    with budget(page, 6) as person:
        person.click("main a:has-text('新建申请')")
        page.wait_for_url("**/cases/mediation/new**")
        person.click("nav.tabs a:has-text('登记口头申请')")
        page.locator("[name=read_back]").wait_for(state="attached")
        person.type("[name=place]", "窗口")
        person.type("[name=applicants-0-name]", "王建国")
        person.type("[name=applicants-0-id_number]", "110105198503074116")
        person.type("[name=applicants-0-phone]", "13800138000")
        person.type("[name=respondents-0-name]", FIRM)
        person.type("[name=respondents-0-credit_code]", FIRM_CODE)
        person.pick("[name=claims-0-kind]", value="wages")
        person.type("[name=claims-0-title]", "支付2026年1月工资")
        person.type("[name=claims-0-amount]", "8000")
        person.type("[name=grounds]", "公司拖欠2026年1月工资，多次催要未付。")
        person.check("[name=read_back]")
        person.click("main form button.primary")
        page.wait_for_url("**/subjects/*")
        person.click("main a:has-text('口头申请笔录')")
        page.wait_for_url("**/records/*")
        page.locator("main .event a.btn:has-text('签')").first.wait_for()


def test_a_case_is_accepted_and_its_meeting_set_in_four_the_mediator_appointed_between(office: Office) -> None:
    case = office.world.open()
    clerk = office.sit_down("intake").open(f"/subjects/{case}")
    for trigger, answer in (("seek_consent", None), ("record_answer", "agreed")):
        clerk.click(f"main .event a.btn[href$='/transitions/{trigger}']")
        if answer:
            clerk.check(f"{DIALOG} [name=answer][value={answer}]")
        clerk.click(f"{DIALOG} button.primary")
        clerk.locator(".toast:not(.danger)").wait_for()
    page = office.sit_down("head").open(f"/subjects/{case}")
    with budget(page, 2) as person:
        step(page, person, "accept")
        confirm(page, person)
    assert office.world.state(case) == "accepted"
    other = office.world.assigned(application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议"))
    page = office.sit_down("mediator").open(f"/subjects/{other}")
    with budget(page, 2) as person:
        step(page, person, "schedule_sitting")
        person.type(f"{DIALOG} [name=starts_at]", "2026-03-04T14:00")
        person.type(f"{DIALOG} [name=place]", "第一调解室")
        confirm(page, person)


def test_a_case_ends_without_agreement_in_three(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    with budget(page, 3) as person:
        step(page, person, "fail")
        person.check(page.locator(f"{DIALOG} [name=reason]").first)
        person.type(f"{DIALOG} [name=summary]", "双方对欠付金额分歧过大，未能达成一致。")
        confirm(page, person)
    assert office.world.state(case) == "failed"


def test_a_note_takes_one_and_a_photograph_two_and_the_picking(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    with budget(page, 2) as person:
        person.type("#note", "对方同意周五到会")
        person.click("form.compose button.primary")
        page.locator(".toast:not(.danger)").wait_for()
    with budget(page, 2) as person:
        person.click("form.compose a:has-text('附件')")
        page.locator(f"{DIALOG} form").wait_for()
        files = [{"name": "工资条.png", "mimeType": "image/png", "buffer": PICTURE}]
        page.set_input_files(f"{DIALOG} input[type=file]", files)  # type: ignore[arg-type]
        person.click(f"{DIALOG} button.primary")
        page.locator("main :text('工资条')").first.wait_for()  # the message about the note may still be there
    assert len(office.world.read(select(Evidence.id))) == 1


def test_performance_is_marked_in_two_and_the_help_of_a_court_opened_in_two(office: Office) -> None:
    case = office.world.settled()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    with budget(page, 2) as person:
        step(page, person, "record_part")
        person.type(f"{DIALOG} [name=amount]", "10")
        person.type(f"{DIALOG} [name=proof]", "银行回单0310")
        confirm(page, person)
    with budget(page, 2) as person:
        step(page, person, "apply_court_confirmation")
    assert "司法确认申请书" in page.inner_text(DIALOG)


def test_a_matter_of_another_body_is_sent_there_with_a_letter_in_two(office: Office) -> None:
    """Whether it has just come in or is under way."""
    page = office.sit_down("head").page
    for case in (office.world.open(), office.world.talking(APART)):
        page.goto(f"{office.address}/subjects/{case}")
        with budget(page, 2) as person:
            step(page, person, "transfer")
            person.type(f"{DIALOG} [name=partner]", "朝阳区劳动保障监察机构")
            person.type(f"{DIALOG} [name=materials]", "调解申请书")
            confirm(page, person)
        assert office.world.state(case) == "transferred"
        assert "hand_over_letter" in office.world.records(case)


def test_a_list_of_workers_is_taken_from_excel_in_four_and_a_corrected_one_in_two_more(office: Office) -> None:
    case = office.world.open()
    page = office.sit_down("intake").open(f"/subjects/{case}")
    right = [*HEADINGS], [WORKER, id_number(1)]
    with budget(page, 4) as person:
        person.click("main summary:has-text('其他可以办理的')")
        step(page, person, "import_workers")
        person.choose(f"{DIALOG} [name=file]", "名单.xlsx", sheet([*HEADINGS], [WORKER, "110105198503074115"]))
        person.click(f"{DIALOG} button.primary")
        page.locator(f"{DIALOG} .errsum", has_text="第2行").wait_for()
    with budget(page, 2) as person:
        person.choose(f"{DIALOG} [name=file]", "名单.xlsx", sheet(*right))
        confirm(page, person)
    assert WORKER in [party.name for party in office.world.parties(case)]


def test_a_paper_is_checked_by_scanning_its_code(office: Office) -> None:
    record = office.world.record(office.world.settled(), "agreement")
    page = office.arrive(office.address).page
    with budget(page, 1) as person:
        person.scan(f"{office.address}/verify/{record.verify_code}")
    assert str(record.number) in page.inner_text("main")


def test_a_figure_leads_to_its_cases_and_to_one_of_them_in_two(office: Office) -> None:
    office.world.talking()
    page = office.sit_down("head").open("/figures")
    with budget(page, 2) as person:
        person.click("main a[href*='/figures/mediation.accepted']")
        page.wait_for_url("**/figures/mediation.accepted**")
        person.click(page.locator("main a[href^='/subjects/']").first)
        page.wait_for_url("**/subjects/*")


def test_who_looked_at_a_case_is_answered_in_three(office: Office) -> None:
    case = office.world.talking()
    office.sit_down("mediator").open(f"/subjects/{case}")
    page = office.sit_down("head").page
    number = office.world.case(case).number
    with budget(page, 3) as person:
        person.press("Control+k")
        person.type("#palette [type=search]", number[-8:])
        page.locator(f"#palette a[href='/subjects/{case}']").first.wait_for()
        person.press("Enter")
        page.wait_for_url(f"**/subjects/{case}")
        person.click("#log > header a:has-text('谁看过')")
        page.locator("main", has_text="周敏").wait_for()
    assert "周敏" in page.locator("section[aria-labelledby=rd-h]").inner_text()


def test_a_caller_known_by_the_end_of_a_telephone_number_is_found_in_two(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("intake").page
    with budget(page, 3) as person:
        person.press("Control+k")
        person.type("#palette [type=search]", "8000")
        page.locator(f"#palette a[href='/subjects/{case}']").first.wait_for()
        person.press("Enter")
        page.wait_for_url(f"**/subjects/{case}")


def test_what_repeats_another_case_is_linked_to_it_in_two_and_taken_back_in_one(office: Office) -> None:
    one, other = office.world.talking(), office.world.talking(APART)
    page = office.sit_down("mediator").open(f"/subjects/{other}")
    with budget(page, 2) as person:
        person.click("main a[href$='/link']:visible")
        page.locator(f"{DIALOG} form").wait_for()
        person.type(f"{DIALOG} [name=number]", office.world.case(one).number)
        person.type(f"{DIALOG} [name=reason]", "同一劳动者的两段用工")
        confirm(page, person)
    standing = select(Link.id).where(Link.kind == "related", Link.removed_at.is_(None))
    assert len(office.world.read(standing)) == 1
    with budget(page, 1) as person:
        person.click(".toast button:has-text('撤销')")
        page.locator(".toast:has-text('已撤销关联')").wait_for()
    assert office.world.read(standing) == []


def test_a_wrong_field_is_corrected_in_three(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    with budget(page, 3) as person:
        person.click("#log > header a:has-text('更正')")
        page.locator(f"{DIALOG} form").wait_for()
        person.pick(f"{DIALOG} [name=field]", label="事实与理由")
        person.type(f"{DIALOG} [name=value]", "朝阳区八里庄街道")
        person.type(f"{DIALOG} [name=reason]", "当事人更正了地址")
        confirm(page, person)
    assert len(office.world.read(select(Correction.id))) == 1


def test_figures_are_read_as_of_an_earlier_day_in_two(office: Office) -> None:
    office.world.talking()
    page = office.sit_down("head").open("/figures")
    with budget(page, 2) as person:
        person.type("[name=to]", "2026-02-28")
        person.click("main form.filters button:has-text('查看')")
        page.wait_for_url("**to=2026-02-28**")
    assert "2026年2月28日" in page.inner_text("main")


def test_a_report_is_kept_compared_with_the_last_one_and_taken_away_in_three(office: Office) -> None:
    page = office.sit_down("head").open("/figures/reports/new")
    page.fill("main [name=title]", "上月统计报告")
    page.click("main form button.primary")
    page.locator("main h1:has-text('上月统计报告')").wait_for()
    office.clock.move(minutes=5)
    office.world.talking()
    page.goto(f"{office.address}/figures")
    with budget(page, 3) as person:
        person.click("main a:has-text('留存报告')")
        page.locator(f"{DIALOG} form").wait_for()
        person.type(f"{DIALOG} [name=title]", "2026年度报告")
        person.click(f"{DIALOG} button.primary")
        page.locator("main h1:has-text('2026年度报告')").wait_for()
        assert "与“上月统计报告”比较" in page.inner_text("main")
        assert page.locator("main tr", has_text="受理件数").first.locator("td[data-th=增减]").inner_text() == "+1 件"
        with page.expect_download() as download:
            person.click("main a:has-text('下载 PDF')")
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_a_leader_reads_the_targets_of_the_year_without_any_action(office: Office) -> None:
    """The negative control is the same page where the target is low: nothing is late there."""
    office.world.settled()
    page = lead(office)
    card = page.locator("section[aria-labelledby=gl-y]")
    with budget(page, 0):
        card.locator("li", has_text="调解成功件数").wait_for()
    number, share = card.locator("li").all()
    assert "全年目标 600 件以上，已完成 0.2%；照此进度年底约 6 件" in number.inner_text()
    assert "落后于目标" in number.locator(".badge.danger").inner_text()
    assert "符合目标" in share.locator(".badge.ok").inner_text()
    office.world.setting("mediation.target_successful", 5)
    page.reload()
    card.locator("li", has_text="全年目标 5 件以上").wait_for()
    assert card.locator(".badge.danger").count() == 0


def lead(office: Office) -> Page:
    """The leader of the federation, on the first page."""
    with office.world.sessions.begin() as session:
        federation = session.get_one(Organisation, office.world.federation)
        leader = member(session, "韩立", "leader", (FED_LEADER,), (federation,))
        session.get_one(Staff, leader).password_hash = passwords.hash_password(PASSWORD)
    return office.sit_down("leader").page


def test_twelve_papers_are_looked_at_and_approved_in_twelve_and_three(office: Office) -> None:
    for _ in range(12):
        office.world.talking(APART)
    page = office.sit_down("head").open("/seals?view=approve")
    looks = page.locator("main a:has-text('核对内容')")
    papers = looks.count()
    assert papers >= 12
    with budget(page, papers + 3) as person:
        for number in range(papers):
            with page.expect_event("popup") as paper:
                person.click(looks.nth(number))
            paper.value.close()
        person.check("[data-all]")
        person.click("main form button.primary")
        page.locator(f".toast:has-text('批准用印 {papers} 份，全部成功')").wait_for()


def test_a_leader_gives_the_cases_of_who_is_overloaded_to_another_in_three(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("head").open("/workload")
    with budget(page, 3) as person:
        person.click("main a[aria-label='移交周敏的案件']")
        page.locator(f"{DIALOG} form").wait_for()
        person.pick(f"{DIALOG} [name=to]", value=str(office.world.ids["second"]))
        person.type(f"{DIALOG} [name=reason]", "平衡工作量")
        confirm(page, person)
    with office.world.sessions() as session:
        held = handlers(session, case, office.clock.today)
    assert [h.name for h in held if h.part == "handler"] == ["许静"]


def test_a_leader_sees_who_is_overloaded_in_one(office: Office) -> None:
    office.world.talking()
    page = office.sit_down("head").page
    with budget(page, 1) as person:
        person.click(".side a[href='/workload']")
        page.locator("section[aria-labelledby=wl-h]", has_text="周敏").wait_for()
