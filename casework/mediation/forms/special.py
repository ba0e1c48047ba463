"""What is asked and written beside the talks: stoppages, risks, notices, inquiries, parties who can no longer act."""

import uuid
from datetime import date
from typing import Annotated, Any

from sqlalchemy import select

from casework.mediation.forms import fields
from casework.mediation.kinds import COOPERATION, LIMITATION_OBSTACLES, RISKS, STANDINGS, STOPPAGES, UNION_NOTICE
from casework.mediation.tables import CaseParty, SpecialMatter
from union.organisations import LinkagePartner
from workflows.errors import Invalid
from workflows.form import Form, Step


class ReportStoppage(Form, kw_only=True):
    """停工、怠工: what is going on, who takes part, what is asked for."""

    grade: Annotated[str, fields.radio("情形", STOPPAGES)] = ""
    persons: Annotated[int | None, fields.number("参加人数", least=1, most=100_000)] = None
    text: Annotated[str, fields.long("情况和职工的要求", most=2000)] = ""
    measures: Annotated[str, fields.long("工会已做的工作", most=2000)] = ""

    def apply(self, step: Step) -> None:
        note(step, "stoppage", self.grade, self.text, self.measures, persons=self.persons)


class EndStoppage(Form, kw_only=True):
    """Work goes on again."""

    matter_id: Annotated[uuid.UUID | None, fields.pick("停工、怠工", fields.from_facts("open_stoppages"))] = None
    result: Annotated[str, fields.long("处理结果", most=1000)] = ""

    def apply(self, step: Step) -> None:
        matter = step.session.get(SpecialMatter, self.matter_id) if self.matter_id else None
        if matter is None or matter.case_id != step.root_id or matter.kind != "stoppage" or matter.ended_on:
            raise Invalid("matter_id", "选择尚未结束的停工、怠工。")
        if step.occurred_on < matter.happened_on:
            raise Invalid("occurred_on", "日期早于停工、怠工开始之日，核对后改正。")
        matter.ended_on = step.occurred_on


class ReportRisk(Form, kw_only=True):
    """激化风险: what is feared, what is done against it, and whether the police know."""

    grade: Annotated[str, fields.radio("风险", RISKS)] = ""
    text: Annotated[str, fields.long("具体情况", most=2000)] = ""
    measures: Annotated[str, fields.long("预防措施", "例如：分开等候、安保在场、改为线上", 2000)] = ""
    police: Annotated[str, fields.text("向公安机关报告的情况", "时间、派出所、接警编号", 300)] = ""

    def apply(self, step: Step) -> None:
        note(
            step,
            "risk",
            self.grade,
            self.text,
            self.measures,
            body="公安机关" if self.police else "",
            proof=self.police,
        )


class NotifyAuthority(Form, kw_only=True):
    """通报人力社保部门: to whom, how, with which proof."""

    partner_id: Annotated[uuid.UUID | None, fields.pick("通报的机关", fields.from_facts("partners"))] = None
    partner: Annotated[str, fields.text("机关名称", "名单中没有的在此填写")] = ""
    text: Annotated[str, fields.long("通报内容", most=2000)] = ""
    proof: Annotated[str, fields.text("凭据", "例如：通报函文号、收件人和时间", 300)] = ""

    def apply(self, step: Step) -> None:
        listed = step.session.get(LinkagePartner, self.partner_id) if self.partner_id else None
        name = listed.name if listed else self.partner.strip()
        note(step, "authority", "", self.text, "", body=name, proof=self.proof)


class RecordInquiry(Form, kw_only=True):
    """向单位调查: what was asked and whether the employer helped."""

    text: Annotated[str, fields.long("调查的事项", most=2000)] = ""
    body: Annotated[str, fields.text("被调查的单位或者人员", most=200)] = ""
    grade: Annotated[str, fields.radio("协助情况", COOPERATION)] = ""
    proof: Annotated[str, fields.text("调查函、笔录等", most=300)] = ""

    def apply(self, step: Step) -> None:
        note(step, "inquiry", self.grade, self.text, "", body=self.body.strip(), proof=self.proof)


class RecordUnionNotice(Form, kw_only=True):
    """解除劳动合同前是否通知工会, and what the union answered."""

    grade: Annotated[str, fields.radio("解除前是否通知工会", UNION_NOTICE)] = ""
    notified_on: Annotated[date | None, fields.past_day("工会收到通知之日")] = None
    text: Annotated[str, fields.long("工会的意见", most=1000)] = ""
    proof: Annotated[str, fields.text("依据", "例如：通知书、工会回函", 300)] = ""

    def apply(self, step: Step) -> None:
        if self.grade == "given" and self.notified_on is None:
            raise Invalid("notified_on", "已通知的，填写工会收到通知之日。")
        note(step, "union_notice", self.grade, self.text, "", proof=self.proof, happened_on=self.notified_on)


class SuspendLimitation(Form, kw_only=True):
    """What keeps a party from applying for arbitration, and since when (办案规则28)."""

    grade: Annotated[str, fields.radio("中止的事由", LIMITATION_OBSTACLES)] = ""
    began_on: Annotated[date | None, fields.past_day("事由发生之日", "一年时效自该日起停止计算")] = None
    text: Annotated[str, fields.long("具体情况", most=1000)] = ""
    proof: Annotated[str, fields.text("凭据", "例如：封控通告、住院证明、指定监护人的文件", 300)] = ""

    def apply(self, step: Step) -> None:
        _refuse_future("began_on", self.began_on, step)
        before = max((m.ended_on for m in _suspensions(step) if m.ended_on is not None), default=None)
        if before is not None and self.began_on is not None and self.began_on < before:
            raise Invalid("began_on", f"日期早于上一次中止事由消除之日 {before:%Y-%m-%d}，核对后改正。")
        note(step, "limitation", self.grade, self.text, "", proof=self.proof, happened_on=self.began_on)


class ResumeLimitation(Form, kw_only=True):
    """Since when the party can apply again; the rest of the year goes on."""

    matter_id: Annotated[uuid.UUID | None, fields.pick("时效中止", fields.from_facts("open_obstacles"))] = None
    ended_on: Annotated[date | None, fields.past_day("事由消除之日", "一年时效自该日起继续计算")] = None

    @classmethod
    def known(cls, facts: Any) -> dict[str, Any]:
        return {"matter_id": next(iter(facts.choices("open_obstacles")), None)}

    def apply(self, step: Step) -> None:
        matter = next((m for m in _suspensions(step) if m.id == self.matter_id and m.ended_on is None), None)
        if matter is None:
            raise Invalid("matter_id", "选择尚未消除的时效中止。")
        if self.ended_on is None:
            raise Invalid("ended_on", "填写事由消除之日。")
        _refuse_future("ended_on", self.ended_on, step)
        if self.ended_on < matter.happened_on:
            raise Invalid("ended_on", f"日期早于事由发生之日 {matter.happened_on:%Y-%m-%d}，核对后改正。")
        matter.ended_on = self.ended_on
        step.session.flush()


def _suspensions(step: Step) -> list[SpecialMatter]:
    row = SpecialMatter
    return list(step.session.scalars(select(row).where(row.case_id == step.root_id, row.kind == "limitation")))


def _refuse_future(field: str, day: date | None, step: Step) -> None:
    if day is not None and day > step.today:
        raise Invalid(field, f"日期 {day:%Y-%m-%d} 在今天之后，改为实际的日期。")


class RecordStanding(Form, kw_only=True):
    """A party that can no longer act for itself."""

    party_id: Annotated[uuid.UUID | None, fields.pick("当事人", fields.from_facts("parties"))] = None
    standing: Annotated[str, fields.radio("情形", STANDINGS)] = ""
    proof: Annotated[str, fields.text("依据", "例如：登记机关公示、死亡证明、鉴定意见", 300)] = ""

    def apply(self, step: Step) -> None:
        party = step.session.get(CaseParty, self.party_id) if self.party_id else None
        if party is None or party.case_id != step.root_id:
            raise Invalid("party_id", "选择本案当事人。")
        if (self.standing == "dissolved") != (party.kind == "organisation"):
            raise Invalid("standing", "单位选“已注销、被吊销或者解散”，个人选死亡或者丧失行为能力。")
        party.standing = self.standing
        step.session.flush()


def note(step: Step, kind: str, grade: str, text: str, measures: str, **more: Any) -> None:
    happened_on = more.pop("happened_on", None) or step.occurred_on
    row = SpecialMatter(
        case_id=step.root_id,
        kind=kind,
        grade=grade,
        happened_on=happened_on,
        text=text.strip(),
        measures=measures.strip(),
        recorded_at=step.at,
        by_id=step.actor.id,
        **{name: value.strip() if isinstance(value, str) else value for name, value in more.items()},
    )
    step.session.add(row)
    step.session.flush()


FORMS: dict[str, type[Form]] = {
    "report_stoppage": ReportStoppage,
    "end_stoppage": EndStoppage,
    "report_risk": ReportRisk,
    "notify_authority": NotifyAuthority,
    "record_inquiry": RecordInquiry,
    "record_union_notice": RecordUnionNotice,
    "suspend_limitation": SuspendLimitation,
    "resume_limitation": ResumeLimitation,
    "record_standing": RecordStanding,
}
