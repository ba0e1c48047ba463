"""casework figures: the yearly indicators of every module, with numerator, denominator and definition, as JSON."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.service import open_service
from app.settings import Misconfigured
from union.organisations import Organisation, at_or_below
from workflows.module import Counted, Figure, registry, so_far
from workflows.tables import legal_date


def run(arguments: list[str]) -> int:
    parser = ArgumentParser("casework figures", description="年度指标：分子、分母、口径")
    parser.add_argument("--year", type=year, help="统计年度，默认为今年")
    parser.add_argument("--organisation", metavar="NAME", help="只统计这个单位及其下级，写全称或简称")
    given = parser.parse_args(arguments)
    service = open_service()
    today = legal_date(service.clock())
    counted = given.year or today.year
    with service.database.reading() as session:
        period = so_far((date(counted, 1, 1), date(counted, 12, 31)), today)
        figures = list(count(session, period, given.organisation))
    service.close()
    print(json.dumps({"year": counted, "as_of": str(today), "figures": figures}, ensure_ascii=False, indent=2))
    return 0


def year(text: str) -> int:
    if not text.isdigit() or not 2000 <= int(text) <= 2100:
        raise ArgumentTypeError("年度应为四位数字，如 2026。")
    return int(text)


def count(session: Session, period: tuple[date, date], organisation: str | None = None) -> Iterator[dict[str, Any]]:
    places = within(session, organisation) if organisation else None
    for module in registry.modules.values():
        for figure in module.figures:
            yield _as_data(figure, figure.count(session, period, places))


def within(session: Session, name: str) -> Select[Any]:
    path = session.scalar(
        select(Organisation.path).where((Organisation.name == name) | (Organisation.short_name == name))
    )
    if path is None:
        raise Misconfigured(f"没有“{name}”这个单位。")
    return select(Organisation.id).where(at_or_below(path))


def _as_data(figure: Figure, counted: Counted) -> dict[str, Any]:
    return {
        "id": figure.id,
        "label": figure.label,
        "unit": figure.unit,
        "definition": figure.definition,
        "numerator": counted.numerator,
        "denominator": counted.denominator,
        "subjects": len(counted.subjects),
    }
