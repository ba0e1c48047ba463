"""Materials handed in: checked by their bytes, kept encrypted and apart, known by their SHA-256."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.desk.tables import Evidence, EvidenceContent
from documents import photos, properties
from workflows import journal
from workflows.actor import Actor
from workflows.encryption import keyring
from workflows.errors import Invalid
from workflows.form import Attachment
from workflows.words import Material, Words

PDF = "application/pdf"
LONGEST_TITLE = 200
SHOWN = {PDF: "pdf", "image/jpeg": "picture", "image/png": "picture", "image/webp": "picture"}  # inside our own page
KNOWN_ANYWHERE = (
    Material("correspondence", "往来信函、聊天记录", "信件、聊天截图"),
    Material("identity", "身份证明", "身份证正反面；单位交营业执照"),
    Material("authority", "授权委托书", from_parties=False),
    Material("audio_video", "录音录像", from_parties=False),
    Material("other", "其他材料"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of evidence in the 目录: its place, and its pages counted through from the first piece."""

    row: Evidence
    number: int
    first_page: int | None
    last_page: int | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of one case as a form chooses among them."""

    rows: Sequence[Evidence]

    def choices(self, name: str) -> Mapping[str, str]:
        return {str(row.id): row.title for row in self.rows}


def materials(words: Words) -> dict[str, Material]:
    """What may be handed in: what the module names, then what any office knows and the module did not word itself."""
    own = {material.id: material for material in words.materials}
    return own | {material.id: material for material in KNOWN_ANYWHERE if material.id not in own}


def kinds(words: Words) -> dict[str, str]:
    return {material.id: material.label for material in materials(words).values()}


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
    role: str = "",
) -> list[Evidence]:
    """Keep the files, all or none; the very same bytes twice in one case are refused."""
    kept: list[Evidence] = []
    sent = list(files)
    place = _last_place(session, subject_id)
    for number, file in enumerate(sent, start=1):
        content = photos.without_particulars(file.media_type, file.content)
        digest, as_sent = _digest(content), _digest(file.content)
        _refuse_twice(session, subject_id, (digest, as_sent), file.name)
        row = Evidence(
            subject_id=subject_id,
            title=_title(title, number if len(sent) > 1 else None) or file.name,
            kind=kind,
            file_name=file.name,
            media_type=file.media_type,
            size=len(content),
            sha256=digest,
            sent_sha256=as_sent if as_sent != digest else "",
            pages=_pages(file.media_type, content),
            place=place + number,
            from_party_id=party_id,
            handed_in_by=handed_in_by,
            received_on=received_on,
            purpose=purpose,
            by_id=by.id,
            at=at,
        )
        session.add(row)
        session.flush()
        sealed = keyring().seal(content, "evidence_contents", str(row.id))
        session.add(EvidenceContent(evidence_id=row.id, sealed=sealed))
        said = {
            "text": row.title if row.title == file.name else f"{row.title}（{file.name}）",
            "sha256": digest,
            "as_sent": as_sent,
            "evidence": str(row.id),
        }
        journal.record(session, subject_id, "evidence", said, by=by, at=at, occurred_on=received_on, role=role)
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


def copy_to_show(row: Evidence, content: bytes) -> bytes:
    """What is shown and taken out of the service: of a PDF a copy without its properties, where one can be made."""
    return (properties.without_properties(content) or content) if row.media_type == PDF else content


def catalogue(session: Session, subject_id: uuid.UUID) -> list[Evidence]:
    """What was handed in, in the order of the 目录."""
    query = select(Evidence).where(Evidence.subject_id == subject_id)
    return list(session.scalars(query.order_by(Evidence.place, Evidence.at, Evidence.id)))


def numbered(rows: Iterable[Evidence]) -> list[Line]:
    lines, page = [], 0
    for number, row in enumerate(rows, start=1):
        lines.append(Line(row, number, page + 1 if row.pages else None, page + row.pages if row.pages else None))
        page += row.pages or 0
    return lines


def arrange(session: Session, subject_id: uuid.UUID, places: Mapping[uuid.UUID, int]) -> None:
    """Put the pieces in the order of the places given; those not named keep theirs after them."""
    rows = catalogue(session, subject_id)
    rows.sort(key=lambda row: (row.id not in places, places.get(row.id, 0), row.place))
    for number, row in enumerate(rows, start=1):
        row.place = number


def _title(title: str, number: int | None) -> str:
    """As typed, numbered where several have it; the number fits behind the longest."""
    if not title or number is None:
        return title
    behind = f"（{number}）"
    return title[: LONGEST_TITLE - len(behind)] + behind


def _last_place(session: Session, subject_id: uuid.UUID) -> int:
    return session.scalar(select(func.max(Evidence.place)).where(Evidence.subject_id == subject_id)) or 0


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _pages(media_type: str, content: bytes) -> int | None:
    """How many sheets it takes in the file: a picture one, a PDF its pages, a recording none."""
    if media_type in photos.PICTURES:
        return 1
    if media_type != PDF:
        return None
    import pikepdf

    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False, suppress_warnings=True) as pdf:
            return len(pdf.pages)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
        return None


def _refuse_twice(session: Session, subject_id: uuid.UUID, digests: Sequence[str], name: str) -> None:
    same = Evidence.sha256.in_(digests) | Evidence.sent_sha256.in_(digests)
    known = session.scalar(select(Evidence.title).where(Evidence.subject_id == subject_id, same).limit(1))
    if known:
        raise Invalid("files", f"“{name}”与已收存的“{known}”内容相同，没有重复收存。")
