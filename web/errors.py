"""What a person sees when something was not done: what happened, why, and what to do; nothing typed is lost."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from web.csrf import SAFE, ForgedForm
from web.forms import FormErrors
from web.pages import HTML, fragment, page, redirect, wants_fragment
from web.visitor import NotLoggedIn
from workflows.errors import Busy, Invalid, OtherBody, Reason, Refused, Stale, StepError, Unknown

log = logging.getLogger("casework.web")


@dataclass(frozen=True)
class Problem:
    """Why something was not done: shown by ``ui.problem``."""

    status: int
    title: str
    text: str = ""
    reasons: Sequence[Reason] = ()
    icon: str = "circle-alert"


NOT_FOUND = Problem(404, "没有找到这个页面", "可能网址有误、内容已移走，或者你无权查看。", icon="search-x")
FORGED = Problem(403, "本页已过期，没有办理", "重新打开页面后再提交。", icon="clock-alert")
LOGGED_OUT = Problem(401, "登录已过期，没有办理", "在新窗口登录后，返回上一页再提交。", icon="log-in")
GENERIC = Problem(
    500,
    "没有办成",
    "系统内部出了故障，已记入日志。重新打开页面核对后再办理；仍不行时把下面的编号告诉系统管理员。",
    icon="server-crash",
)
CLIENT: Mapping[int, Problem] = {
    400: Problem(400, "这次请求无法处理", "提交的内容不完整或格式不对。返回上一页核对后再提交。"),
    401: NOT_FOUND,
    403: NOT_FOUND,
    404: NOT_FOUND,
    405: Problem(405, "这个网址不能这样使用", "从页面上的按钮进入。"),
    413: Problem(413, "上传的内容过大", "每个文件不超过 20 MB，一次合计不超过 60 MB。可压缩或分次上传。"),
    415: Problem(415, "提交的格式不受支持", "从页面上的表单提交。"),
    429: Problem(429, "操作过于频繁", "稍等片刻再试。"),
}
EVERYWHERE = (NOT_FOUND, LOGGED_OUT, FORGED, CLIENT[413], CLIENT[429], GENERIC)  # what may befall any page


def problem_of(fault: Exception) -> Problem:
    """How a fault reads on the page; for a form shown again with ``ui.problem``."""
    if isinstance(fault, Refused):
        return Problem(409, "这一步现在不能办理", reasons=fault.reasons, icon="ban")
    if isinstance(fault, Stale):
        return Problem(409, "已有人先办理，本页不是最新", str(fault), icon="users")
    if isinstance(fault, Unknown):
        return NOT_FOUND
    if isinstance(fault, Invalid | OtherBody):
        return Problem(422, "填写的内容需要改正", str(fault))
    if isinstance(fault, Busy):
        return Problem(503, "暂时没有办成", str(fault), icon="clock-alert")
    if isinstance(fault, StepError):
        return Problem(409, "这一步没有办成", str(fault))
    if isinstance(fault, FormErrors):
        return Problem(fault.view.status, "填写的内容需要改正", reasons=[Reason(e.sentence) for e in fault.view.errors])
    if isinstance(fault, ForgedForm):
        return FORGED
    if isinstance(fault, HTTPException) and fault.status_code < 500:
        return CLIENT.get(fault.status_code, CLIENT[400])
    return GENERIC


def answer(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    problem = problem_of(fault)
    number = ""
    if problem.status >= 500:
        number = secrets.token_hex(4)
        log.error("request %s %s failed [%s]", request.method, request.url.path, number, exc_info=fault)
    context = {"problem": problem, "number": number, "kept": _typed(request, problem)}
    headers = {"x-request-id": number} if number else {}
    try:
        if wants_fragment(request):
            return fragment(request, "errors/fragment.html", status=problem.status, headers=headers, **context)
        return page(request, "errors/page.html", status=problem.status, headers=headers, **context)
    except Exception:
        log.exception("the error page itself failed")
        return Response(_bare(problem, number), status_code=problem.status, media_type=HTML, headers=headers)


def to_log_in(request: Request[Any, Any, Any], _: NotLoggedIn) -> Response[Any]:
    of_parties = request.url.path == "/my" or request.url.path.startswith("/my/")
    if of_parties and request.method in SAFE:
        return redirect(request, "/my", "登录已过期，或者这一页不属于你登录的案件。重新登录后再打开。", "warn")
    if wants_fragment(request):
        return fragment(request, "errors/fragment.html", status=401, problem=LOGGED_OUT, number="", kept=())
    if request.method not in SAFE:
        return page(
            request, "errors/page.html", status=401, problem=LOGGED_OUT, number="", kept=_typed(request, LOGGED_OUT)
        )
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return redirect(request, "/login" if path == "/" else f"/login?next={quote(path, safe='/')}")


HANDLERS: ExceptionHandlersMap = {
    NotLoggedIn: to_log_in,
    StepError: answer,
    FormErrors: answer,
    ForgedForm: answer,
    HTTPException: answer,
    Exception: answer,
}


def _typed(request: Request[Any, Any, Any], problem: Problem) -> list[str]:
    """The texts a person typed into the form that was not carried out, to be copied from the page."""
    posted = request.scope.get("state", {}).get("posted")
    if posted is None or problem.status not in (401, 403, 409, 413, 422, 500, 503):
        return []
    pairs = posted.multi_items() if hasattr(posted, "multi_items") else posted.items()
    return [text for name, text in pairs if isinstance(text, str) and text.strip() and _is_prose(name, text)]


def _is_prose(name: str, text: str) -> bool:
    return not name.startswith("_") and "password" not in name and (len(text) > 8 or not text.isascii())


def _bare(problem: Problem, number: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        f"<title>{problem.title}</title><h1>{problem.title}</h1><p>{problem.text}</p><p>{number}</p></html>"
    )
