"""A decision about likely repetitions is a decision about the very cases that were shown, wherever a party comes in."""

import msgspec
import pytest
from sqlalchemy import select

from casework.desk.tables import Link
from casework.mediation.forms import correction, endings, people, registration
from casework.mediation.presenting import likely_repetitions
from casework.mediation.tables import MediationCase
from tests.casework.mediation.world import FIRM, WAGES, WANG, application
from workflows.errors import Refused

COUSIN = registration.PartyIn(name="周大伟", id_number="110105199001010010")
ELSEWHERE = registration.PartyIn(name="北京近岸商贸有限公司", kind="organisation")


def of_cousin(**more):
    """Another case of the same person against the same firm, registered beside whatever there is."""
    said = {"duplicate_decision": "separate", "duplicate_reason": "不同月份的工资"}
    return application(applicants=[COUSIN], **said, **more)


def adding(world):
    case = world.open()
    return case, "add_party", people.AddParty(party=COUSIN, side="applicant"), "intake"


def listing(world):
    case = world.open()
    return case, "import_workers", people.ImportWorkers(workers=[COUSIN]), "intake"


def mending(world):
    case = world.open(form=application(applicants=[COUSIN], respondents=[ELSEWHERE]))
    world.act(case, "request_correction", registration_correction(), "intake")
    return case, "correct", correction.Correct(materials=["更正的名称"], respondents=[FIRM]), "intake"


def registration_correction():
    return correction.RequestCorrection(missing=["被申请人准确名称"])


def joining(world):
    into = world.open()
    brought = world.open(form=application(applicants=[COUSIN], respondents=[ELSEWHERE]))
    return brought, "join", endings.Join(into_id=into, reason="同一用人单位"), "head"


def decided(form, seen):
    said = {"duplicate_decision": "related", "duplicate_reason": "请求的期间不同", "duplicate_seen": seen}
    return msgspec.structs.replace(form, **said)


def shown(world, form, case=None):
    with world.sessions() as session:
        return " ".join(hit.key for hit in likely_repetitions(session, form, world.clock.now, case))


WAYS = [adding, listing, mending, joining]


@pytest.mark.parametrize("way", WAYS)
def test_a_case_that_came_in_after_the_page_was_shown_is_asked_about_again(world, way):
    case, trigger, form, by = way(world)
    first = world.open(form=of_cousin())
    seen = shown(world, form, case)
    assert len(seen.split()) == 1
    second = world.open(form=of_cousin())
    before = len(world.parties(case))
    with pytest.raises(Refused, match="此后又发现的，须一并核对"):
        world.act(case, trigger, decided(form, seen), by)
    assert len(world.parties(case)) == before
    assert not set(world.read(select(Link.from_id))) & {first, second}
    world.act(case, trigger, decided(form, shown(world, form, case)), by)
    assert {first, second} <= set(world.read(select(Link.from_id)))


@pytest.mark.parametrize("way", WAYS)
def test_a_decision_that_names_no_case_decides_nothing(world, way):
    case, trigger, form, by = way(world)
    world.open(form=of_cousin())
    with pytest.raises(Refused, match="疑似重复"):
        world.act(case, trigger, decided(form, "-"), by)


def test_an_application_is_bound_to_what_was_shown_too(world):
    world.open()
    again = application()
    seen = shown(world, again)
    world.open(form=decided(application(), seen))
    cases = len(world.read(select(MediationCase)))
    with pytest.raises(Refused, match="疑似重复"):
        world.open(form=decided(again, seen))
    assert len(world.read(select(MediationCase))) == cases
    world.open(form=decided(again, shown(world, again)))


def test_a_known_case_found_through_somebody_else_is_asked_about_again(world):
    other = application(applicants=[WANG, COUSIN], claims=[WAGES])
    world.open(form=other)
    typed = application()
    seen = shown(world, typed)
    with pytest.raises(Refused, match="疑似重复"):
        world.open(form=decided(application(applicants=[COUSIN]), seen))


def test_what_was_decided_once_is_not_asked_again_when_somebody_unrelated_comes_in(world):
    world.open()
    case = world.open(form=application(duplicate_decision="separate", duplicate_reason="不同月份的工资"))
    world.act(case, "add_party", people.AddParty(party=COUSIN, side="applicant"), "intake")
    assert len(world.parties(case)) == 3


def test_a_case_taken_up_again_is_held_against_the_others_but_not_against_its_own_source(world):
    source = world.failed()
    world.finish_papers(source)
    archived = endings.Archive(catalogue_complete=True, receipts_filed=True, pages=0)
    world.act(source, "archive", archived, "archivist")
    again = registration.Reopen(source_id=source, both_willing=True)
    assert shown(world, again) == ""
    other = world.open(form=application(duplicate_decision="separate", duplicate_reason="不同月份的工资"))
    with pytest.raises(Refused, match="疑似重复"):
        world.open("reopen", again)
    reopened = world.open("reopen", decided(again, shown(world, again)))
    links = {(link.from_id, link.kind) for link in world.read(select(Link).where(Link.to_id == reopened))}
    assert links == {(source, "reopened"), (other, "related")}
