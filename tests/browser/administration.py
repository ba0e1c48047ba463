"""The pages of the three administrators, with something on each: for the look at every page, and for those that fail."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, update

from tests.browser.conftest import PASSWORD, Office
from union import audit, passwords
from union.access import grant
from union.organisations import LinkagePartner, Organisation
from union.people import Leave, Relative, RoleGrant, Staff
from union.restructuring import rename
from union.roles import AUDITOR, SECURITY_ADMIN
from workflows import calendar_changes
from workflows.actor import Actor
from workflows.calendar_table import override
from workflows.tables import OutboxMessage, Setting

PERSON = "/admin/people/{staff_id:uuid}"
PLACE = "/admin/organisations/{organisation_id:uuid}"
FORMS_ONLY = {
    "/admin/outbox/{message_id:uuid}/retry": "only takes a form, shown on /admin/outbox",
    "/admin/outbox/retry": "only takes a form, shown on /admin/outbox",
    "/admin/outbox/pause": "only takes a form, shown on /admin/outbox",
    "/admin/outbox/resume": "only takes a form, shown on /admin/outbox",
    "/admin/audit/verify": "only takes a form, shown on /admin/audit",
    f"{PERSON}/sessions/end": "only takes a form, shown on the page of the person",
    "/setup": "looked at by test_first_start: there is none where people work",
    "/setup/code": "only takes a form, shown on /setup",
    "/setup/{step:str}": "only takes a form, shown on /setup",
}


def pages(office: Office) -> list[tuple[str, str, str]]:
    """(route, who looks, address) of every page of the administration."""
    staff_id, given, fact, leave, partner = _furnish(office)
    place = office.world.station
    home, there = f"/admin/people/{staff_id}", f"/admin/organisations/{place}"
    changes = ("rename", "amend", "move", "merge", "close")
    facts = ("certificate", "deputy", "leave", "relative", "employer", "related")
    return [
        ("/admin/people", "admin", "/admin/people"),
        ("/admin/people", "security", "/admin/people?former=1"),
        ("/admin/people/new", "admin", "/admin/people/new"),
        (PERSON, "admin", home),
        (PERSON, "security", home),
        *((f"{PERSON}/{what}", "admin", f"{home}/{what}") for what in ("amend", "end", "resume")),
        *((f"{PERSON}/{{fact:str}}/new", "admin", f"{home}/{what}/new") for what in facts),
        (f"{PERSON}/{{fact:str}}/{{row_id:uuid}}/end", "admin", f"{home}/relative/{fact}/end"),
        (f"{PERSON}/{{fact:str}}/{{row_id:uuid}}/call-off", "admin", f"{home}/leave/{leave}/call-off"),
        (f"{PERSON}/roles/new", "security", f"{home}/roles/new"),
        (f"{PERSON}/roles/{{grant_id:uuid}}/end", "security", f"{home}/roles/{given}/end"),
        (f"{PERSON}/code", "security", f"{home}/code"),
        ("/admin/roles", "security", "/admin/roles"),
        ("/admin/organisations", "admin", "/admin/organisations"),
        ("/admin/organisations/new", "admin", "/admin/organisations/new"),
        (PLACE, "admin", there),
        *((f"{PLACE}/{{change:str}}", "admin", f"{there}/{what}") for what in changes),
        ("/admin/partners", "admin", "/admin/partners"),
        ("/admin/partners/new", "admin", "/admin/partners/new"),
        ("/admin/partners/{partner_id:uuid}/change", "admin", f"/admin/partners/{partner}/change"),
        ("/admin/partners/{partner_id:uuid}/end", "admin", f"/admin/partners/{partner}/end"),
        ("/admin/holidays", "admin", "/admin/holidays"),
        ("/admin/holidays/days/new", "admin", "/admin/holidays/days/new"),
        ("/admin/holidays/years/{year:int}", "admin", "/admin/holidays/years/2027"),
        ("/admin/holidays/versions/{version:int}", "admin", "/admin/holidays/versions/1"),
        ("/admin/settings", "admin", "/admin/settings"),
        ("/admin/settings/{key:str}", "admin", "/admin/settings/mediation.correction_term"),
        ("/admin/settings/{key:str}/new", "admin", "/admin/settings/calendar.roll_set/new"),
        ("/admin/settings/{key:str}/new", "admin", "/admin/settings/sign_off.9-7/new"),
        ("/admin/outbox", "admin", "/admin/outbox"),
        ("/admin/audit", "auditor", "/admin/audit"),
        ("/admin/audit", "auditor", "/admin/audit?view=export"),
        ("/admin/audit/reads", "auditor", "/admin/audit/reads"),
        ("/admin/second-factors", "security", "/admin/second-factors"),
        ("/admin/second-factors/{staff_id:uuid}", "security", f"/admin/second-factors/{office.world.ids['keeper']}"),
        ("/password", "", "/password"),
    ]


def _furnish(office: Office) -> tuple[UUID, UUID, UUID, UUID, UUID]:
    world, now = office.world, office.clock.now
    today = office.clock.today
    with world.sessions.begin() as session:
        for account, name, role in (("security", "叶安", SECURITY_ADMIN), ("auditor", "卢审", AUDITOR)):
            staff = Staff(name=name, account=account, organisation_id=world.federation)
            session.add(staff)
            session.flush()
            grant(session, staff.id, role, world.federation, date(2015, 1, 1))
        session.execute(
            update(Staff)
            .where(Staff.account.in_(("security", "auditor")))
            .values(password_hash=passwords.hash_password(PASSWORD))
        )
        staff_id = world.ids["mediator"]
        by = Actor(world.ids["head"], "负责人")
        relative = Relative(staff_id=staff_id, name="买买提江" * 5, relation="配偶", valid_from=today)
        partner = LinkagePartner(name="朝阳区人力资源和社会保障局劳动人事争议仲裁院", role="hrss", valid_from=today)
        coming = today + timedelta(days=10)
        leave = Leave(staff_id=staff_id, valid_from=coming, valid_to=coming, reason="看病")
        session.add_all(
            (
                relative,
                partner,
                leave,
                Leave(staff_id=staff_id, valid_from=today, valid_to=today + timedelta(days=5), reason="年休假"),
                Setting(
                    key="mediation.correction_term",
                    value={"value": 7},
                    valid_from=today,
                    document="朝工法〔2026〕12号",
                    signed_off_by="赵顾问",
                    entered_at=now,
                ),
                OutboxMessage(
                    topic="documents.render",
                    body={},
                    status="stopped",
                    ready_at=now,
                    attempts=5,
                    problem="没有字体" * 40,
                ),
            )
        )
        station = session.get_one(Organisation, world.station)
        rename(session, station, {"name": station.name + "（新）", "short_name": "新"}, today, "文件", by=by, at=now)
        audit.note(session, "导出台账", "2026 年 3 月", by=by, at=now, family=audit.EXPORT)
        calendar_changes.make(session, lambda s: override(s, today, "holiday", "国办发明电〔2026〕9号", None, now), now)
        given = session.scalars(select(RoleGrant.id).where(RoleGrant.staff_id == staff_id)).first()
        assert given is not None
        return staff_id, given, relative.id, leave.id, partner.id
