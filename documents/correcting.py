"""更正: a record that is wrong is replaced by one of the same kind with a number of its own; the old one stays as it is.

The new one says what the matter says now, or what the old one said but for words that are named one by one. Amounts and
days that the matter knows are corrected there, so that paper and procedure never say two things.
"""

import difflib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from documents.contents import Unprintable, complete, contents_of, freeze
from documents.layout import TEMPLATES, Sheet, html
from documents.record import NUMBERS, Facts
from documents.tables import Record
from documents.wording import SHANGHAI, amount_in_figures, date_in_figures, moment
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused
from workflows.fire import current_facts
from workflows.form import Form, Step
from workflows.module import registry
from workflows.tables import Subject

ANEW, WORDS = "anew", "words"
BASES = {ANEW: "按案件现有内容重新制作", WORDS: "照原文书，只改下面写明的文字"}
MOST_SHOWN = 20
DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
MINUTE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日(\d{1,2})时(\d{2})分")
AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d{1,2})?)元")
AS_PRINTED = (
    (datetime, "时间，写成2026年11月2日9时30分的样子"),
    (date, "日期，写成2026年11月2日的样子"),
    (int, "金额，写成8,793.10元的样子"),
)


def bases(seen: Facts) -> Mapping[str, str]:
    """What said something once, in a step of its own, is not read anew from the matter."""
    return {WORDS: BASES[WORDS]} if registry.said_once(seen.subject.kind_id) else BASES


class Change(msgspec.Struct, kw_only=True):
    """Words of the old record and those that take their place, both as they are printed."""

    was: Annotated[str, Meta(title="原文书上的文字", min_length=1, max_length=500)]
    becomes: Annotated[str, Meta(title="更正为", max_length=500, extra={"required": False})] = ""


class Supersede(Form, kw_only=True):
    """Why the record is wrong, and where the content of the new one comes from."""

    basis: Annotated[str, Meta(title="新文书的内容", extra={"widget": "radio", "choices": bases})] = ANEW
    changes: Annotated[
        list[Change],
        Meta(title="更正的文字", description="照文书上印的写；相同的文字一并更正", extra={"required": False}),
    ] = []
    reason: Annotated[str, Meta(title="更正的理由", min_length=1, max_length=500, extra={"widget": "textarea"})]

    @classmethod
    def known(cls, seen: Facts) -> dict[str, Any]:
        return {"basis": next(iter(bases(seen)))}

    def warnings(self, session: Session, subject: Subject, actor: Actor, at: datetime) -> list[str]:
        """What the new record will say otherwise, line by line, to be read before it gets a number."""
        assert isinstance(subject, Record)
        if subject.frozen is None or not subject.number:
            return []
        matter = session.get_one(Subject, subject.parent_id)
        facts = current_facts(session, matter, by=actor, at=at)
        content = content_of(subject, self.basis, self.changes, registry.module_for(matter).name, facts)
        return [change.sentence for change in differences(subject, content)][:MOST_SHOWN] or [
            "新文书除文号和日期外，与原文书逐字相同。"
        ]

    def apply(self, step: Step) -> None:
        """The end of the old one; the new one is made once this step is lawful (``documents.issue.advance``)."""
        record = step.subject
        assert isinstance(record, Record)
        if self.basis == WORDS and record.frozen is not None:
            mended(record.kind_id, record.frozen["data"], self.changes)
        record.ended_because = self.reason


def content_of(old: Record, basis: str, changes: Sequence[Change], module: str, facts: Any) -> dict[str, Any]:
    """The data of the record that takes the place of ``old``. Raises Invalid."""
    if basis == WORDS:
        assert old.frozen is not None
        return mended(old.kind_id, old.frozen["data"], changes)
    if registry.said_once(old.kind_id):
        raise Invalid("basis", f"《{old.title}》记的是当时的一步，不能按案件现有内容重新制作：写明更正的文字。")
    if changes:
        raise Invalid("basis", f"写明了更正的文字的，选“{BASES[WORDS]}”。")
    data: dict[str, Any] = registry.modules[module].record_data[old.kind_id](facts)
    return data


def mended(kind: str, data: dict[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """The data with each change made wherever its words stand. Raises Invalid at the row whose words stand nowhere."""
    if not changes:
        raise Invalid("changes", "写明更正的文字：原文书上的，和更正以后的。")
    content: Any = complete(kind, data)
    for row, change in enumerate(changes):
        content, found = _Mending(change, row, of_the_matter=not registry.said_once(kind)).of(content)
        if not found:
            raise Invalid(f"changes.{row}.was", f"原文书里没有“{change.was}”：照文书上印的写。")
    mended: dict[str, Any] = msgspec.to_builtins(content)
    return mended


def mended_names(people: Iterable[Mapping[str, str]], changes: Sequence[Change]) -> list[dict[str, str]]:
    """Who signs or receives, under the names as corrected."""
    corrected = [dict(person) for person in people]
    for change in changes:
        for person in corrected:
            person["name"] = person["name"].replace(change.was, change.becomes)
    return corrected


@dataclass(frozen=True, slots=True)
class _Mending:
    """One change carried through the fields of a record, and whether its words were met."""

    change: Change
    row: int
    of_the_matter: bool  # whose days and amounts are corrected in the matter

    def of(self, value: Any) -> tuple[Any, bool]:
        if isinstance(value, str):
            return value.replace(self.change.was, self.change.becomes), self.change.was in value
        if isinstance(value, list):
            parts = [self.of(item) for item in value]
            return [part for part, _ in parts], any(found for _, found in parts)
        if isinstance(value, msgspec.Struct):
            fields = {name: self.of(getattr(value, name)) for name in value.__struct_fields__}
            return msgspec.structs.replace(value, **{name: made for name, (made, _) in fields.items()}), any(
                found for _, found in fields.values()
            )
        return (self._typed(value), True) if self.change.was.strip() == _printed(value) else (value, False)

    def _typed(self, value: Any) -> Any:
        kind, said = next((kind, said) for kind, said in AS_PRINTED if isinstance(value, kind))
        if self.of_the_matter:
            raise Invalid(
                f"changes.{self.row}.was",
                f"“{self.change.was}”是案件登记的日期或者金额：先在案件里更正，再选“{BASES[ANEW]}”。",
            )
        try:
            return READ[kind](self.change.becomes.strip())
        except ValueError:
            raise Invalid(f"changes.{self.row}.becomes", f"“{self.change.was}”是{said}。") from None


def _printed(value: Any) -> str:
    """A day, an instant or an amount as it stands on paper; nothing else is a word of its own."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return date_in_figures(value)
    return amount_in_figures(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _day(text: str) -> date:
    return date(*map(int, _parts(DAY, text)))


def _minute(text: str) -> datetime:
    year, month, day, hour, minute = map(int, _parts(MINUTE, text))
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def _fen(text: str) -> int:
    (yuan,) = _parts(AMOUNT, text)
    return int(Decimal(yuan.replace(",", "")) * 100)


def _parts(printed: re.Pattern[str], text: str) -> tuple[str, ...]:
    """What the pattern tells apart. Raises ValueError."""
    found = printed.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found.groups()


READ: Mapping[Any, Any] = {datetime: _minute, date: _day, int: _fen}


# --- what is different


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of the old record and the one that stands there in the new."""

    was: str
    becomes: str

    @property
    def sentence(self) -> str:
        if not self.was:
            return f"新增：{self.becomes}"
        return f"原为“{self.was}”，更正为“{self.becomes}”" if self.becomes else f"删去：{self.was}"


def differences(old: Record, data: dict[str, Any]) -> list[Difference]:
    """The printed lines that the data would change. Raises Refused where they cannot be printed."""
    before = old.frozen
    assert before is not None
    try:
        made = freeze(before["kind"], data, title=before["title"])
    except Unprintable as error:
        raise Refused([Reason(f"{old.title}：{error}", (NUMBERS,))]) from error
    after = {**before, "data": made["data"]}
    return list(_compared(list(_lines(before)), list(_lines(after))))


def _compared(before: list[str], after: list[str]) -> Iterator[Difference]:
    for what, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            yield Difference("".join(before[a:b]), "".join(after[c:d]))


def _lines(frozen: dict[str, Any]) -> Iterator[str]:
    layout = contents_of(frozen["kind"])
    printed = html(frozen, Sheet(layout.template, "", "", ""), layout.folder or TEMPLATES)
    for line in re.split(r"</(?:p|h1|h2|h3|td|th|caption)>", re.split(r"<body[^>]*>", printed)[1]):
        if words := re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", line))):
            yield words


# --- which replaced which


@dataclass(frozen=True, slots=True)
class Chain:
    """What a record replaces and what replaced it, by id and number."""

    corrects: tuple[uuid.UUID, str] | None = None
    corrected_by: tuple[uuid.UUID, str] | None = None

    @property
    def sentence(self) -> str:
        said = [f"更正自{self.corrects[1]}"] if self.corrects else []
        return "，".join([*said, f"已被{self.corrected_by[1]}更正"] if self.corrected_by else said)


def chain_of(session: Session, record: Record) -> Chain:
    if record.corrects is None and record.superseded_by is None:
        return Chain()
    return chains(session, [record.id])[record.id]


def chains(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Chain]:
    """Of those of the records that were corrected or are a correction."""
    row, subject = Record.__table__.c, Subject.__table__.c
    linked = row.corrects.is_not(None) | row.superseded_by.is_not(None)
    of = session.execute(select(row.id, row.corrects, row.superseded_by).where(row.id.in_(list(ids)), linked)).all()
    others = {other for _, *pair in of for other in pair if other is not None}
    numbers = dict(session.execute(select(subject.id, subject.number).where(subject.id.in_(others))).all())
    named = {other: (other, numbers[other] or "") for other in others}
    return {one: Chain(named.get(old), named.get(new)) for one, old, new in of}
