"""One-time codes: how a new account gets its first password, a forgotten one is replaced, and a first start is begun."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from union import audit, sessions
from union.passwords import hash_password, weakness
from union.people import Staff, normal_account
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.tables import Base, new_id

VALID_FOR = timedelta(hours=72)
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is read for another
LENGTH, GROUP = 12, 4
NOT_PROVEN = "账号、一次性代码或者原密码不正确；代码只能用一次，72 小时内有效。"


class Passcode(Base):
    """The hash of a code that lets one account set its password once."""

    __tablename__ = "passcodes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    issued_by: Mapped[uuid.UUID | None]
    issued_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def issue(session: Session, staff: Staff, *, by: Actor, at: datetime, why: str = "") -> str:
    """A fresh code; the password and every session of the account end now, and earlier codes are worth nothing."""
    _spend(session, staff.id, at)
    code = new_code()
    session.add(
        Passcode(
            staff_id=staff.id,
            code_hash=digest(code),
            issued_by=by.id,
            issued_at=at,
            ends_at=at + VALID_FOR,
            used_at=None,
        )
    )
    staff.password_hash = ""
    ended = sessions.revoke_all(session, staff.id, at=at)
    text = f"{staff.name}（{staff.account}）；终止登录 {ended} 处{'；' + why if why else ''}"
    audit.note(session, "签发一次性代码", text, by=by, at=at, about=staff.id, family=audit.SECURITY)
    return code


def set_password(session: Session, account: str, proof: str, password: str, again: str, ip: str, at: datetime) -> Staff:
    """Replace the password of whoever proves with a one-time code, or with the present password; raises Invalid."""
    if password != again:
        raise Invalid("again", "两次填写的新密码不一样。")
    if weak := weakness(password, normal_account(account)):
        raise Invalid("password", weak)
    staff = _proven(session, account, proof, ip, at)
    if weak := weakness(password, staff.account, staff.name):
        raise Invalid("password", weak)
    if password == proof:
        raise Invalid("password", "新密码与原密码相同，换一个。")
    staff.password_hash = hash_password(password)
    _spend(session, staff.id, at)
    sessions.revoke_all(session, staff.id, at=at)
    sessions.unlock(session, staff.account)
    actor = Actor(staff.id, staff.name)
    audit.note(session, "本人设置密码", staff.account, by=actor, at=at, about=staff.id, family=audit.SECURITY)
    return staff


def new_code() -> str:
    """ABCD-EFGH-JKMN: 59 bits, read aloud without mistakes."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(drawn[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def digest(code: str) -> str:
    plain = "".join(filter(str.isalnum, code)).upper()
    return hashlib.sha256(f"passcode|{plain}".encode()).hexdigest()


def _proven(session: Session, account: str, proof: str, ip: str, at: datetime) -> Staff:
    """Every attempt counts against the account's patience, whichever proof was tried."""
    found = session.execute(
        select(Passcode.id, Staff)
        .join(Staff, Staff.id == Passcode.staff_id)
        .where(Staff.account == normal_account(account), Staff.active, Passcode.code_hash == digest(proof))
        .where(Passcode.used_at.is_(None), Passcode.ends_at > at)
    ).first()
    answer = sessions.authenticate(session, account, proof, ip, at, proven=found[1] if found else None)
    if isinstance(answer, str):
        raise Invalid("proof", NOT_PROVEN if answer == sessions.WRONG else answer)
    return answer


def _spend(session: Session, staff_id: uuid.UUID, at: datetime) -> None:
    session.execute(
        update(Passcode).where(Passcode.staff_id == staff_id, Passcode.used_at.is_(None)).values(used_at=at)
    )
