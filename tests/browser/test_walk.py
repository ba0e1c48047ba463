"""One case from oral application to archive through the pages, each step by the person whose step it is.

Walked twice: with JavaScript, steps open in a dialog; without it, they are pages of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import FIRM, FIRM_CODE, Office, Visit

APPLICATION = {
    "applicants-0-name": "王建国",
    "applicants-0-id_number": "110105198503074116",
    "applicants-0-phone": "13800138000",
    "respondents-0-name": FIRM,
    "respondents-0-credit_code": FIRM_CODE,
    "claims-0-kind": "wages",
    "claims-0-title": "支付2026年1月工资",
    "claims-0-amount": "8000",
    "grounds": "公司拖欠2026年1月工资，多次催要未付。",
    "place": "窗口",
    "read_back": True,
}
AGREEMENT = {
    "terms-0-title": "被申请人分两期支付拖欠工资",
    "terms-0-amount": "6000",
    "terms-0-payee": "王建国",
    "terms-0-way": "transfer",
    "terms-0-bank_name": "中国工商银行",
    "terms-0-account": "6222020200012345678",
    "terms-0-tax": "pre",
    "terms-0-instalments-0-amount": "4000",
    "terms-0-instalments-0-due_on": "2026-03-10",
    "terms-0-instalments-1-amount": "2000",
    "terms-0-instalments-1-due_on": "2026-04-10",
}
MINUTES = {
    "proceedings": "双方核对了考勤和工资台账，对欠付金额没有异议。",
    "result": "双方就分期支付达成一致。",
    "read_back": True,
}


@dataclass
class Walk:
    """One case and the people who take turns at it, each at a browser of their own."""

    office: Office
    javascript: bool
    case: str = ""  # the address of its page
    seats: dict[str, Visit] = field(default_factory=dict)
    proved: bool = False  # the keeper has given a code in the present session, and the clock stands still

    def sit(self, account: str) -> Page:
        if account not in self.seats:
            self.seats[account] = self.office.sit_down(account, java_script_enabled=self.javascript)
        return self.seats[account].page

    def rise(self) -> None:
        """Everybody leaves; nothing went wrong in their browsers."""
        for account, seat in self.seats.items():
            assert seat.said == [], account
            seat.context.close()
        self.seats.clear()
        self.proved = False

    def register(self, account: str, way: str, typed: Mapping[str, str | bool]) -> None:
        page = self.sit(account)
        page.goto(f"{self.office.address}/cases/mediation")
        page.click("main a[href^='/cases/mediation/new']")
        page.click(f"nav.tabs a:has-text('{way}')")
        self._fill(page.locator("main"), typed)
        page.click("main form button.primary")
        self._expect_done(page)
        self.case = page.url

    def step(self, account: str, trigger: str, typed: Mapping[str, str | bool] | None = None, at: str = "") -> None:
        """Find the step on the page of the case or of a record, open it, fill it in and confirm."""
        page = self.sit(account)
        page.goto(at or self.case)
        link = page.locator(f"main .event a.btn[href$='/transitions/{trigger}']")
        self._unfold(link)
        link.click()
        form = page.locator("dialog#dlg[open] form" if self.javascript else "main form")
        form.wait_for()
        self._fill(form, typed or {})
        form.locator("button.primary").click()
        self._expect_done(page)

    def record(self, account: str, title: str) -> str:
        """The address of a record, found the way its keeper finds it: in the register."""
        page = self.sit(account)
        page.goto(f"{self.office.address}/documents")
        page.click(f"main a[href^='/records/']:has-text('{title}')")
        page.wait_for_url("**/records/*")
        return page.url

    def sign(self, account: str, title: str, names: list[str]) -> None:
        record = self.record(account, title)
        for name in names:
            self.step(account, "sign", {"signer": name}, at=record)

    def serve(self, account: str, title: str) -> None:
        record = self.record(account, title)
        for name in ("王建国", FIRM):
            self.step(account, "serve", {"addressee": name}, at=record)

    def seal(self, title: str) -> None:
        """Approved by the head, set by the keeper with the code on the telephone, asked for once in five minutes."""
        self.step("head", "approve_seal", at=self.record("head", title))
        code = {} if self.proved else {"_code": self.office.code("keeper")}
        self.step("keeper", "seal", {"copies": "3", **code}, at=self.record("keeper", title))
        self.proved = True

    def reads(self, account: str, text: str) -> bool:
        return text in self.sit(account).locator("main").inner_text()

    def _fill(self, form: Locator, typed: Mapping[str, str | bool]) -> None:
        for name, value in typed.items():
            field = form.locator(f"[name='{name}']")
            for folded in field.first.locator("xpath=ancestor::details[not(@open)]/summary").all():
                folded.click()
            if self.javascript and not field.first.is_visible():
                self._add_row(form, name)
            self._answer(field, value)

    def _add_row(self, form: Locator, name: str) -> None:
        """Spare rows wait until somebody asks for them."""
        rows = name.rsplit("-", 2)[0]
        form.locator(f"button[name=_add][value='{rows}']").first.click()

    def _answer(self, field: Locator, value: str | bool) -> None:
        if value is True:
            field.check()
        elif field.first.get_attribute("type") in ("radio", "checkbox"):
            field.page.locator(f"[name='{field.first.get_attribute('name')}'][value='{value}']").check()
        elif field.evaluate("e => e.nodeName") == "SELECT":
            field.select_option(self._choice(field, str(value)))
        else:
            field.fill(str(value))

    def _choice(self, field: Locator, value: str) -> str:
        """By value, else by the words a person reads."""
        values = field.locator("option").evaluate_all("all => all.map(o => [o.value, o.textContent.trim()])")
        fitting = [v for v, words in values if v == value or value in words]
        assert fitting, (value, values)
        return str(fitting[0])

    def _unfold(self, link: Locator) -> None:
        if not link.is_visible():
            link.locator("xpath=ancestor::details/summary").first.click()

    def _expect_done(self, page: Page) -> None:
        said = page.locator(".toast:not(.danger), .errsum, .toast.danger").first
        said.wait_for()
        assert "errsum" not in (said.get_attribute("class") or ""), said.inner_text()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_a_case_is_walked_from_oral_application_to_archive(office: Office, javascript: bool) -> None:
    walk = Walk(office, javascript)
    walk.register("intake", "登记口头申请", APPLICATION)
    walk.sign("intake", "口头申请笔录", ["王建国", "林晓"])
    walk.sign("intake", "收件回执", ["intake"])
    walk.step("intake", "seek_consent", {"way": "phone"})
    walk.seal("征询意见函")
    walk.step("intake", "record_answer", {"answer": "agreed"})
    walk.step("head", "accept")
    walk.seal("调解受理通知书")
    walk.serve("intake", "调解受理通知书")
    walk.step("head", "assign", {"mediators": str(office.world.ids["mediator"]), "recorder": "唐伟"})
    walk.sign("head", "调解员通知", ["org_head"])
    walk.seal("调解员通知")
    walk.step("mediator", "schedule_sitting", {"starts_at": "2026-03-02T14:00", "place": "第一调解室"})
    walk.seal("调解通知书")
    walk.serve("mediator", "调解通知书")
    walk.rise()
    office.clock.set(2026, 3, 2, 15)
    walk.step("mediator", "start_session", {"rights_told": True})
    walk.step("mediator", "record_minutes", MINUTES)
    walk.sign("mediator", "调解笔录", ["王建国", FIRM, "周敏", "唐伟"])
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
    walk.step("archivist", "archive", {"catalogue_complete": True, "receipts_filed": True, "pages": "32"})
    assert walk.reads("archivist", "已归档")
    walk.rise()
