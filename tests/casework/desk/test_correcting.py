"""A correction takes effect when a second person confirms it, and never turns time around."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.mediation.tables import MediationCase
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from workflows.correct import Correction
from workflows.journal import verify
from workflows.tables import JournalEntry, Task, Timer


@pytest.fixture
def home(desk: Desk, clock: Clock) -> str:
    """An application of Monday the second of March; the other side was asked on Wednesday; today is Thursday."""
    desk.log_in("head")
    home = register(desk)
    clock.set(2026, 3, 4)
    desk.log_in("head")
    assert desk.post(f"{home}/transitions/seek_consent", {"way": "phone"}).status_code == 303
    clock.set(2026, 3, 5)
    desk.log_in("head")
    return home


def asked(desk: Desk, home: str, people: dict[str, UUID], value: str, **more: Any) -> Any:
    sent = {
        "field": "received_on",
        "value": value,
        "seq": "1",
        "reason": "邮戳日期看错",
        "second": str(people["intake"]),
    }
    return desk.post(f"{home}/correct", {**sent, **more})


def decided(desk: Desk, database: Database, agreed: str, **more: Any) -> Any:
    with database.reading() as session:
        task = session.scalars(
            select(Task.id).where(Task.kind == "correction").order_by(Task.created_at.desc())
        ).first()
    return desk.post(f"/tasks/{task}", {"agreed": agreed, **more})


def received_on(database: Database, home: str) -> date | None:
    with database.reading() as session:
        return session.get_one(MediationCase, UUID(home.rsplit("/")[-1])).received_on


def due(database: Database, home: str, deadline: str) -> date:
    with database.reading() as session:
        query = select(Timer).where(Timer.root_id == UUID(home.rsplit("/")[-1]), Timer.deadline == deadline)
        return session.scalars(query).one().effective_due


def test_it_takes_effect_when_somebody_else_confirms(desk: Desk, home: str, database: Database, people):
    assert asked(desk, home, people, "2026-02-27").status_code == 303
    assert (received_on(database, home), due(database, home, "legal_window")) == (date(2026, 3, 2), date(2026, 3, 17))
    assert "提出更正，待核对" in desk.get(home).text
    desk.log_in("intake")
    assert "周敏提出更正“收到日期”" in desk.get("/messages").text or "收到日期" in desk.get("/todo?view=tasks").text
    assert decided(desk, database, "yes").status_code == 303
    assert (received_on(database, home), due(database, home, "legal_window")) == (date(2026, 2, 27), date(2026, 3, 16))
    root = UUID(home.rsplit("/")[-1])
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.trigger == "corrected")).one()
        assert (entry.actor_id, entry.corrects) == (people["intake"], 1)
        assert verify(session, root) == []
    shown = desk.get(home).text
    assert "收到日期：2026-03-02 → 2026-02-27。理由：邮戳日期看错。周敏提出，李窗核对" in shown
    assert decided(desk, database, "yes").status_code == 409


def test_who_asked_cannot_confirm_but_may_take_it_back(desk: Desk, home: str, database: Database, people):
    asked(desk, home, people, "2026-02-27")
    own = decided(desk, database, "yes")
    assert own.status_code == 409
    assert "提出人不能自己确认" in own.text
    assert received_on(database, home) == date(2026, 3, 2)
    assert decided(desk, database, "no").status_code == 422
    assert decided(desk, database, "no", because="核对后没有错").status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Correction.outcome)).all() == ["withdrawn"]
        assert session.scalars(select(Task).where(Task.done_at.is_(None), Task.kind == "correction")).all() == []


def test_refused_nothing_changes(desk: Desk, home: str, database: Database, people):
    asked(desk, home, people, "2026-02-27")
    desk.log_in("intake")
    assert decided(desk, database, "no", because="邮戳确为三月二日").status_code == 303
    assert (received_on(database, home), due(database, home, "legal_window")) == (date(2026, 3, 2), date(2026, 3, 17))
    assert decided(desk, database, "yes").status_code == 409
    assert "邮戳确为三月二日" in desk.get(home).text


@pytest.mark.parametrize(
    ("value", "seq", "sentence"),
    [
        ("2026-03-05", "1", "晚于其后的“征询对方意见”（2026-03-04）"),
        ("2026-03-05", "latest", "晚于其后的“征询对方意见”（2026-03-04）"),
        ("2026-03-06", "1", "在今天之后"),
        ("2027-01-01", "latest", "在今天之后"),
        ("2026-03-02", "1", "没有改动"),
        ("昨天", "1", "写成日期"),
    ],
)
def test_a_date_lies_neither_ahead_nor_after_what_followed(
    desk: Desk, home: str, database: Database, people, value: str, seq: str, sentence: str
):
    page = desk.get(f"{home}/correct").text
    entries = re.findall(r'<option value="(\d+)"', page)
    refused = asked(desk, home, people, value, seq=max(entries, key=int) if seq == "latest" else seq)
    assert refused.status_code == 422
    assert sentence in refused.text
    with database.reading() as session:
        assert session.scalars(select(Correction)).all() == []


def test_up_to_the_step_that_followed_it_may_be_moved(desk: Desk, home: str, database: Database, people):
    assert asked(desk, home, people, "2026-03-04").status_code == 303
    desk.log_in("intake")
    assert decided(desk, database, "yes").status_code == 303
    assert due(database, home, "legal_window") == date(2026, 3, 19)


def test_what_changed_meanwhile_must_be_asked_anew(desk: Desk, home: str, database: Database, people):
    asked(desk, home, people, "2026-02-27")
    assert asked(desk, home, people, "2026-02-26").status_code == 409
    with database.sessions.begin() as session:
        session.get_one(MediationCase, UUID(home.rsplit("/")[-1])).received_on = date(2026, 3, 1)
    desk.log_in("intake")
    stale = decided(desk, database, "yes")
    assert stale.status_code == 409
    assert "已有变动" in stale.text


def test_yes_and_no_are_written_in_words(desk: Desk, home: str, database: Database, people):
    assert asked(desk, home, people, "是", field="is_platform").status_code == 303
    desk.log_in("intake")
    assert decided(desk, database, "yes").status_code == 303
    with database.reading() as session:
        assert session.get_one(MediationCase, UUID(home.rsplit("/")[-1])).is_platform is True


def test_only_who_works_on_the_case_sees_or_checks_it(desk: Desk, home: str, database: Database, people):
    assert asked(desk, home, people, "2026-02-27", second=str(people["admin"])).status_code == 422
    asked(desk, home, people, "2026-02-27")
    with database.reading() as session:
        task = session.scalars(select(Task.id).where(Task.kind == "correction")).one()
    desk.log_in("admin")
    assert desk.get(f"/tasks/{task}").status_code == 404
