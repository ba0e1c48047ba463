"""The line goes dead: the page says so, keeps what was typed, and sends it when the line is back."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from casework.desk.tables import Draft
from tests.browser.conftest import Office, Visit

TYPED = "对方同意周五到会"


@contextmanager
def cut_off(visitor: Visit) -> Iterator[None]:
    visitor.context.set_offline(True)
    yield
    visitor.context.set_offline(False)


def test_a_dead_line_is_said_and_a_draft_typed_meanwhile_is_sent_by_itself(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator")
    page = visitor.open(f"/subjects/{case}")
    bar = page.locator("#offline")
    assert not bar.is_visible()
    with cut_off(visitor):
        bar.wait_for(state="visible")
        with page.expect_event("requestfailed"):
            page.locator("#note").press_sequentially(TYPED)
        assert visitor.violations() == []
    page.locator("#saved", has_text="草稿已保存").wait_for()
    bar.wait_for(state="hidden")
    assert page.input_value("#note") == TYPED
    assert len(office.world.read(select(Draft.place))) == 1


def test_a_form_sent_into_a_dead_line_keeps_its_words_and_goes_out_on_trying_again(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator")
    page = visitor.open(f"/subjects/{case}")
    page.fill("#note", TYPED)
    with cut_off(visitor):
        page.locator("#offline").wait_for(state="visible")
        page.click("form.compose button.primary")
        assert page.input_value("#note") == TYPED
        page.click("#offline [data-retry]")
        page.locator("#said", has_text="网络仍未恢复").wait_for(state="attached")
        page.evaluate("addEventListener('online', (e) => e.stopImmediatePropagation(), true)")  # still unnoticed
        assert page.url.endswith(f"/subjects/{case}")
        assert page.locator("#offline").is_visible()
    page.evaluate("document.querySelector('#offline [data-retry]')?.click()")
    page.locator(".toast").first.wait_for()
    page.locator("#history", has_text=TYPED).wait_for()


def test_a_link_followed_without_a_line_leaves_the_page_and_its_words_standing(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator")
    page = visitor.open(f"/subjects/{case}/transitions/record_minutes")
    page.fill("[name=proceedings]", TYPED)
    with cut_off(visitor):
        page.locator("#offline").wait_for(state="visible")
        page.click(".side a[href='/calendar']")
        assert page.input_value("[name=proceedings]") == TYPED
        assert page.url.endswith("/record_minutes")


def test_a_server_that_does_not_answer_is_said_though_the_browser_thinks_it_is_online(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator")
    page = visitor.open(f"/subjects/{case}")
    visitor.context.route("**/contacts/new", lambda route: route.abort())
    page.click("a[href$='/contacts/new']")
    page.locator("#offline").wait_for(state="visible")
    visitor.context.unroute("**/contacts/new")
    page.click("#offline [data-retry]")
    page.locator("dialog#dlg[open] form").wait_for()
    assert not page.locator("#offline").is_visible()


def test_a_dialog_says_it_too_and_its_step_goes_out_on_trying_again(office: Office) -> None:
    """Behind an open dialog nothing can be pressed: the bar stands inside it."""
    case = office.world.talking()
    visitor = office.sit_down("mediator")
    page = visitor.open(f"/subjects/{case}")
    page.click(f"a.btn[href='/subjects/{case}/transitions/record_minutes']")
    page.fill("#dlg [name=proceedings]", TYPED)
    with cut_off(visitor):
        page.locator("#dlg #offline").wait_for(state="visible")
        page.click("#dlg button.primary")
        page.click("#dlg #offline [data-retry]")
        page.locator("#said", has_text="网络仍未恢复").wait_for(state="attached")
        assert page.input_value("#dlg [name=proceedings]") == TYPED
    page.locator("#offline").wait_for(state="hidden")
    page.locator("#dlg [data-close]").first.click()
    assert page.locator("body > #offline").count() == 1
