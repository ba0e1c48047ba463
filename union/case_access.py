"""Leave to read one case, given to one colleague from one day to another; and who may read a case at all, and why."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Row, String, and_, exists, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from union.access import (
    EVERYWHERE,
    ConflictOfInterest,
    PolicyRow,
    add_policy,
    add_relation,
    policy,
    relation_condition,
    rows,
)
from union.dated import Dated
from union.organisations import Organisation
from union.people import RoleGrant, Staff
from union.roles import ROLE_BY_ID, STAFF
from workflows.actor import Actor
from workflows.tables import Base, Subject, new_id

READING = ("case.view", "record.view", "evidence.view")


class CaseAccess(Base, Dated):
    """A colleague may read this case from one day through another, by leave of a head."""

    __tablename__ = "case_access"
    __table_args__ = (Index("ix_case_access_staff_id_valid_to", "staff_id", "valid_to"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    granted_by: Mapped[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Way:
    """One reason why somebody may: the role it is by, where it is held, and how the person stands to the case."""

    role: str
    place: str
    relation: str
    position: str


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who may, with every reason why."""

    staff_id: uuid.UUID
    name: str
    ways: tuple[Way, ...]


def granted(actor: Actor, day: date) -> ColumnElement[bool]:
    """The case was opened to the actor by leave of a head."""
    given = select(CaseAccess.root_id).where(CaseAccess.staff_id == actor.id, CaseAccess.in_force(day))
    return Subject.root_id.in_(given)


def grants_of(session: Session, root_id: uuid.UUID, day: date) -> list[tuple[CaseAccess, str]]:
    """The leaves that hold on the day or later, with the name of who has them."""
    query = (
        select(CaseAccess, Staff.name)
        .join(Staff, Staff.id == CaseAccess.staff_id)
        .where(CaseAccess.root_id == root_id, or_(CaseAccess.valid_to.is_(None), CaseAccess.valid_to >= day))
        .order_by(CaseAccess.valid_to, CaseAccess.id)
    )
    return [(given, name) for given, name in session.execute(query)]


def who_may(session: Session, root: Subject, action: str, day: date) -> list[Seer]:
    """Everybody who may do this with the case, by name; the same rows that answer ``can``, asked of all at once."""
    asked = [row for row in policy() if row.covers(action) and row.kind in ("*", root.kind) and row.role in ROLE_BY_ID]
    path = session.scalar(select(Organisation.path).where(Organisation.id == root.organisation_id)) or ""
    found: dict[tuple[str, uuid.UUID, str], list[tuple[PolicyRow, str]]] = {}
    for by_grant in (True, False):
        rows_asked = [row for row in asked if (row.role != STAFF.id) is by_grant]
        for person, row in _held(session, root, rows_asked, path, day, by_grant):
            key = (person.name_pinyin or person.name, person.id, person.name)
            found.setdefault(key, []).append((row, person.short_name or person.place))
    return [
        Seer(staff_id, name, tuple(_way(row, place) for row, place in held))
        for (_, staff_id, name), held in sorted(found.items(), key=lambda item: str(item[0]))
        if all(row.effect == "allow" for row, _ in held)
    ]


def _held(
    session: Session, root: Subject, asked: list[PolicyRow], path: str, day: date, by_grant: bool
) -> Iterator[tuple[Row[Any], PolicyRow]]:
    """(person, row) for every row that holds for a person: by a role granted somewhere, or as staff of an organisation."""
    if not asked:
        return
    anybody = Actor(Staff.id, "", person_id=Staff.person_id)  # type: ignore[arg-type]
    holds = [_holds(row, anybody, root, path, day, by_grant) for row in asked]
    people = select(
        Staff.id,
        Staff.name,
        Staff.name_pinyin,
        Organisation.short_name,
        Organisation.name.label("place"),
        *(held.label(f"row{number}") for number, held in enumerate(holds)),
    ).select_from(Staff)
    if by_grant:
        people = people.join(RoleGrant, and_(RoleGrant.staff_id == Staff.id, RoleGrant.in_force(day)))
        people = people.join(Organisation, Organisation.id == RoleGrant.organisation_id)
    else:
        people = people.join(Organisation, Organisation.id == Staff.organisation_id)
    people = people.join(Subject, Subject.id == root.id).where(Staff.active, or_(*holds), ~_keeps_out(day))
    for person in session.execute(people):
        for number, row in enumerate(asked):
            if getattr(person, f"row{number}"):
                yield person, row


def _holds(row: PolicyRow, anybody: Actor, root: Subject, path: str, day: date, by_grant: bool) -> ColumnElement[bool]:
    role = RoleGrant.role == row.role if by_grant else true()
    return and_(role, _stands(row.position, root, path), relation_condition(anybody, row.relation, day))


def _stands(position: str, root: Subject, path: str) -> ColumnElement[bool]:
    """How the organisation of the role lies to that of the case: seen from the role, as the policy says it."""
    above = [uuid.UUID(part) for part in path.split("/")[:-1]]
    if position == "own":
        return Organisation.id == root.organisation_id
    if position == "below":
        return Organisation.id.in_(above)
    if position == "above":
        return Organisation.path.startswith(f"{path}/")
    if position == "beside":
        return and_(Organisation.parent_id == (above[-1] if above else None), Organisation.id != root.organisation_id)
    return true()


def _keeps_out(day: date) -> ColumnElement[bool]:
    running = or_(ConflictOfInterest.waived_on.is_(None), ConflictOfInterest.waived_on > day)
    return exists().where(
        ConflictOfInterest.root_id == Subject.id,
        ConflictOfInterest.staff_id == Staff.id,
        ConflictOfInterest.declared_on <= day,
        running,
    )


def _way(row: PolicyRow, place: str) -> Way:
    return Way(ROLE_BY_ID[row.role].label, place, row.relation, row.position)


add_relation("granted", granted)
add_policy(*rows(STAFF, *READING, relations=("granted",), positions=EVERYWHERE))
