"""关联: two cases are tied with a reason, and a mistaken tie is removed with a reason; both are in the history of both."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.desk.tables import Link
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from workflows.tables import Subject


@pytest.fixture
def tied(desk: Desk, database: Database) -> tuple[str, str, str]:
    """The addresses of two related cases, and of the page that removes the relation."""
    home, other = _two(desk)
    with database.reading() as session:
        number = session.get_one(Subject, UUID(other.rsplit("/")[-1])).number
    assert desk.post(f"{home}/link", {"number": number, "reason": "同一用人单位"}).status_code == 303
    with database.reading() as session:
        row = session.scalars(select(Link.id)).one()
    return home, other, f"{home}/links/{row}/remove"


def test_a_mistaken_relation_is_removed_with_a_reason_that_both_cases_keep(desk: Desk, database: Database, tied):
    home, other, remove = tied
    assert f'href="{remove}"' in desk.get(home).text
    assert "同一用人单位" in desk.get(remove).text
    short = desk.post(remove, {"reason": ""})
    assert short.status_code == 422
    assert desk.post(remove, {"reason": "{误登}：不是同一单位"}).headers["location"] == home
    for page in (desk.get(home).text, desk.get(other).text):
        assert "解除关联" in page
        assert "{误登}：不是同一单位" in page
        assert "没有关联的案件" in page
    with database.reading() as session:
        row = session.scalars(select(Link)).one()
    assert (row.removed_because, row.reason) == ("{误登}：不是同一单位", "同一用人单位")
    assert desk.get(remove).status_code == 404, "once"


@pytest.mark.parametrize(
    "typed", ["京朝工望京调登字(2026)第0002号", "京朝工望京调登字［２０２６］２", " 京朝工望京调登字 〔2026〕 第2号"]
)
def test_a_number_is_found_however_its_brackets_and_zeros_are_typed(desk: Desk, database: Database, typed: str):
    home, other = _two(desk)
    assert desk.post(f"{home}/link", {"number": typed, "reason": "同一用人单位"}).status_code == 303
    assert f'href="{other}"' in desk.get(home).text


def test_a_case_is_found_by_its_number_at_registration_after_it_got_another(desk: Desk, database: Database):
    home, other = _two(desk)
    with database.sessions.begin() as session:
        session.get_one(Subject, UUID(other.rsplit("/")[-1])).number = "京朝工望京调字〔2026〕第0001号"
    for wrong in ("5678", "李小红", "京朝工望京调登字〔2026〕第0003号"):
        unknown = desk.post(f"{home}/link", {"number": wrong, "reason": "同一用人单位"})
        assert unknown.status_code == 422, wrong
        assert "没有找到这个编号" in unknown.text
    sent = {"number": "京朝工望京调登字〔2026〕第0002号", "reason": "同一用人单位"}
    assert desk.post(f"{home}/link", sent).status_code == 303
    assert f'href="{other}"' in desk.get(home).text


def _two(desk: Desk) -> tuple[str, str]:
    desk.log_in("intake")
    return register(desk), register(desk, **{"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"})


def test_what_was_taken_apart_may_be_tied_again(desk: Desk, database: Database, tied):
    home, other, remove = tied
    desk.post(remove, {"reason": "误登"})
    with database.reading() as session:
        number = session.get_one(Subject, UUID(other.rsplit("/")[-1])).number
    assert desk.post(f"{home}/link", {"number": number, "reason": "经核对确有关联"}).status_code == 303
    with database.reading() as session:
        assert [row.removed_at is None for row in session.scalars(select(Link).order_by(Link.at))] == [False, True]
    assert number in desk.get(home).text


@pytest.mark.parametrize("kind", ["joined", "split", "reopened"])
def test_what_the_procedure_tied_is_not_taken_apart_by_hand(desk: Desk, database: Database, tied, kind: str):
    home, _, remove = tied
    with database.sessions.begin() as session:
        session.scalars(select(Link)).one().kind = kind
    assert remove not in desk.get(home).text
    assert desk.get(remove).status_code == 404


def test_a_slip_is_taken_back_at_once_by_whoever_made_it(desk: Desk, database: Database, tied):
    home, other, remove = tied
    undo = remove.replace("/remove", "/undo")
    assert undo in desk.get(home).text, "offered by the message"
    assert desk.post(undo, {}, at=home).headers["location"] == home
    for page in (desk.get(home).text, desk.get(other).text):
        assert "关联后随即撤销" in page
        assert "没有关联的案件" in page
    assert desk.post(undo, {}, at=home).status_code == 404, "once"


def test_later_it_takes_a_reason_and_somebody_else_never_takes_it_back(
    desk: Desk, database: Database, clock: Clock, tied
):
    home, _, remove = tied
    undo = remove.replace("/remove", "/undo")
    desk.log_in("head")
    desk.post(undo, {}, at=home)
    assert "没有撤销" in desk.get(home).text, "not one's own"
    desk.log_in("intake")
    clock.move(minutes=1)
    desk.post(undo, {}, at=home)
    assert "没有撤销" in desk.get(home).text, "too late"
    with database.reading() as session:
        assert session.scalars(select(Link)).one().removed_at is None


def test_nobody_removes_it_from_a_case_of_others(desk: Desk, database: Database, tied):
    home, _, remove = tied
    third = register(desk, **{"applicants-0-name": "周大伟", "applicants-0-phone": "13900005678"})
    assert desk.get(remove.replace(home, third)).status_code == 404
    desk.log_in("admin")
    assert desk.get(remove).status_code == 404
