"""The face of a legal clock: days left in words, cells or a bar as plain geometry, and how the date was counted."""

from calendar import Calendar
from collections.abc import Iterator, Sequence
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
    def is_a_day(self) -> bool:
        """Not a term that runs but a day that was agreed, and is still to come: there is nothing to draw of it."""
        return self.total == 1 and self.starts_on >= self.today and not self.ended

    @property
    def bars(self) -> list[Bar]:
        if self.is_a_day:
            return []
        return self._cells() if self.in_cells else self._bar()

    @property
    def strokes(self) -> list[tuple[str, str]]:
        """The bars of one look as one path, in the order they are painted: (class, path)."""
        drawn: dict[str, str] = {}
        for b in self.bars:
            drawn[b.cls] = drawn.get(b.cls, "") + f"M{b.x:g} {b.y}h{b.width:g}v{b.height}h{-b.width:g}z"
        return list(drawn.items())

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


class CalendarDay(NamedTuple):
    """A day in its month; ``note`` is None where the period does not look at it."""

    day: date
    note: Any
    mark: str
    last: bool


class MonthPage(NamedTuple):
    title: str
    weeks: list[list[CalendarDay | None]]


def months(notes: Sequence[Any]) -> list[MonthPage]:
    """The days of a derivation in their months, Monday first; a day noted twice shows where it was counted."""
    by_day = {note.day: note for note in notes if note.counted is None} | {n.day: n for n in notes if n.counted}
    return [_month(year, month, by_day, notes) for year, month in _months_between(min(by_day), max(by_day))]


def reasons(notes: Sequence[Any]) -> list[tuple[str, str]]:
    """Each reason once, with the days it holds for: (11月9日至13日、16日, 工作日，计入)."""
    days: dict[str, list[date]] = {}
    for note in notes:
        days.setdefault(note.why, []).append(note.day)
    return [("、".join(_runs(sorted(of_it))), why) for why, of_it in days.items()]


def _months_between(first: date, last: date) -> Iterator[tuple[int, int]]:
    for index in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield index // 12, index % 12 + 1


def _month(year: int, month: int, by_day: dict[date, Any], notes: Sequence[Any]) -> MonthPage:
    start, end = notes[0].day, notes[-1].day
    weeks = [
        [_day_of(day, by_day.get(day), start, end) if day.month == month else None for day in week]
        for week in Calendar().monthdatescalendar(year, month)
    ]
    return MonthPage(f"{year}年{month}月", weeks)


def _day_of(day: date, note: Any, start: date, end: date) -> CalendarDay:
    mark = "" if note is None else str(note.counted) if note.counted else "起" if day == start else "不计"
    return CalendarDay(day, note, "届满" if day == end else mark, day == end)


def _runs(days: Sequence[date]) -> Iterator[str]:
    """Days that follow one another as one run; the month is said where it changes."""
    month = 0
    for first, last in _stretches(days):
        said = f"{first.month}月{first.day}日" if first.month != month else f"{first.day}日"
        if last != first:
            said += f"至{last.month}月{last.day}日" if last.month != first.month else f"至{last.day}日"
        month = last.month
        yield said


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    first = last = days[0]
    for day in days[1:]:
        if day - last > timedelta(days=1):
            yield first, last
            first = day
        last = day
    yield first, last
