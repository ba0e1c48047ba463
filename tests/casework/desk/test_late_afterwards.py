"""What runs on after a case is closed and is late: it stands in the workload, and the number leads to it."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.desk.assignment import handlers
from casework.desk.pages.people import open_cases
from casework.mediation.forms import aftermath
from casework.mediation.tables import SettlementTerm
from tests.casework.desk.test_seals import desk, people  # noqa: F401 - the desk with the mediation behind it
from tests.casework.mediation.world import application
from tests.conftest import Clock
from workflows.sweep import sweep

AGAIN = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")


@pytest.fixture
def unpaid(desk: Any) -> UUID:  # noqa: F811
    """An agreement of which nothing is paid, beside a case that is still talked about."""
    case: UUID = desk.world.settled()
    desk.world.talking(AGAIN)
    return case


def numbers(desk: Any) -> list[str]:  # noqa: F811
    """The links of the column, of the mediator and of the office."""
    return [
        unescape(link)
        for link in re.findall(r'href="(/workload/cases[^"]*due=afterwards[^"]*)"', desk.get("/workload").text)
    ]


def test_an_agreement_not_kept_in_time_counts_for_its_mediator_and_its_office(
    desk: Any,  # noqa: F811
    people: Any,  # noqa: F811
    unpaid: UUID,
    clock: Clock,
) -> None:
    desk.log_in("head")
    assert numbers(desk) == [], "nothing is due yet"
    clock.set(2026, 5, 12)
    sweep(desk.world.sessions, clock.now)
    desk.log_in("head")
    of_mediator, of_office = numbers(desk)
    assert f"who={people['mediator']}" in of_mediator
    for link in (of_mediator, of_office):
        page = desk.get(link).text
        assert f"/subjects/{unpaid}" in page
        assert "协议履行" in page
        assert "没有“afterwards”" not in page
    assert "协议履行" not in desk.get(of_mediator.replace("due=afterwards", "due=overdue")).text
    assert "结案后超期" in desk.get(of_office.replace("/workload/cases", "/print/carried")).text


def test_what_follows_a_closed_case_goes_with_the_open_ones_when_a_colleague_leaves(
    desk: Any,  # noqa: F811
    people: Any,  # noqa: F811
    unpaid: UUID,
    clock: Clock,
) -> None:
    desk.log_in("head")
    page = desk.get(f"/handover?who={people['mediator']}").text
    assert f'value="{unpaid}" checked' in page
    assert page.count("已结案，后续事项未完") == 1
    given = {"cases": [str(unpaid)], "to": str(people["second"]), "reason": "调离"}
    with desk.world.sessions.begin() as session:
        assert len(open_cases(session, people["mediator"], clock.today)) == 2
    [sent_to] = set(re.findall(r'<form method="post" action="(/handover[^"]*)"', page))
    short = desk.post(sent_to, given | {"reason": ""})
    assert short.status_code == 422
    assert f'value="{unpaid}" checked' in short.text, "what was ticked stays ticked"
    assert desk.post(sent_to, given).status_code == 303
    with desk.world.sessions() as session:
        [(number, _)] = open_cases(session, people["mediator"], clock.today)
        assert "已结案" not in number
        assert [h.staff_id for h in handlers(session, unpaid, clock.today) if h.part == "handler"] == [people["second"]]


def test_what_is_paid_no_longer_counts(desk: Any, people: Any, unpaid: UUID, clock: Clock) -> None:  # noqa: F811
    world = desk.world
    clock.set(2026, 5, 12)
    sweep(world.sessions, clock.now)
    term = world.read(select(SettlementTerm).where(SettlementTerm.case_id == unpaid))[0]
    paid = aftermath.Complete(term_id=term.id, amount=term.amount, proof="银行回单")
    world.act(world.track(unpaid, "performance"), "complete", paid)
    desk.log_in("head")
    assert numbers(desk) == []
