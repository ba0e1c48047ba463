"""An agent enters with the agent's own telephone: into that case alone, as far as the authority goes, marked as the agent."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.desk import timeline
from casework.desk.pages.writing import carry_out
from casework.desk.tables import PartyRequest
from casework.mediation.forms import endings, papers
from casework.mediation.tables import CaseParty
from tests.casework.desk.party.telephone import APPLICANT, CALLED_FIRM, Phone, plain
from tests.casework.desk.party.test_what_a_party_cannot_do import OTHER_WORKER
from tests.casework.mediation.world import WANG, World, application
from union import access
from workflows.errors import Invalid
from workflows.fire import current_facts, fire
from workflows.module import registry
from workflows.tables import JournalEntry, Subject, new_id

LAWYER = "13600136000"


def authorised(world: World, authority: str = "general", side: str = "applicant") -> Any:
    case = world.assigned(application(**CALLED_FIRM))
    _set(world, case, side, LAWYER, authority)
    return case


def _set(world: World, case: Any, side: str, phone: str, authority: str = "general", name: str = "张律师") -> None:
    with world.sessions.begin() as session:
        party = session.get_one(CaseParty, world.party(case, side).id)
        party.agent_name, party.agent_phone, party.agent_authority = name, phone, authority


def told(world: World, case: Any) -> str:
    with world.sessions() as session:
        return "".join(f"{m.what}|{m.text}\n" for m in timeline.timeline(session, session.get_one(Subject, case)))


def test_an_agent_enters_the_case_of_its_principal_and_is_told_how_far_it_may_go(phone: Phone, world: World):
    page = plain(phone.enter(authorised(world), LAWYER).get("/my/case").text)
    assert "你是申请人的代理人（一般授权，不能代为撤回、和解）" in page
    assert LAWYER not in page and APPLICANT not in page


def test_a_telephone_somebody_once_gave_for_nobody_opens_nothing(phone: Phone, world: World):
    case = authorised(world)
    _set(world, case, "applicant", LAWYER, name="")
    phone.ask(world.case(case).number, LAWYER)
    phone.relay()
    assert phone.telephones.code(LAWYER) == ""


def test_an_agent_of_both_sides_is_nobody(phone: Phone, world: World):
    case = authorised(world)
    _set(world, case, "respondent", LAWYER)
    phone.ask(world.case(case).number, LAWYER)
    phone.relay()
    assert phone.telephones.code(LAWYER) == ""


TWO_WORKERS = {"applicants": [WANG, *OTHER_WORKER["applicants"]]}


def both_represented(world: World) -> tuple[Any, list[CaseParty]]:
    """A case of two workers with one agent."""
    case = world.assigned(application(**{**CALLED_FIRM, **TWO_WORKERS}))
    workers = [party for party in world.parties(case) if party.side == "applicant"]
    with world.sessions.begin() as session:
        for worker in workers:
            party = session.get_one(CaseParty, worker.id)
            party.agent_name, party.agent_phone, party.agent_authority = "张律师", LAWYER, "special"
    return case, workers


def test_an_agent_of_several_sees_and_acts_for_each_of_them_alone(phone: Phone, world: World):
    case, (first, second) = both_represented(world)
    phone.enter(case, LAWYER)
    assert f"改为代{second.name}办理" in phone.get("/my/case").text
    assert phone.post("/my/case/message", {"text": "代第一位问进展"}).status_code == 303
    turned = phone.post("/my/for", {"who": str(second.id)}, "/my/case")
    assert turned.headers["location"] == "/my/case"
    page = phone.get("/my/case").text
    assert f"改为代{first.name}办理" in page
    assert "代第一位问进展" not in page
    assert phone.post("/my/case/message", {"text": "代第二位问进展"}).status_code == 303
    asked = {row.participant_id: row.text for row in world.read(select(PartyRequest))}
    assert asked == {first.id: "代第一位问进展", second.id: "代第二位问进展"}


def test_an_agent_turns_to_nobody_it_does_not_stand_for(phone: Phone, world: World):
    case, (first, second) = both_represented(world)
    phone.enter(case, LAWYER)
    for who in (str(world.party(case, "respondent").id), "", "nonsense"):
        assert phone.post("/my/for", {"who": who}, "/my/case").status_code == 404
    _set_one(world, second.id, "")
    assert phone.post("/my/for", {"who": str(second.id)}, "/my/case").status_code == 404
    assert "改为代" not in phone.get("/my/case").text
    phone.client.cookies.clear()
    phone.clock.move(minutes=30)
    phone.enter(case)  # a party itself stands for nobody
    assert phone.post("/my/for", {"who": str(second.id)}, "/my/case").status_code == 404
    assert world.party(case, "applicant").id == first.id


def _set_one(world: World, party_id: Any, agent: str) -> None:
    with world.sessions.begin() as session:
        session.get_one(CaseParty, party_id).agent_name = agent


def test_an_agent_is_nobody_in_another_case(phone: Phone, world: World):
    authorised(world)
    other = world.open(form=application(**OTHER_WORKER))
    phone.ask(world.case(other).number, LAWYER)
    phone.relay()
    assert phone.telephones.code(LAWYER) == ""


def test_without_special_authority_an_agent_withdraws_nothing(phone: Phone, world: World):
    case = authorised(world)
    phone.enter(case, LAWYER)
    assert "撤回申请" not in phone.get("/my/case").text
    sent = {"reason": "other", "voluntary": "1"}
    assert phone.post("/my/case/withdraw", sent, "/my/case").status_code == 404
    assert world.state(case) == "assigned"


def test_with_special_authority_an_agent_withdraws_and_the_history_names_the_agent(phone: Phone, world: World):
    case = authorised(world, "special")
    answer = phone.enter(case, LAWYER).post("/my/case/withdraw", {"reason": "other", "voluntary": "1"})
    assert answer.status_code == 303
    assert world.state(case) == "withdrawn"
    assert "当事人网上办理；代理人张律师网上办理" in told(world, case)


def test_the_engine_itself_refuses_the_withdrawal_of_a_general_agent(world: World):
    case = authorised(world)
    with pytest.raises(Invalid, match="特别授权"):
        _withdraw(world, case)
    _set(world, case, "applicant", LAWYER, "special")
    _withdraw(world, case)
    assert world.state(case) == "withdrawn"


def _withdraw(world: World, case: Any) -> None:
    with world.sessions.begin() as session:
        me = access.participant_actor(session, case, world.party(case, "applicant").id, LAWYER)
        assert me is not None
        form = endings.Withdraw(reason="other", voluntary=True, way="online")
        fire(session, case, "withdraw", form, by=me, at=world.clock.now, key=str(new_id()))


def test_what_an_agent_hands_in_and_says_is_marked_as_the_agent_s(phone: Phone, world: World):
    case = authorised(world)
    phone.enter(case, LAWYER)
    phone.post("/my/case/message", {"text": "请提前寄笔录"})
    phone.post("/my/case/confirm-address", {"address": "朝阳区某路8号律师事务所"})
    said = told(world, case)
    assert said.count("当事人网上办理；代理人张律师网上办理") == 2
    acted = world.read(select(JournalEntry.actor_id).where(JournalEntry.trigger == "party_request"))
    assert acted == [world.party(case, "applicant").id]


def test_the_principal_itself_is_not_marked(phone: Phone, world: World):
    case = authorised(world)
    phone.enter(case).post("/my/case/message", {"text": "请提前寄笔录"})
    assert "代理人" not in told(world, case)


@pytest.mark.parametrize("path", ["/my/data", "/my/data/copy", "/my/case/deletion", "/my/case/safe-contact"])
def test_what_is_the_person_s_own_is_not_the_agent_s(phone: Phone, world: World, path: str):
    case = authorised(world)
    assert phone.enter(case, LAWYER).get(path).status_code == 404
    assert "/my/data" not in phone.get("/my/case").text
    phone.clock.move(minutes=30)
    assert phone.enter(case, APPLICANT).get(path).status_code == 200


def test_the_session_of_an_agent_ends_with_the_mandate(phone: Phone, world: World):
    case = authorised(world)
    phone.enter(case, LAWYER)
    assert phone.get("/my/case").status_code == 200
    _set(world, case, "applicant", "13600136001")
    assert phone.get("/my/case").headers["location"] == "/my"


def test_the_telephone_written_into_a_power_of_attorney_is_the_one_that_enters(phone: Phone, world: World):
    case = world.assigned(application(**CALLED_FIRM))
    firm = world.party(case, "respondent")
    with world.sessions.begin() as session:
        subject, by = session.get_one(Subject, case), world.actor(session, "mediator")
        act = next(a for a in registry.module_for(subject).acts if a.form is papers.Authorise)
        form = papers.Authorise(party_id=firm.id, agent_name="李法务", agent_phone="136 0013 6000", authority="general")
        facts = current_facts(session, subject, by=by, at=world.clock.now)
        carry_out(session, subject, act, form, by, world.clock.now, facts)
    assert "被申请人的代理人" in phone.enter(case, LAWYER).get("/my/case").text
