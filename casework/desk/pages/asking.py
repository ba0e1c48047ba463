"""One small form on a page of its own, or the same inside a dialog: what every command that is not a step looks like."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response
from sqlalchemy.orm import Session

from casework.desk.forms import Choices
from casework.desk.pages.steps import CASE_PAGE, new_key
from web.errors import Problem
from web.forms import FormView
from web.pages import fragment, page, wants_fragment
from workflows.errors import Unknown
from workflows.module import registry
from workflows.tables import Subject


def ask(
    request: Request[Any, Any, Any],
    title: str,
    form: FormView,
    *,
    action: str,
    back: str,
    label: str,
    subject: Subject | None = None,
    hint: str = "",
    problem: Problem | None = None,
    doubts: Sequence[str] = (),
    hidden: Mapping[str, str] | None = None,
    law: Any = (),
    draft: str = "",
    status: int = 200,
) -> Response[Any]:
    """The form with everything typed; ``doubts`` need a second press of the button, marked by ``hidden``."""
    inside = wants_fragment(request)
    send = fragment if inside else page
    return send(
        request,
        "desk/_ask.html" if inside else "desk/ask.html",
        status=status,
        headers=CASE_PAGE,
        title=title,
        form=form,
        action=action,
        back=back,
        label=label,
        subject=subject,
        hint=hint,
        problem=problem,
        doubts=doubts,
        hidden={"_key": new_key(), **(hidden or {})},
        law=law,
        draft=draft,
        **({} if inside else {"nav": _nav(subject)}),
    )


def root_of(session: Session, subject_id: UUID) -> Subject:
    """The root subject itself, or Unknown: commands of the desk are written to a case, not to its parts."""
    subject = session.get(Subject, subject_id)
    if subject is None or not subject.is_root:
        raise Unknown()
    return subject


def participants(session: Session, subject: Subject) -> list[Any]:
    module = registry.module_for(subject)
    return list(module.participants(session, subject)) if module.participants else []


def people_choices(session: Session, subject: Subject, **more: Mapping[str, str]) -> Choices:
    named = {str(p.id): f"{p.name}（{p.label}）" for p in participants(session, subject)}
    return Choices({"participants": {**named, "other": "其他人"}, **more})


def _nav(subject: Subject | None) -> str:
    return f"cases.{registry.module_for(subject).name}" if subject is not None else ""
