"""A form of the administration: shown, sent, carried out once, or shown again with every fault and everything typed.

A ``Filing`` says what is asked and what is done; ``filings`` makes its two routes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from sqlalchemy.orm import Session

from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.asking import Asked, ask
from union.access import AccountClash, EndsBeforeItStarts
from web.errors import Problem, problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused, StepError

Carried = Response[Any] | str | None


@dataclass(frozen=True)
class Filing:
    """What is asked and where it leads; ``done`` is said on the next page.

    ``act(form)`` does it and may answer a page of its own or another sentence; a refusal leaves nothing behind.
    """

    title: str
    struct: type[msgspec.Struct]
    act: Callable[[Any], Carried]
    back: str
    label: str
    done: str
    choices: Choices = field(default_factory=Choices)
    known: Mapping[str, Any] | None = None
    hint: str = ""
    action: str = ""  # where it is sent, if not to the address of the page


def filings(path: str, action: str, filing: Callable[[Asked], Filing]) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The two routes of a filing: its form, and its being carried out."""

    @get(path, opt={"action": action}, sync_to_thread=True)
    def asked_for(
        request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date
    ) -> Response[Any]:
        asked = Asked(request, session, actor, now, today)
        what = filing(asked)
        return _answer(asked, what, show(what.struct, what.known, what.choices, today))

    @post(path, opt={"action": action}, sync_to_thread=True)
    def sent(
        request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
    ) -> Response[Any]:
        asked = Asked(request, session, actor, now, today)
        return _carry_out(asked, filing(asked), posted)

    return asked_for, sent


def _carry_out(asked: Asked, what: Filing, posted: Any) -> Response[Any]:
    try:
        form = parse(what.struct, posted, what.choices, asked.today)
        if not first_time(asked.session, asked.actor, posted, asked.now):
            return redirect(asked.request, what.back)
        carried = what.act(form)
    except FormErrors as faults:
        return _answer(asked, what, faults.view, status=faults.view.status)
    except Invalid as fault:
        asked.session.rollback()
        return _answer(asked, what, _again(asked, what, posted, fault.field, fault.sentence), status=422)
    except (StepError, AccountClash, EndsBeforeItStarts) as fault:
        asked.session.rollback()
        problem = problem_of(fault if isinstance(fault, StepError) else Refused([Reason(str(fault))]))
        return _answer(asked, what, _again(asked, what, posted), problem, problem.status)
    if isinstance(carried, Response):
        return carried
    return redirect(asked.request, what.back, carried or what.done)


def _again(asked: Asked, what: Filing, posted: Any, name: str = "", sentence: str = "") -> FormView:
    fields = [f.name for f in show(what.struct, None, what.choices, asked.today).fields]
    faults = [(name if name in fields else next(iter(fields), ""), sentence)] if sentence else []
    return shown_again(what.struct, posted, what.choices, asked.today, faults)


def _answer(
    asked: Asked, what: Filing, view: FormView, problem: Problem | None = None, status: int = 200
) -> Response[Any]:
    return ask(
        asked.request,
        what.title,
        view,
        action=what.action or asked.request.url.path,
        back=what.back,
        label=what.label,
        hint=what.hint,
        problem=problem,
        status=status,
    )
