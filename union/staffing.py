"""Accounts from the first day to the last: opened, moved, ended; what a colleague declared about themselves."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from union import audit, sessions
from union.access import end_grant
from union.organisations import Organisation
from union.people import (
    Deputy,
    FormerEmployer,
    Leave,
    RelatedParty,
    Relative,
    RoleGrant,
    RosterEntry,
    Staff,
    normal_account,
)
from union.privacy import mask_phone
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused
from workflows.tables import legal_date

OWN_ACCOUNT = "本人的账号由另一名系统管理员办理"
SHAPE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")


def open_account(
    session: Session, name: str, account: str, organisation_id: uuid.UUID, *, by: Actor, at: datetime, **more: Any
) -> Staff:
    """A colleague without password and without role: others give those."""
    account = normal_account(account)
    if len(account) < 3 or not set(account) <= SHAPE:
        raise Invalid("account", "账号用三个以上的小写字母、数字、点或者横线组成。")
    _refuse_closed(session, organisation_id, legal_date(at))
    staff = Staff(name=name.strip(), account=account, organisation_id=organisation_id, **more)
    try:
        with session.begin_nested():
            session.add(staff)
            session.flush()
    except IntegrityError:
        raise Invalid("account", f"账号“{account}”已有人使用，换一个；账号停用后也不再给别人。") from None
    audit.note(session, "建立账号", f"{staff.name}（{staff.account}）", by=by, at=at, about=staff.id)
    return staff


def amend(session: Session, staff: Staff, *, by: Actor, at: datetime, **values: Any) -> None:
    """Change title, place or telephone; the log keeps what stood there before."""
    _refuse_oneself(staff, by)
    if values.get("organisation_id") not in (None, staff.organisation_id):
        _refuse_closed(session, values["organisation_id"], legal_date(at))
    before = {name: getattr(staff, name) for name in values}
    changed = {name: (before[name], new) for name, new in values.items() if (before[name] or "") != (new or "")}
    for name, (_, new) in changed.items():
        setattr(staff, name, new)
    if changed:
        said = "；".join(
            f"{AMENDED[name]}：{_said(session, name, old)} → {_said(session, name, new)}"
            for name, (old, new) in changed.items()
        )
        audit.note(session, "变更人员信息", f"{staff.name}：{said}", by=by, at=at, about=staff.id)
    session.flush()


def end_service(session: Session, staff: Staff, reason: str, *, by: Actor, at: datetime) -> None:
    """The account ends today: no log-in, no role, no place on the roster; everything written stays theirs."""
    _refuse_oneself(staff, by)
    today = legal_date(at)
    staff.active, staff.password_hash = False, ""
    sessions.revoke_all(session, staff.id, at=at)
    for given in session.scalars(select(RoleGrant).where(RoleGrant.staff_id == staff.id)):
        if given.valid_to is None or given.valid_to > today:
            end_grant(session, given, max(today, given.valid_from), by=by.id, reason=f"停用：{reason}"[:200])
    for kind in (RosterEntry, Deputy):
        _end_all(session, kind, staff.id, today)
    audit.note(session, "停用账号", f"{staff.name}（{staff.account}）：{reason}", by=by, at=at, about=staff.id)
    session.flush()


def resume_service(session: Session, staff: Staff, reason: str, *, by: Actor, at: datetime) -> None:
    """The account may be used again; roles and password have to be given anew."""
    _refuse_oneself(staff, by)
    _refuse_closed(session, staff.organisation_id, legal_date(at))
    staff.active = True
    audit.note(session, "恢复账号", f"{staff.name}（{staff.account}）：{reason}", by=by, at=at, about=staff.id)
    session.flush()


def declare(session: Session, fact: Any, *, by: Actor, at: datetime) -> None:
    """Add a dated fact about a colleague: certificate, deputy, leave, relative, former employer, other tie."""
    _refuse_overlap(session, fact)
    session.add(fact)
    session.flush()
    audit.note(session, f"登记{FACTS[type(fact)]}", _described(session, fact), by=by, at=at, about=fact.staff_id)


def end_fact(session: Session, fact: Any, last_day: date, *, by: Actor, at: datetime) -> None:
    """A dated fact ends on its last day; it is never deleted, and what has ended stays as it is."""
    today = legal_date(at)
    _refuse_called_off("on", fact)
    if fact.valid_to is not None and fact.valid_to < today:
        raise Invalid("on", f"这一项已于 {fact.valid_to.isoformat()} 终止，不再改动；仍有这种情形的，另行登记。")
    if fact.valid_to is not None and last_day > fact.valid_to:
        raise Invalid("on", f"这一项到 {fact.valid_to.isoformat()} 为止，终止日期不能晚于这一天；要延长的，另行登记。")
    if last_day < fact.valid_from:
        raise Invalid("on", f"终止日期不能早于起始日期 {fact.valid_from.isoformat()}。")
    if by.id == fact.staff_id and last_day < today:
        raise Invalid("on", "本人终止自己的申报，最后一天不能早于今天。")
    fact.end_on(last_day)
    session.flush()
    said = f"{_described(session, fact)}；止于 {last_day.isoformat()}"
    audit.note(session, f"终止{FACTS[type(fact)]}", said, by=by, at=at, about=fact.staff_id)


def call_off(session: Session, leave: Leave, reason: str, *, by: Actor, at: datetime) -> None:
    """Leave that has not begun is not taken at all: the row stays, and counts on no day."""
    _refuse_called_off("reason", leave)
    if leave.valid_from <= legal_date(at):
        sentence = f"假期已于 {leave.valid_from.isoformat()} 开始，不能取消；提前回来的，办理“终止”，填最后一天。"
        raise Invalid("reason", sentence)
    leave.called_off, leave.called_off_because = True, reason.strip()
    session.flush()
    said = f"{_described(session, leave)}；{leave.called_off_because}"
    audit.note(session, "取消请假", said, by=by, at=at, about=leave.staff_id)


def _refuse_called_off(field: str, fact: Any) -> None:
    if _is_called_off(fact):
        raise Invalid(field, "这次请假已经取消，不再改动；仍要请假的，另行登记。")


def _end_all(session: Session, kind: Any, staff_id: uuid.UUID, today: date) -> None:
    held = [kind.staff_id == staff_id] + ([kind.deputy_id == staff_id] if kind is Deputy else [])
    for condition in held:
        for row in session.scalars(select(kind).where(condition)):
            if row.valid_to is None or row.valid_to > today:
                row.end_on(max(today, row.valid_from))


def _refuse_oneself(staff: Staff, by: Actor) -> None:
    if by.id == staff.id:
        raise Refused([Reason(OWN_ACCOUNT)])


def _refuse_closed(session: Session, organisation_id: uuid.UUID, day: date) -> None:
    place = session.get(Organisation, organisation_id)
    if place is None or not place.holds_on(day):
        raise Invalid("organisation_id", "该单位已经撤销或者合并，另选一个单位。")


def _refuse_overlap(session: Session, fact: Any) -> None:
    if fact.valid_to and fact.valid_to < fact.valid_from:
        raise Invalid("valid_to", "终止日期不能早于起始日期。")
    if isinstance(fact, Deputy) and fact.deputy_id == fact.staff_id:
        raise Invalid("deputy_id", "本人不能做自己的 B 角。")
    if not isinstance(fact, Leave | RosterEntry | Deputy):
        return
    kind: Any = type(fact)
    same = [kind.deputy_id == fact.deputy_id] if isinstance(fact, Deputy) else []
    for other in session.scalars(select(kind).where(kind.staff_id == fact.staff_id, *same)):
        if not _is_called_off(other) and _overlap(fact, other):
            until = other.valid_to.isoformat() if other.valid_to else "长期"
            sentence = f"与已登记的一项（{other.valid_from.isoformat()} 至 {until}）重叠，先终止那一项。"
            raise Invalid("valid_from", sentence)


def _is_called_off(fact: Any) -> bool:
    return isinstance(fact, Leave) and fact.called_off


def _overlap(one: Any, other: Any) -> bool:
    forever = date.max - timedelta(days=1)
    return bool(one.valid_from <= (other.valid_to or forever) and other.valid_from <= (one.valid_to or forever))


def _described(session: Session, fact: Any) -> str:
    whose = session.scalar(select(Staff.name).where(Staff.id == fact.staff_id)) or ""
    if isinstance(fact, RosterEntry):
        return f"{whose}：{fact.kind} {fact.number}，自 {fact.valid_from.isoformat()}"
    if isinstance(fact, Deputy):
        deputy = session.scalar(select(Staff.name).where(Staff.id == fact.deputy_id))
        return f"{whose}的 B 角：{deputy}，自 {fact.valid_from.isoformat()}"
    if isinstance(fact, Leave):
        return f"{whose}：{fact.valid_from.isoformat()} 至 {fact.valid_to or '另行通知'}"
    return whose  # whom somebody is related to, or worked for, is not for the log


def _said(session: Session, name: str, value: Any) -> str:
    if name == "organisation_id":
        return session.scalar(select(Organisation.name).where(Organisation.id == value)) or "—"
    if name == "phone":
        return mask_phone(value) or "—"
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value or "—")


AMENDED = {
    "name": "姓名",
    "title": "职务",
    "organisation_id": "单位",
    "phone": "办公电话",
    "is_lawyer": "执业律师",
}
FACTS: dict[type, str] = {
    RosterEntry: "调解员名册",
    Deputy: "B 角",
    Leave: "请假",
    Relative: "亲属申报",
    FormerEmployer: "原工作单位申报",
    RelatedParty: "利害关系申报",
}
