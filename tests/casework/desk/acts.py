"""What the tests of the desk do before they ask: lend something, register a dispute."""

import re
from typing import Any

from app.database import Database
from casework.desk import messages
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from workflows import outbox

WEDNESDAY = {"starts_at": "2026-03-04T10:00", "place": "第一调解室"}
WORKER_ID = "110101199003070636"


def lend(desk: Desk, item: str = "投影仪") -> str:
    """The address of the new loan."""
    answer = desk.post("/cases/lending/new?trigger=lend", {"_trigger": "lend", "item": item})
    assert answer.status_code == 303, answer.text[-3000:]
    return str(answer.headers["location"])


def application(**more: Any) -> dict[str, Any]:
    """An oral application as it is typed."""
    return {
        "_trigger": "register_oral",
        "applicants-0-name": "王小明",
        "applicants-0-kind": "person",
        "applicants-0-capacity": "worker",
        "applicants-0-phone": "13800001234",
        "applicants-0-consent": "agreed",
        "respondents-0-name": "北京甲餐饮有限公司",
        "respondents-0-kind": "organisation",
        "respondents-0-capacity": "employer",
        "claims-0-kind": "wages",
        "claims-0-title": "支付2026年1月工资",
        "claims-0-amount": "8600.50",
        "grounds": "公司自一月起没有支付工资，多次要求仍未支付。",
        "taken_at": "2026-03-02T09:30",
        "recorder": "李窗",
        "read_back": "1",
        **more,
    }


def register(desk: Desk, **more: Any) -> str:
    """The address of the new case."""
    path = "/cases/mediation/new?trigger=register_oral"
    answer = desk.post(path, application(**more))
    if answer.status_code == 409 and "duplicate_decision" in more:
        answer = desk.post(path, application(**more, duplicate_seen=seen_on(answer.text)))
    assert answer.status_code == 303, problems(answer.text)
    return str(answer.headers["location"])


def seen_on(page: str) -> str:
    """What the page says it has shown of likely repetitions."""
    return re.search(r'name="duplicate_seen" value="([^"]*)"', page)[1]


def problems(page: str) -> list[str]:
    """What the page says is wrong."""
    found = re.search(r'<div class="errsum.*?</div>', page, re.S)
    return re.sub(r"<[^>]+>", " ", found[0]).split() if found else [page[-1500:]]


def whom(desk: Desk, home: str) -> dict[str, str]:
    """Name -> id of everybody who can be called."""
    page = desk.get(f"{home}/sittings/new").text
    select_ = re.search(r'<select[^>]*name="notices-0-who".*?</select>', page, re.S)
    assert select_
    found = re.findall(r'<option value="([0-9a-f-]{36})"[^>]*>([^（<]+)（', select_[0])
    return {name: value for value, name in found}


def planned(desk: Desk, home: str) -> str:
    """The address of a sitting on Wednesday at ten to which both sides are called."""
    called = {f"notices-{n}-who": who for n, who in enumerate(whom(desk, home).values())}
    answer = desk.post(f"{home}/sittings/new", {**WEDNESDAY, **called})
    assert answer.status_code == 303, problems(answer.text)
    return str(answer.headers["location"])


def relayed(database: Database, clock: Clock) -> None:
    while outbox.relay(database.sessions, dict(messages.TASKS), clock.now):
        pass
