"""Official records: their register, one record with its next steps, its file, and the public check of a code."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import cursor, next_step, reading, registers, stepper
from casework.desk.casefile import tone_of
from casework.desk.pages.administration import topic_label
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.pages.writing import attached
from documents.correcting import chain_of
from documents.papers import papers_of
from documents.printing import digest_of
from documents.record import attempts_of, facts_of
from documents.serving import RELATIONS, WAYS_OF_SERVING, address_of
from documents.signing import ORIGINALS, WAYS_OF_SIGNING
from documents.store import Damaged, Store
from documents.tables import Record
from union.access import can
from union.privacy import mask_address
from web.errors import Problem
from web.headers import SHOWING_A_FILE, SHOWN_IN_PAGE
from web.pages import page
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.fire import Possible, preview
from workflows.module import registry
from workflows.tables import OutboxMessage, Subject


@get("/documents", opt={"action": "todo.view"}, sync_to_thread=True)
def register(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, q: str = "", after: str = ""
) -> Response[Any]:
    signer = request.app.state.site.signer
    rows, more = registers.records(session, actor, now, q, cursor.read(signer, after))
    next_href = "/documents?" + urlencode({"q": q, "after": more.signed(signer)}) if more else ""
    return page(
        request,
        "desk/documents.html",
        headers=CASE_PAGE,
        nav="documents",
        rows=rows,
        q=q,
        next_href=next_href,
        words=registry.words,
    )


@get("/records/{subject_id:uuid}", opt={"action": "record.view"}, sync_to_thread=True)
def record_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, subject_id: UUID
) -> Response[Any]:
    record = record_of(session, subject_id, actor, now)
    workflow = registry.workflow_for(record)
    state = workflow.state_by_id[record.state]
    may_act = can(session, actor, "case.act", record, at=now)
    seen = preview(session, record, by=actor, at=now) if may_act else []
    return page(
        request,
        "desk/record.html",
        headers={**CASE_PAGE, "content-security-policy": SHOWING_A_FILE},
        nav="documents",
        record=record,
        root=session.get_one(Subject, record.root_id),
        facts=facts_of(session, record, by=actor),
        papers=papers_of(session, record.id),
        chain=chain_of(session, record),
        state=state,
        tone=tone_of(state),
        steps=stepper.steps(record, stepper.way(session, record), today),
        possible=_pad_first(record, next_step.in_order(workflow, record.state, seen)),
        blocked=[p for p in seen if not next_step.at_hand(p)],
        trouble=_trouble(session, record),
        ways=WAYS_OF_SIGNING,
        originals=ORIGINALS,
        ways_of_serving=WAYS_OF_SERVING,
        relations=RELATIONS,
        attempts=attempts_of(session, record.id),
        address=lambda row: mask_address(address_of(row)),
    )


def _trouble(session: Session, record: Record) -> str:
    """Why a file of the record is not there, and what happens next."""
    failed = OutboxMessage.problem.is_not(None) & (OutboxMessage.status != "done")
    unmade = select(OutboxMessage).where(OutboxMessage.subject_id == record.id, failed).order_by(OutboxMessage.id)
    message = session.scalars(unmade.limit(1)).first()
    if message is None:
        return ""
    goes_on = "系统稍后自动再试" if message.status != "stopped" else "已停止；排除原因后由系统管理员在后台任务中重试"
    why = (message.problem or "").partition(": ")[2] or message.problem  # behind the name of the error
    return f"{topic_label(message.topic)}没有办成：{why} 文号不变；已试 {message.attempts} 次，{goes_on}。"


def _pad_first(record: Record, possibles: list[Possible]) -> list[Possible]:
    """Where the file is to be the original, signing on the tablet is what comes next."""
    if record.original != "electronic":
        return possibles
    return sorted(possibles, key=lambda p: p.transition.trigger != "sign_on_pad" or not p.allowed)


@get("/records/{subject_id:uuid}/file", opt={"action": "record.view"}, sync_to_thread=True)
def record_file(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, subject_id: UUID, show: str = ""
) -> Response[Any]:
    """The PDF to keep; with ``show=1`` to be looked at inside the page of the record."""
    record = record_of(session, subject_id, actor, now)
    digest = digest_of(record)
    if digest is None:
        return _no_file(request, Problem(404, "文书正在生成", "通常几秒钟内完成，稍后再下载。", icon="file-clock"))
    try:
        content = Store(request.app.state.settings.records).get(digest)
    except Damaged as fault:
        return _no_file(request, Problem(500, "文书文件有问题，没有下载", str(fault), icon="file-exclamation-point"))
    reading.saw(request.app.state.database.sessions, record.root_id, actor, now)
    name = f"{record.number or record.title}.pdf"
    return Response(content, media_type="application/pdf", headers=SHOWN_IN_PAGE if show else attached(name))


def _no_file(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    return page(request, "errors/page.html", status=problem.status, problem=problem, number="", kept=[])


def record_of(session: Session, subject_id: UUID, actor: Actor, at: datetime) -> Record:
    """A record of the 副卷 is not there for whoever may read the 正卷 alone."""
    record = session.get(Subject, subject_id)
    if not isinstance(record, Record):
        raise Unknown()
    if registry.kept_aside(record.kind_id) and not can(session, actor, "archive.side", record, at=at):
        raise Unknown()
    return record
