"""The button 查询 beside a number: the form comes back with what is known of it, everything typed kept."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.forms import LOOK_UP, FieldError, FormView
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.module import Known, Module

OFFERED = "use_known"  # the field that asks whether to take what is known


def looked_up(session: Session, actor: Actor, at: datetime, module: Module, view: FormView, posted: Any) -> FormView:
    """The form that was sent by that button with the answer in its place; any other form as it is."""
    asked = view.find(str(posted.get(LOOK_UP, "")))
    if asked is None or not asked.lookup or module.look_up is None:
        return view
    try:
        known = module.look_up(session, actor, at, asked.lookup, str(asked.value))
    except Invalid as fault:
        wrong = FieldError(asked.name, str(fault))
        return _with_errors(view.changing(asked.name, error=wrong.sentence, focus=True), wrong)
    if known is None:
        return view.changing(asked.name, hint="没有登记过这个号码，请照证件填写。", focus=True)
    return _answered(view, asked.name, known)


def _answered(view: FormView, name: str, known: Known) -> FormView:
    row = name.rpartition("-")[0]
    for key, value in known.values.items():
        there = view.find(f"{row}-{key}")
        if there is not None and not str(there.value).strip():
            view = view.changing(there.name, value=value)
    if known.offer:
        view = view.changing(f"{row}-{OFFERED}", hint=known.offer)
    return view.changing(name, hint=known.said, focus=True)


def _with_errors(view: FormView, *errors: FieldError) -> FormView:
    return FormView(view.fields, errors, view.adding)
