"""Two implementations that share nothing agree on every date; a seeded wrong day makes them part."""

import ast
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from tests.workflows import day_by_day
from workflows.calendar_table import bundled_calendar
from workflows.workdays import Before, Calendar, DayKind, Days, Months, Period, SpecialDay, Workdays, due

FIRST, LAST = date(2015, 1, 1), date(2026, 12, 31)
RULES: list[Period] = [
    *map(Days, (3, 5, 7, 10, 15, 20, 30, 45, 60)),
    *map(Workdays, (3, 5, 10)),
    *map(Months, (1, 2, 12)),
    *(Before(Days(n)) for n in (5, 7)),
]
# 2006's notice moved the last Saturday of 2005; the two libraries read it differently. Before our time, kept visible.
KNOWN_DIFFERENCES = {date(2005, 12, 31)}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_both_agree_for_every_start_of_twelve_years(rule: Period) -> None:
    assert disagreements(rule, bundled_calendar(), FIRST, LAST) == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_wrong_day_in_the_calendar_makes_them_disagree(rule: Period) -> None:
    right = bundled_calendar()
    wrong_day = date(2026, 10, 10)  # 调休: this Saturday is a working day
    wrong = Calendar({**right.special, wrong_day: SpecialDay(DayKind.REST)}, right.years)
    assert disagreements(rule, wrong, date(2025, 9, 1), LAST)


def test_the_second_implementation_imports_nothing_of_the_first() -> None:
    tree = ast.parse(Path(day_by_day.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"datetime", "functools", "chinese_calendar", "holidays"}


def test_the_two_libraries_agree_where_both_are_official() -> None:
    other = holidays.country_holidays("CN", years=day_by_day.OFFICIAL_YEARS)
    days = dates(date(2004, 1, 1), LAST)
    assert {d for d in days if chinese_calendar.is_workday(d) != other.is_working_day(d)} == KNOWN_DIFFERENCES


def disagreements(rule: Period, calendar: Calendar, first: date, last: date) -> list[tuple[object, ...]]:
    found = []
    for start in dates(first, last):
        ours = due(start, rule, calendar)
        nominal, effective = naive(rule, start)
        theirs = (nominal, effective, day_by_day.status(start, nominal, effective))
        if (ours.unrolled, ours.effective, ours.status) != theirs:
            found.append((start, ours.unrolled, ours.effective, ours.status, *theirs))
    return found


def naive(rule: Period, start: date) -> tuple[date | None, date]:
    if isinstance(rule, Before):
        return day_by_day.before_days(start, rule.period.n)
    count = {Days: day_by_day.after_days, Workdays: day_by_day.after_workdays, Months: day_by_day.after_months}
    return count[type(rule)](start, rule.n)


def dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
