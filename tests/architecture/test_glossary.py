"""The glossary says what the code says: every word, the same identifier, the same article, and nothing else."""

import re
from dataclasses import replace

import pytest

from app.commands.workflows import run
from app.glossary import glossary
from tests.architecture.tree import ROOT
from union.law import INSTRUMENTS
from union.roles import ROLES
from workflows.module import registry

FILE = ROOT / "docs" / "glossary.md"
ROW = re.compile(r"^\| (.+?) \| `([^`]+)` \| (.+?) \|$", re.MULTILINE)
AGAIN = "run: casework workflows --write docs/workflows --glossary docs/glossary.md"

Row = tuple[str, str, str]


@pytest.fixture(scope="module")
def kept() -> set[Row]:
    return rows(FILE.read_text("utf-8"))


def rows(text: str) -> set[Row]:
    return {(word.replace("\\|", "|"), identifier, law) for word, identifier, law in ROW.findall(text)}


def said_by_the_code() -> set[Row]:
    """Gathered from the modules themselves, not by the function that writes the page."""
    said = {(role.label, role.id, "—") for role in ROLES}
    said |= {(registry.entry_label(what), what, "—") for what in registry.entry_labels}
    said |= {(law.key, name_of(law), f"《{law.title}》{law.version}{law.mark}") for law in INSTRUMENTS}
    for module in registry.modules.values():
        for workflow in module.workflows:
            said |= {(state.label, state.id, "—") for state in workflow.states}
            said |= {(step.label, step.trigger, articles(step.citations)) for step in workflow.transitions}
            said |= {(clock.label, clock.id, articles(clock.citations)) for clock in workflow.deadlines}
            said |= {(g.sentence, g.name, articles(g.law)) for step in workflow.transitions for g in step.when}
        said |= {(kind.label, kind.id, articles(kind.law)) for kind in module.records}
        if module.is_case:
            said |= {(word, name, "—") for name, word in module.words.terms.items()}
        said |= {(label, identifier, "—") for words in module.terms.values() for identifier, label in words.items()}
    return said


def name_of(law) -> str:
    import union.law

    return next(name for name, value in vars(union.law).items() if value is law)


def articles(law) -> str:
    return "；".join(f"{citation}{citation.mark}" for citation in law) or "—"


def test_every_word_of_the_code_stands_in_the_glossary(kept):
    assert sorted(said_by_the_code() - kept) == [], AGAIN


def test_the_glossary_has_no_row_that_the_code_lacks(kept):
    assert sorted(kept - rows(glossary())) == [], AGAIN


def test_the_kept_page_is_the_page_the_command_writes():
    assert FILE.read_text("utf-8") == glossary(), AGAIN


def test_the_command_writes_the_glossary(tmp_path, capsys):
    assert run(["--glossary", str(tmp_path / "glossary.md")]) == 0
    assert rows((tmp_path / "glossary.md").read_text("utf-8")) == rows(glossary())


def test_a_workflow_that_is_not_in_the_glossary_is_noticed(toy, kept):
    missing = said_by_the_code() - kept
    assert ("催还中", "recalled", "—") in missing
    assert {word for word, _, _ in missing} >= {"催还", "归还期", "归还时须记明器材状况", "器材借用凭条"}


def test_a_changed_label_is_noticed(monkeypatch, kept):
    module = registry.modules["record"]
    first, *others = module.workflow.states
    changed = replace(module.workflow, states=(replace(first, label="另一个说法"), *others))
    monkeypatch.setitem(registry.modules, "record", replace(module, workflow=changed))
    assert said_by_the_code() - kept == {("另一个说法", first.id, "—")}
    assert glossary() != FILE.read_text("utf-8")


def test_what_people_read_is_chinese_and_what_the_program_reads_is_not(kept):
    assert [row for row in kept if not re.search(r"[\u4e00-\u9fff]", row[0])] == []
    assert [row for row in kept if not re.fullmatch(r"[A-Za-z][\w.-]*", row[1], re.ASCII)] == []
