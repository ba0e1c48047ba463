"""Legal clocks: stood still, prolonged, one for each item, announced once, and never fired by a guessed calendar."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.toy import CLERK as CLERK_ROLE
from tests.toy import HOUSE, Lend
from tests.toy.clocks import OPEN, Begin, Extend, Pay, Undo, repair
from tests.toy.clocks import module as repairing
from tests.workflows.conftest import CLERK, HEAD, count
from workflows.calendar_table import fill, make_official
from workflows.definition import Deadline, Transition
from workflows.errors import Refused
from workflows.fire import fire, open_subject, preview
from workflows.form import Form
from workflows.journal import verify
from workflows.module import registry
from workflows.sweep import ALERT, sweep
from workflows.tables import JournalEntry, OutboxMessage, Subject, Task, Timer, new_id
from workflows.timers import derivation, recompute
from workflows.workdays import DayKind, Days, SpecialDay


@pytest.fixture
def begin(sessions, clock, toy):
    def begin(instalments="", key="begin"):
        with sessions.begin() as session:
            form = Begin(instalments=instalments)
            return open_subject(session, "repair", "begin", form, by=CLERK, at=clock.now, key=key).subject_id

    registry.plug(repairing)
    yield begin
    registry.unplug("repair")


@pytest.fixture
def timer(sessions):
    def timer(deadline="repair_term", item=""):
        with sessions() as session:
            return session.scalars(select(Timer).where(Timer.deadline == deadline, Timer.item == item)).one()

    return timer


def ends(timer):
    return timer.status, timer.nominal_due, timer.effective_due


def announced(sessions, what):
    with sessions() as session:
        bodies = session.scalars(select(OutboxMessage.body).where(OutboxMessage.topic == ALERT)).all()
    return sum(body["what"] == what for body in bodies)


def test_a_clock_that_stood_still_ends_later_by_the_days_it_stood(begin, act, timer, clock, sessions):
    case = begin()
    assert ends(timer()) == ("running", date(2026, 3, 17), date(2026, 3, 17))
    clock.set(2026, 3, 5)
    act(case, "suspend")
    assert (timer().status, timer().paused_on) == ("paused", date(2026, 3, 5))
    clock.set(2026, 4, 30)
    assert sweep(sessions, clock.now)["fired"] == 0
    clock.set(2026, 3, 12)
    act(case, "resume")
    assert ends(timer()) == ("running", date(2026, 3, 24), date(2026, 3, 24))
    assert timer().paused_days == 7
    clock.set(2026, 3, 13)
    act(case, "suspend")
    clock.set(2026, 3, 16)
    act(case, "resume")
    assert timer().nominal_due == date(2026, 3, 27)


def closures(facts):
    """The toy keeps in its item when the workshop was shut, as ``2026-03-04/2026-03-09``, the end open or not."""
    pairs = [span.split("/") for span in facts.subject.item.split(",") if span]
    return [(date.fromisoformat(since), date.fromisoformat(until) if until else None) for since, until in pairs]


class Shut(Form):
    spans: str = ""

    def apply(self, step):
        step.subject.item = self.spans


@pytest.fixture
def begin_with_closures(sessions, clock, toy):
    """The same repair, with a guarantee that stands still while the workshop is shut, whenever that is written down."""
    guarantee = Deadline(
        "guarantee", "保修期", Days(30), counted_from="begun_on", running_in=OPEN, stands_still=closures, law=HOUSE
    )
    shut = Transition("shut", "停业", "any open -> =", by=(CLERK_ROLE,), law=HOUSE)
    changed = replace(repair, transitions=(*repair.transitions, shut), deadlines=(guarantee,))
    registry.plug(replace(repairing, workflow=changed, forms={**repairing.forms, "shut": Shut}))

    def begin(spans=""):
        with sessions.begin() as session:
            case = open_subject(session, "repair", "begin", Begin(), by=CLERK, at=clock.now, key=str(new_id()))
            fire(session, case.subject_id, "shut", Shut(spans=spans), by=CLERK, at=clock.now, key=str(new_id()))
            return case.subject_id

    yield begin
    registry.unplug("repair")


def test_a_clock_stands_still_for_the_days_the_facts_say_whenever_they_are_written(
    begin_with_closures, act, timer, clock
):
    case = begin_with_closures()
    assert ends(timer("guarantee")) == ("running", date(2026, 4, 1), date(2026, 4, 1))
    clock.set(2026, 3, 12)
    act(case, "shut", Shut(spans="2026-03-04/"))
    assert (timer("guarantee").status, timer("guarantee").paused_on) == ("paused", date(2026, 3, 4))
    act(case, "shut", Shut(spans="2026-03-04/2026-03-09"))
    assert ends(timer("guarantee")) == ("running", date(2026, 4, 6), date(2026, 4, 7))
    act(case, "shut", Shut(spans="2026-03-04/2026-03-09,2026-03-10/2026-03-12"))
    assert timer("guarantee").paused_days == 7
    act(case, "shut", Shut())  # it was a mistake
    assert ends(timer("guarantee")) == ("running", date(2026, 4, 1), date(2026, 4, 1))


def test_what_lay_before_a_clock_or_began_after_its_end_does_not_stop_it(begin_with_closures, act, timer, clock):
    case = begin_with_closures("2026-01-01/2026-02-01")
    assert timer("guarantee").nominal_due == date(2026, 4, 1)
    act(case, "shut", Shut(spans="2026-02-20/2026-03-07,2026-04-08/"))
    assert ends(timer("guarantee")) == ("running", date(2026, 4, 6), date(2026, 4, 7))


def test_a_clock_that_runs_in_both_states_does_not_stand_still(begin, act, timer, clock):
    case = begin()
    act(case, "suspend")
    assert ends(timer("first_look")) == ("running", date(2026, 3, 5), date(2026, 3, 5))


def test_extensions_add_up_from_the_nominal_end(begin, act, timer, clock, sessions):
    case = begin()
    act(case, "extend", Extend(extension_days=3), by=HEAD)
    act(case, "extend", Extend(extension_days=5), by=HEAD)
    assert ends(timer()) == ("running", date(2026, 3, 25), date(2026, 3, 25))
    assert [e["days"] for e in timer().extensions] == [3, 5]
    with sessions() as session:
        told = derivation(session, session.merge(timer(), load=False))
    assert told.effective == timer().effective_due
    assert sum(note.counted is not None for note in told.derivation) == 15 + 3 + 5


def test_a_step_that_leaves_a_clock_alone_does_not_touch_it(begin, act, timer):
    case = begin("1=2026-03-10")
    before = timer()
    act(case, "pay", Pay())
    assert ends(timer()) == ends(before)
    assert timer().extensions == before.extensions


def test_each_item_has_a_clock_of_its_own(begin, act, timer, clock, sessions):
    case = begin("1=2026-03-10,2=2026-03-14,3=2026-03-16")
    act(case, "pay", Pay(left="2=2026-03-14,3=2026-03-16"))
    assert timer("instalment", "1").status == "met"
    clock.set(2026, 3, 15)
    assert sweep(sessions, clock.now)["fired"] == 1
    assert timer("instalment", "2").status == "lapsed"
    assert timer("instalment", "3").status == "running"
    assert timer().status == "running"  # a lapse of one item is nothing to the others


def test_a_lapse_that_leaves_the_state_as_it_is_fires_once(begin, act, timer, clock, sessions):
    case = begin("2=2026-03-04")
    clock.set(2026, 3, 5)
    assert [sweep(sessions, clock.now)["fired"] for _ in range(3)] == [1, 0, 0]
    act(case, "pay", Pay(left="2=2026-03-04"))  # still unpaid, and the clock does not start anew
    assert timer("instalment", "2").status == "lapsed"
    with sessions() as session:
        assert count(session, JournalEntry, JournalEntry.trigger == "default") == 1


def test_a_soft_deadline_is_announced_once_and_fires_nothing(begin, timer, clock, sessions):
    begin()
    clock.set(2026, 3, 9)
    assert [sweep(sessions, clock.now)["overdue"] for _ in range(3)] == [1, 0, 0]
    assert announced(sessions, "overdue") == 1
    assert timer("first_look").status == "running"


def test_clocks_end_with_the_matter(begin, act, sessions, clock):
    case = begin("1=2026-03-10")
    act(case, "suspend")
    act(case, "finish")
    with sessions() as session:
        assert set(session.scalars(select(Timer.status))) == {"met"}
    clock.set(2026, 6, 1)
    assert sweep(sessions, clock.now)["fired"] == 0


def test_a_lapse_taken_back_without_a_new_date_is_not_fired_again(begin, act, timer, clock, sessions):
    case = begin()
    clock.set(2026, 3, 20)
    assert sweep(sessions, clock.now)["fired"] == 1
    assert act(case, "undo", Undo(), by=HEAD).state == "working"
    assert timer().status == "running"
    assert timer().extensions == []
    clock.set(2026, 3, 21)
    assert sweep(sessions, clock.now)["fired"] == 0
    with sessions() as session:
        assert session.get(Subject, case).state == "working"


def test_the_page_says_beforehand_that_there_is_no_lapse_to_take_back(lend, act, sessions, clock):
    case = lend().subject_id
    act(case, "recall", by=HEAD)
    with sessions() as session:
        seen = preview(session, session.get(Subject, case), by=HEAD, at=clock.now)
    [back] = [possible for possible in seen if possible.transition.trigger == "revoke_lapse"]
    assert [reason.sentence for reason in back.refusals] == ["上一步不是系统因期限届满自动办理的，不能撤销"]


def test_only_the_lapsed_clock_takes_the_extension_of_its_revocation(begin, act, timer, clock, sessions):
    case = begin("9=2026-12-01")
    clock.set(2026, 3, 20)
    sweep(sessions, clock.now)
    assert timer("instalment", "9").status == "met"
    act(case, "undo", Extend(extension_days=10), by=HEAD)
    assert ends(timer()) == ("running", date(2026, 3, 27), date(2026, 3, 27))
    assert ends(timer("instalment", "9")) == ("running", date(2026, 12, 1), date(2026, 12, 1))
    assert timer("instalment", "9").extensions == []


def test_a_refused_lapse_becomes_one_task_and_no_retry_loop(begin, clock, sessions, monkeypatch):
    case = begin()

    def refuse(step):
        raise Refused([])

    monkeypatch.setattr(registry, "listeners", [refuse])
    clock.set(2026, 3, 20)
    assert [sweep(sessions, clock.now)["asked"] for _ in range(3)] == [1, 0, 0]
    with sessions() as session:
        assert session.get(Subject, case).state == "working"
        assert session.scalars(select(Task.kind)).all() == ["refused_lapse"]


def test_one_broken_subject_does_not_stop_the_clocks_of_the_others(begin, clock, sessions, monkeypatch):
    first, second = begin(), begin(key="second")

    def break_first(step):
        if step.subject_id == first:
            raise ZeroDivisionError

    monkeypatch.setattr(registry, "listeners", [break_first])
    clock.set(2026, 3, 20)
    swept = sweep(sessions, clock.now)
    assert (swept["failed"], swept["fired"]) == (1, 1)
    with sessions() as session:
        assert session.get(Subject, second).state == "overdue"


# --- the calendar changes

NOTICE_2027 = {
    date(2027, 1, 1): SpecialDay(DayKind.HOLIDAY, "元旦"),
    date(2027, 1, 4): SpecialDay(DayKind.REST, "元旦"),
    date(2027, 1, 5): SpecialDay(DayKind.REST, "元旦"),
}


@pytest.fixture
def filled(sessions, clock):
    with sessions.begin() as session:
        fill(session, clock.now)


def announce_2027(sessions, clock):
    with sessions.begin() as session:
        make_official(session, 2027, NOTICE_2027, "国办发明电〔2026〕0号（测试用）", clock.now)
        return recompute(session, clock.now)


def test_provisional_clocks_are_reckoned_again_and_what_moved_is_listed(filled, lend, act, sessions, clock):
    clock.set(2026, 12, 20)
    moves = lend().subject_id  # 15 days from 12-20: 2027-01-04, a rest day by the notice
    clock.set(2026, 12, 22)
    stays = lend("音箱", key="stays").subject_id  # 2027-01-06
    clock.set(2026, 12, 1)
    settled = lend("话筒", key="settled").subject_id  # 2026-12-16, official already
    moved = announce_2027(sessions, clock)
    assert [(m.subject_id, m.before, m.after) for m in moved] == [(moves, date(2027, 1, 4), date(2027, 1, 6))]
    with sessions() as session:
        status = dict(session.execute(select(Timer.subject_id, Timer.calendar_status)).all())
        assert status == {moves: "official", stays: "official", settled: "official"}
        told = session.scalars(select(JournalEntry.root_id).where(JournalEntry.trigger == "timer_recomputed")).all()
        assert told == [moves]
        assert verify(session) == []
        assert recompute(session, clock.now) == []


def test_a_provisional_date_never_fires_and_does_once_it_is_official(filled, lend, sessions, clock):
    clock.set(2026, 12, 22)
    case = lend().subject_id
    clock.set(2027, 1, 20)
    assert [sweep(sessions, clock.now)["asked"] for _ in range(2)] == [1, 0]
    clock.set(2027, 2, 20)
    assert sweep(sessions, clock.now)["fired"] == 0
    announce_2027(sessions, clock)
    assert sweep(sessions, clock.now)["fired"] == 1
    with sessions() as session:
        assert session.get(Subject, case).state == "recalled"
        assert count(session, Task, Task.done_at.is_(None)) == 0  # what the person was asked is settled


def test_a_task_about_a_clock_is_done_when_the_clock_is_met(filled, lend, act, sessions, clock):
    clock.set(2026, 12, 22)
    case = lend().subject_id
    clock.set(2027, 1, 20)
    sweep(sessions, clock.now)
    act(case, "recall", by=HEAD)
    with sessions() as session:
        assert session.scalars(select(Task)).one().done_at == clock.now


def test_clocks_beyond_one_batch_are_announced_too(lend, sessions, clock):
    from workflows.sweep import alert

    for number in range(5):
        lend(key=f"k{number}")
    clock.set(2026, 3, 14)
    assert alert(sessions, clock.now, batch=2) == 5
    assert alert(sessions, clock.now, batch=2) == 0
    assert isinstance(Lend(item="x"), Lend)
