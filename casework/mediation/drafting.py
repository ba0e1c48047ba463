"""What the form of an agreement starts from: the draft before it, else the claims. Pure functions of the facts."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from casework.mediation.facts import Claim, Facts, Term
from casework.mediation.kinds import CLAIM_LABELS

Typed = dict[str, Any]


def drafted(facts: Facts) -> list[Typed]:
    """The terms as they were typed the last time; an account stays covered and is typed again."""
    terms = [term for term in facts.last_draft() if not term.only_wording]
    return [_term(list(parts)) for _, parts in groupby(terms, key=lambda term: term.number)]


def claimed(facts: Facts) -> list[Typed]:
    """A promise for each claim; of the claims of many workers one for each kind, with the sum."""
    claims = [claim for claim in facts.claims if not claim.withdrawn]
    return list(_summed(claims) if len(facts.workers) > 1 else map(_promise, claims))


def shares(facts: Facts) -> list[Typed]:
    """What each worker claims, where several share an agreement; an earlier draft's shares before that."""
    if len(facts.workers) < 2:
        return []
    sums: dict[Any, int] = defaultdict(int)
    for claim in facts.claims:
        if not claim.withdrawn:
            sums[claim.party_id] += claim.amount or 0
    agreed = {share.party_id: share.amount for share in facts.shares if share.amount is not None}
    represented = [worker for worker in facts.workers if not worker.is_representative]
    return [{"party_id": w.id, "amount": agreed.get(w.id, sums[w.id] or None)} for w in represented]


def _term(parts: list[Term]) -> Typed:
    first = parts[0]
    kept = ("title", "kind", "payee", "way", "bank_name", "tax", "claim_id", "party_id", "period", "monthly_wage")
    several = len(parts) > 1
    return {
        **{name: getattr(first, name) for name in kept},
        "amount": None if first.amount is None else sum(t.amount or 0 for t in parts),
        "due_on": None if several else first.due_on,
        "instalments": [{"amount": t.amount or 0, "due_on": t.due_on} for t in parts if several],
    }


def _promise(claim: Claim) -> Typed:
    if claim.amount is None:
        return {"title": claim.title or CLAIM_LABELS[claim.kind], "kind": "other", "claim_id": claim.id}
    what = claim.title.removeprefix("支付") or CLAIM_LABELS[claim.kind]
    return {"title": f"被申请人支付{what}", "kind": "payment", "amount": claim.amount, "claim_id": claim.id}


def _summed(claims: list[Claim]) -> Iterator[Typed]:
    by_kind = sorted(claims, key=lambda claim: (list(CLAIM_LABELS).index(claim.kind), claim.amount is None))
    for (kind, of_money), some in groupby(by_kind, key=lambda claim: (claim.kind, claim.amount is not None)):
        if of_money:
            total = sum(claim.amount or 0 for claim in some)
            yield {"title": f"被申请人支付{CLAIM_LABELS[kind]}", "kind": "payment", "amount": total}
        else:
            yield {"title": CLAIM_LABELS[kind], "kind": "other"}
