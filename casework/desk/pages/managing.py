"""Hand-over of cases, corrections, links, tasks, who has looked, and a masked value shown in full."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import assignment, messages, reading, search
from casework.desk.forms import Choices, CorrectionForm, HandOverForm, LinkForm, TaskForm
from casework.desk.once import first_time
from casework.desk.pages.asking import ask, participants, root_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.tables import Assignment, Link, SearchText
from union.access import actor_for, can, visible
from union.people import Staff
from union.roles import INTAKE, MEDIATOR, ORG_HEAD, RECORDER
from web.errors import Problem, problem_of
from web.forms import FormErrors, parse, show, shown_again
from web.pages import HTML, page, redirect
from workflows import journal
from workflows.actor import Actor
from workflows.correct import RULE, correct
from workflows.errors import Invalid, Reason, Refused, StepError, Unknown
from workflows.module import registry
from workflows.tables import JournalEntry, Subject, Task

MOST_CASES = 200
CORRECTING = frozenset(role.id for role in (INTAKE, MEDIATOR, RECORDER, ORG_HEAD))  # not who only seals or archives


# --- hand-over


@get("/handover", opt={"action": "todo.view"}, sync_to_thread=True)
def handover_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, case: str = ""
) -> Response[Any]:
    choices = _handover_choices(session, actor, now, today, case)
    chosen = [case] if case in choices.choices("cases") else []
    return _handover(request, show(HandOverForm, {"cases": chosen}, choices, today), bool(choices.choices("cases")))


@post("/handover", opt={"action": "todo.view"}, sync_to_thread=True)
def hand_over(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
) -> Response[Any]:
    choices = _handover_choices(session, actor, now, today, "")
    try:
        form = parse(HandOverForm, posted, choices, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, "/todo")
        roots = [UUID(text) for text in form.cases]
        count = assignment.hand_over(session, roots, UUID(form.to), form.reason, by=actor, at=now, until=form.until)
        text = f"{actor.name}移交给你 {count} 件案件：{form.reason}"
        messages.tell_staff(session, UUID(form.to), text, now, roots[0] if count == 1 else None)
    except FormErrors as faults:
        return _handover(request, faults.view, status=faults.view.status)
    except StepError as fault:
        session.rollback()
        problem = problem_of(fault)
        view = shown_again(HandOverForm, posted, choices, today)
        return _handover(request, view, problem=problem, status=problem.status)
    return redirect(request, "/todo", f"已移交 {count} 件案件")


def _handover_choices(session: Session, actor: Actor, now: datetime, today: date, case: str) -> Choices:
    """The actor's own open cases, for a head every assigned one at or below; and the colleagues who may take them."""
    held = select(Assignment.root_id).where(Assignment.in_force(today), Assignment.part == assignment.MEDIATOR_PART)
    own = held.where(Assignment.staff_id == actor.id)
    given = visible(actor, at=now, action="case.assign", roots=True)
    table = Subject.__table__
    query = (
        select(table.c.id, table.c.number, SearchText.summary, table.c.title)
        .outerjoin(SearchText, SearchText.root_id == table.c.id)
        .where(table.c.id == table.c.root_id, table.c.closed_on.is_(None))
        .where((table.c.id.in_(own) & visible(actor, at=now, roots=True)) | (table.c.id.in_(held) & given))
        .order_by(table.c.opened_on, table.c.id)
        .limit(MOST_CASES)
    )
    cases = {
        str(i): f"{number or '未编号'} · {summary or title}" for i, number, summary, title in session.execute(query)
    }
    return Choices({"cases": cases, "colleagues": assignment.colleagues(session, actor, today)})


def _handover(
    request: Request[Any, Any, Any], view: Any, any_case: bool = True, problem: Any = None, status: int = 200
) -> Response[Any]:
    hint = "休假、调岗时把承办的案件一次移交给 B 角；每件案件都记下移交人、接办人和理由。"
    return ask(
        request,
        "移交案件",
        view,
        action="/handover",
        back="/todo",
        label="移交所选案件",
        hint=hint if any_case else "现在没有可以移交的案件。",
        problem=problem,
        law=(assignment.HAND_OVER_RULE,),
        status=status,
    )


# --- correction


@get("/subjects/{subject_id:uuid}/correct", opt={"action": "case.act"}, sync_to_thread=True)
def correction_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, subject_id: UUID
) -> Response[Any]:
    subject = root_of(session, subject_id)
    return _correction(request, subject, show(CorrectionForm, None, _correctable(session, subject, actor), today))


@post("/subjects/{subject_id:uuid}/correct", opt={"action": "case.act"}, sync_to_thread=True)
def correct_entry(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
) -> Response[Any]:
    subject = root_of(session, subject_id)
    choices = _correctable(session, subject, actor)
    try:
        form = parse(CorrectionForm, posted, choices, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, f"/subjects/{subject.id}")
        if not registry.roles_for(session, actor, subject, at=now) & CORRECTING:
            raise Refused([Reason("更正由窗口、调解员、记录员或者负责人办理", (RULE,))])
        second = _checker(session, subject, UUID(form.second), now)
        correct(
            session,
            subject.id,
            int(form.seq),
            form.field,
            form.value,
            form.reason,
            by=actor,
            second=second.id,
            second_name=second.name,
            at=now,
        )
        search.reindex(session, subject.id, now)
    except FormErrors as faults:
        return _correction(request, subject, faults.view, status=faults.view.status)
    except Invalid as fault:
        session.rollback()
        view = shown_again(CorrectionForm, posted, choices, today, [(fault.field, str(fault))])
        return _correction(request, subject, view, status=422)
    except StepError as fault:
        session.rollback()
        problem, view = problem_of(fault), shown_again(CorrectionForm, posted, choices, today)
        return _correction(request, subject, view, problem, problem.status)
    return redirect(request, f"/subjects/{subject.id}", "已更正，原记录保留")


def _checker(session: Session, subject: Subject, staff_id: UUID, now: datetime) -> Staff:
    """The second person, who must be able to read what is corrected."""
    second = session.get(Staff, staff_id)
    if second is None or not can(session, actor_for(session, staff_id, now), "case.view", subject, at=now):
        raise Invalid("second", "核对人须能查看本案，另选一名。")
    return second


def _correctable(session: Session, subject: Subject, actor: Actor) -> Choices:
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    entries = session.execute(
        select(JournalEntry.seq, JournalEntry.trigger, JournalEntry.occurred_on)
        .where(JournalEntry.root_id == subject.root_id, JournalEntry.subject_id == subject.id)
        .order_by(JournalEntry.seq.desc())
        .limit(100)
    )
    named = {}
    for seq, trigger, day in entries:
        step = workflow.transition_by_trigger.get(trigger)
        named[str(seq)] = f"第 {seq} 条 · {day:%Y-%m-%d} {step.label if step else registry.entry_label(trigger)}"
    colleagues = select(Staff.id, Staff.name).where(Staff.active, Staff.id != actor.id).order_by(Staff.name_pinyin)
    others = {str(i): name for i, name in session.execute(colleagues.limit(300))}
    return Choices({"fields": dict(module.correctable), "entries": named, "colleagues": others})


def _correction(
    request: Request[Any, Any, Any], subject: Subject, view: Any, problem: Any = None, status: int = 200
) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        "更正记录",
        view,
        action=f"{home}/correct",
        back=home,
        label="更正记录",
        subject=subject,
        hint="原记录不改动，另记一条更正；从该日期起算的期限随之重算。",
        problem=problem,
        law=(RULE,),
        status=status,
    )


# --- links


@get("/subjects/{subject_id:uuid}/link", opt={"action": "note.write"}, sync_to_thread=True)
def link_page(request: Request[Any, Any, Any], session: Session, subject_id: UUID) -> Response[Any]:
    return _linking(request, root_of(session, subject_id), show(LinkForm))


@post("/subjects/{subject_id:uuid}/link", opt={"action": "note.write"}, sync_to_thread=True)
def link_case(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, subject_id: UUID
) -> Response[Any]:
    subject = root_of(session, subject_id)
    try:
        form = parse(LinkForm, posted)
    except FormErrors as faults:
        return _linking(request, subject, faults.view, faults.view.status)
    seen = visible(actor, at=now, action="case.list", roots=True)
    other = session.scalars(select(Subject).where(Subject.number == form.number.strip(), seen)).first()
    if other is None or other.id == subject.id:
        sentence = "没有找到这个编号的案件，或者无权查看。" if other is None else "不能与本案自己关联。"
        return _linking(request, subject, shown_again(LinkForm, posted, errors=[("number", sentence)]), 422)
    known = select(Link.id).where(Link.from_id.in_((subject.id, other.id)), Link.to_id.in_((subject.id, other.id)))
    if session.scalar(known.where(Link.kind == "related")) is None:
        session.add(
            Link(from_id=subject.id, to_id=other.id, kind="related", reason=form.reason, by_id=actor.id, at=now)
        )
        for one, another in ((subject, other), (other, subject)):
            said = {"text": f"与{another.number or another.title}关联：{form.reason}"}
            journal.record(session, one.id, "linked", said, by=actor, at=now)
    return redirect(request, f"/subjects/{subject.id}", "已关联")


def _linking(request: Request[Any, Any, Any], subject: Subject, view: Any, status: int = 200) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        "关联其他案件",
        view,
        action=f"{home}/link",
        back=home,
        label="关联案件",
        subject=subject,
        status=status,
    )


# --- tasks


@get("/tasks/{task_id:uuid}", opt={"action": "todo.view"}, sync_to_thread=True)
def task_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, task_id: UUID
) -> Response[Any]:
    task, root = _task(session, actor, now, task_id)
    return _tasking(request, task, root, show(TaskForm))


@post("/tasks/{task_id:uuid}", opt={"action": "todo.view"}, sync_to_thread=True)
def finish_task(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, task_id: UUID
) -> Response[Any]:
    task, root = _task(session, actor, now, task_id)
    try:
        form = parse(TaskForm, posted)
    except FormErrors as faults:
        return _tasking(request, task, root, faults.view, faults.view.status)
    if task.done_at is None:
        task.done_at = now
        said = {"text": f"{task.text}。处理情况：{form.how}", "task": str(task.id)}
        journal.record(session, task.root_id, "task_done", said, by=actor, at=now)
    return redirect(request, "/todo?view=tasks", "已处理任务")


def _task(session: Session, actor: Actor, now: datetime, task_id: UUID) -> tuple[Task, Subject]:
    task = session.get(Task, task_id)
    if task is None or not can(session, actor, "case.act", task.root_id, at=now):
        raise Unknown()
    return task, session.get_one(Subject, task.root_id)


def _tasking(request: Request[Any, Any, Any], task: Task, root: Subject, view: Any, status: int = 200) -> Response[Any]:
    return ask(
        request,
        "处理任务",
        view,
        action=f"/tasks/{task.id}",
        back=f"/subjects/{root.id}",
        label="记为已处理",
        subject=root,
        hint=f"{task.text}。须在案件中办理的事项，先在案件页办理。",
        status=status,
    )


# --- who has looked; a masked value in full


@get("/subjects/{subject_id:uuid}/readers", opt={"action": "case.view"}, sync_to_thread=True)
def readers(request: Request[Any, Any, Any], session: Session, subject_id: UUID) -> Response[Any]:
    subject = root_of(session, subject_id)
    return page(
        request,
        "desk/readers.html",
        headers=CASE_PAGE,
        nav="",
        subject=subject,
        readers=reading.readers(session, subject.id),
    )


@post(
    "/subjects/{subject_id:uuid}/reveal/{person_id:uuid}/{field:str}",
    opt={"action": "person.reveal"},
    sync_to_thread=True,
)
def reveal(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    subject_id: UUID,
    person_id: UUID,
    field: str,
) -> Response[Any]:
    subject = root_of(session, subject_id)
    module = registry.module_for(subject)
    value = module.reveal(session, subject, person_id, field) if module.reveal else None
    if value is None:
        raise Unknown()
    name = next((p.name for p in participants(session, subject) if p.id == person_id), "当事人")
    said = {"text": f"{name}的{REVEALED.get(field, field)}", "person": str(person_id), "field": field}
    journal.record(session, subject.id, "revealed", said, by=actor, at=now)
    if request.headers.get("hx-request") == "true":
        return Response(str(escape(value)), status_code=200, media_type=HTML, headers=CASE_PAGE)
    shown = Problem(200, f"{name}的{REVEALED.get(field, field)}", value, icon="eye")  # never in the cookie of a message
    return page(request, "errors/page.html", headers=CASE_PAGE, problem=shown, number="", kept=[])


REVEALED = {"phone": "电话", "id_number": "公民身份号码", "address": "住所", "account": "银行账号"}
