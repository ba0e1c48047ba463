"""Parties hear by SMS before an instalment falls due and once it is overdue; the number itself goes only to the channel."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import select, text

from casework.desk import delivery, messages
from casework.desk.channels import Arrival, DemoChannel, Handed, Outgoing
from casework.desk.tables import Message
from casework.mediation.forms import aftermath, registration, talks
from casework.mediation.tables import SettlementTerm
from tests.casework.mediation.collective_case import confirm, drafted_collective
from tests.casework.mediation.test_exceptions import changed
from tests.casework.mediation.world import FIRM, PAYMENT, World, application
from workflows import outbox

NUMBER, MASKED = "13900139000", "139****9000"
SUED = application(respondents=[changed(FIRM, phone=NUMBER)])


class Line:
    """A channel that keeps what it was given."""

    name, reports = "sms", False

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, sms: Outgoing) -> Handed:
        self.sent.append((sms.number, sms.text))
        return Handed()

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival:
        return Arrival()

    def to(self, number: str) -> list[str]:
        """What reminds this number of money; what it is told of each step comes beside."""
        return [text for sent, text in self.sent if sent == number and "项第" in text]


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    delivery.use(line)
    yield line
    delivery.use(DemoChannel())


def swept(world: World, day: date) -> None:
    """The night's sweep, and the morning on which participants hear what came of it."""
    world.sweep(day)
    relay(world)
    world.on(day)
    relay(world)


def relay(world: World) -> None:
    while outbox.relay(world.sessions, dict(messages.TASKS), world.clock.now):
        pass


def test_an_instalment_is_announced_three_days_and_one_day_before_and_once_it_is_overdue(
    world: World, line: Line
) -> None:
    world.settled(SUED)
    relay(world)
    line.sent.clear()
    swept(world, date(2026, 5, 6))
    assert line.to(NUMBER) == []
    for day, sentence in (
        (date(2026, 5, 7), "请于5月10日前履行调解协议第1项第1期6,000.00元。"),
        (date(2026, 5, 9), "请于5月10日前履行调解协议第1项第1期6,000.00元。"),
        (date(2026, 5, 11), "调解协议第1项第1期6,000.00元已于5月10日到期，尚未登记履行，请立即履行"),
    ):
        swept(world, day)
        swept(world, day)
        assert [sentence in said for said in line.to(NUMBER)] == [True], day
        assert len(line.to("13800138000")) == 1, "who is to be paid hears of it too"
        line.sent.clear()


def test_what_was_paid_is_not_announced_and_a_part_lowers_the_sum(world: World, line: Line) -> None:
    case = world.settled(SUED, terms=(PAYMENT, changed(PAYMENT, title="第二笔", due_on=date(2026, 5, 12))))
    terms = world.read(select(SettlementTerm.id).order_by(SettlementTerm.number))
    track = world.track(case, "performance")
    world.set(2026, 5, 5)
    relay(world)
    for term, amount in ((terms[0], 600_000), (terms[1], 250_000)):
        world.act(track, "record_part", aftermath.RecordPayment(term_id=term, amount=amount, proof="回单"))
    line.sent.clear()
    swept(world, date(2026, 5, 9))
    assert len(line.to(NUMBER)) == 1
    assert "第2项第1期3,500.00元" in line.to(NUMBER)[0]


def test_of_represented_workers_each_hears_only_of_the_own_money(world: World, line: Line) -> None:
    case = drafted_collective(world)
    confirm(world, case)
    world.sign_paper(case)
    world.act(case, "sign", talks.Sign())
    relay(world)
    swept(world, date(2026, 5, 29))
    query = select(Message).where(Message.topic == "timers.alert", Message.party_id.is_not(None))
    told = [m.receiver_name for m in world.read(query)]
    assert sorted(set(told)) == sorted({p.name for p in world.parties(case)})
    assert all(told.count(p.name) == 1 for p in world.parties(case) if p.side == "applicant")


def test_the_channel_gets_the_number_and_nothing_else_does(world: World, line: Line) -> None:
    case = world.accepted(SUED)
    relay(world)
    assert {number for number, _ in line.sent} == {"13800138000", NUMBER}
    with world.sessions() as session:
        kept = session.scalars(select(Message).where(Message.subject_id == case, Message.party_id.is_not(None))).all()
        assert {m.address for m in kept} == {"138****8000", MASKED}
        for table in ("messages", "outbox"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows
            assert NUMBER not in repr(rows), table


def test_the_clock_of_each_worker_names_the_worker(world: World, line: Line) -> None:
    people = [
        registration.PartyIn(name=name, id_number=number, left_on=date(2026, 1, 31))
        for name, number in (("甲一", "110105199003071327"), ("乙二", "110105199102152034"))
    ]
    claims = [
        registration.ClaimIn(kind="wages", title="支付工资", amount=1, worker=i, employment_ended_on=date(2026, 1, 31))
        for i in range(2)
    ]
    world.open(form=application(applicants=people, claims=claims))
    relay(world)
    swept(world, date(2027, 1, 25))
    said = world.read(select(Message.text).where(Message.staff_id.is_not(None), Message.text.contains("仲裁时效")))
    assert {name for name in ("甲一", "乙二") for words in said if name in words} == {"甲一", "乙二"}
