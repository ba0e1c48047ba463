"""The office's own lists taken out: rooms, units, linkage partners, colleagues, their telephones, roles."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.desk import rooms
from casework.desk.pages import organisations, people, roles
from casework.desk.pages.offering import Looking, OfColleagues, Offer
from casework.desk.sheets import MOST_ROWS, Sheet
from union.organisations import KINDS, LEVELS, Organisation
from union.people import Staff
from union.privacy import mask_login, mask_phone
from union.second_factor import holders
from web.filters import cn_day
from workflows.module import registry
from workflows.tables import legal_date


def _rooms(looking: Looking) -> Sheet:
    listed = rooms.register(looking.session, looking.actor.organisation_id, looking.now, MOST_ROWS)
    rows = [
        (
            row.room.name,
            "线上" if row.room.video else "现场",
            row.organisation,
            row.room.seats,
            row.room.equipment,
            row.room.valid_from,
            row.room.valid_to,
            row.ahead,
        )
        for row in listed
    ]
    columns = ("名称", "方式", "所属组织", "座位", "设备", "启用日期", "停用日期", "待开（场）")
    called = registry.words.room
    return Sheet(called, f"本单位和下级单位的全部{called}", columns, rows)


def _organisations(looking: Looking) -> Sheet:
    session, given = looking.session, looking.given
    words, ended = given.get("q", "").strip()[: organisations.LONGEST], given.get("ended") == "1"
    found = [o for _, o in organisations.listed(session, words, ended, looking.today, MOST_ROWS)]
    above = _names(looking, (o.parent_id for o in found))
    colleagues, cases = organisations.people_at(session), organisations.open_cases_at(session)
    rows = [
        (
            o.name,
            above.get(o.parent_id, ""),
            LEVELS.get(o.level, o.level),
            KINDS.get(o.kind, o.kind),
            organisations.BASES.get(o.legal_basis or "", ""),
            o.code,
            o.credit_code,
            o.address,
            o.phone,
            o.valid_from,
            o.valid_to,
            colleagues.get(o.id, 0),
            cases.get(o.id, 0),
        )
        for o in found
    ]
    about = _said("已撤销、合并" if ended else "现有", f"含“{words}”" if words else "不含企业、机关和事业单位")
    return Sheet("单位", about, ORGANISATION_COLUMNS, rows)


ORGANISATION_COLUMNS = (
    "名称",
    "上级单位",
    "层级",
    "性质",
    "设立依据",
    "编号代字",
    "统一社会信用代码",
    "地址",
    "对外电话",
    "设立日期",
    "终止日期",
    "人员",
    "未办结",
)


def _partners(looking: Looking) -> Sheet:
    rows = [
        (p.name, p.role_label, p.legal_basis, p.phone, p.address, p.valid_from, p.valid_to, _standing(p, looking.today))
        for p in organisations.partners_listed(looking.session)
    ]
    columns = ("单位", "角色", "依据", "联系电话", "地址", "起始日期", "最后一天", "状态")
    return Sheet("联动单位", "全部，含已终止的", columns, rows)


def _people(looking: Looking) -> Sheet:
    """Accounts and telephones are shown in part, but for whoever keeps them and asks for them in full."""
    session, given = looking.session, looking.given
    words, former = given.get("q", "").strip()[: people.LONGEST], given.get("former") == "1"
    place = people.place_asked(session, given.get("place", ""))
    found = session.execute(people.wanted_people(words, place, former).limit(MOST_ROWS)).all()
    roles = people.roles_held(session, [staff.id for staff, _ in found], looking.today)
    rows = [
        (
            staff.name,
            staff.title,
            organisation.name,
            staff.account if looking.full else mask_login(staff.account),
            (staff.phone or "") if looking.full else mask_phone(staff.phone),
            "、".join(roles.get(staff.id, ())),
            "是" if staff.is_lawyer else "否",
            _account_state(staff),
        )
        for staff, organisation in found
    ]
    about = _said("已停用" if former else "在用", f"{place.name}及下级" if place else "", words and f"含“{words}”")
    unknown = bool(given.get("place")) and place is None
    unused = ["没有这个单位，列出的是全部单位的人员。"] if unknown else []
    columns = ("姓名", "职务", "单位", "账号", "办公电话", "角色", "执业律师", "账号状态")
    return Sheet("人员", about, columns, rows, unused=unused)


def _roles(looking: Looking) -> Sheet:
    """A line for each role and reach; who holds the role stands in its first."""
    rows = [
        (label, extent or "不限范围", "、".join(actions), *(_held_by(staff) if number == 1 else ("", "")))
        for _, label, lines, staff in roles.listed(looking.session, looking.today)
        for number, (extent, actions) in enumerate(lines, start=1)
    ]
    columns = ("角色", "范围", "可以做什么", "现任（人）", "现任")
    return Sheet("角色与权限", f"{cn_day(looking.today)}的规定和现任人员，没有写明的一律不许", columns, rows)


def _second_factors(looking: Looking) -> Sheet:
    rows = [(staff.name, mask_login(staff.account), legal_date(since)) for staff, since in holders(looking.session)]
    return Sheet("动态口令", "已启用动态口令的全部人员", ("姓名", "账号", "启用日期"), rows)


def _held_by(staff: Sequence[tuple[UUID, str]]) -> tuple[int, str]:
    return len(staff), "、".join(name for _, name in staff)


def _names(looking: Looking, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = select(Organisation.id, Organisation.name).where(Organisation.id.in_({i for i in ids if i}))
    return dict(looking.session.execute(wanted).all())


def _said(*parts: str | None) -> str:
    return "，".join(filter(None, parts))


def _standing(dated: Any, today: date) -> str:
    if dated.valid_to is not None and dated.valid_to < today:
        return "已终止"
    return "尚未生效" if dated.valid_from > today else "有效"


def _account_state(staff: Staff) -> str:
    if not staff.active:
        return "已停用"
    return "在用" if staff.password_hash else "待设密码"


OFFERS = {
    "rooms": Offer("/rooms", _rooms, "room.manage"),
    "organisations": Offer("/admin/organisations", _organisations, "admin.directory"),
    "partners": Offer("/admin/partners", _partners, "admin.directory"),
    "people": Offer("/admin/people", _people, "admin.directory", OfColleagues, reveals="admin.people"),
    "second-factors": Offer("/admin/second-factors", _second_factors, "admin.sessions"),
    "roles": Offer("/admin/roles", _roles, "admin.directory"),
}
