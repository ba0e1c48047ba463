"""Colleagues as administrators see them: the list, one person with everything dated, accounts opened and ended."""

import uuid
from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from msgspec import Meta
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from casework.desk import messages
from casework.desk.assignment import handlers_of, needs
from casework.desk.forms import Choices, from_list, pick
from casework.desk.pages.asking import Asked
from casework.desk.pages.colleagues import ReasonForm, places, staff_of
from casework.desk.pages.declarations import facts_of
from casework.desk.pages.filing import Filing, filings
from casework.desk.pages.roles import administers, role_labels
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.tables import Assignment
from union import audit, sessions, staffing
from union.access import may
from union.organisations import Organisation, at_or_below
from union.people import (
    RoleGrant,
    Staff,
)
from union.privacy import normalise_name
from union.roles import ROLE_BY_ID
from web.pages import page, redirect
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.module import registry
from workflows.tables import Subject


@get("/admin/people", opt={"action": "admin.directory"}, sync_to_thread=True)
def people(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    today: date,
    q: str = "",
    place: str = "",
    former: str = "",
    after: str = "",
) -> Response[Any]:
    words = q.strip()[:LONGEST]
    wanted = wanted_people(words, place_asked(session, place), former == "1")
    if _id(after):
        last = session.get(Staff, _id(after))
        if last is not None:
            later = (Staff.name_pinyin == last.name_pinyin) & (Staff.id > last.id)
            wanted = wanted.where((Staff.name_pinyin > last.name_pinyin) | later)
    rows = session.execute(wanted.limit(PER_PAGE + 1)).all()
    shown = rows[:PER_PAGE]
    asked = {"q": words, "place": place, "former": former}
    more = f"/admin/people?{urlencode({**asked, 'after': shown[-1][0].id})}" if rows[PER_PAGE:] else ""
    return page(
        request,
        "desk/people.html",
        headers=CASE_PAGE,
        nav="people",
        rows=shown,
        roles=roles_held(session, [staff.id for staff, _ in shown], today),
        places=places(session, today),
        q=words,
        place=place,
        former=former,
        more=more,
        may_hire=may(actor, "admin.people"),
    )


@get("/admin/people/{staff_id:uuid}", opt={"action": "admin.directory"}, sync_to_thread=True)
def person(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, staff_id: UUID
) -> Response[Any]:
    staff = staff_of(session, staff_id)
    grants = session.execute(
        select(RoleGrant, Organisation.name)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(RoleGrant.staff_id == staff.id)
        .order_by(RoleGrant.valid_to.is_not(None), RoleGrant.valid_from.desc(), RoleGrant.id)
    ).all()
    return page(
        request,
        "desk/person.html",
        headers=CASE_PAGE,
        nav="people",
        staff=staff,
        place=session.get_one(Organisation, staff.organisation_id),
        grants=grants,
        role_labels=role_labels(),
        facts=facts_of(session, staff),
        cases=open_cases(session, staff.id, today),
        sessions=sessions.sessions_of(session, staff.id, at=now),
        log=audit.about(session, staff.id, 20),
        code_pending=not staff.password_hash,
        administers=administers(session, staff.id, today),
        own=actor.id == staff.id,
        may_people=may(actor, "admin.people"),
        may_roles=may(actor, "admin.roles"),
        may_codes=may(actor, "admin.sessions"),
        may_audit=may(actor, "admin.audit"),
    )


class AccountForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
    account: Annotated[
        str, Meta(title="账号", description="小写字母、数字，例如姓名全拼。", min_length=3, max_length=40)
    ]
    organisation_id: Annotated[str, pick("单位", from_list("places"))]
    title: Annotated[str, Meta(title="职务", max_length=60)] = ""
    phone: Annotated[str, Meta(title="办公电话", max_length=40)] = ""
    is_lawyer: Annotated[bool, Meta(title="执业律师")] = False


class AmendForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
    organisation_id: Annotated[str, pick("单位", from_list("places"))]
    title: Annotated[str, Meta(title="职务", max_length=60)] = ""
    phone: Annotated[str, Meta(title="办公电话", max_length=40)] = ""
    is_lawyer: Annotated[bool, Meta(title="执业律师")] = False


class LeavingForm(msgspec.Struct, kw_only=True):
    reason: Annotated[
        str, Meta(title="停用理由", description="例如调离、退休、长期借调。", min_length=2, max_length=150)
    ]
    without_handover: Annotated[
        bool,
        Meta(
            title="仍有未移交的案件，先停用账号，由负责人随后移交",
            description="没有未办结案件的不必勾选。",
        ),
    ] = False


def _opening(asked: Asked) -> Filing:
    session = asked.session

    def act(form: AccountForm) -> Response[Any]:
        values = msgspec.structs.asdict(form)
        place = UUID(values.pop("organisation_id"))
        staff = staffing.open_account(
            session, values.pop("name"), values.pop("account"), place, by=asked.actor, at=asked.now, **values
        )
        said = f"已建立{staff.name}的账号，由安全管理员授予角色并签发一次性代码"
        return redirect(asked.request, f"/admin/people/{staff.id}", said)

    return Filing(
        "建立账号",
        AccountForm,
        act,
        "/admin/people",
        "建立账号",
        "",
        Choices({"places": places(session, asked.today)}),
        hint="新账号没有角色也没有密码：由安全管理员授予角色、签发一次性代码后才能登录。",
    )


open_account = filings("/admin/people/new", "admin.people", _opening)


def _amending(asked: Asked) -> Filing:
    session, staff = asked.session, _staff(asked)

    def act(form: AmendForm) -> None:
        values = msgspec.structs.asdict(form) | {"organisation_id": UUID(form.organisation_id)}
        staffing.amend(session, staff, by=asked.actor, at=asked.now, **values)

    known = {name: getattr(staff, name) for name in ("name", "title", "is_lawyer", "organisation_id")}
    known["phone"] = staff.phone or ""
    choices = Choices({"places": places(session, asked.today)})
    done = "已变更，原内容留在记录里"
    return Filing("变更人员信息", AmendForm, act, _home(staff), "保存变更", done, choices, known)


amend = filings("/admin/people/{staff_id:uuid}/amend", "admin.people", _amending)


def _ending(asked: Asked) -> Filing:
    session, staff = asked.session, _staff(asked)
    cases = open_cases(session, staff.id, asked.today)

    def act(form: LeavingForm) -> None:
        if cases and not form.without_handover:
            raise Invalid("without_handover", f"名下还有 {len(cases)} 件未办结案件：先由负责人移交，或者勾选这一项。")
        staffing.end_service(session, staff, form.reason, by=asked.actor, at=asked.now)
        _tell_heads(session, staff, asked.now, asked.today)

    listed = "、".join(number for number, _ in cases[:8]) + ("等" if len(cases) > 8 else "")
    others = f"停用前由负责人在“移交案件”里交给其他{registry.words.handler}。"
    warning = f"名下还有 {len(cases)} 件未办结案件（{listed}），{others}" if cases else ""
    return Filing(
        f"停用{staff.name}的账号",
        LeavingForm,
        act,
        _home(staff),
        "停用账号",
        f"已停用{staff.name}的账号，角色和名册同时终止",
        hint=warning or "停用后不能登录，角色、名册和 B 角从今天起终止；办理过的记录保留。",
    )


end_account = filings("/admin/people/{staff_id:uuid}/end", "admin.people", _ending)


def _resuming(asked: Asked) -> Filing:
    staff = _staff(asked)

    def act(form: ReasonForm) -> None:
        staffing.resume_service(asked.session, staff, form.reason, by=asked.actor, at=asked.now)

    hint = "恢复后仍没有角色和密码，由安全管理员重新授予、签发。"
    return Filing(f"恢复{staff.name}的账号", ReasonForm, act, _home(staff), "恢复账号", "已恢复账号", hint=hint)


resume_account = filings("/admin/people/{staff_id:uuid}/resume", "admin.people", _resuming)


def _staff(asked: Asked) -> Staff:
    return staff_of(asked.session, asked.part("staff_id"))


def _home(staff: Staff) -> str:
    return f"/admin/people/{staff.id}"


def open_cases(session: Session, staff_id: uuid.UUID, today: date) -> list[tuple[str, str]]:
    """The cases on which somebody works today and that go on, by number, with whoever else works on them.

    Closed ones too while what follows is not done and is nobody else's: who would watch over the payments?
    """
    table = Subject.__table__
    rows = session.execute(
        select(table.c.id, table.c.number, table.c.closed_on)
        .join(Assignment, Assignment.root_id == table.c.id)
        .where(Assignment.staff_id == staff_id, Assignment.in_force(today), needs(staff_id, today))
        .order_by(table.c.closed_on.is_not(None), table.c.opened_on, table.c.id)
        .distinct()
        .limit(200)
        .add_columns(table.c.opened_on, table.c.closed_on.is_not(None))
    ).all()
    with_whom = handlers_of(session, [row.id for row in rows], today)
    return [
        (
            (row.number or "未编号") + ("（已结案，后续事项未完）" if row.closed_on else ""),
            "、".join(h.name for h in with_whom.get(row.id, ()) if h.staff_id != staff_id),
        )
        for row in rows
    ]


def _tell_heads(session: Session, staff: Staff, now: datetime, today: date) -> None:
    """Whoever leads the offices of the cases left behind hears of it at once: nobody else works on them."""
    left: Counter[uuid.UUID] = Counter()
    table = Subject.__table__
    offices = (
        select(table.c.organisation_id)
        .join(Assignment, Assignment.root_id == table.c.id)
        .where(Assignment.staff_id == staff.id, Assignment.in_force(today), needs(staff.id, today))
    )
    for office in session.scalars(offices):
        left.update(messages.heads(session, office, now).keys())
    for head, number in left.items():
        text = f"{staff.name}的账号已停用，名下还有 {number} 件案件没有移交：在“工作量”里点姓名旁的“移交”。"
        messages.tell_staff(session, head, text, now, None)


def wanted_people(words: str, place: Organisation | None, former: bool) -> Select[Staff, Organisation]:
    """(colleague, where) by pinyin: of a place and everything below it, by part of the name or account."""
    wanted = select(Staff, Organisation).join(Organisation, Organisation.id == Staff.organisation_id)
    wanted = wanted.where(Staff.active.is_(not former))
    if words:
        wanted = wanted.where(_named(words))
    if place is not None:
        wanted = wanted.where(at_or_below(place.path))
    return wanted.order_by(Staff.name_pinyin, Staff.id)


def place_asked(session: Session, text: str) -> Organisation | None:
    """The organisation an address names, None where it names none that is known."""
    return session.get(Organisation, _id(text)) if _id(text) else None


def roles_held(session: Session, ids: list[uuid.UUID], today: date) -> dict[uuid.UUID, list[str]]:
    held: dict[uuid.UUID, list[str]] = {}
    wanted = select(RoleGrant.staff_id, RoleGrant.role).where(RoleGrant.staff_id.in_(ids), RoleGrant.in_force(today))
    for staff_id, role in session.execute(wanted.order_by(RoleGrant.role)):
        label = ROLE_BY_ID[role].label
        if label not in held.setdefault(staff_id, []):
            held[staff_id].append(label)
    return held


PER_PAGE = 50
LONGEST = 40  # characters of the words looked for


def _named(words: str) -> Any:
    plain = words.lower().replace(" ", "")
    return or_(
        Staff.name_key.contains(normalise_name(words) or words, autoescape=True),
        Staff.name_pinyin.startswith(plain, autoescape=True),
        Staff.name_initials == plain,
        Staff.account.contains(plain, autoescape=True),
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


routes = (people, *open_account, person, *amend, *end_account, *resume_account)
