"""What a task is about: the worker, claim or instalment its clock belongs to, of many cases in one statement."""

import re
from datetime import date
from typing import Any

from sqlalchemy import event, select

from app.database import Database
from casework.desk.tasks import item_names
from casework.mediation.forms import registration, special
from tests.casework.desk.conftest import Desk
from tests.casework.mediation.test_exceptions import changed
from tests.casework.mediation.world import PAYMENT, World, application
from workflows.actor import SYSTEM_ACTOR
from workflows.fire import current_facts
from workflows.tables import JournalEntry, Subject, Task, Timer

SECOND = changed(PAYMENT, title="第二笔", due_on=date(2026, 5, 11))
TWO_WORKERS = application(
    applicants=[
        registration.PartyIn(name=name, id_number=number, left_on=date(2026, 1, 31))
        for name, number in (("甲一", "110105199003071327"), ("乙二", "110105199102152034"))
    ],
    claims=[
        registration.ClaimIn(kind="wages", title=title, amount=1, worker=i, employment_ended_on=date(2026, 1, 31))
        for i, title in enumerate(("支付工资", ""))
    ],
    duplicate_decision="separate",
    duplicate_reason="另一段用工期间的争议",
)


def test_each_of_several_tasks_of_a_case_says_which_instalment_it_is_about(world: World, desk: Desk) -> None:
    case = world.settled(terms=(PAYMENT, SECOND))
    world.sweep(date(2026, 5, 12))
    tasks = world.read(select(Task).where(Task.root_id == case, Task.done_at.is_(None)))
    assert len(tasks) == 2
    assert len({task.text for task in tasks}) == 1, "by their own words they are the same"
    asked = {f"第{n}项第1期：“约定的履行期限”已届满" for n in (1, 2)}
    desk.log_in("mediator")
    for address in ("/todo?view=tasks", "/calendar?view=month&day=2026-05-11", f"/subjects/{case}"):
        page = desk.get(address).text.partition('<aside class="stack"')[0]
        assert {words for words in asked if words in page} == asked, address
    beside = desk.get("/todo?view=mine").text.partition('<aside class="stack"')[2]
    assert all(words in beside for words in asked)
    assert {_found(asked, desk.get(f"/tasks/{task.id}").text) for task in tasks} == asked


def test_the_day_on_which_a_clock_ends_says_which_instalment_it_is_but_not_outside_the_house(
    world: World, desk: Desk
) -> None:
    world.settled(terms=(PAYMENT, SECOND))
    desk.log_in("mediator")
    asked = {f"第{n}项第1期" for n in (1, 2)}
    page = desk.get("/calendar?view=month&day=2026-05-11").text
    assert {words for words in asked if words in page} == asked
    answer = desk.post("/calendar/links", {"label": "手机", "whose": "own"})
    feed = re.search(r"<code>https?://[^/]+(/calendar/feed/[^<]+)</code>", answer.text)
    assert feed
    text = desk.client.get(feed[1]).text.replace("\r\n ", "")
    assert "约定的履行期限届满" in text
    assert not any(words in text for words in asked)


def test_what_was_done_about_a_task_says_so_too(world: World, desk: Desk) -> None:
    case = world.settled(terms=(PAYMENT, SECOND))
    world.sweep(date(2026, 5, 12))
    desk.log_in("mediator")
    page = desk.get("/todo?view=tasks").text
    href = re.search(r'href="(/tasks/[^"]+)">第2项第1期', page)
    assert href
    assert desk.post(href[1], {"how": "已电话核实，对方答应明日支付"}).status_code == 303
    with world.sessions() as session:
        done = session.scalars(
            select(JournalEntry.seq).where(JournalEntry.root_id == case, JournalEntry.trigger == "task_done")
        ).all()
        assert len(done) == 1
    assert "第2项第1期：“约定的履行期限”已届满" in desk.get(f"/subjects/{case}").text


def test_many_at_once_are_called_as_each_case_calls_them_itself(world: World, database: Database) -> None:
    alone = world.settled(terms=(PAYMENT, SECOND))
    several = world.open(form=TWO_WORKERS)
    told = special.ReportStoppage(grade="strike", text="三十人停工")
    world.act(several, "report_stoppage", told, "intake")
    with world.sessions() as session:
        clocks = session.execute(
            select(Timer.root_id, Subject.workflow, Timer.item)
            .join(Subject, Subject.id == Timer.root_id)
            .where(Timer.item != "")
        ).all()
        own: dict[str, str] = {}
        for root in (alone, several):
            facts = current_facts(session, session.get_one(Subject, root), by=SYSTEM_ACTOR, at=world.clock.now)
            own |= facts.item_names
        items = {row.item for row in clocks}
        assert {row.root_id for row in clocks} == {alone, several}
        taken: list[Any] = []
        event.listen(database.engine, "before_cursor_execute", lambda *given: taken.append(given[2]))
        named = item_names(session, [(row.workflow, row.item) for row in clocks])
        assert len(taken) == 1
    assert {item: named[item] for item in items} == {item: own[item] for item in items}
    assert {"甲一：支付工资", "第1项第1期"} <= {named[item] for item in items}
    assert item_names(world.sessions(), [("mediation", None), ("mediation", "")]) == {}


def _found(asked: set[str], page: str) -> str:
    return next(words for words in asked if words in page)
