"""What participants said of the service once their case was over, by organisation: never of which case, never who."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from casework.desk.tables import Rating
from union.access import allowed_at
from union.organisations import Organisation
from workflows.actor import Actor

SATISFIED = 3  # of RATINGS


@dataclass(frozen=True, slots=True)
class OfPlace:
    """How many rated one organisation, and how many of a hundred said 满意 to each question."""

    organisation: str
    count: int
    shares: Sequence[str]


def by_place(session: Session, actor: Actor) -> list[OfPlace]:
    """Counted for each organisation the actor may count."""
    asked = (Rating.clear, Rating.manner, Rating.outcome)
    satisfied = [func.sum(case((answer == SATISFIED, 1), else_=0)) for answer in asked]
    query = (
        select(Organisation.name, Organisation.path, func.count(), *satisfied)
        .join(Rating, Rating.organisation_id == Organisation.id)
        .group_by(Organisation.id, Organisation.name, Organisation.path)
        .order_by(Organisation.name, Organisation.id)
    )
    return [
        OfPlace(name, count, [f"{yes * 100 / count:.1f}%" for yes in said])
        for name, path, count, *said in session.execute(query)
        if allowed_at(actor, "figures.view", path)
    ]


def words(session: Session, actor: Actor, limit: int) -> list[tuple[Rating, str]]:
    """What was written, the latest first, with the organisation."""
    rated = select(Organisation.id, Organisation.path).where(Organisation.id.in_(select(Rating.organisation_id)))
    allowed = [id for id, path in session.execute(rated) if allowed_at(actor, "figures.view", path)]
    query = (
        select(Rating, Organisation.name)
        .join(Organisation, Organisation.id == Rating.organisation_id)
        .where(Rating.text != "", Organisation.id.in_(allowed))
        .order_by(Rating.at.desc(), Rating.id.desc())
        .limit(limit)
    )
    return [(rating, name) for rating, name in session.execute(query)]
