"""What the service knows already of a party whose number is typed: offered, and never put over what was typed."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.mediation.tables import CaseParty
from union import audit
from union.access import can
from union.organisations import Enterprise, find_by_credit_code
from union.people import Person
from union.privacy import Implausible, check_credit_code, check_id_number, mask_address, mask_name, mask_phone
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.module import Known
from workflows.tables import legal_date

COMPLETED = ("phone", "address", "member_number")


def look_up(session: Session, actor: Actor, at: datetime, register: str, number: str) -> Known | None:
    """A unit by its credit code, whose entry is public; a person by the identity number, masked and written down."""
    if not number.strip():
        raise Invalid("", "先填写号码，再查询。")
    try:
        if register == "unit":
            return _unit(session, check_credit_code(number))
        return _person(session, actor, at, check_id_number(number, legal_date(at)))
    except Implausible as problem:
        raise Invalid("", str(problem)) from problem


def _unit(session: Session, code: str) -> Known | None:
    unit = find_by_credit_code(session, code)
    if unit is None:
        return _unit_of_a_case(session, code)
    more = session.get(Enterprise, unit.id)
    address = (more.address if more else "") or unit.address
    return _of_unit(unit.name, more.legal_representative if more else "", address)


def _unit_of_a_case(session: Session, code: str) -> Known | None:
    latest = select(CaseParty).where(CaseParty.credit_code == code).order_by(CaseParty.id.desc()).limit(1)
    party = session.scalar(latest)
    return _of_unit(party.name, party.legal_representative, "") if party else None


def _of_unit(name: str, legal_representative: str, address: str) -> Known:
    values = {"name": name, "legal_representative": legal_representative, "address": address}
    return Known(f"已登记：{name}。空白的项目已填上，请核对。", {key: value for key, value in values.items() if value})


def _person(session: Session, actor: Actor, at: datetime, number: str) -> Known | None:
    if not may_look_up(session, actor):
        raise Invalid("", "你的角色不能按公民身份号码查询。")
    audit.note(session, "按公民身份号码查询", by=actor, at=at, family=audit.SECURITY)
    person = known_person(session, number)
    if person is None:
        return None
    parts = (mask_name(person.name), person.sex, mask_phone(person.phone), mask_address(person.address))
    return Known("已登记过，请与证件核对姓名。", offer="，".join(filter(None, parts)))


def completed(session: Session, typed: Any) -> Any:
    """The party as typed, its blanks filled from the person of that number where that was asked for."""
    if not typed.use_known or typed.kind != "person" or not typed.id_number.strip():
        return typed
    person = known_person(session, typed.id_number)
    if person is None:
        return typed
    blank = {name: getattr(person, name) or "" for name in COMPLETED if not getattr(typed, name).strip()}
    return msgspec.structs.replace(typed, **blank)


def known_person(session: Session, number: str) -> Person | None:
    return session.scalars(select(Person).where(Person.id_number.equals(number))).first()


def may_look_up(session: Session, actor: Actor) -> bool:
    """Whether the actor may see, masked, who is known at the own organisation."""
    return can(session, actor, "person.view", organisation_id=actor.organisation_id)
