"""casework settings: the dated house rules, who signed them off, and a new value from a day on; nothing is overwritten."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from app.service import Service, open_service
from casework.desk import sign_off
from union.house_rules import SIGNED
from workflows.actor import SYSTEM_ACTOR
from workflows.errors import Invalid
from workflows.settings import in_force
from workflows.tables import legal_date

USAGE = 2


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
        held = in_force(session, legal_date(service.clock()))
    for rule in sign_off.rules().values():
        row = held.get(rule.key)
        value = row.value.get("value") if row else rule.default
        signed = f"{row.signed_off_by} {row.document}".strip() if row and row.signed_off_by else "尚未签批"
        print(f"{rule.key}  {rule.label}  {json.dumps(value, ensure_ascii=False)}  {rule.point}  {signed}")
    return 0


def _enter(service: Service, given: Any) -> int:
    value = _value(given.key, given.value)
    now = service.clock()
    since = given.since or legal_date(now)
    with service.database.sessions.begin() as session:
        try:
            sign_off.enter(
                session, given.key, value, since, given.document, given.signed_by or "", by=SYSTEM_ACTOR, at=now
            )
        except Invalid as fault:
            raise ValueError(fault.sentence) from fault
    print(f"{given.key} 自{since}起为 {json.dumps(value, ensure_ascii=False)}，{given.signed_by or '尚未签批'}。")
    return 0


def _value(key: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = text
    if key.startswith(SIGNED):
        return value
    rule = sign_off.rules().get(key)
    if rule is None:
        raise ValueError(f"没有“{key}”这项设置，casework settings list 列出全部名称；")
    if rule.default is not None and value is not None and type(value) is not type(rule.default):
        raise ValueError(f"“{rule.label}”应与 {json.dumps(rule.default, ensure_ascii=False)} 同类，现为 {text}；")
    return value
