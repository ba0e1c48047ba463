"""What proves a signature or a service: strokes of a pad, scans of signing pages and receipts; kept as ciphertext."""

import hashlib
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from documents.photos import without_particulars
from documents.tables import RecordPaper
from workflows.encryption import keyring
from workflows.errors import Invalid
from workflows.form import Attachment, Step
from workflows.tables import new_id

INK, SIGNING_PAGE, RECEIPT = "ink", "signing_page", "receipt"
SCANNED = {SIGNING_PAGE: "签名页扫描件", RECEIPT: "送达回证扫描件"}
SCANS = ("application/pdf", "image/jpeg", "image/png")


def keep_paper(
    step: Step, record_id: uuid.UUID, of_id: uuid.UUID, kind: str, name: str, media_type: str, content: bytes
) -> str:
    """Keep the bytes sealed to their own row; answers their SHA-256, which stands for them in the journal."""
    paper_id, digest = new_id(), hashlib.sha256(content).hexdigest()
    step.session.add(
        RecordPaper(
            id=paper_id,
            record_id=record_id,
            of_id=of_id,
            kind=kind,
            name=name,
            media_type=media_type,
            size=len(content),
            sha256=digest,
            sealed=keyring().seal(content, "record_papers", "content", str(paper_id)),
            at=step.at,
        )
    )
    return digest


def keep_scan(
    step: Step, record_id: uuid.UUID, of_id: uuid.UUID, kind: str, scan: Attachment, field: str
) -> Attachment:
    """Keep a scan without what the camera wrote into it; answers what is filed of it: its name, type and digest."""
    if scan.media_type not in SCANS:
        raise Invalid(field, f"“{scan.name}”不能作扫描件：上传 PDF，或者 JPG、PNG 照片。")
    content = without_particulars(scan.media_type, scan.content)
    digest = keep_paper(step, record_id, of_id, kind, scan.name, scan.media_type, content)
    return Attachment(scan.name, scan.media_type, bytes.fromhex(digest))


def papers_of(session: Session, record_id: uuid.UUID) -> dict[uuid.UUID, RecordPaper]:
    """By the signature or service they prove; the bytes are not loaded."""
    rows = session.scalars(select(RecordPaper).where(RecordPaper.record_id == record_id).order_by(RecordPaper.id))
    return {row.of_id: row for row in rows}


def content_of(paper: Any) -> bytes:
    """The bytes as they were kept; Undecipherable or ValueError where they are not those any more."""
    content = keyring().unseal(paper.sealed, "record_papers", "content", str(paper.id))
    if hashlib.sha256(content).hexdigest() != paper.sha256:
        raise ValueError(f"paper {paper.id} is not what was kept")
    return content
