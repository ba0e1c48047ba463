"""What the parties are told before a promise of the agreement falls due, and once it is overdue."""

import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.mediation.presenting import described, parties_of
from casework.mediation.tables import CaseParty, Payment, SettlementTerm
from web.filters import cn_date, money
from workflows.module import Reminder
from workflows.tables import Subject, Timer

INSTALMENT = "performance_due"


def reminders(session: Session, root: Subject, timer: Timer, overdue: bool) -> Iterator[Reminder]:
    """To who owes the instalment and to whom it is owed; of represented workers only the one it belongs to."""
    term = session.get(SettlementTerm, uuid.UUID(timer.item)) if timer.deadline == INSTALMENT else None
    if term is None or term.due_on is None or term.superseded_on is not None:
        return
    promise, day = _promise(session, term), cn_date(term.due_on)
    parties = parties_of(session, root.id)
    owing = _owing_side(term, parties)
    for party in parties:
        if party.side == owing:
            yield Reminder(described(party), (LATE if overdue else DUE).format(promise=promise, day=day))
        elif _is_owed(party, term):
            yield Reminder(described(party), (NOT_RECEIVED if overdue else COMING).format(promise=promise, day=day))


DUE = "请于{day}前履行调解协议{promise}。"
COMING = "对方应于{day}前履行调解协议{promise}，收到后请告知调解员。"
LATE = "调解协议{promise}已于{day}到期，尚未登记履行，请立即履行并告知调解员。"
NOT_RECEIVED = "对方应于{day}前履行的调解协议{promise}尚未登记履行；没有收到的请告知调解员，也可以依法申请救济。"


def _promise(session: Session, term: SettlementTerm) -> str:
    which = f"第{term.number}项第{term.instalment}期"
    if term.amount is None:
        return f"{which}（{term.title[:60]}）"
    paid = session.scalar(select(func.sum(Payment.amount)).where(Payment.term_id == term.id)) or 0
    return f"{which}{money(term.amount - int(paid))}元"


def _owing_side(term: SettlementTerm, parties: Sequence[CaseParty]) -> str:
    """The respondents, unless one of them is who gets the money."""
    paid_to = {party.side for party in parties if party.name == term.payee.strip()}
    return "applicant" if paid_to == {"respondent"} else "respondent"


def _is_owed(party: CaseParty, term: SettlementTerm) -> bool:
    return party.side != "third" and (party.side == "respondent" or term.party_id in (None, party.id))
