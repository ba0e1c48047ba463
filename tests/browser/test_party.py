"""A party on a telephone of 390 px, with JavaScript and without: in, answering, applying with a draft; every page looked at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request

from app.duties import handlers
from casework.desk.pages import my
from tests.browser.conftest import Office, Visit
from tests.browser.look import faults
from tests.casework.desk.party.telephone import APPLICANT, STRANGER, Telephones
from workflows import outbox

TELEPHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ONLY_FORMS = {"/my/enter", "/my/leave", "/my/look"}  # they take a form that another page shows
FILES = {"/my/records/{record_id:uuid}"}
SHOWN = {
    "/my": "/my",
    "/my/start/{name:str}": "/my/start/mediation",
    "/my/apply/{name:str}": "/my/apply/mediation",
    "/my/case": "/my/case",
    "/my/case/{name:str}": "/my/case/withdraw",
    "/my/sitting": "/my/sitting",
    "/my/code": "/my/code",
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

    def _give(self, phone: str) -> None:
        self.page.wait_for_url("**/my/code*")
        while outbox.relay(self.office.world.sessions, handlers(), self.office.clock.now, limit=50):
            pass
        self.page.fill("[name=code]", self.telephones.code(phone))
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
    page.check("[name=voluntary]")
    party.press("撤回申请")
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
    assert {*SHOWN, *ONLY_FORMS, *FILES} == ROUTES
    case = office.world.assigned()
    office.world.sitting(case)
    party = Party(office, telephones, is_mobile=False, reduced_motion="reduce")
    party.enter(office.world.case(case).number, APPLICANT)
    found: dict[str, object] = {}
    for path in (*SHOWN.values(), "/my/case/confirm-address"):
        found.update(faults(party.visit, path))
    party.visit.prefer(size="large")
    party.visit.resize(320)
    for path in SHOWN.values():
        party.visit.open(path)
        if party.visit.overflow:
            found[f"{path} in large print"] = party.visit.overflow
    assert found == {}, found


def test_a_first_visit_is_at_most_fifty_kilobytes(office: Office) -> None:
    visit = office.arrive(office.address, **TELEPHONE)
    seen: list[Request] = []
    visit.page.on("requestfinished", lambda request: seen.append(request))
    visit.page.goto(f"{office.address}/my", wait_until="networkidle")
    sizes = {request.url.split("/")[-1]: request.sizes()["responseBodySize"] for request in seen}
    assert len(sizes) >= 3, sizes
    assert sum(sizes.values()) <= MOST_BYTES, sizes
