"""A form of the administration: shown, sent, carried out once, or shown again with every fault and everything typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response
from sqlalchemy.orm import Session

from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.asking import ask
from union.access import AccountClash, EndsBeforeItStarts
from web.errors import Problem, problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused, StepError

Carried = Response[Any] | str | None


@dataclass(frozen=True)
class Filing:
    """What is asked and where it leads; ``done`` is said on the next page."""

    title: str
    struct: type[msgspec.Struct]
    action: str
    back: str
    label: str
    done: str
    choices: Choices = field(default_factory=Choices)
    known: Mapping[str, Any] | None = None
    hint: str = ""

    def page(self, request: Request[Any, Any, Any], today: date) -> Response[Any]:
        return self._asked(request, show(self.struct, self.known, self.choices, today))

    def carry_out(
        self,
        request: Request[Any, Any, Any],
        session: Session,
        actor: Actor,
        now: datetime,
        today: date,
        posted: Any,
        act: Callable[[Any], Carried],
    ) -> Response[Any]:
        """``act(form)`` does it and may answer a page of its own or another sentence; a refusal leaves nothing behind."""
        try:
            form = parse(self.struct, posted, self.choices, today)
            if not first_time(session, actor, posted, now):
                return redirect(request, self.back)
            carried = act(form)
        except FormErrors as faults:
            return self._asked(request, faults.view, status=faults.view.status)
        except Invalid as fault:
            session.rollback()
            return self._asked(request, self._again(posted, today, fault.field, fault.sentence), status=422)
        except (StepError, AccountClash, EndsBeforeItStarts) as fault:
            session.rollback()
            problem = problem_of(fault if isinstance(fault, StepError) else Refused([Reason(str(fault))]))
            return self._asked(request, self._again(posted, today), problem, problem.status)
        if isinstance(carried, Response):
            return carried
        return redirect(request, self.back, carried or self.done)

    def _again(self, posted: Any, today: date, name: str = "", sentence: str = "") -> FormView:
        asked = {f.name for f in show(self.struct, None, self.choices, today).fields}
        faults = [(name if name in asked else next(iter(asked), ""), sentence)] if sentence else []
        return shown_again(self.struct, posted, self.choices, today, faults)

    def _asked(
        self, request: Request[Any, Any, Any], view: FormView, problem: Problem | None = None, status: int = 200
    ) -> Response[Any]:
        return ask(
            request,
            self.title,
            view,
            action=self.action,
            back=self.back,
            label=self.label,
            hint=self.hint,
            problem=problem,
            status=status,
        )
