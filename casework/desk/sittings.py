"""Sittings: planned and moved with a look at every double booking, held with attendance and minutes, read back, put off."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from casework.desk import rooms as rooms_register
from casework.desk.tables import Assignment, Attendance, Room, Sitting, SittingNotice
from union.access import visible
from union.people import Leave, Staff, away_words
from web.filters import cn_day
from workflows.actor import Actor
from workflows.calendar_table import load_calendar
from workflows.errors import Invalid
from workflows.module import registry
from workflows.reading import once_read
from workflows.tables import SHANGHAI, Subject, legal_date
from workflows.words import Words

BY_SMS = "message"  # of NOTICE_WAYS
USUAL_LENGTH = timedelta(hours=2)
CALLED_OFF = or_(  # what ``Sitting.called_off`` says of one row
    Sitting.status == "cancelled",
    and_(Sitting.status == "adjourned", Sitting.put_off_at.is_not(None), Sitting.put_off_at < Sitting.starts_at),
)
STANDING = {  # what is written of a sitting and stands once it was read back, beside the attendance
    "rights_told": "告知情况",
    "open_minutes": "正文",
    "without_prejudice_minutes": "单独保存的{apart}",
    "outcome": "结果",
    "status": "会议状态",
    "adjourned_because": "延期、取消的原因",
}
NEVER_HELD = "当事人已被告知不必到会，会议状态不能再改动；需要再开的，另安排一次{sitting}。"
NOT_HELD = "没有开成的，登记为“延期再开”，写明原因，并如实登记到会情况。"
ADD_INSTEAD = "需要补充的另安排一次{sitting}或者写一条记录。"


@dataclass(frozen=True, slots=True)
class Clash:
    """A double booking: of whom or what, with which sitting. The other case is not named to those who may not see it."""

    who: str  # host, away (a host on leave), party, day (no working day), room (too small) or taken (two cannot share it)
    sentence: str


@dataclass(frozen=True, slots=True)
class Invited:
    """A person to be told of a sitting."""

    party_id: uuid.UUID | None
    name: str
    way: str
    notified_at: datetime | None = None
    key: str = ""
    answered: bool = False
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """How one person had been told of a sitting before it was moved; ``heard``: a text was on its way at least."""

    notice: SittingNotice
    way: str
    notified_at: datetime | None
    answer: str
    heard: bool


class Planned(NamedTuple):
    """A sitting as a calendar lists it, with its case and what the case's module calls it."""

    sitting: Sitting
    number: str | None
    title: str
    room: str | None
    words: Words


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What one person present said when the minutes were read back."""

    attendance_id: uuid.UUID
    confirmed: str  # CONFIRMATIONS
    note: str = ""


def plan(
    session: Session,
    subject_id: uuid.UUID,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    room_id: uuid.UUID | None = None,
    place: str = "",
    video_link: str = "",
    host_id: uuid.UUID | None = None,
    invited: Iterable[Invited] = (),
    by: uuid.UUID | None,
    at: datetime,
) -> Sitting:
    """Set a sitting down; the caller has shown the clashes. Invalid when the room is taken: two cannot share one."""
    ends_at = ends_at or starts_at + USUAL_LENGTH
    if room_id is not None:
        rooms_register.take(session, room_id, starts_at, ends_at)
    number = (session.scalar(select(func.max(Sitting.number)).where(Sitting.subject_id == subject_id)) or 0) + 1
    sitting = Sitting(
        subject_id=subject_id,
        number=number,
        starts_at=starts_at,
        ends_at=ends_at,
        room_id=room_id,
        place=place,
        video_link=video_link,
        host_id=host_id,
        created_by=by,
        created_at=at,
    )
    session.add(sitting)
    session.flush()
    for person in invited:
        session.add(
            SittingNotice(
                sitting_id=sitting.id,
                party_id=person.party_id,
                name=person.name,
                person_key=person.key,
                way=person.way,
                notified_at=person.notified_at,
                answered=person.answered,
                proof=person.proof,
            )
        )
    session.flush()
    return sitting


def move(
    session: Session,
    held: Sitting,
    *,
    starts_at: datetime,
    ends_at: datetime,
    room_id: uuid.UUID | None = None,
    place: str = "",
    video_link: str = "",
) -> list[Told]:
    """The same sitting at another time or place; nobody counts as told of it any more. Answers how they had been told.

    The caller has locked the sitting and shown the clashes. Invalid when the room is taken.
    """
    if room_id is not None:
        rooms_register.take(session, room_id, starts_at, ends_at, held.id)
    held.starts_at, held.ends_at = starts_at, ends_at
    held.room_id, held.place, held.video_link = room_id, place, video_link
    before = [
        Told(n, n.way, n.notified_at, n.answer, n.notified_at is not None or bool(n.message_id)) for n in held.notices
    ]
    for notice in held.notices:
        notice.notified_at, notice.message_id, notice.evidence_id = None, None, None
        notice.answered, notice.answer, notice.proof = False, "", ""
    session.flush()
    return before


def refuse_status(session: Session, held: Sitting, status: str, at: datetime) -> None:
    """Invalid with the reason why a sitting cannot become that any more."""
    if status == held.status:
        return
    words = words_of(session, held)
    if held.called_off:
        never = words.said(NEVER_HELD)
        raise Invalid(
            "status", f"{words.sitting}{'已取消' if held.status == 'cancelled' else '已在开始之前延期'}，{never}"
        )
    if status == "held" and held.status in rooms_register.FREED and held.room_id is not None:
        _refuse_taken_again(session, held, words)
    if status == "cancelled" and held.starts_at <= at:
        raise Invalid("status", f"{words.sitting}已到开始时间（{_when(held.starts_at)}），不能再取消；{NOT_HELD}")


def mark(held: Sitting, status: str, at: datetime) -> None:
    """Write down what became of a sitting, and when it was put off."""
    if status != held.status:
        held.status = status
        held.put_off_at = at if status in rooms_register.FREED else None


def clashes(
    session: Session,
    *,
    starts_at: datetime,
    ends_at: datetime,
    room_id: uuid.UUID | None = None,
    host_ids: Iterable[uuid.UUID] = (),
    person_keys: Iterable[str] = (),
    but: uuid.UUID | None = None,
    people: int = 0,
) -> list[Clash]:
    """Every host, room and party already bound at that time or away, a day on which nobody works, a room too small."""
    during = [Sitting.starts_at < ends_at, Sitting.ends_at > starts_at, Sitting.status.not_in(rooms_register.FREED)]
    if but is not None:
        during.append(Sitting.id != but)
    hosts, days = list(host_ids), _days(starts_at, ends_at)
    found = [
        *_off(session, days),
        *_hosts(session, during, hosts),
        *_away(session, days, hosts),
        *_rooms(session, room_id, starts_at, ends_at, but),
        *_crowded(session, room_id, people),
        *_parties(session, during, [key for key in person_keys if key]),
    ]
    return list(dict.fromkeys(found))  # two sittings at one hour are said once


@once_read
def sittings_of(session: Session, subject_id: uuid.UUID) -> list[Sitting]:
    """All sittings of a case, the latest first, with notices and attendance."""
    query = (
        select(Sitting)
        .where(Sitting.subject_id == subject_id)
        .options(selectinload(Sitting.notices), selectinload(Sitting.attendance))
        .order_by(Sitting.number.desc())
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def sitting(session: Session, sitting_id: uuid.UUID, subject_id: uuid.UUID, lock: bool = False) -> Sitting | None:
    """A sitting of a case; locked until the end of the transaction for whoever is about to write it."""
    query = (
        select(Sitting)
        .where(Sitting.id == sitting_id, Sitting.subject_id == subject_id)
        .options(selectinload(Sitting.notices), selectinload(Sitting.attendance))
        .execution_options(populate_existing=lock)
    )
    return session.scalars(query.with_for_update(of=Sitting) if lock else query).first()


def seat(session: Session, held: Sitting, came: Iterable[tuple[uuid.UUID | None, str, bool, str]]) -> None:
    """Write the attendance: (party id, name, came, through whom). Invalid once the minutes were read back to them."""
    if held.read_back:
        raise Invalid("attendance", f"到会情况已随笔录核对，不能再改动；{words_of(session, held).said(ADD_INSTEAD)}")
    known = {(row.party_id, row.name): row for row in held.attendance}
    for party_id, name, present, through in came:
        row = known.pop((party_id, name), None)
        if row is None:
            row = Attendance(sitting_id=held.id, party_id=party_id, name=name)
            session.add(row)
        row.came, row.through = present, through
    for gone in known.values():
        session.delete(gone)
    session.flush()
    session.expire(held, ["attendance"])


def digest(held: Sitting) -> str:
    """Which text of the minutes is read back: another text has another."""
    return hashlib.sha256(held.open_minutes.encode()).hexdigest()[:32]


def version(held: Sitting) -> str:
    """Which state of everything that is written of a sitting an editor has before them: any change makes another."""
    seats = sorted((str(row.party_id), row.name, row.came, row.through) for row in held.attendance)
    written = [held.read_back, *(getattr(held, name) for name in STANDING), seats]
    return hashlib.sha256(repr(written).encode()).hexdigest()[:32]


def read_back(held: Sitting, confirmed: Iterable[Confirmed], at: datetime) -> list[str]:
    """Write down who confirmed the minutes and who refused to; from now on their text stands. Names of the unasked."""
    said = {one.attendance_id: one for one in confirmed}
    present = [row for row in held.attendance if row.came]
    unasked = [row.name for row in present if row.id not in said]
    if unasked or not present:
        return unasked
    for row in present:
        row.confirmed, row.note, row.confirmed_at = said[row.id].confirmed, said[row.id].note, at
    held.read_back = True
    return []


def words_of(session: Session, held: Sitting) -> Words:
    """What the module of its case calls it."""
    return registry.words_for(session.get_one(Subject, held.subject_id))


def notice_of(held: Sitting, notice_id: uuid.UUID) -> SittingNotice | None:
    return next((row for row in held.notices if row.id == notice_id), None)


def agenda(
    session: Session,
    actor: Actor,
    at: datetime,
    first: date,
    last: date,
    own: bool = True,
    limit: int = 200,
    called_off: bool = False,
) -> list[Planned]:
    """What is planned between two days, of cases the actor may see."""
    begin = datetime.combine(first, time.min, SHANGHAI)
    end = datetime.combine(last + timedelta(days=1), time.min, SHANGHAI)
    table = Subject.__table__
    query = (
        select(Sitting, table.c.number, table.c.title, Room.name, table.c.workflow)
        .join(table, table.c.id == Sitting.subject_id)
        .outerjoin(Room, Room.id == Sitting.room_id)
        .where(Sitting.starts_at >= begin, Sitting.starts_at < end)
        .where(visible(session, actor, at=at, action="case.list"))
        .order_by(Sitting.starts_at, Sitting.id)
        .limit(limit)
    )
    if not called_off:
        query = query.where(not_(CALLED_OFF))
    if own:
        mine = exists().where(
            Assignment.root_id == Sitting.subject_id,
            Assignment.staff_id == actor.id,
            Assignment.in_force(legal_date(at)),
        )
        query = query.where(or_(Sitting.host_id == actor.id, mine))
    return [
        Planned(held, number, title, room, registry.module_of(workflow).words)
        for held, number, title, room, workflow in session.execute(query)
    ]


def rooms(session: Session, day: date, organisation_id: uuid.UUID | None = None) -> list[Room]:
    return rooms_register.usable(session, day, organisation_id)


def _refuse_taken_again(session: Session, held: Sitting, words: Words) -> None:
    """The room was free for others since the sitting was put off: whoever has it now keeps it."""
    room = session.scalars(select(Room).where(Room.id == held.room_id).with_for_update()).one()
    if said := rooms_register.taken(session, room.id, held.starts_at, held.ends_at, held.id):
        raise Invalid("status", f"延期之后，{said}这一次不能再登记为已召开；在别处召开的，另安排一次{words.sitting}。")


def _hosts(session: Session, during: list[Any], wanted: list[uuid.UUID]) -> list[Clash]:
    if not wanted:
        return []
    query = (
        select(Staff.name, Sitting.starts_at, Subject.__table__.c.workflow)
        .select_from(Sitting)
        .join(Subject.__table__, Subject.__table__.c.id == Sitting.subject_id)
        .join(Staff, Staff.id == Sitting.host_id)
        .where(*during, Sitting.host_id.in_(wanted))
        .order_by(Sitting.starts_at)
    )
    return [
        Clash("host", words.said(f"{{handler}}{name}{_when(start)}已有另一场{{sitting}}。"))
        for name, start, words in _worded(session.execute(query))
    ]


def _days(starts_at: datetime, ends_at: datetime) -> tuple[date, date]:
    return legal_date(starts_at), max(legal_date(starts_at), legal_date(ends_at - timedelta(minutes=1)))


def _off(session: Session, days: tuple[date, date]) -> list[Clash]:
    """A rest day is nothing to refuse, people may want it; an end on another day is mostly a slip of the hand."""
    (first, last), calendar = days, load_calendar(session)
    found = [] if calendar.is_workday(first) else [f"{cn_day(first)}是{calendar.describe(first)}，不是工作日。"]
    found += [f"开始在{cn_day(first)}，结束在{cn_day(last)}，不在同一天。"] if last != first else []
    return [Clash("day", sentence) for sentence in found]


def _away(session: Session, days: tuple[date, date], wanted: list[uuid.UUID]) -> list[Clash]:
    first, last = days
    query = (
        select(Staff.name, Leave.valid_from, Leave.valid_to)
        .join(Staff, Staff.id == Leave.staff_id)
        .where(Leave.staff_id.in_(wanted), Leave.valid_from <= last, Leave.called_off.is_(False))
        .where(or_(Leave.valid_to.is_(None), Leave.valid_to >= first))
        .order_by(Leave.valid_from)
    )
    rows = session.execute(query).all() if wanted else []
    return [Clash("away", f"{name}{away_words(since, until)}。") for name, since, until in rows]


def _rooms(
    session: Session, room_id: uuid.UUID | None, starts_at: datetime, ends_at: datetime, but: uuid.UUID | None
) -> list[Clash]:
    said = rooms_register.taken(session, room_id, starts_at, ends_at, but) if room_id is not None else ""
    return [Clash("taken", f"{said}须另选时间或者{registry.words.room}。")] if said else []


def _crowded(session: Session, room_id: uuid.UUID | None, people: int) -> list[Clash]:
    room = session.get(Room, room_id) if room_id is not None else None
    if room is None or room.video or room.seats is None or people <= room.seats:
        return []
    return [Clash("room", f"{room.name}有 {room.seats} 个座位，拟到会 {people} 人。")]


def _parties(session: Session, during: list[Any], keys: list[str]) -> list[Clash]:
    if not keys:
        return []
    query = (
        select(SittingNotice.name, Sitting.starts_at, Subject.__table__.c.workflow)
        .join(Sitting, Sitting.id == SittingNotice.sitting_id)
        .join(Subject.__table__, Subject.__table__.c.id == Sitting.subject_id)
        .where(*during, SittingNotice.person_key.in_(keys))
        .order_by(Sitting.starts_at)
    )
    return [
        Clash("party", f"当事人{name}{_when(start)}须到另一场{words.sitting}。")
        for name, start, words in _worded(session.execute(query))
    ]


def _worded(rows: Iterable[Any]) -> Iterator[tuple[str, datetime, Words]]:
    """Names and times with the words of the case the other sitting belongs to."""
    return ((name, start, registry.module_of(workflow).words) for name, start, workflow in rows)


def _when(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
