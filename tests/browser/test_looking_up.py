"""A number is looked up from the keyboard, and Enter in another field presses no button by chance."""

from tests.browser.conftest import Office
from tests.casework.mediation.world import FIRM


def test_enter_looks_a_number_up_and_elsewhere_leaves_the_form_alone(office: Office) -> None:
    office.world.open()
    visitor = office.sit_down("intake", to="/drafts")
    page = visitor.open("/cases/mediation/new?trigger=register")
    page.fill("[name='applicants-0-name']", "王小明")
    page.keyboard.press("Enter")
    rows = page.locator("[data-rows=respondents] .rowbox:visible").count()
    page.fill("[name='respondents-0-credit_code']", FIRM.credit_code)
    page.keyboard.press("Enter")
    page.locator(".hint", has_text=f"已登记：{FIRM.name}").wait_for()
    assert page.input_value("[name='respondents-0-name']") == FIRM.name
    assert page.input_value("[name='applicants-0-name']") == "王小明"
    assert page.locator("[data-rows=respondents] .rowbox:visible").count() == rows
    assert page.evaluate("document.activeElement.name") == "respondents-0-credit_code"
    assert visitor.said == []


def test_a_row_added_by_hand_looks_its_own_number_up(office: Office) -> None:
    visitor = office.sit_down("intake", to="/drafts")
    page = visitor.open("/cases/mediation/new?trigger=register")
    rows = page.locator("[data-rows=applicants]")
    for _ in range(4):
        rows.locator("button[name=_add]").click()
    last = rows.locator(".rowbox:visible").last
    name = last.locator("input[name$='-id_number']").get_attribute("name")
    assert last.locator("button[name=_lookup][value$='-id_number']").get_attribute("value") == name
