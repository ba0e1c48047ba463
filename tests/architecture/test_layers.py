"""Imports only point down; the doors to transitions, WeasyPrint and Celery are one each."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=lambda _, names: [n for n in names if _heavy(n)])
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _heavy(name: str) -> bool:
    return name in ("static", "templates", "__pycache__", "styles")


def test_the_tree_keeps_every_contract():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


FORBIDDEN = (
    ("workflows/law.py", "import app.settings", "imports only point down"),
    ("casework/mediation/rules.py", "import sqlalchemy", "a procedure and its rules"),
    ("casework/desk/tables.py", "import casework.mediation.tables", "the procedures stand on the desk"),
    ("union/people.py", "import transitions", "transitions has one door"),
    ("app/server.py", "import weasyprint", "weasyprint has one door"),
    ("app/relay.py", "import celery", "celery has one door"),
    ("members/__init__.py", "import casework.mediation", "members use the desk"),
    ("workflows/outbox.py", "import litestar", "the engine knows no HTTP"),
)


def test_each_forbidden_import_is_found(copy):
    for file, line, _ in FORBIDDEN:
        with (copy / file).open("a") as source:
            source.write(f"\n{line}\n")
    broken = [line for line in lint(copy).stdout.splitlines() if "BROKEN" in line]
    assert [name for _, _, name in FORBIDDEN if not any(name in line for line in broken)] == []
