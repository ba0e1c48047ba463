"""Carrying out the promise of a PDF: read what was frozen, typeset it, store it, write its hash to the record."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from documents import ink
from documents.contents import contents_of
from documents.house import house
from documents.layout import TEMPLATES, Sheet, html, picture
from documents.papers import INK, content_of, papers_of
from documents.record import ELECTRONICALLY
from documents.render import render_frozen, toolchain
from documents.signing import BY_HAND
from documents.store import Store
from documents.tables import Record, RecordPaper, RecordSignature
from workflows import journal
from workflows.actor import SYSTEM_ACTOR

RENDERED, SIGNED = "record_rendered", "record_signed"


def render_record(sessions: sessionmaker[Session], body: dict[str, Any], now: datetime) -> None:
    """Make and keep the file of one record, and its signed original once everybody has signed electronically.

    Done before, it changes nothing. Raises RenderFailed.
    """
    record_id = uuid.UUID(body["record_id"])
    with sessions() as session:
        record = session.get_one(Record, record_id)
        frozen, code, done = record.frozen, record.verify_code or "", record.pdf_sha256
        signers = list(record.signers)
        marks = _marks(session, record) if _is_signed_original(record) else []
    if frozen is None:
        return
    if not done:
        _make(sessions, record_id, RENDERED, frozen, code, signers, [], now)
    if marks:
        _make(sessions, record_id, SIGNED, frozen, code, signers, marks, now)


def _is_signed_original(record: Record) -> bool:
    complete = record.state not in ("draft", "finalised", "awaiting_signature", "voided", "superseded")
    return (
        complete and record.original == "electronic" and record.signed_sha256 is None and record.sealed_sha256 is None
    )


def awaits_signed_file(session: Session, record: Record) -> bool:
    """Whether an electronic original is signed and its file with the signatures is not made yet."""
    return _is_signed_original(record) and bool(_marks(session, record))


def _make(
    sessions: sessionmaker[Session],
    record_id: uuid.UUID,
    entry: str,
    frozen: dict[str, Any],
    code: str,
    signers: list[dict[str, str]],
    marks: list[dict[str, str]],
    now: datetime,
) -> None:
    word = "样本" if house().demo else ""
    pdf = render_frozen(frozen, code=code, watermark=word, site=house().site, marks=marks, signers=signers)
    digest = Store(house().store).put(pdf)
    with sessions.begin() as session:
        _write_down(session, record_id, entry, digest, len(pdf), now)


def _marks(session: Session, record: Record) -> list[dict[str, str]]:
    """What stands on the signature lines, none where nobody signed electronically."""
    query = select(RecordSignature).where(RecordSignature.record_id == record.id).order_by(RecordSignature.id)
    signatures, papers = session.scalars(query).all(), papers_of(session, record.id)
    if not any(signature.way in ELECTRONICALLY for signature in signatures):
        return []
    sides = {signer["key"]: signer.get("side", "") for signer in record.signers}
    return [_mark(signature, sides.get(signature.signer, ""), papers.get(signature.id)) for signature in signatures]


def _mark(signature: RecordSignature, side: str, paper: RecordPaper | None) -> dict[str, str]:
    name = signature.name.split("（")[0] if signature.agent else signature.name
    drawn = picture(ink.picture(content_of(paper))) if paper is not None and paper.kind == INK else ""
    said, note = (f"{signature.agent or name}的签名", "") if drawn else _said(signature, paper)
    return {
        "part": signature.part,
        "side": side,
        "label": f"{name}：",
        "said": said,
        "note": f"（由{name}的委托代理人{signature.agent}代签）" if drawn and signature.agent else note,
        "on": signature.signed_on.isoformat(),
        "picture": drawn,
    }


def _said(signature: RecordSignature, paper: RecordPaper | None) -> tuple[str, str]:
    """What stands on the line of whoever did not write on the pad, and the note under it."""
    if signature.refused_because:
        return "拒绝签名", f"（{signature.name}拒绝签名，见证人：{signature.present}）"
    if signature.way == "staff":
        return f"{signature.name}", "（以本人账号和动态口令电子签名）"
    scanned = f"，扫描件摘要（SHA-256）{paper.sha256}" if paper else ""
    return "见纸质签名页", f"（{signature.name}在纸质签名页上{BY_HAND[signature.way]}{scanned}）"


def draft_pdf(record: Record) -> bytes:
    """A draft as it would print, marked 草稿, for both parties to read; nothing is kept. Raises RenderFailed."""
    assert record.frozen is not None
    return render_frozen(record.frozen, code="", watermark="草稿", site=house().site, signers=record.signers)


def pdf_of(record: Record) -> bytes | None:
    """The record's file (the sealed one where there is one), None until it has been made. Raises Damaged."""
    digest = digest_of(record)
    return Store(house().store).get(digest) if digest else None


def readable(record: Record) -> str:
    """The words of a finalised record as a page for the screen, from the very content its hash is of."""
    frozen = record.frozen
    assert frozen is not None
    found = contents_of(frozen["kind"])
    digest = record.data_sha256 or ""
    sheet = Sheet(found.template, record.verify_code or "", house().site, digest, signers=record.signers)
    return html(frozen, sheet, found.folder or TEMPLATES)


def digest_of(record: Record) -> str | None:
    """Of the newest file of the record: sealed, signed, or as it was finalised."""
    return record.sealed_sha256 or record.signed_sha256 or record.pdf_sha256


def _write_down(session: Session, record_id: uuid.UUID, entry: str, digest: str, size: int, now: datetime) -> None:
    record = session.get_one(Record, record_id, with_for_update=True)
    column = "pdf_sha256" if entry == RENDERED else "signed_sha256"
    if getattr(record, column):
        return
    setattr(record, column, digest)
    record.toolchain = toolchain()
    data = {"sha256": digest, "bytes": size, "toolchain": record.toolchain, "data_sha256": record.data_sha256}
    journal.record(session, record_id, entry, data, by=SYSTEM_ACTOR, at=now)
