"""What a colleague declared, and who stands in: certificates, deputies, leave, relatives, former employers, other ties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.assignment import at_work, handles
from casework.desk.forms import Choices, from_list, pick
from casework.desk.keeping_out import telling_of_conflicts
from casework.desk.pages.asking import Asked, Command, pages
from casework.desk.pages.colleagues import staff_of
from union import staffing
from union.people import (
    CERTIFICATE_KINDS,
    Deputy,
    FormerEmployer,
    Leave,
    RelatedParty,
    Relative,
    RosterEntry,
    Staff,
)
from union.privacy import normalise_name
from workflows.errors import Unknown
from workflows.module import registry

ID_NUMBER = Meta(
    title="公民身份号码",
    description="填写后不会把同名的人认作本人；加密保存，只用于回避核对。",
    pattern=r"^\d{17}[\dXx]$",
    extra={"sentence": "公民身份号码应为 18 位。"},
)
CREDIT_CODE = Meta(
    title="统一社会信用代码",
    pattern=r"^[0-9A-Z]{18}$",
    extra={"sentence": "统一社会信用代码应为 18 位大写字母和数字。"},
)
SINCE = Meta(title="起始日期", description="从这一天起须回避，一般填申报当天。", extra={"not_future": True})
UNTIL = Meta(title="终止日期", description="长期的空着。")


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
    id_number: Annotated[str, ID_NUMBER] = ""
    employer: Annotated[str, Meta(title="亲属的工作单位", description="该单位成为当事人时须回避。", max_length=200)] = (
        ""
    )
    valid_from: Annotated[date, SINCE]
    valid_to: Annotated[date | None, UNTIL] = None


class EmployerForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="原工作单位", min_length=2, max_length=200)]
    credit_code: Annotated[str, CREDIT_CODE] = ""
    left_on: Annotated[date | None, Meta(title="离开日期", extra={"not_future": True})] = None
    valid_from: Annotated[date, SINCE]
    valid_to: Annotated[date | None, UNTIL] = None


class RelatedForm(msgspec.Struct, kw_only=True):
    kind: Annotated[str, pick("类型", {"person": "个人", "organisation": "单位"}, widget="radio")]
    name: Annotated[str, Meta(title="姓名或者名称", min_length=2, max_length=200)]
    relation: Annotated[
        str,
        Meta(title="利害关系", description="例如持有股份、债权债务、合伙、师生、邻里。", min_length=1, max_length=100),
    ]
    id_number: Annotated[str, ID_NUMBER] = ""
    credit_code: Annotated[str, CREDIT_CODE] = ""
    valid_from: Annotated[date, SINCE]
    valid_to: Annotated[date | None, UNTIL] = None


class EndForm(msgspec.Struct, kw_only=True):
    on: Annotated[date, Meta(title="最后一天")]


class CallOffForm(msgspec.Struct, kw_only=True):
    reason: Annotated[str, Meta(title="取消的原因", description="例如：改期，另行登记。", min_length=2, max_length=200)]


@dataclass(frozen=True)
class Fact:
    """A kind of dated fact about a colleague: how it is called, asked and stored."""

    label: str
    table: type
    form: type[msgspec.Struct]
    hint: str = ""  # a module may word it


FACTS: Mapping[str, Fact] = {
    "certificate": Fact(
        staffing.FACTS[RosterEntry], RosterEntry, CertificateForm, "列入名册并有效的，才能被指定为{handler}。"
    ),
    "deputy": Fact("B 角", Deputy, DeputyForm),
    "leave": Fact("请假", Leave, LeaveForm, "请假期间，案件同时出现在 B 角的待办里。"),
    "relative": Fact("亲属申报", Relative, RelativeForm, "只用于发现须回避的情形；在列表里不显示身份号码。"),
    "employer": Fact("原工作单位申报", FormerEmployer, EmployerForm, "只用于发现须回避的情形。"),
    "related": Fact("利害关系申报", RelatedParty, RelatedForm, "亲属、原工作单位以外，可能影响公正{work}的关系。"),
}
CONFLICTS = ("relative", "employer", "related")


def fact_pages(under: str, action: str, whose: Callable[[Asked], Staff]) -> tuple[HTTPRouteHandler, ...]:
    """The pages under an address on which a fact about a colleague is entered, and ended.

    ``whose`` says about whom this person may enter that kind of fact, or raises Unknown.
    """

    def home(asked: Asked) -> str:
        return under.replace("{staff_id:uuid}", str(asked.request.path_params.get("staff_id", "")))

    def entering(asked: Asked) -> Command:
        return _entering(asked, whose(asked), home(asked))

    def ending(asked: Asked) -> Command:
        return _ending(asked, whose(asked), home(asked))

    return (
        *pages(f"{under}/{{fact:str}}/new", action, entering),
        *pages(f"{under}/{{fact:str}}/{{row_id:uuid}}/end", action, ending),
    )


def calling_off_pages(under: str, action: str, whose: Callable[[Asked], Staff]) -> tuple[HTTPRouteHandler, ...]:
    """The page on which leave that has not begun is called off."""

    def calling_off(asked: Asked) -> Command:
        staff = whose(asked)
        row = _row_of(asked.session, staff, asked.part("fact"), asked.part("row_id"))
        if not isinstance(row, Leave):
            raise Unknown()

        def write(asked: Asked, form: CallOffForm) -> str:
            staffing.call_off(asked.session, row, form.reason, by=asked.actor, at=asked.now)
            return "已取消请假"

        return Command(
            f"取消请假 · {staff.name}",
            CallOffForm,
            "取消请假",
            write,
            back=under.replace("{staff_id:uuid}", str(staff.id)),
            hint=f"{row.valid_from.isoformat()} 至 {row.valid_to.isoformat() if row.valid_to else '另行通知'}的请假全部不算，"
            "登记和取消都保留。已经移交的案件不会因此交回，须另行移交。",
        )

    return pages(f"{under}/{{fact:str}}/{{row_id:uuid}}/call-off", action, calling_off)


def _entering(asked: Asked, staff: Staff, home: str) -> Command:
    name = asked.part("fact")
    kind = FACTS.get(name)
    if kind is None:
        raise Unknown()

    def write(asked: Asked, form: Any) -> str:
        with telling_of_conflicts(asked.session, staff, by=asked.actor, at=asked.now):
            staffing.declare(asked.session, row_of(staff, name, form), by=asked.actor, at=asked.now)
        return f"已登记{kind.label}"

    return Command(
        f"登记{kind.label} · {staff.name}",
        kind.form,
        f"登记{kind.label}",
        write,
        back=home,
        choices=Choices({"colleagues": _colleagues(asked.session, staff, asked.today)}),
        known={"valid_from": asked.today},
        hint=registry.words.said(kind.hint),
    )


def _ending(asked: Asked, staff: Staff, home: str) -> Command:
    row = _row_of(asked.session, staff, asked.part("fact"), asked.part("row_id"))
    label = FACTS[asked.part("fact")].label

    def write(asked: Asked, form: EndForm) -> str:
        staffing.end_fact(asked.session, row, form.on, by=asked.actor, at=asked.now)
        return f"已终止{label}"

    title = f"终止{label} · {staff.name}"
    return Command(title, EndForm, f"终止{label}", write, back=home, known={"on": asked.today})


def row_of(staff: Staff, fact: str, form: Any) -> Any:
    values = msgspec.structs.asdict(form)
    if "deputy_id" in values:
        values["deputy_id"] = UUID(values["deputy_id"])
    if fact == "relative":
        values["employer_key"] = normalise_name(values.pop("employer"))
        values["id_number"] = values["id_number"].upper() or None
    if fact == "related":
        values["id_number"] = values["id_number"].upper() or None
    if "credit_code" in values:
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
    words = {
        RosterEntry: lambda: f"{row.kind} {row.number}".strip(),
        Deputy: lambda: names.get(row.deputy_id, "他人"),
        Leave: lambda: (row.reason or "请假") + (f"（取消：{row.called_off_because}）" if row.called_off else ""),
        Relative: lambda: f"{row.relation}：{row.name}",
        FormerEmployer: lambda: row.name,
        RelatedParty: lambda: f"{row.relation}：{row.name}",
    }[type(row)]()
    return words, row.valid_from, row.valid_to


def _colleagues(session: Session, staff: Staff, today: date) -> dict[str, str]:
    """Who may stand in: for somebody who handles cases only who handles them too, else nobody could work on them."""
    wanted = select(Staff.id, Staff.name, Staff.title).where(Staff.active, Staff.id != staff.id)
    if at_work(session, staff.id, registry.words, today):
        wanted = wanted.where(handles(registry.words, today))
    return {str(i): f"{n}{' · ' + t if t else ''}" for i, n, t in session.execute(wanted.order_by(Staff.name_pinyin))}


def _row_of(session: Session, staff: Staff, fact: str, row_id: UUID) -> Any:
    row: Any = session.get(FACTS[fact].table, row_id) if fact in FACTS else None
    if row is None or row.staff_id != staff.id:
        raise Unknown()
    return row


def _anybody(asked: Asked) -> Staff:
    return staff_of(asked.session, asked.part("staff_id"))


HOME = "/admin/people/{staff_id:uuid}"
routes = (*fact_pages(HOME, "admin.people", _anybody), *calling_off_pages(HOME, "admin.people", _anybody))
