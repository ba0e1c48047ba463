"""What a colleague declared, and who stands in: certificates, deputies, leave, relatives, former employers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.forms import Choices, from_list, pick
from casework.desk.pages.colleagues import staff_of
from casework.desk.pages.filing import Filing
from union import staffing
from union.people import (
    CERTIFICATE_KINDS,
    Deputy,
    FormerEmployer,
    Leave,
    MediatorCertificate,
    Relative,
    Staff,
)
from union.privacy import normalise_name
from workflows.actor import Actor
from workflows.errors import Unknown


class CertificateForm(msgspec.Struct, kw_only=True):
    kind: Annotated[str, pick("类别", {kind: kind for kind in CERTIFICATE_KINDS}, widget="radio")]
    number: Annotated[str, Meta(title="名册编号或者证书号", max_length=60)] = ""
    valid_from: Annotated[date, Meta(title="列入名册日期")]
    valid_to: Annotated[date | None, Meta(title="有效期至", description="长期有效的空着。")] = None


class DeputyForm(msgspec.Struct, kw_only=True):
    deputy_id: Annotated[str, pick("B 角", from_list("colleagues"), "本人请假时由 B 角办理。")]
    valid_from: Annotated[date, Meta(title="起始日期")]
    valid_to: Annotated[date | None, Meta(title="终止日期", description="长期的空着。")] = None


class LeaveForm(msgspec.Struct, kw_only=True):
    valid_from: Annotated[date, Meta(title="第一天")]
    valid_to: Annotated[date, Meta(title="最后一天")]
    reason: Annotated[str, Meta(title="事由", max_length=200)] = ""


class RelativeForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="亲属姓名", min_length=2, max_length=50)]
    relation: Annotated[
        str, Meta(title="关系", description="例如配偶、父母、子女、兄弟姐妹。", min_length=1, max_length=40)
    ]
    id_number: Annotated[
        str,
        Meta(
            title="公民身份号码",
            description="填写后不会把同名的人认作亲属；加密保存，只用于回避核对。",
            pattern=r"^\d{17}[\dXx]$",
            extra={"sentence": "公民身份号码应为 18 位。"},
        ),
    ] = ""
    employer: Annotated[
        str, Meta(title="亲属的工作单位", description="该单位成为当事人时提示回避。", max_length=200)
    ] = ""
    declared_on: Annotated[date, Meta(title="申报日期", extra={"not_future": True})]


class EmployerForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="原工作单位", min_length=2, max_length=200)]
    credit_code: Annotated[
        str,
        Meta(
            title="统一社会信用代码",
            pattern=r"^[0-9A-Z]{18}$",
            extra={"sentence": "统一社会信用代码应为 18 位大写字母和数字。"},
        ),
    ] = ""
    left_on: Annotated[date | None, Meta(title="离开日期", extra={"not_future": True})] = None
    declared_on: Annotated[date, Meta(title="申报日期", extra={"not_future": True})]


class EndForm(msgspec.Struct, kw_only=True):
    on: Annotated[date, Meta(title="最后一天")]


@dataclass(frozen=True)
class Fact:
    """A kind of dated fact about a colleague: how it is called, asked and stored."""

    label: str
    table: type
    form: type[msgspec.Struct]
    hint: str = ""


FACTS: Mapping[str, Fact] = {
    "certificate": Fact("调解员名册", MediatorCertificate, CertificateForm, "列入名册并有效的，才能被指定为调解员。"),
    "deputy": Fact("B 角", Deputy, DeputyForm),
    "leave": Fact("请假", Leave, LeaveForm, "请假期间，案件同时出现在 B 角的待办里。"),
    "relative": Fact("亲属申报", Relative, RelativeForm, "只用于发现须回避的情形；在列表里不显示身份号码。"),
    "employer": Fact("原工作单位申报", FormerEmployer, EmployerForm, "只用于发现须回避的情形。"),
}


@get("/admin/people/{staff_id:uuid}/{fact:str}/new", opt={"action": "admin.people"}, sync_to_thread=True)
def fact_page(
    request: Request[Any, Any, Any], session: Session, today: date, staff_id: UUID, fact: str
) -> Response[Any]:
    return declaring(session, staff_of(session, staff_id), fact, today).page(request, today)


@post("/admin/people/{staff_id:uuid}/{fact:str}/new", opt={"action": "admin.people"}, sync_to_thread=True)
def declare_fact(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    staff_id: UUID,
    fact: str,
) -> Response[Any]:
    staff = staff_of(session, staff_id)

    def act(form: Any) -> None:
        staffing.declare(session, row_of(staff, fact, form), by=actor, at=now)

    return declaring(session, staff, fact, today).carry_out(request, session, actor, now, today, posted, act)


@get("/admin/people/{staff_id:uuid}/{fact:str}/{row_id:uuid}/end", opt={"action": "admin.people"}, sync_to_thread=True)
def fact_end_page(
    request: Request[Any, Any, Any], session: Session, today: date, staff_id: UUID, fact: str, row_id: UUID
) -> Response[Any]:
    staff, row = fact_of(session, staff_id, fact, row_id)
    return ending(staff, fact, row, today).page(request, today)


@post("/admin/people/{staff_id:uuid}/{fact:str}/{row_id:uuid}/end", opt={"action": "admin.people"}, sync_to_thread=True)
def end_fact(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    staff_id: UUID,
    fact: str,
    row_id: UUID,
) -> Response[Any]:
    staff, row = fact_of(session, staff_id, fact, row_id)

    def act(form: EndForm) -> None:
        staffing.end_fact(session, row, form.on, by=actor, at=now)

    return ending(staff, fact, row, today).carry_out(request, session, actor, now, today, posted, act)


def declaring(session: Session, staff: Staff, fact: str, today: date, home: str = "") -> Filing:
    """The form of a new fact about a colleague, on the pages under ``home``."""
    kind = FACTS.get(fact)
    if kind is None:
        raise Unknown()
    home = home or f"/admin/people/{staff.id}"
    known = {"valid_from": today, "declared_on": today}
    choices = Choices({"colleagues": _colleagues(session, staff)})
    title = f"登记{kind.label} · {staff.name}"
    done = f"已登记{kind.label}"
    return Filing(title, kind.form, f"{home}/{fact}/new", home, f"登记{kind.label}", done, choices, known, kind.hint)


def ending(staff: Staff, fact: str, row: Any, today: date, home: str = "") -> Filing:
    home, label = home or f"/admin/people/{staff.id}", FACTS[fact].label
    action = f"{home}/{fact}/{row.id}/end"
    return Filing(
        f"终止{label} · {staff.name}", EndForm, action, home, f"终止{label}", f"已终止{label}", known={"on": today}
    )


def row_of(staff: Staff, fact: str, form: Any) -> Any:
    values = msgspec.structs.asdict(form)
    if "deputy_id" in values:
        values["deputy_id"] = UUID(values["deputy_id"])
    if fact == "relative":
        values["employer_key"] = normalise_name(values.pop("employer"))
        values["id_number"] = values["id_number"].upper() or None
    if fact == "employer":
        values["credit_code"] = values["credit_code"] or None
    return FACTS[fact].table(staff_id=staff.id, **values)


def facts_of(session: Session, staff: Staff) -> dict[str, tuple[str, list[Any]]]:
    """Every kind of fact with its rows: (row, words, from, until)."""
    found: dict[str, tuple[str, list[Any]]] = {}
    names = dict(session.execute(select(Staff.id, Staff.name)).all())
    for key, kind in FACTS.items():
        table: Any = kind.table
        rows = session.scalars(select(table).where(table.staff_id == staff.id).order_by(table.id.desc())).all()
        found[key] = (kind.label, [(row, *_in_words(row, names)) for row in rows])
    return found


def _in_words(row: Any, names: Mapping[UUID, str]) -> tuple[str, date | None, date | None]:
    if isinstance(row, Relative):
        return f"{row.relation}：{row.name}", row.declared_on, row.withdrawn_on
    if isinstance(row, FormerEmployer):
        return row.name, row.declared_on, row.withdrawn_on
    words = {
        MediatorCertificate: lambda: f"{row.kind} {row.number}".strip(),
        Deputy: lambda: names.get(row.deputy_id, "他人"),
        Leave: lambda: row.reason or "请假",
    }[type(row)]()
    return words, row.valid_from, row.valid_to


def _colleagues(session: Session, staff: Staff) -> dict[str, str]:
    wanted = select(Staff.id, Staff.name, Staff.title).where(Staff.active, Staff.id != staff.id)
    return {str(i): f"{n}{' · ' + t if t else ''}" for i, n, t in session.execute(wanted.order_by(Staff.name_pinyin))}


def fact_of(session: Session, staff_id: UUID, fact: str, row_id: UUID) -> tuple[Staff, Any]:
    row: Any = session.get(FACTS[fact].table, row_id) if fact in FACTS else None
    if row is None or row.staff_id != staff_id:
        raise Unknown()
    return staff_of(session, staff_id), row


routes = (
    fact_page,
    declare_fact,
    fact_end_page,
    end_fact,
)
