"""Dated house rules as they stand on a day: of two values from the same day the one entered later holds."""

from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from workflows.tables import Setting


def in_force(session: Session, day: date, *which: ColumnElement[bool]) -> dict[str, Setting]:
    """The row of each key that holds on the day; ``which`` narrows the keys."""
    rows = select(Setting).where(Setting.valid_from <= day, *which)
    return {row.key: row for row in session.scalars(rows.order_by(Setting.valid_from, Setting.entered_at, Setting.id))}


def history(session: Session, key: str) -> list[Setting]:
    """Every value a key ever had, the newest first."""
    rows = select(Setting).where(Setting.key == key)
    return list(session.scalars(rows.order_by(Setting.valid_from.desc(), Setting.entered_at.desc(), Setting.id.desc())))
