"""Gapless numbers: one series per type, year and organisation (law.md §2.2); who has no 代字 of their own share one.

What the number does not say parts no series: no two papers bear the same number.
A number is taken in the transaction that finalises the record, so a rollback gives it back; it is never used twice,
and a voided record keeps its own.
"""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from union.house_rules import HouseRule
from union.organisations import Organisation
from workflows.counters import take_serial
from workflows.settings import in_force
from workflows.tables import Setting

TEMPLATE_SETTING = "documents.number_template"
TEMPLATE = "京朝工{organisation}{type}字〔{year}〕第{serial:04d}号"


def _template_fault(template: object) -> str:
    """Why numbers cannot be made with a template, or an empty text."""
    try:
        made = [str(template).format(organisation="", type="调", year=2026, serial=n) for n in (1, 2)]
    except (KeyError, IndexError, ValueError, AttributeError):
        return "格式只能用 {organisation}、{type}、{year}、{serial:04d} 四个占位。"
    return "" if made[0] != made[1] else "格式里要有顺序号 {serial:04d}，否则会重号。"


NUMBER_TEMPLATE = HouseRule(TEMPLATE_SETTING, "文书编号格式", TEMPLATE, "9-15", fault=_template_fault)
PART_TEMPLATE = "{case}之{serial}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was taken, with its place in its series."""

    text: str
    series: str
    serial: int


def take(session: Session, type_code: str, organisation_id: uuid.UUID | None, day: date) -> Number:
    """The next number of that type in the year of ``day``, the legal date of issue that the paper bears."""
    code = session.scalar(select(Organisation.code).where(Organisation.id == organisation_id)) or ""
    said, template = {"type": type_code, "year": str(day.year), "organisation": code}, _template(session, day)
    series = ":".join(value for name, value in said.items() if value and f"{{{name}" in template)
    serial = take_serial(session, series)
    text = template.format(organisation=code, type=type_code, year=day.year, serial=serial)
    return Number(text, series, serial)


def take_part(session: Session, case_id: uuid.UUID, case_number: str) -> Number:
    """The number of a record whose type has no series of its own: the case's number and a serial."""
    series = f"part:{case_id}"
    serial = take_serial(session, series)
    return Number(PART_TEMPLATE.format(case=case_number, serial=serial), series, serial)


def spellings(typed: str) -> list[str]:
    """Every number that somebody may mean who has no 〔 on the keyboard, or leaves out 第, 号 and the leading zeros."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))
    bracketed = re.sub(r"[\[({【〔<《〈](\d{4})[])}】〕>》〉]", r"〔\1〕", plain)
    whole = re.sub(r"(?<=〔\d{4}〕)第?(\d{1,9})(?:号|(?=之)|$)", lambda serial: f"第{int(serial[1]):04d}号", bracketed)
    return list(dict.fromkeys((typed.strip(), plain, bracketed, whole)))


def _template(session: Session, day: date) -> str:
    """The house's template in force on that day (9-15)."""
    held = in_force(session, day, Setting.key == TEMPLATE_SETTING).get(TEMPLATE_SETTING)
    return str(held.value.get("value") or TEMPLATE) if held else TEMPLATE
