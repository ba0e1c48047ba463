"""How dates, money and personal data read in Chinese, wherever they are shown."""

from datetime import date, datetime
from typing import NamedTuple

from web.clock import months, reasons
from workflows.tables import SHANGHAI

WEEKDAYS = "一二三四五六日"
SOON_DAYS = 3


class Due(NamedTuple):
    """Days left in words, with the tone and icon that only repeat the words."""

    words: str
    tone: str
    icon: str


def cn_date(day: date | datetime, today: date | None = None) -> str:
    """11月20日; with the year when ``today`` lies in another one."""
    day = local(day)
    year = f"{day.year}年" if today is not None and day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日"


def cn_day(day: date | datetime) -> str:
    """2026年11月20日: a date that stands alone."""
    day = local(day)
    return f"{day.year}年{day.month}月{day.day}日"


def cn_week(day: date | datetime) -> str:
    return "周" + WEEKDAYS[local(day).weekday()]


def cn_time(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%H:%M")


def cn_moment(instant: datetime, today: date | None = None) -> str:
    return f"{cn_date(instant, today)} {cn_time(instant)}"


def due(day: date, today: date) -> Due:
    left = (day - today).days
    if left < 0:
        return Due(f"已超 {-left} 天", "danger", "clock-alert")
    if left == 0:
        return Due("今天到期", "warn", "clock-4")
    return Due(f"剩 {left} 天", "warn" if left <= SOON_DAYS else "", "clock-4" if left <= SOON_DAYS else "clock")


def money(fen: int | None) -> str:
    """分 as 元 with thousands and two decimals: 3864000 -> 38,640.00."""
    if fen is None:
        return ""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{cents:02d}"


def thousands(number: float) -> str:
    return f"{number:,}"


def percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.1f}%"


def mask_name(name: str) -> str:
    """李**: the surname stays."""
    return name[:1] + "**" if name else ""


def mask_phone(number: str) -> str:
    """138****2706; of a landline only the last four digits stay."""
    if len(number) == 11 and number.isdigit():
        return f"{number[:3]}****{number[-4:]}"
    return "****" + number[-4:] if len(number) > 4 else "****"


def mask_id(number: str) -> str:
    """110105********0011."""
    return f"{number[:6]}********{number[-4:]}" if len(number) >= 15 else "****"


def local(day: date | datetime) -> date:
    return day.astimezone(SHANGHAI).date() if isinstance(day, datetime) else day


SHOWN_BY = (
    cn_date,
    cn_day,
    cn_week,
    cn_time,
    cn_moment,
    due,
    money,
    thousands,
    percent,
    mask_name,
    mask_phone,
    mask_id,
    months,
    reasons,
)
FILTERS = {show.__name__: show for show in SHOWN_BY}
