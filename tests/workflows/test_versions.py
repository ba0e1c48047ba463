"""A subject stays on the definition it was opened under until a journalled, cited step adopts the present one."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests import toy
from tests.toy import CLERK as CLERK_ROLE
from tests.toy import HOUSE, GiveBack, Prolong, lending
from tests.workflows.conftest import CLERK, HEAD, count
from workflows.definition import State, Transition
from workflows.errors import OtherBody, Refused
from workflows.fire import adopt
from workflows.journal import open_payload, verify
from workflows.law import Policy
from workflows.module import Registry, registry
from workflows.sweep import sweep
from workflows.tables import JournalEntry, JournalPayload, Subject, Timer, new_id
from workflows.workdays import Days

TRANSITION_RULE = Policy("器材借用办法第二版附则（测试用）")
SECOND = replace(
    lending,
    version=2,
    states=(State("inspected", "检查中", responsible=CLERK_ROLE, waiting="等检查结果"), *lending.states),
    transitions=(
        *(t for t in lending.transitions if t.trigger != "prolong"),
        Transition("inspect", "检查", "on_loan -> inspected", by=(CLERK_ROLE,), law=HOUSE),
        Transition("accept_back", "验收", "inspected -> returned", by=(CLERK_ROLE,), law=HOUSE),
    ),
    deadlines=(replace(lending.deadlines[0], period=Days(30), extendable_by=None),),
)
THIRD = replace(
    SECOND,
    version=3,
    states=tuple(replace(s, id="lent") if s.id == "on_loan" else s for s in SECOND.states),
    transitions=tuple(replace(t, moves=t.moves.replace("on_loan", "lent")) for t in SECOND.transitions),
    deadlines=(replace(SECOND.deadlines[0], running_in=("lent",)),),
)
SECOND_MODULE = replace(toy.module, workflow=SECOND, former=(lending,))
THIRD_MODULE = replace(toy.module, workflow=THIRD, former=(SECOND, lending))


@pytest.fixture
def publish():
    """Replace the toy by a module with a newer definition, as a new release does."""

    def publish(module):
        registry.unplug("lending")
        registry.plug(module)

    yield publish
    registry.unplug("lending")
    registry.plug(toy.module)


@pytest.fixture
def take_up(sessions, clock):
    def take_up(subject_id, key="adopt", because="新办法自即日起适用于未办结事项", **more):
        with sessions.begin() as session:
            return adopt(
                session, subject_id, law=TRANSITION_RULE, because=because, by=HEAD, at=clock.now, key=key, **more
            )

    return take_up


def test_both_definitions_are_sound_and_differ(toy):
    assert list(SECOND_MODULE.problems()) == list(THIRD_MODULE.problems()) == []
    assert len({lending.hash, SECOND.hash, THIRD.hash}) == 3


def test_the_registry_opens_under_the_present_definition_and_knows_the_former():
    plugged = Registry()
    plugged.plug(THIRD_MODULE)
    assert plugged.workflow("lending") is THIRD
    assert [plugged.workflow("lending", n) for n in (1, 2, 3)] == [lending, SECOND, THIRD]
    plugged.unplug("lending")
    assert plugged.modules == {}
    with pytest.raises(KeyError):
        plugged.workflow("lending", 1)


def test_a_subject_goes_on_under_the_definition_it_was_opened_under(lend, act, publish, sessions, clock):
    old = lend().subject_id
    publish(SECOND_MODULE)
    new = lend("音箱", key="new").subject_id
    with sessions() as session:
        versions = {s.id: s.definition_version for s in session.scalars(select(Subject))}
        ends = dict(session.execute(select(Timer.subject_id, Timer.effective_due)).all())
    assert versions == {old: 1, new: 2}
    assert ends == {old: date(2026, 3, 17), new: date(2026, 4, 1)}
    assert act(old, "prolong", Prolong(extension_days=2)).state == "on_loan"  # a step only the first edition knows
    clock.set(2026, 3, 25)
    assert sweep(sessions, clock.now)["fired"] == 1
    with sessions() as session:
        assert session.get(Subject, old).state == "recalled"
        assert session.get(Subject, new).state == "on_loan"


def test_adopting_is_journalled_with_its_rule_and_turns_the_clocks(lend, act, publish, take_up, sessions):
    case = lend().subject_id
    publish(SECOND_MODULE)
    done = take_up(case)
    assert (done.state, done.seq) == ("on_loan", 2)
    with sessions() as session:
        subject = session.get(Subject, case)
        assert (subject.definition_version, subject.version) == (2, 2)
        entry = session.get_one(JournalEntry, (case, 2))
        assert (entry.trigger, entry.definition_version, entry.actor_id) == ("adopt", 2, HEAD.id)
        filed = open_payload(session.get_one(JournalPayload, (case, 2)))
        assert filed["law"] == str(TRANSITION_RULE)
        assert filed["hash"] == SECOND.hash
        timer = session.scalars(select(Timer)).one()
        assert (timer.status, timer.effective_due) == ("running", date(2026, 4, 1))
        assert verify(session) == []
    assert act(case, "inspect").state == "inspected"


def test_a_repeated_adoption_changes_nothing(lend, publish, take_up, sessions):
    case = lend().subject_id
    publish(SECOND_MODULE)
    take_up(case)
    assert take_up(case).replayed
    with pytest.raises(OtherBody):
        take_up(case, because="另一个理由")
    with pytest.raises(Refused, match="已适用现行程序"):
        take_up(case, key=str(new_id()))
    with sessions() as session:
        assert count(session, JournalEntry) == 2


def test_a_state_the_new_definition_does_not_know_must_be_named(lend, act, publish, take_up, sessions):
    case = lend().subject_id
    publish(THIRD_MODULE)
    with pytest.raises(Refused, match="须指明对应的状态"):
        take_up(case)
    assert take_up(case, key="named", state="lent").state == "lent"
    with sessions() as session:
        entry = session.get_one(JournalEntry, (case, 2))
        assert (entry.from_state, entry.to_state) == ("on_loan", "lent")
        assert session.scalars(select(Timer.status)).one() == "running"
        assert verify(session) == []
    assert act(case, "give_back", GiveBack(damage="完好"), by=CLERK).state == "returned"
