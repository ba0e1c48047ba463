"""The second factor inside the form of a step: asked for when five minutes have passed, proved before anything is done."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import Request
from sqlalchemy.orm import Session

from union import second_factor
from web.forms import Field, FormView
from web.visitor import current_actor
from workflows.actor import Actor
from workflows.definition import Transition
from workflows.errors import Invalid

CODE = "_code"


def proved(
    request: Request[Any, Any, Any], session: Session, actor: Actor, transition: Transition, posted: Any, now: datetime
) -> Actor:
    """The actor as proved by the code that was sent; raises Invalid for the field of the code."""
    if not transition.second_factor or actor.has_proved(now):
        return actor
    code = str(posted.get(CODE, "")).strip()[:20]
    if not code:
        raise Invalid(CODE, "填写手机上的动态口令。")
    try:
        second_factor.prove(session, actor, request.scope["auth"].session, code, at=now)
    except Invalid as fault:
        raise Invalid(CODE, str(fault)) from fault
    known = request.scope["auth"] = replace(request.scope["auth"], actor=replace(actor, proved_at=now))
    return known.actor


def asking(request: Request[Any, Any, Any], session: Session, transition: Transition, view: FormView) -> FormView:
    """The form with the question for the code as its last field, where the step needs it and it was not given lately."""
    now, actor = request.app.state.site.clock(), current_actor(request)
    if not transition.second_factor or actor.has_proved(now):
        return view
    found = second_factor.enrolled(session, actor.id)
    hint = "手机上的六位数字；验证一次，五分钟内不再询问。"
    if found is None:
        hint = "还没有设置动态口令：先在“动态口令”页设置，再来办理。"
    elif request.app.state.site.demo:
        hint = f"演示：当前动态口令 {second_factor.current_code(found, now)}（正式使用时只在手机上显示）。"
    fault = next((error.sentence for error in view.errors if error.name == CODE), "")
    asked = Field(CODE, "动态口令", "text", cls="short", required=True, hint=hint, error=fault, inputmode="numeric")
    return replace(view, fields=(*view.fields, asked))
