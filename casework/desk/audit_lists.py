"""What the audit administrator looks through: the append-only log, who opened which case, who saw a value in full."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.tables import Reading
from union.audit import AuditEntry
from union.people import Staff
from workflows.module import registry
from workflows.tables import SHANGHAI, JournalEntry, Subject

USUAL_DAYS = 30
VIEWS: Mapping[str, str] = {
    "security": "安全",
    "administration": "管理",
    "export": "导出",
    "reads": "查看案件",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: part of a case number, part of a name, from which day until which."""

    number: str
    who: str
    first: date
    last: date
    month: str = ""

    @property
    def words(self) -> str:
        said = (self.number and f"案号含“{self.number}”", self.who and f"姓名含“{self.who}”")
        return "，".join(filter(None, (f"{self.first.isoformat()} 至 {self.last.isoformat()}", *said)))


def read(given: Mapping[str, str], today: date) -> Asked:
    """A whole month where one is named, else from a day on; nonsense is the last thirty days."""
    number, who = given.get("number", "").strip()[:60], given.get("who", "").strip()[:50]
    month = given.get("month", "")
    if (begin := day(f"{month}-01")) is not None:
        return Asked(number, who, begin, (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1), month)
    return Asked(number, who, day(given.get("since", "")) or today - timedelta(days=USUAL_DAYS), today)


def opened(session: Session, asked: Asked, limit: int) -> list[Any]:
    """(reading, name, number), the latest first."""
    table = Subject.__table__
    query = (
        select(Reading, Staff.name, table.c.number)
        .join(Staff, Staff.id == Reading.staff_id)
        .join(table, table.c.id == Reading.root_id)
        .where(Reading.day.between(asked.first, asked.last))
    )
    if asked.number:
        query = query.where(table.c.number.contains(asked.number, autoescape=True))
    if asked.who:
        query = query.where(Staff.name.contains(asked.who, autoescape=True))
    return list(session.execute(query.order_by(Reading.last_at.desc()).limit(limit)))


def revealed(session: Session, asked: Asked, limit: int) -> list[Any]:
    """(entry, name, number) of every value shown in full, the latest first."""
    table = Subject.__table__
    query = (
        select(JournalEntry, table.c.number)
        .join(table, table.c.id == JournalEntry.root_id)
        .where(JournalEntry.trigger == "revealed", JournalEntry.occurred_on.between(asked.first, asked.last))
    )
    if asked.number:
        query = query.where(table.c.number.contains(asked.number, autoescape=True))
    if asked.who:
        people = select(Staff.id).where(Staff.name.contains(asked.who, autoescape=True))
        query = query.where(JournalEntry.actor_id.in_(people))
    found = session.execute(query.order_by(JournalEntry.recorded_at.desc()).limit(limit))
    return [(entry, registry.name_of(session, entry.actor_id), number) for entry, number in found]


def entries(
    session: Session, family: str, who: str, since: date | None, before: int, limit: int
) -> tuple[list[AuditEntry], int]:
    """The latest first, and the number after which the next page goes on."""
    wanted = select(AuditEntry).where(AuditEntry.family == family)
    if who:
        wanted = wanted.where(
            AuditEntry.actor_name.contains(who, autoescape=True) | AuditEntry.text.contains(who, autoescape=True)
        )
    if since:
        wanted = wanted.where(AuditEntry.at >= datetime.combine(since, time.min, SHANGHAI))
    if 0 < before < 2**31:
        wanted = wanted.where(AuditEntry.seq < before)
    rows = list(session.scalars(wanted.order_by(AuditEntry.seq.desc()).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].seq if len(rows) > limit else 0


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
