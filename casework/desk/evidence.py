"""Materials handed in: checked by their bytes, kept encrypted and apart, known by their SHA-256."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.tables import Evidence, EvidenceContent
from workflows import journal
from workflows.actor import Actor
from workflows.encryption import keyring
from workflows.errors import Invalid
from workflows.form import Attachment


def take_in(
    session: Session,
    subject_id: uuid.UUID,
    files: Iterable[Attachment],
    *,
    by: Actor,
    at: datetime,
    received_on: date,
    title: str = "",
    kind: str = "other",
    handed_in_by: str = "",
    party_id: uuid.UUID | None = None,
    purpose: str = "",
) -> list[Evidence]:
    """Keep the files, all or none; the very same bytes twice in one case are refused."""
    kept = []
    for file in files:
        digest = hashlib.sha256(file.content).hexdigest()
        _refuse_twice(session, subject_id, digest, file.name)
        row = Evidence(
            subject_id=subject_id,
            title=title or file.name,
            kind=kind,
            file_name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=digest,
            from_party_id=party_id,
            handed_in_by=handed_in_by,
            received_on=received_on,
            purpose=purpose,
            by_id=by.id,
            at=at,
        )
        session.add(row)
        session.flush()
        sealed = keyring().seal(file.content, "evidence_contents", str(row.id))
        session.add(EvidenceContent(evidence_id=row.id, sealed=sealed))
        said = {"text": f"{row.title}（{file.name}）", "sha256": digest, "evidence": str(row.id)}
        journal.record(session, subject_id, "evidence", said, by=by, at=at, occurred_on=received_on)
        kept.append(row)
    return kept


def carry_over(session: Session, from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """The evidence of one case for another it was split off from or joined to; the bytes are sealed for their new row."""
    query = select(Evidence, EvidenceContent.sealed).join(EvidenceContent, EvidenceContent.evidence_id == Evidence.id)
    held = set(session.scalars(select(Evidence.sha256).where(Evidence.subject_id == to_id)))
    for row, sealed in session.execute(query.where(Evidence.subject_id == from_id)).all():
        if row.sha256 in held:
            continue
        columns = [c.key for c in Evidence.__mapper__.column_attrs if c.key not in ("id", "subject_id")]
        copied = Evidence(subject_id=to_id, **{name: getattr(row, name) for name in columns})
        session.add(copied)
        session.flush()
        content = keyring().unseal(sealed, "evidence_contents", str(row.id))
        again = keyring().seal(content, "evidence_contents", str(copied.id))
        session.add(EvidenceContent(evidence_id=copied.id, sealed=again))
    session.flush()


def evidence(session: Session, subject_id: uuid.UUID, evidence_id: uuid.UUID) -> tuple[Evidence, bytes] | None:
    """A piece of evidence of this very case with its bytes, checked against its hash."""
    query = (
        select(Evidence, EvidenceContent.sealed)
        .join(EvidenceContent, EvidenceContent.evidence_id == Evidence.id)
        .where(Evidence.id == evidence_id, Evidence.subject_id == subject_id)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    row, sealed = found
    content = keyring().unseal(sealed, "evidence_contents", str(row.id))
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise ValueError(f"evidence {row.id} is not what was handed in")
    return row, content


def _refuse_twice(session: Session, subject_id: uuid.UUID, digest: str, name: str) -> None:
    known = session.scalar(select(Evidence.title).where(Evidence.subject_id == subject_id, Evidence.sha256 == digest))
    if known:
        raise Invalid("files", f"“{name}”与已收存的“{known}”内容相同，没有重复收存。")
