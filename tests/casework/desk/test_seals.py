"""The seal at the desk: approved by one, set by another with a code from the telephone, registered, taken out."""

import re
from datetime import date

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from documents.tables import Record, SealUse
from tests.casework.desk.conftest import PASSWORD, Desk
from tests.casework.mediation.world import application, build
from tests.served import website
from union import passwords, second_factor
from union.access import SECURITY_ADMIN, grant
from union.people import Staff
from union.second_factor import SecondFactor
from workflows.calendar_table import fill
from workflows.tables import JournalEntry


class Office(Desk):
    """The desk with the mediation behind it."""

    def __init__(self, client, database, world):
        super().__init__(client)
        self.database, self.world = database, world


@pytest.fixture
def desk(database, clock, quick_hashes, tmp_path):
    with database.sessions.begin() as session:
        fill(session, clock.now)
    world = build(database.sessions, clock)
    with database.sessions.begin() as session:
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))
    with TestClient(website(database, clock, tmp_path)) as client:
        yield Office(client, database, world)


@pytest.fixture
def people(desk):
    return desk.world.ids


def enrol(desk, people, clock, account="keeper"):
    """The account's telephone, taken into use through its own page; answers the secret."""
    desk.log_in(account)
    desk.post("/account/second-factor/start", {}, at="/account/second-factor")
    with desk.database.sessions() as session:
        begun = second_factor.started(session, people[account])
        code = second_factor.current_code(begun, clock.now)
    answer = desk.post("/account/second-factor/confirm", {"code": code}, at="/account/second-factor")
    assert answer.status_code == 303
    clock.move(minutes=1)


def code_of(desk, people, clock, account="keeper"):
    with desk.database.sessions() as session:
        return second_factor.current_code(second_factor.enrolled(session, people[account]), clock.now)


@pytest.fixture
def notices(desk, people, clock):
    """Two notices of two cases that wait for the approval of their seal."""
    world = desk.world
    for number in range(2):
        world.accepted(
            application(duplicate_decision="separate", duplicate_reason="另一段用工期间") if number else None
        )
    return world.read(select(Record).where(Record.kind_id == "acceptance_notice").order_by(Record.id))


def state(desk, record):
    return desk.world.state(record.id)


def approve(desk, *records):
    desk.log_in("head")
    return desk.post("/seals/approve", {"ids": [str(r.id) for r in records]}, at="/seals?view=approve")


def test_a_head_approves_and_the_keeper_seals_many_at_once_with_one_code(desk, people, clock, notices):
    assert approve(desk, *notices).status_code == 303
    assert {state(desk, r) for r in notices} == {"awaiting_seal"}
    enrol(desk, people, clock)
    sent = {"ids": [str(r.id) for r in notices], "_code": code_of(desk, people, clock)}
    assert desk.post("/seals/seal", sent, at="/seals?view=seal").status_code == 303
    assert {state(desk, r) for r in notices} == {"sealed"}
    uses = desk.world.read(select(SealUse).order_by(SealUse.serial))
    assert [(u.serial, u.approved_by_name, u.sealed_by_name) for u in uses] == [
        (1, "郑宏", "潘月"),
        (2, "郑宏", "潘月"),
    ]
    page = desk.get("/seals?view=register").text
    assert "〔2026〕2号" in page
    assert notices[0].number in page


def test_each_seal_waits_in_the_queue_of_whoever_has_to_act(desk, people, clock, notices):
    """What is one's own move is not what one waits for: 等他人回复 would hide it from the only person who can do it."""
    notice = notices[0]

    def shown(account, view):
        desk.log_in(account)
        rows = desk.get(f"/todo?view={view}").text.split('<div id="rows">')[1].split("<aside")[0]
        return f"/subjects/{notice.id}" in rows

    assert shown("head", "role")
    assert not shown("head", "waiting")
    approve(desk, notice)
    assert shown("keeper", "role")
    assert not shown("head", "role")


def test_the_same_form_sent_twice_seals_once(desk, people, clock, notices):
    approve(desk, notices[0])
    enrol(desk, people, clock)
    form = {**desk.form("/seals?view=seal"), "ids": [str(notices[0].id)], "_code": code_of(desk, people, clock)}
    for _ in range(2):
        assert desk.client.post("/seals/seal", data=form, follow_redirects=False).status_code == 303
    assert len(desk.world.read(select(SealUse))) == 1


def test_one_that_refuses_keeps_none_of_the_others_back(desk, people, clock, notices):
    approve(desk, notices[1])
    enrol(desk, people, clock)
    sent = {"ids": [str(r.id) for r in notices], "_code": code_of(desk, people, clock)}
    done = desk.post("/seals/seal", sent, at="/seals?view=seal")
    assert [state(desk, r) for r in notices] == ["awaiting_approval", "sealed"]
    page = desk.get(done.headers["location"]).text
    assert "用印 1 份，1 份没有办理" in page
    refused, sealed = re.findall(r"<li><svg.*?</li>", page.split('<ul class="items">')[1], re.S)
    assert f"/subjects/{notices[0].id}" in refused
    assert "未办" in refused
    assert f"/subjects/{notices[1].id}" in sealed
    assert "已办" in sealed
    assert "撤销" not in page  # a seal has effect in law
    undo = done.headers["location"].replace("/seals/", "/todo/") + "/undo"
    assert desk.post(undo, {}, at="/seals").status_code == 404
    assert desk.get(done.headers["location"].replace("/seals/", "/todo/")).status_code == 404
    desk.log_in("head")
    assert desk.get(done.headers["location"]).status_code == 404  # another's


def test_a_wrong_or_used_code_seals_nothing(desk, people, clock, notices):
    approve(desk, *notices)
    enrol(desk, people, clock)
    right = code_of(desk, people, clock)
    wrong = "000000" if right != "000000" else "111111"
    path = f"/subjects/{notices[0].id}/transitions/seal"
    for typed, sentence in ((wrong, "口令不正确"), ("", "填写手机上的动态口令")):
        answer = desk.post(path, {"copies": "3", "seal": "专用章", "_code": typed}, at=path)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert desk.post(path, {"copies": "3", "seal": "专用章", "_code": right}, at=path).status_code == 303
    desk.log_in("keeper")  # a new session has proved nothing, and the code has been used
    path = f"/subjects/{notices[1].id}/transitions/seal"
    assert desk.post(path, {"copies": "3", "seal": "专用章", "_code": right}, at=path).status_code == 422
    assert [state(desk, r) for r in notices] == ["sealed", "awaiting_seal"]


def test_a_code_is_asked_once_in_five_minutes(desk, people, clock, notices):
    approve(desk, *notices)
    enrol(desk, people, clock)
    first, second = (f"/subjects/{r.id}/transitions/seal" for r in notices)
    desk.post(first, {"copies": "3", "seal": "专用章", "_code": code_of(desk, people, clock)}, at=first)
    assert 'name="_code"' not in desk.get(second).text
    clock.move(minutes=6)
    assert 'name="_code"' in desk.get(second).text
    assert desk.post(second, {"copies": "3", "seal": "专用章"}, at=second).status_code == 422
    assert state(desk, notices[1]) == "awaiting_seal"


def test_guessing_codes_is_slowed_down(desk, people, clock, notices):
    approve(desk, notices[0])
    enrol(desk, people, clock)
    path = f"/subjects/{notices[0].id}/transitions/seal"
    wrong = next(c for c in ("000000", "111111") if c != code_of(desk, people, clock))
    for _ in range(6):
        desk.post(path, {"copies": "3", "seal": "专用章", "_code": wrong}, at=path)
    answer = desk.post(path, {"copies": "3", "seal": "专用章", "_code": code_of(desk, people, clock)}, at=path)
    assert "尝试过于频繁" in answer.text
    assert state(desk, notices[0]) == "awaiting_seal"


def test_who_has_no_telephone_is_told_where_to_set_it_up(desk, people, clock, notices):
    approve(desk, notices[0])
    desk.log_in("keeper")
    path = f"/subjects/{notices[0].id}/transitions/seal"
    assert "还没有设置动态口令" in desk.get(path).text
    assert "还没有设置动态口令" in desk.post(path, {"copies": "3", "seal": "专用章", "_code": "123456"}, at=path).text


def test_a_lost_telephone_is_taken_off_by_the_security_administrator_and_noted(desk, people, clock):
    enrol(desk, people, clock)
    with desk.database.sessions.begin() as session:
        admin = session.scalars(select(Staff).where(Staff.account == "archivist")).one()
        grant(session, admin.id, SECURITY_ADMIN, desk.world.federation, date(2015, 1, 1))
    desk.log_in("keeper")
    assert desk.get("/admin/second-factors").status_code == 404
    desk.log_in("archivist")
    path = f"/admin/second-factors/{people['keeper']}"
    assert desk.post(path, {"because": "短"}, at=path).status_code == 422
    assert desk.post(path, {"because": "手机遗失，当面核对证件"}, at=path).status_code == 303
    with desk.database.sessions() as session:
        assert second_factor.enrolled(session, people["keeper"]) is None
        ended = session.scalars(select(SecondFactor)).one()
        assert (ended.ended_by, ended.ended_because) == (people["archivist"], "手机遗失，当面核对证件")
    assert desk.get(path).status_code == 404


def test_a_telephone_in_use_is_not_replaced_without_its_code(desk, people, clock):
    enrol(desk, people, clock)
    desk.log_in("keeper")
    answer = desk.post("/account/second-factor/start", {}, at="/account/second-factor")
    assert answer.headers["location"].endswith("/prove")
    with desk.database.sessions() as session:
        assert second_factor.started(session, people["keeper"]) is None
    proved = {"code": code_of(desk, people, clock)}
    assert desk.post("/account/second-factor/prove", proved).status_code == 303
    desk.post("/account/second-factor/start", {}, at="/account/second-factor")
    with desk.database.sessions() as session:
        assert second_factor.started(session, people["keeper"]) is not None


def test_the_secret_is_unreadable_in_the_database(desk, people, clock):
    enrol(desk, people, clock)
    with desk.database.sessions() as session:
        found = second_factor.enrolled(session, people["keeper"])
        assert found.secret.encode() not in found.sealed


def test_nobody_else_sees_the_register_or_takes_part(desk, people, clock, notices):
    desk.log_in("mediator")
    assert desk.get("/seals").status_code == 404
    desk.log_in("head")
    path = f"/subjects/{notices[0].id}/transitions/seal"
    assert desk.get(path).status_code == 409
    desk.log_in("keeper")
    sent = {"ids": [str(notices[0].id)]}
    assert desk.post("/seals/approve", sent, at="/seals?view=register").status_code == 303
    assert state(desk, notices[0]) == "awaiting_approval"


def test_the_register_is_taken_out_with_a_reason(desk, people, clock, notices):
    desk.world.seal(notices[0].id)
    desk.log_in("keeper")
    path = "/take-out/seals?view=register&q="
    assert desk.post(path, {"reason": ""}, at=path).status_code == 422
    seen = re.search(r'name="_seen" value="([^"]*)"', desk.get(path).text)
    answer = desk.post(path, {"_seen": seen[1], "reason": "季度检查用印"}, at=path)
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    assert "seal" in desk.world.read(select(JournalEntry.trigger))
