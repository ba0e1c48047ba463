"""取下一件 gives one piece of work to one person: kept for some minutes, given up by skipping, ended by a step."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.database import Database
from casework.desk import offers, queue, taking
from casework.desk.assignment import assign
from casework.desk.filters import ROLE
from casework.desk.tables import Offer
from tests.casework.desk.acts import lend, register
from tests.casework.desk.administration.test_settings import SIGNED, enter
from tests.casework.desk.conftest import SINCE, Desk
from tests.conftest import Clock
from union import access
from union.people import Staff
from union.roles import INTAKE
from workflows.actor import Actor
from workflows.tables import Subject, new_id


@pytest.fixture
def clerks(desk: Desk) -> tuple[Desk, Desk]:
    """Two people of the same role, each in a browser of their own."""
    return desk.log_in("head"), Desk(TestClient(desk.client.app)).log_in("intake")


def given(desk: Desk) -> str:
    """What 取下一件 shows, or what it says instead."""
    page = desk.get("/todo/next").text
    found = re.search(r'<h2 id="gl-h">借用([^<]+)', page) or re.search(r'<div class="empty">.*?<h2>([^<]+)', page, re.S)
    assert found, page[-2000:]
    return found[1]


def skipped(desk: Desk) -> None:
    subject = re.search(r'name="subject" value="([^"]+)"', desk.get("/todo/next").text)
    assert subject
    sent = {"subject": subject[1], "reason": "needs_head"}
    assert desk.post("/todo/next", sent).status_code == 303


def test_two_of_one_role_get_different_ones_and_each_keeps_their_own(clerks: tuple[Desk, Desk]):
    first, second = clerks
    for item in ("投影仪", "帐篷"):
        lend(first, item)
    assert (given(first), given(second)) == ("投影仪", "帐篷")
    assert (given(second), given(first)) == ("帐篷", "投影仪")


def test_when_all_of_it_is_with_others_that_is_said_and_until_when(clerks: tuple[Desk, Desk], clock: Clock):
    first, second = clerks
    lend(first, "投影仪")
    assert given(first) == "投影仪"
    page = second.get("/todo/next").text
    assert "等你办理的都刚给了同事" in page and "15 分钟内不再给别人" in page
    assert "没有等你办理的事项" not in page
    skipped(first)
    assert "没有等你办理的事项" in first.get("/todo/next").text
    assert given(second) == "投影仪"


def test_what_is_not_taken_up_is_given_to_the_next_after_a_quarter_of_an_hour(clerks: tuple[Desk, Desk], clock: Clock):
    first, second = clerks
    lend(first, "投影仪")
    given(first)
    clock.move(minutes=14)
    assert given(second) != "投影仪"
    clock.move(minutes=1)
    assert given(second) == "投影仪"
    assert given(first) == "等你办理的都刚给了同事"


def test_for_how_long_is_a_setting_that_somebody_signs(clerks: tuple[Desk, Desk], clock: Clock):
    first, second = clerks
    lend(first, "投影仪")
    said = re.compile(r"：(\d+) 分钟内只给你，跳过后别人就能取到。.*?(⚙ [^<]+)")
    assert said.search(first.get("/todo/next").text).groups() == ("15", "⚙ 内部规定，待签署")
    admin = Desk(TestClient(first.client.app)).log_in("admin")
    assert offers.MINUTES.label in admin.get("/admin/settings").text
    assert enter(admin, offers.MINUTES.key, "5", **SIGNED).status_code == 303
    assert said.search(first.get("/todo/next").text).groups() == ("5", "⚙ 内部规定")
    clock.move(minutes=5)
    assert given(second) == "投影仪"


def test_once_a_step_is_taken_the_offer_keeps_nobody_from_the_next_step(clerks: tuple[Desk, Desk], database: Database):
    first, second = clerks
    case = UUID(register(first)[-36:])
    assert "王小明" in second.get("/todo/next").text
    assert "王小明" not in first.get("/todo/next").text
    with database.sessions.begin() as session:
        session.execute(update(Subject).where(Subject.id == case).values(state="accepted"))
    assert "王小明" in first.get("/todo/next").text


def test_a_case_given_to_somebody_is_kept_from_nobody_of_the_role_any_more(
    clerks: tuple[Desk, Desk], database: Database, clock: Clock, people: dict[str, UUID]
):
    first, second = clerks
    case = UUID(register(first)[-36:])
    assert "王小明" in second.get("/todo/next").text
    assert "王小明" not in first.get("/todo/next").text  # the control
    with database.sessions.begin() as session:
        assign(session, case, [people["mediator"]], on=clock.today, by=None)
    assert "王小明" in first.get("/todo/next").text


def test_one_s_own_case_is_nobody_s_offer(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]):
    desk.log_in("head")
    case = UUID(register(desk)[-36:])
    with database.sessions.begin() as session:
        assign(session, case, [people["mediator"]], on=clock.today, by=None)
        session.execute(update(Subject).where(Subject.id == case).values(state="assigned"))
    desk.log_in("mediator")
    page = desk.get("/todo/next").text
    assert "王小明" in page and "分钟内只给你" not in page
    assert offered(database) == 0


def test_a_reason_left_out_is_asked_for_on_the_same_one_and_what_is_gone_says_so(
    clerks: tuple[Desk, Desk], database: Database, clock: Clock
):
    first, second = clerks
    lend(first, "投影仪")
    subject = lend(first, "帐篷")[-36:]
    assert (given(first), given(second)) == ("投影仪", "帐篷")
    answer = second.post("/todo/next", {"subject": subject, "text": "等领导定"})
    assert answer.status_code == 422
    assert "借用帐篷</h2>" in answer.text and "等领导定" in answer.text
    with database.sessions.begin() as session:
        session.execute(
            update(Subject).where(Subject.id == UUID(subject)).values(state="returned", closed_on=clock.today)
        )
    answer = second.post("/todo/next", {"subject": subject}, at="/todo")
    assert answer.status_code == 303
    assert "已不在等你办理的事项里" in second.get("/todo/next").text


def test_offers_of_yesterday_are_forgotten(clerks: tuple[Desk, Desk], database: Database, clock: Clock):
    first, second = clerks
    lend(first, "投影仪")
    given(first)
    lend(first, "帐篷")
    clock.move(hours=20)
    second.log_in("intake")
    skipped(second)
    given(second)
    clock.move(hours=5)
    with database.sessions.begin() as session:
        offers.sweep(session, clock.now)
    assert offered(database) == 1


# --- at the same moment


class Together:
    """Transactions that begin only once as many people as there are have chosen."""

    def __init__(self, database: Database, how_many: int) -> None:
        self.database, self.chosen = database, threading.Barrier(how_many)
        self.first = threading.local()

    def begin(self) -> Any:
        if not getattr(self.first, "done", False):
            self.first.done = True
            self.chosen.wait(20)
        return self.database.sessions.begin()


@pytest.fixture
def window(desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]) -> list[Actor]:
    """Four clerks of one window, with five loans waiting."""
    desk.log_in("head")
    for number in range(5):
        lend(desk, f"第{number}件")
    with database.sessions.begin() as session:
        station = session.get_one(Staff, people["intake"]).organisation_id
        found = []
        for number in range(4):
            staff = Staff(id=new_id(), name=f"窗口{number}", account=f"window{number}", organisation_id=station)
            session.add(staff)
            session.flush()
            access.grant(session, staff.id, INTAKE, station, SINCE)
            found.append(access.actor_for(session, staff.id, clock.now))
    return found


def at_once(database: Database, window: list[Actor], ask: Any) -> list[UUID]:
    def asked(actor: Actor) -> UUID:
        with database.reading() as session:
            return ask(session, actor)

    with ThreadPoolExecutor(len(window)) as pool:
        return list(pool.map(asked, window))


def test_who_asks_at_the_same_moment_never_gets_the_same_one(database: Database, window: list[Actor], clock: Clock):
    writing = Together(database, len(window))

    def ask(session: Session, actor: Actor) -> UUID:
        return taking.next_one(session, writing, actor, clock.now).row.id

    assert len(set(at_once(database, window, ask))) == len(window)
    assert offered(database) == len(window)


def test_without_offers_all_of_them_would_get_the_same_one(database: Database, window: list[Actor], clock: Clock):
    """The negative control: the very same question, with nothing written down between."""

    def ask(session: Session, actor: Actor) -> UUID:
        return queue.first_of(session, actor, clock.now, ROLE, queue.reach(session, actor, clock.now)).id

    assert len(set(at_once(database, window, ask))) == 1


def test_an_offer_that_is_over_goes_to_one_of_those_who_ask_at_once(
    database: Database, window: list[Actor], clock: Clock
):
    def ask(session: Session, actor: Actor) -> UUID:
        return taking.next_one(session, Together(database, 1), actor, clock.now).row.id

    assert len(set(at_once(database, window, ask))) == len(window)
    clock.now += timedelta(minutes=15)
    writing = Together(database, len(window))

    def again(session: Session, actor: Actor) -> UUID:
        return taking.next_one(session, writing, actor, clock.now).row.id

    assert len(set(at_once(database, window, again))) == len(window)


def offered(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Offer)) or 0
