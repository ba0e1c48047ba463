"""The instruments say who they are and how well they were read."""

import re
from pathlib import Path

import pytest

from union import law
from union.law import INSTRUMENTS, LAW_BY_KEY
from workflows.law import Mark


def test_an_article_is_cited_with_the_full_title() -> None:
    assert str(law.LDMA[14, 2]) == "《中华人民共和国劳动争议调解仲裁法》第十四条第二款"
    assert str(law.BJ_TUL[31, 2]) == "《北京市实施〈中华人民共和国工会法〉办法》第三十一条第二款"


def test_keys_and_titles_are_unique_and_titles_carry_no_book_marks() -> None:
    assert len(LAW_BY_KEY) == len(INSTRUMENTS) == len({instrument.title for instrument in INSTRUMENTS})
    assert [instrument.key for instrument in INSTRUMENTS if re.search("[《》]", instrument.title)] == []


@pytest.mark.parametrize("key", ["劳争解释二", "全总争议办法", "朝阳告知书", "程序规定", "民管规定"])
def test_what_was_read_only_in_part_says_so_in_every_citation(key: str) -> None:
    assert LAW_BY_KEY[key][1].mark is Mark.EXCERPT


@pytest.mark.parametrize("key", ["调仲法", "协调规定", "办案规则", "民诉法", "京工会法办法"])
def test_what_was_read_in_full_is_cited_as_read(key: str) -> None:
    assert LAW_BY_KEY[key][1].mark is Mark.READ


def test_no_law_is_a_policy() -> None:
    assert all(instrument.mark is not Mark.POLICY for instrument in INSTRUMENTS)
    assert "Policy(" not in Path(law.__file__).read_text()
