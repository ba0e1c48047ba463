"""The pages of a party, on a telephone: entering by case number and code, applying, one's own case and what may be done there.

The case is the one the session was issued for: no address names it, so there is nothing to guess.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import (
    codes,
    contact_wishes,
    drafts,
    message_kinds,
    messages,
    my_acts,
    my_case,
    my_signing,
    party_links,
    party_requests,
    search,
)
from casework.desk.forms import pick
from casework.desk.once import first_time
from casework.desk.pages.steps import CASE_PAGE, key_of, new_key
from casework.desk.pages.unsent import Typing
from casework.desk.pages.writing import attached, carry_out
from casework.desk.tables import CONTACT_WISHES, MESSAGE_STATUS, NOTICE_ANSWERS, SittingNotice
from documents.printing import digest_of, readable
from documents.store import Damaged, Store
from documents.tables import Record
from union import sessions
from union.access import holder_actor
from union.privacy import Implausible, check_phone, mask_phone, normal_phone
from union.roles import PARTY
from web.assets import asset
from web.errors import Problem, problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.guard import party_cookie, party_session
from web.headers import SHOWING_A_FILE, SHOWN_IN_PAGE
from web.login import A_YEAR, PREFERENCES
from web.pages import HTML, keep, page, redirect
from web.visitor import NotLoggedIn, address_of, visitor
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, StepError, Unknown
from workflows.fire import current_facts, fire, open_subject
from workflows.module import Module, Participant, registry
from workflows.parties import PartyAct
from workflows.tables import IdempotencyKey, Subject, legal_date

HOME, CASE, AWAY = "/my", "/my/case", "/my/away"
LOOKS = {"theme": PREFERENCES["theme"], "size": PREFERENCES["size"], "title": ("usual", "quiet")}
TICKET = "cy_my_code"
LONGEST_NUMBER = 80
MOBILE = "验证码只能发到手机：填写11位手机号。没有手机的，到受理窗口办理。"


class EnterForm(msgspec.Struct, kw_only=True):
    number: Annotated[
        str, Meta(title="案号或者登记号", description="在短信和通知书上", min_length=2, max_length=LONGEST_NUMBER)
    ]
    phone: Annotated[
        str, Meta(title="手机号", description="登记在案件里的那个号码", max_length=20, extra={"widget": "phone"})
    ]


class PhoneForm(msgspec.Struct, kw_only=True):
    phone: Annotated[
        str, Meta(title="手机号", description="进展会用短信告诉你", max_length=20, extra={"widget": "phone"})
    ]


class CodeForm(msgspec.Struct, kw_only=True):
    code: Annotated[
        str,
        Meta(
            title="短信里的验证码",
            description="6位数字，五分钟内有效；填满六位自动进入",
            max_length=20,
            extra={"widget": "code"},
        ),
    ]


class SittingAnswer(msgspec.Struct, kw_only=True):
    answer: Annotated[
        str,
        pick("你能不能来", {k: v for k, v in NOTICE_ANSWERS.items() if k}, widget="radio", required=True),
    ]
    reason: Annotated[str, Meta(title="说明", description="不能来的写明原因和哪天可以", max_length=300)] = ""


ANSWER = PartyAct(
    "sitting",
    "答复能否到会",
    SittingAnswer,
    lambda facts, me: True,
    "已告诉{handler}",
    by_clerk="sittings/{sitting_id:uuid}/notices/{notice_id:uuid}",
)


# --- entering


@get("/my", opt={"action": "my.enter"}, sync_to_thread=True)
def landing(request: Request[Any, Any, Any]) -> Response[Any]:
    return _landing(request, show(EnterForm))


@post("/my/code", opt={"action": "my.enter"}, sync_to_thread=True)
def ask_to_enter(request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any) -> Response[Any]:
    try:
        form = parse(EnterForm, posted)
        phone, number = _mobile(form.phone), form.number.strip()
        ticket = codes.ask(
            session,
            codes.ENTER,
            phone,
            address_of(request),
            now,
            number=number,
            find=lambda: my_case.identify(session, number, phone),
        )
    except FormErrors as faults:
        return _landing(request, faults.view)
    except Invalid as fault:
        return _landing(request, shown_again(EnterForm, posted, errors=[(fault.field, str(fault))]))
    return _with_ticket(request, "/my/code", ticket)


@get("/my/l/{token:str}", opt={"action": "my.enter"}, sync_to_thread=True)
def by_link(request: Request[Any, Any, Any], session: Session, now: datetime, token: str) -> Response[Any]:
    """What a text leads to: nothing of the case, only where the code goes from here."""
    return _by_link(request, party_links.living(session, token, now) is not None, token)


@post("/my/l/{token:str}", opt={"action": "my.enter"}, sync_to_thread=True)
def ask_by_link(
    request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any, token: str
) -> Response[Any]:
    link = party_links.living(session, token, now)
    if link is None:
        return _by_link(request, False, token)
    number, phone = party_links.telephone(session, link)
    try:
        ticket = codes.ask(
            session,
            codes.ENTER,
            phone,
            address_of(request),
            now,
            number=number,
            find=lambda: my_case.identify(session, number, phone),
            link_id=link.id,
        )
    except Invalid as fault:
        return _by_link(request, True, token, str(fault))
    return _with_ticket(request, "/my/code", ticket)


@get("/my/start/{name:str}", opt={"action": "my.enter"}, sync_to_thread=True)
def start(request: Request[Any, Any, Any], name: str) -> Response[Any]:
    return _starting(request, _applied_to(name), show(PhoneForm))


@post("/my/start/{name:str}", opt={"action": "my.enter"}, sync_to_thread=True)
def ask_to_apply(
    request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any, name: str
) -> Response[Any]:
    module = _applied_to(name)
    try:
        phone = _mobile(parse(PhoneForm, posted).phone)
        ticket = codes.ask(session, codes.APPLY, phone, address_of(request), now)
    except FormErrors as faults:
        return _starting(request, module, faults.view)
    except Invalid as fault:
        return _starting(request, module, shown_again(PhoneForm, posted, errors=[(fault.field, str(fault))]))
    return _with_ticket(request, f"/my/code?to={module.name}", ticket)


@get("/my/code", opt={"action": "my.enter"}, sync_to_thread=True)
def code_page(request: Request[Any, Any, Any], session: Session, now: datetime, to: str = "") -> Response[Any]:
    return _code(request, session, now, to, show(CodeForm))


@post("/my/enter", opt={"action": "my.enter"}, sync_to_thread=True)
def enter(request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any) -> Response[Any]:
    """A right code begins a session with an id of ours, whatever id the browser came with; the one before ends."""
    to = str(posted.get("_to", ""))[:40]
    try:
        given = parse(CodeForm, posted).code
        proved = codes.redeem(session, request.cookies.get(TICKET, ""), given, address_of(request), now)
    except FormErrors as faults:
        return _code(request, session, now, to, faults.view)
    except Invalid as fault:
        return _code(request, session, now, to, shown_again(CodeForm, {}, errors=[(fault.field, str(fault))]))
    if before := party_session(session, request, now):
        sessions.revoke(session, before, at=now)
    party_links.spend(session, proved.link_id, now)
    applying = proved.purpose == codes.APPLY
    names = [module.name for module in my_case.applications()]
    answer = redirect(request, f"/my/apply/{to if to in names else names[0]}" if applying else CASE)
    _admit(request, session, answer, proved.phone, proved.whom, now)
    keep(request, answer, TICKET, "", max_age=0)
    return answer


@post("/my/leave", opt={"action": "my.enter"}, sync_to_thread=True)
def leave(request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any) -> Response[Any]:
    """Quickly (快速离开) to a page that says nothing of a case: somebody may be looking over the shoulder."""
    if found := party_session(session, request, now):
        sessions.revoke(session, found, at=now)
    quick = bool(posted.get("quick"))
    answer = redirect(request, AWAY) if quick else redirect(request, HOME, "已退出")
    keep(request, answer, party_cookie(request.app.state.site.secure), "", max_age=0)
    return answer


@get("/my/away", opt={"action": "my.enter"}, sync_to_thread=True)
def away(request: Request[Any, Any, Any]) -> Response[Any]:
    return page(request, "my/away.html", headers=CASE_PAGE)


@post("/my/look", opt={"action": "my.enter"}, sync_to_thread=True)
def look(request: Request[Any, Any, Any], posted: Any) -> Response[Any]:
    """Large print, dark colours, a title of the window that says nothing: kept in the browser."""
    back = str(posted.get("back", ""))
    answer = redirect(request, back if back == HOME or back.startswith("/my/") else HOME)
    for name, choices in LOOKS.items():
        if posted.get(name) in choices:
            keep(request, answer, name, str(posted[name]), max_age=A_YEAR)
    return answer


def _mobile(typed: str) -> str:
    try:
        phone = check_phone(typed)
    except Implausible as fault:
        raise Invalid("phone", str(fault)) from fault
    if len(phone) != 11 or phone[0] != "1":
        raise Invalid("phone", MOBILE)
    return normal_phone(phone)


def _with_ticket(request: Request[Any, Any, Any], to: str, ticket: str) -> Response[Any]:
    answer = redirect(request, to)
    keep(request, answer, TICKET, ticket, max_age=int(codes.VALID_FOR.total_seconds()))
    return answer


def _admit(
    request: Request[Any, Any, Any],
    session: Session,
    answer: Response[Any],
    phone: str,
    whom: codes.Whom,
    now: datetime,
) -> None:
    token = sessions.admit_party(
        session,
        phone,
        root_id=whom.root_id,
        participant_id=whom.participant_id,
        as_agent=whom.as_agent,
        at=now,
        user_agent=request.headers.get("user-agent", ""),
    )
    keep(request, answer, party_cookie(request.app.state.site.secure), token)


def _landing(request: Request[Any, Any, Any], form: FormView) -> Response[Any]:
    seen = visitor(request)
    return page(
        request,
        "my/landing.html",
        status=form.status,
        headers=CASE_PAGE,
        form=form,
        modules=my_case.applications(),
        in_case=bool(seen and seen.root_id),
        example=_example(request),
    )


def _by_link(request: Request[Any, Any, Any], leads: bool, token: str, wrong: str = "") -> Response[Any]:
    status = 422 if wrong else 200 if leads else 404
    return page(request, "my/link.html", status=status, headers=CASE_PAGE, leads=leads, token=token, wrong=wrong)


def _example(request: Request[Any, Any, Any]) -> tuple[str, str] | None:
    """In the demo, a case and a telephone to try it with; nothing of the kind anywhere else."""
    site = request.app.state.site
    if not site.demo:
        return None
    with request.app.state.database.reading() as session:
        for module in my_case.applications():
            seam = module.for_parties
            found = seam.example(session) if seam is not None and seam.example is not None else None
            if found is not None:
                return found
    return None


def _starting(request: Request[Any, Any, Any], module: Module, form: FormView) -> Response[Any]:
    return page(request, "my/start.html", status=form.status, headers=CASE_PAGE, form=form, module=module)


def _code(request: Request[Any, Any, Any], session: Session, now: datetime, to: str, form: FormView) -> Response[Any]:
    demo = request.app.state.site.demo  # invented cases only: where real ones are kept no page shows a code
    shown = codes.shown(session, request.cookies.get(TICKET, ""), now) if demo else ""
    return page(request, "my/code.html", status=form.status, headers=CASE_PAGE, form=form, shown=shown, to=to[:40])


def _applied_to(name: str) -> Module:
    found = next((module for module in my_case.applications() if module.name == name), None)
    if found is None:
        raise Unknown()
    return found


# --- applying


@get("/my/apply/{name:str}", opt={"action": "my.apply"}, sync_to_thread=True)
def apply_page(
    request: Request[Any, Any, Any], session: Session, now: datetime, today: date, name: str
) -> Response[Any]:
    module = _applied_to(name)
    asked, holder, phone = _application(request, session, now, module)
    choices = asked.choices(session, today)
    typing = _typing(request, session, holder, now, module)
    kept = drafts.draft(session, holder, typing.place)
    fresh = show(asked.form, asked.known, choices, today)
    view = shown_again(asked.form, drafts.as_posted(kept), choices, today) if kept else fresh
    return _applying(request, module, view, phone, new_key(), kept=bool(kept))


@post("/my/apply/{name:str}", opt={"action": "my.apply"}, sync_to_thread=True)
def apply(
    request: Request[Any, Any, Any], session: Session, now: datetime, today: date, posted: Any, name: str
) -> Response[Any]:
    module, key = _applied_to(name), key_of(posted)
    asked, holder, phone = _application(request, session, now, module)
    choices = asked.choices(session, today)
    typing = _typing(request, session, holder, now, module)
    if (kept := typing.answer(posted)) is not None:
        return kept
    if known := _carried_out(session, holder, key):
        return _applied(request, session, asked, phone, UUID(known["root_id"]), now)
    try:
        form = parse(asked.form, posted, choices, today)
        station, filed = asked.file(session, form, phone, now)
        outcome = open_subject(
            session, module.workflow.name, asked.trigger, filed, by=holder, at=now, key=key, organisation_id=station
        )
    except FormErrors as faults:
        return _applying(request, module, faults.view, phone, key)
    except Invalid as fault:
        view = shown_again(asked.form, posted, choices, today, [(fault.field.split(".")[-1], str(fault))])
        return _applying(request, module, view, phone, key)
    except StepError as fault:
        session.rollback()
        view = shown_again(asked.form, posted, choices, today)
        return _applying(request, module, view, phone, key, problem_of(fault))
    typing.sent()
    if not outcome.replayed:
        search.reindex(session, outcome.root_id, now)
    return _applied(request, session, asked, phone, outcome.root_id, now)


def _applied(
    request: Request[Any, Any, Any], session: Session, asked: Any, phone: str, root_id: UUID, now: datetime
) -> Response[Any]:
    """Into the new case; the session of the bare telephone lapses by itself, so that a form sent twice finds its way."""
    number = session.get_one(Subject, root_id).number or ""
    answer = redirect(request, CASE, f"{asked.done}，登记号 {number}。以后用登记号和本手机号登录查看。")
    _admit(request, session, answer, phone, my_case.identify(session, number, phone), now)
    return answer


def _application(
    request: Request[Any, Any, Any], session: Session, now: datetime, module: Module
) -> tuple[Any, Actor, str]:
    """What is asked, and who asks for it: the holder of the telephone, not yet a party to anything."""
    found = party_session(session, request, now)
    if found is None or not found.phone or module.for_parties is None:
        raise NotLoggedIn
    return module.for_parties.application, holder_actor(found.phone), found.phone


def _typing(request: Request[Any, Any, Any], session: Session, holder: Actor, now: datetime, module: Module) -> Typing:
    return Typing(request, session, holder, now, "网上申请", f"/my/apply/{module.name}")


def _applying(
    request: Request[Any, Any, Any],
    module: Module,
    form: FormView,
    phone: str,
    key: str,
    problem: Problem | None = None,
    kept: bool = False,
) -> Response[Any]:
    return page(
        request,
        "my/apply.html",
        status=problem.status if problem else form.status,
        headers=CASE_PAGE,
        module=module,
        asked=module.for_parties.application if module.for_parties else None,
        form=form,
        phone=mask_phone(phone),
        key=key,
        problem=problem,
        kept=kept,
    )


# --- one's own case


@get("/my/case", opt={"action": "my.view"}, sync_to_thread=True)
def case_page(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    mine = my_case.load(session, _case(request), actor, now)
    return page(
        request,
        "my/case.html",
        headers=CASE_PAGE,
        mine=mine,
        others=[person for person in _principals(request, session, now) if person.id != actor.id],
        rating=show(my_acts.Rate),
        wishes=CONTACT_WISHES,
        key=new_key(),
    )


@post("/my/for", opt={"action": "my.view"}, sync_to_thread=True)
def act_for(request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any) -> Response[Any]:
    """An agent of several turns to another of them: a session of its own, for each is seen and acted for alone."""
    who = next((p for p in _principals(request, session, now) if str(p.id) == str(posted.get("who", ""))), None)
    before = party_session(session, request, now)
    if who is None or before is None:
        raise Unknown()
    sessions.revoke(session, before, at=now)
    answer = redirect(request, CASE, f"现在代{who.name}办理")
    _admit(request, session, answer, before.phone or "", codes.Whom(before.root_id, who.id, True), now)
    return answer


def _principals(request: Request[Any, Any, Any], session: Session, now: datetime) -> list[Participant]:
    """Everybody the agent of this session stands for in its case; of a party's own session nobody."""
    found = party_session(session, request, now)
    if found is None or not found.as_agent or found.root_id is None:
        return []
    return my_case.principals(session, found.root_id, found.phone or "")


@get("/my/records/{record_id:uuid}", opt={"action": "my.view"}, sync_to_thread=True)
def my_record(request: Request[Any, Any, Any], session: Session, actor: Actor, record_id: UUID) -> Response[Any]:
    """The PDF of a record that was served on this very party."""
    assert actor.id is not None
    if record_id not in {paper.id for paper in my_case.papers(session, _case(request), actor.id)}:
        raise Unknown()
    record = session.get_one(Record, record_id)
    digest = digest_of(record)
    if digest is None:
        return _no_file(request, Problem(404, "文书正在生成", "稍后再下载。", icon="file-clock"))
    try:
        content = Store(request.app.state.settings.records).get(digest)
    except Damaged:
        return _no_file(
            request, Problem(500, "文书暂时不能下载", "到承办的工会领取纸质文书。", icon="file-exclamation-point")
        )
    return Response(content, media_type="application/pdf", headers=attached(f"{record.number or record.title}.pdf"))


@get("/my/data", opt={"action": "my.view"}, sync_to_thread=True)
def my_data(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    """What is kept about oneself, masked: the telephone may be borrowed. It is the person's own, not the agent's."""
    assert actor.id is not None
    if actor.agent is not None:
        raise Unknown()
    subject = session.get_one(Subject, _case(request))
    return page(
        request,
        "my/data.html",
        headers=CASE_PAGE,
        subject=subject,
        kept=my_case.kept(session, subject, actor.id),
        ways=MESSAGE_STATUS,
    )


@get("/my/data/copy", opt={"action": "my.view"}, sync_to_thread=True)
def my_copy(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    """The same in full, as a text anybody can open."""
    assert actor.id is not None
    if actor.agent is not None:
        raise Unknown()
    subject = session.get_one(Subject, _case(request))
    kept = my_case.kept(session, subject, actor.id)
    text = request.app.state.site.templates.get_template("my/copy.txt").render(subject=subject, kept=kept, now=now)
    name = f"我的信息 {legal_date(now).isoformat()}.txt"
    return Response(text.encode("utf-8-sig"), media_type="text/plain", headers=attached(name))


def _no_file(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    return page(request, "errors/page.html", status=problem.status, problem=problem, number="", kept=[])


@get("/my/case/{name:str}", opt={"action": "my.act"}, sync_to_thread=True)
def act_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, name: str
) -> Response[Any]:
    subject, facts, act = _offered(request, session, actor, now, name)
    if act is None:
        return _not_now(request, _label_of(subject, name))
    known = act.known(facts, actor.id) if act.known else None
    return _acting(request, subject, act, show(act.form, known, facts, today), new_key())


@post("/my/case/{name:str}", opt={"action": "my.act"}, sync_to_thread=True)
def take_act(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any, name: str
) -> Response[Any]:
    subject, facts, act = _offered(request, session, actor, now, name)
    if act is None:
        if _carried_out(session, actor, key_of(posted)) or not first_time(session, actor, posted, now):
            return redirect(request, CASE)
        return _not_now(request, _label_of(subject, name))
    try:
        form = parse(act.form, posted, facts, today)
        _carry_out(session, subject, act, form, posted, actor, now, facts)
    except FormErrors as faults:
        return _acting(request, subject, act, faults.view, key_of(posted))
    except Invalid as fault:
        session.rollback()
        view = shown_again(act.form, posted, facts, today, [(fault.field, str(fault))])
        return _acting(request, subject, act, view, key_of(posted))
    except StepError as fault:
        session.rollback()
        view = shown_again(act.form, posted, facts, today)
        return _acting(request, subject, act, view, new_key(), problem_of(fault))
    return redirect(request, CASE, act.done)


def _carry_out(
    session: Session, subject: Subject, act: PartyAct, form: Any, posted: Any, actor: Actor, now: datetime, facts: Any
) -> None:
    """By the step or the act of the module it stands for, or by the desk itself; sent twice, once."""
    filed = act.file(form, facts, actor.id) if act.file else form
    if actor.agent is not None and hasattr(filed, "proof"):
        filed = msgspec.structs.replace(filed, proof=contact_wishes.through_agent(actor))
    if act.trigger:
        fire(session, subject.id, act.trigger, filed, by=actor, at=now, key=key_of(posted))
    elif first_time(session, actor, posted, now):
        if act.write is not None:
            act.write(session, subject, actor, form, now)
        else:
            written = next(one for one in registry.module_for(subject).acts if one.name == act.act)
            carry_out(session, subject, written, filed, actor, now, facts)


@get("/my/sign/{record_id:uuid}", opt={"action": "my.act"}, sync_to_thread=True)
def sign_page(request: Request[Any, Any, Any], session: Session, actor: Actor, record_id: UUID) -> Response[Any]:
    subject, record = _to_sign(request, session, actor, record_id)
    return _signing(request, subject, record, show(my_signing.OwnSignature), new_key())


@post("/my/sign/{record_id:uuid}", opt={"action": "my.act"}, sync_to_thread=True)
def sign_record(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, record_id: UUID
) -> Response[Any]:
    key = key_of(posted)
    if _carried_out(session, actor, key):
        return redirect(request, CASE)
    subject, record = _to_sign(request, session, actor, record_id)
    try:
        form = parse(my_signing.OwnSignature, posted)
        my_signing.sign(session, subject, record, form, by=actor, at=now, key=key)
    except FormErrors as faults:
        return _signing(request, subject, record, faults.view, key)
    except Invalid as fault:
        session.rollback()
        view = shown_again(my_signing.OwnSignature, posted, errors=[(fault.field, str(fault))])
        return _signing(request, subject, record, view, key)
    except StepError as fault:
        session.rollback()
        view = shown_again(my_signing.OwnSignature, posted)
        return _signing(request, subject, record, view, new_key(), problem_of(fault))
    return redirect(request, CASE, f"已签名：{record.title}")


@get("/my/sheet/{record_id:uuid}", opt={"action": "my.act"}, sync_to_thread=True)
def sheet(request: Request[Any, Any, Any], session: Session, actor: Actor, record_id: UUID) -> Response[Any]:
    """The words of what is to be signed, in print that a telephone can show."""
    _, record = _to_sign(request, session, actor, record_id)
    style = f'<link rel="stylesheet" href="{asset("css/sheet.css")}">'
    words = readable(record).replace("</head>", f"{style}</head>", 1)
    return Response(words, media_type=HTML, headers=SHOWN_IN_PAGE)


def _to_sign(
    request: Request[Any, Any, Any], session: Session, actor: Actor, record_id: UUID
) -> tuple[Subject, Record]:
    subject = session.get_one(Subject, _case(request))
    found = next((one for one in my_signing.to_sign(session, subject, actor) if one.id == record_id), None)
    if found is None:
        raise Unknown()
    return subject, found


def _signing(
    request: Request[Any, Any, Any],
    subject: Subject,
    record: Record,
    form: FormView,
    key: str,
    problem: Problem | None = None,
) -> Response[Any]:
    return page(
        request,
        "my/sign.html",
        status=problem.status if problem else form.status,
        headers={**CASE_PAGE, "content-security-policy": SHOWING_A_FILE},
        subject=subject,
        record=record,
        transition=my_signing.ON_PAD,
        form=form,
        key=key,
        problem=problem,
    )


@get("/my/sitting", opt={"action": "my.act"}, sync_to_thread=True)
def sitting_page(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    subject, coming = _coming(request, session, actor, now)
    if coming is None:
        return _not_now(request, ANSWER.label)
    known = {"answer": coming.notice.answer} if coming.notice else None
    return _acting(request, subject, ANSWER, show(SittingAnswer, known), new_key(), meeting=coming)


@post("/my/sitting", opt={"action": "my.act"}, sync_to_thread=True)
def answer_sitting(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    subject, coming = _coming(request, session, actor, now)
    if coming is None:
        return _not_now(request, ANSWER.label)
    try:
        form = parse(SittingAnswer, posted)
    except FormErrors as faults:
        return _acting(request, subject, ANSWER, faults.view, key_of(posted), meeting=coming)
    if first_time(session, actor, posted, now):
        _answer(session, subject, coming, actor, form, now)
    return redirect(request, CASE, registry.words_for(subject).said(ANSWER.done))


def _answer(
    session: Session, subject: Subject, coming: my_case.Meeting, actor: Actor, form: SittingAnswer, now: datetime
) -> None:
    row = coming.notice
    if row is None:
        row = SittingNotice(sitting_id=coming.sitting.id, party_id=actor.id, name=actor.name, way="online")
        session.add(row)
    row.answer, row.answered = form.answer, True
    called = registry.words_for(subject).sitting
    what = f"{actor.name}答复第 {coming.sitting.number} 次{called}：{NOTICE_ANSWERS[form.answer]}"
    said = {"what": what, "text": form.reason.strip(), "way": "online", "proof": contact_wishes.through_agent(actor)}
    journal.record(session, subject.id, "sitting_answer", said, by=actor, at=now, role=PARTY.id)
    if form.answer == "cannot_come":
        for staff_id in party_requests.listeners(session, subject, now):
            messages.tell_staff(session, staff_id, what, now, subject.id, message_kinds.SITTING)


def _case(request: Request[Any, Any, Any]) -> UUID:
    seen = visitor(request)
    assert seen is not None and seen.root_id is not None
    return seen.root_id


def _coming(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime
) -> tuple[Subject, my_case.Meeting | None]:
    subject = session.get_one(Subject, _case(request))
    assert actor.id is not None
    return subject, my_case.meeting(session, subject, actor.id, now)


def _offered(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, name: str
) -> tuple[Subject, Any, PartyAct | None]:
    subject = session.get_one(Subject, _case(request))
    facts = current_facts(session, subject, by=actor, at=now)
    return subject, facts, next((act for act in my_case.acts(session, subject, facts, actor) if act.name == name), None)


def _label_of(subject: Subject, name: str) -> str:
    """What an act that some party has at some moment is called; Unknown where there is none of this name."""
    every = (*my_case.seam_of(subject).acts, *my_acts.every_act(subject))
    label = next((act.label for act in every if act.name == name), None)
    if label is None:
        raise Unknown()
    return label


def _not_now(request: Request[Any, Any, Any], label: str) -> Response[Any]:
    """A page left open while the case went on, or a link kept: the party reads why, and where to go."""
    why = "可能已经办过，案件已经进到下一步，或者这一项不由你这一方办。回到“我的案件”，看现在的情况和可以办的事项。"
    problem = Problem(404, f"现在不能办“{label}”", why, icon="ban")
    return page(
        request, "errors/page.html", status=404, headers=CASE_PAGE, problem=problem, number="", kept=[], home=CASE
    )


def _carried_out(session: Session, actor: Actor, key: str) -> dict[str, Any] | None:
    """What this very form did a moment ago: sent twice, it is not refused."""
    known = select(IdempotencyKey.answer).where(IdempotencyKey.actor == actor.key, IdempotencyKey.key == key)
    return session.scalar(known)


def _acting(
    request: Request[Any, Any, Any],
    subject: Subject,
    act: PartyAct,
    form: FormView,
    key: str,
    problem: Problem | None = None,
    meeting: my_case.Meeting | None = None,
) -> Response[Any]:
    return page(
        request,
        "my/act.html",
        status=problem.status if problem else form.status,
        headers=CASE_PAGE,
        subject=subject,
        act=act,
        form=form,
        key=key,
        problem=problem,
        meeting=meeting,
        words=registry.words_for(subject),
    )


routes = (
    landing,
    ask_to_enter,
    by_link,
    ask_by_link,
    start,
    ask_to_apply,
    code_page,
    enter,
    leave,
    away,
    look,
    apply_page,
    apply,
    case_page,
    act_for,
    my_record,
    my_data,
    my_copy,
    act_page,
    take_act,
    sign_page,
    sign_record,
    sheet,
    sitting_page,
    answer_sitting,
)
