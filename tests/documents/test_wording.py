"""Amounts, dates and numerals read back to what they were written from."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.wording import (
    LARGEST,
    amount_in_capitals,
    amount_in_figures,
    counted,
    date_in_figures,
    in_words,
    moment,
    paragraphs,
    sentence,
)

VALUES = {c: v for v, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def read_capitals(text: str) -> int:
    """An independent reading, left to right: digits times places, groups times 万 and 亿."""
    text = text.removesuffix("整")
    whole, _, rest = text.partition("元") if "元" in text else ("", "", text)
    above, group, digit = 0, 0, 0
    for c in whole:
        if c in VALUES:
            digit = VALUES[c]
        elif c in PLACES:
            group, digit = group + digit * PLACES[c], 0
        elif c == "万":
            above, group, digit = above + (group + digit) * 10**4, 0, 0
        elif c == "亿":
            above, group, digit = (above + group + digit) * 10**8, 0, 0
    yuan = above + group + digit
    cents = 0
    for c in rest:
        if c in VALUES:
            digit = VALUES[c]
        elif c == "角":
            cents, digit = cents + digit * 10, 0
        elif c == "分":
            cents, digit = cents + digit, 0
    return yuan * 100 + cents


@given(st.integers(0, 10**14) | st.integers(0, 9999).map(lambda n: n * 10**6 + n))
def test_capitals_read_back_to_the_amount(fen):
    assert read_capitals(amount_in_capitals(fen)) == fen


@given(st.integers(0, LARGEST))
def test_capitals_never_stutter_and_end_as_bills_do(fen):
    text = amount_in_capitals(fen)
    assert "零零" not in text
    assert "零元" not in text or fen == 0
    assert text.endswith("分") == (fen % 10 != 0)
    assert text.endswith("整") != text.endswith("分")


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (8_000_000, "捌万元整"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (10_000_500_000, "壹亿零伍仟元整"),
        (7, "柒分"),
    ],
)
def test_capitals_of_known_amounts(fen, text):
    assert amount_in_capitals(fen) == text


@pytest.mark.parametrize("fen", [-1, LARGEST + 1])
def test_an_amount_out_of_range_is_refused(fen):
    with pytest.raises(ValueError, match="out of range"):
        amount_in_capitals(fen)


@given(st.integers(-(10**12), 10**12))
def test_figures_read_back_to_the_amount(fen):
    plain = amount_in_figures(fen).removesuffix("元").replace(",", "")
    sign = -1 if plain.startswith("-") else 1
    whole, _, cents = plain.lstrip("-").partition(".")
    assert sign * (int(whole) * 100 + int(cents or 0)) == fen


@given(st.dates())
def test_a_date_is_written_without_leading_zeros_and_reads_back(day):
    text = date_in_figures(day)
    year, rest = text.split("年")
    month, rest = rest.split("月")
    assert date(int(year), int(month), int(rest.removesuffix("日"))) == day
    assert not month.startswith("0")
    assert date_in_figures(day.isoformat()) == text


def test_an_instant_is_written_in_beijing_time():
    assert moment(datetime(2026, 11, 21, 16, 5, tzinfo=UTC)) == "2026年11月22日0时05分"
    with pytest.raises(ValueError, match="naive"):
        moment(datetime(2026, 11, 21, 16, 5))  # noqa: DTZ001


def test_numbers_before_measure_words():
    assert [counted(n) for n in (1, 2, 3, 12)] == ["一", "两", "三", "十二"]
    assert in_words(2) == "二"


def test_paragraphs_and_sentences():
    assert paragraphs("一\n\n 二 \n") == ["一", "二"]
    assert sentence("已付清") == "已付清。"
    assert sentence("已付清。") == "已付清。"
