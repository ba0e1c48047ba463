"""What clocks that are one per item belong to, of many cases at once: in one statement."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from casework.mediation.facts import APPLICANT, COLLECTIVE, claim_name, term_name
from casework.mediation.kinds import STOPPAGES
from casework.mediation.tables import CaseParty, Claim, SettlementTerm, SpecialMatter
from workflows.among import among

CLAIM, TERM, STOPPAGE = "claim", "term", "stoppage"


def item_names(session: Session, items: Collection[str]) -> Mapping[str, str]:
    """As ``Facts.item_names`` says them of one case: a claim or instalment, with whose it is among several."""
    ids = [uuid.UUID(item) for item in items if item not in COLLECTIVE]
    if not ids:
        return COLLECTIVE
    parts = (
        _with_whose(Claim, CLAIM, ids, Claim.title, Claim.kind, literal(0), literal(0)),
        _with_whose(
            SettlementTerm, TERM, ids, literal(""), literal(""), SettlementTerm.number, SettlementTerm.instalment
        ),
        _stoppages(ids),
    )
    return {str(row.id): _name(row) for row in session.execute(union_all(*parts))} | COLLECTIVE


def _with_whose(table: Any, sort: str, ids: Sequence[uuid.UUID], *said: Any) -> Any:
    of_case = select(func.count()).where(CaseParty.case_id == table.case_id, *_APPLICANTS).correlate(table)
    whose = func.coalesce(CaseParty.name, "").label("whose")
    return (
        select(
            table.id, literal(sort).label("sort"), *_named(said), whose, of_case.scalar_subquery().label("applicants")
        )
        .outerjoin(CaseParty, and_(CaseParty.id == table.party_id, *_APPLICANTS))
        .where(among(table.id, ids))
    )


def _stoppages(ids: Sequence[uuid.UUID]) -> Any:
    said = (literal(""), SpecialMatter.grade, literal(0), literal(0))
    nobody = (literal("").label("whose"), literal(0).label("applicants"))
    query = select(SpecialMatter.id, literal(STOPPAGE).label("sort"), *_named(said), *nobody)
    return query.where(SpecialMatter.kind == STOPPAGE, among(SpecialMatter.id, ids))


def _named(said: tuple[Any, ...]) -> list[Any]:
    names = ("title", "kind", "number", "instalment")
    return [column.label(name) for column, name in zip(said, names, strict=True)]


def _name(row: Any) -> str:
    whose = row.whose if row.applicants > 1 else ""
    if row.sort == CLAIM:
        return claim_name(whose, row.title, row.kind)
    return term_name(whose, row.number, row.instalment) if row.sort == TERM else STOPPAGES.get(row.kind, "")


_APPLICANTS = (CaseParty.side == APPLICANT, CaseParty.moved_to_id.is_(None))
