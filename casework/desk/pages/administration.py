"""What the administrators look after beside people and settings: stopped jobs, and the audit logs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import audit_lists
from casework.desk.audit_lists import VIEWS
from casework.desk.pages.steps import CASE_PAGE
from union import audit
from web.pages import page, redirect
from workflows import outbox
from workflows.actor import Actor
from workflows.module import registry
from workflows.tables import OutboxMessage, Subject

MOST = 200
PER_PAGE = 100
TOPICS = {
    "documents.render": "生成文书",
    "documents.seal": "加盖电子印章",
    "documents.renew": "续加归档时间戳",
    "desk.bind_volume": "制作案卷副本",
    "desk.told": "通知当事人",
    "desk.notice": "通知工作人员",
    "desk.invitation": "发出{sitting}通知",
    "desk.moved": "告知{sitting}改期",
    "desk.called_off": "告知{sitting}取消或者延期",
    "desk.code": "发送登录验证码",
    "desk.send": "发送短信",
    "desk.check": "查询短信是否送达",
    "desk.undelivered": "提醒短信未送达",
    "timers.alert": "期限提醒",
}


def topic_label(topic: str) -> str:
    """What is being done, in the words of the modules."""
    return registry.words.said(TOPICS.get(topic, topic))


FILES = (
    "documents.render",
    "documents.seal",
    "documents.renew",
)  # the files of records: what a batch of notices consists of


# --- jobs under way, and stopped ones


@get("/admin/outbox", opt={"action": "admin.outbox"}, sync_to_thread=True)
def stopped(request: Request[Any, Any, Any], session: Session, now: datetime) -> Response[Any]:
    rows = stopped_jobs(session, MOST)
    return page(
        request,
        "desk/outbox.html",
        headers=CASE_PAGE,
        nav="outbox",
        rows=rows,
        topics={topic: topic_label(topic) for topic in TOPICS},
        files=outbox.progress(session, FILES, now - timedelta(hours=24)),
        concerns=concerns(session, rows),
    )


def stopped_jobs(session: Session, limit: int) -> Sequence[OutboxMessage]:
    """Those that will not be tried again by themselves, the first stopped first."""
    stopped_ones = select(OutboxMessage).where(OutboxMessage.status == "stopped")
    return session.scalars(stopped_ones.order_by(OutboxMessage.ready_at, OutboxMessage.id).limit(limit)).all()


@post("/admin/outbox/{message_id:uuid}/retry", opt={"action": "admin.outbox"}, sync_to_thread=True)
def try_again(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, message_id: UUID
) -> Response[Any]:
    _retry(session, [message_id], actor, now)
    return redirect(request, "/admin/outbox", "已重新排队，稍后查看结果")


@post("/admin/outbox/retry", opt={"action": "admin.outbox"}, sync_to_thread=True)
def try_all_again(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    query = select(OutboxMessage.id).where(OutboxMessage.status == "stopped").order_by(OutboxMessage.ready_at)
    count = _retry(session, list(session.scalars(query.limit(MOST))), actor, now)
    return redirect(request, "/admin/outbox", f"{count} 项已重新排队，稍后查看结果")


@post("/admin/outbox/pause", opt={"action": "admin.outbox"}, sync_to_thread=True)
def pause(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    count = outbox.pause(session, FILES)
    audit.note(session, "暂停批量出文书", f"{count} 项", by=actor, at=now)
    return redirect(request, "/admin/outbox", f"已暂停 {count} 项；正在做的做完为止")


@post("/admin/outbox/resume", opt={"action": "admin.outbox"}, sync_to_thread=True)
def resume(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    count = outbox.resume(session, FILES)
    audit.note(session, "继续批量出文书", f"{count} 项", by=actor, at=now)
    return redirect(request, "/admin/outbox", f"{count} 项接着做")


def _retry(session: Session, ids: list[UUID], actor: Actor, now: datetime) -> int:
    retried = 0
    for message in session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(ids))):
        if message.status == "stopped":
            said = f"{topic_label(message.topic)}，已试 {message.attempts} 次"
            audit.note(session, "重试后台任务", said, by=actor, at=now, about=message.id)
            outbox.retry(session, message.id, now)
            retried += 1
    return retried


def concerns(session: Session, rows: Sequence[OutboxMessage]) -> dict[UUID, tuple[str, str]]:
    """message -> (the number of the case or record it is about, what that is); never a name."""
    table = Subject.__table__
    ids = {row.subject_id for row in rows if row.subject_id}
    subjects = {row.id: row for row in session.execute(select(table).where(table.c.id.in_(ids)))}
    roots = {row.root_id for row in subjects.values()}
    numbers = dict(session.execute(select(table.c.id, table.c.number).where(table.c.id.in_(roots))).all())
    found = {}
    for row in rows:
        if subject := subjects.get(row.subject_id):
            number = subject.number or numbers.get(subject.root_id) or "未编号"
            found[row.id] = (number, registry.workflow(subject.workflow, subject.definition_version).label)
    return found


# --- audit


@get("/admin/audit", opt={"action": "admin.audit"}, sync_to_thread=True)
def audit_log(
    request: Request[Any, Any, Any],
    session: Session,
    view: str = "security",
    who: str = "",
    since: str = "",
    before: int = 0,
) -> Response[Any]:
    shown = view if view in VIEWS else "security"
    rows, more = audit_lists.entries(session, shown, who.strip()[:50], audit_lists.day(since), before, PER_PAGE)
    return page(
        request,
        "desk/audit.html",
        headers=CASE_PAGE,
        nav="audit",
        view=shown,
        views=VIEWS,
        rows=rows,
        who=who.strip()[:50],
        since=since if audit_lists.day(since) else "",
        more=more,
    )


@get("/admin/audit/reads", opt={"action": "admin.audit"}, sync_to_thread=True)
def reads(request: Request[Any, Any, Any], session: Session, today: date) -> Response[Any]:
    """Who opened which case, and who had a masked value shown in full."""
    asked = audit_lists.read(request.query_params, today)
    said: dict[str, Any] = {
        "number": asked.number,
        "who": asked.who,
        "month": asked.month,
        "since": asked.first.isoformat(),
    }
    return page(
        request,
        "desk/reads.html",
        headers=CASE_PAGE,
        nav="audit",
        views=VIEWS,
        view="reads",
        opened=audit_lists.opened(session, asked, MOST),
        revealed=audit_lists.revealed(session, asked, MOST),
        asked=urlencode({name: value for name, value in said.items() if value}),
        **said,
    )


@post("/admin/audit/verify", opt={"action": "admin.audit"}, sync_to_thread=True)
def verify_log(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    wrong = list(audit.verify(session))
    said = "记录完整，没有改动" if not wrong else f"{len(wrong)} 条对不上，第一条是第 {wrong[0]} 条"
    audit.note(session, "核对审计记录", said, by=actor, at=now, family=audit.SECURITY)
    return redirect(request, "/admin/audit", f"核对结果：{said}", "ok" if not wrong else "danger")


routes = (stopped, try_again, try_all_again, pause, resume, audit_log, reads, verify_log)
