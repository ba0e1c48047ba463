"""The seal's own page: what waits for approval, what waits for the seal, many at once, and the register of its uses."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import batch, cursor, queue, sealing
from casework.desk.batch import Result
from casework.desk.pages import proving
from casework.desk.pages.steps import CASE_PAGE, key_of, new_key
from documents.forms import ApproveSeal, Seal
from documents.record import facts_of, record
from documents.tables import Record
from union.roles import FED_LEADER, ORG_HEAD, SEAL_KEEPER
from web.errors import Problem
from web.forms import FieldError, FormView
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Refused, StepError, Unknown
from workflows.fire import fire
from workflows.form import Form

MOST = 50
APPROVE, SEAL = record.transition_by_trigger["approve_seal"], record.transition_by_trigger["seal"]
VIEWS = {"approve": "待批准", "seal": "待用印", "register": "用印登记"}
DONE = {  # step -> what it is called of many, and the list it begins on
    APPROVE.trigger: ("批准用印", "/seals?view=approve"),
    SEAL.trigger: ("用印", "/seals?view=seal"),
}
NONE_CHOSEN = Problem(422, "没有选中文书", "在行首勾选要一并办理的文书。")


@get("/seals", opt={"action": "seal.register"}, sync_to_thread=True)
def seals(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    view: str = "",
    q: str = "",
    after: str = "",
) -> Response[Any]:
    return _shown(request, session, actor, now, view, q, after)


@post("/seals/approve", opt={"action": "seal.register"}, sync_to_thread=True)
def approve_many(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    ids = _ids(posted)
    if not ids:
        return _shown(request, session, actor, now, "approve", problem=NONE_CHOSEN)
    key = key_of(posted)
    if before := batch.known(session, actor, key):
        return redirect(request, f"/seals/done/{before.id}")
    found = [_approve(session, actor, now, record_id, key) for record_id in ids]
    return _after(request, session, actor, now, APPROVE.trigger, found, key)


@post("/seals/seal", opt={"action": "record.seal"}, sync_to_thread=True)
def seal_many(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    """The second factor once, then each record for itself: one that refuses keeps none of the others back."""
    ids = _ids(posted)
    if not ids:
        return _shown(request, session, actor, now, "seal", problem=NONE_CHOSEN)
    key = key_of(posted)
    if before := batch.known(session, actor, key):
        return redirect(request, f"/seals/done/{before.id}")
    try:
        actor = proving.proved(request, session, actor, SEAL, posted, now)
    except Invalid as fault:
        return _shown(request, session, actor, now, "seal", fault=str(fault), chosen=ids)
    found = [_seal(session, actor, now, record_id, key) for record_id in ids]
    return _after(request, session, actor, now, SEAL.trigger, found, key)


@get("/seals/done/{batch_id:uuid}", opt={"action": "seal.register"}, sync_to_thread=True)
def sealed_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, batch_id: UUID
) -> Response[Any]:
    """Each record with what became of it, those not done first."""
    done = batch.find(session, actor, batch_id)
    if done.act not in DONE:
        raise Unknown()
    found, (label, back) = batch.results(done), DONE[done.act]
    rows = {row.id: row for row in queue.chosen(session, actor, now, [result.root_id for result in found])}
    return page(
        request,
        "desk/results.html",
        headers=CASE_PAGE,
        nav="seals",
        label=label,
        lines=sorted(((one, rows.get(one.root_id)) for one in found), key=lambda line: line[0].done),
        undo="",
        again="",
        back=back,
        home=("用印", back),
    )


def _approve(session: Session, actor: Actor, now: datetime, record_id: UUID, key: str) -> Result:
    return _one(session, actor, now, record_id, APPROVE.trigger, lambda found: ApproveSeal(), key)


def _seal(session: Session, actor: Actor, now: datetime, record_id: UUID, key: str) -> Result:
    return _one(session, actor, now, record_id, SEAL.trigger, lambda found: Seal(**Seal.known(found)), key)


def _one(session: Session, actor: Actor, now: datetime, record_id: UUID, trigger: str, form: Any, key: str) -> Result:
    """What became of one record, under a savepoint of its own."""
    waiting = session.get(Record, record_id)
    if waiting is None:
        raise Unknown()
    try:
        with session.begin_nested():
            filed: Form = form(facts_of(session, waiting))
            fire(session, record_id, trigger, filed, by=actor, at=now, key=f"{key}:{record_id}")
    except Refused as refused:
        return Result(record_id, reasons=[f"《{waiting.title}》{reason}" for reason in refused.reasons])
    except StepError as fault:
        return Result(record_id, reasons=[f"《{waiting.title}》{fault}"])
    return Result(record_id, f"《{waiting.title}》{waiting.number or ''}")


def _after(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    act: str,
    found: list[Result],
    key: str,
) -> Response[Any]:
    """Back to the list when all was done, else to the results of each."""
    done, (label, back) = batch.keep(session, actor, now, act, found, key), DONE[act]
    failed = sum(not result.done for result in found)
    if failed:
        text = f"{label} {len(found) - failed} 份，{failed} 份没有办理"
        return redirect(request, f"/seals/done/{done.id}", text, tone="danger")
    return redirect(request, back, f"{label} {len(found)} 份，全部成功")


def _ids(posted: Any) -> list[UUID]:
    chosen = posted.getall("ids", []) if hasattr(posted, "getall") else []
    return [found for text in chosen[:MOST] if (found := _uuid(str(text)))]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shown(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    view: str,
    q: str = "",
    after: str = "",
    *,
    problem: Problem | None = None,
    fault: str = "",
    chosen: Any = (),
) -> Response[Any]:
    signer = request.app.state.site.signer
    offered = _views(actor)
    view = view if view in offered else next(iter(offered))
    uses, more = (
        sealing.register(session, actor, now, q, cursor.read(signer, after)) if view == "register" else ([], None)
    )
    state = {"approve": sealing.APPROVE, "seal": sealing.SEAL}.get(view)
    faults = (FieldError(proving.CODE, fault),) if fault else ()
    return page(
        request,
        "desk/seals.html",
        status=422 if problem or fault else 200,
        headers=CASE_PAGE,
        nav="seals",
        view=view,
        tabs=[(label, f"/seals?view={name}", None, name == view) for name, label in offered.items()],
        rows=sealing.waiting(session, actor, now, state) if state else [],
        uses=uses,
        q=q,
        next_href="/seals?" + urlencode({"view": view, "q": q, "after": more.signed(signer)}) if more else "",
        key=new_key(),
        problem=problem,
        chosen=set(chosen),
        code=proving.asking(request, session, SEAL, FormView((), faults)) if view == "seal" else FormView(()),
    )


def _views(actor: Actor) -> dict[str, str]:
    wanted = {
        "approve": bool(actor.roles & {ORG_HEAD.id, FED_LEADER.id}),
        "seal": SEAL_KEEPER.id in actor.roles,
        "register": True,
    }
    return {name: label for name, label in VIEWS.items() if wanted[name]}


routes = (seals, approve_many, seal_many, sealed_page)
