"""A party on a telephone of 390 px, with JavaScript and without: in, answering, applying with a draft; every page looked at."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request
from sqlalchemy import select

from app.duties import handlers
from casework.desk.pages import my
from casework.desk.tables import ContactWish, Evidence, PartyRequest, Rating
from casework.mediation.forms import registration
from documents.tables import RecordSignature
from tests.browser.budget import budget
from tests.browser.conftest import Office, Visit
from tests.browser.look import faults, faults_without_scripts
from tests.browser.test_budgets import PICTURE
from tests.browser.test_signing import finalised, write
from tests.casework.desk.party.telephone import APPLICANT, STRANGER, Telephones
from workflows import outbox

TELEPHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ONLY_FORMS = {"/my/enter", "/my/for", "/my/leave", "/my/look"}  # they take a form that another page shows
QUIET = {"/my/away"}  # says nothing on purpose
SIGNING = {"/my/sign/{record_id:uuid}", "/my/sheet/{record_id:uuid}"}  # looked at with a paper to sign, below
FILES = {"/my/records/{record_id:uuid}", "/my/data/copy"}
SHOWN = {
    "/my": "/my",
    "/my/start/{name:str}": "/my/start/mediation",
    "/my/apply/{name:str}": "/my/apply/mediation",
    "/my/case": "/my/case",
    "/my/case/{name:str}": "/my/case/withdraw",
    "/my/sitting": "/my/sitting",
    "/my/data": "/my/data",
    "/my/code": "/my/code",
    "/my/l/{token:str}": "/my/l/used",
}
ROUTES = {path for route in my.routes for path in route.paths}
MOST_BYTES = 50 * 1024


@pytest.fixture
def telephones() -> Iterator[Telephones]:
    with Telephones() as telephones:
        yield telephones


class Party:
    """One person, one telephone."""

    def __init__(self, office: Office, telephones: Telephones, **options: object) -> None:
        self.office, self.telephones = office, telephones
        self.javascript = options.get("java_script_enabled", True)
        self.visit: Visit = office.arrive(office.address, **{**TELEPHONE, **options})

    @property
    def page(self) -> Page:
        return self.visit.page

    def enter(self, number: str, phone: str) -> None:
        page = self.visit.open("/my")
        page.fill("[name=number]", number)
        page.fill("[name=phone]", phone)
        page.click("text=获取验证码")
        self._give(phone)
        page.wait_for_url("**/my/case")

    def begin(self, phone: str) -> None:
        page = self.visit.open("/my")
        page.click("text=我要申请")
        page.fill("[name=phone]", phone)
        page.click("text=获取验证码")
        self._give(phone)
        page.wait_for_url("**/my/apply/mediation")

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()

    def relay(self) -> None:
        while outbox.relay(self.office.world.sessions, handlers(), self.office.clock.now, limit=50):
            pass

    def _give(self, phone: str) -> None:
        self.page.wait_for_url("**/my/code*")
        self.relay()
        self.page.fill("[name=code]", self.telephones.code(phone))
        if not self.javascript:  # with it, a complete code needs no button
            self.press("进入")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_party_answers_confirms_its_address_and_withdraws_from_a_telephone(
    office: Office, telephones: Telephones, javascript: bool
) -> None:
    case = office.world.assigned()
    office.world.sitting(case)
    party = Party(office, telephones, java_script_enabled=javascript)
    party.enter(office.world.case(case).number, APPLICANT)
    page = party.page
    assert "第一调解室" in page.inner_text("main")
    page.click("text=答复能否到会")
    page.check("text=能到会 >> nth=0")
    party.press("答复能否到会")
    page.wait_for_url("**/my/case")
    assert "你的答复：" in page.inner_text("main")
    page.click("text=确认送达地址")
    page.fill("[name=address]", "朝阳区某路8号3层")
    party.press("确认送达地址")
    page.wait_for_url("**/my/case")
    page.click("text=撤回申请")
    page.check("text=其他原因")
    party.press("我自愿撤回申请")
    page.wait_for_url("**/my/case")
    assert "申请已经撤回" in page.inner_text("main")
    assert office.world.state(case) == "withdrawn"
    assert party.visit.overflow == 0
    assert party.visit.said == []


@pytest.mark.parametrize("javascript", [True, False])
def test_an_application_is_begun_kept_and_sent_from_a_telephone(
    office: Office, telephones: Telephones, javascript: bool
) -> None:
    party = Party(office, telephones, java_script_enabled=javascript)
    party.begin(STRANGER)
    page = party.page
    page.fill("[name=name]", "李大山")
    page.fill("[name=grounds]", "公司从一月起没有发工资，问了几次都说没有钱。")
    if javascript:  # kept while it is typed
        page.locator(".saved", has_text="草稿已保存").wait_for()
    else:
        party.press("先存着，以后再写")
        page.wait_for_load_state()
    party.visit.open("/my/apply/mediation")
    assert page.input_value("[name=name]") == "李大山"
    page.fill("[name=id_number]", "110101199003070636")
    page.fill("[name=employer]", "北京乙餐饮有限公司")
    page.fill("[name=claims-0-amount]", "8600.50")
    page.select_option("[name=station]", str(office.world.station))
    page.check("[name=honest]")
    party.press("提交申请")
    page.wait_for_url("**/my/case")
    said = page.inner_text("main")
    assert "登记号" in said
    assert "已收到申请" in said
    assert party.visit.overflow == 0


def test_every_page_of_a_party_is_accessible_and_fits_its_window(office: Office, telephones: Telephones) -> None:
    assert {*SHOWN, *ONLY_FORMS, *FILES, *QUIET, *SIGNING} == ROUTES
    case = office.world.assigned()
    office.world.sitting(case)
    party = Party(office, telephones, is_mobile=False, reduced_motion="reduce")
    party.enter(office.world.case(case).number, APPLICANT)
    party.relay()
    found: dict[str, object] = faults(party.visit, telephones.link(APPLICANT))
    for path in (*SHOWN.values(), *QUIET, *(f"/my/case/{act}" for act in ("confirm-address", "hand-in", "message"))):
        found.update(faults(party.visit, path))
    party.visit.prefer(size="large")
    party.visit.resize(320)
    for path in SHOWN.values():
        party.visit.open(path)
        if party.visit.overflow:
            found[f"{path} in large print"] = party.visit.overflow
    assert found == {}, found


def test_every_page_of_a_party_says_everything_without_scripts(office: Office, telephones: Telephones) -> None:
    case = office.world.assigned()
    office.world.sitting(case)
    party = Party(office, telephones, java_script_enabled=False)
    party.enter(office.world.case(case).number, APPLICANT)
    found: dict[str, object] = {}
    link = telephones.link(APPLICANT)
    shown = {link if path.startswith("/my/l/") else path for path in SHOWN.values()}
    for path in sorted({*shown, "/my/case/hand-in", "/my/case/message"}):
        found.update(faults_without_scripts(party.visit, path))
    assert found == {}, found


# --- the actions of a party, against the number each task may take


def arrived(office: Office, telephones: Telephones, case: Any) -> tuple[Party, Page]:
    party = Party(office, telephones)
    party.enter(office.world.case(case).number, APPLICANT)
    return party, party.page


def test_help_is_asked_for_in_seven(office: Office, telephones: Telephones) -> None:
    party = Party(office, telephones)
    page = party.visit.open("/my")
    with budget(page, 7) as person:
        person.click("text=我要申请")
        page.wait_for_url("**/my/start/*")
        person.type("[name=phone]", STRANGER)
        person.click("text=获取验证码")
        page.wait_for_url("**/my/code*")
        party.relay()
        person.type("[name=code]", telephones.code(STRANGER))  # a complete code needs no button
        page.wait_for_url("**/my/apply/mediation")
        person.type("[name=name]", "李大山")
        person.type("[name=id_number]", "110101199003070636")
        person.type("[name=employer]", "北京乙餐饮有限公司")
        person.pick("[name=claims-0-kind]", value="wages")
        person.type("[name=claims-0-title]", "支付2026年1月工资")
        person.type("[name=claims-0-amount]", "8600.50")
        person.type("[name=grounds]", "公司从一月起没有发工资，问了几次都说没有钱。")
        person.pick("[name=station]", value=str(office.world.station))
        person.check("[name=honest]")
        person.click("button:has-text('提交申请')")
        page.wait_for_url("**/my/case")
    assert "已收到申请" in page.inner_text("main")


def test_from_the_text_the_case_is_reached_with_one_action_and_the_code(office: Office, telephones: Telephones) -> None:
    office.world.open()
    party = Party(office, telephones)
    party.relay()
    page = party.visit.open(telephones.link(APPLICANT))
    with budget(page, 1) as person:
        person.click("button:has-text('获取验证码')")
        page.wait_for_url("**/my/code*")
        party.relay()
        person.type("[name=code]", telephones.code(APPLICANT))
        page.wait_for_url("**/my/case")
    assert "接下来" in page.inner_text("main")


def test_what_comes_next_by_whom_and_until_when_is_read_without_a_further_action(
    office: Office, telephones: Telephones
) -> None:
    _, page = arrived(office, telephones, office.world.assigned())
    with budget(page, 0):
        said = page.inner_text("section[aria-labelledby=now-h]")
    for words in ("接下来", "由谁办", "周敏", "最迟", "电话"):
        assert words in said, words


def test_a_photograph_of_a_payslip_is_handed_in_in_three(office: Office, telephones: Telephones) -> None:
    _, page = arrived(office, telephones, office.world.assigned())
    with budget(page, 3) as person:
        person.click("text=补材料")
        page.wait_for_url("**/my/case/hand-in")
        person.choose("[name=wages]", "工资条.png", PICTURE)
        person.click("button:has-text('交给承办人')")
        page.wait_for_url("**/my/case")
    assert [piece.kind for piece in office.world.read(select(Evidence))] == ["wages"]


def test_a_safe_way_to_be_reached_is_told_in_two_a_title_hidden_and_the_page_left_in_one(
    office: Office, telephones: Telephones
) -> None:
    case = office.world.assigned()
    _, page = arrived(office, telephones, case)
    with budget(page, 2) as person:
        person.click("button:has-text('上班时间不要打电话')")
        page.locator("b", has_text="上班时间不要打电话").wait_for()
    assert office.world.read(select(ContactWish.wish)) == ["off_work"]
    with budget(page, 1) as person:
        person.click("button:has-text('隐藏页面标题')")
        page.locator("button:has-text('恢复页面标题')").wait_for()
    assert page.title() == "网页"
    with budget(page, 1) as person:
        person.click("button[aria-label=快速离开]")
        page.wait_for_url("**/my/away")


def test_an_agreement_is_read_and_signed_on_the_telephone_in_four(office: Office, telephones: Telephones) -> None:
    record = finalised(office.world)
    party, page = arrived(office, telephones, record.root_id)
    with budget(page, 4) as person:
        person.click("a:has-text('《调解协议书》并签名')")
        page.wait_for_url("**/my/sign/*")
        assert "王建国" in page.frame_locator("iframe").locator("body").inner_text()
        person.type("[name=identity]", "4116")
        page.locator("[data-pad] canvas").scroll_into_view_if_needed()
        write(party.visit)
        person.click("button:has-text('我已看完，自愿签名')")
        page.wait_for_url("**/my/case")
    assert office.world.read(select(RecordSignature.way)) == ["phone"]
    assert party.visit.said == []


def test_the_page_on_which_a_party_signs_is_accessible_and_fits_its_window(
    office: Office, telephones: Telephones
) -> None:
    record = finalised(office.world)
    party = Party(office, telephones, is_mobile=False, reduced_motion="reduce")
    party.enter(office.world.case(record.root_id).number, APPLICANT)
    found = faults(party.visit, f"/my/sign/{record.id}")
    assert found == {}, found


def test_an_application_is_withdrawn_in_three(office: Office, telephones: Telephones) -> None:
    case = office.world.assigned()
    _, page = arrived(office, telephones, case)
    with budget(page, 3) as person:
        person.click("text=撤回申请")
        page.wait_for_url("**/my/case/withdraw")
        person.check("text=其他原因")
        person.click("button:has-text('我自愿撤回申请')")
        page.wait_for_url("**/my/case")
    assert office.world.state(case) == "withdrawn"


def test_an_objection_to_a_refusal_is_made_in_three(office: Office, telephones: Telephones) -> None:
    case = office.world.open()
    office.world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    office.world.act(case, "record_answer", registration.RecordAnswer(answer="refused"), "intake")
    office.world.act(case, "reject", registration.Reject(reason="party_disagrees"), "head")
    _, page = arrived(office, telephones, case)
    with budget(page, 3) as person:
        person.click("a:has-text('提出异议')")
        page.wait_for_url("**/my/case/objection")
        person.type("[name=text]", "我和公司有劳动关系，有工资流水")
        person.click("button:has-text('告诉承办人')")
        page.wait_for_url("**/my/case")
    assert office.world.read(select(PartyRequest.kind)) == ["objection"]


def test_a_closed_case_is_rated_in_four(office: Office, telephones: Telephones) -> None:
    _, page = arrived(office, telephones, office.world.failed())
    with budget(page, 4) as person:
        for question, answer in (("clear", "3"), ("manner", "3"), ("outcome", "1")):
            person.check(f"[name={question}][value='{answer}']")
        person.click("section[aria-labelledby=rate-h] button")
        page.locator(".toast", has_text="谢谢").wait_for()
    assert [row.outcome for row in office.world.read(select(Rating))] == [1]


@pytest.mark.parametrize("asked", ["correction", "deletion"])
def test_what_is_kept_is_seen_and_mended_or_deleted_on_request_in_three(
    office: Office, telephones: Telephones, asked: str
) -> None:
    _, page = arrived(office, telephones, office.world.open())
    with budget(page, 3) as person:
        person.click("text=我的信息")
        page.wait_for_url("**/my/data")
        person.click(f"a[href='/my/case/{asked}']")
        page.wait_for_url(f"**/my/case/{asked}")
        person.type("[name=text]", "住址已经换了，写的是以前的")
        person.click("button:has-text('告诉承办人')")
        page.wait_for_url("**/my/case")
    assert office.world.read(select(PartyRequest.kind)) == [asked]


def test_what_is_kept_is_taken_away_as_a_copy_in_three(office: Office, telephones: Telephones) -> None:
    _, page = arrived(office, telephones, office.world.open())
    with budget(page, 3) as person, page.expect_download() as download:
        person.click("text=我的信息")
        page.wait_for_url("**/my/data")
        person.click("text=下载一份完整的")
    assert APPLICANT in download.value.path().read_text("utf-8-sig")


def test_a_first_visit_is_at_most_fifty_kilobytes(office: Office) -> None:
    visit = office.arrive(office.address, **TELEPHONE)
    seen: list[Request] = []
    visit.page.on("requestfinished", lambda request: seen.append(request))
    visit.page.goto(f"{office.address}/my", wait_until="networkidle")
    sizes = {request.url.split("/")[-1]: request.sizes()["responseBodySize"] for request in seen}
    assert len(sizes) >= 3, sizes
    assert sum(sizes.values()) <= MOST_BYTES, sizes
