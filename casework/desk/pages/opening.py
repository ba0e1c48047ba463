"""Opening a subject: its form on one page, with what may repeat it shown before anything is saved."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from sqlalchemy.orm import Session

from casework.desk import search
from casework.desk.looking_up import looked_up
from casework.desk.pages.steps import EMPTY, key_of, known_of, new_key, struct_of
from casework.desk.pages.unsent import Typing
from web.errors import problem_of
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.definition import Transition
from workflows.errors import Invalid, StepError
from workflows.fire import open_subject
from workflows.module import Module, registry


def openings(session: Session, actor: Actor, module: Module, at: datetime) -> list[Transition]:
    """The ways this person may open a subject of the module, those made by other steps left out."""
    if not module.forms:
        return []
    held = held_roles(session, actor, module, at)
    return [
        t
        for t in module.workflow.opening
        if t.trigger in module.forms and any(role.id in held for role in t.by) and _by_itself(module, t)
    ]


def held_roles(session: Session, actor: Actor, module: Module, at: datetime) -> frozenset[str]:
    blank = module.subject(organisation_id=actor.organisation_id, state="new", workflow=module.workflow.name)
    blank.id = blank.root_id = UUID(int=0)
    return registry.roles_for(session, actor, blank, at=at)


def _by_itself(module: Module, transition: Transition) -> bool:
    return bool(getattr(module.forms[transition.trigger], "by_itself", True))


@get("/cases/{name:str}/new", opt={"action": "case.open"}, sync_to_thread=True)
def new(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    name: str,
    trigger: str = "",
) -> Response[Any]:
    module, ways, transition = _asked(session, actor, now, name, trigger)
    struct = struct_of(module, transition)
    facts = _blank(session, module, actor, now)
    typing = _typing(request, session, actor, now, module, transition)
    fresh = show(struct, known_of(struct, facts), facts, today)
    view = typing.view(fresh, lambda typed: shown_again(struct, typed, facts, today))
    return _shown(request, module, ways, transition, view, new_key(), draft=typing.waiting())


@post("/cases/{name:str}/new", opt={"action": "case.open"}, sync_to_thread=True)
def open_new(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    name: str,
    trigger: str = "",
) -> Response[Any]:
    module, ways, transition = _asked(session, actor, now, name, str(posted.get("_trigger", trigger)))
    struct, key = struct_of(module, transition), key_of(posted)
    typing = _typing(request, session, actor, now, module, transition)
    if (kept := typing.answer(posted)) is not None:
        return kept
    facts = _blank(session, module, actor, now)
    hits: list[Any] = []
    try:
        form = parse(struct, posted, facts, today)
        hits = list(module.duplicates(session, form, now)) if module.duplicates else []
        outcome = open_subject(
            session,
            module.workflow.name,
            transition.trigger,
            form,
            by=actor,
            at=now,
            key=key,
            organisation_id=actor.organisation_id,
        )
    except FormErrors as faults:
        view = looked_up(session, actor, now, module, faults.view, posted)
        return _shown(request, module, ways, transition, view, key, hits, status=view.status)
    except Invalid as fault:
        view = shown_again(struct, posted, facts, today, [(fault.field, str(fault))])
        return _shown(request, module, ways, transition, view, key, hits, status=422)
    except StepError as fault:
        session.rollback()
        view = shown_again(struct, posted, facts, today)
        problem = problem_of(fault)
        return _shown(request, module, ways, transition, view, key, hits, problem, problem.status)
    typing.sent()
    if not outcome.replayed:
        search.reindex(session, outcome.root_id, now)
    return redirect(request, f"/subjects/{outcome.subject_id}", f"已办理：{transition.label}")


def _asked(
    session: Session, actor: Actor, now: datetime, name: str, trigger: str
) -> tuple[Module, list[Transition], Transition]:
    module = registry.modules.get(name)
    ways = openings(session, actor, module, now) if module else []
    chosen = next((t for t in ways if t.trigger == trigger), ways[0] if ways and not trigger else None)
    if module is None or chosen is None:
        raise NotFoundException
    return module, ways, chosen


def _blank(session: Session, module: Module, actor: Actor, now: datetime) -> Any:
    return module.blank(session, actor, now) if module.blank else EMPTY


def _typing(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    module: Module,
    transition: Transition,
) -> Typing:
    path = f"/cases/{module.name}/new?trigger={transition.trigger}"
    return Typing(request, session, actor, now, f"{transition.label}（{module.label}）", path)


def _shown(
    request: Request[Any, Any, Any],
    module: Module,
    ways: list[Transition],
    transition: Transition,
    view: FormView,
    key: str,
    hits: Any = (),
    problem: Any = None,
    status: int = 200,
    draft: str = "",
) -> Response[Any]:
    aside = tuple(getattr(struct_of(module, transition), "aside", ()))
    return page(
        request,
        "desk/new.html",
        status=status,
        nav=f"cases.{module.name}",
        module=module,
        ways=ways,
        ways_links=[(t.label, f"/cases/{module.name}/new?trigger={t.trigger}", None, t is transition) for t in ways],
        transition=transition,
        form=_ordered(view).needing(_asked_for(transition)),
        key=key,
        hits=hits,
        problem=problem,
        draft=draft,
        aside=aside,
        aside_open=any(e.name.split("-")[0] in aside for e in view.errors),
    )


def _asked_for(transition: Transition) -> frozenset[str]:
    """The fields that settle a condition of the opening: to leave them out is to be refused, so none is called optional."""
    return frozenset(name for guard in transition.when if guard.level == "block" for name in guard.decided_by)


def _ordered(view: FormView) -> FormView:
    """The legal date stands last: it is nearly always today."""
    fields = sorted(view.fields, key=lambda f: f.name == "occurred_on")
    return replace(view, fields=tuple(fields))
