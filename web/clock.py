"""The face of a legal clock: days left in words, cells or a bar as plain geometry, and how the date was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from workflows.law import Citation

WIDTH = 320.0
CELLS_AT_MOST = 31
SOON_DAYS, SOON_SHARE = 3, 0.2


class Bar(NamedTuple):
    x: float
    y: int
    width: float
    height: int
    cls: str


@dataclass(frozen=True)
class ClockFace:
    """What a running, paused or ended deadline shows on ``today``.

    ``derivation`` are the notes of ``workflows.workdays.Due``: ``day``, ``counted``, ``why``.
    """

    label: str
    starts_on: date
    nominal: date
    effective: date
    today: date
    law: Sequence[Citation] = ()
    consequence: str = ""
    derivation: Sequence[Any] = ()
    provisional: bool = False
    paused_on: date | None = None
    paused_because: str = ""
    ended: str = ""  # 已办结, 已届满 ... : what became of a clock that runs no longer
    text: str = ""  # the wording of the article, where it was copied from a named source
    note: str = ""
    hard: bool = True

    @property
    def left(self) -> int:
        return (self.effective - self.today).days

    @property
    def tone(self) -> str:
        if self.ended or self.paused_on:
            return "mute"
        if self.left < 0:
            return "danger"
        return "warn" if self.left <= max(SOON_DAYS, round(self.total * SOON_SHARE)) else "ok"

    @property
    def total(self) -> int:
        return max((self.effective - self.starts_on).days, 1)

    @property
    def used(self) -> int:
        until = self.paused_on or self.today
        return min(max((until - self.starts_on).days, 0), self.total)

    @property
    def in_cells(self) -> bool:
        return self.total <= CELLS_AT_MOST

    @property
    def moved(self) -> bool:
        """The last day was moved because it fell on a holiday."""
        return self.effective != self.nominal

    @property
    def bars(self) -> list[Bar]:
        return self._cells() if self.in_cells else self._bar()

    def _cells(self) -> list[Bar]:
        width = WIDTH / self.total
        return [
            Bar(round(number * width + 1, 1), 6, round(width - 2, 1), 10, self._cell(number))
            for number in range(self.total)
        ]

    def _cell(self, number: int) -> str:
        if self.paused_on and number >= self.used:
            return "t-paused"
        if number == self.total - 1 and not self.ended:
            return "t-end"
        if number == self.used - 1 and not self.ended and not self.paused_on:
            return "t-now"
        if number < self.used:
            return "t-run"
        return "t-hol" if self.starts_on + timedelta(days=number + 1) in self._skipped else "t-bg"

    def _bar(self) -> list[Bar]:
        reached = round(WIDTH * self.used / self.total, 1)
        bars = [Bar(0, 6, WIDTH, 10, "t-paused" if self.paused_on else "t-bg"), Bar(0, 6, reached, 10, "t-run")]
        return bars if self.ended else [*bars, Bar(max(reached - 2, 0), 2, 4, 18, "t-now")]

    @property
    def _skipped(self) -> frozenset[date]:
        return frozenset(note.day for note in self.derivation if not note.counted)
