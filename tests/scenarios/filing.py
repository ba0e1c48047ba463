"""Fills in a form by the labels a person reads on it."""

import copy
import io
import types
import typing
import uuid
from datetime import date, datetime
from typing import Any

import msgspec
import xlsxwriter

from workflows.form import Attachment
from workflows.tables import SHANGHAI

Meta = msgspec.Meta


class NoSuchField(LookupError):
    """The form has no field, or the field no choice, of that label."""


def fill_in(form: type[msgspec.Struct], filed: dict[str, Any], facts: Any) -> Any:
    """The form with each labelled value put where it belongs; money is given in 元, choices by their label."""
    known = labelled(form)
    values = {}
    for label, value in filed.items():
        if label not in known:
            raise NoSuchField(f"{form.__name__} asks for no {label!r}; it asks for {list(known)}")
        name, kind, meta = known[label]
        values[name] = typed(value, kind, meta, facts, label)
    return form(**values)


def labelled(form: type[msgspec.Struct]) -> dict[str, tuple[str, Any, Meta | None]]:
    hints = typing.get_type_hints(form, include_extras=True)
    fields = {}
    for name in form.__struct_fields__:
        meta = next((m for m in getattr(hints[name], "__metadata__", ()) if isinstance(m, Meta)), None)
        fields[(meta.title if meta else None) or name] = (name, _bare(hints[name]), meta)
    return fields


def typed(value: Any, kind: Any, meta: Meta | None, facts: Any, label: str) -> Any:
    extra = (meta.extra if meta else None) or {}
    if value is None:
        return None
    if kind is Attachment:
        return spreadsheet(value)
    if typing.get_origin(kind) is list:
        return _listed(value, typing.get_args(kind)[0], extra, facts, label)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return fill_in(kind, value, facts)
    if "choices" in extra and not isinstance(value, bool):
        return msgspec.convert(chosen(value, extra["choices"], facts, label), kind, strict=False)
    if extra.get("widget") == "money":
        return round(value * 100)
    if kind is datetime and not isinstance(value, datetime):
        return datetime.fromisoformat(str(value)).replace(tzinfo=SHANGHAI)
    return value


def _listed(values: Any, kind: Any, extra: dict[str, Any], facts: Any, label: str) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [fill_in(kind, row, facts) for row in values]
    if "choices" in extra:
        keys = _choices(extra["choices"], facts) if values == "全部" else None
        keys = keys or [chosen(value, extra["choices"], facts, label) for value in values]
        return [msgspec.convert(key, kind, strict=False) for key in keys]
    return list(values)


def spreadsheet(rows: list[list[Any]]) -> Attachment:
    """An Excel file with these rows, the first one its headings."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return Attachment(
        "名单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer.getvalue()
    )


def chosen(value: Any, choices: Any, facts: Any, label: str) -> str:
    """The key of the choice with that label, or whose label begins so; '第2项' is the second one offered."""
    if isinstance(value, uuid.UUID):  # already known, offered or not
        return str(value)
    offered = _choices(choices, facts)
    exact = [key for key, text in offered.items() if value == text]
    close = exact or [key for key, text in offered.items() if str(text).startswith(str(value)) and value]
    if isinstance(value, str) and value.startswith("第") and value.endswith("项"):
        close = list(offered)[int(value[1:-1]) - 1 :][:1]
    if not close and value == "":
        return ""
    if len(close) != 1:
        raise NoSuchField(f"{label}: {value!r} is not one of {list(offered.values())}")
    return close[0]


def _choices(choices: Any, facts: Any) -> dict[str, str]:
    offered = choices(facts) if callable(choices) else choices
    return {str(key): text for key, text in offered.items()}


def _bare(hint: Any) -> Any:
    """The type under Annotated and without None."""
    if hasattr(hint, "__metadata__"):
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def changed(filed: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
    """A copy with the given values; 协议条款.1.履行方式 means that field of the first row."""
    result = copy.deepcopy(filed)
    for place, value in by.items():
        *path, last = place.split(".")
        row: Any = result
        for part in path:
            row = row[int(part) - 1] if part.isdigit() else row[part]
        row[last] = value
    return result


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """Wall time in Beijing."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
