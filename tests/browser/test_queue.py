"""The queue in a real browser: how many actions its tasks take, a case beside its list, and the same without scripts."""

import re

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from casework.desk.assignment import handlers
from casework.desk.tables import Reminder
from tests.browser.budget import budget
from tests.browser.conftest import Office
from tests.casework.mediation.world import application

APART = {"duplicate_decision": "separate", "duplicate_reason": "另一段用工期间的争议"}


def handler_names(office: Office, case: object) -> list[str]:
    with office.world.sessions() as session:
        return [h.name for h in handlers(session, case, office.clock.today) if h.part == "handler"]  # type: ignore[arg-type]


def two_cases(office: Office) -> list[object]:
    return [office.world.assigned(application(**APART)) for _ in range(2)]


def test_the_budget_itself_fails_above_its_number(office: Office) -> None:
    page = office.sit_down("mediator").page
    with pytest.raises(AssertionError, match="2 actions, the budget is 1"):
        _press_twice(page)


def _press_twice(page: Page) -> None:
    with budget(page, 1) as person:
        person.press("Escape")
        person.press("Escape")


def test_the_most_urgent_case_is_open_and_says_why_after_one_action(office: Office) -> None:
    two_cases(office)
    page = office.sit_down("mediator").page
    with budget(page, 1) as person:
        person.click("main a:has-text('取下一件')")
        page.locator("main .glance .note:has-text('期限最早')").wait_for()
    with budget(page, 1) as person:
        person.click(page.locator("main .glance .clock summary").first)
        page.locator("main .glance .clock details[open]").first.wait_for()


def test_two_cases_pass_to_a_colleague_in_four_actions_and_come_back_in_one(office: Office) -> None:
    cases = two_cases(office)
    page = office.sit_down("mediator").page
    with budget(page, 4) as person:
        person.check("[data-all]")
        person.click(".bulk button:has-text('转派')")
        page.locator("dialog#dlg[open] form").wait_for()
        person.pick("dialog [name=to]", value=str(office.world.ids["second"]))
        person.type("dialog [name=reason]", "休假")
        person.type("dialog [name=until]", "2026-03-20")
        person.click("dialog button.primary")
        page.locator(".toast:has-text('转派 2 件，全部成功')").wait_for()
    assert [handler_names(office, case) for case in cases] == [["许静"], ["许静"]]
    with budget(page, 1) as person:
        person.click(".toast button:has-text('撤销')")
        page.locator(".toast:has-text('已撤销')").wait_for()
    assert [handler_names(office, case) for case in cases] == [["周敏"], ["周敏"]]


def test_a_saved_view_is_reminded_of_in_four_actions(office: Office) -> None:
    two_cases(office)
    page = office.sit_down("mediator").page
    with budget(page, 4) as person:
        person.check("[data-all]")
        person.click(".bulk button:has-text('设提醒')")
        page.locator("dialog#dlg[open] form").wait_for()
        person.type("dialog [name=on]", "2026-03-09")
        person.click("dialog button.primary")
        page.locator(".toast:has-text('设提醒 2 件，全部成功')").wait_for()
    assert len(office.world.read(select(Reminder.id))) == 2


def test_a_case_stands_beside_its_list_and_the_list_goes_on_working(office: Office) -> None:
    two_cases(office)
    visit = office.sit_down("mediator")
    page = visit.page
    rows = page.locator("tr.row a[data-beside]")
    rows.nth(0).click()
    page.locator("#beside .glance").wait_for()
    assert page.url.endswith("/todo")
    first = page.locator("#beside .glance header p").inner_text()
    rows.nth(1).click()
    page.locator(f"#beside .glance header p:not(:has-text('{first.split(' · ')[0]}'))").wait_for()
    assert visit.overflow == 0
    assert visit.violations() == []
    page.keyboard.press("Escape")
    page.locator("#beside").wait_for(state="hidden")
    visit.resize(1024)
    rows.nth(0).click()
    page.wait_for_url(re.compile("/subjects/"))
    assert visit.said == []


def test_without_scripts_the_same_cases_are_opened_passed_on_and_taken_back(office: Office) -> None:
    cases = two_cases(office)
    page = office.sit_down("mediator", java_script_enabled=False).page
    boxes = page.locator("input[name=ids]")
    for number in range(boxes.count()):
        boxes.nth(number).check()
    page.click(".bulk button:has-text('转派')")
    page.select_option("[name=to]", str(office.world.ids["second"]))
    page.fill("[name=reason]", "休假")
    page.click("main button.primary")
    page.click(".toast button:has-text('撤销')")
    assert [handler_names(office, case) for case in cases] == [["周敏"], ["周敏"]]
    page.locator("tr.row a.t").first.click()
    page.wait_for_url(re.compile("/subjects/"))


def test_many_cases_are_found_ticked_all_at_once_and_handed_over_in_four(office: Office) -> None:
    """All ten in four actions; of those found by a number only that one, however many were ticked before."""
    cases = [office.world.assigned(application(**APART)) for _ in range(10)]
    number = office.world.case(cases[3]).number
    visit = office.sit_down("mediator")
    page = visit.open("/handover")
    page.fill("[data-narrow]", number)
    page.locator(".choices .tick:visible").nth(1).wait_for(state="hidden")
    page.press("[data-narrow]", "Enter")  # sends nothing
    page.check("[data-every]")
    page.locator("fieldset.long [role=status]:has-text('已选 1 项')").wait_for()
    page.fill("[data-narrow]", "")
    page.uncheck("[data-every]")
    with budget(page, 4) as person:
        person.check("[data-every]")
        person.pick("[name=to]", value=str(office.world.ids["second"]))
        person.type("[name=reason]", "休假")
        person.click("main form button.primary")
        page.locator(".toast:has-text('已移交 10 件案件')").wait_for()
    assert {tuple(handler_names(office, case)) for case in cases} == {("许静",)}
    assert visit.said == []


def test_an_empty_list_says_so_across_a_telephone_and_not_letter_under_letter(office: Office) -> None:
    visitor = office.sit_down("mediator")
    visitor.resize(390)
    for path in ("/todo?view=role", "/cases/mediation?q=没有这个人", "/archive?view=filed"):
        who = office.sit_down("archivist") if path.startswith("/archive") else visitor
        who.resize(390)
        empty = who.open(path).locator("main .empty").first
        whole, words = empty.bounding_box(), empty.locator("p").bounding_box()
        assert whole is not None
        assert words is not None
        assert whole["width"] > 250, path
        assert words["height"] < 60, path


TELEPHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
TOO_SMALL = """() => [...document.querySelectorAll('main :is(button, a.btn, select, input:not([type=hidden]), summary), .tabs a, .segrp a, .topbar button')]
    .filter((e) => e.checkVisibility({visibilityProperty: true}))
    .map((e) => [(e.type === 'checkbox' || e.type === 'radio') && e.closest('label') || e, e])
    .filter(([box, e]) => { const h = box.getBoundingClientRect().height; return h && h < 44 && !e.matches('.vh'); })
    .map(([, e]) => e.outerHTML.slice(0, 120))"""


def test_what_a_finger_presses_on_a_telephone_is_high_enough(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator", **TELEPHONE)
    for path in (
        "/todo",
        "/cases/mediation",
        "/calendar",
        f"/subjects/{case}",
        f"/subjects/{case}/transitions/reach_agreement",
        f"/subjects/{case}/contacts/new",
    ):
        assert visitor.open(path).evaluate(TOO_SMALL) == [], path


def test_with_a_mouse_they_are_smaller_and_the_look_sees_it(office: Office) -> None:
    """The negative control: the same look finds what is less than 44 px high."""
    assert office.sit_down("mediator").open("/todo").evaluate(TOO_SMALL) != []
