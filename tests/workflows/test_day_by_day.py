"""Two implementations that share nothing agree on every date; a seeded wrong day makes them part."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from tests.workflows import day_by_day
from workflows.calendar_table import bundled_calendar
from workflows.workdays import (
    Before,
    Calendar,
    DayKind,
    Days,
    Due,
    Months,
    Period,
    SpecialDay,
    Workdays,
    Years,
    days_paused,
    reckon,
)


@dataclass(frozen=True)
class Longer:
    """A period that stood still for so many days from its second day on, and was then prolonged."""

    period: Days | Workdays | Months | Years
    stood: int = 0
    more: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.period}，中止{self.stood}日，延长{self.more}"

    def pause(self, start: date) -> tuple[date, date]:
        stopped = start + timedelta(days=2)
        return stopped, stopped + timedelta(days=self.stood)


FIRST, LAST = date(2015, 1, 1), date(2026, 12, 31)
RULES: list[Period | Longer] = [
    *map(Days, (3, 5, 7, 10, 15, 20, 30, 45, 60)),
    *map(Workdays, (3, 5, 10)),
    *map(Months, (1, 2, 12)),
    Years(1),
    *(Before(Days(n)) for n in (5, 7)),
    *(Before(Workdays(n)) for n in (3, 5)),
    *(Before(Months(n)) for n in (1, 2)),
    *(Longer(Days(15), more=more) for more in ((15,), (3, 5))),
    *(Longer(Workdays(5), more=more) for more in ((5,), (2, 3))),
    *(Longer(period, stood=10) for period in (Days(15), Workdays(5), Months(1), Years(1))),
    Longer(Days(30), stood=7, more=(10, 5)),
    Longer(Workdays(10), stood=9, more=(5,)),
]
# 2006's notice moved the last Saturday of 2005; the two libraries read it differently. Before our time, kept visible.
KNOWN_DIFFERENCES = {date(2005, 12, 31)}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_both_agree_for_every_start_of_twelve_years(rule: Period | Longer) -> None:
    assert disagreements(rule, bundled_calendar(), FIRST, LAST) == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_wrong_day_in_the_calendar_makes_them_disagree(rule: Period | Longer) -> None:
    right = bundled_calendar()
    wrong_day = date(2026, 10, 10)  # 调休: this Saturday is a working day
    wrong = Calendar({**right.special, wrong_day: SpecialDay(DayKind.REST)}, right.years)
    assert disagreements(rule, wrong, date(2025, 9, 1), LAST)


def test_every_kind_of_period_is_compared() -> None:
    compared = {type(rule) for rule in RULES} | {type(rule.period) for rule in RULES if isinstance(rule, Before)}
    assert compared >= {Days, Workdays, Months, Years, Before, Longer}
    prolonged = {type(rule.period) for rule in RULES if isinstance(rule, Longer) and rule.more}
    stood = {type(rule.period) for rule in RULES if isinstance(rule, Longer) and rule.stood}
    assert prolonged >= {Days, Workdays}
    assert stood == {Days, Workdays, Months, Years}


def test_the_second_implementation_imports_nothing_of_the_first() -> None:
    tree = ast.parse(Path(day_by_day.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"datetime", "functools", "chinese_calendar", "holidays"}


def test_the_two_libraries_agree_where_both_are_official() -> None:
    other = holidays.country_holidays("CN", years=day_by_day.OFFICIAL_YEARS)
    days = dates(date(2004, 1, 1), LAST)
    assert {d for d in days if chinese_calendar.is_workday(d) != other.is_working_day(d)} == KNOWN_DIFFERENCES


def disagreements(rule: Period | Longer, calendar: Calendar, first: date, last: date) -> list[tuple[object, ...]]:
    found = []
    for start in dates(first, last):
        ours = reckoned(rule, start, calendar)
        theirs = naive_longer(rule, start) if isinstance(rule, Longer) else naive(rule, start)
        if (ours.unrolled, ours.effective, ours.status) != theirs:
            found.append((start, ours.unrolled, ours.effective, ours.status, *theirs))
    return found


def reckoned(rule: Period | Longer, start: date, calendar: Calendar) -> Due:
    if not isinstance(rule, Longer):
        return reckon(start, rule, calendar)
    stood = days_paused(rule.period, *rule.pause(start), calendar)
    return reckon(start, rule.period, calendar, extensions=rule.more, paused_days=stood)


AFTER = {
    Days: day_by_day.after_days,
    Workdays: day_by_day.after_workdays,
    Months: day_by_day.after_months,
    Years: day_by_day.after_years,
}
BEFORE = {Days: day_by_day.before_days, Workdays: day_by_day.before_workdays, Months: day_by_day.before_months}
Naive = tuple[date | None, date, str]


def naive(rule: Period, start: date) -> Naive:
    count = BEFORE[type(rule.period)] if isinstance(rule, Before) else AFTER[type(rule)]
    nominal, effective = count(start, (rule.period if isinstance(rule, Before) else rule).n)
    return nominal, effective, day_by_day.status(start, nominal, effective)


def naive_longer(rule: Longer, start: date) -> Naive:
    """Piece by piece: each goes on from the nominal end of the one before, in the unit of the period."""
    in_workdays = isinstance(rule.period, Workdays)
    piece = day_by_day.after_workdays if in_workdays else day_by_day.after_days
    nominal, effective, status = naive(rule.period, start)
    pieces = [day_by_day.stood_still(*rule.pause(start), in_workdays), *rule.more]
    for days in filter(None, pieces):
        begin = nominal or effective
        nominal, effective = piece(begin, days)
        status = max(status, day_by_day.status(begin, nominal, effective))  # 'provisional' sorts behind 'official'
    return nominal, effective, status


def dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
