"""The demo district: every state occurs, made by firing steps alone, and the headless command writes true papers."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from shutil import copytree

import pytest
from sqlalchemy import func, select

from app.cli import main
from app.commands.demo import LOTS, found_district, tell
from app.schema import migrate
from app.seeds import HISTORY, fill_district, stories
from app.service import open_service
from app.settings import load
from casework.desk.clocks import clocks
from casework.desk.tables import Sitting
from casework.mediation.records import RECORDS
from casework.mediation.workflow import mediation
from documents import demo_seals
from documents.signatures import Signature, found_in
from documents.tables import Record
from tests.app.test_commands import installation  # noqa: F401 - an installation of its own
from union.organisations import Organisation
from workflows.calendar_table import bundled_years
from workflows.journal import verify
from workflows.tables import JournalEntry, Subject, Timer
from workflows.workdays import PROVISIONAL

STREETS_AND_TOWNSHIPS, STATIONS = 43, 48
FIRST_START = datetime(
    2027, 8, 10, 3, tzinfo=UTC
)  # in a year no holiday notice came with: the demo starts then as well


@pytest.fixture
def demo(installation):  # noqa: F811
    service = open_service(clock=lambda: FIRST_START)
    fill_district(service, lambda line: None)
    yield service
    service.close()


def test_the_year_of_the_demo_shows_every_state_its_history_verifies_and_every_office_has_a_seal(demo, tmp_path):
    assert bundled_years()[FIRST_START.year].status == PROVISIONAL, "choose a later first start"
    with demo.database.sessions() as session:
        states = set(session.scalars(select(Subject.state).where(Subject.workflow == "mediation")))
        assert states == {state.id for state in mediation.states}
        told = set(session.scalars(select(JournalEntry.trigger)))
        assert {"split_off", "refer_in", "recuse", "reopen", "revoke_lapse", "fail", "extend"} <= told
        assert set(session.scalars(select(Record.kind_id))) == {kind.id for kind in RECORDS}
        cases = session.scalar(select(func.count()).where(Subject.workflow == "mediation"))
        assert cases >= sum(len(ages) for _, ages in HISTORY)
        assert verify(session) == []
        streets = select(func.count()).where(Organisation.level == "street", Organisation.kind == "federation")
        assert session.scalar(streets) == STREETS_AND_TOWNSHIPS
        assert session.scalar(select(func.count()).where(Organisation.kind == "station")) == STATIONS
        assert session.scalar(select(func.max(Subject.opened_on))) == FIRST_START.date()
        assert {clock.face.tone for clock in every_clock(session)} >= {"ok", "warn", "danger"}
        ahead = session.execute(
            select(Sitting.starts_at, Sitting.host_id, Sitting.room_id).where(Sitting.starts_at > FIRST_START)
        ).all()
        assert len({row.room_id for row in ahead}) > 1, "the rooms of the register"
        for bound in (
            [(row.starts_at, row.host_id) for row in ahead],
            [(row.starts_at, row.room_id) for row in ahead if row.room_id],
        ):
            assert len(bound) == len(set(bound)) > 1, "nobody and no room is wanted twice at one hour"
        offices = list(session.scalars(select(Organisation.name).where(Organisation.legal_basis.is_not(None))))
    seals = demo_seals.prepare(tmp_path / "seals")
    for office in offices:
        demo_seals.ensure_seal(seals, office)
    assert [seals.key_of(office).exists() for office in offices] == [True] * (STATIONS + 1)  # and the centre


def every_clock(session):
    live = select(Timer.subject_id).where(Timer.status.in_(("running", "paused")))
    return clocks(session, session.scalars(select(Subject).where(Subject.id.in_(live))), FIRST_START.date())


def test_a_story_told_headlessly_leaves_papers_that_are_genuine(tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    assert main(["demo", "mediation", "--story", "refused", "--out", str(out)]) == 0
    said, complained = capsys.readouterr()
    assert "不予受理" in said
    assert "fetching is not allowed" not in complained
    assert "办理记录核对：无误" in said
    files = [path for path in out.rglob("*.pdf") if "register" not in path.parts]
    bound = {path.name for path in files if path.parent.name == "卷宗"}
    assert bound == {"正卷（副本）.pdf"}
    papers = sorted(path for path in files if path.parent.name != "卷宗")
    assert len(papers) == 4
    seals = {path.name[:2]: found_in(path.read_bytes(), out / "register" / "seals" / "roots.pem") for path in papers}
    assert [seals[place].signature for place in ("01", "02")] == [Signature.NONE] * 2  # a party's and the intake's own
    assert [seals[place].signature for place in ("03", "04")] == [Signature.INTACT] * 2
    monkeypatch.setenv("CASEWORK_VAR", str(out / "register"))
    assert {path.name: main(["verify", str(path)]) for path in files} == {path.name: 0 for path in files}
    assert "真实：案卷副本（正卷）" in capsys.readouterr().out
    papers[-1].write_bytes(papers[-1].read_bytes() + b"\n")
    assert main(["verify", str(papers[-1])]) == 1


@dataclass
class Told:
    """One case of the output folder: how it came in, where it stands, the papers that lie there."""

    came: str
    state: str
    papers: set[str]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """What all stories leave behind in one run."""
    out = tmp_path_factory.mktemp("stories") / "out"
    assert main(["demo", "mediation", "--story", "all", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def everything_told(output):
    """All stories by their names; the case split off the collective one beside them."""
    out = output
    cases = [told(folder) for folder in sorted(out.iterdir()) if folder.name != "register"]
    names = list(stories.STORIES)
    names.insert(names.index("collective") + 1, "split off")
    return dict(zip(names, cases, strict=True))


def told(folder: Path) -> Told:
    lines = [json.loads(line) for line in (folder / "办理记录.jsonl").read_text("utf-8").splitlines()]
    own = [line for line in lines if line["subject_id"] == line["root_id"]]
    state = [line["to_state"] for line in own if line["to_state"]][-1]
    return Told(own[0]["trigger"], state, {path.name.split(" ")[1] for path in folder.glob("*.pdf")})


ENDS = {
    "performed": ("archived", {"口头申请笔录", "调解受理通知书", "调解笔录", "调解协议书"}),
    "refused": ("archived", {"口头申请笔录", "征询意见函", "不予受理通知书"}),
    "defaulted": ("archived", {"调解协议书", "督促履行通知书"}),
    "collective": ("archived", {"调解受理通知书", "调解协议书"}),
    "split off": ("archived", {"调解终止意见书", "移送函"}),
    "court": ("archived", {"调解协议书", "司法确认申请书", "主持调解证明"}),
    "reviewed": ("settled", {"调解协议书", "仲裁审查申请书"}),
    "failed": ("archived", {"调解终止意见书", "移送函"}),
    "extended": ("failed", {"延期同意书"}),
    "recused": ("failed", {"回避决定书"}),
    "withdrawn": ("archived", {"撤回申请书"}),
    "terminated": ("terminated", {"终止通知书"}),
    "corrected": ("received", {"补正告知书"}),
    "authorised": ("archived", {"授权委托书", "送达地址确认书", "补充协议", "送达回证", "回访记录"}),
    "ordered": ("settled", {"督促履行通知书", "支付令申请书"}),
}


def test_every_story_of_the_command_is_one_case_and_only_the_collective_one_leaves_a_second(everything_told):
    assert list(everything_told) == list(ENDS)
    assert [name for name, case in everything_told.items() if case.came == "split_off"] == ["split off"]


@pytest.mark.parametrize("name", ENDS)
def test_a_story_ends_where_it_should_with_its_papers(everything_told, name):
    state, papers = ENDS[name]
    assert everything_told[name].state == state
    assert papers <= everything_told[name].papers


@pytest.fixture(scope="module")
def before_any_story(tmp_path_factory):
    """The district of the command, founded once; every story alone is told on a copy of it."""
    folder, lots = tmp_path_factory.mktemp("district"), Random(LOTS)
    service = opened(folder, migrated=False)
    migrate(service.database)
    now = service.clock()
    district = found_district(service, now, lots)
    service.close()
    return folder, district, now


def opened(folder: Path, migrated: bool = True):
    return open_service(load({"CASEWORK_VAR": str(folder), "CASEWORK_MODE": "embedded"}), migrated=migrated)


def cases_in(folder: Path) -> list[tuple[str, str]]:
    """The parties and the end of each case of a register, oldest first."""
    service = opened(folder)
    with service.database.sessions() as session:
        own = select(Subject.title, Subject.state).where(Subject.id == Subject.root_id, Subject.kind == "mediation")
        found = [tuple(row) for row in session.execute(own.order_by(Subject.id))]
    service.close()
    return found


def told_on_a_copy(before, folder: Path, names) -> list[tuple[str, str]]:
    """The stories of these names without their papers."""
    original, district, now = before
    copytree(original, folder)
    service = opened(folder)
    tell(service, district, names, now, Random(2))
    service.close()
    return cases_in(folder)


@pytest.fixture(scope="module")
def told_together(output):
    return dict(zip(ENDS, cases_in(output / "register"), strict=True))


@pytest.mark.parametrize("name", stories.STORIES)
def test_a_story_told_alone_has_the_people_and_the_end_it_has_among_the_others(
    name, before_any_story, told_together, tmp_path
):
    expected = [told_together[name], *([told_together["split off"]] if name == "collective" else [])]
    assert told_on_a_copy(before_any_story, tmp_path / "alone", [name]) == expected


def test_every_paper_and_every_volume_of_all_stories_verifies_as_genuine(output, monkeypatch):
    monkeypatch.setenv("CASEWORK_VAR", str(output / "register"))
    files = [path for path in output.rglob("*.pdf") if "register" not in path.parts]
    assert len([path for path in files if path.parent.name == "卷宗"]) >= 9
    assert [str(path) for path in files if main(["verify", str(path)]) != 0] == []


def test_the_output_folder_must_be_empty(tmp_path, capsys):
    (tmp_path / "x").write_text("x")
    with pytest.raises(SystemExit) as ended:
        main(["demo", "mediation", "--out", str(tmp_path)])
    assert ended.value.code == 2
    assert "不是空目录" in capsys.readouterr().err
