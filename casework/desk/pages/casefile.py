"""The page of one subject: where it stands, until when, what may be done, and all that happened."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import casefile, reading, timeline
from casework.desk.clocks import close_ones
from casework.desk.drafts import draft
from casework.desk.pages.steps import CASE_PAGE, new_key
from casework.desk.queue import address
from union.access import condition
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.tables import Subject

ABILITIES = ("case.act", "note.write", "evidence.add", "evidence.view", "case.assign", "person.reveal", "record.view")


@get("/subjects/{subject_id:uuid}", opt={"action": "case.view"}, sync_to_thread=True)
def subject_page(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    log: str = "all",
    before: int | None = None,
) -> Response[Any]:
    subject = session.get(Subject, subject_id)
    if subject is None:
        raise Unknown()
    if not subject.is_root:
        return redirect(request, f"/records/{subject.id}" if subject.kind == "record" else address(subject))
    log = log if log in timeline.VIEWS else "all"
    moments = timeline.timeline(session, subject, log, before)
    shown: dict[str, Any] = {
        "subject": subject,
        "moments": moments,
        "log": log,
        "log_views": timeline.VIEWS,
        "earlier": moments[-1].seq if moments and moments[-1].seq > 1 and len(moments) > 20 else None,
    }
    if wants_fragment(request):
        return fragment(request, "desk/_timeline.html", headers=CASE_PAGE, **shown)
    file = casefile.open_file(session, subject_id, actor, now, today)
    answer = page(
        request,
        "desk/case.html",
        headers=CASE_PAGE,
        nav=f"cases.{file.module.name}",
        file=file,
        close=close_ones(file.clocks),
        may=_abilities(session, actor, subject, today),
        note_draft=draft(session, actor, f"note:{subject.id}"),
        key=new_key(),
        **shown,
    )
    reading.saw(session, request.app.state.database.sessions, subject.id, actor, now)
    return answer


def _abilities(session: Session, actor: Actor, subject: Subject, today: date) -> dict[str, bool]:
    """What this person may do with the case, asked in one statement."""
    columns = [condition(actor, action, today).label(action.replace(".", "_")) for action in ABILITIES]
    row = session.execute(select(*columns).select_from(Subject).where(Subject.id == subject.id)).one()
    return {name: bool(held) for name, held in row._mapping.items()}
