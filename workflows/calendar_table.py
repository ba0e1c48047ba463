"""The holiday calendar as a versioned table: where its days come from, and how an operator changes them.

Official years are filled from ``chinesecalendar`` (the State Council's notices), the years after from ``holidays``
(statutory days only, no make-up workdays: provisional). Neither library is asked once the table is filled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Date, bindparam, delete, extract, func, insert, select
from sqlalchemy.orm import Session

from workflows.settings import in_force
from workflows.tables import CalendarDay, CalendarOverride, CalendarVersion, CalendarYear, Setting, legal_date
from workflows.workdays import OFFICIAL, PROVISIONAL, Calendar, DayKind, SpecialDay, Status

PROVISIONAL_YEARS = 10  # how far beyond the last notice dates are foreseen
SETTINGS = "calendar."  # roll_set, roll_back, deemed_effect_next_day, extension_base (law.md 9-1)
NOTICES = {2026: "国办发明电〔2025〕7号"}


@dataclass(frozen=True)
class Year:
    """A year as it is filled in: its special days, and by which notice if there is one."""

    status: Status
    notice: str
    days: Mapping[date, SpecialDay]


def bundled_calendar() -> Calendar:
    """The calendar as shipped, without a database."""
    return _assemble(
        {year: row.status for year, row in bundled_years().items()},
        {day: special for row in bundled_years().values() for day, special in row.days.items()},
    )


@cache
def bundled_years() -> dict[int, Year]:
    """What the two libraries know: 2004 to the last notice as official, ten years more as provisional."""
    official = _official_years()
    last = max(official)
    return official | _provisional_years(range(last + 1, last + 1 + PROVISIONAL_YEARS))


def fill(session: Session, at: datetime) -> int | None:
    """Enter the bundled years that the table lacks or holds as provisional; the new version, None if nothing changed."""
    held = dict(session.execute(select(CalendarYear.year, CalendarYear.status)).all())
    news = {
        year: row
        for year, row in bundled_years().items()
        if year not in held or (held[year] == PROVISIONAL and row.status == OFFICIAL)
    }
    if not news:
        return None
    version = _new_version(session, at, f"录入{min(news)}年至{max(news)}年节假日")
    _enter(session, news, version)
    return version


def override(session: Session, day: date, kind: str, notice: str, by: UUID | None, at: datetime) -> int:
    """Change one date by a notice; returns the new version of the calendar."""
    kind = DayKind(kind)
    _must_name(notice)
    version = _new_version(session, at, f"{day.isoformat()} 改为{KINDS[kind]}（{notice}）")
    _enter_override(session, day, kind, notice, by, version)
    return version


def make_official(session: Session, year: int, days: Mapping[date, SpecialDay], notice: str, at: datetime) -> int:
    """Enter the State Council's notice for a year, which may also move days of the December before; the new version."""
    _must_name(notice)
    for day, special in days.items():
        if day.year != year and (day.year, day.month) != (year - 1, 12):
            raise ValueError(f"{day.isoformat()}不属于{year}年的节假日安排")
        if special.kind is DayKind.WORKDAY and day.weekday() < 5:
            raise ValueError(f"{day.isoformat()}不是周末，不能是调休上班日")
    version = _new_version(session, at, f"{year}年节假日安排（{notice}）")
    own = {day: special for day, special in days.items() if day.year == year}
    _enter(session, {year: Year(OFFICIAL, notice, own)}, version)
    for day, special in days.items():
        if day.year != year:
            _enter_override(session, day, special.kind, notice, None, version)
    return version


def load_calendar(session: Session, today: date | None = None) -> Calendar:
    """The calendar in force, read once per version; an empty table stands for the bundled calendar."""
    today = today or legal_date(datetime.now(UTC))
    version, switches = session.execute(_STAMP, {"today": today}).one()
    if session.info.get(CHANGED):  # a version of our own that may yet be rolled back is nobody else's
        return _read(session, version, today)
    stamp, calendar = _loaded.get(session.get_bind(), (None, None))
    if calendar is None or stamp != (version, switches):
        calendar = _read(session, version, today)
        _loaded[session.get_bind()] = (version, switches), calendar
    return calendar


KINDS = {DayKind.HOLIDAY: "法定休假日", DayKind.REST: "调休休息日", DayKind.WORKDAY: "调休上班日"}

CHANGED = "calendar changed"
_STAMP = select(
    select(func.max(CalendarVersion.version)).scalar_subquery(),
    select(func.count())
    .where(Setting.key.startswith(SETTINGS), Setting.valid_from <= bindparam("today", type_=Date))
    .scalar_subquery(),
)
_loaded: WeakKeyDictionary[Any, tuple[Any, Calendar]] = WeakKeyDictionary()


def _assemble(years: Mapping[int, str], special: Mapping[date, SpecialDay], **more: Any) -> Calendar:
    """An entry that says what the weekday says anyway is dropped: it would only blur the derivation."""
    ordinary = {d for d, s in special.items() if s.kind is DayKind.WORKDAY and d.weekday() < 5}
    return Calendar({d: s for d, s in special.items() if d not in ordinary}, dict(years), **more)


def _official_years() -> dict[int, Year]:
    import chinese_calendar
    from chinese_calendar import constants

    days: dict[int, dict[date, SpecialDay]] = {}
    for day, name in (*constants.holidays.items(), *constants.workdays.items()):
        if day in constants.workdays:
            kind = DayKind.WORKDAY
        else:
            kind = DayKind.REST if day in constants.in_lieu_days else DayKind.HOLIDAY
        days.setdefault(day.year, {})[day] = SpecialDay(kind, chinese_calendar.Holiday(name).chinese)
    return {year: Year(OFFICIAL, NOTICES.get(year, ""), days[year]) for year in sorted(days)}


def _provisional_years(years: range) -> dict[int, Year]:
    import holidays

    found = holidays.country_holidays("CN", years=years, language="zh_CN")
    return {
        year: Year(
            PROVISIONAL,
            "",
            {day: SpecialDay(DayKind.HOLIDAY, name) for day, name in sorted(found.items()) if day.year == year},
        )
        for year in years
    }


def _new_version(session: Session, at: datetime, reason: str) -> int:
    version = (session.scalar(select(func.max(CalendarVersion.version))) or 0) + 1
    session.execute(insert(CalendarVersion).values(version=version, made_at=at, reason=reason[:300]))
    session.info[CHANGED] = True
    return version


def _enter(session: Session, years: Mapping[int, Year], version: int) -> None:
    """Put these years in place of what the table holds of them."""
    session.execute(delete(CalendarYear).where(CalendarYear.year.in_(years)))
    session.execute(delete(CalendarDay).where(extract("year", CalendarDay.day).in_(years)))
    entered = [
        {"year": year, "status": row.status, "notice": row.notice[:200], "version": version}
        for year, row in years.items()
    ]
    days = [
        {"day": day, "kind": special.kind.value, "name": special.name[:60], "version": version}
        for row in years.values()
        for day, special in row.days.items()
    ]
    session.execute(insert(CalendarYear), entered)
    if days:
        session.execute(insert(CalendarDay), days)


def _enter_override(session: Session, day: date, kind: DayKind, notice: str, by: UUID | None, version: int) -> None:
    session.add(CalendarOverride(day=day, kind=kind.value, notice=notice[:200], entered_by=by, version=version))
    session.flush()


def _must_name(notice: str) -> None:
    if not notice.strip():
        raise ValueError("须填写通知文号")


def _read(session: Session, version: int | None, today: date) -> Calendar:
    switches = _switches(session, today)
    if version is None:
        bundled = bundled_calendar()
        return _assemble(bundled.years, bundled.special, **switches)
    years = {
        row.year: row for row in session.execute(select(CalendarYear.year, CalendarYear.status, CalendarYear.version))
    }
    special = {
        day: SpecialDay(DayKind(kind), name)
        for day, kind, name in session.execute(select(CalendarDay.day, CalendarDay.kind, CalendarDay.name))
    }
    overrides = select(CalendarOverride.day, CalendarOverride.kind, CalendarOverride.version)
    for day, kind, since in session.execute(overrides.order_by(CalendarOverride.version)):
        if day.year not in years or since >= years[day.year].version:  # a later notice for the whole year replaces it
            special[day] = SpecialDay(DayKind(kind))
    return _assemble({year: row.status for year, row in years.items()}, special, version=version, **switches)


def _switches(session: Session, today: date) -> dict[str, Any]:
    held = in_force(session, today, Setting.key.startswith(SETTINGS))
    found = {key.removeprefix(SETTINGS): row.value["value"] for key, row in held.items()}
    if "roll_set" in found:
        found["roll_set"] = frozenset(found["roll_set"])
    return found
