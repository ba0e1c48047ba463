"""Legal clocks as rows: started, stopped, paused and extended by steps, recomputed when the calendar changes."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, case, func, insert, select, update
from sqlalchemy.orm import Session

from workflows import journal
from workflows.actor import SYSTEM_ACTOR
from workflows.calendar_table import load_calendar
from workflows.definition import Deadline
from workflows.errors import Reason, Refused
from workflows.form import Step
from workflows.hot import Clock
from workflows.tables import NO_DUE, SUBJECTS, TIMERS, JournalEntry, Subject, Task, Timer, new_id
from workflows.workdays import Calendar, Due, Period, days_paused, period_from_data, reckon, stood_still

LIVE = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Moved:
    """A timer whose end changed when the calendar did."""

    timer_id: uuid.UUID
    subject_id: uuid.UUID
    deadline: str
    before: date
    after: date


@dataclass
class Turn:
    """What a step does to the clocks of its subject."""

    ended: list[Clock]
    lapsed: Clock | None  # the one whose end fired this step
    going_on: list[tuple[Deadline, date, Clock]]
    starting: list[tuple[Deadline, str, date]]

    @property
    def met(self) -> list[uuid.UUID]:
        return [clock.id for clock in self.ended]

    @property
    def due_on(self) -> date | None:
        """No day, once no clock is left; where some go on, their ends are asked when they are written."""
        return None if self.going_on or self.starting else NO_DUE


def derivation(session: Session, timer: Timer) -> Due:
    """The end of a timer with the days counted and why, computed anew from what is stored."""
    return _reckoned(
        load_calendar(session), period_from_data(timer.period), timer.starts_on, timer.extensions, timer.paused_days
    )


# --- turned by a step


def planned(step: Step, current: list[Clock], lapsed: uuid.UUID | None = None) -> Turn:
    """Which clocks stop with this step, which go on, which start; writes nothing."""
    wanted = {(d.id, item): (d, start) for d, item, start in _wanted(step)}
    fired = next((clock for clock in current if clock.id == lapsed), None)
    if fired is not None:
        wanted.pop((fired.deadline, fired.item), None)  # a lapse is final, even where the clock would run
    live = {(clock.deadline, clock.item): clock for clock in current if clock is not fired}
    return Turn(
        [clock for key, clock in live.items() if key not in wanted],
        fired,
        [(*wanted[key], clock) for key, clock in live.items() if key in wanted],
        [(deadline, key[1], start) for key, (deadline, start) in wanted.items() if key not in live],
    )


def carry_out(step: Step, turn: Turn) -> None:
    """Write the plan, except for the clocks that were met: those end with the hot write of the step."""
    if turn.lapsed is not None:
        _set(step, turn.lapsed.id, status="lapsed", ended_on=step.occurred_on, lapsed_seq=step.seq, swept_on=step.today)
    answered = [clock.id for clock in turn.ended if clock.swept_on is not None]
    for deadline, start, clock in turn.going_on:
        changed = _adjusted(step, deadline, start, clock)
        if changed:
            _set(step, clock.id, **changed)
        if "swept_on" in changed and clock.swept_on is not None:  # its end moved: what was asked about it is answered
            answered.append(clock.id)
    if answered:
        _close_tasks(step.session, answered, step.at)
    if turn.starting:
        _start(step, turn.starting)
    if turn.due_on is None:
        set_due_on(step.session, step.subject_id)


def set_due_on(session: Session, subject_id: uuid.UUID) -> None:
    """Note on the subject when its nearest running clock ends: the day every list sorts by.

    A clock that only measures our own promptness counts where no clock of the law runs and the matter is open.
    """
    running = (TIMERS.c.subject_id == SUBJECTS.c.id, TIMERS.c.status == "running")
    by_law = select(func.min(TIMERS.c.effective_due)).where(*running, TIMERS.c.hard).scalar_subquery()
    by_house = select(func.min(TIMERS.c.effective_due)).where(*running).scalar_subquery()
    due_on = func.coalesce(by_law, case((SUBJECTS.c.closed_on.is_(None), by_house)), NO_DUE)
    session.execute(update(SUBJECTS).where(SUBJECTS.c.id == subject_id).values(due_on=due_on))
    loaded = session.identity_map.get(Subject.__mapper__.identity_key_from_primary_key((subject_id,)))
    if loaded is not None:
        session.expire(loaded, ["due_on"])


def _wanted(step: Step) -> Iterator[tuple[Deadline, str, date]]:
    for deadline in step.workflow.deadlines:
        if step.to_state not in deadline.running_in and step.to_state not in deadline.paused_in:
            continue
        if deadline.applies is not None and not deadline.applies(step.facts):
            continue
        for item, start in _items(deadline, step.facts):
            if start is not None:
                yield deadline, item, start


def _items(deadline: Deadline, facts: Any) -> list[tuple[str, date | None]]:
    if not deadline.one_per:
        return [("", getattr(facts, deadline.counted_from))]
    listed = getattr(facts, deadline.one_per)
    return [(str(item), start) for item, start in (listed() if callable(listed) else listed)]


def _adjusted(step: Step, deadline: Deadline, start: date, clock: Clock) -> dict[str, Any]:
    """What a step changes about a clock that goes on: standing still, extension, start, length."""
    changed: dict[str, Any] = {}
    period, extensions = deadline.period_for(step.facts), clock.extensions
    paused_on, paused_days = _still(step, deadline, start, period, clock.paused_on, clock.paused_days)
    stood_otherwise = (paused_on, paused_days) != (clock.paused_on, clock.paused_days)
    if stood_otherwise:
        changed |= {"status": _status(paused_on), "paused_on": paused_on, "paused_days": paused_days}
    if deadline.extendable_by == step.transition.trigger:
        extensions = [*extensions, {"days": _extension(step), "seq": step.seq}]
    goes_on = stood_otherwise and paused_on is None
    if goes_on or extensions is not clock.extensions or start != clock.starts_on or period.as_data() != clock.period:
        calendar = load_calendar(step.session)
        end = _reckoned(calendar, period, start, extensions, paused_days)
        changed |= {"extensions": extensions, "period": period.as_data(), "swept_on": None, "alerted": []}
        changed |= _ends(end, calendar)
    return changed


def _still(
    step: Step, deadline: Deadline, start: date, period: Period, paused_on: date | None = None, paused_days: int = 0
) -> tuple[date | None, int]:
    """Since when a clock stands still after this step, if it does, and for how many days it had stood before."""
    if deadline.stands_still is not None:
        spans = list(deadline.stands_still(step.facts))
        return stood_still(spans, start, period, load_calendar(step.session)) if spans else (None, 0)
    if step.to_state in deadline.paused_in:
        return paused_on or step.occurred_on, paused_days
    if paused_on is None:
        return None, paused_days
    return None, paused_days + days_paused(period, paused_on, step.occurred_on, load_calendar(step.session))


def _status(paused_on: date | None) -> str:
    return "running" if paused_on is None else "paused"


def _extension(step: Step) -> int:
    days = getattr(step.form, "extension_days", None)
    if not isinstance(days, int):
        raise ValueError(f"{step.transition.trigger} extends a deadline, but its form has no extension_days")
    return days


def _start(step: Step, starting: list[tuple[Deadline, str, date]]) -> None:
    session, calendar = step.session, load_calendar(step.session)
    ended = _ended(session, step.subject_id)
    rows = []
    for deadline, item, start in starting:
        earlier = ended.get((deadline.id, item, start))
        if earlier is None:
            rows.append(_new(step, deadline, item, start, calendar))
        elif earlier.status != "lapsed" or earlier.lapsed_seq == step.corrects:
            _revive(step, deadline, earlier, calendar)
    if rows:
        session.execute(insert(TIMERS), rows)


def _new(step: Step, deadline: Deadline, item: str, start: date, calendar: Calendar) -> dict[str, Any]:
    period = deadline.period_for(step.facts)
    paused_on, paused_days = _still(step, deadline, start, period)
    return {
        "id": new_id(),
        "subject_id": step.subject_id,
        "root_id": step.root_id,
        "deadline": deadline.id,
        "item": item,
        "status": _status(paused_on),
        "paused_on": paused_on,
        "paused_days": paused_days,
        "period": period.as_data(),
        "extensions": [],
        "alerted": [],
        "hard": deadline.hard,
        **_ends(reckon(start, period, calendar, paused_days=paused_days), calendar),
    }


def _ended(session: Session, subject_id: uuid.UUID) -> dict[tuple[str, str, date], Row[Any]]:
    query = select(TIMERS).where(TIMERS.c.subject_id == subject_id, TIMERS.c.status.not_in(LIVE)).order_by(TIMERS.c.id)
    return {(row.deadline, row.item, row.starts_on): row for row in session.execute(query)}


def _revive(step: Step, deadline: Deadline, row: Row[Any], calendar: Calendar) -> None:
    """A clock that starts again from the same day is the same clock, with the extensions it had.

    A revoked lapse takes the extension that was missed; without one its end stays dealt with and is not fired again.
    """
    extensions, revoked = list(row.extensions), row.status == "lapsed"
    if revoked and isinstance(getattr(step.form, "extension_days", None), int):
        extensions.append({"days": _extension(step), "seq": step.seq})
    period, stood = period_from_data(row.period), row.paused_days
    if row.paused_on is not None:  # it stood still when it ended
        stood += days_paused(period, row.paused_on, row.ended_on, calendar)
    paused_on, paused_days = _still(step, deadline, row.starts_on, period, None, stood)
    end = _reckoned(calendar, period, row.starts_on, extensions, paused_days)
    _set(
        step,
        row.id,
        ended_on=None,
        status=_status(paused_on),
        paused_on=paused_on,
        paused_days=paused_days,
        swept_on=step.today if revoked and end.passed(step.today) else None,
        alerted=[],
        extensions=extensions,
        **_ends(end, calendar),
    )


def _set(step: Step, timer_id: uuid.UUID, **values: Any) -> None:
    step.session.execute(update(TIMERS).where(TIMERS.c.id == timer_id).values(values))


def _close_tasks(session: Session, timers: list[uuid.UUID], at: datetime) -> None:
    """What a person was asked about these clocks is settled."""
    session.execute(update(Task).where(Task.timer_id.in_(timers), Task.done_at.is_(None)).values(done_at=at))


def _reckoned(calendar: Calendar, period: Period, start: date, extensions: list[Any], paused_days: int) -> Due:
    return reckon(start, period, calendar, extensions=[e["days"] for e in extensions], paused_days=paused_days)


def _ends(end: Due, calendar: Calendar) -> dict[str, Any]:
    return {
        "starts_on": end.starts_on,
        "nominal_due": end.nominal,
        "effective_due": end.effective,
        "calendar_status": end.status,
        "calendar_version": calendar.version,
    }


# --- taken over


def take_over_extensions(session: Session, source_id: uuid.UUID, subject_id: uuid.UUID, seq: int) -> None:
    """A subject split off keeps what was agreed to add to the clocks of the one it comes from; ``seq`` opened it."""
    agreed = select(Timer.deadline, Timer.item, Timer.extensions).where(Timer.subject_id == source_id)
    held = {(row.deadline, row.item): row.extensions for row in session.execute(agreed.where(Timer.status.in_(LIVE)))}
    calendar = load_calendar(session)
    for timer in session.scalars(select(Timer).where(Timer.subject_id == subject_id, Timer.status.in_(LIVE))):
        extensions = [
            {"days": extension["days"], "seq": seq} for extension in held.get((timer.deadline, timer.item), [])
        ]
        if extensions:
            timer.extensions = extensions
            period = period_from_data(timer.period)
            end = _reckoned(calendar, period, timer.starts_on, extensions, timer.paused_days)
            for name, value in _ends(end, calendar).items():
                setattr(timer, name, value)
    session.flush()
    set_due_on(session, subject_id)


# --- taken back


def state_before_lapse(step: Step) -> str:
    """The state the system moved away from when a term lapsed; refused unless that is the last move, and only once."""
    session = step.session
    last = session.execute(
        select(JournalEntry.seq, JournalEntry.from_state)
        .where(JournalEntry.root_id == step.root_id, JournalEntry.subject_id == step.subject_id)
        .where(JournalEntry.from_state != JournalEntry.to_state)
        .order_by(JournalEntry.seq.desc())
        .limit(1)
    ).first()
    lapsed = last and session.scalar(
        select(Timer.id).where(Timer.subject_id == step.subject_id, Timer.lapsed_seq == last.seq)
    )
    if last is None or not lapsed:
        raise Refused([Reason("上一步不是系统因期限届满自动办理的，不能撤销", step.transition.citations)])
    before = session.scalar(
        select(JournalEntry.seq)
        .where(JournalEntry.subject_id == step.subject_id, JournalEntry.trigger == step.transition.trigger)
        .limit(1)
    )
    if before:
        raise Refused([Reason("期限届满的自动办理只能撤销一次，本件已撤销过", step.transition.citations)])
    step.corrects = last.seq
    return str(last.from_state)


# --- recomputed when the calendar changes


def recompute(session: Session, now: datetime) -> list[Moved]:
    """Reckon every live clock that stands on an older calendar; each that moved is journalled and listed."""
    calendar = load_calendar(session)
    outdated = (Timer.status.in_(LIVE), Timer.calendar_version != calendar.version)
    roots = session.scalars(select(Timer.root_id).where(*outdated).distinct().order_by(Timer.root_id)).all()
    moved: list[Moved] = []
    for root_id in roots:  # locked one by one in a fixed order: a step of the same case waits, or is waited for
        session.execute(select(Subject.id).where(Subject.id == root_id).with_for_update())
        query = select(Timer).where(Timer.root_id == root_id, *outdated).order_by(Timer.id)
        for timer in session.scalars(query.execution_options(populate_existing=True)).all():
            moved += _reckon_again(session, timer, calendar, now)
    return moved


def _reckon_again(session: Session, timer: Timer, calendar: Calendar, now: datetime) -> Iterator[Moved]:
    before, status = timer.effective_due, timer.calendar_status
    period = period_from_data(timer.period)
    end = _reckoned(calendar, period, timer.starts_on, timer.extensions, timer.paused_days)
    for name, value in _ends(end, calendar).items():
        setattr(timer, name, value)
    if end.effective == before and end.status == status:
        return
    timer.swept_on = None  # what was not for the machine to decide may be now
    _close_tasks(session, [timer.id], now)
    if end.effective == before:
        return
    timer.alerted = []
    session.flush()
    set_due_on(session, timer.subject_id)
    data = {"deadline": timer.deadline, "before": before, "after": end.effective}
    journal.record(session, timer.subject_id, "timer_recomputed", data, by=SYSTEM_ACTOR, at=now)
    yield Moved(timer.id, timer.subject_id, timer.deadline, before, end.effective)
