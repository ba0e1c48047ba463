"""Reminders of a case on a day: set for oneself or for its handlers, put off, dismissed; each can be taken back at once."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import assignment, batch
from casework.desk.batch import Act, Kind
from casework.desk.forms import pick
from casework.desk.tables import Batch, Reminder
from union.access import can, visible
from web.filters import cn_day
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused, Unknown
from workflows.law import Policy
from workflows.module import registry
from workflows.tables import SUBJECTS, legal_date


class RemindForm(msgspec.Struct, kw_only=True):
    on: Annotated[date, Meta(title="提醒日期")]
    whom: Annotated[str, pick("提醒谁", {"self": "本人", "handlers": "每件案件的承办人"}, widget="radio")] = "self"
    text: Annotated[str, Meta(title="提醒内容", description="例如：催交证明材料", max_length=200)] = ""


REMIND, DISMISS, PUT_OFF = "remind", "dismiss", "put_off"
SET, WITHDRAWN, DISMISSED, MOVED, RESTORED = (
    "reminder_set",
    "reminder_withdrawn",
    "reminder_dismissed",
    "reminder_moved",
    "reminder_restored",
)
RULE = Policy("提醒设给本人或者案件的承办人", "9-17")
FURTHEST = timedelta(days=366)
PUT_OFF_DAYS = {1: "明天", 3: "三天后", 7: "一周后"}


def due(session: Session, actor: Actor, at: datetime, limit: int = 20) -> Sequence[tuple[Reminder, str, str]]:
    """(reminder, number, title) of what the actor is to be reminded of by today, of cases still open to them."""
    query = (
        select(Reminder, SUBJECTS.c.number, SUBJECTS.c.title)
        .join(SUBJECTS, SUBJECTS.c.id == Reminder.root_id)
        .where(Reminder.staff_id == actor.id, Reminder.dismissed_at.is_(None), Reminder.on <= legal_date(at))
        .where(visible(session, actor, at=at, action="case.list", roots=True))
        .order_by(Reminder.on, Reminder.id)
        .limit(limit)
    )
    return [(reminder, number or "未编号", title) for reminder, number, title in session.execute(query)]


def _setting(session: Session, actor: Actor, at: datetime, form: RemindForm) -> Act:
    """How the reminder is set on one case."""
    _check(form.on, legal_date(at))

    def remind(root_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
        if not can(session, actor, "case.view", root_id, at=at):
            raise Unknown()
        own = form.whom == "self"
        told = [actor.id] if own else _handlers(session, root_id, legal_date(at))
        made = [
            Reminder(root_id=root_id, staff_id=staff_id, on=form.on, text=form.text, by_id=actor.id, at=at)
            for staff_id in told
        ]
        session.add_all(made)
        session.flush()
        said = f"{cn_day(form.on)}提醒{'本人' if own else '承办人'}"
        _write(session, root_id, SET, f"{said}：{form.text or '办理本件'}", actor, at)
        return said, {"reminders": [str(reminder.id) for reminder in made]}

    return remind


def dismiss(session: Session, actor: Actor, at: datetime, reminder_id: uuid.UUID) -> Batch:
    reminder = _own(session, actor, reminder_id)

    def act(root_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
        reminder.dismissed_at = at
        _write(session, root_id, DISMISSED, f"提醒已处理：{reminder.text or '办理本件'}", actor, at)
        return "已处理", {"reminder": str(reminder.id), "on": reminder.on.isoformat()}

    return batch.carry_out(session, actor, at, DISMISS, [reminder.root_id], act)


def put_off(session: Session, actor: Actor, at: datetime, reminder_id: uuid.UUID, days: int) -> Batch:
    """Remind again some days later. The legal dates of the case stay where they are and stay visible."""
    reminder = _own(session, actor, reminder_id)
    if days not in PUT_OFF_DAYS:
        raise Invalid("days", "提醒只能推后一天、三天或者一周。")

    def act(root_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
        before, reminder.on = reminder.on, legal_date(at) + timedelta(days=days)
        _write(session, root_id, MOVED, f"提醒推后到{cn_day(reminder.on)}", actor, at)
        return f"{PUT_OFF_DAYS[days]}再提醒", {"reminder": str(reminder.id), "on": before.isoformat()}

    return batch.carry_out(session, actor, at, PUT_OFF, [reminder.root_id], act)


def _check(on: date, today: date) -> None:
    if on <= today:
        raise Invalid("on", "提醒日期应在今天之后。")
    if on - today > FURTHEST:
        raise Invalid("on", "提醒日期最晚为一年以内。")


def _own(session: Session, actor: Actor, reminder_id: uuid.UUID) -> Reminder:
    reminder = session.get(Reminder, reminder_id)
    if reminder is None or reminder.staff_id != actor.id:
        raise Unknown()
    return reminder


def _handlers(session: Session, root_id: uuid.UUID, today: date) -> list[uuid.UUID]:
    found = list(dict.fromkeys(handler.staff_id for handler in assignment.handlers(session, root_id, today)))
    if not found:
        raise Refused([Reason("本件尚未指定承办人，没有人可提醒", (RULE,))])
    return found


def _withdraw(session: Session, actor: Actor, at: datetime, root_id: uuid.UUID, given: Mapping[str, Any]) -> str:
    for identity in given["reminders"]:
        reminder = session.get_one(Reminder, uuid.UUID(identity))
        reminder.dismissed_at = reminder.dismissed_at or at
    _write(session, root_id, WITHDRAWN, "撤销刚才设的提醒", actor, at)
    return "已撤销提醒"


def _restore(session: Session, actor: Actor, at: datetime, root_id: uuid.UUID, given: Mapping[str, Any]) -> str:
    reminder = session.get_one(Reminder, uuid.UUID(given["reminder"]))
    reminder.dismissed_at, reminder.on = None, date.fromisoformat(given["on"])
    _write(session, root_id, RESTORED, "恢复提醒", actor, at)
    return "已恢复提醒"


def _write(session: Session, root_id: uuid.UUID, what: str, text: str, actor: Actor, at: datetime) -> None:
    journal.record(session, root_id, what, {"text": text}, by=actor, at=at)


KINDS = {
    REMIND: Kind(
        "设提醒", _withdraw, RemindForm, _setting, hint="到提醒日期显示在待办页；法定期限照常计算，不因提醒改变。"
    ),
    DISMISS: Kind("处理提醒", _restore),
    PUT_OFF: Kind("推后提醒", _restore),
}
registry.entry_labels |= {
    SET: "设提醒",
    WITHDRAWN: "撤销提醒",
    DISMISSED: "处理提醒",
    MOVED: "推后提醒",
    RESTORED: "恢复提醒",
}
