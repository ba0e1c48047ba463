"""G01-G08 and G20 of the rule book (law.md §8.2), through fire alone."""

from datetime import date

import pytest
from sqlalchemy import select

from casework.desk.figures import as_rate
from casework.mediation.forms import aftermath, endings, people, registration, talks
from casework.mediation.tables import LimitationRestart
from documents.forms import Finalise, Void
from documents.forms import Sign as SignRecord
from tests.casework.mediation.collective_case import confirm, drafted_collective
from tests.casework.mediation.world import PAYMENT, application
from union.people import Relative
from workflows.errors import Refused


def refusal(world, *args, **more) -> str:
    with pytest.raises(Refused) as refused:
        world.act(*args, **more)
    return str(refused.value)


def test_g01_a_refusing_respondent_leaves_only_rejection_and_restarts_the_limitation(world):
    case = world.open()
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    world.act(case, "record_answer", registration.RecordAnswer(answer="refused"), "intake")
    assert "双方当事人均同意调解" in refusal(world, case, "accept", registration.Accept(), "head")
    assert "仅限对方先同意、后反悔" in refusal(world, case, "fail", endings.Fail(reason="refused"))
    restarts = world.read(select(LimitationRestart.event).where(LimitationRestart.case_id == case))
    assert "对方不同意调解或者退出调解" in restarts
    world.act(
        case, "reject", registration.Reject(reason="party_disagrees", explanation="被申请人书面答复不同意"), "head"
    )
    notice = world.record(case, "rejection_notice")
    assert "仲裁" in str(notice.frozen["data"]["arbitration"])
    assert world.state(case) == "rejected"


def test_g02_an_agreement_without_the_seal_binds_nobody(world):
    case = world.drafted()
    world.sign_paper(case, seal=False)
    assert "本协议须加盖调解组织印章" in refusal(world, case, "sign", talks.Sign())
    assert world.state(case) == "agreement_drafted"
    assert world.tracks(case) == {}


def test_an_agreement_binds_nobody_until_both_parties_and_the_mediator_have_signed(world):
    case = world.drafted()
    record = world.record(case, "agreement")
    world.act(record.id, "finalise", Finalise())
    applicant = world.party(case, "applicant")
    world.act(record.id, "sign", SignRecord(signer=str(applicant.id)))
    said = refusal(world, case, "sign", talks.Sign())
    assert "双方当事人均须在本协议上签名或者盖章" in said
    assert "调解员须在本协议上签名" in said


def test_g03_one_unconfirmed_worker_blocks_signing_until_split_off(world):
    case = drafted_collective(world, 12)
    confirm(world, case, leave_out=1)
    world.sign_paper(case)
    assert "未确认的须选择分案" in refusal(world, case, "sign", talks.Sign())
    world.act(case, "sign", talks.Sign(split_unconfirmed=True))
    assert world.state(case) == "settled"
    assert len([p for p in world.parties(case) if p.side == "applicant"]) == 11


def test_g04_after_court_confirmation_no_arbitration_review(world):
    case = world.settled()
    track = world.track(case, "confirmation")
    both = {"by_applicant": True, "by_respondent": True}
    world.act(track, "apply_court_confirmation", aftermath.ApplyCourtConfirmation(body="北京市朝阳区人民法院", **both))
    world.act(track, "court_confirm", aftermath.Ruling(number="（2026）京0105民特1号"))
    said = refusal(world, track, "apply_arb_review", aftermath.ApplyArbReview(body="朝阳仲裁委", **both))
    assert "协议没有经人民法院司法确认" in said
    assert "第七十五条第（五）项" in said


@pytest.mark.parametrize(
    ("trigger", "form", "article"),
    [
        ("apply_arb_review", aftermath.ApplyArbReview, "办案规则》第七十四条"),
        ("apply_court_confirmation", aftermath.ApplyCourtConfirmation, "民事诉讼法》第二百零五条"),
    ],
)
def test_g05_one_party_alone_cannot_apply(world, trigger, form, article):
    track = world.track(world.settled(), "confirmation")
    said = refusal(world, track, trigger, form(by_applicant=True, body="有管辖权的机关"))
    assert "双方当事人共同申请" in said
    assert article in said


def test_g06_on_the_sixteenth_day_the_system_ends_the_mediation(world):
    case = world.talking()
    assert world.timer(case, "mediation_term").effective_due == date(2026, 3, 17)
    world.sweep(date(2026, 3, 17))
    assert world.state(case) == "in_mediation"
    world.sweep(date(2026, 3, 18))
    assert world.state(case) == "failed"
    assert world.record(case, "failure_opinion").state == "draft"
    row = world.case(case)
    assert (row.outcome, row.end_reason, row.closed_on) == ("failed", "deadline", date(2026, 3, 18))
    assert world.tracks(case) == {"remedy": "choosing"}
    assert world.sweep(date(2026, 3, 19))["fired"] == 0


def test_g07_no_payment_order_for_a_mere_employment_relationship(world):
    claim = registration.ClaimIn(kind="relationship", title="确认2024年至2025年存在劳动关系", knew_on=date(2026, 1, 31))
    term = talks.TermIn(title="双方确认劳动关系", kind="other", way="other", due_on=date(2026, 3, 5))
    case = world.talking(application(claims=[claim]))
    warned = refusal(world, case, "reach_agreement", talks.ReachAgreement(terms=[term]))
    assert "请求不只是确认劳动关系" in warned
    world.act(case, "reach_agreement", talks.ReachAgreement(terms=[term], warning_reason="已告知不能申请仲裁审查"))
    world.sign_paper(case)
    world.act(case, "sign", talks.Sign())
    world.set(2026, 3, 6)
    world.act(world.track(case, "performance"), "default", aftermath.Default())
    form = aftermath.ApplyPaymentOrder(body="朝阳法院", can_be_served=True, no_counter_obligation=True)
    assert "拖欠劳动报酬、工伤医疗费、经济补偿或者赔偿金" in refusal(
        world, world.track(case, "remedy"), "apply_payment_order", form
    )


def test_g08_the_applicants_spouse_may_mediate_only_if_both_waive(world):
    with world.sessions.begin() as session:
        session.add(
            Relative(staff_id=world.ids["mediator"], name="王建国", relation="配偶", valid_from=date(2025, 1, 1))
        )
    case = world.accepted()
    own = people.Assign(mediators=[world.ids["mediator"]])
    assert "须回避的关系" in refusal(world, case, "assign", own, "head")
    half = people.Assign(mediators=[world.ids["mediator"]], waived_by=["applicant"], waiver_reason="3月2日声明")
    assert "须回避的关系" in refusal(world, case, "assign", half, "head")
    world.act(case, "assign", people.Assign(mediators=[world.ids["second"]]), "head")
    assert world.state(case) == "assigned"


def test_g08_both_sides_may_waive(world):
    with world.sessions.begin() as session:
        session.add(
            Relative(staff_id=world.ids["mediator"], name="王建国", relation="配偶", valid_from=date(2025, 1, 1))
        )
    case = world.accepted()
    waived = people.Assign(
        mediators=[world.ids["mediator"]], waived_by=["applicant", "respondent"], waiver_reason="3月2日声明"
    )
    world.act(case, "assign", waived, "head")
    assert world.state(case) == "assigned"


def test_g20_the_published_rate_divides_by_closed_cases():
    assert as_rate(9218, 13066) == "70.6%（9218/13066）"
    assert as_rate(9218, 14692) == "62.7%（9218/14692）"
    assert as_rate(0, 0) == "无案件（0/0）"


def test_a_sealed_paper_of_earlier_terms_does_not_carry_later_ones(world):
    case = world.drafted()
    world.sign_paper(case)
    first = world.record(case, "agreement").id
    world.act(case, "talk_again", talks.TalkAgain(reason="双方要求重新协商"))
    assert world.state(first) == "superseded"
    world.act(case, "reach_agreement", talks.ReachAgreement(terms=[PAYMENT]))
    world.act(world.record(case, "agreement").id, "void", Void(reason="双方尚未核对"), "head")
    assert "双方当事人均须在本协议上签名" in refusal(world, case, "sign", talks.Sign())


def test_no_field_of_the_agreement_gives_up_social_insurance(world):
    case = world.talking()
    wording = talks.ReachAgreement(terms=[PAYMENT], formalities="双方同意不缴社会保险，由公司折抵发放。")
    assert "不得免除或者放弃社会保险缴纳" in refusal(world, case, "reach_agreement", wording)
