"""A second kind of case, which says its own words at the desk: talks about wages, in two states and without a record."""

from typing import Annotated, Any

import msgspec

from tests.toy import CLERK, HEAD, HOUSE, Facts
from union.roles import ADVISOR
from workflows.definition import State, Transition, Workflow
from workflows.form import Form, Step
from workflows.module import Module, Participant
from workflows.tables import Subject
from workflows.words import Material, Words


class Talks(Subject):
    __mapper_args__ = {"polymorphic_identity": "talks"}  # nothing to store beside what every subject has


class Call(Form):
    about: Annotated[str, msgspec.Meta(title="事项", min_length=1, max_length=100)]

    def apply(self, step: Step) -> None:
        step.subject.title = self.about


def sides(session: Any, subject: Any) -> list[Participant]:
    return [Participant("workers", "职工方代表", "职工方"), Participant("firm", "企业方代表", "企业方")]


WORDS = Words(
    work="协商",
    handler="协商指导员",
    group="指导组",
    handled_by=(ADVISOR,),
    sitting="协商会议",
    minutes="协商记录",
    room="协商室",
    host="首席代表",
    rights_told="已告知双方代表协商期间的权利义务",
    apart="底线方案",
    apart_because="只供本方使用。",
    materials=(Material("mandate", "协商代表产生的证明", "会议记录、公示照片"),),
    alike_by="企业和协商年度",
    nothing_alike="这家企业本年度没有其他协商。",
)

talks = Workflow(
    "talks",
    "工资协商",
    version=1,
    states=(
        State("called", "协商中", responsible=CLERK, waiting="双方开会", step="协商"),
        State("ended", "已结束", closed="done", final=True, step="结束"),
    ),
    transitions=(
        Transition("call", "提出协商", "new -> called", by=(CLERK,), law=HOUSE),
        Transition("end", "结束协商", "called -> ended", by=(HEAD,), law=HOUSE),
    ),
    steps=("协商", "结束"),
)

module = Module(
    name="talks",
    label="工资协商",
    workflow=talks,
    subject=Talks,
    facts=Facts,
    forms={"call": Call},
    participants=sides,
    similar=lambda session, subject, at: [],
    words=WORDS,
    icon="handshake",
)
