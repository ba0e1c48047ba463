"""What a stranger may rely on when looking for something, and what must not be in the tree."""

import re

from tests.architecture.tree import PACKAGES, ROOT, files, texts
from tests.conftest import LONGEST, TESTS

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


def test_the_longest_files_are_begun_first(request):
    """Otherwise one processor waits at the end for the other; the option keeps xdist from sorting by the number of tests."""
    begun = list(dict.fromkeys(item.path for item in request.session.items))
    longest = [TESTS / name for name in LONGEST]
    assert [path for path in longest if not path.is_file()] == []
    assert [path for path in longest if path in begun] == begun[: len(set(begun) & set(longest))]
    assert "--dist loadfile --no-loadscope-reorder" in (ROOT / "bin/test").read_text("utf-8")


def test_the_desk_and_the_page_kit_name_no_procedure():
    """What the desk shows of a procedure it reads from the module; no folder of a procedure is named in it."""
    assert _named("casework/desk", "web") == []


def test_a_procedure_named_in_the_desk_would_be_found():
    """The negative control: the very same search, in a folder that names one on every page."""
    assert _named("casework/mediation")


WORDS_OF_MEDIATION = re.compile(r"调解|mediat", re.IGNORECASE)
MAY_SAY_THEM = {
    "union/law.py": "titles of laws and of public documents",
    "union/organisations.py": "the legal bases of mediation organisations (调仲法第十条) and the remedies they open",
    "union/roles.py": "the roles of all procedures, each named once (law.md 2.1)",
    "union/access.py": "the table of what each of those roles may do",
    "union/people.py": "the kinds of the roster (law.md 2.1)",
    "union/staffing.py": "what the roster is called",
    "union/house_rules.py": "the list of what the union's lawyers sign off",
    "union/passwords.py": "words too easily guessed here",
    "web/gallery.py": "examples on the page that shows the page kit, never to a user",
    "web/templates/gallery.html": "the same",
    "web/templates/gallery_form.html": "the same",
}


def test_what_every_procedure_stands_on_says_no_word_of_mediation():
    """A module says its own words (workflows.words); what is listed says them for its reason, and no file is listed in vain."""
    assert set(_saying(WORDS_OF_MEDIATION, "casework/desk", "web", "workflows", "union")) == set(MAY_SAY_THEM)


WORDS_OF_LABOUR = re.compile(r"劳动|职工|工资|用人单位|考勤")
MAY_SAY_LABOUR = {
    "workflows/workdays.py": "the title of the regulation on working time, by which any office counts its days",
    "web/gallery.py": "examples on the page that shows the page kit, never to a user",
    "web/templates/gallery.html": "the same",
}


def test_the_desk_the_page_kit_and_the_engine_say_no_word_of_labour():
    assert set(_saying(WORDS_OF_LABOUR, "casework/desk", "web", "workflows")) == set(MAY_SAY_LABOUR)


def test_a_word_of_labour_would_be_found():
    assert "casework/mediation/words.py" in _saying(WORDS_OF_LABOUR, "casework/mediation")


def test_a_word_of_mediation_would_be_found():
    """The negative control: in code, in a template and in a name."""
    assert "casework/mediation/words.py" in _saying(WORDS_OF_MEDIATION, "casework/mediation")
    assert [
        text for text in ("<h2>调解会</h2>", "mediator_id", "MEDIATOR") if not WORDS_OF_MEDIATION.search(text)
    ] == []


def _named(*folders: str) -> list[str]:
    return _saying(re.compile(r"mediation|legal_aid|bargaining|democracy"), *folders)


def _saying(words: re.Pattern[str], *folders: str) -> list[str]:
    sources = [path for folder in folders for path in files(ROOT / folder) if path.suffix in (".py", ".html", ".js")]
    return [str(path.relative_to(ROOT)) for path in sources if words.search(path.read_text("utf-8"))]
