"""Dated house rules as they stand on a day: of two values from the same day the one entered later holds."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from workflows.reading import once_read
from workflows.tables import Setting


def in_force(session: Session, day: date, *which: ColumnElement[bool]) -> dict[str, Setting]:
    """The row of each key that holds on the day; ``which`` narrows the keys."""
    rows = select(Setting).where(Setting.valid_from <= day, *which)
    return {row.key: row for row in session.scalars(rows.order_by(Setting.valid_from, Setting.entered_at, Setting.id))}


@once_read
def all_in_force(session: Session, day: date) -> Mapping[str, Setting]:
    """Every key that has a row on the day, read once for a page."""
    return in_force(session, day)


def value_on(session: Session, day: date, rule: Any) -> Any:
    """What a rule (union.house_rules.HouseRule) says on the day: the value that holds, or its default."""
    held = in_force(session, day, Setting.key == rule.key).get(rule.key)
    value = held.value.get("value") if held else None
    return rule.default if value is None else value


def history(session: Session, key: str) -> list[Setting]:
    """Every value a key ever had, the newest first."""
    rows = select(Setting).where(Setting.key == key)
    return list(session.scalars(rows.order_by(Setting.valid_from.desc(), Setting.entered_at.desc(), Setting.id.desc())))
