"""Log-in and web sessions of our own: only the hash of the id is stored, and an id we did not issue is nobody's.

A session ends after thirty idle minutes and after twelve hours in any case; that of a party, who may use a borrowed
telephone, after twenty minutes and two hours. Failed log-ins slow the account and the address down, never lock them: a
lock would be a weapon against whoever it locks out.
"""

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, String, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from union import audit
from union.passwords import LONGEST, verify_password
from union.people import Staff, normal_account
from union.privacy import Encrypted, Private, normal_phone
from workflows.actor import Actor
from workflows.tables import Base, new_id

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
PARTY_IDLE = timedelta(minutes=20)
PARTY_ABSOLUTE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)  # last_seen is written at most this often

WRONG = "账号或者密码不正确。"


class SessionRow:
    """What the log-in of anybody from one browser keeps."""

    idle: ClassVar[timedelta] = IDLE

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    csrf_secret: Mapped[str] = mapped_column(String(64))
    user_agent_hash: Mapped[str] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None]

    def alive(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.ends_at and at - self.last_seen < self.idle

    def is_of(self, user_agent: str) -> bool:
        return hmac.compare_digest(self.user_agent_hash, _digest(user_agent))


class WebSession(SessionRow, Base):
    """A log-in of a staff member from one browser."""

    __tablename__ = "web_sessions"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    proved_at: Mapped[datetime | None]  # by a second factor


class PartySession(Private, SessionRow, Base):
    """Somebody proved to hold a telephone, and with a case number to be a party to that one case."""

    __tablename__ = "party_sessions"
    idle = PARTY_IDLE

    id: Mapped[uuid.UUID] = mapped_column(default=new_id)  # what the ciphertext is bound to
    phone = Encrypted(index="phone", normal=normal_phone)
    root_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    participant_id: Mapped[uuid.UUID | None]
    as_agent: Mapped[bool] = mapped_column(default=False)  # of the participant, by the telephone of the agent


class LogInDelay(Base):
    """How often a log-in failed lately for an account or an address, and when the next attempt is heard."""

    __tablename__ = "log_in_delays"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Issued:
    """A new session with its id, which only the browser's cookie keeps."""

    token: str
    web_session: WebSession


AnySession = WebSession | PartySession


# --- sessions


def issue(session: Session, staff_id: uuid.UUID, *, at: datetime, user_agent: str = "") -> Issued:
    """A session for somebody who has just proved who they are; the id is ours, never the browser's."""
    return _issue(session, staff_id, at, at + ABSOLUTE, _digest(user_agent))


def resolve(session: Session, token: str | None, *, at: datetime, user_agent: str | None = None) -> WebSession | None:
    """The living session of this id, for an active account and the browser it was issued to; otherwise None."""
    if not token or len(token) > 100:
        return None
    found = session.scalars(
        select(WebSession)
        .join(Staff, Staff.id == WebSession.staff_id)
        .where(WebSession.id_hash == _digest(token), Staff.active)
    ).first()
    if found is None or not found.alive(at):
        return None
    if user_agent is not None and not found.is_of(user_agent):
        return None
    return found


def admit_party(
    session: Session,
    phone: str,
    *,
    root_id: uuid.UUID | None = None,
    participant_id: uuid.UUID | None = None,
    as_agent: bool = False,
    at: datetime,
    user_agent: str = "",
) -> str:
    """The id of a session for whoever has just proved to hold this telephone, for one case or for none yet."""
    token = secrets.token_urlsafe(32)
    session.add(
        PartySession(
            phone=phone,
            root_id=root_id,
            participant_id=participant_id,
            as_agent=as_agent,
            **_first_seen(token, at, at + PARTY_ABSOLUTE, _digest(user_agent)),
        )
    )
    session.flush()
    return token


def resolve_party(session: Session, token: str | None, *, at: datetime, user_agent: str = "") -> PartySession | None:
    """The living session of a party with this id, in the browser it was issued to; otherwise None."""
    if not token or len(token) > 100:
        return None
    found = session.get(PartySession, _digest(token))
    return found if found is not None and found.alive(at) and found.is_of(user_agent) else None


def needs_touch(found: AnySession, at: datetime) -> bool:
    return at - found.last_seen >= SEEN_EVERY


def touch(session: Session, found: AnySession, *, at: datetime) -> None:
    """Keep a session awake; writes at most once a minute and never moves the clock back."""
    kind = type(found)
    session.execute(
        update(kind).where(kind.id_hash == found.id_hash, kind.last_seen <= at - SEEN_EVERY).values(last_seen=at)
    )


def rotate(session: Session, found: WebSession, *, at: datetime) -> Issued:
    """A new id and a new CSRF secret for the same log-in (after a role change or a second factor); the end stays."""
    revoke(session, found, at=at)
    return _issue(session, found.staff_id, at, found.ends_at, found.user_agent_hash)


def revoke(session: Session, found: AnySession, *, at: datetime) -> None:
    found.revoked_at = at
    session.flush()


def revoke_all(session: Session, staff_id: uuid.UUID, *, at: datetime, but: WebSession | None = None) -> int:
    """Log a staff member out everywhere, this browser excepted where given; answers how many sessions ended."""
    ended = (
        update(WebSession)
        .where(WebSession.staff_id == staff_id, WebSession.revoked_at.is_(None))
        .where(WebSession.id_hash != (but.id_hash if but is not None else ""))
        .values(revoked_at=at)
    )
    return session.execute(ended).rowcount  # type: ignore[attr-defined]  # of an UPDATE it has one


def sessions_of(session: Session, staff_id: uuid.UUID, *, at: datetime) -> list[WebSession]:
    living = select(WebSession).where(
        WebSession.staff_id == staff_id,
        WebSession.revoked_at.is_(None),
        WebSession.ends_at > at,
        WebSession.last_seen > at - IDLE,
    )
    return list(session.scalars(living.order_by(WebSession.created_at)))


def csrf_token(found: AnySession) -> str:
    """The token of this session's forms: worthless in any other session."""
    return hmac.new(found.csrf_secret.encode(), found.id_hash.encode(), hashlib.sha256).hexdigest()


def csrf_matches(found: WebSession, token: str | None) -> bool:
    return token is not None and hmac.compare_digest(csrf_token(found).encode(), token.encode())


def sweep(session: Session, *, at: datetime) -> None:
    """Forget sessions long over and delays long served."""
    session.execute(delete(WebSession).where(WebSession.ends_at < at - timedelta(days=90)))
    session.execute(delete(PartySession).where(PartySession.ends_at < at - timedelta(days=90)))
    session.execute(delete(LogInDelay).where(LogInDelay.last_at < at - FORGIVEN_AFTER))


def _issue(session: Session, staff_id: uuid.UUID, at: datetime, ends_at: datetime, user_agent_hash: str) -> Issued:
    token = secrets.token_urlsafe(32)
    issued = WebSession(staff_id=staff_id, proved_at=None, **_first_seen(token, at, ends_at, user_agent_hash))
    session.add(issued)
    session.flush()
    return Issued(token, issued)


def _first_seen(token: str, at: datetime, ends_at: datetime, user_agent_hash: str) -> dict[str, Any]:
    return {
        "id_hash": _digest(token),
        "created_at": at,
        "last_seen": at,
        "ends_at": ends_at,
        "csrf_secret": secrets.token_hex(32),
        "user_agent_hash": user_agent_hash,
        "revoked_at": None,
    }


# --- log-in


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free; each further one doubles the wait, which begins at two steps, up to the longest."""

    kind: str
    free: int
    longest: timedelta
    step: timedelta = timedelta(seconds=1)

    def wait(self, failures: int) -> timedelta:
        over = failures - self.free
        return timedelta() if over <= 0 else min(self.step * 2 ** min(over, 20), self.longest)


WITH_ACCOUNT = Patience("account", 4, timedelta(minutes=5))
WITH_ADDRESS = Patience("address", 20, timedelta(minutes=15))
FORGIVEN_AFTER = timedelta(hours=24)


def authenticate(
    session: Session, account: str, password: str, ip: str, at: datetime, *, proven: Staff | None = None
) -> Staff | str:
    """The staff member, or the one sentence an unknown account and a wrong password both get.

    ``proven`` is whom a one-time code has just identified: heard under the same patience, without a password.

    Counts the attempt first and commits that: it must outlive whatever becomes of the request, parallel guesses must
    see each other, and no lock may be held during the third of a second a hash takes.
    """
    keys = ((WITH_ACCOUNT, attempt_key("account", normal_account(account))), (WITH_ADDRESS, attempt_key("address", ip)))
    wait = max(count_attempt(session, patience, key, at) for patience, key in keys)
    staff = (
        proven or session.scalars(select(Staff).where(Staff.account == normal_account(account), Staff.active)).first()
    )
    stored = staff.password_hash if staff is not None else ""
    session.commit()
    if wait:
        return f"登录尝试过于频繁，请{in_words(wait)}后再试。"
    right, renewed = verify_password(password if len(password) <= LONGEST else "", stored)
    if proven is not None:
        right, renewed = True, None
    if staff is None or not right:
        _note_failure(session, staff, at)
        return WRONG
    if renewed is not None:
        session.execute(
            update(Staff).where(Staff.id == staff.id, Staff.password_hash == stored).values(password_hash=renewed)
        )
    _forgive(session, keys[0][1], keys[1][1])
    return staff


def _note_failure(session: Session, staff: Staff | None, at: datetime) -> None:
    """Committed at once, as the count was. An unknown account is not named: people type passwords into that field."""
    who = Actor(staff.id, staff.name) if staff is not None else Actor(None, "未知账号")
    account = staff.account if staff is not None else ""
    about = staff.id if staff is not None else ""
    audit.note(session, "登录未成功", account, by=who, at=at, about=about, family=audit.SECURITY)
    session.commit()


def unlock(session: Session, account: str) -> None:
    """An administrator lifts the delay of an account."""
    session.execute(delete(LogInDelay).where(LogInDelay.key == attempt_key("account", normal_account(account))))


def count_attempt(session: Session, patience: Patience, key: str, at: datetime) -> timedelta:
    """Count one attempt in one statement and say how long it still has to wait; zero means it is heard now."""
    table = LogInDelay.__table__
    upsert: Any = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)
    forgiven = table.c.last_at < at - FORGIVEN_AFTER
    failures = case((forgiven, 1), else_=table.c.failures + 1)
    heard = session.execute(
        upsert.values(key=key, failures=1, last_at=at, next_at=at)
        .on_conflict_do_update(
            index_elements=[table.c.key],
            set_={"failures": failures, "last_at": at},
            where=table.c.next_at <= at,
        )
        .returning(table.c.failures)
    ).scalar()
    if heard is None:
        next_at = session.scalar(select(LogInDelay.next_at).where(LogInDelay.key == key))
        return max(next_at - at, timedelta(seconds=1)) if next_at is not None else timedelta()
    session.execute(update(LogInDelay).where(LogInDelay.key == key).values(next_at=at + patience.wait(heard)))
    return timedelta()


def forget_attempts(session: Session, key: str) -> None:
    session.execute(delete(LogInDelay).where(LogInDelay.key == key))


def _forgive(session: Session, account_key: str, address_key: str) -> None:
    """A right password clears the account; of the address it takes back only this attempt."""
    session.execute(delete(LogInDelay).where(LogInDelay.key == account_key))
    session.execute(
        update(LogInDelay)
        .where(LogInDelay.key == address_key, LogInDelay.failures > 0)
        .values(failures=LogInDelay.failures - 1, next_at=LogInDelay.last_at)
    )


def attempt_key(kind: str, value: str) -> str:
    return _digest(f"{kind}|{value}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def in_words(wait: timedelta) -> str:
    seconds = max(int(wait.total_seconds()), 1)
    return f"{seconds}秒" if seconds < 60 else f"{-(-seconds // 60)}分钟"
