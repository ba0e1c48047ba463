"""A module that is not a case plugs in from its own folder: queue, search, calendar, register and figures find it."""

from pathlib import Path

from tests.casework.desk.acts import lend
from tests.casework.desk.conftest import Desk, desk, people, quick_hashes  # noqa: F401 - fixtures
from workflows.module import registry

ROOT = Path(__file__).parents[2]


def test_it_is_found_wherever_every_subject_is_found(desk: Desk):  # noqa: F811
    desk.log_in("head")
    home = lend(desk, "折叠帐篷")
    assert "折叠帐篷" in desk.get("/todo?view=role").text
    assert "折叠帐篷" in desk.get("/palette?q=帐篷").text
    assert "折叠帐篷" in desk.get("/cases/lending").text
    assert "归还期" in desk.get("/calendar?whose=all&start=2026-03-10").text
    assert "器材借用凭条" in desk.get("/documents").text
    figures = desk.get("/figures").text
    assert "借出器材" in figures
    assert "<b>1 件</b>" in figures
    assert "借出中" in desk.get(home).text
    assert "器材借用" in desk.get("/todo").text  # its line in the side bar


def test_nothing_outside_its_folder_knows_it(toy: None):
    assert "lending" in registry.modules
    packages = [ROOT / name for name in ("app", "casework", "documents", "union", "web", "workflows")]
    files = [file for package in packages for file in package.rglob("*") if file.suffix in (".py", ".html", ".js")]
    assert [
        file for file in files if "lending" in file.read_text("utf-8") or "tests.toy" in file.read_text("utf-8")
    ] == []
