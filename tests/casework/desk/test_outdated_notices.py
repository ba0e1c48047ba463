"""A sitting is moved, its 调解通知书 is not: whoever moves it is told before and after, and how the paper is put right."""

import html
import re

import pytest
from sqlalchemy import select

from casework.desk.tables import Sitting
from tests.casework.desk.test_seals import desk, people  # noqa: F401 - the desk with the mediation behind it
from workflows.tables import SHANGHAI

FRIDAY = {"starts_at": "2026-03-06T14:00", "place": "酒仙桥街道总工会二层", "because": "被申请人出差"}
DIFFERS = "写的不是现在的时间、地点"


@pytest.fixture
def case(desk):  # noqa: F811
    """A case whose sitting was arranged by the step that issues the notice."""
    case = desk.world.assigned()
    desk.world.sitting(case)
    desk.log_in("mediator")
    return case


@pytest.fixture
def path(desk, case):  # noqa: F811
    [held] = desk.world.read(select(Sitting))
    return f"/subjects/{case}/sittings/{held.id}"


def move(desk, path, **sent):  # noqa: F811
    was = re.search(r'name="_was" value="([^"]*)"', desk.get(f"{path}/move").text)
    answer = desk.post(f"{path}/move", {"_was": html.unescape(was[1]), **FRIDAY, **sent})
    assert answer.status_code == 303, answer.text[:2000]
    return html.unescape(desk.get(answer.headers["location"]).text)


def test_who_moves_a_sitting_reads_that_the_notice_stays_and_what_it_then_needs(desk, case, path):  # noqa: F811
    notice = desk.world.record(case, "session_notice")
    asked = html.unescape(desk.get(f"{path}/move").text)
    assert f"已经出具的《调解通知书》{notice.number}不随改期变动：改期后由负责人更正" in asked
    assert DIFFERS not in desk.get(path).text, "the control: before it is moved the paper is right"
    page = move(desk, path)
    assert f"《调解通知书》{notice.number}写的仍是原定的时间地点，须由负责人更正" in page
    assert DIFFERS in page and f'href="/records/{notice.id}"' in page
    assert DIFFERS in desk.get(path).text, "and so it stays until it is corrected"
    assert desk.world.record(case, "session_notice").id == notice.id, "moving makes no paper by itself"


def test_the_head_corrects_the_notice_which_then_says_the_new_time(desk, case, path):  # noqa: F811
    old = desk.world.record(case, "session_notice")
    move(desk, path)
    desk.log_in("head")
    step = f"/subjects/{old.id}/transitions/supersede"
    assert f'href="{step}"' in desk.get(f"/records/{old.id}").text
    said = re.findall(r"“([^”]+)”更正为“([^”]+)”", html.unescape(desk.get(path).text))
    assert said[0][1] == "2026年3月6日14时00分" and said[1] == ("第一调解室", "酒仙桥街道总工会二层")
    typed = {"basis": "words", "reason": "调解会改期"}
    for row, (was, becomes) in enumerate(said):
        typed |= {f"changes-{row}-was": was, f"changes-{row}-becomes": becomes}
    asked = desk.post(step, typed, at=step)
    assert asked.status_code == 409 and "2026年3月6日14时00分" in html.unescape(asked.text)
    seen = re.search(r'name="_seen" value="(\w+)"', asked.text)[1]
    assert desk.post(step, {**typed, "_seen": seen}, at=step).status_code == 303
    new = desk.world.record(case, "session_notice")
    assert new.id != old.id and new.number != old.number
    assert DIFFERS not in desk.get(path).text


def test_moved_back_to_what_the_notice_says_nothing_is_to_be_corrected(desk, case, path):  # noqa: F811
    [held] = desk.world.read(select(Sitting))
    move(desk, path)
    assert DIFFERS in desk.get(path).text
    first = {"starts_at": held.starts_at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"), "place": held.place}
    assert DIFFERS not in move(desk, path, **first)


def test_a_sitting_without_a_notice_is_moved_without_a_word_of_one(desk):  # noqa: F811
    case = desk.world.assigned()
    desk.log_in("mediator")
    answer = desk.post(f"/subjects/{case}/sittings/new", {"starts_at": "2026-03-04T10:00", "place": "第一调解室"})
    assert answer.status_code == 303, answer.text[:2000]
    [held] = desk.world.read(select(Sitting))
    path = f"/subjects/{case}/sittings/{held.id}"
    assert "调解通知书" not in desk.get(f"{path}/move").text
    assert "调解通知书" not in move(desk, path)
