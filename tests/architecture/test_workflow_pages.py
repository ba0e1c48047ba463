"""``docs/workflows`` is what the definitions say, and ``casework workflows`` shows it in three forms."""

import json
from xml.etree import ElementTree

from app.commands.workflows import pages, procedures, run, shown
from tests.architecture.tree import ROOT

FOLDER = ROOT / "docs" / "workflows"
AGAIN = "run: casework workflows --write docs/workflows --glossary docs/glossary.md"


def test_the_kept_pages_are_the_pages_the_command_writes():
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    made = pages()
    assert sorted(kept) == sorted(made), AGAIN
    assert [name for name in made if kept[name] != made[name]] == [], AGAIN


def test_the_command_writes_every_page(tmp_path, capsys):
    assert run(["--write", str(tmp_path / "pages")]) == 0
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "pages").iterdir()} == pages()


def test_every_procedure_is_listed(capsys):
    assert run([]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == [workflow.name for workflow in procedures()]


def test_every_procedure_is_shown_as_a_page_for_a_lawyer():
    for workflow in procedures():
        text = shown(workflow, "md")
        said = [*workflow.states, *workflow.transitions, *workflow.deadlines]
        assert [thing.label for thing in said if thing.label not in text] == []


def test_every_procedure_is_shown_as_a_picture():
    for workflow in procedures():
        root = ElementTree.fromstring(shown(workflow, "svg"))
        boxes = {box.get("data-state") for box in root.iter("{http://www.w3.org/2000/svg}g")} - {None}
        assert boxes == set(workflow.state_by_id)


def test_every_procedure_is_shown_as_data():
    for workflow in procedures():
        data = json.loads(shown(workflow, "json"))
        assert data["hash"] == workflow.hash
        assert [step["trigger"] for step in data["transitions"]] == list(workflow.transition_by_trigger)


def test_a_procedure_nobody_knows_is_answered_with_a_sentence(capsys):
    assert run(["juggling"]) == 2
    assert "没有“juggling”这个程序" in capsys.readouterr().err
