"""Messages to staff and parties: promised through the outbox, handed to a channel, kept as rows.

Staff read theirs in the service. What a participant would get as an SMS goes to a ``Channel``; the demo's keeps the text
where the case shows it. Every handler is idempotent by the id of the outbox message and the receiver.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from casework.desk.assignment import handlers
from casework.desk.clocks import title
from casework.desk.tables import Message
from union.access import visible
from union.organisations import Organisation
from union.people import RoleGrant, Staff
from union.roles import ORG_HEAD
from web.filters import cn_date, cn_week
from workflows import outbox
from workflows.actor import SYSTEM_ACTOR, Actor
from workflows.fire import current_facts
from workflows.form import Step
from workflows.module import Participant, registry
from workflows.sweep import ALERT
from workflows.tables import Subject, Timer, legal_date

TOLD = "desk.told"
NOTICE = "desk.notice"
MOST_CHARACTERS = 1000


class Channel(Protocol):
    """What carries a text to a party's telephone. One of the four seams with a single implementation."""

    @property
    def name(self) -> str: ...

    def send(self, address: str, text: str) -> str:
        """Send; answers an empty text, or a Chinese sentence saying why it could not be delivered."""


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """Sends nothing: the text of the SMS is what the case shows."""

    name: str = "sms"

    def send(self, address: str, text: str) -> str:
        return "" if address else "没有可用的手机号码，须改用书面送达。"


class Undeliverable(RuntimeError):
    """The channel broke down; the outbox tries again. The number it was given is not repeated."""


_channel: Channel = DemoChannel()


def use(channel: Channel) -> None:
    """From now on the texts to participants are handed to this channel."""
    global _channel
    _channel = channel


def listen(step: Step) -> None:
    """Promise the parties the news of a step, where its module has a sentence for it."""
    module = registry.module_of(step.workflow.name)
    sentence = module.told.get(step.transition.trigger) or module.told.get(
        f"{step.workflow.name}.{step.transition.trigger}"
    )
    if sentence and module.participants is not None:
        body = {"root_id": str(step.root_id), "sentence": sentence, "trigger": step.transition.trigger}
        outbox.put(step.session, TOLD, body, at=step.at, subject_id=step.root_id)


def tell_staff(session: Session, staff_id: uuid.UUID, text: str, at: datetime, root_id: uuid.UUID | None) -> None:
    """Promise a staff member a message in the service."""
    body = {"staff_id": str(staff_id), "text": text, "root_id": str(root_id) if root_id else None}
    outbox.put(session, NOTICE, body, at=at, subject_id=root_id)


# --- carried out by the relay


def carry_alert(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """A clock is close to its end or over it: handlers and whom it binds hear of it, once it is over the head too."""
    with sessions.begin() as session:
        timer = session.get(Timer, uuid.UUID(body["timer_id"]))
        if timer is None or timer.status not in ("running", "paused", "lapsed"):
            return
        root, overdue = session.get_one(Subject, timer.root_id), body["what"] == "overdue"
        text = _alert_words(session, root, timer, overdue, int(body.get("days_left", 0)), now)
        told = {h.staff_id: h.name for h in handlers(session, root.id, legal_date(now))}
        if overdue or not told:
            told |= heads(session, root.organisation_id, now)
        for staff_id, name in told.items():
            _keep(
                session,
                body,
                now,
                receiver=str(staff_id),
                receiver_name=name,
                staff_id=staff_id,
                subject_id=root.id,
                channel="in_app",
                topic=ALERT,
                tone="danger" if overdue else "warn",
                text=text,
            )
        remind = registry.module_for(root).reminders
        reminders = list(remind(session, root, timer, overdue)) if remind else []
    for reminder in reminders:
        _deliver(sessions, body, now, root.id, reminder.to, reminder.sentence, ALERT)


def carry_told(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """The participants hear of a step: by SMS where a number is known, and the handlers see that they did."""
    with sessions() as session:
        root = session.get_one(Subject, uuid.UUID(body["root_id"]))
        module = registry.module_for(root)
        people = list(module.participants(session, root)) if module.participants else []
    for person in people:
        _deliver(sessions, body, now, root.id, person, body["sentence"], TOLD)


def _deliver(
    sessions: sessionmaker[Session],
    body: Mapping[str, Any],
    now: datetime,
    root_id: uuid.UUID,
    person: Participant,
    sentence: str,
    topic: str,
) -> None:
    """Hand one text to the channel and keep it, in a transaction of its own: who has it is not sent it again.

    The number is deciphered for the channel alone; what is kept and shown is masked.
    """
    with sessions.begin() as session:
        if _kept(session, body, str(person.id)):
            return
        root = session.get_one(Subject, root_id)
        text = f"【朝阳区总工会】{person.name}：{sentence}（{root.number or root.title}）"
        problem = _sent(_number_of(session, root, person), person.phone, text)
        _keep(
            session,
            body,
            now,
            receiver=str(person.id),
            receiver_name=person.name,
            party_id=person.id if isinstance(person.id, uuid.UUID) else None,
            subject_id=root.id,
            channel=_channel.name,
            address=person.phone,
            topic=topic,
            text=text,
            status="failed" if problem else "sent",
            problem=problem[:300],
        )


def _number_of(session: Session, root: Subject, person: Participant) -> str:
    """In full; a module that cannot tell it gets nothing sent to a masked number."""
    reveal = registry.module_for(root).reveal
    return (reveal(session, root, person.id, "phone") if reveal else None) or ""


def _sent(number: str, masked: str, text: str) -> str:
    def unnamed(said: str) -> str:
        return said.replace(number, masked) if number else said

    try:
        return unnamed(_channel.send(number, text))
    except Exception as error:
        raise Undeliverable(unnamed(f"{type(error).__name__}: {error}")) from None


def carry_notice(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    with sessions.begin() as session:
        staff = session.get_one(Staff, uuid.UUID(body["staff_id"]))
        _keep(
            session,
            body,
            now,
            receiver=str(staff.id),
            receiver_name=staff.name,
            staff_id=staff.id,
            subject_id=uuid.UUID(body["root_id"]) if body.get("root_id") else None,
            channel="in_app",
            topic=NOTICE,
            text=body["text"],
        )


TASKS = {ALERT: carry_alert, TOLD: carry_told, NOTICE: carry_notice}


# --- read


def unread(session: Session, actor: Actor, at: datetime, limit: int = 50) -> list[Message]:
    query = select(Message).where(Message.staff_id == actor.id, Message.read_at.is_(None), _of_seen_cases(actor, at))
    return list(session.scalars(query.order_by(Message.at.desc()).limit(limit)))


def inbox(session: Session, actor: Actor, at: datetime, limit: int = 100) -> list[tuple[Message, str | None]]:
    """(message, number of its case), the newest first."""
    query = (
        select(Message, Subject.__table__.c.number)
        .outerjoin(Subject.__table__, Subject.__table__.c.id == Message.subject_id)
        .where(Message.staff_id == actor.id, _of_seen_cases(actor, at))
        .order_by(Message.read_at.is_not(None), Message.at.desc())
        .limit(limit)
    )
    return [(message, number) for message, number in session.execute(query)]


def _of_seen_cases(actor: Actor, at: datetime) -> ColumnElement[bool]:
    """A message tells of a case only whom the case itself is open to: somebody who keeps out of it loses both."""
    seen = select(Subject.id).where(visible(actor, at=at, roots=True)).correlate(None)
    return or_(Message.subject_id.is_(None), Message.subject_id.in_(seen))


def unread_count(session: Session, staff_id: uuid.UUID) -> int:
    query = select(func.count()).select_from(Message).where(Message.staff_id == staff_id, Message.read_at.is_(None))
    return session.scalar(query) or 0


def mark_read(session: Session, actor: Actor, at: datetime, ids: Iterable[uuid.UUID] = ()) -> None:
    """The given messages, or all."""
    wanted = list(ids)
    marked = update(Message).where(Message.staff_id == actor.id, Message.read_at.is_(None)).values(read_at=at)
    session.execute(marked.where(Message.id.in_(wanted)) if wanted else marked)


def heads(session: Session, organisation_id: uuid.UUID | None, at: datetime) -> dict[uuid.UUID, str]:
    """Who leads the organisation of a case: the nearest one that has a head."""
    path = session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))
    for place in reversed((path or "").split("/")):
        if not place:
            continue
        query = (
            select(Staff.id, Staff.name)
            .join(RoleGrant, RoleGrant.staff_id == Staff.id)
            .where(RoleGrant.organisation_id == uuid.UUID(place), RoleGrant.role == ORG_HEAD.id, Staff.active)
            .where(RoleGrant.in_force(legal_date(at)))
        )
        if found := dict(session.execute(query).all()):
            return found
    return {}


def _alert_words(session: Session, root: Subject, timer: Timer, overdue: bool, left: int, now: datetime) -> str:
    deadline = registry.workflow_for(session.get_one(Subject, timer.subject_id)).deadline_by_id[timer.deadline]
    label = title(deadline, timer, _item_names(session, root, now) if timer.item else {})
    end = f"{cn_date(timer.effective_due, legal_date(now))}（{cn_week(timer.effective_due)}）"
    named = f"{root.number or root.title}“{label}”"
    if overdue:
        return f"{named}已于{end}届满，须立即处理。"
    return f"{named}今天届满。" if left <= 0 else f"{named}还剩 {left} 天，{end}届满。"


def _item_names(session: Session, root: Subject, now: datetime) -> Mapping[str, str]:
    return getattr(current_facts(session, root, by=SYSTEM_ACTOR, at=now), "item_names", {})


def _keep(session: Session, body: Mapping[str, Any], now: datetime, **values: Any) -> None:
    """One row for each outbox message and receiver, however often it is carried out."""
    if _kept(session, body, values["receiver"]):
        return
    values["text"] = values["text"][:MOST_CHARACTERS]
    session.add(Message(outbox_id=_outbox_id(body), at=now, **values))
    session.flush()


def _kept(session: Session, body: Mapping[str, Any], receiver: str) -> bool:
    known = select(Message.id).where(Message.outbox_id == _outbox_id(body), Message.receiver == receiver)
    return session.scalar(known) is not None


def _outbox_id(body: Mapping[str, Any]) -> uuid.UUID | None:
    return uuid.UUID(body["message_id"]) if body.get("message_id") else None
