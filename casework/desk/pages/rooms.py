"""The register of rooms of an organisation and those below it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import rooms
from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.asking import ask
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.sitting_forms import ChangeRoomForm, RoomForm
from casework.desk.tables import Room
from union import access
from union.organisations import Organisation, at_or_below
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.module import registry

ACTION = "room.manage"


@get("/rooms", opt={"action": ACTION}, sync_to_thread=True)
def room_list(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    listed = rooms.register(session, actor.organisation_id, now)
    return page(request, "desk/rooms.html", headers=CASE_PAGE, nav="rooms", rooms=listed, words=registry.words)


@get("/rooms/new", opt={"action": ACTION}, sync_to_thread=True)
def room_new(request: Request[Any, Any, Any], session: Session, actor: Actor, today: date) -> Response[Any]:
    choices = _organisations(session, actor)
    return _opening(request, show(RoomForm, {"organisation": str(actor.organisation_id)}, choices, today))


@post("/rooms/new", opt={"action": ACTION}, sync_to_thread=True)
def open_room(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, posted: Any
) -> Response[Any]:
    choices = _organisations(session, actor)
    try:
        form = parse(RoomForm, posted, choices, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, "/rooms")
        rooms.open_room(
            session,
            UUID(form.organisation),
            form.name,
            video=form.video,
            seats=form.seats,
            equipment=form.equipment,
            valid_from=form.valid_from or today,
        )
    except FormErrors as faults:
        return _opening(request, faults.view, faults.view.status)
    except Invalid as fault:
        session.rollback()
        view = shown_again(RoomForm, posted, choices, today, [(fault.field, str(fault))])
        return _opening(request, view, 422)
    return redirect(request, "/rooms", f"已登记{form.name}")


@get("/rooms/{room_id:uuid}", opt={"action": ACTION}, sync_to_thread=True)
def room_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, room_id: UUID
) -> Response[Any]:
    room = _room(session, actor, room_id)
    known = {"seats": room.seats, "equipment": room.equipment, "valid_to": room.valid_to}
    return _changing(request, room, show(ChangeRoomForm, known, None, today))


@post("/rooms/{room_id:uuid}", opt={"action": ACTION}, sync_to_thread=True)
def change_room(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    room_id: UUID,
) -> Response[Any]:
    room = _room(session, actor, room_id, held=True)
    try:
        form = parse(ChangeRoomForm, posted, None, today)
        if not first_time(session, actor, posted, now):
            return redirect(request, "/rooms")
        rooms.change(session, room, seats=form.seats, equipment=form.equipment, valid_to=form.valid_to)
    except FormErrors as faults:
        return _changing(request, room, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(ChangeRoomForm, posted, None, today, [(fault.field, str(fault))])
        return _changing(request, room, view, 422)
    return redirect(request, "/rooms", f"已保存{room.name}")


def _organisations(session: Session, actor: Actor) -> Choices:
    """Those the actor may manage rooms for."""
    path = session.scalar(select(Organisation.path).where(Organisation.id == actor.organisation_id))
    found = session.execute(
        select(Organisation.id, Organisation.name)
        .where(at_or_below(path or "-"), Organisation.kind != "enterprise")
        .order_by(Organisation.path)
        .limit(200)
    )
    named = {str(id): name for id, name in found if access.can(session, actor, ACTION, organisation_id=id)}
    return Choices({"organisations": named}, registry.words)


def _room(session: Session, actor: Actor, room_id: UUID, held: bool = False) -> Room:
    """A room of one's own; ``held`` against whoever books it where it is about to be changed."""
    query = select(Room).where(Room.id == room_id)
    room = session.scalars(query.with_for_update() if held else query).first()
    if room is None or not access.can(session, actor, ACTION, organisation_id=room.organisation_id):
        raise Unknown()
    return room


def _opening(request: Request[Any, Any, Any], view: FormView, status: int = 200) -> Response[Any]:
    words = registry.words
    title = f"登记{words.room}"
    return ask(request, title, view, action="/rooms/new", back="/rooms", label=title, status=status)


def _changing(request: Request[Any, Any, Any], room: Room, view: FormView, status: int = 200) -> Response[Any]:
    words = registry.words
    return ask(
        request,
        room.name,
        view,
        action=f"/rooms/{room.id}",
        back="/rooms",
        label=f"保存{words.room}",
        hint=f"名称不改；换了用途的停用后另行登记。停用日期之后不能再安排{words.sitting}。",
        status=status,
    )
