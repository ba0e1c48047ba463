"""Who opened which case: written in a short transaction of its own, because reading changes nothing else."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from casework.desk.tables import Reading
from union.people import Staff
from workflows.actor import Actor
from workflows.tables import legal_date

AGAIN_AFTER = timedelta(minutes=10)


def saw(
    writing: sessionmaker[Session], root_id: uuid.UUID, actor: Actor, at: datetime, looked_at: datetime | None = None
) -> None:
    """Note that the actor opened the case or a file of it; within ten minutes of the look before it counts as the same."""
    if actor.id is None or (looked_at is not None and at - looked_at < AGAIN_AFTER):
        return
    key = {"root_id": root_id, "staff_id": actor.id, "day": legal_date(at)}
    with writing.begin() as session:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        looked = dialect.insert(Reading).values(**key, first_at=at, last_at=at, times=1)
        again = {"last_at": at, "times": Reading.times + 1}
        later = Reading.last_at <= at - AGAIN_AFTER
        session.execute(looked.on_conflict_do_update(index_elements=list(key), set_=again, where=later))


def readers(session: Session, root_id: uuid.UUID, limit: int = 200) -> list[tuple[Reading, str]]:
    query = (
        select(Reading, Staff.name)
        .join(Staff, Staff.id == Reading.staff_id)
        .where(Reading.root_id == root_id)
        .order_by(Reading.last_at.desc())
        .limit(limit)
    )
    return [(row, name) for row, name in session.execute(query)]
