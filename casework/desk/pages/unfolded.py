"""What is folded away on the page of a case and fetched when it is opened; without a script each is a page of its own."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk import casefile, clocks
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.queue import address
from web.pages import fragment, page, wants_fragment
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.fire import current_facts
from workflows.module import registry
from workflows.tables import Subject

CLOCKS_AT_ONCE = 6  # as the page of the case shows them


@get("/subjects/{subject_id:uuid}/diagram", opt={"action": "case.view"}, sync_to_thread=True)
def diagram_page(request: Request[Any, Any, Any], session: Session, subject_id: UUID) -> Response[Any]:
    subject = _subject(session, subject_id)
    return _unfolded(request, subject, "流程图", "desk/_diagram.html", svg=casefile.drawn(session, subject))


@get("/subjects/{subject_id:uuid}/blocked", opt={"action": "case.view"}, sync_to_thread=True)
def blocked_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, subject_id: UUID
) -> Response[Any]:
    subject = _subject(session, subject_id)
    steps = casefile.blocked(session, subject, actor, now)
    return _unfolded(request, subject, "现在不能办的事项", "desk/_blocked.html", steps=steps)


@get("/subjects/{subject_id:uuid}/clocks/{timer_id:uuid}", opt={"action": "case.view"}, sync_to_thread=True)
def clock_page(
    request: Request[Any, Any, Any], session: Session, today: date, subject_id: UUID, timer_id: UUID
) -> Response[Any]:
    subject = _subject(session, subject_id)
    clock = clocks.clock_of(session, subject, timer_id, today)
    if clock is None:
        raise Unknown()
    return _unfolded(request, subject, f"{clock.face.label}：逐日计算", "desk/_counted.html", face=clock.face)


@get("/subjects/{subject_id:uuid}/clocks", opt={"action": "case.view"}, sync_to_thread=True)
def more_clocks(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    rest: str = "",
) -> Response[Any]:
    """Those that ended; or, of many that run, those the page of the case does not show at once."""
    subject = _subject(session, subject_id)
    facts = current_facts(session, subject, by=actor, at=now)
    known = clocks.clocks(session, [subject], today, getattr(facts, "item_names", None))
    live, over = ([c for c in known if c.live is runs] for runs in (True, False))
    title, shown = ("其余计算中的期限", live[CLOCKS_AT_ONCE:]) if rest == "live" else ("已结束的期限", over)
    return _unfolded(request, subject, title, "desk/_more_clocks.html", clocks=shown)


@get("/subjects/{subject_id:uuid}/panels/{name:str}", opt={"action": "case.view"}, sync_to_thread=True)
def whole_panel(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, subject_id: UUID, name: str
) -> Response[Any]:
    """One card of the procedure with every row of it."""
    subject = _subject(session, subject_id)
    panel = next((p for p in registry.module_for(subject).panels if p.name == name), None)
    if panel is None or not subject.is_root:
        raise Unknown()
    facts = current_facts(session, subject, by=actor, at=now)
    values = panel.context(session, subject, facts, actor)
    return _unfolded(request, subject, "全部内容", panel.template, panel_values=values, whole=True)


def _subject(session: Session, subject_id: UUID) -> Subject:
    subject = session.get(Subject, subject_id)
    if subject is None:
        raise Unknown()
    return subject


def _unfolded(request: Request[Any, Any, Any], subject: Subject, title: str, part: str, **shown: Any) -> Response[Any]:
    shown["subject"] = subject
    if wants_fragment(request):
        return fragment(request, part, headers=CASE_PAGE, **shown)
    shown |= {"title": title, "part": part, "back": address(subject)}
    return page(request, "desk/unfolded.html", headers=CASE_PAGE, **shown)


routes = (diagram_page, blocked_page, clock_page, more_clocks, whole_panel)
