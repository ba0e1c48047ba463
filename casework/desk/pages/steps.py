"""One lawful step: what it does, what it asks, and why it was refused; a page, or the same inside a dialog."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk.forms import Choices
from casework.desk.queue import address
from web.errors import Problem, problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.definition import RESTORED, SAME, Transition, Workflow
from workflows.errors import Invalid, OtherBody, Refused, StepError, Unknown
from workflows.fire import current_facts, fire, preview
from workflows.form import Form
from workflows.module import Module, registry
from workflows.tables import Subject

EMPTY = Choices()
CASE_PAGE = {"vary": "hx-request", "cache-control": "private, no-store"}
LONGEST_KEY = 80


@get("/subjects/{subject_id:uuid}/transitions/{trigger:str}", opt={"action": "case.act"}, sync_to_thread=True)
def step_page(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    trigger: str,
) -> Response[Any]:
    subject, module, transition = _asked(session, subject_id, trigger)
    facts = current_facts(session, subject, by=actor, at=now)
    seen = preview(session, subject, by=actor, at=now, facts=facts)
    possible = next(p for p in seen if p.transition is transition)
    struct = struct_of(module, transition)
    known = struct.known(facts) if hasattr(struct, "known") else None
    problem = None if possible.allowed else problem_of(Refused(list(possible.refusals)))
    return _shown(
        request,
        session,
        subject,
        transition,
        show(struct, known, facts, today),
        key=new_key(),
        version=root_version(session, subject),
        problem=problem,
        conditions=possible.conditions,
        status=409 if problem else 200,
        hopeless=any(not r.guard for r in possible.refusals),
    )


@post("/subjects/{subject_id:uuid}/transitions/{trigger:str}", opt={"action": "case.act"}, sync_to_thread=True)
def take_step(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
    trigger: str,
) -> Response[Any]:
    subject, module, transition = _asked(session, subject_id, trigger)
    struct, key, version = struct_of(module, transition), key_of(posted), _version(posted)
    facts = current_facts(session, subject, by=actor, at=now)
    problem, status = None, 422
    hits: list[Any] = []
    try:
        form = parse(struct, posted, facts, today)
        doubts = form.warnings(session, subject, actor) if hasattr(form, "warnings") else []
        if doubts and posted.get("_seen") != seen(doubts):
            view = shown_again(struct, posted, facts, today)
            return _shown(
                request, session, subject, transition, view, key=key, version=version, doubts=doubts, status=409
            )
        fire(session, subject_id, trigger, form, by=actor, at=now, key=key, version=version)
    except FormErrors as wrong:
        view = wrong.view
        status = view.status
    except Invalid as fault:
        view = shown_again(struct, posted, facts, today, [(fault.field, str(fault))])
    except Unknown:
        raise
    except StepError as fault:
        problem = problem_of(fault)
        status = problem.status
        view = shown_again(struct, posted, facts, today)
        session.rollback()
        hits = list(module.duplicates(session, form, now, subject_id)) if module.duplicates else []
        key = new_key() if isinstance(fault, OtherBody) else key
    else:
        return redirect(request, address(subject), f"已办理：{transition.label}")
    session.rollback()
    subject = session.get_one(Subject, subject_id)
    return _shown(
        request,
        session,
        subject,
        transition,
        view,
        key=key,
        version=root_version(session, subject) if problem and problem.status == 409 else version,
        problem=problem,
        hits=hits,
        status=status,
    )


def seen(doubts: Sequence[str]) -> str:
    """What a person has read when the button is pressed again: other doubts must be shown again."""
    return hashlib.sha256("\n".join(doubts).encode()).hexdigest()[:16]


def struct_of(module: Module, transition: Transition) -> type[Form]:
    return module.forms.get(transition.trigger, Form)


def new_key() -> str:
    return uuid.uuid4().hex


def key_of(posted: Any) -> str:
    """The key the page was shown with; a form without one is a request of its own."""
    return str(posted.get("_key", ""))[:LONGEST_KEY] or new_key()


def root_version(session: Session, subject: Subject) -> int:
    root = subject if subject.is_root else session.get_one(Subject, subject.root_id)
    return root.version


def effects(subject: Subject, workflow: Workflow, transition: Transition, module: Module, told: Any) -> list[Any]:
    """(icon, sentence) for everything the step will do, said before it is confirmed."""
    lines = [("route", _move(subject, workflow, transition))]
    if transition.effect:
        lines.append(("scale", transition.effect))
    lines += [("file-check", f"生成《{kind.label}》{'草稿' if kind.draft else ''}。") for kind in transition.issues]
    lines += [("git-branch", f"同时开始“{registry.workflow(name).label}”。") for name in transition.starts]
    lines += _clocks(subject, workflow, transition)
    if transition.trigger in module.told and told:
        lines.append(("send", f"通知：{told}"))
    if transition.proof:
        lines.append(("paperclip", f"须备：{transition.proof}"))
    return lines


def _move(subject: Subject, workflow: Workflow, transition: Transition) -> str:
    now = workflow.state_by_id[subject.state].label
    if transition.target in (SAME, subject.state):
        return f"状态不变，仍为“{now}”"
    if transition.target == RESTORED:
        return f"状态：{now} → 期限届满前的状态"
    return f"状态：{now} → {workflow.state_by_id[transition.target].label}"


def _clocks(subject: Subject, workflow: Workflow, transition: Transition) -> list[tuple[str, str]]:
    if transition.target in (SAME, RESTORED):
        return []
    before = {d.id for d in workflow.deadlines if subject.state in d.running_in}
    after = {d.id for d in workflow.deadlines if transition.target in d.running_in}
    named = {d.id: d.label for d in workflow.deadlines}
    lines = []
    if stopped := [named[i] for i in named if i in before - after]:
        lines.append(("timer-off", f"停止计算：{'、'.join(stopped)}"))
    if started := [named[i] for i in named if i in after - before]:
        lines.append(("timer", f"开始计算：{'、'.join(started)}"))
    return lines


def _asked(session: Session, subject_id: UUID, trigger: str) -> tuple[Subject, Module, Transition]:
    subject = session.get(Subject, subject_id)
    if subject is None:
        raise Unknown()
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    transition = workflow.transition_by_trigger.get(trigger)
    if transition is None or transition.opens:
        raise Unknown()
    return subject, module, transition


def _version(posted: Any) -> int | None:
    text = str(posted.get("_version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _shown(
    request: Request[Any, Any, Any],
    session: Session,
    subject: Subject,
    transition: Transition,
    form: FormView,
    *,
    key: str,
    version: int | None,
    problem: Problem | None = None,
    conditions: Any = (),
    status: int = 200,
    hopeless: bool = False,
    doubts: Sequence[str] = (),
    hits: Sequence[Any] = (),
) -> Response[Any]:
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    root = subject if subject.is_root else session.get_one(Subject, subject.root_id)
    told = "、".join(p.name for p in module.participants(session, root)) if module.participants else ""
    send = fragment if wants_fragment(request) else page
    return send(
        request,
        "desk/_step.html" if wants_fragment(request) else "desk/step.html",
        status=status,
        headers=CASE_PAGE,
        subject=subject,
        root=root,
        module=module,
        transition=transition,
        form=_date_last(form),
        effects=effects(subject, workflow, transition, module, told),
        conditions=[c for c in conditions if c.status != "met"],
        key=key,
        version=version,
        problem=problem,
        hopeless=hopeless,
        doubts=doubts,
        hits=hits,
        seen=seen(doubts) if doubts else "",
        back=address(subject),
        **({} if wants_fragment(request) else {"nav": f"cases.{module.name}"}),
    )


def _date_last(view: FormView) -> FormView:
    return replace(view, fields=tuple(sorted(view.fields, key=lambda f: f.name == "occurred_on")))
