"""What is plugged in is sound: no faulty definition, no unknown right, no unguarded page, no command without a file."""

from importlib.util import find_spec

import pytest

from app.cli import COMMANDS, main
from app.server import make_app
from app.service import Service
from app.settings import Settings
from union.access import policy_problems
from workflows.module import registry


@pytest.fixture
def service(database, clock, tmp_path):
    settings = Settings(mode="embedded", demo=False, var=tmp_path, database_url="", master_key=b"x" * 32)
    return Service(settings, database, clock)


def test_no_plugged_workflow_has_a_problem():
    problems = [p for module in registry.modules.values() for workflow in module.workflows for p in workflow.problems()]
    assert problems == []


def test_the_policy_names_only_roles_actions_and_relations_that_exist():
    assert policy_problems() == []


def test_the_server_starts_because_every_route_names_its_action(service):
    assert make_app(service).routes


def test_every_command_has_its_file():
    assert [name for name in COMMANDS if find_spec(f"app.commands.{name}") is None] == []


def test_an_unknown_command_is_answered_with_a_sentence(capsys):
    assert main(["juggle"]) == 2
    assert "没有“juggle”这个命令" in capsys.readouterr().err
