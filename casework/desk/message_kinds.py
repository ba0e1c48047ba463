"""What kinds of message staff get, by which way, and when their telephones stay silent; what must reach them cannot be off."""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from casework.desk.tables import MessagePreference
from union.house_rules import HouseRule
from workflows.errors import Invalid
from workflows.module import registry
from workflows.settings import value_on
from workflows.tables import SHANGHAI

IN_APP, SMS = "in_app", "sms"
WAYS = {IN_APP: "站内", SMS: "短信"}
MOMENT = r"([01]?\d|2[0-3]):([0-5]\d)"
FROM_TO = re.compile(rf"\s*{MOMENT}\s*[-–—~至到]\s*{MOMENT}\s*", re.ASCII)


def _hours(said: object) -> tuple[time, time]:
    """From when to when; ValueError with the sentence why it cannot be read so."""
    found = FROM_TO.fullmatch(unicodedata.normalize("NFKC", str(said)))
    if found is None:
        raise ValueError("按“08:00-21:00”的样式填写起止时间，最晚到 23:59。")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    begin, end = time(from_hour, from_minute), time(to_hour, to_minute)
    if begin >= end:
        raise ValueError("开始时间要早于结束时间：夜里不发，时段不跨过零点。")
    return begin, end


def _hours_fault(said: object) -> str:
    try:
        _hours(said)
    except ValueError as fault:
        return str(fault)
    return ""


HOURS = HouseRule(  # what can wait reaches participants between these hours
    "messages.hours",
    "给当事人发进展短信的时段",
    "08:00-21:00",
    "9-17",
    fault=_hours_fault,
    hint="起止时间，例如 08:00-21:00。时段以外产生的等到下一次开始时发出；会议的通知、改期和取消不等。",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message; a mandatory one always reaches its person in the service."""

    label: str  # a module may word both
    says: str
    mandatory: bool = True

    @property
    def named(self) -> str:
        return registry.words.said(self.label)


NEAR, OVER, HANDED, UNDELIVERED, SITTING, OTHER = (
    "deadline_near",
    "deadline_over",
    "handed_over",
    "undelivered",
    "sitting",
    "notice",
)
KINDS: Mapping[str, Kind] = {
    OVER: Kind("期限届满", "承办案件或者下属案件的法定期限已经届满"),
    NEAR: Kind("期限临近", "承办案件的法定期限快到"),
    UNDELIVERED: Kind("未送达", "发给当事人的短信没有送到，须改用其他方式"),
    HANDED: Kind("指派、移交", "案件指派、移交给本人或者交回"),
    SITTING: Kind("{sitting}", "他人为本人安排的{sitting}，当事人答复不能到会", mandatory=False),
    OTHER: Kind("其他通知", "催办、查阅申请、核对更正和其他工作通知"),
}


def ways(session: Session, staff_id: uuid.UUID, kind: str) -> list[str]:
    """How a person gets a kind of message; an unknown kind is treated as mandatory."""
    chosen = preference(session, staff_id).ways.get(kind, [IN_APP])
    must = kind not in KINDS or KINDS[kind].mandatory
    return [way for way in WAYS if way in chosen or (must and way == IN_APP)]


def preference(session: Session, staff_id: uuid.UUID) -> MessagePreference:
    """What the person chose, or the usual."""
    return session.get(MessagePreference, staff_id) or MessagePreference(
        staff_id=staff_id, ways={}, quiet_from="", quiet_to=""
    )


def choose(
    session: Session,
    staff_id: uuid.UUID,
    chosen: Mapping[str, list[str]],
    quiet_from: time | None,
    quiet_to: time | None,
) -> None:
    """Keep a person's choice; Invalid where a mandatory kind would no longer reach them."""
    for kind, declared in KINDS.items():
        if declared.mandatory and IN_APP not in chosen.get(kind, []):
            raise Invalid(kind, f"“{declared.named}”必须在站内收到，不能关闭。")
    if (quiet_from is None) != (quiet_to is None):
        raise Invalid("quiet_to" if quiet_to is None else "quiet_from", "免打扰时段的起止时间须都填写，或者都空着。")
    if quiet_from is not None and quiet_from == quiet_to:
        raise Invalid("quiet_to", "免打扰时段的起止时间不能相同。")
    session.merge(
        MessagePreference(
            staff_id=staff_id,
            ways={kind: [way for way in WAYS if way in chosen.get(kind, [])] for kind in KINDS},
            quiet_from=_text(quiet_from),
            quiet_to=_text(quiet_to),
        )
    )


def when_heard(preferred: MessagePreference, at: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    if not preferred.quiet_from:
        return at
    begin, end = time.fromisoformat(preferred.quiet_from), time.fromisoformat(preferred.quiet_to)
    local = at.astimezone(SHANGHAI)
    now = local.time()
    over_night = begin > end
    silent = (now >= begin or now < end) if over_night else begin <= now < end
    if not silent:
        return at
    day = local.date() + timedelta(days=1) if over_night and now >= begin else local.date()
    return datetime.combine(day, end, SHANGHAI)


def by_day(session: Session, at: datetime) -> datetime:
    """The moment itself, or the morning after the night it falls into: a participant has chosen no quiet hours."""
    local = at.astimezone(SHANGHAI)
    begin, end = _hours_of(session, local.date())
    if begin <= local.time() < end:
        return at
    day = local.date() if local.time() < begin else local.date() + timedelta(days=1)
    return datetime.combine(day, _hours_of(session, day)[0], SHANGHAI)


def _hours_of(session: Session, day: date) -> tuple[time, time]:
    return _hours(value_on(session, day, HOURS))


def _text(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment is not None else ""
