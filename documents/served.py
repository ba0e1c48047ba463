"""送达 of the records of a matter: to whom each is to go, and whom it has reached."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from documents.tables import Record, Service
from workflows.tables import Subject

Reached = list[tuple[str, date | None]]


def to_whom(session: Session, records: Iterable[Subject]) -> list[tuple[Subject, Reached]]:
    """Each record with its addressees by name and the day it reached them, None where it has not; two statements."""
    rows = list(records)
    ids = [row.id for row in rows]
    if not ids:
        return []
    table = Record.__table__
    addressees = dict(session.execute(select(table.c.id, table.c.addressees).where(table.c.id.in_(ids))).all())
    served = (
        select(Service.record_id, Service.addressee, func.max(Service.served_on))
        .where(Service.record_id.in_(ids))
        .group_by(Service.record_id, Service.addressee)
    )
    days = {(record_id, addressee): on for record_id, addressee, on in session.execute(served)}
    return [(row, [(a["name"], days.get((row.id, a["key"]))) for a in addressees.get(row.id) or ()]) for row in rows]
