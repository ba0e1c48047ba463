"""Whoever changes the history, even with every right on the database, leaves a trace that verify() finds."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from app.commands import journal as command
from tests.toy import GiveBack, Prolong
from tests.workflows.conftest import CLERK, HEAD
from workflows.journal import (
    CHAINED,
    ForgedCheckpoint,
    Head,
    chain_hash,
    checkpoint,
    erase,
    make_entry,
    open_payload,
    read_checkpoint,
    record,
    verify,
    write_checkpoint,
)
from workflows.tables import JOURNAL, PAYLOADS, SUBJECTS, TIMERS, JournalPayload, new_id


@pytest.fixture
def case(lend, act):
    """Five entries: lent, prolonged twice, called back, given back."""
    root = lend().subject_id
    act(root, "prolong", Prolong(extension_days=5))
    act(root, "prolong", Prolong(extension_days=3))
    act(root, "recall", by=HEAD)
    act(root, "give_back", GiveBack(damage="完好"))
    lend("音箱", key="another")
    return root


@pytest.fixture
def faults(sessions):
    def faults(**more):
        with sessions() as session:
            return {(fault.code, fault.seq) for fault in verify(session, **more)}

    return faults


@pytest.fixture
def entry(sessions, case):
    def entry(seq):
        with sessions() as session:
            return dict(session.execute(select(JOURNAL).where(of(case, seq))).one()._mapping)

    return entry


def of(root, seq, table=JOURNAL):
    return (table.c.root_id == root) & (table.c.seq == seq)


def place(root, seq, new):
    return update(JOURNAL).where(of(root, seq)).values(seq=new)


def cut_to(root, seq, state):
    """Remove what came after ``seq`` so well that the database agrees with itself."""
    return [
        delete(JOURNAL).where(JOURNAL.c.root_id == root, JOURNAL.c.seq > seq),
        delete(PAYLOADS).where(PAYLOADS.c.root_id == root, PAYLOADS.c.seq > seq),
        update(SUBJECTS).where(SUBJECTS.c.id == root).values(state=state, version=seq, closed_on=None),
    ]


def test_an_untouched_history_has_no_faults(case, faults):
    assert faults() == set()


@pytest.mark.parametrize(
    "change",
    [{"occurred_on": "2026-01-05"}, {"actor_id": new_id()}, {"trigger": "prolong"}, {"commitment": "0" * 64}],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_entry_is_found(case, unguarded, faults, change):
    if "occurred_on" in change:
        unguarded("UPDATE journal SET occurred_on = '2026-01-05' WHERE seq = 4 AND trigger = 'recall'")
    else:
        unguarded(update(JOURNAL).where(of(case, 4)).values(change))
    assert ("altered", 4) in faults()


def test_an_entry_altered_and_hashed_anew_breaks_the_chain_behind_it(case, unguarded, faults, entry):
    forged = {**entry(2), "actor_role": "org_head"}
    unguarded(update(JOURNAL).where(of(case, 2)).values(actor_role="org_head", hash=chain_hash(forged)))
    assert faults() == {("inserted", 3)}


def test_a_removed_entry_is_found(case, unguarded, faults):
    unguarded(delete(JOURNAL).where(of(case, 3)), delete(PAYLOADS).where(of(case, 3, PAYLOADS)))
    assert faults() == {("removed", 3)}


def test_a_removed_entry_is_found_even_when_the_others_close_up(case, unguarded, faults):
    unguarded(delete(JOURNAL).where(of(case, 3)), place(case, 4, 3), place(case, 5, 4))
    assert {("removed", 3), ("removed", 4)} <= faults()


def test_an_inserted_entry_is_found(case, unguarded, faults, entry):
    unguarded(place(case, 5, 6), place(case, 4, 5), place(case, 3, 4))
    before = entry(2)
    forged = make_entry(Head(2, before["hash"]), {}, **{k: before[k] for k in CHAINED if k not in ENGINE})
    sealed = forged.pop("sealed")
    unguarded(
        insert(JOURNAL).values(forged),
        "UPDATE journal_payloads SET seq = 6 WHERE seq = 5",
        insert(PAYLOADS).values(root_id=case, seq=5, sealed=sealed),
    )
    assert {("inserted", 4), ("inserted", 5), ("inserted", 6)} <= faults()


ENGINE = ("seq", "commitment", "previous")


def test_reordered_entries_are_found(case, unguarded, faults):
    unguarded(place(case, 2, 99), place(case, 3, 2), place(case, 99, 3))
    assert {("reordered", 2), ("reordered", 3)} <= faults()


def test_a_changed_payload_is_found(case, unguarded, faults):
    with_other = select(PAYLOADS.c.sealed).where(of(case, 2, PAYLOADS)).scalar_subquery()
    unguarded(update(PAYLOADS).where(of(case, 3, PAYLOADS)).values(sealed=with_other))
    assert faults() == {("payload", 3)}


def test_a_payload_sealed_anew_with_our_own_key_is_found(case, unguarded, faults, keyring):
    sealed = keyring.seal(b"x" * 16 + b"{}", "journal_payloads", str(case), "3")
    unguarded(update(PAYLOADS).where(of(case, 3, PAYLOADS)).values(sealed=sealed))
    assert faults() == {("payload", 3)}


def test_a_payload_destroyed_without_an_entry_is_found(case, unguarded, faults):
    unguarded(update(PAYLOADS).where(of(case, 3, PAYLOADS)).values(sealed=None))
    assert faults() == {("removed", 3)}


def test_a_tampered_state_is_found(case, unguarded, faults):
    unguarded(update(SUBJECTS).where(SUBJECTS.c.id == case).values(state="on_loan"))
    assert faults() == {("state", 5)}


def test_a_tampered_definition_version_is_found(case, unguarded, faults):
    unguarded(update(SUBJECTS).where(SUBJECTS.c.id == case).values(definition_version=2))
    assert faults() == {("state", 5)}


def test_a_subject_without_any_history_is_found(case, unguarded, faults):
    unguarded(*cut_to(case, 0, "on_loan"))
    assert faults() == {("state", 0)}


def test_truncation_is_found_with_the_checkpoint_and_not_without(case, unguarded, faults, sessions, clock):
    with sessions() as session:
        kept = checkpoint(session, clock.now)
    unguarded(*cut_to(case, 3, "on_loan"))
    assert faults() == set()  # the control: a chain alone cannot tell that it was once longer
    assert faults(checkpoint=kept) == {("truncated", 5)}


def test_a_tail_written_anew_is_found_with_the_checkpoint_and_not_without(
    case, unguarded, faults, sessions, clock, act, entry
):
    with sessions() as session:
        kept = checkpoint(session, clock.now)
    unguarded(*cut_to(case, 4, "recalled"), "DELETE FROM idempotency_keys")
    act(case, "give_back", GiveBack(damage="损坏"))
    assert faults() == set()
    assert faults(checkpoint=kept) == {("altered", 5)}


def test_what_was_added_after_the_checkpoint_is_no_fault(case, faults, sessions, clock, lend):
    with sessions() as session:
        kept = checkpoint(session, clock.now)
    lend("话筒", key="later")
    with sessions.begin() as session:
        record(session, case, "note", {"text": "补记"}, by=CLERK, at=clock.now)
    assert faults(checkpoint=kept) == set()


def test_a_checkpoint_is_read_back_and_a_forged_one_refused(case, sessions, clock, tmp_path):
    with sessions() as session:
        path = write_checkpoint(session, tmp_path / "checkpoints", clock.now)
    kept = read_checkpoint(path)
    assert kept["heads"][str(case)][0] == 5
    forged = json.loads(path.read_text())
    forged["heads"][str(case)][0] = 4
    for content in (json.dumps(forged), json.dumps({**forged, "signature": ""}), json.dumps([1]), "{}", "not json"):
        path.write_text(content)
        with pytest.raises(ForgedCheckpoint):
            read_checkpoint(path)


def test_an_erased_payload_is_gone_and_the_history_still_verifies(case, faults, sessions, clock):
    with sessions.begin() as session:
        assert open_payload(session.get_one(JournalPayload, (case, 2)))["extension_days"] == 5
        erase(session, case, 2, because="当事人要求删除", by=HEAD, at=clock.now)
    assert faults() == set()
    with sessions() as session:
        payload = session.get_one(JournalPayload, (case, 2))
        assert open_payload(payload) is None
        assert payload.erased_because == "当事人要求删除"
        last = session.execute(select(JOURNAL).where(of(case, 6))).one()
        assert (last.trigger, last.corrects, last.from_state) == ("payload_erased", 2, last.to_state)


def test_equal_forms_leave_different_commitments(case, entry, act, lend, sessions):
    twin = lend("投影仪", key="twin").subject_id
    with sessions() as session:
        theirs = session.execute(select(JOURNAL.c.commitment).where(of(twin, 1))).scalar_one()
    assert theirs != entry(1)["commitment"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor_role = 'x'",
        "DELETE FROM journal",
        "sqlite: INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 2",
        "sqlite: REPLACE INTO journal SELECT * FROM journal WHERE seq = 2",
        "sqlite: UPDATE OR REPLACE journal SET seq = 2 WHERE seq = 3",
        "postgresql: TRUNCATE journal",
        "postgresql: INSERT INTO journal SELECT * FROM journal WHERE seq = 2 "
        "ON CONFLICT (root_id, seq) DO UPDATE SET actor_role = 'x'",
    ],
)
def test_the_database_itself_forbids_changing_the_journal(case, database, faults, statement):
    dialect, _, rest = statement.rpartition(": ")
    if dialect in ("", database.dialect):
        with pytest.raises(DatabaseError, match="append-only"), database.engine.begin() as connection:
            connection.execute(text(rest))
    assert faults() == set()


def test_the_command_answers_by_its_exit_code(case, database, unguarded, sessions, clock, tmp_path, capsys):
    with sessions() as session:
        kept = write_checkpoint(session, tmp_path, clock.now)
    with sessions() as session:
        assert command.report(session, None, None) == 0
        assert command.report(session, case, kept) == 0
    assert "没有发现改动" in capsys.readouterr().out
    unguarded(*cut_to(case, 3, "on_loan"))
    with sessions() as session:
        assert command.report(session, None, None) == 0
        assert command.report(session, None, kept) == 1
    assert "检查点记有5条，现只有3条" in capsys.readouterr().out
    kept.write_text("{}")
    with sessions() as session:
        assert command.report(session, None, kept) == 2
        assert command.report(session, None, tmp_path / "nowhere.json") == 2
        assert command.report(session, new_id(), None) == 2


def test_an_hourly_checkpoint_is_named_by_its_hour_in_utc(case, sessions, clock, tmp_path):
    folder = tmp_path / "checkpoints"
    with sessions() as session:
        names = [write_checkpoint(session, folder, clock.now + timedelta(hours=n)).name for n in range(2)]
    assert names == ["checkpoint-20260302T020000Z.json", "checkpoint-20260302T030000Z.json"]
    assert sorted(file.name for file in folder.iterdir()) == names  # nothing half-written is left


def test_clocks_are_no_part_of_the_chain(case, unguarded, faults):
    """Alerts and sweeps touch timers all the time; what a timer was is told by the steps."""
    unguarded(update(TIMERS).values(alerted=[1]))
    assert faults() == set()
