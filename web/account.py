"""One's own second factor: set up with a telephone, confirmed with its first code; taken off by an administrator."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import segno
from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from union import second_factor
from union.people import Staff
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown

OWN, ALL = "/account/second-factor", "/admin/second-factors"


class CodeForm(msgspec.Struct, kw_only=True):
    code: Annotated[
        str,
        msgspec.Meta(
            title="动态口令",
            description="手机上显示的六位数字",
            min_length=6,
            max_length=8,
            extra={"inputmode": "numeric"},
        ),
    ]


class TakeOffForm(msgspec.Struct, kw_only=True):
    because: Annotated[
        str, msgspec.Meta(title="解除原因", description="如手机遗失，注明核实身份的方式", min_length=4, max_length=200)
    ]


@get(OWN, opt={"action": "account.own"}, sync_to_thread=True)
def own_second_factor(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    return _own(request, session, actor, show(CodeForm))


@post(f"{OWN}/start", opt={"action": "account.own"}, sync_to_thread=True)
def start_second_factor(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime
) -> Response[Any]:
    """Who has a telephone in use gives its code first: a session left open must not hand the seal to a stranger."""
    if second_factor.enrolled(session, actor.id) is not None and not actor.has_proved(now):
        return redirect(request, f"{OWN}/prove")
    assert actor.id is not None
    second_factor.start(session, actor.id, at=now)
    return redirect(request, OWN)


@post(f"{OWN}/confirm", opt={"action": "account.own"}, sync_to_thread=True)
def confirm_second_factor(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    try:
        form = parse(CodeForm, posted)
        second_factor.confirm(session, actor, form.code, at=now)
    except FormErrors as faults:
        return _own(request, session, actor, faults.view)
    except Invalid as fault:
        return _own(request, session, actor, shown_again(CodeForm, {}, errors=[(fault.field, str(fault))]))
    return redirect(request, OWN, "动态口令已启用")


@get(f"{OWN}/prove", opt={"action": "account.own"}, sync_to_thread=True)
def prove_page(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    return _prove(request, session, actor, now, show(CodeForm))


@post(f"{OWN}/prove", opt={"action": "account.own"}, sync_to_thread=True)
def prove_second_factor(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    try:
        form = parse(CodeForm, posted)
        second_factor.prove(session, actor, request.scope["auth"].session, form.code, at=now)
    except FormErrors as faults:
        return _prove(request, session, actor, now, faults.view)
    except Invalid as fault:
        view = shown_again(CodeForm, {}, errors=[(fault.field, str(fault))])
        return _prove(request, session, actor, now, view)
    return redirect(request, OWN, "身份已验证，五分钟内有效")


@get(ALL, opt={"action": "admin.sessions"}, sync_to_thread=True)
def second_factors(request: Request[Any, Any, Any], session: Session) -> Response[Any]:
    return page(request, "second_factors.html", nav="second_factors", rows=second_factor.holders(session))


@get(f"{ALL}/{{staff_id:uuid}}", opt={"action": "admin.sessions"}, sync_to_thread=True)
def take_off_page(request: Request[Any, Any, Any], session: Session, staff_id: UUID) -> Response[Any]:
    return _take_off(request, _holder(session, staff_id), show(TakeOffForm))


@post(f"{ALL}/{{staff_id:uuid}}", opt={"action": "admin.sessions"}, sync_to_thread=True)
def take_off_second_factor(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, staff_id: UUID
) -> Response[Any]:
    staff = _holder(session, staff_id)
    try:
        form = parse(TakeOffForm, posted)
    except FormErrors as faults:
        return _take_off(request, staff, faults.view)
    if staff.id == actor.id:
        sentence = "本人的动态口令由另一名安全管理员解除。"
        return _take_off(request, staff, shown_again(TakeOffForm, posted, errors=[("because", sentence)]))
    second_factor.take_off(session, staff, form.because, by=actor, at=now)
    return redirect(request, ALL, f"已解除{staff.name}的动态口令，并退出其全部登录")


def _own(request: Request[Any, Any, Any], session: Session, actor: Actor, form: FormView) -> Response[Any]:
    begun = second_factor.started(session, actor.id)
    account = session.scalar(select(Staff.account).where(Staff.id == actor.id)) or ""
    address = begun.address(account) if begun else ""
    return page(
        request,
        "second_factor.html",
        status=form.status,
        nav="second_factor",
        form=form,
        used=second_factor.enrolled(session, actor.id),
        begun=begun,
        secret=_grouped(begun.secret) if begun else "",
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=3, light="#fff") if begun else "",
    )


def _prove(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, form: FormView
) -> Response[Any]:
    found = second_factor.enrolled(session, actor.id)
    shown = second_factor.current_code(found, now) if found and request.app.state.site.demo else ""
    return page(request, "prove.html", status=form.status, nav="second_factor", form=form, demo_code=shown)


def _take_off(request: Request[Any, Any, Any], staff: Staff, form: FormView) -> Response[Any]:
    return page(request, "take_off.html", status=form.status, nav="second_factors", staff=staff, form=form)


def _holder(session: Session, staff_id: UUID) -> Staff:
    staff = session.get(Staff, staff_id)
    if staff is None or second_factor.enrolled(session, staff_id) is None:
        raise Unknown()
    return staff


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


routes = (
    own_second_factor,
    start_second_factor,
    confirm_second_factor,
    prove_page,
    prove_second_factor,
    second_factors,
    take_off_page,
    take_off_second_factor,
)
