"""The form kit: a msgspec Struct says what is asked; this shows it, reads it back, and words every fault in Chinese.

A field is annotated ``Annotated[type, msgspec.Meta(title=..., description=..., extra={"widget": ..., "choices": ...})]``.
Money is typed in 元 and stored in 分; a list of Structs is a set of repeatable rows named ``claims-0-amount``.
"""

import re
import types
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from union.privacy import Implausible
from web.uploads import ACCEPT, Unacceptable, attachment, plain_name
from workflows.definition import Guard
from workflows.errors import Invalid
from workflows.form import Attachment
from workflows.tables import SHANGHAI

SHORT = ("date", "moment", "time", "number", "decimal", "money")
LOOK_UP = "_lookup"  # the button that asks what is known of the number in a field
CHOOSES = "-kind"  # the question of a row that decides which others are asked
SPARE_ROWS = 3
LAST = {"date": "9999-12-31", "moment": "9999-12-31T23:59"}  # else browsers wait for a year of six digits
MOST_ROWS = 500
LONG_TEXT = 2000
SHORT_TEXT = 200
MOST_FEN = 10**15
Choices = Sequence[tuple[str, str]]
S = TypeVar("S", bound=msgspec.Struct)


class FieldError(NamedTuple):
    """One fault: where it is, and the sentence shown there and on top."""

    name: str
    sentence: str

    @property
    def anchor(self) -> str:
        return anchor(self.name)


@dataclass(frozen=True)
class Row:
    index: int
    fields: tuple["Field", ...]
    blank: bool = True

    @property
    def at_hand(self) -> list["Field"]:
        return [f for f in self.fields if not self._folded(f)]

    @property
    def folded(self) -> list["Field"]:
        """What is seldom needed, and what this kind of row is not asked: found under 更多信息."""
        return [f for f in self.fields if self._folded(f)]

    def _folded(self, f: "Field") -> bool:
        return f.cls == "more" or bool(f.only and self._chosen and f.only != self._chosen and not f.error)

    @property
    def _chosen(self) -> str:
        return next((str(f.value) for f in self.fields if f.name.endswith(CHOOSES) and f.widget == "radio"), "")


@dataclass(frozen=True)
class Field:
    """One question of a form as the page shows it, with what was typed and what is wrong with it."""

    name: str
    label: str
    widget: str
    required: bool = False
    needed: bool = False  # without it the step is refused, by a condition and not by the field
    hint: str = ""
    value: Any = ""
    error: str = ""
    choices: Choices = ()
    max_length: int | None = None
    lines: int = 3
    input_type: str = "text"
    inputmode: str = ""
    latest: str = ""  # no later date
    accept: str = ACCEPT
    capture: str = ""  # which camera a telephone opens
    multiple: bool = False
    search: str = ""  # where a person or organisation is looked up
    lookup: str = ""  # which register a number is looked up in, by a button
    focus: bool = False
    cls: str = ""
    only: str = ""  # asked only where the row is of this kind
    lost_files: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    fields: tuple["Field", ...] = ()

    @property
    def id(self) -> str:
        return anchor(self.name)

    def renamed(self, name: str) -> "Field":
        """The same question under another name, its rows and parts along with it."""
        start = len(self.name)
        rows = tuple(
            replace(row, fields=tuple(f.renamed(name + f.name[start:]) for f in row.fields)) for row in self.rows
        )
        return replace(self, name=name, rows=rows, fields=tuple(f.renamed(name + f.name[start:]) for f in self.fields))


@dataclass(frozen=True)
class FormView:
    """A form ready to be shown: ``ui.error_summary(form)`` and ``ui.fields(form)``."""

    fields: tuple[Field, ...]
    errors: tuple[FieldError, ...] = ()
    adding: bool = False

    def __getitem__(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def find(self, name: str) -> Field | None:
        """The question of that name, in a row or a group too."""
        return next((f for f in _all(self.fields) if f.name == name), None)

    def changing(self, name: str, **changes: Any) -> "FormView":
        """The form with one question changed, in a row or a group too."""
        return replace(self, fields=tuple(_changed(f, name, changes) for f in self.fields))

    def without(self, *names: str) -> "FormView":
        return replace(self, fields=tuple(f for f in self.fields if f.name not in names))

    def needing(self, names: Collection[str]) -> "FormView":
        """The form whose fields of these names are not called optional."""
        return replace(self, fields=tuple(replace(f, needed=f.name in names) for f in self.fields))

    def settling(self, guards: Iterable[Guard]) -> Mapping[str, tuple[Field, ...]]:
        """guard -> the questions that decide it: where a refusal is mended."""
        return {guard.name: tuple(f for f in self.fields if f.name in guard.decided_by) for guard in guards}

    def inside(self, prefix: str) -> "FormView":
        """The form as one of several on a page: every name under a prefix."""
        fields = tuple(f.renamed(f"{prefix}-{f.name}") for f in self.fields)
        return replace(
            self, fields=fields, errors=tuple(FieldError(f"{prefix}-{e.name}", e.sentence) for e in self.errors)
        )

    @property
    def status(self) -> int:
        return 422 if self.errors else 200


def _all(fields: Iterable[Field]) -> Iterator[Field]:
    for f in fields:
        yield f
        yield from _all(f.fields)
        for row in f.rows:
            yield from _all(row.fields)


def _changed(f: Field, name: str, changes: Mapping[str, Any]) -> Field:
    if f.name == name:
        return replace(f, **changes)
    if not name.startswith(f"{f.name}-"):
        return f
    rows = tuple(replace(row, fields=tuple(_changed(inner, name, changes) for inner in row.fields)) for row in f.rows)
    return replace(f, rows=rows, fields=tuple(_changed(inner, name, changes) for inner in f.fields))


class FormErrors(Exception):
    """What was sent is not complete: ``view`` shows it again with everything typed kept.

    Also raised, without errors, when the sender only asked for another row, or for what is known of a number.
    """

    def __init__(self, view: FormView) -> None:
        self.view = view
        super().__init__("；".join(error.sentence for error in view.errors) or "增加一行")


def show(
    struct: type[msgspec.Struct],
    values: Mapping[str, Any] | msgspec.Struct | None = None,
    facts: Any = None,
    today: date | None = None,
) -> FormView:
    """The empty form, or one filled with known values (money in 分, dates as dates)."""
    known = _by_name(values)
    asked = questions(struct, facts, today)
    return FormView(tuple(q.filled(q.name, known.get(q.name, q.default)) for q in asked))


def parse(
    struct: type[S], posted: Any, facts: Any = None, today: date | None = None, errors: Iterable[tuple[str, str]] = ()
) -> S:
    """The filled struct; raises FormErrors with a sentence at every field that is wrong.

    ``posted`` is Litestar's FormMultiDict or a mapping of name to text. ``errors`` are further faults found by the caller.
    """
    sent = Sent(posted)
    reading = _Reading(sent)
    asked = questions(struct, facts, today)
    values = reading.struct(asked, "")
    reading.errors.extend(FieldError(*error) for error in errors)
    if sent.adding or sent.looking_up:
        raise FormErrors(shown_again(struct, posted, facts, today))
    if not reading.errors:
        try:
            return built(struct, asked, values)
        except Contradiction as fault:
            reading.errors.append(fault.error)
    raise FormErrors(shown_again(struct, posted, facts, today, reading.errors))


def shown_again(
    struct: type[msgspec.Struct],
    posted: Any,
    facts: Any = None,
    today: date | None = None,
    errors: Iterable[tuple[str, str]] = (),
) -> FormView:
    """The form with everything that was typed, and the given ``(field name, sentence)`` faults at their fields."""
    sent = Sent(posted)
    faults = tuple(FieldError(name.replace(".", "-"), sentence) for name, sentence in errors)
    by_name = {fault.name: fault.sentence for fault in faults}
    fields = tuple(q.shown_again(q.name, sent, by_name) for q in questions(struct, facts, today))
    return FormView(fields, faults, adding=bool(sent.adding))


def anchor(name: str) -> str:
    return "f-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)


class Sent:
    """What a browser sent: name -> list of texts or files, whichever encoding it came in."""

    def __init__(self, posted: Any) -> None:
        self.values: dict[str, list[Any]] = {}
        pairs = posted.multi_items() if hasattr(posted, "multi_items") else posted.items()
        for name, value in pairs:
            self.values.setdefault(name, []).extend(value if isinstance(value, list) else [value])

    @property
    def adding(self) -> str:
        return self.text("_add")

    @property
    def looking_up(self) -> str:
        return self.text(LOOK_UP)

    def text(self, name: str) -> str:
        return next((str(v) for v in self.values.get(name, ()) if isinstance(v, str | int)), "")

    def texts(self, name: str) -> list[str]:
        return [v for v in self.values.get(name, ()) if isinstance(v, str) and v]

    def files(self, name: str) -> list[Any]:
        return [v for v in self.values.get(name, ()) if getattr(v, "filename", "")]

    def rows(self, name: str) -> list[int]:
        """The numbers of the rows that were sent under a name, in order."""
        found = {int(m[1]) for key in self.values if (m := re.fullmatch(rf"{re.escape(name)}-(\d{{1,4}})-.+", key))}
        return sorted(found)

    def is_blank(self, prefix: str) -> bool:
        """Nothing was chosen or typed under the prefix."""
        return not any(
            _said_something(value) for key, values in self.values.items() if key.startswith(prefix) for value in values
        )


def untouched(inner: "Iterable[Question]", sent: Sent, prefix: str) -> bool:
    """Nothing in this row differs from a spare one: a default that was only shown is not an answer."""
    return all(_untouched(q, sent, prefix + q.name) for q in inner)


def _untouched(q: "Question", sent: Sent, name: str) -> bool:
    if q.kind == "rows":
        return all(untouched(q.inner, sent, f"{name}-{i}-") for i in sent.rows(name))
    if q.kind == "group":
        return untouched(q.inner, sent, f"{name}-")
    if q.kind in ("file", "files"):
        return not sent.files(name)
    said, shown = [text for text in sent.texts(name) if text.strip()], typed(q.kind, q.default)
    return not said or said == (shown if isinstance(shown, list) else [shown])


def _said_something(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(getattr(value, "filename", ""))


# What a struct asks, field by field.


@dataclass(frozen=True)
class Question:
    """One field of a struct: its type, its words and its limits."""

    name: str
    kind: str  # text money number decimal date moment time bool choice choices id file files rows group
    label: str
    widget: str
    required: bool
    type: Any = str
    default: Any = None
    hint: str = ""
    choices: Choices = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    nullable: bool = False
    inner: tuple["Question", ...] = ()
    today: date | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def not_future(self) -> bool:
        return bool(self.extra.get("not_future", self.name == "occurred_on"))

    @property
    def _latest(self) -> str:
        no_later = self.today if self.kind == "date" and self.not_future else None
        return no_later.isoformat() if no_later else LAST.get(self.kind, "")

    def shown(self, name: str, value: Any, rows: tuple[Row, ...] = (), **more: Any) -> Field:
        return Field(
            name=name,
            label=self.label,
            widget=self.widget,
            required=self.required or self.name == "occurred_on",
            hint=self.hint,
            value=value,
            choices=self.choices,
            max_length=self.meta.get("max_length"),
            lines=self.extra.get("lines", 3),
            input_type={"date": "date", "moment": "datetime-local", "time": "time"}.get(self.kind, "text"),
            inputmode={"number": "numeric", "decimal": "decimal", "phone": "tel"}.get(
                self.widget if self.widget == "phone" else self.kind, ""
            ),
            latest=self._latest,
            multiple=self.kind == "files",
            accept=self.extra.get("accept", ACCEPT),
            capture=self.extra.get("capture", ""),
            search=self.extra.get("search", ""),
            lookup=self.extra.get("lookup", ""),
            cls=self.extra.get("cls", "short" if self.kind in SHORT else ""),
            only=self.extra.get("only", ""),
            rows=rows,
            **more,
        )

    def filled(self, name: str, value: Any) -> Field:
        """The field holding what a person would have typed to give ``value``; 办理日期 starts as today."""
        if self.kind == "rows":
            return self.shown(name, "", self._rows_of(name, value or ()))
        if self.kind == "group":
            known = _by_name(value)
            return self.shown(
                name, "", fields=tuple(q.filled(f"{name}-{q.name}", known.get(q.name, q.default)) for q in self.inner)
            )
        if self.name == "occurred_on" and value is None:
            value = self.today
        return self.shown(name, typed(self.kind, value))

    def _rows_of(self, name: str, items: Sequence[Any]) -> tuple[Row, ...]:
        spare = max(SPARE_ROWS - len(items), 1)
        return tuple(
            Row(
                i,
                tuple(q.filled(f"{name}-{i}-{q.name}", _by_name(item).get(q.name, q.default)) for q in self.inner),
                item is None,
            )
            for i, item in enumerate((*items, *(None,) * spare))
        )

    def shown_again(self, name: str, sent: Sent, faults: Mapping[str, str]) -> Field:
        error = faults.get(name, "")
        if self.kind == "rows":
            return self.shown(name, "", self._rows_again(name, sent, faults), error=error)
        if self.kind == "group":
            inner = tuple(q.shown_again(f"{name}-{q.name}", sent, faults) for q in self.inner)
            return self.shown(name, "", fields=inner, error=error)
        if self.kind in ("file", "files"):
            lost = tuple(plain_name(f.filename) for f in sent.files(name))
            return self.shown(name, "", lost_files=lost, error=error)
        return self.shown(name, sent.texts(name) if self.kind == "choices" else sent.text(name), error=error)

    def _rows_again(self, name: str, sent: Sent, faults: Mapping[str, str]) -> tuple[Row, ...]:
        numbers = sent.rows(name)[:MOST_ROWS]
        spare = SPARE_ROWS if sent.adding == name else 0
        after = (numbers[-1] + 1) if numbers else 0
        numbers += range(after, after + max(spare, SPARE_ROWS - len(numbers)))
        return tuple(
            Row(
                i,
                tuple(q.shown_again(f"{name}-{i}-{q.name}", sent, faults) for q in self.inner),
                blank=untouched(self.inner, sent, f"{name}-{i}-"),
            )
            for i in numbers
        )


def questions(struct: type[msgspec.Struct], facts: Any = None, today: date | None = None) -> tuple[Question, ...]:
    """A field whose ``when`` does not hold of the facts is not asked and keeps its default."""
    hints = get_type_hints(struct, include_extras=True)
    declared = (_question(f, hints[f.name], facts, today) for f in msgspec.structs.fields(struct))
    return tuple(q for q in declared if facts is None or q.extra.get("when", always)(facts))


def always(_facts: Any) -> bool:
    return True


def _question(declared: Any, hint: Any, facts: Any, today: date | None) -> Question:
    bare, meta, nullable = _unwrapped(hint)
    extra = dict(meta.get("extra") or {})
    kind = _kind(bare, extra)
    required = declared.required if "required" not in extra else bool(extra["required"])
    return Question(
        name=declared.name,
        kind=kind,
        label=_said(meta.get("title"), facts) or ("办理日期" if declared.name == "occurred_on" else declared.name),
        widget=SAME_WIDGET.get(extra.get("widget", ""), extra.get("widget")) or WIDGETS[kind],
        required=required,
        type=bare,
        default=None if declared.required else _default(declared),
        hint=_said(meta.get("description"), facts),
        choices=_choices(bare, extra.get("choices"), facts),
        meta={k: v for k, v in meta.items() if v is not None},
        nullable=nullable,
        inner=questions(_struct_in(bare), facts, today) if kind in ("rows", "group") else (),
        today=today,
        extra=extra,
    )


def _said(text: str | None, facts: Any) -> str:
    """What a title or a description leaves open, {room}, as the facts call it."""
    return facts.words.said(text) if text and "{" in text and hasattr(facts, "words") else text or ""


WIDGETS = {
    "text": "text",
    "money": "money",
    "number": "text",
    "decimal": "text",
    "date": "date",
    "moment": "moment",
    "time": "time",
    "bool": "checkbox",
    "choice": "select",
    "choices": "checks",
    "lines": "textarea",
    "id": "hidden",
    "file": "file",
    "files": "file",
    "rows": "rows",
    "group": "group",
}
SAME_WIDGET = {"datetime": "moment", "checkboxes": "checks", "number": "text", "lines": "textarea"}
META = ("title", "description", "min_length", "max_length", "ge", "gt", "le", "lt", "pattern", "extra")


def _unwrapped(hint: Any) -> tuple[Any, dict[str, Any], bool]:
    """The bare type, the merged Meta and whether None is allowed."""
    meta: dict[str, Any] = {}
    nullable = False
    while True:
        if get_origin(hint) is Annotated:
            hint, *notes = get_args(hint)
            for note in notes:
                if isinstance(note, msgspec.Meta):
                    meta |= {k: v for k in META if (v := getattr(note, k)) is not None and k not in meta}
        elif get_origin(hint) in (Union, types.UnionType):
            members = [m for m in get_args(hint) if m is not type(None)]
            nullable = nullable or len(members) < len(get_args(hint))
            if len(members) != 1:
                return hint, meta, nullable
            hint = members[0]
        else:
            return hint, meta, nullable


def _kind(bare: Any, extra: Mapping[str, Any]) -> str:
    origin = get_origin(bare)
    if origin in (list, tuple) and extra.get("widget") == "lines":
        return "lines"
    if origin in (list, tuple):
        item, _, _ = _unwrapped(get_args(bare)[0])
        if item is Attachment:
            return "files"
        return "rows" if isinstance(item, type) and issubclass(item, msgspec.Struct) else "choices"
    if bare is Attachment or bare is bytes:
        return "file"
    if extra.get("widget") == "money":
        return "money"
    if origin is Literal or "choices" in extra:
        return "choice"
    if isinstance(bare, type):
        if issubclass(bare, Enum):
            return "choice"
        if issubclass(bare, msgspec.Struct):
            return "group"
    return {int: "number", Decimal: "decimal", float: "decimal", date: "date", datetime: "moment", time: "time"}.get(
        bare, {bool: "bool", UUID: "id"}.get(bare, "text")
    )


def _struct_in(bare: Any) -> type[msgspec.Struct]:
    return _unwrapped(get_args(bare)[0])[0] if get_origin(bare) in (list, tuple) else bare


def _default(declared: Any) -> Any:
    made = declared.default_factory
    return made() if made is not msgspec.NODEFAULT else declared.default


def _choices(bare: Any, given: Mapping[str, str] | Callable[[Any], Any] | None, facts: Any) -> Choices:
    if callable(given):
        given = given(facts) if facts is not None else {}
    if given is not None:
        pairs = given.items() if isinstance(given, Mapping) else given
        return [(_choice_text(value), str(label)) for value, label in pairs]
    item = _unwrapped(get_args(bare)[0])[0] if get_origin(bare) in (list, tuple) else bare
    if isinstance(item, type) and issubclass(item, Enum):
        return [(str(member.value), getattr(member, "label", str(member.value))) for member in item]
    return [(str(v), str(v)) for v in get_args(item)] if get_origin(item) is Literal else []


def _choice_text(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def typed(kind: str, value: Any) -> Any:
    """A stored value as a person would type it."""
    if value is None or value is msgspec.UNSET:
        return [] if kind == "choices" else ""
    if kind == "money":
        yuan, cents = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{yuan}.{cents:02d}"
    if kind == "choices":
        return [_choice_text(item) for item in value]
    if kind == "lines":
        return "\n".join(value)
    if kind == "moment":
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    if kind == "time":
        return value.strftime("%H:%M")
    if kind == "bool":
        return "1" if value else ""
    return "" if kind in ("file", "files") else _choice_text(value)


def _by_name(item: Any) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    return msgspec.structs.asdict(item) if item is not None else {}


# Reading what was typed.


class Wrong(ValueError):
    """What was typed in one field cannot be used; the sentence says what to type."""


class _Reading:
    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        self.errors: list[FieldError] = []

    def struct(self, asked: Iterable[Question], prefix: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for q in asked:
            try:
                value = self._value(q, prefix + q.name)
            except Wrong as wrong:
                self.errors.append(FieldError(prefix + q.name, str(wrong)))
                continue
            if value is not msgspec.UNSET:
                values[q.name] = value
        return values

    def _value(self, q: Question, name: str) -> Any:
        if q.kind == "rows":
            return self._rows(q, name)
        if q.kind == "group":
            blank = self.sent.is_blank(name + "-")
            return None if blank and q.nullable else self.struct(q.inner, name + "-")
        if q.kind in ("file", "files"):
            return self._files(q, name)
        if q.kind == "bool":
            return self._tick(q, name)
        if q.kind == "choices":
            return self._several(q, name)
        if q.kind == "lines":
            return self._lines(q, name)
        text = self.sent.text(name)
        text = text.replace("\r\n", "\n").strip() if q.widget == "textarea" else text.strip()
        if not text:
            return _nothing(q)
        value = READERS.get(q.kind, _read_text)(text, q)
        _refuse_implausible(text, q)
        return _within(value, q)

    def _rows(self, q: Question, name: str) -> dict[int, Any]:
        numbers = [i for i in self.sent.rows(name) if not untouched(q.inner, self.sent, f"{name}-{i}-")]
        if len(numbers) > MOST_ROWS:
            raise Wrong(f"“{q.label}”一次最多填写 {MOST_ROWS} 行，更多的用导入。")
        if len(numbers) < (q.meta.get("min_length") or (1 if q.required else 0)):
            raise Wrong(f"“{q.label}”至少填写 {q.meta.get('min_length') or 1} 行。")
        return {i: self.struct(q.inner, f"{name}-{i}-") for i in numbers}

    def _files(self, q: Question, name: str) -> Any:
        sent = self.sent.files(name)
        if not sent:
            if q.required:
                raise Wrong(f"选择要上传的“{q.label}”。")
            return _unsaid(q) if q.kind == "file" else []
        try:
            taken = [attachment(file) for file in sent]
        except Unacceptable as fault:
            raise Wrong(str(fault)) from fault
        return taken if q.kind == "files" else taken[0]

    def _tick(self, q: Question, name: str) -> bool:
        ticked = self.sent.text(name) not in ("", "0", "false", "off")
        if q.extra.get("required") and not ticked:
            raise Wrong(f"须勾选“{q.label}”。")
        return ticked

    def _lines(self, q: Question, name: str) -> list[str]:
        said = [line for line in (part.strip() for part in self.sent.text(name).splitlines()) if line]
        if len(said) > (q.meta.get("max_length") or MOST_ROWS):
            raise Wrong(f"“{q.label}”的行数过多。")
        if not said and q.required:
            raise Wrong(f"填写“{q.label}”，每行一项。")
        return [_read_text(line, replace(q, meta={})) for line in said]

    def _several(self, q: Question, name: str) -> list[str]:
        chosen = self.sent.texts(name)
        if (q.choices or "choices" in q.extra) and not set(chosen) <= {value for value, _ in q.choices}:
            raise Wrong(f"“{q.label}”中有不能选的项，重新选择。")
        least = q.meta.get("min_length") or (1 if q.required else 0)
        if len(chosen) < least:
            raise Wrong(f"“{q.label}”至少选择 {least} 项。")
        return chosen


def _nothing(q: Question) -> Any:
    if q.required:
        verb = "选择" if q.kind == "choice" else "填写"
        raise Wrong(f"{verb}“{q.label}”。")
    return _unsaid(q)


def _unsaid(q: Question) -> Any:
    """What an empty field means: None where that is allowed, else the declared default."""
    return None if q.nullable else msgspec.UNSET


def plain(text: str) -> str:
    """Full-width digits, signs and spaces as their plain forms."""
    return unicodedata.normalize("NFKC", text).strip()


def _read_text(text: str, q: Question) -> str:
    text = "".join(c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or c.isprintable() or c == "\u3000")
    longest = q.meta.get("max_length") or (LONG_TEXT if q.widget == "textarea" else SHORT_TEXT)
    if len(text) > longest:
        raise Wrong(f"“{q.label}”最多 {longest} 个字，现有 {len(text)} 个字。")
    shortest = q.meta.get("min_length") or 0
    if len(text) < shortest:
        raise Wrong(f"“{q.label}”至少写 {shortest} 个字。")
    pattern = q.meta.get("pattern")
    if pattern and not re.search(pattern, text):
        raise Wrong(q.extra.get("sentence") or f"“{q.label}”的写法不对。{q.hint}")
    return text


def _read_money(text: str, q: Question) -> int:
    digits = re.sub(r"[,\s]|元$|^[¥￥]", "", plain(text))
    if not re.fullmatch(r"-?\d+(\.\d{0,2})?", digits):
        raise Wrong(f"“{q.label}”写成数字，最多两位小数，例如 38640.00。")
    fen = int(Decimal(digits) * 100) if len(digits) < 20 else MOST_FEN
    if abs(fen) >= MOST_FEN:
        raise Wrong(f"“{q.label}”的数额过大。")
    if fen < 0 and "ge" not in q.meta and "gt" not in q.meta:
        raise Wrong(f"“{q.label}”不能是负数。")
    return fen


def _read_number(text: str, q: Question) -> int:
    digits = plain(text).replace(",", "")
    if not re.fullmatch(r"-?\d{1,15}", digits):
        raise Wrong(f"“{q.label}”写成整数。")
    return int(digits)


def _read_decimal(text: str, q: Question) -> Decimal:
    try:
        value = Decimal(plain(text).replace(",", "").removesuffix("%"))
    except InvalidOperation:
        raise Wrong(f"“{q.label}”写成数字。") from None
    if not value.is_finite():
        raise Wrong(f"“{q.label}”写成数字。")
    return value


def _read_date(text: str, q: Question) -> date:
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", re.sub(r"\s", "", plain(text)))
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise Wrong(f"“{q.label}”写成日期，例如 2026-11-20。")
    _in_our_times(day, q)
    return day


def _in_our_times(day: date, q: Question) -> None:
    if q.not_future and q.today and day > q.today:
        raise Wrong(f"“{q.label}”不能晚于今天。")
    if not 1900 <= day.year <= 2199:
        raise Wrong(f"“{q.label}”的年份不对。")


def _read_moment(text: str, q: Question) -> datetime:
    try:
        moment = datetime.fromisoformat(plain(text).replace("/", "-"))
        moment = moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError):  # an offset may lead out of the years there are
        raise Wrong(f"“{q.label}”写成日期和时间，例如 2026-11-20 10:00。") from None
    _in_our_times(moment.date(), q)
    return moment


def _read_time(text: str, q: Question) -> time:
    try:
        return time.fromisoformat(plain(text)).replace(tzinfo=None)
    except ValueError:
        raise Wrong(f"“{q.label}”写成 24 小时制的时间，例如 14:30。") from None


def _read_choice(text: str, q: Question) -> str:
    if text not in {value for value, _ in q.choices}:
        raise Wrong(f"“{q.label}”须从所列各项中选择。")
    return text


def _read_id(text: str, q: Question) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Wrong(f"“{q.label}”没有选对，重新选择。") from None


READERS: Mapping[str, Callable[[str, Question], Any]] = {
    "money": _read_money,
    "number": _read_number,
    "decimal": _read_decimal,
    "date": _read_date,
    "moment": _read_moment,
    "time": _read_time,
    "choice": _read_choice,
    "id": _read_id,
}
LIMITS: Sequence[tuple[str, Callable[[Any, Any], bool], str]] = (
    ("ge", lambda v, limit: v >= limit, "不能小于"),
    ("gt", lambda v, limit: v > limit, "须大于"),
    ("le", lambda v, limit: v <= limit, "不能大于"),
    ("lt", lambda v, limit: v < limit, "须小于"),
)


def _refuse_implausible(text: str, q: Question) -> None:
    try:
        if check := q.extra.get("check"):
            check(text)
    except Implausible as fault:
        raise Wrong(str(fault)) from fault


def _within(value: Any, q: Question) -> Any:
    for key, holds, words in LIMITS:
        limit = q.meta.get(key)
        if limit is not None and not holds(value, limit):
            shown = f"{limit / 100:,.2f} 元" if q.kind == "money" else limit
            raise Wrong(f"“{q.label}”{words} {shown}。")
    return value


# Making the struct.


class Contradiction(ValueError):
    """Fields that are right one by one and wrong together, said at one of them."""

    def __init__(self, error: FieldError) -> None:
        self.error = error
        super().__init__(error.sentence)


def built(struct: type[S], asked: Iterable[Question], values: Mapping[str, Any], prefix: str = "") -> S:
    """The struct of the values read. Its ``__post_init__`` may refuse by ``Invalid`` or ``ValueError("field: 句子。")``."""
    given = {q.name: _as_declared(q, values[q.name], prefix + q.name) for q in asked if q.name in values}
    try:
        return struct(**given)
    except Contradiction:
        raise
    except (ValueError, Invalid) as fault:
        raise Contradiction(_said_by(fault, prefix)) from fault


def _as_declared(q: Question, value: Any, name: str) -> Any:
    if value is None:
        return None
    if q.kind == "rows":
        return [built(_struct_in(q.type), q.inner, row, f"{name}-{i}-") for i, row in value.items()]
    if q.kind == "group":
        return built(q.type, q.inner, value, f"{name}-")
    if q.kind == "file" and q.type is bytes:
        return value.content
    if q.kind in ("choice", "choices", "decimal"):
        return msgspec.convert(value, q.type, strict=False)
    return value


def _said_by(fault: ValueError | Invalid, prefix: str) -> FieldError:
    if isinstance(fault, Invalid):
        return FieldError(prefix + fault.field, fault.sentence)
    where, _, sentence = str(fault).partition(": ")
    if sentence and re.fullmatch(r"[a-z_0-9-]+", where):
        return FieldError(prefix + where, sentence)
    return FieldError(prefix.rstrip("-"), "填写的内容前后不一致，核对后再提交。")
