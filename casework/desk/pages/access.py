"""Who can see a case and why, who has looked, and how a colleague who cannot asks for leave to read it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from casework.desk import messages, reading, search
from casework.desk.assignment import handlers
from casework.desk.forms import AnswerAccessForm, AskAccessForm, EndAccessForm
from casework.desk.pages.asking import Asked, Command, pages, root_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.tables import ACCESS_ANSWERS, AccessRequest
from union.access import can, in_conflict, visible
from union.case_access import CaseAccess, grants_of, who_may
from union.people import Staff
from web.filters import cn_day
from web.pages import page
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.law import Policy
from workflows.module import registry
from workflows.tables import Subject

SHOWN = 50
USUAL, LONGEST = timedelta(days=30), timedelta(days=90)
RULE = Policy("因工作需要临时查看案件的，由负责人批准，写明理由和期限", "9-17")
STANDING_IN = "standing_in"  # the other way of being ``assigned``
STANDINGS = {
    "any": "",
    "assigned": "承办本案",
    STANDING_IN: "承办人休假，由其代班",
    "opened": "本案由其登记",
    "unassigned": "本案尚未指定{handler}",
    "granted": "经负责人批准临时查看",
    "party": "本案当事人",
}
POSITIONS = {"own": "本单位案件", "below": "下级单位案件", "above": "上级单位案件", "beside": "同级单位案件", "any": ""}


@get("/subjects/{subject_id:uuid}/access", opt={"action": "access.view"}, sync_to_thread=True)
def access_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, subject_id: UUID
) -> Response[Any]:
    subject = root_of(session, subject_id)
    words = registry.words_for(subject)
    return page(
        request,
        "desk/access.html",
        headers=CASE_PAGE,
        nav=f"cases.{registry.module_for(subject).name}",
        subject=subject,
        seers=who_may(session, subject, "case.view", today),
        holders={handler.staff_id for handler in handlers(session, subject.id, today)},
        standing_in=STANDING_IN,
        standings={name: words.said(standing) for name, standing in STANDINGS.items()},
        positions=POSITIONS,
        grants=grants_of(session, subject.id, today),
        requests=_requests(session, subject.id),
        answers=ACCESS_ANSWERS,
        readers=reading.readers(session, subject.id),
        may_grant=can(session, actor, "access.grant", subject, at=now),
    )


def _requests(session: Session, root_id: UUID) -> list[tuple[AccessRequest, str]]:
    query = (
        select(AccessRequest, Staff.name)
        .join(Staff, Staff.id == AccessRequest.staff_id)
        .where(AccessRequest.root_id == root_id)
        .order_by(AccessRequest.at.desc())
        .limit(SHOWN)
    )
    return [(row, name) for row, name in session.execute(query)]


# --- asking


def _asking(asked: Asked) -> Command:
    return Command(
        "申请查看案件",
        AskAccessForm,
        "提交申请",
        _ask,
        back="/access",
        hint="看不到但工作上需要查看的案件，写明案号和理由，由案件所在单位的负责人答复。编号有误的不会有人答复。",
        law=(RULE,),
    )


def _ask(asked: Asked, form: AskAccessForm) -> str:
    """The answer is the same whether there is such a case or not: nobody learns of a case by asking."""
    until = _in_time(form.until or asked.today + USUAL, asked.today)
    root = search.numbered(asked.session, form.number, true())
    if root is not None and can(asked.session, asked.actor, "case.view", root, at=asked.now):
        raise Invalid("number", f"你已经可以查看{root.number}，无须申请。")
    request = AccessRequest(
        staff_id=asked.actor.id,
        root_id=root.id if root else None,
        number=form.number.strip(),
        reason=form.reason,
        until=until,
        at=asked.now,
    )
    asked.session.add(request)
    if root is not None:
        said = {"text": f"{form.reason}（至{cn_day(until)}）", "request": str(request.id)}
        journal.record(asked.session, root.id, "access_asked", said, by=asked.actor, at=asked.now)
        for head in messages.heads(asked.session, root.organisation_id, asked.now):
            text = f"{asked.actor.name}申请查看{root.number or root.title}：{form.reason}"
            messages.tell_staff(asked.session, head, text, asked.now, root.id)
    return "已提交申请，答复会在消息中告知"


ask_for_access = pages("/access/new", "todo.view", _asking)


@get("/access", opt={"action": "todo.view"}, sync_to_thread=True)
def my_requests(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    """What I asked for, and what I am to answer."""
    return page(
        request,
        "desk/requests.html",
        nav="access",
        own=asked_by(session, actor),
        waiting=to_answer(session, actor, now),
        answers=ACCESS_ANSWERS,
    )


def asked_by(session: Session, actor: Actor, limit: int = SHOWN) -> Sequence[AccessRequest]:
    own = select(AccessRequest).where(AccessRequest.staff_id == actor.id).order_by(AccessRequest.at.desc())
    return session.scalars(own.limit(limit)).all()


def to_answer(session: Session, actor: Actor, now: datetime, limit: int = SHOWN) -> Sequence[Any]:
    """What waits for this person's answer: the request, who asked, the number and the title of the case."""
    table = Subject.__table__
    waiting = (
        select(AccessRequest, Staff.name, table.c.number, table.c.title)
        .join(Staff, Staff.id == AccessRequest.staff_id)
        .join(table, table.c.id == AccessRequest.root_id)
        .where(AccessRequest.answer == "", visible(session, actor, at=now, action="access.grant", roots=True))
        .order_by(AccessRequest.at)
        .limit(limit)
    )
    return session.execute(waiting).all()


# --- answering


def _answering(asked: Asked) -> Command:
    request, name = _request(asked)
    return Command(
        f"答复{name}的查看申请",
        AnswerAccessForm,
        "答复申请",
        _answer,
        subject=asked.subject,
        back=f"{asked.home}/access",
        known={"until": request.until, "answer": "granted"},
        hint=f"申请理由：{request.reason}。批准后可以查看案件、文书和材料，不能办理；到期自动失效，随时可以收回。",
        law=(RULE,),
    )


def _answer(asked: Asked, form: AnswerAccessForm) -> str:
    request, name = _request(asked)
    subject = asked.subject
    if request.answer:
        raise Invalid("answer", f"这项申请已经答复：{ACCESS_ANSWERS[request.answer]}。")
    if form.answer == "refused" and len(form.reason.strip()) < 2:
        raise Invalid("reason", "写明不批准的理由。")
    if form.answer == "granted":
        _grant(asked, request, name, form)
    request.answer, request.answer_reason = form.answer, form.reason
    request.answered_by, request.answered_at = asked.actor.id, asked.now
    word = ACCESS_ANSWERS[form.answer]
    text = f"{name}：{form.reason}" if form.reason else name
    said = {"text": f"{text}（至{cn_day(request.until)}）" if form.answer == "granted" else text}
    journal.record(asked.session, subject.id, f"access_{form.answer}", said, by=asked.actor, at=asked.now)
    told = f"查看{request.number}的申请{word}" + (f"：{form.reason}" if form.reason else "")
    opened = subject.id if form.answer == "granted" else None
    messages.tell_staff(asked.session, request.staff_id, told, asked.now, opened)
    return f"{word}{name}的申请"


def _grant(asked: Asked, request: AccessRequest, name: str, form: AnswerAccessForm) -> None:
    if asked.actor.id == request.staff_id:
        raise Invalid("answer", "不能批准自己的申请，请上级负责人答复。")
    if in_conflict(asked.session, asked.subject.id, request.staff_id, asked.today):
        raise Invalid("answer", f"{name}在本案中须回避，不能批准。")
    request.until = _in_time(form.until or request.until, asked.today)
    asked.session.add(
        CaseAccess(
            root_id=asked.subject.id,
            staff_id=request.staff_id,
            valid_from=asked.today,
            valid_to=request.until,
            reason=request.reason,
            granted_by=asked.actor.id,
        )
    )


def _in_time(until: date, today: date) -> date:
    if not today <= until <= today + LONGEST:
        raise Invalid("until", f"期限写今天至{cn_day(today + LONGEST)}之间的日期。")
    return until


def _request(asked: Asked) -> tuple[AccessRequest, str]:
    request = asked.session.get(AccessRequest, asked.part("request_id"))
    if request is None or request.root_id != asked.subject.id:
        raise Unknown()
    return request, asked.session.scalar(select(Staff.name).where(Staff.id == request.staff_id)) or ""


answer_request = pages("/subjects/{subject_id:uuid}/access/{request_id:uuid}", "access.grant", _answering)


# --- taking it back


def _ending(asked: Asked) -> Command:
    _, name = _given(asked)
    return Command(
        f"收回{name}的查看权限",
        EndAccessForm,
        "收回权限",
        _end,
        subject=asked.subject,
        back=f"{asked.home}/access",
        hint="立即失效。",
    )


def _end(asked: Asked, form: EndAccessForm) -> str:
    """A leave of today is taken back whole; an older one ends yesterday. The journal keeps both."""
    given, name = _given(asked)
    if given.valid_from >= asked.today:
        asked.session.delete(given)
    else:
        given.end_on(asked.today - timedelta(days=1))
    said = {"text": f"{name}：{form.reason}"}
    journal.record(asked.session, asked.subject.id, "access_ended", said, by=asked.actor, at=asked.now)
    told = f"查看{asked.subject.number or asked.subject.title}的权限已收回：{form.reason}"
    messages.tell_staff(asked.session, given.staff_id, told, asked.now, None)
    return f"已收回{name}的查看权限"


def _given(asked: Asked) -> tuple[CaseAccess, str]:
    found = {given.id: (given, name) for given, name in grants_of(asked.session, asked.subject.id, asked.today)}
    if asked.part("grant_id") not in found:
        raise Unknown()
    return found[asked.part("grant_id")]


end_access = pages("/subjects/{subject_id:uuid}/access/{grant_id:uuid}/end", "access.grant", _ending)
