"""Mending a mistake: a new entry names the old one, both values, the reason and who checked it; nothing is edited away."""

import uuid
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflows import hot, journal, timers
from workflows.actor import Actor
from workflows.definition import SAME, Transition
from workflows.errors import Invalid, Reason, Refused, Unknown
from workflows.form import Form, Step
from workflows.law import Policy
from workflows.module import registry
from workflows.tables import JournalEntry, Subject, Timer, legal_date

CORRECTED = "corrected"
RULE = Policy("登记有误的，另记更正，写明原值、新值和理由，由第二人核对；原记录保留", "9-17")


def correct(
    session: Session,
    subject_id: uuid.UUID,
    seq: int,
    field: str,
    value: Any,
    reason: str,
    *,
    by: Actor,
    second: uuid.UUID | None,
    second_name: str = "",
    at: datetime,
) -> int:
    """Set a column to its right value and journal both; clocks that count from it are reckoned again.

    ``seq`` is the entry that had it wrong, ``second`` the person who checked. Raises Refused, Invalid or Unknown.
    """
    subject = session.get(Subject, subject_id)
    if subject is None:
        raise Unknown()
    label = registry.module_for(subject).correctable.get(field)
    _refuse(session, subject, seq, label, reason, by, second)
    before, after = getattr(subject, field), _typed(subject, field, value, at)
    if before == after:
        raise Invalid("value", "更正后的内容与原来相同，没有改动。")
    setattr(subject, field, after)
    session.flush()
    said = {
        "field": field,
        "label": label,
        "before": before,
        "after": after,
        "reason": reason,
        "second": str(second),
        "text": f"{label}：{_shown(before)} → {_shown(after)}。理由：{reason}。核对人：{second_name or '另一工作人员'}",
    }
    written = journal.record(session, subject_id, CORRECTED, said, by=by, at=at, corrects=seq)
    reckon_clocks(session, subject, by=by, at=at)
    return written


def reckon_clocks(session: Session, subject: Subject, *, by: Actor, at: datetime) -> None:
    """Stop, start and reckon the clocks of a subject as its present facts demand, without moving it."""
    held = hot.hold(session, subject.id)
    if held is None:
        raise Unknown()
    module, workflow = registry.module_for(subject), registry.workflow_for(subject)
    step = Step(
        session=session,
        subject_id=subject.id,
        root_id=subject.root_id,
        workflow=workflow,
        transition=Transition(CORRECTED, "更正", f"{subject.state} -> {SAME}", by=(), law=RULE),
        actor=by,
        at=at,
        occurred_on=legal_date(at),
        form=Form(),
        load=lambda: subject,
        seq=held.head.seq,
        from_state=subject.state,
        to_state=subject.state,
        organisation_id=subject.organisation_id,
    )
    step.facts = module.facts(step)
    turn = timers.planned(step, held.clocks)
    timers.carry_out(step, turn)
    if turn.met:
        ended = update(Timer).where(Timer.id.in_(turn.met)).values(status="stopped", ended_on=step.occurred_on)
        session.execute(ended)


def _refuse(
    session: Session,
    subject: Subject,
    seq: int,
    label: str | None,
    reason: str,
    by: Actor,
    second: uuid.UUID | None,
) -> None:
    reasons = []
    if label is None:
        reasons.append(Reason("这一项不能用更正办理", (RULE,)))
    known = select(JournalEntry.seq).where(JournalEntry.root_id == subject.root_id, JournalEntry.seq == seq)
    if session.scalar(known) is None:
        reasons.append(Reason("须指明有误的原记录", (RULE,)))
    if len(reason.strip()) < 4:
        reasons.append(Reason("更正理由已写明", (RULE,)))
    if second is None or second == by.id:
        reasons.append(Reason("更正须由另一名工作人员核对", (RULE,)))
    if reasons:
        raise Refused(reasons)


def _typed(subject: Subject, field: str, value: Any, at: datetime) -> Any:
    """The value as the column keeps it; a date may not lie in the future."""
    if not isinstance(value, str):
        return value
    wanted = type(subject).__mapper__.columns[field].type.python_type
    try:
        typed = msgspec.convert(value.strip(), wanted, strict=False) if wanted is not str else value.strip()
    except msgspec.ValidationError as error:
        raise Invalid("value", EXAMPLES.get(wanted, "填写的内容与这一项不符。")) from error
    if isinstance(typed, date) and not isinstance(typed, datetime) and typed > legal_date(at):
        raise Invalid("value", f"日期 {typed:%Y-%m-%d} 在今天之后，改为实际发生的日期。")
    return typed


EXAMPLES = {date: "写成日期，例如 2026-11-20。", int: "写成整数。", bool: "写成 true 或者 false。"}


def _shown(value: Any) -> str:
    return "（空）" if value in (None, "") else str(value)
