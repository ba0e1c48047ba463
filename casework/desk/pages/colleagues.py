"""What the pages about colleagues share: finding one, where somebody can work, a reason."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from union.organisations import LEVELS, Organisation
from union.people import (
    Staff,
)
from workflows.errors import Unknown


def staff_of(session: Session, staff_id: UUID) -> Staff:
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise Unknown()
    return staff


class ReasonForm(msgspec.Struct, kw_only=True):
    reason: Annotated[str, Meta(title="理由", min_length=2, max_length=150)]


def places(session: Session, today: date) -> dict[str, str]:
    """Where somebody can work: the tree without the enterprises, each under its parent."""
    wanted = (
        select(Organisation)
        .where(Organisation.kind.not_in(("enterprise", "institution")), Organisation.in_force(today))
        .order_by(
            func.length(Organisation.path) - func.length(func.replace(Organisation.path, "/", "")),
            Organisation.name_pinyin,
        )
    )
    return {str(o.id): f"{LEVELS.get(o.level, '')} · {o.name}" for o in session.scalars(wanted.limit(1000))}
