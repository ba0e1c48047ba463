"""House rules are entered as dated rows and signed off by name; nothing is overwritten."""

from sqlalchemy import select

from app.cli import main
from app.service import open_service
from tests.app.test_commands import installation  # noqa: F401 - an installation of its own
from workflows.tables import Setting


def test_a_signed_setting_no_longer_awaits_sign_off(capsys):
    key = "mediation.correction_term"
    assert (
        main(
            [
                "settings",
                "enter",
                key,
                "7",
                "--from",
                "2026-11-01",
                "--signed-by",
                "法律顾问",
                "--document",
                "朝工法〔2026〕12号",
            ]
        )
        == 0
    )
    capsys.readouterr()
    assert main(["settings", "list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(key))
    assert "7" in line
    assert "法律顾问 朝工法〔2026〕12号" in line
    main(["check"])
    assert "“补正期限”尚未签批" not in capsys.readouterr().out


def test_an_earlier_value_stays_as_a_row(capsys):
    for value in ("7", "10"):
        assert main(["settings", "enter", "mediation.correction_term", value]) == 0
    service = open_service()
    with service.database.sessions() as session:
        rows = session.scalars(select(Setting).where(Setting.key == "mediation.correction_term")).all()
        assert sorted(row.value["value"] for row in rows) == [7, 10]
    service.close()


def test_an_unknown_name_or_a_value_of_another_kind_changes_nothing(capsys):
    assert main(["settings", "enter", "mediation.nonsense", "1"]) == 2
    assert "没有“mediation.nonsense”这项设置" in capsys.readouterr().err
    assert main(["settings", "enter", "mediation.correction_term", '"五"']) == 2
    assert "应与 5 同类" in capsys.readouterr().err
