"""Each procedure says its own words at the desk; pages across procedures say those of all of them."""

# ruff: noqa: F811 - the fixtures of the desk
import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from app.database import Database
from casework.desk import assignment, evidence, my_acts
from tests.casework.desk.acts import WEDNESDAY
from tests.casework.desk.conftest import SINCE, Desk, desk, home, people, quick_hashes  # noqa: F401 - fixtures
from tests.conftest import Clock
from tests.toy import talks as talks_module
from union import access
from union.people import Staff
from union.roles import ADVISOR
from workflows.module import registry
from workflows.words import UNSAID, Material, Words, together

POWER = Material("power", "授权文件")
MEDIATIONS = ("调解", "主持人")


@pytest.fixture
def second(modules: None) -> Iterator[None]:
    """A second kind of case, plugged in for one test."""
    registry.plug(talks_module.module)
    yield
    registry.unplug(talks_module.module.name)


@pytest.fixture
def talks(desk: Desk, second: None) -> str:
    """The address of talks that were called, with the head at the desk."""
    desk.log_in("head")
    sent = {"_trigger": "call", "about": "二〇二六年度工资"}
    answer = desk.post("/cases/talks/new?trigger=call", sent)
    assert answer.status_code == 303, answer.text[-2000:]
    return str(answer.headers["location"])


@pytest.fixture
def advisor(database: Database, people: dict[str, UUID]) -> str:
    """Somebody who may be given talks, and no mediation."""
    with database.sessions.begin() as session:
        clerk = session.get_one(Staff, people["intake"])
        access.grant(session, clerk.id, ADVISOR, clerk.organisation_id, SINCE)
    return str(people["intake"])


def test_a_sitting_of_talks_says_the_words_of_talks_and_none_of_mediation(desk: Desk, talks: str):
    asked = body(desk, f"{talks}/sittings/new")
    for word in ("安排协商会议", "协商室", "首席代表"):
        assert word in asked
    sent = {**WEDNESDAY, "place": "第一会议室", "notices-0-who": "workers"}
    answer = desk.post(f"{talks}/sittings/new", sent)
    assert answer.status_code == 303, answer.text[-2000:]
    sitting = str(answer.headers["location"])
    written = body(desk, sitting)
    for word in (
        "第 1 次协商会议",
        "已告知双方代表协商期间的权利义务",
        "底线方案（单独保存）",
        "只供本方使用。",
        "保存协商会议记录",
    ):
        assert word in written
    file, moving = body(desk, talks), body(desk, f"{sitting}/move")
    assert "安排第 1 次协商会议" in file
    assert "第 1 次协商会议改期" in moving
    refused = desk.post(sitting, {"status": "held", "rights_told": "1"}).text
    assert "协商会议还没有到开始时间" in refused
    for page in (asked, written, file, moving, refused):
        assert not [word for word in MEDIATIONS if word in main(page)]


def test_materials_and_the_search_for_repetitions_say_the_words_of_talks_and_none_of_labour(desk: Desk, talks: str):
    asked, alike = body(desk, f"{talks}/evidence/new"), body(desk, f"{talks}/similar")
    assert "协商代表产生的证明" in asked and "录音录像" in asked
    assert "按企业和协商年度比对" in alike and "这家企业本年度没有其他协商。" in alike
    for page in (asked, alike):
        assert not [word for word in ("劳动合同", "工资支付", "用人单位", "考勤", "相同的职工") if word in main(page)]
    sent = {"kind": "mandate", "received_on": "2026-03-02"}
    kept = desk.post(f"{talks}/evidence/new", sent, files={"files": ("会议记录.txt", "一致通过".encode())})
    assert kept.status_code == 303, kept.text[-2000:]
    assert "协商代表产生的证明" in body(desk, f"{talks}/evidence")
    refused = desk.post(f"{talks}/evidence/new", {"kind": "wages"}, files={"files": ("工资条.txt", b"8600.50")})
    assert refused.status_code == 422, "a kind of another procedure is none of this one"


def test_a_mediation_keeps_its_materials_beside_those_of_talks(desk: Desk, home: str, talks: str):
    asked = body(desk, f"{home}/evidence/new")
    for word in ("劳动合同", "工资支付凭证", "考勤记录", "身份证明"):
        assert word in asked
    assert "协商代表产生的证明" not in asked
    assert "相同的职工与相同的单位之间没有其他案件。" in body(desk, f"{home}/similar")


def test_a_party_is_offered_a_place_for_each_material_of_its_procedure_and_the_words_of_it():
    places = my_acts.hand_in_form(talks_module.WORDS).__struct_fields__
    assert places == ("mandate", "correspondence", "identity", "other", "purpose")
    assert my_acts.hand_in_form(UNSAID).__struct_fields__ == ("correspondence", "identity", "other", "purpose")
    own = Words(materials=(Material("identity", "营业执照", "副本"),))
    assert list(evidence.kinds(own).items())[:2] == [("identity", "营业执照"), ("correspondence", "往来信函、聊天记录")]


def test_a_case_of_mediation_keeps_its_words_beside_talks(desk: Desk, home: str, talks: str):
    asked = body(desk, f"{home}/sittings/new")
    for word in ("安排调解会", "调解室", "主持人"):
        assert word in asked
    for word in ("协商会议", "协商室", "首席代表"):
        assert word not in main(asked)


def test_the_calendar_names_each_sitting_by_its_own_word(desk: Desk, home: str, talks: str):
    for address, place in ((home, "二楼"), (talks, "三楼")):
        assert desk.post(f"{address}/sittings/new", {**WEDNESDAY, "place": place}).status_code == 303
    page = body(desk, "/calendar?whose=all&day=2026-03-04&view=agenda")
    assert "第 1 次调解会" in page
    assert "第 1 次协商会议" in page
    assert "调解会、协商会议" in page  # what is shown: a kind of both


def test_pages_across_procedures_say_the_words_of_all(desk: Desk, talks: str, advisor: str):
    workload = body(desk, "/workload")
    assert "按调解员、协商指导员" in workload
    assert "本期调解会、协商会议" in workload
    assert ">李窗<" in workload  # who may be given talks is listed among them
    rooms = body(desk, "/rooms")
    assert "还没有登记调解室、协商室" in rooms
    assert "调解会、协商会议" in body(desk, "/messages/preferences")
    desk.log_in("admin")
    assert "调解会、协商会议通知（发给当事人）" in body(desk, "/admin/templates")
    assert "召开调解会、协商会议，按时到会" in body(desk, "/admin/templates/invitation")


def test_without_talks_no_page_says_their_words(desk: Desk):
    desk.log_in("head")
    for path in ("/workload", "/rooms", "/messages/preferences", "/calendar"):
        page = body(desk, path)
        assert "调解" in page
        assert "协商" not in page


@pytest.fixture
def both_held(database: Database, clock: Clock, people: dict[str, UUID], home: str, talks: str) -> tuple[str, str]:
    """The ids of a mediation and of talks, each with somebody responsible."""
    ids = home.rsplit("/")[-1], talks.rsplit("/")[-1]
    with database.sessions.begin() as session:
        for root in ids:
            assignment.assign(session, UUID(root), [people["other"]], on=clock.today, by=None)
    return ids


def test_talks_are_given_only_to_who_has_the_role_for_them(
    desk: Desk, talks: str, advisor: str, people: dict[str, UUID], both_held: tuple[str, str]
):
    root = both_held[1]
    assert "协商指导员" in body(desk, talks)  # what the part is called of who holds it
    sent = {"cases": root, "to": str(people["mediator"]), "reason": "另有任务"}
    refused = desk.post("/handover", sent)
    assert refused.status_code == 409
    assert "接办人在职并担任协商指导员" in refused.text
    given = desk.post("/handover", {**sent, "to": advisor})
    assert given.status_code == 303, given.text[-2000:]


def test_a_mediation_is_not_given_to_who_has_the_role_for_talks(desk: Desk, advisor: str, both_held: tuple[str, str]):
    refused = desk.post("/handover", {"cases": both_held[0], "to": advisor, "reason": "另有任务"})
    assert refused.status_code == 409
    assert "接办人在职并担任调解员" in refused.text


def test_only_who_may_hold_such_a_case_is_offered_to_take_it(
    desk: Desk, talks: str, advisor: str, people: dict[str, UUID], database: Database, clock: Clock
):
    root = talks.rsplit("/")[-1]
    with database.sessions.begin() as session:
        assignment.assign(session, UUID(root), [people["other"]], on=clock.today, by=None)
    for path in ("/handover", f"/handover?case={root}", f"/todo/many/assign?ids={root}"):
        assert offered(desk, path) == ["李窗"], path
    sent = {"to": str(people["mediator"]), "reason": "另有任务"}
    assert desk.post("/handover", {"cases": root, **sent}).status_code == 422
    path = f"/todo/many/assign?ids={root}"
    assert desk.post("/todo/many/assign", {"_ids": root, **sent}, at=path).status_code == 422
    with database.reading() as session:
        assert [h.staff_id for h in assignment.handlers(session, UUID(root), clock.today)] == [people["other"]]


def test_of_cases_of_several_kinds_it_is_said_who_may_hold_only_one(
    desk: Desk, advisor: str, both_held: tuple[str, str]
):
    mediation, talks = both_held
    said = ["李窗（限工资协商）", "王调（限劳动争议调解）", "赵调（限劳动争议调解）"]
    assert offered(desk, "/handover") == said
    assert offered(desk, f"/todo/many/assign?ids={mediation}&ids={talks}") == said
    assert offered(desk, f"/todo/many/assign?ids={mediation}") == ["王调", "赵调"]


def test_words_that_are_the_same_are_said_once():
    one, other = Words(sitting="调解会", room="会议室"), Words(sitting="协商会议", handled_by=(ADVISOR,))
    both = together([one, other])
    assert (both.sitting, both.room, both.handled_by) == ("调解会、协商会议", "会议室", (ADVISOR,))
    assert together([one, Words(materials=(POWER,)), Words(materials=(POWER,))]).materials == (POWER,)
    assert both.said("安排{sitting}") == "安排调解会、协商会议"
    assert together([]) == UNSAID


def body(desk: Desk, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200, (path, answer.text[:300])
    return str(answer.text)


def offered(desk: Desk, path: str) -> list[str]:
    """Whom the page offers a case to."""
    found = re.search(r'<select[^>]*name="to".*?</select>', body(desk, path), re.S)
    assert found
    return re.findall(r'<option value="[0-9a-f-]{36}"[^>]*>([^<]*)<', found[0])


def main(page: str) -> str:
    """Without the side bar, which names every procedure."""
    found = re.search(r"<main.*</main>", page, re.S)
    assert found
    return found[0]
