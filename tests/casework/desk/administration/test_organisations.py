"""Organisations change by date and keep their past; partners likewise."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import Database
from tests.casework.desk.administration.conftest import lending_of
from tests.casework.desk.conftest import Desk
from union.organisations import LinkagePartner, Organisation, partners_on
from union.people import RoleGrant, Staff
from union.restructuring import MERGED, name_on
from workflows import journal
from workflows.tables import JournalEntry, Subject

PAPER = {"document": "朝工发〔2026〕8号"}
STATION = {"name": "双井街道总工会", "short_name": "双井街道", "level": "street", "kind": "station", "legal_basis": "township_street", "valid_from": "2026-03-02"}  # fmt: skip


def found(desk: Desk, ids: dict[str, UUID], **more: str) -> str:
    """The address of another station under the district."""
    desk.log_in("admin")
    answer = desk.post("/admin/organisations/new", {**STATION, "parent_id": str(ids["district"]), **more})
    assert answer.status_code == 303, answer.text[-2000:]
    return str(answer.headers["location"])


def test_a_new_name_leaves_the_old_one_in_force_for_the_days_before(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    home = f"/admin/organisations/{administrators['station']}"
    form = {"name": "望京地区总工会", "short_name": "望京地区", "seal_name": "望京地区总工会调解专用章", **PAPER}
    assert "不能晚于今天" in desk.post(f"{home}/rename", {**form, "on": "2026-03-09"}).text
    assert desk.post(f"{home}/rename", {**form, "on": "2026-02-20"}).status_code == 303
    assert desk.post(f"{home}/rename", {**form, "name": "望京", "on": "2026-02-19"}).status_code == 422
    page = desk.get(home).text
    assert "望京街道总工会 → 望京地区总工会" in page
    with database.reading() as session:
        station = session.get_one(Organisation, administrators["station"])
        assert name_on(session, station, date(2026, 2, 19)) == "望京街道总工会"
        assert name_on(session, station, date(2026, 2, 20)) == "望京地区总工会"
        assert station.seal_name == "望京地区总工会调解专用章"


def test_two_stations_never_bear_one_name_or_one_number_code(desk: Desk, administrators: dict[str, UUID]):
    found(desk, administrators)
    path = "/admin/organisations/new"
    again = {**STATION, "parent_id": str(administrators["district"])}
    assert "已有同名的工会服务站" in desk.post(path, again).text
    coded = {**again, "name": "三里屯街道总工会", "code": "望京"}
    assert "编号代字“望京”已由望京街道总工会使用" in desk.post(path, coded).text


def test_an_organisation_with_open_cases_is_not_closed(desk: Desk, database: Database, administrators: dict[str, UUID]):
    lending_of(desk)
    desk.log_in("admin")
    home = f"/admin/organisations/{administrators['station']}"
    answer = desk.post(f"{home}/close", {"on": "2026-03-02", **PAPER})
    assert answer.status_code == 409
    assert "还有 1 件未办结的案件" in answer.text
    assert "名在职人员" in answer.text
    with database.reading() as session:
        assert session.get_one(Organisation, administrators["station"]).valid_to is None


def test_an_empty_organisation_is_closed_by_a_date_and_stays_on_record(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    home = found(desk, administrators)
    assert "不能早于设立日期" in desk.post(f"{home}/close", {"on": "2026-03-01", **PAPER}).text
    assert desk.post(f"{home}/close", {"on": "2026-03-02", **PAPER}).status_code == 303
    assert "已撤销" in desk.get(home).text
    assert (
        "不再变更"
        in desk.post(f"{home}/rename", {"name": "别的名字", "on": "2026-03-02", **PAPER}, at="/admin/people/new").text
    )
    with database.reading() as session:
        assert session.get_one(Organisation, UUID(home.rpartition("/")[2])).valid_to == date(2026, 3, 2)


def test_a_merger_moves_open_cases_and_people_but_widens_nobodys_rights(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    case = UUID(lending_of(desk).rpartition("/")[2])
    into = UUID(found(desk, administrators).rpartition("/")[2])
    station = administrators["station"]
    answer = desk.post(f"/admin/organisations/{station}/merge", {"into": str(into), "on": "2026-03-02", **PAPER})
    assert answer.status_code == 303, answer.text[-2000:]
    with database.reading() as session:
        assert session.get_one(Subject, case).organisation_id == into
        last = session.scalars(select(JournalEntry).where(JournalEntry.root_id == case).order_by(JournalEntry.seq.desc())).first()  # fmt: skip
        assert last is not None and last.trigger == MERGED
        assert not journal.verify(session, case)
        assert set(session.scalars(select(Staff.organisation_id).where(Staff.account.in_(("intake", "head"))))) == {
            into
        }
        assert not session.scalars(select(RoleGrant).where(RoleGrant.organisation_id == into)).all()
        old = session.get_one(Organisation, station)
        assert (old.valid_to, old.successor_id, old.parent_id) == (date(2026, 3, 2), into, into)
    desk.log_in("intake")
    assert desk.get(f"/subjects/{case}").status_code == 404  # until the security administrator gives the role anew


@pytest.mark.parametrize("change", ["move", "merge"])
def test_nothing_stands_under_itself(desk: Desk, administrators: dict[str, UUID], change: str):
    home = found(desk, administrators, parent_id=str(administrators["station"]))
    field = {"move": "parent_id", "merge": "into"}[change]
    below = home.rpartition("/")[2]
    form = {field: below, "on": "2026-03-02", **PAPER}
    answer = desk.post(f"/admin/organisations/{administrators['station']}/{change}", form)
    assert answer.status_code == 422
    assert "自己的下级" in answer.text


def test_a_partner_is_changed_by_a_new_row_and_ended_by_a_date(
    desk: Desk, database: Database, administrators: dict[str, UUID]
):
    desk.log_in("admin")
    form = {"name": "朝阳区人力资源和社会保障局", "role": "hrss", "legal_basis": "联合文件", "valid_from": "2026-01-01"}
    assert desk.post("/admin/partners/new", form).status_code == 303
    assert "已以同一角色登记" in desk.post("/admin/partners/new", form).text
    with database.reading() as session:
        first = session.scalars(select(LinkagePartner)).one().id
    changed = {**form, "phone": "010-65000000"}
    assert "要晚于原来的" in desk.post(f"/admin/partners/{first}/change", changed).text
    assert desk.post(f"/admin/partners/{first}/change", {**changed, "valid_from": "2026-03-02"}).status_code == 303
    with database.reading() as session:
        assert [p.phone for p in partners_on(session, date(2026, 3, 1))] == [""]
        (now,) = partners_on(session, date(2026, 3, 2))
        assert now.phone == "010-65000000"
    assert "不能早于起始日期" in desk.post(f"/admin/partners/{now.id}/end", {"on": "2026-03-01"}).text
    assert desk.post(f"/admin/partners/{now.id}/end", {"on": "2026-03-31"}).status_code == 303
    with database.reading() as session:
        assert partners_on(session, date(2026, 4, 1)) == []
        assert len(session.scalars(select(LinkagePartner)).all()) == 2
