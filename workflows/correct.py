"""Mending a mistake: one person says what is wrong, another confirms it; only then is it set right.

The new entry names the old one, both values, the reason and both people; nothing is edited away.
"""

import uuid
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ForeignKey, String, or_, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from workflows import hot, journal, timers
from workflows.actor import Actor
from workflows.definition import SAME, Transition
from workflows.errors import Invalid, Reason, Refused, Unknown
from workflows.form import Form, Step
from workflows.law import Policy
from workflows.module import registry
from workflows.tables import Base, JournalEntry, Subject, Task, Timer, legal_date, new_id

ASKED, CORRECTED, DECLINED = "correction_asked", "corrected", "correction_declined"
TASK = "correction"
RULE = Policy("登记有误的，另记更正，写明原值、新值和理由，由第二人核对；原记录保留", "9-17")


class Correction(Base):
    """What somebody says is wrong, waiting for a second person or decided by one."""

    __tablename__ = "corrections"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    seq: Mapped[int]  # the entry that had it wrong
    field: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(100))
    values: Mapped[dict[str, Any]]  # before, after
    reason: Mapped[str] = mapped_column(String(300))
    asked_by: Mapped[uuid.UUID]
    asked_by_name: Mapped[str] = mapped_column(String(100), default="")
    asked_at: Mapped[datetime]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12), default="")  # confirmed refused withdrawn
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]

    @property
    def shown(self) -> str:
        return f"{self.label}：{_shown(self.values['before'])} → {_shown(self.values['after'])}"


def ask(
    session: Session,
    subject_id: uuid.UUID,
    seq: int,
    field: str,
    value: Any,
    reason: str,
    *,
    by: Actor,
    role: str,
    at: datetime,
) -> Correction:
    """Say what is wrong and what is right; nothing changes before ``confirm``. ``role`` is whose task that becomes.

    ``seq`` is the entry that had it wrong. Raises Refused, Invalid or Unknown.
    """
    subject = session.get(Subject, subject_id)
    if subject is None or by.id is None:
        raise Unknown()
    label = registry.module_for(subject).correctable.get(field, "")
    _refuse(session, subject, seq, field, label, reason)
    before, after = getattr(subject, field), _typed(subject, field, value)
    _refuse_odd(session, subject, seq, before, after, at)
    task = Task(
        subject_id=subject.id,
        root_id=subject.root_id,
        kind=TASK,
        role=role,
        text=f"核对更正：{by.name}提出更正“{label}”",
        created_at=at,
    )
    session.add(task)
    session.flush()
    asked = Correction(
        subject_id=subject.id,
        seq=seq,
        field=field,
        label=label,
        values=msgspec.to_builtins({"before": before, "after": after}),
        reason=reason.strip(),
        asked_by=by.id,
        asked_by_name=by.name,
        asked_at=at,
        task_id=task.id,
    )
    session.add(asked)
    session.flush()
    said = {"field": field, "text": f"{asked.shown}。理由：{asked.reason}。待另一人核对"}
    journal.record(session, subject.id, ASKED, said, by=by, at=at, corrects=seq)
    return asked


def of_task(session: Session, task_id: uuid.UUID) -> Correction:
    """What a task of the kind ``TASK`` asks to be checked."""
    return session.scalars(select(Correction).where(Correction.task_id == task_id)).one()


def confirm(session: Session, asked: Correction, *, by: Actor, at: datetime) -> int:
    """The second person agrees: the value is set, both are journalled, clocks that count from it reckoned again."""
    if by.id is None or by.id == asked.asked_by:
        raise Refused([Reason("更正须由另一名工作人员核对，提出人不能自己确认", (RULE,))])
    hot.hold(session, asked.subject_id)  # two who confirm at once take turns
    session.refresh(asked)
    _refuse_decided(asked)
    subject = session.get_one(Subject, asked.subject_id, populate_existing=True)
    before, after = getattr(subject, asked.field), _typed(subject, asked.field, asked.values["after"])
    if msgspec.to_builtins(before) != asked.values["before"]:
        raise Refused([Reason("这一项在提出更正之后已有变动，须重新提出", (RULE,))])
    _refuse_odd(session, subject, asked.seq, before, after, at)
    setattr(subject, asked.field, after)
    _decide(session, asked, "confirmed", by, at)
    said = {
        "field": asked.field,
        "label": asked.label,
        **asked.values,
        "reason": asked.reason,
        "asked_by": str(asked.asked_by),
        "text": f"{asked.shown}。理由：{asked.reason}。{asked.asked_by_name}提出，{by.name}核对",
    }
    written = journal.record(session, subject.id, CORRECTED, said, by=by, at=at, corrects=asked.seq)
    reckon_clocks(session, subject, by=by, at=at)
    return written


def decline(session: Session, asked: Correction, because: str, *, by: Actor, at: datetime) -> None:
    """The second person does not agree, or who asked takes it back; what stands, stands."""
    if len(because.strip()) < 2:
        raise Invalid("because", "写明不予更正的理由。")
    hot.hold(session, asked.subject_id)
    session.refresh(asked)
    _refuse_decided(asked)
    own = by.id == asked.asked_by
    _decide(session, asked, "withdrawn" if own else "refused", by, at)
    said = {
        "field": asked.field,
        "text": f"{asked.shown}：{'提出人撤回' if own else '核对后不予更正'}。{because.strip()}",
    }
    journal.record(session, asked.subject_id, DECLINED, said, by=by, at=at, corrects=asked.seq)


def _decide(session: Session, asked: Correction, outcome: str, by: Actor, at: datetime) -> None:
    asked.outcome, asked.decided_by, asked.decided_at = outcome, by.id, at
    session.get_one(Task, asked.task_id).done_at = at
    session.flush()


def _refuse_decided(asked: Correction) -> None:
    if asked.outcome:
        raise Refused([Reason("这项更正已经处理完毕", (RULE,))])


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
    if turn.met:
        ended = update(Timer).where(Timer.id.in_(turn.met)).values(status="stopped", ended_on=step.occurred_on)
        session.execute(ended)
    timers.carry_out(step, turn)


def _refuse(session: Session, subject: Subject, seq: int, field: str, label: str, reason: str) -> None:
    reasons = []
    if not label:
        reasons.append(Reason("这一项不能用更正办理", (RULE,)))
    known = select(JournalEntry.seq).where(JournalEntry.subject_id == subject.id, JournalEntry.seq == seq)
    if session.scalar(known) is None:
        reasons.append(Reason("须指明有误的原记录", (RULE,)))
    if len(reason.strip()) < 4:
        reasons.append(Reason("更正理由已写明", (RULE,)))
    waiting = select(Correction.id).where(
        Correction.subject_id == subject.id, Correction.field == field, Correction.outcome == ""
    )
    if session.scalar(waiting) is not None:
        reasons.append(Reason("这一项已有更正在等待核对", (RULE,)))
    if reasons:
        raise Refused(reasons)


def _typed(subject: Subject, field: str, value: Any) -> Any:
    """The value as the column keeps it."""
    if not isinstance(value, str):
        return value
    wanted = type(subject).__mapper__.columns[field].type.python_type
    text = value.strip()
    if wanted is str:
        return text
    try:
        return msgspec.convert(YES_AND_NO.get(text, text) if wanted is bool else text, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("value", EXAMPLES.get(wanted, "填写的内容与这一项不符。")) from error


YES_AND_NO = {"是": "true", "否": "false"}
EXAMPLES = {date: "写成日期，例如 2026-11-20。", int: "写成整数。", bool: "写成“是”或者“否”。"}


def _refuse_odd(session: Session, subject: Subject, seq: int, before: Any, after: Any, at: datetime) -> None:
    """No change; or a date that lies in the future, or after what was done because of it."""
    if before == after:
        raise Invalid("value", "更正后的内容与原来相同，没有改动。")
    if not isinstance(after, date) or isinstance(after, datetime):
        return
    if after > legal_date(at):
        raise Invalid("value", f"日期 {after:%Y-%m-%d} 在今天之后，改为实际发生的日期。")
    following = _step_after(session, subject, seq, before)
    if following is not None and after > following.occurred_on:
        label = registry.workflow_for(subject).transition_by_trigger[following.trigger].label
        raise Invalid(
            "value", f"日期 {after:%Y-%m-%d} 晚于其后的“{label}”（{following.occurred_on:%Y-%m-%d}），核对后改正。"
        )


def _step_after(session: Session, subject: Subject, seq: int, before: date | None) -> Any:
    """The earliest step that came after the fact, whichever entry was named as the wrong one."""
    opening = select(JournalEntry.seq).where(JournalEntry.subject_id == subject.id).order_by(JournalEntry.seq).limit(1)
    query = select(JournalEntry.trigger, JournalEntry.occurred_on).where(
        JournalEntry.subject_id == subject.id,
        JournalEntry.seq > opening.scalar_subquery(),
        JournalEntry.trigger.in_(registry.workflow_for(subject).transition_by_trigger),
        true() if before is None else or_(JournalEntry.seq > seq, JournalEntry.occurred_on >= before),
    )
    return session.execute(query.order_by(JournalEntry.occurred_on, JournalEntry.seq).limit(1)).first()


def _shown(value: Any) -> str:
    words = {None: "（空）", "": "（空）", True: "是", False: "否"}
    return words.get(value, str(value)) if isinstance(value, (bool, str, type(None))) else str(value)
