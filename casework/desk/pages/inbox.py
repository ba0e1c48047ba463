"""消息: what a person was told, by which ways they want to be told, and what became of the texts of a case."""

from datetime import datetime, time
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import batch, delivery, inbox, message_kinds
from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.asking import ask, root_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.tables import Message
from union.people import Staff
from union.privacy import mask_phone
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.module import registry
from workflows.tables import Subject

CURSOR = "inbox"


class SettledForm(msgspec.Struct, kw_only=True):
    how: Annotated[
        str,
        Meta(
            title="怎样通知的",
            description="方式、时间和凭据，例如：11月20日当面送达，已签送达回证",
            min_length=4,
            max_length=300,
            extra={"widget": "textarea", "lines": 2},
        ),
    ]


@get("/messages", opt={"action": "message.view"}, sync_to_thread=True)
def messages_page(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    view: str = "",
    kind: str = "",
    after: str = "",
) -> Response[Any]:
    counts = inbox.counts(session, actor, now)
    total = sum(counts.values())
    view = view if view in inbox.VIEWS else (inbox.UNREAD if total else inbox.ALL)
    kind = kind if kind in message_kinds.KINDS else ""
    lines, more = inbox.page(session, actor, now, view, kind, _read_cursor(request, after))
    kinds = [("全部", _href(view, ""), not kind)] + [
        (f"{declared.named} {counts[name]}" if counts.get(name) else declared.named, _href(view, name), name == kind)
        for name, declared in message_kinds.KINDS.items()
    ]
    return page(
        request,
        "desk/messages.html",
        headers=CASE_PAGE,
        nav="messages",
        days=inbox.by_day(lines),
        shown=len(lines),
        unread=total,
        view=view,
        kind=kind,
        tabs=[
            (label, _href(name, kind), total if name == inbox.UNREAD else None, name == view)
            for name, label in inbox.VIEWS.items()
        ],
        kinds=kinds,
        label=inbox.kind_label,
        next_href=_href(view, kind, _sign_cursor(request, more)) if more else "",
    )


@post("/messages/read", opt={"action": "message.view"}, sync_to_thread=True)
def mark_read(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    """One message, one kind, or everything."""
    one = _id(str(posted.get("id", "")))
    kind = str(posted.get("kind", ""))
    if one is not None:
        inbox.mark_one(session, actor, now, one)
        found = session.get(Message, one)
        about = found.subject_id if found is not None and found.staff_id == actor.id else None
        return redirect(request, f"/subjects/{about}" if about else "/messages")
    kind = kind if kind in message_kinds.KINDS else ""
    done = inbox.mark_all(session, actor, now, kind)
    if done is None:
        return redirect(request, "/messages", "没有未读消息")
    return redirect(request, "/messages", batch.results(done)[0].said, undo=batch.undo_href(done))


# --- which kinds by which way


def _ways(kind: message_kinds.Kind) -> Any:
    must = "，站内必须接收" if kind.mandatory else ""
    extra = {"widget": "checks", "choices": message_kinds.WAYS, "required": kind.mandatory}
    return Annotated[list[str], Meta(title=kind.label, description=f"{kind.says}{must}", extra=extra)]


PreferencesForm = msgspec.defstruct(
    "PreferencesForm",
    [
        *((name, _ways(kind), msgspec.field(default_factory=list)) for name, kind in message_kinds.KINDS.items()),
        ("quiet_from", Annotated[time | None, Meta(title="免打扰开始", description="例如 22:00")], None),
        ("quiet_to", Annotated[time | None, Meta(title="免打扰结束", description="例如 07:30")], None),
    ],
    kw_only=True,
)


@get("/messages/preferences", opt={"action": "message.view"}, sync_to_thread=True)
def preferences_page(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    assert actor.id is not None
    chosen = message_kinds.preference(session, actor.id)
    known: dict[str, Any] = {kind: chosen.ways.get(kind, [message_kinds.IN_APP]) for kind in message_kinds.KINDS}
    known |= {"quiet_from": _time(chosen.quiet_from), "quiet_to": _time(chosen.quiet_to)}
    return _preferences(request, session, actor, show(PreferencesForm, known, Choices(words=registry.words)))


@post("/messages/preferences", opt={"action": "message.view"}, sync_to_thread=True)
def choose_preferences(request: Request[Any, Any, Any], session: Session, actor: Actor, posted: Any) -> Response[Any]:
    assert actor.id is not None
    try:
        form: Any = parse(PreferencesForm, posted, Choices(words=registry.words))
        chosen = {kind: getattr(form, kind) for kind in message_kinds.KINDS}
        message_kinds.choose(session, actor.id, chosen, form.quiet_from, form.quiet_to)
    except FormErrors as faults:
        return _preferences(request, session, actor, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(PreferencesForm, posted, Choices(words=registry.words), errors=[(fault.field, str(fault))])
        return _preferences(request, session, actor, view, 422)
    return redirect(request, "/messages", "已保存接收方式")


# --- what became of a text of a case


@post("/subjects/{subject_id:uuid}/messages/{message_id:uuid}/retry", opt={"action": "note.write"}, sync_to_thread=True)
def retry_message(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    posted: Any,
    subject_id: UUID,
    message_id: UUID,
) -> Response[Any]:
    subject, sms = _text_of(session, subject_id, message_id, held=True)
    home = f"/subjects/{subject.id}"
    if not first_time(session, actor, posted, now):
        return redirect(request, home)
    try:
        delivery.retry(session, sms, now)
    except Invalid as fault:
        return redirect(request, home, str(fault), "danger")
    said = {"what": f"重新发送给{sms.receiver_name}的短信", "text": sms.text}
    journal.record(session, subject.id, "message", said, by=actor, at=now)
    return redirect(request, home, "已重新排队发送")


@get("/subjects/{subject_id:uuid}/messages/{message_id:uuid}/settle", opt={"action": "note.write"}, sync_to_thread=True)
def settle_page(request: Request[Any, Any, Any], session: Session, subject_id: UUID, message_id: UUID) -> Response[Any]:
    subject, sms = _text_of(session, subject_id, message_id)
    return _settling(request, subject, sms, show(SettledForm))


@post(
    "/subjects/{subject_id:uuid}/messages/{message_id:uuid}/settle", opt={"action": "note.write"}, sync_to_thread=True
)
def settle_message(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    posted: Any,
    subject_id: UUID,
    message_id: UUID,
) -> Response[Any]:
    subject, sms = _text_of(session, subject_id, message_id, held=True)
    try:
        form = parse(SettledForm, posted)
        if not first_time(session, actor, posted, now):
            return redirect(request, f"/subjects/{subject.id}")
        delivery.settle(sms, form.how)
    except FormErrors as faults:
        return _settling(request, subject, sms, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(SettledForm, posted, errors=[("how", str(fault))])
        return _settling(request, subject, sms, view, 422)
    said = {"what": f"另行通知{sms.receiver_name}", "text": form.how}
    journal.record(session, subject.id, "message", said, by=actor, at=now)
    return redirect(request, f"/subjects/{subject.id}", "已登记另行通知的情况")


def _text_of(session: Session, subject_id: UUID, message_id: UUID, held: bool = False) -> tuple[Subject, Message]:
    """A text of this case; ``held`` against everybody else where it is about to be changed."""
    subject = root_of(session, subject_id)
    query = select(Message).where(
        Message.id == message_id, Message.subject_id == subject.id, Message.party_id.is_not(None)
    )
    sms = session.scalars(query.with_for_update() if held else query).first()
    if sms is None:
        raise Unknown()
    return subject, sms


def _settling(
    request: Request[Any, Any, Any], subject: Subject, sms: Message, view: FormView, status: int = 200
) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        f"另行通知{sms.receiver_name}",
        view,
        action=f"{home}/messages/{sms.id}/settle",
        back=home,
        label="登记已另行通知",
        subject=subject,
        hint=f"未送达的内容：{sms.text}",
        status=status,
    )


def _preferences(
    request: Request[Any, Any, Any], session: Session, actor: Actor, form: FormView, status: int = 200
) -> Response[Any]:
    phone = session.get_one(Staff, actor.id).phone or ""
    return page(
        request,
        "desk/preferences.html",
        status=status,
        headers=CASE_PAGE,
        nav="messages",
        form=form,
        phone=mask_phone(phone),
    )


def _href(view: str, kind: str, after: str = "") -> str:
    asked = {"view": view, "kind": kind, "after": after}
    return "/messages?" + urlencode({name: value for name, value in asked.items() if value})


def _sign_cursor(request: Request[Any, Any, Any], last: UUID) -> str:
    return str(request.app.state.site.signer.sign(CURSOR, str(last)))


def _read_cursor(request: Request[Any, Any, Any], signed: str) -> UUID | None:
    """Where the page begins, or None (the first page) when it was not signed by us."""
    text = request.app.state.site.signer.read(CURSOR, signed) if signed else None
    return UUID(text) if text else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
