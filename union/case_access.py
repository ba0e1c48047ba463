"""Leave to read one case, given to one colleague from one day to another; and who may read a case at all, and why."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Row, String, exists, literal, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from union.access import (
    EVERYWHERE,
    PolicyRow,
    add_policy,
    add_relation,
    keeps_out,
    policy,
    relation_condition,
    rows,
)
from union.dated import Dated
from union.organisations import Organisation, position
from union.people import RoleGrant, Staff
from union.roles import ROLE_BY_ID, STAFF
from workflows.actor import Actor
from workflows.tables import Base, Subject, new_id

AT_ONCE = 200  # columns of one statement
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
    """Everybody who may do this with the case, by name; the same rows and relations that answer ``can``."""
    asked = [row for row in policy() if row.covers(action) and row.kind in ("*", root.kind) and row.role in ROLE_BY_ID]
    placed = _placed(session, root, asked, day)
    stands = _standing(session, root, {(person.id, row.relation) for person, row in placed}, day)
    found: dict[uuid.UUID, list[tuple[Row[*tuple[Any, ...]], PolicyRow]]] = {}
    for person, row in placed:
        if (person.id, row.relation) in stands:
            found.setdefault(person.id, []).append((person, row))
    return [
        Seer(staff_id, held[0][0].name, tuple(_way(row, person.short_name or person.place) for person, row in held))
        for staff_id, held in found.items()
        if all(row.effect == "allow" for _, row in held)
    ]


def _placed(
    session: Session, root: Subject, asked: list[PolicyRow], day: date
) -> list[tuple[Row[*tuple[Any, ...]], PolicyRow]]:
    """(person, row) for every row whose role somebody holds at an organisation that lies as the row says, by name."""
    path = session.scalar(select(Organisation.path).where(Organisation.id == root.organisation_id)) or ""
    by_role: dict[str, list[PolicyRow]] = {}
    for row in asked:
        by_role.setdefault(row.role, []).append(row)
    held = select(*_PERSON, RoleGrant.role.label("role"), Organisation.path).join_from(Staff, RoleGrant)
    held = held.join(Organisation, Organisation.id == RoleGrant.organisation_id).where(RoleGrant.in_force(day))
    employed = select(*_PERSON, literal(STAFF.id).label("role"), Organisation.path).join_from(Staff, Organisation)
    people = [held.where(RoleGrant.role.in_(by_role))] + ([employed] if STAFF.id in by_role else [])
    return [
        (person, row)
        for query in people
        for person in session.execute(query.where(Staff.active, ~_keeps_out(root, day)).order_by(Staff.name_pinyin))
        for row in by_role[person.role]
        if row.position in ("any", position(person.path, path))
    ]


_PERSON = (Staff.id, Staff.name, Organisation.short_name, Organisation.name.label("place"))


def _standing(
    session: Session, root: Subject, asked: set[tuple[uuid.UUID, str]], day: date
) -> set[tuple[uuid.UUID, str]]:
    """Which of these people stand to the case as named: the relations themselves, many to a statement."""
    stands = {(staff_id, relation) for staff_id, relation in asked if relation == "any"}
    open_ones = sorted(asked - stands, key=str)
    for batch in (open_ones[at : at + AT_ONCE] for at in range(0, len(open_ones), AT_ONCE)):
        columns = [
            relation_condition(Actor(staff_id, "", frozenset()), relation, day).label(f"c{number}")
            for number, (staff_id, relation) in enumerate(batch)
        ]
        answer = session.execute(select(*columns).select_from(Subject).where(Subject.id == root.id)).one()
        stands |= {pair for pair, holds in zip(batch, answer, strict=True) if holds}
    return stands


def _keeps_out(root: Subject, day: date) -> ColumnElement[bool]:
    return exists().where(Subject.id == root.id, keeps_out(Staff.id, day)).correlate(Staff)


def _way(row: PolicyRow, place: str) -> Way:
    return Way(ROLE_BY_ID[row.role].label, place, row.relation, row.position)


add_relation("granted", granted)
add_policy(*rows(STAFF, *READING, relations=("granted",), positions=EVERYWHERE))
