"""Personal data masked until revealed, likely repetitions, hand-over, sittings that clash, messages."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.desk import assignment, messages
from casework.desk.tables import Link, Message
from casework.mediation.tables import MediationCase
from tests.casework.desk.acts import application, lend, problems, register, seen_on
from tests.casework.desk.conftest import SINCE, Desk
from tests.conftest import Clock
from union import access
from union.people import Relative, Staff
from union.roles import SEAL_KEEPER
from workflows import outbox
from workflows.errors import Refused
from workflows.sweep import sweep


def test_a_phone_is_masked_and_revealing_it_is_written_down(desk: Desk):
    desk.log_in("intake")
    home = register(desk)
    page = desk.get(home).text
    assert "138****1234" in page
    assert "13800001234" not in page
    path = page.split('hx-post="')[[p.startswith(f"{home}/reveal/") for p in page.split('hx-post="')].index(True)]
    answer = desk.post(path.split('"')[0], {}, at=home, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.text == "13800001234"
    without_script = desk.post(path.split('"')[0], {}, at=home)
    assert "13800001234" in without_script.text
    assert "cy_flash" not in str(without_script.headers.get("set-cookie"))
    assert "查看完整个人信息" in desk.get(f"{home}?level=everything").text
    assert "查看完整个人信息" not in desk.get(f"{home}?level=work").text


def test_a_likely_repetition_is_shown_before_saving_and_wants_a_decision(desk: Desk):
    desk.log_in("intake")
    register(desk)
    again = desk.post("/cases/mediation/new?trigger=register_oral", application())
    assert again.status_code == 409, problems(again.text)
    assert "可能已有同一争议的案件" in again.text
    assert "公司自一月起没有支付工资" in again.text
    decided = {
        "duplicate_decision": "related",
        "duplicate_reason": "请求的期间不同",
        "duplicate_seen": seen_on(again.text),
    }
    assert desk.post("/cases/mediation/new?trigger=register_oral", application(**decided)).status_code == 303


def test_a_case_registered_meanwhile_comes_back_with_the_form_and_is_asked_about_again(desk: Desk, database: Database):
    path = "/cases/mediation/new?trigger=register_oral"
    desk.log_in("intake")
    register(desk)
    said = {"duplicate_decision": "related", "duplicate_reason": "请求的期间不同"}
    unseen = desk.post(path, application(**said))
    assert unseen.status_code == 409, "nobody decides about a case not shown"
    seen = seen_on(unseen.text)
    register(desk, **said)
    answer = desk.post(path, application(**said, duplicate_seen=seen))
    assert answer.status_code == 409, problems(answer.text)
    assert answer.text.count("新发现") == 1
    assert 'value="请求的期间不同"' in answer.text
    with database.reading() as session:
        assert len(session.scalars(select(MediationCase)).all()) == 2
    wrong = application(**said, duplicate_seen=seen_on(answer.text), taken_at="x")
    kept = desk.post(path, wrong)
    assert kept.status_code == 422
    assert 'value="请求的期间不同"' in kept.text, "what was decided stays when something else is wrong"
    assert desk.post(path, application(**said, duplicate_seen=seen_on(kept.text))).status_code == 303
    with database.reading() as session:
        assert len(session.scalars(select(Link)).all()) == 3


def test_a_wrong_number_and_a_name_too_long_are_refused_at_the_field(desk: Desk):
    desk.log_in("intake")
    path = "/cases/mediation/new?trigger=register_oral"
    wrong = desk.post(path, application(**{"applicants-0-id_number": "110101199003070637"}))
    assert wrong.status_code == 422
    assert "校验位不符" in wrong.text
    assert "110101199003070637" in wrong.text
    long = desk.post(path, application(**{"applicants-0-name": "名" * 201}))
    assert long.status_code == 422
    assert "最多 200 个字" in long.text
    both = desk.post(path, application(**{"respondents-0-name": "王小明", "respondents-0-kind": "person"}))
    assert both.status_code == 409
    assert "不能同时是申请人和被申请人" in both.text
    assert desk.post(path, application(**{"applicants-0-name": "名" * 200})).status_code == 303


def test_cases_are_handed_over_in_bulk_with_a_reason(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("head")
    homes = [register(desk), register(desk, **{"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"})]
    roots = [UUID(home.rsplit("/")[-1]) for home in homes]
    with database.sessions.begin() as session:
        for root in roots:
            assignment.assign(session, root, [people["mediator"]], on=clock.today, by=people["head"])
    clock.move(days=1)
    desk.log_in("mediator")
    assert "王小明" in desk.get("/todo?view=waiting").text
    short = desk.post("/handover", {"cases": [str(r) for r in roots], "to": str(people["other"]), "reason": ""})
    assert short.status_code == 422
    sent = {"cases": [str(r) for r in roots], "to": str(people["other"]), "reason": "休年假，由B角承办"}
    assert desk.post("/handover", sent).status_code == 303
    assert "王小明" not in desk.get("/todo?view=waiting").text
    desk.log_in("other")
    page = desk.get("/todo?view=waiting").text
    assert "王小明" in page
    assert "李小红" in page
    assert "休年假，由B角承办" in desk.get(homes[0]).text


def test_a_clock_near_its_end_reaches_the_handler_and_once_over_the_head(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("intake")
    root = UUID(lend(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
    clock.move(days=13)
    _relayed(database, clock)
    with database.reading() as session:
        assert [m.staff_id for m in session.scalars(select(Message))] == [people["mediator"]]
    _relayed(database, clock)
    with database.reading() as session:
        assert len(session.scalars(select(Message)).all()) == 1
    desk.log_in("mediator")
    assert "还剩 2 天" in desk.get("/messages").text
    desk.post("/messages/read", {}, at="/messages")
    assert "已把 1 条消息标为已读" in desk.get("/todo").text
    assert "没有未读消息" in desk.get("/messages").text


def test_the_same_outbox_message_twice_is_one_message(database: Database, clock: Clock, people):
    body = {"staff_id": str(people["head"]), "text": "接办两件案件", "message_id": str(UUID(int=7))}
    messages.carry_notice(database.sessions, body, clock.now)
    messages.carry_notice(database.sessions, body, clock.now)
    with database.reading() as session:
        assert len(session.scalars(select(Message)).all()) == 1


def _mediator(desk: Desk, home: str) -> dict[str, str]:
    page = desk.get(f"{home}/sittings/new").text
    found = re.search(r'name="host".*?<option value="([^"]+)" selected', page, re.S)
    assert found
    return {"host": found[1]}


def _relayed(database: Database, clock: Clock) -> None:
    sweep(database.sessions, clock.now)
    while outbox.relay(database.sessions, dict(messages.TASKS), clock.now):
        pass


def test_what_stopped_can_be_tried_again_by_the_system_administrator_only(desk: Desk, database: Database, clock: Clock):
    with database.sessions.begin() as session:
        outbox.put(session, messages.NOTICE, {"staff_id": "nobody", "text": "x"}, at=clock.now)
    for _ in range(outbox.ATTEMPTS):
        outbox.relay(database.sessions, dict(messages.TASKS), clock.now)
        clock.move(hours=2)
    desk.log_in("head")
    assert desk.get("/admin/outbox").status_code == 404
    desk.log_in("admin")
    page = desk.get("/admin/outbox").text
    assert "通知工作人员" in page
    path = page.split('action="/admin/outbox/')[1].split('"')[0]
    assert desk.post(f"/admin/outbox/{path}", {}, at="/admin/outbox").status_code == 303
    assert "没有停止的任务" in desk.get("/admin/outbox").text


def test_a_sitting_scheduled_as_a_step_shows_its_clashes_too(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("head")
    homes = [register(desk), register(desk, **{"applicants-0-name": "李小红", "applicants-0-phone": "13800005678"})]
    with database.sessions.begin() as session:
        for home in homes:
            assignment.assign(session, UUID(home.rsplit("/")[-1]), [people["head"]], on=clock.today, by=None)
    planned = {"starts_at": "2026-03-04T10:00", "place": "第一调解室", **_mediator(desk, homes[0])}
    assert desk.post(f"{homes[0]}/sittings/new", planned).status_code == 303
    with database.reading() as session:
        from casework.mediation.forms.talks import ScheduleSitting
        from union.access import actor_for
        from workflows.tables import SHANGHAI, Subject

        form = ScheduleSitting(starts_at=clock.set(2026, 3, 4, 11).astimezone(SHANGHAI))
        actor = actor_for(session, people["head"], clock.now)
        found = form.warnings(session, session.get_one(Subject, UUID(homes[1].rsplit("/")[-1])), actor, clock.now)
    assert any("调解员周敏" in sentence for sentence in found)


def test_a_case_goes_only_to_a_mediator_who_need_not_keep_out_of_it(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("intake")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
        known = Relative(staff_id=people["other"], name="王小明", relation="兄弟", valid_from=clock.today)
        session.add(known)
    desk.log_in("mediator")
    page = desk.get("/handover").text
    assert "赵调" in page
    assert "孙管" not in page
    assert "李窗" not in page
    sent = {"cases": [str(root)], "to": str(people["admin"]), "reason": "休年假"}
    assert desk.post("/handover", sent).status_code == 422
    refused = desk.post("/handover", {**sent, "to": str(people["other"])})
    assert refused.status_code == 409
    assert re.search("接办人在[^。]*中须回避", refused.text)
    with database.reading() as session:
        actor = access.actor_for(session, people["mediator"], clock.now)
        with pytest.raises(Refused, match="担任调解员"):
            assignment.hand_over(session, [root], people["admin"], "休年假", by=actor, at=clock.now)


def test_one_of_a_group_gives_away_only_his_own_part(desk: Desk, database: Database, clock: Clock, people):
    desk.log_in("intake")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"], people["head"]], on=clock.today, by=None)
    clock.move(days=1)
    desk.log_in("mediator")
    sent = {"cases": [str(root)], "to": str(people["other"]), "reason": "休年假"}
    assert desk.post("/handover", sent).status_code == 303
    with database.reading() as session:
        assert {h.staff_id for h in assignment.handlers(session, root, clock.today)} == {
            people["head"],
            people["other"],
        }


def test_who_keeps_out_of_a_case_reads_no_message_of_it_and_cannot_give_it_away(
    desk: Desk, database: Database, clock: Clock, people
):
    desk.log_in("intake")
    root = UUID(register(desk).rsplit("/")[-1])
    with database.sessions.begin() as session:
        assignment.assign(session, root, [people["mediator"]], on=clock.today, by=None)
        body = {"staff_id": str(people["mediator"]), "text": "王小明一案明日届满", "root_id": str(root)}
    messages.carry_notice(database.sessions, body, clock.now)
    desk.log_in("mediator")
    assert "王小明一案" in desk.get("/messages").text
    with database.sessions.begin() as session:
        access.conflict(session, root, people["mediator"], "近亲属", clock.today)
    for path in ("/messages", "/todo", "/handover"):
        assert "王小明" not in desk.get(path).text, path
    with database.reading() as session:
        actor = access.actor_for(session, people["mediator"], clock.now)
        with pytest.raises(Refused, match="由负责人或者原承办人移交"):
            assignment.hand_over(session, [root], people["other"], "休年假", by=actor, at=clock.now)


def test_a_correction_is_checked_by_somebody_who_can_read_the_case(desk: Desk, people):
    desk.log_in("head")
    home = register(desk)
    sent = {"field": "is_platform", "value": "true", "seq": "1", "reason": "登记时漏选", "second": str(people["admin"])}
    refused = desk.post(f"{home}/correct", sent)
    assert refused.status_code == 422
    assert "核对人须能办理本案" in refused.text
    assert desk.post(f"{home}/correct", {**sent, "second": str(people["intake"])}).status_code == 303


def test_a_day_when_something_was_known_does_not_lie_ahead(desk: Desk):
    desk.log_in("intake")
    ahead = desk.post("/cases/mediation/new?trigger=register_oral", application(**{"claims-0-knew_on": "2027-01-01"}))
    assert ahead.status_code == 422
    assert "不能晚于今天" in ahead.text


def test_who_only_seals_corrects_nothing(desk: Desk, database: Database, people):
    desk.log_in("intake")
    home = register(desk)
    with database.sessions.begin() as session:
        place = session.get_one(Staff, people["intake"]).organisation_id
        access.grant(session, people["admin"], SEAL_KEEPER, place, SINCE)
    desk.log_in("admin")
    sent = {"field": "is_platform", "value": "true", "seq": "1", "reason": "登记时漏选", "second": str(people["head"])}
    refused = desk.post(f"{home}/correct", sent)
    assert refused.status_code == 409
    assert "更正由窗口、调解员" in refused.text
