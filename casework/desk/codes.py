"""One-time codes by which a telephone proves who holds it: asked for, sent, given back once, from the same browser.

Whoever asks gets the same answer whether the case and the telephone are known or not, and the same is written: a code
for nobody opens nothing.
"""

import hmac
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from casework.desk import delivery, message_templates
from casework.desk.channels import NotSent, Outgoing
from casework.desk.tables import PhoneCode
from union.privacy import normal_phone
from union.sessions import Patience, attempt_key, count_attempt, forget_attempts, in_words
from workflows import outbox
from workflows.encryption import keyring
from workflows.errors import Invalid
from workflows.tables import legal_date

VALID_FOR = timedelta(minutes=5)
MOST_TRIES = 5
KEPT = timedelta(days=7)
SEND = "desk.code"
ENTER, APPLY = "enter", "apply"
WRONG = "验证码不正确，或者已经过期、已经用过。核对后重填，或者重新获取。"

PER_PHONE = Patience("code-phone", 2, timedelta(minutes=10), timedelta(seconds=30))
PER_CASE = Patience("code-case", 5, timedelta(minutes=10), timedelta(seconds=15))
PER_ADDRESS = Patience("code-address", 30, timedelta(minutes=15), timedelta(seconds=5))
GUESSING = Patience("code-guess", 30, timedelta(minutes=15), timedelta(seconds=5))


class CodeSender(Protocol):
    """One of the four seams with a single implementation in service."""

    @property
    def shows(self) -> bool:
        """Whether the page itself shows the code: for a demonstration only."""

    def send(self, session: Session, code_id: uuid.UUID, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class ShownCodes:
    """The demo: no text leaves, the page shows the code and says that it is a demo."""

    shows: bool = True

    def send(self, session: Session, code_id: uuid.UUID, at: datetime) -> None:
        """Nothing leaves."""


@dataclass(frozen=True, slots=True)
class SentCodes:
    """By the channel that carries all texts; the relay hands it over, so that no page waits for it."""

    shows: bool = False

    def send(self, session: Session, code_id: uuid.UUID, at: datetime) -> None:
        outbox.put(session, SEND, {"code": str(code_id)}, at=at)


_sender: CodeSender = SentCodes()


def use(sender: CodeSender) -> None:
    global _sender
    _sender = sender


@dataclass(frozen=True, slots=True)
class Whom:
    """The participant of the one case a code opens, or nobody."""

    root_id: uuid.UUID | None = None
    participant_id: uuid.UUID | None = None
    as_agent: bool = False


@dataclass(frozen=True, slots=True)
class Proved:
    """What a right code showed: this telephone, and the case it was asked for."""

    purpose: str
    phone: str
    whom: Whom
    link_id: uuid.UUID | None = None


def ask(
    session: Session,
    purpose: str,
    phone: str,
    address: str,
    at: datetime,
    *,
    number: str = "",
    find: Callable[[], Whom] = Whom,
    link_id: uuid.UUID | None = None,
) -> str:
    """A new code on its way to the telephone; answers the ticket only this browser keeps. Invalid when asked too often.

    The attempt is counted and committed before anything is looked up.
    """
    asked = [(PER_PHONE, normal_phone(phone)), (PER_ADDRESS, address)]
    asked += [(PER_CASE, _plain(number))] if number else []
    _wait(session, asked, at, "phone")
    whom = find()
    meant = purpose == APPLY or whom.participant_id is not None
    ticket, code = secrets.token_urlsafe(24), f"{secrets.randbelow(10**6):06d}"
    row = PhoneCode(
        purpose=purpose,
        phone=phone if meant else None,
        code=code,
        ticket_hash=_ticket(ticket),
        root_id=whom.root_id,
        participant_id=whom.participant_id,
        as_agent=whom.as_agent,
        link_id=link_id,
        issued_at=at,
        ends_at=at + VALID_FOR,
        tries=0,
        used_at=None,
        code_hash="",
    )
    row.code_hash = _hash(row.id, code)
    session.add(row)
    session.flush()
    _sender.send(session, row.id, at)
    return ticket


def redeem(session: Session, ticket: str, code: str, address: str, at: datetime) -> Proved:
    """What the code proves, once; Invalid with one sentence for every way in which it may be wrong.

    The try is counted and committed first: parallel guesses must see each other.
    """
    _wait(session, [(GUESSING, address)], at, "code")
    heard = (
        update(PhoneCode)
        .where(PhoneCode.ticket_hash == _ticket(ticket), PhoneCode.used_at.is_(None), PhoneCode.ends_at > at)
        .where(PhoneCode.tries < MOST_TRIES)
        .values(tries=PhoneCode.tries + 1)
        .returning(PhoneCode.id)
    )
    code_id = session.scalar(heard)
    session.commit()
    row = session.get(PhoneCode, code_id) if code_id else None
    given = "".join(filter(str.isdigit, code))
    right = row is not None and hmac.compare_digest(row.code_hash, _hash(row.id, given))
    if row is None or not right or not row.phone or not _spend(session, row.id, at):
        raise Invalid("code", WRONG)
    forget_attempts(session, _key(PER_PHONE, normal_phone(row.phone)))
    return Proved(row.purpose, row.phone, Whom(row.root_id, row.participant_id, row.as_agent), row.link_id)


def shown(session: Session, ticket: str, at: datetime) -> str:
    """The code itself, where the demo shows it."""
    if not _sender.shows:
        return ""
    living = PhoneCode.used_at.is_(None), PhoneCode.ends_at > at
    row = session.scalars(select(PhoneCode).where(PhoneCode.ticket_hash == _ticket(ticket), *living)).first()
    return (row.code or "") if row is not None else ""


def sweep(session: Session, at: datetime) -> None:
    session.execute(delete(PhoneCode).where(PhoneCode.ends_at < at - KEPT))


# --- carried out by the relay


def carry(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """Hand a code to the channel and forget it; what is for nobody, or too late, goes nowhere."""
    with sessions.begin() as session:
        row = session.get(PhoneCode, uuid.UUID(body["code"]))
        if row is None or not row.code:
            return
        text = _outgoing(session, row, now) if row.phone and now < row.ends_at and row.used_at is None else None
        row.code = None
    if text is None:
        return
    try:
        delivery.channel().send(text)
    except NotSent:
        _keep_for_another_try(sessions, body, text)
        raise delivery.Undeliverable("验证码短信未能发出") from None


def _outgoing(session: Session, row: PhoneCode, now: datetime) -> Outgoing:
    wording = message_templates.wording(session, message_templates.CODE, legal_date(now))
    values = {"验证码": row.code or ""}
    text = message_templates.signed_text(delivery.sign(), wording.filled(values))
    parameters = message_templates.parameters(message_templates.CODE, values)
    return Outgoing(row.id, row.phone or "", text, wording.provider_code, parameters)


def _keep_for_another_try(sessions: sessionmaker[Session], body: Mapping[str, Any], text: Outgoing) -> None:
    with sessions.begin() as session:
        row = session.get_one(PhoneCode, uuid.UUID(body["code"]))
        row.code = text.values["code"]


TASKS = {SEND: carry}


def _wait(session: Session, asked: list[tuple[Patience, str]], at: datetime, field: str) -> None:
    wait = max(count_attempt(session, patience, _key(patience, value), at) for patience, value in asked)
    session.commit()
    if wait:
        raise Invalid(field, f"操作过于频繁，{in_words(wait)}后再试。")


def _key(patience: Patience, value: str) -> str:
    """Keyed: a telephone number is not to be guessed from what is stored."""
    return attempt_key(patience.kind, keyring().blind(patience.kind, value))


def _spend(session: Session, code_id: uuid.UUID, at: datetime) -> bool:
    spent = (
        update(PhoneCode)
        .where(PhoneCode.id == code_id, PhoneCode.used_at.is_(None))
        .values(used_at=at, code_sealed=None)
        .returning(PhoneCode.id)
    )
    return session.scalar(spent) is not None


def _hash(code_id: uuid.UUID, code: str) -> str:
    return keyring().blind("phone_code", f"{code_id}|{code}")


def _ticket(ticket: str) -> str:
    return keyring().blind("phone_code_ticket", ticket[:100])


def _plain(number: str) -> str:
    return "".join(filter(str.isalnum, number))
