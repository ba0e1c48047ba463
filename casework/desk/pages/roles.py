"""What each role may do, roles given and ended, one-time codes: the work of the security administrator."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.desk.forms import Choices, from_list, pick
from casework.desk.pages.asking import Asked
from casework.desk.pages.colleagues import ReasonForm, places, staff_of
from casework.desk.pages.filing import Filing, filings
from casework.desk.pages.steps import CASE_PAGE
from union import access, audit, passcodes, sessions
from union.access import end_grant, grant
from union.organisations import Organisation
from union.people import (
    THREE_ADMINISTRATORS,
    RoleGrant,
    Staff,
)
from union.roles import ROLE_BY_ID
from web.pages import fragment, page, redirect, wants_fragment
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused, Unknown
from workflows.module import registry

ADMINISTRATORS_CODE = (
    "系统、安全、审计管理员的密码不能由其他管理员重设：由运行人员在服务器上运行 casework passcode 账号，当面交给本人"
)


NOT_APPOINTED = {"system", "party", "applicant", "respondent", "claimant_rep", "hrss", "court", "staff", "visitor"}


class GrantForm(msgspec.Struct, kw_only=True):
    role: Annotated[str, pick("角色", from_list("roles"))]
    organisation_id: Annotated[str, pick("在哪个单位", from_list("places"), "角色的范围从这个单位算起。")]
    valid_from: Annotated[date, Meta(title="起始日期")]
    valid_to: Annotated[date | None, Meta(title="终止日期", description="长期的空着。")] = None
    reason: Annotated[str, Meta(title="依据", description="例如任命文件、负责人批示。", min_length=2, max_length=150)]


class EndGrantForm(msgspec.Struct, kw_only=True):
    on: Annotated[date, Meta(title="最后一天", description="当天仍有效，次日起失效。")]
    reason: Annotated[str, Meta(title="理由", min_length=2, max_length=150)]


def _granting(asked: Asked) -> Filing:
    session, staff, today = asked.session, staff_of(asked.session, asked.part("staff_id")), asked.today

    def act(form: GrantForm) -> None:
        place = session.get_one(Organisation, UUID(form.organisation_id))
        _refuse_held(session, staff, form, place)
        given = (form.valid_from, form.valid_to)
        grant(session, staff.id, form.role, place.id, *given, by=asked.actor.id, reason=form.reason)
        until = form.valid_to.isoformat() if form.valid_to else "长期"
        label = ROLE_BY_ID[form.role].label
        said = f"{staff.name}：{label}（{place.name}），{form.valid_from.isoformat()} 至 {until}；{form.reason}"
        _note(asked, staff, "授予角色", said)

    roles = {id: label for id, label in role_labels().items() if id not in NOT_APPOINTED}
    return Filing(
        f"授予角色 · {staff.name}",
        GrantForm,
        act,
        f"/admin/people/{staff.id}",
        "授予角色",
        "已授予角色",
        Choices({"roles": roles, "places": places(session, today)}),
        {"organisation_id": staff.organisation_id, "valid_from": today},
        "每个角色可以做什么，见“角色与权限”。系统、安全、审计三种管理员须由三个账号分别担任。",
    )


grant_role = filings("/admin/people/{staff_id:uuid}/roles/new", "admin.roles", _granting)


def _ending_grant(asked: Asked) -> Filing:
    session, staff = asked.session, staff_of(asked.session, asked.part("staff_id"))
    given = _grant(session, staff.id, asked.part("grant_id"))
    label = ROLE_BY_ID[given.role].label

    def act(form: EndGrantForm) -> None:
        end_grant(session, given, form.on, by=asked.actor.id, reason=form.reason)
        _note(asked, staff, "终止角色", f"{staff.name}：{label}，止于 {form.on.isoformat()}；{form.reason}")

    title, home = f"终止{label} · {staff.name}", f"/admin/people/{staff.id}"
    return Filing(title, EndGrantForm, act, home, "终止角色", f"已终止{label}", known={"on": asked.today})


end_role = filings("/admin/people/{staff_id:uuid}/roles/{grant_id:uuid}/end", "admin.roles", _ending_grant)


def _note(asked: Asked, staff: Staff, what: str, said: str) -> None:
    audit.note(asked.session, what, said, by=asked.actor, at=asked.now, about=staff.id, family=audit.SECURITY)


def _issuing_code(asked: Asked) -> Filing:
    request, session, staff = asked.request, asked.session, staff_of(asked.session, asked.part("staff_id"))

    def act(form: ReasonForm) -> Response[Any]:
        if administers(session, staff.id, asked.today):
            raise Refused([Reason(ADMINISTRATORS_CODE)])
        if not staff.active:
            raise Refused([Reason("账号已停用，先由系统管理员恢复")])
        code = passcodes.issue(session, staff, by=asked.actor, at=asked.now, why=form.reason)
        ends_at = asked.now + passcodes.VALID_FOR
        send, template = (fragment, "desk/_code.html") if wants_fragment(request) else (page, "desk/code.html")
        return send(request, template, headers=CASE_PAGE, nav="people", staff=staff, code=code, ends_at=ends_at)

    return Filing(
        f"签发一次性代码 · {staff.name}",
        ReasonForm,
        act,
        f"/admin/people/{staff.id}",
        "签发代码",
        "",
        hint="签发后原密码立即失效，已登录的浏览器全部退出。核实本人身份后当面交给本人，72 小时内有效，只能用一次。",
    )


issue_code = filings("/admin/people/{staff_id:uuid}/code", "admin.sessions", _issuing_code)


@post("/admin/people/{staff_id:uuid}/sessions/end", opt={"action": "admin.sessions"}, sync_to_thread=True)
def end_sessions(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, staff_id: UUID
) -> Response[Any]:
    staff = staff_of(session, staff_id)
    count = sessions.revoke_all(session, staff.id, at=now)
    sessions.unlock(session, staff.account)
    said = f"{staff.name}（{staff.account}）：{count} 处"
    audit.note(session, "终止登录、解除等待", said, by=actor, at=now, about=staff.id, family=audit.SECURITY)
    return redirect(request, f"/admin/people/{staff.id}", f"已终止 {count} 处登录，登录等待已解除")


def _refuse_held(session: Session, staff: Staff, form: GrantForm, place: Organisation) -> None:
    if not staff.active:
        raise Refused([Reason("账号已停用，先由系统管理员恢复")])
    if form.valid_to is not None and form.valid_to < form.valid_from:
        raise Invalid("valid_to", "终止日期不能早于起始日期。")
    if not place.holds_on(form.valid_from):
        raise Invalid("organisation_id", f"{place.name}在 {form.valid_from.isoformat()} 尚未设立或者已经撤销。")
    same = select(RoleGrant).where(
        RoleGrant.staff_id == staff.id, RoleGrant.role == form.role, RoleGrant.organisation_id == place.id
    )
    for other in session.scalars(same):
        ends = other.valid_to or date.max
        if form.valid_from <= ends and other.valid_from <= (form.valid_to or date.max):
            until = other.valid_to.isoformat() if other.valid_to else "长期"
            raise Invalid("role", f"在该单位已有这个角色（{other.valid_from.isoformat()} 至 {until}），不必重复授予。")


def administers(session: Session, staff_id: uuid.UUID, today: date) -> bool:
    held = select(RoleGrant.id).where(
        RoleGrant.staff_id == staff_id,
        RoleGrant.role.in_(THREE_ADMINISTRATORS),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today),
    )
    return session.scalar(held.limit(1)) is not None


def _grant(session: Session, staff_id: UUID, grant_id: UUID) -> RoleGrant:
    given = session.get(RoleGrant, grant_id)
    if given is None or given.staff_id != staff_id:
        raise Unknown()
    return given


@get("/admin/roles", opt={"action": "admin.directory"}, sync_to_thread=True)
def roles(request: Request[Any, Any, Any], session: Session, today: date) -> Response[Any]:
    return page(request, "desk/roles.html", headers=CASE_PAGE, nav="roles", roles=listed(session, today))


def listed(session: Session, today: date) -> list[tuple[str, str, list[tuple[str, list[str]]], list[tuple[UUID, str]]]]:
    """(role, label, on which cases what it may do, who holds it today)."""
    held: dict[str, list[tuple[UUID, str]]] = {}
    wanted = select(RoleGrant.role, Staff.id, Staff.name).join(Staff, Staff.id == RoleGrant.staff_id)
    for role, staff_id, name in session.execute(
        wanted.where(RoleGrant.in_force(today), Staff.active).distinct().order_by(Staff.name)
    ):
        held.setdefault(role, []).append((staff_id, name))
    return [(id, ROLE_BY_ID[id].label, lines, held.get(id, [])) for id, lines in readable_policy().items()]


def readable_policy() -> dict[str, list[tuple[str, list[str]]]]:
    """role -> (on which cases and how far, what), the rows of the policy table put together."""
    reach: dict[str, dict[str, dict[str, list[str]]]] = {}
    for row in access.policy():
        if row.role in ("*", "system") or row.effect != "allow":
            continue
        extent = "，".join(filter(None, (RELATIONS.get(row.relation, row.relation), _kind(row.kind))))
        for action in (label for name, label in access.ACTIONS.items() if row.covers(name)):
            positions = reach.setdefault(row.role, {}).setdefault(extent, {}).setdefault(action, [])
            if POSITIONS[row.position] and POSITIONS[row.position] not in positions:
                positions.append(POSITIONS[row.position])
    order = list(ROLE_BY_ID)
    return {role: _by_extent(reach[role]) for role in sorted(reach, key=order.index)}


def _by_extent(reach: Mapping[str, Mapping[str, list[str]]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for extent, actions in reach.items():
        for action, positions in actions.items():
            found.setdefault("，".join(filter(None, (extent, "、".join(positions)))), []).append(action)
    return list(found.items())


def _kind(kind: str) -> str:
    labels = {str(m.subject.__mapper__.polymorphic_identity): m.label for m in registry.modules.values()}
    return "" if kind == "*" else f"限{labels.get(kind, kind)}"


POSITIONS: Mapping[str, str] = {
    "own": "本单位",
    "below": "下级单位",
    "above": "上级单位",
    "beside": "同级单位",
    "any": "",
}
RELATIONS: Mapping[str, str] = {
    "any": "",
    "assigned": "本人承办的",
    "opened": "本人登记的",
    "unassigned": "尚未指定承办人的",
    "granted": "经批准临时查看的",
    "party": "本人是当事人的",
}


def role_labels() -> dict[str, str]:
    return {id: role.label for id, role in ROLE_BY_ID.items()}


routes = (roles, *grant_role, *end_role, *issue_code, end_sessions)
