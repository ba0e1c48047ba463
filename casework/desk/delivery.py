"""What becomes of a text on its way to a telephone: queued, sending, sent, delivered or failed, tried again or settled.

A text is handed to its channel at most once unless the channel says that it certainly did not leave: a worker that died
while sending leaves a failed text and a question, never a second SMS.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from casework.desk import message_templates, party_links
from casework.desk.channels import NO_NUMBER, Channel, DemoChannel, Handed, NotSent, Outgoing
from casework.desk.tables import Message, MessageTemplate, SittingNotice
from union.people import Staff
from workflows import outbox
from workflows.errors import Invalid
from workflows.module import registry
from workflows.tables import Subject

SEND, CHECK, UNDELIVERED = "desk.send", "desk.check", "desk.undelivered"
HEAD_AFTER = timedelta(days=1)  # a text nobody dealt with goes on to the head
CHECKS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
UNSURE = "发送中断，不能确定是否已经发出；先向收件人核实，没有收到再重试。"
BROKEN = "短信服务暂时不通，多次未能发出。"


class Undeliverable(RuntimeError):
    """The channel broke down; the outbox tries again. The number it was given is not repeated."""


_channel: Channel = DemoChannel()
_sign = "朝阳区总工会"
_address = "http://127.0.0.1:8000"


def use(channel: Channel, sign: str = "朝阳区总工会", address: str = "http://127.0.0.1:8000") -> None:
    """From now on the texts to telephones are handed to this channel, under this signature, with links to this address."""
    global _channel, _sign, _address
    _channel, _sign, _address = channel, sign, address.rstrip("/")


def channel() -> Channel:
    return _channel


def sign() -> str:
    return _sign


def promise(session: Session, sms: Message, at: datetime) -> None:
    outbox.put(session, SEND, {"message": str(sms.id)}, at=at, subject_id=sms.subject_id)


def refuse(session: Session, sms: Message, problem: str, at: datetime) -> None:
    """Not to be sent at all; whoever handles the case hears of it as of a text that did not arrive."""
    _fail(session, sms, problem, at)


def retry(session: Session, sms: Message, at: datetime) -> None:
    """Queue a failed text again, at a person's word; Invalid when it did not fail."""
    if sms.status != "failed":
        raise Invalid("status", "只有未送达的短信可以重试。")
    sms.status, sms.problem, sms.attempts, sms.receipt = "queued", "", 0, ""
    promise(session, sms, at)


def settle(sms: Message, how: str) -> None:
    """The receiver was told in another way; Invalid when the text did not fail."""
    if sms.status != "failed":
        raise Invalid("how", "只有未送达的短信需要登记另行通知。")
    sms.status, sms.settled_because = "settled", how.strip()


# --- carried out by the relay


def carry_send(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    message_id = uuid.UUID(body["message"])
    with sessions.begin() as session:
        sms = _taken(session, message_id, now)
    if sms is None:
        return
    try:
        handed = _channel.send(sms) if sms.number else Handed(problem=NO_NUMBER)
    except NotSent as error:
        if _queued_again(sessions, sms, now):
            raise Undeliverable(str(error).replace(sms.number, "…")) from None
        return
    except Exception:  # nobody knows whether it left: a person decides, not the machine
        handed = Handed(problem=UNSURE)
    with sessions.begin() as session:
        _hand_over(session, message_id, handed, now)


def carry_check(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """Ask the channel whether a text arrived; asked again a few times, each time later."""
    with sessions() as session:
        row = session.get(Message, uuid.UUID(body["message"]))
        if row is None or row.status != "sent" or row.receipt != body["receipt"] or row.sent_at is None:
            return
        sms, receipt, sent_at = _outgoing(session, row, now), row.receipt, row.sent_at
    try:
        arrival = _channel.arrival(sms, receipt, sent_at)
    except Exception as error:
        raise Undeliverable(f"查询送达情况未成（{type(error).__name__}）") from None
    with sessions.begin() as session:
        row = session.get_one(Message, sms.id)
        if arrival.problem:
            _fail(session, row, arrival.problem, now)
        elif arrival.arrived_at is not None:
            row.status, row.arrived_at = "delivered", arrival.arrived_at
        else:
            _check_later(session, row, int(body["times"]) + 1, now)


TASKS = {SEND: carry_send, CHECK: carry_check}


def _taken(session: Session, message_id: uuid.UUID, now: datetime) -> Outgoing | None:
    """The text, marked as being sent before it leaves; None when that was done or must not be done again."""
    row = session.scalars(select(Message).where(Message.id == message_id).with_for_update()).first()
    if row is None or row.status not in ("queued", "sending"):
        return None
    if row.status == "sending":
        _fail(session, row, UNSURE, now)
        return None
    row.status, row.attempts = "sending", row.attempts + 1
    return _with_link(session, row, _outgoing(session, row, now), now)


def _outgoing(session: Session, row: Message, now: datetime) -> Outgoing:
    values = dict(row.values)
    name = values.pop("_template", message_templates.STAFF_SMS)
    template = session.get(MessageTemplate, row.template_id) if row.template_id else None
    return Outgoing(
        id=row.id,
        number=_number(session, row),
        text=row.text,
        code=template.provider_code if template else "",
        values=message_templates.parameters(name, values),
    )


def _with_link(session: Session, row: Message, sms: Outgoing, now: datetime) -> Outgoing:
    """The way to the case put into the text that leaves; what is kept says only that there was one."""
    if party_links.PLACE not in sms.text or row.party_id is None or row.subject_id is None:
        return sms
    link = _address + party_links.make(session, row.subject_id, row.party_id, now)
    values = {name: value.replace(party_links.PLACE, link) for name, value in sms.values.items()}
    return replace(sms, text=sms.text.replace(party_links.PLACE, link), values=values)


def _number(session: Session, row: Message) -> str:
    """In full, for the channel alone; a module that cannot tell it gets nothing sent to a masked number."""
    if row.staff_id is not None:
        staff = session.get_one(Staff, row.staff_id)
        return (staff.phone or "") if staff.active else ""
    root = session.get_one(Subject, row.subject_id)
    reveal = registry.module_for(root).reveal
    return (reveal(session, root, row.party_id, "phone") if reveal and row.party_id else None) or ""


def _queued_again(sessions: sessionmaker[Session], sms: Outgoing, now: datetime) -> bool:
    """It did not leave: back into the queue, or given up after as many attempts as the outbox makes."""
    with sessions.begin() as session:
        row = session.get_one(Message, sms.id)
        if row.attempts < outbox.ATTEMPTS:
            row.status = "queued"
            return True
        _fail(session, row, BROKEN, now)
        return False


def _hand_over(session: Session, message_id: uuid.UUID, handed: Handed, now: datetime) -> None:
    row = session.get_one(Message, message_id)
    if handed.problem:
        _fail(session, row, handed.problem, now)
        return
    row.status, row.receipt, row.sent_at, row.problem = "sent", handed.receipt, now, ""
    told = update(SittingNotice).where(SittingNotice.message_id == row.id).values(notified_at=now)
    session.execute(told)
    if _channel.reports and row.receipt:
        _check_later(session, row, 0, now)


def _check_later(session: Session, row: Message, times: int, now: datetime) -> None:
    if times < len(CHECKS):
        body = {"message": str(row.id), "receipt": row.receipt, "times": times}
        outbox.put(session, CHECK, body, at=now + CHECKS[times], subject_id=row.subject_id)


def _fail(session: Session, row: Message, problem: str, now: datetime) -> None:
    """A text that did not arrive told nobody: a notice that stood on it stands no more, and people hear of it."""
    row.status, row.problem = "failed", problem[:300]
    session.execute(update(SittingNotice).where(SittingNotice.message_id == row.id).values(notified_at=None))
    if row.party_id is None or not row.address:  # without a number nothing was expected: the case says it at once
        return
    for to, at in (("handlers", now), ("head", now + HEAD_AFTER)):
        outbox.put(session, UNDELIVERED, {"message": str(row.id), "to": to}, at=at, subject_id=row.subject_id)
