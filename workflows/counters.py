"""Gapless serials: the counter moves in the transaction of the row that bears the number."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows.tables import Counter


def take_serial(session: Session, series: str) -> int:
    """Move the series on by one; another transaction that wants it waits for this one to end."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Counter.__table__).values(series=series, last=1)
    moved = first.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.__table__.c.last + 1})
    return int(session.execute(moved.returning(Counter.__table__.c.last)).scalar_one())
