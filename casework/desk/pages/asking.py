"""One small form on a page of its own, or the same inside a dialog: what every command that is not a step looks like.

A ``Command`` says what is asked and what is written; ``pages`` makes its two routes: shown, read back, carried out once,
written to the history, back to the case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from sqlalchemy.orm import Session

from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.steps import CASE_PAGE, key_of, new_key
from casework.desk.pages.unsent import Typing
from web.errors import Problem, problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.errors import Invalid, StepError, Unknown
from workflows.module import registry
from workflows.tables import Subject


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for the page of a command, about which case, and when."""

    request: Request[Any, Any, Any]
    session: Session
    actor: Actor
    now: datetime
    today: date

    @property
    def subject(self) -> Subject:
        """The case of the address; Unknown when there is none."""
        return root_of(self.session, self.part("subject_id"))

    @property
    def home(self) -> str:
        return f"/subjects/{self.part('subject_id')}"

    def part(self, name: str) -> Any:
        return self.request.path_params[name]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person writes that is no step of a procedure.

    ``write`` writes it, enters it in the history and answers the sentence the next page says, with the address that takes
    it back where there is one. ``sent_to`` is the address of a form that asks something else than the bare path does.
    """

    title: str
    form: type
    label: str
    write: Callable[[Asked, Any], str | tuple[str, str]]
    subject: Subject | None = None
    back: str = ""
    choices: Any = None
    known: Any = None
    hint: str = ""
    law: Any = ()
    sent_to: str = ""


def pages(path: str, action: str, command: Callable[[Asked], Command]) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The two routes of a command: its form, and its being carried out."""

    @get(path, opt={"action": action}, sync_to_thread=True)
    def asked_for(
        request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date
    ) -> Response[Any]:
        asked = Asked(request, session, actor, now, today)
        return _show(asked, command(asked))

    @post(path, opt={"action": action}, sync_to_thread=True)
    def sent(
        request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
    ) -> Response[Any]:
        asked = Asked(request, session, actor, now, today)
        return _carry_out(asked, command(asked), posted)

    return asked_for, sent


def _show(asked: Asked, command: Command) -> Response[Any]:
    fresh = show(command.form, command.known, command.choices, asked.today)
    view = _typing(asked, command).view(fresh, lambda typed: _again(asked, command, typed))
    return _answer(asked, command, view)


def _carry_out(asked: Asked, command: Command, posted: Any) -> Response[Any]:
    typing, key = _typing(asked, command), key_of(posted)
    if (kept := typing.answer(posted)) is not None:
        return kept
    try:
        form: Any = parse(command.form, posted, command.choices, asked.today)
        said = command.write(asked, form) if first_time(asked.session, asked.actor, posted, asked.now) else ""
    except FormErrors as faults:
        return _answer(asked, command, faults.view, key, status=faults.view.status)
    except Unknown:
        raise
    except Invalid as fault:
        asked.session.rollback()
        return _answer(asked, command, _again(asked, command, posted, [(fault.field, str(fault))]), key, status=422)
    except StepError as fault:
        asked.session.rollback()
        problem = problem_of(fault)
        return _answer(asked, command, _again(asked, command, posted), key, problem, problem.status)
    typing.sent()
    text, undo = (said, "") if isinstance(said, str) else said
    return redirect(asked.request, command.back, text, undo=undo)


def _again(asked: Asked, command: Command, typed: Any, errors: Sequence[tuple[str, str]] = ()) -> FormView:
    return shown_again(command.form, typed, command.choices, asked.today, errors)


def _typing(asked: Asked, command: Command) -> Typing:
    root = command.subject.id if command.subject else None
    return Typing(asked.request, asked.session, asked.actor, asked.now, command.title, _address(asked, command), root)


def _address(asked: Asked, command: Command) -> str:
    return command.sent_to or asked.request.url.path


def _answer(
    asked: Asked, command: Command, view: FormView, key: str = "", problem: Problem | None = None, status: int = 200
) -> Response[Any]:
    return ask(
        asked.request,
        command.title,
        view,
        action=_address(asked, command),
        back=command.back,
        label=command.label,
        subject=command.subject,
        hint=command.hint,
        law=command.law,
        hidden={"_key": key} if key else {},
        problem=problem,
        status=status,
        typing=_typing(asked, command),
    )


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
    typing: Typing | None = None,
    download: bool = False,
    status: int = 200,
) -> Response[Any]:
    """The form with everything typed; ``doubts`` need a second press of the button, marked by ``hidden``.

    The answer to a ``download`` is a file: the browser takes it, not htmx.
    """
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
        download=download,
        kept=typing is not None,
        draft=typing.waiting() if typing else "",
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
    return Choices({"participants": {**named, "other": "其他人"}, **more}, registry.words_for(subject))


def _nav(subject: Subject | None) -> str:
    return f"cases.{registry.module_for(subject).name}" if subject is not None else ""
