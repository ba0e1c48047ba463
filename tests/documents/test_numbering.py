"""Numbers have no gap and no double, whatever is rolled back and however many write at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from documents.numbering import Number, spellings, take, take_part, take_serial
from union.organisations import Organisation
from workflows.tables import Setting, new_id

DAY = date(2026, 11, 20)


class Changed(Exception):
    pass


def test_numbers_are_gapless_under_rollbacks_and_threads(sessions):
    def write(seed: int) -> list[int]:
        mind, kept = random.Random(seed), []
        for _ in range(25):
            try:
                with sessions.begin() as session:
                    number = take(session, "调协", None, DAY)
                    if mind.random() < 0.3:
                        raise Changed
            except Changed:
                continue
            kept.append(number.serial)
        return kept

    with ThreadPoolExecutor(8) as pool:
        serials = sorted(serial for kept in pool.map(write, range(8)) for serial in kept)
    assert serials == list(range(1, len(serials) + 1))


def test_a_sequence_that_is_not_in_the_transaction_would_leave_gaps(sessions):
    """The control: numbers taken in a transaction of their own are lost with the record that is rolled back."""
    kept = []
    for turn in range(10):
        with sessions.begin() as session:
            serial = take_serial(session, "apart")
        if turn % 3:
            kept.append(serial)
    assert kept != list(range(1, len(kept) + 1))


@pytest.mark.parametrize(
    ("type_code", "day", "organisation", "text"),
    [
        ("调协", DAY, None, "京朝工调协字〔2026〕第0001号"),
        ("调终", date(2027, 1, 1), None, "京朝工调终字〔2027〕第0001号"),
        ("调受", DAY, "八里庄", "京朝工八里庄调受字〔2026〕第0001号"),
    ],
)
def test_a_series_is_one_type_in_one_year_of_one_organisation(sessions, type_code, day, organisation, text):
    with sessions.begin() as session:
        own = Organisation(name="某服务站", level="unit", code=organisation or "")
        other = Organisation(name="另一服务站", level="unit", code="双井")
        session.add_all([own, other])
        session.flush()
        assert take(session, type_code, own.id, day).text == text
        assert take(session, type_code, own.id, day).serial == 2
        assert take(session, type_code, other.id, day).serial == 1


@pytest.mark.parametrize("template", ["", "京朝工{type}字〔{year}〕第{serial:04d}号", "{organisation}第{serial}号"])
def test_no_two_organisations_give_out_the_same_number(sessions, clock, template: str):
    """Two without a 代字 of their own, or with one that the template leaves out, count on from each other."""
    with sessions.begin() as session:
        if template:
            rule = {"value": {"value": template}, "valid_from": date(2026, 1, 1), "entered_at": clock.now}
            session.add(Setting(key="documents.number_template", **rule))
        stations = [
            Organisation(name=f"第{n}服务站", level="unit", code=code) for n, code in enumerate(("", "", "双井"))
        ]
        session.add_all(stations)
        session.flush()
        given = [
            take(session, kind, station.id, day).text
            for kind in ("调", "调协")
            for day in (DAY, date(2027, 1, 4))
            for station in stations
        ]
    assert len(set(given)) == len(given)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("京朝工望京调字(2026)第1号", "京朝工望京调字〔2026〕第0001号"),
        (" 京朝工望京调字 【２０２６】 １２", "京朝工望京调字〔2026〕第0012号"),
        ("京朝工望京调字[2026]第0001号之2", "京朝工望京调字〔2026〕第0001号之2"),
        ("望劳调（2026）7", "望劳调（2026）7"),  # as it was typed, for a template of another house
    ],
)
def test_a_number_is_meant_however_its_brackets_and_zeros_are_typed(typed: str, meant: str):
    assert meant in spellings(typed)


def test_a_part_of_a_case_counts_within_its_case(sessions):
    with sessions.begin() as session:
        case = new_id()
        assert take_part(session, case, "甲号") == Number("甲号之1", f"part:{case}", 1)
        assert take_part(session, case, "甲号").text == "甲号之2"


def test_the_template_is_the_house_rule_in_force_on_that_day(sessions, clock):
    with sessions.begin() as session:
        session.add(
            Setting(
                key="documents.number_template",
                value={"value": "朝工{type}〔{year}〕{serial}号"},
                valid_from=date(2026, 11, 1),
                entered_at=clock.now,
            )
        )
        session.flush()
        assert take(session, "调终", None, date(2026, 10, 31)).text == "京朝工调终字〔2026〕第0001号"
        assert take(session, "调终", None, DAY).text == "朝工调终〔2026〕2号"
