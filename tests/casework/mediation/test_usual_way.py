"""A case from the application to the archive, moved by its steps alone."""

from datetime import date

import pytest
from sqlalchemy import func, select

from casework.mediation.forms import aftermath, endings
from casework.mediation.forms.talks import InstalmentIn, RecordMinutes, TermIn
from casework.mediation.tables import SettlementTerm
from tests.casework.mediation.world import oral
from workflows import journal
from workflows.errors import Refused
from workflows.tables import JournalEntry, OutboxMessage


def test_an_oral_application_goes_to_agreement_performance_and_archive(world):
    case = world.open("register_oral", oral())
    row = world.case(case)
    assert row.registration_number == row.number == "京朝工调登字〔2026〕第0001号"
    assert row.title == "王建国与北京远航物流有限公司"
    assert world.records(case) == ["oral_application", "materials_receipt"]
    world.settled(case=case)
    assert world.case(case).case_number == "京朝工调字〔2026〕第0001号"
    assert world.tracks(case) == {"performance": "pending", "confirmation": "none"}
    performance = world.track(case, "performance")
    term = world.read(select(SettlementTerm).where(SettlementTerm.case_id == case))[0]
    world.act(performance, "complete", aftermath.Complete(term_id=term.id, amount=600_000, proof="回单001"))
    assert world.state(performance) == "performed"
    with pytest.raises(Refused) as refused:
        world.act(case, "archive", endings.Archive(catalogue_complete=True, receipts_filed=True, pages=32), "archivist")
    assert "文书均已定稿、签名、用印" in str(refused.value)
    world.finish_papers(case)
    world.act(case, "archive", endings.Archive(catalogue_complete=True, receipts_filed=True, pages=32), "archivist")
    row = world.case(case)
    assert (row.state, row.outcome, row.retention_years) == ("archived", "settled", 10)
    assert row.closed_on == date(2026, 3, 2)


def test_every_step_is_in_a_chain_that_verifies(world):
    case = world.settled()
    with world.sessions() as session:
        assert journal.verify(session, case) == []
        steps = session.scalars(
            select(JournalEntry.trigger).where(JournalEntry.subject_id == case).order_by(JournalEntry.seq)
        )
        assert list(steps) == [
            "register",
            "seek_consent",
            "record_answer",
            "accept",
            "assign",
            "schedule_sitting",
            "start_session",
            "reach_agreement",
            "sign",
        ]


def test_each_instalment_has_its_own_clock_and_part_payments_count(world):
    parts = [
        InstalmentIn(amount=300_000, due_on=date(2026, 4, 10)),
        InstalmentIn(amount=300_000, due_on=date(2026, 5, 10)),
    ]
    term = TermIn(
        title="分两期支付工资",
        amount=600_000,
        way="transfer",
        account="6222020200012345678",
        payee="王建国",
        instalments=parts,
    )
    case = world.settled(terms=[term])
    performance = world.track(case, "performance")
    with world.sessions() as session:
        assert session.scalar(select(func.count()).select_from(SettlementTerm)) == 2
    rows = sorted(world.read(select(SettlementTerm).where(SettlementTerm.case_id == case)), key=lambda t: t.instalment)
    from workflows.tables import Timer

    running = select(Timer).where(Timer.subject_id == performance, Timer.status == "running")
    assert sorted(t.effective_due for t in world.read(running)) == [date(2026, 4, 10), date(2026, 5, 10)]
    world.set(2026, 4, 8)
    world.act(performance, "record_part", aftermath.RecordPayment(term_id=rows[0].id, amount=100_000, proof="回单1"))
    assert len(world.read(running)) == 2
    world.act(performance, "record_part", aftermath.RecordPayment(term_id=rows[0].id, amount=200_000, proof="回单2"))
    assert [t.item for t in world.read(running)] == [str(rows[1].id)]
    assert world.state(performance) == "partial"


def test_an_unpaid_instalment_asks_the_mediator_and_opens_the_remedies(world):
    case = world.settled()
    performance = world.track(case, "performance")
    world.sweep(date(2026, 5, 11))
    assert world.state(performance) == "pending"
    assert [t.kind for t in world.tasks(case)] == ["confirm_lapse"]
    world.set(2026, 5, 12)
    world.act(performance, "default", aftermath.Default(explanation="电话核实未付"))
    assert world.tracks(case)["performance"] == "defaulted"
    assert world.tracks(case)["remedy"] == "choosing"
    term = world.read(select(SettlementTerm).where(SettlementTerm.case_id == case))[0]
    world.act(performance, "cure", aftermath.Complete(term_id=term.id, amount=600_000, proof="回单9"))
    assert world.state(performance) == "performed"


def test_the_minutes_keep_what_was_said_without_prejudice_apart(world):
    case = world.talking()
    minutes = RecordMinutes(
        proceedings="双方陈述了意见。", without_prejudice="公司愿付五千", read_back=True, result="择日再开"
    )
    world.act(case, "record_minutes", minutes, "recorder")
    frozen = world.record(case, "session_minutes").frozen["data"]
    assert frozen["proceedings"] == "双方陈述了意见。"
    assert "公司愿付五千" not in str(frozen)
    assert world.record(case, "side_minutes").frozen["data"]["without_prejudice"] == "公司愿付五千"


def test_whoever_is_put_on_a_case_is_told_once(world):
    case = world.assigned()
    told = select(OutboxMessage).where(OutboxMessage.topic == "desk.notice", OutboxMessage.subject_id == case)
    texts = [row.body["text"] for row in world.read(told)]
    assert texts
    assert len(texts) == len({row.body["staff_id"] for row in world.read(told)})
    assert all("由你担任" in text for text in texts)
