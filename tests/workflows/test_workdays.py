"""The worked examples of law.md §8.1 (T01 to T34) and the rules DC-1 to DC-15 one by one."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar_table import bundled_calendar
from workflows.workdays import (
    Before,
    DayKind,
    DayNote,
    Days,
    Months,
    NoCalendar,
    OnDate,
    Period,
    SpecialDay,
    Workdays,
    Years,
    arbitration_period,
    days_paused,
    deemed_effect,
    due,
    extend,
    period_from_data,
    reckon,
    restoration,
    resume,
    short_of,
)

CALENDAR = bundled_calendar()
CASES = json.loads((Path(__file__).parents[1] / "data" / "deadline_cases.json").read_text(encoding="utf-8"))
UNITS = {
    "calendar_day": Days,
    "working_day": Workdays,
    "month": Months,
    "calendar_day_before": lambda n: Before(Days(n)),
}


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_worked_example_of_the_rule_book(case: dict[str, Any]) -> None:
    end = due(day(case["start"]), UNITS[case["unit"]](case["n"]), CALENDAR)
    nominal = end.unrolled.isoformat() if end.unrolled else None
    assert (nominal, end.effective.isoformat(), end.status) == (case["nominal"], case["effective"], case["status"])


def test_t04_an_agreed_extension_runs_from_the_nominal_end() -> None:
    term = due(day("2026-09-18"), Days(15), CALENDAR)
    extended = extend(term, 15, CALENDAR)
    assert (term.effective, extended.nominal, extended.effective) == (
        day("2026-10-08"),
        day("2026-10-18"),
        day("2026-10-19"),
    )
    assert reckon(day("2026-09-18"), Days(15), CALENDAR, extensions=[15]) == extended


def test_t04_the_switch_lets_it_run_from_the_rolled_end_instead() -> None:
    rolled = replace(CALENDAR, extension_base="rolled")
    term = due(day("2026-09-18"), Days(15), rolled)
    assert extend(term, 15, rolled).effective == day("2026-10-23")


def test_t05_hand_over_follows_the_failed_local_term() -> None:
    failed = due(day("2026-01-22"), Days(30), CALENDAR)
    assert failed.effective == day("2026-02-24")
    assert due(failed.effective, Workdays(5), CALENDAR).effective == day("2026-03-02")


def test_t07_a_working_day_period_is_extended_by_working_days() -> None:
    term = due(day("2026-09-28"), Workdays(5), CALENDAR)
    assert term.effective == term.nominal == day("2026-10-10")
    extended = extend(term, 5, CALENDAR)
    assert (extended.effective, extended.unrolled) == (day("2026-10-16"), None)


def test_t13_the_softer_of_two_clocks_is_the_earlier() -> None:
    ends = [due(day("2026-09-30"), period, CALENDAR).effective for period in (Days(7), Workdays(5))]
    assert (ends, min(ends)) == ([day("2026-10-08"), day("2026-10-13")], day("2026-10-08"))


def test_t19_silence_takes_effect_the_day_after_the_rolled_end() -> None:
    review = due(day("2026-09-17"), Days(15), CALENDAR)
    effect = deemed_effect(review, CALENDAR)
    assert (review.effective, effect) == (day("2026-10-08"), day("2026-10-09"))
    assert due(effect, Days(5), CALENDAR).effective == day("2026-10-14")


def test_t20_an_effect_may_fall_on_a_rest_day() -> None:
    review = due(day("2026-10-08"), Days(15), CALENDAR)
    effect = deemed_effect(review, CALENDAR)
    assert (review.effective, effect) == (day("2026-10-23"), day("2026-10-24"))
    assert not CALENDAR.is_workday(effect)
    assert due(effect, Days(5), CALENDAR).effective == day("2026-10-29")


def test_t21_the_coordination_term_is_extended_from_its_nominal_end() -> None:
    term = due(day("2026-04-03"), Days(30), CALENDAR)
    assert extend(term, 15, CALENDAR).effective == day("2026-05-18")


def test_t22_the_renewal_window_is_two_informational_dates() -> None:
    expiry = day("2026-12-31")
    opens = due(expiry, Before(Months(3)), CALENDAR)
    last_mark = due(expiry, Before(Days(60), rolls=False), CALENDAR)
    assert opens.nominal == opens.effective == day("2026-09-30")
    assert last_mark.nominal == last_mark.effective == day("2026-11-01")
    assert last_mark.effective.weekday() == 6


def test_t26_an_uncovered_year_is_refused_strictly_and_marked_otherwise() -> None:
    with pytest.raises(NoCalendar) as refused:
        due(day("2026-12-10"), Days(60), CALENDAR, strict=True)
    assert refused.value.year == 2027
    assert "国务院办公厅" in str(refused.value)
    end = due(day("2026-12-10"), Days(60), CALENDAR)
    assert (end.nominal, end.effective, end.status) == (day("2027-02-08"), day("2027-02-11"), "provisional")


def test_t29_the_status_is_that_of_the_result_and_not_of_its_start() -> None:
    strictly = [due(day("2026-12-14"), Days(15), CALENDAR, strict=True).status]
    assert strictly == ["official"]
    assert due(day("2027-01-05"), Before(Days(7)), CALENDAR).status == "official"
    with pytest.raises(NoCalendar):
        due(day("2027-01-05"), Before(Workdays(3)), CALENDAR, strict=True)


def test_t31_short_of_seven_days_excludes_the_seventh() -> None:
    limitation = due(day("2025-02-17"), Years(1), CALENDAR)
    assert (limitation.nominal, limitation.effective) == (day("2026-02-17"), day("2026-02-24"))
    assert not short_of(day("2026-02-10"), limitation.nominal, 7)
    assert short_of(day("2026-02-11"), limitation.nominal, 7)


@pytest.mark.parametrize(("start", "end"), [("2025-02-17", "2026-02-24"), ("2024-02-29", "2025-02-28")])
def test_a_year_is_twelve_months(start: str, end: str) -> None:
    years, months = (due(day(start), period, CALENDAR) for period in (Years(1), Months(12)))
    assert years.effective == months.effective == day(end)


def test_dc1_a_leap_day_is_a_day_like_any_other() -> None:
    assert due(day("2028-02-28"), Days(1), CALENDAR).nominal == day("2028-02-29")


def test_dc2_the_day_of_the_event_is_not_counted() -> None:
    notes = due(day("2026-03-02"), Days(3), CALENDAR).derivation
    assert notes[0] == DayNote(day("2026-03-02"), None, "起算日不计入（民法典第二百零一条）")
    assert [note.counted for note in notes] == [None, 1, 2, 3]


def test_dc3_each_month_ends_on_the_day_it_started_and_not_on_the_day_a_short_month_ended() -> None:
    notes = due(day("2026-01-31"), Months(3), CALENDAR).derivation
    assert [note.day for note in notes[1:]] == [day("2026-02-28"), day("2026-03-31"), day("2026-04-30")]
    assert "没有对应日" in notes[1].why


def test_dc4_the_derivation_tells_each_day_of_the_roll_once() -> None:
    notes = due(day("2026-04-20"), Days(15), CALENDAR).derivation  # T06
    assert notes[-2].counted == 15
    assert "法定休假日顺延（民法典第二百零三条）" in notes[-2].why
    assert (notes[-1].day, notes[-1].counted) == (day("2026-05-06"), None)
    assert len({note.day for note in notes}) == len(notes)


def test_dc5_the_last_day_runs_to_midnight_or_to_the_close_of_business() -> None:
    end = due(day("2026-03-02"), Days(3), CALENDAR)
    assert not end.passed(day("2026-03-05"))
    assert end.passed(day("2026-03-06"))
    assert end.cutoff().astimezone(UTC) == datetime(2026, 3, 5, 16, tzinfo=UTC)
    assert end.cutoff(time(17, 30)).astimezone(UTC) == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


def test_dc6_a_named_date_is_never_rolled() -> None:
    end = due(day("2026-10-01"), OnDate(), CALENDAR)
    assert end.nominal == end.effective == day("2026-10-01")
    assert due(day("2031-10-01"), OnDate(), CALENDAR, strict=True).status == "official"


def test_dc7_what_was_posted_before_the_end_is_in_time() -> None:
    end = due(day("2026-03-02"), Days(3), CALENDAR)
    assert end.in_time(received_on=day("2026-03-09"), posted_on=day("2026-03-05"))
    assert not end.in_time(received_on=day("2026-03-09"))


def test_dc8_a_missed_period_may_be_asked_for_within_ten_days() -> None:
    assert restoration(day("2026-03-02"), CALENDAR).effective == day("2026-03-12")


def test_dc9_the_arbitration_rules_mean_working_days_by_their_short_terms() -> None:
    terms = [arbitration_period(n) for n in (3, 5, 10, 15, 45)]
    assert terms == [Workdays(3), Workdays(5), Workdays(10), Days(15), Days(45)]
    with pytest.raises(ValueError, match="第八十条"):
        arbitration_period(7)


def test_dc10_a_make_up_saturday_counts_and_a_rest_monday_does_not() -> None:
    whys = {note.day: note.why for note in due(day("2026-02-13"), Workdays(3), CALENDAR).derivation}
    assert whys[day("2026-02-14")] == "调休上班日，计入"
    assert whys[day("2026-02-23")] == "调休休息日（春节），不计入"


@pytest.mark.parametrize(
    ("roll_set", "start", "end"),
    [
        ({"holiday", "rest"}, "2026-02-23", "2026-03-01"),  # weekends left out: a Sunday ends the period
        ({"weekend", "holiday"}, "2026-04-29", "2026-05-05"),  # 调休 rest days left out
        ({"weekend", "holiday", "rest"}, "2026-04-29", "2026-05-06"),
        (set(), "2026-04-29", "2026-05-05"),
    ],
)
def test_dc13_which_days_roll_is_a_switch(roll_set: set[str], start: str, end: str) -> None:
    period = Days((day(end) - day(start)).days if not roll_set >= {"weekend", "holiday", "rest"} else 6)
    assert due(day(start), period, replace(CALENDAR, roll_set=frozenset(roll_set))).effective == day(end)


def test_dc14_rolling_back_is_a_switch() -> None:
    papers = due(day("2026-10-12"), Before(Days(7)), CALENDAR)
    assert (papers.nominal, papers.effective) == (day("2026-10-05"), day("2026-09-30"))
    unrolled = due(day("2026-10-12"), Before(Days(7)), replace(CALENDAR, roll_back=False))
    assert unrolled.effective == day("2026-10-05")


def test_dc14_five_working_days_before() -> None:
    notice = due(day("2026-10-12"), Before(Workdays(5)), CALENDAR)
    assert notice.effective == day("2026-09-29")  # 10-10, 10-09, 10-08, 09-30, 09-29
    assert [note.counted for note in notice.derivation if note.counted] == [1, 2, 3, 4, 5]


def test_dc15_the_day_of_the_effect_is_a_switch() -> None:
    review = due(day("2026-10-08"), Days(15), CALENDAR)
    assert deemed_effect(review, replace(CALENDAR, deemed_effect_next_day=False)) == review.effective


def test_a_suspension_moves_the_nominal_end_and_rolls_it_anew() -> None:
    term = due(day("2026-03-02"), Days(15), CALENDAR)
    stood_still = days_paused(Days(15), day("2026-03-05"), day("2026-03-16"), CALENDAR)
    resumed = resume(term, stood_still, CALENDAR)
    assert (stood_still, term.nominal, resumed.nominal) == (11, day("2026-03-17"), day("2026-03-28"))
    assert resumed.effective == day("2026-03-30")
    assert "中止11日" in "".join(note.why for note in resumed.derivation)


def test_a_suspension_over_a_holiday_costs_a_working_day_period_its_working_days_only() -> None:
    stood_still = days_paused(Workdays(5), day("2026-09-29"), day("2026-10-09"), CALENDAR)
    assert stood_still == 3  # 09-30, 10-08, 10-09
    resumed = resume(due(day("2026-09-28"), Workdays(5), CALENDAR), stood_still, CALENDAR)
    assert resumed.effective == day("2026-10-14")  # four left after 10-09: 10-10, 10-12, 10-13, 10-14


def test_a_suspension_of_no_days_changes_nothing() -> None:
    term = due(day("2026-03-02"), Days(15), CALENDAR)
    assert resume(term, days_paused(Days(15), day("2026-03-05"), day("2026-03-05"), CALENDAR), CALENDAR) == term


def test_an_extension_into_an_unknown_year_is_provisional() -> None:
    term = due(day("2026-12-14"), Days(15), CALENDAR)
    assert (term.status, extend(term, 15, CALENDAR).status) == ("official", "provisional")
    with pytest.raises(NoCalendar):
        extend(term, 15, CALENDAR, strict=True)


@pytest.mark.parametrize("period", [Days(3), Workdays(5), Months(2), Years(1), Before(Days(7), rolls=False), OnDate()])
def test_a_period_survives_its_storage(period: Period) -> None:
    assert period_from_data(json.loads(json.dumps(period.as_data()))) == period


@pytest.mark.parametrize("length", [0, -3, 1.5, True, "3"])
def test_a_period_without_a_whole_positive_length_is_refused(length: Any) -> None:
    with pytest.raises(ValueError, match="whole positive length"):
        Days(length)


def test_nothing_counts_backward_twice_and_no_backward_period_is_extended() -> None:
    with pytest.raises(ValueError, match="backward"):
        Before(Before(Days(3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="backward"):
        extend(due(day("2026-10-12"), Before(Days(7)), CALENDAR), 3, CALENDAR)


def test_a_workday_entered_on_a_weekday_reads_as_an_ordinary_day() -> None:
    overridden = replace(CALENDAR, special={**CALENDAR.special, day("2026-10-08"): SpecialDay(DayKind.WORKDAY)})
    assert overridden.describe(day("2026-10-08")) == "工作日"


STARTS = st.dates(date(2004, 2, 1), date(2030, 12, 31))
FORWARD = st.one_of(
    st.builds(Days, st.integers(1, 400)), st.builds(Workdays, st.integers(1, 60)), st.builds(Months, st.integers(1, 24))
)


@given(STARTS, FORWARD)
def test_a_period_never_ends_on_a_rest_day_nor_before_its_nominal_day(start: date, period: Period) -> None:
    end = due(start, period, CALENDAR)
    assert start < end.nominal <= end.effective
    assert CALENDAR.is_workday(end.effective)
    between = range((end.effective - end.nominal).days)
    assert not any(CALENDAR.is_workday(end.nominal + timedelta(days=n)) for n in between)


@given(STARTS, FORWARD)
def test_a_later_event_never_ends_earlier(start: date, period: Period) -> None:
    ends = [due(start + timedelta(days=n), period, CALENDAR).effective for n in (0, 1)]
    assert ends == sorted(ends)


@given(STARTS, FORWARD)
def test_the_derivation_ends_on_the_due_date_and_counts_without_gaps(start: date, period: Period) -> None:
    end = due(start, period, CALENDAR)
    counted = [note.counted for note in end.derivation if note.counted]
    assert end.derivation[-1].day == end.effective
    assert counted == list(range(1, period.n + 1))  # type: ignore[union-attr]
    assert all(note.why for note in end.derivation)
