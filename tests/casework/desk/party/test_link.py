"""The link in a text: it saves typing the number, and by itself opens nothing."""

from sqlalchemy import select

from casework.desk import party_links
from casework.desk.tables import Message, PartyLink
from casework.mediation.forms.correction import RequestCorrection
from casework.mediation.tables import CaseParty
from tests.casework.desk.party.telephone import APPLICANT, STRANGER, Phone, plain
from tests.casework.mediation.world import World


def texted(phone: Phone, world: World) -> str:
    """A case whose applicant has been told of it; the path of the link in the text."""
    world.open()
    phone.relay()
    return phone.telephones.link(APPLICANT)


def ask(phone: Phone, link: str):
    answer = phone.post(link, {})
    phone.relay()
    return answer


def test_a_text_leads_to_the_case_with_the_code_and_without_its_number(phone: Phone, world: World):
    link = texted(phone, world)
    assert ask(phone, link).headers["location"] == "/my/code"
    assert phone.give(phone.telephones.code(APPLICANT)).headers["location"] == "/my/case"
    assert "已收到申请" in phone.get("/my/case").text


def test_the_link_alone_shows_nothing_of_anybody(phone: Phone, world: World):
    link = texted(phone, world)
    page = phone.get(link).text
    case = world.read(select(CaseParty.case_id))[0]
    hidden = [world.case(case).number, world.case(case).title, APPLICANT, APPLICANT[-4:], "138****", "已收到申请"]
    hidden += [party.name for party in world.parties(case)]
    assert [word for word in hidden if word in page] == []
    assert phone.get("/my/case").headers["location"] == "/my"


def test_a_link_leads_to_one_entering(phone: Phone, world: World):
    link = texted(phone, world)
    ask(phone, link)
    assert phone.get(link).status_code == 200  # a code that did not come may be asked for again
    phone.give(phone.telephones.code(APPLICANT))
    assert phone.get(link).status_code == 404
    assert "已经用过" in phone.get(link).text
    assert phone.client.post(link, data={}, follow_redirects=False).status_code in (403, 404)


def test_a_link_ends_after_three_days(phone: Phone, world: World):
    link = texted(phone, world)
    phone.clock.now += party_links.VALID_FOR - party_links.VALID_FOR / 100
    assert phone.get(link).status_code == 200
    phone.clock.now += party_links.VALID_FOR / 100
    assert phone.get(link).status_code == 404


def test_the_secret_stands_nowhere_but_in_the_text_that_left(phone: Phone, world: World):
    link = texted(phone, world)
    secret = link.removeprefix(party_links.PATH)
    assert len(secret) >= 22
    kept = world.read(select(Message).where(Message.party_id.is_not(None)))
    assert kept
    for row in kept:
        assert secret not in row.text + repr(row.values)
        assert party_links.PLACE in row.text
    links = world.read(select(PartyLink))
    assert links
    assert [row for row in links if secret in row.token_hash] == []
    assert [body for body in world.promised("desk.send") if secret in repr(body.body)] == []


def test_the_code_goes_to_the_telephone_that_is_in_the_case_now(phone: Phone, world: World):
    link = texted(phone, world)
    with world.sessions.begin() as session:
        party = session.scalars(select(CaseParty).where(CaseParty.side == "applicant")).one()
        party.phone = STRANGER
    ask(phone, link)
    assert phone.telephones.code(APPLICANT) == ""
    assert len(phone.telephones.code(STRANGER)) == 6


def test_each_text_has_a_secret_of_its_own_and_an_invented_one_leads_nowhere(phone: Phone, world: World):
    first = texted(phone, world)
    asked = RequestCorrection(missing=["身份证复印件"])
    world.act(world.read(select(CaseParty.case_id))[0], "request_correction", asked, "intake")
    phone.relay()
    assert phone.telephones.link(APPLICANT) != first
    invented = phone.get("/my/l/" + "x" * 22)
    assert invented.status_code == 404
    assert "用案号登录" in plain(invented.text)


def test_asking_by_a_link_is_slowed_down_like_any_asking(phone: Phone, world: World):
    link = texted(phone, world)
    answers = [ask(phone, link).status_code for _ in range(4)]
    assert answers[:3] == [303, 303, 303]
    assert answers[3] == 422
    phone.clock.move(hours=25)
    assert ask(phone, link).status_code == 303
