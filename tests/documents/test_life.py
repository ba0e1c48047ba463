"""A record's life: frozen once, signed one by one, sealed, served, voided, replaced; every step in the journal."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from documents.correcting import Supersede
from documents.forms import ApproveSeal, End, Finalise, RefuseSignature, Seal, Serve, Sign
from documents.record import views
from documents.samples import SAMPLES
from documents.tables import Record, SealUse
from tests.documents.conftest import EMPLOYER, WORKER
from workflows import journal
from workflows.errors import Invalid, Refused
from workflows.tables import JournalEntry, OutboxMessage, Subject

BOTH = (str(WORKER.id), str(EMPLOYER.id))
REFUSAL = RefuseSignature(signer=BOTH[1], reason="看后离场，不愿签名", witness="社区工作人员甲")


def only(desk, kind=None):
    with desk.sessions() as session:
        return session.scalars(select(Record).order_by(Record.id.desc()).limit(1)).one()


def view(desk, record):
    with desk.sessions() as session:
        return next(v for v in views(session, record.root_id) if v.id == record.id)


@pytest.fixture
def agreement(desk):
    desk.act(matter := desk.begin(), "settle")
    record = only(desk)
    record.matter_id = matter
    return record


def signed(desk, agreement):
    desk.act(agreement.id, "finalise", Finalise())
    for key in (*BOTH, "mediator"):
        desk.act(agreement.id, "sign", Sign(signer=key))
    return only(desk)


def test_a_notice_is_numbered_and_frozen_at_once_and_waits_for_the_approval_of_its_seal(desk):
    desk.act(desk.begin(), "accept")
    record = only(desk)
    assert record.state == "awaiting_approval"
    assert record.number == "京朝工调受字〔2026〕第0001号"
    assert record.frozen["number"] == record.number
    assert record.frozen["data"]["accepted_on"] == "2026-11-05"
    assert len(record.verify_code) == 20


def test_its_content_is_unreadable_in_the_database(desk):
    desk.act(desk.begin(), "accept")
    assert "陈龑㛃".encode() not in only(desk).sealed_data


def test_a_draft_has_neither_number_nor_code_and_promises_no_file(desk, agreement):
    assert (agreement.state, agreement.number, agreement.verify_code) == ("draft", None, None)
    with desk.sessions() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_finalising_reads_the_content_anew(desk, agreement, monkeypatch):
    later = SAMPLES["agreement"] | {"release": "双方再无其他争议"}
    monkeypatch.setitem(SAMPLES, "agreement", later)
    desk.act(agreement.id, "finalise", Finalise())
    record = only(desk)
    assert record.state == "awaiting_signature"
    assert record.frozen["data"]["release"] == "双方再无其他争议"
    assert record.issued_on.isoformat() == "2026-11-20"


def test_an_agreement_passes_to_the_seal_only_when_everybody_has_signed(desk, agreement):
    desk.act(agreement.id, "finalise", Finalise())
    desk.act(agreement.id, "sign", Sign(signer=BOTH[0]))
    desk.act(agreement.id, "sign", Sign(signer="mediator"))
    assert only(desk).state == "awaiting_signature"
    desk.act(agreement.id, "sign", Sign(signer=BOTH[1], way="stamp"))
    assert only(desk).state == "awaiting_approval"
    assert view(desk, agreement).signed == {*BOTH, "mediator"}


def test_signatures_typed_in_any_order_are_all_there_since_the_day_of_the_last(desk, agreement):
    desk.act(agreement.id, "finalise", Finalise())
    signed_on = desk.clock.today
    desk.clock.move(days=5)
    desk.act(agreement.id, "sign", Sign(signer=BOTH[0], occurred_on=signed_on + timedelta(days=3)))
    desk.act(agreement.id, "sign", Sign(signer="mediator", occurred_on=signed_on + timedelta(days=1)))
    desk.act(agreement.id, "sign", Sign(signer=BOTH[1], occurred_on=signed_on + timedelta(days=1)))
    assert view(desk, agreement).signed_last_on == signed_on + timedelta(days=3)
    too_early = ApproveSeal(occurred_on=signed_on + timedelta(days=2))
    with pytest.raises(Invalid, match="早于上一步的日期"):
        desk.act(agreement.id, "approve_seal", too_early)
    desk.seal(agreement.id)
    assert view(desk, agreement).sealed_last_on == desk.clock.today


def test_nobody_signs_twice_and_no_stranger_signs(desk, agreement):
    desk.act(agreement.id, "finalise", Finalise())
    desk.act(agreement.id, "sign", Sign(signer=BOTH[0]))
    for key in (BOTH[0], "stranger"):
        with pytest.raises(Invalid):
            desk.act(agreement.id, "sign", Sign(signer=key))


def test_a_refusal_completes_the_minutes_but_never_an_agreement(desk, agreement):
    desk.act(agreement.matter_id, "meet")
    minutes = only(desk)
    desk.act(agreement.id, "finalise", Finalise())
    for record in (minutes, agreement):
        desk.act(record.id, "sign", Sign(signer=BOTH[0]))
        desk.act(record.id, "sign", Sign(signer="mediator"))
        desk.act(record.id, "refuse_signature", REFUSAL)
    with desk.sessions() as session:
        assert session.get(Record, minutes.id).state == "signed"
        assert session.get(Record, agreement.id).state == "awaiting_signature"


def test_sealing_is_registered_and_service_completes_with_the_last_addressee(desk, agreement):
    signed(desk, agreement)
    desk.seal(agreement.id)
    assert view(desk, agreement).sealed
    desk.act(agreement.id, "serve", Serve(addressee=BOTH[0]))
    assert only(desk).state == "sealed"
    desk.act(agreement.id, "serve", Serve(addressee=BOTH[1], way="post", receipt="EMS 1"))
    assert only(desk).state == "served"
    with pytest.raises(Invalid, match="已登记过"):
        desk.act(agreement.id, "serve", Serve(addressee=BOTH[1]))


def test_a_signer_who_is_missing_keeps_the_seal_away(desk, agreement):
    desk.act(agreement.id, "finalise", Finalise())
    desk.act(agreement.id, "sign", Sign(signer=BOTH[0]))
    with pytest.raises(Refused, match="不能办理“批准用印”"):
        desk.act(agreement.id, "approve_seal", ApproveSeal(), by=desk.head)
    assert only(desk).state == "awaiting_signature"


def test_a_number_that_is_asked_for_twice_is_given_once(desk, agreement):
    desk.act(agreement.id, "finalise", Finalise())
    first = only(desk).number
    with pytest.raises(Refused, match="不能办理“定稿”"):
        desk.act(agreement.id, "finalise", Finalise())
    assert only(desk).number == first == "京朝工调协字〔2026〕第0001号"


def test_a_field_of_thirty_pages_is_refused_with_its_limit_and_takes_no_number(desk, agreement, monkeypatch):
    monkeypatch.setitem(SAMPLES, "agreement", SAMPLES["agreement"] | {"facts": "字" * 20_001})
    with pytest.raises(Refused, match="单项内容超过 20000 字"):
        desk.act(agreement.id, "finalise", Finalise())
    assert (only(desk).state, only(desk).number) == ("draft", None)


def test_a_voided_record_keeps_its_number_and_the_next_gets_the_next(desk):
    matter = desk.begin()
    desk.act(matter, "accept")
    first = only(desk)
    desk.act(first.id, "void", End(reason="当事人姓名有误"))
    desk.act(matter, "accept")
    second = only(desk)
    with desk.sessions() as session:
        void = session.get(Record, first.id)
        assert (void.state, void.number, void.ended_because) == ("voided", first.number, "当事人姓名有误")
    assert second.number == "京朝工调受字〔2026〕第0002号"


@pytest.mark.parametrize("has_signed", [False, True])
def test_once_somebody_has_signed_only_the_head_voids(desk, agreement, has_signed):
    mediator = replace(desk.actor, roles=frozenset({"mediator"}))
    head = replace(desk.head, roles=frozenset({"org_head"}))
    desk.act(agreement.id, "finalise", Finalise())
    if has_signed:
        desk.act(agreement.id, "sign", Sign(signer=BOTH[0]))
        with pytest.raises(Refused, match="只能由负责人作废"):
            desk.act(agreement.id, "void", End(reason="写错了"), by=mediator)
        assert (only(desk).state, only(desk).ended_because) == ("awaiting_signature", "")
    desk.act(agreement.id, "void", End(reason="写错了"), by=head if has_signed else mediator)
    assert only(desk).state == "voided"


def test_a_sealed_record_is_replaced_never_voided(desk, agreement):
    signed(desk, agreement)
    desk.seal(agreement.id)
    with pytest.raises(Refused):
        desk.act(agreement.id, "void", End(reason="写错了"))
    desk.act(agreement.id, "supersede", Supersede(reason="姓名有误"))
    with desk.sessions() as session:
        assert session.get(Record, agreement.id).state == "superseded"


def test_a_new_draft_takes_the_place_of_the_old_one(desk, agreement):
    desk.act(agreement.matter_id, "settle")
    with desk.sessions() as session:
        assert session.get(Record, agreement.id).state == "superseded"
    assert only(desk).state == "draft"


def test_a_field_the_law_wants_cannot_be_empty(desk, agreement, monkeypatch):
    undated = [{"title": "经济补偿", "amount": 100}]
    monkeypatch.setitem(SAMPLES, "agreement", SAMPLES["agreement"] | {"terms": undated})
    with pytest.raises(Refused, match=r"履行期限.*第二十六条"):
        desk.act(agreement.id, "finalise", Finalise())
    assert only(desk).number is None


def test_a_record_without_a_series_bears_the_number_of_its_case(desk):
    matter = desk.begin()
    with desk.sessions.begin() as session:
        session.get(Subject, matter).number = "京朝工调字〔2026〕第0618号"
    desk.act(matter, "compute")
    desk.act(matter, "compute")
    record = only(desk)
    assert (record.number, record.state) == ("京朝工调字〔2026〕第0618号之2", "finalised")


def test_the_chain_of_the_matter_stays_whole(desk, agreement):
    signed(desk, agreement)
    desk.seal(agreement.id)
    with desk.sessions() as session:
        assert journal.verify(session, agreement.root_id) == []


# --- the seal


@pytest.fixture
def notice(desk):
    desk.act(desk.begin(), "accept")
    return only(desk)


def test_nobody_seals_what_nobody_approved(desk, notice):
    with pytest.raises(Refused, match="不能办理“用印”"):
        desk.act(notice.id, "seal", Seal())
    assert not view(desk, notice).sealed


def test_an_approval_says_how_many_copies_and_what_for(desk, notice):
    with pytest.raises(Refused, match="批准"):
        desk.act(notice.id, "approve_seal", by=desk.head)
    assert only(desk).state == "awaiting_approval"


def test_who_approved_does_not_seal(desk, notice):
    desk.act(notice.id, "approve_seal", ApproveSeal(), by=desk.head)
    with pytest.raises(Refused, match="不得为同一人"):
        desk.act(notice.id, "seal", Seal(), by=replace(desk.head, proved_at=desk.clock.now))
    desk.act(notice.id, "seal", Seal())
    assert view(desk, notice).sealed


def test_the_second_factor_holds_for_five_minutes(desk, notice):
    desk.act(notice.id, "approve_seal", ApproveSeal(), by=desk.head)
    at = desk.clock.now
    for proved_at in (None, at - timedelta(minutes=5, seconds=1), at + timedelta(seconds=1)):
        with pytest.raises(Refused, match="动态口令"):
            desk.act(notice.id, "seal", Seal(), by=replace(desk.actor, proved_at=proved_at))
    desk.act(notice.id, "seal", Seal(), by=replace(desk.actor, proved_at=at - timedelta(minutes=5)))
    assert view(desk, notice).sealed


def test_no_more_copies_are_sealed_than_were_approved(desk, notice):
    desk.act(notice.id, "approve_seal", ApproveSeal(copies=2), by=desk.head)
    with pytest.raises(Refused, match="份数"):
        desk.act(notice.id, "seal", Seal(copies=3))
    desk.act(notice.id, "seal", Seal(copies=2))


def test_the_register_of_seals_is_numbered_without_gaps_and_names_both(desk):
    matter = desk.begin()
    for attempt in range(3):
        desk.act(matter, "accept")
        record = only(desk)
        desk.act(record.id, "approve_seal", ApproveSeal(purpose="送达", copies=2), by=desk.head)
        if attempt == 1:
            with pytest.raises(Refused):
                desk.act(record.id, "seal", Seal(copies=9))
        desk.act(record.id, "seal", Seal(copies=2))
    with desk.sessions() as session:
        uses = session.scalars(select(SealUse).order_by(SealUse.serial)).all()
        entries = session.scalars(select(JournalEntry.trigger)).all()
    assert [use.serial for use in uses] == [1, 2, 3]
    assert {(use.purpose, use.copies, use.approved_by_name, use.sealed_by_name) for use in uses} == {
        ("送达", 2, "郑立", "周敏")
    }
    assert entries.count("seal") == entries.count("approve_seal") == 3
