"""The case page at work: its history by keyboard, a form whose typing keeps itself, the pages around it."""

from tests.browser.conftest import Office


def test_what_is_typed_in_a_dialog_keeps_itself_and_is_taken_up_again(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator", to="/drafts")
    page = visitor.open(f"/subjects/{case}")
    page.click("a[href$='/contacts/new']")
    page.fill("#dlg textarea[name=text]", "对方同意周五到会")
    page.locator("#dlg .saved", has_text="草稿已保存").wait_for()
    page.click("#dlg .foot a[data-close]")
    page.click("a[href$='/contacts/new']")
    page.click("#dlg a:has-text('接着草稿填写')")
    page.locator("#dlg textarea[name=text]", has_text="对方同意周五到会").wait_for()


def test_what_is_typed_the_moment_a_dialog_opens_is_kept_too(office: Office) -> None:
    case = office.world.talking()
    page = office.sit_down("mediator").open(f"/subjects/{case}")
    page.evaluate(TYPED_AT_ONCE)
    page.click("a[href$='/contacts/new']")
    page.locator("#dlg .saved", has_text="草稿已保存").wait_for()


TYPED_AT_ONCE = """() => new MutationObserver(() => {
  const text = document.querySelector('#dlg[open] textarea[name=text]');
  if (!text || text.value) return;
  text.value = '对方同意周五到会';
  text.dispatchEvent(new Event('input', {bubbles: true}));
}).observe(document.querySelector('#dlg'), {attributes: true})"""


def test_the_history_changes_its_level_by_keyboard_without_leaving_the_page(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("head", to="/drafts")
    page = visitor.open(f"/subjects/{case}")
    before = page.locator("#history .tl li").count()
    page.locator("#history a", has_text="里程碑").focus()
    page.keyboard.press("Enter")
    page.locator("#history a[aria-current=true]", has_text="里程碑").wait_for()
    assert 0 < page.locator("#history .tl li").count() < before
    page.locator("#history a", has_text="阅读").focus()
    page.keyboard.press("Enter")
    page.locator("#history", has_text="看过本件").wait_for()
    assert visitor.said == []
