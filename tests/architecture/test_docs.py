"""Every path and every command our documents name exists."""

import re

import pytest

from app.cli import COMMANDS
from tests.architecture.tree import ROOT, files

RULE_BOOK = ROOT / "docs" / "law.md"  # the owner's; it also speaks of procedures that are still to come
DOCUMENTS = [path for path in files() if path.suffix == ".md" and path != RULE_BOOK]
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(
    r"^(?:\.ci|app|benchmarks|bin|casework|docs|documents|members|migrations|tests|union|web|workflows)/[\w./<>*-]*$"
)
COMMAND = re.compile(r"\bcasework ([a-z]+)\b")
WITH_OPTIONS = re.compile(r"\bcasework ([a-z]+)\b([^\n`#]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z]+")
VARIABLE = re.compile(r"\bCASEWORK_([A-Z_]+)\b")
READ = re.compile(r"(?:read|self)\.(?:text|flag|number|choice|required|_secret_file)\(\"([A-Z_]+)\"")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request):
    return request.param


def test_the_paths_a_document_names_exist(document):
    named = {quoted for quoted in QUOTED.findall(document.read_text("utf-8")) if PATH.match(quoted)}
    assert sorted(path for path in named if not exists(path)) == []


def test_the_links_of_a_document_lead_somewhere(document):
    links = LINK.findall(document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_commands_a_document_names_exist(document):
    quoted = QUOTED.findall(document.read_text("utf-8")) + fenced(document.read_text("utf-8"))
    named = {name for text in quoted for name in COMMAND.findall(text)}
    assert sorted(named - COMMANDS.keys() - {"help"}) == []


def test_the_options_a_document_names_exist(document):
    text = document.read_text("utf-8")
    lines = [found for quoted in QUOTED.findall(text) + fenced(text) for found in WITH_OPTIONS.findall(quoted)]
    unknown = [
        f"casework {name} {option}"
        for name, rest in lines
        if name in COMMANDS
        for option in OPTION.findall(rest)
        if f'"{option}"' not in (ROOT / "app" / "commands" / f"{name}.py").read_text("utf-8")
    ]
    assert unknown == []


def test_the_readme_explains_exactly_the_variables_the_settings_read():
    named = set(VARIABLE.findall((ROOT / "README.md").read_text("utf-8")))
    read = set(READ.findall((ROOT / "app" / "settings.py").read_text("utf-8")))
    assert named | {"MASTER_KEY"} == read  # the key itself in the environment: possible, not recommended


def test_the_list_of_decisions_names_every_decision():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}


def test_a_wrong_path_command_option_or_link_would_be_found(tmp_path):
    wrong = tmp_path / "wrong.md"
    wrong.write_text("`app/nowhere.py` `casework juggle` `casework due 2026-01-01 --dayz 3` [x](nowhere.md)", "utf-8")
    for check in (
        test_the_paths_a_document_names_exist,
        test_the_links_of_a_document_lead_somewhere,
        test_the_commands_a_document_names_exist,
        test_the_options_a_document_names_exist,
    ):
        with pytest.raises(AssertionError):
            check(wrong)


def exists(path: str) -> bool:
    if "<" in path:  # a placeholder: the folder it stands in must exist
        path = path[: path.index("<")].rpartition("/")[0] or "."
    return any(ROOT.glob(path.rstrip("/"))) if "*" in path else (ROOT / path).exists()


def fenced(text: str) -> list[str]:
    return re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
