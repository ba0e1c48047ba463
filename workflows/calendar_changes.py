"""A change of the holiday calendar with the clocks it moves: foreseen before it is made, kept after."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ForeignKey, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from workflows.calendar_table import CHANGED, load_calendar
from workflows.tables import Base, CalendarVersion, Timer, legal_date
from workflows.timers import LIVE, Moved, recompute
from workflows.workdays import Calendar, period_from_data, reckon

Change = Callable[[Session], int]  # makes the change, answers the new version


class CalendarMove(Base):
    """A clock whose end moved with a version of the calendar."""

    __tablename__ = "calendar_moves"

    version: Mapped[int] = mapped_column(ForeignKey("calendar_versions.version"), primary_key=True)
    timer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("timers.id"), primary_key=True)
    before: Mapped[date]
    after: Mapped[date]


def foresee(session: Session, change: Change, at: datetime) -> list[Moved]:
    """Which clocks the change would move; the change is made in a savepoint and taken back, nothing is written."""
    attempt = session.begin_nested()
    try:
        change(session)
        return list(_would_move(session, load_calendar(session, legal_date(at))))
    finally:
        attempt.rollback()
        session.info.pop(CHANGED, None)


def make(session: Session, change: Change, at: datetime) -> tuple[int, list[Moved]]:
    """Change the calendar and reckon every live clock again; the new version and the clocks that moved."""
    version = change(session)
    moved = recompute(session, at)
    if moved:
        rows = [{"version": version, "timer_id": m.timer_id, "before": m.before, "after": m.after} for m in moved]
        session.execute(insert(CalendarMove), rows)
    return version, moved


def versions(session: Session, limit: int = 50) -> Sequence[CalendarVersion]:
    return session.scalars(select(CalendarVersion).order_by(CalendarVersion.version.desc()).limit(limit)).all()


def moved_by(session: Session, version: int) -> list[Moved]:
    """The clocks a version moved, as they stood then."""
    query = (
        select(CalendarMove, Timer)
        .join(Timer, Timer.id == CalendarMove.timer_id)
        .where(CalendarMove.version == version)
        .order_by(CalendarMove.after, CalendarMove.timer_id)
    )
    return [Moved(t.id, t.subject_id, t.deadline, move.before, move.after) for move, t in session.execute(query)]


def _would_move(session: Session, calendar: Calendar) -> Iterable[Moved]:
    for timer in session.scalars(select(Timer).where(Timer.status.in_(LIVE)).execution_options(yield_per=1000)):
        end = reckon(
            timer.starts_on,
            period_from_data(timer.period),
            calendar,
            extensions=[extension["days"] for extension in timer.extensions],
            paused_days=timer.paused_days,
        )
        if end.effective != timer.effective_due:
            yield Moved(timer.id, timer.subject_id, timer.deadline, timer.effective_due, end.effective)
