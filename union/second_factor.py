"""The second factor: a time-based code (RFC 6238) from the telephone of a person who may do what needs one.

A code counts once. Failed codes are slowed down like failed log-ins. What was proved holds for one web session and five
minutes (``workflows.actor.PROOF_LASTS``); a lost telephone is taken off by the security administrator.
"""

import hashlib
import hmac
import uuid
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from union import audit, sessions
from union.people import Staff
from workflows.actor import Actor
from workflows.encryption import keyring
from workflows.errors import Invalid
from workflows.tables import Base, new_id

ISSUER = "朝阳工会权益维护"
STEP_SECONDS = 30
TOLERATED_STEPS = 1  # a clock half a minute off
WITH_CODE = sessions.Patience("second factor", 5, sessions.WITH_ACCOUNT.longest)
WRONG = "动态口令不正确或者已经用过，等下一个再填。"


class SecondFactor(Base):
    """One enrolled telephone of a staff member; rows are ended, never overwritten."""

    __tablename__ = "second_factors"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(default=0)  # codes up to this half minute have been used
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    ended_because: Mapped[str] = mapped_column(String(200), default="")

    @property
    def secret(self) -> str:
        return keyring().unseal(self.sealed, "second_factors", "secret", str(self.id)).decode()

    def address(self, account: str) -> str:
        """What the QR code of the set-up page holds."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=account, issuer_name=ISSUER)


def enrolled(session: Session, staff_id: uuid.UUID | None) -> SecondFactor | None:
    """The telephone in use, None when there is none."""
    return _living(session, staff_id, confirmed=True)


def holders(session: Session) -> Sequence[tuple[Staff, datetime]]:
    """Who has one in use, and since when."""
    living = (SecondFactor.confirmed_at.is_not(None)) & SecondFactor.ended_at.is_(None)
    query = select(Staff, SecondFactor.confirmed_at).join(SecondFactor, SecondFactor.staff_id == Staff.id)
    found = session.execute(query.where(living).order_by(Staff.name_pinyin))
    return [(staff, since) for staff, since in found if since is not None]


def started(session: Session, staff_id: uuid.UUID | None) -> SecondFactor | None:
    """The telephone whose set-up has begun and is not confirmed."""
    return _living(session, staff_id, confirmed=False)


def start(session: Session, staff_id: uuid.UUID, *, at: datetime, secret: str = "") -> SecondFactor:
    """Make a secret to be read into a telephone; an unfinished earlier one is worth nothing now."""
    if (earlier := started(session, staff_id)) is not None:
        earlier.ended_at, earlier.ended_because = at, "重新开始设置"
    made = SecondFactor(
        id=new_id(),
        staff_id=staff_id,
        last_step=0,
        made_at=at,
        confirmed_at=None,
        ended_at=None,
        ended_by=None,
        sealed=b"",
    )
    plain = (secret or pyotp.random_base32()).encode()
    made.sealed = keyring().seal(plain, "second_factors", "secret", str(made.id))
    session.add(made)
    session.flush()
    return made


def confirm(session: Session, actor: Actor, code: str, *, at: datetime) -> SecondFactor:
    """Take a telephone into use with its first code, in place of the one before; raises Invalid."""
    assert actor.id is not None
    _be_patient(session, actor.id, at)
    made = started(session, actor.id)
    if made is None or not _accepts(session, made, code, at):
        raise Invalid("code", WRONG if made is not None else "设置已过期，重新开始。")
    if (earlier := enrolled(session, actor.id)) is not None:
        earlier.ended_at, earlier.ended_by, earlier.ended_because = at, actor.id, "换用新的手机"
    made.confirmed_at = at
    _forgive(session, actor.id)
    audit.note(session, "设置动态口令", by=actor, at=at, about=actor.id, family=audit.SECURITY)
    return made


def prove(session: Session, actor: Actor, session_hash: str, code: str, *, at: datetime) -> None:
    """Note that this web session gave a right code just now; raises Invalid. Commits, so that no attempt is forgotten."""
    assert actor.id is not None
    _be_patient(session, actor.id, at)
    found = enrolled(session, actor.id)
    if found is None:
        raise Invalid("code", "还没有设置动态口令，先在“动态口令”页设置。")
    if not _accepts(session, found, code, at):
        raise Invalid("code", WRONG)
    session.execute(update(sessions.WebSession).where(sessions.WebSession.id_hash == session_hash).values(proved_at=at))
    _forgive(session, actor.id)
    session.commit()


def take_off(session: Session, staff: Staff, because: str, *, by: Actor, at: datetime) -> None:
    """The telephone is lost: nothing it shows counts any more, and no session stands on it."""
    living = (SecondFactor.staff_id == staff.id) & SecondFactor.ended_at.is_(None)
    session.execute(update(SecondFactor).where(living).values(ended_at=at, ended_by=by.id, ended_because=because[:200]))
    sessions.revoke_all(session, staff.id, at=at)
    text = f"{staff.name}（{staff.account}）：{because}"
    audit.note(session, "解除动态口令", text, by=by, at=at, about=staff.id, family=audit.SECURITY)


def current_code(found: SecondFactor, at: datetime) -> str:
    """What the telephone shows now: for the demo, which has no telephones, and for tests."""
    return pyotp.TOTP(found.secret).at(at)


def demo_secret(account: str) -> str:
    """The secret of an invented person: the same in every demo, worth nothing elsewhere."""
    return b32encode(hashlib.sha256(f"casework demo {account}".encode()).digest()[:20]).decode()


def _living(session: Session, staff_id: uuid.UUID | None, confirmed: bool) -> SecondFactor | None:
    used = SecondFactor.confirmed_at.is_not(None) if confirmed else SecondFactor.confirmed_at.is_(None)
    query = select(SecondFactor).where(SecondFactor.staff_id == staff_id, SecondFactor.ended_at.is_(None), used)
    return session.scalars(query.order_by(SecondFactor.id.desc()).limit(1)).first()


def _accepts(session: Session, found: SecondFactor, code: str, at: datetime) -> bool:
    """Whether the code is of this half minute or a neighbour, and later than any that was used; uses it up."""
    typed = "".join(filter(str.isdigit, code))
    now, codes = int(at.timestamp()) // STEP_SECONDS, pyotp.TOTP(found.secret)
    for step in range(now - TOLERATED_STEPS, now + TOLERATED_STEPS + 1):
        if hmac.compare_digest(codes.generate_otp(step), typed):
            unused = (SecondFactor.id == found.id) & (SecondFactor.last_step < step)
            taken = update(SecondFactor).where(unused).values(last_step=step).returning(SecondFactor.id)
            return session.execute(taken).first() is not None
    return False


def _be_patient(session: Session, staff_id: uuid.UUID, at: datetime) -> None:
    """Count the attempt first and commit that: it must outlive whatever becomes of the request."""
    wait = sessions.count_attempt(session, WITH_CODE, sessions.attempt_key(WITH_CODE.kind, str(staff_id)), at)
    session.commit()
    if wait:
        raise Invalid("code", f"尝试过于频繁，请{sessions.in_words(wait)}后再试。")


def _forgive(session: Session, staff_id: uuid.UUID) -> None:
    sessions.forget_attempts(session, sessions.attempt_key(WITH_CODE.kind, str(staff_id)))
