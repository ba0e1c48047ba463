"""调解登记台账: one line for each case, and the 办案补贴 of those who mediated it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.desk.tables import HANDLER_PART, Assignment
from casework.mediation.figures import Organisations, Period
from casework.mediation.forms.registration import called
from casework.mediation.kinds import CLAIM_LABELS, SOURCES
from casework.mediation.policy import rule
from casework.mediation.tables import CaseParty, Claim, MediationCase, Payment, SettlementTerm
from casework.mediation.workflow import mediation
from union.house_rules import HouseRule
from union.people import Staff
from web.filters import mask_name, mask_phone
from workflows.module import Allowance, Ledger
from workflows.settings import history

COLUMNS = (
    "登记号",
    "案号",
    "收到日期",
    "来源",
    "申请人",
    "申请人电话",
    "被申请人",
    "案由",
    "请求金额（元）",
    "调解员",
    "受理日期",
    "结案日期",
    "结果",
    "协议金额（元）",
    "已履行金额（元）",
)
MONEY = ("请求金额（元）", "协议金额（元）", "已履行金额（元）")
PAID_FOR = ("settled", "withdrawn", "failed", "terminated", "transferred")


def cells(
    session: Session, case_ids: Sequence[uuid.UUID], full_for: frozenset[uuid.UUID]
) -> dict[uuid.UUID, list[Any]]:
    """The line of each case; names of people and phones are masked but for the cases in ``full_for``."""
    parties, claims = _of_the_case(_by_case(session, CaseParty, case_ids), _by_case(session, Claim, case_ids))
    mediators, agreed, paid = _mediators(session, case_ids), _agreed(session, case_ids), _paid(session, case_ids)
    cases = session.scalars(select(MediationCase).where(MediationCase.id.in_(case_ids)))
    return {
        case.id: [
            case.registration_number,
            case.case_number,
            case.received_on,
            SOURCES.get(case.source, case.source),
            _names(parties[case.id], "applicant", case.id in full_for),
            _phones(parties[case.id], case.id in full_for),
            _names(parties[case.id], "respondent", case.id in full_for),
            "、".join(dict.fromkeys(CLAIM_LABELS[claim.kind] for claim in claims[case.id])),
            sum(claim.amount or 0 for claim in claims[case.id] if claim.withdrawn_on is None),
            "、".join(mediators.get(case.id, ())),
            case.accepted_on,
            case.closed_on,
            mediation.state_by_id[case.outcome].label if case.outcome else "在办",
            agreed.get(case.id),
            paid.get(case.id),
        ]
        for case in cases
    }


def _by_case(session: Session, table: Any, case_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in session.scalars(select(table).where(table.case_id.in_(case_ids)).order_by(table.id)):
        found[row.case_id].append(row)
    return found


def _of_the_case(parties: Mapping[uuid.UUID, list[CaseParty]], claims: Mapping[uuid.UUID, list[Claim]]) -> Any:
    """Without who was split off into a case of their own, which has a line of its own, and without what they claim."""
    here = {case_id: [p for p in some if p.moved_to_id is None] for case_id, some in parties.items()}
    gone = {p.id for some in parties.values() for p in some if p.moved_to_id is not None}
    left = {case_id: [c for c in some if c.party_id not in gone] for case_id, some in claims.items()}
    return defaultdict(list, here), defaultdict(list, left)


def _names(parties: Iterable[CaseParty], side: str, full: bool) -> str:
    """An enterprise is not a natural person: its name is never masked."""
    return "、".join(p.name if full else _masked(p) for p in parties if p.side == side)


def _phones(parties: Iterable[CaseParty], full: bool) -> str:
    phones = (p.phone for p in parties if p.side == "applicant" and p.phone)
    return "、".join(phone if full else mask_phone(phone) for phone in phones)


def _mediators(session: Session, case_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Who holds the case, or held it when it was closed."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    query = (
        select(Assignment.root_id, Staff.name)
        .join(Staff, Staff.id == Assignment.staff_id)
        .where(Assignment.root_id.in_(case_ids), Assignment.part == HANDLER_PART, Assignment.valid_to.is_(None))
        .order_by(Assignment.valid_from, Assignment.id)
    )
    for case_id, name in session.execute(query):
        found[case_id].append(name)
    return found


def _agreed(session: Session, case_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    standing = (SettlementTerm.case_id.in_(case_ids), SettlementTerm.superseded_on.is_(None))
    settled = select(MediationCase.id).where(MediationCase.outcome == "settled")
    query = select(SettlementTerm.case_id, func.sum(SettlementTerm.amount)).where(
        *standing, SettlementTerm.case_id.in_(settled)
    )
    return {case_id: int(amount or 0) for case_id, amount in session.execute(query.group_by(SettlementTerm.case_id))}


def _paid(session: Session, case_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    query = select(Payment.case_id, func.sum(Payment.amount)).where(Payment.case_id.in_(case_ids))
    return {case_id: int(amount or 0) for case_id, amount in session.execute(query.group_by(Payment.case_id))}


def masked_titles(session: Session, case_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """张*等12人与甲公司."""
    named = {}
    for case_id, parties in _by_case(session, CaseParty, case_ids).items():
        here = [party for party in parties if party.moved_to_id is None]
        sides = [[_masked(party) for party in here if party.side == side] for side in ("applicant", "respondent")]
        named[case_id] = "与".join(filter(None, map(called, sides)))
    return named


def _masked(party: CaseParty) -> str:
    return party.name if party.kind == "organisation" else mask_name(party.name)


LEDGER = Ledger(COLUMNS, cells, MONEY, masked_titles)


# --- 办案补贴


def allowances(session: Session, period: Period, organisations: Organisations) -> Iterator[Allowance]:
    """Each mediator of each case closed in the period, by the rate of its outcome in force on the closing date."""
    rates = {key: _rates(session, rule(key)) for key in (SETTLED, UNSETTLED)}
    query = (
        select(MediationCase.id, MediationCase.outcome, MediationCase.closed_on, Assignment.staff_id)
        .join(Assignment, Assignment.root_id == MediationCase.id)
        .where(
            MediationCase.closed_on.between(*period),
            MediationCase.accepted_on.is_not(None),
            MediationCase.joined_into_id.is_(None),
            MediationCase.outcome.in_(PAID_FOR),
            Assignment.part == HANDLER_PART,
            Assignment.valid_from <= MediationCase.closed_on,
            Assignment.valid_to.is_(None) | (Assignment.valid_to >= MediationCase.closed_on),
        )
        .order_by(MediationCase.closed_on, MediationCase.id, Assignment.staff_id)
    )
    if organisations is not None:
        query = query.where(MediationCase.organisation_id.in_(organisations))
    for case_id, outcome, closed_on, staff_id in session.execute(query):
        dated = rates[SETTLED if outcome == "settled" else UNSETTLED]
        amount = next((value for since, value in dated if since <= closed_on), None)
        yield Allowance(staff_id, case_id, mediation.state_by_id[outcome].label, closed_on, amount)


SETTLED, UNSETTLED = "mediation.allowance_settled", "mediation.allowance_unsettled"


def _rates(session: Session, asked: HouseRule) -> list[tuple[Any, int | None]]:
    """(since, 分) of every rate ever set, the newest first; no rate holds before the first."""
    return [(row.valid_from, row.value.get("value")) for row in history(session, asked.key)]
