"""Reports of figures: kept with a title, listed, and shown as they stood."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import figure_reports, figures
from casework.desk.pages.asking import Asked
from casework.desk.pages.filing import Filing, filings
from casework.desk.pages.heads import choosing
from casework.desk.pages.steps import CASE_PAGE
from casework.desk.pages.writing import attached
from casework.desk.tables import FigureReport
from documents.render import RenderFailed
from web.errors import Problem
from web.filters import cn_day
from web.pages import page, redirect
from workflows.actor import Actor

PATH = "/figures/reports"


class ReportForm(msgspec.Struct, kw_only=True):
    title: Annotated[str, Meta(title="报告名称", description="例如“2026年度统计报告”", min_length=2, max_length=80)]


@get(PATH, opt={"action": "figures.view"}, sync_to_thread=True)
def reports_page(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    found = figure_reports.kept(session, figures.places(session, actor))
    return page(request, "desk/reports.html", headers=CASE_PAGE, nav="figures", reports=found)


def _keeping(asked: Asked) -> Filing:
    chosen = choosing(asked.request, asked.session, asked.actor, asked.today, "/figures")
    scope = chosen.scope

    def act(form: ReportForm) -> Response[Any]:
        report = figure_reports.keep(asked.session, form.title, scope, by=asked.actor, at=asked.now)
        return redirect(asked.request, f"{PATH}/{report.id}", "已留存，此后的办理和更正不会改动这份报告")

    return Filing(
        "留存统计报告",
        ReportForm,
        act,
        chosen.href(),
        "留存报告",
        "已留存",
        known={"title": _usual_title(scope)},
        hint=f"{scope.words}。各项数值按现在的情况固定下来。",
        action=f"{PATH}/new?{urlencode(scope.asked)}",
    )


keep_report = filings(f"{PATH}/new", "figures.keep", _keeping)


@get(f"{PATH}/{{report_id:uuid}}", opt={"action": "figures.view"}, sync_to_thread=True)
def report_page(request: Request[Any, Any, Any], session: Session, actor: Actor, report_id: UUID) -> Response[Any]:
    report, other, others = _beside(request, session, actor, report_id)
    return page(
        request,
        "desk/report.html",
        headers=CASE_PAGE,
        nav="figures",
        report=report,
        others=others,
        other=other,
        lines=figure_reports.compared(report, other),
    )


@get(f"{PATH}/{{report_id:uuid}}/file", opt={"action": "figures.view"}, sync_to_thread=True)
def report_file(request: Request[Any, Any, Any], session: Session, actor: Actor, report_id: UUID) -> Response[Any]:
    report, other, _ = _beside(request, session, actor, report_id)
    try:
        content = figure_reports.on_paper(report, other)
    except RenderFailed as fault:
        problem = Problem(
            503, "报告的 PDF 没有生成", f"{fault} 稍后再试，或者在报告页面打印。", icon="file-exclamation-point"
        )
        return page(request, "errors/page.html", status=problem.status, problem=problem, number="", kept=[])
    return Response(content, media_type="application/pdf", headers=attached(f"{report.title}.pdf"))


def _beside(
    request: Request[Any, Any, Any], session: Session, actor: Actor, report_id: UUID
) -> tuple[FigureReport, FigureReport | None, list[FigureReport]]:
    """The report, the one it is compared with (chosen, or the last of the same place), and all it could be."""
    places = figures.places(session, actor)
    report = figure_reports.find(session, report_id, places)
    others = [other for other in figure_reports.kept(session, places) if other.id != report.id]
    wanted = request.query_params.get("with", "")
    chosen = next((other for other in others if str(other.id) == wanted), None)
    return report, chosen or figure_reports.before(report, others), others


def _usual_title(scope: figures.Scope) -> str:
    whole_year = (scope.first.month, scope.first.day) == (1, 1) and scope.first.year == scope.last.year
    ended = whole_year and (scope.last.month, scope.last.day) == (12, 31)
    return f"{scope.first.year}年度统计报告" if ended else f"{cn_day(scope.first)}至{cn_day(scope.last)}统计报告"


routes = (reports_page, *keep_report, report_page, report_file)
