"""Who can see a case, why, who has looked, and how a colleague who cannot asks for leave to read it."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.database import Database
from casework.desk.tables import Reading
from tests.casework.desk.acts import planned, register, relayed
from tests.casework.desk.conftest import SINCE, Desk, _staff
from tests.conftest import Clock
from union import access
from union.access import actor_for, can
from union.case_access import who_may
from union.organisations import Organisation
from union.people import Deputy, Leave, Staff
from union.roles import AUDITOR, MEDIATOR, ORG_HEAD
from workflows.tables import Subject


def test_the_list_of_who_can_see_names_exactly_those_the_door_lets_in(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("intake")
    root_id = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        station = session.scalars(select(Organisation).where(Organisation.code == "望京")).one()
        district = session.get_one(Organisation, station.parent_id)
        elsewhere = Organisation(name="双井街道总工会", level="street", kind="station", parent=district, code="双井")
        session.add(elsewhere)
        session.flush()
        _staff(session, "far", "钱远", elsewhere, (MEDIATOR, ORG_HEAD))
        _staff(session, "above", "吴上", district, (ORG_HEAD,))
        _staff(session, "audit", "郑审", district, (AUDITOR,))
        access.conflict(session, root_id, people["other"], "与申请人为近亲属", clock.today)
    with database.reading() as session:
        root = session.get_one(Subject, root_id)
        listed = {seer.staff_id for seer in who_may(session, root, "case.view", clock.today)}
        everybody = session.scalars(select(Staff.id)).all()
        let_in = {
            i for i in everybody if can(session, actor_for(session, i, clock.now), "case.view", root, at=clock.now)
        }
    assert listed == let_in
    assert people["other"] not in listed
    assert people["mediator"] in listed
    assert len(everybody) > len(let_in)


def test_who_can_see_and_who_has_looked_is_shown_to_those_entitled_and_to_nobody_else(desk: Desk):
    desk.log_in("head")
    home = register(desk)
    desk.get(home)
    page = desk.get(f"{home}/access").text
    assert "望京街道调解组织负责人" in page
    assert "本案尚未指定调解员" in page
    assert "看过本件" in desk.get(f"{home}?level=everything").text
    assert f"{home}/access" in desk.get(home).text
    desk.log_in("intake")
    assert desk.get(f"{home}/access").status_code == 404
    everything = desk.get(f"{home}?level=everything").text
    assert "办案记录" in everything
    assert "看过本件" not in everything
    assert "看过本件" not in desk.get(f"{home}?log=reads").text
    assert "看过本件" not in desk.get(f"{home}?level=everything&log=reads", headers={"hx-request": "true"}).text
    assert f"{home}/access" not in everything


def test_a_look_at_the_case_beside_the_list_or_at_its_minutes_is_in_the_reading_log(
    desk: Desk, database: Database, clock: Clock, people
):
    home, _ = _case_of_another(desk, people, database)
    desk.log_in("head")
    sitting = planned(desk, home)
    root_id = UUID(home.rsplit("/")[-1])
    with database.sessions.begin() as session:
        session.execute(update(Subject).where(Subject.id == root_id).values(state="assigned"))

    def times() -> int:
        with database.reading() as session:
            counted = select(func.coalesce(func.sum(Reading.times), 0))
            looks = counted.where(Reading.root_id == root_id, Reading.staff_id == people["mediator"])
            return int(session.scalar(looks) or 0)

    for number, path in enumerate((f"/todo/glance/{root_id}", "/todo/next", sitting), start=1):
        clock.move(minutes=11)
        desk.log_in("mediator")
        assert times() == number - 1
        assert desk.get(path).status_code == 200
        assert times() == number, path


def test_who_holds_a_case_and_who_stands_in_are_told_apart(desk: Desk, database: Database, clock: Clock, people):
    home, _ = _case_of_another(desk, people, database)
    with database.sessions.begin() as session:
        session.add(Deputy(staff_id=people["mediator"], deputy_id=people["other"], valid_from=SINCE))
        session.add(
            Leave(staff_id=people["mediator"], valid_from=clock.today, valid_to=clock.today + timedelta(days=1))
        )
    desk.log_in("head")
    page = desk.get(f"{home}/access").text
    assert re.search(r"王调</b>.{0,80}承办本案</div>", page, re.DOTALL)
    assert re.search(r"赵调</b>.{0,80}承办人休假，由其代班</div>", page, re.DOTALL)


def test_leave_to_read_is_asked_for_granted_until_a_day_and_taken_back(
    desk: Desk, database: Database, clock: Clock, people
):
    home, number = _case_of_another(desk, people, database)
    desk.log_in("other")
    assert desk.get(home).status_code == 404
    asked = {"number": number, "reason": "同一企业另有一件争议，需要核对工资标准"}
    assert desk.post("/access/new", asked).status_code == 303
    assert desk.get(home).status_code == 404
    assert "待答复" in desk.get("/access").text
    desk.log_in("head")
    assert "有同事申请查看本件" in desk.get(home).text
    path = _to_answer(desk)
    too_long = desk.post(path, {"answer": "granted", "until": (clock.today + timedelta(days=91)).isoformat()})
    assert too_long.status_code == 422
    until = clock.today + timedelta(days=5)
    assert desk.post(path, {"answer": "granted", "until": until.isoformat()}).status_code == 303
    assert "经负责人批准临时查看" in desk.get(f"{home}/access").text
    desk.log_in("other")
    seen = desk.get(home)
    assert seen.status_code == 200
    assert "你可以查看本件，不能办理" in seen.text
    assert desk.get(f"{home}/contacts/new").status_code == 404
    clock.move(days=6)
    desk.log_in("other")
    assert desk.get(home).status_code == 404


def test_a_leave_is_taken_back_at_once_and_a_refusal_says_why(desk: Desk, database: Database, clock: Clock, people):
    home, number = _case_of_another(desk, people, database)
    asked = {"number": number, "reason": "需要核对同一企业的工资标准"}
    desk.log_in("other")
    desk.post("/access/new", asked)
    desk.log_in("head")
    path = _to_answer(desk)
    assert desk.post(path, {"answer": "refused"}).status_code == 422
    assert desk.post(path, {"answer": "refused", "reason": "与本案无关"}).status_code == 303
    again = desk.post(path, {"answer": "granted"})
    assert again.status_code == 422
    assert "已经答复" in again.text
    desk.log_in("other")
    assert "与本案无关" in desk.get("/access").text
    assert desk.get(home).status_code == 404
    desk.post("/access/new", asked)
    desk.log_in("head")
    desk.post(_to_answer(desk), {"answer": "granted"})
    end = re.search(rf'href="({home}/access/[0-9a-f-]+/end)"', desk.get(f"{home}/access").text)
    assert end
    assert desk.post(end[1], {"reason": "核对完毕"}).status_code == 303
    relayed(database, clock)
    desk.log_in("other")
    assert desk.get(home).status_code == 404
    assert "的权限已收回：核对完毕" in desk.get("/messages").text
    desk.log_in("head")
    history = desk.get(f"{home}?level=everything").text
    for what in ("申请查看案件", "未批准查看案件", "批准查看案件", "收回查看权限"):
        assert what in history, what


def test_a_case_is_asked_for_with_the_brackets_of_any_keyboard(desk: Desk, database: Database, people):
    """Otherwise nobody ever answers: whoever asks must not be told that there is no such case."""
    _, number = _case_of_another(desk, people, database)
    desk.log_in("other")
    typed = number.replace("〔", "(").replace("〕", ")")
    desk.post("/access/new", {"number": typed, "reason": "需要核对同一企业的工资标准"})
    desk.log_in("head")
    assert _to_answer(desk)


def test_asking_for_a_case_says_nothing_of_whether_there_is_one(desk: Desk, database: Database, people):
    _, number = _case_of_another(desk, people, database)
    desk.log_in("other")
    reason = "需要核对同一企业的工资标准"
    real = desk.post("/access/new", {"number": number, "reason": reason})
    none = desk.post("/access/new", {"number": "望劳调字〔2026〕第9999号", "reason": reason})
    assert (real.status_code, real.headers["location"]) == (none.status_code, none.headers["location"])
    page = desk.get("/access").text
    assert page.count("待答复") == 2


def test_only_the_head_answers_and_nobody_answers_oneself(desk: Desk, database: Database, people):
    home, number = _case_of_another(desk, people, database)
    desk.log_in("other")
    desk.post("/access/new", {"number": number, "reason": "需要核对同一企业的工资标准"})
    desk.log_in("head")
    path = _to_answer(desk)
    for account in ("other", "mediator", "intake"):
        desk.log_in(account)
        assert desk.get(path).status_code == 404, account
        assert home not in desk.get("/access").text, account
    own = desk.post("/access/new", {"number": number, "reason": "需要核对同一企业的工资标准"})
    assert own.status_code == 422
    assert "已经可以查看" in own.text


def _case_of_another(desk: Desk, people: dict[str, UUID], database: Database) -> tuple[str, str]:
    """A case of the mediator's, which the other mediator cannot see: its address and number."""
    from casework.desk import assignment

    desk.log_in("intake")
    home = register(desk)
    root = UUID(home.rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=SINCE, by=people["head"])
        return home, str(session.get_one(Subject, root).number)


def _to_answer(desk: Desk) -> str:
    found = re.search(
        r'href="(/subjects/[0-9a-f-]+/access/[0-9a-f-]+)" hx-get[^>]*aria-label="答复', desk.get("/access").text
    )
    assert found
    return found[1]
