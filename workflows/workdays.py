"""When a period of the law ends, and why: calendar and working-day arithmetic with its derivation.

The rules are DC-1 to DC-15 of the rule book (law.md §1.1). Periods run on the Gregorian calendar (DC-1, 民法典第二百条);
a special law or an agreement goes before them (DC-6, 民法典第二百零四条) and is expressed by declaring another period.
Nothing here reads a clock, a database or a holiday library.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from workflows.law import Policy

Status = Literal["official", "provisional"]
OFFICIAL: Status = "official"
PROVISIONAL: Status = "provisional"

ONE_DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")

# law.md 9-1: four switches that counsel decides; Calendar holds their defaults, dated settings override them.
ROLL_SET = Policy("届满日顺延所称法定休假日包括周末、节日和调休休息日，不包括调休上班日", "9-1")
ROLL_BACK = Policy("倒计期限的最迟日遇休息日的，提前至前一工作日", "9-1")
DEEMED_EFFECT_NEXT_DAY = Policy("视为同意、即行生效的效力发生于顺延后届满日的次日", "9-1")
EXTENSION_BASE = Policy("延长的期限自未顺延的名义届满日起算", "9-1")


@dataclass(frozen=True)
class _Counted:
    n: int

    def __post_init__(self) -> None:
        if not isinstance(self.n, int) or isinstance(self.n, bool) or self.n < 1:
            raise ValueError(f"a period has a whole positive length, not {self.n!r}")

    def as_data(self) -> dict[str, Any]:
        return {"unit": type(self).__name__.lower(), "n": self.n}


@dataclass(frozen=True)
class Days(_Counted):
    """So many natural days (日)."""

    def __str__(self) -> str:
        return f"{self.n}日"


@dataclass(frozen=True)
class Workdays(_Counted):
    """So many working days (工作日): make-up workdays count, weekends and rest days do not (DC-10)."""

    def __str__(self) -> str:
        return f"{self.n}个工作日"


@dataclass(frozen=True)
class Months(_Counted):
    """So many months, ending on the corresponding day (DC-3, 民法典第二百零二条)."""

    def __str__(self) -> str:
        return f"{self.n}个月"


@dataclass(frozen=True)
class Years(_Counted):
    """So many years, ending on the corresponding day (DC-3, 民法典第二百零二条)."""

    def __str__(self) -> str:
        return f"{self.n}年"


@dataclass(frozen=True)
class Before:
    """Counted backward from an event ("会议召开七日前", DC-14 ⚙); with ``rolls=False`` a mark that only informs."""

    period: Days | Workdays | Months | Years
    rolls: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.period, _Counted):
            raise ValueError(f"nothing counts backward by {self.period!r}")

    def as_data(self) -> dict[str, Any]:
        return {"unit": "before", "period": self.period.as_data(), "rolls": self.rolls}

    def __str__(self) -> str:
        return f"{self.period}前"


@dataclass(frozen=True)
class OnDate:
    """Due on the very date, which an agreement or an authority named (DC-6, 民法典第二百零四条): never rolled."""

    def as_data(self) -> dict[str, Any]:
        return {"unit": "ondate"}

    def __str__(self) -> str:
        return "指定日期"


Period = Days | Workdays | Months | Years | Before | OnDate
Span = tuple[date, date | None]  # from a day on, until a day or until further notice

_COUNTED = {kind.__name__.lower(): kind for kind in (Days, Workdays, Months, Years)}


def period_from_data(data: Mapping[str, Any]) -> Period:
    """The period that ``as_data`` described."""
    if data["unit"] == "ondate":
        return OnDate()
    if data["unit"] == "before":
        return Before(_counted_from(data["period"]), data.get("rolls", True))
    return _counted_from(data)


def _counted_from(data: Mapping[str, Any]) -> Days | Workdays | Months | Years:
    return _COUNTED[data["unit"]](data["n"])


def arbitration_period(n: int) -> Days | Workdays:
    """In the arbitration rules 三日, 五日, 十日 are working days, 十五日 and 四十五日 natural ones (DC-9, 办案规则第八十条)."""
    if n in (3, 5, 10):
        return Workdays(n)
    if n in (15, 45):
        return Days(n)
    raise ValueError(f"办案规则第八十条 does not say in which days {n}日 is counted")


class NoCalendar(Exception):
    """A date was asked for strictly, and the State Council's holiday notice for its year is not entered."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year

    def __str__(self) -> str:
        return f"{self.year}年的节假日安排尚未录入，以国务院办公厅节假日安排通知为准"


class DayKind(StrEnum):
    """What makes a date special: a statutory holiday block, a 调休 rest day, a make-up workday."""

    HOLIDAY = "holiday"
    REST = "rest"
    WORKDAY = "workday"


class SpecialDay(NamedTuple):
    kind: DayKind
    name: str = ""


WEEKEND = "weekend"
ALL_REST: frozenset[str] = frozenset({WEEKEND, DayKind.HOLIDAY, DayKind.REST})
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Calendar:
    """One version of the holiday calendar with the four switches of law.md 9-1 (⚙)."""

    special: Mapping[date, SpecialDay]
    years: Mapping[int, str]
    version: int = 0
    roll_set: frozenset[str] = ALL_REST  # DC-13 ✎
    roll_back: bool = True  # DC-14 ⚙
    deemed_effect_next_day: bool = True  # DC-15 ⚙
    extension_base: Literal["nominal", "rolled"] = "nominal"  # ⚙

    def is_workday(self, day: date) -> bool:
        """Monday to Friday (DC-12, 国务院关于职工工作时间的规定第七条) as the holiday notice changes it (DC-10)."""
        special = self.special.get(day)
        return day.weekday() < 5 if special is None else special.kind is DayKind.WORKDAY

    def is_holiday(self, day: date) -> bool:
        """Whether a period may not end on this day: a 法定休假日 of 民法典第二百零三条 as the roll set reads it (DC-13)."""
        special = self.special.get(day)
        kind = special.kind if special else WEEKEND if day.weekday() > 4 else DayKind.WORKDAY
        return kind in self.roll_set or (kind is not DayKind.WORKDAY and day.weekday() > 4 and WEEKEND in self.roll_set)

    def status_of(self, day: date) -> Status:
        """Official once the State Council's notice for the year is entered, provisional before."""
        return OFFICIAL if self.years.get(day.year) == OFFICIAL else PROVISIONAL

    def describe(self, day: date) -> str:
        """What kind of day it is, in Chinese: 工作日, 周六, 国庆节, 调休休息日（国庆节）, 调休上班日."""
        special = self.special.get(day)
        if special is None:
            return f"周{_WEEKDAYS[day.weekday()]}" if day.weekday() > 4 else "工作日"
        if special.kind is DayKind.WORKDAY:
            return "调休上班日" if day.weekday() > 4 else "工作日"
        if special.kind is DayKind.REST:
            return f"调休休息日（{special.name}）" if special.name else "调休休息日"
        return special.name or "法定休假日"


class DayNote(NamedTuple):
    """One day of a derivation: its number when it was counted, and the reason either way."""

    day: date
    counted: int | None
    why: str


@dataclass(frozen=True)
class Due:
    """When a period ends: staff are alerted on ``nominal``, overdue counts after ``effective`` (law.md §1.1)."""

    starts_on: date
    period: Period
    nominal: date
    effective: date
    status: Status
    derivation: tuple[DayNote, ...]
    in_workdays: bool = False

    @property
    def unrolled(self) -> date | None:
        """The nominal date as it is shown: None for working days, which never need a roll."""
        return None if self.in_workdays else self.nominal

    def passed(self, today: date) -> bool:
        """The last day runs to 24:00 (DC-5, 民法典第二百零三条第二款): overdue begins the day after."""
        return today > self.effective

    def cutoff(self, business_close: time | None = None) -> datetime:
        """The moment the period ends: 24:00, or the close of business for filings over the counter (DC-5 ⚙)."""
        if business_close is not None:
            return datetime.combine(self.effective, business_close, SHANGHAI)
        return datetime.combine(self.effective + ONE_DAY, time(), SHANGHAI)

    def in_time(self, received_on: date, posted_on: date | None = None) -> bool:
        """Transit does not count: what was posted before the end is in time (DC-7, 民事诉讼法第八十五条第四款)."""
        return (posted_on or received_on) <= self.effective


def due(start: date, period: Period, calendar: Calendar, strict: bool = False) -> Due:
    """The end of ``period`` from the event on ``start``; ``strict`` raises NoCalendar instead of guessing a year."""
    if isinstance(period, OnDate):
        return Due(
            start, period, start, start, OFFICIAL, (DayNote(start, None, "约定或者指定的日期，当日届满，不顺延"),)
        )
    backward = isinstance(period, Before)
    counted = period.period if isinstance(period, Before) else period
    opening = DayNote(start, None, NOT_COUNTED_BACK if backward else NOT_COUNTED)
    rolls = not isinstance(period, Before) or (period.rolls and calendar.roll_back)
    return _end(start, period, start, counted, calendar, (opening,), -1 if backward else 1, rolls, strict)


def extend(base: Due, by: int | Period, calendar: Calendar, strict: bool = False) -> Due:
    """An agreed extension, counted from the nominal end and not from the rolled one (EXTENSION_BASE ⚙)."""
    from_day = base.effective if calendar.extension_base == "rolled" else base.nominal
    return _lengthen(base, from_day, by, calendar, f"延长自{_said(from_day)}起算，当日不计入", strict)


def resume(base: Due, paused_days: int, calendar: Calendar, strict: bool = False) -> Due:
    """The end after a suspension of so many days in the unit of the period: the rest of the period runs on."""
    if paused_days == 0:
        return base
    return _lengthen(base, base.nominal, paused_days, calendar, f"中止{paused_days}日，届满日相应后移", strict)


def days_paused(period: Period, paused_on: date, resumed_on: date, calendar: Calendar) -> int:
    """How many days the clock stood still, in the unit of the period; the day it resumes is not counted (DC-2)."""
    if not isinstance(period, Workdays):
        return max((resumed_on - paused_on).days, 0)
    days = range(1, (resumed_on - paused_on).days + 1)
    return sum(calendar.is_workday(paused_on + timedelta(days=n)) for n in days)


def stood_still(spans: Iterable[Span], start: date, period: Period, calendar: Calendar) -> tuple[date | None, int]:
    """Since when a period stands still, if it does, and for how many days it had stood before.

    What was over before the period began, or began after it had ended, does not concern it.
    """
    days = 0
    for began, ended in sorted(spans, key=lambda span: span[0]):
        since = max(began, start)
        if (ended is not None and ended <= start) or since > reckon(
            start, period, calendar, paused_days=days
        ).effective:
            continue
        if ended is None:
            return since, days
        days += days_paused(period, since, ended, calendar)
    return None, days


def reckon(
    start: date, period: Period, calendar: Calendar, *, extensions: Sequence[int] = (), paused_days: int = 0
) -> Due:
    """The end of a timer as it stands: its period, then its suspension, then its extensions in their order."""
    end = resume(due(start, period, calendar), paused_days, calendar)
    for days in extensions:
        end = extend(end, days, calendar)
    return end


def deemed_effect(end: Due, calendar: Calendar) -> date:
    """When silence takes effect (DC-15 ⚙): the day after the rolled last day, be it a rest day or not."""
    return end.effective + ONE_DAY if calendar.deemed_effect_next_day else end.effective


def restoration(obstacle_ended_on: date, calendar: Calendar) -> Due:
    """The ten days to ask for a missed period after the obstacle ended (DC-8, 民事诉讼法第八十六条)."""
    return due(obstacle_ended_on, Days(10), calendar)


def short_of(today: date, nominal: date, days: int) -> bool:
    """不足…日: fewer than ``days`` remain to the nominal end; the number itself is not short (DC-11, 民法典第一千二百五十九条)."""
    return (nominal - today).days < days


NOT_COUNTED = "起算日不计入（民法典第二百零一条）"  # DC-2
NOT_COUNTED_BACK = "所指事项当日不计入，向前倒计（⚙）"  # DC-14


def _lengthen(base: Due, from_day: date, by: int | Period, calendar: Calendar, why: str, strict: bool) -> Due:
    if isinstance(base.period, Before) or isinstance(by, Before | OnDate):
        raise ValueError("a period that runs backward, or to a named date, has no further length")
    more = (Workdays(by) if base.in_workdays else Days(by)) if isinstance(by, int) else by
    opening = (*base.derivation, DayNote(from_day, None, why))
    rolls = not isinstance(base.period, OnDate)
    end = _end(base.starts_on, base.period, from_day, more, calendar, opening, 1, rolls, strict)
    if base.status == OFFICIAL or end.status == PROVISIONAL:
        return end
    return Due(end.starts_on, end.period, end.nominal, end.effective, PROVISIONAL, end.derivation, end.in_workdays)


def _end(
    start: date,
    period: Period,
    from_day: date,
    counted: Days | Workdays | Months | Years,
    calendar: Calendar,
    opening: tuple[DayNote, ...],
    step: Literal[1, -1],
    rolls: bool,
    strict: bool,
) -> Due:
    in_workdays = isinstance(counted, Workdays)
    notes = list(_count(from_day, counted, calendar, step))
    nominal = notes[-1].day
    onward = list(_roll(nominal, calendar, step)) if rolls and not in_workdays else []
    effective = onward[-1].day if onward else nominal
    notes[-1] = notes[-1]._replace(why=f"{notes[-1].why}；{_last(step)}{_moved(step) if onward else ''}")
    looked_from = from_day + step * ONE_DAY if in_workdays else nominal
    status = _status(min(looked_from, effective), max(looked_from, effective), calendar, strict)
    return Due(start, period, nominal, effective, status, (*opening, *notes, *onward), in_workdays)


def _count(start: date, counted: Days | Workdays | Months | Years, calendar: Calendar, step: int) -> Iterator[DayNote]:
    if isinstance(counted, Days):
        return _count_days(start, counted.n, calendar, step)
    if isinstance(counted, Workdays):
        return _count_workdays(start, counted.n, calendar, step)
    return _count_months(start, counted, step)


def _count_days(start: date, n: int, calendar: Calendar, step: int) -> Iterator[DayNote]:
    """DC-2, DC-4: every day after the event counts, rest days in the middle too."""
    for number in range(1, n + 1):
        day = start + timedelta(days=step * number)
        yield DayNote(day, number, f"{calendar.describe(day)}，计入")


def _count_workdays(start: date, n: int, calendar: Calendar, step: int) -> Iterator[DayNote]:
    """DC-10: the n-th working day, which is never a rest day and so never rolls."""
    day, number = start, 0
    while number < n:
        day += step * ONE_DAY
        if calendar.is_workday(day):
            number += 1
            yield DayNote(day, number, f"{calendar.describe(day)}，计入")
        else:
            yield DayNote(day, None, f"{calendar.describe(day)}，不计入")


def _count_months(start: date, counted: Months | Years, step: int) -> Iterator[DayNote]:
    """DC-3: the corresponding day of each month or year, or the last day of a month that has none."""
    months, unit = (1, "个月") if isinstance(counted, Months) else (12, "年")
    for number in range(1, counted.n + 1):
        day = _months_on(start, step * months * number)
        why = f"第{number}{unit}的对应日" if day.day == start.day else f"第{number}{unit}没有对应日，以月末日代之"
        yield DayNote(day, number, f"{why}（民法典第二百零二条）")


def _months_on(start: date, months: int) -> date:
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _roll(last: date, calendar: Calendar, step: int) -> Iterator[DayNote]:
    """DC-4 (民法典第二百零三条第一款): to the day after the holiday ends; backward periods to the workday before (DC-14 ⚙)."""
    if not calendar.is_holiday(last):
        return
    day = last + step * ONE_DAY
    while calendar.is_holiday(day):
        yield DayNote(day, None, f"{calendar.describe(day)}，仍为{'法定休假日' if step > 0 else '休息日'}")
        day += step * ONE_DAY
    end = "休假日结束的次日，期间届满" if step > 0 else "提前至此日，为最迟日"
    yield DayNote(day, None, f"{calendar.describe(day)}，{end}")


def _last(step: int) -> str:
    return "期间最后一日" if step > 0 else "倒计最后一日"


def _moved(step: int) -> str:
    return "，法定休假日顺延（民法典第二百零三条）" if step > 0 else "，遇休息日提前（⚙）"


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _status(first: date, last: date, calendar: Calendar, strict: bool) -> Status:
    """Of this result, not of its start (law.md T29): provisional as soon as one day looked at lies in such a year."""
    for year in range(first.year, last.year + 1):
        if calendar.years.get(year) != OFFICIAL:
            if strict:
                raise NoCalendar(year)
            return PROVISIONAL
    return OFFICIAL
