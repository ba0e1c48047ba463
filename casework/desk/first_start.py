"""The first start of an empty installation: one code on the console, three administrators, one federation, one station.

What has been done is read from the data, so that an interrupted start goes on where it stopped; done once, it is over.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from union import audit, passcodes, restructuring, staffing
from union.access import grant
from union.organisations import Organisation
from union.people import THREE_ADMINISTRATORS, RoleGrant, Staff
from union.roles import ROLE_BY_ID
from workflows.actor import SYSTEM_ACTOR
from workflows.errors import Invalid
from workflows.tables import Setting, legal_date

CODE, STARTED, DONE = "setup.code", "setup.started", "setup.done"
LOOKED_AT = {"calendar": "setup.calendar", "sign_off": "setup.sign_off"}
STEPS = {
    "organisation": "本级工会",
    "administrators": "三名管理员",
    "calendar": "节假日核对",
    "sign_off": "待签署事项",
    "station": "第一个服务站",
}


@dataclass(frozen=True, slots=True)
class Appointed:
    """One administrator as appointed, with the code that is shown once."""

    role: str
    name: str
    account: str
    code: str


def is_open(session: Session) -> bool:
    """Whether this installation is still to be started: nobody is in it, or a start was begun and not finished."""
    if _is_set(session, DONE):
        return False
    return _is_set(session, STARTED) or session.scalar(select(Staff.id).limit(1)) is None


def offer(session: Session, at: datetime) -> str | None:
    """A new code for the console; the one printed before is worth nothing. None when there is nothing to start."""
    if not is_open(session):
        return None
    code = passcodes.new_code()
    _set(session, CODE, {"hash": passcodes.digest(code)}, at)
    return code


def begin(session: Session, code: str, at: datetime) -> str:
    """Whoever holds the console's code may go on; answers the proof their browser keeps."""
    stored = _latest(session, CODE)
    if stored is None or not hmac.compare_digest(str(stored["hash"]), passcodes.digest(code)):
        raise Invalid("code", "代码不正确。代码打印在启动服务的终端里，每次启动都换新的。")
    if not _is_set(session, STARTED):
        _set(session, STARTED, {"at": at.isoformat()}, at)
        audit.note(session, "开始首次设置", by=SYSTEM_ACTOR, at=at, family=audit.SECURITY)
    return str(stored["hash"])


def proves(session: Session, proof: str | None) -> bool:
    """Whether the browser's proof belongs to the newest code."""
    stored = _latest(session, CODE)
    return bool(proof) and stored is not None and hmac.compare_digest(str(stored["hash"]), str(proof))


def next_step(session: Session) -> str | None:
    """The first step not yet done."""
    return next((step for step in STEPS if not _done(session, step)), None)


def found_federation(session: Session, values: dict[str, Any], at: datetime) -> Organisation:
    name = values.pop("name")
    return restructuring.found(session, name, None, "首次设置", by=SYSTEM_ACTOR, at=at, kind="federation", **values)


def appoint(session: Session, people: list[tuple[str, str]], at: datetime) -> list[Appointed]:
    """Three people, three accounts, three roles; nobody but they ever knows their passwords."""
    accounts = [account.strip().lower() for _, account in people]
    names = [name.strip() for name, _ in people]
    for position, role in enumerate(THREE_ADMINISTRATORS):
        if accounts.index(accounts[position]) != position:
            raise Invalid(f"{role}_account", "三种管理员须用三个不同的账号。")
        if names.index(names[position]) != position:
            raise Invalid(f"{role}_name", "三种管理员须由三个人分别担任。")
    place = federation(session)
    return [
        _appoint(session, role, name, account, place, at)
        for role, name, account in zip(THREE_ADMINISTRATORS, names, accounts, strict=True)
    ]


def look_at(session: Session, step: str, at: datetime) -> None:
    """The calendar, or the sign-off list, has been looked through."""
    _set(session, LOOKED_AT[step], {"at": at.isoformat()}, at)


def found_station(session: Session, values: dict[str, Any], at: datetime) -> Organisation:
    """The last step: with it the first start is over for good."""
    name = values.pop("name")
    station = restructuring.found(session, name, federation(session), "首次设置", by=SYSTEM_ACTOR, at=at, **values)
    _set(session, DONE, {"at": at.isoformat()}, at)
    audit.note(session, "完成首次设置", station.name, by=SYSTEM_ACTOR, at=at, family=audit.SECURITY)
    return station


def federation(session: Session) -> Organisation:
    return session.scalars(
        select(Organisation).where(Organisation.parent_id.is_(None)).order_by(Organisation.id).limit(1)
    ).one()


def _appoint(session: Session, role: str, name: str, account: str, place: Organisation, at: datetime) -> Appointed:
    label = ROLE_BY_ID[role].label
    try:
        staff = staffing.open_account(session, name, account, place.id, by=SYSTEM_ACTOR, at=at, title=label)
    except Invalid as fault:
        raise Invalid(f"{role}_{fault.field}", fault.sentence) from fault
    grant(session, staff.id, role, place.id, legal_date(at), reason="首次设置")
    audit.note(session, "授予角色", f"{name}：{label}", by=SYSTEM_ACTOR, at=at, about=staff.id, family=audit.SECURITY)
    return Appointed(label, name, account, passcodes.issue(session, staff, by=SYSTEM_ACTOR, at=at, why="首次设置"))


def _done(session: Session, step: str) -> bool:
    if step == "organisation":
        return session.scalar(select(Organisation.id).limit(1)) is not None
    if step == "administrators":
        held = session.scalars(select(RoleGrant.role).where(RoleGrant.role.in_(THREE_ADMINISTRATORS)).distinct())
        return set(held) == set(THREE_ADMINISTRATORS)
    return _is_set(session, LOOKED_AT.get(step, DONE))


def _latest(session: Session, key: str) -> dict[str, Any] | None:
    rows = select(Setting.value).where(Setting.key == key).order_by(Setting.entered_at.desc(), Setting.id.desc())
    return session.scalar(rows.limit(1))


def _is_set(session: Session, key: str) -> bool:
    return session.scalar(select(Setting.id).where(Setting.key == key).limit(1)) is not None


def _set(session: Session, key: str, value: dict[str, Any], at: datetime) -> None:
    session.add(Setting(key=key, value=value, valid_from=legal_date(at), entered_at=at))
    session.flush()
