"""Every page of the service, with data: accessible, quiet, never wider than its window, and of use without scripts."""

from base64 import b64decode
from datetime import timedelta
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import health
from app.modules import routes
from casework.desk import drafts, evidence, figure_reports
from casework.desk.figures import Scope
from casework.desk.tables import AccessRequest, Batch, ContactWish, Link, PartyRequest, Reminder
from casework.mediation.forms import registration
from casework.mediation.tables import CaseParty
from documents.forms import ApproveSeal
from tests.browser.conftest import Office, Visit
from tests.browser.look import faults, faults_of_all, faults_without_scripts
from tests.browser.test_administration import ROUTES as ADMINISTRATION
from tests.browser.test_meeting import ROUTES as MEETING
from tests.browser.test_party import ROUTES as PARTY
from tests.casework.mediation.collective_case import drafted_collective
from tests.casework.mediation.world import World, application
from union.access import actor_for
from union.case_access import CaseAccess
from union.organisations import Organisation
from union.people import Leave, RelatedParty
from web import application as kit
from workflows.form import Attachment
from workflows.sweep import sweep
from workflows.tables import Task

PICTURE = b64decode(  # one grey pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
SUBJECT = "/subjects/{subject_id:uuid}"
ELSEWHERE = {
    "/_ui": "looked at by test_gallery",
    "/_ui/dialog": "looked at by test_gallery",
    "/": "leads to /todo",
    "/palette": "a fragment inside every page; opened by test_keyboard",
    "/health": "read by machines",
    "/health/ready": "read by machines",
    "/favicon.ico": "a file",
    "/static/{name:path}": "a file",
    "/records/{subject_id:uuid}/file": "a file",
    "/figures/reports/{report_id:uuid}/file": "a file",
    "/records/{subject_id:uuid}/papers/{paper_id:uuid}": "a file",
    "/records/{subject_id:uuid}/pad": "looked at by test_signing",
    "/records/{subject_id:uuid}/sheet": "the words of a record, shown inside /records/{subject_id:uuid}/pad",
    f"{SUBJECT}/evidence/{{evidence_id:uuid}}": "a file",
    "/drafts/discard": "only takes a form, shown on /drafts",
    f"{SUBJECT}/notes": "only takes a form, shown on the case page",
    f"{SUBJECT}/notes/draft": "only takes a draft",
    f"{SUBJECT}/reveal/{{person_id:uuid}}/{{field:str}}": "answers with one value",
    "/todo/done/{batch_id:uuid}/undo": "only takes a form, shown after what it takes back",
    f"{SUBJECT}/links/{{link_id:uuid}}/undo": "only takes a form, shown after what it takes back",
    "/todo/filters/{filter_id:uuid}/forget": "only takes a form, shown on /todo",
    "/reminders/{reminder_id:uuid}/dismiss": "only takes a form, shown on /todo",
    "/reminders/{reminder_id:uuid}/put-off": "only takes a form, shown on /todo",
    **dict.fromkeys(MEETING, "looked at by test_meeting"),
    **dict.fromkeys(ADMINISTRATION, "looked at by test_administration"),
    **dict.fromkeys(PARTY, "looked at by test_party"),
    "/admin/second-factors": "looked at by test_administration",
    "/admin/second-factors/{staff_id:uuid}": "looked at by test_administration",
    "/account/second-factor/start": "only takes a form, shown on /account/second-factor",
    "/account/second-factor/confirm": "only takes a form, shown on /account/second-factor",
    "/seals/approve": "only takes a form, shown on /seals",
    "/seals/seal": "only takes a form, shown on /seals",
    "/verify/file": "only takes a form, shown on /verify",
    f"{SUBJECT}/archive/{{volume_id:uuid}}": "answers with a file",
    "/logout": "only takes a form, shown on every page",
    "/prefs": "only takes a form, shown on every page",
}


def test_every_page_is_accessible_and_fits_its_window(office: Office) -> None:
    pages = seeded(office)
    assert _routes() - set(ELSEWHERE) == {route for route, _, _ in pages}
    found = faults_of_all(office, pages) | faults(office.arrive(office.address), "/verify/NOTHINGOFOURS")
    found |= faults(office.sit_down("mediator", reduced_motion="reduce"), "/_ui")  # with the empty pages of all modules
    assert found == {}, found


@pytest.mark.parametrize("office", [True], indirect=True)
def test_every_page_of_a_demo_says_that_its_data_are_invented(office: Office) -> None:
    silent = []
    seats: dict[str, Visit] = {}
    for _, account, path in seeded(office):
        if account not in seats:
            seats[account] = office.sit_down(account) if account else office.arrive(office.address)
        page = seats[account].open(path)
        if not page.locator(".demo", has_text="演示数据").first.is_visible():
            silent.append(path)
    assert silent == []


def test_a_page_of_true_data_says_no_such_thing(office: Office) -> None:
    """The negative control: the banner stands for the data, not for the page."""
    assert office.sit_down("mediator").open("/todo").locator(".demo").count() == 0


def test_the_look_sees_what_is_wrong(office: Office) -> None:
    """The negative control: each kind of fault, on one page that has them all."""
    bad = (
        "<!doctype html><html lang=zh-CN><title>x</title><main><h1>x</h1><p>"
        + "w" * 900
        + "</p><img src='/logout.png'>"
        "<p style='width: 1em'>一字一行</p><div class='tbl-x' style='overflow: auto'><table><td style='white-space: nowrap'>"
        + "京朝工调字"
        * 30
        + "</td></table></div><p style='width: 9em'>现在是上午，<time>2026年3月2日</time></p>"
        "<button type=button>无人应</button><div hx-get='/todo'>也无人应</div><input aria-label='不送'></main><script>nonsense()</script></html>"
    )
    visitor, plain = office.arrive(office.address), office.arrive(office.address, java_script_enabled=False)
    for seat in (visitor, plain):
        seat.page.route("**/bad", lambda route: route.fulfill(body=bad, content_type="text/html; charset=utf-8"))
    found = faults(visitor, "/bad")
    assert found.keys() >= {"/bad at 320 normal", "/bad at 390 large", "/bad at 1440 light", "/bad said"}
    squeezed = ['<p style="width: 1em">一字一行</p>', "<time>2026年3月2日</time>"]
    assert found["/bad at 1440 normal, squeezed"] == squeezed
    assert len(found["/bad at 390 normal, cut"]) == 1  # type: ignore[arg-type]
    assert "/bad at 1440 normal, cut" not in found
    assert len(faults_without_scripts(plain, "/bad")["/bad without scripts, dead"]) == 3  # type: ignore[arg-type]


def test_a_step_sent_back_is_accessible_too(office: Office) -> None:
    case = office.world.talking()
    visitor = office.sit_down("mediator", java_script_enabled=False)
    page = visitor.open(f"/subjects/{case}/transitions/record_minutes")
    page.fill("[name=proceedings]", "长" * 9000)
    page.click("main button.primary")
    assert page.locator(".errsum li").count() == 1
    assert page.input_value("[name=proceedings]") == "长" * 9000
    html = page.content()
    other = office.sit_down("mediator", reduced_motion="reduce")
    other.page.route("**/shown", lambda route: route.fulfill(body=html, content_type="text/html"))
    assert faults(other, "/shown") == {}


def seeded(office: Office) -> list[tuple[str, str, str]]:
    """(route, who looks, address) of every page, with cases in every kind of state behind them."""
    world = office.world
    received = world.open(form=application(applicants=[_long_name()]))
    apart = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")
    drafted, settled = world.drafted(apart), world.settled(apart)
    failed, talking = world.failed(apart), world.talking(apart)
    collective = drafted_collective(world)
    with world.sessions.begin() as session:
        task = Task(
            root_id=talking,
            subject_id=talking,
            kind="timer.confirm",
            text="核实付款："
            + "约定的履行期限已过，核对银行回单、收条和对方的确认，仍未付清的告知申请人可以申请强制执行。" * 3,
            role="mediator",
            created_at=office.clock.now,
        )
        session.add(task)
        session.flush()
        task_id = task.id
        leave = Leave(
            staff_id=world.ids["mediator"], valid_from=office.clock.today + timedelta(days=30), reason="年休假"
        )
        session.add(leave)
        session.flush()
        absent = leave.id
        asked, given, paper, said = _papers_and_leave(session, office, talking)
    batch = _half_done(office, talking, settled)
    approved = _in_part(office, "head", "approve_seal", (talking, "已批准"), (settled, "文书尚未签齐"))
    to_seal = world.record(talking, "session_notice").id
    world.act(to_seal, "approve_seal", ApproveSeal(), "head")
    record, draft = world.record(settled, "agreement"), world.record(drafted, "agreement")
    office.clock.move(days=13)
    sweep(world.sessions, office.clock.now)
    step = f"{SUBJECT}/transitions/{{trigger:str}}"
    return [
        ("/todo", "mediator", "/todo"),
        ("/todo", "mediator", "/todo?view=role"),
        ("/todo", "mediator", "/todo?view=tasks"),
        ("/todo", "mediator", "/todo?due=week&q=远航&sort=nonsense"),
        ("/todo/next", "mediator", "/todo/next"),
        ("/todo/glance/{subject_id:uuid}", "mediator", f"/todo/glance/{talking}"),
        ("/todo/filters/new", "mediator", "/todo/filters/new?view=role&due=week"),
        ("/todo/many/{name:str}", "mediator", f"/todo/many/assign?ids={talking}"),
        ("/todo/many/{name:str}", "mediator", f"/todo/many/remind?ids={talking}"),
        ("/todo/print", "mediator", f"/todo/print?ids={talking}&ids={settled}"),
        ("/todo/done/{batch_id:uuid}", "mediator", f"/todo/done/{batch}"),
        ("/cases/{name:str}", "head", "/cases/mediation"),
        ("/cases/{name:str}", "head", "/cases/mediation?q=没有这个人"),
        ("/cases/{name:str}/new", "intake", "/cases/mediation/new?trigger=register_oral"),
        ("/cases/{name:str}/new", "intake", "/cases/mediation/new?trigger=refer_in"),
        *(
            (SUBJECT, who, f"/subjects/{case}")
            for who, case in (
                ("intake", received),
                ("mediator", talking),
                ("mediator", drafted),
                ("mediator", settled),
                ("head", failed),
                ("mediator", collective),
            )
        ),
        *_folded(world, talking, collective),
        (step, "mediator", f"/subjects/{talking}/transitions/reach_agreement"),
        (step, "mediator", f"/subjects/{drafted}/transitions/sign"),
        (step, "head", f"/subjects/{received}/transitions/accept"),
        (f"{SUBJECT}/contacts/new", "mediator", f"/subjects/{talking}/contacts/new"),
        (f"{SUBJECT}/evidence/new", "mediator", f"/subjects/{talking}/evidence/new"),
        (f"{SUBJECT}/requests/new", "mediator", f"/subjects/{talking}/requests/new"),
        (f"{SUBJECT}/requests/{{request_id:uuid}}", "mediator", f"/subjects/{talking}/requests/{said}"),
        (f"{SUBJECT}/wishes/new", "mediator", f"/subjects/{talking}/wishes/new"),
        (f"{SUBJECT}/ratings/new", "mediator", f"/subjects/{talking}/ratings/new"),
        ("/ratings", "head", "/ratings"),
        (f"{SUBJECT}/acts/{{name:str}}", "mediator", f"/subjects/{talking}/acts/confirm_address"),
        (f"{SUBJECT}/correct", "mediator", f"/subjects/{talking}/correct"),
        (f"{SUBJECT}/link", "mediator", f"/subjects/{talking}/link"),
        (
            f"{SUBJECT}/links/{{link_id:uuid}}/remove",
            "mediator",
            f"/subjects/{talking}/links/{_tie(world, talking, settled)}/remove",
        ),
        (f"{SUBJECT}/access", "head", f"/subjects/{talking}/access"),
        (f"{SUBJECT}/access/{{request_id:uuid}}", "head", f"/subjects/{talking}/access/{asked}"),
        (f"{SUBJECT}/access/{{grant_id:uuid}}/end", "head", f"/subjects/{talking}/access/{given}/end"),
        ("/access", "head", "/access"),
        ("/access/new", "mediator", "/access/new"),
        ("/drafts", "mediator", "/drafts"),
        (f"{SUBJECT}/similar", "mediator", f"/subjects/{talking}/similar"),
        (f"{SUBJECT}/evidence", "mediator", f"/subjects/{talking}/evidence"),
        (f"{SUBJECT}/evidence/order", "mediator", f"/subjects/{talking}/evidence/order"),
        (f"{SUBJECT}/evidence/{{evidence_id:uuid}}/look", "mediator", f"/subjects/{talking}/evidence/{paper}/look"),
        ("/tasks/{task_id:uuid}", "mediator", f"/tasks/{task_id}"),
        ("/handover", "mediator", "/handover"),
        ("/documents", "head", "/documents"),
        ("/records/{subject_id:uuid}", "mediator", f"/records/{record.id}"),
        ("/records/{subject_id:uuid}", "mediator", f"/records/{draft.id}"),
        ("/figures", "head", "/figures"),
        ("/figures/goals", "head", "/figures/goals"),
        ("/figures/{figure_id:str}", "head", "/figures/mediation.accepted"),
        ("/figures/reports", "head", "/figures/reports"),
        ("/figures/reports/new", "head", "/figures/reports/new"),
        ("/figures/reports/{report_id:uuid}", "head", f"/figures/reports/{report(office)}"),
        ("/workload", "head", "/workload"),
        ("/workload/cases", "head", f"/workload/cases?who={world.ids['mediator']}"),
        *_absences(world, absent),
        *_declarations(world),
        ("/allowances", "mediator", "/allowances"),
        ("/take-out/{name:str}", "head", "/take-out/cases.mediation"),
        ("/print/{name:str}", "head", "/print/cases.mediation"),
        ("/archive", "archivist", "/archive"),
        ("/archive", "archivist", "/archive?view=filed"),
        (f"{SUBJECT}/archive", "head", f"/subjects/{settled}/archive"),
        (f"{SUBJECT}/archive/supplement", "archivist", f"/subjects/{settled}/archive/supplement"),
        ("/seals", "head", "/seals"),
        ("/seals", "keeper", "/seals?view=seal"),
        ("/seals/done/{batch_id:uuid}", "head", f"/seals/done/{approved}"),
        ("/seals", "keeper", "/seals?view=register"),
        (step, "keeper", f"/subjects/{to_seal}/transitions/seal"),
        ("/account/second-factor", "keeper", "/account/second-factor"),
        ("/account/second-factor", "head", "/account/second-factor"),
        ("/account/second-factor/prove", "keeper", "/account/second-factor/prove"),
        ("/verify", "", "/verify"),
        ("/verify/{code:str}", "", f"/verify/{record.verify_code}"),
        ("/login", "", "/login"),
    ]


def report(office: Office) -> UUID:
    """Figures kept as they stand."""
    with office.world.sessions.begin() as session:
        head, place = actor_for(session, office.world.ids["head"], office.clock.now), office.world.station
        today = office.clock.today
        scope = Scope(today.replace(month=1, day=1), today, session.get_one(Organisation, place), today)
        return figure_reports.keep(session, "统计报告", scope, by=head, at=office.clock.now).id


def _absences(world: World, leave: UUID) -> list[tuple[str, str, str]]:
    """What a head enters about who is away."""
    route, home = "/workload/{staff_id:uuid}", f"/workload/{world.ids['mediator']}"
    return [
        (route, "head", home),
        (f"{route}/{{fact:str}}/new", "head", f"{home}/deputy/new"),
        (f"{route}/{{fact:str}}/{{row_id:uuid}}/end", "head", f"{home}/leave/{leave}/end"),
        (f"{route}/{{fact:str}}/{{row_id:uuid}}/call-off", "head", f"{home}/leave/{leave}/call-off"),
    ]


def _tie(world: World, case: UUID, other: UUID) -> UUID:
    with world.sessions.begin() as session:
        tie = Link(from_id=case, to_id=other, kind="related", reason="同一用人单位", at=world.clock.now)
        session.add(tie)
        session.flush()
        return tie.id


def _declarations(world: World) -> list[tuple[str, str, str]]:
    """What everybody declares about themselves."""
    with world.sessions.begin() as session:
        tie = RelatedParty(
            staff_id=world.ids["keeper"],
            kind="organisation",
            name="某公司" * 20,
            relation="股东",
            valid_from=world.clock.today,
        )
        session.add(tie)
        session.flush()
        row = tie.id
    route = "/declarations"
    return [
        (route, "keeper", route),
        *(
            (f"{route}/{{fact:str}}/new", "keeper", f"{route}/{what}/new")
            for what in ("relative", "employer", "related")
        ),
        (f"{route}/{{fact:str}}/{{row_id:uuid}}/end", "keeper", f"{route}/related/{row}/end"),
    ]


def _folded(world: World, case: UUID, collective: UUID) -> list[tuple[str, str, str]]:
    """What the page of a case folds away, each as a page of its own."""
    term = world.timer(case, "mediation_term").id
    panel = (f"{SUBJECT}/panels/{{name:str}}", "mediator", f"/subjects/{collective}/panels/claims")
    named = [(f"{SUBJECT}/{name}", "mediator", f"/subjects/{case}/{name}") for name in ("diagram", "blocked", "clocks")]
    return [*named, panel, (f"{SUBJECT}/clocks/{{timer_id:uuid}}", "mediator", f"/subjects/{case}/clocks/{term}")]


def _papers_and_leave(session: Session, office: Office, root_id: UUID) -> tuple[UUID, UUID, UUID, UUID]:
    """A request to read, a leave to read, a picture among the evidence of the case, and what a party asked."""
    ids, now = office.world.ids, office.clock.now
    asked = AccessRequest(
        staff_id=ids["keeper"], root_id=root_id, number="1", reason="核对工资标准", until=office.clock.today, at=now
    )
    given = CaseAccess(
        root_id=root_id,
        staff_id=ids["keeper"],
        valid_from=office.clock.today,
        valid_to=office.clock.today + timedelta(days=60),
        reason="核对工资标准",
        granted_by=ids["head"],
    )
    theirs = (CaseParty.case_id == root_id, CaseParty.side == "applicant")
    worker = session.scalars(select(CaseParty).where(*theirs).order_by(CaseParty.id)).first()
    said = PartyRequest(
        root_id=root_id, participant_id=worker.id, kind="message", text="下周三可以吗", at=now, by_id=worker.id
    )
    wish = ContactWish(root_id=root_id, participant_id=worker.id, wish="off_work", at=now, by_id=worker.id)
    session.add_all((asked, given, said, wish))
    by = actor_for(session, ids["mediator"], now)
    files = [Attachment("工资条.png", "image/png", PICTURE), Attachment("说明.txt", "text/plain", b"wages")]
    drafts.keep(session, by, f"/subjects/{root_id}/contacts/new?draft=kept", "{}", now, title="联系", root_id=root_id)
    kept = evidence.take_in(session, root_id, files, by=by, at=now, received_on=office.clock.today)
    session.flush()
    return asked.id, given.id, kept[0].id, said.id


def _half_done(office: Office, talking: UUID, settled: UUID) -> UUID:
    """An act on two cases, one of which refused; and a reminder for today."""
    world, now, mediator = office.world, office.clock.now, office.world.ids["mediator"]
    batch = _in_part(office, "mediator", "assign", (talking, "已转给许静"), (settled, "接办人在本件中须回避"))
    with world.sessions.begin() as session:
        reminder = Reminder(
            root_id=talking, staff_id=mediator, on=office.clock.today, text="催交考勤记录", by_id=mediator, at=now
        )
        session.add(reminder)
    return batch


def _in_part(office: Office, who: str, act: str, did: tuple[UUID, str], refused: tuple[UUID, str]) -> UUID:
    results = [
        {"root_id": str(did[0]), "said": did[1], "before": {}, "reasons": []},
        {"root_id": str(refused[0]), "said": "", "before": {}, "reasons": [refused[1]]},
    ]
    with office.world.sessions.begin() as session:
        batch = Batch(actor_id=office.world.ids[who], act=act, results=results, at=office.clock.now)
        session.add(batch)
        session.flush()
        return batch.id


def _long_name() -> registration.PartyIn:
    return registration.PartyIn(name="买买提江·阿卜杜热合曼" * 4, phone="13800138000", address="朝阳区" + "建国路" * 30)


def _routes() -> set[str]:
    return {route.path for route in Litestar([*health.routes, *routes(), *kit.routes], openapi_config=None).routes}
