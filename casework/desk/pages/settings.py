"""Settings that need a signature: each point of the sign-off list, its values, who signed by which document, and before."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import sign_off
from casework.desk.forms import pick
from casework.desk.pages.asking import Asked
from casework.desk.pages.filing import Filing, filings
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.sign_off import Matter
from union import audit
from union.house_rules import POINTS, SIGNED, HouseRule
from web.pages import page
from workflows.errors import Unknown
from workflows.settings import history, in_force

UNSIGNED = "unsigned"  # which settings the page shows


@get("/admin/settings", opt={"action": "admin.settings"}, sync_to_thread=True)
def settings(request: Request[Any, Any, Any], session: Session, today: date, show: str = "") -> Response[Any]:
    matters = sign_off.matters(session, today)
    return page(
        request,
        "desk/settings.html",
        headers=CASE_PAGE,
        nav="settings",
        matters=shown(matters, show),
        left=sum(matter.left for matter in matters),
        total=len(matters),
        show=show,
    )


def shown(matters: Sequence[Matter], show: str) -> list[Matter]:
    return [matter for matter in matters if show != UNSIGNED or matter.left]


@get("/admin/settings/{key:str}", opt={"action": "admin.settings"}, sync_to_thread=True)
def setting(request: Request[Any, Any, Any], session: Session, today: date, key: str) -> Response[Any]:
    rule = _rule(key)
    rows = history(session, key)
    current = in_force(session, today).get(key)
    return page(
        request,
        "desk/setting.html",
        headers=CASE_PAGE,
        nav="settings",
        key=key,
        rule=rule,
        point=POINTS.get(key.removeprefix(SIGNED) if rule is None else rule.point),
        rows=[(row, _words(rule, row.value.get("value"))) for row in rows],
        current=current,
        words=_words(rule, current.value.get("value") if current else rule.default if rule else None),
        log=audit.about(session, key, 20),
    )


def _entering(asked: Asked) -> Filing:
    key, session = asked.part("key"), asked.session
    rule = _rule(key)
    label = rule.name if rule else f"签批事项 {key.removeprefix(SIGNED)}"

    def act(form: Any) -> None:
        value = form.value == "yes" if rule is not None and rule.kind == "switch" else form.value
        signed = (form.document, form.signed_off_by)
        sign_off.enter(session, key, value, form.valid_from, *signed, by=asked.actor, at=asked.now)
        asked.request.app.state.site.context["unsigned"].forget()

    held = in_force(session, asked.today).get(key)
    value = held.value.get("value") if held else rule.default if rule else None
    if rule is not None and rule.kind == "switch":
        value = "yes" if value else "no"
    return Filing(
        label,
        form_for(rule),
        act,
        f"/admin/settings/{key}",
        "录入新规定",
        "已录入",
        known={"value": value, "valid_from": asked.today},
        hint="原来的规定保留，只从新的生效日期起改用新规定。没有签批的，签批人和文件号都空着，页面上继续标明“待签署”。",
    )


enter = filings("/admin/settings/{key:str}/new", "admin.settings", _entering)


def form_for(rule: HouseRule | None) -> type[msgspec.Struct]:
    """The form of one setting: its value by its kind, from when, by which document, signed by whom."""
    return msgspec.defstruct(
        "SettingForm",
        [
            ("value", _asked(rule)),
            ("valid_from", Annotated[date, Meta(title="自哪一天起")]),
            ("document", Annotated[str, Meta(title="文件号", max_length=200)], ""),
            ("signed_off_by", Annotated[str, Meta(title="签批人", description="姓名和职务。", max_length=100)], ""),
        ],
        kw_only=True,
    )


def _asked(rule: HouseRule | None) -> Any:
    if rule is None:
        meta = Meta(title="决定的内容", min_length=2, max_length=500, extra={"widget": "textarea", "lines": 3})
        return Annotated[str, meta]
    unit = f"单位：{rule.unit}。" if rule.unit and rule.unit != "分" else ""
    if rule.kind == "switch":
        return Annotated[str, pick(rule.label, {"yes": "是", "no": "否"}, widget="radio")]
    if rule.kind == "several":
        return Annotated[list[str], pick(rule.label, dict(rule.choices), widget="checks", required=True)]
    if rule.kind == "choice":
        return Annotated[str, pick(rule.label, dict(rule.choices), widget="radio")]
    if rule.kind == "money":
        return Annotated[int, Meta(title="金额", gt=0, extra={"widget": "money"})]
    if rule.kind == "number":
        return Annotated[int, Meta(title=rule.label, description=unit, ge=1, le=3650)]
    return Annotated[str, Meta(title=rule.label, description=unit + rule.hint, min_length=1, max_length=200)]


def _words(rule: HouseRule | None, value: Any) -> str:
    return rule.words(value) if rule else str(value or "尚无决定")


def _rule(key: str) -> HouseRule | None:
    """The setting of that name, None for the decision on a whole point; Unknown for anything else."""
    rule = sign_off.rules().get(key)
    if rule is None and not (key.startswith(SIGNED) and key.removeprefix(SIGNED) in POINTS):
        raise Unknown()
    return rule


routes = (settings, setting, *enter)
