"""``casework check`` names what is not set up and what nobody has signed off, and stops naming what is mended."""

import socket
from dataclasses import replace
from datetime import date

import pytest
from alembic import command
from sqlalchemy import text

from app.commands.check import problems
from app.readiness import broker_answers
from app.schema import alembic
from app.service import Service, mark_as_demo
from app.settings import Settings
from union.people import Person
from workflows.calendar_table import fill
from workflows.encryption import Keyring, use
from workflows.tables import Setting, new_id


@pytest.fixture
def unmigrated(database, clock, tmp_path):
    settings = Settings(mode="embedded", demo=False, var=tmp_path, database_url="", master_key=b"x" * 32)
    return Service(settings, database, clock)


@pytest.fixture
def service(unmigrated):
    """The tables are there already; only Alembic's own note of it is missing."""
    engine = unmigrated.database.engine
    command.stamp(alembic(engine), "head")
    yield unmigrated
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))


def said(service) -> str:
    return "\n".join(line for lines in problems(service).values() for line in lines)


def test_an_empty_installation_is_told_what_it_lacks(service):
    assert [
        word for word in ("没有启用 HTTPS", "没有人担任", "调解员名册是空的", "检查点") if word not in said(service)
    ] == []


def test_a_database_that_was_never_migrated_is_named_and_not_read(unmigrated):
    found = problems(unmigrated)
    assert "请先运行 casework migrate" in found["尚未设置"][-1]
    assert "尚未签批" not in found


def test_demo_data_is_named(service, session, clock):
    mark_as_demo(session, clock())
    session.commit()
    assert "数据库里是演示数据" in said(service)


def test_a_missing_trigger_is_named(sqlite, clock, tmp_path):
    settings = Settings(mode="embedded", demo=False, var=tmp_path, database_url="", master_key=b"x" * 32)
    command.stamp(alembic(sqlite.engine), "head")
    with sqlite.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER journal_no_update"))
    assert "防改动的触发器：journal_no_update" in said(Service(settings, sqlite, clock))


def test_a_key_that_opens_nothing_is_named(service, session, clock, keyring):
    person = Person(id=new_id(), name="王立娟", created_at=clock())
    person.phone = "13800138000"
    session.add(person)
    session.commit()
    assert "主密钥与数据库不符" not in said(service)
    use(Keyring.from_master(b"another key than the first one.."))
    try:
        assert "主密钥与数据库不符" in said(service)
    finally:
        use(keyring)


def test_a_queue_nobody_answers_at_is_named(service):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"amqp://guest:guest@127.0.0.1:{closed.getsockname()[1]}//"
        assert not broker_answers(url)
        unreachable = Service(replace(service.settings, broker_url=url), service.database, service.clock)
        assert "消息队列连接不上" in said(unreachable)
    assert "消息队列连接不上" not in said(service)


def test_counsel_is_asked_whether_signatures_on_glass_hold_until_the_point_is_signed(service, session, clock):
    asked = ("在平板上手写的签名", "在手机上签名，法院认可", "只有调解协议书、补充协议须有特别授权")
    assert all(question in said(service) for question in asked)
    signed = {"document": "朝工发〔2026〕1号", "signed_off_by": "郑红", "entered_at": clock()}
    session.add(Setting(key="sign_off.9-16", value={"value": True}, valid_from=date(2026, 3, 1), **signed))
    session.commit()
    assert not any(question in said(service) for question in asked)


def test_a_house_rule_is_named_until_somebody_signs_it(service, session, clock):
    assert "9-15" in said(service)
    session.add(
        Setting(
            key="sign_off.9-15",
            value={"value": True},
            valid_from=date(2026, 3, 1),
            document="朝工发〔2026〕1号",
            signed_off_by="郑红",
            entered_at=clock(),
        )
    )
    session.commit()
    assert "（9-15）" not in said(service)


def test_a_setting_of_mediation_is_named_until_somebody_signs_it(service, session, clock):
    assert "“补正期限”尚未签批" in said(service)
    session.add(
        Setting(
            key="mediation.correction_term",
            value={"value": 5},
            valid_from=date(2026, 3, 1),
            signed_off_by="郑红",
            entered_at=clock(),
        )
    )
    session.commit()
    assert "“补正期限”" not in said(service)


def test_the_first_year_without_a_notice_is_named(service, database):
    with database.sessions.begin() as session:
        fill(session, service.clock())
    assert "2027 年起的节假日安排尚未录入" in said(service)


def test_texts_nobody_compared_are_named(service):
    assert "条文待核对" in said(service)
    assert "全总争议办法" in said(service)
