"""How people on the staff stand to the parties of a case: one condition for the refusal, the lock-out and the waiver."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, exists, literal, not_, or_, select
from sqlalchemy.orm import aliased, join

from casework.mediation.facts import APPLICANT, RESPONDENT
from casework.mediation.kinds import EMPLOYERS
from casework.mediation.tables import CaseParty, ConflictWaiver
from union.people import FormerEmployer, Person, RelatedParty, Relative, Staff
from workflows.tables import Subject

IN_WORDS: dict[str, str] = {
    "same_person": "本人就是当事人",
    "relative": "当事人是其申报的近亲属（{}）",
    "relatives_employer": "近亲属（{}）在当事人单位工作",
    "former_employer": "当事人单位是其原工作单位",
    "related_party": "与当事人有申报的利害关系（{}）",
}

Whose = Callable[[Any], ColumnElement[bool]]  # whose ties: a condition on the column that names the member of staff
Member, Other = aliased(Staff), aliased(CaseParty, name="other_party")  # made once: a statement keeps its aliases alive


def must_keep_out(staff_id: Any, day: date) -> Iterable[ColumnElement[bool]]:
    """For each way to be tied: the case has a party this member of staff is tied to, and not every party has waived it."""
    for tie in ties(lambda column: column == staff_id, day):
        yield Subject.id.in_(tie.with_only_columns(CaseParty.case_id).correlate(Staff))


def ties(whose: Whose, day: date) -> Iterable[Select[Any]]:
    """(staff id, party id, how, word) of the ties that stand on the day, a query for each way to be tied."""
    yield _tie(
        join(Member, Person, Person.id == Member.person_id),
        Member.id,
        "same_person",
        or_(CaseParty.person_id == Person.id, CaseParty.id_number.index_column == Person.id_number.index_column),
        whose,
    )
    declared = Relative.in_force(day)
    yield _tie(Relative, Relative.staff_id, "relative", _is_named_by(Relative), whose, Relative.relation).where(
        declared, CaseParty.kind == "person"
    )
    works_there = and_(CaseParty.kind == "organisation", CaseParty.name_key == Relative.employer_key)
    yield _tie(Relative, Relative.staff_id, "relatives_employer", works_there, whose, Relative.relation).where(
        declared, Relative.employer_key != ""
    )
    worked_there = or_(
        CaseParty.credit_code == FormerEmployer.credit_code,
        and_(CaseParty.name_key == FormerEmployer.name_key, CaseParty.capacity.in_(EMPLOYERS)),
    )
    yield _tie(FormerEmployer, FormerEmployer.staff_id, "former_employer", worked_there, whose).where(
        CaseParty.kind == "organisation", FormerEmployer.in_force(day)
    )
    is_the_one = or_(_is_named_by(RelatedParty), CaseParty.credit_code == RelatedParty.credit_code)
    yield _tie(RelatedParty, RelatedParty.staff_id, "related_party", is_the_one, whose, RelatedParty.relation).where(
        CaseParty.kind == RelatedParty.kind, RelatedParty.in_force(day)
    )


def _tie(of: Any, staff_id: Any, how: str, stands: ColumnElement[bool], whose: Whose, word: Any = None) -> Select[Any]:
    said = literal("", String) if word is None else word
    return (
        select(staff_id, CaseParty.id, literal(how, String), said)
        .select_from(of)
        .join(CaseParty, stands)
        .where(whose(staff_id), CaseParty.moved_to_id.is_(None), not_(_waived(staff_id)))
    )


def _is_named_by(declared: type[Relative | RelatedParty]) -> ColumnElement[bool]:
    """By number, or by name unless two different numbers tell namesakes apart."""
    theirs, ours = CaseParty.id_number.index_column, declared.id_number.index_column
    one_unknown = or_(ours.is_(None), theirs.is_(None))
    by_name = and_(CaseParty.name_key == declared.name_key, one_unknown)
    return or_(theirs == ours, by_name)


def _waived(staff_id: Any) -> ColumnElement[bool]:
    """Every applicant and respondent there is now has said it does not mind; whoever came later has to be asked too."""
    has_waived = exists().where(
        ConflictWaiver.staff_id == staff_id,
        ConflictWaiver.party_id == CaseParty.id,
        ConflictWaiver.waived_by_id == Other.id,
    )
    asked_in_vain = exists().where(
        Other.case_id == CaseParty.case_id,
        Other.side.in_((APPLICANT, RESPONDENT)),
        Other.moved_to_id.is_(None),
        not_(has_waived.correlate_except(ConflictWaiver)),
    )
    return not_(asked_in_vain.correlate_except(Other))
