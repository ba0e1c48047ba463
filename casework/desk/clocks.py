"""The legal clocks of a case as its page shows them, with the article, the counted days and what moved them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.clock import ClockFace
from workflows.calendar_table import load_calendar
from workflows.definition import Deadline
from workflows.module import registry
from workflows.tables import Subject, Timer
from workflows.workdays import PROVISIONAL, Calendar, period_from_data, reckon

ENDED = {"met": "已办结", "lapsed": "已届满", "stopped": "已停止"}
LONGEST_DERIVATION = 70  # days shown one by one; a longer term says its dates


@dataclass(frozen=True, slots=True)
class Clock:
    """A face, the subject it belongs to, and where its days are counted one by one ("" where they are not)."""

    subject_id: uuid.UUID
    live: bool
    face: ClockFace
    href: str = ""


def clocks(
    session: Session, subjects: Iterable[Subject], today: date, items: Mapping[str, str] | None = None
) -> list[Clock]:
    """Every clock of these subjects, the live ones by their end first, then those that ended.

    ``items`` names what a clock that is one per item belongs to: a claim, an instalment.
    """
    by_id = {subject.id: subject for subject in subjects}
    rows = session.scalars(
        select(Timer).where(Timer.subject_id.in_(by_id)).order_by(Timer.effective_due, Timer.id)
    ).all()
    if not rows:
        return []
    calendar = load_calendar(session)
    found = [_clock(timer, by_id[timer.subject_id], calendar, today, items or {}) for timer in rows]
    return sorted([c for c in found if c is not None], key=lambda c: (not c.live, not c.face.hard, c.face.effective))


def clock_of(session: Session, subject: Subject, timer_id: uuid.UUID, today: date) -> Clock | None:
    """One clock of this subject with every counted day."""
    timer = session.get(Timer, timer_id)
    if timer is None or timer.subject_id != subject.id:
        return None
    return _clock(timer, subject, load_calendar(session), today, {})


def close_ones(faces: Sequence[Clock]) -> int:
    return sum(1 for clock in faces if clock.live and clock.face.tone in ("warn", "danger"))


def title(deadline: Deadline, timer: Timer, items: Mapping[str, str]) -> str:
    """What a clock is called: its deadline and, where there is one for each item, whose or which item."""
    item = items.get(timer.item, "")
    return f"{deadline.label} · {item}" if item else deadline.label


def _clock(timer: Timer, subject: Subject, calendar: Calendar, today: date, items: Mapping[str, str]) -> Clock | None:
    deadline = registry.workflow_for(subject).deadline_by_id.get(timer.deadline)
    if deadline is None:
        return None
    live = timer.status in ("running", "paused")
    face = _face(timer, deadline, title(deadline, timer, items), calendar, today, live)
    return Clock(subject.id, live, face, f"/subjects/{subject.id}/clocks/{timer.id}" if face.derivation else "")


def _face(timer: Timer, deadline: Deadline, label: str, calendar: Calendar, today: date, live: bool) -> ClockFace:
    return ClockFace(
        label=label,
        starts_on=timer.starts_on,
        nominal=timer.nominal_due,
        effective=timer.effective_due,
        today=today,
        law=deadline.citations,
        consequence=deadline.consequence,
        derivation=_derivation(timer, calendar) if live else (),
        provisional=timer.calendar_status == PROVISIONAL,
        paused_on=timer.paused_on if timer.status == "paused" else None,
        ended="" if live else _ended(timer),
        note=_note(timer),
        hard=timer.hard,
    )


def _derivation(timer: Timer, calendar: Calendar) -> Sequence[Any]:
    if (timer.effective_due - timer.starts_on).days > LONGEST_DERIVATION:
        return ()
    end = reckon(
        timer.starts_on,
        period_from_data(timer.period),
        calendar,
        extensions=[e["days"] for e in timer.extensions],
        paused_days=timer.paused_days,
    )
    return end.derivation


def _ended(timer: Timer) -> str:
    on = f"{timer.ended_on.month}月{timer.ended_on.day}日" if timer.ended_on else ""
    return f"{on}{ENDED.get(timer.status, timer.status)}"


def _note(timer: Timer) -> str:
    said = [f"已延长 {extension['days']} 天" for extension in timer.extensions]
    said += [f"已扣除中止 {timer.paused_days} 天"] if timer.paused_days else []
    return "；".join(said) + "。" if said else ""
