"""Every component in a real browser: accessible, inside its page, and useful without JavaScript."""

from collections.abc import Callable, Iterator

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.database import Database
from tests.browser.conftest import Serve, Visit
from tests.conftest import Clock
from tests.web.conftest import PASSWORD, small_service
from union import passwords

WIDTHS = (1440, 820, 390, 320)


@pytest.fixture
def arrive(sqlite: Database, clock: Clock, serve: Serve, visit: Callable[..., Visit]) -> Iterator[Callable[..., Visit]]:
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    address = serve(small_service(sqlite, clock))

    def arrive(**options: object) -> Visit:
        visitor = visit(address, **options)
        visitor.log_in("zhoumin", PASSWORD, "/_ui")
        return visitor

    yield arrive
    passwords.use(PasswordHash((Argon2Hasher(),)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_gallery_is_accessible_at_every_width(arrive, theme):
    visitor = arrive()
    visitor.prefer(theme=theme)
    for width in WIDTHS:
        visitor.resize(width)
        page = visitor.open("/_ui")
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert visitor.overflow == 0, width
        assert visitor.violations() == [], width
    assert visitor.said == []


def test_the_large_print_version_fits_a_phone(arrive):
    visitor = arrive()
    visitor.prefer(size="large")
    visitor.resize(390)
    visitor.open("/_ui")
    assert visitor.overflow == 0
    assert visitor.violations() == []


def test_a_dialog_keeps_what_was_typed_and_points_at_what_is_wrong(arrive):
    visitor = arrive()
    page = visitor.page
    page.click("text=打开弹窗")
    dialog = page.locator("dialog#dlg[open]")
    dialog.locator("[name=name]").fill("王")
    dialog.locator("button.primary").click()
    dialog.locator(".errsum").wait_for()
    assert dialog.locator("[name=name]").input_value() == "王"
    assert page.evaluate("document.activeElement.className") == "errsum"
    assert visitor.violations() == []
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert all("422" in text for text in visitor.said)  # the browser's own note of the answer's status


def test_rows_are_added_one_at_a_time_and_numbered_on(arrive):
    page = arrive().open("/_ui/dialog")
    add = page.locator("button[name=_add]")
    assert page.locator(".rowbox:visible").count() == 1
    for _ in range(4):
        add.click()
    names = page.evaluate("[...document.querySelectorAll('.rowbox select')].map((s) => s.name)")
    assert names == [f"lines-{i}-kind" for i in range(5)]


def test_without_javascript_the_dialog_is_a_page_and_rows_are_asked_of_the_server(arrive):
    page = arrive(java_script_enabled=False).page
    page.click("text=打开弹窗")
    assert page.url.endswith("/_ui/dialog")
    page.fill("[name=name]", "王立娟")
    assert page.locator(".rowbox:visible").count() == 3
    page.click("button[name=_add]")
    assert page.locator(".rowbox:visible").count() == 6
    assert page.locator(".errsum").count() == 0
    assert page.input_value("[name=name]") == "王立娟"
    page.click("main button.primary")
    assert page.locator(".errsum li").count() > 0
    assert page.input_value("[name=name]") == "王立娟"


def test_the_palette_and_the_shortcuts_leave_the_input_method_alone(arrive):
    page = arrive().page
    page.keyboard.press("Control+k")
    assert page.locator("#palette[open]").count() == 1
    page.keyboard.press("Escape")
    page.evaluate(
        "dispatch = (init) => document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...init}))"
    )
    page.evaluate("dispatch({key: '?', isComposing: true})")
    assert page.locator("#keys[open]").count() == 0
    page.evaluate("dispatch({key: '?'})")
    assert page.locator("#keys[open]").count() == 1


def test_selecting_rows_shows_the_bulk_bar_with_their_number(arrive):
    page = arrive().page
    assert not page.locator(".bulk").is_visible()
    page.locator("tr.row input").first.check()
    assert page.locator(".bulk [data-n]").inner_text() == "1"


def test_log_in_and_error_pages_are_accessible(arrive):
    visitor = arrive()
    for path in ("/nothing", "/broken"):
        visitor.open(path)
        assert visitor.violations() == [], path
    visitor.open("/todo").locator(".side form[action='/logout'] button").click()
    visitor.page.wait_for_url("**/login")
    assert visitor.page.locator(".toast").inner_text() == "已退出登录"
    assert visitor.violations() == []
