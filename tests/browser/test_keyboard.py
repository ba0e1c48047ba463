"""A day without a mouse: the next step of a case, the palette, single keys, and none of them while somebody types."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Office
from tests.casework.mediation.world import application

FOCUS = "document.activeElement.getAttribute('href') || document.activeElement.name || document.activeElement.id"
IN_DIALOG = "document.activeElement.closest('dialog#dlg[open]') !== null"
MOST_TABS = 80


def test_the_main_step_is_reached_opened_and_left_by_keys_alone(office: Office) -> None:
    case = office.world.open()
    step = f"/subjects/{case}/transitions/seek_consent"
    page = office.sit_down("intake").open(f"/subjects/{case}")
    assert tab_to(page, step)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.locator("dialog#dlg[open] form").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate(IN_DIALOG)
    page.keyboard.press("Escape")
    page.locator("dialog#dlg[open]").wait_for(state="detached")
    assert page.evaluate(FOCUS) == step


def test_a_step_is_taken_by_keys_alone(office: Office) -> None:
    case = office.world.open()
    page = office.sit_down("intake").open(f"/subjects/{case}")
    assert tab_to(page, f"/subjects/{case}/transitions/seek_consent")
    page.keyboard.press("Enter")
    page.locator("dialog#dlg[open] form").wait_for()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('dialog button.primary')"):
            break
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()
    assert office.world.state(case) == "seeking_consent"


def test_a_dialog_begins_at_its_first_field_and_on_glass_brings_no_keyboard_up(office: Office) -> None:
    case = office.world.open()
    for options, first in (({}, True), ({"has_touch": True, "is_mobile": True}, False)):
        page = office.sit_down("intake", **options).open(f"/subjects/{case}")
        page.locator(f"a.btn[href='/subjects/{case}/transitions/seek_consent']").first.click()
        page.locator("dialog#dlg[open] form").wait_for()
        assert page.evaluate(IN_DIALOG)
        assert page.evaluate("document.activeElement.matches('form :is(input,select,textarea)')") is first


def test_the_first_tab_leads_past_the_side_bar(office: Office) -> None:
    page = office.sit_down("mediator").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id || location.hash").lstrip("#") == "main"


def test_the_palette_opens_finds_a_case_and_leads_there(office: Office) -> None:
    case = office.world.open()
    page = office.sit_down("intake").page
    page.keyboard.press("Control+k")
    page.locator("#palette[open] [type=search]").fill("王建国")
    page.locator(f"#palette a[href='/subjects/{case}']").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/subjects/{case}")


def test_the_palette_offers_the_lawful_steps_of_the_open_case_and_takes_one(office: Office) -> None:
    case = office.world.open()
    visitor = office.sit_down("intake")
    page = visitor.open(f"/subjects/{case}")
    page.keyboard.press("Control+k")
    page.locator(f"#palette a[href$='{case}/transitions/seek_consent']").wait_for()
    assert page.locator("#palette a[href$='/transitions/accept']").count() == 0
    assert visitor.violations() == []
    page.keyboard.type("征询")
    page.keyboard.press("Enter")  # before the answer to these words is there
    page.wait_for_url("**/transitions/seek_consent")
    assert visitor.said == []


def test_the_palette_opens_again_with_the_steps_of_the_case_beside_the_list(office: Office) -> None:
    case = office.world.open()
    page = office.sit_down("intake").page
    page.keyboard.press("Control+k")
    page.locator("#palette a[href='/calendar']").wait_for()
    assert page.locator("#palette a[href*='/transitions/']").count() == 0
    page.locator("#palette input[type=search]").fill("日程")
    page.keyboard.press("Escape")
    page.locator("#palette[open]").wait_for(state="detached")
    page.locator("tr.row a.t").click()
    page.locator("#beside .glance").wait_for()
    page.keyboard.press("Control+k")
    page.locator("#palette input[type=search]").fill("")
    page.locator(f"#palette a[href$='{case}/transitions/seek_consent']").wait_for()


def test_j_and_k_walk_the_list_x_selects_and_enter_opens(office: Office) -> None:
    office.world.open()
    office.world.open(form=application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议"))
    page = office.sit_down("intake").page
    row = "[...document.querySelectorAll('tr.row')].findIndex((r) => r.contains(document.activeElement))"
    walked = []
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
        walked.append(page.evaluate(row))
    assert walked == [0, 1, 1, 0]
    page.keyboard.press("x")
    assert page.locator(".bulk [data-n]").inner_text() == "1"
    page.keyboard.press("x")
    assert not page.locator(".bulk").is_visible()
    page.set_viewport_size({"width": 1024, "height": 900})
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/subjects/"))


def test_slash_goes_to_the_search_and_g_t_to_the_queue(office: Office) -> None:
    office.world.open()
    page = office.sit_down("intake").open("/cases/mediation")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("gt/jx?")  # words, while one types
    assert page.evaluate("document.activeElement.value") == "gt/jx?"
    assert page.url.endswith("/cases/mediation")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/todo")


@pytest.mark.parametrize("init", [{"isComposing": True}, {"keyCode": 229}], ids=["composing", "key code 229"])
def test_no_key_of_the_input_method_is_a_command(office: Office, init: dict[str, object]) -> None:
    office.world.open()
    page = office.sit_down("intake").page
    page.evaluate("document.body.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}))")
    for key in ("?", "j", "g", "t"):
        press(page, {"key": key, **init})
    press(page, {"key": "k", "ctrlKey": True, **init})
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement === document.body")
    press(page, {"key": "j"})  # the same, not composing
    assert page.evaluate("document.activeElement.matches('a.t')")
    press(page, {"key": "k", "ctrlKey": True})
    page.locator("#palette a[role=option]").first.wait_for()
    press(page, {"key": "Enter", **init}, "#palette input[type=search]")
    assert page.url.endswith("/todo")
    assert page.locator("#palette[open]").count() == 1


def test_single_keys_are_switched_off_by_the_person_and_the_palette_stays(office: Office) -> None:
    visitor = office.sit_down("intake")
    visitor.prefer(keys="off")
    page = visitor.open("/todo")
    page.keyboard.press("?")
    assert page.locator("#keys[open]").count() == 0
    page.keyboard.press("Control+k")
    assert page.locator("#palette[open]").count() == 1


def press(page: Page, init: dict[str, object], at: str = "body") -> None:
    page.evaluate(
        "([at, init]) => (at === 'body' ? document.activeElement : document.querySelector(at))"
        ".dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init}))",
        [at, init],
    )


def tab_to(page: Page, href: str) -> bool:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUS) == href:
            return True
    return False


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_a_field_presses_the_button_of_the_form_and_not_the_one_that_stands_first(
    office: Office, scripts: bool
) -> None:
    """Above the fields stand buttons that add a row or throw a draft away."""
    visitor = office.sit_down("mediator", java_script_enabled=scripts)
    case = office.world.talking()
    page = visitor.open(f"/subjects/{case}/transitions/reach_agreement")
    page.fill("[name='terms-0-title']", "被申请人支付拖欠的工资")
    page.press("[name='terms-0-title']", "Enter")
    answered = page.locator("form:has(.errsum)")
    answered.wait_for()
    assert answered.locator("[name='terms-0-title']").input_value() == "被申请人支付拖欠的工资"


def test_what_replaces_the_control_just_pressed_takes_the_focus_over(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    page.locator("#history a", has_text="里程碑").focus()
    page.keyboard.press("Enter")
    page.locator("#history a[aria-current=true]", has_text="里程碑").wait_for()
    page.locator("#history a:focus", has_text="里程碑").wait_for()
    page.locator("button[aria-label*='显示完整电话']").first.focus()
    page.keyboard.press("Enter")
    page.locator(".masked", has_text="13800138000").wait_for()
    page.locator(".masked:focus").wait_for()


def test_what_can_be_taken_back_in_ten_seconds_is_one_tab_away(office: Office) -> None:
    cases = [office.world.assigned(application(duplicate_decision="separate", duplicate_reason="两案")) for _ in "12"]
    page = office.sit_down("mediator").page
    for key in ("j", "x"):
        page.keyboard.press(key)
    assert tab_to_button(page, "转派")
    page.keyboard.press("Enter")
    page.locator("dialog#dlg[open] [name=to]").wait_for()
    page.select_option("dialog [name=to]", str(office.world.ids["second"]))
    page.fill("dialog [name=reason]", "休假")
    page.press("dialog [name=reason]", "Enter")
    page.locator(".toast", has_text="全部成功").wait_for()
    page.keyboard.press("Tab")
    assert page.locator("button:focus", has_text="撤销").count() == 1
    page.keyboard.press("Enter")
    page.locator(".toast", has_text="已撤销").wait_for()
    assert len(cases) == page.locator("tr.row").count()


def tab_to_button(page: Page, words: str) -> bool:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.textContent") and page.evaluate(
            "document.activeElement.matches('button, a')"
        ):
            return True
    return False


def test_a_refusal_has_the_focus_wherever_it_stands(office: Office) -> None:
    visitor = office.arrive(office.address)
    page = visitor.open("/login")
    page.fill("#f-account", "head")
    page.press("#f-account", "Enter")
    page.locator(".errsum[role=alert]").wait_for()
    page.locator(".errsum:focus").wait_for()
    assert page.input_value("#f-account") == "head"
    case = office.world.talking()
    assert case
    page = office.sit_down("head").open("/seals")
    page.locator("main button.primary").press("Enter")
    page.locator(".errsum", has_text="没有选中文书").wait_for()
    page.locator(".errsum:focus").wait_for()


def test_the_summary_of_errors_leads_into_a_group_of_choices_too(office: Office) -> None:
    case = office.world.accepted()
    page = office.sit_down("head").open(f"/subjects/{case}/transitions/assign")
    page.locator("main button.primary:visible").press("Enter")
    page.locator(".errsum a", has_text="选择调解员").press("Enter")
    page.locator("#f-mediators:focus").wait_for()
    assert page.locator("dialog[open]").count() == 0, "what is refused on a page stays on it"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "mediators"


def test_a_menu_is_left_by_escape_and_closes_when_one_walks_on(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    opener = page.locator("details.menu > summary")
    opener.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert opener.evaluate("e => e === document.activeElement")
    opener.press("Enter")
    page.keyboard.press("Shift+Tab")
    assert page.locator("details.menu[open]").count() == 0


def test_enter_on_the_row_that_is_open_goes_over_to_the_case_beside_it(office: Office) -> None:
    for _ in "12":
        office.world.open(form=application(duplicate_decision="separate", duplicate_reason="两案"))
    page = office.sit_down("intake").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#beside .glance").wait_for()
    assert page.evaluate("document.activeElement.matches('tr.row a.t')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('#beside') !== null")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('tr.row a.t')")


def test_after_a_step_beside_the_list_one_is_at_the_next_row(office: Office) -> None:
    cases = [office.world.open(form=application(duplicate_decision="separate", duplicate_reason="两案")) for _ in "123"]
    page = office.sit_down("intake").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    step = page.locator("#beside a.btn[href*='/transitions/seek_consent']")
    step.press("Enter")
    page.locator("dialog#dlg[open] button.primary").press("Enter")
    page.wait_for_url("**/todo?*#r-*")
    page.locator(".toast", has_text="征询对方意见").wait_for()
    row = page.url.split("#")[1]
    assert row in {f"r-{case}" for case in cases}
    page.locator(f"#{row} a.t:focus").wait_for()


def test_a_filter_stands_in_the_address_and_can_be_saved_without_a_mouse(office: Office) -> None:
    office.world.assigned()
    visitor = office.sit_down("mediator")
    page = visitor.page
    page.locator("select[name=due]").focus()
    page.keyboard.press("End")
    page.wait_for_url("**/todo?*due=*")
    page.locator("#narrowed a", has_text="保存当前筛选").wait_for()
    page.reload()
    assert page.input_value("select[name=due]") != ""
    page.locator("#narrowed a", has_text="保存当前筛选").press("Enter")
    page.locator("dialog#dlg[open] form").wait_for()
    assert visitor.said == []


def test_what_is_taken_out_of_a_list_is_what_the_filter_shows(office: Office) -> None:
    office.world.open()
    page = office.sit_down("head").open("/cases/mediation")
    page.locator("select[name=st]").focus()
    page.keyboard.press("ArrowDown")
    chosen = page.input_value("select[name=st]")
    page.locator(f"#taken-out a[href*='st={chosen}']").first.wait_for()
    assert page.locator(f"#taken-out a[href*='st={chosen}']").count() == 2
    assert f"st={chosen}" in page.url


def test_a_date_is_typed_as_eight_digits_in_a_row(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}/transitions/reach_agreement")
    page.locator("[name='terms-0-due_on']").focus()
    page.keyboard.type("20260510")
    assert page.input_value("[name='terms-0-due_on']") == "2026-05-10"


def test_what_was_looked_up_is_in_sight_and_a_dialog_begins_at_what_is_chosen(office: Office) -> None:
    page = office.sit_down("intake").open("/cases/mediation/new?trigger=register")
    page.fill("[name='respondents-0-credit_code']", "91110105MA01ABCD5F")
    page.press("[name='respondents-0-credit_code']", "Enter")
    page.locator(".hint", has_text="已登记").wait_for()
    page.locator("[name='respondents-0-credit_code']:focus").wait_for()
    assert page.evaluate("(r => r.top > 0 && r.bottom < innerHeight)(document.activeElement.getBoundingClientRect())")
    record = office.world.record(office.world.drafted(), "agreement")
    page = office.sit_down("mediator").open(f"/records/{record.id}")
    page.locator(".event a[href$='/transitions/finalise']").press("Enter")
    page.locator("dialog#dlg[open] form").wait_for()
    page.locator("[name=original]:checked:focus").wait_for()
