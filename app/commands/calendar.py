"""casework calendar: which years are official, one date changed by a notice, and which open terms moved by it."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.service import Service, open_service
from workflows.calendar_changes import make
from workflows.calendar_table import KINDS, make_official, override
from workflows.module import registry
from workflows.notices import read_notice
from workflows.tables import CalendarYear, Subject
from workflows.timers import Moved
from workflows.workdays import DayKind

USAGE = 2


def run(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    service = open_service()
    try:
        if given.what == "years":
            return _years(service)
        with service.database.sessions.begin() as session:
            _, moved = make(session, lambda held: _change(held, given, service), service.clock())
            _tell(session, moved)
    except ValueError as problem:
        print(f"{problem}，没有改动。", file=sys.stderr)
        return USAGE
    finally:
        service.close()
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser("casework calendar", description="节假日日历：查看年份，按通知改动，列出因此移动的期限")
    what = parser.add_subparsers(dest="what", required=True, metavar="years|override|notice")
    what.add_parser("years", help="各年是正式还是暂行")
    one = what.add_parser("override", help="改动一天")
    one.add_argument("day", type=_day, help="日期，如 2027-02-06")
    one.add_argument(
        "kind", choices=[kind.value for kind in DayKind], help="、".join(f"{k.value} {v}" for k, v in KINDS.items())
    )
    one.add_argument("--notice", required=True, help="通知文号")
    whole = what.add_parser("notice", help="录入一年的节假日安排")
    whole.add_argument("year", type=int)
    whole.add_argument("file", help="每行一天：日期,种类,名称；- 为标准输入")
    whole.add_argument("--notice", required=True, help="通知文号")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}”不是日期，按 2027-02-06 的样式填写。") from error


def _years(service: Service) -> int:
    with service.database.reading() as session:
        for row in session.scalars(select(CalendarYear).order_by(CalendarYear.year)):
            print(f"{row.year}  {'正式' if row.status == 'official' else '暂行'}  {row.notice}")
    return 0


def _change(session: Session, given: object, service: Service) -> int:
    asked = vars(given)
    if asked["what"] == "override":
        return override(session, asked["day"], asked["kind"], asked["notice"], None, service.clock())
    lines = sys.stdin if asked["file"] == "-" else open(asked["file"], encoding="utf-8")  # noqa: SIM115 - closed below
    with lines:
        return make_official(session, asked["year"], read_notice(lines), asked["notice"], service.clock())


def _tell(session: Session, moved: list[Moved]) -> None:
    print(f"日历已改动，{len(moved)} 个期限移动。")
    for change in moved:
        subject = session.get_one(Subject, change.subject_id)
        label = registry.workflow_for(subject).deadline_by_id[change.deadline].label
        print(f"{subject.number or subject.title}  {label}  {change.before} → {change.after}")
