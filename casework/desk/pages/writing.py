"""What a handler writes to the file: notes with a kept draft, attempts to reach somebody, materials, a module's own acts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import archive, drafts, evidence, reading, search
from casework.desk.forms import CatalogueForm, ContactForm, EvidenceForm, NoteForm
from casework.desk.once import first_time
from casework.desk.pages.asking import Asked, Command, ask, pages, participants, people_choices, root_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.tables import CONTACT_RESULTS, CONTACT_WAYS, Contact, Note
from web.filters import cn_time
from web.forms import FormErrors, parse
from web.headers import SHOWING_A_FILE, SHOWN_IN_PAGE
from web.pages import HTML, page, redirect
from workflows import journal
from workflows.actor import Actor
from workflows.definition import Transition, cited
from workflows.errors import Reason, Refused, Unknown
from workflows.fire import current_facts
from workflows.form import Step
from workflows.module import Act, registry
from workflows.tables import Subject, legal_date

# --- notes, written on the page of the case itself


@post("/subjects/{subject_id:uuid}/notes", opt={"action": "note.write"}, sync_to_thread=True)
def write_note(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, subject_id: UUID
) -> Response[Any]:
    subject = root_of(session, subject_id)
    home = f"/subjects/{subject.id}"
    try:
        form = parse(NoteForm, posted)
    except FormErrors as faults:
        return ask(
            request,
            "写一条记录",
            faults.view,
            action=f"{home}/notes",
            back=home,
            label="保存记录",
            subject=subject,
            status=faults.view.status,
        )
    if not first_time(session, actor, posted, now):
        return redirect(request, f"{home}#log")
    archive.refuse_when_filed(session, subject.id)
    session.add(Note(subject_id=subject.id, text=form.text, by_id=actor.id, at=now))
    journal.record(session, subject.id, "note", {"text": form.text}, by=actor, at=now)
    drafts.discard(session, actor, note_place(subject.id))
    return redirect(request, f"{home}#log", "已保存记录")


@post("/subjects/{subject_id:uuid}/notes/draft", opt={"action": "note.write"}, sync_to_thread=True)
def keep_note(session: Session, actor: Actor, now: datetime, posted: Any, subject_id: UUID) -> Response[Any]:
    text = str(posted.get("text", ""))[:4000]
    drafts.keep(session, actor, note_place(subject_id), text, now, title="记录", root_id=subject_id)
    return Response(f"草稿已保存 {cn_time(now)}", status_code=200, media_type=HTML)


def note_place(subject_id: UUID) -> str:
    return f"/subjects/{subject_id}#log"


# --- attempts to reach somebody


def _contact(asked: Asked) -> Command:
    return Command(
        "记录联系情况",
        ContactForm,
        "保存联系记录",
        _write_contact,
        subject=asked.subject,
        back=f"{asked.home}#log",
        choices=people_choices(asked.session, asked.subject),
        hint="每一次联系都记一条，联系不上的也记。",
    )


def _write_contact(asked: Asked, form: ContactForm) -> str:
    archive.refuse_when_filed(asked.session, asked.subject.id)
    person = {str(p.id): p for p in participants(asked.session, asked.subject)}.get(form.whom)
    name, at = person.name if person else "其他人", form.at or asked.now
    asked.session.add(
        Contact(
            subject_id=asked.subject.id,
            party_id=person.id if person and isinstance(person.id, UUID) else None,
            whom=name,
            way=form.way,
            result=form.result,
            text=form.text,
            at=at,
            by_id=asked.actor.id,
            recorded_at=asked.now,
        )
    )
    what = f"{CONTACT_WAYS[form.way]}联系{name}：{CONTACT_RESULTS[form.result]}"
    said = {"what": what, "text": form.text, "at": at}
    journal.record(asked.session, asked.subject.id, "contact", said, by=asked.actor, at=asked.now)
    return "已记录联系情况"


contact = pages("/subjects/{subject_id:uuid}/contacts/new", "note.write", _contact)


# --- materials


def _evidence(asked: Asked) -> Command:
    return Command(
        "上传材料",
        EvidenceForm,
        "收存材料",
        _take_evidence,
        subject=asked.subject,
        back=asked.home,
        choices=people_choices(asked.session, asked.subject, kinds=evidence.kinds(registry.words_for(asked.subject))),
        hint="按文件内容核对类型并计算校验值；照片中的拍摄位置等信息在收存时去除；PDF 按原件收存，查看和下载的是不含作者、软件等文件属性的副本。收存后不能改动。",
    )


def _take_evidence(asked: Asked, form: EvidenceForm) -> str:
    archive.refuse_when_filed(asked.session, asked.subject.id)
    person = {str(p.id): p for p in participants(asked.session, asked.subject)}.get(form.handed_in_by)
    kept = evidence.take_in(
        asked.session,
        asked.subject.id,
        [*form.files, *form.photos],
        by=asked.actor,
        at=asked.now,
        received_on=form.received_on or asked.today,
        title=form.title,
        kind=form.kind,
        handed_in_by=person.name if person else "",
        party_id=person.id if person and isinstance(person.id, UUID) else None,
        purpose=form.purpose,
    )
    return f"已收存 {len(kept)} 份材料"


take_evidence = pages("/subjects/{subject_id:uuid}/evidence/new", "evidence.add", _evidence)


def _catalogue(asked: Asked) -> Command:
    rows = evidence.catalogue(asked.session, asked.subject.id)
    return Command(
        "调整材料目录的次序",
        CatalogueForm,
        "保存次序",
        _arrange,
        subject=asked.subject,
        back=f"{asked.home}/evidence",
        known={"order": [{"piece": str(row.id), "place": row.place} for row in rows]},
        choices=evidence.Pieces(rows),
        hint="写上每份材料在目录中的序号，小的在前；材料本身不改动。",
    )


def _arrange(asked: Asked, form: CatalogueForm) -> str:
    archive.refuse_when_filed(asked.session, asked.subject.id)
    evidence.arrange(asked.session, asked.subject.id, {UUID(line.piece): line.place for line in form.order})
    said = {"text": "材料目录的次序"}
    journal.record(asked.session, asked.subject.id, "evidence_arranged", said, by=asked.actor, at=asked.now)
    return "已调整材料目录的次序"


arrange_evidence = pages("/subjects/{subject_id:uuid}/evidence/order", "evidence.add", _catalogue)


@get("/subjects/{subject_id:uuid}/evidence", opt={"action": "evidence.view"}, sync_to_thread=True)
def evidence_list(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: Any, subject_id: UUID
) -> Response[Any]:
    """证据目录: what was handed in, in order, with page numbers."""
    subject = root_of(session, subject_id)
    return page(
        request,
        "desk/evidence.html",
        headers=CASE_PAGE,
        kinds=evidence.kinds(registry.words_for(subject)),
        nav=f"cases.{registry.module_for(subject).name}",
        subject=subject,
        lines=evidence.numbered(evidence.catalogue(session, subject.id)),
        may_add=bool(registry.roles_for(session, actor, subject, action="evidence.add")),
    )


@get("/subjects/{subject_id:uuid}/evidence/{evidence_id:uuid}", opt={"action": "evidence.view"}, sync_to_thread=True)
def evidence_file(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    subject_id: UUID,
    evidence_id: UUID,
    show: str = "",
    original: str = "",
) -> Response[bytes]:
    """The file to keep; with ``show=1`` a PDF or a picture to be looked at inside our own page; ``original=1``: as it came."""
    found = evidence.evidence(session, subject_id, evidence_id)
    if found is None:
        raise Unknown()
    row, content = found
    reading.saw(request.app.state.database.sessions, subject_id, actor, now)
    headers = SHOWN_IN_PAGE if show and row.media_type in evidence.SHOWN else attached(row.file_name)
    if not original:
        content = evidence.copy_to_show(row, content)
    return Response(content, media_type=row.media_type, headers=headers)


@get(
    "/subjects/{subject_id:uuid}/evidence/{evidence_id:uuid}/look", opt={"action": "evidence.view"}, sync_to_thread=True
)
def look_at_evidence(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    subject_id: UUID,
    evidence_id: UUID,
) -> Response[Any]:
    subject = root_of(session, subject_id)
    lines = evidence.numbered(evidence.catalogue(session, subject.id))
    at = next((i for i, line in enumerate(lines) if line.row.id == evidence_id), None)
    if at is None:
        raise Unknown()
    reading.saw(request.app.state.database.sessions, subject.id, actor, now)
    return page(
        request,
        "desk/look.html",
        headers={**CASE_PAGE, "content-security-policy": SHOWING_A_FILE},
        nav=f"cases.{registry.module_for(subject).name}",
        subject=subject,
        line=lines[at],
        before=lines[at - 1] if at else None,
        after=lines[at + 1] if at + 1 < len(lines) else None,
        shown=evidence.SHOWN.get(lines[at].row.media_type, ""),
    )


def attached(name: str) -> dict[str, str]:
    """A download: what is handed in opens in our own pages only where a page of ours shows it."""
    from urllib.parse import quote

    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, no-store",
    }


# --- what a module lets write


def _act(asked: Asked) -> Command:
    subject = asked.subject
    act = next((act for act in registry.module_for(subject).acts if act.name == asked.part("name")), None)
    if act is None:
        raise Unknown()
    facts = current_facts(asked.session, subject, by=asked.actor, at=asked.now)

    def write(asked: Asked, form: Any) -> str:
        carry_out(asked.session, subject, act, form, asked.actor, asked.now, facts)
        return f"已办理：{act.label}"

    return Command(
        act.label,
        act.form,
        act.label,
        write,
        subject=subject,
        back=asked.home,
        choices=facts,
        known=act.form.known(facts) if hasattr(act.form, "known") else None,
        hint=act.hint,
        law=cited(act.law) if act.law else (),
    )


act = pages("/subjects/{subject_id:uuid}/acts/{name:str}", "case.act", _act)


def carry_out(session: Session, subject: Subject, act: Act, form: Any, by: Actor, at: datetime, facts: Any) -> None:
    """Write an act of a module and its journal entry; refused when the role or the moment is wrong."""
    archive.refuse_when_filed(session, subject.root_id)
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
    role = next(role.id for role in act.by if role.id in roles)
    journal.record(session, subject.id, act.name, form, by=by, at=at, occurred_on=on, role=role)
    search.reindex(session, subject.root_id, at)


def _step(session: Session, subject: Subject, act: Act, form: Any, by: Actor, at: datetime, facts: Any) -> Step:
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
