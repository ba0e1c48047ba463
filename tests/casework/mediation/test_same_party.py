"""One person or unit in two cases is one party of the joined one, whichever number only one of them knew."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import text

from casework.mediation.forms import endings, people, registration
from tests.casework.mediation.world import FIRM, WANG, application, build
from workflows.calendar_table import fill
from workflows.errors import Invalid, Refused
from workflows.fire import fire

OTHER_UNIT = registration.PartyIn(name="北京近岸商贸有限公司", kind="organisation")
BARE = changed(WANG, id_number="", phone="")
BY_NUMBER = changed(WANG, phone="")
BY_PHONE = changed(WANG, id_number="")
APART = {"duplicate_decision": "separate", "duplicate_reason": "另一名职工"}
COLLEAGUE = registration.PartyIn(name="李小红", id_number="110105199001010010", phone="13800005678")
BARE_FIRM = changed(FIRM, credit_code="", legal_representative="")


def joined(world, first, second):
    """The parties of a case against the firm after another one of the same side was joined to it."""
    into = world.open(form=application(**first))
    said = {"duplicate_decision": "separate", "duplicate_reason": "不同月份的工资"}
    brought = world.open(form=application(**second, **said))
    world.act(brought, "join", endings.Join(into_id=into, reason="同一争议"), "head")
    return world.parties(into)


@pytest.mark.parametrize(
    ("there", "here"),
    [(BY_NUMBER, BARE), (BARE, BY_NUMBER), (BY_NUMBER, BY_PHONE), (BY_PHONE, BY_NUMBER), (BY_PHONE, BARE)],
    ids=["number-nothing", "nothing-number", "number-phone", "phone-number", "phone-nothing"],
)
def test_a_person_whose_number_or_telephone_only_one_case_knew_is_one_party_that_knows_both(world, there, here):
    worker, firm = joined(world, {"applicants": [there]}, {"applicants": [here]})
    assert worker.id_number == (there.id_number or here.id_number or None)
    assert worker.phone == (there.phone or here.phone or None)
    assert (worker.name, firm.name) == (WANG.name, FIRM.name)


@pytest.mark.parametrize(("there", "here"), [(FIRM, BARE_FIRM), (BARE_FIRM, FIRM)], ids=["code-name", "name-code"])
def test_a_unit_whose_code_only_one_case_knew_is_one_party_that_knows_it(world, there, here):
    worker, firm = joined(world, {"respondents": [there]}, {"respondents": [here]})
    assert (worker.name, firm.credit_code, firm.legal_representative) == (WANG.name, FIRM.credit_code, "赵强")


def test_a_unit_renamed_meanwhile_is_known_by_its_code(world):
    renamed = changed(FIRM, name="北京启航货运有限公司")
    assert len(joined(world, {}, {"respondents": [renamed]})) == 2


@pytest.mark.parametrize(
    "namesake",
    [changed(WANG, id_number="110105199001010010"), changed(BY_PHONE, phone="13900139000")],
    ids=["another number", "another telephone"],
)
def test_namesakes_stay_two(world, namesake):
    assert len(joined(world, {}, {"applicants": [namesake]})) == 3


def test_what_is_known_is_not_overwritten_and_claims_go_to_the_one_party(world):
    worker, _ = joined(world, {}, {"applicants": [changed(WANG, phone="13900139000", job="司机")]})
    assert (worker.phone, worker.job) == (WANG.phone, "司机")


def test_one_of_two_namesakes_is_nobody_in_particular(world):
    two = [changed(BARE, phone="13900139000"), changed(BARE, phone="13900139001")]
    assert len(joined(world, {"applicants": two}, {"applicants": [BARE]})) == 4


@pytest.fixture
def busy(postgresql, clock):
    """Three cases of one station on PostgreSQL, where two steps may run side by side; SQLite lets one write at a time."""
    with postgresql.sessions.begin() as session:
        fill(session, clock.now)
    world = build(postgresql.sessions, clock)
    into = world.open(form=application())
    brought = [world.open(form=application(applicants=[COLLEAGUE], **APART)) for _ in range(2)]
    return world, into, brought, endings.Join(into_id=into, reason="同一争议", **APART)


@contextmanager
def meanwhile(world, database, *first, by="head", second):
    """The second step is begun while the first is not yet committed; afterwards its answer is there to be asked for."""
    subject, trigger, form = first
    with world.sessions() as session, ThreadPoolExecutor(1) as elsewhere:
        actor, shown = world.actor(session, by), world.shown(session, form, subject)
        fire(session, subject, trigger, shown, by=actor, at=world.clock.now, key="first")
        other = elsewhere.submit(world.act, *second, "head")
        while not (waits(database) or other.done()):
            pass
        session.commit()
        yield other


def test_two_cases_joined_to_one_at_the_same_time_bring_the_same_person_once(busy, postgresql):
    world, into, (one, two), form = busy
    with meanwhile(world, postgresql, one, "join", form, second=(two, "join", form)) as other:
        other.result(30)
    assert [party.name for party in world.parties(into)] == [WANG.name, FIRM.name, COLLEAGUE.name]


def test_a_case_is_not_joined_to_one_that_ends_at_the_same_time(busy, postgresql):
    world, into, (one, _), form = busy
    withdrawn = endings.Withdraw(reason="other", voluntary=True, proof="撤回申请书")
    ending = meanwhile(world, postgresql, into, "withdraw", withdrawn, by="intake", second=(one, "join", form))
    with ending as other, pytest.raises(Refused, match="并入的案件在同一调解组织办理中"):
        other.result(30)
    assert world.state(one) != "joined"


def waits(postgresql):
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with postgresql.engine.connect() as connection:
        return connection.scalar(query)


def test_a_unit_does_not_stand_twice_on_one_side(world):
    case = world.open()
    again = people.AddParty(party=changed(FIRM, name="北京启航货运有限公司"), side="respondent")
    with pytest.raises(Invalid, match="统一社会信用代码已登记为本案当事人"):
        world.act(case, "add_party", again, "intake")
    assert len(world.parties(case)) == 2
