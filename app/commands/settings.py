"""casework settings: the dated house rules, who signed them off, and a new value from a day on; nothing is overwritten."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.service import Service, open_service
from app.sign_off import SIGNED
from casework.mediation.policy import HOUSE_RULES
from documents.numbering import TEMPLATE, TEMPLATE_SETTING
from workflows.tables import Setting, legal_date
from workflows.workdays import ALL_REST

USAGE = 2


@dataclass(frozen=True)
class Known:
    """A setting the service reads: its name in Chinese, what holds by default, the point it awaits sign-off under."""

    key: str
    label: str
    default: Any
    point: str


KNOWN = {
    known.key: known
    for known in (
        *(Known(rule.key, rule.label, rule.default, rule.point) for rule in HOUSE_RULES),
        Known("calendar.roll_set", "届满日顺延的休息日种类", sorted(ALL_REST), "9-1"),
        Known("calendar.roll_back", "倒计期限遇休息日提前", True, "9-1"),
        Known("calendar.deemed_effect_next_day", "视为生效发生于届满次日", True, "9-1"),
        Known("calendar.extension_base", "延期的起算日（nominal 名义届满日，rolled 顺延后届满日）", "nominal", "9-1"),
        Known(TEMPLATE_SETTING, "文书编号格式", TEMPLATE, "9-15"),
    )
}


def run(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    service = open_service()
    try:
        return _list(service) if given.what == "list" else _enter(service, given)
    except ValueError as problem:
        print(f"{problem}没有改动。", file=sys.stderr)
        return USAGE
    finally:
        service.close()


def _parser() -> ArgumentParser:
    parser = ArgumentParser("casework settings", description="内部规定：列出，或者自某日起录入新值并签批")
    what = parser.add_subparsers(dest="what", required=True, metavar="list|enter")
    what.add_parser("list", help="列出全部设置、现行值和签批人")
    enter = what.add_parser("enter", help="录入一项")
    enter.add_argument("key", help=f"设置的名称，或者 {SIGNED}9-1 等签批事项")
    enter.add_argument("value", help="新值，按 JSON 书写：15、true、null 或者文字")
    enter.add_argument("--from", dest="since", type=_day, help="自哪天起，默认今天")
    enter.add_argument("--document", default="", help="文件号")
    enter.add_argument("--signed-by", dest="signed_by", help="签批人；不填为尚未签批")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}”不是日期，按 2026-12-01 的样式填写。") from error


def _list(service: Service) -> int:
    with service.database.reading() as session:
        held = {row.key: row for row in _in_force(session, legal_date(service.clock()))}
    for known in KNOWN.values():
        row = held.get(known.key)
        value = row.value.get("value") if row else known.default
        signed = f"{row.signed_off_by} {row.document}".strip() if row and row.signed_off_by else "尚未签批"
        print(f"{known.key}  {known.label}  {json.dumps(value, ensure_ascii=False)}  {known.point}  {signed}")
    return 0


def _in_force(session: Session, day: date) -> list[Setting]:
    query = select(Setting).where(Setting.valid_from <= day)
    return list(session.scalars(query.order_by(Setting.valid_from, Setting.entered_at)))


def _enter(service: Service, given: Any) -> int:
    value = _value(given.key, given.value)
    now = service.clock()
    since = given.since or legal_date(now)
    with service.database.sessions.begin() as session:
        session.add(
            Setting(
                key=given.key,
                value={"value": value},
                valid_from=since,
                document=given.document,
                signed_off_by=given.signed_by,
                entered_at=now,
            )
        )
    print(f"{given.key} 自{since}起为 {json.dumps(value, ensure_ascii=False)}，{given.signed_by or '尚未签批'}。")
    return 0


def _value(key: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = text
    if key.startswith(SIGNED):
        return value
    if key not in KNOWN:
        raise ValueError(f"没有“{key}”这项设置，casework settings list 列出全部名称；")
    default = KNOWN[key].default
    if default is not None and value is not None and type(value) is not type(default):
        raise ValueError(f"“{KNOWN[key].label}”应与 {json.dumps(default, ensure_ascii=False)} 同类，现为 {text}；")
    return value
