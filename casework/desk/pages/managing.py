"""Hand-over of cases, corrections, links, tasks, and a masked value shown in full."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from markupsafe import escape
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from casework.desk import assignment, batch, messages, search, sharing, tasks
from casework.desk.forms import CheckForm, Choices, CorrectionForm, HandOverForm, LinkForm, TaskForm, UnlinkForm
from casework.desk.next_step import at_hand
from casework.desk.pages.asking import Asked, Command, pages, participants, root_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.tables import HANDLER_PART, Assignment, Link, SearchText
from union.access import actor_for, can, may, visible
from union.people import Staff
from union.roles import INTAKE, ORG_HEAD, RECORDER, ROLE_BY_ID
from web.errors import Problem
from web.filters import cn_day
from web.pages import HTML, page, redirect
from workflows import correct, journal
from workflows.actor import Actor
from workflows.correct import Correction
from workflows.errors import Invalid, Reason, Refused, Unknown
from workflows.fire import preview
from workflows.module import registry
from workflows.tables import JournalEntry, Subject, Task

MOST_CASES = 200
CORRECTING = (INTAKE, RECORDER, ORG_HEAD)  # and who handles such cases; not who only seals or archives


# --- hand-over


def _handover(asked: Asked) -> Command:
    case, holder = str(asked.request.query_params.get("case", "")), _uuid(asked.request.query_params.get("who", ""))
    choices = _handover_choices(asked.session, asked.actor, asked.now, asked.today, holder)
    offered = choices.choices("cases")
    known = list(offered) if holder else [case] if case in offered else []
    hint = "休假、调岗时把承办的案件一次移交给 B 角；每件案件都记下移交人、接办人和理由。"
    if len(offered) == MOST_CASES:
        hint += f"案件较多，这里列出最早的 {MOST_CASES} 件；其余的移交这些以后再办。"
    return Command(
        "移交案件",
        HandOverForm,
        "移交所选案件",
        _hand_over,
        back="/workload" if holder else "/todo",
        choices=choices,
        known={"cases": known},
        hint=hint if offered else "现在没有可以移交的案件。",
        law=(assignment.HAND_OVER_RULE,),
        sent_to=f"/handover?who={holder}" if holder else "",
    )


def _hand_over(asked: Asked, form: HandOverForm) -> tuple[str, str]:
    roots = [UUID(text) for text in form.cases]
    done = sharing.give_all(asked.session, asked.actor, asked.now, roots, form)
    return f"已移交 {len(roots)} 件案件", batch.undo_href(done)


handover = pages("/handover", "todo.view", _handover)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _handover_choices(
    session: Session, actor: Actor, now: datetime, today: date, holder: UUID | None = None
) -> Choices:
    """The actor's own cases, for a head every assigned one at or below, of ``holder`` only where one is named; and the
    colleagues who may take them. Closed ones whose aftermath goes on stand among those of one person only: of everybody's
    there are too many to look through."""
    held = select(Assignment.root_id).where(Assignment.in_force(today), Assignment.part == HANDLER_PART)
    own = held.where(Assignment.staff_id == actor.id)
    given = visible(session, actor, at=now, action="case.assign", roots=True)
    table = Subject.__table__
    of_one = holder or (None if may(actor, "case.assign") else actor.id)
    query = (
        select(table.c.id, table.c.number, SearchText.summary, table.c.title, table.c.closed_on)
        .outerjoin(SearchText, SearchText.root_id == table.c.id)
        .where(
            table.c.id == table.c.root_id, assignment.needs(of_one, today) if of_one else table.c.closed_on.is_(None)
        )
        .where((table.c.id.in_(own) & visible(session, actor, at=now, roots=True)) | (table.c.id.in_(held) & given))
        .where(table.c.id.in_(assignment.held_by(holder, today)) if holder else true())
        .order_by(*([table.c.closed_on.is_not(None)] if of_one else []), table.c.opened_on, table.c.id)
        .limit(MOST_CASES)
    )
    cases = {
        str(i): f"{number or '未编号'} · {summary or title}{'（已结案，后续事项未完）' if closed else ''}"
        for i, number, summary, title, closed in session.execute(query)
    }
    return Choices({"cases": cases, "colleagues": assignment.colleagues(session, actor, today, map(UUID, cases))})


# --- correction


def _correction(asked: Asked) -> Command:
    choices = _correctable(asked.session, asked.subject, asked.actor)
    return Command(
        "更正记录",
        CorrectionForm,
        "提出更正",
        _ask_to_correct,
        subject=asked.subject,
        back=asked.home,
        choices=choices,
        known={"seq": next(iter(choices.choices("entries")), ""), "second": _usual_checker(asked)},
        hint="原记录不改动，另记一条更正；核对人确认后才生效，从该日期起算的期限随之重算。",
        law=(correct.RULE,),
    )


def _ask_to_correct(asked: Asked, form: CorrectionForm) -> str:
    session, subject = asked.session, asked.subject
    _may_correct(asked, asked.actor, subject)
    second, role = _checker(asked, subject, UUID(form.second))
    wrong = correct.ask(
        session, subject.id, int(form.seq), form.field, form.value, form.reason, by=asked.actor, role=role, at=asked.now
    )
    text = f"{subject.number or subject.title}：{asked.actor.name}提出更正“{wrong.label}”，请在待办的任务中核对。"
    messages.tell_staff(session, second.id, text, asked.now, subject.id)
    return f"已提出更正，{second.name}核对确认后生效"


correction = pages("/subjects/{subject_id:uuid}/correct", "case.act", _correction)


def _checking(asked: Asked, wrong: Correction, subject: Subject) -> Command:
    """The task of the second person; who asked may only take it back."""
    own = "由你提出，须由另一人核对；要撤回的，选“不予更正”。" if wrong.asked_by == asked.actor.id else ""
    return Command(
        "核对更正",
        CheckForm,
        "记下核对结果",
        _check,
        subject=subject,
        back=f"/subjects/{subject.id}",
        hint=f"{wrong.shown}。理由：{wrong.reason}。{wrong.asked_by_name}提出。{own}",
        law=(correct.RULE,),
    )


def _check(asked: Asked, form: CheckForm) -> str:
    session = asked.session
    task, subject = _task(session, asked.actor, asked.now, asked.part("task_id"))
    wrong = correct.of_task(session, task.id)
    _may_correct(asked, asked.actor, subject)
    if form.agreed == "yes":
        correct.confirm(session, wrong, by=asked.actor, at=asked.now)
        search.reindex(session, subject.id, asked.now)
    else:
        correct.decline(session, wrong, form.because, by=asked.actor, at=asked.now)
    said = "已核对并更正" if form.agreed == "yes" else "未予更正"
    if wrong.asked_by != asked.actor.id:
        text = f"{subject.number or subject.title}：{asked.actor.name}{said}“{wrong.label}”。"
        messages.tell_staff(session, wrong.asked_by, text, asked.now, subject.id)
    return f"{said}，原记录保留"


def _may_correct(asked: Asked, actor: Actor, subject: Subject) -> None:
    if not _correcting(asked, actor, subject):
        handler = registry.words_for(subject).handler
        raise Refused([Reason(f"更正由窗口、{handler}、记录员或者负责人办理", (correct.RULE,))])


def _checker(asked: Asked, subject: Subject, staff_id: UUID) -> tuple[Staff, str]:
    """The second person, who could have made the entry too, with the role in which to check it."""
    second = asked.session.get(Staff, staff_id)
    if second is None or second.id == asked.actor.id:
        raise Refused([Reason("更正须由另一名工作人员核对", (correct.RULE,))])
    held = _correcting(asked, actor_for(asked.session, staff_id, asked.now), subject)
    if not held:
        raise Invalid("second", "核对人须能办理本案，另选一名。")
    return second, min(held)


def _usual_checker(asked: Asked) -> str:
    """Somebody else who works on the case, else a head of its organisation; empty where nobody else may."""
    subject = asked.subject
    here = [handler.staff_id for handler in assignment.handlers(asked.session, subject.id, asked.today)]
    for staff_id in (*here, *messages.heads(asked.session, subject.organisation_id, asked.now)):
        if staff_id != asked.actor.id:
            with suppress(Invalid):
                return str(_checker(asked, subject, staff_id)[0].id)
    return ""


def _correcting(asked: Asked, actor: Actor, subject: Subject) -> frozenset[str]:
    """In which roles somebody may correct, or check a correction, in this case."""
    may = {role.id for role in (*CORRECTING, *registry.words_for(subject).handled_by)}
    return registry.roles_for(asked.session, actor, subject, at=asked.now) & may


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
        label = step.label if step else registry.entry_label(trigger, module.words)
        named[str(seq)] = f"第 {seq} 条 · {cn_day(day)} {label}"
    colleagues = select(Staff.id, Staff.name).where(Staff.active, Staff.id != actor.id).order_by(Staff.name_pinyin)
    others = {str(i): name for i, name in session.execute(colleagues.limit(300))}
    return Choices({"fields": dict(module.correctable), "entries": named, "colleagues": others})


# --- links


def _linking(asked: Asked) -> Command:
    return Command(
        "关联其他案件",
        LinkForm,
        "关联案件",
        _link,
        subject=asked.subject,
        back=asked.home,
        known={"number": str(asked.request.query_params.get("number", ""))[:80]},
    )


def _link(asked: Asked, form: LinkForm) -> str | tuple[str, str]:
    session, subject = asked.session, asked.subject
    seen = visible(asked.session, asked.actor, at=asked.now, action="case.list", roots=True)
    other = search.numbered(session, form.number, seen)
    if other is None:
        raise Invalid("number", "没有找到这个编号的案件，或者无权查看。")
    if other.id == subject.id:
        raise Invalid("number", "不能与本案自己关联。")
    known = select(Link.id).where(Link.of(subject.id), Link.of(other.id), Link.kind == "related")
    if session.scalar(known) is not None:
        return "已关联"
    row = Link(
        from_id=subject.id, to_id=other.id, kind="related", reason=form.reason, by_id=asked.actor.id, at=asked.now
    )
    session.add(row)
    session.flush()
    _write_to_both(asked, other, "linked", "关联", form.reason)
    return "已关联", f"/subjects/{subject.id}/links/{row.id}/undo"


def _write_to_both(asked: Asked, other: Subject, entry: str, what: str, reason: str) -> None:
    for one, another in ((asked.subject, other), (other, asked.subject)):
        said = {"text": f"与{another.number or another.title}{what}：{reason}"}
        journal.record(asked.session, one.id, entry, said, by=asked.actor, at=asked.now)


def _unlinking(asked: Asked) -> Command:
    row, other = _standing(asked)
    return Command(
        f"解除与{other.number or other.title}的关联",
        UnlinkForm,
        "解除关联",
        _unlink,
        subject=asked.subject,
        back=asked.home,
        hint=f"关联时的理由：{row.reason}" if row.reason else "",
    )


def _unlink(asked: Asked, form: UnlinkForm) -> str:
    row, other = _standing(asked)
    _remove(asked, row, other, form.reason)
    return "已解除关联"


def _remove(asked: Asked, row: Link, other: Subject, reason: str) -> None:
    row.removed_at, row.removed_by_id, row.removed_because = asked.now, asked.actor.id, reason
    _write_to_both(asked, other, "unlinked", "解除关联", reason)


def _standing(asked: Asked) -> tuple[Link, Subject]:
    """The relation of the address and the other case, for whoever may see both; what the procedure tied is not there."""
    session, subject = asked.session, asked.subject
    wanted = select(Link).where(Link.id == asked.part("link_id"), Link.of(subject.id), Link.kind == "related")
    row = session.scalar(wanted)
    if row is None:
        raise Unknown()
    other = session.get_one(Subject, row.to_id if row.from_id == subject.id else row.from_id)
    if not can(session, asked.actor, "case.view", other, at=asked.now):
        raise Unknown()
    return row, other


link = pages("/subjects/{subject_id:uuid}/link", "note.write", _linking)
unlink = pages("/subjects/{subject_id:uuid}/links/{link_id:uuid}/remove", "note.write", _unlinking)


@post("/subjects/{subject_id:uuid}/links/{link_id:uuid}/undo", opt={"action": "note.write"}, sync_to_thread=True)
def undo_link(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    link_id: UUID,
) -> Response[Any]:
    """A slip of the hand, taken back by whoever made it while the message about it stands; later it takes a reason."""
    asked = Asked(request, session, actor, now, today)
    home = f"/subjects/{asked.subject.id}"
    row, other = _standing(asked)
    if row.by_id != actor.id or not batch.in_time(row.at, now):
        late = f"撤销只在 {batch.UNDO_SECONDS} 秒内由关联的人办理，没有撤销。要解除的，在“关联”中写明理由解除。"
        return redirect(request, home, late, "danger")
    _remove(asked, row, other, "关联后随即撤销")
    return redirect(request, home, "已撤销关联")


@get("/subjects/{subject_id:uuid}/similar", opt={"action": "note.write"}, sync_to_thread=True)
def similar(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, subject_id: UUID
) -> Response[Any]:
    """查重: other matters this one may repeat, each to be linked or joined from here."""
    subject = root_of(session, subject_id)
    module = registry.module_for(subject)
    if module.similar is None:
        raise Unknown()
    seen = preview(session, subject, by=actor, at=now)
    return page(
        request,
        "desk/similar.html",
        headers=CASE_PAGE,
        nav=f"cases.{module.name}",
        subject=subject,
        words=module.words,
        hits=list(module.similar(session, subject, now)),
        joining=[p for p in seen if p.transition.trigger in module.linking[:1] and at_hand(p)],
    )


# --- tasks


def _tasking(asked: Asked) -> Command:
    task, root = _task(asked.session, asked.actor, asked.now, asked.part("task_id"))
    if task.kind == correct.TASK:
        return _checking(asked, correct.of_task(asked.session, task.id), root)
    return Command(
        "处理任务",
        TaskForm,
        "记为已处理",
        _finish,
        subject=root,
        back="/todo?view=tasks",
        hint=f"{tasks.words(asked.session, task, root).removesuffix('。')}。须在案件中办理的事项，先在案件页办理。",
    )


def _finish(asked: Asked, form: TaskForm) -> str:
    task, root = _task(asked.session, asked.actor, asked.now, asked.part("task_id"))
    if not {task.role, ORG_HEAD.id} & registry.roles_for(asked.session, asked.actor, root, at=asked.now):
        raise Invalid("how", f"这项任务由{ROLE_BY_ID[task.role].label}处理，请转告；没有记录。")
    if task.done_at is None:
        task.done_at = asked.now
        said = {"text": f"{tasks.words(asked.session, task, root)}。处理情况：{form.how}", "task": str(task.id)}
        journal.record(asked.session, task.root_id, "task_done", said, by=asked.actor, at=asked.now)
    return "已处理任务"


task = pages("/tasks/{task_id:uuid}", "todo.view", _tasking)


def _task(session: Session, actor: Actor, now: datetime, task_id: UUID) -> tuple[Task, Subject]:
    task = session.get(Task, task_id)
    if task is None or not can(session, actor, "case.act", task.root_id, at=now):
        raise Unknown()
    return task, session.get_one(Subject, task.root_id)


# --- a masked value in full


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
