"""送达 of the records of a matter: to whom each is to go, and whom it has reached."""

import uuid
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from documents.tables import Record, Service
from workflows.tables import Subject

Reached = list[tuple[str, date | None]]


def to_whom(session: Session, records: Iterable[Subject]) -> list[tuple[Subject, Reached]]:
    """Each record with its addressees by name and the day it reached them, None where it has not; in sets."""
    rows = list(records)
    ids = [row.id for row in rows]
    if not ids:
        return []
    addressees = _addressees(session, rows)
    served = (
        select(Service.record_id, Service.addressee, func.max(Service.served_on))
        .where(Service.record_id.in_(ids))
        .group_by(Service.record_id, Service.addressee)
    )
    days = {(record_id, addressee): on for record_id, addressee, on in session.execute(served)}
    return [(row, [(a["name"], days.get((row.id, a["key"]))) for a in addressees.get(row.id) or ()]) for row in rows]


def _addressees(session: Session, rows: list[Subject]) -> dict[uuid.UUID, list[dict[str, str]]]:
    """Asked only of the records that were not wholly loaded before."""
    known = {row.id: row.addressees for row in rows if isinstance(row, Record) and "addressees" in row.__dict__}
    rest = [row.id for row in rows if row.id not in known]
    if not rest:
        return known
    table = Record.__table__
    return known | dict(session.execute(select(table.c.id, table.c.addressees).where(table.c.id.in_(rest))).all())
