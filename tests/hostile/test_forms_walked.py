"""Every form of every page the router knows, as it is shown to somebody who may send it: no text typed into it breaks anything."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.routes import HTTPRoute
from PIL import Image
from sqlalchemy import select, update

from casework.desk import calendar_links, first_start
from casework.desk.tables import Message, Room, Sitting, SittingNotice
from casework.mediation.tables import MediationCase
from tests.browser.administration import pages as administration
from tests.browser.test_pages import seeded
from tests.browser.test_signing import finalised
from tests.casework.desk.party.telephone import STRANGER, Phone, Telephones
from tests.casework.mediation.world import World, application, build
from tests.conftest import Clock
from tests.hostile.shown import Asked, Shown, forms_of
from tests.hostile.walk import Walk
from tests.scenarios.stage import Stage
from union import second_factor
from union.access import SYSTEM_ADMIN, grant
from union.people import Staff
from workflows.calendar_table import fill

Page = tuple[str, str]  # who looks, address
TYPED = {  # by the end of a field's name; else REASON
    "name": "张三",
    "account": "zhangsan",
    "phone": "13800138000",
    "number": "110101199003070636",
    "grounds": "公司从一月起没有发工资，问了几次都说没有钱。",
}
APART = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")
REASON = "情况属实，理由充分"
ELSEWHERE = {
    "/subjects/{subject_id:uuid}/transitions/{trigger:str}": "walked by test_steps_walked",
    "/cases/{name:str}/new": "walked by test_steps_walked",
    "/records/{subject_id:uuid}/pad": "walked by test_records_walked",
}
NOTHING_TYPED = {  # shown only after an act that takes a file store or a second factor; each has one button and no field
    "/admin/outbox/resume",
    "/admin/outbox/retry",
    "/my/for",
    "/my/l/{token:str}",
    "/todo/done/{batch_id:uuid}/undo",
    "/subjects/{subject_id:uuid}/links/{link_id:uuid}/undo",
    "/todo/filters/{filter_id:uuid}/forget",
    "/subjects/{subject_id:uuid}/archive/{volume_id:uuid}",
    "/subjects/{subject_id:uuid}/messages/{message_id:uuid}/retry",
}
NOT_TAKEN = {  # walked like the others; what such a form would be taken with, only its own test knows
    "/_ui/dialog": "shows components",
    "/account/second-factor/confirm": "a code of the telephone",
    "/account/second-factor/prove": "a code of the telephone",
    "/admin/holidays/days/new": "a day not changed before",
    "/admin/partners/{partner_id:uuid}/change": "a later day",
    "/admin/people/{staff_id:uuid}/end": "cases handed over before",
    "/login": "a password",
    "/my/enter": "a code of the telephone",
    "/my/sign/{record_id:uuid}": "strokes of a finger",
    "/password": "a code of the security administrator",
    "/seals/approve": "papers ticked; nothing is typed",
    "/seals/seal": "papers ticked; nothing is typed",
    "/subjects/{subject_id:uuid}/archive/supplement": "a filed case",
    "/subjects/{subject_id:uuid}/correct": "a colleague of the case",
    "/subjects/{subject_id:uuid}/ratings/new": "a closed case",
    "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/move": "another hour, in which nobody is busy",
    "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/read-back": "the word of everybody present",
    "/workload/{staff_id:uuid}/{fact:str}/{row_id:uuid}/end": "a later day; nothing is typed",
}
SETUP = {"/setup/code", "/setup/{step:str}"}


def test_no_text_typed_into_a_form_breaks_it(stage: Stage, walk: Walk, clock: Clock) -> None:
    assert first_start_walked(stage, walk, clock) == SETUP
    world = furnished(stage, clock)
    accounts: dict[str, UUID] = {}

    def arrive(who: str) -> None:
        accounts.update({row.account: row.id for row in world.read(select(Staff))})
        walk.client.cookies.clear()
        if who:
            walk.sit_down(accounts[who], stage.sessions)

    routes = walked(walk, arrive, staff_pages(world, clock), answers_of(world))
    with Telephones() as telephones:
        phone = Phone(walk.client, world, clock, telephones)
        routes |= walked(walk, lambda who: None, party_pages(phone), {"/my/apply/{name:str}": {"honest": "1"}})
    missing = set(post_routes(walk.client.app)) - {*routes, *SETUP, *ELSEWHERE, *NOTHING_TYPED}
    untaken = {route: why for route, why in routes.items() if why and route not in NOT_TAKEN}
    assert walk.faults == [], "\n".join(walk.faults)
    assert missing == set()
    assert untaken == {}


def first_start_walked(stage: Stage, walk: Walk, clock: Clock) -> set[str]:
    """The steps of the first start, each walked and then taken; all of it undone."""
    typed = {
        "name": "朝阳区总工会",
        "short_name": "区总工会",
        "system_admin_name": "石磊",
        "system_admin_account": "shilei",
        "security_admin_name": "叶岚",
        "security_admin_account": "yelan",
        "auditor_name": "卢谨",
        "auditor_account": "lujin",
        "looked": "1",
    }
    routes = set()
    with walk.undone():
        with stage.sessions.begin() as session:
            fill(session, clock.now)
            typed["code"] = first_start.offer(session, clock.now) or ""
        while form := next((f for f in forms_of(walk.client.get("/setup").text) if "/setup" in f.action), None):
            routes.add(route_of(walk.client.app, form.action))
            answers = {name: text for name, text in typed.items() if name in form.controls or name == "looked"}
            if route_of(walk.client.app, form.action) != "/setup/code":
                answers.pop("code", None)
            if untaken := walk.into(form.action, form, answers):
                walk.faults.append(f"{form.action}: {untaken}")
                break
            walk.client.post(form.action, data=form.sent(answers), follow_redirects=False)
    walk.client.cookies.clear()
    return routes


def party_pages(phone: Phone) -> Iterator[Page]:
    """A stranger who applies; then a party with a sitting to come, and one with a paper to sign."""
    walk_in = ("", "/my"), ("", "/my/start/mediation")
    phone.client.cookies.clear()
    yield from walk_in
    phone.ask_to_apply(STRANGER)
    yield "", "/my/code"
    phone.relay()
    phone.give(phone.telephones.code(STRANGER))
    yield "", "/my/apply/mediation"
    meeting = phone.world.assigned(APART)
    phone.world.sitting(meeting)
    for case in (meeting, finalised(phone.world, APART).root_id):
        phone.clock.move(minutes=30)
        phone.client.cookies.clear()
        phone.enter(case)
        home = phone.get("/my/case").text
        for path in ("/my/case", *dict.fromkeys(re.findall(r'href="(/my/(?:case/|sitting|sign/)[^"#]*)"', home))):
            yield "", path


def furnished(stage: Stage, clock: Clock) -> World:
    with stage.sessions.begin() as session:
        fill(session, clock.now)
    world = build(stage.sessions, clock)
    with stage.sessions.begin() as session:
        admin = Staff(name="孙管", account="admin", organisation_id=world.federation)
        session.add(admin)
        session.flush()
        grant(session, admin.id, SYSTEM_ADMIN, world.federation, date(2015, 1, 1))
    return world


def staff_pages(world: World, clock: Clock) -> list[Page]:
    office: Any = SimpleNamespace(world=world, clock=clock)
    shown = [*seeded(office), *administration(office)]
    case = world.talking(APART)
    return [*((who, path) for _, who, path in shown), *meetings(world, case), *small_things(world, case, clock)]


def meetings(world: World, case: UUID) -> list[Page]:
    held = world.read(select(Sitting.id).where(Sitting.subject_id == case))[0]
    notice = world.read(select(SittingNotice.id).where(SittingNotice.sitting_id == held))[0]
    world.clock.move(hours=3)
    world.sitting(case)
    planned = world.read(select(Sitting.id).where(Sitting.subject_id == case).order_by(Sitting.id.desc()))[0]
    with world.sessions.begin() as session:
        said = {"read_back": False, "status": "held", "open_minutes": "双方到会。"}
        session.execute(update(Sitting).where(Sitting.id == held).values(said))
        room = Room(organisation_id=world.station, name="第一调解室")
        session.add(room)
        session.flush()
        home = f"/subjects/{case}"
        return [
            ("mediator", "/calendar/links"),
            ("mediator", "/messages/preferences"),
            ("head", "/rooms/new"),
            ("head", f"/rooms/{room.id}"),
            ("mediator", f"{home}/sittings/new"),
            ("mediator", f"{home}/sittings/{held}"),
            ("mediator", f"{home}/sittings/{held}/read-back"),
            ("mediator", f"{home}/sittings/{planned}/move"),
            ("mediator", f"{home}/sittings/{held}/notices/{notice}"),
            ("admin", "/admin/templates/told"),
        ]


def small_things(world: World, case: UUID, clock: Clock) -> list[Page]:
    """What each stands behind one small form: a message, a saved filter, a calendar address, an act to take back, a telephone."""
    mediator, now = world.ids["mediator"], clock.now
    with world.sessions.begin() as session:
        told = {"subject_id": case, "at": now, "topic": "told", "text": "提醒"}
        party = world.party(case).id
        lost = Message(channel="sms", receiver=str(party), party_id=party, status="failed", **told)
        session.add_all([Message(channel="in_app", receiver=str(mediator), staff_id=mediator, **told), lost])
        calendar_links.make(session, mediator, "我的手机", "own", now)
        second_factor.start(session, mediator, at=now)
        second_factor.start(session, world.ids["keeper"], at=now).confirmed_at = now
        session.flush()
        return [
            ("mediator", "/messages"),
            ("mediator", "/calendar/links"),
            ("mediator", "/account/second-factor"),
            ("mediator", f"/subjects/{case}/messages/{lost.id}/settle"),
            ("mediator", "/_ui/dialog"),
            ("security", f"/admin/second-factors/{world.ids['keeper']}"),
        ]


def answers_of(world: World) -> dict[str, dict[str, str]]:
    """What some forms need beside something in each field, by their route."""
    cases = world.read(select(MediationCase).order_by(MediationCase.id))
    open_case = next(case for case in cases if case.state == "in_mediation")
    soon = (world.clock.today + timedelta(days=20)).isoformat()
    return {
        "/handover": {"cases": str(open_case.id), "to": str(world.ids["second"])},
        "/subjects/{subject_id:uuid}/access/{request_id:uuid}": {"until": soon},
        "/subjects/{subject_id:uuid}/link": {"number": cases[0].number or ""},
        "/subjects/{subject_id:uuid}/sittings/new": {"place": "第一调解室", "in_spite": "双方只有这一天有空"},
        "/todo/many/{name:str}": {"on": soon},
    }


def walked(
    walk: Walk, arrive: Callable[[str], None], pages: Iterable[Page], answers: dict[str, dict[str, str]]
) -> dict[str, str]:
    """The routes of all forms that these pages show, each form walked once; with why none of a route was taken as it was."""
    here, done, routes = None, set[Any](), dict[str, str]()
    for who, path in pages:
        if who != here:
            arrive(who)
            here = who
        walk.ask_nonsense(path)
        for form in forms_of(walk.client.get(path).text):
            form.action = form.action or path
            route = route_of(walk.client.app, form.action)
            asked = (route, tuple(sorted({re.sub(r"\d+", "", name) for name in form.free_text})))
            if (asked not in done or routes.get(route)) and route not in ELSEWHERE:
                done.add(asked)
                given = {**filled(form, walk.clock), **answers.get(route, {})}
                untaken = walk.into(f"{who} {path} {route}", form, given, files_for(form))
                routes[route] = untaken and routes.get(route, untaken)
    return routes


def filled(form: Shown, clock: Clock) -> dict[str, str]:
    """Something sensible in every field that must be filled and is empty."""
    empty = [c for c in form.controls.values() if not (c.value or c.optional or c.name.startswith("_"))]
    typed = {c.name: in_words(c, clock) for c in empty if not re.search(r"-\d+-", c.name)}
    return {name: text for name, text in typed.items() if text}


def in_words(control: Asked, clock: Clock) -> str:
    if control.type == "date":
        return clock.today.isoformat()
    if control.type == "datetime-local":
        return f"{clock.today + timedelta(days=1)}T10:00"
    return TYPED.get(re.split("[-_]", control.name)[-1], REASON) if control.is_free_text else ""


def files_for(form: Shown) -> Any:
    names = [control.name for control in form.controls.values() if control.type == "file"]
    return {name: (f"{name}.png", picture(name), "image/png") for name in names} or None


def picture(name: str) -> bytes:
    """Of another size for every name: the same picture twice is refused, and what lies behind its end is not kept."""
    file = BytesIO()
    Image.new("L", (2 + len(name), 2 + sum(name.encode()) % 97)).save(file, "PNG")
    return file.getvalue()


def post_routes(app: Litestar) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and any("POST" in handler.http_methods for handler in route.route_handlers):
            yield route.path


def route_of(app: Litestar, address: str) -> str:
    path = address.partition("?")[0]
    fits = [route for route in post_routes(app) if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", route), path)]
    assert fits, f"no route takes {address}"
    return min(fits, key=lambda route: route.count("{"))
