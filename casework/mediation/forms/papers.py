"""出具: papers that belong to no step of the procedure, made when somebody asks for them on the page of a case."""

import uuid
from typing import Annotated

from casework.mediation.facts import Facts
from casework.mediation.forms import fields
from casework.mediation.forms.registration import case_of, parties_of
from casework.mediation.kinds import ANSWER_WAYS, AUTHORITIES, SATISFACTION
from casework.mediation.records import FOLLOW_UP, POWER_OF_ATTORNEY, SERVICE_RECEIPT, SUPPLEMENTARY_AGREEMENT
from casework.mediation.tables import CaseParty
from documents.issue import issue
from documents.serving import WAYS_OF_SERVING
from union.law import ARB_RULES, CONSULT, LDMA
from union.roles import INTAKE, MEDIATOR, ORG_HEAD
from workflows.errors import Invalid
from workflows.form import Form, Step
from workflows.module import Act


class Authorise(Form, kw_only=True):
    """Who acts for a party, and how far."""

    party_id: Annotated[uuid.UUID, fields.pick("委托人", fields.from_facts("parties"))]
    agent_name: Annotated[str, fields.text("受委托人姓名", most=100)]
    agent_phone: Annotated[str, fields.text("受委托人电话", most=40)] = ""
    authority: Annotated[str, fields.radio("代理权限", AUTHORITIES)] = "general"

    def apply(self, step: Step) -> None:
        principal = party_of(step, self.party_id)
        if not self.agent_name.strip():
            raise Invalid("agent_name", "填写受委托人姓名。")
        principal.agent_name, principal.agent_phone = self.agent_name.strip(), self.agent_phone.strip()
        principal.agent_authority = self.authority
        step.session.flush()
        issue(step, POWER_OF_ATTORNEY)


class MakeReceipt(Form, kw_only=True):
    """Which papers go to whom, and how; the receiver signs for them."""

    party_id: Annotated[uuid.UUID, fields.pick("受送达人", fields.from_facts("parties"))]
    papers: Annotated[list[uuid.UUID], fields.several("送达的文书", fields.from_facts("papers"))] = []
    way: Annotated[str, fields.radio("送达方式", WAYS_OF_SERVING)] = "in_person"

    def apply(self, step: Step) -> None:
        party_of(step, self.party_id)
        if not self.papers:
            raise Invalid("papers", "选择送达的文书。")
        issue(step, SERVICE_RECEIPT)


class FollowUp(Form, kw_only=True):
    """What a party says some time after the agreement."""

    party_id: Annotated[uuid.UUID, fields.pick("被回访人", fields.from_facts("parties"))]
    way: Annotated[str, fields.pick("回访方式", ANSWER_WAYS)] = "phone"
    performance: Annotated[str, fields.long("履行情况", most=1000)] = ""
    satisfaction: Annotated[str, fields.radio("满意度", SATISFACTION)] = "not_said"
    opinion: Annotated[str, fields.long("意见和建议", most=1000)] = ""

    def apply(self, step: Step) -> None:
        party_of(step, self.party_id)
        if not self.performance.strip():
            raise Invalid("performance", "写明协议履行情况。")
        issue(step, FOLLOW_UP)


class Supplement(Form, kw_only=True):
    """What both sides change of a sealed agreement; the sealed paper itself is never touched (law.md §3.6)."""

    changes: Annotated[list[str], fields.lines("变更或者补正的内容")] = []

    def apply(self, step: Step) -> None:
        if not any(line.strip() for line in self.changes):
            raise Invalid("changes", "写明变更或者补正的内容。")
        issue(step, SUPPLEMENTARY_AGREEMENT)


def party_of(step: Step, party_id: uuid.UUID) -> CaseParty:
    party = next((p for p in parties_of(step, case_of(step)) if p.id == party_id), None)
    if party is None:
        raise Invalid("party_id", "选择本案当事人。")
    return party


def in_effect(facts: Facts) -> bool:
    return facts.effective_on is not None


def something_made(facts: Facts) -> bool:
    return any(record.number and record.alive for record in facts.records)


PAPERS = (
    Act(
        "authorise",
        "出具授权委托书",
        Authorise,
        by=(INTAKE, MEDIATOR, ORG_HEAD),
        law=LDMA[24].by_analogy(),
        icon="user-check",
        hint="登记委托代理人，生成授权委托书交委托人签名。",
    ),
    Act(
        "make_receipt",
        "出具送达回证",
        MakeReceipt,
        by=(INTAKE, MEDIATOR, ORG_HEAD),
        law=ARB_RULES[20].by_analogy(),
        icon="mail-check",
        when=something_made,
    ),
    Act(
        "follow_up",
        "登记回访",
        FollowUp,
        by=(INTAKE, MEDIATOR, ORG_HEAD),
        law=CONSULT[32],
        icon="phone",
        hint="回访后生成回访记录，由调解员签名。",
        when=in_effect,
    ),
    Act(
        "supplement",
        "出具补充协议",
        Supplement,
        by=(MEDIATOR, ORG_HEAD),
        law=CONSULT[26],
        icon="file-plus",
        hint="已用印的协议不改动；补充协议取得新的文号，由双方和调解员签名并用印。",
        when=in_effect,
    ),
)
