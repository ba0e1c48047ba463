"""What administrators do and who logs in: an append-only, hash-chained log beside the journals of the cases."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from workflows.actor import Actor
from workflows.counters import take_serial
from workflows.journal import canonical
from workflows.tables import Base

SERIES = "audit"
SECURITY, ADMINISTRATION, EXPORT = "security", "administration", "export"
FAMILIES = {SECURITY: "安全", ADMINISTRATION: "管理", EXPORT: "导出"}
CHAINED = ("seq", "at", "family", "what", "actor_id", "actor_name", "about", "text", "previous")


class AuditEntry(Base):
    """One act of administration, one log-in or one export; triggers forbid UPDATE and DELETE."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_family_seq", "family", "seq"),
        Index("ix_audit_log_about_seq", "about", "seq"),
        {"info": {"append_only": True}},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    family: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(60))
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(String(100))
    about: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(String(600), default="")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def note(
    session: Session,
    what: str,
    text: str = "",
    *,
    by: Actor | None,
    at: datetime,
    about: Any = "",
    family: str = ADMINISTRATION,
) -> AuditEntry:
    """Write one entry in the transaction of the act itself; ``what`` is the act in Chinese, no personal data in ``text``."""
    seq = take_serial(session, SERIES)
    previous = session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq - 1)) or ""
    entry = AuditEntry(
        seq=seq,
        at=at,
        family=family,
        what=what,
        actor_id=by.id if by else None,
        actor_name=by.name if by else "系统",
        about=str(about),
        text=text[:600],
        previous=previous,
        hash="",
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def verify(session: Session) -> Iterator[int]:
    """The serials of entries that were altered, or that do not follow the one before."""
    previous, expected = "", 1
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)):
        if entry.seq != expected or entry.previous != previous or entry.hash != _hash(entry):
            yield entry.seq
        previous, expected = entry.hash, entry.seq + 1


def about(session: Session, what: Any, limit: int = 50) -> list[AuditEntry]:
    """The newest entries that concern one thing."""
    query = select(AuditEntry).where(AuditEntry.about == str(what)).order_by(AuditEntry.seq.desc())
    return list(session.scalars(query.limit(limit)))


def _hash(entry: AuditEntry) -> str:
    chained = {name: getattr(entry, name) for name in CHAINED} | {"at": entry.at.astimezone(UTC)}
    return hashlib.sha256(canonical(chained)).hexdigest()
