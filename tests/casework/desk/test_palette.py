"""The command palette through HTTP: what it offers is decided by the server, for this person and this case, now."""

import re
from uuid import UUID

from sqlalchemy import update

from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import Desk
from workflows.tables import Subject

STEP = re.compile(r'href="(/subjects/[^"]+/transitions/\w+)"')


def offered(desk: Desk, place: str, words: str = "") -> set[str]:
    """The steps offered while the page of this place is open."""
    return set(STEP.findall(desk.get("/palette", params={"q": words, "at": place}).text))


def steps(case: str, *triggers: str) -> set[str]:
    return {f"{case}/transitions/{trigger}" for trigger in triggers}


def test_the_steps_of_the_open_case_are_offered_to_whoever_may_take_them(desk: Desk):
    desk.log_in("intake")
    case = register(desk)
    assert steps(case, "seek_consent") <= offered(desk, case)
    assert steps(case, "accept").isdisjoint(offered(desk, case))
    desk.log_in("head")
    assert steps(case, "reject") <= offered(desk, case)


def test_every_step_offered_is_lawful_and_opens(desk: Desk):
    desk.log_in("intake")
    case = register(desk)
    for account in ("intake", "head"):
        desk.log_in(account)
        for step in offered(desk, case):
            assert desk.get(step).status_code == 200, step


def test_a_step_whose_condition_is_unmet_stands_on_the_page_and_is_not_offered(desk: Desk):
    desk.log_in("head")
    case = register(desk)
    (accept,) = steps(case, "accept")
    assert f'href="{accept}"' in desk.get(case).text
    assert desk.get(accept).status_code == 409
    assert accept not in offered(desk, case, "受理")


def test_what_was_lawful_before_the_state_changed_is_offered_no_more(desk: Desk):
    desk.log_in("intake")
    loan = lend(desk)
    before = offered(desk, loan)
    assert before
    with desk.client.app.state.database.sessions.begin() as session:
        changed = update(Subject).where(Subject.id == UUID(loan.rsplit("/")[-1])).values(state="returned")
        session.execute(changed)
    assert before.isdisjoint(offered(desk, loan))


def test_nothing_of_a_case_is_offered_to_those_who_may_not_see_it(desk: Desk):
    desk.log_in("intake")
    case = register(desk)
    for place in (f"{case}/access", f"{case}/transitions/seek_consent"):
        assert offered(desk, place) == offered(desk, case)
    desk.log_in("admin")
    assert "/subjects/" not in desk.get("/palette", params={"q": "", "at": case}).text


def test_a_place_that_is_no_case_offers_pages_only(desk: Desk):
    desk.log_in("intake")
    for place in ("/todo", "/subjects/", "/subjects/1", "//evil.example", "/subjects/" + "0" * 400, "\x00"):
        answer = desk.get("/palette", params={"q": "", "at": place})
        assert answer.status_code == 200
        assert "/subjects/" not in answer.text
        assert "/todo" in answer.text


def test_steps_and_pages_are_found_by_their_words_or_pinyin(desk: Desk):
    desk.log_in("intake")
    case = register(desk)
    lines = desk.get("/palette", params={"at": case}).text.split("<a ")
    (label,) = (re.findall(r"<span>(.*?)</span>", line)[0] for line in lines if f"{case}/transitions/seek_con" in line)
    assert offered(desk, case, label) == steps(case, "seek_consent")
    assert "/calendar" in desk.get("/palette?q=rc").text
    assert "/cases/mediation/new?trigger=register_oral" in desk.get("/palette?q=登记").text


def test_a_party_is_found_under_people_with_the_case(desk: Desk):
    desk.log_in("intake")
    case = register(desk)
    found = desk.get("/palette?q=wxm").text.split("人员")[1]
    assert "王小明" in found
    assert case in found
    assert "北京甲餐饮" not in found


def test_colleagues_are_found_by_those_who_may_look_them_up(desk: Desk):
    desk.log_in("admin")
    assert re.search(r"/admin/people/[0-9a-f-]{36}", desk.get("/palette?q=周敏").text)
    desk.log_in("intake")
    assert "/admin/people/" not in desk.get("/palette?q=周敏").text
