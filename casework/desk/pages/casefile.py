"""The page of one subject: where it stands, until when, what may be done, and all that happened."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk import casefile, reading, timeline
from casework.desk.clocks import close_ones
from casework.desk.drafts import draft
from casework.desk.pages.steps import CASE_PAGE, new_key
from casework.desk.pages.unfolded import CLOCKS_AT_ONCE
from casework.desk.pages.writing import note_place
from casework.desk.queue import address
from union.access import can
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.reading import hold_what_is_loaded, one_plan_for_all
from workflows.tables import Subject

AT_FIRST = 16  # moments of the history shown before earlier ones are asked for


@get("/subjects/{subject_id:uuid}", opt={"action": "case.view"}, sync_to_thread=True)
def subject_page(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    level: str = "work",
    log: str = "all",
    before: int | None = None,
) -> Response[Any]:
    hold_what_is_loaded(session)
    subject = session.get(Subject, subject_id)
    if subject is None:
        raise Unknown()
    if not subject.is_root:
        return redirect(request, f"/records/{subject.id}" if subject.kind == "record" else address(subject))
    if wants_fragment(request):
        reads = can(session, actor, "access.view", subject, at=now)
        history = _history(session, subject, reads, level, log, before)
        return fragment(request, "desk/_history.html", headers=CASE_PAGE, subject=subject, **history)
    with one_plan_for_all(session):  # all of it is found by the id of the case
        reader = casefile.reader_of(session, subject, actor, today, note_place(subject.id))
        history = _history(session, subject, reader.may["access_view"], level, log, before)
        file = casefile.open_file(session, subject, reader, actor, now, today)
        answer = page(
            request,
            "desk/case.html",
            headers=CASE_PAGE,
            nav=f"cases.{file.module.name}",
            subject=subject,
            file=file,
            close=close_ones(file.clocks),
            at_once=CLOCKS_AT_ONCE,
            may=reader.may,
            filed=reader.there["filed"],
            writes=reader.may["note_write"] and not reader.there["filed"],
            asked_to_see=reader.there["requests"],
            note_draft=draft(session, actor, note_place(subject.id)) if reader.draft else "",
            key=new_key(),
            **history,
        )
    reading.saw(request.app.state.database.sessions, subject.id, actor, now, reader.looked_at)
    return answer


def _history(
    session: Session, subject: Subject, reads: bool, level: str, log: str, before: int | None
) -> dict[str, Any]:
    """What happened, on the level and by the filter asked for; who looked, only for those entitled to know."""
    views = {name: label for name, label in timeline.VIEWS.items() if reads or name != "reads"}
    level, log = level if level in timeline.LEVELS else "work", log if log in views else "all"
    limit = timeline.PAGE if before else AT_FIRST
    moments = timeline.timeline(session, subject, log, before, limit, level=level, reads=reads)
    numbers = [moment.seq for moment in moments if moment.seq]
    return {
        "moments": moments,
        "level": level,
        "log": log,
        "levels": timeline.LEVELS,
        "log_views": views,
        "earlier": min(numbers) if numbers and min(numbers) > 1 else None,
    }
