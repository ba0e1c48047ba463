"""What a handler writes to the file: notes with a kept draft, attempts to reach somebody, materials, a module's own acts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import drafts, evidence, search
from casework.desk.forms import ContactForm, EvidenceForm, NoteForm
from casework.desk.once import first_time
from casework.desk.pages.asking import ask, participants, people_choices, root_of
from casework.desk.pages.steps import key_of, new_key
from casework.desk.tables import CONTACT_RESULTS, CONTACT_WAYS, Contact, Note
from web.errors import problem_of
from web.filters import cn_time
from web.forms import FormErrors, parse, show, shown_again
from web.pages import HTML, redirect
from workflows import journal
from workflows.actor import Actor
from workflows.definition import Transition, cited
from workflows.errors import Invalid, Reason, Refused, StepError, Unknown
from workflows.fire import current_facts
from workflows.form import Step
from workflows.module import Act, registry
from workflows.tables import Subject


@post("/subjects/{subject_id:uuid}/notes", opt={"action": "note.write"}, sync_to_thread=True)
def write_note(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, subject_id: UUID
) -> Response[Any]:
    subject = root_of(session, subject_id)
    try:
        form = parse(NoteForm, posted)
    except FormErrors as faults:
        return _note_page(request, subject, faults.view, faults.view.status)
    if not first_time(session, actor, posted, now):
        return redirect(request, f"/subjects/{subject.id}#log")
    session.add(Note(subject_id=subject.id, text=form.text, by_id=actor.id, at=now))
    journal.record(session, subject.id, "note", {"text": form.text}, by=actor, at=now)
    drafts.discard(session, actor, f"note:{subject.id}")
    return redirect(request, f"/subjects/{subject.id}#log", "已保存记录")


@post("/subjects/{subject_id:uuid}/notes/draft", opt={"action": "note.write"}, sync_to_thread=True)
def keep_note(session: Session, actor: Actor, now: datetime, posted: Any, subject_id: UUID) -> Response[Any]:
    drafts.keep(session, actor, f"note:{subject_id}", str(posted.get("text", ""))[:4000], now)
    return Response(f"草稿已保存 {cn_time(now)}", status_code=200, media_type=HTML)


def _note_page(request: Request[Any, Any, Any], subject: Subject, view: Any, status: int) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request, "写一条记录", view, action=f"{home}/notes", back=home, label="保存记录", subject=subject, status=status
    )


# --- contacts


@get("/subjects/{subject_id:uuid}/contacts/new", opt={"action": "note.write"}, sync_to_thread=True)
def contact_page(request: Request[Any, Any, Any], session: Session, today: date, subject_id: UUID) -> Response[Any]:
    subject = root_of(session, subject_id)
    return _contact(request, subject, show(ContactForm, None, people_choices(session, subject), today))


@post("/subjects/{subject_id:uuid}/contacts/new", opt={"action": "note.write"}, sync_to_thread=True)
def write_contact(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
) -> Response[Any]:
    subject = root_of(session, subject_id)
    choices = people_choices(session, subject)
    try:
        form = parse(ContactForm, posted, choices, today)
    except FormErrors as faults:
        return _contact(request, subject, faults.view, faults.view.status)
    if not first_time(session, actor, posted, now):
        return redirect(request, f"/subjects/{subject.id}#log")
    known = {str(p.id): p for p in participants(session, subject)}
    person = known.get(form.whom)
    name = person.name if person else "其他人"
    session.add(
        Contact(
            subject_id=subject.id,
            party_id=person.id if person and isinstance(person.id, UUID) else None,
            whom=name,
            way=form.way,
            result=form.result,
            text=form.text,
            at=form.at or now,
            by_id=actor.id,
            recorded_at=now,
        )
    )
    said = {
        "what": f"{CONTACT_WAYS[form.way]}联系{name}：{CONTACT_RESULTS[form.result]}",
        "text": form.text,
        "at": form.at or now,
    }
    journal.record(session, subject.id, "contact", said, by=actor, at=now)
    return redirect(request, f"/subjects/{subject.id}#log", "已记录联系情况")


def _contact(request: Request[Any, Any, Any], subject: Subject, view: Any, status: int = 200) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        "记录联系情况",
        view,
        action=f"{home}/contacts/new",
        back=home,
        label="保存联系记录",
        subject=subject,
        hint="每一次联系都记一条，联系不上的也记。",
        status=status,
    )


# --- evidence


@get("/subjects/{subject_id:uuid}/evidence/new", opt={"action": "evidence.add"}, sync_to_thread=True)
def evidence_page(request: Request[Any, Any, Any], session: Session, today: date, subject_id: UUID) -> Response[Any]:
    subject = root_of(session, subject_id)
    return _evidence(request, subject, show(EvidenceForm, None, people_choices(session, subject), today))


@post("/subjects/{subject_id:uuid}/evidence/new", opt={"action": "evidence.add"}, sync_to_thread=True)
def take_evidence(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
) -> Response[Any]:
    subject = root_of(session, subject_id)
    choices = people_choices(session, subject)
    try:
        form = parse(EvidenceForm, posted, choices, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, f"/subjects/{subject.id}")
        person = {str(p.id): p for p in participants(session, subject)}.get(form.handed_in_by)
        evidence.take_in(
            session,
            subject.id,
            form.files,
            by=actor,
            at=now,
            received_on=form.received_on or today,
            title=form.title,
            kind=form.kind,
            handed_in_by=person.name if person else "",
            party_id=person.id if person and isinstance(person.id, UUID) else None,
            purpose=form.purpose,
        )
    except FormErrors as faults:
        return _evidence(request, subject, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(EvidenceForm, posted, choices, today, [(fault.field, str(fault))])
        return _evidence(request, subject, view, 422)
    return redirect(request, f"/subjects/{subject.id}", f"已收存 {len(form.files)} 份材料")


@get("/subjects/{subject_id:uuid}/evidence/{evidence_id:uuid}", opt={"action": "evidence.view"}, sync_to_thread=True)
def evidence_file(session: Session, subject_id: UUID, evidence_id: UUID) -> Response[bytes]:
    found = evidence.evidence(session, subject_id, evidence_id)
    if found is None:
        raise Unknown()
    row, content = found
    return Response(content, media_type=row.media_type, headers=attached(row.file_name))


def attached(name: str) -> dict[str, str]:
    """Always a download: nothing handed in is ever shown inside our own pages."""
    from urllib.parse import quote

    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, no-store",
    }


def _evidence(request: Request[Any, Any, Any], subject: Subject, view: Any, status: int = 200) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        "上传材料",
        view,
        action=f"{home}/evidence/new",
        back=home,
        label="收存材料",
        subject=subject,
        hint="按文件内容核对类型并计算校验值；收存后不能改动。",
        status=status,
    )


# --- what a module lets write


@get("/subjects/{subject_id:uuid}/acts/{name:str}", opt={"action": "case.act"}, sync_to_thread=True)
def act_page(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    name: str,
) -> Response[Any]:
    subject, act = _act(session, subject_id, name)
    facts = current_facts(session, subject, by=actor, at=now)
    known = act.form.known(facts) if hasattr(act.form, "known") else None
    return _acting(request, subject, act, show(act.form, known, facts, today), new_key())


@post("/subjects/{subject_id:uuid}/acts/{name:str}", opt={"action": "case.act"}, sync_to_thread=True)
def write_act(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
    name: str,
) -> Response[Any]:
    subject, act = _act(session, subject_id, name)
    key = key_of(posted)
    facts = current_facts(session, subject, by=actor, at=now)
    try:
        form: Any = parse(act.form, posted, facts, today)
        if first_time(session, actor, posted, now):
            carry_out(session, subject, act, form, actor, now, facts)
    except FormErrors as faults:
        return _acting(request, subject, act, faults.view, key, status=faults.view.status)
    except Invalid as fault:
        session.rollback()
        view = shown_again(act.form, posted, facts, today, [(fault.field, str(fault))])
        return _acting(request, subject, act, view, key, status=422)
    except StepError as fault:
        session.rollback()
        view, problem = shown_again(act.form, posted, facts, today), problem_of(fault)
        return _acting(request, subject, act, view, key, problem, problem.status)
    return redirect(request, f"/subjects/{subject.id}", f"已办理：{act.label}")


def carry_out(session: Session, subject: Subject, act: Act, form: Any, by: Actor, at: datetime, facts: Any) -> None:
    """Write an act of a module and its journal entry; refused when the role or the moment is wrong."""
    law, roles = cited(act.law) if act.law else (), registry.roles_for(session, by, subject, at=at)
    reasons = []
    if not roles & {role.id for role in act.by}:
        reasons.append(Reason(f"“{act.label}”由{'、'.join(role.label for role in act.by)}办理", law))
    if act.when is not None and not act.when(facts):
        reasons.append(Reason(f"现在不能办理“{act.label}”", law))
    if reasons:
        raise Refused(reasons)
    form.apply(_step(session, subject, act, form, by, at, facts))
    session.flush()
    on = getattr(form, "occurred_on", None)
    journal.record(session, subject.id, act.name, form, by=by, at=at, occurred_on=on)
    search.reindex(session, subject.root_id, at)


def _step(session: Session, subject: Subject, act: Act, form: Any, by: Actor, at: datetime, facts: Any) -> Step:
    from workflows.tables import legal_date

    workflow = registry.workflow_for(subject)
    return Step(
        session=session,
        subject_id=subject.id,
        root_id=subject.root_id,
        workflow=workflow,
        transition=Transition(act.name, act.label, f"{subject.state} -> =", by=act.by, law=act.law),
        actor=by,
        at=at,
        occurred_on=getattr(form, "occurred_on", None) or legal_date(at),
        form=form,
        load=lambda: subject,
        facts=facts,
        from_state=subject.state,
        to_state=subject.state,
        organisation_id=subject.organisation_id,
    )


def _act(session: Session, subject_id: UUID, name: str) -> tuple[Subject, Act]:
    subject = root_of(session, subject_id)
    act = next((act for act in registry.module_for(subject).acts if act.name == name), None)
    if act is None:
        raise Unknown()
    return subject, act


def _acting(
    request: Request[Any, Any, Any],
    subject: Subject,
    act: Act,
    view: Any,
    key: str,
    problem: Any = None,
    status: int = 200,
) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        act.label,
        view,
        action=f"{home}/acts/{act.name}",
        back=home,
        label=act.label,
        subject=subject,
        hint=act.hint,
        problem=problem,
        hidden={"_key": key},
        law=cited(act.law) if act.law else (),
        status=status,
    )
