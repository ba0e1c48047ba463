"""The calendar table: filled once, changed by notice, every change a version."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from workflows.calendar_table import bundled_calendar, fill, load_calendar, make_official, override
from workflows.tables import CalendarOverride, CalendarVersion, CalendarYear, Setting, new_id
from workflows.workdays import DayKind, Days, SpecialDay, Workdays, due, extend

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
NOTICE = "国办发明电〔2026〕9号"  # invented for these tests
DAYS_OF_2027 = {
    date(2026, 12, 31): SpecialDay(DayKind.REST, "元旦"),
    date(2027, 1, 1): SpecialDay(DayKind.HOLIDAY, "元旦"),
    date(2027, 1, 9): SpecialDay(DayKind.WORKDAY, "元旦"),
}


@pytest.fixture
def filled(session: Session) -> Session:
    fill(session, NOW)
    session.commit()
    return session


def test_the_table_says_what_is_bundled(filled: Session) -> None:
    stored, bundled = load_calendar(filled), bundled_calendar()
    assert (stored.special, stored.years, stored.version) == (bundled.special, bundled.years, 1)


def test_the_last_notice_stands_with_its_number_and_the_years_after_are_provisional(filled: Session) -> None:
    years = {row.year: row for row in filled.scalars(select(CalendarYear))}
    assert (years[2026].status, years[2026].notice) == ("official", "国办发明电〔2025〕7号")
    assert {years[year].status for year in range(2004, 2027)} == {"official"}
    assert years[2027].status == years[2028].status == "provisional"


def test_2026_has_thirty_three_rest_days_and_six_make_up_workdays() -> None:
    kinds = [special.kind for day, special in bundled_calendar().special.items() if day.year == 2026]
    assert (len(kinds) - kinds.count(DayKind.WORKDAY), kinds.count(DayKind.WORKDAY)) == (33, 6)


def test_filling_twice_changes_nothing(filled: Session) -> None:
    assert fill(filled, NOW) is None
    assert len(filled.scalars(select(CalendarVersion)).all()) == 1


def test_an_unfilled_table_stands_for_the_bundled_calendar(session: Session) -> None:
    assert load_calendar(session).special == bundled_calendar().special


def test_an_override_is_a_new_version_that_names_its_notice(filled: Session) -> None:
    clerk = new_id()
    before = load_calendar(filled)
    assert override(filled, date(2026, 11, 30), "rest", NOTICE, clerk, NOW) == 2
    filled.commit()
    after = load_calendar(filled)
    start = date(2026, 11, 27)
    assert (before.version, due(start, Workdays(1), before).effective) == (1, date(2026, 11, 30))
    assert (after.version, due(start, Workdays(1), after).effective) == (2, date(2026, 12, 1))
    entered = filled.scalars(select(CalendarOverride)).one()
    assert (entered.notice, entered.entered_by) == (NOTICE, clerk)
    assert NOTICE in filled.get_one(CalendarVersion, 2).reason


def test_an_override_can_be_overridden_by_a_later_one(filled: Session) -> None:
    override(filled, date(2026, 11, 30), "rest", NOTICE, None, NOW)
    override(filled, date(2026, 11, 30), "workday", NOTICE, None, NOW)
    assert load_calendar(filled).is_workday(date(2026, 11, 30))


@pytest.mark.parametrize(("kind", "notice"), [("feast", NOTICE), ("rest", " ")])
def test_an_override_without_a_kind_or_a_notice_is_refused(filled: Session, kind: str, notice: str) -> None:
    with pytest.raises(ValueError):
        override(filled, date(2026, 11, 30), kind, notice, None, NOW)
    assert load_calendar(filled).version == 1


def test_the_notice_for_a_year_makes_it_official_and_may_move_the_december_before(filled: Session) -> None:
    version = make_official(filled, 2027, DAYS_OF_2027, NOTICE, NOW)
    filled.commit()
    calendar = load_calendar(filled)
    assert calendar.version == version == 2
    assert calendar.status_of(date(2027, 6, 1)) == "official"
    assert calendar.is_workday(date(2027, 1, 9))
    assert not calendar.is_workday(date(2026, 12, 31))
    assert calendar.is_workday(date(2027, 2, 9))  # what was only foreseen is gone
    assert due(date(2026, 12, 10), Days(60), calendar, strict=True).effective == date(2027, 2, 8)


def test_the_notice_for_a_year_replaces_earlier_overrides_of_it_and_yields_to_later_ones(filled: Session) -> None:
    override(filled, date(2027, 3, 1), "rest", NOTICE, None, NOW)
    make_official(filled, 2027, DAYS_OF_2027, NOTICE, NOW)
    assert load_calendar(filled).is_workday(date(2027, 3, 1))
    override(filled, date(2027, 3, 2), "rest", NOTICE, None, NOW)
    assert not load_calendar(filled).is_workday(date(2027, 3, 2))


def test_a_year_made_official_by_hand_is_not_filled_again(filled: Session) -> None:
    make_official(filled, 2027, DAYS_OF_2027, NOTICE, NOW)
    assert fill(filled, NOW) is None


@pytest.mark.parametrize(
    ("day", "kind"),
    [(date(2028, 1, 3), DayKind.REST), (date(2026, 11, 30), DayKind.REST), (date(2027, 1, 4), DayKind.WORKDAY)],
)
def test_a_notice_with_a_day_that_is_not_its_own_is_refused(filled: Session, day: date, kind: DayKind) -> None:
    with pytest.raises(ValueError, match=day.isoformat()):
        make_official(filled, 2027, {day: SpecialDay(kind)}, NOTICE, NOW)


def test_a_version_taken_back_is_not_remembered(filled: Session, sessions: sessionmaker[Session]) -> None:
    override(filled, date(2026, 11, 30), "rest", NOTICE, None, NOW)
    assert not load_calendar(filled).is_workday(date(2026, 11, 30))
    filled.rollback()
    with sessions() as another:
        override(another, date(2026, 12, 1), "rest", NOTICE, None, NOW)
        another.commit()
    with sessions() as third:
        calendar = load_calendar(third)
    assert calendar.is_workday(date(2026, 11, 30))
    assert not calendar.is_workday(date(2026, 12, 1))


def test_the_calendar_is_read_once_per_version(filled: Session, sessions: sessionmaker[Session]) -> None:
    with sessions() as one:
        first = load_calendar(one)
    with sessions() as another:
        assert load_calendar(another) is first


def test_the_switches_are_dated_settings(filled: Session) -> None:
    for key, value, since in (
        ("calendar.extension_base", "rolled", date(2026, 12, 1)),
        ("calendar.roll_set", ["holiday", "rest"], date(2026, 1, 1)),
    ):
        filled.add(Setting(key=key, value={"value": value}, valid_from=since, document="法律顾问意见", entered_at=NOW))
    filled.commit()
    now, later = load_calendar(filled, date(2026, 11, 22)), load_calendar(filled, date(2026, 12, 1))
    assert (now.extension_base, later.extension_base) == ("nominal", "rolled")
    assert now.roll_set == {"holiday", "rest"}
    assert extend(due(date(2026, 9, 18), Days(15), later), 15, later).effective == date(2026, 10, 23)
