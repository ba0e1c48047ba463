"""Side effects that stopped after their last attempt, and a person's word to try again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.pages.steps import CASE_PAGE
from web.pages import page, redirect
from workflows import outbox
from workflows.actor import Actor
from workflows.tables import OutboxMessage

MOST = 200
TOPICS = {
    "documents.render": "生成文书",
    "desk.told": "通知当事人",
    "desk.notice": "通知工作人员",
    "timers.alert": "期限提醒",
}


@get("/admin/outbox", opt={"action": "admin.outbox"}, sync_to_thread=True)
def stopped(request: Request[Any, Any, Any], session: Session) -> Response[Any]:
    query = select(OutboxMessage).where(OutboxMessage.status == "stopped").order_by(OutboxMessage.ready_at).limit(MOST)
    rows = session.scalars(query).all()
    return page(request, "desk/outbox.html", headers=CASE_PAGE, nav="outbox", rows=rows, topics=TOPICS)


@post("/admin/outbox/{message_id:uuid}/retry", opt={"action": "admin.outbox"}, sync_to_thread=True)
def try_again(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, message_id: UUID
) -> Response[Any]:
    outbox.retry(session, message_id, now)
    return redirect(request, "/admin/outbox", "已重新排队，稍后查看结果")
