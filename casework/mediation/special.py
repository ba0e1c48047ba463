"""The conditions of what law.md §3.6 asks beside the talks: stoppages, risks, notices, and parties who cannot act."""

from typing import Any

from casework.mediation.facts import Facts
from casework.mediation.kinds import EMPLOYERS
from casework.mediation.policy import rule
from casework.mediation.rules import filed, typed
from union.law import ARB_RULES, BJ_TUL, LDI1, LDMA, PMA, TUL
from workflows.definition import guard
from workflows.workdays import Span

REPORT = rule("mediation.report_collective").law
UNION_ACTS = BJ_TUL[30]
UNION_INQUIRY = (BJ_TUL[28], TUL[26])
UNION_NOTICE_LAW = (BJ_TUL[20], LDI1[47])
SUCCESSION = (LDMA[25], ARB_RULES[6].by_analogy())
SUSPENDED = (ARB_RULES[28], LDMA[27])


@guard("停工、怠工的情况和职工的要求已写明", law=UNION_ACTS, decided_by=("grade", "text"))
def stoppage_described(facts: Facts) -> bool:
    return bool(filed(facts, "grade")) and typed(facts, "text")


@guard("有尚未结束的停工、怠工", law=UNION_ACTS)
def stoppage_going_on(facts: Facts) -> bool:
    return facts.form is not None or facts.stoppage is not None


@guard("已采取有针对性的预防措施并写明", law=PMA[25], decided_by=("grade", "text", "measures"))
def measures_taken(facts: Facts) -> bool:
    return bool(filed(facts, "grade")) and typed(facts, "text") and typed(facts, "measures")


@guard("可能引起治安案件或者刑事案件的，已向公安机关报告", law=PMA[25], decided_by=("grade", "police"))
def police_told(facts: Facts) -> bool:
    return filed(facts, "grade") != "violence" or typed(facts, "police")


@guard("通报的机关和凭据已写明", law=(REPORT, UNION_ACTS), decided_by=("partner", "proof"))
def notice_proved(facts: Facts) -> bool:
    told = [m for m in facts.matters if m.kind == "authority"]
    return bool(told) and all(m.body and m.proof for m in told)


@guard("调查的事项和单位的协助情况已写明", law=UNION_INQUIRY, decided_by=("text", "grade"))
def inquiry_described(facts: Facts) -> bool:
    return bool(filed(facts, "grade")) and typed(facts, "text")


@guard("是否事先通知工会已写明", law=UNION_NOTICE_LAW, decided_by=("grade",))
def union_notice_described(facts: Facts) -> bool:
    return bool(filed(facts, "grade"))


@guard("中止的事由、起始之日和凭据已写明", law=SUSPENDED, decided_by=("grade", "began_on", "proof"))
def obstacle_proved(facts: Facts) -> bool:
    return bool(filed(facts, "grade")) and filed(facts, "began_on") is not None and typed(facts, "proof")


@guard("没有尚未消除的时效中止", law=SUSPENDED)
def one_obstacle_at_a_time(facts: Facts) -> bool:
    still = [m for m in facts.matters if m.kind == "limitation" and m.ended_on is None]
    return len(still) <= (1 if facts.form is not None else 0)  # a filed form has added its own


@guard("有尚未消除的时效中止", law=SUSPENDED)
def obstacle_removed(facts: Facts) -> bool:
    return facts.form is not None or facts.limitation_obstacle is not None


def limitation_stood_still(facts: Facts) -> list[Span]:
    return facts.limitation_stood_still()


@guard("当事人的变化和依据已写明", law=SUCCESSION, decided_by=("party_id", "standing", "proof"))
def standing_proved(facts: Facts) -> bool:
    return bool(filed(facts, "standing")) and typed(facts, "proof")


@guard("劳动者死亡的由近亲属、丧失行为能力的由法定代理人参加", law=LDMA[25])
def incapable_worker_represented(facts: Facts) -> bool:
    return all(_stood_in_for(facts, p, {"relative"}) for p in facts.parties if p.standing in ("dead", "incapable"))


@guard("用人单位注销、被吊销或者解散的，已将出资人、开办单位或者主管部门列为当事人", law=ARB_RULES[6].by_analogy())
def dissolved_employer_joined(facts: Facts) -> bool:
    gone = [p for p in facts.parties if p.standing == "dissolved" and p.capacity in EMPLOYERS]
    return all(_stood_in_for(facts, p, {"contributor"}) for p in gone)


def _stood_in_for(facts: Facts, party: Any, capacities: set[str]) -> bool:
    others = (p for p in facts.side(party.side) if p.id != party.id and p.acts)
    return party.acts or any(p.capacity in capacities for p in others)


@guard(
    "变更、放弃请求须经被代表的职工同意",
    law=(LDMA[7], ARB_RULES[5].by_analogy()),
    decided_by=("represented_agree",),
)
def represented_workers_agree(facts: Facts) -> bool:
    return not (facts.is_collective or facts.represented) or bool(filed(facts, "represented_agree"))


def notified_in_time(matter: Any, facts: Facts) -> bool:
    """The union was told five working days before the contract ended (京工会法办法20); unknown days count as in time."""
    ended = min(
        (c.employment_ended_on for c in facts.claims if c.employment_ended_on and not c.withdrawn), default=None
    )
    if matter.grade != "given":
        return matter.grade == "no_union"
    return ended is None or facts.workdays_after(matter.happened_on, NOTICE_WORKDAYS) <= ended


NOTICE_WORKDAYS = 5
