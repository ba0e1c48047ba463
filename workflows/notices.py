"""The State Council's holiday notice as lines of text, one day a line: ``2027-02-06,调休上班日,春节``."""

from collections.abc import Iterable
from datetime import date

from workflows.calendar_table import KINDS
from workflows.workdays import DayKind, SpecialDay

BY_LABEL = {label: kind for kind, label in KINDS.items()}


def read_notice(lines: Iterable[str]) -> dict[date, SpecialDay]:
    """The days of a notice, kinds in Chinese or by identifier; a line that cannot be used is a ValueError naming it."""
    days: dict[date, SpecialDay] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        day, special = _read(number, line.strip())
        if day in days:
            raise ValueError(f"第{number}行“{line.strip()}”重复，这一天前面已经写过")
        days[day] = special
    return days


def _read(number: int, line: str) -> tuple[date, SpecialDay]:
    day, kind, name = [*(part.strip() for part in line.replace("，", ",").split(",")), "", ""][:3]
    try:
        return date.fromisoformat(day), SpecialDay(BY_LABEL.get(kind) or DayKind(kind), name)
    except ValueError as error:
        raise ValueError(f"第{number}行“{line}”读不懂，应为“2027-02-06,workday,春节”") from error
