"""消息模板: an administrator writes the wording of messages, sees it filled, and from when it holds."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import delivery, message_templates
from casework.desk.message_templates import TEMPLATES
from casework.desk.once import first_time
from casework.desk.pages.steps import CASE_PAGE, new_key
from union.people import name_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown


class WordingForm(msgspec.Struct, kw_only=True):
    text: Annotated[str, Meta(title="文字", min_length=2, max_length=500, extra={"widget": "textarea", "lines": 4})]
    provider_code: Annotated[
        str,
        Meta(
            title="服务商模板编号",
            description="短信服务商审核通过后给出的编号，例如 SMS_154950909",
            max_length=40,
            pattern=r"^[A-Za-z0-9_-]*$",
        ),
    ] = ""
    valid_from: Annotated[date | None, Meta(title="启用日期", description="空着即为今天")] = None


@get("/admin/templates", opt={"action": "admin.templates"}, sync_to_thread=True)
def template_list(request: Request[Any, Any, Any], session: Session, today: date) -> Response[Any]:
    rows = [(name, template, message_templates.wording(session, name, today)) for name, template in TEMPLATES.items()]
    return page(request, "desk/wordings.html", headers=CASE_PAGE, nav="templates", rows=rows)


@get("/admin/templates/{name:str}", opt={"action": "admin.templates"}, sync_to_thread=True)
def template_page(request: Request[Any, Any, Any], session: Session, today: date, name: str) -> Response[Any]:
    _known(name)
    worded = message_templates.wording(session, name, today)
    known = {"text": worded.text, "provider_code": worded.provider_code}
    return _wording(request, session, name, show(WordingForm, known, None, today), worded.text)


@post("/admin/templates/{name:str}", opt={"action": "admin.templates"}, sync_to_thread=True)
def reword(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    name: str,
) -> Response[Any]:
    _known(name)
    typed = str(posted.get("text", ""))[: message_templates.LONGEST]
    try:
        form = parse(WordingForm, posted, None, today)
        if wrong := message_templates.problems(name, form.text):
            raise Invalid("text", "".join(wrong))
        if posted.get("_preview"):
            return _wording(request, session, name, shown_again(WordingForm, posted, None, today), form.text)
        _refuse_past(form.valid_from, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, f"/admin/templates/{name}")
        begins = form.valid_from or today
        message_templates.reword(session, name, form.text, form.provider_code, begins, actor.id, now)
    except FormErrors as faults:
        return _wording(request, session, name, faults.view, typed, faults.view.status)
    except Invalid as fault:
        session.rollback()
        view = shown_again(WordingForm, posted, None, today, [(fault.field, str(fault))])
        return _wording(request, session, name, view, typed, 422)
    return redirect(request, f"/admin/templates/{name}", f"已保存，自 {begins.isoformat()} 起使用")


def _known(name: str) -> None:
    if name not in TEMPLATES:
        raise Unknown()


def _refuse_past(valid_from: date | None, today: date) -> None:
    if valid_from is not None and valid_from < today:
        raise Invalid("valid_from", "启用日期不能早于今天：已发出的消息用的是当时的文字。")


def _wording(
    request: Request[Any, Any, Any], session: Session, name: str, form: FormView, text: str, status: int = 200
) -> Response[Any]:
    template = TEMPLATES[name]
    filled = message_templates.filled(text, template.examples)
    sample = message_templates.signed_text(delivery.sign(), filled) if template.by_sms else filled
    rows = [(row, name_of(session, row.entered_by)) for row in message_templates.versions(session, name)]
    return page(
        request,
        "desk/wording.html",
        status=status,
        headers=CASE_PAGE,
        nav="templates",
        name=name,
        worded=template,
        form=form if template.by_sms else form.without("provider_code"),
        key=new_key(),
        sample=sample,
        parts=message_templates.sms_parts(sample),
        versions=rows,
    )
