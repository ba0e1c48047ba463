"""The form of an agreement, through HTTP: it starts from what the case knows and asks no worker's share of one worker."""

import html
import re
from datetime import date

from casework.mediation.forms import registration, talks
from tests.casework.desk.conftest import Desk
from tests.casework.mediation.collective_case import workers
from tests.casework.mediation.world import FIRM, PAYMENT, World, application


def asked(desk: Desk, case) -> str:
    desk.log_in("mediator")
    answer = desk.get(f"/subjects/{case}/transitions/reach_agreement")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def value(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)[1]


def test_the_terms_start_from_the_claims(desk: Desk, world: World):
    claims = [
        registration.ClaimIn(kind="wages", title="支付2026年1月工资", amount=600_000),
        registration.ClaimIn(kind="relationship"),
    ]
    page = asked(desk, world.talking(application(claims=claims)))
    assert value(page, "terms-0-title") == "被申请人支付2026年1月工资"
    assert value(page, "terms-0-amount") == "6000.00"
    assert value(page, "terms-1-title") == "确认劳动关系"
    assert value(page, "terms-2-title") == ""


def test_after_more_talks_the_terms_start_from_the_draft_before_but_for_the_account(desk: Desk, world: World):
    parts = [
        talks.InstalmentIn(amount=400_000, due_on=date(2026, 6, 1)),
        talks.InstalmentIn(amount=100_000, due_on=date(2026, 7, 1)),
    ]
    term = talks.TermIn(
        title="分两期支付工资",
        amount=500_000,
        way="transfer",
        bank_name="中国工商银行",
        account="6222020200012345678",
        instalments=parts,
    )
    case = world.talking()
    world.act(
        case,
        "reach_agreement",
        talks.ReachAgreement(terms=[term], release="双方再无其他争议", warning_reason="已逐项核对，无工伤"),
    )
    world.act(case, "talk_again", talks.TalkAgain(reason="金额需要再协商"))
    page = asked(desk, case)
    assert value(page, "terms-0-title") == "分两期支付工资"
    assert value(page, "terms-0-amount") == "5000.00"
    assert value(page, "terms-0-instalments-1-due_on") == "2026-07-01"
    assert value(page, "terms-1-title") == ""  # the release is no term: it stands in its own field
    assert "双方再无其他争议</textarea>" in page
    assert "6222020200012345678" not in page


def test_one_worker_is_asked_no_shares_and_many_start_from_what_each_claims(desk: Desk, world: World):
    assert 'name="shares-0-party_id"' not in asked(desk, world.talking())
    people = workers(12)
    claims = [registration.ClaimIn(kind="wages", amount=500_000 + i * 100, worker=i) for i in range(12)]
    form = application(
        applicants=people,
        respondents=[FIRM],
        claims=claims,
        duplicate_decision="separate",
        duplicate_reason="另一段用工期间",
    )
    page = asked(desk, world.talking(form, ("mediator", "second", "third")))
    assert value(page, "terms-0-title") == "被申请人支付拖欠劳动报酬"
    assert value(page, "terms-0-amount") == "60066.00"
    assert value(page, "shares-0-amount") == "5003.00"  # the first three represent the others


def test_what_is_shown_can_be_sent_as_it_is_with_a_day_and_a_way(desk: Desk, world: World):
    case = world.talking()
    page = asked(desk, case)
    sent = {name: value(page, name) for name in ("terms-0-title", "terms-0-amount")}
    sent |= {"terms-0-kind": "payment", "terms-0-way": "cash", "terms-0-due_on": PAYMENT.due_on.isoformat()}
    path = f"/subjects/{case}/transitions/reach_agreement"
    assert desk.post(path, sent, at=path).status_code == 303
    assert world.state(case) == "agreement_drafted"
