"""Where records wait for the seal, and the register of its uses (用印登记); only what the asking person may see."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from casework.desk.cursor import Cursor
from documents.tables import Record, SealApproval, SealUse
from union.access import visible
from workflows.actor import Actor
from workflows.tables import Subject

PAGE = 50
LONGEST = 80  # characters of the words looked for
APPROVE, SEAL = "awaiting_approval", "awaiting_seal"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits for approval or for the seal."""

    id: uuid.UUID
    title: str
    number: str
    case: str
    organisation: str
    issued_on: date | None
    copies: int | None  # as approved
    purpose: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Use:
    """One line of the register."""

    id: uuid.UUID
    record_id: uuid.UUID
    serial: str
    on: date
    record: str
    seal: str
    purpose: str
    copies: int
    approver: str
    keeper: str
    organisation: str


COLUMNS = ("用印编号", "日期", "文书", "印章", "用途", "份数", "批准人", "用印人", "单位")


def waiting(session: Session, actor: Actor, at: datetime, state: str) -> list[Waiting]:
    """The longest waiting first."""
    root = aliased(Subject.__table__, name="roots")
    query = (
        select(Record, root.c.number, SealApproval)
        .join(root, root.c.id == Record.root_id)
        .outerjoin(
            SealApproval,
            (SealApproval.record_id == Record.id) & (SealApproval.data_sha256 == Record.data_sha256),
        )
        .where(Record.state == state, visible(session, actor, at=at, action="case.act"))
        .order_by(Record.issued_on, Record.id)
        .limit(PAGE)
    )
    return [_waiting(*row) for row in session.execute(query)]


def register(
    session: Session, actor: Actor, at: datetime, words: str = "", after: Cursor | None = None, limit: int = PAGE
) -> tuple[list[Use], Cursor | None]:
    """The newest uses first; ``words`` are a part of the number, the name of the record, or of a person."""
    query = (
        select(SealUse, Record.title, Record.number, Record.organisation_name)
        .join(Record, Record.id == SealUse.record_id)
        .where(visible(session, actor, at=at, action="seal.register"))
        .order_by(SealUse.sealed_on.desc(), SealUse.id.desc())
        .limit(limit + 1)
    )
    if words.strip():
        part = words.strip()[:LONGEST]
        columns = (Record.number, Record.title, SealUse.approved_by_name, SealUse.sealed_by_name)
        named = [column.contains(part, autoescape=True) for column in columns]
        query = query.where(named[0] | named[1] | named[2] | named[3])
    if after is not None:
        same = (SealUse.sealed_on == after.day) & (SealUse.id < after.id)
        query = query.where((SealUse.sealed_on < after.day) | same)
    found: Sequence = session.execute(query).all()
    uses = [_use(*row) for row in found[:limit]]
    more = Cursor(found[limit - 1][0].sealed_on, found[limit - 1][0].id) if len(found) > limit else None
    return uses, more


def _waiting(record: Record, case: str | None, approval: SealApproval | None) -> Waiting:
    return Waiting(
        id=record.id,
        title=record.title,
        number=record.number or "",
        case=case or "未编号",
        organisation=record.organisation_name,
        issued_on=record.issued_on,
        copies=approval.copies if approval else None,
        purpose=approval.purpose if approval else "",
        approved_by=approval.approved_by_name if approval else "",
    )


def _use(use: SealUse, title: str, number: str | None, organisation: str) -> Use:
    return Use(
        id=use.id,
        record_id=use.record_id,
        serial=f"〔{use.sealed_on.year}〕{use.serial}号",
        on=use.sealed_on,
        record=f"{title}（{number}）" if number else title,
        seal=use.seal,
        purpose=use.purpose,
        copies=use.copies,
        approver=use.approved_by_name,
        keeper=use.sealed_by_name,
        organisation=organisation,
    )
