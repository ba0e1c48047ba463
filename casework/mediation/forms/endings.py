"""What is asked and written when a case ends, is handed on, taken back or archived."""

import uuid
from datetime import date
from typing import Annotated

from sqlalchemy import select

from casework.mediation import collective
from casework.mediation.forms import fields
from casework.mediation.forms.people import Checked, waive, working
from casework.mediation.forms.registration import (
    case_of,
    only_for_itself,
    only_with_special_authority,
    parties_of,
    say,
    settle_duplicates,
)
from casework.mediation.kinds import (
    ANSWER_WAYS,
    FAILURE_REASONS,
    TERMINATION_GROUNDS,
    TRANSFER_GROUNDS,
    WITHDRAWAL_REASONS,
)
from casework.mediation.settings import settings_on
from casework.mediation.tables import CaseParty, LimitationRestart, MediationCase, Referral
from union.organisations import LinkagePartner
from workflows.errors import Invalid
from workflows.form import Form, Step


class Fail(Form, kw_only=True):
    """Why no agreement was reached."""

    reason: Annotated[str, fields.radio("原因", FAILURE_REASONS)] = ""
    summary: Annotated[str, fields.long("调解经过摘要", most=2000)] = ""
    opinion: Annotated[str, fields.long("调解意见", "可以不填", 1000)] = ""
    refused_by: Annotated[uuid.UUID | None, fields.pick("拒绝或者退出的当事人", fields.from_facts("parties"))] = None

    def apply(self, step: Step) -> None:
        case = case_of(step)
        case.end_reason, case.end_explanation = self.reason, self.summary.strip()
        case.opinion = self.opinion.strip()
        party = step.session.get(CaseParty, self.refused_by) if self.refused_by else None
        if party is not None and party.case_id == case.id:
            say(party, "refused" if case.accepted_on is None else "quit", step.occurred_on, "in_person")


class ReturnToReferrer(Fail, kw_only=True):
    """The referrer's term is over: report and return."""


class PartyAbsent(Form, kw_only=True):
    """A party did not come and did not answer."""

    summary: Annotated[str, fields.long("两次通知和未到场的情况", most=2000)] = ""

    def apply(self, step: Step) -> None:
        case_of(step).end_reason, case_of(step).end_explanation = "absent", self.summary.strip()


class Withdraw(Form, kw_only=True):
    """The applicant takes the application back."""

    reason: Annotated[str, fields.radio("原因", WITHDRAWAL_REASONS)] = ""
    voluntary: Annotated[bool, fields.tick("申请人自愿撤回并已签名")] = False
    amount: Annotated[int | None, fields.money("和解金额", "自行和解的填写，以元计")] = None
    represented_agree: Annotated[bool, fields.tick("集体争议：被代表的职工已书面同意")] = False
    explanation: Annotated[str, fields.long("说明", most=1000)] = ""
    way: Annotated[str, fields.pick("怎样提出的", ANSWER_WAYS)] = "in_person"
    proof: Annotated[str, fields.proof()] = ""

    def apply(self, step: Step) -> None:
        case = case_of(step)
        sole = [party.id for party in parties_of(step, case) if party.side == "applicant"]
        only_for_itself(step, sole[0] if len(sole) == 1 else None)
        only_with_special_authority(step)
        case.end_reason, case.end_explanation = self.reason, self.explanation.strip()
        case.private_amount = self.amount if self.reason == "settled_privately" else None


class Terminate(Form, kw_only=True):
    """Why the mediation ends without a result."""

    ground: Annotated[str, fields.radio("终止原因", TERMINATION_GROUNDS)] = ""
    explanation: Annotated[str, fields.long("具体说明", most=1000)] = ""

    def apply(self, step: Step) -> None:
        case_of(step).end_reason, case_of(step).end_explanation = self.ground, self.explanation.strip()


class Transfer(Form, kw_only=True):
    """To whom the matter goes, with which papers."""

    partner_id: Annotated[uuid.UUID | None, fields.pick("接收机关", fields.from_facts("partners"))] = None
    partner: Annotated[str, fields.text("接收机关名称", "名单中没有的在此填写")] = ""
    ground: Annotated[str, fields.radio("移送原因", TRANSFER_GROUNDS)] = "other_body"
    materials: Annotated[list[str], fields.lines("移送材料")] = []
    explanation: Annotated[str, fields.long("说明", most=1000)] = ""

    def apply(self, step: Step) -> None:
        case_of(step).end_reason, case_of(step).end_explanation = self.ground, self.explanation.strip()
        send_out(step, self.partner_id, self.partner, self.ground, self.materials)


def send_out(step: Step, partner_id: uuid.UUID | None, partner: str, kind: str, materials: list[str]) -> None:
    known = step.session.get(LinkagePartner, partner_id) if partner_id else None
    name = known.name if known else partner.strip()
    if not name:
        raise Invalid("partner", "选择或者填写接收机关。")
    step.session.add(
        Referral(
            case_id=step.root_id,
            direction="out",
            partner_id=partner_id,
            partner=name,
            kind=kind[:20],
            materials=[line.strip() for line in materials if line.strip()],
            sent_on=step.occurred_on,
        )
    )


class HandOver(Form, kw_only=True):
    """Where the papers of a failed mediation go."""

    partner_id: Annotated[uuid.UUID | None, fields.pick("接收机关", fields.from_facts("partners"))] = None
    partner: Annotated[str, fields.text("接收机关名称", "名单中没有的在此填写")] = ""
    materials: Annotated[list[str], fields.lines("移送材料", "不包括不作为证据的协商内容")] = []

    def apply(self, step: Step) -> None:
        send_out(step, self.partner_id, self.partner, "arbitration", self.materials)
        case_of(step).handed_over_on = step.occurred_on


class ReportBack(Form, kw_only=True):
    """What the referring body was told."""

    report: Annotated[str, fields.long("反馈内容", most=1000)] = ""

    def apply(self, step: Step) -> None:
        if len(self.report.strip()) < 2:
            raise Invalid("report", "填写向来函机关反馈的内容。")
        incoming = select(Referral).where(Referral.case_id == step.root_id, Referral.direction == "in")
        for row in step.session.scalars(incoming):
            row.reported_on, row.report = step.occurred_on, self.report.strip()


class Join(Checked, kw_only=True):
    """Into which case this one goes; whom it brings there is checked like a party added there."""

    into_id: Annotated[uuid.UUID | None, fields.pick("并入的案件", fields.from_facts("open_cases"))] = None
    reason: Annotated[str, fields.text("并案理由", most=300)] = ""

    def apply(self, step: Step) -> None:
        if self.into_id is None or self.into_id == step.root_id:
            raise Invalid("into_id", "选择并入的案件。")
        collective.join_into(step, self.into_id, self.reason)
        settle_duplicates(step, case_of(step), self, step.session.get_one(MediationCase, self.into_id))
        people = [*working(step, self.into_id), step.actor.id]
        waive(step, people, self.waived_by, self.waiver_reason, self.into_id)


class RevokeLapse(Form, kw_only=True):
    """The evidence that the term had not ended when the system acted."""

    evidence: Annotated[str, fields.text("证据", "例如：双方某月某日签署的延期同意书", 300)] = ""
    evidence_on: Annotated[date | None, fields.past_day("证据的日期", "须在届满日之前")] = None
    extension_days: Annotated[int | None, fields.number("证据所载的延长天数", "没有延期的不填", most=60)] = None
    reason: Annotated[str, fields.long("理由", most=500)] = ""

    def apply(self, step: Step) -> None:
        case = case_of(step)
        case.end_reason = case.end_explanation = ""
        case.handed_over_on = None  # what was sent is kept; whether the next failure is handed over is another matter
        if self.extension_days is not None and self.extension_days < 1:
            raise Invalid("extension_days", "延长天数应为1日以上，没有延期的不填。")
        if self.extension_days and case.is_platform:
            most = settings_on(step.session, step.occurred_on)["mediation.platform_extension"]
            if collective.extended_days(step, case) + self.extension_days > most:
                raise Invalid("extension_days", f"新就业形态争议累计延期不超过{most}日。")
        caused = select(LimitationRestart).where(
            LimitationRestart.case_id == case.id, LimitationRestart.on == case.closed_on
        )
        for row in step.session.scalars(caused):
            row.voided_on = step.occurred_on


class Archive(Form, kw_only=True):
    """The file as it goes to the archive."""

    catalogue_complete: Annotated[bool, fields.tick("卷内目录已核对完整")] = False
    receipts_filed: Annotated[bool, fields.tick("送达回证已收存")] = False
    pages: Annotated[int | None, fields.number("纸质案卷页数", "全部为电子材料的填0", most=5000)] = None
    retention_years: Annotated[int | None, fields.number("保管期限（年）", "不填即按现行规定；只能更长", most=200)] = (
        None
    )

    def apply(self, step: Step) -> None:
        case = case_of(step)
        if self.pages is None or self.pages < 0:
            raise Invalid("pages", "填写纸质案卷的页数；全部为电子材料的填0。")
        least = self._retention(step)
        if self.retention_years is not None and self.retention_years < least:
            raise Invalid("retention_years", f"按现行规定本案保管期限为{least}年，不得短于该期限；不填即按规定。")
        case.pages, case.retention_years = self.pages, self.retention_years or least

    def _retention(self, step: Step) -> int:
        case, held = case_of(step), settings_on(step.session, step.occurred_on)
        if len([p for p in parties_of(step, case) if p.capacity == "worker"]) >= 10:
            return int(held["mediation.retention_collective"])
        key = "mediation.retention_success" if case.outcome == "settled" else "mediation.retention_other"
        return int(held[key])


class LimitationRestarted(Form, kw_only=True):
    """An event on a side track restarts the limitation."""


FORMS: dict[str, type[Form]] = {
    "limitation_restarted": LimitationRestarted,
    "fail": Fail,
    "return_to_referrer": ReturnToReferrer,
    "party_absent": PartyAbsent,
    "withdraw": Withdraw,
    "terminate": Terminate,
    "transfer": Transfer,
    "join": Join,
    "hand_over": HandOver,
    "report_back": ReportBack,
    "revoke_lapse": RevokeLapse,
    "archive": Archive,
}
