"""How a case is shown by the desk: identity bar, parties, summary line, words to find it by, likely repetitions."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from casework.desk.tables import HANDLER_PART
from casework.mediation.conflicts import Duplicate, conflict_hits, duplicates, undecided
from casework.mediation.forms.registration import PartyIn
from casework.mediation.forms.talks import party_key
from casework.mediation.kinds import CAPACITIES, CLAIM_LABELS, CONSENTS, SOURCES
from casework.mediation.known import completed
from casework.mediation.loading import mediators_of, parties_of
from casework.mediation.policy import rule
from casework.mediation.record_data import ROLES, cause
from casework.mediation.tables import CaseParty, Claim, MediationCase
from casework.mediation.workflow import mediation
from union.access import visible
from union.organisations import partners_on
from union.people import RosterEntry
from union.privacy import mask_id, mask_phone
from workflows.actor import Actor
from workflows.module import Heading, Hit, Participant
from workflows.tables import Subject, legal_date


def heading(session: Session, subject: Subject, facts: Any) -> Heading:
    case = facts.case
    badges = [("集体争议", "warn", "users")] if facts.is_collective else []
    badges += [("新就业形态", "", "bike")] if case.is_platform else []
    badges += [("委派委托", "", "inbox")] if facts.referral else []
    badges += [("停工、怠工", "danger", "megaphone")] if facts.stoppage else []
    badges += [("激化风险", "danger", "shield-alert")] if any(m.kind == "risk" for m in facts.matters) else []
    claimed = sum(claim.amount or 0 for claim in facts.claims if not claim.withdrawn)
    shown = [
        ("scale", "案由", cause(facts)),
        ("banknote", "请求金额", f"{claimed / 100:,.2f}元" if claimed else "未列金额"),
        ("user-check", "调解员", "、".join(m.name for m in facts.mediators) or "未指定"),
        ("calendar", "收到日期", _day(facts.received_on)),
        ("map-pin", "来源", SOURCES.get(case.source, case.source)),
    ]
    if case.registration_number and case.registration_number != case.number:
        shown.append(("hash", "登记号", case.registration_number))
    return Heading(tuple(badges), tuple(shown))


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def participants(session: Session, subject: Subject) -> list[Participant]:
    return [described(party) for party in parties_of(session, subject.root_id)]


def described(party: CaseParty) -> Participant:
    said = CONSENTS.get(party.consent, "尚未答复") if party.side != "third" else ""
    lines = [
        party.credit_code or (mask_id(party.id_number) if party.id_number else ""),
        f"代理人 {party.agent_name}" if party.agent_name else "",
        said,
    ]
    label = ROLES[party.side] + (" · 职工代表人" if party.is_representative else "")
    if party.capacity and party.capacity not in ("worker", "employer"):
        label += f" · {CAPACITIES.get(party.capacity, party.capacity)}"
    return Participant(
        party.id,
        party.name,
        label,
        mask_phone(party.phone),
        tuple(filter(None, lines)),
        party_key(party),
        side=party.side,
        agreed=_agreed(party),
        agent=party.agent_name,
        agent_may_settle=party.agent_authority == "special",
    )


def _agreed(party: CaseParty) -> frozenset[str]:
    said = (("signing", party.e_sign_consent), ("service", party.e_service_consent))
    return frozenset(to for to, agreed in said if agreed)


def summary(session: Session, subject: Subject) -> str:
    """王某某与北京某公司 · 拖欠劳动报酬 3.20万元."""
    claims = session.scalars(select(Claim).where(Claim.case_id == subject.root_id, Claim.withdrawn_on.is_(None))).all()
    amount = sum(claim.amount or 0 for claim in claims)
    kinds = "、".join(dict.fromkeys(CLAIM_LABELS[claim.kind] for claim in claims))
    return " · ".join(filter(None, (subject.title, kinds, f"{amount / 100:,.2f}元" if amount else "")))


def words(session: Session, subject: Subject) -> Iterable[str]:
    case = session.get(MediationCase, subject.root_id)
    yield from filter(None, (case.registration_number, case.case_number) if case else ())
    for party in parties_of(session, subject.root_id):
        yield party.name
        yield from filter(None, (party.credit_code, party.agent_name, party.legal_representative))
        if party.phone:
            yield party.phone[-4:]  # what a masked number shows too


def telephone(number: str) -> Select[uuid.UUID]:
    """The cases with a party or an agent who has this very number, by its blind index."""
    has_it = CaseParty.phone.equals(number) | CaseParty.agent_phone.equals(number)
    return select(CaseParty.case_id).where(has_it, CaseParty.moved_to_id.is_(None))


REVEALED = ("phone", "id_number", "address", "service_address")


def reveal(session: Session, subject: Subject, participant_id: uuid.UUID, field: str) -> str | None:
    """A masked value in full; the caller has asked ``person.reveal`` and journals the reading."""
    party = session.get(CaseParty, participant_id)
    if party is None or party.case_id != subject.root_id or field not in REVEALED:
        return None
    return getattr(party, field)


def filing(session: Session, subject: Subject) -> tuple[int | None, list[tuple[str, str]]]:
    """For how long the file is kept, and what its cover says of a mediation (law.md §2.5)."""
    assert isinstance(subject, MediationCase)
    heads = select(Claim.kind).where(Claim.case_id == subject.id, Claim.withdrawn_on.is_(None)).order_by(Claim.id)
    labels = dict.fromkeys(CLAIM_LABELS[kind] for kind in session.scalars(heads))
    paper = [("纸质页数", f"{subject.pages}")] if subject.pages else []
    return subject.retention_years, [("案　　由", "、".join(labels) or "劳动争议"), *paper]


def unfit(session: Session, subject: Subject, staff_id: uuid.UUID, day: date) -> list[str]:
    """What stands against giving the case to this person; whose relation both sides have waived may have it."""
    listed = select(RosterEntry.id).where(RosterEntry.staff_id == staff_id, RosterEntry.in_force(day))
    why = [] if session.scalar(listed.limit(1)) else ["接办人须为在册调解员"]
    hits = conflict_hits(session, subject.root_id, [(staff_id, HANDLER_PART)], day)
    return why + [f"接办人须回避：{hit.text}" for hit in hits]


def likely_repetitions(session: Session, form: Any, at: datetime, case_id: uuid.UUID | None = None) -> list[Hit]:
    """Other matters with the same person and the same unit, shown before a case is opened or gets one more party.

    Of a case under way only those nobody has decided about.
    """
    if case_id and getattr(form, "into_id", None):
        return _repeated_once_joined(session, case_id, form.into_id)
    brought = form.named(legal_date(at)) if hasattr(form, "named") else []
    parties = [_as_typed(completed(session, typed), side) for typed, side in brought if typed.name.strip()]
    if case_id is not None:
        case = session.get(MediationCase, case_id)
        known = parties_of(session, case_id) if case and parties else []
        return _hits(undecided(session, case, [*known, *parties])) if case and parties else []
    source_id = getattr(form, "source_id", None)
    taken = parties_of(session, source_id) if source_id and not form.applicants else []
    return [hit for hit in _hits(duplicates(session, NOT_YET, [*taken, *parties])) if hit.subject_id != source_id]


NOT_YET = uuid.UUID(int=0)


def _as_typed(typed: PartyIn, side: str) -> CaseParty:
    return CaseParty(
        side=side,
        kind=typed.kind,
        name=typed.name,
        id_number=typed.id_number or None,
        phone=typed.phone or None,
        credit_code=typed.credit_code or None,
    )


def _repeated_once_joined(session: Session, case_id: uuid.UUID, into_id: uuid.UUID) -> list[Hit]:
    case, into = session.get(MediationCase, case_id), session.get(MediationCase, into_id)
    if case is None or into is None or case.organisation_id != into.organisation_id:
        return []
    both = [*parties_of(session, into_id), *parties_of(session, case_id)]
    return [hit for hit in _hits(undecided(session, into, both)) if hit.subject_id != case_id]


def as_shown(session: Session, form: Any, at: datetime, case_id: uuid.UUID | None = None) -> Any:
    """The form as somebody files it who has just seen the likely repetitions: its decision is about these."""
    if not getattr(form, "duplicate_decision", ""):
        return form
    shown = " ".join(hit.key for hit in likely_repetitions(session, form, at, case_id))
    return msgspec.structs.replace(form, duplicate_seen=shown)


def similar(session: Session, subject: Subject, at: datetime) -> list[Hit]:
    """Other matters between the same person and the same unit, whenever somebody asks."""
    return _hits(duplicates(session, subject.root_id, parties_of(session, subject.root_id)))


def _hits(found: list[Duplicate]) -> list[Hit]:
    states = mediation.state_by_id
    return [
        Hit(
            other.case_id,
            other.number,
            f"{other.worker}与{other.employer}，{_day(other.received_on)}收到",
            f"相同：{other.by}；{states[other.state].label if other.state in states else ''}",
            rule("mediation.duplicates").law,
            other.key,
        )
        for other in found
    ]


class Blank:
    """What an opening form chooses from before there is a case."""

    def __init__(self, session: Session, actor: Actor, at: datetime) -> None:
        self.session, self.actor, self.today, self.at = session, actor, legal_date(at), at

    def choices(self, name: str) -> dict[str, str]:
        if name == "partners":
            return {str(p.id): p.name for p in partners_on(self.session, self.today)}
        if name == "mediators":
            return mediators_of(self.session, self.actor.organisation_id, self.today)
        if name == "closed_cases":
            return self._closed_cases()
        return {}

    def _closed_cases(self) -> dict[str, str]:
        case = MediationCase
        query = select(case.id, case.number, case.title).where(
            case.organisation_id == self.actor.organisation_id,
            visible(self.session, self.actor, at=self.at, roots=True),
            case.outcome.in_(("failed", "withdrawn")),
            case.state == "archived",
        )
        rows = self.session.execute(query.order_by(case.closed_on.desc()).limit(200))
        return {str(identity): f"{number or ''} {title}" for identity, number, title in rows}


NEXT_STEP = {
    "received": "seek_consent",
    "seeking_consent": "accept",
    "awaiting_correction": "correct",
    "accepted": "assign",
    "assigned": "start_session",
    "in_mediation": "reach_agreement",
    "suspended": "resume",
    "agreement_drafted": "sign",
    "settled": "archive",
    "failed": "archive",
    "mediation.performance.pending": "complete",
    "mediation.performance.partial": "complete",
    "mediation.performance.defaulted": "cure",
    "mediation.confirmation.none": "apply_court_confirmation",
    "mediation.confirmation.arb_letter_issued": "arb_letter_takes_effect",
    "mediation.confirmation.court_dismissed": "amend",
}

CORRECTABLE = {
    "grounds": "事实与理由",
    "received_on": "收到日期",
    "is_platform": "新就业形态劳动纠纷",
    "prior_arbitration": "是否申请过仲裁",
    "negotiation_requested_on": "提出协商请求之日",
}
