"""Gapless numbers: one series per type, year and organisation (law.md §2.2).

A number is taken in the transaction that finalises the record, so a rollback gives it back; it is never used twice,
and a voided record keeps its own.
"""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from union.organisations import Organisation
from workflows.tables import Counter, Setting

TEMPLATE_SETTING = "documents.number_template"
TEMPLATE = "京朝工{organisation}{type}字〔{year}〕第{serial:04d}号"
PART_TEMPLATE = "{case}之{serial}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was taken, with its place in its series."""

    text: str
    series: str
    serial: int


def take(session: Session, type_code: str, organisation_id: uuid.UUID | None, day: date) -> Number:
    """The next number of that type in the year of ``day``, the legal date in Asia/Shanghai."""
    series = f"{type_code}:{day.year}:{organisation_id}"
    serial = take_serial(session, series)
    code = session.scalar(select(Organisation.code).where(Organisation.id == organisation_id)) or ""
    text = _template(session, day).format(organisation=code, type=type_code, year=day.year, serial=serial)
    return Number(text, series, serial)


def take_part(session: Session, case_id: uuid.UUID, case_number: str) -> Number:
    """The number of a record whose type has no series of its own: the case's number and a serial."""
    series = f"part:{case_id}"
    serial = take_serial(session, series)
    return Number(PART_TEMPLATE.format(case=case_number, serial=serial), series, serial)


def take_serial(session: Session, series: str) -> int:
    """Move the series on by one; another transaction that wants it waits for this one to end."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Counter.__table__).values(series=series, last=1)
    moved = first.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.__table__.c.last + 1})
    return int(session.execute(moved.returning(Counter.__table__.c.last)).scalar_one())


def _template(session: Session, day: date) -> str:
    """The house's template in force on that day (9-15)."""
    value = session.scalar(
        select(Setting.value)
        .where(Setting.key == TEMPLATE_SETTING, Setting.valid_from <= day)
        .order_by(Setting.valid_from.desc(), Setting.entered_at.desc())
        .limit(1)
    )
    return str(value["value"]) if value and value.get("value") else TEMPLATE
