"""A record is genuine, altered or unknown; who holds the code learns what it is, and no party's name."""

import io
from dataclasses import asdict

import pikepdf
import pytest
from sqlalchemy import select

from app.cli import main
from documents.forms import End
from documents.printing import draft_pdf, pdf_of, render_record
from documents.samples import SAMPLES
from documents.tables import Record
from documents.verify import Verdict, examine, lookup
from tests.documents import page
from workflows import journal
from workflows.tables import JournalEntry, OutboxMessage


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
    monkeypatch.setattr("app.service.refuse_unready", lambda service: None)
    assert command(printed[1]) == 3
    assert "无法查询" in capsys.readouterr().err
