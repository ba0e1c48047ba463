"""A second, naive reckoning of periods: one day at a time, straight from the libraries, importing nothing of ours."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import holidays

OFFICIAL_YEARS = range(2004, 2027)
STATUTORY = holidays.country_holidays("CN", years=range(2027, 2031))
DAY = timedelta(days=1)


@cache
def works(day: date) -> bool:
    """Whether people work that day: by the State Council's notice where there is one, else statutory days only."""
    if day.year in OFFICIAL_YEARS:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and day not in STATUTORY


def after_days(start: date, n: int, works=works) -> tuple[date, date]:
    day = start
    for _ in range(n):
        day = day + DAY
    return day, forward(day, works)


def after_workdays(start: date, n: int, works=works) -> tuple[None, date]:
    day, left = start, n
    while left > 0:
        day = day + DAY
        if works(day):
            left = left - 1
    return None, day


def after_months(start: date, n: int, works=works) -> tuple[date, date]:
    day = start
    for _ in range(n):
        day = first_of_next_month(day)
    last = first_of_next_month(day) - DAY
    while day.day < start.day and day < last:
        day = day + DAY
    return day, forward(day, works)


def after_years(start: date, n: int, works=works) -> tuple[date, date]:
    return after_months(start, 12 * n, works)


def before_days(event: date, n: int, works=works) -> tuple[date, date]:
    day = event
    for _ in range(n):
        day = day - DAY
    return day, backward(day, works)


def before_workdays(event: date, n: int, works=works) -> tuple[None, date]:
    day, left = event, n
    while left > 0:
        day = day - DAY
        if works(day):
            left = left - 1
    return None, day


def before_months(event: date, n: int, works=works) -> tuple[date, date]:
    """The last day that does not lie after the same day of the month that was n months ago."""
    day = event
    for _ in range(n):
        day = last_of_month_before(day)
    while day.day > event.day:
        day = day - DAY
    return day, backward(day, works)


def stood_still(since: date, until: date, in_workdays: bool, works=works) -> int:
    """The days after the one a clock stopped on, up to the one it goes on; of a period in working days, those."""
    days, day = 0, since
    while day < until:
        day = day + DAY
        if works(day) or not in_workdays:
            days = days + 1
    return days


def status(start: date, nominal: date | None, effective: date) -> str:
    """Provisional when a day whose kind decided the result lies in a year without a notice."""
    day = min(start + DAY, effective) if nominal is None else min(nominal, effective)
    while day <= max(nominal or effective, effective):
        if day.year not in OFFICIAL_YEARS:
            return "provisional"
        day = day + DAY
    return "official"


def backward(day: date, works) -> date:
    while not works(day):
        day = day - DAY
    return day


def last_of_month_before(day: date) -> date:
    month = day.month
    while day.month == month:
        day = day - DAY
    return day


def forward(day: date, works) -> date:
    while not works(day):
        day = day + DAY
    return day


def first_of_next_month(day: date) -> date:
    month = day.month
    while day.month == month:
        day = day + DAY
    return day
