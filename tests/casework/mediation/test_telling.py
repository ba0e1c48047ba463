"""What the parties hear of each step: every step has a sentence for them, or a reason why they hear nothing."""

from typing import Any

from sqlalchemy import select

from casework.desk import messages
from casework.desk.tables import Message
from casework.mediation import module
from casework.mediation.forms import aftermath, correction, endings, registration
from casework.mediation.telling import SILENT, TOLD
from documents.forms import Finalise, Sign, Void
from tests.casework.mediation.test_after_agreement import BOTH
from tests.casework.mediation.world import FIRM, WANG
from workflows import outbox
from workflows.definition import Transition, Workflow

OTHER_NEWS = {"handed_over"}  # entries that are no step


def test_every_step_tells_the_parties_or_says_why_not():
    steps = {_name(workflow, step) for workflow in module.workflows for step in workflow.transitions}
    assert steps - TOLD.keys() - SILENT.keys() == set(), "say it in TOLD, or in SILENT with the reason"
    assert TOLD.keys() & SILENT.keys() == set()
    assert (TOLD.keys() | SILENT.keys()) - steps == OTHER_NEWS
    assert all(len(reason) >= 6 for reason in SILENT.values())
    assert all(news.sentence.endswith("。") and len(news.sentence) <= 60 for news in TOLD.values())


def test_the_other_side_hears_nothing_of_an_application_until_it_is_asked(world):
    case = world.open()
    world.act(case, "request_correction", correction.RequestCorrection(missing=["身份证复印件"]), "intake")
    world.act(case, "correct", correction.Correct(materials=["身份证复印件"]), "intake")
    assert heard(world, FIRM.name) == []
    assert len(heard(world, WANG.name)) == 3
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    assert heard(world, FIRM.name) == ["有劳动争议调解申请涉及贵方，请答复是否同意调解。"]
    assert len(heard(world, WANG.name)) == 3


def test_both_sides_hear_that_the_court_dismissed_and_that_the_agreement_was_amended(world):
    track = world.track(world.settled(), "confirmation")
    world.act(track, "apply_court_confirmation", aftermath.ApplyCourtConfirmation(body="朝阳法院", **BOTH))
    world.act(track, "court_dismiss", aftermath.Ruling(reason="内容不明确"))
    agreed = {"agreed_by_applicant": True, "agreed_by_respondent": True}
    world.act(track, "amend", aftermath.Amend(changes=["写明收款账户"], **agreed))
    for name in (WANG.name, FIRM.name):
        assert heard(world, name)[-2:] == [
            "人民法院裁定驳回司法确认申请；双方可以经调解变更协议，也可以向人民法院起诉。",
            "调解协议已经双方变更；十五日内可共同申请仲裁审查，三十日内可共同申请司法确认。",
        ]


def test_both_sides_hear_that_the_letter_is_there_and_that_it_took_effect(world):
    track = world.track(world.settled(), "confirmation")
    world.act(track, "apply_arb_review", aftermath.ApplyArbReview(body="朝阳仲裁委", **BOTH))
    world.act(track, "arb_accept", aftermath.ArbAccept())
    world.act(track, "arb_letter", aftermath.ArbLetter(number="京朝劳人仲调字〔2026〕第1号", content_equals="yes"))
    on = world.clock.today
    receipts = aftermath.ArbLetterTakesEffect(signed_by_applicant_on=on, signed_by_respondent_on=on)
    world.act(track, "arb_letter_takes_effect", receipts)
    for name in (WANG.name, FIRM.name):
        assert heard(world, name)[-2:] == [
            "仲裁委员会已出具调解书，请签收；双方签收后生效，签收前任何一方可以撤回申请。",
            "仲裁调解书经双方签收，已经生效；一方不履行的，另一方可以申请强制执行。",
        ]


def test_who_signed_a_paper_hears_that_it_is_void_and_nobody_else(world):
    case = world.drafted()
    record = world.record(case, "agreement").id
    world.act(record, "finalise", Finalise())
    world.act(record, "sign", Sign(signer=str(world.party(case, "applicant").id)))
    world.act(record, "void", Void(reason="金额有误"), "head")
    (said,) = [text for text in heard(world, WANG.name) if "作废" in text]
    assert said.startswith(f"《调解协议书》{world.record(case, 'agreement').number}已作废，不再使用")
    assert [text for text in heard(world, FIRM.name) if "作废" in text] == []


def test_a_sealed_agreement_that_never_took_effect_is_void_for_both_who_signed_it(world):
    case = world.drafted()
    world.sign_paper(case)
    world.act(case, "fail", endings.Fail(reason="not_signed", summary="未办理签署生效"))
    for name in (WANG.name, FIRM.name):
        assert any("没有生效，已作废" in text for text in heard(world, name))


def _name(workflow: Workflow, step: Transition) -> str:
    return step.trigger if workflow is module.workflow else f"{workflow.name}.{step.trigger}"


def heard(world: Any, name: str) -> list[str]:
    """The sentences carried to a party so far, oldest first."""
    while outbox.relay(world.sessions, {messages.TOLD: messages.carry_told}, world.clock.now):
        pass
    rows = world.read(select(Message).where(Message.receiver_name == name).order_by(Message.id))
    return [row.values["内容"] for row in rows]
