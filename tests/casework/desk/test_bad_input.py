"""What bad input gets: a sentence, everything typed kept, and nothing half-saved."""

import io
import re
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Database
from casework.desk.tables import Evidence
from casework.mediation.tables import CaseParty, MediationCase
from tests.casework.desk.acts import WORKER_ID, application, problems, register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union.people import Person
from workflows.tables import Counter, JournalEntry, OutboxMessage, Subject, Timer

NEW = "/cases/mediation/new?trigger=register_oral"
STORED = (Subject, MediationCase, CaseParty, Person, JournalEntry, Timer, OutboxMessage, Counter, Evidence)
WRONG = {
    "an ID number with a wrong check digit": (
        {"applicants-0-id_number": "110101199003070637"},
        "applicants-0-id_number",
    ),
    "a credit code with a wrong check digit": (
        {"respondents-0-credit_code": "91110105MA01ABCD5G"},
        "respondents-0-credit_code",
    ),
    "a phone number that is none": ({"applicants-0-phone": "12345"}, "applicants-0-phone"),
    "a date to come": ({"occurred_on": "2026-03-09"}, "occurred_on"),
    "a date that is none": ({"claims-0-period_from": "2026-02-30"}, "claims-0-period_from"),
    "a text too long": ({"grounds": "长" * 4001}, "grounds"),
    "a name too long": ({"applicants-0-name": "长" * 201}, "applicants-0-name"),
    "an amount that is none": ({"claims-0-amount": "八千"}, "claims-0-amount"),
    "an amount below zero": ({"claims-0-amount": "-1"}, "claims-0-amount"),
    "no name": ({"respondents-0-name": "", "respondents-0-address": "某处"}, "respondents-0-name"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_application_is_422_at_its_field_with_everything_kept(desk: Desk, database: Database, what: str):
    typed, at = WRONG[what]
    desk.log_in("intake")
    before = stored(database)
    answer = desk.post(NEW, application(**typed))
    assert answer.status_code == 422, problems(answer.text)
    assert f'id="e-f-{at}"' in answer.text, problems(answer.text)
    assert "王小明" in answer.text or "applicants-0-name" in typed
    for value in typed.values():
        assert value in answer.text
    assert stored(database) == before


def test_every_wrong_number_is_said_at_once_and_not_one_after_the_other(desk: Desk):
    desk.log_in("intake")
    wrong = {
        "applicants-0-id_number": "110101199003070637",
        "applicants-0-phone": "12345",
        "applicants-0-account": "62",
        "respondents-0-credit_code": "91110105MA01ABCD5G",
        "claims-0-amount": "八千",
    }
    page = desk.post(NEW, application(**wrong)).text
    assert "有 5 处需要改正" in page, problems(page)
    assert all(f'href="#f-{name}"' in page for name in wrong), problems(page)


def test_a_date_before_what_the_step_relies_on_is_422_at_the_date(desk: Desk, database: Database, clock: Clock):
    desk.log_in("intake")
    home = register(desk)
    began = clock.today
    assert desk.post(f"{home}/transitions/seek_consent", {"way": "phone"}).status_code == 303
    clock.move(days=2)
    desk.log_in("intake")
    said = {"answer": "agreed", "way": "phone"}
    assert desk.post(f"{home}/transitions/record_answer", said).status_code == 303
    desk.log_in("head")
    before = stored(database)
    answer = desk.post(f"{home}/transitions/accept", {"occurred_on": began.isoformat(), "way": "letter"})
    assert answer.status_code == 422
    assert 'id="e-f-occurred_on"' in answer.text
    assert f"日期 {began} 早于当事人同意调解的日期 {clock.today}，核对后改正。" in answer.text
    assert began.isoformat() in answer.text
    assert stored(database) == before


def test_a_party_on_both_sides_is_refused_with_the_article(desk: Desk, database: Database):
    desk.log_in("intake")
    before = stored(database)
    both = application(
        **{
            "applicants-0-id_number": WORKER_ID,
            "respondents-0-name": "王小明",
            "respondents-0-kind": "person",
            "respondents-0-id_number": WORKER_ID,
        }
    )
    answer = desk.post(NEW, both)
    assert answer.status_code == 409
    assert "同一" in answer.text
    assert WORKER_ID in answer.text
    assert stored(database) == before


def test_a_refusal_leads_to_the_questions_that_decide_it(desk: Desk):
    desk.log_in("intake")
    register(desk)
    page = desk.post(NEW, application(read_back="")).text
    led = re.findall(r'<a href="#(f-[^"]+)">', page)
    assert {"f-read_back", "f-taken_at", "f-duplicate_decision"} == set(led), problems(page)
    assert all(f'id="{anchor}"' in page for anchor in led), "no link leads nowhere"


def test_an_unlawful_step_is_409_with_every_reason_and_article(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    desk.log_in("head")
    before = stored(database)
    answer = desk.post(f"{home}/transitions/accept", {})
    assert answer.status_code == 409
    assert "双方当事人均同意调解" in answer.text
    assert "第二十二条" in answer.text
    assert stored(database) == before


def test_absent_and_not_allowed_are_the_same_404(desk: Desk):
    desk.log_in("intake")
    home = register(desk)
    desk.log_in("admin")
    hidden = desk.get(home)
    absent = desk.get("/subjects/01a204bb-0000-7000-8000-000000000000")
    assert hidden.status_code == absent.status_code == 404
    assert without_numbers(hidden.text) == without_numbers(absent.text)


def test_an_application_sent_twice_is_one_case(desk: Desk, database: Database):
    desk.log_in("intake")
    sent = {**desk.form(NEW), **application(**{"applicants-0-id_number": WORKER_ID})}
    first = desk.client.post(NEW, data=sent, follow_redirects=False)
    before = stored(database)
    again = desk.client.post(NEW, data=sent, follow_redirects=False)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert stored(database) == before


@pytest.mark.parametrize("name", ["empty", "program", "bomb", "page"])
def test_a_harmful_file_is_refused_and_nothing_is_kept(desk: Desk, database: Database, name: str):
    content, called = {
        "empty": (b"", "工资条.pdf"),
        "program": (b"MZ\x90\x00" + b"\0" * 200, "工资条.pdf"),
        "bomb": (bomb(), "台账.xlsx"),
        "page": (b"<!doctype html><script>alert(1)</script>", "说明.txt"),
    }[name]
    desk.log_in("intake")
    home = register(desk)
    before = stored(database)
    answer = desk.post(f"{home}/evidence/new", {"purpose": "证明欠薪"}, files={"files": (called, content)})
    assert answer.status_code == 422
    assert "证明欠薪" in answer.text
    assert called.partition(".")[0] in answer.text
    assert stored(database) == before


def test_typed_control_characters_and_markup_never_break_a_page(desk: Desk):
    desk.log_in("intake")
    home = register(desk, **{"applicants-0-name": "王<b>小\u202e明</b>"})
    page = desk.get(home).text
    assert "王<b>小" not in page


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", b"0" * 300_000_000)
    return packed.getvalue()


def stored(database: Database) -> dict[str, int]:
    """How many rows of everything a step may write."""
    with database.reading() as session:
        count: Any = lambda table: session.scalar(select(func.count()).select_from(table))  # noqa: E731
        return {table.__tablename__: count(table) for table in STORED}


def without_numbers(page: str) -> str:
    """The error page without its own number and the tokens of this answer."""
    return re.sub(r'(value|content)="[^"]*"|[0-9A-Z]{6,}', "", page)
