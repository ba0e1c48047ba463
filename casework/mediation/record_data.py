"""What each record of a mediation freezes: plain data in the fields of ``documents.contents`` (law.md §3.5)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from casework.mediation.facts import APPLICANT, RESPONDENT, Facts, Party, Sitting, Term
from casework.mediation.kinds import (
    AUTHORITIES,
    CLAIM_LABELS,
    FAILURE_REASONS,
    PAYMENT_WAYS,
    REJECTION_REASONS,
    TAX,
)
from documents.wording import date_in_figures

ROLES = {APPLICANT: "申请人", RESPONDENT: "被申请人", "third": "第三人"}


def application(facts: Facts) -> dict[str, Any]:
    first = next((p for p in facts.applicants if p.capacity == "worker"), None)
    return {
        **_both_sides(facts),
        "claims": _claims(facts),
        "facts": facts.case.grounds,
        "evidence": [title for _, title in facts.evidence],
        "entered_on": first.details.get("hired_on") if first else None,
        "left_on": first.details.get("left_on") if first else None,
        "monthly_wage": first.details.get("monthly_wage") if first else None,
        "arbitration_applied": facts.case.prior_arbitration,
        "organisation": facts.organisation.name,
        "applied_on": facts.case.received_on,
    }


def oral_application(facts: Facts) -> dict[str, Any]:
    return {
        **application(facts),
        "told_at": facts.case.oral_taken_at,
        "place": facts.case.oral_place,
        "recorder": facts.case.oral_recorder,
    }


def acceptance_notice(facts: Facts) -> dict[str, Any]:
    return {
        **_both_sides(facts),
        "cause": cause(facts),
        "received_on": facts.received_on,
        "accepted_on": facts.accepted_on,
        **_terms_of_law(facts),
        "mediators": _mediators(facts),
        "contact": facts.organisation.name,
        "phone": facts.organisation.phone,
        "address": facts.organisation.address,
    }


def _terms_of_law(facts: Facts) -> dict[str, Any]:
    """Until when mediation runs, and from when arbitration is open: both dates, as §3.4 asks."""
    window, term = facts.clock("legal_window"), facts.clock("mediation_term")
    clocks = [clock for clock in (window, term) if clock is not None]
    return {
        "window_on": window.effective if window else None,
        "due_on": term.effective if term else None,
        "provisional": any(clock.provisional for clock in clocks),
    }


def rejection_notice(facts: Facts) -> dict[str, Any]:
    label = REJECTION_REASONS.get(facts.case.end_reason, "")
    return {
        **_both_sides(facts),
        "cause": cause(facts),
        "received_on": facts.received_on,
        "reason_code": facts.case.end_reason,
        "reason": "。".join(filter(None, (label, facts.case.end_explanation))),
        "limitation": _limitation_hint(facts),
        "phone": facts.organisation.phone,
    }


def session_notice(facts: Facts) -> dict[str, Any]:
    sitting = _last(facts)
    return {
        **_both_sides(facts),
        "addressee": "、".join(p.name for p in facts.signing_parties),
        "cause": cause(facts),
        "session": sitting.number,
        "starts_at": sitting.starts_at,
        "place": sitting.place or "线上调解",
        "video": sitting.video_link,
        "bring": list(
            (sitting.minutes.bring if sitting.minutes else ())
            or ("身份证明", "与争议有关的证据", "委托代理的，携带授权委托书")
        ),
        "mediators": _mediators(facts),
        "contact": facts.organisation.name,
        "phone": facts.organisation.phone,
    }


def session_minutes(facts: Facts) -> dict[str, Any]:
    sitting = _minuted(facts)
    stated = sitting.minutes
    parties: dict[Any, Party] = {p.id: p for p in facts.parties}
    came = [a for a in sitting.attendance if a.came and a.party_id in parties]
    absent = [parties[a.party_id].name for a in sitting.attendance if not a.came and a.party_id in parties]
    return {
        "case_number": facts.case.number or "",
        "session": sitting.number,
        "starts_at": sitting.starts_at,
        "ends_at": sitting.ends_at,
        "place": sitting.place or sitting.video_link,
        "cause": cause(facts),
        "mediators": _mediators(facts),
        "recorder": "、".join(a.name for a in facts.recorders),
        "present": [
            {"name": parties[a.party_id].name, "capacity": ROLES[parties[a.party_id].side], "through": a.through}
            for a in came
        ],
        "absent": absent,
        "rights_told": sitting.rights_told,
        "recusal": getattr(stated, "recusal", "") or ("已询问，双方均不申请回避" if sitting.rights_told else ""),
        "applicant_statement": getattr(stated, "applicant_statement", ""),
        "respondent_statement": getattr(stated, "respondent_statement", ""),
        "evidence": [title for _, title in facts.evidence],
        "proceedings": sitting.open_minutes,
        "result": getattr(stated, "result", "") or _settled_on_spot(facts),
        "read_back": sitting.read_back,
        "refused_to_sign": getattr(stated, "refused_to_sign", ""),
    }


def side_minutes(facts: Facts) -> dict[str, Any]:
    """What was conceded to settle (协调规定11): a paper of its own that never leaves the side file."""
    sitting = _minuted(facts)
    return {
        "case_number": facts.case.number or "",
        "session": sitting.number,
        "starts_at": sitting.starts_at,
        "mediators": _mediators(facts),
        "recorder": "、".join(a.name for a in facts.recorders),
        "without_prejudice": sitting.without_prejudice_minutes,
    }


def _settled_on_spot(facts: Facts) -> str:
    return "；".join(f"{t.title}，已当场履行" for t in facts.terms if t.paid or t.done)


def agreement(facts: Facts) -> dict[str, Any]:
    wording = facts.case.wording or {}
    return {
        **_both_sides(facts),
        "third_parties": [_party(p) for p in facts.side("third")],
        "cause": cause(facts),
        "facts": facts.case.grounds,
        "claims": _claims(facts),
        "terms": list(_terms(facts)),
        "default_liability": wording.get("default_liability", ""),
        "employment": wording.get("employment", ""),
        "formalities": wording.get("formalities", ""),
        "release": _released(facts, wording.get("release", "")),
        "arbitration_review": not all(c.kind == "relationship" for c in facts.claims if not c.withdrawn),
        "court_confirmation": True,
        "payment_order": facts.organisation.remedies.get("payment_order") == "yes",
        "mediators": _mediators(facts),
        "recorder": "、".join(a.name for a in facts.recorders),
        "copies": 3,
    }


def _released(facts: Facts, typed: str) -> str:
    waived = [t.title for t in facts.terms if t.kind == "waiver" and t.title != typed]
    return "；".join(filter(None, (typed, *waived)))


def _terms(facts: Facts) -> Iterable[dict[str, Any]]:
    payer = "、".join(p.name for p in facts.respondents)
    numbers = sorted({t.number for t in facts.terms if not _only_wording(t)})
    for number in numbers:
        parts = [t for t in facts.terms if t.number == number]
        first = parts[0]
        money = first.amount is not None
        yield {
            "title": first.title,
            "text": "" if money else first.title,
            "payer": payer if money else "",
            "payee": first.payee,
            "amount": sum(t.amount or 0 for t in parts) if money else None,
            "tax": "" if first.tax == "" else TAX[first.tax],
            "account": _account(first),
            "due_on": first.due_on if len(parts) == 1 else None,
            "way": PAYMENT_WAYS.get(first.way, first.way),
            "instalments": [
                {"amount": t.amount or 0, "due_on": t.due_on, "way": PAYMENT_WAYS.get(t.way, "")}
                for t in parts
                if len(parts) > 1
            ],
        }


def _only_wording(term: Term) -> bool:
    """Employment and release are printed under their own headings."""
    return term.kind == "waiver" or (term.kind == "separation" and term.way == "other")


def _account(term: Term) -> str:
    return " ".join(filter(None, (term.bank_name, term.account)))


def failure_opinion(facts: Facts) -> dict[str, Any]:
    ended_on = facts.case.closed_on or facts.occurred
    return {
        **_both_sides(facts),
        "cause": cause(facts),
        "claims": _claims(facts),
        "applied_on": facts.received_on,
        "accepted_on": facts.accepted_on,
        "ended_on": ended_on,
        "process": facts.case.end_explanation or _process(facts),
        "reason": FAILURE_REASONS.get(facts.case.end_reason, FAILURE_REASONS["deadline"]),
        "opinion": facts.case.opinion or "",
        "limitation_restarts_on": ended_on,
        "mediators": _mediators(facts),
    }


def _process(facts: Facts) -> str:
    held = [s for s in facts.sittings if s.status in ("held", "adjourned")]
    if not held:
        return "受理后经联系双方，未能组织调解。"
    return f"受理后共组织调解{len(held)}次，双方未能达成协议。"


def calculation_sheet(facts: Facts) -> dict[str, Any]:
    sheet = facts.calculations[-1]
    worker = next((p for p in facts.parties if p.id == sheet.party_id), None) or next(iter(facts.workers), None)
    return {
        "case_number": facts.case.number or "",
        "worker": worker.name if worker else "",
        "employer": "、".join(p.name for p in facts.respondents),
        "bases": [
            {"label": label, "value": shown}
            for label, shown in (
                ("月工资", f"{sheet.inputs.get('monthly_wage', 0) / 100:,.2f}元"),
                ("入职日期", sheet.inputs.get("hired_on") or ""),
                ("离职日期", sheet.inputs.get("left_on") or ""),
            )
            if shown
        ],
        "items": sheet.lines,
        "computed_on": sheet.made_on,
        "computed_by": "、".join(_mediators(facts)) or facts.organisation.name,
    }


RECORD_DATA: Mapping[str, Callable[[Facts], dict[str, Any]]] = {
    "application": application,
    "oral_application": oral_application,
    "acceptance_notice": acceptance_notice,
    "rejection_notice": rejection_notice,
    "session_notice": session_notice,
    "session_minutes": session_minutes,
    "side_minutes": side_minutes,
    "agreement": agreement,
    "failure_opinion": failure_opinion,
    "calculation_sheet": calculation_sheet,
}


def cause(facts: Facts) -> str:
    """案由: the heads of claim, each once."""
    kinds = dict.fromkeys(c.kind for c in facts.claims if not c.withdrawn)
    return "、".join(CLAIM_LABELS[kind] for kind in kinds) or "劳动争议"


def _both_sides(facts: Facts) -> dict[str, Any]:
    return {
        "case_number": facts.case.number or "",
        "applicants": [_party(p) for p in facts.applicants],
        "respondents": [_party(p) for p in facts.respondents],
    }


def _party(party: Party) -> dict[str, Any]:
    d = party.details
    return {
        "name": party.name,
        "kind": party.kind,
        "role": ROLES[party.side],
        "sex": d.get("sex") or "",
        "born_on": d.get("born_on"),
        "id_number": d.get("id_number") or "",
        "member_number": d.get("member_number") or "",
        "job": d.get("job") or "",
        "address": d.get("address") or "",
        "phone": d.get("phone") or "",
        "service_address": d.get("service_address") or "",
        "credit_code": d.get("credit_code") or "",
        "legal_representative": d.get("legal_representative") or "",
        "agent": party.agent.name if party.agent else "",
        "agent_authority": AUTHORITIES[party.agent.authority].split("（")[0] if party.agent else "",
    }


def _claims(facts: Facts) -> list[dict[str, Any]]:
    return [
        {"title": c.title, "amount": c.amount, "period": _period(c.period_from, c.period_to)}
        for c in facts.claims
        if not c.withdrawn
    ]


def _period(begin: Any, end: Any) -> str:
    if not begin and not end:
        return ""
    return f"{date_in_figures(begin) if begin else ''}至{date_in_figures(end) if end else ''}"


def _mediators(facts: Facts) -> list[str]:
    return [m.name for m in facts.mediators]


def _last(facts: Facts) -> Sitting:
    return [s for s in facts.sittings if s.status != "cancelled"][-1]


def _minuted(facts: Facts) -> Sitting:
    """The sitting whose minutes were written last."""
    written = [s for s in facts.sittings if s.minutes is not None and s.minutes.written_at is not None]
    return max(written, key=lambda s: s.minutes.written_at) if written else _last(facts)


def _limitation_hint(facts: Facts) -> str:
    starts = [start for _, start in facts.limitation_items()]
    if not starts:
        return "申请仲裁的时效期间为一年。"
    first = min(starts)
    return f"申请仲裁的时效期间为一年，最早一项自{first.year}年{first.month}月{first.day}日起计算。"
