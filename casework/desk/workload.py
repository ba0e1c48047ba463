"""How the work is spread: for each colleague and each office, what is open, late and done."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, not_, select
from sqlalchemy.orm import Session, aliased

from casework.desk.assignment import handles
from casework.desk.figures import Scope
from casework.desk.queue import late_afterwards
from casework.desk.sittings import CALLED_OFF
from casework.desk.tables import HANDLER_PART, Assignment, Sitting
from union.access import visible
from union.organisations import Organisation
from union.people import Deputy, Leave, RoleGrant, Staff
from workflows.actor import Actor
from workflows.module import registry
from workflows.tables import SHANGHAI, SUBJECTS, legal_date

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Share:
    """What one colleague or one office carries."""

    id: uuid.UUID
    name: str
    place: str
    open: int = 0
    late: int = 0
    soon: int = 0
    late_afterwards: int = 0  # in what follows a closed case
    closed: int = 0
    sittings: int = 0
    leave: Leave | None = None
    deputy: str = ""  # whoever may stand in, those away themselves marked so
    uncovered: bool = False  # on leave, with nobody to stand in
    gone: bool = False  # no longer in office, or in no role that handles cases


def by_colleague(session: Session, actor: Actor, at: datetime, scope: Scope) -> list[Share]:
    """Who may be given cases at the offices in scope, and whoever else holds a case there; the most burdened first."""
    today = legal_date(at)
    held = _held(session, actor, at, scope)
    done, sat = _closed(session, actor, at, scope), _sittings(session, actor, at, scope)
    behind = _late_afterwards(session, actor, at, scope, by=Assignment.staff_id)
    away, deputies, working = _leaves(session, today), _deputies(session, today), _working(session, today)
    shares = [
        Share(
            staff.id,
            staff.name,
            place,
            *held.get(staff.id, (0, 0, 0)),
            late_afterwards=behind.get(staff.id, 0),
            closed=done.get(staff.id, 0),
            sittings=sat.get(staff.id, 0),
            leave=away.get(staff.id),
            deputy="、".join(_named(deputy, away) for deputy in deputies[staff.id]),
            gone=staff.id not in working,
            uncovered=staff.id in away and all(deputy.id in away for deputy in deputies[staff.id]),
        )
        for staff, place in _colleagues(session, scope, today, {*held, *done, *sat, *behind})
    ]
    return sorted(shares, key=lambda share: (-share.open, -share.late, share.name))


def by_office(session: Session, actor: Actor, at: datetime, scope: Scope) -> list[Share]:
    """The offices in scope that have or had cases; the most overdue first."""
    today = legal_date(at)
    office = aliased(Organisation)
    query = (
        select(
            office.id,
            office.name,
            *_open_late_soon(today),
            func.count(case((SUBJECTS.c.closed_on.between(*scope.period), 1))).label("closed"),
        )
        .join(SUBJECTS, SUBJECTS.c.organisation_id == office.id)
        .where(*_mine(session, actor, at, scope))
        .group_by(office.id, office.name)
    )
    behind = _late_afterwards(session, actor, at, scope, by=SUBJECTS.c.organisation_id)
    shares = [
        Share(row.id, row.name, "", row.open, row.late, row.soon, behind.get(row.id, 0), row.closed)
        for row in session.execute(query)
    ]
    return sorted(shares, key=lambda share: (-share.late, -share.open, share.name))


def _open_late_soon(today: date) -> tuple[ColumnElement[Any], ...]:
    """Counted over root subjects; ``due_on`` is the next legal date of an open one."""
    is_open = SUBJECTS.c.closed_on.is_(None)
    due = SUBJECTS.c.due_on
    return (
        func.count(case((is_open, 1))).label("open"),
        func.count(case((is_open & (due < today), 1))).label("late"),
        func.count(case((is_open & due.between(today, today + SOON), 1))).label("soon"),
    )


def _held(session: Session, actor: Actor, at: datetime, scope: Scope) -> Mapping[uuid.UUID, tuple[int, int, int]]:
    today = legal_date(at)
    query = (
        select(Assignment.staff_id, *_open_late_soon(today))
        .join(SUBJECTS, SUBJECTS.c.id == Assignment.root_id)
        .where(Assignment.in_force(today), Assignment.part == HANDLER_PART, *_mine(session, actor, at, scope))
        .group_by(Assignment.staff_id)
    )
    return {row.staff_id: (row.open, row.late, row.soon) for row in session.execute(query)}


def _late_afterwards(
    session: Session, actor: Actor, at: datetime, scope: Scope, *, by: ColumnElement[uuid.UUID] | Any
) -> dict[uuid.UUID, int]:
    """Counted by whoever is responsible for the closed case, or by its office."""
    today = legal_date(at)
    of_these = (
        late_afterwards(today),
        SUBJECTS.c.organisation_id.in_(scope.organisations),
        visible(session, actor, at=at, action="case.list"),
    )
    query = select(by, func.count()).select_from(SUBJECTS).where(*of_these).group_by(by)
    if by is Assignment.staff_id:
        responsible = (Assignment.root_id == SUBJECTS.c.root_id) & (Assignment.part == HANDLER_PART)
        query = query.join(Assignment, responsible & Assignment.in_force(today))
    return dict(session.execute(query).all())


def _closed(session: Session, actor: Actor, at: datetime, scope: Scope) -> dict[uuid.UUID, int]:
    """By whoever held the case on its closing date."""
    then = (Assignment.valid_from <= SUBJECTS.c.closed_on) & (
        Assignment.valid_to.is_(None) | (Assignment.valid_to >= SUBJECTS.c.closed_on)
    )
    query = (
        select(Assignment.staff_id, func.count())
        .join(SUBJECTS, SUBJECTS.c.id == Assignment.root_id)
        .where(
            then,
            Assignment.part == HANDLER_PART,
            SUBJECTS.c.closed_on.between(*scope.period),
            *_mine(session, actor, at, scope),
        )
        .group_by(Assignment.staff_id)
    )
    return dict(session.execute(query).all())


def _sittings(session: Session, actor: Actor, at: datetime, scope: Scope) -> dict[uuid.UUID, int]:
    first = datetime.combine(scope.first, time.min, SHANGHAI)
    last = datetime.combine(scope.last + timedelta(days=1), time.min, SHANGHAI)
    query = (
        select(Sitting.host_id, func.count())
        .join(SUBJECTS, SUBJECTS.c.id == Sitting.subject_id)
        .where(Sitting.starts_at >= first, Sitting.starts_at < last, Sitting.status.in_(("held", "adjourned")))
        .where(not_(CALLED_OFF))
        .where(Sitting.host_id.is_not(None), *_mine(session, actor, at, scope))
        .group_by(Sitting.host_id)
    )
    return {staff_id: number for staff_id, number in session.execute(query) if staff_id is not None}


def _mine(session: Session, actor: Actor, at: datetime, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return SUBJECTS.c.organisation_id.in_(scope.organisations), visible(
        session, actor, at=at, action="case.list", roots=True
    )


def _colleagues(session: Session, scope: Scope, today: date, busy: Iterable[uuid.UUID]) -> list[tuple[Staff, str]]:
    roles = [role.id for role in registry.words.handled_by]
    eligible = select(RoleGrant.staff_id).where(
        RoleGrant.role.in_(roles), RoleGrant.in_force(today), RoleGrant.organisation_id.in_(scope.organisations)
    )
    query = (
        select(Staff, Organisation.short_name, Organisation.name)
        .join(Organisation, Organisation.id == Staff.organisation_id)
        .where((Staff.active & Staff.id.in_(eligible)) | Staff.id.in_(list(busy)))
    )
    return [(staff, short or name) for staff, short, name in session.execute(query)]


def _working(session: Session, today: date) -> set[uuid.UUID]:
    return set(session.scalars(select(Staff.id).where(Staff.active, handles(registry.words, today))))


def _leaves(session: Session, today: date) -> dict[uuid.UUID, Leave]:
    return {leave.staff_id: leave for leave in session.scalars(select(Leave).where(Leave.in_force(today)))}


def _deputies(session: Session, today: date) -> Mapping[uuid.UUID, list[Staff]]:
    found: dict[uuid.UUID, list[Staff]] = defaultdict(list)
    query = select(Deputy.staff_id, Staff).join(Staff, Staff.id == Deputy.deputy_id)
    for staff_id, deputy in session.execute(
        query.where(Deputy.in_force(today), Staff.active).order_by(Staff.name_pinyin)
    ):
        found[staff_id].append(deputy)
    return found


def _named(deputy: Staff, away: Mapping[uuid.UUID, Leave]) -> str:
    return f"{deputy.name}（也在请假）" if deputy.id in away else deputy.name
