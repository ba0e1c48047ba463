"""办案补贴: each closed case by the rate of its day, to whoever held it then; the sheet that is paid by has the sums."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from casework.desk import assignment
from casework.mediation import ledger
from casework.mediation.forms import talks
from casework.mediation.tables import MediationCase
from tests.casework.desk.test_seals import desk, people  # noqa: F401 - the desk with the mediation behind it
from tests.casework.mediation.collective_case import workers
from tests.casework.mediation.world import application
from tests.conftest import Clock
from workflows.tables import Setting

AGAIN = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")


@pytest.fixture
def rates(desk: Any) -> None:  # noqa: F811
    """Settled 500 yuan from January and 800 from the eighth of March; nothing set for what ends otherwise."""
    rows = ((date(2026, 1, 1), 50_000), (date(2026, 3, 8), 80_000))
    with desk.world.sessions.begin() as session:
        for since, value in rows:
            session.add(
                Setting(
                    key="mediation.allowance_settled",
                    value={"value": value},
                    valid_from=since,
                    entered_at=desk.world.clock.now,
                )
            )


def sheet(desk: Any, account: str = "head") -> str:  # noqa: F811
    """What is printed, one space between the cells."""
    desk.log_in(account)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", desk.get("/print/allowances").text))


def test_each_case_counts_by_the_rate_of_its_day_and_the_sums_are_on_the_paper(
    desk: Any,  # noqa: F811
    rates: None,
    clock: Clock,
) -> None:
    desk.world.settled()
    clock.set(2026, 3, 9)
    desk.world.settled(AGAIN)
    desk.world.failed(AGAIN)
    printed = sheet(desk)
    assert printed.count("500.00") == printed.count("800.00") == 1
    assert "未核定标准" in printed
    assert re.search(r"周敏 合计 3 件 1,300.00", printed)


def test_who_held_a_case_when_it_was_closed_is_paid_and_not_who_has_it_now(
    desk: Any,  # noqa: F811
    people: Any,  # noqa: F811
    rates: None,
    clock: Clock,
) -> None:
    case = desk.world.settled()
    clock.move(days=2)
    with desk.world.sessions.begin() as session:
        assignment.assign(session, case, [people["second"]], on=clock.today, by=None)
    assert "周敏 合计 1 件 500.00" in sheet(desk)
    assert "许静" not in sheet(desk)


def test_a_colleague_sees_only_what_is_due_to_themselves(desk: Any, rates: None) -> None:  # noqa: F811
    desk.world.settled()
    assert "周敏 合计" in sheet(desk, "mediator")
    assert "合计" not in sheet(desk, "second")


# --- 登记台账


def test_whoever_was_split_off_stands_once_in_the_ledger_with_what_they_claim(desk: Any) -> None:  # noqa: F811
    world = desk.world
    case = world.talking(application(applicants=workers(2, 0)))
    gone, stays = (party for party in world.parties(case) if party.side == "applicant")
    world.act(case, "split", talks.Split(parties=[gone.id], reason="请求不同，分别处理"))
    with world.sessions() as session:
        ids = list(session.scalars(select(MediationCase.id)))
        lines = ledger.cells(session, ids, frozenset(ids))
    named = {line[4] for line in lines.values()}
    assert named == {gone.name, stays.name}
