"""The archive's pages: the volumes of one file, a later paper filed, what is ready to be filed and what is kept until when."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import archive, cursor, evidence, filed
from casework.desk.archive import Volume
from casework.desk.pages.asking import Asked, Command, pages, root_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.pages.writing import attached
from documents.filing import PARTS, SIDE
from union.access import can
from web.errors import Problem
from web.pages import page
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.form import Attachment
from workflows.module import registry

VIEWS = {"ready": "待归档", "filed": "已归档"}


class SupplementForm(msgspec.Struct, kw_only=True):
    """Later papers of a file in the archive."""

    files: Annotated[
        list[Attachment],
        Meta(title="补充的材料", description="归档以后做成的文书自动列入，不用上传", extra={"required": False}),
    ] = []
    title: Annotated[str, Meta(title="名称", description="空着即用文件名；一次多份的依次编号", max_length=200)] = ""
    received_on: Annotated[date | None, Meta(title="收到日期", extra={"not_future": True})] = None
    reason: Annotated[str, Meta(title="补充归档的理由", min_length=2, max_length=200)]


@get("/subjects/{subject_id:uuid}/archive", opt={"action": "archive.view"}, sync_to_thread=True)
def archive_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, subject_id: UUID
) -> Response[Any]:
    """卷宗: cover, catalogue and copy of every volume the reader may open."""
    subject = root_of(session, subject_id)
    aside = can(session, actor, "archive.side", subject, at=now)
    return page(
        request,
        "desk/archive.html",
        headers=CASE_PAGE,
        nav=f"cases.{registry.module_for(subject).name}",
        subject=subject,
        volumes=filed.volumes(session, subject.id, aside=aside),
        waiting=filed.unfiled(session, subject.id) if aside else [],
        unfit=archive.unfit(session, subject.id) if aside else [],
        kept_because=archive.reasons_to_keep(session, subject.id, today),
        may_file=can(session, actor, "archive.file", subject, at=now),
    )


@post(
    "/subjects/{subject_id:uuid}/archive/{volume_id:uuid}",
    opt={"action": "archive.view"},
    sync_to_thread=True,
    status_code=200,
)
def take_copy(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, subject_id: UUID, volume_id: UUID
) -> Response[Any]:
    """The reading copy of a volume; who took it is written to the history."""
    subject = root_of(session, subject_id)
    volume = session.get(Volume, volume_id)
    if volume is None or volume.root_id != subject.id:
        raise Unknown()
    if volume.part == SIDE and not can(session, actor, "archive.side", subject, at=now):
        raise Unknown()
    content = archive.copy_of(session, volume)
    if content is None:
        problem = Problem(404, "案卷副本正在制作", "通常几分钟内完成，稍后再下载。", icon="file-clock")
        return page(request, "errors/page.html", status=404, problem=problem, number="", kept=[])
    said = {"text": volume.label, "volume": str(volume.id)}
    journal.record(session, subject.id, archive.TAKEN, said, by=actor, at=now)
    name = f"{subject.number or subject.title} {volume.label}（副本）.pdf"
    return Response(content, media_type="application/pdf", headers=attached(name))


def _supplement(asked: Asked) -> Command:
    lines = filed.unfiled(asked.session, asked.subject.id)
    listed = f"归档以后做成、尚未归档的有：{'、'.join(line.title for line in lines[:10])}。" if lines else ""
    return Command(
        "补充归档",
        SupplementForm,
        "补充归档",
        _file_supplement,
        subject=asked.subject,
        back=f"{asked.home}/archive",
        hint=f"另成一册，有自己的目录和页号；已经归档的各册不变。{listed}",
        law=(archive.RETENTION,),
    )


def _file_supplement(asked: Asked, form: SupplementForm) -> str:
    if archive.filed_on(asked.session, asked.subject.id) is not None:
        evidence.take_in(
            asked.session,
            asked.subject.id,
            form.files,
            by=asked.actor,
            at=asked.now,
            received_on=form.received_on or asked.today,
            title=form.title,
            purpose=form.reason,
        )
        asked.session.flush()
    volumes = archive.file_supplement(
        asked.session, asked.subject, by=asked.actor, at=asked.now, on=asked.today, reason=form.reason
    )
    return f"已补充归档：{'、'.join(PARTS[volume.part] for volume in volumes)}"


supplement = pages("/subjects/{subject_id:uuid}/archive/supplement", "archive.file", _supplement)


@get("/archive", opt={"action": "archive.list"}, sync_to_thread=True)
def archive_list(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    view: str = "",
    q: str = "",
    after: str = "",
) -> Response[Any]:
    """What is ready to be filed, the longest closed first; what is filed, with the day until which it is kept."""
    view = view if view in VIEWS else "ready"
    signer = request.app.state.site.signer
    listed = filed.ready if view == "ready" else filed.register
    rows, more = listed(session, actor, now, q, cursor.read(signer, after, view))
    next_href = "/archive?" + urlencode({"view": view, "q": q, "after": more.signed(signer, view)}) if more else ""
    return page(
        request,
        "desk/archived.html",
        headers=CASE_PAGE,
        nav="archive",
        view=view,
        q=q,
        rows=rows,
        next_href=next_href,
        schedule=archive.schedule(session, now.date()),
        tabs=[(label, f"/archive?view={name}", None, name == view) for name, label in VIEWS.items()],
    )


routes = (archive_page, take_copy, *supplement, archive_list)
