"""The tree of organisations with its dated changes, and the linkage partners."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from msgspec import Meta
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from casework.desk.forms import Choices, from_list, pick
from casework.desk.pages.asking import Asked
from casework.desk.pages.filing import Filing, filings
from casework.desk.pages.steps import CASE_PAGE
from union import audit, restructuring
from union.access import may
from union.organisations import (
    BASIS,
    KINDS,
    LEGAL_BASES,
    LEVELS,
    LINKAGE_ROLES,
    NO_BASIS,
    LinkagePartner,
    Organisation,
)
from union.people import Staff
from union.privacy import normalise_name
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.tables import Subject

MOST_FOUND, MOST_LISTED = 100, 2000
LONGEST = 60  # characters of the words looked for
OF_EMPLOYERS = ("enterprise", "institution")
BASES = {basis.id: basis.label for basis in LEGAL_BASES}


# --- the tree and one organisation


@get("/admin/organisations", opt={"action": "admin.directory"}, sync_to_thread=True)
def organisations(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, q: str = "", ended: str = ""
) -> Response[Any]:
    words = q.strip()[:LONGEST]
    rows = listed(session, words, ended == "1", today, MOST_FOUND if words else MOST_LISTED)
    return page(
        request,
        "desk/organisations.html",
        headers=CASE_PAGE,
        nav="organisations",
        rows=rows,
        people=people_at(session),
        cases=open_cases_at(session),
        levels=LEVELS,
        kinds=KINDS,
        bases=BASES,
        no_basis=NO_BASIS,
        q=words,
        ended=ended,
        may_change=may(actor, "admin.organisations"),
    )


@get("/admin/organisations/{organisation_id:uuid}", opt={"action": "admin.directory"}, sync_to_thread=True)
def organisation(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, organisation_id: UUID
) -> Response[Any]:
    shown = _organisation(session, organisation_id)
    below = select(Organisation).where(Organisation.parent_id == shown.id, Organisation.kind.not_in(OF_EMPLOYERS))
    return page(
        request,
        "desk/organisation.html",
        headers=CASE_PAGE,
        nav="organisations",
        organisation=shown,
        parent=session.get(Organisation, shown.parent_id) if shown.parent_id else None,
        successor=session.get(Organisation, shown.successor_id) if shown.successor_id else None,
        below=session.scalars(below.order_by(Organisation.name_pinyin)).all(),
        people=session.scalars(
            select(Staff).where(Staff.organisation_id == shown.id, Staff.active).order_by(Staff.name_pinyin)
        ).all(),
        cases=restructuring.open_cases(session, shown.id),
        history=[(change, list(_lines(change))) for change in restructuring.history(session, shown.id)],
        levels=LEVELS,
        kinds=KINDS,
        bases=BASES,
        no_basis=NO_BASIS,
        may_change=may(actor, "admin.organisations") and shown.valid_to is None,
    )


def listed(session: Session, words: str, ended: bool, today: date, limit: int) -> list[tuple[int, Organisation]]:
    """With the depth at which it stands: the tree, or flat what was found by words or exists no longer."""
    wanted = select(Organisation).where(_named(words) if words else Organisation.kind.not_in(OF_EMPLOYERS))
    wanted = wanted.where(Organisation.valid_to < today if ended else Organisation.in_force(today))
    found = list(session.scalars(wanted.order_by(Organisation.name_pinyin, Organisation.id).limit(limit)))
    return [(0, o) for o in found] if words or ended else list(in_tree_order(found))


def in_tree_order(found: list[Organisation]) -> Iterator[tuple[int, Organisation]]:
    """Depth first, each level by pinyin, with the depth; what has no parent among them stands at the top."""
    known = {o.id for o in found}
    below: dict[uuid.UUID | None, list[Organisation]] = {}
    for one in found:
        below.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)

    def walk(parent: uuid.UUID | None, depth: int) -> Iterator[tuple[int, Organisation]]:
        for one in below.get(parent, ()):
            yield depth, one
            yield from walk(one.id, depth + 1)

    return walk(None, 0)


# --- changes


class FoundForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="全称", min_length=2, max_length=200)]
    short_name: Annotated[str, Meta(title="简称", max_length=100)] = ""
    parent_id: Annotated[str, pick("上级单位", from_list("places"))]
    level: Annotated[str, pick("层级", LEVELS)]
    kind: Annotated[str, pick("性质", KINDS)] = "station"
    legal_basis: Annotated[str, pick(BASIS, BASES, f"{NO_BASIS}的不选。")] = ""
    seal_name: Annotated[str, Meta(title="印章名称", description="与印模一致。", max_length=100)] = ""
    code: Annotated[
        str, Meta(title="编号代字", description="与其他单位分开编号的填写，例如“望京”。", max_length=10)
    ] = ""
    credit_code: Annotated[str, Meta(title="统一社会信用代码", max_length=18)] = ""
    address: Annotated[str, Meta(title="地址", max_length=300)] = ""
    phone: Annotated[str, Meta(title="对外电话", max_length=40)] = ""
    valid_from: Annotated[date, Meta(title="设立日期", extra={"not_future": True})]
    document: Annotated[str, Meta(title="批准文件", max_length=200)] = ""

    def __post_init__(self) -> None:
        if self.credit_code and not uscc.is_valid(self.credit_code):
            raise Invalid("credit_code", "统一社会信用代码不正确，核对 18 位字母和数字。")


class RenameForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="新全称", min_length=2, max_length=200)]
    short_name: Annotated[str, Meta(title="新简称", max_length=100)] = ""
    seal_name: Annotated[str, Meta(title="印章名称", description="与新印模一致。", max_length=100)] = ""
    on: Annotated[date, Meta(title="生效日期")]
    document: Annotated[str, Meta(title="批准文件", min_length=2, max_length=200)]


class OfficeForm(msgspec.Struct, kw_only=True):
    address: Annotated[str, Meta(title="地址", max_length=300)] = ""
    phone: Annotated[str, Meta(title="对外电话", max_length=40)] = ""
    seal_name: Annotated[str, Meta(title="印章名称", description="与印模一致。", max_length=100)] = ""
    legal_basis: Annotated[str, pick(BASIS, BASES, f"{NO_BASIS}的不选。")] = ""
    code: Annotated[str, Meta(title="编号代字", max_length=10)] = ""


class MoveForm(msgspec.Struct, kw_only=True):
    parent_id: Annotated[str, pick("新的上级单位", from_list("places"))]
    document: Annotated[str, Meta(title="批准文件", min_length=2, max_length=200)]


class MergeForm(msgspec.Struct, kw_only=True):
    into: Annotated[str, pick("并入哪个单位", from_list("places"))]
    on: Annotated[date, Meta(title="原单位的最后一天")]
    document: Annotated[str, Meta(title="批准文件", min_length=2, max_length=200)]


class CloseForm(msgspec.Struct, kw_only=True):
    on: Annotated[date, Meta(title="最后一天")]
    document: Annotated[str, Meta(title="批准文件", min_length=2, max_length=200)]


def _founding(asked: Asked) -> Filing:
    session, back = asked.session, "/admin/organisations"

    def act(form: FoundForm) -> Response[Any]:
        values = msgspec.structs.asdict(form)
        name, document = values.pop("name"), values.pop("document")
        parent = _organisation(session, UUID(values.pop("parent_id")))
        values |= {k: values[k] or None for k in ("legal_basis", "credit_code")}
        opened = restructuring.found(session, name, parent, document, by=asked.actor, at=asked.now, **values)
        return redirect(asked.request, f"{back}/{opened.id}", f"已登记{opened.name}")

    choices = Choices({"places": _parents(session, asked.today)})
    return Filing("登记单位", FoundForm, act, back, "登记单位", "", choices, {"valid_from": asked.today})


found = filings("/admin/organisations/new", "admin.organisations", _founding)


def _changing(asked: Asked) -> Filing:
    session, changed = asked.session, _organisation(asked.session, asked.part("organisation_id"))

    def act(form: Any) -> str | None:
        if isinstance(form, MergeForm):
            into, by = _organisation(session, UUID(form.into)), asked.actor
            cases = restructuring.merge(session, changed, into, form.on, form.document, by=by, at=asked.now)
            return f"已并入{into.name}，移去 {cases} 件未办结案件；角色随原单位终止，由安全管理员在新单位授予"
        _carry_out(session, changed, form, asked.actor, asked.now)
        return None

    others = {id: name for id, name in _parents(session, asked.today).items() if id != str(changed.id)}
    choices = Choices({"places": others})
    known = {name: getattr(changed, name) for name in ("name", "short_name", "seal_name", "address", "phone", "code")}
    known |= {"legal_basis": changed.legal_basis or "", "on": asked.today}
    kept = "原名称保留在历史里，已出具的文书不变。"
    merging = "未办结的案件、在职人员和下级单位转到新单位；已办结的案件仍记在原单位名下，由新单位负责人查看。"
    offered: dict[str, tuple[str, type[msgspec.Struct], str, str]] = {
        "rename": ("更名", RenameForm, "已更名", kept),
        "amend": ("变更登记事项", OfficeForm, "已变更，原内容留在历史里", ""),
        "move": ("改变隶属", MoveForm, "已改变隶属", "连同全部下级单位一起移动。"),
        "merge": ("合并", MergeForm, "已合并", merging),
        "close": ("撤销", CloseForm, "已撤销，历史保留", "有未办结案件、在职人员或者下级单位的不能撤销。"),
    }
    if asked.part("change") not in offered:
        raise Unknown()
    label, form, done, hint = offered[asked.part("change")]
    home = f"/admin/organisations/{changed.id}"
    return Filing(f"{label} · {changed.name}", form, act, home, label, done, choices, known, hint)


make_change = filings("/admin/organisations/{organisation_id:uuid}/{change:str}", "admin.organisations", _changing)


def _carry_out(session: Session, changed: Organisation, form: Any, by: Actor, at: datetime) -> None:
    if isinstance(form, RenameForm):
        names = {"name": form.name.strip(), "short_name": form.short_name, "seal_name": form.seal_name}
        restructuring.rename(session, changed, names, form.on, form.document, by=by, at=at)
    elif isinstance(form, OfficeForm):
        values = msgspec.structs.asdict(form) | {"legal_basis": form.legal_basis or None}
        restructuring.amend(session, changed, values, by=by, at=at)
    elif isinstance(form, MoveForm):
        parent = _organisation(session, UUID(form.parent_id))
        restructuring.move(session, changed, parent, form.document, by=by, at=at)
    else:
        restructuring.close(session, changed, form.on, form.document, by=by, at=at)


# --- linkage partners


class PartnerForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="单位名称", min_length=2, max_length=200)]
    role: Annotated[str, pick("联动中的角色", LINKAGE_ROLES)]
    legal_basis: Annotated[str, Meta(title="联动依据", description="联合文件的名称和文号。", max_length=200)] = ""
    phone: Annotated[str, Meta(title="联系电话", max_length=40)] = ""
    address: Annotated[str, Meta(title="地址", max_length=300)] = ""
    valid_from: Annotated[date, Meta(title="起始日期")]


class PartnerEndForm(msgspec.Struct, kw_only=True):
    on: Annotated[date, Meta(title="最后一天")]


@get("/admin/partners", opt={"action": "admin.directory"}, sync_to_thread=True)
def partners(request: Request[Any, Any, Any], session: Session, actor: Actor, today: date) -> Response[Any]:
    return page(
        request,
        "desk/partners.html",
        headers=CASE_PAGE,
        nav="partners",
        rows=partners_listed(session),
        may_change=may(actor, "admin.organisations"),
    )


def partners_listed(session: Session) -> Sequence[LinkagePartner]:
    """Those in force first, by their part in the linkage."""
    by_part = (LinkagePartner.role, LinkagePartner.name, LinkagePartner.valid_from, LinkagePartner.id)
    return session.scalars(select(LinkagePartner).order_by(LinkagePartner.valid_to.is_not(None), *by_part)).all()


PARTNERS = "/admin/partners"


def _taking_partner(asked: Asked) -> Filing:
    def act(form: PartnerForm) -> None:
        _enter_partner(asked, form, None, "登记联动单位")

    known = {"valid_from": asked.today}
    return Filing("登记联动单位", PartnerForm, act, PARTNERS, "登记联动单位", "已登记联动单位", known=known)


take_partner = filings(f"{PARTNERS}/new", "admin.organisations", _taking_partner)


def _changing_partner(asked: Asked) -> Filing:
    before = _partner(asked)

    def act(form: PartnerForm) -> None:
        if form.valid_from <= before.valid_from:
            raise Invalid("valid_from", f"新内容的起始日期要晚于原来的 {before.valid_from.isoformat()}。")
        if before.valid_to is not None:
            raise Invalid("valid_from", f"原来的一行已止于 {before.valid_to.isoformat()}，另行登记。")
        _enter_partner(asked, form, before, "变更联动单位")

    known = {name: getattr(before, name) for name in ("name", "role", "legal_basis", "phone", "address")}
    known["valid_from"] = asked.today
    hint = "原来的一行到新内容起始的前一天为止，仍可查到。"
    return Filing("变更联动单位", PartnerForm, act, PARTNERS, "保存变更", "已变更", known=known, hint=hint)


change_partner = filings(f"{PARTNERS}/{{partner_id:uuid}}/change", "admin.organisations", _changing_partner)


def _parting(asked: Asked) -> Filing:
    partner = _partner(asked)

    def act(form: PartnerEndForm) -> None:
        if form.on < partner.valid_from:
            raise Invalid("on", f"最后一天不能早于起始日期 {partner.valid_from.isoformat()}。")
        partner.end_on(form.on)
        asked.session.flush()
        _note_partner(asked, "终止联动单位", partner)

    title, known = f"终止联动 · {partner.name}", {"on": asked.today}
    return Filing(title, PartnerEndForm, act, PARTNERS, "终止联动", "已终止联动", known=known)


end_partner = filings(f"{PARTNERS}/{{partner_id:uuid}}/end", "admin.organisations", _parting)


def _enter_partner(asked: Asked, form: PartnerForm, before: LinkagePartner | None, what: str) -> None:
    _refuse_twice(asked.session, form, before)
    if before is not None:
        before.end_on(form.valid_from - timedelta(days=1))
    asked.session.add(after := LinkagePartner(**msgspec.structs.asdict(form)))
    asked.session.flush()
    _note_partner(asked, what, after)


def _refuse_twice(session: Session, form: PartnerForm, before: LinkagePartner | None) -> None:
    same = select(LinkagePartner.id).where(
        LinkagePartner.name == form.name.strip(),
        LinkagePartner.role == form.role,
        or_(LinkagePartner.valid_to.is_(None), LinkagePartner.valid_to >= form.valid_from),
    )
    if before is not None:
        same = same.where(LinkagePartner.id != before.id)
    if session.scalar(same.limit(1)) is not None:
        raise Invalid("name", "这个单位已以同一角色登记在册，用“变更”修改。")


def _note_partner(asked: Asked, what: str, partner: LinkagePartner) -> None:
    until = f" 至 {partner.valid_to.isoformat()}" if partner.valid_to else " 起"
    said = f"{partner.name}（{partner.role_label}），{partner.valid_from.isoformat()}{until}"
    audit.note(asked.session, what, said, by=asked.actor, at=asked.now, about=partner.id)


# --- reading


def _lines(change: restructuring.OrganisationChange) -> Iterator[str]:
    """What the history shows of a change: each thing before and after."""
    if change.kind == "merged":
        yield f"并入{change.after.get('into', '')}，移去 {change.after.get('cases', 0)} 件未办结案件"
    elif change.kind == "moved":
        yield f"{change.before.get('parent') or '—'} → {change.after.get('parent', '')}"
    elif change.kind in ("renamed", "amended"):
        for name, after in change.after.items():
            before = change.before.get(name)
            if before != after:
                yield f"{CHANGED.get(name, name)}：{_shown(name, before)} → {_shown(name, after)}"


def _shown(name: str, value: Any) -> str:
    return BASES.get(value, value) if name == "legal_basis" and value else (value or "—")


CHANGED = {
    "name": "全称",
    "short_name": "简称",
    "seal_name": "印章名称",
    "address": "地址",
    "phone": "对外电话",
    "code": "编号代字",
    "legal_basis": "设立依据",
}


def _named(words: str) -> Any:
    key = normalise_name(words) or words
    return or_(
        Organisation.name_key.contains(key, autoescape=True),
        Organisation.name_initials.startswith(words.lower(), autoescape=True),
        Organisation.credit_code == words.upper(),
    )


def people_at(session: Session) -> dict[Any, int]:
    """Active colleagues of each organisation."""
    return _counts(session, Staff.organisation_id, Staff.active)


def open_cases_at(session: Session) -> dict[Any, int]:
    table = Subject.__table__
    return _counts(session, table.c.organisation_id, table.c.id == table.c.root_id, table.c.closed_on.is_(None))


def _counts(session: Session, column: Any, *conditions: Any) -> dict[Any, int]:
    return dict(session.execute(select(column, func.count()).where(*conditions).group_by(column)).all())


def _parents(session: Session, today: date) -> dict[str, str]:
    wanted = select(Organisation).where(Organisation.kind.not_in(OF_EMPLOYERS), Organisation.in_force(today))
    found = list(session.scalars(wanted.order_by(Organisation.name_pinyin).limit(2000)))
    return {str(o.id): f"{'　' * depth}{o.name}" for depth, o in in_tree_order(found)}


def _organisation(session: Session, organisation_id: UUID) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise Unknown()
    return found


def _partner(asked: Asked) -> LinkagePartner:
    found = asked.session.get(LinkagePartner, asked.part("partner_id"))
    if found is None:
        raise Unknown()
    return found


routes = (organisations, *found, organisation, *make_change, partners, *take_partner, *change_partner, *end_partner)
