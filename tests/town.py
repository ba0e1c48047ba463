"""What every district of the tests is built of: a place in the tree, and somebody with roles at one place or several."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from union.access import grant
from union.organisations import Organisation
from union.people import RosterEntry, Staff
from union.roles import MEDIATOR
from workflows.definition import Role

SINCE = date(2015, 1, 1)


def place(
    session: Session,
    name: str,
    level: str,
    parent: Organisation | None = None,
    basis: str | None = None,
    kind: str = "",
    **more: Any,
) -> Organisation:
    """An organisation; with a legal basis it mediates."""
    built = Organisation(
        parent=parent, name=name, level=level, kind=kind or ("centre" if basis else "federation"), **more
    )
    built.legal_basis = basis
    session.add(built)
    session.flush()
    return built


def member(session: Session, name: str, account: str, roles: Iterable[Role], places: Sequence[Organisation]) -> UUID:
    """Who works at the first place and holds the roles at all of them; a mediator is on the roster."""
    staff = Staff(name=name, account=account, organisation_id=places[0].id)
    session.add(staff)
    session.flush()
    for role in roles:
        for at in places:
            grant(session, staff.id, role, at.id, SINCE)
    if MEDIATOR in roles:
        session.add(RosterEntry(staff_id=staff.id, number=f"京调{account}"[:20], valid_from=SINCE))
    return staff.id
