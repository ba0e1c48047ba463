"""What somebody is typing, kept for the writer alone until it is sent or thirty days old."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from casework.desk.tables import Draft
from workflows.actor import Actor

KEPT = timedelta(days=30)


def draft(session: Session, actor: Actor, place: str) -> str:
    found = session.get(Draft, (actor.id, place)) if actor.id else None
    return found.text if found is not None else ""


def keep(session: Session, actor: Actor, place: str, text: str, at: datetime) -> None:
    assert actor.id is not None
    found = session.get(Draft, (actor.id, place))
    if found is None:
        session.add(Draft(writer_id=actor.id, place=place, text=text, at=at))
    else:
        found.text, found.at = text, at


def discard(session: Session, actor: Actor, place: str) -> None:
    session.execute(delete(Draft).where(Draft.writer_id == actor.id, Draft.place == place))


def sweep(session: Session, at: datetime) -> None:
    session.execute(delete(Draft).where(Draft.at < at - KEPT))
