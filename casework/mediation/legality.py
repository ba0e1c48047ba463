"""The legality check of an agreement before it is drawn up (law.md §3.7), computed from its rows and never ticked."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from casework.mediation.facts import Facts, Term
from casework.mediation.kinds import CLAIM_LABELS
from union.law import ARB_RULES, CONSULT, CPL_INTERP, LABOUR_LAW, LDI2
from workflows.law import Citation, Policy

BLANKET_WAIVER = Policy("概括放弃权利涉及工伤、职业病的须提示", "3.7")
SEPARATION_WORDING = Policy("离职原因的写法影响失业保险和经济补偿，须提示", "3.7")
EACH_WORKER_PAID = Policy("集体争议的款项付给职工本人，代收的须有本人委托", "3.7")
PAST_WAGE = Policy("已欠工资低于最低工资标准的折让须提示", "3.7")
MINIMUM_WAGE_SET = Policy("本市最低工资标准须先录入设置", "3.7")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault found in one row; a block stops the step, a warning passes with a typed reason."""

    check: str
    level: Literal["block", "warn"]
    text: str
    law: tuple[Citation, ...]
    term: int | None = None


def findings(facts: Facts) -> list[Finding]:
    """Everything that is wrong with the terms as they stand, blocks first."""
    found = [finding for check in CHECKS for finding in check(facts)]
    return sorted(found, key=lambda f: (f.level != "block", f.term or 0))


def passes(facts: Facts, check: str) -> bool:
    return not any(finding.check == check for finding in findings(facts))


def incomplete(facts: Facts) -> Iterable[Finding]:
    """An agreement names for each promise until when and how it is performed (协调规定26)."""
    if not facts.terms:
        yield Finding("complete", "block", "协议还没有任何条款", (CONSULT[26],))
    for term in facts.terms:
        absent = [] if term.kind == "waiver" else [*_unless(term.due_on, "履行期限"), *_unless(term.way, "履行方式")]
        if absent:
            text = f"第{term.number}项{term.title}缺少{'、'.join(absent)}"
            yield Finding("complete", "block", text, (CONSULT[26],), term.number)


def _unless(present: object, name: str) -> Iterable[str]:
    if not present:
        yield name


def indefinite(facts: Facts) -> Iterable[Finding]:
    """Warned of when drawn up; it blocks the review and the confirmation of the agreement."""
    for term in facts.terms:
        missing = list(_missing(term, facts))
        if missing:
            yield Finding(
                "definite", "warn", f"第{term.number}项{term.title}缺少{'、'.join(missing)}", DEFINITE, term.number
            )


def _missing(term: Term, facts: Facts) -> Iterable[str]:
    if term.kind == "payment":
        if not term.amount or term.amount <= 0:
            yield "金额"
        if not term.payee:
            yield "收款人"
        if term.way == "transfer" and not term.account and not _paid_to_each(term, facts):
            yield "收款账户"


def _paid_to_each(term: Term, facts: Facts) -> bool:
    """A sum for all the workers of a collective dispute goes to the account each of them has given."""
    many = facts.is_collective or facts.represented
    return many and term.party_id is None and all(worker.has_account for worker in facts.workers)


def paid_to_another(facts: Facts) -> Iterable[Finding]:
    """Representatives speak for the others; their money they receive only if the others say so."""
    many = facts.is_collective or facts.represented
    names: dict[uuid.UUID | None, str] = {worker.id: worker.name for worker in facts.workers} if many else {}
    for term in facts.terms if names else ():
        own = names.get(term.party_id)
        another = term.payee and own not in term.payee if own else bool(term.account)
        if term.kind == "payment" and another:
            text = f"第{term.number}项付给{term.payee}，{f'应付给{own}本人' if own else '全部职工的款项付入一个账户'}"
            yield Finding("each_worker_paid", "warn", text, (EACH_WORKER_PAID,), term.number)


def involuntary(facts: Facts) -> Iterable[Finding]:
    for party in facts.parties:
        if party.consent in ("refused", "quit"):
            yield Finding("voluntary", "block", f"{party.name}已表示不愿调解", VOLUNTARY)
    if getattr(facts.case, "sham_suspected", False):
        yield Finding("voluntary", "block", "本案涉嫌虚假调解，尚未排除", VOLUNTARY)


def burdening_others(facts: Facts) -> Iterable[Finding]:
    """A promise may bind or pay only the parties of the case."""
    known = {party.id for party in facts.parties}
    names = {party.name for party in facts.parties}
    for term in facts.terms:
        outsider = (term.party_id is not None and term.party_id not in known) or (
            term.payee and not any(name in term.payee for name in names)
        )
        if outsider:
            yield Finding(
                "harmless", "block", f"第{term.number}项涉及当事人以外的人（{term.payee}）", VOLUNTARY, term.number
            )


def waiving_social_insurance(facts: Facts) -> Iterable[Finding]:
    insured = {claim.id for claim in facts.claims if claim.kind == "social_insurance"}
    for term in facts.terms:
        waives = term.kind == "waiver" and term.claim_id in insured and term.claim_id is not None
        if waives or _mentions(term, NO_INSURANCE):
            yield Finding(
                "insurance", "block", f"第{term.number}项免除或者放弃社会保险缴纳，无效", (LDI2[19],), term.number
            )
    for wording in (getattr(facts.case, "wording", None) or {}).values():
        if NO_INSURANCE.search(wording):
            yield Finding("insurance", "block", f"“{wording[:40]}”免除或者放弃社会保险缴纳，无效", (LDI2[19],))


def only_relationship(facts: Facts) -> Iterable[Finding]:
    standing = [claim for claim in facts.claims if not claim.withdrawn]
    if standing and all(claim.kind == "relationship" for claim in standing):
        text = f"请求只有“{CLAIM_LABELS['relationship']}”，不能申请仲裁审查"
        yield Finding("relationship", "warn", text, (ARB_RULES[75, 0, 4],))


def below_minimum_wage(facts: Facts) -> Iterable[Finding]:
    minimum = facts.setting("mediation.minimum_wage")
    for term in facts.terms:
        if term.monthly_wage is None:
            if term.is_future_wage:
                text = f"第{term.number}项约定今后工资没有写明月工资"
                yield Finding("minimum", "block", text, (LABOUR_LAW[48],), term.number)
            continue
        if minimum is None:
            yield Finding(
                "minimum_known", "warn", "本市最低工资标准尚未录入，不能核对", (MINIMUM_WAGE_SET,), term.number
            )
        elif term.monthly_wage < minimum and term.is_future_wage:
            text = f"第{term.number}项今后工资低于本市最低工资标准"
            yield Finding("minimum", "block", text, (LABOUR_LAW[48],), term.number)
        elif term.monthly_wage < minimum:
            yield Finding(
                "past_wage", "warn", f"第{term.number}项已欠工资的折算低于最低工资标准", (PAST_WAGE,), term.number
            )


def blanket_waiver(facts: Facts) -> Iterable[Finding]:
    for term in facts.terms:
        if (term.kind == "waiver" and term.claim_id is None) or _mentions(term, EVERYTHING_SETTLED):
            text = f"第{term.number}项概括了结权利，可能包括工伤、职业病待遇"
            yield Finding("waiver", "warn", text, (BLANKET_WAIVER,), term.number)


def separation_wording(facts: Facts) -> Iterable[Finding]:
    for term in facts.terms:
        if term.kind == "separation" and (not _mentions(term, SEPARATION_NAMED) or _mentions(term, RESIGNATION)):
            text = f"第{term.number}项的离职原因会影响失业保险和经济补偿，须与事实一致"
            yield Finding("separation", "warn", text, (SEPARATION_WORDING,), term.number)


def _mentions(term: Term, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(term.title))


DEFINITE = (ARB_RULES[78, 0, 5], CPL_INTERP[358, 0, 5])
VOLUNTARY = (ARB_RULES[78, 0, 2], ARB_RULES[78, 0, 4])
NO_INSURANCE = re.compile(
    r"(不再?缴|不交|免除|免缴|放弃|不予?补缴|无需(缴|补)|折抵).{0,12}(社保|社会保险|养老保险|五险)|(社保|社会保险).{0,8}(不缴|不交|不再|免除|放弃|折现)"
)
EVERYTHING_SETTLED = re.compile(
    r"(工伤|职业病).{0,8}(放弃|了结|无涉)|(无|没有|不存在)(任何|其他|其它)(劳动)?(争议|纠纷|权利)|一切权利|全部权利"
)
SEPARATION_NAMED = re.compile(r"协商一致|原因|期满|辞职|经济性裁员|单方")
RESIGNATION = re.compile(r"辞职|个人原因")

CHECKS = (
    incomplete,
    indefinite,
    paid_to_another,
    involuntary,
    burdening_others,
    waiving_social_insurance,
    only_relationship,
    below_minimum_wage,
    blanket_waiver,
    separation_wording,
)
