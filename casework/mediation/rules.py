"""The conditions of each step of a mediation: pure functions of the facts, each with its article and its sentence."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from casework.mediation import legality
from casework.mediation.facts import APPLICANT, RESPONDENT, Facts, newly_overdue, settled
from casework.mediation.kinds import CLAIM_KIND, EMPLOYERS, REVIEW_NOT_ACCEPTED, REVIEW_REFUSED, ROUTES
from casework.mediation.policy import rule
from union.law import (
    ARB_RULES,
    BJ_ONE_STOP,
    BJ_TUL,
    CONSULT,
    CPL,
    CPL_INTERP,
    CY_NOTICE,
    INVITED,
    LABOUR_CONTRACT,
    LABOUR_LAW,
    LDI1,
    LDI2,
    LDMA,
    PMA,
    TUL,
)
from workflows.definition import Guard, guard, relied
from workflows.law import Citation, Policy
from workflows.workdays import Days, Period, Workdays

LAPSE_REVOKED = Policy("系统自动办理的期限届满，可凭届满日前的证据由负责人撤销一次", "9-17")
PARTIAL_EFFECT = Policy("集体争议部分职工未确认的，已确认部分生效，其余分案", "9-17")
REFERRER_TERM = Policy("委派、委托另有期限的，以该期限决定退回，十五日调解期并列显示", "9-16")
ELECTION = Policy("推举职工代表人须有推举书", "9-11")
CORRECTION_ONCE = ARB_RULES[29, 0, 4].by_analogy()
FREE_TO_DECIDE = PMA[17]
COLLECTIVE_CONTRACT_DISPUTE = (TUL[21, 4], LABOUR_CONTRACT[56], ARB_RULES[63, 2])
PRACTICE = Citation(CY_NOTICE, mark=CY_NOTICE.mark)


def filed(facts: Facts, name: str, otherwise: Any = None) -> Any:
    """What the form says, or ``otherwise`` while there is no form."""
    return getattr(facts.form, name, otherwise)


def typed(facts: Facts, name: str, at_least: int = 2) -> bool:
    return len((filed(facts, name, "") or "").strip()) >= at_least


def in_use(name: str, key: str) -> Guard:
    """The step rests on a house rule alone; where that is switched off there is no such step."""
    label = rule(key).label
    sentence = f"设置“{label}”为启用；已停用的，由系统管理员在“设置与签批”中启用"
    return Guard(name, sentence, lambda facts: bool(facts.setting(key)), (rule(key).law,))


calculating_in_use = in_use("calculating_in_use", "mediation.calculation")
changing_claims_in_use = in_use("changing_claims_in_use", "mediation.change_request")
talking_again_in_use = in_use("talking_again_in_use", "mediation.talks_again")
reassigning_in_use = in_use("reassigning_in_use", "mediation.reassign")
reopening_in_use = in_use("reopening_in_use", "mediation.reopen")
joining_in_use = in_use("joining_in_use", "mediation.join")


# --- registration ------------------------------------------------------------------


@guard(
    "本单位已登记调解组织的设立依据；没有登记的，由系统管理员在“单位”中填写“设立依据”", law=(LDMA[10], BJ_TUL[31, 2])
)
def organisation_established(facts: Facts) -> bool:
    return bool(facts.organisation.legal_basis)


@guard("申请人与被申请人均已写明", law=CONSULT[21], decided_by=("applicants", "respondents"))
def parties_named(facts: Facts) -> bool:
    return bool(facts.applicants) and bool(facts.respondents) and all(p.name.strip() for p in facts.parties)


@guard(
    "同一人或者单位不能同时是申请人和被申请人；确系同名的，写明双方各自的公民身份号码或者统一社会信用代码",
    law=CONSULT[21],
    decided_by=("applicants", "respondents"),
)
def sides_distinct(facts: Facts) -> bool:
    return not any(one.is_same(other) for one in facts.applicants for other in facts.respondents)


@guard("调解请求、事实与理由已写明", law=CONSULT[21], decided_by=("claims", "grounds"))
def dispute_stated(facts: Facts) -> bool:
    standing = [claim for claim in facts.claims if not claim.withdrawn]
    return bool(standing) and bool((facts.case.grounds or "").strip())


@guard(
    "口头申请须当场记录基本情况、争议事项、理由和时间，并由申请人确认",
    law=LDMA[12],
    decided_by=("read_back", "taken_at"),
)
def oral_record_complete(facts: Facts) -> bool:
    return bool(facts.case.oral_taken_at) and bool(facts.case.oral_read_back)


@guard(
    "疑似重复的案件须先选择并案、另立或者关联，并说明理由；此后又发现的，须一并核对",
    law=rule("mediation.duplicates").law,
    decided_by=("duplicate_decision",),
)
def duplicates_settled(facts: Facts) -> bool:
    return not facts.duplicates or not facts.setting("mediation.duplicates")


@guard(
    "转办、委托或者委派函已收存",
    law=(ARB_RULES[69], ARB_RULES[70], INVITED[19]),
    decided_by=("letter_number", "letter"),
)
def referral_letter_filed(facts: Facts) -> bool:
    return facts.referral is not None and facts.referral.letter_filed


@guard("补正只能一次性告知，不得就同一申请再次要求补正", law=CORRECTION_ONCE)
def correction_asked_once(facts: Facts) -> bool:
    return facts.case.corrected_on is None


@guard("须列明全部应补正的事项", law=CORRECTION_ONCE, decided_by=("missing",))
def correction_listed(facts: Facts) -> bool:
    return bool(facts.case.correction_list)


# --- acceptance --------------------------------------------------------------------


@guard("争议属于调解受理范围", law=(LDMA[2], BJ_ONE_STOP[3, 1]))
def in_scope(facts: Facts) -> bool:
    standing = [claim for claim in facts.claims if not claim.withdrawn]
    return bool(standing) and all(CLAIM_KIND[claim.kind].in_scope for claim in standing)


@guard(f"请求中没有集体合同履行争议。{ROUTES['collective_contract']}", law=COLLECTIVE_CONTRACT_DISPUTE)
def no_collective_contract(facts: Facts) -> bool:
    return not _claimed(facts, "collective_contract")


@guard(f"请求均属于劳动争议。{ROUTES['not_labour']}", law=(CONSULT[22], BJ_ONE_STOP[3, 6]))
def only_labour_disputes(facts: Facts) -> bool:
    return not _claimed(facts, "not_labour")


ROUTED = {"collective_contract": no_collective_contract, "not_labour": only_labour_disputes}
SCOPE = (in_scope, no_collective_contract, only_labour_disputes)


def routes(facts: Facts) -> str:
    """Where the applicant is sent with what is not ours, with the articles that say so."""
    sent = [(ROUTES[kind], guard.law) for kind, guard in ROUTED.items() if not guard.check(facts)]
    return "".join(f"{where}（{'；'.join(map(str, law))}）。" for where, law in sent)


def _claimed(facts: Facts, kind: str) -> bool:
    return any(claim.kind == kind and not claim.withdrawn for claim in facts.claims)


@guard("双方当事人均同意调解", law=CONSULT[22])
def both_parties_agree(facts: Facts) -> bool:
    return _all_agree(facts)


@guard(
    "没有申请而主动调解的，须经双方当事人同意",
    law=(CONSULT[23], FREE_TO_DECIDE),
    decided_by=("applicants", "respondents"),
)
def both_parties_invited_agree(facts: Facts) -> bool:
    return _all_agree(facts)


@guard("由在册调解员提议、负责人决定", law=(CONSULT[23], PMA[17]), decided_by=("proposed_by",))
def proposed_by_mediator(facts: Facts) -> bool:
    return str(filed(facts, "proposed_by", "")) in facts.choices("mediators")


@relied("当事人同意调解")
def consents(facts: Facts) -> date | None:
    return _last(p.consented_on for p in facts.parties if p.consent == "agreed")


@relied("当事人不同意调解")
def refusals(facts: Facts) -> date | None:
    if facts.case.end_reason != "party_disagrees":
        return None
    return min((p.consented_on for p in facts.parties if p.consented_on and _unwilling(p)), default=None)


def _last(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


@guard("劳务派遣争议，派遣单位和用工单位均为当事人", law=LDMA[22, 2])
def dispatch_parties_complete(facts: Facts) -> bool:
    present = {p.capacity for p in facts.parties} & {"dispatching", "using"}
    return len(present) != 1


def _all_agree(facts: Facts) -> bool:
    principal = [p for p in facts.parties if p.side in (APPLICANT, RESPONDENT) and p.acts]
    return bool(principal) and all(p.consent == "agreed" for p in principal)


@guard(
    "不予受理须写明理由：不属受理范围、一方不同意或者逾期未补正", law=CONSULT[22], decided_by=("reason", "explanation")
)
def rejection_reason_given(facts: Facts) -> bool:
    return facts.case.end_reason in GROUNDS_TO_REJECT and GROUNDS_TO_REJECT[facts.case.end_reason](facts)


def _somebody_refuses(facts: Facts) -> bool:
    return any(_unwilling(p) for p in facts.parties)


def _unwilling(party: Any) -> bool:
    return party.consent in ("refused", "quit")


def _correction_overdue(facts: Facts) -> bool:
    term = facts.clock("correction_term")
    over = term is not None and (facts.occurred or facts.today) > term.effective
    return over and facts.case.corrected_on is None


GROUNDS_TO_REJECT = {
    "out_of_scope": lambda facts: not in_scope.check(facts),
    "party_disagrees": _somebody_refuses,
    "not_corrected": _correction_overdue,
}


# --- mediators ---------------------------------------------------------------------


@guard("调解员须在册", law=(LDMA[11], CONSULT[25]), decided_by=("mediators",))
def mediators_on_roster(facts: Facts) -> bool:
    return bool(facts.mediators) and all(m.on_roster for m in facts.mediators)


@guard("调解员须为成年公民", law=LDMA[11], decided_by=("mediators",))
def mediators_adult(facts: Facts) -> bool:
    return bool(facts.mediators) and all(m.adult for m in facts.mediators)


@guard(
    "调解员、记录人、负责人、登记人与当事人没有须回避的关系，或者全体当事人均已放弃申请回避",
    law=(INVITED[15].by_analogy(), PMA[23, 0, 1].by_analogy()),
    decided_by=("mediators", "waived_by"),
)
def no_conflict_of_interest(facts: Facts) -> bool:
    return not facts.hits


NEWCOMERS_CHECKED = (duplicates_settled, no_conflict_of_interest)


@guard(
    "十人以上集体争议须指定三名调解员组成调解组", law=rule("mediation.collective_group").law, decided_by=("mediators",)
)
def collective_has_group(facts: Facts) -> bool:
    return not facts.is_collective or len(facts.mediators) >= facts.setting("mediation.collective_group")


@guard("已有尚待决定的回避申请", law=INVITED[15].by_analogy())
def recusal_requested(facts: Facts) -> bool:
    return any(r.decision == "" for r in facts.recusals) or any(r.decision and r.fresh for r in facts.recusals)


@guard("回避事由已写明", law=INVITED[15].by_analogy(), decided_by=("ground", "explanation"))
def recusal_grounded(facts: Facts) -> bool:
    return bool(filed(facts, "ground")) and bool(filed(facts, "staff_id"))


@guard("驳回的理由已写明", law=INVITED[15].by_analogy(), decided_by=("reason",))
def decision_reason_given(facts: Facts) -> bool:
    return typed(facts, "reason")


@guard("移交理由已写明，接办人在册且无须回避", law=CONSULT[25], decided_by=("mediator", "reason"))
def hand_over_grounded(facts: Facts) -> bool:
    return typed(facts, "reason") and all(m.on_roster for m in facts.mediators) and not facts.hits


# --- sittings ----------------------------------------------------------------------


@guard(
    "调解会的时间、地点或者视频号已确定，并已通知双方", law=INVITED[14].by_analogy(), decided_by=("starts_at", "place")
)
def sitting_planned(facts: Facts) -> bool:
    return any(s.status == "planned" for s in facts.sittings)


@guard("双方当事人均已接到调解会通知", law=INVITED[14].by_analogy())
def both_parties_notified(facts: Facts) -> bool:
    return any(s.status != "cancelled" and s.notified(facts.signing_parties) for s in facts.sittings)


@guard(
    "已告知权利义务、调解程序、协议效力和确认途径，并询问是否申请回避",
    law=(INVITED[14].by_analogy(), LDMA[13]),
    decided_by=("rights_told",),
)
def rights_told(facts: Facts) -> bool:
    return any(s.rights_told for s in facts.sittings)


@guard("本次调解会的笔录已经宣读或者交阅", law=(CONSULT[30], PMA[27]), decided_by=("read_back",))
def minutes_read_back(facts: Facts) -> bool:
    held = [s for s in facts.sittings if s.status in ("held", "adjourned")]
    return bool(held) and held[-1].read_back


# --- the fifteen days ----------------------------------------------------------------


@guard("双方当事人均书面同意延期", law=CONSULT[29, 0, 1], decided_by=("agreed_by_applicant", "agreed_by_respondent"))
def extension_agreed_by_both(facts: Facts) -> bool:
    return bool(filed(facts, "agreed_by_applicant")) and bool(filed(facts, "agreed_by_respondent"))


@guard("延期须在调解期届满前办理", law=CONSULT[29, 0, 1], decided_by=("agreed_on",))
def extension_before_expiry(facts: Facts) -> bool:
    clock = current_term(facts)
    agreed_on = filed(facts, "agreed_on") or facts.occurred or facts.today
    return clock is None or agreed_on <= clock.effective


@guard("新就业形态争议累计延期不超过十五日", law=BJ_ONE_STOP[3, 4], decided_by=("extension_days",))
def platform_extension_within_limit(facts: Facts) -> bool:
    clock = current_term(facts)
    days = filed(facts, "extension_days", 0) or 0
    if not facts.case.is_platform or clock is None:
        return True
    return clock.extended_days + days <= facts.setting("mediation.platform_extension")


@guard("委托调解的期限由仲裁庭确定，不能在此延长", law=ARB_RULES[70])
def term_may_be_extended(facts: Facts) -> bool:
    return not (facts.referral is not None and facts.referral.kind == "arb_entrust" and own_term(facts))


@guard(
    "中止的原因已写明；中止本身不停止十五日调解期",
    law=(ARB_RULES[47].by_analogy(), INVITED[18].by_analogy()),
    decided_by=("ground",),
)
def suspension_grounded(facts: Facts) -> bool:
    return bool(filed(facts, "ground"))


def current_term(facts: Facts) -> Any:
    """The running clock that ends this mediation: the referrer's term where there is one, else the fifteen days."""
    names = (
        "referral_arbitration",
        "referral_delegated",
        "referral_entrusted",
        "mediation_term",
        "mediation_term_beside",
    )
    running = [c for name in names for c in facts.clocks if c.deadline == name and c.status in ("running", "paused")]
    return running[0] if running else None


def own_term(facts: Facts) -> bool:
    """A court or a tribunal set its own term (D11-D13)."""
    referral = facts.referral
    return referral is not None and referral.kind in ("arb_entrust", "court_delegate", "court_entrust")


def referred_as(kind: str) -> Any:
    def applies(facts: Facts) -> bool:
        return facts.referral is not None and facts.referral.kind == kind

    return applies


def no_own_term(facts: Facts) -> bool:
    return not own_term(facts)


def entrusted_period(facts: Facts) -> Period:
    """特邀27: fifteen days in ordinary procedure, seven in summary procedure."""
    summary = facts.referral is not None and facts.referral.procedure == "summary"
    return Days(7) if summary else Days(15)


# --- agreement -----------------------------------------------------------------------


@guard("协议条款均写明履行期限和履行方式", law=CONSULT[26], decided_by=("terms",))
def terms_complete(facts: Facts) -> bool:
    return legality.passes(facts, "complete")


@guard(
    "协议条款的金额、收款人和收款账户明确，否则不能申请仲裁审查和司法确认",
    law=legality.DEFINITE,
    decided_by=("warning_reason",),
    level="warn",
)
def terms_definite(facts: Facts) -> bool:
    return legality.passes(facts, "definite")


@guard("协议出于自愿，不损害国家、公共利益和他人权益", law=legality.VOLUNTARY, decided_by=("terms",))
def terms_voluntary_and_harmless(facts: Facts) -> bool:
    return legality.passes(facts, "voluntary") and legality.passes(facts, "harmless")


@guard("协议不得免除或者放弃社会保险缴纳", law=LDI2[19], decided_by=("terms",))
def social_insurance_kept(facts: Facts) -> bool:
    return legality.passes(facts, "insurance")


@guard("约定的今后工资写明月工资，且不低于本市最低工资标准", law=LABOUR_LAW[48], decided_by=("terms",))
def future_wage_lawful(facts: Facts) -> bool:
    return legality.passes(facts, "minimum")


@guard("本市最低工资标准已录入，可以核对", law=legality.MINIMUM_WAGE_SET, decided_by=("warning_reason",), level="warn")
def minimum_wage_known(facts: Facts) -> bool:
    return legality.passes(facts, "minimum_known")


@guard(
    "请求不只是确认劳动关系，否则不能申请仲裁审查",
    law=ARB_RULES[75, 0, 4],
    decided_by=("warning_reason",),
    level="warn",
)
def more_than_relationship(facts: Facts) -> bool:
    return legality.passes(facts, "relationship")


@guard("没有包括工伤、职业病在内的概括放弃", law=legality.BLANKET_WAIVER, decided_by=("warning_reason",), level="warn")
def no_blanket_waiver(facts: Facts) -> bool:
    return legality.passes(facts, "waiver")


@guard("离职原因写法明确且与事实一致", law=legality.SEPARATION_WORDING, decided_by=("warning_reason",), level="warn")
def separation_well_worded(facts: Facts) -> bool:
    return legality.passes(facts, "separation")


@guard("已欠工资的折让不低于最低工资标准", law=legality.PAST_WAGE, decided_by=("warning_reason",), level="warn")
def past_wage_not_below_minimum(facts: Facts) -> bool:
    return legality.passes(facts, "past_wage")


@guard(
    "集体争议的款项付给职工本人；付入一个账户代收的，写明本人的委托",
    law=legality.EACH_WORKER_PAID,
    decided_by=("warning_reason",),
    level="warn",
)
def each_worker_paid(facts: Facts) -> bool:
    return legality.passes(facts, "each_worker_paid")


@guard("协议内容明确，金额、收款人和收款账户齐全", law=legality.DEFINITE)
def content_definite(facts: Facts) -> bool:
    return legality.passes(facts, "definite") and legality.passes(facts, "complete")


LEGALITY = (
    terms_complete,
    terms_definite,
    each_worker_paid,
    terms_voluntary_and_harmless,
    social_insurance_kept,
    future_wage_lawful,
    minimum_wage_known,
    past_wage_not_below_minimum,
    more_than_relationship,
    no_blanket_waiver,
    separation_well_worded,
)


@guard("双方当事人均须在本协议上签名或者盖章", law=(LDMA[14, 2], CONSULT[26, 2]))
def this_agreement_signed_by_all(facts: Facts) -> bool:
    record = facts.record("agreement")
    return record is not None and record.signed_by(_who_sign(facts))


def _who_sign(facts: Facts) -> list[Any]:
    """A represented worker who has not confirmed does not bind, nor hold up, the others: the case is split for them."""
    return list(facts.signing_parties)


@guard("调解员须在本协议上签名；由调解组办理的，全部成员签名", law=(LDMA[14, 2], CONSULT[26, 2]))
def this_agreement_signed_by_mediator(facts: Facts) -> bool:
    record = facts.record("agreement")
    return record is not None and "mediator" in record.signed


@guard("本协议须加盖调解组织印章", law=(LDMA[14, 2], CONSULT[26, 2]))
def this_agreement_sealed(facts: Facts) -> bool:
    record = facts.record("agreement")
    return record is not None and record.sealed


@relied("当事人、调解员签名")
def signatures(facts: Facts) -> date | None:
    record = facts.record("agreement")
    return record.signed_last_on if record is not None else None


@relied("加盖印章")
def seal(facts: Facts) -> date | None:
    record = facts.record("agreement")
    return record.sealed_last_on if record is not None else None


@relied("被代表的职工确认")
def confirmations(facts: Facts) -> date | None:
    return _last(share.confirmed_on for share in facts.shares)


@guard("代理人签署和解须有特别授权", law=LDMA[24].by_analogy())
def agents_may_settle(facts: Facts) -> bool:
    return all(p.agent is None or p.agent.authority == "special" for p in facts.signing_parties)


@guard("集体争议代表人三至五名", law=ARB_RULES[5].by_analogy())
def representatives_three_to_five(facts: Facts) -> bool:
    return not facts.represented or 3 <= len(facts.representatives) <= 5


@guard("职工代表人由职工推举，推举书已收存并写明", law=(LDMA[7], ELECTION), decided_by=("representatives", "proof"))
def representatives_elected(facts: Facts) -> bool:
    return not facts.represented or all(p.election_proof.strip() for p in facts.representatives)


@guard(
    "每名被代表的职工均已书面确认；未确认的须选择分案",
    law=(LDMA[7], ARB_RULES[5].by_analogy(), PARTIAL_EFFECT),
    decided_by=("split_unconfirmed",),
)
def represented_workers_confirmed(facts: Facts) -> bool:
    return not facts.unconfirmed


@guard("退回的原因已写明", law=rule("mediation.talks_again").law, decided_by=("reason",))
def return_grounded(facts: Facts) -> bool:
    return typed(facts, "reason")


@guard("至少一名职工已确认协议", law=LDMA[7])
def somebody_confirmed(facts: Facts) -> bool:
    return not facts.is_collective or any(w for w in facts.workers if w.id not in {u.id for u in facts.unconfirmed})


@guard("属于新就业形态的简单小额争议", law=BJ_ONE_STOP[3, 5])
def small_platform_dispute(facts: Facts) -> bool:
    return bool(facts.case.is_platform)


@guard("不是十人以上集体争议；集体争议录入协议，由被代表的职工逐人确认", law=(BJ_ONE_STOP[3, 5], LDMA[7]))
def not_a_collective(facts: Facts) -> bool:
    return not facts.is_collective and not facts.represented


@guard(
    "协议金额合计不超过当场履行的小额上限；超过的，录入协议并签署",
    law=(BJ_ONE_STOP[3, 5], rule("mediation.on_spot_ceiling").law),
    decided_by=("terms",),
)
def small_sum(facts: Facts) -> bool:
    return sum(term.amount or 0 for term in facts.terms) <= facts.setting("mediation.on_spot_ceiling")


@guard("协议当场履行完毕", law=(BJ_ONE_STOP[3, 5], PMA[28]), decided_by=("terms",))
def performed_on_the_spot(facts: Facts) -> bool:
    return bool(facts.terms) and all(settled(term) for term in facts.terms)


# --- ends ------------------------------------------------------------------------------


@guard("调解不成的原因已写明：一方拒绝，或者期限届满", law=(CONSULT[29, 0, 2], CONSULT[30]), decided_by=("reason",))
def failure_grounded(facts: Facts) -> bool:
    if facts.by_system:
        return True
    reason = filed(facts, "reason")
    return reason != "deadline" or _term_over(facts) if reason else False


def _term_over(facts: Facts) -> bool:
    clock = current_term(facts)
    return clock is None or (facts.occurred or facts.today) > clock.effective


@guard("受理前办理调解不成，仅限对方先同意、后反悔；否则办理不予受理", law=CONSULT[22])
def first_agreed_if_not_accepted(facts: Facts) -> bool:
    if facts.subject.state != "seeking_consent":
        return True
    return any(p.first_agreed and p.consent in ("refused", "quit") for p in facts.respondents)


@guard("两次通知均未到场也未答复", law=rule("mediation.absence_notices").law)
def two_notices_unanswered(facts: Facts) -> bool:
    needed = facts.setting("mediation.absence_notices")
    return any(_missed(facts, party) >= needed for party in facts.parties)


@guard(
    "以当事人未到场为由的，两次通知均未到场也未答复",
    law=rule("mediation.absence_notices").law,
    decided_by=("reason",),
)
def absence_proved(facts: Facts) -> bool:
    return filed(facts, "reason") != "absent" or two_notices_unanswered.check(facts)


def _missed(facts: Facts, party: Any) -> int:
    """Sittings to which the party was summoned, did not answer and did not come."""
    return sum(
        1
        for s in facts.sittings
        if s.absent(party) and any(n.party_id == party.id and n.notified_at and not n.answered for n in s.notices)
    )


@guard(
    "撤回出于申请人自愿，原因已写明",
    law=(PMA[23, 0, 2].by_analogy(), ARB_RULES[35].by_analogy()),
    decided_by=("reason", "voluntary"),
)
def withdrawal_voluntary(facts: Facts) -> bool:
    return bool(filed(facts, "voluntary")) and bool(filed(facts, "reason"))


@guard("终止的原因已写明", law=(INVITED[26].by_analogy(), ARB_RULES[32].by_analogy()), decided_by=("ground",))
def termination_grounded(facts: Facts) -> bool:
    return bool(filed(facts, "ground"))


@guard("接收机关和移送材料已写明", law=(PRACTICE, ARB_RULES[9].by_analogy()), decided_by=("partner", "materials"))
def receiver_named(facts: Facts) -> bool:
    sent = [r for r in facts.referrals if r.direction == "out"]
    return bool(sent) and bool(sent[-1].partner and sent[-1].materials)


@guard("本案由法院或者仲裁庭委派、委托", law=(INVITED[27], ARB_RULES[70], REFERRER_TERM))
def referred_with_term(facts: Facts) -> bool:
    return own_term(facts)


@guard("本案由其他机关委派、委托或者转来", law=(INVITED[26], ARB_RULES[70]))
def came_by_referral(facts: Facts) -> bool:
    return facts.referral is not None


@guard("尚未办理移送", law=PRACTICE)
def not_yet_handed_over(facts: Facts) -> bool:
    closed_on = facts.case.closed_on
    sent = [r for r in facts.referrals if r.direction == "out" and r.sent_on and closed_on and r.sent_on >= closed_on]
    return len(sent) <= (1 if facts.form is not None else 0)  # a filed form has added its own letter


@guard("文书均已定稿、签名、用印，没有未完成的", law=PMA[27])
def records_final(facts: Facts) -> bool:
    return not any(record.unfinished for record in facts.records)


@relied("卷内文书签名、用印、送达")
def papers_finished(facts: Facts) -> date | None:
    alive = [record for record in facts.records if record.alive]
    return _last(day for r in alive for day in (r.signed_last_on, r.sealed_last_on, r.served_last_on))


@guard("卷内目录完整，送达回证已收存", law=PMA[27], decided_by=("catalogue_complete", "receipts_filed"))
def file_complete(facts: Facts) -> bool:
    return bool(filed(facts, "catalogue_complete")) and bool(filed(facts, "receipts_filed"))


@guard("原案以调解不成或者撤回结案，并已归档", law=rule("mediation.reopen").law, decided_by=("source_id",))
def source_may_be_reopened(facts: Facts) -> bool:
    source = facts.source_case
    return source is not None and source.state == "archived" and source.outcome in ("failed", "withdrawn")


@guard("双方再次愿意调解", law=rule("mediation.reopen").law, decided_by=("both_willing",))
def both_willing_again(facts: Facts) -> bool:
    return bool(filed(facts, "both_willing"))


@guard("证据的日期在期限届满之前", law=LAPSE_REVOKED, decided_by=("evidence_on", "evidence"))
def evidence_precedes_lapse(facts: Facts) -> bool:
    evidence_on = filed(facts, "evidence_on")
    if evidence_on is None or facts.last_lapse is None:
        return False
    return evidence_on <= facts.last_lapse.effective and typed(facts, "evidence")


@guard("系统自动办理只能撤销一次", law=LAPSE_REVOKED)
def lapse_not_yet_revoked(facts: Facts) -> bool:
    return not facts.lapse_revoked


@guard("并入的案件在同一调解组织办理中", law=rule("mediation.join").law, decided_by=("into_id", "reason"))
def joined_case_open(facts: Facts) -> bool:
    return facts.joined_into is not None and typed(facts, "reason")


@guard("并案后没有人或者单位同时是申请人和被申请人；有的，不能并案，另案办理", law=CONSULT[21], decided_by=("into_id",))
def joined_sides_distinct(facts: Facts) -> bool:
    there = facts.parties_there
    respondents = [p for p in there if p.side == RESPONDENT]
    return not any(p.is_same(other) for p in there if p.side == APPLICANT for other in respondents)


@guard("分案的职工和理由已写明，且不是全部职工", law=(LDMA[7], PARTIAL_EFFECT), decided_by=("parties", "reason"))
def split_leaves_somebody(facts: Facts) -> bool:
    return typed(facts, "reason") and bool(facts.applicants)


@guard("分出的案件写明来源案件", law=PARTIAL_EFFECT, decided_by=("source_id",))
def split_source_known(facts: Facts) -> bool:
    return facts.source_case is not None


# --- performance -----------------------------------------------------------------------


@guard("付款凭证已收存", law=(CONSULT[32], PMA[31]), decided_by=("proof",))
def payment_proved(facts: Facts) -> bool:
    return typed(facts, "proof")


@guard("全部条款已履行", law=(CONSULT[26], PMA[31]), decided_by=("term_id", "amount"))
def everything_performed(facts: Facts) -> bool:
    return bool(facts.terms) and all(settled(term) for term in facts.terms)


@guard("尚有条款没有履行", law=CONSULT[26])
def something_left(facts: Facts) -> bool:
    return not facts.terms or not all(settled(term) for term in facts.terms)


@guard("约定的履行期限已过而未履行", law=(CONSULT[26], CONSULT[16, 0, 3]))
def something_overdue(facts: Facts) -> bool:
    if facts.form is not None:  # which names the promises it found overdue
        return bool(filed(facts, "terms"))
    return bool(newly_overdue(facts.terms, facts.occurred or facts.today))


@guard("双方同意变更履行期限", law=CONSULT[26], decided_by=("agreed_by_applicant", "agreed_by_respondent"))
def new_date_agreed(facts: Facts) -> bool:
    return _agreed_by_both(facts)


def _agreed_by_both(facts: Facts) -> bool:
    return bool(filed(facts, "agreed_by_applicant")) and bool(filed(facts, "agreed_by_respondent"))


@relied("最后一次履行")
def performances(facts: Facts) -> date | None:
    return _last(term.paid_last_on for term in facts.terms)


def sums_due(facts: Facts) -> list[Any]:
    """The promises of money that are due and not kept."""
    day = facts.occurred or facts.today
    money = [t for t in binding_terms(facts) if t.amount and not settled(t)]
    return [t for t in money if t.due_on is not None and t.due_on < day]


def binding_terms(facts: Facts) -> tuple[Any, ...]:
    """A draft that was never signed and sealed promises nothing (调仲法14(2))."""
    return facts.terms if facts.effective_on is not None else ()


def performance_rate(facts: Facts) -> tuple[int, int]:
    """What was paid of what was promised, in 分; never more than promised counts."""
    money = [t for t in facts.terms if t.amount is not None]
    return sum(min(t.paid, t.amount or 0) for t in money), sum(t.amount or 0 for t in money)


# --- confirmation ------------------------------------------------------------------------


@guard("双方当事人共同申请", law=(CONSULT[27], ARB_RULES[74]), decided_by=("by_applicant", "by_respondent"))
def review_applied_jointly(facts: Facts) -> bool:
    return _jointly(facts)


@guard("双方当事人共同申请", law=CPL[205], decided_by=("by_applicant", "by_respondent"))
def confirmation_applied_jointly(facts: Facts) -> bool:
    return _jointly(facts)


def _jointly(facts: Facts) -> bool:
    return bool(filed(facts, "by_applicant")) and bool(filed(facts, "by_respondent"))


@guard("自协议生效之日起十五日内申请", law=(CONSULT[27], ARB_RULES[74], ARB_RULES[75, 0, 3]))
def within_review_window(facts: Facts) -> bool:
    return _before_end(facts, "arbitration_review_window", 15)


@guard("自协议生效之日起三十日内申请", law=CPL[205])
def within_confirmation_window(facts: Facts) -> bool:
    return _before_end(facts, "court_confirmation_window", 30)


def _before_end(facts: Facts, deadline: str, days: int) -> bool:
    clock = facts.clock(deadline)
    day = facts.occurred or facts.today
    if clock is not None:
        return day <= clock.effective
    return facts.confirmable_on is not None and day <= facts.confirmable_on + timedelta(days=days)


@guard("协议没有经人民法院司法确认", law=ARB_RULES[75, 0, 5])
def not_court_confirmed(facts: Facts) -> bool:
    track = facts.track("mediation.confirmation")
    return track is None or track.state != "court_confirmed"


@guard("请求不只是确认劳动关系", law=ARB_RULES[75, 0, 4])
def review_not_only_relationship(facts: Facts) -> bool:
    return legality.passes(facts, "relationship")


@guard("有管辖权的仲裁委员会已写明", law=ARB_RULES[74], decided_by=("body",))
def commission_named(facts: Facts) -> bool:
    return typed(facts, "body")


@guard("有管辖权的基层人民法院已写明", law=(CPL[205], CPL_INTERP[354]), decided_by=("body",))
def court_named(facts: Facts) -> bool:
    return typed(facts, "body")


@guard(
    "延长审查期限须经批准，累计不超过五个工作日",
    law=(ARB_RULES[76], ARB_RULES[80]),
    decided_by=("approved_by", "extension_days"),
)
def review_extension_approved(facts: Facts) -> bool:
    clock, days = facts.clock("arbitration_review_term"), filed(facts, "extension_days", 0)
    return typed(facts, "approved_by") and days >= 1 and (clock.extended_days if clock else 0) + days <= 5


@guard("不予受理的情形已按规定选择", law=ARB_RULES[75, 2], decided_by=("ground",))
def not_accepting_grounded(facts: Facts) -> bool:
    return filed(facts, "ground") in REVIEW_NOT_ACCEPTED


@guard("不予制作调解书的情形已按规定选择；其他情形的，写明理由", law=ARB_RULES[78], decided_by=("ground", "reason"))
def refusal_of_letter_grounded(facts: Facts) -> bool:
    ground = filed(facts, "ground")
    return ground in REVIEW_REFUSED and (ground != "other" or typed(facts, "reason"))


@guard(
    "已核对调解书内容与调解协议一致；不一致的，先与仲裁委员会核对",
    law=(ARB_RULES[76], ARB_RULES[77]),
    decided_by=("content_equals",),
)
def letter_equals_agreement(facts: Facts) -> bool:
    return filed(facts, "content_equals") == "yes"


@guard(
    "双方均已签收仲裁调解书，签收日期已写明",
    law=(ARB_RULES[77], LDMA[51]),
    decided_by=("signed_by_applicant_on", "signed_by_respondent_on"),
)
def letter_signed_for_by_both(facts: Facts) -> bool:
    return all(_letter_signed_for(facts))


@relied("双方签收仲裁调解书")
def letter_receipts(facts: Facts) -> date | None:
    return _last(_letter_signed_for(facts))


def _letter_signed_for(facts: Facts) -> tuple[date | None, date | None]:
    act = facts.confirmation
    return (act.letter_to_applicant_on, act.letter_to_respondent_on) if act is not None else (None, None)


@guard(
    "双方经调解同意变更协议，变更的内容已写明",
    law=CPL[206],
    decided_by=("agreed_by_applicant", "agreed_by_respondent", "changes"),
)
def amendment_agreed(facts: Facts) -> bool:
    return _agreed_by_both(facts) and any(line.strip() for line in filed(facts, "changes", ()))


@guard("驳回的理由已写明", law=CPL[206], decided_by=("reason",))
def dismissal_grounded(facts: Facts) -> bool:
    return typed(facts, "reason")


# --- remedies ----------------------------------------------------------------------------


@guard("标的属于拖欠劳动报酬、工伤医疗费、经济补偿或者赔偿金", law=LDMA[16])
def payment_order_kind(facts: Facts) -> bool:
    due = sums_due(facts)
    return bool(due) and all(kind.payment_order for term in due for kind in _kinds_of(facts, term))


def _kinds_of(facts: Facts, term: Any) -> list[Any]:
    """The heads of claim a promise settles: the one it names, else any of those claimed."""
    named = [claim for claim in facts.claims if claim.id == term.claim_id]
    return [CLAIM_KIND[claim.kind] for claim in named or facts.claims if named or not claim.withdrawn]


@guard("到期款项的义务人是用人单位", law=LDMA[16])
def debtor_is_employer(facts: Facts) -> bool:
    due = sums_due(facts)
    return bool(due) and all(_owed_by_employer(facts, term) for term in due)


def _owed_by_employer(facts: Facts, term: Any) -> bool:
    debtors = facts.debtors(term)
    return bool(debtors) and all(p.capacity in EMPLOYERS for p in debtors)


@guard("支付令程序终结的原因已写明", law=CPL[228], decided_by=("reason",))
def order_end_grounded(facts: Facts) -> bool:
    return typed(facts, "reason")


@guard("有金额确定且已到期未付的款项", law=(LDMA[16], CPL[225], CPL_INTERP[427]))
def sum_fixed_and_due(facts: Facts) -> bool:
    return bool(sums_due(facts))


@guard(
    "支付令能够送达，且没有对待给付义务",
    law=(CPL[225], CPL_INTERP[427]),
    decided_by=("can_be_served", "no_counter_obligation"),
)
def order_can_be_served(facts: Facts) -> bool:
    return bool(filed(facts, "can_be_served")) and bool(filed(facts, "no_counter_obligation"))


@guard(
    "本调解组织的协议可以申请支付令；区总工会调解组织须先经法律顾问确认并写明",
    law=(rule("mediation.counsel").law, LDMA[16]),
    decided_by=("warning_reason",),
    level="warn",
)
def payment_order_open_to_us(facts: Facts) -> bool:
    return _open_to_us(facts, "payment_order")


@guard(
    "本调解组织的协议可以作为裁判根据；区总工会调解组织须先经法律顾问确认并写明",
    law=(rule("mediation.counsel").law, LDI1[51]),
    decided_by=("warning_reason",),
    level="warn",
)
def direct_suit_open_to_us(facts: Facts) -> bool:
    return _open_to_us(facts, "direct_suit")


def _open_to_us(facts: Facts, remedy: str) -> bool:
    """The law says so, or counsel has settled it for good (9-2)."""
    return facts.organisation.remedies.get(remedy) == "yes" or not facts.setting("mediation.counsel")


@guard("协议仅就劳动报酬达成，没有社会保险、离职手续、权利了结等其他条款", law=LDI1[51, 2])
def agreement_only_about_wages(facts: Facts) -> bool:
    terms = binding_terms(facts)
    return bool(terms) and all(_about_wages(facts, term) for term in terms)


def _about_wages(facts: Facts, term: Any) -> bool:
    """A promise of wages, or one that names a claim for wages; a general release is about more."""
    if term.kind == "future_wage":
        return True
    if term.kind != "payment" and term.claim_id is None:
        return False
    return all(kind.wages for kind in _kinds_of(facts, term))


@guard("用人单位逾期未支付", law=LDI1[51, 2])
def employer_in_default(facts: Facts) -> bool:
    return any(_owed_by_employer(facts, term) for term in sums_due(facts))


@guard("司法确认的申请已被人民法院驳回", law=CPL[206])
def confirmation_dismissed(facts: Facts) -> bool:
    track = facts.track("mediation.confirmation")
    return track is not None and track.state == "court_dismissed"


@guard(
    "仲裁调解书已经双方签收、司法确认裁定已经作出，或者支付令送达十五日期满没有清偿和异议",
    law=(LDMA[51], CPL[206], CPL[227]),
)
def title_enforceable(facts: Facts) -> bool:
    confirmation = facts.track("mediation.confirmation")
    if confirmation is not None and confirmation.state in ("arb_letter_effective", "court_confirmed"):
        return True
    reply = facts.clock("payment_order_reply") if facts.subject.state == "payment_order_issued" else None
    return reply is not None and (facts.occurred or facts.today) > reply.effective


@relied("调解书、裁定生效")
def title(facts: Facts) -> date | None:
    confirmation, act = facts.track("mediation.confirmation"), facts.confirmation
    if confirmation is None or act is None:
        return None
    in_force = {"arb_letter_effective": _last(_letter_signed_for(facts)), "court_confirmed": act.court_decided_on}
    return in_force.get(confirmation.state)


@guard("支付令送达债务人之日已写明，且不早于发出之日", law=CPL[227], decided_by=("served_on",))
def service_dated(facts: Facts) -> bool:
    served, issued = facts.remedy_served_on, facts.remedy_issued_on
    return served is not None and (issued is None or served >= issued)


# --- periods that are settings ---------------------------------------------------------------


def correction_period(facts: Facts) -> Period:
    return Workdays(facts.setting("mediation.correction_term"))


def local_total_period(facts: Facts) -> Period:
    return Days(facts.setting("mediation.local_total_days"))


def hand_over_period(facts: Facts) -> Period:
    return Workdays(facts.setting("mediation.hand_over_days"))


def local_practice(facts: Facts) -> bool:
    return bool(facts.setting("mediation.local_total"))


def hand_over_due(facts: Facts) -> bool:
    return local_practice(facts) and facts.case.handed_over_on is None


def negotiation_unanswered_yet(facts: Facts) -> bool:
    over = facts.case.negotiation_answered_on is not None or facts.restarted_by("negotiation_unanswered")
    return facts.case.negotiation_requested_on is not None and not over
