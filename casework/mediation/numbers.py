"""登记号 at receipt and 案号 at acceptance: one gapless series per organisation and year (law.md §2.2, 9-15, 9-17)."""

import uuid
from datetime import date

from sqlalchemy.orm import Session

from documents import numbering

REGISTRATION = "调登"
CASE = "调"


def registration_number(session: Session, organisation_id: uuid.UUID | None, day: date) -> str:
    return numbering.take(session, REGISTRATION, organisation_id, day).text


def case_number(session: Session, organisation_id: uuid.UUID | None, day: date) -> str:
    return numbering.take(session, CASE, organisation_id, day).text
