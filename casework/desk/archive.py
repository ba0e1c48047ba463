"""The archive (立卷归档): what was filed when, in which volume, for how long; what came later; what nobody may touch any more.

正卷 is what the parties may read; 副卷 keeps what was written for the house alone: notes, without-prejudice minutes,
declarations of conflict. What was filed never changes; a later paper goes into a supplement of its own.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column, sessionmaker

from casework.desk import assignment, evidence
from casework.desk.tables import Contact, Note
from documents.contents import freeze
from documents.filing import MAIN, PARTS, PDF, SCHEDULE, SIDE, Cover, Line, Paper, bind
from documents.house import house
from documents.papers import SCANNED, content_of, papers_of
from documents.printing import awaits_signed_file, pdf_of
from documents.record import record as life
from documents.render import RenderFailed, render_frozen
from documents.tables import Record, RecordPaper
from union.access import ConflictOfInterest
from union.organisations import Organisation
from union.people import Staff
from workflows import journal, outbox
from workflows.actor import SYSTEM_ACTOR, Actor
from workflows.encryption import keyring
from workflows.errors import Invalid, Reason, Refused
from workflows.form import Step
from workflows.law import Policy
from workflows.module import Barrier, registry
from workflows.settings import in_force
from workflows.tables import Base, OutboxMessage, Setting, Subject, legal_date, new_id

BIND = "desk.bind_volume"
BOUND, SUPPLEMENTED, TAKEN = "volume_bound", "supplement_filed", "volume_taken"
RETENTION = Policy("案卷保管期限", "9-8")
ENDED = frozenset({"voided", "superseded"})
LATER_STEPS = frozenset({"serve", "record_attempt", "complete_service"})  # whose receipts are filed as a supplement


class Volume(Base):
    """正卷 or 副卷 of a file, or a supplement to one: by whom, when and until when it is kept. Never changed."""

    __tablename__ = "volumes"
    __table_args__ = (UniqueConstraint("root_id", "part", "supplement"), {"info": {"append_only": True}})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    part: Mapped[str] = mapped_column(String(10))  # main | side
    supplement: Mapped[int] = mapped_column(default=0)
    filed_on: Mapped[date] = mapped_column(index=True)
    filed_by: Mapped[uuid.UUID | None]
    filed_by_name: Mapped[str] = mapped_column(String(100), default="")
    retention_years: Mapped[int | None]
    keep_until: Mapped[date | None] = mapped_column(index=True)
    sealed_cover: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]

    @property
    def label(self) -> str:
        return f"{PARTS[self.part]}{f'（补充归档第{self.supplement}次）' if self.supplement else ''}"

    @property
    def cover(self) -> list[tuple[str, str]]:
        rows = json.loads(keyring().unseal(self.sealed_cover, "volumes", "cover", str(self.id)))
        return [(label, value) for label, value in rows]


class VolumePaper(Base):
    """One line of a catalogue: a record, a scan of its signing page or receipt, evidence, or a text of the house as it stood that day. Never changed."""

    __tablename__ = "volume_papers"
    __table_args__ = (UniqueConstraint("volume_id", "place"), {"info": {"append_only": True}})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    volume_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volumes.id"))
    place: Mapped[int]
    source: Mapped[str] = mapped_column(String(10))  # record | scan | evidence | text
    source_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(200), default="")
    dated: Mapped[date | None]
    sealed_text: Mapped[bytes | None] = mapped_column(LargeBinary)


class VolumeFile(Base):
    """The reading copy of a volume, encrypted, and the catalogue printed in it. Never changed."""

    __tablename__ = "volume_files"
    __table_args__ = ({"info": {"append_only": True}},)

    volume_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    pages: Mapped[int]
    catalogue: Mapped[list[Any]] = mapped_column(JSON)  # [{"first", "last", "sha256"}] in the order of the papers
    sealed: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    made_at: Mapped[datetime]


# --- filing


def file_away(step: Step) -> None:
    """A listener of the engine: whoever moves a matter into the archive files its papers in the same transaction."""
    into = step.workflow.state_by_id[step.to_state]
    if into.closed != "archived" or step.subject_id != step.root_id or step.from_state == step.to_state:
        return
    root = step.session.get_one(Subject, step.root_id)
    reasons = unfit(step.session, root.id)
    if reasons:
        raise Refused(reasons)
    ending = step.workflow.state_by_id[step.from_state].label
    _file(step.session, root, 0, by=step.actor, at=step.at, on=step.occurred_on, ending=ending)


def file_supplement(session: Session, root: Subject, *, by: Actor, at: datetime, on: date, reason: str) -> list[Volume]:
    """File what came after the file was closed; raises Refused or Invalid where there is nothing, or nothing fit."""
    if filed_on(session, root.id) is None:
        raise Refused([Reason("案卷尚未归档，材料直接收入案卷即可", (RETENTION,))])
    reasons = unfit(session, root.id)
    if reasons:
        raise Refused(reasons)
    if not open_papers(session, root.id):
        raise Invalid("files", "没有尚未归档的材料：选择要补充归档的文件。")
    number = 1 + max(session.scalars(select(Volume.supplement).where(Volume.root_id == root.id)), default=0)
    volumes = _file(session, root, number, by=by, at=at, on=on, ending="")
    said = {"text": f"补充归档第{number}次", "reason": reason, "volumes": [str(volume.id) for volume in volumes]}
    journal.record(session, root.id, SUPPLEMENTED, said, by=by, at=at, occurred_on=on)
    return volumes


def unfit(session: Session, root_id: uuid.UUID) -> list[Reason]:
    """Why the papers cannot be filed: a record still unfinished, or one whose file could not be made."""
    reasons = []
    for record in _records(session, root_id):
        name = f"《{record.title}》{record.number or ''}"
        state = life.state_by_id[record.state]
        if state.open:
            reasons.append(Reason(f"{name}还在“{state.label}”，签名、用印齐备或者作废以后才能归档", (RETENTION,)))
        elif (
            _lacks_its_file(record) and record.state not in ENDED and (why := _stopped(session, record.id)) is not None
        ):
            reasons.append(Reason(f"{name}的文件没有生成（{why}），处理以后才能归档", (RETENTION,)))
    return reasons


def _lacks_its_file(record: Record) -> bool:
    return bool(record.number) and not record.pdf_sha256


def _stopped(session: Session, record_id: uuid.UUID) -> str | None:
    query = select(OutboxMessage.problem).where(
        OutboxMessage.subject_id == record_id, OutboxMessage.status == "stopped"
    )
    found = session.execute(query.limit(1)).first()
    return (found[0] or "原因不明") if found else None


def _file(
    session: Session, root: Subject, supplement: int, *, by: Actor, at: datetime, on: date, ending: str
) -> list[Volume]:
    papers = open_papers(session, root.id)
    years, more = _asked_of_module(session, root)
    volumes = []
    for part in (MAIN, SIDE):
        lines = [paper for paper in papers if paper.part == part]
        if not lines:
            continue
        volume = Volume(
            id=new_id(),
            root_id=root.id,
            part=part,
            supplement=supplement,
            filed_on=on,
            filed_by=by.id,
            filed_by_name=by.name,
            retention_years=years,
            keep_until=keep_until(on, years),
            at=at,
        )
        rows = _cover(session, root, volume, more, ending)
        plain = json.dumps(rows, ensure_ascii=False).encode()
        volume.sealed_cover = keyring().seal(plain, "volumes", "cover", str(volume.id))
        session.add(volume)
        session.flush()
        session.add_all([_line(volume.id, place, paper) for place, paper in enumerate(lines, start=1)])
        outbox.put(session, BIND, {"volume_id": str(volume.id)}, at=at, subject_id=root.id)
        volumes.append(volume)
    session.flush()
    return volumes


@dataclass(frozen=True, slots=True)
class OpenPaper:
    """What is in no volume yet."""

    part: str
    source: str
    source_id: uuid.UUID | None
    title: str
    reference: str
    dated: date | None
    text: str = ""


def open_papers(session: Session, root_id: uuid.UUID) -> list[OpenPaper]:
    """What is in no volume yet, in the order of events."""
    return sorted(
        _open_papers(session, root_id), key=lambda paper: (paper.dated or date.max, paper.source, paper.title)
    )


def _open_papers(session: Session, root_id: uuid.UUID) -> Iterator[OpenPaper]:
    known = set(
        session.scalars(
            select(VolumePaper.source_id)
            .join(Volume, Volume.id == VolumePaper.volume_id)
            .where(Volume.root_id == root_id, VolumePaper.source_id.is_not(None))
        )
    )
    for record in _records(session, root_id):
        if record.id not in known and record.number:
            ended = f"（{life.state_by_id[record.state].label}）" if record.state in ENDED else ""
            part = SIDE if registry.kept_aside(record.kind_id) else MAIN
            about = (record.id, f"{record.title}{ended}", record.number, record.issued_on)
            if ended and _lacks_its_file(record) and _stopped(session, record.id) is not None:
                said = f"本文书（{record.number}）没有生成文件即{ended.strip('（）')}，文号保留。理由：{record.ended_because}"
                yield OpenPaper(part, "text", *about, said)
            else:
                yield OpenPaper(part, "record", *about)
        yield from (scan for scan in _scans(session, record) if scan.source_id not in known)
    for row in evidence.catalogue(session, root_id):
        if row.id not in known:
            from_whom = f"{row.handed_in_by}提交" if row.handed_in_by else ""
            yield OpenPaper(MAIN, "evidence", row.id, row.title, from_whom, row.received_on)
    if filed_on(session, root_id) is None:
        yield from _texts(session, root_id)


def _scans(session: Session, record: Record) -> Iterator[OpenPaper]:
    """The scanned signing pages and receipts of a record stand behind it."""
    part = SIDE if registry.kept_aside(record.kind_id) else MAIN
    for paper in papers_of(session, record.id).values():
        if paper.kind in SCANNED:
            title = f"{record.title}{SCANNED[paper.kind]}"
            yield OpenPaper(part, "scan", paper.id, title, record.number or "", legal_date(paper.at))


def _texts(session: Session, root_id: uuid.UUID) -> Iterator[OpenPaper]:
    """What was written for the house alone, as it stands on the day of filing."""
    notes = session.scalars(select(Note).where(Note.subject_id == root_id).order_by(Note.at, Note.id)).all()
    contacts = session.scalars(select(Contact).where(Contact.subject_id == root_id).order_by(Contact.at)).all()
    conflicts = session.execute(
        select(ConflictOfInterest, Staff.name)
        .join(Staff, Staff.id == ConflictOfInterest.staff_id, isouter=True)
        .where(ConflictOfInterest.root_id == root_id)
        .order_by(ConflictOfInterest.declared_on)
    ).all()
    for title, lines in (
        ("办案记录", [f"{legal_date(note.at):%Y-%m-%d}　{note.text}" for note in notes]),
        ("联系情况记录", [f"{legal_date(c.at):%Y-%m-%d}　{c.whom}：{c.text}" for c in contacts]),
        ("回避申报", [f"{c.declared_on:%Y-%m-%d}　{name or ''}：{c.reason}" for c, name in conflicts]),
    ):
        if lines:
            yield OpenPaper(SIDE, "text", None, title, "", None, "\n".join(lines))


def _line(volume_id: uuid.UUID, place: int, paper: OpenPaper) -> VolumePaper:
    row = VolumePaper(id=new_id(), volume_id=volume_id, place=place, source=paper.source, source_id=paper.source_id)
    row.title, row.reference, row.dated = paper.title[:200], paper.reference[:200], paper.dated
    if paper.text:
        row.sealed_text = keyring().seal(paper.text.encode(), "volume_papers", "text", str(row.id))
    return row


def _records(session: Session, root_id: uuid.UUID) -> Sequence[Record]:
    return session.scalars(select(Record).where(Record.root_id == root_id).order_by(Record.issued_on, Record.id)).all()


def _asked_of_module(session: Session, root: Subject) -> tuple[int | None, Sequence[tuple[str, str]]]:
    """For how many years the file is kept, and what its cover says beyond what every file says."""
    module = registry.module_for(root)
    return module.filing(session, root) if module.filing else (None, ())


def _cover(
    session: Session, root: Subject, volume: Volume, more: Sequence[tuple[str, str]], ending: str
) -> list[tuple[str, str]]:
    """The rows of the cover (law.md §2.5)."""
    handlers = "、".join(dict.fromkeys(handler.name for handler in assignment.history(session, root.id)))
    kept = f"{volume.retention_years}年，至{volume.keep_until:%Y年%m月%d日}" if volume.keep_until else "未定"
    rows = [
        ("类　　型", registry.module_for(root).label),
        ("案　　号", root.number or ""),
        *more,
        ("当 事 人", root.title),
        ("承 办 人", handlers),
        ("立 案 日", f"{root.opened_on:%Y年%m月%d日}"),
        ("结 案 日", f"{root.closed_on:%Y年%m月%d日}" if root.closed_on else ""),
        ("结案方式", ending),
        ("归 档 日", f"{volume.filed_on:%Y年%m月%d日}"),
        ("归 档 人", volume.filed_by_name),
        ("保管期限", kept),
        ("密　　级", "内部"),
    ]
    return [(label, value) for label, value in rows if value]


# --- retention and protection


def keep_until(filed: date, years: int | None) -> date | None:
    """The last day of the year in which the term ends, so that no file is kept a day less than its years."""
    return date(filed.year + years, 12, 31) if years is not None else None


def filed_on(session: Session, root_id: uuid.UUID) -> date | None:
    return session.scalar(select(Volume.filed_on).where(Volume.root_id == root_id, Volume.supplement == 0).limit(1))


def refuse_when_filed(session: Session, root_id: uuid.UUID) -> None:
    """What is in the archive is only read; raises Refused for whoever would write to it."""
    if reasons := _filed(session, root_id):
        raise Refused(reasons)


def _filed(session: Session, root_id: uuid.UUID) -> list[Reason]:
    on = filed_on(session, root_id)
    if on is None:
        return []
    day = f"{on.year}年{on.month}月{on.day}日"
    return [Reason(f"案卷已于{day}归档，不再改动；后来的材料由档案管理员补充归档", (RETENTION,))]


def keeps_as_filed(session: Session, record_id: uuid.UUID, root_id: uuid.UUID) -> list[Reason]:
    """Why a record bound into a volume takes no step any more but that somebody received it."""
    bound = select(VolumePaper.id).where(VolumePaper.source == "record", VolumePaper.source_id == record_id)
    return _filed(session, root_id) if session.scalar(bound.limit(1)) is not None else []


FILED_RECORDS = Barrier(life.name, keeps_as_filed, LATER_STEPS)


def reasons_to_keep(session: Session, root_id: uuid.UUID, today: date) -> list[Reason]:
    """Why a file may not be destroyed; nothing in this service destroys one without an empty answer."""
    volumes = session.scalars(select(Volume).where(Volume.root_id == root_id)).all()
    reasons = []
    if not schedule(session, today):
        reasons.append(Reason("档案保管期限表尚未批准（没有填写文号），任何案卷都不得销毁", (RETENTION,)))
    if not volumes or any(volume.keep_until is None for volume in volumes):
        reasons.append(Reason("案卷没有归档或者没有确定保管期限", (RETENTION,)))
    elif (last := max(volume.keep_until for volume in volumes if volume.keep_until)) >= today:
        reasons.append(Reason(f"保管期限到{last:%Y年%m月%d日}，尚未届满", (RETENTION,)))
    reasons.append(Reason("期满后须经鉴定，由档案管理员按规定办理；本系统不自动销毁", (RETENTION,)))
    return reasons


def schedule(session: Session, day: date) -> str:
    """Under which number the retention schedule was approved; empty while it was not."""
    held = in_force(session, day, Setting.key == SCHEDULE.key).get(SCHEDULE.key)
    return str((held.value if held else {}).get("value") or "").strip()


# --- the reading copy


def bind_volume(sessions: sessionmaker[Session], body: dict[str, Any], now: datetime) -> None:
    """Make and keep the reading copy of one volume; done before, it changes nothing. Raises RenderFailed."""
    volume_id = uuid.UUID(body["volume_id"])
    with sessions() as session:
        if session.get(VolumeFile, volume_id) is not None:
            return
        volume = session.get_one(Volume, volume_id)
        cover, papers = _bound_of(session, volume)
    bundle = bind(cover, papers, "样本" if house().demo else "")
    digest = hashlib.sha256(bundle.pdf).hexdigest()
    with sessions.begin() as session:
        session.get_one(Subject, volume.root_id, with_for_update=True)
        if session.get(VolumeFile, volume_id) is not None:
            return
        session.add(
            VolumeFile(
                volume_id=volume_id,
                sha256=digest,
                size=len(bundle.pdf),
                pages=bundle.lines[-1].last,
                catalogue=[_printed(line, paper) for line, paper in zip(bundle.lines, papers, strict=True)],
                sealed=keyring().seal(bundle.pdf, "volume_files", str(volume_id)),
                made_at=now,
            )
        )
        said = {"text": volume.label, "sha256": digest, "bytes": len(bundle.pdf)}
        journal.record(session, volume.root_id, BOUND, said, by=SYSTEM_ACTOR, at=now)


def copy_of(session: Session, volume: Volume) -> bytes | None:
    """The reading copy of a volume, None until it has been made."""
    made = session.get(VolumeFile, volume.id)
    return keyring().unseal(made.sealed, "volume_files", str(volume.id)) if made is not None else None


def _bound_of(session: Session, volume: Volume) -> tuple[Cover, list[Paper]]:
    root = session.get_one(Subject, volume.root_id)
    name = session.scalar(select(Organisation.name).where(Organisation.id == root.organisation_id)) or ""
    cover = Cover(
        volume.part,
        root.number or "",
        name,
        volume.filed_on,
        volume.filed_by_name,
        volume.cover,
        volume.supplement,
        volume=str(volume.id),
    )
    lines = select(VolumePaper).where(VolumePaper.volume_id == volume.id).order_by(VolumePaper.place)
    return cover, [_paper(session, root.id, line, cover) for line in session.scalars(lines)]


def _paper(session: Session, root_id: uuid.UUID, line: VolumePaper, cover: Cover) -> Paper:
    about = (line.title, line.reference, line.dated)
    if line.source == "text":
        return Paper(*about, f"{line.title}.pdf", PDF, _typeset(line, cover), ours=True)
    if line.source == "record":
        record = session.get_one(Record, line.source_id)
        content = pdf_of(record)
        if (
            content is None
            or awaits_signed_file(session, record)
            or (record.needs_seal and house().sealing and not record.sealed_sha256 and _sealed(record))
        ):
            raise outbox.NotYet(f"《{record.title}》{record.number or ''}的文件还在生成，案卷副本随后制作。")
        return Paper(*about, f"{record.title}.pdf", PDF, content, ours=True)
    if line.source == "scan":
        scan = session.get_one(RecordPaper, line.source_id)
        return Paper(*about, scan.name, scan.media_type, content_of(scan))
    found = evidence.evidence(session, root_id, line.source_id) if line.source_id else None
    if found is None:
        raise RenderFailed(f"材料“{line.title}”缺失，案卷副本没有制作。")
    row, content = found
    return Paper(*about, row.file_name, row.media_type, content)


def _sealed(record: Record) -> bool:
    return record.state in ("sealed", "served")


def _typeset(line: VolumePaper, cover: Cover) -> bytes:
    assert line.sealed_text is not None
    text = keyring().unseal(line.sealed_text, "volume_papers", "text", str(line.id)).decode()
    frozen = freeze(
        "plain",
        {"text": text, "organisation_signs": False},
        number=cover.number,
        organisation=cover.organisation,
        issued_on=cover.filed_on,
        title=line.title,
    )
    return render_frozen(frozen, code="", watermark="样本" if house().demo else "", site=house().site)


def _printed(line: Line, paper: Paper) -> dict[str, Any]:
    return {"first": line.first, "last": line.last, "sha256": hashlib.sha256(paper.content).hexdigest()}


TASKS = {BIND: bind_volume}
