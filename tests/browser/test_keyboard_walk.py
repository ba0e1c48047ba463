"""A whole case without a mouse: from the log-in over registration, sitting and agreement to the archive and out again.

Nothing is clicked. Wherever a key leads, something has the focus, and it can be seen that it has.
"""

import re
from collections.abc import Mapping
from uuid import UUID

from playwright.sync_api import Locator, Page

from tests.browser.conftest import FIRM, PASSWORD, Office
from tests.browser.test_walk import AGREEMENT, APPLICATION, Walk

MOST_TABS = 150
AT = """(css) => { const e = document.activeElement, fold = e.matches('details:not([open]) > summary') && e.parentElement;
  return e.matches(css) ? 'there' : fold && fold.querySelector(css) ? 'folded' : ''; }"""
CHOICE = """() => { const e = document.activeElement;
  return e.nodeName === 'SELECT' ? [e.value, e.selectedOptions[0]?.textContent.trim() ?? ''] : [e.value, e.value]; }"""
FOCUS = """() => { const e = document.activeElement, at = e.getBoundingClientRect();
  return {lost: e === document.body, ring: getComputedStyle(e).outlineStyle !== 'none' || /^(date|datetime-local)$/.test(e.type),
    seen: at.bottom > 0 && at.top < innerHeight && at.width > 0, what: e.outerHTML.slice(0, 120)}; }"""


class Keys(Walk):
    """The same people, who only have keyboards."""

    def sit(self, account: str) -> Page:
        if account not in self.seats:
            seat = self.seats[account] = self.office.arrive(self.office.address)
            page = seat.open("/login")
            self._reach(page, "#f-account", from_top=False)
            page.keyboard.insert_text(account)
            page.keyboard.press("Tab")
            page.keyboard.insert_text(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{self.office.address}/todo")
        return self.seats[account].page

    def leave(self, account: str) -> None:
        page = self.sit(account)
        page.goto(f"{self.office.address}/todo")
        self._reach(page, ".side form[action='/logout'] button", from_top=False)
        page.keyboard.press("Enter")
        page.wait_for_url("**/login*")

    def register(self, account: str, way: str, typed: Mapping[str, str | bool]) -> None:
        page = self.sit(account)
        page.keyboard.press("Control+k")
        page.locator("#palette[open]").wait_for()
        page.keyboard.insert_text(way)
        page.keyboard.press("Enter")  # before the answer to these words is there
        page.wait_for_url("**/cases/mediation/new?trigger=*")
        self._past_the_side_bar(page)
        self._fill(page.locator("main"), typed)
        self._press(page, "main form .foot button.primary")
        self.case = page.url

    def step(self, account: str, trigger: str, typed: Mapping[str, str | bool] | None = None, at: str = "") -> None:
        page = self.sit(account)
        page.goto(at or self.case)
        self._reach(page, f"main .event a.btn[href$='/transitions/{trigger}']")
        page.keyboard.press("Enter")
        form = page.locator("dialog#dlg[open] form")
        form.wait_for()
        page.locator("dialog#dlg :focus").first.wait_for()
        self._fill(form, typed or {})
        self._press(page, "dialog#dlg button.primary")

    def record(self, account: str, title: str) -> str:
        page = self.sit(account)
        page.goto(f"{self.office.address}/documents?q={title}")
        self._reach(page, "main a[href^='/records/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/records/*")
        return page.url

    def sitting(self, account: str, minutes: str) -> None:
        """Minutes of the sitting as it goes: a set piece, what is said after it, read back to everybody there."""
        page = self.sit(account)
        page.goto(self.case)
        self._reach(page, "main a[href*='/sittings/']:not([href$='/new'])")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sittings/*")
        self._reach(page, "button[name=_insert][value=opening]")
        page.keyboard.press("Enter")
        page.wait_for_url("**#f-open_minutes")
        page.locator("[name=open_minutes]:focus").wait_for()
        page.keyboard.insert_text(minutes)
        assert page.input_value("[name=open_minutes]").endswith(minutes), "one goes on writing behind what was inserted"
        self._press(page, "main form .foot button.primary")
        self._reach(page, "main a[href$='/read-back']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/read-back")
        self._past_the_side_bar(page)
        for person in range(2):
            self._fill(page.locator("main"), {f"people-{person}-confirmed": "read"})
        self._press(page, "main form .foot button.primary")

    def _past_the_side_bar(self, page: Page) -> None:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

    def _press(self, page: Page, css: str) -> None:
        self._reach(page, css, from_top=False)
        page.keyboard.press("Enter")
        self._expect_done(page)

    def _reach(self, page: Page, css: str, from_top: bool = True) -> None:
        """By Tab alone; a fold on the way that holds it is opened."""
        if from_top:
            self._past_the_side_bar(page)
        for _ in range(MOST_TABS):
            found = page.evaluate(AT, css)
            if found == "there":
                return self._expect_seen(page)
            if found == "folded":
                page.keyboard.press("Enter")
            page.keyboard.press("Tab")
        raise AssertionError(f"no way by keys to {css}")

    def _expect_seen(self, page: Page) -> None:
        found = page.evaluate(FOCUS)
        assert not found["lost"], "nothing has the focus"
        assert found["ring"], found
        assert found["seen"], found

    def _fill(self, form: Locator, typed: Mapping[str, str | bool]) -> None:
        page = form.page
        for name, value in typed.items():
            field = form.locator(f"[name='{name}']").first
            if not field.count() or (field.locator("xpath=ancestor::*[@hidden]").count()):
                self._reach(page, f"button[name=_add][value='{name.rsplit('-', 2)[0]}']", from_top=False)
                page.keyboard.press("Enter")
            self._reach(page, f"[name='{name}']", from_top=False)
            self._answer(field, value)

    def _answer(self, field: Locator, value: str | bool) -> None:
        page, kind = field.page, field.get_attribute("type")
        if value is True or kind == "checkbox":
            if value is not True:
                self._reach(page, f"[name='{field.get_attribute('name')}'][value='{value}']", from_top=False)
            page.keyboard.press("Space")
        elif kind == "radio" or field.evaluate("e => e.nodeName") == "SELECT":
            self._choose(page, str(value))
        elif kind in ("date", "datetime-local"):
            page.keyboard.type(re.sub(r"\D", "", str(value)))  # digits in a row: the year ends by itself
            assert field.input_value() == value
        else:
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(str(value))

    def _choose(self, page: Page, value: str) -> None:
        for _ in range(40):
            held, words = page.evaluate(CHOICE)
            if held == value or (words and value in words):
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not among the choices")


def test_a_case_is_walked_from_application_to_archive_without_a_mouse(office: Office) -> None:
    walk = Keys(office, javascript=True)
    walk.register("intake", "登记口头申请", APPLICATION)
    walk.sign("intake", "口头申请笔录", ["王建国", "林晓"])
    walk.step("intake", "seek_consent", {"way": "phone"})
    walk.step("intake", "record_answer", {"answer": "agreed"})
    walk.step("head", "accept")
    walk.step("head", "assign", {"mediators": str(office.world.ids["mediator"]), "recorder": "唐伟"})
    walk.step("mediator", "schedule_sitting", {"starts_at": "2026-03-02T14:00", "place": "第一调解室"})
    walk.seal("调解通知书")
    walk.serve("mediator", "调解通知书")
    walk.leave("intake")
    walk.rise()
    office.clock.set(2026, 3, 2, 15)
    walk.step("mediator", "start_session", {"rights_told": True})
    walk.sitting("mediator", "双方核对了考勤和工资台账。")
    walk.step("mediator", "record_minutes", {"read_back": True})
    walk.step("mediator", "reach_agreement", AGREEMENT)
    walk.step("mediator", "finalise", at=walk.record("mediator", "调解协议书"))
    walk.sign("mediator", "调解协议书", ["王建国", FIRM, "周敏"])
    walk.seal("调解协议书")
    walk.serve("mediator", "调解协议书")
    walk.step("mediator", "sign")
    assert walk.reads("mediator", "调解成功")
    walk.step("mediator", "record_part", {"term_id": "第1期", "amount": "4000", "proof": "银行回单0310"})
    walk.step("mediator", "complete", {"term_id": "第2期", "amount": "2000", "proof": "银行回单0410"})
    assert walk.reads("mediator", "履行完毕")
    office.world.finish_papers(UUID(walk.case.rsplit("/")[-1]))  # the letters along the way, as those above
    walk.step("archivist", "archive", {"catalogue_complete": True, "receipts_filed": True, "pages": "32"})
    assert walk.reads("archivist", "已归档")
    walk.rise()
