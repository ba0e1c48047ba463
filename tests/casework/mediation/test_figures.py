"""Behind a figure that measures something stands what each case comes to: on the page, on paper and in the workbook."""

import re
from datetime import date
from typing import Any

import pytest

from casework.mediation.figures import FIGURES
from tests.casework.desk.conftest import Desk
from tests.casework.desk.test_heads import cells, taken_out
from tests.casework.mediation.test_after_agreement import pay, standing
from tests.casework.mediation.test_exceptions import changed
from tests.casework.mediation.test_items import TWO_WORKERS
from tests.casework.mediation.world import PAYMENT, World, application

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def year(world: World) -> World:
    """Two settled cases, of 6,000 元 and of 1,234.56 元 in two parts, of which 1,000 元 were paid; a third with two workers."""
    first = world.settled()
    apart = application(duplicate_decision="separate", duplicate_reason="不同月份的工资")
    world.settled(apart, terms=(changed(PAYMENT, amount=100_000), changed(PAYMENT, amount=23_456)))
    world.open(form=TWO_WORKERS)
    pay(world, world.track(first, "performance"), standing(world, first)[0], 100_000)
    return world


def test_behind_the_amount_of_agreements_stands_the_amount_of_each(year: World, desk: Desk) -> None:
    desk.log_in("head")
    page = desk.get("/figures/mediation.agreed_amount").text
    assert "协议金额：7,234.56 元" in page
    assert sorted(each(page, "协议金额（元）")) == ["1,234.56", "6,000.00"]
    rows = cells(taken_out(desk, "/take-out/figure.mediation.agreed_amount").content)
    [heading] = [row for row in rows if "协议金额（元）" in row]
    column = heading.index("协议金额（元）")
    assert sorted(row[column] for row in rows[rows.index(heading) + 1 :]) == [1234.56, 6000]
    assert "1,234.56" in desk.get("/print/figure.mediation.agreed_amount").text


def test_behind_the_average_stand_the_days_of_each(year: World, desk: Desk) -> None:
    desk.log_in("head")
    page = desk.get("/figures/mediation.average_days").text
    days = [int(number) for number in each(page, "办理天数")]
    assert len(days) == 2
    assert f"平均办理天数：{round(sum(days) / 2)} 日" in page


def test_a_number_of_cases_has_no_such_column(year: World, desk: Desk) -> None:
    desk.log_in("head")
    page = desk.get("/figures/mediation.closed").text
    assert each(page, "结案")
    assert "金额" not in page and "办理天数" not in page


def test_what_each_comes_to_adds_up_to_the_figure(year: World) -> None:
    with year.sessions() as session:
        measured = {figure.id: figure for figure in FIGURES if figure.each}
        counted = {name: figure.count(session, YEAR, None) for name, figure in measured.items()}
        parts = {
            name: figure.each.of(session, counted[name].subjects, YEAR).values() for name, figure in measured.items()
        }
    sums = {name: sum(amounts) for name, amounts in parts.items()}
    average = sums.pop("mediation.average_days") / len(parts["mediation.average_days"])
    assert round(average) == counted.pop("mediation.average_days").numerator
    assert sums == {name: came_to.numerator for name, came_to in counted.items()}
    assert (sums["mediation.agreed_amount"], sums["mediation.performed_amount"]) == (723_456, 100_000)


def test_what_was_paid_in_another_period_is_in_no_case_s_amount(year: World) -> None:
    [figure] = [figure for figure in FIGURES if figure.id == "mediation.performed_amount"]
    with year.sessions() as session:
        paid = figure.count(session, YEAR, None).subjects
        before = (date(2025, 1, 1), date(2025, 12, 31))
        assert figure.each.of(session, paid, YEAR) and not figure.each.of(session, paid, before)


def each(page: str, heading: str) -> list[Any]:
    return re.findall(rf'data-th="{heading}">([^<]+)<', page)
