"""One lawful step: what it does, what it asks, and why it was refused; a page, or the same inside a dialog."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import messages, once, timeline
from casework.desk.forms import Choices
from casework.desk.looking_up import looked_up
from casework.desk.pages import proving
from casework.desk.pages.coming_back import list_of
from casework.desk.pages.unsent import Typing
from casework.desk.queue import address
from documents.record import facts_of
from documents.signing import signers_on_pad
from documents.tables import Record
from web.errors import Problem, problem_of
from web.forms import Field, FormErrors, FormView, parse, show, shown_again
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.definition import RESTORED, SAME, Transition, Workflow
from workflows.errors import Invalid, OtherBody, Refused, Stale, StepError, Unknown
from workflows.fire import Possible, current_facts, fire, preview, refuse_barred
from workflows.form import Form
from workflows.module import Module, registry
from workflows.tables import Subject

EMPTY = Choices()
SIGN = "sign"  # after the step on to the signatures under what it makes
CASE_PAGE = {"vary": "hx-request", "cache-control": "private, no-store"}
LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What others did since the page was shown, and where what is on file now differs from what was typed."""

    moments: Sequence[timeline.Moment] = ()
    changed: Sequence[tuple[str, str, str]] = ()  # label, on file, typed


NOTHING_MEANWHILE = Meanwhile()


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
    if transition.trigger == "sign_on_pad":
        return redirect(request, f"/records/{subject_id}/pad")
    facts = current_facts(session, subject, by=actor, at=now)
    seen = preview(session, subject, by=actor, at=now, facts=facts)
    possible = next(p for p in seen if p.transition is transition)
    struct = struct_of(module, transition)
    fresh = show(struct, {**known_of(struct, facts), **_named(request, struct)}, facts, today)
    problem = None if possible.allowed else problem_of(Refused(list(possible.refusals)))
    typing = _typing(request, session, actor, now, subject, transition)
    return _shown(
        request,
        session,
        subject,
        transition,
        typing.view(fresh, lambda typed: shown_again(struct, typed, facts, today)),
        facts,
        key=new_key(),
        typing=typing,
        version=root_version(session, subject),
        problem=problem,
        conditions=possible.conditions,
        needed=needed(possible),
        status=409 if problem else 200,
        hopeless=any(not r.guard for r in possible.refusals),
        origin=list_of(request.query_params.get("from", "")),
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
    struct, key, version = struct_of(module, transition), key_of(posted), version_of(posted)
    typing = _typing(request, session, actor, now, subject, transition)
    if (kept := typing.answer(posted)) is not None:
        return kept
    origin = list_of(posted.get("_from", ""))
    done = redirect(request, origin or address(subject), f"已办理：{transition.label}")
    if once.carried_out(session, actor, posted, request.url.path):
        return done
    facts = current_facts(session, subject, by=actor, at=now)
    problem, status = None, 422
    form = None
    meanwhile = NOTHING_MEANWHILE
    try:
        refuse_barred(session, subject, trigger)
        form = parse(struct, posted, facts, today)
        doubts = form.warnings(session, subject, actor, now) if hasattr(form, "warnings") else []
        if doubts and posted.get("_seen") != seen(doubts):
            view = shown_again(struct, posted, facts, today)
            return _shown(
                request,
                session,
                subject,
                transition,
                view,
                facts,
                key=key,
                version=version,
                doubts=doubts,
                status=409,
                origin=origin,
            )
        actor = proving.proved(request, session, actor, transition, posted, now)
        fire(session, subject_id, trigger, form, by=actor, at=now, key=key, version=version)
        once.first_time(session, actor, posted, now, request.url.path)
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
        if isinstance(fault, Stale) and version is not None:
            meanwhile = _meanwhile(
                session, subject_id, version, view, show(struct, known_of(struct, facts), facts, today)
            )
        key = new_key() if isinstance(fault, OtherBody) else key
    else:
        typing.sent()
        signing = _signing(session, subject_id, transition, actor) if posted.get("_then") == SIGN else ""
        return redirect(request, signing, f"已办理：{transition.label}") if signing else done
    session.rollback()
    if once.carried_out(session, actor, posted, request.url.path):  # the same form, a moment ahead of this one
        return done
    if (answered := looked_up(session, actor, now, module, view, posted)) is not view:
        view, status = answered, answered.status
    hits = list(module.duplicates(session, form, now, subject_id)) if form and module.duplicates else []
    subject = session.get_one(Subject, subject_id)
    facts = current_facts(session, subject, by=actor, at=now)
    steps = preview(session, subject, by=actor, at=now, facts=facts)
    possible = next(p for p in steps if p.transition is transition)
    return _shown(
        request,
        session,
        subject,
        transition,
        view,
        facts,
        key=key,
        version=root_version(session, subject) if problem and problem.status == 409 else version,
        problem=problem,
        hits=hits,
        meanwhile=meanwhile,
        needed=needed(possible),
        status=status,
        origin=origin,
    )


def _signing(session: Session, subject_id: UUID, transition: Transition, actor: Actor) -> str:
    """Where the record this step made is signed: on the pad if somebody agreed to, else on its own page."""
    made = (Record.parent_id == subject_id, Record.kind_id.in_(_signed_at_once(transition)))
    waiting = select(Record).where(*made, Record.state == "awaiting_signature").order_by(Record.id.desc()).limit(1)
    record = session.scalar(waiting)
    if record is None:
        return ""
    return f"/records/{record.id}{'/pad' if signers_on_pad(facts_of(session, record, by=actor)) else ''}"


def _signed_at_once(transition: Transition) -> list[str]:
    """The records the step makes for the parties to sign there and then: no drafts, and not what only staff sign."""
    return [kind.id for kind in transition.issues if not kind.draft and "party" in kind.signers]


def needed(possible: Possible) -> frozenset[str]:
    """The fields that settle a condition which is still open: to leave them out is to be refused."""
    open_now = (c.guard for c in possible.conditions if c.status == "open" and c.guard.level == "block")
    return frozenset(name for guard in open_now for name in guard.decided_by)


def known_of(struct: Any, facts: Any) -> Mapping[str, Any]:
    """What a form starts with, where its struct says so."""
    return (struct.known(facts) or {}) if hasattr(struct, "known") else {}


def _named(request: Request[Any, Any, Any], struct: type[Form]) -> dict[str, str]:
    """What the address already chooses: the case of the link that led here."""
    return {name: request.query_params[name] for name in struct.__struct_fields__ if name in request.query_params}


def _typing(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    subject: Subject,
    transition: Transition,
) -> Typing:
    return Typing(request, session, actor, now, transition.label, request.url.path, subject.root_id)


def _meanwhile(session: Session, subject_id: UUID, seen: int, typed: FormView, now: FormView) -> Meanwhile:
    root = session.get_one(Subject, session.get_one(Subject, subject_id).root_id)
    moments = timeline.timeline(session, root, after=seen, limit=10, level="work")
    pairs = [(mine, now[mine.name]) for mine in typed.fields if not mine.rows and not mine.fields]
    changed = [(mine.label, _said(there), _said(mine)) for mine, there in pairs if _differ(mine, there)]
    return Meanwhile(moments, changed)


def _differ(mine: Field, there: Field) -> bool:
    return bool(there.value) and bool(mine.value) and there.value != mine.value and mine.widget != "hidden"


def _said(field: Field) -> str:
    labels = dict(field.choices)
    values = field.value if isinstance(field.value, list) else [field.value]
    return "、".join(labels.get(value, str(value)) for value in values)


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


def effects(subject: Subject, workflow: Workflow, transition: Transition, facts: Any, told: str) -> list[Any]:
    """(icon, sentence) for everything the step will do, said before it is confirmed."""
    lines = [("route", _move(subject, workflow, transition))]
    if transition.effect:
        lines.append(("scale", transition.effect))
    lines += [("file-check", f"生成《{kind.label}》{'草稿' if kind.draft else ''}。") for kind in transition.issues]
    lines += [("git-branch", f"同时开始“{registry.workflow(name).label}”。") for name in transition.starts]
    lines += _clocks(subject, workflow, transition, facts)
    if told:
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


def _clocks(subject: Subject, workflow: Workflow, transition: Transition, facts: Any) -> list[tuple[str, str]]:
    """Only the clocks this matter has: a court's term is none of a case that no court referred."""
    if transition.target in (SAME, RESTORED):
        return []
    of_this = [d for d in workflow.deadlines if d.applies is None or d.applies(facts)]
    before = {d.id for d in of_this if subject.state in d.running_in}
    after = {d.id for d in of_this if transition.target in d.running_in}
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


def version_of(posted: Any) -> int | None:
    """The version of the matter that the page showed."""
    text = str(posted.get("_version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _shown(
    request: Request[Any, Any, Any],
    session: Session,
    subject: Subject,
    transition: Transition,
    form: FormView,
    facts: Any,
    *,
    key: str,
    version: int | None,
    problem: Problem | None = None,
    conditions: Any = (),
    needed: frozenset[str] = frozenset(),
    status: int = 200,
    hopeless: bool = False,
    doubts: Sequence[str] = (),
    hits: Sequence[Any] = (),
    meanwhile: Meanwhile = NOTHING_MEANWHILE,
    typing: Typing | None = None,
    origin: str = "",
) -> Response[Any]:
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    root = subject if subject.is_root else session.get_one(Subject, subject.root_id)
    news = messages.told_of(module, workflow, transition)
    people = module.participants(session, root) if module.participants and news else ()
    told = "、".join(person.name for person in people if news and news.concerns(person))
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
        form=proving.asking(request, session, transition, _date_last(form).needing(needed)),
        effects=effects(subject, workflow, transition, facts, told),
        conditions=[c for c in conditions if c.status != "met"],
        key=key,
        version=version,
        problem=problem,
        hopeless=hopeless,
        doubts=doubts,
        hits=hits,
        meanwhile=meanwhile,
        to_sign=bool(_signed_at_once(transition)),
        draft=typing.waiting() if typing else "",
        seen=seen(doubts) if doubts else "",
        back=origin or address(subject),
        origin=origin,
        **({} if wants_fragment(request) else {"nav": f"cases.{module.name}"}),
    )


def _date_last(view: FormView) -> FormView:
    return replace(view, fields=tuple(sorted(view.fields, key=lambda f: f.name == "occurred_on")))
