"""A record is genuine, altered or unknown; who holds the code learns what it is, and no party's name."""

import hashlib
import io
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
import time_machine
from sqlalchemy import select

from app.cli import main
from documents import house, verify
from documents.forms import End
from documents.printing import draft_pdf, pdf_of, render_record
from documents.samples import SAMPLES
from documents.sealing import seal_record
from documents.signatures import Signature, found_in
from documents.tables import Record
from documents.verify import Verdict, examine, lookup
from tests.documents import page
from tests.documents.test_seal import TAMPERINGS, overlay
from workflows import journal
from workflows.tables import JournalEntry, JournalPayload, OutboxMessage


@pytest.fixture
def printed(desk, kept, fonts):
    """A notice, issued and printed by the relay."""
    desk.act(desk.begin(), "accept")
    assert desk.relay() == 1
    with desk.sessions() as session:
        record = session.scalars(select(Record)).one()
    return record, kept.get(record.pdf_sha256)


def examined(desk, content):
    with desk.sessions() as session:
        return examine(session, content)


def rewritten(pdf, change):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def strip_data(document):
    del document.Root.Names
    del document.Root.AF
    document.Root.Metadata = document.make_stream(b"<x/>")
    del document.docinfo


def test_the_relay_prints_what_was_promised(desk, printed):
    record, pdf = printed
    said = page.text(pdf)
    assert record.number in said
    assert "样本" in said
    assert record.data_sha256 in said
    with desk.sessions() as session:
        assert session.scalars(select(OutboxMessage.status)).all() == ["done"]
        assert "record_rendered" in session.scalars(select(JournalEntry.trigger)).all()
        assert journal.verify(session, record.root_id) == []
        assert pdf_of(session.get(Record, record.id)) == pdf


def test_printing_twice_changes_nothing(desk, printed):
    record, _ = printed
    render_record(desk.sessions, {"record_id": str(record.id)}, desk.clock.now)
    with desk.sessions() as session:
        assert session.scalars(select(JournalEntry.trigger)).all().count("record_rendered") == 1


def test_a_record_that_cannot_be_drawn_says_so_on_the_case(desk, kept, fonts, monkeypatch):
    monkeypatch.setitem(SAMPLES, "acceptance_notice", SAMPLES["acceptance_notice"] | {"cause": "工资😀"})
    desk.act(desk.begin(), "accept")
    desk.relay()
    with desk.sessions() as session:
        message = session.scalars(select(OutboxMessage)).one()
        assert message.status == "ready"
        assert "U+1F600" in message.problem
        assert session.scalars(select(Record.pdf_sha256)).one() is None


def test_a_draft_can_be_read_before_it_is_finalised(desk, kept, fonts):
    desk.act(desk.begin(), "settle")
    with desk.sessions() as session:
        said = page.text(draft_pdf(session.scalars(select(Record)).one()))
    assert "草稿：未定稿" in said
    assert "核验码" not in said


def test_the_file_we_made_is_genuine(desk, printed):
    record, pdf = printed
    answer = examined(desk, pdf)
    assert answer.verdict is Verdict.GENUINE
    assert answer.record.number == record.number


@pytest.mark.parametrize(
    "tamper",
    [
        lambda pdf: pdf + b"\n%appended\n",
        lambda pdf: pdf[: len(pdf) // 2] + bytes([pdf[len(pdf) // 2] ^ 1]) + pdf[len(pdf) // 2 + 1 :],
        lambda pdf: rewritten(pdf, lambda document: None),
        lambda pdf: rewritten(pdf, lambda document: document.pages.append(document.pages[0])),
        lambda pdf: rewritten(pdf, strip_data),
        lambda pdf: pdf[: len(pdf) * 9 // 10],
    ],
    ids=["appended", "one bit", "saved by another program", "page added", "data removed", "cut off"],
)
def test_a_changed_file_is_altered(desk, printed, tamper):
    answer = examined(desk, tamper(printed[1]))
    assert answer.verdict is Verdict.ALTERED
    assert answer.record.number == printed[0].number


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n", b"\x00" * 100_000])
def test_what_is_not_ours_is_unknown(desk, printed, content):
    assert examined(desk, content).verdict is Verdict.UNKNOWN


def test_a_record_of_another_house_is_unknown(desk, printed, fonts):
    from documents.render import render

    other = render("plain", {"text": "甲"}, number="某调字〔2026〕第0001号", code="A" * 20, demo=False)
    assert examined(desk, other).verdict is Verdict.UNKNOWN


def test_the_code_is_found_however_it_is_typed(desk, printed):
    code = printed[0].verify_code
    spaced = "-".join(code[at : at + 4] for at in range(0, 20, 4)).lower()
    misread = code.replace("O", "0").replace("I", "1").replace("B", "8")
    with desk.sessions() as session:
        for typed in (code, f" {spaced} ", misread):
            assert lookup(session, typed).number == printed[0].number
        for wrong in ("", "%", "A" * 20, code[:-1], code + "A", "甲" * 20):
            assert lookup(session, wrong) is None


def test_the_public_learns_no_name_of_a_party(desk, printed):
    with desk.sessions() as session:
        shown = " ".join(map(str, asdict(lookup(session, printed[0].verify_code)).values()))
    for party in (*SAMPLES["acceptance_notice"]["applicants"], *SAMPLES["acceptance_notice"]["respondents"]):
        assert party["name"] not in shown
    assert "北京市朝阳区总工会劳动争议调解中心" in shown


def test_a_voided_record_is_genuine_and_says_that_it_is_void(desk, printed):
    record, pdf = printed
    desk.act(record.id, "void", End(reason="写错"))
    answer = examined(desk, pdf)
    assert answer.verdict is Verdict.GENUINE
    assert (answer.record.valid, answer.record.status) == (False, "作废")
    assert "作废" in answer.sentence


# --- casework verify FILE


@pytest.fixture
def command(monkeypatch, tmp_path, desk, database):
    monkeypatch.setattr("app.service.plug_all", lambda: None)
    monkeypatch.setattr("app.service.current", lambda database: True)
    monkeypatch.setenv("CASEWORK_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("CASEWORK_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("CASEWORK_MASTER_KEY", "YSBrZXkgZm9yIHRlc3RzIG9ubHksIDMyIGJ5dGVzLi4=")

    def verify(content):
        (tmp_path / "file.pdf").write_bytes(content)
        return main(["verify", str(tmp_path / "file.pdf")])

    return verify


def test_the_command_answers_by_its_exit_status(command, printed, capsys):
    _, pdf = printed
    assert [command(pdf), command(pdf + b"x"), command(b"something else")] == [0, 1, 2]
    said = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in said] == ["真实", "已改", "未知"]


def test_without_the_register_it_does_not_guess(command, printed, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CASEWORK_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/db")
    assert command(printed[1]) == 3
    assert "无法查询" in capsys.readouterr().err


# --- sealed


@pytest.fixture
def sealing_house(kept, tmp_path):
    """A demo house that sets electronic seals, with keys of its own."""
    house.use(replace(house.house(), seals=tmp_path / "seals"))


@pytest.fixture
def sealed(desk, sealing_house, fonts):
    """A notice that was approved, sealed, rendered and signed by the relay."""
    desk.act(desk.begin(), "accept")
    with desk.sessions() as session:
        record_id = session.scalars(select(Record.id)).one()
    desk.seal(record_id)
    while desk.relay():
        pass
    with desk.sessions() as session:
        record = session.get(Record, record_id)
        assert record.sealed_sha256, session.scalars(select(OutboxMessage.problem)).all()
        return record, pdf_of(record)


def test_a_sealed_record_is_genuine_and_its_seal_is_journalled(desk, sealed):
    record, pdf = sealed
    answer = examined(desk, pdf)
    assert (answer.verdict, answer.finding.signature) == (Verdict.GENUINE, Signature.INTACT)
    assert answer.record.sealed
    with desk.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.trigger == "record_sealed")).one()
        told = journal.open_payload(session.get(JournalPayload, (entry.root_id, entry.seq)))
        assert told["sha256"] == record.sealed_sha256
        assert told["level"] == "PAdES B-LTA"
        assert journal.verify(session, record.root_id) == []


def test_the_file_before_sealing_says_that_it_is_not_the_record(desk, sealed, kept):
    answer = examined(desk, kept.get(sealed[0].pdf_sha256))
    assert answer.verdict is Verdict.GENUINE
    assert "用印前的文件" in answer.sentence


def test_sealing_twice_changes_nothing(desk, sealed):
    record, _ = sealed
    seal_record(desk.sessions, {"record_id": str(record.id)}, desk.clock.now)
    with desk.sessions() as session:
        assert session.get(Record, record.id).sealed_sha256 == record.sealed_sha256
        assert session.scalars(select(JournalEntry.trigger)).all().count("record_sealed") == 1


def test_a_sealed_record_that_was_changed_is_never_genuine(desk, sealed):
    verdicts = {name: examined(desk, tamper(sealed[1])).verdict for name, tamper in TAMPERINGS.items()}
    assert set(verdicts.values()) <= {Verdict.ALTERED, Verdict.UNKNOWN}, verdicts
    assert examined(desk, sealed[1]).verdict is Verdict.GENUINE


def test_a_registered_file_whose_signature_is_not_believed_is_not_genuine(desk, sealed, tmp_path):
    house.use(replace(house.house(), seals=tmp_path / "others"))
    answer = examined(desk, sealed[1])
    assert answer.verdict is Verdict.ALTERED
    assert "不在受信任的名单中" in answer.sentence


def test_certificates_are_judged_by_the_day_on_which_the_register_took_the_file(desk, sealed):
    with time_machine.travel(datetime.now(UTC) + timedelta(days=4000)):
        assert found_in(sealed[1], verify.roots()).signature is Signature.STRANGER, "by itself it is over"
        assert examined(desk, sealed[1]).verdict is Verdict.GENUINE


def test_a_registered_file_with_other_data_inside_is_not_genuine(desk, sealed):
    with desk.sessions.begin() as session:
        session.get(Record, sealed[0].id).data_sha256 = "0" * 64
    answer = examined(desk, sealed[1])
    assert answer.verdict is Verdict.ALTERED
    assert "数据与登记不一致" in answer.sentence


def test_where_no_seal_is_connected_sealing_is_by_hand_and_promises_nothing(desk, kept):
    desk.act(desk.begin(), "accept")
    with desk.sessions() as session:
        record = session.scalars(select(Record)).one()
    desk.seal(record.id)
    with desk.sessions() as session:
        assert session.get(Record, record.id).state == "sealed"
        assert session.scalars(select(OutboxMessage.topic)).all() == ["documents.render"]


def test_a_seal_that_cannot_be_set_says_why_on_the_record_and_is_set_later(desk, sealing_house, fonts, monkeypatch):
    desk.act(desk.begin(), "accept")
    with desk.sessions() as session:
        record = session.scalars(select(Record)).one()
    desk.seal(record.id)
    right = house.house()
    house.use(replace(right, demo=False))
    while desk.relay():
        pass
    with desk.sessions() as session:
        waiting = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "documents.seal")).one()
        assert "没有为" in waiting.problem
        assert session.get(Record, record.id).state == "sealed"
    house.use(right)
    desk.clock.move(minutes=1)
    while desk.relay():
        pass
    with desk.sessions() as session:
        assert session.get(Record, record.id).sealed_sha256


def test_a_worker_killed_after_signing_leaves_one_seal_behind(desk, sealing_house, kept, fonts, database):
    """kill -9 between the stored file and the register: the next worker seals anew, the register knows one file."""
    desk.act(desk.begin(), "accept")
    with desk.sessions() as session:
        record_id = session.scalars(select(Record.id)).one()
    desk.seal(record_id)
    url = database.engine.url.render_as_string(hide_password=False)
    house_now = house.house()
    killed = subprocess.run(
        [sys.executable, "-m", "tests.documents.killed_sealer", url, str(house_now.store), str(house_now.seals), str(record_id)],
        timeout=120, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    left = set(kept.root.rglob("*.pdf"))
    assert len(left) == 2  # the rendered file, and a signed one that nobody refers to
    with desk.sessions() as session:
        assert session.get(Record, record_id).sealed_sha256 is None
    while desk.relay():
        pass
    with desk.sessions() as session:
        record = session.get(Record, record_id)
        assert session.scalars(select(JournalEntry.trigger)).all().count("record_sealed") == 1
        assert journal.verify(session, record.root_id) == []
    assert examined(desk, kept.get(record.sealed_sha256)).verdict is Verdict.GENUINE
    orphan = next(path for path in left if hashlib.sha256(path.read_bytes()).hexdigest() != record.pdf_sha256)
    assert examined(desk, orphan.read_bytes()).verdict is Verdict.ALTERED


def test_without_the_register_a_sealed_file_is_whole_but_never_genuine(command, sealed, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CASEWORK_SEALS", str(tmp_path / "seals"))
    assert command(sealed[1]) == 0
    monkeypatch.setenv("CASEWORK_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/db")
    capsys.readouterr()
    assert [command(sealed[1]), command(overlay(sealed[1]))] == [3, 1]
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("签名完整、未核对登记")
    assert "真实：" not in "".join(said)
