"""Is this record genuine? By its code, for everybody, and by the file itself.

A file is genuine when its hash is in the register, its signature holds under difference analysis, and the data inside
it are those of the register. The public answer is number, type, date, organisation and status, never a name of a party.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from documents.correcting import chain_of
from documents.house import house
from documents.inspection import Claims, claims_of
from documents.record import record as life
from documents.signatures import NOTHING_FOUND, Finding, Signature, found_in
from documents.tables import SEALED, EarlierFile, Record
from workflows.tables import JournalEntry

MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})  # RFC 4648 base 32 has neither 0, 1 nor 8
INVALID = {"voided": "本文书已作废。", "superseded": "本文书已被其他文书替代。"}
UNCHECKED = "未核对登记"
RENEWED_SINCE = "此后续加过归档时间戳，登记中另有续期后的文件。"


class Verdict(StrEnum):
    """What is known of a file."""

    GENUINE = "genuine"
    ALTERED = "altered"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"  # the register was out of reach


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
    sealed: bool
    corrects: str = ""  # the number of the record whose place it takes


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on a file, with the record it is or claims to be."""

    verdict: Verdict
    record: PublicView | None = None
    finding: Finding = NOTHING_FOUND
    note: str = ""
    said: str = ""  # the whole sentence, where the file is no record

    @property
    def sentence(self) -> str:
        if self.said:
            return self.said
        if self.verdict is Verdict.UNCHECKED:
            return f"{self.finding.sentence}、{UNCHECKED}：登记现在查不到，不能认定为真实文书。"
        if self.verdict is Verdict.ALTERED and self.record is None:
            return f"已改动：{self.finding.sentence}。"
        if self.record is None:
            return "未知：文书登记中没有这份文件，文件中也没有本单位的文书编号或者核验码。"
        name = f"{self.record.title}{f'（{self.record.number}）' if self.record.number else ''}"
        if self.verdict is Verdict.GENUINE:
            known = f"真实：{name}与登记的文件逐字节一致，状态为“{self.record.status}”。"
            level = f"签章达到 {self.finding.level} 级。" if self.finding.level else ""
            return f"{known}{level}{self.note}{self.record.note}"
        return f"已改动：文件标有{name}的编号或者核验码，但{self.note or '内容与登记的文件不一致'}。"


def lookup(session: Session, code: str) -> PublicView | None:
    """The record with that verification code, spaces, hyphens and letter case aside; None when there is none."""
    plain = normalised(code)
    record = session.scalar(select(Record).where(Record.verify_code == plain)) if plain else None
    return public_view(session, record) if record is not None else None


def lookup_number(session: Session, number: str) -> PublicView | None:
    """The finalised record of that number. Numbers can be guessed: who asks must be slowed down by the caller."""
    issued = Record.verify_code.is_not(None) & Record.issued_on.is_not(None)
    record = session.scalars(select(Record).where(Record.number == number.strip(), issued).limit(1)).first()
    return public_view(session, record) if record is not None else None


def examine(session: Session, content: bytes) -> Answer:
    """Whether the file is one we made, one of ours that was changed, or nothing we know."""
    return known(session, content) or stranger(session, claims_of(content, roots()))


def known(session: Session, content: bytes) -> Answer | None:
    """What is known of a file whose bytes are in the register of records."""
    digest = hashlib.sha256(content).hexdigest()
    files = (Record.pdf_sha256, Record.signed_sha256, Record.sealed_sha256)
    registered = session.scalar(select(Record).where(or_(*(file == digest for file in files))).limit(1))
    if registered is None and (earlier := session.get(EarlierFile, digest)) is not None:
        registered = session.get_one(Record, earlier.record_id)
    return _registered(session, registered, digest, content) if registered is not None else None


def examine_alone(content: bytes) -> Answer:
    """What the file itself proves while the register is out of reach: never that it is genuine."""
    finding = claims_of(content, roots()).finding
    broken = finding.signature is Signature.BROKEN
    return Answer(Verdict.ALTERED if broken else Verdict.UNCHECKED, finding=finding)


def roots() -> Path:
    """Whose certificates are believed; without such a file nobody's are."""
    return (house().seals or house().store) / "roots.pem"


def _registered(session: Session, record: Record, digest: str, content: bytes) -> Answer:
    """The bytes are ours; the signature and the data inside are asked all the same."""
    finding, view = found_in(content, roots()), public_view(session, record)
    if finding.data_sha256 != record.data_sha256:
        return Answer(Verdict.ALTERED, view, finding, "文件所附数据与登记不一致")
    if digest in (record.pdf_sha256, record.signed_sha256):
        return Answer(Verdict.GENUINE, view, finding, _not_final(record, digest))
    if finding.signature is Signature.STRANGER and (taken := _taken_at(session, record, digest)) is not None:
        finding = found_in(content, roots(), taken)
    if finding.signature in _whole():
        note = "" if finding.signature is Signature.INTACT else f"{finding.sentence}。"
        return Answer(Verdict.GENUINE, view, finding, note if digest == record.sealed_sha256 else note + RENEWED_SINCE)
    return Answer(Verdict.ALTERED, view, finding, finding.sentence)


def _taken_at(session: Session, record: Record, digest: str) -> datetime | None:
    """When the register took the sealed file: certificates had to be valid then, and may have run out since."""
    renewal = session.scalar(select(EarlierFile.replaced_at).where(EarlierFile.replaced_by == digest))
    of_seal = select(JournalEntry.recorded_at).where(
        JournalEntry.subject_id == record.id, JournalEntry.trigger == SEALED
    )
    return renewal or session.scalar(of_seal.order_by(JournalEntry.seq).limit(1))


def _not_final(record: Record, digest: str) -> str:
    if record.needs_seal:
        return "这是用印前的文件，正式文书以用印后的文件为准。"
    unsigned = record.signed_sha256 is not None and digest != record.signed_sha256
    return "这是签名前的文件，正式文书以签名后的文件为准。" if unsigned else ""


def _whole() -> tuple[Signature, ...]:
    """A seal server signs with certificates and algorithms of its own: the register vouches for what it sealed."""
    own = (Signature.INTACT,)
    return (*own, Signature.STRANGER, Signature.UNREADABLE) if house().seal_server else own


def stranger(session: Session, claims: Claims) -> Answer:
    """A file nobody registered: one of ours that was changed, by what it says of itself, or nothing we know."""
    claimed = session.scalar(
        select(Record)
        .where(or_(Record.verify_code.in_(claims.codes[:50]), Record.number.in_(claims.numbers[:50])))
        .order_by(func.coalesce(Record.verify_code, "").in_(claims.codes[:50]).desc(), Record.id)
        .limit(1)
    )
    if claimed is None:
        return Answer(Verdict.UNKNOWN, finding=claims.finding)
    return Answer(Verdict.ALTERED, public_view(session, claimed), claims.finding)


def public_view(session: Session, record: Record) -> PublicView:
    state, chain = life.state_by_id[record.state], chain_of(session, record)
    return PublicView(
        number=record.number or "",
        title=record.title,
        issued_on=record.issued_on,
        organisation=record.organisation_name,
        status=state.label,
        valid=record.state not in INVALID,
        note=f"本文书已被{chain.corrected_by[1]}更正。" if chain.corrected_by else INVALID.get(record.state, ""),
        data_sha256=record.data_sha256 or "",
        sealed=record.sealed_sha256 is not None,
        corrects=chain.corrects[1] if chain.corrects else "",
    )


def normalised(code: str) -> str:
    """A code as typed, made comparable: 0, 1 and 8 can only be misread O, I and B."""
    plain = re.sub(r"[\s\-]+", "", code).upper().translate(MISREAD)
    return plain if re.fullmatch(r"[A-Z2-7]{20}", plain) else ""
