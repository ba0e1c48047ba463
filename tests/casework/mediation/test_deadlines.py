"""D1-D17 of the rule book (law.md §3.4) and the T-cases that concern mediation, through running timers."""

import uuid
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import select

from casework.desk.tables import Link
from casework.mediation.facts import Claim, limitation_starts
from casework.mediation.forms import aftermath, correction, endings, registration, talks
from casework.mediation.tables import LimitationRestart
from tests.casework.mediation.world import FIRM, WAGES, WANG, application
from workflows.calendar_table import load_calendar
from workflows.errors import Invalid, Refused
from workflows.tables import Timer, new_id
from workflows.workdays import Years, reckon


def test_t01_three_working_days_to_decide_count_the_make_up_saturday(world):
    world.set(2026, 2, 13)
    assert world.timer(world.open(), "decide_acceptance").effective_due == date(2026, 2, 25)


def test_t02_the_legal_window_of_fifteen_days_rolls_over_the_spring_festival(world):
    world.set(2026, 2, 5)
    timer = world.timer(world.open(), "legal_window")
    assert (timer.nominal_due, timer.effective_due) == (date(2026, 2, 20), date(2026, 2, 24))


def test_t03_and_t04_the_term_rolls_and_its_extension_counts_from_the_nominal_end(world):
    world.set(2026, 9, 18)
    case = world.talking()
    timer = world.timer(case, "mediation_term")
    assert (timer.nominal_due, timer.effective_due) == (date(2026, 10, 3), date(2026, 10, 8))
    world.act(case, "extend", both_agree(15))
    timer = world.timer(case, "mediation_term")
    assert (timer.nominal_due, timer.effective_due) == (date(2026, 10, 18), date(2026, 10, 19))


def test_t05_the_local_total_and_the_hand_over_run_once_confirmed_by_the_court(world):
    world.set(2026, 1, 22)
    assert "local_total" not in world.timers(world.open())
    world.setting("mediation.local_total", True)
    case = world.open(form=application(respondents=[other_firm()]))
    assert world.timer(case, "local_total").effective_due == date(2026, 2, 24)
    world.set(2026, 2, 10)
    world.talking(case=case)
    world.set(2026, 2, 24)
    world.act(case, "fail", endings.Fail(reason="divergent"))
    assert world.timer(case, "hand_over").effective_due == date(2026, 3, 2)
    world.act(case, "hand_over", endings.HandOver(partner="朝阳区劳动人事争议仲裁院", materials=["申请书"]), "head")
    assert world.timer(case, "hand_over").status == "met"
    assert world.case(case).outcome == "failed"


def test_t06_and_t08_the_windows_of_review_and_confirmation(world):
    world.set(2026, 4, 20)
    track = world.track(world.settled(), "confirmation")
    assert world.timer(track, "arbitration_review_window").effective_due == date(2026, 5, 6)
    world.set(2026, 1, 20)
    track = world.track(world.settled(application(respondents=[other_firm()])), "confirmation")
    assert world.timer(track, "court_confirmation_window").effective_due == date(2026, 2, 24)


def test_t07_the_review_takes_five_working_days_and_five_more_with_approval(world):
    world.set(2026, 9, 24)
    track = world.track(world.settled(), "confirmation")
    both = {"by_applicant": True, "by_respondent": True}
    world.act(track, "apply_arb_review", aftermath.ApplyArbReview(body="朝阳仲裁委", **both))
    world.set(2026, 9, 28)
    world.act(track, "arb_accept", aftermath.ArbAccept())
    assert world.timer(track, "arbitration_review_term").effective_due == date(2026, 10, 10)
    world.act(track, "extend_arb_review", aftermath.ExtendArbReview(extension_days=5, approved_by="仲裁委负责人"))
    assert world.timer(track, "arbitration_review_term").effective_due == date(2026, 10, 16)


@pytest.mark.parametrize(
    ("knew", "effective"),
    [
        (date(2025, 2, 17), date(2026, 2, 24)),  # T09
        (date(2025, 2, 28), date(2026, 2, 28)),  # T10
        (date(2024, 2, 29), date(2025, 2, 28)),  # T11
    ],
)
def test_t09_to_t11_the_limitation_of_a_claim_is_a_year(world, knew, effective):
    world.on(knew + timedelta(days=1))
    claim = registration.ClaimIn(kind="compensation", title="支付经济补偿", amount=1, knew_on=knew)
    with world.sessions.begin() as session:
        start = limitation_starts([Claim(new_id(), "compensation", "", knew_on=knew)], [], lambda day: day)[0][1]
        assert reckon(start, Years(1), load_calendar(session)).effective == effective
    case = world.open(form=application(claims=[claim]))
    assert world.timer(case, "limitation").starts_on == world.clock.today  # the application itself restarts it


def test_t12_a_tribunals_entrustment_runs_ten_working_days_and_drives_the_return(world):
    world.set(2026, 9, 21)
    case = world.referred("arb_entrust", consented_on=date(2026, 9, 21))
    assert world.timer(case, "referral_arbitration").effective_due == date(2026, 10, 12)
    assert world.timer(case, "mediation_term_beside").hard is False
    assert "mediation_term" not in world.timers(case)
    with pytest.raises(Refused, match="委托调解的期限由仲裁庭确定"):
        world.act(case, "extend", both_agree(5))
    world.sweep(date(2026, 10, 12))
    assert world.state(case) == "in_mediation"
    world.sweep(date(2026, 10, 13))
    assert world.state(case) == "failed"
    assert "failure_opinion" in world.records(case)
    world.act(case, "report_back", endings.ReportBack(report="调解不成，退回"), "intake")


def test_t30_a_courts_delegation_runs_thirty_days_and_may_be_extended_by_both(world):
    world.set(2026, 8, 28)
    case = world.referred("court_delegate", signed_for_on=date(2026, 8, 28))
    assert world.timer(case, "referral_delegated").effective_due == date(2026, 9, 28)
    world.act(case, "extend", both_agree(10))
    assert world.timer(case, "referral_delegated").nominal_due == date(2026, 10, 7)


TWO = [WANG, registration.PartyIn(name="李四"), FIRM]


def by_court(world, **more) -> uuid.UUID:
    """Two workers and their firm, sent by the court, all willing."""
    parties = [msgspec.structs.replace(party, consent="agreed") for party in TWO]
    sent = {"source": "court", "referral_kind": "court_delegate", "partner": "朝阳法院", "letter": "委派函", **more}
    form = registration.ReferIn(
        applicants=parties[:2], respondents=parties[2:], claims=[WAGES], grounds="公司拖欠工资", **sent
    )
    return world.open("refer_in", form)


def split_off(world, case: uuid.UUID) -> uuid.UUID:
    leaving = [p.id for p in world.parties(case) if p.name == "李四"]
    world.act(case, "split", talks.Split(parties=leaving, reason="请求不同"))
    (link,) = world.read(select(Link).where(Link.from_id == case, Link.kind == "split"))
    return link.to_id


@pytest.mark.parametrize("deadline", ["referral_delegated", "mediation_term_beside"])
def test_a_case_split_off_keeps_what_was_added_to_the_courts_term_too(world, deadline):
    case = by_court(world)
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    world.talking(case=case)
    world.act(case, "extend", both_agree(10))
    new = split_off(world, case)
    ends = [world.timer(each, deadline).nominal_due for each in (case, new)]
    assert ends == [world.timer(case, deadline).starts_on + timedelta(days=40 if "delegated" in deadline else 25)] * 2


def test_a_case_split_off_has_no_second_extension_of_platform_work(world):
    case = world.talking(application(applicants=TWO[:2], is_platform=True))
    world.act(case, "extend", both_agree(15))
    new = split_off(world, case)
    assert world.timer(new, "mediation_term").nominal_due == world.timer(case, "mediation_term").nominal_due
    with pytest.raises(Refused, match="新就业形态争议累计延期不超过十五日"):
        world.act(new, "extend", both_agree(1))


def test_the_courts_term_goes_on_while_the_application_is_corrected(world):
    case = by_court(world)
    end = world.timer(case, "referral_delegated").effective_due
    world.act(case, "request_correction", correction.RequestCorrection(missing=["身份证"]), "intake")
    assert world.timers(case)["referral_delegated"].effective_due == end
    world.sweep(end + timedelta(days=1))
    asked = [task for task in world.tasks(case) if task.kind == "confirm_lapse"]
    assert [task.role for task in asked] == ["org_head"]
    assert world.state(case) == "awaiting_correction"


@pytest.mark.parametrize("letter", ["", " "])
def test_a_letter_that_sent_the_case_is_on_file_and_not_only_its_number(world, letter):
    with pytest.raises(Refused, match="转办、委托或者委派函已收存"):
        by_court(world, letter=letter, letter_number="（2026）京0105诉前调12号")


KNEW = registration.ClaimIn(kind="compensation", title="经济补偿", amount=100_000, knew_on=date(2025, 3, 10))


def limitation(world, case: uuid.UUID) -> list[date]:
    query = select(Timer.starts_on).where(Timer.subject_id == case, Timer.deadline == "limitation")
    return world.read(query.where(Timer.status == "running").order_by(Timer.starts_on))


def test_a_case_taken_up_again_keeps_what_restarted_the_limitation(world):
    """Known on 2025-03-10: without the first application and its failure the year would be over by the second one."""
    case = world.failed(application(claims=[KNEW]))
    world.finish_papers(case)
    world.act(case, "archive", endings.Archive(catalogue_complete=True, receipts_filed=True, pages=0), "archivist")
    world.set(2026, 5, 6)
    again = world.open("reopen", registration.Reopen(source_id=case, both_willing=True))
    assert limitation(world, again) == [date(2026, 5, 6)]


def test_a_case_joined_to_another_brings_what_restarted_the_limitation_of_its_claims(world):
    other = registration.PartyIn(name="李四", id_number="110105199102152034")
    into = world.open(form=application(applicants=[other], claims=[KNEW]))
    world.set(2026, 3, 9)
    later = world.open(form=application(claims=[KNEW]))
    assert limitation(world, later) == [date(2026, 3, 9)]
    world.set(2026, 3, 16)
    world.act(later, "join", endings.Join(into_id=into, reason="同一争议"), "head")
    assert limitation(world, into) == [date(2026, 3, 2), date(2026, 3, 9)]


def test_a_report_to_who_sent_the_case_says_something(world):
    case = world.referred("court_delegate")
    world.act(case, "fail", endings.Fail(reason="divergent"))
    with pytest.raises(Invalid, match="填写向来函机关反馈的内容"):
        world.act(case, "report_back", endings.ReportBack(report=" "), "intake")
    world.act(case, "report_back", endings.ReportBack(report="调解不成，退回"), "intake")


@pytest.mark.parametrize(("procedure", "due"), [("ordinary", date(2026, 3, 17)), ("summary", date(2026, 3, 9))])
def test_d13_a_courts_entrustment_depends_on_its_procedure(world, procedure, due):
    case = world.referred("court_entrust", signed_for_on=date(2026, 3, 2), procedure=procedure)
    assert world.timer(case, "referral_entrusted").effective_due == due


def test_d2_and_d3_run_side_by_side(world):
    case = world.open()
    world.set(2026, 3, 4)
    world.talking(case=case)
    assert world.timer(case, "legal_window").effective_due == date(2026, 3, 17)
    assert world.timer(case, "mediation_term").effective_due == date(2026, 3, 19)
    assert world.timer(case, "decide_acceptance").status == "met"


def test_a_correction_restarts_receipt_and_is_asked_for_once(world):
    case = world.open()
    world.act(case, "request_correction", correction.RequestCorrection(missing=["身份证明"]), "intake")
    assert world.timer(case, "correction_term").effective_due == date(2026, 3, 9)
    assert "legal_window" not in world.timers(case)
    world.set(2026, 3, 6)
    world.act(case, "correct", correction.Correct(materials=["身份证复印件"]), "intake")
    assert world.timers(case)["decide_acceptance"].effective_due == date(2026, 3, 11)
    assert world.timers(case)["legal_window"].starts_on == date(2026, 3, 6)
    with pytest.raises(Refused, match="补正只能一次性告知"):
        world.act(case, "request_correction", correction.RequestCorrection(missing=["合同"]), "intake")


def test_d6_an_unanswered_negotiation_request_restarts_the_limitation(world):
    world.set(2026, 3, 2)
    case = world.open(form=application(negotiation_requested_on=date(2026, 2, 28)))
    assert world.timer(case, "negotiation_reply").effective_due == date(2026, 3, 5)
    world.sweep(date(2026, 3, 6))
    assert world.state(case) == "received"
    assert world.timer(case, "negotiation_reply").status in ("lapsed", "met")
    events = world.read(select(LimitationRestart.event).where(LimitationRestart.case_id == case))
    assert "协商请求五日内未获答复" in events
    assert world.timer(case, "limitation").starts_on == date(2026, 3, 6)
    assert world.sweep(date(2026, 3, 7))["fired"] == 0


def test_an_extension_needs_both_before_the_end_and_platform_work_at_most_fifteen_days(world):
    case = world.talking(application(is_platform=True))
    one = talks.Extend(extension_days=5, agreed_by_applicant=True)
    with pytest.raises(Refused, match="双方当事人均书面同意延期"):
        world.act(case, "extend", one)
    with pytest.raises(Refused, match="累计延期不超过十五日"):
        world.act(case, "extend", both_agree(16))
    world.act(case, "extend", both_agree(10))
    with pytest.raises(Refused, match="累计延期不超过十五日"):
        world.act(case, "extend", both_agree(6))
    world.act(case, "extend", both_agree(5))
    assert world.timer(case, "mediation_term").effective_due == date(2026, 4, 1)


def test_suspension_does_not_stop_the_fifteen_days(world):
    case = world.talking()
    world.act(case, "suspend", talks.Suspend(ground="injury_finding"))
    assert world.timer(case, "mediation_term").status == "running"
    world.sweep(date(2026, 3, 18))
    assert world.state(case) == "failed"


def test_an_unsigned_agreement_asks_a_person_instead_of_failing_silently(world):
    case = world.drafted()
    assert world.sweep(date(2026, 3, 18))["asked"] == 1
    assert world.state(case) == "agreement_drafted"
    assert [(t.kind, t.role) for t in world.tasks(case)] == [("confirm_lapse", "org_head")]
    world.set(2026, 3, 18)
    dated = talks.Extend(
        extension_days=7, agreed_by_applicant=True, agreed_by_respondent=True, agreed_on=date(2026, 3, 16)
    )
    world.act(case, "extend", dated, "head")
    assert world.timer(case, "mediation_term").effective_due == date(2026, 3, 24)


def test_the_system_lapse_is_revoked_once_on_earlier_evidence(world):
    case = world.talking()
    world.sweep(date(2026, 3, 18))
    assert world.state(case) == "failed"
    world.set(2026, 3, 19)
    late = endings.RevokeLapse(evidence="延期同意书", evidence_on=date(2026, 3, 18), extension_days=10)
    with pytest.raises(Refused, match="证据的日期在期限届满之前"):
        world.act(case, "revoke_lapse", late, "head")
    signed = endings.RevokeLapse(
        evidence="双方3月16日签署的延期同意书", evidence_on=date(2026, 3, 16), extension_days=10
    )
    world.act(case, "revoke_lapse", signed, "head")
    row = world.case(case)
    assert (row.state, row.outcome, row.closed_on) == ("in_mediation", "", None)
    assert world.timers(case)["mediation_term"].effective_due == date(2026, 3, 27)
    assert world.record(case, "failure_opinion").state == "voided"
    assert world.tracks(case)["remedy"] == "concluded"
    world.sweep(date(2026, 3, 28))
    assert world.state(case) == "failed"
    world.set(2026, 3, 30)
    again = endings.RevokeLapse(evidence="另一份延期同意书", evidence_on=date(2026, 3, 26), extension_days=5)
    with pytest.raises(Refused, match="只能撤销一次"):
        world.act(case, "revoke_lapse", again, "head")


def test_a_revoked_lapse_adds_no_more_days_than_a_platform_dispute_may_have(world):
    case = world.talking(application(is_platform=True))
    world.sweep(date(2026, 3, 18))
    world.set(2026, 3, 19)
    signed = endings.RevokeLapse(evidence="延期同意书", evidence_on=date(2026, 3, 16), extension_days=30)
    with pytest.raises(Invalid, match="累计延期不超过15日"):
        world.act(case, "revoke_lapse", signed, "head")


def test_d9_nobody_applied_and_the_window_closes(world):
    track = world.track(world.settled(), "confirmation")
    assert world.timer(track, "court_confirmation_window").effective_due == date(2026, 4, 1)
    world.sweep(date(2026, 4, 2))
    assert world.state(track) == "window_lapsed"


def test_d10_and_d14_and_d17_inform_about_courts_and_tribunals(world):
    case = world.failed()
    track = world.track(case, "remedy")
    world.set(2026, 3, 3)
    filed = aftermath.Filing(body="朝阳仲裁委", number="001", accepted_on=date(2026, 3, 3))
    world.act(track, "apply_arbitration", filed)
    running = {t.deadline: t.effective_due for t in world.read(select(Timer).where(Timer.subject_id == track))}
    assert running == {
        "arbitration_acceptance": date(2026, 3, 10),
        "arbitration_answer": date(2026, 3, 17),
        "arbitration_award": date(2026, 4, 17),
    }
    assert world.timer(case, "limitation").starts_on == date(2026, 3, 3)


def both_agree(days: int) -> talks.Extend:
    return talks.Extend(extension_days=days, agreed_by_applicant=True, agreed_by_respondent=True)


def other_firm() -> registration.PartyIn:
    return registration.PartyIn(name="北京晨星餐饮有限公司", kind="organisation")
