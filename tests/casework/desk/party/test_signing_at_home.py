"""A party signs on its own telephone: its own name, what it was shown, after showing who it is; and nobody else's."""

from typing import Any

import pytest
from sqlalchemy import select, update

from casework.mediation.forms import people
from casework.mediation.tables import CaseParty
from documents.forms import Finalise
from documents.signing import SignOnPad
from documents.tables import Record, RecordSignature
from tests.casework.desk.party.telephone import APPLICANT, CALLED_FIRM, RESPONDENT, Phone
from tests.casework.mediation.test_papers import offer
from tests.casework.mediation.world import World, application
from tests.documents.strokes import strokes
from union import access
from workflows.errors import Invalid
from workflows.fire import fire
from workflows.tables import new_id

LAST_FOUR = "4116"


def agreement(world: World, agreed: bool = True) -> tuple[Any, Record]:
    """Finalised, its file there; both sides have agreed to sign electronically, or neither."""
    case = world.drafted(application(**CALLED_FIRM))
    for side in ("applicant", "respondent"):
        party = world.party(case, side)
        form = people.ConfirmAddress(party_id=party.id, address="朝阳区八里庄街道1号院", e_sign_consent=agreed)
        offer(world, case, "confirm_address", form)
    world.act(world.record(case, "agreement").id, "finalise", Finalise())
    record = world.record(case, "agreement")
    with world.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == record.id).values(pdf_sha256="a" * 64))
    return case, record


def sign(phone: Phone, record: Record, **more: str) -> Any:
    sent = {"identity": LAST_FOUR, "strokes": strokes(), "shown_sha256": record.data_sha256, **more}
    return phone.post(f"/my/sign/{record.id}", sent)


def ways(world: World) -> list[str]:
    return world.read(select(RecordSignature.way))


def test_a_party_reads_the_words_and_signs_and_the_record_says_that_it_was_on_the_telephone(phone: Phone, world: World):
    case, record = agreement(world)
    phone.enter(case)
    assert f"/my/sign/{record.id}" in phone.get("/my/case").text
    assert "王建国" in phone.get(f"/my/sheet/{record.id}").text
    assert sign(phone, record).headers["location"] == "/my/case"
    row = world.read(select(RecordSignature))[0]
    worker = world.party(case, "applicant")
    assert (row.signer, row.way, row.recorded_by) == (str(worker.id), "phone", worker.id)
    assert f"/my/sign/{record.id}" not in phone.get("/my/case").text
    assert phone.get(f"/my/sign/{record.id}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"identity": "0000"}, "identity"), ({"identity": ""}, "identity"), ({"strokes": ""}, "strokes")],
)
def test_without_identity_or_strokes_nothing_is_signed_and_what_was_written_is_kept(
    phone: Phone, world: World, wrong: dict[str, str], field: str
):
    case, record = agreement(world)
    answer = sign(phone.enter(case), record, **wrong)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert field == "strokes" or "[[[" in answer.text
    assert ways(world) == []


def test_other_words_than_those_shown_are_not_signed(phone: Phone, world: World):
    case, record = agreement(world)
    assert sign(phone.enter(case), record, shown_sha256="f" * 64).status_code == 409
    assert ways(world) == []


def test_guessing_who_one_is_is_slowed_down(phone: Phone, world: World):
    case, record = agreement(world)
    phone.enter(case)
    for _ in range(6):
        said = sign(phone, record, identity="0000").text
    assert "核对过于频繁" in said
    assert "核对过于频繁" in sign(phone, record).text
    phone.clock.move(minutes=11)
    assert sign(phone, record).status_code == 303


def test_who_has_not_agreed_to_it_is_not_asked_to_sign_on_the_telephone(phone: Phone, world: World):
    case, record = agreement(world, agreed=False)
    phone.enter(case)
    assert "等你签名" not in phone.get("/my/case").text
    assert phone.get(f"/my/sign/{record.id}").status_code == 404
    assert phone.get(f"/my/sheet/{record.id}").status_code == 404


def test_an_organisation_and_an_agent_sign_where_somebody_sees_them(phone: Phone, world: World):
    case, record = agreement(world)
    phone.enter(case, RESPONDENT)
    assert phone.get(f"/my/sign/{record.id}").status_code == 404
    with world.sessions.begin() as session:
        worker = session.get_one(CaseParty, world.party(case, "applicant").id)
        worker.agent_name, worker.agent_phone, worker.agent_authority = "张律师", "13600136000", "special"
    phone.clock.move(minutes=30)
    assert phone.enter(case, "13600136000").get(f"/my/sign/{record.id}").status_code == 404
    phone.clock.move(minutes=30)
    assert phone.enter(case, APPLICANT).get(f"/my/sign/{record.id}").status_code == 200


def test_the_engine_itself_lets_a_party_sign_for_nobody_else(world: World):
    case, record = agreement(world)
    worker, firm = world.party(case, "applicant"), world.party(case, "respondent")
    with pytest.raises(Invalid, match="只能由本人"):
        _sign_as(world, case, record, worker.id, firm.id)
    _sign_as(world, case, record, worker.id, worker.id)
    assert ways(world) == ["phone"]


def _sign_as(world: World, case: Any, record: Record, who: Any, signer: Any) -> None:
    with world.sessions.begin() as session:
        me = access.participant_actor(session, case, who)
        assert me is not None
        form = SignOnPad(signer=str(signer), strokes=strokes(), shown_sha256=record.data_sha256)
        fire(session, record.id, "sign_on_pad", form, by=me, at=world.clock.now, key=str(new_id()))


def test_signed_twice_from_one_page_it_is_signed_once(phone: Phone, world: World):
    case, record = agreement(world)
    phone.enter(case)
    shown = phone.get(f"/my/sign/{record.id}").text
    hidden = {n: shown.split(f'name="{n}" value="')[1].split('"')[0] for n in ("_csrf", "_key", "shown_sha256")}
    for _ in range(2):
        sent = {**hidden, "identity": LAST_FOUR, "strokes": strokes()}
        answer = phone.client.post(f"/my/sign/{record.id}", data=sent, follow_redirects=False)
        assert answer.headers["location"] == "/my/case"
    assert ways(world) == ["phone"]
