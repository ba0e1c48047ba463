"""A module that is not a case: lending the union's equipment. Three states, one record, one figure, one clock.

It shows that a workflow plugs in from its own folder: nothing outside this folder knows it.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from workflows.definition import SYSTEM, Deadline, RecordKind, Role, State, Transition, Workflow, guard
from workflows.form import Form, Step
from workflows.law import Policy
from workflows.module import Counted, Figure, Module
from workflows.tables import Subject
from workflows.workdays import Days

CLERK = Role("intake", "窗口人员")
HEAD = Role("org_head", "负责人")
HOUSE = Policy("器材借用办法（测试用）")


class Lending(Subject):
    __tablename__ = "toy_lendings"
    __table_args__ = {"info": {"test_only": True}}
    __mapper_args__ = {"polymorphic_identity": "lending"}

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(100), default="")
    lent_on: Mapped[date | None]
    damage: Mapped[str] = mapped_column(String(100), default="")


@dataclass(frozen=True)
class Facts:
    """What guards, clocks and records see; nothing is loaded before it is asked for."""

    step: Step

    @property
    def subject(self) -> Any:
        return self.step.subject

    @property
    def form(self) -> Any:
        return self.step.form

    @property
    def lent_on(self) -> date | None:
        return self.subject.lent_on


@guard("归还时须记明器材状况", law=HOUSE, decided_by=("damage",))
def condition_is_stated(facts: Facts) -> bool:
    return bool(facts.subject.damage)


RECEIPT = RecordKind("lending_receipt", "器材借用凭条", "器借", law=(HOUSE,), signers=("borrower",))

lending = Workflow(
    "lending",
    "器材借用",
    version=1,
    states=(
        State("on_loan", "借出中", responsible=CLERK, step="借出"),
        State("recalled", "催还中", responsible=HEAD, waiting="等借用人归还", step="借出"),
        State("returned", "已归还", closed="returned", final=True, step="归还"),
    ),
    transitions=(
        Transition("lend", "借出", "new -> on_loan", by=(CLERK,), issues=(RECEIPT,), law=HOUSE),
        Transition("prolong", "续借", "on_loan -> on_loan", by=(CLERK,), law=HOUSE),
        Transition("recall", "催还", "on_loan -> recalled", by=(SYSTEM, HEAD), law=HOUSE),
        Transition("revoke_lapse", "撤销催还", "recalled -> before lapse", by=(HEAD,), law=HOUSE),
        Transition(
            "give_back", "归还", "on_loan, recalled -> returned", by=(CLERK,), when=(condition_is_stated,), law=HOUSE
        ),
    ),
    deadlines=(
        Deadline(
            "return_term",
            "归还期",
            Days(15),
            counted_from="lent_on",
            running_in=("on_loan",),
            on_lapse="recall",
            extendable_by="prolong",
            law=HOUSE,
        ),
    ),
    steps=("借出", "归还"),
)


class Lend(Form):
    item: Annotated[str, msgspec.Meta(title="器材", min_length=1, max_length=100)]

    def apply(self, step: Step) -> None:
        subject = step.subject
        assert isinstance(subject, Lending)
        subject.item, subject.lent_on, subject.title = self.item, step.occurred_on, f"借用{self.item}"


class Prolong(Form):
    extension_days: Annotated[int, msgspec.Meta(title="续借天数", ge=1, le=30)]


class GiveBack(Form):
    damage: Annotated[str, msgspec.Meta(title="器材状况", max_length=100)] = ""

    def apply(self, step: Step) -> None:
        subject = step.subject
        assert isinstance(subject, Lending)
        subject.damage = self.damage


def count_lendings(session: Any, period: Any, organisations: Any = None) -> Counted:
    return Counted(list(session.scalars(select(Lending.id).where(Lending.lent_on.between(*period)))))


module = Module(
    name="lending",
    label="器材借用",
    workflow=lending,
    subject=Lending,
    facts=Facts,
    forms={"lend": Lend, "prolong": Prolong, "give_back": GiveBack},
    records=(RECEIPT,),
    record_data={"lending_receipt": lambda facts: {"item": facts.subject.item}},
    figures=(Figure("lendings", "借出器材", "件", "统计期内借出的器材件数", count_lendings, HOUSE),),
    search=lambda session, subject: [subject.item],
    icon="package",
    is_case=False,
)
