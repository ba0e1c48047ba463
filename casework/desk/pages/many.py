"""Many cases at once from a list: given to a colleague, remembered, printed; the result of each, and taking it back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from sqlalchemy.orm import Session

from casework.desk import assignment, batch, filters, inbox, queue, reminders, sharing
from casework.desk.batch import Kind, Result
from casework.desk.pages.asking import ask
from casework.desk.pages.coming_back import LIST, list_of
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.queue import Row
from casework.desk.tables import Batch
from web.errors import Problem
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.tables import legal_date

KINDS = {**sharing.KINDS, **reminders.KINDS, **filters.KINDS, **inbox.KINDS_OF_ACTS}
MOST = 200
NONE_CHOSEN = Problem(422, "没有选中案件", "回到列表，在行首勾选要一并办理的案件。")


@get("/todo/many/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True)
def many_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, name: str
) -> Response[Any]:
    kind, ids = _kind(name), _ids(request.query_params.getall("ids", []))
    rows = queue.chosen(session, actor, now, ids)
    choices = kind.choices(session, actor, today, _once(rows))
    form = show(_form(kind), kind.known(session, actor, today), choices, today)
    return _asking(request, name, ids, rows, form, back=_list(request.query_params.get("from", "")))


@post("/todo/many/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True)
def do_many(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    name: str,
) -> Response[Any]:
    """Sent twice, the first results are shown again."""
    kind, ids, key = _kind(name), _ids(str(posted.get("_ids", "")).split(",")), str(posted.get("_key", ""))
    back = _list(posted.get("_from", ""))
    if before := batch.known(session, actor, key):
        return redirect(request, f"/todo/done/{before.id}")
    rows = queue.chosen(session, actor, now, ids)
    choices = kind.choices(session, actor, today, _once(rows))
    try:
        form = parse(_form(kind), posted, choices, today)
        assert kind.act is not None
        act = kind.act(session, actor, now, form)
    except FormErrors as faults:
        return _asking(request, name, ids, rows, faults.view, faults.view.status, back)
    except Invalid as fault:
        view = shown_again(_form(kind), posted, choices, today, [(fault.field, str(fault))])
        return _asking(request, name, ids, rows, view, 422, back)
    if not rows:
        again = shown_again(_form(kind), posted, choices, today)
        return _asking(request, name, ids, rows, again, back=back)
    roots = _roots(rows, ids)
    done = batch.carry_out(session, actor, now, name, roots, act, key)
    moved = [result for result in batch.results(done) if result.done]
    if moved:
        kind.told(session, actor, now, form, done)
    if len(moved) < len(roots):
        return redirect(request, f"/todo/done/{done.id}?{urlencode({'from': back})}")
    return redirect(request, back, f"{kind.label} {len(moved)} 件，全部成功", undo=batch.undo_href(done))


@get("/todo/print", opt={"action": "todo.view"}, sync_to_thread=True)
def print_list(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    ids = _ids(request.query_params.getall("ids", []))
    rows = queue.chosen(session, actor, now, ids)
    return page(
        request,
        "desk/print_list.html",
        status=200 if ids else 422,
        headers=CASE_PAGE,
        nav="todo",
        rows=rows,
        handlers=assignment.handlers_of(session, [row.root_id for row in rows], legal_date(now)),
        missing=len(ids) - len(rows),
        problem=None if ids else NONE_CHOSEN,
    )


@get("/todo/done/{batch_id:uuid}", opt={"action": "todo.view"}, sync_to_thread=True)
def results_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, batch_id: UUID
) -> Response[Any]:
    done = batch.find(session, actor, batch_id)
    kind, found = _kind_of(done), batch.results(done)
    if kind.home:
        raise Unknown()
    offer = batch.undo_href(done) if batch.reversible(done, now) else ""
    back = _list(request.query_params.get("from", ""))
    failed = [("ids", str(result.root_id)) for result in found if not result.done]
    again = f"/todo/many/{done.act}?{urlencode([*failed, ('from', back)])}" if failed and kind.form else ""
    return _results(request, session, actor, now, kind.label, found, offer, again, back)


@post("/todo/done/{batch_id:uuid}/undo", opt={"action": "todo.view"}, sync_to_thread=True)
def undo(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, batch_id: UUID
) -> Response[Any]:
    kind = _kind_of(batch.find(session, actor, batch_id))
    try:
        back = batch.take_back(session, actor, now, kind, batch_id)
    except Invalid as late:
        return redirect(request, kind.home or LIST, str(late), tone="danger")
    if all(result.done for result in back):
        return redirect(request, kind.home or LIST, f"已撤销：{kind.label}")
    if kind.home:
        return redirect(request, kind.home, "；".join(reason for result in back for reason in result.reasons), "danger")
    return _results(request, session, actor, now, f"撤销{kind.label}", back)


@post("/reminders/{reminder_id:uuid}/dismiss", opt={"action": "todo.view"}, sync_to_thread=True)
def dismiss(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, reminder_id: UUID
) -> Response[Any]:
    done = reminders.dismiss(session, actor, now, reminder_id)
    return redirect(request, LIST, "提醒已处理", undo=batch.undo_href(done))


@post("/reminders/{reminder_id:uuid}/put-off", opt={"action": "todo.view"}, sync_to_thread=True)
def put_off(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any, reminder_id: UUID
) -> Response[Any]:
    days = str(posted.get("days", ""))
    try:
        done = reminders.put_off(session, actor, now, reminder_id, int(days) if days in ("1", "3", "7") else 0)
    except Invalid as fault:
        return redirect(request, LIST, str(fault), tone="danger")
    return redirect(request, LIST, batch.results(done)[0].said, undo=batch.undo_href(done))


def _asking(
    request: Request[Any, Any, Any],
    name: str,
    ids: Sequence[UUID],
    rows: Sequence[Row],
    form: FormView,
    status: int = 200,
    back: str = LIST,
) -> Response[Any]:
    kind = _kind(name)
    many = f"{kind.label} {len(_once(rows))} 件"
    named = "、".join(dict.fromkeys(row.number for row in rows[:3])) + (" 等" if len(rows) > 3 else "")
    return ask(
        request,
        many if rows else kind.label,
        form,
        action=f"/todo/many/{name}",
        back=back,
        label=many if rows else kind.label,
        hint=f"{named}。{kind.hint}" if rows else "",
        problem=None if rows else NONE_CHOSEN,
        hidden={"_ids": ",".join(map(str, ids)), "_from": back},
        law=kind.law,
        status=status if rows else 422,
    )


def _results(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    label: str,
    found: Sequence[Result],
    undo_href: str = "",
    again: str = "",
    back: str = LIST,
) -> Response[Any]:
    """Each case with what became of it, those not done first; a case no longer open to the actor has no name."""
    rows = {row.root_id: row for row in queue.chosen(session, actor, now, [result.root_id for result in found])}
    lines = sorted(((result, rows.get(result.root_id)) for result in found), key=lambda line: line[0].done)
    return page(
        request,
        "desk/results.html",
        headers=CASE_PAGE,
        nav="todo",
        label=label,
        lines=lines,
        undo=undo_href,
        again=again,
        back=back,
        undo_seconds=batch.UNDO_SECONDS,
    )


def _roots(rows: Sequence[Row], ids: Sequence[UUID]) -> list[UUID]:
    """The cases behind what was ticked, as far as the actor may see them; an absent one still has its line."""
    found = {row.id: row.root_id for row in rows}
    return list(dict.fromkeys(found.get(identity, identity) for identity in ids))


def _once(rows: Sequence[Row]) -> set[UUID]:
    return {row.root_id for row in rows}


def _list(given: object) -> str:
    """The list an act began on, to go back there; any other address is the queue."""
    return list_of(given) or LIST


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None or kind.form is None:
        raise NotFoundException
    return kind


def _kind_of(done: Batch) -> Kind:
    """What was done to many; what has effect in law (a seal) has a page of results of its own and is not taken back."""
    if done.act not in KINDS:
        raise Unknown()
    return KINDS[done.act]


def _form(kind: Kind) -> Any:
    return kind.form


def _ids(texts: Iterable[str]) -> list[UUID]:
    """What was ticked, each once; what is no id was not ticked on a page of ours."""
    found: dict[UUID, None] = {}
    for text in texts:
        try:
            found[UUID(text)] = None
        except ValueError:
            continue
    return list(found)[:MOST]
