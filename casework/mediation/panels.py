"""Cards of a case that only a mediation has: claims, the terms of the agreement with what was paid, shares, referrals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from casework.mediation.facts import settled
from casework.mediation.kinds import (
    CLAIM_LABELS,
    COOPERATION,
    LIMITATION_OBSTACLES,
    MATTERS,
    PAYMENT_WAYS,
    REFERRAL_KINDS,
    RISKS,
    STOPPAGES,
    TAX,
    TERM_KINDS,
    UNION_NOTICE,
)
from casework.mediation.special import UNION_INQUIRY, UNION_NOTICE_LAW, notified_in_time
from union.law import ARB_RULES, LDMA
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
        "collective": facts.is_collective or facts.represented,
        "workers": facts.workers,
        "shares": {share.party_id: share for share in facts.shares},
        "representatives": representatives,
        "accounts": {worker.id: worker.details["masked_account"] for worker in facts.workers if worker.has_account},
        "unconfirmed": len(facts.unconfirmed),
    }


def referrals(session: Session, subject: Subject, facts: Any, actor: Actor) -> Mapping[str, Any]:
    return {"referrals": facts.referrals, "kinds": REFERRAL_KINDS}


def special(session: Session, subject: Subject, facts: Any, actor: Actor) -> Mapping[str, Any]:
    return {
        "matters": [_matter(matter, facts) for matter in facts.matters],
        "workplace": facts.case.workplace,
        "competent": "；".join(map(str, COMPETENT)),
    }


COMPETENT = (LDMA[21], ARB_RULES[8])
ICONS = {
    "stoppage": "megaphone",
    "risk": "shield-alert",
    "authority": "radio-tower",
    "inquiry": "search-check",
    "union_notice": "bell-ring",
    "limitation": "circle-pause",
}
GRADES = {**STOPPAGES, **RISKS, **COOPERATION, **UNION_NOTICE, **LIMITATION_OBSTACLES}


def _matter(matter: Any, facts: Any) -> dict[str, Any]:
    return {
        "icon": ICONS[matter.kind],
        "label": MATTERS[matter.kind],
        "grade": GRADES.get(matter.grade, ""),
        "on": matter.happened_on,
        "hint": _duty(matter, facts),
        **{name: getattr(matter, name) for name in ("ended_on", "persons", "body", "text", "measures", "proof")},
    }


def _duty(matter: Any, facts: Any) -> str:
    """What the law says to the employer who refused help or told the union nothing, or too late."""
    if matter.kind == "inquiry" and matter.grade == "refused":
        return f"单位有协助工会调查的义务（{'；'.join(map(str, UNION_INQUIRY))}）。"
    if matter.kind == "union_notice" and not notified_in_time(matter, facts):
        return f"单位解除劳动合同应当提前五个工作日通知工会；起诉前补正有关程序的除外（{'；'.join(map(str, UNION_NOTICE_LAW))}）。"
    return ""


PANELS = (
    Panel("mediation/claims.html", claims, "main"),
    Panel("mediation/terms.html", terms, "main"),
    Panel("mediation/shares.html", shares, "main"),
    Panel("mediation/special.html", special),
    Panel("mediation/referrals.html", referrals),
)
