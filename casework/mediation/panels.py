"""Cards of a case that only a mediation has: claims, the terms of the agreement with what was paid, shares, referrals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from casework.mediation.facts import settled
from casework.mediation.kinds import CLAIM_LABELS, PAYMENT_WAYS, REFERRAL_KINDS, TAX, TERM_KINDS
from union.privacy import mask_account
from workflows.actor import Actor
from workflows.module import Panel
from workflows.tables import Subject

TEMPLATES = Path(__file__).parent / "templates"


def claims(session: Session, subject: Subject, facts: Any, actor: Actor) -> Mapping[str, Any]:
    standing = [claim for claim in facts.claims if not claim.withdrawn]
    workers = {party.id: party.name for party in facts.parties}
    return {
        "claims": facts.claims,
        "total": sum(claim.amount or 0 for claim in standing),
        "kinds": CLAIM_LABELS,
        "workers": workers if facts.is_collective else {},
        "grounds": facts.case.grounds,
    }


def terms(session: Session, subject: Subject, facts: Any, actor: Actor) -> Mapping[str, Any]:
    due = [term for term in facts.terms if term.amount is not None]
    return {
        "terms": facts.terms,
        "accounts": {term.id: mask_account(term.account) for term in facts.terms},
        "settled": {term.id for term in facts.terms if settled(term)},
        "promised": sum(term.amount for term in due),
        "paid": sum(min(term.paid, term.amount) for term in due),
        "kinds": TERM_KINDS,
        "ways": PAYMENT_WAYS,
        "tax": TAX,
    }


def shares(session: Session, subject: Subject, facts: Any, actor: Actor) -> Mapping[str, Any]:
    representatives = {party.id for party in facts.representatives}
    return {
        "collective": facts.is_collective,
        "workers": facts.workers,
        "shares": {share.party_id: share for share in facts.shares},
        "representatives": representatives,
        "unconfirmed": len(facts.unconfirmed),
    }


def referrals(session: Session, subject: Subject, facts: Any, actor: Actor) -> Mapping[str, Any]:
    return {"referrals": facts.referrals, "kinds": REFERRAL_KINDS}


PANELS = (
    Panel("mediation/claims.html", claims, "main"),
    Panel("mediation/terms.html", terms, "main"),
    Panel("mediation/shares.html", shares, "main"),
    Panel("mediation/referrals.html", referrals),
)
