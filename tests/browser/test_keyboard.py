"""The next step of a case without a mouse, and the window that opens for it."""

from playwright.sync_api import Page

from tests.browser.conftest import Office

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


def test_the_first_tab_leads_past_the_side_bar(office: Office) -> None:
    page = office.sit_down("mediator").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id || location.hash").lstrip("#") == "main"


def test_the_palette_opens_finds_a_case_and_leads_there(office: Office) -> None:
    case = office.world.open()
    page = office.sit_down("intake").page
    page.keyboard.press("Control+k")
    page.locator("#palette[open] input").fill("王建国")
    page.locator(f"#palette a[href='/subjects/{case}']").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/subjects/{case}")


def tab_to(page: Page, href: str) -> bool:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUS) == href:
            return True
    return False
