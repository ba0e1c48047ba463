"""Performance, confirmation and remedies: what is owed by whom, who is told what, and that nothing is done twice."""

import uuid
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import func, select

from casework.desk.tables import Sitting
from casework.mediation.figures import agreed_amount, performance_rate
from casework.mediation.forms import aftermath, endings, registration, special, talks
from casework.mediation.tables import LimitationRestart, SettlementTerm, SpecialMatter
from tests.casework.mediation.collective_case import confirm, drafted_collective
from tests.casework.mediation.test_guards import refusal
from tests.casework.mediation.world import FIRM, PAYMENT, WANG, application
from union.organisations import Organisation
from workflows.errors import Invalid, Refused
from workflows.fire import preview
from workflows.tables import Subject, Timer

BOTH = {"by_applicant": True, "by_respondent": True}


def training_fee(**changed) -> registration.Register:
    """An employer claims from its worker."""
    claim = registration.ClaimIn(kind="damages", title="返还培训费", amount=100_000, knew_on=date(2026, 1, 31))
    return application(applicants=[FIRM], respondents=[WANG], claims=[claim], grounds="违反服务期约定", **changed)


def test_an_agreement_says_who_pays_whom(world):
    usual = world.drafted()
    assert world.record(usual, "agreement").frozen["data"]["terms"][0]["payer"] == FIRM.name
    term = msgspec.structs.replace(PAYMENT, title="返还培训费", payee=FIRM.name, way="cash", account="")
    reverse = world.drafted(training_fee(duplicate_decision="separate", duplicate_reason="请求不同"), [term])
    promised = world.record(reverse, "agreement").frozen["data"]["terms"][0]
    assert (promised["payer"], promised["payee"]) == (WANG.name, FIRM.name)


def test_an_order_to_pay_is_not_had_against_a_worker(world):
    term = msgspec.structs.replace(PAYMENT, title="返还培训费", payee=FIRM.name, due_on=date(2026, 3, 5))
    case = world.settled(training_fee(), [term])
    remedy = defaulted(world, case)
    said = refusal(world, remedy, "apply_payment_order", order())
    assert "到期款项的义务人是用人单位" in said
    assert "用人单位逾期未支付" in refusal(world, remedy, "sue_wages", aftermath.SueWages(body="朝阳法院"))


def test_an_order_to_pay_asks_only_for_what_is_due(world):
    parts = [
        talks.InstalmentIn(amount=200_000, due_on=date(2026, 3, 5)),
        talks.InstalmentIn(amount=400_000, due_on=date(2026, 6, 5)),
    ]
    case = world.settled(None, [msgspec.structs.replace(PAYMENT, amount=None, due_on=None, instalments=parts)])
    world.act(defaulted(world, case), "apply_payment_order", order())
    asked = world.record(case, "payment_order_application").frozen["data"]["dues"]
    assert [due["amount"] for due in asked] == [200_000]


@pytest.mark.parametrize("missing", ["can_be_served", "no_counter_obligation"])
def test_an_order_that_cannot_be_served_or_answers_a_debt_is_not_applied_for(world, missing):
    case = world.settled(None, [msgspec.structs.replace(PAYMENT, due_on=date(2026, 3, 5))])
    remedy = defaulted(world, case)
    said = refusal(world, remedy, "apply_payment_order", msgspec.structs.replace(order(), **{missing: False}))
    assert "支付令能够送达，且没有对待给付义务" in said
    world.act(remedy, "apply_payment_order", order())
    assert world.state(remedy) == "payment_order_applied"


@pytest.mark.parametrize(
    ("more", "only_wages"),
    [
        ({"kind": "future_wage", "monthly_wage": 500_000}, True),
        ({"kind": "social_insurance"}, False),
        ({"kind": "certificate"}, False),
        ({"kind": "waiver"}, False),
    ],
)
def test_a_suit_about_wages_looks_at_every_promise(world, more, only_wages):
    world.setting("mediation.minimum_wage", 254_000)
    beside = talks.TermIn(title="另一约定", way="other", due_on=date(2026, 3, 6), **more)
    case = world.talking()
    due = msgspec.structs.replace(PAYMENT, due_on=date(2026, 3, 5))
    form = talks.ReachAgreement(terms=[due, beside], warning_reason="已经向双方说明")
    world.act(case, "reach_agreement", form)
    world.sign_paper(case)
    world.act(case, "sign", talks.Sign())
    remedy, suit = defaulted(world, case), aftermath.SueWages(body="朝阳法院")
    if only_wages:
        world.act(remedy, "sue_wages", suit)
    else:
        assert "协议仅就劳动报酬达成" in refusal(world, remedy, "sue_wages", suit)


def test_a_dismissed_confirmation_opens_the_remedies_once(world):
    case = world.settled(None, [msgspec.structs.replace(PAYMENT, due_on=date(2026, 3, 5))])
    track = world.track(case, "confirmation")
    world.act(track, "apply_court_confirmation", aftermath.ApplyCourtConfirmation(body="朝阳法院", **BOTH))
    world.act(track, "court_dismiss", aftermath.Ruling(reason="内容不明确"))
    world.set(2026, 3, 9)
    world.act(world.track(case, "performance"), "default", aftermath.Default())
    remedies = select(func.count()).where(Subject.root_id == case, Subject.workflow == "mediation.remedy")
    assert world.read(remedies) == [1]
    world.act(world.track(case, "remedy"), "sue_after_dismissal", aftermath.Filing(body="朝阳法院"))
    world.act(world.track(case, "remedy"), "conclude", aftermath.Conclude(result="判决支持"))
    assert world.tracks(case)["remedy"] == "concluded"


AGREED = {"agreed_by_applicant": True, "agreed_by_respondent": True}


def dismissed(world, case: uuid.UUID) -> uuid.UUID:
    track = world.track(case, "confirmation")
    world.act(track, "apply_court_confirmation", aftermath.ApplyCourtConfirmation(body="朝阳法院", **BOTH))
    world.act(track, "court_dismiss", aftermath.Ruling(reason="内容不明确"))
    return track


def standing(world, case: uuid.UUID) -> list[SettlementTerm]:
    rows = select(SettlementTerm).where(SettlementTerm.case_id == case, SettlementTerm.superseded_on.is_(None))
    return world.read(rows.order_by(SettlementTerm.number, SettlementTerm.instalment))


def clocks(world, track: uuid.UUID) -> list[date]:
    query = select(Timer.effective_due).where(Timer.subject_id == track, Timer.status == "running")
    return world.read(query.order_by(Timer.effective_due))


def pay(world, track: uuid.UUID, term: SettlementTerm, amount: int, trigger: str = "record_part") -> None:
    world.act(track, trigger, aftermath.RecordPayment(term_id=term.id, amount=amount, proof="银行回单"))


def test_an_amendment_after_a_payment_keeps_what_was_paid_and_watches_over_the_rest(world):
    case = world.settled()
    track, performance = dismissed(world, case), world.track(case, "performance")
    pay(world, performance, standing(world, case)[0], 100_000)
    rest = [
        talks.InstalmentIn(amount=150_000, due_on=date(2026, 6, 1)),
        talks.InstalmentIn(amount=50_000, due_on=date(2026, 7, 1)),
    ]
    anew = msgspec.structs.replace(PAYMENT, amount=None, due_on=None, instalments=rest)
    world.act(track, "amend", aftermath.Amend(changes=["减少金额，余额分两期支付"], terms=[anew], **AGREED))
    rows = standing(world, case)
    assert [(row.number, row.instalment, row.amount) for row in rows] == [
        (1, 1, 100_000),
        (2, 1, 150_000),
        (2, 2, 50_000),
    ]
    assert clocks(world, performance) == [date(2026, 6, 1), date(2026, 7, 1)]
    year = (date(2026, 1, 1), date(2026, 12, 31))
    with world.sessions() as session:
        rate, agreed = performance_rate(session, year, None), agreed_amount(session, year, None)
    assert (rate.amount, rate.out_of, agreed.amount) == (100_000, 300_000, 300_000)
    printed = world.record(case, "supplementary_agreement").frozen["data"]["changes"]
    assert printed[0] == "减少金额，余额分两期支付"
    assert "此前已付1,000元（壹仟元整）" in printed[1]
    assert "1,500元（壹仟伍佰元整），于2026年6月1日前履行" in printed[2]
    pay(world, performance, rows[1], 150_000)
    world.act(
        performance, "complete", aftermath.Complete(term_id=rows[2].id, amount=50_000, proof="银行回单"), "mediator"
    )
    assert world.state(performance) == "performed"


def test_what_was_promised_before_an_amendment_can_still_be_read(world):
    case = world.settled()
    track, performance = dismissed(world, case), world.track(case, "performance")
    (before,) = standing(world, case)
    pay(world, performance, before, 100_000)
    world.act(track, "amend", aftermath.Amend(changes=["减少金额"], terms=[PAYMENT], **AGREED))
    aside = select(SettlementTerm).where(SettlementTerm.case_id == case, SettlementTerm.superseded_on.is_not(None))
    (promised,) = world.read(aside)
    assert (promised.amount, promised.due_on, promised.account) == (before.amount, before.due_on, before.account)


def test_nothing_is_promised_anew_once_everything_is_performed(world):
    case = world.settled()
    track, performance = dismissed(world, case), world.track(case, "performance")
    (term,) = standing(world, case)
    done = aftermath.Complete(term_id=term.id, amount=term.amount, proof="银行回单")
    world.act(performance, "complete", done)
    with pytest.raises(Invalid, match="已经登记履行完毕") as refused:
        world.act(track, "amend", aftermath.Amend(changes=["再付一笔"], terms=[PAYMENT], **AGREED))
    assert refused.value.field == "terms"
    world.act(track, "amend", aftermath.Amend(changes=["补写账户"], **AGREED))


def test_a_collective_agreement_is_amended_and_put_off_with_the_word_of_those_represented(world):
    case = drafted_collective(world)
    confirm(world, case)
    world.sign_paper(case)
    world.act(case, "sign", talks.Sign())
    track, performance = dismissed(world, case), world.track(case, "performance")
    sentence = "须经被代表的职工同意"
    assert sentence in refusal(world, track, "amend", aftermath.Amend(changes=["减为一半"], **AGREED))
    later = aftermath.Postpone(term_id=standing(world, case)[0].id, due_on=date(2026, 7, 1), **AGREED)
    assert sentence in refusal(world, performance, "postpone", later)
    world.act(performance, "postpone", msgspec.structs.replace(later, represented_agree=True))
    world.act(track, "amend", aftermath.Amend(changes=["减为一半"], represented_agree=True, **AGREED))


# --- instalments after one of them was not paid


def in_three(world) -> tuple[uuid.UUID, uuid.UUID, list[SettlementTerm]]:
    """An agreement in three instalments, the first not paid and its default confirmed."""
    days = (date(2026, 3, 5), date(2026, 6, 5), date(2026, 9, 4))
    parts = [talks.InstalmentIn(amount=200_000, due_on=day) for day in days]
    case = world.settled(None, [msgspec.structs.replace(PAYMENT, amount=None, due_on=None, instalments=parts)])
    defaulted(world, case)
    return case, world.track(case, "performance"), standing(world, case)


def test_each_instalment_keeps_its_clock_when_an_earlier_one_was_not_paid(world):
    case, performance, _ = in_three(world)
    assert world.state(performance) == "defaulted"
    assert clocks(world, performance) == [date(2026, 6, 5), date(2026, 9, 4)]
    world.sweep(date(2026, 6, 6))
    assert [task.kind for task in world.tasks(case)] == ["confirm_lapse"]
    reminders = world.records(case).count("performance_reminder")
    world.act(performance, "default", aftermath.Default())
    assert world.records(case).count("performance_reminder") == reminders + 1
    assert world.tasks(case) == []
    assert clocks(world, performance) == [date(2026, 9, 4)]
    restarts = select(LimitationRestart.on).where(LimitationRestart.event == "调解协议未履行")
    assert world.read(restarts.order_by(LimitationRestart.on)) == [date(2026, 3, 9), date(2026, 6, 6)]


def test_a_default_is_confirmed_once_for_each_instalment(world):
    _, performance, _ = in_three(world)
    assert "约定的履行期限已过而未履行" in refusal(world, performance, "default", aftermath.Default())
    world.set(2026, 6, 5)
    assert "约定的履行期限已过而未履行" in refusal(world, performance, "default", aftermath.Default())
    world.set(2026, 6, 8)
    world.act(performance, "default", aftermath.Default())


def test_once_the_overdue_instalment_is_paid_the_others_go_on_in_time(world):
    case, performance, rows = in_three(world)
    pay(world, performance, rows[0], 100_000, "pay_late")
    assert world.state(performance) == "defaulted"
    pay(world, performance, rows[0], 100_000, "pay_late")
    assert (world.state(performance), world.tracks(case)["remedy"]) == ("partial", "concluded")
    assert clocks(world, performance) == [date(2026, 6, 5), date(2026, 9, 4)]
    world.set(2026, 6, 8)
    world.act(performance, "default", aftermath.Default())
    assert (world.state(performance), world.state(world.track(case, "remedy"))) == ("defaulted", "choosing")


def test_a_new_date_for_what_was_overdue_is_counted(world):
    case, performance, rows = in_three(world)
    world.act(performance, "postpone", aftermath.Postpone(term_id=rows[0].id, due_on=date(2026, 4, 10), **AGREED))
    assert world.state(performance) == "pending"
    assert clocks(world, performance) == [date(2026, 4, 10), date(2026, 6, 5), date(2026, 9, 4)]
    world.sweep(date(2026, 4, 11))
    assert [task.kind for task in world.tasks(case)] == ["confirm_lapse"]


def test_a_remedy_that_was_chosen_goes_on_when_the_overdue_sum_is_paid(world):
    case, performance, rows = in_three(world)
    world.act(world.track(case, "remedy"), "apply_payment_order", order())
    pay(world, performance, rows[0], 200_000, "pay_late")
    assert (world.state(performance), world.tracks(case)["remedy"]) == ("partial", "payment_order_applied")


def test_an_amendment_after_default_is_watched_over_from_its_own_dates(world):
    case = world.settled(None, [msgspec.structs.replace(PAYMENT, due_on=date(2026, 3, 5))])
    track = dismissed(world, case)
    defaulted(world, case)
    performance = world.track(case, "performance")
    anew = msgspec.structs.replace(PAYMENT, amount=500_000, due_on=date(2026, 6, 1))
    world.act(track, "amend", aftermath.Amend(changes=["减少金额"], terms=[anew], **AGREED))
    assert (world.state(performance), world.tracks(case)["remedy"]) == ("pending", "concluded")
    assert clocks(world, performance) == [date(2026, 6, 1)]


def test_a_case_is_handed_over_once_and_again_only_after_it_failed_again(world):
    case = world.talking()
    world.sweep(date(2026, 3, 18))
    world.set(2026, 3, 19)
    sent = endings.HandOver(partner="朝阳区仲裁院", materials=["申请书"])
    world.act(case, "hand_over", sent, "head")
    before = world.records(case)
    again = endings.HandOver(partner="朝阳区劳动监察队", materials=["申请书"])
    assert "尚未办理移送" in refusal(world, case, "hand_over", again, "head")
    assert world.records(case) == before
    assert "hand_over" not in possible(world, case, "head")
    evidence = endings.RevokeLapse(
        evidence="延期同意书", evidence_on=date(2026, 3, 16), extension_days=10, reason="晚录"
    )
    world.act(case, "revoke_lapse", evidence, "head")
    world.set(2026, 3, 20)
    world.act(case, "fail", endings.Fail(reason="divergent"))
    assert "hand_over" in possible(world, case, "head")
    world.act(case, "hand_over", sent, "head")
    assert world.records(case).count("hand_over_letter") == 2


def test_a_dispute_that_is_not_ours_is_told_where_it_goes(world):
    claim = registration.ClaimIn(kind="collective_contract", title="履行工资集体合同")
    case = world.open(form=application(claims=[claim]))
    said = refusal(world, case, "accept", registration.Accept(respondent_agrees=True), "head")
    assert "由工会依法申请仲裁或者提起诉讼（《中华人民共和国工会法》第二十一条第四款" in said
    world.act(case, "reject", registration.Reject(reason="out_of_scope"), "head")
    told = world.record(case, "rejection_notice").frozen["data"]["route"]
    assert told.startswith("履行集体合同发生的争议，由工会依法申请仲裁或者提起诉讼")
    assert "第五十六条" in told
    assert "第六十三条第二款" in told


def test_a_refused_labour_dispute_is_told_of_arbitration(world):
    case = world.open()
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    world.act(case, "record_answer", registration.RecordAnswer(answer="refused"), "intake")
    world.act(case, "reject", registration.Reject(reason="party_disagrees"), "head")
    assert world.record(case, "rejection_notice").frozen["data"]["route"] == ""


def test_no_reason_lets_a_head_reject_what_is_in_scope_and_agreed(world):
    case = world.open()
    form = registration.Reject(reason="not_competent", explanation="另有主管")
    assert "不予受理须写明理由" in refusal(world, case, "reject", form, "head")


def test_nothing_is_opened_at_an_organisation_without_a_legal_basis(world):
    with world.sessions.begin() as session:
        session.get(Organisation, world.station).legal_basis = None
    with pytest.raises(Refused, match="由系统管理员在“单位”中填写"):
        world.open()
    assert world.read(select(Subject)) == []
    with world.sessions.begin() as session:
        session.get(Organisation, world.station).legal_basis = "peoples_mediation"
    assert world.state(world.open()) == "received"


def test_a_sitting_a_clerk_writes_down_is_the_mediators(world):
    first = world.assigned()
    world.sitting(first)
    second = world.assigned(
        application(
            applicants=[registration.PartyIn(name="李四")],
            respondents=[registration.PartyIn(name="另一公司", kind="organisation")],
        )
    )
    form = talks.ScheduleSitting(starts_at=world.clock.now + timedelta(hours=2), place="别处")
    with world.sessions() as session:
        case = session.get(Subject, second)
        now = world.clock.now
        warned = {who: form.warnings(session, case, world.actor(session, who), now) for who in ("intake", "mediator")}
    assert warned["intake"] == warned["mediator"] != []
    assert all("调解员周敏" in sentence for sentence in warned["intake"])
    world.act(second, "schedule_sitting", form, "intake")
    planned = select(Sitting.host_id).where(Sitting.subject_id == second)
    assert world.read(planned) == [world.ids["mediator"]]


def test_of_a_group_the_mediator_who_writes_it_down_holds_the_sitting(world):
    case = world.assigned(mediators=("mediator", "second"))
    form = talks.ScheduleSitting(starts_at=world.clock.now + timedelta(hours=2), place="别处")
    world.act(case, "schedule_sitting", form, "second")
    assert world.read(select(Sitting.host_id).where(Sitting.subject_id == case)) == [world.ids["second"]]


def test_a_worker_split_off_keeps_what_suspended_the_limitation(world):
    two = application(applicants=[WANG, registration.PartyIn(name="李四")])
    case = world.talking(two)
    obstacle = special.SuspendLimitation(grade="force_majeure", began_on=date(2026, 3, 1), proof="通告")
    world.act(case, "suspend_limitation", obstacle, "intake")
    leaving = [p.id for p in world.parties(case) if p.name == "李四"]
    world.act(case, "split", talks.Split(parties=leaving, reason="请求不同"))
    kept = select(SpecialMatter.case_id).where(SpecialMatter.kind == "limitation")
    assert len(set(world.read(kept))) == 2


def test_an_obstacle_that_was_never_written_down_is_not_removed(world):
    case = world.open()
    assert "有尚未消除的时效中止" in refusal(world, case, "resume_limitation", None, "intake")
    assert "resume_limitation" not in possible(world, case, "intake")
    obstacle = special.SuspendLimitation(grade="no_representative", began_on=date(2026, 3, 1), proof="住院证明")
    world.act(case, "suspend_limitation", obstacle, "intake")
    assert "resume_limitation" in possible(world, case, "intake")
    assert "suspend_limitation" not in possible(world, case, "intake")


def possible(world, case: uuid.UUID, who: str) -> set[str]:
    with world.sessions() as session:
        subject = session.get(Subject, case)
        steps = preview(session, subject, by=world.actor(session, who), at=world.clock.now)
        return {step.transition.trigger for step in steps if step.allowed}


def order() -> aftermath.ApplyPaymentOrder:
    return aftermath.ApplyPaymentOrder(body="朝阳法院", can_be_served=True, no_counter_obligation=True)


def defaulted(world, case: uuid.UUID) -> uuid.UUID:
    world.set(2026, 3, 9)
    world.act(world.track(case, "performance"), "default", aftermath.Default())
    return world.track(case, "remedy")
