"""Who was given what by 取下一件: for some minutes nobody else is, unless the case is given to somebody meanwhile."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, literal, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from casework.desk.tables import Offer
from union.house_rules import HouseRule
from workflows.actor import Actor
from workflows.settings import value_on
from workflows.tables import SUBJECTS, Subject, legal_date

KEPT = timedelta(days=1)
MINUTES = HouseRule("desk.offer_minutes", "取下一件给了一人后，多少分钟内不再给别人", 15, "9-17", "分钟")


def since(session: Session, at: datetime) -> datetime:
    """What was offered after this moment is still somebody's to take up."""
    return at - timedelta(minutes=value_on(session, legal_date(at), MINUTES))


def nobody_else_has(actor: Actor, after: datetime) -> ColumnElement[bool]:
    """Not offered to another; an offer ends when the subject moves on from the state it was offered in."""
    others = select(Offer.subject_id, Offer.state).where(Offer.staff_id != actor.id, Offer.at > after)
    return tuple_(Subject.id, Subject.state).not_in(others)


def make(writing: sessionmaker[Session], subject_id: uuid.UUID, actor: Actor, at: datetime, after: datetime) -> bool:
    """Offer it to the actor unless somebody else was quicker: of two at once the database lets one through.

    Written in a transaction of its own, as looks are: the page itself only reads.
    """
    with writing.begin() as session:
        return session.execute(_offered(session, subject_id, actor, at, after)).first() is not None


def _offered(session: Session, subject_id: uuid.UUID, actor: Actor, at: datetime, after: datetime) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    subject = select(SUBJECTS.c.id, literal(actor.id), literal(at, Offer.at.type), SUBJECTS.c.state)
    offer = dialect.insert(Offer).from_select(
        ["subject_id", "staff_id", "at", "state"], subject.where(SUBJECTS.c.id == subject_id)
    )
    free = or_(Offer.staff_id == actor.id, Offer.at <= after, Offer.state != offer.excluded.state)
    taken = {name: offer.excluded[name] for name in ("staff_id", "at", "state")}
    return offer.on_conflict_do_update(index_elements=["subject_id"], set_=taken, where=free).returning(
        Offer.subject_id
    )


def give_up(session: Session, subject_id: uuid.UUID, actor: Actor) -> None:
    session.execute(delete(Offer).where(Offer.subject_id == subject_id, Offer.staff_id == actor.id))


def end(session: Session, root_id: uuid.UUID) -> None:
    """Nothing of this case is with anybody any more: it was given to somebody, offered or not."""
    of_case = select(SUBJECTS.c.id).where(SUBJECTS.c.root_id == root_id)
    session.execute(delete(Offer).where(Offer.subject_id.in_(of_case)))


def sweep(session: Session, at: datetime) -> None:
    session.execute(delete(Offer).where(Offer.at < at - KEPT))
