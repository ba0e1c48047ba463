"""The one command that moves a subject: idempotent, locked, refused with every reason, or wholly done.

Nothing here commits: one request is one transaction, and it belongs to the caller.
"""

import hashlib
import uuid
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows import hot, journal, timers
from workflows.actor import SYSTEM_ACTOR, Actor
from workflows.definition import NEW, RESTORED, Guard, Transition, Workflow
from workflows.errors import Invalid, OtherBody, Reason, Refused, Stale, StepError, Unknown
from workflows.form import Form, Step
from workflows.hot import GENESIS, Head, Held, Standing
from workflows.law import Citation
from workflows.machine import move, refusals, unmet
from workflows.module import Barrier, Module, registry
from workflows.tables import KEYS, SUBJECTS, JournalEntry, Subject, Timer, Track, legal_date, new_id

ADOPT = "adopt"
UNPROVED = "须在五分钟内用动态口令再次验证本人身份"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did. ``replayed`` is True when this very request had been carried out before."""

    subject_id: uuid.UUID
    root_id: uuid.UUID
    state: str
    version: int
    seq: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A guard as the page shows it: met, unmet, or open (待填: decided by what the form files)."""

    guard: Guard
    status: str


@dataclass(frozen=True, slots=True)
class Possible:
    """A transition out of the present state, as it stands for this actor."""

    transition: Transition
    conditions: tuple[Condition, ...]
    refusals: tuple[Reason, ...]  # why it is not possible whatever the form says

    @property
    def allowed(self) -> bool:
        return not self.refusals


def fire(
    session: Session,
    subject_id: uuid.UUID,
    trigger: str,
    form: Form | None = None,
    *,
    by: Actor,
    at: datetime,
    key: str,
    version: int | None = None,
    occurred_on: date | None = None,
) -> Outcome:
    """Carry out one step.

    ``key`` names the request: the same key and content answers the first result and changes nothing.
    ``version`` is the journal sequence the user saw. Raises Refused, Stale, Invalid, OtherBody or Unknown.
    """
    return _fire(session, subject_id, _Request(trigger, form, by, at, key, occurred_on), version)


def lapse(session: Session, timer: Timer, occurred_on: date, *, by: Actor, at: datetime) -> Outcome:
    """Fire what a lapsed timer calls for, at most once for each timer and end."""
    workflow = registry.workflow_for(session.get_one(Subject, timer.subject_id))
    trigger = workflow.deadline_by_id[timer.deadline].on_lapse
    assert trigger is not None
    key = f"lapse:{timer.id}:{timer.effective_due}"
    outcome = _fire(session, timer.subject_id, _Request(trigger, None, by, at, key, occurred_on), lapsed=timer.id)
    session.expire(timer)
    return outcome


def open_subject(
    session: Session,
    workflow_name: str,
    trigger: str,
    form: Form | None = None,
    *,
    by: Actor,
    at: datetime,
    key: str,
    occurred_on: date | None = None,
    organisation_id: uuid.UUID | None = None,
    parent: Subject | None = None,
    subject_id: uuid.UUID | None = None,
) -> Outcome:
    """Open a subject by one of its workflow's opening transitions, a side track of ``parent`` if one is given."""
    session.flush()
    request = _Request(trigger, form, by, at, key, occurred_on)
    held = _hold(session, parent.id, request) if parent is not None else None
    with session.begin_nested():
        if not _claim_key(session, request, _fingerprint(None, request)):
            return _replayed(session, request, _fingerprint(None, request))
        step = _opening_step(session, workflow_name, request, organisation_id, parent, subject_id)
        with session.no_autoflush:  # only the form makes the new row complete
            # Asked before the form is filed: it may end the actor's own part.
            roles = registry.roles_for(session, by, step.subject, at=at)
        _file(step)
        session.flush()
        _refuse(step, roles)
        outcome = _settle(step, held.head if held else Head(0, GENESIS), timers.planned(step, []))
        _answer(session, request, outcome)
    return outcome


def adopt(
    session: Session,
    subject_id: uuid.UUID,
    *,
    law: Citation,
    because: str,
    by: Actor,
    at: datetime,
    key: str,
    state: str | None = None,
) -> Outcome:
    """Bring a subject under the procedure now in force; ``state`` where the new definition has none of the old name.

    ``law`` is the rule that lets the new procedure govern a matter already begun.
    """
    session.flush()
    request = _Request(ADOPT, None, by, at, key, None)
    held = _hold(session, subject_id, request)
    fingerprint = _fingerprint(subject_id, request, (str(law), because, state))
    if held.answered is not None:
        return _same(held.answered, fingerprint)
    old, new = registry.workflow_for(held.subject), registry.workflow(held.subject.workflow)
    label = registry.entry_label(ADOPT)
    if old.version == new.version:
        raise Refused([Reason(f"本件已适用现行程序，无须“{label}”", (law,))])
    target = state or held.subject.state
    if target not in new.state_by_id:
        raise Refused([Reason(f"现行程序没有“{old.state_by_id[target].label}”这一状态，须指明对应的状态", (law,))])
    transition = Transition(ADOPT, label, f"{held.subject.state} -> {target}", by=(), law=law)
    step = _step(session, held.subject, new, transition, request)
    step.facts, step.to_state = registry.module_for(held.subject).facts(step), target
    filed = {"from": old.version, "to": new.version, "hash": new.hash, "law": str(law), "because": because}
    turn = timers.planned(step, held.clocks)
    outcome = _settle(step, held.head, turn, (fingerprint, request), filed, held.subject.closed_on)
    session.execute(update(SUBJECTS).where(SUBJECTS.c.id == subject_id).values(definition_version=new.version))
    hot.renew(session, subject_id, definition_version=new.version)
    return outcome


def preview(session: Session, subject: Subject, *, by: Actor, at: datetime, facts: Any = None) -> list[Possible]:
    """Every transition of the subject's procedure as it stands now for this actor; changes nothing.

    ``facts`` spares loading them where the caller has just done so.
    """
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    step = _viewing(session, subject, workflow, by, at)
    facts = module.facts(step) if facts is None else facts
    roles = registry.roles_for(session, by, subject, at=at)
    standing = _standing(session, workflow, subject.id, subject.root_id)
    return [_possible(step, t, roles, facts, standing) for t in workflow.transitions if not t.opens]


def refuse_barred(session: Session, subject: Subject, trigger: str) -> None:
    """Raises Refused where something stands before that step whatever a form says: asked before the form is read."""
    workflow = registry.workflow_for(subject)
    if reasons := _barred(trigger, _standing(session, workflow, subject.id, subject.root_id)):
        raise Refused(reasons)


def current_facts(session: Session, subject: Subject, *, by: Actor, at: datetime) -> Any:
    """The facts of a subject as its page and its records see them."""
    workflow = registry.workflow_for(subject)
    return registry.module_for(subject).facts(_viewing(session, subject, workflow, by, at))


# --- one step


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked: the step, its form, by whom, when, under which key."""

    trigger: str
    form: Form | None
    by: Actor
    at: datetime
    key: str
    occurred_on: date | None

    @property
    def legal_date(self) -> date:
        filed = self.form.occurred_on if self.form is not None else None
        return self.occurred_on or filed or legal_date(self.at)


def _fire(
    session: Session,
    subject_id: uuid.UUID,
    request: _Request,
    version: int | None = None,
    lapsed: uuid.UUID | None = None,
) -> Outcome:
    session.flush()
    fingerprint = _fingerprint(subject_id, request)
    held = _hold(session, subject_id, request)
    if held.answered is not None:
        return _same(held.answered, fingerprint)
    _refuse_stale(session, held, version)
    workflow = registry.workflow_for(held.subject)
    transition = workflow.transition_by_trigger.get(request.trigger)
    if transition is None or transition.opens:
        raise Unknown()
    if reasons := _barred(request.trigger, _standing(session, workflow, subject_id, held.subject.root_id)):
        raise Refused(reasons)
    step = _step(session, held.subject, workflow, transition, request)
    _refuse_dates(step, held.moved_on)
    with session.begin_nested() if _may_fail_half_done(step) else nullcontext():
        # Asked before the form is filed: it may end the actor's own part.
        roles = registry.roles_for(session, request.by, held.subject, at=request.at)
        _file(step)
        _refuse(step, roles)
        step.to_state = _target(step)
        turn = timers.planned(step, held.clocks, lapsed)
        return _settle(step, held.head, turn, (fingerprint, request), closed_on=held.subject.closed_on)


def _standing(
    session: Session, workflow: Workflow, subject_id: uuid.UUID, root_id: uuid.UUID
) -> list[tuple[Barrier, list[Reason]]]:
    """The barriers that stand before the subject's steps now."""
    of_it = [barrier for barrier in registry.barriers if barrier.workflow == workflow.name]
    return [(barrier, barrier.reasons(session, subject_id, root_id)) for barrier in of_it]


def _barred(trigger: str, standing: list[tuple[Barrier, list[Reason]]]) -> list[Reason]:
    return [reason for barrier, reasons in standing if trigger not in barrier.lets_pass for reason in reasons]


def _hold(session: Session, subject_id: uuid.UUID, request: _Request) -> Held:
    held = hot.hold(session, subject_id, request.by.key, request.key)
    if held is None:
        raise Unknown()
    return held


def _refuse_stale(session: Session, held: Held, seen: int | None) -> None:
    """Only a person's act makes a page stale; what the system wrote meanwhile does not."""
    if seen is None or seen >= held.head.seq:
        return
    other = session.execute(
        select(JournalEntry.actor_id, JournalEntry.trigger, JournalEntry.recorded_at)
        .add_columns(JournalEntry.workflow, JournalEntry.definition_version)
        .where(JournalEntry.root_id == held.subject.root_id, JournalEntry.seq > seen)
        .where(JournalEntry.actor_id.is_not(None))
        .order_by(JournalEntry.seq.desc())
        .limit(1)
    ).first()
    if other is None:
        return
    transition = registry.workflow_for(other).transition_by_trigger.get(other.trigger)
    raise Stale(
        registry.name_of(session, other.actor_id),
        transition.label if transition else registry.entry_label(other.trigger),
        other.recorded_at,
    )


def _step(session: Session, row: Standing, workflow: Workflow, transition: Transition, request: _Request) -> Step:
    kind = _kind(registry.module_of(workflow.name), workflow)
    return Step(
        session=session,
        subject_id=row.id,
        root_id=row.root_id,
        workflow=workflow,
        transition=transition,
        actor=request.by,
        at=request.at,
        occurred_on=request.legal_date,
        form=request.form,
        load=lambda: session.get_one(kind, row.id),
        from_state=row.state,
        organisation_id=row.organisation_id,
    )


def _opening_step(
    session: Session,
    workflow_name: str,
    request: _Request,
    organisation_id: uuid.UUID | None,
    parent: Subject | None,
    subject_id: uuid.UUID | None,
) -> Step:
    workflow = registry.workflow(workflow_name)
    transition = workflow.transition_by_trigger.get(request.trigger)
    if transition is None or not transition.opens:
        raise Unknown()
    identity = subject_id or new_id()
    subject = _kind(registry.module_of(workflow_name), workflow)(
        id=identity,
        root_id=parent.root_id if parent is not None else identity,
        parent_id=parent.id if parent is not None else None,
        workflow=workflow.name,
        definition_version=workflow.version,
        state=NEW,
        version=0,
        organisation_id=organisation_id or (parent or request.by).organisation_id,
        opened_on=request.legal_date,
        title=workflow.label,
    )
    step = Step(
        session=session,
        subject_id=identity,
        root_id=subject.root_id,
        workflow=workflow,
        transition=transition,
        actor=request.by,
        at=request.at,
        occurred_on=request.legal_date,
        form=request.form,
        load=lambda: subject,
        from_state=NEW,
        to_state=transition.target,
        organisation_id=subject.organisation_id,
    )
    _refuse_dates(step, None)
    session.add(subject)
    return step


def _kind(module: Module, workflow: Workflow) -> type[Subject]:
    return module.subject if workflow.name == module.workflow.name else Track


def _refuse_dates(step: Step, moved_on: date | None) -> None:
    on = step.occurred_on
    if on > step.today:
        raise Invalid("occurred_on", f"日期 {on:%Y-%m-%d} 在今天之后，改为实际发生的日期。")
    if moved_on is not None and on < moved_on:
        raise Invalid("occurred_on", f"日期 {on:%Y-%m-%d} 早于上一步的日期 {moved_on:%Y-%m-%d}，核对后改正。")


def _may_fail_half_done(step: Step) -> bool:
    """Whether anything is written that a later refusal of the same step must take back."""
    return bool(_writes(step.form) or step.transition.starts or step.transition.issues or registry.listeners)


def _writes(form: Form | None) -> bool:
    return form is not None and type(form).apply is not Form.apply


def _file(step: Step) -> None:
    if step.form is not None and _writes(step.form):
        step.form.apply(step)
        step.session.flush()


def _refuse(step: Step, roles: frozenset[str]) -> None:
    step.roles = roles
    step.facts = registry.module_of(step.workflow.name).facts(step)
    _refuse_before_its_grounds(step)
    reasons = refusals(step.workflow, step.transition, step.from_state, roles, step.facts)
    if step.transition.second_factor and step.actor != SYSTEM_ACTOR and not step.actor.has_proved(step.at):
        reasons.append(Reason(UNPROVED, step.transition.citations, "second_factor"))
    if reasons:
        raise Refused(reasons)


def _refuse_before_its_grounds(step: Step) -> None:
    """Dated before something it relies on: a consent, a signature, a seal."""
    there = [(on, ground.label) for ground in step.transition.not_before if (on := ground.on(step.facts)) is not None]
    if there and step.occurred_on < max(there)[0]:
        on, label = max(there)
        raise Invalid("occurred_on", f"日期 {step.occurred_on:%Y-%m-%d} 早于{label}的日期 {on:%Y-%m-%d}，核对后改正。")


def _target(step: Step) -> str:
    restored = timers.state_before_lapse(step) if step.transition.target == RESTORED else None
    return move(step.workflow, step.from_state, step.transition.trigger, restored)


def _settle(
    step: Step,
    head: Head,
    turn: timers.Turn,
    asked: tuple[str, _Request] | None = None,
    filed: Any = None,
    closed_on: date | None = None,
) -> Outcome:
    """Write the step, turn the clocks, start side tracks, issue records."""
    step.seq = head.seq + 1
    outcome = Outcome(step.subject_id, step.root_id, step.to_state, step.seq, step.seq)
    answer = _as_row(*asked, outcome) if asked is not None else None
    hot.write(
        step.session,
        hot.Writing(
            _entry(step, head, filed),
            _closed_on(step, closed_on),
            turn.met,
            answer,
            turn.due_on,
            step.workflow.state_by_id[step.to_state].asks_for_work,
        ),
    )
    timers.carry_out(step, turn)
    for track in step.transition.starts:
        _start_track(step, track)
    for kind in step.transition.issues:
        if registry.issue is not None:
            registry.issue(step, kind)
    for listen in registry.listeners:
        listen(step)
    return outcome


def _entry(step: Step, head: Head, filed: Any) -> dict[str, Any]:
    return journal.make_entry(
        head,
        filed or step.form or {},
        root_id=step.root_id,
        subject_id=step.subject_id,
        workflow=step.workflow.name,
        definition_version=step.workflow.version,
        trigger=step.transition.trigger,
        from_state=step.from_state,
        to_state=step.to_state,
        occurred_on=step.occurred_on,
        recorded_at=step.at,
        actor_id=step.actor.id,
        actor_role=next((role.id for role in step.transition.by if role.id in step.roles), ""),
        handler_id=step.actor.id,
        organisation_id=step.organisation_id,
        corrects=step.corrects,
    )


def _closed_on(step: Step, before: date | None) -> date | None:
    """The day the matter was closed; the first one while it stays closed."""
    if step.workflow.state_by_id[step.to_state].open:
        return None
    return before or step.occurred_on


def _start_track(step: Step, name: str) -> None:
    if _goes_on(step, name):
        return
    opening = registry.workflow(name).opening[0]
    open_subject(
        step.session,
        name,
        opening.trigger,
        by=SYSTEM_ACTOR,
        at=step.at,
        key=f"{step.root_id}:{step.seq}:{name}",
        occurred_on=step.occurred_on,
        organisation_id=step.organisation_id,
        parent=step.subject,
    )


def _goes_on(step: Step, name: str) -> bool:
    """A track of that kind is under way: what would start it again finds it there."""
    c = SUBJECTS.c
    going_on = select(c.id).where(c.root_id == step.root_id, c.workflow == name, c.closed_on.is_(None))
    return step.session.scalar(going_on.limit(1)) is not None


# --- idempotency


def _fingerprint(subject_id: uuid.UUID | None, request: _Request, more: Any = None) -> str:
    form = request.form
    body = journal.canonical([subject_id, request.trigger, type(form).__name__, form, request.occurred_on, more])
    return hashlib.sha256(body).hexdigest()


def _same(answered: tuple[str, dict[str, Any]], fingerprint: str) -> Outcome:
    known, answer = answered
    if known != fingerprint:
        raise OtherBody()
    return Outcome(
        uuid.UUID(answer["subject_id"]),
        uuid.UUID(answer["root_id"]),
        answer["state"],
        answer["version"],
        answer["seq"],
        replayed=True,
    )


def _as_row(fingerprint: str, request: _Request, outcome: Outcome) -> dict[str, Any]:
    return {
        "actor": request.by.key,
        "key": request.key,
        "fingerprint": fingerprint,
        "answer": _as_json(outcome),
        "at": request.at,
    }


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "subject_id": str(outcome.subject_id),
        "root_id": str(outcome.root_id),
        "state": outcome.state,
        "version": outcome.version,
        "seq": outcome.seq,
    }


def _claim_key(session: Session, request: _Request, fingerprint: str) -> bool:
    """Take the key before there is a subject to lock; a second request waits here for the first."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    taken = session.execute(
        dialect.insert(KEYS)
        .values(actor=request.by.key, key=request.key, fingerprint=fingerprint, answer={}, at=request.at)
        .on_conflict_do_nothing()
        .returning(KEYS.c.key)
    ).first()
    return taken is not None


def _replayed(session: Session, request: _Request, fingerprint: str) -> Outcome:
    query = select(KEYS.c.fingerprint, KEYS.c.answer)
    known = session.execute(query.where(KEYS.c.actor == request.by.key, KEYS.c.key == request.key)).one()
    return _same((known.fingerprint, known.answer), fingerprint)


def _answer(session: Session, request: _Request, outcome: Outcome) -> None:
    ours = (KEYS.c.actor == request.by.key) & (KEYS.c.key == request.key)
    session.execute(update(KEYS).where(ours).values(answer=_as_json(outcome)))


# --- what the page shows


def _viewing(session: Session, subject: Subject, workflow: Workflow, by: Actor, at: datetime) -> Step:
    return Step(
        session=session,
        subject_id=subject.id,
        root_id=subject.root_id,
        workflow=workflow,
        transition=workflow.transitions[0],
        actor=by,
        at=at,
        occurred_on=legal_date(at),
        form=None,
        load=lambda: subject,
        from_state=subject.state,
        organisation_id=subject.organisation_id,
    )


def _possible(
    viewing: Step,
    t: Transition,
    roles: frozenset[str],
    facts: Any,
    standing: list[tuple[Barrier, list[Reason]]],
) -> Possible:
    workflow, state = viewing.workflow, viewing.from_state
    in_state = state in workflow.sources[t.trigger]
    conditions = tuple(_condition(g, facts) for g in t.when) if in_state else ()
    certain = tuple(c.guard for c in conditions if c.status == "unmet")
    reasons = [*refusals(workflow, replace(t, when=()), state, roles, facts), *unmet(certain, facts)]
    reasons += _barred(t.trigger, standing)
    if in_state and t.target == RESTORED:
        reasons += _not_restorable(replace(viewing, transition=t))
    return Possible(t, conditions, tuple(reasons))


def _not_restorable(step: Step) -> list[Reason]:
    try:
        timers.state_before_lapse(step)
    except Refused as refused:
        return refused.reasons
    return []


def _condition(g: Guard, facts: Any) -> Condition:
    if g.check(facts):
        return Condition(g, "met")
    return Condition(g, "open" if g.decided_by or g.level == "warn" else "unmet")


__all__ = ["Condition", "Outcome", "Possible", "StepError", "adopt", "fire", "lapse", "open_subject", "preview"]
