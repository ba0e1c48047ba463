"""Calendar, sittings, rooms and messages in the browser: accessible, within their window, and the minutes kept while typed."""

import re

from litestar.handlers import HTTPRouteHandler
from sqlalchemy import select, update

from casework.desk import delivery
from casework.desk.channels import DemoChannel, NoChannel
from casework.desk.pages import calendar, inbox, moving, rooms, sitting, wording
from casework.desk.tables import Message, Sitting, SittingNotice
from tests.browser.conftest import Office
from tests.browser.look import faults_of_all
from workflows import outbox
from workflows.module import registry

SITTING = "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}"
TEXT = "/subjects/{subject_id:uuid}/messages/{message_id:uuid}"
FORMS_ONLY = {
    "/messages/read": "only takes a form, shown on /messages",
    "/calendar/links/{link_id:uuid}/revoke": "only takes a form, shown on /calendar/links",
    "/calendar/feed/{name:str}": "read by calendar programs",
    f"{SITTING}/draft": "only takes a draft",
    f"{TEXT}/retry": "only takes a form, shown on the case page",
}
MODULES = (calendar, inbox, moving, rooms, sitting, wording)
ROUTES = {
    path
    for module in MODULES
    for handler in vars(module).values()
    if isinstance(handler, HTTPRouteHandler)
    for path in handler.paths
}


def test_every_page_of_meetings_and_messages_is_accessible_and_fits_its_window(office: Office) -> None:
    shown = pages(office)
    assert ROUTES - set(FORMS_ONLY) == {route for route, _, _ in shown}
    found = faults_of_all(office, shown)
    assert found == {}, found


def test_minutes_are_kept_while_they_are_typed(office: Office) -> None:
    case = office.world.talking()
    held = office.world.read(select(Sitting.id).where(Sitting.subject_id == case))[0]
    with office.world.sessions.begin() as session:
        session.execute(update(Sitting).values(read_back=False))
    path = f"/subjects/{case}/sittings/{held}"
    visitor = office.sit_down("mediator")
    page = visitor.open(path)
    page.locator("[name=open_minutes]").press_sequentially("双方到会，气氛平和。")
    page.locator("#saved", has_text="草稿已保存").wait_for()
    assert "双方到会，气氛平和。" in visitor.open(path).input_value("[name=open_minutes]")
    page.get_by_role("button", name="权利义务告知").click()
    page.wait_for_url("**#f-open_minutes")
    assert "有权申请调解员回避" in page.input_value("[name=open_minutes]")
    assert visitor.said == []


def test_a_calendar_link_is_made_and_revoked_without_scripts(office: Office) -> None:
    visitor = office.sit_down("mediator", java_script_enabled=False)
    page = visitor.open("/calendar/links")
    page.fill("[name=label]", "我的手机")
    page.click("main .form-card button.primary")
    assert re.search(r"/calendar/feed/[\w-]{43}\.ics", page.inner_text("main code"))
    page.get_by_role("button", name="撤销“我的手机”的订阅地址").click()
    assert "已撤销" in page.inner_text("main")


def pages(office: Office) -> list[tuple[str, str, str]]:
    """(route, who looks, address), with a lost text, a planned and a held sitting behind them."""
    world = office.world
    talking = world.talking()
    _lose_every_text(office)
    held = world.read(select(Sitting.id).where(Sitting.subject_id == talking))[0]
    with world.sessions.begin() as session:
        session.execute(update(Sitting).values(read_back=False, open_minutes="双方到会，分别陈述意见。", status="held"))
    notice = world.read(select(SittingNotice.id).where(SittingNotice.sitting_id == held))[0]
    lost = world.read(select(Message.id).where(Message.status == "failed", Message.subject_id == talking))[0]
    case, room = f"/subjects/{talking}", _room(office)
    return [
        *(("/calendar", "mediator", f"/calendar?view={view}") for view in ("month", "week", "agenda")),
        ("/calendar", "head", "/calendar?whose=all&day=2026-10-01"),
        ("/calendar", "head", "/calendar?day=2027-02-01"),
        ("/calendar/links", "mediator", "/calendar/links"),
        ("/messages", "mediator", "/messages"),
        ("/messages", "head", "/messages?view=all&kind=sitting"),
        ("/messages/preferences", "mediator", "/messages/preferences"),
        (f"{TEXT}/settle", "mediator", f"{case}/messages/{lost}/settle"),
        ("/rooms", "head", "/rooms"),
        ("/rooms/new", "head", "/rooms/new"),
        ("/rooms/{room_id:uuid}", "head", f"/rooms/{room}"),
        ("/subjects/{subject_id:uuid}/sittings/new", "mediator", f"{case}/sittings/new?after={held}"),
        (SITTING, "mediator", f"{case}/sittings/{held}"),
        (f"{SITTING}/move", "mediator", f"{case}/sittings/{held}/move"),
        (f"{SITTING}/read-back", "mediator", f"{case}/sittings/{held}/read-back"),
        (f"{SITTING}/notices/{{notice_id:uuid}}", "mediator", f"{case}/sittings/{held}/notices/{notice}"),
        ("/admin/templates", "admin", "/admin/templates"),
        ("/admin/templates/{name:str}", "admin", "/admin/templates/told"),
    ]


def _lose_every_text(office: Office) -> None:
    delivery.use(NoChannel())
    try:
        while outbox.relay(office.world.sessions, dict(registry.tasks), office.clock.now):
            pass
    finally:
        delivery.use(DemoChannel())


def _room(office: Office) -> str:
    visitor = office.sit_down("head", java_script_enabled=False)
    page = visitor.open("/rooms/new")
    page.fill("[name=name]", "第一调解室")
    page.click("main button.primary")
    address = page.locator("a[href^='/rooms/']:not([href='/rooms/new'])").first.get_attribute("href")
    assert address
    return address.rsplit("/")[-1]
