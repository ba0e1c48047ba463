"""Carrying out the promise of a PDF: read what was frozen, typeset it, store it, write its hash to the record."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from documents.house import house
from documents.render import render_frozen, toolchain
from documents.store import Store
from documents.tables import Record
from workflows import journal
from workflows.actor import SYSTEM_ACTOR

RENDERED = "record_rendered"


def render_record(sessions: sessionmaker[Session], body: dict[str, Any], now: datetime) -> None:
    """Make and keep the file of one record; done before, it changes nothing. Raises RenderFailed."""
    record_id = uuid.UUID(body["record_id"])
    with sessions() as session:
        record = session.get_one(Record, record_id)
        frozen, code, done = record.frozen, record.verify_code or "", record.pdf_sha256
    if done or frozen is None:
        return
    pdf = render_frozen(frozen, code=code, watermark="样本" if house().demo else "", site=house().site)
    digest = Store(house().store).put(pdf)
    with sessions.begin() as session:
        _write_down(session, record_id, digest, len(pdf), now)


def draft_pdf(record: Record) -> bytes:
    """A draft as it would print, marked 草稿, for both parties to read; nothing is kept. Raises RenderFailed."""
    assert record.frozen is not None
    return render_frozen(record.frozen, code="", watermark="草稿", site=house().site)


def pdf_of(record: Record) -> bytes | None:
    """The record's file (the sealed one where there is one), None until it has been made. Raises Damaged."""
    digest = record.sealed_sha256 or record.pdf_sha256
    return Store(house().store).get(digest) if digest else None


def _write_down(session: Session, record_id: uuid.UUID, digest: str, size: int, now: datetime) -> None:
    record = session.get_one(Record, record_id, with_for_update=True)
    if record.pdf_sha256:
        return
    record.pdf_sha256, record.toolchain = digest, toolchain()
    data = {"sha256": digest, "bytes": size, "toolchain": record.toolchain, "data_sha256": record.data_sha256}
    journal.record(session, record_id, RENDERED, data, by=SYSTEM_ACTOR, at=now)
