"""Every condition of a mediation and its side tracks has been seen to refuse, by itself, and to let a step pass.

Most are seen in the scenarios, where a refused step names its ``guards`` and the runner compares them; the rest here.
"""

import msgspec
import pytest
from sqlalchemy import select

from casework.mediation import module
from casework.mediation.forms import aftermath, correction, endings, people, registration, special, talks
from casework.mediation.tables import SpecialMatter
from tests.casework.mediation.collective_case import applicants, drafted_collective, workers
from tests.casework.mediation.test_after_agreement import BOTH
from tests.casework.mediation.world import FIRM, PAYMENT, WANG, application
from tests.scenarios.reading import scenarios, usual
from tests.town import SINCE, place
from union.access import grant
from union.people import Staff
from union.roles import INTAKE
from workflows.errors import Refused
from workflows.fire import open_subject
from workflows.tables import new_id

ELSEWHERE = registration.PartyIn(name="北京晨星餐饮有限公司", kind="organisation")
COLLEAGUE = registration.PartyIn(name="李小红", id_number="110105199102152034")
FUTURE = talks.TermIn(
    title="自2026年6月起月工资",
    kind="future_wage",
    way="other",
    due_on=PAYMENT.due_on,
    period="future",
    monthly_wage=300_000,
)
UNDEFINED = msgspec.structs.replace(PAYMENT, payee="", account="")


def organisation_established(world, met):
    with world.sessions.begin() as session:
        new = place(session, "某街道总工会新设站点", "street", None, "township_street" if met else None)
        grant(session, world.ids["intake"], INTAKE, new.id, SINCE)
    world.open(place=new.id)


def parties_named(world, met):
    world.open(form=application(respondents=[FIRM] if met else []))


def split_source_known(world, met):
    """A split opens its case itself; nobody opens one without a case it comes from."""
    if met:
        colleagues = [WANG, COLLEAGUE]
        case = world.talking(application(applicants=colleagues))
        world.act(case, "split", talks.Split(parties=[world.party(case, "applicant").id], reason="分别处理"))
    else:
        with world.sessions.begin() as session:
            by = world.actor(session, "mediator")
            open_subject(session, "mediation", "split_off", None, by=by, at=world.clock.now, key=str(new_id()))


def correction_listed(world, met):
    missing = ["身份证复印件"] if met else [" "]
    world.act(world.open(), "request_correction", correction.RequestCorrection(missing=missing), "intake")


def mediators_adult(world, met):
    with world.sessions.begin() as session:
        session.get_one(Staff, world.ids["second"]).is_adult = met
    world.act(world.accepted(), "assign", people.Assign(mediators=[world.ids["second"]]), "head")


def decision_reason_given(world, met):
    case = world.assigned()
    asked = people.RequestRecusal(staff_id=world.ids["mediator"], ground="interest", explanation="与申请人合伙经营")
    world.act(case, "request_recusal", asked)
    world.act(case, "deny_recusal", people.DenyRecusal(reason="没有合伙关系" if met else " "), "head")


def stoppage_going_on(world, met):
    case = world.open()
    told = special.ReportStoppage(grade="strike", text="装卸工停工，要求支付工资")
    world.act(case, "report_stoppage", told, "intake")
    (matter,) = world.read(select(SpecialMatter).where(SpecialMatter.case_id == case))
    if not met:
        world.act(case, "end_stoppage", special.EndStoppage(matter_id=matter.id), "intake")
    world.act(case, "end_stoppage", special.EndStoppage(matter_id=matter.id) if met else None, "intake")


def obstacle_removed(world, met):
    case = world.open()
    began = world.clock.today
    obstacle = special.SuspendLimitation(grade="force_majeure", began_on=began, proof="公告")
    world.act(case, "suspend_limitation", obstacle, "intake")
    (matter,) = world.read(select(SpecialMatter).where(SpecialMatter.case_id == case))
    ended = special.ResumeLimitation(matter_id=matter.id, ended_on=began)
    if not met:
        world.act(case, "resume_limitation", ended, "intake")
    world.act(case, "resume_limitation", ended if met else None, "intake")


def union_notice_described(world, met):
    told = special.RecordUnionNotice(grade="not_given" if met else "")
    world.act(world.open(), "record_union_notice", told, "intake")


def standing_proved(world, met):
    case = world.open()
    party = world.party(case, "applicant").id
    gone = special.RecordStanding(party_id=party, standing="dead", proof="死亡证明" if met else " ")
    world.act(case, "record_standing", gone, "intake")


def sitting_planned(world, met):
    case = world.assigned()
    if met:
        world.sitting(case)
    else:
        world.act(case, "schedule_sitting", None)


def terms_definite(world, met):
    term = PAYMENT if met else UNDEFINED
    world.act(world.talking(), "reach_agreement", talks.ReachAgreement(terms=[term]))


def minimum_wage_known(world, met):
    """When an agreement is amended after the court had dismissed it, as when it is made."""
    case = world.settled()
    track = world.track(case, "confirmation")
    world.act(track, "apply_court_confirmation", aftermath.ApplyCourtConfirmation(body="朝阳法院", **BOTH))
    world.act(track, "court_dismiss", aftermath.Ruling(reason="内容不明确"))
    if met:
        world.setting("mediation.minimum_wage", 254_000)
    agreed = {"agreed_by_applicant": True, "agreed_by_respondent": True}
    world.act(track, "amend", aftermath.Amend(changes=["增加今后工资"], terms=[PAYMENT, FUTURE], **agreed))


def joined_sides_distinct(world, met):
    first = world.open()
    other = ELSEWHERE if met else msgspec.structs.replace(WANG, kind="person", capacity="employer")
    second = world.open(form=application(applicants=[COLLEAGUE], respondents=[other]))
    world.act(second, "join", endings.Join(into_id=first, reason="同一争议"), "head")


def commission_named(world, met):
    track = world.track(world.settled(), "confirmation")
    body = "北京市朝阳区劳动人事争议仲裁委员会" if met else " "
    world.act(track, "apply_arb_review", aftermath.ApplyArbReview(body=body, **BOTH))


def came_by_referral(world, met):
    case = world.referred("arb_entrust", consented_on=world.clock.today) if met else world.talking()
    failed = endings.Fail(reason="divergent", summary="双方分歧较大")
    world.act(case, "return_to_referrer" if met else "fail", failed)
    world.act(case, "report_back", endings.ReportBack(report="调解不成，退回"))


def representatives_elected(world, met):
    case = world.open(form=application(applicants=workers(12, representatives=0)))
    members = [p.id for p in applicants(world, case)][:3]
    form = people.ElectRepresentatives(representatives=members, proof="推举书一份" if met else " ")
    world.act(case, "elect_representatives", form, "intake")


def each_worker_paid(world, met):
    if met:
        drafted_collective(world)
        return
    panel = ("mediator", "second", "third")
    case = world.talking(application(applicants=workers(12)), panel)
    first = applicants(world, case)[0].name
    term = msgspec.structs.replace(PAYMENT, payee=first)
    world.act(case, "reach_agreement", talks.ReachAgreement(terms=[term]))


def not_a_collective(world, met):
    people = [WANG] if met else workers(10)
    case = world.talking(application(applicants=people, is_platform=True), ("mediator", "second", "third"))
    paid = msgspec.structs.replace(
        PAYMENT, amount=10_000, payee=applicants(world, case)[0].name, due_on=world.clock.today
    )
    world.act(case, "settle_on_spot", talks.SettleOnSpot(terms=[paid], proceedings="双方当场付清。"))


def calculating_in_use(world, met):
    case = world.open()
    world.setting("mediation.calculation", met)
    world.act(case, "calculate", people.Calculate(monthly_wage=800_000, hired_on=WANG.hired_on), "intake")


def changing_claims_in_use(world, met):
    case = world.open()
    world.setting("mediation.change_request", met)
    added = registration.ClaimIn(kind="overtime", title="支付加班费", amount=100_000)
    world.act(case, "change_claims", people.ChangeClaims(added=[added], reason="补充请求"), "intake")


def talking_again_in_use(world, met):
    case = world.drafted()
    world.setting("mediation.talks_again", met)
    world.act(case, "talk_again", talks.TalkAgain(reason="双方要求重新协商"))


def reassigning_in_use(world, met):
    case = world.assigned()
    world.setting("mediation.reassign", met)
    world.act(case, "reassign", people.Reassign(mediator=world.ids["second"], reason="年休假"), "head")


def reopening_in_use(world, met):
    case = world.failed()
    world.finish_papers(case)
    world.act(case, "archive", endings.Archive(catalogue_complete=True, receipts_filed=True, pages=0), "archivist")
    world.setting("mediation.reopen", met)
    world.open("reopen", registration.Reopen(source_id=case, both_willing=True))


def joining_in_use(world, met):
    first = world.open()
    second = world.open(form=application(applicants=[COLLEAGUE], respondents=[ELSEWHERE]))
    world.setting("mediation.join", met)
    world.act(second, "join", endings.Join(into_id=first, reason="同一争议"), "head")


HERE = {
    case.__name__: case
    for case in (
        representatives_elected,
        not_a_collective,
        each_worker_paid,
        calculating_in_use,
        changing_claims_in_use,
        talking_again_in_use,
        reassigning_in_use,
        reopening_in_use,
        joining_in_use,
        organisation_established,
        parties_named,
        split_source_known,
        correction_listed,
        mediators_adult,
        decision_reason_given,
        stoppage_going_on,
        obstacle_removed,
        union_notice_described,
        standing_proved,
        sitting_planned,
        terms_definite,
        minimum_wage_known,
        joined_sides_distinct,
        commission_named,
        came_by_referral,
    )
}
GUARDS = {guard.name: guard for workflow in module.workflows for step in workflow.transitions for guard in step.when}


@pytest.mark.parametrize("name", HERE)
def test_a_condition_that_is_not_met_refuses_with_its_sentence(world, name):
    with pytest.raises(Refused) as refused:
        HERE[name](world, False)
    assert (name, GUARDS[name].sentence) in {(reason.guard, reason.sentence) for reason in refused.value.reasons}


@pytest.mark.parametrize("name", HERE)
def test_the_same_condition_met_lets_the_step_pass(world, name):
    HERE[name](world, True)


def test_no_condition_is_without_a_step_it_refused():
    seen = {guard for scenario in scenarios("mediation") for step in scenario.when for guard in step.guards}
    assert seen - GUARDS.keys() == set(), "scenarios name conditions that are not there"
    assert HERE.keys() - GUARDS.keys() == set()
    assert GUARDS.keys() - seen - HERE.keys() == set(), "nothing shows that these refuse"


def test_no_condition_is_without_a_step_it_let_pass():
    done = {step.do for s in scenarios("mediation") for step in s.when if not step.refused and not step.invalid}
    usual_way = set(usual("mediation")) & {
        "登记书面申请",
        "征询对方意见",
        "受理",
        "指定调解员",
        "安排调解会",
        "开始调解",
    }
    carried_out = done | usual_way | {"录入协议", "协议签署生效"}
    passed = {
        guard.name
        for workflow in module.workflows
        for step in workflow.transitions
        for guard in step.when
        if step.label in carried_out
    }
    assert GUARDS.keys() - passed - HERE.keys() == set()
