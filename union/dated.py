"""Rows that say from when until when they hold; ended by a date, never overwritten."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Mapped


class Dated:
    """A row in force from ``valid_from`` through ``valid_to`` inclusive, or until further notice."""

    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @classmethod
    def in_force(cls, day: date) -> ColumnElement[bool]:
        return and_(cls.valid_from <= day, or_(cls.valid_to.is_(None), cls.valid_to >= day))

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def end_on(self, last_day: date) -> None:
        """End the row; nothing dated is ever deleted."""
        if last_day < self.valid_from:
            raise ValueError("终止日期不能早于起始日期。")
        self.valid_to = last_day
