"""The yearly indicators of mediation (law.md §3.8), each with its numerator, denominator, counting date and source.

An amount is in the unit of the figure: 分 for money, days for durations, persons.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from casework.mediation.kinds import SOURCES
from casework.mediation.policy import rule
from casework.mediation.settings import settings_on
from casework.mediation.tables import (
    CaseParty,
    ConfirmationAct,
    MediationCase,
    Payment,
    Referral,
    SettlementTerm,
)
from union.law import BJ_NINE, SIX_PARTY
from workflows.law import Citation
from workflows.module import Counted, Each, Figure
from workflows.tables import Timer

Period = tuple[date, date]
Ids = list[uuid.UUID]
Organisations = Sequence[uuid.UUID] | Select[Any] | None
PUBLISHED = (Citation(SIX_PARTY, mark=SIX_PARTY.mark), rule("mediation.settled_privately_is_success").law)


# --- which cases -------------------------------------------------------------------------


def accepted(session: Session, period: Period, organisations: Organisations) -> Ids:
    return _ids(session, organisations, MediationCase.accepted_on.between(*period))


def closed(session: Session, period: Period, organisations: Organisations) -> Ids:
    """Accepted and closed in the period, on the first closing date; a case joined to another is not counted apart."""
    return _ids(session, organisations, *_closed(period))


def successful(session: Session, period: Period, organisations: Organisations) -> Ids:
    """Settled; and withdrawn after a private settlement, as long as the statistics office counts it so (9-11)."""
    privately = settings_on(session, period[1])["mediation.settled_privately_is_success"]
    won: ColumnElement[bool] = MediationCase.outcome == "settled"
    return _ids(session, organisations, *_closed(period), or_(won, _private()) if privately else won)


def _private() -> ColumnElement[bool]:
    return and_(MediationCase.outcome == "withdrawn", MediationCase.end_reason == "settled_privately")


def _closed(period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        MediationCase.accepted_on.is_not(None),
        MediationCase.outcome != "",
        MediationCase.joined_into_id.is_(None),
        MediationCase.closed_on.between(*period),
    )


def _ids(session: Session, organisations: Organisations, *conditions: ColumnElement[bool]) -> Ids:
    return list(session.scalars(_cases(organisations, *conditions).order_by(MediationCase.id)))


def _cases(organisations: Organisations, *conditions: ColumnElement[bool]) -> Select[Any]:
    query = select(MediationCase.id).where(*conditions)
    return query if organisations is None else query.where(MediationCase.organisation_id.in_(organisations))


# --- the figures -------------------------------------------------------------------------


def count_accepted(session: Session, period: Period, organisations: Organisations) -> Counted:
    return Counted(accepted(session, period, organisations))


def count_closed(session: Session, period: Period, organisations: Organisations) -> Counted:
    return Counted(closed(session, period, organisations))


def count_successful(session: Session, period: Period, organisations: Organisations) -> Counted:
    return Counted(successful(session, period, organisations))


def success_rate(session: Session, period: Period, organisations: Organisations) -> Counted:
    """调解成功率 = 调解成功件数 ÷ 已结案件数."""
    return Counted(successful(session, period, organisations), closed(session, period, organisations))


def settled_privately(session: Session, period: Period, organisations: Organisations) -> Counted:
    return Counted(_ids(session, organisations, *_closed(period), _private()))


def private_amount(session: Session, period: Period, organisations: Organisations) -> Counted:
    found = _ids(session, organisations, *_closed(period), _private())
    amount = session.scalar(select(func.sum(MediationCase.private_amount)).where(MediationCase.id.in_(found)))
    return Counted(found, amount=int(amount or 0))


def private_of_each(session: Session, cases: Ids, period: Period) -> Mapping[uuid.UUID, int]:
    return _of_each(session, select(MediationCase.id, MediationCase.private_amount).where(MediationCase.id.in_(cases)))


def agreed_amount(session: Session, period: Period, organisations: Organisations) -> Counted:
    found = _ids(session, organisations, *_closed(period), MediationCase.outcome == "settled")
    return Counted(found, amount=_promised(session, found))


def agreed_of_each(session: Session, cases: Ids, period: Period) -> Mapping[uuid.UUID, int]:
    promised = select(SettlementTerm.case_id, func.sum(SettlementTerm.amount)).where(*_standing(cases))
    return _of_each(session, promised.group_by(SettlementTerm.case_id))


def performed_amount(session: Session, period: Period, organisations: Organisations) -> Counted:
    """Money paid in the period, whenever its agreement was made."""
    ids = _cases(organisations)
    paid = select(Payment.case_id, Payment.amount).where(Payment.paid_on.between(*period), Payment.case_id.in_(ids))
    rows = session.execute(paid).all()
    return Counted(sorted({row.case_id for row in rows}, key=str), amount=sum(row.amount for row in rows))


def performed_of_each(session: Session, cases: Ids, period: Period) -> Mapping[uuid.UUID, int]:
    paid = select(Payment.case_id, func.sum(Payment.amount)).where(Payment.case_id.in_(cases))
    return _of_each(session, paid.where(Payment.paid_on.between(*period)).group_by(Payment.case_id))


def performance_rate(session: Session, period: Period, organisations: Organisations) -> Counted:
    """履行率 by amounts: of what agreements of the period promised and was due by its end, how much was paid."""
    due = _due_cases(session, period, organisations)
    promised = select(func.sum(SettlementTerm.amount)).where(*_standing(due), SettlementTerm.due_on <= period[1])
    paid = (
        select(Payment.case_id, Payment.amount)
        .join(SettlementTerm, SettlementTerm.id == Payment.term_id)
        .where(*_standing(due), SettlementTerm.due_on <= period[1], Payment.paid_on <= period[1])
    )
    rows = session.execute(paid).all()
    some = sorted({row.case_id for row in rows}, key=str)
    return Counted(some, due, sum(row.amount for row in rows), int(session.scalar(promised) or 0))


def _due_cases(session: Session, period: Period, organisations: Organisations) -> Ids:
    with_due = select(SettlementTerm.case_id).where(
        SettlementTerm.superseded_on.is_(None), SettlementTerm.amount.is_not(None), SettlementTerm.due_on <= period[1]
    )
    settled = MediationCase.outcome == "settled"
    return _ids(session, organisations, *_closed(period), settled, MediationCase.id.in_(with_due))


def _standing(cases: Sequence[uuid.UUID]) -> tuple[ColumnElement[bool], ...]:
    return SettlementTerm.case_id.in_(cases), SettlementTerm.superseded_on.is_(None)


def _promised(session: Session, cases: Sequence[uuid.UUID]) -> int:
    return int(session.scalar(select(func.sum(SettlementTerm.amount)).where(*_standing(cases))) or 0)


def workers(session: Session, period: Period, organisations: Organisations) -> Counted:
    """涉及职工人数: the workers of the cases accepted in the period."""
    found = accepted(session, period, organisations)
    people = select(func.count()).select_from(CaseParty).where(*_workers_of(found))
    return Counted(found, amount=int(session.scalar(people) or 0))


def workers_of_each(session: Session, cases: Ids, period: Period) -> Mapping[uuid.UUID, int]:
    people = select(CaseParty.case_id, func.count()).where(*_workers_of(cases))
    return _of_each(session, people.group_by(CaseParty.case_id))


def _workers_of(cases: Ids) -> tuple[ColumnElement[bool], ...]:
    return CaseParty.case_id.in_(cases), CaseParty.capacity == "worker", CaseParty.moved_to_id.is_(None)


def collective(session: Session, period: Period, organisations: Organisations) -> Counted:
    """十人以上集体争议: each one case, however many persons."""
    return Counted([case_id for case_id, _ in _of_many(session, period, organisations)])


def collective_workers(session: Session, period: Period, organisations: Organisations) -> Counted:
    rows = _of_many(session, period, organisations)
    return Counted([case_id for case_id, _ in rows], amount=sum(people for _, people in rows))


def _of_many(session: Session, period: Period, organisations: Organisations) -> Sequence[Any]:
    """(case, number of its workers) of the cases accepted in the period with ten workers or more and a common claim."""
    found = accepted(session, period, organisations)
    many = (
        select(CaseParty.case_id, func.count())
        .join(MediationCase, MediationCase.id == CaseParty.case_id)
        .where(MediationCase.collective_since.is_not(None))
        .where(*_workers_of(found))
        .group_by(CaseParty.case_id)
        .having(func.count() >= 10)
    )
    return session.execute(many).all()


def arbitration_reviews(session: Session, period: Period, organisations: Organisations) -> Counted:
    return _acts(session, organisations, ConfirmationAct.arb_applied_on.between(*period))


def court_confirmations(session: Session, period: Period, organisations: Organisations) -> Counted:
    return _acts(session, organisations, ConfirmationAct.court_applied_on.between(*period))


def _acts(session: Session, organisations: Organisations, when: ColumnElement[bool]) -> Counted:
    query = select(ConfirmationAct.case_id).where(
        when, ConfirmationAct.case_id.in_(_cases(organisations).correlate(None))
    )
    return Counted(sorted(set(session.scalars(query)), key=str))


def average_days(session: Session, period: Period, organisations: Organisations) -> Counted:
    """From receipt to the first closing date, in calendar days, rounded."""
    found = closed(session, period, organisations)
    days = days_of_each(session, found, period).values()
    return Counted(found, amount=round(sum(days) / len(days)) if days else None)


def days_of_each(session: Session, cases: Ids, period: Period) -> Mapping[uuid.UUID, int]:
    query = select(MediationCase.id, MediationCase.received_on, MediationCase.closed_on)
    rows = session.execute(query.where(MediationCase.id.in_(cases))).all()
    return {row.id: (row.closed_on - row.received_on).days for row in rows if row.received_on and row.closed_on}


def overdue(session: Session, period: Period, organisations: Organisations) -> Counted:
    """Cases in which one of our own terms ended without the act it asks for, as of the last day of the period."""
    late = (
        select(Timer.root_id)
        .where(Timer.deadline.in_(OUR_TERMS), Timer.effective_due.between(*period))
        .where(
            or_(Timer.ended_on > Timer.effective_due, and_(Timer.ended_on.is_(None), Timer.effective_due < period[1]))
        )
    )
    return Counted(_ids(session, organisations, MediationCase.id.in_(late)))


OUR_TERMS = ("decide_acceptance", "correction_term", "hand_over", "local_total")


def from_source(source: str) -> Callable[[Session, Period, Organisations], Counted]:
    def count(session: Session, period: Period, organisations: Organisations) -> Counted:
        from_there = MediationCase.source == source
        return Counted(_ids(session, organisations, MediationCase.accepted_on.between(*period), from_there))

    return count


def suggestions_answered(session: Session, period: Period, organisations: Organisations) -> Counted:
    """Referrals of the period that were reported back, of all that came."""
    came = select(Referral.case_id, Referral.reported_on).join(MediationCase, MediationCase.id == Referral.case_id)
    came = came.where(Referral.direction == "in", MediationCase.received_on.between(*period))
    rows = session.execute(came.where(Referral.case_id.in_(_cases(organisations).correlate(None)))).all()
    return Counted([r.case_id for r in rows if r.reported_on], [r.case_id for r in rows])


def _of_each(session: Session, query: Any) -> Mapping[uuid.UUID, int]:
    return {case_id: int(amount) for case_id, amount in session.execute(query) if amount is not None}


def _figure(
    identity: str,
    label: str,
    unit: str,
    definition: str,
    count: Any,
    law: Any = PUBLISHED,
    target: str = "",
    each: Each | None = None,
) -> Figure:
    return Figure(f"mediation.{identity}", label, unit, definition, count, law, target, each)


WORKERS = Each("职工人数", workers_of_each)

FIGURES: tuple[Figure, ...] = (
    _figure("accepted", "受理件数", "件", "受理日期在本期内的案件", count_accepted),
    _figure("closed", "已结案件数", "件", "已受理并在本期内第一次结案的案件，并案的不重复计", count_closed),
    _figure(
        "successful",
        "调解成功件数",
        "件",
        "本期结案中协议生效、当场履行，以及和解撤回的案件",
        count_successful,
        target="mediation.target_successful",
    ),
    _figure(
        "success_rate",
        "调解成功率",
        "%",
        "调解成功件数 ÷ 已结案件数",
        success_rate,
        (*PUBLISHED, Citation(BJ_NINE, mark=BJ_NINE.mark)),
        target="mediation.target_success_rate",
    ),
    _figure("settled_privately", "和解撤回件数", "件", "本期结案中因双方自行和解而撤回的案件", settled_privately),
    _figure(
        "private_amount",
        "和解金额",
        "分",
        "本期和解撤回案件的和解金额",
        private_amount,
        each=Each("和解金额（元）", private_of_each),
    ),
    _figure(
        "agreed_amount",
        "协议金额",
        "分",
        "本期调解成功案件的协议金额",
        agreed_amount,
        each=Each("协议金额（元）", agreed_of_each),
    ),
    _figure(
        "performed_amount",
        "履行金额",
        "分",
        "本期内实际支付的金额",
        performed_amount,
        each=Each("履行金额（元）", performed_of_each),
    ),
    _figure("performance_rate", "履行率", "%", "本期成功案件到期应付金额中已支付的比例", performance_rate),
    _figure("workers", "涉及职工人数", "人", "本期受理案件的职工人数", workers, each=WORKERS),
    _figure("collective", "十人以上集体争议", "件", "本期受理的十人以上案件，每案计一件", collective),
    _figure(
        "collective_workers",
        "十人以上集体争议人数",
        "人",
        "本期受理的十人以上案件的职工人数",
        collective_workers,
        each=WORKERS,
    ),
    _figure("arbitration_reviews", "仲裁审查件数", "件", "本期申请仲裁审查的案件", arbitration_reviews),
    _figure("court_confirmations", "司法确认件数", "件", "本期申请司法确认的案件", court_confirmations),
    _figure(
        "average_days",
        "平均办理天数",
        "日",
        "本期结案案件自收到申请到结案的平均天数",
        average_days,
        each=Each("办理天数", days_of_each),
    ),
    _figure("overdue", "逾期件数", "件", "本期内有本单位期限届满未办的案件", overdue),
    _figure("reported_back", "来函反馈率", "%", "本期收到的转办、委派、委托案件中已反馈的比例", suggestions_answered),
    *(
        _figure(f"source.{source}", f"来源：{label}", "件", f"本期受理、来源为{label}的案件", from_source(source))
        for source, label in SOURCES.items()
    ),
)
