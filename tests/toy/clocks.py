"""Every kind of clock in one small procedure: repairing what was lent, paid in instalments."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec

from tests.toy import CLERK, HEAD, HOUSE, Lending
from workflows.definition import SAME, SYSTEM, Deadline, State, Transition, Workflow
from workflows.form import Form, Step
from workflows.module import Module
from workflows.workdays import Days, OnDate, Workdays


@dataclass
class Facts:
    subject: Any
    form: Any

    @property
    def begun_on(self) -> date | None:
        return self.subject.lent_on

    def instalments(self) -> list[tuple[str, date]]:
        """The unpaid instalments, kept by the toy as ``1=2026-03-10,2=2026-04-10``."""
        pairs = [part.split("=") for part in self.subject.damage.split(",") if part]
        return [(item, date.fromisoformat(day)) for item, day in pairs]


class Begin(Form):
    instalments: str = ""

    def apply(self, step: Step) -> None:
        assert isinstance(step.subject, Lending)
        step.subject.lent_on, step.subject.damage = step.occurred_on, self.instalments


class Pay(Form):
    left: str = ""

    def apply(self, step: Step) -> None:
        assert isinstance(step.subject, Lending)
        step.subject.damage = self.left


class Extend(Form):
    extension_days: Annotated[int, msgspec.Meta(ge=1, le=30)]


class Undo(Form):
    """Takes back a lapse as such."""


OPEN = ("working", "waiting_for_parts")

repair = Workflow(
    "repair",
    "器材修理",
    version=1,
    states=(
        State("working", "修理中", responsible=CLERK),
        State("waiting_for_parts", "待配件", responsible=CLERK, waiting="等配件到货"),
        State("overdue", "逾期", responsible=HEAD, waiting="等负责人处理"),
        State("done", "已修好", closed="done", final=True),
    ),
    transitions=(
        Transition("begin", "开始修理", "new -> working", by=(CLERK,), law=HOUSE),
        Transition("suspend", "中止", "working -> waiting_for_parts", by=(CLERK,), law=HOUSE),
        Transition("resume", "恢复", "waiting_for_parts -> working", by=(CLERK,), law=HOUSE),
        Transition("extend", "延长", "working -> =", by=(HEAD,), law=HOUSE),
        Transition("pay", "付款", f"working -> {SAME}", by=(CLERK,), law=HOUSE),
        Transition("default", "逾期付款", f"working -> {SAME}", by=(SYSTEM,), law=HOUSE),
        Transition("fail", "逾期未修好", "working -> overdue", by=(SYSTEM,), law=HOUSE),
        Transition("undo", "撤销逾期", "overdue -> before lapse", by=(HEAD,), law=HOUSE),
        Transition("finish", "修好", "any open -> done", by=(CLERK,), law=HOUSE),
    ),
    deadlines=(
        Deadline(
            "repair_term",
            "修理期",
            Days(15),
            counted_from="begun_on",
            running_in=("working",),
            paused_in=("waiting_for_parts",),
            on_lapse="fail",
            extendable_by="extend",
            law=HOUSE,
        ),
        Deadline(
            "instalment",
            "分期付款",
            OnDate(),
            counted_from="",
            one_per="instalments",
            running_in=("working",),
            on_lapse="default",
            law=HOUSE,
        ),
        Deadline(
            "first_look",
            "首次检查",
            Workdays(3),
            counted_from="begun_on",
            running_in=OPEN,
            hard=False,
            alerts=(),
            law=HOUSE,
        ),
    ),
)

module = Module(
    name="repair",
    label="器材修理",
    workflow=repair,
    subject=Lending,
    facts=lambda step: Facts(step.subject, step.form),
    forms={"begin": Begin, "pay": Pay, "extend": Extend, "undo": Undo},
    is_case=False,
)
