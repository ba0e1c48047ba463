"""What administrators do and who logs in stands in a log that tells when somebody touched it; stopped jobs are tried again."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import duties
from app.database import Database
from casework.desk.pages import administration
from tests.casework.desk.acts import register
from tests.casework.desk.administration.conftest import hire, lending_of
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from union import audit
from workflows.tables import OutboxMessage, new_id


def test_log_ins_and_failures_are_on_the_security_page(desk: Desk, administrators: dict[str, UUID]):
    desk.client.cookies.clear()
    desk.post("/login", {"account": "mediator", "password": "falsch", "next": "/todo"})
    desk.post("/login", {"account": "my password by mistake", "password": "x", "next": "/todo"})
    desk.log_in("auditor")
    page = desk.get("/admin/audit").text
    assert page.count("登录未成功") == 2
    assert "未知账号" in page
    assert "my password by mistake" not in page
    assert "卢审" in page


def test_every_act_of_administration_leaves_its_entry(desk: Desk, database: Database, administrators: dict[str, UUID]):
    hire(desk, administrators)
    desk.log_in("auditor")
    page = desk.get("/admin/audit?view=administration").text
    assert "建立账号" in page and "钱立（qianli）" in page and "孙管" in page
    assert "钱立" not in desk.get("/admin/audit?view=administration&who=没有这个人").text
    for nonsense in ("view=nonsense", "since=nonsense", "before=99999999999999", "who=%27%3B<script>"):
        assert desk.get(f"/admin/audit?{nonsense}").status_code == 200


def test_who_opened_a_case_and_who_saw_a_value_in_full_is_found_by_its_number(
    desk: Desk, administrators: dict[str, UUID]
):
    desk.log_in("intake")
    home = register(desk)
    page = desk.get(home).text
    path = next(p.split('"')[0] for p in page.split('hx-post="') if p.startswith(f"{home}/reveal/"))
    desk.post(path, {}, at=home)
    desk.log_in("auditor")
    seen = desk.get("/admin/audit/reads?who=李窗").text
    assert home in seen
    assert "1 次" in seen
    assert home not in desk.get("/admin/audit/reads?who=赵调").text


def test_the_log_can_neither_be_changed_nor_shortened(database: Database, administrators: dict[str, UUID], desk: Desk):
    hire(desk, administrators)
    for attack in ("UPDATE audit_log SET text = 'x'", "DELETE FROM audit_log"):
        with pytest.raises(DBAPIError, match="append-only"), database.sessions.begin() as session:
            session.execute(text(attack))


def test_an_entry_altered_past_the_triggers_is_found(desk: Desk, database: Database, administrators: dict[str, UUID]):
    """The negative control of the chain: with the triggers gone, the check still tells."""
    hire(desk, administrators)
    with database.sessions() as session:
        assert list(audit.verify(session)) == []
        off = "ALTER TABLE audit_log DISABLE TRIGGER USER" if database.dialect == "postgresql" else "DROP TRIGGER audit_log_no_update"  # fmt: skip
        session.execute(text(off))
        seq = session.scalar(select(audit.AuditEntry.seq).where(audit.AuditEntry.what == "建立账号"))
        session.execute(text("UPDATE audit_log SET text = '没有这回事' WHERE seq = :seq"), {"seq": seq})
        session.expire_all()
        assert list(audit.verify(session)) == [seq]
        session.rollback()


def test_a_stopped_job_says_what_it_concerns_and_is_tried_again(
    desk: Desk, database: Database, clock: Clock, administrators: dict[str, UUID]
):
    case = UUID(lending_of(desk).rpartition("/")[2])
    stuck = new_id()
    with database.sessions.begin() as session:
        session.add(
            OutboxMessage(
                id=stuck,
                topic="documents.render",
                body={},
                subject_id=case,
                status="stopped",
                ready_at=clock.now - timedelta(hours=1),
                attempts=5,
                problem="FontsMissing: 仿宋",
            )
        )
    desk.log_in("admin")
    page = desk.get("/admin/outbox").text
    assert "FontsMissing: 仿宋" in page and "5 次" in page and "器材借用" in page
    assert desk.post(f"/admin/outbox/{stuck}/retry", {}, at="/admin/outbox").status_code == 303
    with database.reading() as session:
        assert session.get_one(OutboxMessage, stuck).status == "ready"
        assert (
            session.scalar(select(audit.AuditEntry.what).where(audit.AuditEntry.about == str(stuck))) == "重试后台任务"
        )


def test_every_job_that_may_stop_has_a_name_people_read():
    assert set(duties.handlers()) <= administration.TOPICS.keys()
