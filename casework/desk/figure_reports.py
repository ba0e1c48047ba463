"""Figures kept as they stood: what was reported stays what was reported."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import figures
from casework.desk.figures import Scope
from casework.desk.tables import FigureReport
from documents.house import house
from documents.render import render
from union import audit
from union.organisations import Organisation
from web.filters import cn_day
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.tables import legal_date

MOST = 200
NUMBER = re.compile(r"(?P<number>-?[\d,]+(\.\d+)?) ?(?P<unit>[^\d\s]+)")


def keep(session: Session, title: str, scope: Scope, *, by: Actor, at: datetime) -> FigureReport:
    """Count now and keep every value with its definition."""
    assert by.id is not None
    lines = [
        {
            "module": line.module.label,
            "label": line.figure.label,
            "value": line.value,
            "parts": line.parts,
            "definition": line.figure.definition,
        }
        for line in figures.lines(session, scope)
    ]
    report = FigureReport(
        title=title.strip(),
        first=scope.first,
        last=scope.last,
        organisation_id=scope.place.id,
        words=scope.words,
        lines=lines,
        made_by=by.id,
        made_by_name=by.name,
        made_at=at,
    )
    session.add(report)
    session.flush()
    audit.note(session, "留存统计报告", f"{report.title}：{report.words}", by=by, at=at, about=report.id)
    return report


def on_paper(report: FigureReport, other: FigureReport | None = None) -> bytes:
    """The report as a PDF, beside another one where that is given; raises RenderFailed.

    A plain paper without number, signature or seal, for no law asks for one.
    """
    lines = compared(report, other)
    text, notes = f"统计范围：{report.words}。", [f"{_made(report)}，数值为当时的情况。"]
    data: dict[str, object] = {"notes": notes, "organisation_signs": False}
    if other is None:
        data["rows"] = [{"label": line.label, "value": line.measured} for line in lines]
    else:
        text += f"\n对比的报告：“{other.title}”，{other.words}。{_made(other)}。"
        rows = [[line.label, line.measured, *line.beside] for line in lines]
        data["table"] = {"columns": ["指标", "数值", "对比的数值", "增减"], "rows": rows}
    return render("plain", {"text": text, **data}, code="", demo=house().demo, title=report.title, site=house().site)


def _made(report: FigureReport) -> str:
    return f"{report.made_by_name}于{cn_day(legal_date(report.made_at))}留存"


def kept(session: Session, places: Sequence[Organisation]) -> list[FigureReport]:
    """Those of the given places, the newest first."""
    mine = FigureReport.organisation_id.in_([place.id for place in places])
    return list(session.scalars(select(FigureReport).where(mine).order_by(FigureReport.made_at.desc()).limit(MOST)))


def before(report: FigureReport, among: Sequence[FigureReport]) -> FigureReport | None:
    """The last one of the same place that was kept earlier; ``among`` has the newest first."""
    same = (r for r in among if r.organisation_id == report.organisation_id and r.made_at < report.made_at)
    return next(same, None)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of a report, what it was in the other one ("" where that has none), and by how much it differs."""

    module: str
    label: str
    value: str
    parts: str
    definition: str
    was: str
    change: str

    @property
    def measured(self) -> str:
        return f"{self.value}（{self.parts}）" if self.parts else self.value

    @property
    def beside(self) -> tuple[str, str]:
        """What stands beside the value where two reports are compared."""
        return self.was or "没有这项", self.change or "—"


def compared(report: FigureReport, other: FigureReport | None) -> list[Compared]:
    then = {(line["module"], line["label"]): line["value"] for line in other.lines} if other else {}
    return [
        Compared(**line, was=was, change=change(was, line["value"]))
        for line in report.lines
        for was in [then.get((line["module"], line["label"]), "")]
    ]


def change(was: str, now: str) -> str:
    """+3 件, -1.5 个百分点, 不变; nothing where there was or is nothing to measure."""
    old, new = NUMBER.fullmatch(was), NUMBER.fullmatch(now)
    if old is None or new is None or old["unit"] != new["unit"]:
        return ""
    by = Decimal(new["number"].replace(",", "")) - Decimal(old["number"].replace(",", ""))
    unit = "个百分点" if new["unit"] == "%" else new["unit"]
    return f"{by:+,} {unit}" if by else "不变"


def find(session: Session, report_id: uuid.UUID, places: Sequence[Organisation]) -> FigureReport:
    """Unknown when there is none, or one of a place whose figures are not the reader's."""
    report = session.get(FigureReport, report_id)
    if report is None or report.organisation_id not in {place.id for place in places}:
        raise Unknown()
    return report
