"""The page of a case with everything in it: how much it costs, how large it is, and what is folded away."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import event, update

from app.database import Database
from casework.mediation.forms import talks
from documents.tables import Record
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.casework.mediation.collective_case import drafted_collective
from tests.casework.mediation.world import PAYMENT, World, application
from tests.town import member, place
from union import passwords
from union.organisations import Organisation
from union.people import Staff
from union.roles import MEDIATOR

STATEMENTS, NODES = 38, 1500
APART = {"duplicate_decision": "separate", "duplicate_reason": "另一段用工期间的争议"}
DRAWN = '<svg class="track"'
SERVE, RECOMMENDED = "下一步：登记送达", "建议下一步"
FRAGMENT = {"hx-request": "true"}


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    taken: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        taken.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield taken
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def nodes(page: str) -> int:
    return len(re.findall(r"<[a-z]", page))


def test_a_case_with_everything_in_it_keeps_to_its_statements_and_to_its_size(
    desk: Desk, world: World, database: Database
) -> None:
    settled = world.settled()
    collective = drafted_collective(world, **APART)
    for account in ("head", "mediator"):
        desk.log_in(account)
        for case in (settled, collective):
            desk.get(f"/subjects/{case}")  # the calendar is read once by a process
            with statements(database) as taken:
                page = desk.get(f"/subjects/{case}")
            assert page.status_code == 200
            taken = [text for text in taken if text.lstrip()[:6].upper() in ("SELECT", "INSERT", "UPDATE")]
            assert len(taken) <= STATEMENTS, (account, len(taken), taken)
            assert nodes(page.text) < NODES, (account, nodes(page.text))


def test_more_workers_take_no_more_statements(desk: Desk, world: World, database: Database) -> None:
    """The negative control of the number above: it would grow with what is asked for one by one."""
    few, many = drafted_collective(world, count=10), drafted_collective(world, count=24, **APART)
    desk.log_in("mediator")
    counts = []
    for case in (few, many):
        desk.get(f"/subjects/{case}")
        with statements(database) as taken:
            desk.get(f"/subjects/{case}")
        counts.append(len(taken))
    assert counts[0] == counts[1], counts


def test_what_is_folded_away_comes_when_it_is_opened_and_is_a_page_without_a_script(desk: Desk, world: World) -> None:
    case = world.talking()
    desk.log_in("mediator")
    page = desk.get(f"/subjects/{case}").text
    term = re.search(rf'href="(/subjects/{case}/clocks/[0-9a-f-]+)"', page)
    assert term
    folded = {
        f"/subjects/{case}/diagram": "<svg",
        f"/subjects/{case}/blocked": "协议签署生效",
        f"/subjects/{case}/clocks": "已办结",
        term[1]: "逐日计算的理由",
    }
    assert "逐日计算的理由" not in page
    assert 'aria-label="流程图"' not in page
    for href, said in folded.items():
        assert f'href="{href}"' in page, href
        whole, part = desk.get(href), desk.get(href, headers=FRAGMENT)
        assert said in whole.text and said in part.text, href
        assert "<html" in whole.text and "<html" not in part.text, href


def test_a_long_card_shows_its_first_rows_and_all_of_them_on_demand(desk: Desk, world: World) -> None:
    case = drafted_collective(world, count=12)
    desk.log_in("mediator")
    page = desk.get(f"/subjects/{case}").text
    for name in ("claims", "terms", "shares"):
        href = f"/subjects/{case}/panels/{name}"
        assert f'href="{href}"' in page
        whole, part = desk.get(href), desk.get(href, headers=FRAGMENT)
        assert whole.text.count("<tr>") == part.text.count("<tr>") == 1 + 12
        assert "<html" in whole.text and "<html" not in part.text
    assert page.count("<tr>") == 3 * (1 + 8)
    assert desk.get(f"/subjects/{case}/panels/nonsense").status_code == 404


def test_what_is_folded_away_is_as_closed_as_the_case_itself(desk: Desk, world: World) -> None:
    case, other = world.talking(), world.talking(application(**APART))
    desk.log_in("mediator")
    term = re.search(r'href="(/subjects/[0-9a-f-]+/clocks/[0-9a-f-]+)"', desk.get(f"/subjects/{case}").text)
    assert term
    assert desk.get(term[1].replace(str(case), str(other))).status_code == 404, "a clock of another case"
    _somebody_elsewhere(world)
    desk.log_in("elsewhere")
    for href in (term[1], *(f"/subjects/{case}/{name}" for name in ("diagram", "blocked", "clocks"))):
        assert desk.get(href).status_code == 404, href


def test_what_is_paid_in_parts_says_of_each_part_which_it_is(desk: Desk, world: World) -> None:
    parts = [talks.InstalmentIn(amount=300000, due_on=world.clock.today + timedelta(days=d)) for d in (10, 40)]
    several = msgspec.structs.replace(PAYMENT, amount=None, due_on=None, instalments=parts)
    case = world.drafted(terms=[several, world.payment()])
    desk.log_in("mediator")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", desk.get(f"/subjects/{case}").text))
    assert "1 · 第 1 期 支付款项" in page and "1 · 第 2 期 支付款项" in page
    assert "2 支付款项" in page and "2 · 第" not in page


def test_a_day_that_was_agreed_is_no_term_that_is_used_up_until_it_is_over(desk: Desk, world: World) -> None:
    case = world.settled()
    page = desk.log_in("mediator").get(f"/subjects/{case}").text
    agreed, term = _clock(page, "约定的履行期限"), _clock(page, "三十日内共同申请司法确认")
    assert "届满" in agreed and DRAWN not in agreed and "当日不计入" not in agreed
    assert DRAWN in term and "当日不计入" in term
    world.clock.move(days=(PAYMENT.due_on - world.clock.today).days + 1)
    over = _clock(desk.log_in("mediator").get(f"/subjects/{case}").text, "约定的履行期限")
    assert "已超" in over and DRAWN in over


def _clock(page: str, label: str) -> str:
    return page.partition(f'<div class="clock" role="group" aria-label="{label}')[2].partition("</details>")[0]


def _somebody_elsewhere(world: World) -> None:
    with world.sessions.begin() as session:
        federation = session.get_one(Organisation, world.federation)
        station = place(session, "另一街道总工会", "street", federation, "township_street", "station")
        member(session, "何远", "elsewhere", (MEDIATOR,), (station,))
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))


def test_an_assignment_calls_the_recorder_optional_and_not_the_mediator(desk: Desk, world: World) -> None:
    case = world.accepted()
    desk.log_in("head")
    page = desk.get(f"/subjects/{case}/transitions/assign").text
    optional = re.findall(r">([^<>]+) <span class=\"opt\">选填", page)
    assert "记录员" in optional
    assert "调解员" not in optional


def test_an_agreement_not_yet_signed_is_what_its_case_leads_to(desk: Desk, world: World) -> None:
    """Before the extension, the delegates and the rest: what the case waits for, and what is missing for it."""
    case = world.drafted()
    desk.log_in("mediator")
    first = desk.get(f"/subjects/{case}").text.split('class="event')[2]
    assert "协议签署生效" in first
    assert "接下来，条件还不齐" in first
    assert "双方当事人均须在本协议上签名或者盖章" in first


def test_a_case_in_talks_leads_to_nothing_that_is_not_possible(desk: Desk, world: World) -> None:
    """The negative control: where the usual step can be taken it is recommended, not announced."""
    case = world.talking()
    desk.log_in("mediator")
    page = desk.get(f"/subjects/{case}").text
    assert "接下来，条件还不齐" not in page
    assert "建议下一步" in page.split('class="event')[2]


def test_a_step_names_the_clocks_of_this_case_and_not_those_of_cases_a_court_sent(desk: Desk, world: World) -> None:
    case = world.drafted()
    desk.log_in("mediator")
    stopped = re.search("停止计算：([^<]+)", desk.get(f"/subjects/{case}/transitions/sign").text)
    assert stopped
    assert "十五日调解期" in stopped[1]
    assert "法院" not in stopped[1]
    assert "仲裁庭" not in stopped[1]


def test_an_instrument_cited_twice_running_is_named_once(desk: Desk, world: World) -> None:
    case = world.talking()
    desk.log_in("mediator")
    assert "《企业劳动争议协商调解规定》第二十五条、第二十六条" in desk.get(f"/subjects/{case}").text


def test_why_a_step_is_not_possible_does_not_repeat_its_name(desk: Desk, world: World) -> None:
    case = world.talking()
    desk.log_in("mediator")
    page = desk.get(f"/subjects/{case}/blocked").text
    assert "<b>受理</b>：现为“调解中”，不能办理" in page
    assert "“受理”" not in page


def test_an_application_does_not_call_optional_what_it_is_refused_without(desk: Desk) -> None:
    desk.log_in("intake")
    page = desk.get("/cases/mediation/new?trigger=register").text
    optional = re.findall(r">([^<>]+) <span class=\"opt\">选填", page)
    assert "事实与理由" not in optional
    assert "电话" in optional


def test_no_record_asks_to_be_served_on_nobody(desk: Desk, world: World) -> None:
    case = world.settled()
    world.sign_paper(case, "application", seal=False)
    nobody, both = world.record(case, "application"), world.record(case, "agreement")
    desk.log_in("mediator")
    page = desk.get(f"/subjects/{case}").text
    assert SERVE in line_of(page, both) and SERVE not in line_of(page, nobody)
    assert RECOMMENDED in desk.get(f"/records/{both.id}").text
    assert RECOMMENDED not in desk.get(f"/records/{nobody.id}").text


def line_of(page: str, record: Record) -> str:
    [line] = [item for item in page.split("<li>") if f'href="/records/{record.id}"' in item]
    return line
