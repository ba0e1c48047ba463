"""查询: a number typed into an application finds who is known by it; nothing typed is overwritten, nobody is unmasked."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from casework.mediation.tables import CaseParty, MediationCase
from tests.casework.desk.acts import WORKER_ID, application, problems
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union.audit import AuditEntry
from union.organisations import Enterprise, Organisation
from union.people import Person

PATH = "/cases/mediation/new?trigger=register_oral"
CODE = "91110105MA01ABCD5F"
UNKNOWN = "91350100M000100Y43"


@pytest.fixture
def known(database: Database, clock: Clock, people) -> None:
    """A unit and a worker the service has met before."""
    with database.sessions.begin() as session:
        unit = Organisation(name="北京远航物流有限公司", level="unit", kind="enterprise", credit_code=CODE)
        session.add(unit)
        session.flush()
        session.add(Enterprise(id=unit.id, legal_representative="赵强", address="北京市朝阳区某路8号"))
        worker = Person(name="王小明", id_number=WORKER_ID, phone="13911112222", created_at=clock.now)
        worker.address = "北京市朝阳区某小区3号楼"
        session.add(worker)


def asked(desk: Desk, field: str, path: str = PATH, **typed: Any) -> Any:
    return desk.post(path, {**application(), **typed, "_lookup": field})


def value_of(page: str, name: str) -> str:
    return re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)[1]


def test_a_unit_is_found_by_its_code_and_fills_only_what_is_blank(desk: Desk, database: Database, known):
    desk.log_in("intake")
    assert 'name="_lookup" value="respondents-0-credit_code"' in desk.get(PATH).text
    blank = {"respondents-0-name": "", "respondents-0-credit_code": CODE}
    page = asked(desk, "respondents-0-credit_code", **blank)
    assert page.status_code == 200
    assert "已登记：北京远航物流有限公司" in page.text
    assert value_of(page.text, "respondents-0-name") == "北京远航物流有限公司"
    assert value_of(page.text, "respondents-0-legal_representative") == "赵强"
    assert value_of(page.text, "respondents-0-address") == "北京市朝阳区某路8号"
    assert value_of(page.text, "applicants-0-name") == "王小明", "what was typed elsewhere stays"
    typed = {"respondents-0-address": "北京市海淀区新址", "respondents-0-credit_code": CODE}
    page = asked(desk, "respondents-0-credit_code", **typed)
    assert value_of(page.text, "respondents-0-name") == "北京甲餐饮有限公司"
    assert value_of(page.text, "respondents-0-address") == "北京市海淀区新址"
    with database.reading() as session:
        assert session.scalars(select(MediationCase)).all() == []


def test_a_person_is_offered_masked_and_completes_the_blanks_when_it_is_wanted(desk: Desk, database: Database, known):
    desk.log_in("intake")
    typed = {"applicants-0-id_number": WORKER_ID, "applicants-0-phone": ""}
    page = asked(desk, "applicants-0-id_number", **typed)
    assert page.status_code == 200
    assert "王**" in page.text
    assert "139****2222" in page.text
    for private in ("13911112222", "某小区3号楼"):
        assert private not in page.text
    assert 'name="applicants-0-use_known" value="1"' in page.text
    sent = desk.post(PATH, application(**typed, **{"applicants-0-use_known": "1", "applicants-0-address": "新住所6号"}))
    assert sent.status_code == 303, problems(sent.text)
    with database.reading() as session:
        worker = session.scalars(select(CaseParty).where(CaseParty.side == "applicant")).one()
        said = list(session.scalars(select(AuditEntry.what)))
    assert (worker.phone, worker.address) == ("13911112222", "新住所6号"), "what was typed stays"
    assert "按公民身份号码查询" in said


def test_nothing_is_completed_unless_it_is_wanted(desk: Desk, database: Database, known):
    desk.log_in("intake")
    typed = application(**{"applicants-0-id_number": WORKER_ID, "applicants-0-phone": ""})
    assert desk.post(PATH, typed).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(CaseParty.phone_index).where(CaseParty.side == "applicant")).one() is None


@pytest.mark.parametrize(
    ("field", "typed", "status", "sentence"),
    [
        ("respondents-0-credit_code", UNKNOWN, 200, "没有登记过这个号码"),
        ("applicants-0-id_number", "110105198503074116", 200, "没有登记过这个号码"),
        ("respondents-0-credit_code", "91110105MA01ABCD54", 422, "校验位不符"),
        ("applicants-0-id_number", "110101199003070637", 422, "校验位不符"),
        ("respondents-0-credit_code", "", 422, "先填写号码，再查询"),
    ],
)
def test_what_is_not_known_or_not_right_is_said_at_the_number(
    desk: Desk, database: Database, known, field: str, typed: str, status: int, sentence: str
):
    desk.log_in("intake")
    page = asked(desk, field, **{field: typed})
    assert page.status_code == status
    assert sentence in page.text
    assert value_of(page.text, field) == typed
    assert value_of(page.text, "applicants-0-name") == "王小明"
    with database.reading() as session:
        assert session.scalars(select(MediationCase)).all() == []


def test_a_party_added_later_is_looked_up_too(desk: Desk, database: Database, known):
    desk.log_in("intake")
    home = desk.post(PATH, application()).headers["location"]
    step = f"{home}/transitions/add_party"
    typed = {"party-name": "", "party-kind": "organisation", "party-credit_code": CODE, "side": "respondent"}
    page = desk.post(step, {**typed, "_lookup": "party-credit_code"})
    assert page.status_code == 200
    assert value_of(page.text, "party-name") == "北京远航物流有限公司"
    with database.reading() as session:
        root = UUID(home.rsplit("/")[-1])
        assert len(session.scalars(select(CaseParty).where(CaseParty.case_id == root)).all()) == 2
