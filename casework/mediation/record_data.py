"""What each record of a mediation freezes: plain data in the fields of ``documents.contents`` (law.md §3.5)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from casework.mediation.facts import APPLICANT, RESPONDENT, Facts, Party, Sitting, Term, settled
from casework.mediation.kinds import (
    ANSWER_WAYS,
    AUTHORITIES,
    CLAIM_LABELS,
    FAILURE_REASONS,
    PAYMENT_WAYS,
    RECUSAL_GROUNDS,
    REJECTION_REASONS,
    SATISFACTION,
    TAX,
    TERMINATION_GROUNDS,
    TRANSFER_GROUNDS,
    WITHDRAWAL_REASONS,
)
from casework.mediation.records import RECORDS
from casework.mediation.rules import routes, sums_due
from documents.serving import WAYS_OF_SERVING
from documents.wording import amount_in_capitals, amount_in_figures, date_in_figures

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
        "route": routes(facts),
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
    numbers = sorted({t.number for t in facts.terms if not t.only_wording})
    for number in numbers:
        parts = [t for t in facts.terms if t.number == number]
        first = parts[0]
        money = first.amount is not None
        yield {
            "title": first.title,
            "text": "" if money else first.title,
            "payer": "、".join(p.name for p in facts.debtors(first)) if money else "",
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


# --- the papers around the talks


def _office(facts: Facts) -> dict[str, Any]:
    """Both sides, what they dispute, and how to reach the organisation."""
    return {
        **_matter(facts),
        "contact": "、".join(_mediators(facts)),
        "phone": facts.organisation.phone,
        "address": facts.organisation.address,
    }


def _matter(facts: Facts) -> dict[str, Any]:
    return {**_both_sides(facts), "cause": cause(facts)}


def power_of_attorney(facts: Facts) -> dict[str, Any]:
    principal = facts.principals[0]
    agent = principal.agent
    special = agent is not None and agent.authority == "special"
    return {
        **_matter(facts),
        "principal": principal.name,
        "principal_number": principal.details.get("id_number") or principal.details.get("credit_code") or "",
        "principal_phone": principal.details.get("phone") or "",
        "agent": agent.name if agent else "",
        "agent_phone": principal.details.get("agent_phone") or "",
        "authority": _authority(principal),
        "powers": [
            "代为参加调解、陈述意见、提交和接收材料",
            *(["代为承认、放弃、变更调解请求，进行和解"] if special else []),
        ],
    }


def materials_receipt(facts: Facts) -> dict[str, Any]:
    decision = facts.clock("decide_acceptance")
    first = "口头申请笔录" if facts.case.way == "oral" else "劳动争议调解申请书"
    return {
        **_office(facts),
        "materials": [first, *(title for _, title in facts.evidence)],
        "received_on": facts.received_on,
        "decide_by": decision.effective if decision else None,
    }


def correction_notice(facts: Facts) -> dict[str, Any]:
    term = facts.clock("correction_term")
    return {
        **_office(facts),
        "received_on": facts.case.received_on,
        "items": facts.case.correction_list,
        "due_on": term.effective if term else None,
    }


def consent_inquiry(facts: Facts) -> dict[str, Any]:
    return {
        **_office(facts),
        "received_on": facts.received_on,
        "claims": _claims(facts),
        "reply_by": getattr(facts.form, "answer_by", None),
    }


def mediator_notice(facts: Facts) -> dict[str, Any]:
    trigger_reason = getattr(facts.form, "reason", "")
    recused = [recusal.staff_name for recusal in facts.recusals if recusal.fresh]
    return {
        **_office(facts),
        "contact": "",
        "mediators": _mediators(facts),
        "recorder": "、".join(person.name for person in facts.recorders),
        "replaced": recused,
        "reason": "回避" if recused else trigger_reason,
    }


def recusal_decision(facts: Facts) -> dict[str, Any]:
    decided = [recusal for recusal in facts.recusals if recusal.fresh]
    last = decided[-1]
    people = "、".join(dict.fromkeys(recusal.staff_name for recusal in decided))
    upheld = last.decision == "upheld"
    return {
        **_matter(facts),
        "person": people,
        "by": {**ROLES, "self": "本人"}[last.by_side],
        "ground": RECUSAL_GROUNDS.get(last.ground, last.ground),
        "decision": f"同意回避，{people}不再办理本案" if upheld else f"驳回回避申请，{people}继续办理本案",
        "reason": last.reason,
        "successors": _mediators(facts) if upheld else [],
    }


def extension_consent(facts: Facts) -> dict[str, Any]:
    term = facts.extended_term
    days = getattr(facts.form, "extension_days", 0)
    return {
        **_matter(facts),
        "accepted_on": facts.accepted_on,
        "old_due_on": term.nominal - timedelta(days=days) if term else None,
        "new_due_on": term.effective if term else None,
        "provisional": bool(term and term.provisional),
    }


def withdrawal(facts: Facts) -> dict[str, Any]:
    return {
        **_matter(facts),
        "received_on": facts.received_on,
        "reason": WITHDRAWAL_REASONS.get(facts.case.end_reason, "") or "申请人自愿撤回",
        "explanation": facts.case.end_explanation,
    }


def termination_notice(facts: Facts) -> dict[str, Any]:
    return {
        **_office(facts),
        "received_on": facts.received_on,
        "ended_on": facts.occurred,
        "reason": TERMINATION_GROUNDS.get(facts.case.end_reason, facts.case.end_reason),
        "explanation": facts.case.end_explanation,
    }


def hand_over_letter(facts: Facts) -> dict[str, Any]:
    sent = [referral for referral in facts.referrals if referral.direction == "out"]
    letter = sent[-1]
    failed = facts.case.outcome == "failed" or facts.case.state == "failed"
    return {
        **_office(facts),
        "receiver": letter.partner,
        "reason": "调解不成" if failed else TRANSFER_GROUNDS.get(letter.kind, letter.kind),
        "explanation": "" if failed else facts.case.end_explanation,
        "received_on": facts.received_on,
        "materials": list(letter.materials),
    }


# --- what follows an agreement


def _agreement(facts: Facts) -> dict[str, Any]:
    made = facts.record("agreement")
    return {"agreement_number": made.number if made else "", "effective_on": facts.effective_on}


def _joint_application(facts: Facts, attachments: list[str]) -> dict[str, Any]:
    """Both sides are applicants here, whoever asked for mediation."""
    sides = {side: [party | {"role": ""} for party in parties] for side, parties in _sides(facts).items()}
    return {
        **_matter(facts),
        **sides,
        **_agreement(facts),
        "body": (getattr(facts.form, "body", "") or "").strip(),
        "mediated_by": facts.organisation.name,
        "attachments": attachments,
    }


def arbitration_review_application(facts: Facts) -> dict[str, Any]:
    return _joint_application(facts, ["调解协议书", "双方身份证明、资格证明", "双方送达地址和联系电话"])


def court_confirmation_application(facts: Facts) -> dict[str, Any]:
    attached = ["调解协议书", "调解组织主持调解的证明", "双方身份证明、住所和联系方式"]
    return _joint_application(facts, attached) | {
        "jurisdiction": f"{facts.organisation.name}所在地由该院管辖" if facts.organisation.name else ""
    }


def mediation_certificate(facts: Facts) -> dict[str, Any]:
    return {
        **_matter(facts),
        **_agreement(facts),
        "body": (getattr(facts.form, "body", "") or "").strip(),
        "accepted_on": facts.accepted_on,
        "mediators": _mediators(facts),
    }


def payment_order_application(facts: Facts) -> dict[str, Any]:
    evidence = ["劳动争议调解协议书", *(title for _, title in facts.evidence)]
    return {
        **_matter(facts),
        **_agreement(facts),
        "body": (getattr(facts.form, "body", "") or "").strip(),
        "dues": [_due(facts, term) for term in sums_due(facts)],
        "facts": facts.case.grounds,
        "evidence": evidence,
    }


def _dues(facts: Facts) -> list[dict[str, Any]]:
    """What of the agreement is still owed."""
    return [_due(facts, term) for term in facts.terms if not settled(term)]


def _due(facts: Facts, term: Term) -> dict[str, Any]:
    several = {other.number for other in facts.terms if other.instalment > 1}
    return {
        "title": term.title + (f"（第{term.instalment}期）" if term.number in several else ""),
        "amount": None if term.amount is None else term.amount - term.paid,
        "due_on": term.due_on,
    }


def performance_reminder(facts: Facts) -> dict[str, Any]:
    overdue = [due for due in _dues(facts) if due["due_on"] is None or due["due_on"] <= facts.today]
    return {**_office(facts), **_agreement(facts), "dues": overdue}


def supplementary_agreement(facts: Facts) -> dict[str, Any]:
    return {**_matter(facts), **_agreement(facts), "changes": _changes(facts), "mediators": _mediators(facts)}


def _changes(facts: Facts) -> list[str]:
    typed = [line.strip() for line in getattr(facts.form, "changes", ()) if line.strip()]
    moved = [term for term in facts.terms if term.id == getattr(facts.form, "term_id", None)]
    return [*typed, *_written_anew(facts)] or [
        f"{term.title}{f'（第{term.instalment}期）' if term.instalment > 1 else ''}的履行期限变更为"
        f"{date_in_figures(term.due_on)}，履行方式不变"
        for term in moved
        if term.due_on is not None
    ]


def _written_anew(facts: Facts) -> list[str]:
    """The promises of an amended agreement, as they are watched over: what was paid, and each that is still owed."""
    if not getattr(facts.form, "terms", ()):
        return []
    paid = sum(term.paid for term in facts.terms)
    counted = [f"此前已付{_money(paid)}，计入本协议的履行"] if paid else []
    return counted + [_promise(due) for due in _dues(facts)]


def _promise(due: Mapping[str, Any]) -> str:
    amount = f"，{_money(due['amount'])}" if due["amount"] else ""
    until = f"，于{date_in_figures(due['due_on'])}前履行" if due["due_on"] else ""
    return f"{due['title']}{amount}{until}"


def _money(fen: int) -> str:
    return f"{amount_in_figures(fen)}（{amount_in_capitals(fen)}）"


def follow_up(facts: Facts) -> dict[str, Any]:
    asked = facts.form
    return {
        **_matter(facts),
        "agreement_number": _agreement(facts)["agreement_number"],
        "visited_on": facts.occurred,
        "way": ANSWER_WAYS.get(asked.way, asked.way),
        "person": "、".join(party.name for party in facts.named),
        "performance": asked.performance.strip(),
        "satisfaction": SATISFACTION.get(asked.satisfaction, ""),
        "opinion": asked.opinion.strip(),
        "mediators": _mediators(facts),
    }


def service_receipt(facts: Facts) -> dict[str, Any]:
    receiver = facts.named[0]
    chosen = {str(identity) for identity in facts.form.papers}
    return {
        "case_number": facts.case.number or "",
        "cause": cause(facts),
        "papers": [
            {"title": RECORD_LABELS[record.kind], "number": record.number}
            for record in facts.records
            if str(record.id) in chosen
        ],
        "addressee": receiver.name,
        "address": receiver.details.get("service_address") or receiver.details.get("address") or "",
        "way": WAYS_OF_SERVING.get(facts.form.way, facts.form.way),
        "server": facts.head_name,
    }


def service_address(facts: Facts) -> dict[str, Any]:
    party = facts.named[0]
    return {
        "case_number": facts.case.number or "",
        "cause": cause(facts),
        "name": party.name,
        "role": ROLES[party.side],
        "address": party.details.get("service_address") or party.details.get("address") or "",
        "phone": party.details.get("phone") or "",
        "agent": party.agent.name if party.agent else "",
        "electronic_signing": bool(party.details.get("e_sign_consent")),
        "electronic_service": bool(party.details.get("e_service_consent")),
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
    "power_of_attorney": power_of_attorney,
    "materials_receipt": materials_receipt,
    "correction_notice": correction_notice,
    "consent_inquiry": consent_inquiry,
    "mediator_notice": mediator_notice,
    "recusal_decision": recusal_decision,
    "extension_consent": extension_consent,
    "withdrawal": withdrawal,
    "termination_notice": termination_notice,
    "hand_over_letter": hand_over_letter,
    "arbitration_review_application": arbitration_review_application,
    "court_confirmation_application": court_confirmation_application,
    "mediation_certificate": mediation_certificate,
    "payment_order_application": payment_order_application,
    "performance_reminder": performance_reminder,
    "supplementary_agreement": supplementary_agreement,
    "follow_up": follow_up,
    "service_receipt": service_receipt,
    "service_address": service_address,
}
RECORD_LABELS = {kind.id: kind.label for kind in RECORDS}


def cause(facts: Facts) -> str:
    """案由: the heads of claim, each once."""
    kinds = dict.fromkeys(c.kind for c in facts.claims if not c.withdrawn)
    return "、".join(CLAIM_LABELS[kind] for kind in kinds) or "劳动争议"


def _both_sides(facts: Facts) -> dict[str, Any]:
    return {"case_number": facts.case.number or "", **_sides(facts)}


def _sides(facts: Facts) -> dict[str, list[dict[str, Any]]]:
    return {
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
        "agent_authority": _authority(party),
    }


def _authority(party: Party) -> str:
    return AUTHORITIES[party.agent.authority].split("（")[0] if party.agent else ""


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
