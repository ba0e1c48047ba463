"""Signing on the tablet: the record as it reads, the hash of what is shown, the pad; one signer after the other."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk.pages.records import record_of
from casework.desk.pages.steps import CASE_PAGE, key_of, new_key, root_version, version_of
from documents.papers import content_of
from documents.printing import readable
from documents.record import Facts, facts_of
from documents.record import record as life
from documents.signing import SignOnPad, signers_on_pad, who_agreed
from documents.tables import Record, RecordPaper
from union import second_factor
from web.assets import asset
from web.errors import Problem, problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.headers import SHOWING_A_FILE, SHOWN_IN_PAGE
from web.pages import HTML, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.errors import Invalid, OtherBody, Refused, StepError, Unknown
from workflows.fire import fire, preview

ON_PAD = life.transition_by_trigger["sign_on_pad"]
AS_STAFF = life.transition_by_trigger["sign_as_staff"]
NO_FILE = Problem(409, "PDF 正在生成，还不能签名", "通常几秒钟内完成，完成后本页自动打开。", icon="file-clock")


@get("/records/{subject_id:uuid}/pad", opt={"action": "case.act"}, sync_to_thread=True)
def pad(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    signer: str = "",
) -> Response[Any]:
    record = record_of(session, subject_id, actor, now)
    if wants_fragment(request):  # a page that waits for the file asks again
        return redirect(request, f"/records/{record.id}/pad") if record.pdf_sha256 else Response(None, status_code=204)
    seen = facts_of(session, record, by=actor)
    first = next(iter(signers_on_pad(seen)), "")
    form = show(SignOnPad, {"signer": signer if signer in signers_on_pad(seen) else first}, seen, today)
    return _shown(request, session, actor, now, record, seen, form)


@post("/records/{subject_id:uuid}/pad", opt={"action": "case.act"}, sync_to_thread=True)
def sign_on_pad(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
) -> Response[Any]:
    """Carried out, on to whoever signs next; else the pad again with the strokes that were written."""
    record = record_of(session, subject_id, actor, now)
    seen, key, problem = facts_of(session, record, by=actor), key_of(posted), None
    try:
        form = parse(SignOnPad, posted, seen, today)
        fire(session, record.id, ON_PAD.trigger, form, by=actor, at=now, key=key, version=version_of(posted))
    except FormErrors as faults:
        view = faults.view
    except Invalid as fault:
        view = shown_again(SignOnPad, posted, seen, today, [(fault.field, str(fault))])
    except Unknown:
        raise
    except StepError as fault:
        problem, view = problem_of(fault), shown_again(SignOnPad, posted, seen, today)
        key = new_key() if isinstance(fault, OtherBody) else key
    else:
        return _onward(request, session, actor, session.get_one(Record, subject_id), seen, form.signer)
    session.rollback()
    record = session.get_one(Record, subject_id)
    seen = facts_of(session, record, by=actor)
    return _shown(request, session, actor, now, record, seen, view, problem=problem, key=key)


@get("/records/{subject_id:uuid}/sheet", opt={"action": "record.view"}, sync_to_thread=True)
def sheet(session: Session, actor: Actor, now: datetime, subject_id: UUID) -> Response[str]:
    """The words of a record for a screen: browsers of tablets do not show a PDF inside a page."""
    record = record_of(session, subject_id, actor, now)
    if record.frozen is None:
        raise Unknown()
    style = f'<link rel="stylesheet" href="{asset("css/sheet.css")}">'
    return Response(readable(record).replace("</head>", f"{style}</head>", 1), media_type=HTML, headers=SHOWN_IN_PAGE)


@get("/records/{subject_id:uuid}/papers/{paper_id:uuid}", opt={"action": "record.view"}, sync_to_thread=True)
def scan(session: Session, actor: Actor, now: datetime, subject_id: UUID, paper_id: UUID) -> Response[bytes]:
    """A scanned signing page or receipt; strokes are never handed out."""
    from casework.desk.pages.writing import attached

    record = record_of(session, subject_id, actor, now)
    paper = session.get(RecordPaper, paper_id)
    if paper is None or paper.record_id != record.id or paper.kind == "ink":
        raise Unknown()
    return Response(content_of(paper), media_type=paper.media_type, headers=attached(paper.name))


def _onward(
    request: Request[Any, Any, Any], session: Session, actor: Actor, record: Record, before: Facts, signer: str
) -> Response[Any]:
    name = who_agreed(before)[signer]
    after = facts_of(session, record, by=actor)
    return redirect(request, _next_signature(session, actor, record, after), f"{name}已签名")


def _next_signature(session: Session, actor: Actor, record: Record, seen: Facts) -> str:
    """The pad while somebody is to write on it, then the form of whoever holds it, if that one signs and can prove it."""
    if record.state != "awaiting_signature":
        return f"/records/{record.id}"
    if signers_on_pad(seen):
        return f"/records/{record.id}/pad"
    if seen.oneself is not None and second_factor.enrolled(session, actor.id):
        return f"/subjects/{record.id}/transitions/{AS_STAFF.trigger}"
    return f"/records/{record.id}"


def _shown(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    record: Record,
    seen: Facts,
    form: FormView,
    *,
    problem: Problem | None = None,
    key: str = "",
) -> Response[Any]:
    possible = next((p for p in preview(session, record, by=actor, at=now) if p.transition is ON_PAD), None)
    closed = None if possible is None or possible.allowed else problem_of(Refused(list(possible.refusals)))
    if closed is None and not record.pdf_sha256:
        closed = NO_FILE
    agents = [(seen.people[k].name, seen.people[k].agent) for k in signers_on_pad(seen) if seen.people[k].agent]
    faulty = problem or closed
    return page(
        request,
        "desk/pad.html",
        status=faulty.status if faulty else form.status,
        headers={**CASE_PAGE, "content-security-policy": SHOWING_A_FILE},
        nav="documents",
        record=record,
        transition=ON_PAD,
        form=_to_come(form, seen),
        agents=agents,
        problem=problem,
        closed=closed,
        waiting=closed is NO_FILE,
        key=key or new_key(),
        version=root_version(session, record),
        back=f"/records/{record.id}",
    )


def _to_come(form: FormView, seen: Facts) -> FormView:
    """Chosen from are only those who are still to sign."""
    waiting = signers_on_pad(seen)
    fields = (
        replace(f, choices=[c for c in f.choices if c[0] in waiting]) if f.name == "signer" else f for f in form.fields
    )
    return replace(form, fields=tuple(fields))


routes = (pad, sign_on_pad, sheet, scan)
