"""A step is carried out wholly or refused with every reason; the same request never acts twice."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.toy import GiveBack, Lend, Lending, Prolong
from tests.toy import module as toy_module
from workflows.actor import Actor
from workflows.definition import Relied
from workflows.errors import Invalid, OtherBody, Refused, Stale, Unknown
from workflows.fire import fire, open_subject, preview
from workflows.module import registry
from workflows.sweep import sweep
from workflows.tables import IdempotencyKey, JournalEntry, OutboxMessage, Subject, Task, Timer, new_id

CLERK = Actor(new_id(), "许敏", frozenset({"intake"}), organisation_id=new_id())
HEAD = Actor(new_id(), "郑立", frozenset({"org_head"}), organisation_id=CLERK.organisation_id)
OTHER = Actor(new_id(), "何群", frozenset({"intake"}), organisation_id=CLERK.organisation_id)


@pytest.fixture
def lend(sessions, clock, toy):
    def lend(item="投影仪", key="k1", by=CLERK):
        with sessions.begin() as session:
            return open_subject(session, "lending", "lend", Lend(item=item), by=by, at=clock.now, key=key)

    return lend


@pytest.fixture
def act(sessions, clock, toy):
    def act(subject_id, trigger, form=None, by=CLERK, key=None, **more):
        with sessions.begin() as session:
            return fire(session, subject_id, trigger, form, by=by, at=clock.now, key=key or str(new_id()), **more)

    return act


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def test_opening_writes_state_journal_clock_and_key_together(lend, sessions):
    done = lend()
    with sessions() as session:
        lending = session.get(Lending, done.subject_id)
        assert (lending.state, lending.item, lending.version) == ("on_loan", "投影仪", 1)
        entry = session.scalars(select(JournalEntry)).one()
        assert (entry.from_state, entry.to_state, entry.actor_role) == ("new", "on_loan", "intake")
        timer = session.scalars(select(Timer)).one()
        assert str(timer.effective_due) == "2026-03-17"
        assert count(session, IdempotencyKey) == 1


def test_a_repeated_request_answers_the_first_result_and_changes_nothing(lend, act, sessions):
    first = lend()
    again = lend()
    assert (again.subject_id, again.replayed) == (first.subject_id, True)
    closed = act(first.subject_id, "give_back", GiveBack(damage="完好"), key="back")
    replay = act(first.subject_id, "give_back", GiveBack(damage="完好"), key="back")
    assert replay.seq == closed.seq
    assert replay.replayed
    with sessions() as session:
        assert count(session, JournalEntry) == 2


def test_the_same_key_with_other_content_is_refused(lend, act):
    lend()
    with pytest.raises(OtherBody):
        lend(item="音箱")


def test_a_refusal_names_state_role_and_every_failing_guard_and_changes_nothing(lend, act, sessions):
    done = lend()
    with pytest.raises(Refused) as refused:
        act(done.subject_id, "give_back", GiveBack(damage=""), by=HEAD)
    sentences = [reason.sentence for reason in refused.value.reasons]
    assert sentences == ["“归还”由窗口人员办理", "归还时须记明器材状况"]
    assert all(reason.law for reason in refused.value.reasons)
    with sessions() as session:
        assert session.get(Subject, done.subject_id).state == "on_loan"
        assert count(session, JournalEntry) == 1


def test_what_a_refused_form_wrote_is_undone_even_if_the_caller_goes_on(sessions, clock, toy):
    with sessions.begin() as session:
        done = open_subject(session, "lending", "lend", Lend(item="a"), by=CLERK, at=clock.now, key="k")
    with sessions.begin() as session, pytest.raises(Refused):
        fire(session, done.subject_id, "give_back", GiveBack(damage="坏"), by=HEAD, at=clock.now, key="x")
    with sessions() as session:
        assert session.get(Lending, done.subject_id).damage == ""


def test_a_stale_page_is_told_who_did_what(lend, act):
    done = lend()
    act(done.subject_id, "prolong", Prolong(extension_days=5), by=OTHER)
    with pytest.raises(Stale) as stale:
        act(done.subject_id, "give_back", GiveBack(damage="完好"), version=done.version)
    assert stale.value.what == "续借"


def test_what_the_system_wrote_meanwhile_does_not_make_a_page_stale(lend, act, sessions, clock):
    done = lend()
    clock.move(days=20)
    sweep(sessions, clock.now)
    assert act(done.subject_id, "give_back", GiveBack(damage="完好"), version=done.version).state == "returned"


@pytest.fixture
def inspected(toy):
    """The toy whose return relies on an inspection that took place on 5 March and on a payment of the 4th."""
    inspection = Relied("inspection", "检查器材", lambda facts: date(2026, 3, 5))
    payment = Relied("payment", "付清费用", lambda facts: date(2026, 3, 4))
    unknown = Relied("unknown", "没有的事", lambda facts: None)
    steps = [
        replace(t, not_before=(payment, inspection, unknown)) if t.trigger == "give_back" else t
        for t in toy_module.workflow.transitions
    ]
    registry.unplug(toy_module.name)
    registry.plug(replace(toy_module, workflow=replace(toy_module.workflow, transitions=tuple(steps))))


def test_a_step_is_dated_no_earlier_than_what_it_relies_on(lend, act, sessions, clock, inspected):
    case = lend().subject_id
    clock.set(2026, 3, 9)
    with pytest.raises(Invalid) as refused:
        act(case, "give_back", GiveBack(damage="完好"), occurred_on=date(2026, 3, 4))
    assert refused.value.field == "occurred_on"
    assert refused.value.sentence == "日期 2026-03-04 早于检查器材的日期 2026-03-05，核对后改正。"
    with sessions() as session:
        assert session.get(Lending, case).damage == ""
    assert act(case, "give_back", GiveBack(damage="完好"), occurred_on=date(2026, 3, 5)).state == "returned"


def test_an_unknown_subject_and_an_unknown_step_look_alike(lend, act):
    done = lend()
    with pytest.raises(Unknown):
        act(uuid.uuid4(), "give_back")
    with pytest.raises(Unknown):
        act(done.subject_id, "explode")


def test_a_date_in_the_future_or_before_the_step_it_follows_is_refused(lend, act, clock):
    done = lend()
    with pytest.raises(Invalid) as future:
        act(done.subject_id, "give_back", GiveBack(damage="完好", occurred_on=clock.today + timedelta(days=1)))
    with pytest.raises(Invalid) as before:
        act(done.subject_id, "give_back", GiveBack(damage="完好", occurred_on=clock.today - timedelta(days=1)))
    assert future.value.field == before.value.field == "occurred_on"


def test_a_lapse_fires_once_after_midnight_of_the_effective_date(lend, sessions, clock):
    done = lend()
    clock.set(2026, 3, 17, 23, 59)
    assert sweep(sessions, clock.now)["fired"] == 0
    clock.set(2026, 3, 20)  # down for days: nothing is lost
    assert sweep(sessions, clock.now)["fired"] == 1
    assert sweep(sessions, clock.now)["fired"] == 0
    with sessions() as session:
        assert session.get(Subject, done.subject_id).state == "recalled"
        last = session.scalars(select(JournalEntry).order_by(JournalEntry.seq.desc())).first()
        assert (last.actor_id, str(last.occurred_on)) == (None, "2026-03-18")


def test_a_provisional_date_never_fires_but_asks_a_person(lend, sessions, clock):
    clock.set(2026, 12, 22)
    done = lend()
    clock.set(2027, 1, 20)
    assert sweep(sessions, clock.now)["asked"] == 1
    assert sweep(sessions, clock.now)["asked"] == 0
    with sessions() as session:
        assert session.get(Subject, done.subject_id).state == "on_loan"
        assert session.scalars(select(Task)).one().kind == "provisional_lapse"


def test_a_lapse_is_taken_back_once_with_the_extension_it_missed(lend, act, sessions, clock):
    done = lend()
    clock.set(2026, 3, 19)
    sweep(sessions, clock.now)
    back = act(done.subject_id, "revoke_lapse", Prolong(extension_days=15), by=HEAD)
    assert back.state == "on_loan"
    with sessions() as session:
        timer = session.scalars(select(Timer)).one()
        assert (timer.status, str(timer.nominal_due)) == ("running", "2026-04-01")
    clock.set(2026, 4, 10)
    assert sweep(sessions, clock.now)["fired"] == 1
    with pytest.raises(Refused, match="只能撤销一次"):
        act(done.subject_id, "revoke_lapse", Prolong(extension_days=5), by=HEAD)


def test_only_a_lapse_can_be_taken_back(lend, act, clock):
    done = lend()
    act(done.subject_id, "recall", by=HEAD)
    with pytest.raises(Refused, match="不是系统因期限届满自动办理"):
        act(done.subject_id, "revoke_lapse", Prolong(extension_days=5), by=HEAD)


def test_an_extension_counts_from_the_nominal_date(lend, act, sessions, clock):
    clock.set(2026, 9, 18)
    done = lend()
    act(done.subject_id, "prolong", Prolong(extension_days=15))
    with sessions() as session:
        timer = session.scalars(select(Timer)).one()
        assert (str(timer.nominal_due), str(timer.effective_due)) == ("2026-10-18", "2026-10-19")


def test_alerts_are_announced_once_for_each_threshold(lend, sessions, clock):
    lend()
    for day, announced in ((13, 0), (14, 1), (15, 1), (16, 2), (17, 2)):
        clock.set(2026, 3, day)
        sweep(sessions, clock.now)
        with sessions() as session:
            alerts = select(func.count()).where(OutboxMessage.topic == "timers.alert")
            assert session.scalar(alerts) == announced


def test_the_page_sees_each_condition_as_met_unmet_or_open(lend, sessions, clock):
    done = lend()
    with sessions() as session:
        possible = {
            p.transition.trigger: p
            for p in preview(session, session.get(Lending, done.subject_id), by=CLERK, at=clock.now)
        }
    assert possible["give_back"].allowed
    assert [c.status for c in possible["give_back"].conditions] == ["open"]
    assert not possible["recall"].allowed
    assert possible["recall"].refusals[0].sentence == "“催还”由系统、负责人办理"
