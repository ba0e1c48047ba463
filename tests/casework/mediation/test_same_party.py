"""One person or unit in two cases is one party of the joined one, whichever number only one of them knew."""

import pytest
from msgspec.structs import replace as changed

from casework.mediation.forms import endings, people, registration
from tests.casework.mediation.world import FIRM, WANG, application
from workflows.errors import Invalid

OTHER_UNIT = registration.PartyIn(name="北京近岸商贸有限公司", kind="organisation")
BARE = changed(WANG, id_number="", phone="")
BY_NUMBER = changed(WANG, phone="")
BY_PHONE = changed(WANG, id_number="")
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


def test_a_unit_does_not_stand_twice_on_one_side(world):
    case = world.open()
    again = people.AddParty(party=changed(FIRM, name="北京启航货运有限公司"), side="respondent")
    with pytest.raises(Invalid, match="统一社会信用代码已登记为本案当事人"):
        world.act(case, "add_party", again, "intake")
    assert len(world.parties(case)) == 2
