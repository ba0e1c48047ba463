"""Is this file the reading copy of a volume? Its bytes by the register, and every original it carries by itself.

What the public reads names the volume, never a person.
"""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.archive import Volume, VolumeFile
from documents import verify
from documents.binding import ORDERED
from documents.inspection import Claims, claims_of
from documents.verify import Answer, PublicView, Verdict
from union.organisations import Organisation
from workflows.tables import Subject


def examine(session: Session, content: bytes) -> Answer:
    """Whether the file is a record or a reading copy of ours, one of ours that was changed, or nothing we know."""
    digest = hashlib.sha256(content).hexdigest()
    made = session.scalars(select(VolumeFile).where(VolumeFile.sha256 == digest).limit(1)).first()
    if made is not None:
        return _registered(session, made, content)
    if (answer := verify.known(session, content)) is not None:
        return answer
    claims = claims_of(content, verify.roots())
    claimed = _claimed(session, claims)
    return _altered(session, claimed, claims) if claimed is not None else verify.stranger(session, claims)


@dataclass(frozen=True, slots=True)
class Original:
    """One original inside a copy: its order number in the catalogue, and its bytes."""

    number: int
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def _registered(session: Session, made: VolumeFile, content: bytes) -> Answer:
    """The copy is ours byte for byte; what lies in it is asked all the same."""
    view = _view(session, session.get_one(Volume, made.volume_id))
    originals = list(_originals(content))
    wrong = [one.number for one in originals if one.sha256 != made.catalogue[one.number - 1]["sha256"]]
    answers = [answer for one in originals if (answer := verify.known(session, one.content)) is not None]
    if wrong or len(originals) != len(made.catalogue) or any(a.verdict is not Verdict.GENUINE for a in answers):
        return Answer(Verdict.ALTERED, view, said=f"已改动：{_named(view)}所附原件与登记不一致。")
    ended = [answer for answer in answers if answer.record is not None and not answer.record.valid]
    said = (
        f"真实：{_named(view)}与登记的文件逐字节一致；所附 {len(originals)} 件原件均与登记一致，"
        f"其中本单位文书 {len(answers)} 件逐件核验为真实{f'，{len(ended)} 件已作废或者被更正' if ended else ''}。"
    )
    return Answer(Verdict.GENUINE, view, said=f"{said}副本供阅读，以所附原件为准。")


def _altered(session: Session, volume: Volume, claims: Claims) -> Answer:
    """It says it is that copy and is not: which originals in it are still ours can be said."""
    view, known = _view(session, volume), _known(session, volume, claims)
    whole = (
        f"所附文件中有 {known} 件仍与登记的原件一致，可以取出单独核验" if known else "所附文件没有一件与登记的原件一致"
    )
    return Answer(
        Verdict.ALTERED,
        view,
        claims.finding,
        said=f"已改动：文件标明是{_named(view)}，但内容与登记的文件不一致；{whole}。",
    )


def _known(session: Session, volume: Volume, claims: Claims) -> int:
    made = session.get(VolumeFile, volume.id)
    listed = {line["sha256"] for line in made.catalogue} if made is not None else set()
    return len(listed & set(claims.attached))


def _claimed(session: Session, claims: Claims) -> Volume | None:
    named = [uuid.UUID(text) for text in claims.volumes[:50]]
    return session.scalars(select(Volume).where(Volume.id.in_(named)).limit(1)).first() if named else None


def _originals(content: bytes) -> Iterator[Original]:
    with pikepdf.open(BytesIO(content)) as document:
        for name, spec in sorted(document.attachments.items()):
            if placed := ORDERED.match(name):
                yield Original(int(placed[1]), spec.get_file().read_bytes())


def _view(session: Session, volume: Volume) -> PublicView:
    root = session.get_one(Subject, volume.root_id)
    organisation = session.scalar(select(Organisation.name).where(Organisation.id == root.organisation_id)) or ""
    return PublicView(
        number=root.number or "",
        title=f"案卷副本（{volume.label}）",
        issued_on=volume.filed_on,
        organisation=organisation,
        status="已归档",
        valid=True,
        note="",
        data_sha256="",
        sealed=False,
    )


def _named(view: PublicView) -> str:
    return f"{view.title}{view.number}"
