"""What the union's lawyer and the offices have not signed off: house rules, statute texts, holidays, seals.

The points (9-1 …) and who decides each stand in ``docs/sign-off.md``. A point is signed off by a dated setting
``sign_off.<point>`` that names who signed and by which document.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.service import Service
from union.law import INSTRUMENTS
from union.organisations import COUNSEL
from workflows import workdays
from workflows.calendar_table import load_calendar
from workflows.law import Citation, Law, Mark
from workflows.module import registry
from workflows.tables import Setting, legal_date

SIGNED = "sign_off."
UNSURE = {Mark.EXCERPT: "仅见摘录", Mark.MEMORY: "凭记忆写入"}
ENGINE_RULES = (
    workdays.ROLL_SET,
    workdays.ROLL_BACK,
    workdays.DEEMED_EFFECT_NEXT_DAY,
    workdays.EXTENSION_BASE,
    COUNSEL,
)


def open_points(service: Service, session: Session) -> Iterator[str]:
    """One sentence for each matter that still needs somebody's decision or a look at the official text."""
    settings = [line for module in registry.modules.values() for check in module.checks for line in check(session)]
    yield from settings
    yield from _house_rules(session, "".join(settings))
    yield from _texts()
    yield from _holidays(service, session)
    yield "电子印章和电子签名尚未接入：文书须打印后签名、用印，再登记"
    yield "短信通道尚未接入：发给当事人的消息只在案件页显示，须由承办人另行告知"


def _house_rules(session: Session, reported: str) -> Iterator[str]:
    """Rules a procedure cites that are no setting of a module, point by point."""
    signed = set(session.scalars(select(Setting.key).where(Setting.signed_off_by.is_not(None))))
    for point, titles in sorted(_rules_by_point().items(), key=lambda found: _in_order(found[0])):
        left = [title for title in titles if f"“{title}”" not in reported]
        if left and SIGNED + point not in signed:
            yield f"内部规定尚未签批（{point}）：{'；'.join(left)}"


def _rules_by_point() -> dict[str, list[str]]:
    points: dict[str, list[str]] = {}
    for citation in dict.fromkeys((*ENGINE_RULES, *_cited())):
        if not citation.is_law:
            points.setdefault(_point(citation.law), []).append(citation.law.title)
    return points


def _cited() -> Iterator[Citation]:
    for module in registry.modules.values():
        for workflow in module.workflows:
            for step in workflow.transitions:
                yield from step.citations
                yield from (citation for guard in step.when for citation in guard.law)
            for clock in workflow.deadlines:
                yield from clock.citations
        for kind in module.records:
            yield from kind.law


def _texts() -> Iterator[str]:
    for mark, how in UNSURE.items():
        if keys := [law.key for law in INSTRUMENTS if law.mark is mark]:
            yield f"法规{how}，条文待核对：{'、'.join(keys)}"
    unsure = sorted({str(citation) for citation in _cited() if citation.mark is Mark.MEMORY})
    if unsure:
        yield f"程序引用的条文待核对：{'、'.join(unsure)}"
    yield f"引用的 {len(INSTRUMENTS)} 部法规没有收录条文原文，页面只显示条文号：上线前请逐部与官方文本核对"


def _holidays(service: Service, session: Session) -> Iterator[str]:
    today = legal_date(service.clock())
    years = load_calendar(session, today).years
    provisional = [year for year in sorted(years) if years[year] == workdays.PROVISIONAL and year >= today.year]
    if provisional:
        yield (
            f"{provisional[0]} 年起的节假日安排尚未录入：期限按法定节日推算，届满时不自动办理；国务院通知公布后请用 casework calendar 录入"
        )


def _point(law: Law) -> str:
    return law.key.removeprefix("政策").strip() or "未编号"


def _in_order(point: str) -> tuple[int, ...]:
    return tuple(int(part) for part in point.split("-") if part.isdigit())
