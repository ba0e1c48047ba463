"""并案 chosen when a case is entered: a task for the head until the join is done, or given up with a reason."""

import re

from app.database import Database
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk, _staff
from union.organisations import Organisation
from union.roles import AUDITOR

TASKS = "/todo?view=tasks"


def test_a_join_chosen_at_registration_waits_for_the_head_until_it_is_carried_out(desk: Desk):
    first, second = _two(desk)
    desk.log_in("head")
    page = desk.get(TASKS).text
    assert "登记时选择并入已有案件（同一单位的同类争议）：办理“并入他案”" in page
    assert desk.get(second).text.count("处理这项任务") == 1
    assert "处理这项任务" not in desk.get(first).text
    sent = {"into_id": first.rpartition("/")[2], "reason": "同一用人单位"}
    assert desk.post(f"{second}/transitions/join", sent).status_code == 303
    assert "登记时选择并入已有案件" not in desk.get(TASKS).text


def test_a_join_given_up_needs_the_head_and_a_reason(desk: Desk):
    _, second = _two(desk)
    task = re.search(r'href="(/tasks/[^"]+)"', desk.get(second).text)[1]
    other = desk.post(task, {"how": "两案请求不同，分别办理"})
    assert other.status_code == 422
    assert "这项任务由调解组织负责人处理" in other.text
    assert "两案请求不同，分别办理" in other.text
    desk.log_in("head")
    assert desk.post(task, {"how": ""}).status_code == 422
    assert "登记时选择并入已有案件" in desk.get(TASKS).text
    assert desk.post(task, {"how": "两案请求不同，分别办理"}).status_code == 303
    assert "登记时选择并入已有案件" not in desk.get(TASKS).text
    assert "两案请求不同，分别办理" in desk.get(second).text


def test_who_only_looks_on_reads_of_a_task_and_is_not_sent_to_a_page_that_is_closed_to_them(
    desk: Desk, database: Database
):
    _, second = _two(desk)
    task = re.search(r'href="(/tasks/[^"]+)"', desk.get(second).text)[1]
    with database.sessions.begin() as session:
        district = session.query(Organisation).filter(Organisation.level == "district").one()
        _staff(session, "audit", "郑审", district, (AUDITOR,))
    desk.log_in("audit")
    assert desk.get(task).status_code == 404
    page = desk.get(second).text
    assert "登记时选择并入已有案件" in page and "/tasks/" not in page
    page = desk.get(TASKS).text
    assert "没有任务" in page and "/tasks/" not in page
    desk.log_in("head")
    assert task in desk.get(TASKS).text and task in desk.get(second).text


def test_a_case_that_ends_otherwise_waits_for_no_join(desk: Desk):
    _, second = _two(desk)
    withdrawn = desk.post(f"{second}/transitions/withdraw", {"reason": "other", "voluntary": "1"})
    assert withdrawn.status_code == 303
    assert "登记时选择并入已有案件" not in desk.get(TASKS).text


def _two(desk: Desk) -> tuple[str, str]:
    desk.log_in("intake")
    first = register(desk)
    return first, register(desk, duplicate_decision="join", duplicate_reason="同一单位的同类争议")
