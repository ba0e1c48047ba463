"""The register of rooms: whose they are, how many they seat, what is in them, and from when until when they are used."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.desk.tables import Room, Sitting
from union.organisations import Organisation, at_or_below
from workflows.errors import Invalid
from workflows.module import registry
from workflows.tables import SHANGHAI

MOST_LISTED = 500
FREED = ("cancelled", "adjourned")  # binds no room and nobody's time any more


@dataclass(frozen=True, slots=True)
class Listed:
    """A room with whose it is and how often it is taken from now on."""

    room: Room
    organisation: str
    ahead: int


def usable(session: Session, day: date, organisation_id: uuid.UUID | None = None) -> list[Room]:
    """The rooms in use on a day; for an organisation its own and those of the organisations above it."""
    query = select(Room).where(Room.in_force(day)).order_by(Room.video, Room.name, Room.id)
    if organisation_id is not None:
        path = session.scalar(select(Organisation.path).where(Organisation.id == organisation_id)) or ""
        query = query.where(Room.organisation_id.in_([uuid.UUID(part) for part in path.split("/") if part]))
    return list(session.scalars(query))


def register(
    session: Session, organisation_id: uuid.UUID | None, at: datetime, limit: int = MOST_LISTED
) -> list[Listed]:
    """Every room of an organisation and those below it, those no longer used last."""
    path = session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))
    if path is None:
        return []
    ahead = (
        select(func.count())
        .where(Sitting.room_id == Room.id, Sitting.starts_at > at, Sitting.status.not_in(FREED))
        .scalar_subquery()
    )
    query = (
        select(Room, Organisation.name, ahead)
        .join(Organisation, Organisation.id == Room.organisation_id)
        .where(at_or_below(path))
        .order_by(Room.valid_to.is_not(None), Organisation.path, Room.video, Room.name, Room.id)
        .limit(limit)
    )
    return [Listed(room, name, count) for room, name, count in session.execute(query)]


def open_room(
    session: Session,
    organisation_id: uuid.UUID,
    name: str,
    *,
    video: bool,
    seats: int | None,
    equipment: str,
    valid_from: date,
) -> Room:
    """A new room; Invalid when the organisation uses one of that name."""
    known = select(Room.id).where(
        Room.organisation_id == organisation_id, Room.name == name.strip(), Room.valid_to.is_(None)
    )
    if session.scalar(known.limit(1)) is not None:
        raise Invalid("name", f"该组织已有同名的{registry.words.room}，换一个名称。")
    room = Room(
        organisation_id=organisation_id,
        name=name.strip(),
        video=video,
        seats=seats,
        equipment=equipment.strip(),
        valid_from=valid_from,
    )
    session.add(room)
    session.flush()
    return room


def change(session: Session, room: Room, *, seats: int | None, equipment: str, valid_to: date | None) -> None:
    """What is in a room, and until when it is used; Invalid when sittings lie behind that day."""
    if valid_to is not None:
        if valid_to < room.valid_from:
            raise Invalid("valid_to", f"停用日期不能早于启用日期 {room.valid_from.isoformat()}。")
        after = datetime.combine(valid_to + timedelta(days=1), time.min, SHANGHAI)
        held = select(func.count()).where(
            Sitting.room_id == room.id, Sitting.starts_at >= after, Sitting.status.not_in(FREED)
        )
        if count := session.scalar(held):
            words = registry.words
            raise Invalid("valid_to", f"停用日期之后还安排有 {count} 场{words.sitting}，先改到其他{words.room}。")
    room.seats, room.equipment, room.valid_to = seats, equipment.strip(), valid_to


def take(
    session: Session, room_id: uuid.UUID, starts_at: datetime, ends_at: datetime, but: uuid.UUID | None = None
) -> Room:
    """The room for this time, held against everybody else until the end of the transaction; Invalid when it is taken.

    ``but`` is the sitting that is moved: what it held itself is in nobody's way.
    """
    room = session.scalars(select(Room).where(Room.id == room_id).with_for_update()).first()
    if room is None or not room.holds_on(starts_at.astimezone(SHANGHAI).date()):
        raise Invalid("room_id", f"所选{registry.words.room}在该日不可用，另选一间。")
    if said := taken(session, room_id, starts_at, ends_at, but):
        raise Invalid("room_id", f"{said}另选时间或者{registry.words.room}。")
    return room


def taken(
    session: Session, room_id: uuid.UUID, starts_at: datetime, ends_at: datetime, but: uuid.UUID | None = None
) -> str:
    """Until when another sitting has the room, in one sentence; empty when it is free."""
    query = (
        select(Room.name, Sitting.starts_at, Sitting.ends_at)
        .join(Room, Room.id == Sitting.room_id)
        .where(Sitting.room_id == room_id, Sitting.starts_at < ends_at, Sitting.ends_at > starts_at)
        .where(Sitting.status.not_in(FREED))
        .order_by(Sitting.starts_at)
    )
    if but is not None:
        query = query.where(Sitting.id != but)
    row = session.execute(query.limit(1)).first()
    if row is None:
        return ""
    start, end = row.starts_at.astimezone(SHANGHAI), row.ends_at.astimezone(SHANGHAI)
    return f"{row.name}{start.month}月{start.day}日 {start:%H:%M}至{end:%H:%M}已被占用，"
