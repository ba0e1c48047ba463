"""办案补贴: what each colleague is due for the cases of a period, by the rates in force on each day."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.figures import Scope
from union.people import Staff
from workflows.module import Allowance, registry
from workflows.tables import SUBJECTS


@dataclass(frozen=True, slots=True)
class Item:
    """One case of one colleague; ``amount`` in 分, None where no rate was set for the day."""

    subject_id: uuid.UUID
    number: str
    what: str
    on: date
    amount: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """What one colleague is due."""

    staff_id: uuid.UUID
    name: str
    items: Sequence[Item]

    @property
    def total(self) -> int:
        return sum(item.amount or 0 for item in self.items)

    @property
    def without_rate(self) -> int:
        return sum(item.amount is None for item in self.items)


def accounts(session: Session, scope: Scope, only: uuid.UUID | None = None) -> list[Account]:
    """Every colleague with something to be paid for, or one of them."""
    found = [
        allowance
        for module in registry.modules.values()
        if module.allowances
        for allowance in module.allowances(session, scope.period, scope.organisations)
        if only in (None, allowance.staff_id)
    ]
    names = dict(session.execute(select(Staff.id, Staff.name).where(Staff.id.in_({a.staff_id for a in found}))).all())
    numbers = _numbers(session, found)
    made = [
        Account(staff_id, name, [_item(a, numbers) for a in found if a.staff_id == staff_id])
        for staff_id, name in names.items()
    ]
    return sorted(made, key=lambda account: (-account.total, account.name))


def _item(allowance: Allowance, numbers: dict[uuid.UUID, str]) -> Item:
    number = numbers.get(allowance.subject_id, "未编号")
    return Item(allowance.subject_id, number, allowance.what, allowance.on, allowance.amount)


def _numbers(session: Session, found: Iterable[Allowance]) -> dict[uuid.UUID, str]:
    ids = {allowance.subject_id for allowance in found}
    rows = session.execute(select(SUBJECTS.c.id, SUBJECTS.c.number).where(SUBJECTS.c.id.in_(ids)))
    return {i: number or "未编号" for i, number in rows}
