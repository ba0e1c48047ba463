"""The figures of every module for a period and a place, and the subjects behind each of them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from casework.desk.sign_off import rules
from union.access import allowed_at, visible
from union.organisations import Organisation, at_or_below
from web.filters import cn_day, money, thousands
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.module import Counted, Figure, Module, registry, so_far
from workflows.settings import in_force
from workflows.tables import SUBJECTS, Setting, Subject

PAGE = 50
FIRST_YEAR = 2000
AT_ONCE = 5000  # ids in one statement
NOTHING = "无案件"


@dataclass(frozen=True, slots=True)
class Scope:
    """The days from ``first`` to ``last`` inclusive, at an organisation and all below it."""

    first: date
    last: date
    place: Organisation
    today: date

    @property
    def period(self) -> tuple[date, date]:
        """What is counted: of days still to come nothing is overdue, nor due yet."""
        return so_far((self.first, self.last), self.today)

    @property
    def organisations(self) -> Select[Any]:
        return select(Organisation.id).where(at_or_below(self.place.path))

    @property
    def words(self) -> str:
        return f"{cn_day(self.first)}至{cn_day(self.last)}，{self.place.name}及下级"

    @property
    def asked(self) -> dict[str, str]:
        """The address of the same scope."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "org": str(self.place.id)}


@dataclass(frozen=True, slots=True)
class Line:
    """A figure and what it came to."""

    module: Module
    figure: Figure
    counted: Counted
    target: int | None = None  # what the year is to come to at least, where one is set for it

    @property
    def value(self) -> str:
        """As it is read: 70.6 %, 38,640.00 元, 12 件; 无案件 where there is nothing to measure."""
        if self.counted.denominator is not None:
            return rate(self.counted.numerator, self.counted.denominator) or NOTHING
        if self.figure.unit == "分":
            return f"{money(self.counted.numerator)} 元"
        if self.figure.unit == "日" and not self.counted.subjects:
            return NOTHING
        return f"{thousands(self.counted.numerator)} {self.figure.unit}"

    @property
    def parts(self) -> str:
        """Numerator / denominator of a share, in 元 where it is one of amounts."""
        if self.counted.denominator is None:
            return ""
        shown = money if self.counted.out_of is not None else thousands
        return f"{shown(self.counted.numerator)} / {shown(self.counted.denominator)}"

    @property
    def goal(self) -> str:
        """全年目标 600 件，已完成 12.5%; of a share, whether it is reached or by how much it falls short."""
        if self.target is None:
            return ""
        if self.counted.denominator is None:
            done = rate(self.counted.numerator, self.target)
            return f"全年目标 {thousands(self.target)} {self.figure.unit}以上，已完成 {done}"
        return f"全年目标 {self.target}% 以上{self._against(self.counted.numerator, self.counted.denominator)}"

    def _against(self, numerator: int, denominator: int) -> str:
        if not denominator:
            return ""
        short = Decimal(self.target or 0) - Decimal(numerator) * 100 / Decimal(denominator)
        if short <= 0:
            return "，已达到"
        return f"，尚差 {max(short.quantize(Decimal('0.1'), ROUND_HALF_UP), Decimal('0.1'))} 个百分点"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with a target for the year: where it stands, where it leads by the year's end, and whether that is late."""

    line: Line
    expected: int | None = None  # of a number, if the year goes on as it went

    @property
    def late(self) -> bool:
        target = self.line.target or 0
        if self.expected is not None:
            return self.expected < target
        counted = self.line.counted
        return bool(counted.denominator) and counted.numerator * 100 < target * (counted.denominator or 0)

    @property
    def words(self) -> str:
        """全年目标 600 件以上，已完成 12.5%；照此进度年底约 450 件."""
        if self.expected is None:
            return self.line.goal
        return f"{self.line.goal}；照此进度年底约 {thousands(self.expected)} {self.line.figure.unit}"


@dataclass(frozen=True, slots=True)
class Behind:
    """One subject that a figure counts; ``counts``: in the numerator, and not only in the denominator."""

    id: uuid.UUID
    number: str
    title: str
    state: str
    place: str
    opened_on: date
    closed_on: date | None
    counts: bool
    amount: int | None = None  # its own, where the figure says what each comes to


def rate(numerator: int, denominator: int) -> str:
    """70.6%, or nothing when there is nothing to divide by.

    Rounded by way of two decimals (70.5495 -> 70.55 -> 70.6), as the published figure of the linkage is (law.md §3.8).
    """
    if not denominator:
        return ""
    share = Decimal(numerator) * 100 / Decimal(denominator)
    for places in ("0.01", "0.1"):
        share = share.quantize(Decimal(places), ROUND_HALF_UP)
    return f"{share}%"


def as_rate(numerator: int, denominator: int) -> str:
    """70.6%（9218/13066）: a rate is published with both its numbers."""
    return f"{rate(numerator, denominator) or NOTHING}（{numerator}/{denominator}）"


# --- which period and place


def places(session: Session, actor: Actor, action: str = "figures.view") -> list[Organisation]:
    """Where the actor may look at figures: offices of the union, from the top down; the units they serve are none."""
    offices = select(Organisation).where(Organisation.level != "unit").order_by(Organisation.path)
    return [place for place in session.scalars(offices) if allowed_at(actor, action, place.path)]


def scope(
    given: Mapping[str, str], offered: Sequence[Organisation], actor: Actor, today: date
) -> tuple[Scope, list[str]]:
    """What was asked for, and a sentence for each part that makes no sense; Unknown when no place is the actor's."""
    if not offered:
        raise Unknown()
    faults: list[str] = []
    first = _day(given.get("from", ""), date(today.year, 1, 1), "起始日期", faults)
    last = _day(given.get("to", ""), today, "截止日期", faults)
    if last < first:
        faults.append("截止日期早于起始日期，已改为今年至今。")
        first, last = date(today.year, 1, 1), today
    own = next((place for place in offered if place.id == actor.organisation_id), offered[0])
    wanted = given.get("org", "")
    place = next((place for place in offered if str(place.id) == wanted), None)
    if wanted and place is None:
        faults.append("没有这个单位，或者无权查看它的统计，已改为本单位。")
    return Scope(first, last, place or own, today), faults


def _day(text: str, otherwise: date, label: str, faults: list[str]) -> date:
    if not text:
        return otherwise
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= 2199:
        faults.append(f"{label}“{text[:20]}”不是日期，写成 2026-11-20 这样，已改用{cn_day(otherwise)}。")
        return otherwise
    return day


def periods(today: date) -> list[tuple[str, date, date]]:
    """本月, 上月, 本季度, 今年, 去年 with their days."""
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return [
        ("本月", month, today),
        ("上月", before, month - timedelta(days=1)),
        ("本季度", quarter, today),
        ("今年", date(today.year, 1, 1), today),
        ("去年", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]


# --- the figures


def lines(session: Session, scope: Scope) -> list[Line]:
    return [_line(session, module, figure, scope) for module in registry.modules.values() for figure in module.figures]


def goals(session: Session, place: Organisation, today: date) -> list[Goal]:
    """The figures that have a target for this year at the place, so far."""
    year = Scope(date(today.year, 1, 1), today, place, today)
    return [
        Goal(found, _by_the_end(found, today))
        for module in registry.modules.values()
        for figure in module.figures
        if figure.target and _target(session, figure, year) is not None
        for found in [_line(session, module, figure, year)]
    ]


def _by_the_end(found: Line, today: date) -> int | None:
    """As many a day as until today; a share has no sum to come to."""
    if found.counted.denominator is not None:
        return None
    first = date(today.year, 1, 1)
    gone, whole = (today - first).days + 1, (date(today.year + 1, 1, 1) - first).days
    return round(found.counted.numerator * whole / gone)


def line(session: Session, figure_id: str, scope: Scope) -> Line:
    """One figure; Unknown when there is none of this name."""
    for module in registry.modules.values():
        for figure in module.figures:
            if figure.id == figure_id:
                return _line(session, module, figure, scope)
    raise Unknown()


def _line(session: Session, module: Module, figure: Figure, scope: Scope) -> Line:
    counted = figure.count(session, scope.period, scope.organisations)
    return Line(module, figure, counted, _target(session, figure, scope))


def _target(session: Session, figure: Figure, scope: Scope) -> int | None:
    """As set on the last day: the district federation's for a year, so a number of cases is nobody else's, nor of two years."""
    if not figure.target or scope.first.year != scope.last.year:
        return None
    if figure.unit != "%" and not _leads_the_district(session, scope.place):
        return None
    row = in_force(session, scope.last, Setting.key == figure.target).get(figure.target)
    value = row.value.get("value") if row else rules()[figure.target].default
    return int(value) if value else None


def _leads_the_district(session: Session, place: Organisation) -> bool:
    """At the top, or with nothing but the city above it."""
    above = session.get(Organisation, place.parent_id) if place.parent_id else None
    return place.level != "city" and (above is None or above.level == "city")


# --- the subjects behind one


def subjects(counted: Counted) -> list[uuid.UUID]:
    """All it counts or divides by, the oldest first."""
    return sorted({*counted.subjects, *(counted.among or ())}, key=str)


def behind(
    session: Session, actor: Actor, at: datetime, line: Line, scope: Scope, ids: Iterable[uuid.UUID]
) -> list[Behind]:
    """Those of the given subjects that the actor may see; of whom they are is masked unless the actor may know."""
    inside, each = set(line.counted.subjects), line.figure.each
    place = aliased(Organisation)  # the condition of who may see it asks of organisations too
    query = (
        select(*_SHOWN, place.short_name, place.name.label("place"))
        .join(place, place.id == SUBJECTS.c.organisation_id)
        .where(SUBJECTS.c.id.in_(list(ids)), visible(session, actor, at=at, action="case.list"))
        .order_by(SUBJECTS.c.id)
    )
    rows = session.execute(query).all()
    masked = _masked(session, actor, at, rows)
    amounts = each.of(session, [row.id for row in rows], scope.period) if each and rows else {}
    return [
        Behind(
            row.id,
            row.number or "未编号",
            masked.get(row.id, row.title),
            registry.workflow_for(row).state_by_id[row.state].label,
            row.short_name or row.place,
            row.opened_on,
            row.closed_on,
            row.id in inside,
            amounts.get(row.id),
        )
        for row in rows
    ]


def _masked(session: Session, actor: Actor, at: datetime, rows: Sequence[Any]) -> dict[uuid.UUID, str]:
    """What to call those whose people the actor may not know."""
    ids = [row.id for row in rows]
    may_know = select(Subject.id).where(SUBJECTS.c.id.in_(ids), visible(session, actor, at=at, action="person.view"))
    known = set(session.scalars(may_know)) if ids else set[uuid.UUID]()
    named: dict[uuid.UUID, str] = {}
    for module in registry.modules.values():
        unknown = [row.id for row in rows if row.id not in known and registry.module_of(row.workflow) is module]
        if unknown and module.ledger is not None and module.ledger.masked_titles is not None:
            named |= module.ledger.masked_titles(session, unknown)
    return named


_SHOWN = tuple(
    SUBJECTS.c[name]
    for name in ("id", "number", "title", "workflow", "definition_version", "state", "opened_on", "closed_on")
)


def seen(session: Session, actor: Actor, at: datetime, ids: Sequence[uuid.UUID]) -> int:
    """How many of the subjects the actor may see: a figure may count cases from which its reader must keep out."""
    mine = visible(session, actor, at=at, action="case.list")
    chunks = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
    return sum(
        session.scalar(select(func.count()).select_from(Subject).where(SUBJECTS.c.id.in_(list(chunk)), mine)) or 0
        for chunk in chunks
    )
