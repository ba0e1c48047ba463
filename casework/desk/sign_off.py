"""House rules as they stand, who signed them and by which document; a new value is a new dated row (law.md §9)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from casework.desk import message_kinds, offers
from documents.signing import AGENTS_SETTLE
from union import audit
from union.house_rules import CALENDAR_RULES, POINTS, SIGNED, HouseRule, Point, in_order
from union.organisations import COUNSEL
from workflows import workdays
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.law import Citation, Policy
from workflows.module import registry
from workflows.settings import history, in_force
from workflows.tables import Setting, legal_date

FRESH = timedelta(minutes=1)
DESK_RULES = (offers.MINUTES, message_kinds.HOURS)
ENGINE_RULES = (
    workdays.ROLL_SET,
    workdays.ROLL_BACK,
    workdays.DEEMED_EFFECT_NEXT_DAY,
    workdays.EXTENSION_BASE,
    COUNSEL,
    Policy("当事人在平板上手写的签名，按《电子签名法》第三条至第八条已经足够", "9-16"),
    Policy("当事人凭短信验证码和证件号码末位在手机上签名，法院认可", "9-16"),
    AGENTS_SETTLE,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule today: the row in force, if any, and what is already entered for a later day."""

    rule: HouseRule
    row: Setting | None
    coming: Setting | None

    @property
    def words(self) -> str:
        return self.rule.words(self.row.value.get("value") if self.row else self.rule.default)

    @property
    def signed(self) -> bool:
        return self.row is not None and bool(self.row.signed_off_by)


@dataclass(frozen=True, slots=True)
class Matter:
    """A point of the sign-off list with its settings, the rules cited under it, and the decision on the whole."""

    point: Point
    standing: tuple[Standing, ...]
    cited: tuple[str, ...]
    decision: Setting | None

    @property
    def key(self) -> str:
        return SIGNED + self.point.number

    @property
    def left(self) -> int:
        """How many things nobody has signed; a decision on the point covers what is no setting."""
        decided = self.decision is not None and bool(self.decision.signed_off_by)
        return sum(not s.signed for s in self.standing) + (self.needs_decision and not decided)

    @property
    def needs_decision(self) -> bool:
        """Whether something under the point is no setting."""
        return bool(self.cited) or not self.standing


def rules() -> dict[str, HouseRule]:
    """Every setting the service reads, of the calendar, of the desk and of each module."""
    found = (
        *CALENDAR_RULES,
        *DESK_RULES,
        *(rule for module in registry.modules.values() for rule in module.house_rules),
    )
    return {rule.key: rule for rule in found}


def matters(session: Session, day: date) -> list[Matter]:
    """The whole list, in the order of its numbers."""
    held, coming, cited_by_point = in_force(session, day), _coming(session, day), cited_rules()
    by_point: dict[str, list[Standing]] = {}
    for rule in rules().values():
        by_point.setdefault(rule.point, []).append(Standing(rule, held.get(rule.key), coming.get(rule.key)))
    titles = {rule.label for rule in rules().values()}
    numbers = sorted({*POINTS, *by_point, *cited_by_point}, key=in_order)
    return [
        Matter(
            POINTS.get(number) or Point(number, "其他内部规定", "法律顾问"),
            tuple(by_point.get(number, ())),
            tuple(title for title in cited_by_point.get(number, ()) if title not in titles),
            held.get(SIGNED + number),
        )
        for number in numbers
    ]


def enter(
    session: Session,
    key: str,
    value: Any,
    since: date,
    document: str,
    signed_by: str,
    *,
    by: Actor,
    at: datetime,
) -> Setting:
    """Add a value from a day on; a day before the newest value would rewrite what was decided then, and is refused."""
    rule = rules().get(key)
    if rule is not None and rule.fault is not None and (fault := rule.fault(value)):
        raise Invalid("value", fault)
    if bool(signed_by.strip()) != bool(document.strip()):
        missing = "document" if signed_by.strip() else "signed_off_by"
        raise Invalid(missing, "签批人和文件号要一起填写；还没有签批的，两项都空着。")
    newest = next(iter(history(session, key)), None)
    if newest is not None and since < newest.valid_from:
        raise Invalid("valid_from", f"已有自 {newest.valid_from.isoformat()} 起的规定，新规定不能早于那一天。")
    row = Setting(
        key=key,
        value={"value": value},
        valid_from=since,
        document=document.strip(),
        signed_off_by=signed_by.strip() or None,
        entered_at=at,
    )
    session.add(row)
    session.flush()
    label = rule.label if rule else f"签批事项 {key.removeprefix(SIGNED)}"
    words = rule.words(value) if rule else str(value)
    signed = f"{row.signed_off_by} {row.document}" if row.signed_off_by else "未签批"
    audit.note(session, "录入设置", f"{label}：{words}，自 {since.isoformat()}；{signed}", by=by, at=at, about=key)
    return row


def signed_keys(session: Session, day: date | None = None) -> frozenset[str]:
    """The settings and points whose newest value (in force on the day) bears a signature."""
    rows = in_force(session, day) if day else in_force(session, date.max)
    return frozenset(key for key, row in rows.items() if row.signed_off_by)


def cited_rules() -> Mapping[str, list[str]]:
    """point -> the titles of the house rules cited under it, in the order of the points."""
    points: dict[str, list[str]] = {}
    for citation in dict.fromkeys((*ENGINE_RULES, *cited())):
        if not citation.is_law:
            points.setdefault(point_of(citation), []).append(citation.law.title)
    return {point: points[point] for point in sorted(points, key=in_order)}


def cited() -> Iterator[Citation]:
    """Every citation of every plugged procedure."""
    for module in registry.modules.values():
        for workflow in module.workflows:
            for step in workflow.transitions:
                yield from step.citations
                yield from (citation for guard in step.when for citation in guard.law)
            for clock in workflow.deadlines:
                yield from clock.citations
        for kind in module.records:
            yield from kind.law


def point_of(citation: Citation) -> str:
    return citation.law.key.removeprefix("政策").strip() or "未编号"


def _coming(session: Session, day: date) -> dict[str, Setting]:
    rows: Iterable[Setting] = session.scalars(
        select(Setting).where(Setting.valid_from > day).order_by(Setting.valid_from.desc(), Setting.entered_at)
    )
    return {row.key: row for row in rows}


class UnsignedMarks:
    """Whether to mark a house rule 待签署 where it acts; read again after a minute, or when one was entered here."""

    def __init__(self, reading: sessionmaker[Session], clock: Callable[[], datetime]) -> None:
        self._reading, self._clock = reading, clock
        self._signed: frozenset[str] = frozenset()
        self._good_until: datetime | None = None

    def __call__(self, citation: Citation) -> bool:
        now = self._clock()
        if self._good_until is None or now >= self._good_until:
            with self._reading() as session:
                self._signed = signed_keys(session, legal_date(now))
            self._good_until = now + FRESH
        own = {rule.key for rule in rules().values() if rule.label == citation.law.title}
        return not self._signed & {SIGNED + point_of(citation), *own}

    def forget(self) -> None:
        self._good_until = None
