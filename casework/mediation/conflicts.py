"""Has this dispute been here before, and is anybody who works on it too close to a party? Found without showing names."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from casework.desk.tables import Link
from casework.mediation.facts import Hit
from casework.mediation.tables import CaseParty, MediationCase
from casework.mediation.ties import IN_WORDS, ties
from union.access import ConflictOfInterest
from union.people import Staff
from union.privacy import mask_id, mask_name, mask_phone


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another case with the same worker and the same employer; who it is stays masked."""

    case_id: uuid.UUID
    number: str
    state: str
    received_on: date | None
    worker: str
    employer: str
    by: str  # what matched
    organisation_id: uuid.UUID | None
    key: str  # the same only for the same case found through the same people of it


MOST = 50  # cases shown, the latest first


def duplicates(session: Session, case_id: uuid.UUID, parties: Sequence[CaseParty]) -> list[Duplicate]:
    """Other cases where a person of ours (ID number, phone or name) stands against the same opposite side."""
    people = [p for p in parties if p.kind == "person"]
    employers = [p for p in parties if p.kind == "organisation"]
    if not people or not employers:
        return []
    found = _found_through(session, case_id, people, employers)
    if not found:
        return []
    worker, employer = aliased(CaseParty), aliased(CaseParty)
    first = {pairs[0] for pairs in found.values()}
    rows = session.execute(
        select(MediationCase, worker, employer)
        .join(worker, worker.case_id == MediationCase.id)
        .join(employer, employer.case_id == MediationCase.id)
        .where(worker.id.in_({pair[0] for pair in first}), employer.id.in_({pair[1] for pair in first}))
        .order_by(MediationCase.received_on.desc(), MediationCase.id)
    ).all()
    return [_masked(case, person, unit, people, _key(case.id, found[case.id])) for case, person, unit in rows]


Pairs = list[tuple[uuid.UUID, uuid.UUID]]


def _found_through(
    session: Session, case_id: uuid.UUID, people: Sequence[CaseParty], employers: Sequence[CaseParty]
) -> dict[uuid.UUID, Pairs]:
    """The cases found, each with everybody there through whom it was found."""
    worker, employer = aliased(CaseParty), aliased(CaseParty)
    rows = session.execute(
        select(MediationCase.id, worker.id, employer.id)
        .join(worker, worker.case_id == MediationCase.id)
        .join(employer, and_(employer.case_id == MediationCase.id, employer.side != worker.side))
        .where(MediationCase.id != case_id, MediationCase.joined_into_id.is_(None), MediationCase.state != "new")
        .where(worker.moved_to_id.is_(None), employer.moved_to_id.is_(None))
        .where(_same_person(worker, people), _same_employer(employer, employers))
        .order_by(MediationCase.received_on.desc(), MediationCase.id, worker.id, employer.id)
    )
    found: dict[uuid.UUID, Pairs] = defaultdict(list)
    for other, person, unit in rows:
        if other in found or len(found) < MOST:
            found[other].append((person, unit))
    return found


def _key(case_id: uuid.UUID, pairs: Pairs) -> str:
    """What a decision names so that it is a decision about this hit: the case, and through whom it was found."""
    through = "".join(f"{person}{unit}" for person, unit in pairs)
    return f"{case_id}.{hashlib.sha256(through.encode()).hexdigest()[:12]}"


def _same_person(row: Any, people: Sequence[CaseParty]) -> ColumnElement[bool]:
    """One list for each way to be recognised: a list of two thousand workers is still one short condition."""
    numbers = {person.id_number_index for person in people} - {None}
    phones = {person.phone_index for person in people} - {None}
    names = {person.name_key for person in people}
    return or_(row.id_number_index.in_(numbers), row.phone_index.in_(phones), row.name_key.in_(names))


def _same_employer(row: Any, employers: Sequence[CaseParty]) -> ColumnElement[bool]:
    codes = {employer.credit_code for employer in employers} - {None}
    return or_(row.credit_code.in_(codes), row.name_key.in_({employer.name_key for employer in employers}))


def _masked(case: MediationCase, person: CaseParty, unit: CaseParty, ours: Sequence[CaseParty], key: str) -> Duplicate:
    if person.id_number_index and person.id_number_index in {p.id_number_index for p in ours}:
        by = f"公民身份号码 {mask_id(person.id_number)}"
    elif person.phone_index and person.phone_index in {p.phone_index for p in ours}:
        by = f"电话 {mask_phone(person.phone)}"
    else:
        by = "姓名和单位"
    return Duplicate(
        case.id,
        case.number or "",
        case.state,
        case.received_on,
        mask_name(person.name),
        unit.name,
        by,
        case.organisation_id,
        key,
    )


def undecided(session: Session, case: MediationCase, parties: Sequence[CaseParty]) -> list[Duplicate]:
    """The likely repetitions nobody has decided about yet: another case, or a known one found through other people."""
    found = duplicates(session, case.id, parties)
    if not found:
        return []
    tied = _tied(session, case.id)
    return [other for other in found if other.key not in case.duplicates_seen and other.case_id not in tied]


def _tied(session: Session, case_id: uuid.UUID) -> set[uuid.UUID]:
    rows = session.execute(select(Link.from_id, Link.to_id).where(Link.of(case_id)))
    return {identity for row in rows for identity in row} - {case_id}


def conflict_hits(
    session: Session, case_id: uuid.UUID, people: Iterable[tuple[uuid.UUID, str]], day: date
) -> list[Hit]:
    """Every tie between the given staff (id, part) and the parties of a case that not all of them have waived."""
    part_of: dict[uuid.UUID, str] = {}
    for staff_id, part in people:
        part_of.setdefault(staff_id, part)
    if not part_of:
        return []
    found = dict.fromkeys(
        [
            *((staff_id, how, text) for staff_id, _, how, text in tied(session, case_id, day, part_of)),
            *_declared(session, case_id, part_of, day),
        ]
    )
    if not found:
        return []
    names = dict(session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(part_of))).all())
    return [Hit(staff_id, names.get(staff_id, ""), part_of[staff_id], how, text) for staff_id, how, text in found]


Tie = tuple[uuid.UUID, uuid.UUID, str, str]


def tied(session: Session, case_id: uuid.UUID, day: date, staff: Iterable[uuid.UUID] | None = None) -> list[Tie]:
    """(staff id, party id, how, in words) of the ties to the parties of a case; of everybody where ``staff`` is None."""
    wanted = None if staff is None else list(staff)
    found = ties(lambda column: true() if wanted is None else column.in_(wanted), day)
    rows = session.execute(union_all(*(tie.where(CaseParty.case_id == case_id) for tie in found)))
    return [(staff_id, party_id, how, IN_WORDS[how].format(word)) for staff_id, party_id, how, word in rows]


def _declared(
    session: Session, case_id: uuid.UUID, staff: Iterable[uuid.UUID], day: date
) -> list[tuple[uuid.UUID, str, str]]:
    return [(row.staff_id, "declared", row.reason) for row in declared_conflicts(session, case_id, staff, day)]


def declared_conflicts(
    session: Session, case_id: uuid.UUID, staff: Iterable[uuid.UUID], day: date
) -> Sequence[ConflictOfInterest]:
    rows = select(ConflictOfInterest).where(
        ConflictOfInterest.root_id == case_id,
        ConflictOfInterest.staff_id.in_(list(staff)),
        ConflictOfInterest.declared_on <= day,
        or_(ConflictOfInterest.waived_on.is_(None), ConflictOfInterest.waived_on > day),
    )
    return session.scalars(rows).all()
