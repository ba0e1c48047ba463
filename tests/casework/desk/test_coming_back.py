"""After a step taken beside a list one is back on that list: same filter, same page, at the next row."""

import html
import re
from typing import Any

import pytest

from tests.casework.desk.acts import problems, register
from tests.casework.desk.conftest import Desk

FILTERED = "/cases/mediation?st=received&sort=new"
SECOND = {"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"}
STEP = "seek_consent"


@pytest.fixture
def two(desk: Desk) -> list[str]:
    """The ids of two new cases, the newer first."""
    desk.log_in("head")
    return [case.rsplit("/")[-1] for case in (register(desk), register(desk, **SECOND))][::-1]


def test_a_step_taken_beside_a_list_leads_back_to_its_filter_and_the_next_row(desk: Desk, two: list[str]):
    done = _take(desk, _beside(desk, FILTERED, two[0]))
    assert done.status_code == 303, problems(done.text)
    assert done.headers["location"] == f"{FILTERED}#r-{two[1]}"
    page = desk.get(done.headers["location"]).text
    assert f'id="r-{two[1]}"' in page
    assert "已办理：征询对方意见" in page


def test_the_queue_comes_back_with_its_view_and_its_words(desk: Desk, two: list[str]):
    done = _take(desk, _beside(desk, "/todo?view=role&q=李小红", two[0]))
    address = html.unescape(done.headers["location"])
    assert address.startswith("/todo?view=role&q=%E6%9D%8E%E5%B0%8F%E7%BA%A2#r-")


def test_after_a_step_on_what_was_taken_up_next_comes_the_next(desk: Desk, two: list[str]):
    step = re.search(r'href="(/subjects/[^"]+/transitions/[^"]+)"', desk.get("/todo/next").text)
    assert step
    assert html.unescape(step[1]).endswith("?from=%2Ftodo%2Fnext")


def test_a_step_taken_on_the_page_of_a_case_stays_there(desk: Desk, two: list[str]):
    """The control."""
    path = f"/subjects/{two[0]}/transitions/{STEP}"
    assert desk.post(path, {}).headers["location"] == f"/subjects/{two[0]}"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/todo",
        "//example.org/todo",
        "/todo\\@example.org",
        "/logout",
        "/todo#x",
        "/todo?q=a b",
        "x" * 900,
    ],
)
def test_no_other_address_is_gone_to(desk: Desk, two: list[str], elsewhere: str):
    path = f"/subjects/{two[0]}/transitions/{STEP}"
    assert desk.post(path, {"_from": elsewhere}).headers["location"] == f"/subjects/{two[0]}"


def test_a_step_that_is_refused_still_knows_where_it_came_from(desk: Desk, two: list[str]):
    path = f"/subjects/{two[0]}/transitions/{STEP}"
    wrong = desk.post(path, {"_from": FILTERED, "occurred_on": "2030-01-01"})
    assert wrong.status_code == 422
    assert f'name="_from" value="{html.escape(FILTERED)}"' in wrong.text


def _beside(desk: Desk, listed: str, case: str) -> str:
    """The address of the step offered beside the list."""
    glance = re.search(rf'data-beside="(/todo/glance/{case}[^"]*)"', desk.get(listed).text)
    assert glance
    beside = desk.get(html.unescape(glance[1]), headers={"hx-request": "true"}).text
    step = re.search(rf'href="(/subjects/{case}/transitions/{STEP}[^"]*)"', beside)
    assert step
    return html.unescape(step[1])


def _take(desk: Desk, step: str) -> Any:
    page = desk.get(step).text
    origin = re.search(r'name="_from" value="([^"]*)"', page)
    assert origin
    return desk.post(step.partition("?")[0], {"_from": html.unescape(origin[1])}, at=step)
