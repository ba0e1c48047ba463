"""What happens when the time of a legal clock is over.

A lapse is fired as the system, at most once for each timer, after 24:00 of the effective date, never on a provisional
date, and is never lost by downtime: what is due is read from the table, not from the time of the last sweep.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session, sessionmaker

from workflows import outbox
from workflows.actor import SYSTEM_ACTOR
from workflows.definition import Deadline, Workflow
from workflows.errors import StepError
from workflows.fire import lapse
from workflows.module import registry
from workflows.tables import Subject, Task, Timer, legal_date
from workflows.workdays import PROVISIONAL

ALERT = "timers.alert"
log = logging.getLogger(__name__)


def sweep(sessions: sessionmaker[Session], now: datetime, limit: int = 1000) -> dict[str, int]:
    """Deal with every clock whose time is over and announce those close to it; each in a transaction of its own."""
    counts = dict.fromkeys(("fired", "asked", "overdue", "nothing", "failed"), 0)
    for timer_id in _over(sessions, legal_date(now), limit):
        counts[_end_of(sessions, timer_id, now)] += 1
    return {**counts, "alerted": alert(sessions, now)}


def _over(sessions: sessionmaker[Session], today: date, limit: int) -> Sequence[uuid.UUID]:
    with sessions() as session:
        return session.scalars(
            select(Timer.id)
            .where(Timer.status == "running", Timer.swept_on.is_(None), Timer.effective_due < today)
            .order_by(Timer.effective_due, Timer.id)
            .limit(limit)
        ).all()


def _end_of(sessions: sessionmaker[Session], timer_id: uuid.UUID, now: datetime) -> str:
    """One clock whose time is over. Two sweepers race here: the second finds it dealt with."""
    try:
        with sessions.begin() as session:
            timer = _claimed(session, timer_id)
            return _deal(session, timer, now) if timer is not None else "nothing"
    except StepError as refused:
        with sessions.begin() as session:
            timer = _claimed(session, timer_id)
            if timer is not None:
                _ask(session, timer, f"期限届满应自动办理，但条件不具备：{refused}", "refused_lapse", now)
        return "asked"
    except Exception:  # a fault in one subject must not keep the clocks of all others from being read
        log.exception("the end of timer %s could not be dealt with", timer_id)
        return "failed"


def _claimed(session: Session, timer_id: uuid.UUID) -> Timer | None:
    root = session.scalar(select(Timer.root_id).where(Timer.id == timer_id))
    session.execute(select(Subject.id).where(Subject.id == root).with_for_update())
    query = select(Timer).where(Timer.id == timer_id, Timer.status == "running", Timer.swept_on.is_(None))
    return session.scalar(query.with_for_update())


def _deal(session: Session, timer: Timer, now: datetime) -> str:
    subject = session.get_one(Subject, timer.subject_id)
    workflow = registry.workflow_for(subject)
    deadline = workflow.deadline_by_id[timer.deadline]
    timer.swept_on = legal_date(now)
    if deadline.on_lapse is None:
        _announce(session, timer, "overdue", now)
        return "overdue"
    if timer.calendar_status == PROVISIONAL:
        _ask(session, timer, f"“{deadline.label}”届满日按暂行日历推算，{NOT_BY_MACHINE}", "provisional_lapse", now)
        return "asked"
    if subject.state in deadline.confirm_lapse_in:
        _ask(
            session,
            timer,
            f"“{deadline.label}”已届满：办理“{_lapse_label(workflow, deadline)}”，或者录入有日期的延期同意",
            "confirm_lapse",
            now,
        )
        return "asked"
    timer.swept_on = None
    session.flush()
    lapse(session, timer, timer.effective_due + timedelta(days=1), by=SYSTEM_ACTOR, at=now)
    return "fired"


NOT_BY_MACHINE = "系统不自动办理；国务院办公厅节假日安排通知公布后重新计算，或由负责人决定"


def _lapse_label(workflow: Workflow, deadline: Deadline) -> str:
    return workflow.transition_by_trigger[str(deadline.on_lapse)].label


def _ask(session: Session, timer: Timer, text: str, kind: str, now: datetime) -> None:
    """What the machine may not decide becomes a task for the person responsible."""
    timer.swept_on = legal_date(now)
    subject = session.get_one(Subject, timer.subject_id)
    workflow = registry.workflow_for(subject)
    asked = workflow.deadline_by_id[timer.deadline].lapse_asks or workflow.state_by_id[subject.state].responsible
    session.add(
        Task(
            subject_id=timer.subject_id,
            root_id=timer.root_id,
            timer_id=timer.id,
            kind=kind,
            role=asked.id if asked else "org_head",
            text=text[:500],
            due_on=timer.effective_due,
            created_at=now,
        )
    )
    _announce(session, timer, "overdue", now)


def alert(sessions: sessionmaker[Session], now: datetime, batch: int = 500) -> int:
    """Announce each clock at its thresholds before the nominal end, once for each threshold."""
    count, after = 0, None
    while True:
        with sessions.begin() as session:
            page = session.execute(_nearing(legal_date(now), after).limit(batch)).all()
            count += sum(_alerted(session, timer, name, version, now) for timer, name, version in page)
            after = (page[-1][0].nominal_due, page[-1][0].id) if page else None
        if len(page) < batch:
            return count


def _nearing(today: date, after: tuple[date, uuid.UUID] | None) -> Select[Any]:
    subjects = Subject.__table__
    query = (
        select(Timer, subjects.c.workflow, subjects.c.definition_version)
        .join(subjects, subjects.c.id == Timer.subject_id)
        .where(Timer.status == "running", Timer.nominal_due.between(today, today + _furthest_alert()))
        .order_by(Timer.nominal_due, Timer.id)
        .with_for_update(of=Timer, skip_locked=True)
    )
    return query if after is None else query.where(tuple_(Timer.nominal_due, Timer.id) > tuple_(*after))


def _furthest_alert() -> timedelta:
    workflows = [workflow for module in registry.modules.values() for workflow in module.workflows]
    return timedelta(days=max((n for w in workflows for d in w.deadlines for n in d.alerts), default=0))


def _alerted(session: Session, timer: Timer, name: str, version: int, now: datetime) -> bool:
    deadline = registry.workflow(name, version).deadline_by_id[timer.deadline]
    left = (timer.nominal_due - legal_date(now)).days
    reached = [n for n in deadline.alerts if left <= n and n not in timer.alerted]
    if reached:
        timer.alerted = [*timer.alerted, *reached]
        _announce(session, timer, "soon", now, left)
    return bool(reached)


def _announce(session: Session, timer: Timer, what: str, now: datetime, left: int = 0) -> None:
    body = {"timer_id": str(timer.id), "what": what, "days_left": left}
    outbox.put(session, ALERT, body, at=now, subject_id=timer.subject_id)
