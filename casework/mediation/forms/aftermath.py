"""What is asked and written on the side tracks: payments, review and confirmation, remedies."""

import uuid
from datetime import date
from typing import Annotated, Any

from sqlalchemy import func, select

from casework.mediation.facts import newly_overdue
from casework.mediation.forms import fields
from casework.mediation.forms.talks import TermIn, replace_terms
from casework.mediation.kinds import REVIEW_NOT_ACCEPTED, REVIEW_REFUSED
from casework.mediation.loading import standing_terms
from casework.mediation.tables import ConfirmationAct, Payment, RemedyAct, SettlementTerm
from workflows.errors import Invalid
from workflows.form import Form, Step
from workflows.tables import Subject


class Begin(Form, kw_only=True):
    """The promises begin to run."""


class RecordPayment(Form, kw_only=True):
    """Money that came, with its proof."""

    term_id: Annotated[uuid.UUID | None, fields.pick("条款或者分期", fields.from_facts("open_terms"))] = None
    amount: Annotated[int | None, fields.money("金额")] = None
    proof: Annotated[str, fields.text("凭证", "例如：银行回单编号", 300)] = ""
    evidence_id: Annotated[uuid.UUID | None, fields.pick("凭证文件", fields.from_facts("evidence"))] = None

    @classmethod
    def known(cls, facts: Any) -> dict[str, Any]:
        """What is due first is paid first, unless somebody says otherwise."""
        return {"term_id": next(iter(facts.choices("open_terms")), None)}

    def apply(self, step: Step) -> None:
        pay(step, self.term_id, self.amount, self.proof, self.evidence_id)


def pay(step: Step, term_id: uuid.UUID | None, amount: int | None, proof: str, evidence_id: uuid.UUID | None) -> None:
    """A sum on a promise of money, or the doing of another promise; never more than is still owed."""
    term = step.session.get(SettlementTerm, term_id) if term_id else None
    if term is None or term.case_id != step.root_id or term.superseded_on is not None:
        raise Invalid("term_id", "选择本案协议中的条款。")
    if term.amount is None:
        term.done_on = step.occurred_on
        return
    paid = step.session.scalar(select(func.sum(Payment.amount)).where(Payment.term_id == term.id)) or 0
    if not amount or amount <= 0:
        raise Invalid("amount", "填写金额。")
    if paid + amount > term.amount:
        raise Invalid("amount", f"超过本期尚欠的{(term.amount - paid) / 100:.2f}元，核对后改正。")
    step.session.add(
        Payment(
            case_id=step.root_id,
            term_id=term.id,
            amount=amount,
            paid_on=step.occurred_on,
            proof=proof.strip(),
            evidence_id=evidence_id,
            recorded_at=step.at,
            by_id=step.actor.id,
        )
    )
    step.session.flush()


class Complete(Form, kw_only=True):
    """The last payment, if it is not recorded yet, and the promises that are not money."""

    term_id: Annotated[uuid.UUID | None, fields.pick("最后一笔所属的条款", fields.from_facts("open_terms"))] = None
    amount: Annotated[int | None, fields.money("金额")] = None
    proof: Annotated[str, fields.text("凭证", most=300)] = ""
    others_done: Annotated[bool, fields.tick("非金钱条款均已履行")] = True

    def apply(self, step: Step) -> None:
        if self.term_id is not None:
            if not self.proof.strip():
                raise Invalid("proof", "填写付款凭证。")
            pay(step, self.term_id, self.amount, self.proof, None)
        if self.others_done:
            open_promises = select(SettlementTerm).where(
                SettlementTerm.case_id == step.root_id,
                SettlementTerm.amount.is_(None),
                SettlementTerm.done_on.is_(None),
                SettlementTerm.superseded_on.is_(None),
            )
            for term in step.session.scalars(open_promises):
                term.done_on = step.occurred_on


class Postpone(Form, kw_only=True):
    """A new date for a promise, agreed by both."""

    term_id: Annotated[uuid.UUID | None, fields.pick("条款或者分期", fields.from_facts("open_terms"))] = None
    due_on: Annotated[date | None, fields.day("新的履行期限")] = None
    agreed_by_applicant: Annotated[bool, fields.tick("申请人已书面同意")] = False
    agreed_by_respondent: Annotated[bool, fields.tick("被申请人已书面同意")] = False
    represented_agree: Annotated[bool, fields.tick("集体争议：被代表的职工已书面同意")] = False

    def apply(self, step: Step) -> None:
        term = step.session.get(SettlementTerm, self.term_id) if self.term_id else None
        if term is None or term.case_id != step.root_id or term.superseded_on is not None:
            raise Invalid("term_id", "选择本案协议中的条款。")
        if self.due_on is None:
            raise Invalid("due_on", "填写新的履行期限。")
        if self.due_on < step.occurred_on:
            raise Invalid("due_on", f"新的履行期限早于变更之日 {step.occurred_on:%Y-%m-%d}，改为今后的日期。")
        term.due_on, term.defaulted_on = self.due_on, None


class Default(Form, kw_only=True):
    """What the mediator found when asking after the payment, and of which promises; from then on it names those."""

    terms: Annotated[
        list[uuid.UUID],
        fields.several("逾期的条款", fields.from_facts("overdue_terms"), "不选为全部已过期限而未履行的条款"),
    ] = []
    explanation: Annotated[str, fields.long("核实情况", most=1000)] = ""

    def apply(self, step: Step) -> None:
        overdue = [term.id for term in newly_overdue(standing_terms(step.session, step.root_id), step.occurred_on)]
        self.terms = [term_id for term_id in overdue if not self.terms or term_id in self.terms]
        for term_id in self.terms:
            step.session.get_one(SettlementTerm, term_id).defaulted_on = step.occurred_on


class Offer(Form, kw_only=True):
    """Both ways are open."""


class JointApplication(Form, kw_only=True):
    """A joint application with the body it goes to."""

    by_applicant: Annotated[bool, fields.tick("申请人提出")] = False
    by_respondent: Annotated[bool, fields.tick("被申请人提出")] = False
    body: Annotated[str, fields.text("受理机关")] = ""
    number: Annotated[str, fields.text("文号", most=80)] = ""


class ApplyArbReview(JointApplication, kw_only=True):
    """仲裁审查."""

    def apply(self, step: Step) -> None:
        act = confirmation_act(step)
        act.commission, act.arb_applied_on, act.arb_number = self.body.strip(), step.occurred_on, self.number


class ApplyCourtConfirmation(JointApplication, kw_only=True):
    """司法确认."""

    def apply(self, step: Step) -> None:
        act = confirmation_act(step)
        act.court, act.court_applied_on, act.court_number = self.body.strip(), step.occurred_on, self.number


class ArbAccept(Form, kw_only=True):
    """The commission took the application up."""

    number: Annotated[str, fields.text("受理通知书文号", most=80)] = ""

    def apply(self, step: Step) -> None:
        act = confirmation_act(step)
        act.arb_accepted_on, act.arb_number = step.occurred_on, self.number or act.arb_number


class Ruling(Form, kw_only=True):
    """What the court decided, and why."""

    reason: Annotated[str, fields.long("理由", most=500)] = ""
    number: Annotated[str, fields.text("文号", most=80)] = ""

    def apply(self, step: Step) -> None:
        act = confirmation_act(step)
        act.reason = self.reason.strip() or act.reason
        act.court_decided_on, act.court_number = step.occurred_on, self.number or act.court_number


class ArbNotAccept(Form, kw_only=True):
    """Which of the cases of 办案规则75(2) the commission named."""

    ground: Annotated[str, fields.radio("不予受理的情形", REVIEW_NOT_ACCEPTED)] = ""
    reason: Annotated[str, fields.long("通知书所写理由", most=500)] = ""
    number: Annotated[str, fields.text("文号", most=80)] = ""

    def apply(self, step: Step) -> None:
        decide_review(step, self.number, self.ground, self.reason)


class ArbRefuseLetter(Form, kw_only=True):
    """Which of the cases of 办案规则78 the commission named."""

    ground: Annotated[str, fields.radio("不予制作调解书的情形", REVIEW_REFUSED)] = ""
    reason: Annotated[str, fields.long("通知所写理由", most=500)] = ""
    number: Annotated[str, fields.text("文号", most=80)] = ""

    def apply(self, step: Step) -> None:
        decide_review(step, self.number, self.ground, self.reason)


class ArbLetter(Form, kw_only=True):
    """The letter went out; whether it says what the agreement says was looked at."""

    number: Annotated[str, fields.text("文号", most=80)] = ""
    content_equals: Annotated[
        str, fields.radio("调解书内容与调解协议是否一致", {"yes": "核对一致", "no": "不一致"})
    ] = ""

    def apply(self, step: Step) -> None:
        decide_review(step, self.number)


def decide_review(step: Step, number: str, ground: str = "", reason: str = "") -> None:
    act = confirmation_act(step)
    act.arb_decided_on, act.arb_number = step.occurred_on, number or act.arb_number
    act.ground, act.reason = ground, reason.strip()


class ArbLetterTakesEffect(Form, kw_only=True):
    """When each side signed for the letter."""

    signed_by_applicant_on: Annotated[date | None, fields.past_day("申请人签收之日")] = None
    signed_by_respondent_on: Annotated[date | None, fields.past_day("被申请人签收之日")] = None

    def apply(self, step: Step) -> None:
        act = confirmation_act(step)
        for name in ("signed_by_applicant_on", "signed_by_respondent_on"):
            on = getattr(self, name)
            if on is not None and on > step.today:
                raise Invalid(name, f"日期 {on:%Y-%m-%d} 在今天之后，改为实际签收的日期。")
            if on is not None and act.arb_decided_on is not None and on < act.arb_decided_on:
                raise Invalid(name, f"签收之日早于调解书出具之日 {act.arb_decided_on:%Y-%m-%d}，核对后改正。")
        act.letter_to_applicant_on = self.signed_by_applicant_on
        act.letter_to_respondent_on = self.signed_by_respondent_on


class ExtendArbReview(Form, kw_only=True):
    """Five working days more, with approval."""

    extension_days: Annotated[int, fields.number("延长工作日", least=1, most=5)] = 5
    approved_by: Annotated[str, fields.text("批准人", most=100)] = ""


class WithdrawArbReview(Form, kw_only=True):
    """Who took the application back."""

    by: Annotated[
        str, fields.radio("撤回的一方", {"applicant": "申请人", "respondent": "被申请人", "both": "双方"})
    ] = "both"
    reason: Annotated[str, fields.text("原因", most=300)] = ""

    def apply(self, step: Step) -> None:
        act = confirmation_act(step)
        act.arb_applied_on = act.arb_accepted_on = act.arb_decided_on = None


def confirmation_act(step: Step) -> ConfirmationAct:
    act = step.session.get(ConfirmationAct, step.subject_id)
    if act is None:
        act = ConfirmationAct(track_id=step.subject_id, case_id=step.root_id)
        step.session.add(act)
    return act


class Amend(Form, kw_only=True):
    """What both sides changed of the agreement after the court had dismissed its confirmation."""

    changes: Annotated[list[str], fields.lines("变更的内容", "写入补充协议，每行一项")] = []
    terms: Annotated[
        list[TermIn],
        fields.rows(
            "变更后的全部条款",
            "条款有变更的，写全变更后的条款；没有变更的空着。已经付过款的，只写尚未履行的部分，已付的金额保留",
        ),
    ] = []
    agreed_by_applicant: Annotated[bool, fields.tick("申请人已书面同意")] = False
    agreed_by_respondent: Annotated[bool, fields.tick("被申请人已书面同意")] = False
    warning_reason: Annotated[str, fields.long("对提示事项的说明", "有提示时填写，至少五个字", 500)] = ""

    represented_agree: Annotated[bool, fields.tick("集体争议：被代表的职工已书面同意")] = False

    def apply(self, step: Step) -> None:
        if self.terms:
            self._refuse_once_performed(step)
            replace_terms(step, self.terms)
        confirmation_act(step).amended_on = step.occurred_on

    def _refuse_once_performed(self, step: Step) -> None:
        """Nobody watches over promises that are made after the performance was closed."""
        state = select(Subject.state).where(Subject.root_id == step.root_id, Subject.workflow == PERFORMANCE)
        if step.session.scalar(state) == "performed":
            raise Invalid("terms", "协议已经登记履行完毕，不能再写条款，清空这一栏；变更写入“变更的内容”。")


PERFORMANCE = "mediation.performance"


class LapseWindow(Form, kw_only=True):
    """Nobody applied in time."""


class Inform(Form, kw_only=True):
    """The parties were told what they can do."""


class Filing(Form, kw_only=True):
    """To which body, when, under which number."""

    body: Annotated[str, fields.text("受理机关")] = ""
    number: Annotated[str, fields.text("文号", most=80)] = ""
    accepted_on: Annotated[date | None, fields.past_day("受理日期")] = None

    def apply(self, step: Step) -> None:
        act = remedy_act(step)
        act.body, act.number = self.body.strip() or act.body, self.number or act.number
        act.filed_on, act.accepted_on = step.occurred_on, self.accepted_on


class ApplyPaymentOrder(Filing, kw_only=True):
    """支付令."""

    can_be_served: Annotated[bool, fields.tick("支付令能够送达债务人")] = False
    no_counter_obligation: Annotated[bool, fields.tick("没有对待给付义务")] = False
    warning_reason: Annotated[str, fields.long("法律顾问确认的意见", "区总工会调解组织须填写，至少五个字", 500)] = ""

    def apply(self, step: Step) -> None:
        super().apply(step)
        remedy_act(step).warning_reason = self.warning_reason.strip()


class SueWages(Filing, kw_only=True):
    """直接起诉, only about wages."""

    warning_reason: Annotated[str, fields.long("法律顾问确认的意见", "区总工会调解组织须填写，至少五个字", 500)] = ""

    def apply(self, step: Step) -> None:
        super().apply(step)
        remedy_act(step).warning_reason = self.warning_reason.strip()


class IssuePaymentOrder(Form, kw_only=True):
    """The order went out."""

    number: Annotated[str, fields.text("支付令文号", most=80)] = ""
    served_on: Annotated[date | None, fields.past_day("送达债务人之日")] = None

    def apply(self, step: Step) -> None:
        act = remedy_act(step)
        act.issued_on, act.served_on, act.number = step.occurred_on, self.served_on, self.number or act.number


class ServePaymentOrder(Form, kw_only=True):
    """When the debtor got the order."""

    served_on: Annotated[date | None, fields.past_day("送达债务人之日")] = None

    def apply(self, step: Step) -> None:
        if self.served_on is not None and self.served_on > step.today:
            raise Invalid("served_on", f"日期 {self.served_on:%Y-%m-%d} 在今天之后，改为实际送达的日期。")
        remedy_act(step).served_on = self.served_on


class PaymentOrderEnded(Form, kw_only=True):
    """Why the order fell."""

    reason: Annotated[str, fields.long("终结原因", "异议成立，或者三十日未能送达", 500)] = ""

    def apply(self, step: Step) -> None:
        act = remedy_act(step)
        act.ended_on, act.result = step.occurred_on, self.reason.strip()


class Conclude(Form, kw_only=True):
    """How it came out."""

    result: Annotated[str, fields.long("结果", most=500)] = ""

    def apply(self, step: Step) -> None:
        act = remedy_act(step)
        act.ended_on, act.result = step.occurred_on, self.result.strip()


def remedy_act(step: Step) -> RemedyAct:
    act = step.session.get(RemedyAct, step.subject_id)
    if act is None:
        act = RemedyAct(track_id=step.subject_id, case_id=step.root_id)
        step.session.add(act)
    return act


FORMS: dict[str, type[Form]] = {
    "begin": Begin,
    "record_part": RecordPayment,
    "pay_late": RecordPayment,
    "complete": Complete,
    "cure": Complete,
    "postpone": Postpone,
    "default": Default,
    "offer": Offer,
    "apply_arb_review": ApplyArbReview,
    "arb_accept": ArbAccept,
    "arb_not_accept": ArbNotAccept,
    "extend_arb_review": ExtendArbReview,
    "arb_letter": ArbLetter,
    "arb_letter_takes_effect": ArbLetterTakesEffect,
    "arb_refuse_letter": ArbRefuseLetter,
    "withdraw_arb_review": WithdrawArbReview,
    "apply_court_confirmation": ApplyCourtConfirmation,
    "court_confirm": Ruling,
    "court_dismiss": Ruling,
    "amend": Amend,
    "lapse_window": LapseWindow,
    "inform": Inform,
    "apply_arbitration": Filing,
    "apply_payment_order": ApplyPaymentOrder,
    "issue_payment_order": IssuePaymentOrder,
    "serve_payment_order": ServePaymentOrder,
    "payment_order_ended": PaymentOrderEnded,
    "sue_on_agreement": Filing,
    "sue_after_dismissal": Filing,
    "sue_wages": SueWages,
    "enforce": Filing,
    "conclude": Conclude,
}
