"""What goes otherwise: refusals, recusal, absence, legality, duplicates, handing on, and what bad input gets."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casework.desk import sittings
from casework.desk.tables import Assignment, Link, Sitting
from casework.mediation.calculation import Inputs, calculate, service_years
from casework.mediation.figures import performance_rate, success_rate
from casework.mediation.forms import aftermath, endings, people, registration, special, talks
from casework.mediation.forms.talks import TermIn
from casework.mediation.presenting import likely_repetitions
from casework.mediation.tables import Claim, SettlementTerm
from tests.casework.mediation.test_guards import refusal
from tests.casework.mediation.world import FIRM, PAYMENT, WAGES, WANG, application, oral
from union.people import FormerEmployer, Relative, Staff
from workflows.errors import Invalid, Refused


def changed(struct, **values):
    return type(struct)(**{name: getattr(struct, name) for name in struct.__struct_fields__} | values)


def agreement(*terms, **more):
    return talks.ReachAgreement(terms=list(terms), **more)


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        (changed(PAYMENT, due_on=None), "均写明履行期限和履行方式"),
        (changed(PAYMENT, way=""), "均写明履行期限和履行方式"),
        (changed(PAYMENT, payee="路人甲"), "不损害国家、公共利益和他人权益"),
        (changed(PAYMENT, title="公司不再缴纳社会保险，折现支付"), "不得免除或者放弃社会保险缴纳"),
    ],
)
def test_the_legality_blocks_are_computed_from_the_rows(world, term, sentence):
    case = world.talking()
    reasons = refusal(world, case, "reach_agreement", agreement(term, warning_reason="已经向双方说明"))
    assert sentence in reasons
    assert world.state(case) == "in_mediation"
    assert world.read(select(SettlementTerm).where(SettlementTerm.case_id == case)) == []


def test_a_warning_passes_only_with_a_typed_reason(world):
    case = world.talking()
    release = "双方再无任何其他劳动争议"
    assert "没有包括工伤、职业病在内的概括放弃" in refusal(
        world, case, "reach_agreement", agreement(PAYMENT, release=release)
    )
    world.act(case, "reach_agreement", agreement(PAYMENT, release=release, warning_reason="已逐项核对，无工伤"))
    assert world.case(case).warning_reason == "已逐项核对，无工伤"
    assert world.record(case, "agreement").frozen["data"]["release"] == release


def test_a_future_wage_below_the_minimum_is_blocked_once_the_minimum_is_set(world):
    case = world.talking()
    wage = TermIn(
        title="自2026年4月起月工资",
        kind="future_wage",
        way="other",
        due_on=date(2026, 4, 1),
        period="future",
        monthly_wage=200_000,
    )
    assert "最低工资标准已录入" in refusal(world, case, "reach_agreement", agreement(PAYMENT, wage))
    world.setting("mediation.minimum_wage", 254_000)
    said = refusal(world, case, "reach_agreement", agreement(PAYMENT, wage, warning_reason="双方坚持如此约定"))
    assert "约定的今后工资写明月工资，且不低于本市最低工资标准" in said


def test_two_unanswered_notices_without_coming_count_as_unwillingness(world):
    case = world.talking()
    respondent = world.party(case)
    assert "两次通知均未到场" in refusal(world, case, "party_absent", endings.PartyAbsent())
    minutes = talks.RecordMinutes(proceedings="被申请人未到场。", absent=[respondent.id], read_back=True)
    world.act(case, "record_minutes", minutes)
    assert "两次通知均未到场" in refusal(world, case, "party_absent", endings.PartyAbsent())
    world.sitting(case)
    world.act(case, "record_minutes", minutes)
    world.act(case, "party_absent", endings.PartyAbsent(summary="两次均未到场也未答复"))
    assert world.case(case).end_reason == "absent"


def test_a_notice_of_the_old_time_does_not_count_once_the_sitting_was_moved(world):
    case = world.talking()
    respondent = world.party(case)
    missed = talks.RecordMinutes(proceedings="被申请人未到场。", absent=[respondent.id], read_back=True)
    world.act(case, "record_minutes", missed)
    world.sitting(case)
    later = world.clock.now + timedelta(days=1)
    with world.sessions.begin() as session:
        held = sittings.sittings_of(session, case)[0]
        told = sittings.move(session, held, starts_at=later, ends_at=later + timedelta(hours=1), place="第二调解室")
        assert all(one.heard for one in told)  # the control: of the old time everybody had been told
    world.act(case, "record_minutes", missed)
    assert "两次通知均未到场" in refusal(world, case, "party_absent", endings.PartyAbsent())
    with world.sessions.begin() as session:
        for notice in sittings.sittings_of(session, case)[0].notices:
            notice.notified_at = world.clock.now
    world.act(case, "party_absent", endings.PartyAbsent(summary="两次均未到场也未答复"))


def test_a_step_neither_holds_nor_counts_a_sitting_that_was_put_off_before_it_began(world):
    case = world.talking()
    world.act(case, "record_minutes", talks.RecordMinutes(proceedings="双方各自陈述。", read_back=True))
    world.sitting(case)
    with world.sessions.begin() as session:
        sittings.mark(sittings.sittings_of(session, case)[0], "adjourned", world.clock.now)
    again = talks.RecordMinutes(proceedings="双方再次陈述。", sitting_id=_latest(world, case), read_back=True)
    with pytest.raises(Invalid, match="先安排调解会"):
        world.act(case, "record_minutes", again)
    world.act(case, "reach_agreement", agreement(PAYMENT))  # the minutes of the one that was held were read back


def _latest(world, case):
    return world.read(select(Sitting.id).where(Sitting.subject_id == case).order_by(Sitting.number.desc()))[0]


def test_a_step_does_not_change_minutes_that_were_read_back_and_they_can_still_be_printed(world):
    case = world.talking()
    read = talks.RecordMinutes(proceedings="双方各自陈述，公司同意补发。", result="继续协商", read_back=True)
    world.act(case, "record_minutes", read)
    for later in (
        changed(read, proceedings="公司不同意补发。"),
        changed(read, result="调解不成"),
        changed(read, absent=[world.party(case).id]),
    ):
        with pytest.raises(Invalid, match="已宣读或者交阅，不能再改动；需要补充的另安排一次调解会"):
            world.act(case, "record_minutes", later)
    held = world.read(select(Sitting).where(Sitting.subject_id == case))[0]
    assert (held.open_minutes, held.outcome, held.read_back) == ("双方各自陈述，公司同意补发。", "继续协商", True)
    world.act(case, "record_minutes", talks.RecordMinutes(recusal="双方均不申请回避", read_back=True))
    held = world.read(select(Sitting).where(Sitting.subject_id == case))[0]
    assert (held.open_minutes, held.read_back) == ("双方各自陈述，公司同意补发。", True)


def test_a_mediator_steps_back_and_another_goes_on(world):
    case = world.talking()
    asked = people.RequestRecusal(staff_id=world.ids["mediator"], by_side="applicant", ground="interest")
    world.act(case, "request_recusal", asked)
    same = people.Recuse(mediators=[world.ids["mediator"]])
    with pytest.raises(Invalid, match="已决定回避的人员"):
        world.act(case, "recuse", same, "head")
    world.act(case, "recuse", people.Recuse(mediators=[world.ids["second"]], reason="事由成立"), "head")
    assert world.state(case) == "assigned"
    held = world.read(
        select(Assignment.staff_id).where(
            Assignment.root_id == case, Assignment.part == "handler", Assignment.valid_to.is_(None)
        )
    )
    assert held == [world.ids["second"]]


def test_a_denied_recusal_changes_nothing_but_is_kept(world):
    case = world.talking()
    assert "尚待决定的回避申请" in refusal(world, case, "deny_recusal", people.DenyRecusal(reason="事由不成立"), "head")
    world.act(case, "request_recusal", people.RequestRecusal(staff_id=world.ids["mediator"], ground="interest"))
    world.act(case, "deny_recusal", people.DenyRecusal(reason="事由不成立"), "head")
    assert world.state(case) == "in_mediation"


def test_a_former_employer_is_a_conflict(world):
    with world.sessions.begin() as session:
        session.add(
            FormerEmployer(
                staff_id=world.ids["mediator"], name="北京市远航物流有限责任公司", valid_from=date(2025, 1, 1)
            )
        )
    case = world.accepted()
    assert "须回避的关系" in refusal(world, case, "assign", people.Assign(mediators=[world.ids["mediator"]]), "head")


def test_a_declaration_that_was_withdrawn_keeps_nobody_from_a_case(world):
    with world.sessions.begin() as session:
        mistaken = {"valid_to": date(2026, 1, 5)}
        session.add(
            FormerEmployer(
                staff_id=world.ids["mediator"],
                name="北京市远航物流有限责任公司",
                valid_from=date(2025, 1, 1),
                **mistaken,
            )
        )
    case = world.accepted()
    world.act(case, "assign", people.Assign(mediators=[world.ids["mediator"]]), "head")
    assert world.state(case) == "assigned"


def test_a_repeated_application_needs_a_decision_with_its_reason(world):
    first = world.open()
    with pytest.raises(Refused, match="疑似重复"):
        world.open("register_oral", oral())
    second = world.open("register_oral", oral(duplicate_decision="related", duplicate_reason="不同月份的工资"))
    links = world.read(select(Link).where(Link.to_id == second))
    assert [(link.from_id, link.kind) for link in links] == [(first, "related")]


def test_the_same_phone_finds_a_repetition_under_another_spelling(world):
    world.open()
    spelt = changed(WANG, name="王建國", id_number="")
    unit = changed(FIRM, name="北京市远航物流有限责任公司", credit_code="")
    with pytest.raises(Refused, match="疑似重复"):
        world.open(form=application(applicants=[spelt], respondents=[unit]))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (application(applicants=[changed(WANG, id_number="110105198503074115")]), "校验位不符"),
        (application(applicants=[changed(WANG, phone="123")]), "电话号码"),
        (application(respondents=[changed(FIRM, credit_code="91110105MA01ABCD54")]), "校验位不符"),
        (application(applicants=[changed(WANG, left_on=date(2019, 1, 1))]), "离职日期早于入职日期"),
        (application(claims=[changed(WAGES, amount=-1)]), "金额不能小于零"),
        (application(respondents=[WANG]), "不能同时是申请人和被申请人"),
        (application(grounds="  "), "事实与理由已写明"),
        (application(claims=[]), "调解请求"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_half_saved(world, form, sentence):
    with pytest.raises((Invalid, Refused), match=sentence):
        world.open(form=form)
    assert world.read(select(Claim)) == []


BRANCH = "北京远航物流有限公司通州分公司"
FIRM_SPELT = changed(FIRM, name="北京市远航物流有限责任公司", credit_code="", legal_representative="")
NAMESAKE = changed(WANG, id_number="110105199001010010", phone="", capacity="employer")


@pytest.mark.parametrize(
    ("applicant", "respondent"),
    [
        (WANG, changed(WANG, name="王建國", capacity="employer")),  # the same ID number
        (WANG, changed(WANG, id_number="", phone="", capacity="employer")),  # the same name, one number unknown
        (FIRM, changed(FIRM, name="北京启航货运有限公司")),  # the same credit code, renamed
        (FIRM, FIRM_SPELT),  # the same name in another spelling
    ],
)
def test_nobody_is_on_both_sides_however_written(world, applicant, respondent):
    with pytest.raises(Refused, match="不能同时是申请人和被申请人"):
        world.open(form=application(applicants=[applicant], respondents=[respondent]))
    assert world.read(select(Claim)) == []


@pytest.mark.parametrize(
    ("applicant", "respondent"), [(WANG, NAMESAKE), (FIRM, changed(FIRM_SPELT, name=BRANCH)), (WANG, FIRM)]
)
def test_namesakes_told_apart_by_their_numbers_and_branches_may_stand_against_each_other(world, applicant, respondent):
    assert world.state(world.open(form=application(applicants=[applicant], respondents=[respondent]))) == "received"


def test_a_party_added_later_is_not_let_onto_the_other_side(world):
    case = world.open()
    renamed = changed(FIRM, name="北京启航货运有限公司")
    added = people.AddParty(party=renamed, side="applicant", reason="追加")
    assert "不能同时是申请人和被申请人" in refusal(world, case, "add_party", added, "intake")
    assert len(world.parties(case)) == 2


def test_oral_applications_are_read_back_and_timed(world):
    with pytest.raises(Refused, match="口头申请须当场记录"):
        world.open("register_oral", oral(read_back=False))


def test_a_dispute_outside_the_scope_is_not_accepted(world):
    claim = registration.ClaimIn(kind="not_labour", title="退休返聘报酬")
    case = world.open(form=application(claims=[claim]))
    assert "争议属于调解受理范围" in refusal(world, case, "seek_consent", registration.SeekConsent(), "intake")
    assert "不予受理须写明理由" in refusal(world, case, "reject", registration.Reject(), "head")
    world.act(case, "reject", registration.Reject(reason="out_of_scope", explanation="退休返聘属劳务关系"), "head")
    assert "不属于劳动争议调解受理范围" in world.record(case, "rejection_notice").frozen["data"]["reason"]


def test_a_private_settlement_counts_as_success_and_is_reported_apart(world):
    case = world.accepted()
    assert "自愿" in refusal(world, case, "withdraw", endings.Withdraw(reason="settled_privately"), "intake")
    world.act(case, "withdraw", endings.Withdraw(reason="settled_privately", voluntary=True, amount=500_000), "intake")
    other = world.failed(
        application(respondents=[registration.PartyIn(name="北京晨星餐饮有限公司", kind="organisation")])
    )
    year = (date(2026, 1, 1), date(2026, 12, 31))
    with world.sessions() as session:
        counted = success_rate(session, year, None)
        assert (counted.subjects, counted.among) == ([case], sorted([case, other]))
    world.setting("mediation.settled_privately_is_success", False)
    with world.sessions() as session:
        assert success_rate(session, year, None).subjects == []


def test_the_performance_rate_uses_amounts(world):
    case = world.settled()
    term = world.read(select(SettlementTerm).where(SettlementTerm.case_id == case))[0]
    world.set(2026, 5, 9)
    paid = aftermath.RecordPayment(term_id=term.id, amount=150_000, proof="回单")
    world.act(world.track(case, "performance"), "record_part", paid)
    with world.sessions() as session:
        counted = performance_rate(session, (date(2026, 1, 1), date(2026, 12, 31)), [world.station])
        assert (counted.numerator, counted.denominator) == (150_000, 600_000)


def test_nobody_pays_more_than_is_owed(world):
    case = world.settled()
    term = world.read(select(SettlementTerm).where(SettlementTerm.case_id == case))[0]
    too_much = aftermath.RecordPayment(term_id=term.id, amount=600_001, proof="回单")
    with pytest.raises(Invalid, match=r"超过本期尚欠的6000\.00元"):
        world.act(world.track(case, "performance"), "record_part", too_much)


def test_a_small_platform_dispute_may_be_settled_and_performed_at_once(world):
    on_the_spot = talks.SettleOnSpot(
        terms=[changed(PAYMENT, due_on=date(2026, 3, 2))], proceedings="双方当场达成一致并付清。"
    )
    ordinary = world.talking()
    assert "新就业形态的简单小额争议" in refusal(world, ordinary, "settle_on_spot", on_the_spot)
    rider = world.talking(
        application(is_platform=True, respondents=[registration.PartyIn(name="某外卖平台公司", kind="organisation")])
    )
    world.act(rider, "settle_on_spot", on_the_spot)
    assert world.state(rider) == "settled"
    assert world.tracks(rider) == {"performance": "performed"}
    assert "agreement" not in world.records(rider)


def on_the_spot() -> talks.SettleOnSpot:
    return talks.SettleOnSpot(terms=[changed(PAYMENT, due_on=date(2026, 3, 2))], proceedings="双方当场付清。")


def test_an_agent_needs_special_authority_to_settle_on_the_spot_too(world):
    with_agent = changed(WANG, agent_name="李律师", agent_authority="general")
    case = world.talking(application(applicants=[with_agent], is_platform=True))
    assert "代理人签署和解须有特别授权" in refusal(world, case, "settle_on_spot", on_the_spot())
    other = registration.PartyIn(name="某外卖平台公司", kind="organisation")
    trusted = changed(with_agent, agent_authority="special")
    entrusted = world.talking(application(applicants=[trusted], respondents=[other], is_platform=True))
    paid = changed(on_the_spot(), terms=[changed(PAYMENT, due_on=date(2026, 3, 2))])
    world.act(entrusted, "settle_on_spot", paid)
    assert world.state(entrusted) == "settled"


@pytest.mark.parametrize(
    ("side", "standing", "sentence"),
    [
        ("applicant", "dead", "劳动者死亡的由近亲属、丧失行为能力的由法定代理人参加"),
        ("respondent", "dissolved", "已将出资人、开办单位或者主管部门列为当事人"),
    ],
)
def test_nothing_is_settled_on_the_spot_with_somebody_who_is_gone(world, side, standing, sentence):
    case = world.talking(application(is_platform=True))
    gone = special.RecordStanding(party_id=world.party(case, side).id, standing=standing, proof="证明")
    world.act(case, "record_standing", gone)
    assert sentence in refusal(world, case, "settle_on_spot", on_the_spot())


def test_talks_go_on_when_the_draft_is_not_signed(world):
    case = world.drafted()
    world.act(case, "talk_again", talks.TalkAgain(reason="申请人要求重新协商分期"))
    assert world.state(case) == "in_mediation"
    assert world.record(case, "agreement").state == "voided"
    world.act(case, "reach_agreement", agreement(changed(PAYMENT, amount=700_000)))
    world.sign_paper(case)
    world.act(case, "sign", talks.Sign())
    standing = select(SettlementTerm.amount).where(SettlementTerm.superseded_on.is_(None))
    assert world.read(standing) == [700_000]


def test_an_agent_needs_special_authority_to_settle(world):
    with_agent = changed(WANG, agent_name="李律师", agent_authority="general")
    case = world.drafted(application(applicants=[with_agent]))
    world.sign_paper(case)
    assert "代理人签署和解须有特别授权" in refusal(world, case, "sign", talks.Sign())


def test_a_case_moves_to_a_colleague_with_a_reason_and_keeps_its_clocks(world):
    case = world.talking()
    before = world.timer(case, "mediation_term").effective_due
    silent = people.Reassign(mediator=world.ids["second"])
    assert "移交理由已写明" in refusal(world, case, "reassign", silent, "head")
    world.act(case, "reassign", people.Reassign(mediator=world.ids["second"], reason="年休假，B角接办"), "head")
    assert world.timer(case, "mediation_term").effective_due == before
    assert world.state(case) == "in_mediation"


def test_an_archived_failure_is_taken_up_again_as_a_new_case(world):
    case = world.failed()
    world.finish_papers(case)
    world.act(case, "archive", endings.Archive(catalogue_complete=True, receipts_filed=True, pages=0), "archivist")
    again = world.open("reopen", registration.Reopen(source_id=case, both_willing=True))
    row = world.case(again)
    assert (row.state, row.reopened_from_id, row.way) == ("received", case, "reopened")
    assert [p.name for p in world.parties(again)] == [WANG.name, FIRM.name]
    assert world.state(case) == "archived"
    with pytest.raises(Refused, match="原案以调解不成或者撤回结案"):
        world.open("reopen", registration.Reopen(source_id=again, both_willing=True))


def test_transfer_names_the_receiver(world):
    case = world.accepted()
    with pytest.raises(Invalid, match="接收机关"):
        world.act(case, "transfer", endings.Transfer(), "head")
    listed = endings.Transfer(partner="朝阳区劳动监察队", ground="supervision", materials=["调解申请书"])
    world.act(case, "transfer", listed, "head")
    assert world.case(case).outcome == "transferred"


def test_the_calculation_shows_formula_and_article_marked_until_checked(world):
    case = world.talking()
    form = people.Calculate(
        monthly_wage=1_000_000, hired_on=date(2020, 3, 1), left_on=date(2026, 1, 31), hours_rest_day=8
    )
    world.act(case, "calculate", form)
    sheet = world.record(case, "calculation_sheet").frozen["data"]
    compensation, overtime = sheet["items"]
    assert (compensation["amount"], compensation["formula"]) == (6_000_000, "月工资10,000.00元 × 6年")
    assert "劳动合同法》第四十七条" in compensation["law"]
    assert compensation["checked"] is False
    assert overtime["amount"] == 91_954


def test_severance_years_and_the_cap():
    assert [
        service_years(date(2020, 3, 1), left)
        for left in (date(2020, 5, 1), date(2020, 9, 1), date(2021, 3, 1), date(2021, 3, 2))
    ] == [0.5, 1, 1, 1.5]
    # from the last of August to the last of February it is six months, as in 民法典第二百零二条
    ends = [service_years(date(2024, 8, 31), left) for left in (date(2025, 2, 27), date(2025, 2, 28))]
    assert ends == [0.5, 1]
    capped = calculate(
        Inputs(monthly_wage=5_000_000, hired_on=date(2005, 1, 1), left_on=date(2026, 1, 1), average_wage=1_000_000)
    )
    assert capped[0].amount == 3_000_000 * 12
    assert (
        calculate(Inputs(monthly_wage=1_000_000, hired_on=date(2024, 1, 1), left_on=date(2026, 1, 1), unlawful=True))[
            0
        ].amount
        == 4_000_000
    )


def test_a_party_added_later_is_held_against_the_other_cases(world):
    world.open("register_oral", oral())
    other = registration.PartyIn(name="北京近岸商贸有限公司", kind="organisation")
    case = world.open("register_oral", oral(respondents=[other]))
    with world.sessions() as session:
        assert likely_repetitions(session, people.AddParty(party=other), world.clock.now, case) == []
        hits = likely_repetitions(session, people.AddParty(party=FIRM), world.clock.now, case)
        assert len(hits) == 1
        assert "王建国" not in hits[0].text
    with pytest.raises(Refused, match="疑似重复"):
        world.act(case, "add_party", people.AddParty(party=FIRM, side="respondent"), "intake")


COUSIN = registration.PartyIn(name="周大伟", id_number="110105199001010010")
STEPS_THAT_ADD = [
    pytest.param("add_party", lambda **more: people.AddParty(party=COUSIN, side="applicant", **more), id="one party"),
    pytest.param("import_workers", lambda **more: people.ImportWorkers(workers=[COUSIN], **more), id="a list"),
]


def a_relative(world, account):
    with world.sessions.begin() as session:
        declared = {"relation": "堂兄弟", "valid_from": date(2025, 1, 1)}
        session.add(Relative(staff_id=world.ids[account], name=COUSIN.name, **declared))


@pytest.mark.parametrize(("trigger", "form"), STEPS_THAT_ADD)
def test_whoever_is_added_later_is_held_against_the_other_cases(world, trigger, form):
    first = world.open(form=application(applicants=[COUSIN]))
    case = world.open()
    assert "疑似重复" in refusal(world, case, trigger, form(), "intake")
    half = form(duplicate_decision="related")
    assert "疑似重复" in refusal(world, case, trigger, half, "intake")
    assert len(world.parties(case)) == 2
    with world.sessions() as session:
        (hit,) = likely_repetitions(session, form(), world.clock.now, case)
        assert COUSIN.name not in hit.text
        assert COUSIN.id_number not in hit.text + hit.why
    world.act(case, trigger, form(duplicate_decision="related", duplicate_reason="同一单位不同请求"), "intake")
    assert len(world.parties(case)) == 3
    links = world.read(select(Link).where(Link.to_id == case))
    assert [(link.from_id, link.kind) for link in links] == [(first, "related")]


def test_what_was_decided_when_the_case_came_in_does_not_decide_about_whoever_comes_later(world):
    world.open(form=application(applicants=[COUSIN]))
    world.open()
    case = world.open(form=application(duplicate_decision="separate", duplicate_reason="不同月份的工资"))
    assert "疑似重复" in refusal(world, case, "add_party", people.AddParty(party=COUSIN, side="applicant"), "intake")


@pytest.mark.parametrize("account", ["mediator", "recorder"])
@pytest.mark.parametrize(("trigger", "form"), STEPS_THAT_ADD)
def test_whoever_is_added_later_is_held_against_the_people_who_work_on_the_case(world, trigger, form, account):
    a_relative(world, account)
    case = world.assigned()
    assert "须回避的关系" in refusal(world, case, trigger, form(), "intake")
    assert "须回避的关系" in refusal(
        world, case, trigger, form(waived_by=["applicant"], waiver_reason="3月2日声明"), "intake"
    )
    assert len(world.parties(case)) == 2
    world.act(case, trigger, form(waived_by=["applicant", "respondent"], waiver_reason="3月2日声明"), "intake")
    assert len(world.parties(case)) == 3


@pytest.mark.parametrize(("trigger", "form"), STEPS_THAT_ADD)
def test_somebody_unrelated_is_added_without_further_questions(world, trigger, form):
    a_relative(world, "third")  # does not work on this case
    case = world.assigned()
    world.act(case, trigger, form(), "intake")
    assert len(world.parties(case)) == 3


ELSEWHERE = registration.PartyIn(name="北京近岸商贸有限公司", kind="organisation")


def joining(into, **more):
    return endings.Join(into_id=into, reason="同一用人单位的同类争议", **more)


def test_joining_brings_nobody_onto_both_sides(world):
    first = world.open()
    second = world.open(form=application(applicants=[COUSIN], respondents=[changed(WANG, capacity="employer")]))
    assert "并案后没有人或者单位同时是" in refusal(world, second, "join", joining(first), "head")
    assert (world.state(second), len(world.parties(first))) == ("received", 2)


def test_whom_a_joined_case_brings_is_held_against_the_people_of_the_other(world):
    a_relative(world, "recorder")
    first = world.assigned()
    second = world.open(form=application(applicants=[COUSIN]))
    assert "须回避的关系" in refusal(world, second, "join", joining(first), "head")
    assert "须回避的关系" in refusal(
        world, second, "join", joining(first, waived_by=["respondent"], waiver_reason="3月2日声明"), "head"
    )
    assert len(world.parties(first)) == 2
    world.act(second, "join", joining(first, waived_by=["applicant", "respondent"], waiver_reason="3月2日声明"), "head")
    assert (world.state(second), len(world.parties(first))) == ("transferred", 3)


def test_whom_a_joined_case_brings_is_held_against_the_other_cases(world):
    first = world.open(form=application(respondents=[ELSEWHERE]))
    second = world.open(form=application(applicants=[COUSIN]))
    third = world.open(form=application(applicants=[COUSIN], respondents=[ELSEWHERE]))
    assert "疑似重复" in refusal(world, second, "join", joining(first), "head")
    with world.sessions() as session:
        (hit,) = likely_repetitions(session, joining(first), world.clock.now, second)
        assert (hit.subject_id, COUSIN.name in hit.text) == (third, False)
    world.act(second, "join", joining(first, duplicate_decision="related", duplicate_reason="待核对"), "head")
    links = world.read(select(Link).where(Link.to_id == first, Link.kind == "related"))
    assert [link.from_id for link in links] == [third]


def test_only_adults_mediate(world):
    case = world.accepted()
    with world.sessions.begin() as session:
        session.get_one(Staff, world.ids["second"]).is_adult = False
    young = people.Assign(mediators=[world.ids["second"]])
    assert "调解员须为成年公民" in refusal(world, case, "assign", young, "head")
    world.act(case, "assign", people.Assign(mediators=[world.ids["mediator"]]), "head")
    assert world.state(case) == "assigned"


def test_an_application_for_review_names_the_commission(world):
    track = world.track(world.settled(), "confirmation")
    both = {"by_applicant": True, "by_respondent": True}
    said = refusal(world, track, "apply_arb_review", aftermath.ApplyArbReview(body=" ", **both))
    assert "有管辖权的仲裁委员会已写明" in said
    world.act(track, "apply_arb_review", aftermath.ApplyArbReview(body="北京市朝阳区劳动人事争议仲裁委员会", **both))


def test_a_recorder_with_a_relation_stays_only_if_both_sides_waive(world):
    a_relative(world, "recorder")
    case = world.accepted(application(applicants=[COUSIN]))
    chosen = {"mediators": [world.ids["mediator"]], "recorder": world.ids["recorder"]}
    assert "须回避的关系" in refusal(world, case, "assign", people.Assign(**chosen), "head")
    half = people.Assign(**chosen, waived_by=["applicant"], waiver_reason="3月2日声明")
    assert "须回避的关系" in refusal(world, case, "assign", half, "head")
    world.act(
        case,
        "assign",
        people.Assign(**chosen, waived_by=["applicant", "respondent"], waiver_reason="3月2日声明"),
        "head",
    )
    assert world.state(case) == "assigned"
