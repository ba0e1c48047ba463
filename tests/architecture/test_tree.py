"""What a stranger may rely on when looking for something, and what must not be in the tree."""

import re

from tests.architecture.tree import PACKAGES, ROOT, files, texts

VAGUE = {"utils", "helpers", "common", "manager", "base", "misc", "util", "helper", "core"}
HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.org", "deb" + r"ian\.org")
REGISTRY_HOSTS = re.compile("|".join(HOSTS))
MACHINE_PATHS = re.compile("|".join((r"/ro" + r"ot/", r"/ho" + r"me/\w", r"/wo" + r"rk/", r"/Us" + r"ers/\w")))
CONFLICT = re.compile("^(?:" + "<" * 7 + "|" + ">" * 7 + ")", re.MULTILINE)


def test_a_file_is_named_for_what_one_would_look_for():
    assert [str(path) for path in files() if path.stem in VAGUE and path.suffix == ".py"] == []


def test_no_registry_host_stands_in_any_file():
    assert [name for name, text in texts() if REGISTRY_HOSTS.search(text)] == []


def test_no_path_of_somebodys_machine_stands_in_any_file():
    assert [name for name, text in texts() if MACHINE_PATHS.search(text)] == []


def test_the_search_for_hosts_and_paths_finds_what_it_should():
    assert REGISTRY_HOSTS.search("https://files.python" + "hosted.org/x")
    assert MACHINE_PATHS.search("see /ro" + "ot/x")
    assert MACHINE_PATHS.search("see /ho" + "me/anna")


def test_no_merge_was_left_half_done():
    assert [name for name, text in texts() if CONFLICT.search(text)] == []


def test_every_module_says_in_a_sentence_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in files(ROOT / package)
        if path.suffix == ".py" and not path.read_text("utf-8").lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_every_command_file_can_be_run_by_the_shell():
    for name in ("bin/setup", "bin/run", "bin/test", "bin/screenshots", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, name


def test_the_desk_and_the_page_kit_name_no_procedure():
    """What the desk shows of a procedure it reads from the module; no folder of a procedure is named in it."""
    assert _named("casework/desk", "web") == []


def test_a_procedure_named_in_the_desk_would_be_found():
    """The negative control: the very same search, in a folder that names one on every page."""
    assert _named("casework/mediation")


def _named(*folders: str) -> list[str]:
    procedures = re.compile(r"mediation|legal_aid|bargaining|democracy")
    sources = [path for folder in folders for path in files(ROOT / folder) if path.suffix in (".py", ".html", ".js")]
    return [str(path.relative_to(ROOT)) for path in sources if procedures.search(path.read_text())]
