"""Is this record genuine? By its code, for everybody, and by the file itself.

The public answer is number, type, date, organisation and status, and never a name of a party.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from documents.inspection import claims_of
from documents.record import record as life
from documents.tables import Record

MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})  # RFC 4648 base 32 has neither 0, 1 nor 8
INVALID = {"voided": "本文书已作废。", "superseded": "本文书已被其他文书替代。"}


class Verdict(StrEnum):
    """What is known of a file."""

    GENUINE = "genuine"
    ALTERED = "altered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PublicView:
    """What anybody may know of a record whose code they hold."""

    number: str
    title: str
    issued_on: date | None
    organisation: str
    status: str
    valid: bool
    note: str
    data_sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on a file, with the record it is or claims to be."""

    verdict: Verdict
    record: PublicView | None = None

    @property
    def sentence(self) -> str:
        if self.verdict is Verdict.UNKNOWN or self.record is None:
            return "未知：文书登记中没有这份文件，文件中也没有本单位的文书编号或者核验码。"
        name = f"{self.record.title}{f'（{self.record.number}）' if self.record.number else ''}"
        if self.verdict is Verdict.GENUINE:
            return f"真实：{name}与登记的文件逐字节一致，状态为“{self.record.status}”。{self.record.note}"
        return f"已改动：文件标有{name}的编号或者核验码，但内容与登记的文件不一致。"


def lookup(session: Session, code: str) -> PublicView | None:
    """The record with that verification code, spaces, hyphens and letter case aside; None when there is none."""
    plain = normalised(code)
    record = session.scalar(select(Record).where(Record.verify_code == plain)) if plain else None
    return public_view(record) if record is not None else None


def examine(session: Session, content: bytes) -> Answer:
    """Whether the file is one we made, one of ours that was changed, or nothing we know."""
    digest = hashlib.sha256(content).hexdigest()
    genuine = session.scalar(
        select(Record).where(or_(Record.pdf_sha256 == digest, Record.sealed_sha256 == digest)).limit(1)
    )
    if genuine is not None:
        return Answer(Verdict.GENUINE, public_view(genuine))
    claims = claims_of(content)
    claimed = session.scalar(
        select(Record)
        .where(or_(Record.verify_code.in_(claims.codes[:50]), Record.number.in_(claims.numbers[:50])))
        .order_by(Record.verify_code.in_(claims.codes[:50]).desc(), Record.id)
        .limit(1)
    )
    return Answer(Verdict.ALTERED, public_view(claimed)) if claimed is not None else Answer(Verdict.UNKNOWN)


def public_view(record: Record) -> PublicView:
    state = life.state_by_id[record.state]
    return PublicView(
        number=record.number or "",
        title=record.title,
        issued_on=record.issued_on,
        organisation=record.organisation_name,
        status=state.label,
        valid=record.state not in INVALID,
        note=INVALID.get(record.state, ""),
        data_sha256=record.data_sha256 or "",
    )


def normalised(code: str) -> str:
    """A code as typed, made comparable: 0, 1 and 8 can only be misread O, I and B."""
    plain = re.sub(r"[\s\-]+", "", code).upper().translate(MISREAD)
    return plain if re.fullmatch(r"[A-Z2-7]{20}", plain) else ""
