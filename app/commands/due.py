"""``casework due DATE --days N``: when a period ends, and why, as JSON."""

import argparse
import json
import re
import sys
from datetime import date
from typing import Any, NoReturn, TextIO

from workflows.calendar_table import bundled_calendar
from workflows.workdays import Before, Days, Due, Months, NoCalendar, Period, Workdays, due

USAGE = "用法：casework due 日期 --days 数 [--working|--months] [--back] [--strict]"
LONGEST = {Days: 3660, Workdays: 2500, Months: 120}


def run(arguments: list[str], out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Print the end of the period as JSON; bad input gets one Chinese sentence and exit code 2."""
    try:
        asked = _parser().parse_args(arguments)
        report = due_report(asked.date, asked.days, asked.working, asked.months, asked.back, asked.strict)
    except BadInput as problem:
        print(problem, file=err or sys.stderr)
        return 2
    print(json.dumps(report, ensure_ascii=False, indent=2), file=out or sys.stdout)
    return 0


def due_report(
    start: str, days: str, working: bool = False, months: bool = False, back: bool = False, strict: bool = False
) -> dict[str, Any]:
    """The answer as data: nominal (null for working days), effective, status and derivation."""
    if working and months:
        raise BadInput("--working 与 --months 只能选一个。")
    unit = Workdays if working else Months if months else Days
    period = unit(_length(days, LONGEST[unit]))
    return _as_data(_reckoned(_date(start), Before(period) if back else period, strict))


class BadInput(ValueError):
    """What was typed cannot be reckoned; the message is the sentence shown."""


def _reckoned(start: date, period: Period, strict: bool) -> Due:
    try:
        return due(start, period, bundled_calendar(), strict)
    except NoCalendar as unknown:
        raise BadInput(f"{unknown}。") from unknown
    except (OverflowError, ValueError) as problem:
        raise BadInput("期限届满日超出公历日期的范围。") from problem


def _as_data(end: Due) -> dict[str, Any]:
    return {
        "nominal": end.unrolled.isoformat() if end.unrolled else None,
        "effective": end.effective.isoformat(),
        "status": end.status,
        "derivation": [
            {"day": note.day.isoformat(), "counted": note.counted, "why": note.why} for note in end.derivation
        ],
    }


def _date(text: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as problem:
        raise BadInput(f"日期“{text}”无效，请按“年-月-日”填写存在的日期，例如 2026-02-13。") from problem


def _length(text: str, longest: int) -> int:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not 1 <= int(text) <= longest:
        raise BadInput(f"期限“{text}”无效，请填写1至{longest}的整数。")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"命令的写法有误，{USAGE}。")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("casework due", usage=USAGE.removeprefix("用法："), allow_abbrev=False)
    parser.add_argument("date", metavar="日期")
    parser.add_argument("--days", required=True, metavar="数")
    for option, meaning in (
        ("--working", "按工作日计算"),
        ("--months", "按月计算"),
        ("--back", "自所指事项向前倒计"),
        ("--strict", "节假日安排尚未公布的年份，拒绝推算"),
    ):
        parser.add_argument(option, action="store_true", help=meaning)
    return parser
