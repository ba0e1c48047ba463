"""The operator enters the notice of a year and is told which terms moved."""

import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.cli import main
from app.commands.calendar import read_notice
from app.service import open_service
from tests.app.test_commands import installation  # noqa: F401 - an installation of its own
from tests.toy import Lend
from workflows.actor import Actor
from workflows.fire import open_subject
from workflows.tables import JournalEntry, Timer, new_id


@pytest.fixture
def lent(toy, installation):  # noqa: F811
    """A term that ends on the provisional 2027-01-04."""
    service = open_service()
    by = Actor(new_id(), "许敏", frozenset({"intake"}), organisation_id=new_id())
    with service.database.sessions.begin() as session:
        from tests.toy import Lending

        Lending.__table__.create(session.connection(), checkfirst=True)
        at = datetime(2026, 12, 18, 2, tzinfo=UTC)
        open_subject(session, "lending", "lend", Lend(item="投影仪"), by=by, at=at, key="k")
    return service


def test_an_override_moves_open_provisional_terms_and_lists_them(lent, capsys):
    assert main(["calendar", "override", "2027-01-02", "workday", "--notice", "国办发明电〔2026〕9号"]) == 0
    out = capsys.readouterr().out
    assert "1 个期限移动" in out
    assert "2027-01-04 → 2027-01-02" in out
    with lent.database.sessions() as session:
        assert str(session.scalars(select(Timer.effective_due)).one()) == "2027-01-02"
        assert session.scalars(select(JournalEntry.trigger).order_by(JournalEntry.seq)).all()[-1] == "timer_recomputed"
    lent.close()


def test_a_bad_notice_changes_nothing_and_names_the_line(lent, tmp_path, capsys):
    bad = tmp_path / "2027.csv"
    bad.write_text("2027-01-01,holiday,元旦\n2027-01-02,frei,元旦\n", "utf-8")
    assert main(["calendar", "notice", "2027", str(bad), "--notice", "国办发明电〔2026〕9号"]) == 2
    assert "第2行" in capsys.readouterr().err
    assert main(["calendar", "years"]) == 0
    assert "2027  暂行" in capsys.readouterr().out
    lent.close()


def test_the_lines_of_a_notice_are_read():
    days = read_notice(io.StringIO("2027-01-01,holiday,元旦\n\n2027-02-06,workday,春节\n"))
    assert [str(day) for day in days] == ["2027-01-01", "2027-02-06"]
