"""The pages of the first start: plain forms, one after another, gone for good once finished."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import first_start, sign_off
from casework.desk.forms import pick
from casework.desk.pages.steps import CASE_PAGE
from union.organisations import BASIS, BASIS_DECIDES, LEGAL_BASES
from union.people import THREE_ADMINISTRATORS
from union.roles import ROLE_BY_ID
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import keep, page, redirect
from workflows.errors import Invalid, Unknown
from workflows.tables import CalendarYear

COOKIE = "cy_setup"
HALF_A_DAY = 12 * 3600
BASES = {basis.id: basis.label for basis in LEGAL_BASES}


class CodeForm(msgspec.Struct, kw_only=True):
    code: Annotated[str, Meta(title="一次性代码", description="打印在启动服务的终端里。", min_length=4, max_length=40)]


class FederationForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="工会全称", description="例如：北京市朝阳区总工会。", min_length=4, max_length=200)]
    short_name: Annotated[str, Meta(title="简称", min_length=2, max_length=100)]
    level: Annotated[str, pick("层级", {"city": "市", "district": "区", "street": "街道（乡镇）"}, widget="radio")] = (
        "district"
    )
    seal_name: Annotated[str, Meta(title="印章名称", description="与印模一致。", max_length=100)] = ""
    address: Annotated[str, Meta(title="地址", max_length=300)] = ""
    phone: Annotated[str, Meta(title="对外电话", max_length=40)] = ""


AdministratorsForm = msgspec.defstruct(
    "AdministratorsForm",
    [
        field
        for role in THREE_ADMINISTRATORS
        for field in (
            (f"{role}_name", Annotated[str, Meta(title=f"{ROLE_BY_ID[role].label}姓名", min_length=2, max_length=50)]),
            (
                f"{role}_account",
                Annotated[str, Meta(title=f"{ROLE_BY_ID[role].label}账号", min_length=3, max_length=40)],
            ),
        )
    ],
    kw_only=True,
)


class LookedForm(msgspec.Struct, kw_only=True):
    looked: Annotated[bool, Meta(title="已经看过", extra={"required": True})] = False


class StationForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="全称", description="例如：望京街道总工会服务站。", min_length=4, max_length=200)]
    short_name: Annotated[str, Meta(title="简称", min_length=2, max_length=100)]
    legal_basis: Annotated[str, pick(BASIS, BASES, BASIS_DECIDES)]
    seal_name: Annotated[str, Meta(title="印章名称", description="与印模一致。", max_length=100)] = ""
    code: Annotated[str, Meta(title="编号代字", description="与本级分开编号的填写，例如“望京”。", max_length=10)] = ""
    address: Annotated[str, Meta(title="地址", max_length=300)] = ""
    phone: Annotated[str, Meta(title="对外电话", max_length=40)] = ""


FORMS: dict[str, Any] = {
    "organisation": FederationForm,
    "administrators": AdministratorsForm,
    "calendar": LookedForm,
    "sign_off": LookedForm,
    "station": StationForm,
}


@get("/setup", opt={"action": "setup.run"}, sync_to_thread=True)
def setup_page(request: Request[Any, Any, Any], session: Session, today: date) -> Response[Any]:
    _refuse_closed(session)
    step = _step(request, session)
    return _shown(request, session, today, step, show(FORMS.get(step, CodeForm), None, None, today))


@post("/setup/code", opt={"action": "setup.run"}, sync_to_thread=True)
def begin(request: Request[Any, Any, Any], session: Session, now: datetime, today: date, posted: Any) -> Response[Any]:
    _refuse_closed(session)
    try:
        form = parse(CodeForm, posted)
        proof = first_start.begin(session, form.code, now)
    except FormErrors as faults:
        return _shown(request, session, today, "code", faults.view)
    except Invalid as fault:
        view = shown_again(CodeForm, posted, errors=[(fault.field, fault.sentence)])
        return _shown(request, session, today, "code", view)
    answer = redirect(request, "/setup")
    keep(request, answer, COOKIE, request.app.state.site.signer.sign("setup", proof), max_age=HALF_A_DAY)
    return answer


@post("/setup/{step:str}", opt={"action": "setup.run"}, sync_to_thread=True)
def take(
    request: Request[Any, Any, Any], session: Session, now: datetime, today: date, posted: Any, step: str
) -> Response[Any]:
    """Only the step that is next is carried out; a form sent twice, or out of turn, leads to the one that is."""
    _refuse_closed(session)
    if step not in FORMS or step != _step(request, session):
        return redirect(request, "/setup")
    try:
        form = parse(FORMS[step], posted, None, today)
        return _carry_out(request, session, now, today, step, form)
    except FormErrors as faults:
        return _shown(request, session, today, step, faults.view)
    except Invalid as fault:
        session.rollback()
        view = shown_again(FORMS[step], posted, None, today, [(fault.field, fault.sentence)])
        return _shown(request, session, today, step, view)


def _carry_out(
    request: Request[Any, Any, Any], session: Session, now: datetime, today: date, step: str, form: Any
) -> Response[Any]:
    values = msgspec.structs.asdict(form)
    if step == "organisation":
        first_start.found_federation(session, values | {"valid_from": today}, now)
    elif step == "administrators":
        people = [(values[f"{role}_name"], values[f"{role}_account"]) for role in THREE_ADMINISTRATORS]
        appointed = first_start.appoint(session, people, now)
        return page(
            request, "desk/setup_codes.html", headers=CASE_PAGE, appointed=appointed, steps=_steps("administrators")
        )
    elif step == "station":
        first_start.found_station(session, values | {"valid_from": today, "level": "street", "kind": "station"}, now)
        return redirect(request, "/password", "首次设置完成。三名管理员各自用一次性代码设置密码")
    else:
        first_start.look_at(session, step, now)
    return redirect(request, "/setup", f"{first_start.STEPS[step]}已完成")


def _shown(request: Request[Any, Any, Any], session: Session, today: date, step: str, view: FormView) -> Response[Any]:
    years = session.scalars(
        select(CalendarYear).where(CalendarYear.year.between(today.year, today.year + 1)).order_by(CalendarYear.year)
    ).all()
    return page(
        request,
        "desk/setup.html",
        status=view.status,
        headers=CASE_PAGE,
        step=step,
        form=view,
        steps=_steps(step),
        years=years if step == "calendar" else (),
        matters=sign_off.matters(session, today) if step == "sign_off" else (),
    )


def _steps(current: str) -> list[tuple[str, str, str]]:
    names = list(first_start.STEPS)
    at = names.index(current) if current in names else -1
    return [
        (label, "", "done" if number < at else "now" if number == at else "")
        for number, label in enumerate(first_start.STEPS.values())
    ]


def _step(request: Request[Any, Any, Any], session: Session) -> str:
    signed = request.cookies.get(COOKIE)
    proof = request.app.state.site.signer.read("setup", signed) if signed else None
    return (first_start.next_step(session) or "") if first_start.proves(session, proof) else "code"


def _refuse_closed(session: Session) -> None:
    if not first_start.is_open(session):
        raise Unknown()


routes = (setup_page, begin, take)
