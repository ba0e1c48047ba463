"""Every component on one page, with its edge cases: for people who build pages, and for the accessibility test."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec
from jinja2 import Environment, nodes
from litestar import Request, Response, get, post

from web import forms
from web.clock import ClockFace
from web.errors import EVERYWHERE, Problem
from web.forms import FormErrors
from web.pages import HTML, fragment, page, redirect, wants_fragment
from workflows.definition import Guard, Role, Transition
from workflows.errors import Reason
from workflows.fire import Condition, Possible
from workflows.form import Attachment, Form
from workflows.law import Law, Mark, Policy
from workflows.workdays import DayNote

SAMPLE_LAW = Law("例", "示例条例", "2026-01-01")
SAMPLE_EXCERPT = Law("例二", "示例办法", "2026-01-01", Mark.EXCERPT)
LONG_NAME = "北京市朝阳区某某某某国际商业运营管理有限责任公司第一分公司工会委员会"
SOMEBODY = Role("somebody", "承办人")


class Moment(NamedTuple):
    """One entry of a timeline as ``ui.timeline`` reads it."""

    at: datetime | date
    who: str
    what: str
    icon: str = "dot"
    tone: str = ""
    text: str = ""
    quote: str = ""
    href: str = ""


class EmptyState(NamedTuple):
    """What a page says where there is nothing, as its template calls ``ui.empty``."""

    template: str
    title: str
    text: str = ""
    href: str = ""
    action: str = ""
    icon: str = "inbox"


class Line(msgspec.Struct, kw_only=True):
    kind: Annotated[str, msgspec.Meta(title="请求事项", extra={"choices": {"wages": "工资", "other": "其他"}})]
    amount: Annotated[int | None, msgspec.Meta(title="金额", ge=1, extra={"widget": "money"})] = None
    detail: Annotated[str, msgspec.Meta(title="说明", max_length=200)] = ""


class Place(msgspec.Struct, kw_only=True):
    street: Annotated[str, msgspec.Meta(title="街道（乡）")] = ""
    room: Annotated[str, msgspec.Meta(title="门牌")] = ""


class Everything(Form, kw_only=True):
    """One field of each kind."""

    name: Annotated[str, msgspec.Meta(title="姓名", description="与身份证一致。", min_length=2, max_length=30)]
    reason: Annotated[
        str,
        msgspec.Meta(
            title="情况说明",
            description="写明双方意见，将载入案卷，不少于 5 个字。",
            min_length=5,
            max_length=2000,
            extra={"widget": "textarea"},
        ),
    ]
    amount: Annotated[int, msgspec.Meta(title="争议金额", ge=0, extra={"widget": "money"})]
    way: Annotated[
        str, msgspec.Meta(title="申请方式", extra={"widget": "radio", "choices": {"oral": "口头", "written": "书面"}})
    ]
    organisation: Annotated[str, msgspec.Meta(title="调解组织", extra={"choices": {"1": "街道", "2": LONG_NAME}})]
    topics: Annotated[
        list[str], msgspec.Meta(title="涉及事项", extra={"choices": {"a": "工资", "b": "社会保险", "c": "工伤待遇"}})
    ] = []
    handler: Annotated[
        str, msgspec.Meta(title="经办人", extra={"widget": "person", "choices": {"周敏": "周敏 · 调解员"}})
    ] = ""
    people: Annotated[int | None, msgspec.Meta(title="人数", ge=1)] = None
    meeting: Annotated[datetime | None, msgspec.Meta(title="开会时间")] = None
    agreed: Annotated[bool, msgspec.Meta(title="已当面告知权利义务", extra={"required": True})] = False
    place: Annotated[Place | None, msgspec.Meta(title="送达地址")] = None
    lines: Annotated[list[Line], msgspec.Meta(title="仲裁请求", description="每项请求一行。", min_length=1)]
    paper: Annotated[list[Attachment], msgspec.Meta(title="证据材料", extra={"widget": "file"})] = []
    hidden: Annotated[str, msgspec.Meta(title="隐藏", extra={"widget": "hidden"})] = "x"


@get("/_ui", opt={"action": "gallery.view"}, sync_to_thread=True)
def gallery(request: Request[Any, Any, Any], today: date, now: datetime) -> Response[Any]:
    form = forms.show(Everything, {"amount": 3864000, "name": "王立娟"}, today=today).inside("on-page")
    states = empty_states(request.app.state.site.templates)
    return page(request, "gallery.html", form=form, empty_states=states, **_samples(today, now))


@get("/_ui/dialog", opt={"action": "gallery.view"}, sync_to_thread=True)
def gallery_dialog(request: Request[Any, Any, Any], today: date) -> Response[Any]:
    return _dialog(request, forms.show(Everything, today=today))


@post("/_ui/dialog", opt={"action": "gallery.view"}, sync_to_thread=True)
def gallery_form(request: Request[Any, Any, Any], posted: Any, today: date) -> Response[Any]:
    if "_draft" in posted:
        return Response("草稿已保存（组件库不保存内容）", status_code=200, media_type=HTML)
    try:
        forms.parse(Everything, posted, today=today)
    except FormErrors as unfinished:
        return _dialog(request, unfinished.view)
    return redirect(request, "/_ui", "表单已填写完整（组件库不保存内容）")


def _dialog(request: Request[Any, Any, Any], form: forms.FormView) -> Response[Any]:
    if wants_fragment(request):
        return fragment(request, "gallery_form.html", status=form.status, form=form)
    return page(request, "gallery_dialog.html", status=form.status, form=form)


@cache
def empty_states(templates: Environment) -> list[EmptyState]:
    """Read from the templates themselves, so that no page's is missing here."""
    found = []
    for name in templates.list_templates(["html"]):
        if name.startswith(("gallery", "macros/")):
            continue
        calls = templates.parse(_source(templates, name)).find_all(nodes.Call)
        found += [EmptyState(name, *map(_words, c.args)) for c in calls if _is_empty(c)]
    return found


def _source(templates: Environment, name: str) -> str:
    assert templates.loader is not None
    return templates.loader.get_source(templates, name)[0]


def _is_empty(call: nodes.Call) -> bool:
    called = call.node
    return isinstance(called, nodes.Getattr) and called.attr == "empty" and getattr(called.node, "name", "") == "ui"


def _words(node: nodes.Expr) -> str:
    """What can be known of an argument without a request; of two possibilities the first."""
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.CondExpr):
        return _words(node.expr1)
    if isinstance(node, nodes.Concat):
        return "".join(map(_words, node.nodes))
    return "…"


def _samples(today: date, now: datetime) -> Mapping[str, Any]:
    return {
        "clocks": _clocks(today),
        "possible": Possible(
            _step("agree", "达成调解协议", "handshake", "双方就支付方案达成一致后办理，生成《调解协议书》。"),
            (
                Condition(_guard("双方主体资格已核验"), "met"),
                Condition(_guard("协议草案经双方确认"), "open"),
                Condition(_guard("双方签名或者盖章"), "unmet"),
            ),
            (),
        ),
        "impossible": Possible(
            _step("archive", "归档", "archive", ""), (), (Reason("尚未结案", (SAMPLE_LAW[12],)), Reason("文书未送达"))
        ),
        "moments": _moments(now),
        "problem": Problem(
            409,
            "这一步现在不能办理",
            reasons=[Reason("双方当事人均须签名或者盖章", (SAMPLE_LAW[14, 2],)), Reason("协议书未用印")],
        ),
        "problems": EVERYWHERE,
        "wrong_form": _wrong_form(today),
        "law": (SAMPLE_LAW[14, 3], SAMPLE_EXCERPT[2], SAMPLE_LAW[3].by_analogy(), Policy("三日内审查（内部规定）")),
        "long_name": LONG_NAME,
        "tomorrow": today + timedelta(days=1),
        "days": {n: today + timedelta(days=n) for n in (-400, -2, 0, 2, 6, 400)},
    }


def _clocks(today: date) -> list[ClockFace]:
    def clock(label: str, began: int, total: int, **more: Any) -> ClockFace:
        start = today - timedelta(days=began)
        end = start + timedelta(days=total)
        law = more.pop("law", (SAMPLE_LAW[14, 3],))
        return ClockFace(label, start, more.pop("nominal", end), end, today, law, **more)

    start = today - timedelta(days=2)
    notes = [DayNote(start, None, "起算日不计"), DayNote(start + timedelta(days=1), 1, "工作日")]
    notes += [DayNote(start + timedelta(days=2), None, "周末"), DayNote(start + timedelta(days=3), 2, "工作日")]
    return [
        clock("调解期限", 9, 15, consequence="期满未达成协议的，可以依法申请仲裁。", text="示例条文。"),
        clock("仲裁时效", 51, 365),
        clock("即将届满", 13, 15, law=(SAMPLE_EXCERPT[2],)),
        clock("今天到期", 5, 5),
        clock("已经超期", 20, 15),
        clock("受理审查", 2, 5, derivation=notes, hard=False, law=(Policy("三日内审查（内部规定）"),)),
        clock("已经中止", 6, 15, paused_on=today - timedelta(days=2), paused_because="等待鉴定意见"),
        clock("已经结束", 9, 15, ended="已办结"),
        clock("暂定日期", 9, 200, provisional=True, nominal=today + timedelta(days=190)),
        clock("刚刚开始", 0, 30),
    ]


def _moments(now: datetime) -> list[Moment]:
    yesterday = now - timedelta(days=1)
    return [
        Moment(now, "系统", "提醒：距调解期限届满还有 6 天", "bot"),
        Moment(yesterday, "周敏", "致电被申请人", "phone", quote="公司认可拖欠工资，希望分两期支付。" * 3),
        Moment(
            yesterday - timedelta(hours=3),
            "周敏",
            "起草《调解协议书》第 2 稿",
            "file-text",
            "ok",
            "修改了支付期限。",
            href="/_ui",
        ),
        Moment((now - timedelta(days=400)).date(), LONG_NAME, "提交调解申请", "user-plus", "state"),
    ]


def _wrong_form(today: date) -> forms.FormView:
    sent = {
        "name": "王",
        "reason": "",
        "amount": "三千",
        "occurred_on": "2999-01-01",
        "people": "0",
        "lines-0-kind": "wages",
        "lines-0-amount": "1,2.345",
    }
    try:
        forms.parse(Everything, sent, today=today)
    except FormErrors as unfinished:
        return unfinished.view
    raise AssertionError("the sample is wrong on purpose")


def _guard(sentence: str) -> Guard:
    return Guard(sentence, sentence, lambda facts: True, (SAMPLE_LAW[14],))


def _step(trigger: str, label: str, icon: str, effect: str) -> Transition:
    return Transition(trigger, label, "a -> b", by=(SOMEBODY,), law=SAMPLE_LAW[14, 2], effect=effect, icon=icon)
