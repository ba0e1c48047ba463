"""The commands an operator types, on a new embedded installation."""

import json

import pytest

from app.cli import main
from app.database import open_database
from app.schema import migrate
from app.service import Service, mark_as_demo, open_service, refuse_unready
from app.settings import Misconfigured, Settings
from documents.samples import SAMPLES
from tests.documents.page import text
from union.organisations import Organisation
from workflows import encryption
from workflows.module import registry


@pytest.fixture(autouse=True)
def installation(tmp_path, monkeypatch, keyring):
    """A migrated installation of its own; afterwards the keyring of the tests is back."""
    monkeypatch.setenv("CASEWORK_VAR", str(tmp_path))
    monkeypatch.delenv("CASEWORK_DATABASE_URL", raising=False)
    assert main(["migrate"]) == 0
    yield tmp_path
    encryption.use(keyring)


def test_every_figure_can_be_counted_for_all_and_for_one_organisation(capsys):
    service = open_service()
    with service.database.sessions.begin() as session:
        session.add(Organisation(name="朝阳区总工会", level="district", kind="federation"))
    service.close()
    capsys.readouterr()
    for more in ([], ["--organisation", "朝阳区总工会"]):
        assert main(["figures", "--year", "2026", *more]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["year"] == 2026
        assert len(answer["figures"]) == sum(len(module.figures) for module in registry.modules.values())


def test_an_unknown_organisation_is_answered_with_a_sentence(capsys):
    assert main(["figures", "--organisation", "火星总工会"]) == 2
    assert "没有“火星总工会”这个单位。" in capsys.readouterr().err


def test_the_register_of_an_empty_installation_is_empty(capsys):
    capsys.readouterr()
    assert main(["records"]) == 0
    assert capsys.readouterr().out == ""


def test_a_database_that_was_not_migrated_is_not_served(installation, monkeypatch, capsys):
    monkeypatch.setenv("CASEWORK_VAR", str(installation / "other"))
    assert main(["figures"]) == 2
    assert "casework migrate" in capsys.readouterr().err


def test_a_mistyped_folder_is_said_and_nothing_is_made_there(installation, monkeypatch, tmp_path, capsys):
    """The register is out of reach, so no file can be called genuine; the next command must not find an empty one."""
    monkeypatch.setenv("CASEWORK_VAR", str(tmp_path / "mistyped"))
    file = tmp_path / "file.pdf"
    file.write_bytes(b"%PDF-1.7 of whom?")
    assert main(["verify", str(file)]) == 3
    said = capsys.readouterr()
    assert "没有找到数据库" in said.err
    assert "未核对登记" in said.out
    assert not (tmp_path / "mistyped").exists()


def test_a_database_that_does_not_answer_leaves_a_file_unchecked(installation, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CASEWORK_DATABASE_URL", "postgresql://casework@127.0.0.1:1/casework")
    file = tmp_path / "file.pdf"
    file.write_bytes(b"%PDF-1.7 of whom?")
    assert main(["verify", str(file)]) == 3
    assert "无法查询文书登记" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "why"), [("none.pdf", "没有这个文件"), (".", "这是一个文件夹")])
def test_a_file_that_cannot_be_read_is_said_in_chinese(installation, capsys, name, why):
    assert main(["verify", str(installation / name)]) == 2
    assert why in capsys.readouterr().err


def test_production_refuses_a_database_with_demo_data(tmp_path, clock):
    database = open_database(f"sqlite:///{tmp_path / 'demo.db'}", pool=2)
    migrate(database)
    with database.sessions.begin() as session:
        mark_as_demo(session, clock())
    settings = Settings(mode="production", demo=False, var=tmp_path, database_url="", master_key=b"x" * 32)
    with pytest.raises(Misconfigured, match="演示数据"):
        refuse_unready(Service(settings, database, clock))
    database.close()


def test_every_kind_of_record_can_be_typeset_for_a_look(tmp_path, capsys):
    assert main(["records", "issue-all", "--template", "all", "--out", str(tmp_path / "look")]) == 0
    made = {path.stem for path in (tmp_path / "look").glob("*.pdf")}
    assert made == set(SAMPLES)
    assert "劳动争议调解协议书" in capsys.readouterr().out


def test_one_kind_of_record_can_be_typeset_alone(tmp_path):
    assert main(["records", "issue-all", "--template", "letter", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["letter.pdf"]


def test_a_kind_that_only_parties_sign_is_typeset_as_it_is_issued_without_code(tmp_path):
    for kind in ("withdrawal", "acceptance_notice"):
        assert main(["records", "issue-all", "--template", kind, "--out", str(tmp_path)]) == 0
    assert "核验码" not in text((tmp_path / "withdrawal.pdf").read_bytes())
    assert "核验码" in text((tmp_path / "acceptance_notice.pdf").read_bytes())
