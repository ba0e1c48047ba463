"""The kinds of field a mediation form asks for, with their Chinese title, their hint and how they are typed."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Meta

from union.privacy import Implausible
from workflows.errors import Invalid

Choices = Mapping[str, str] | Callable[[Any], Mapping[str, str]]
LONGEST = 4000


def text(title: str, hint: str = "", most: int = 200) -> Meta:
    return Meta(title=title, description=hint, max_length=most, extra={"widget": "text"})


def long(title: str, hint: str = "", most: int = LONGEST) -> Meta:
    return Meta(title=title, description=hint, max_length=most, extra={"widget": "textarea"})


def day(title: str, hint: str = "") -> Meta:
    return Meta(title=title, description=hint, extra={"widget": "date"})


def past_day(title: str, hint: str = "") -> Meta:
    """The day of something that has happened."""
    return Meta(title=title, description=hint, extra={"widget": "date", "not_future": True})


def moment(title: str, hint: str = "") -> Meta:
    return Meta(title=title, description=hint, extra={"widget": "datetime"})


def money(title: str, hint: str = "以元填写，最多两位小数") -> Meta:
    return Meta(title=title, description=hint, extra={"widget": "money"})


def number(title: str, hint: str = "", least: int = 0, most: int = 100_000) -> Meta:
    return Meta(title=title, description=hint, ge=least, le=most, extra={"widget": "number"})


def tick(title: str, hint: str = "") -> Meta:
    return Meta(title=title, description=hint, extra={"widget": "checkbox"})


def pick(title: str, choices: Choices, hint: str = "", widget: str = "select") -> Meta:
    return Meta(title=title, description=hint, extra={"widget": widget, "choices": choices})


def radio(title: str, choices: Choices, hint: str = "") -> Meta:
    return pick(title, choices, hint, "radio")


def several(title: str, choices: Choices, hint: str = "") -> Meta:
    return pick(title, choices, hint, "checkboxes")


def rows(title: str, hint: str = "", most: int = 500, required: bool = False) -> Meta:
    return Meta(title=title, description=hint, max_length=most, extra={"widget": "rows", "required": required})


def more(meta: Meta) -> Meta:
    """Folded away under 更多信息 until it is needed."""
    return _with(meta, cls="more")


def only(kind: str, meta: Meta) -> Meta:
    """Asked of rows of this kind; of others found under 更多信息."""
    return _with(meta, only=kind)


def of_several_workers(meta: Meta) -> Meta:
    """Not asked where there is one worker only."""
    return _with(meta, when=lambda facts: len(facts.choices("workers")) > 1)


SAID = ("title", "description", "min_length", "max_length", "ge", "le")


def _with(meta: Meta, **extra: Any) -> Meta:
    said: dict[str, Any] = {name: getattr(meta, name) for name in SAID}
    return Meta(**said, extra={**(meta.extra or {}), **extra})


def proof() -> Meta:
    """What shows that a party said what a clerk writes down for it (代录)."""
    return text("凭据", "代当事人登记的，写明凭据，例如：撤回申请书原件、通话录音、短信截图", 300)


def plausible(check: Callable[[str], str], meta: Meta) -> Meta:
    """A number that is looked at as it is read, with everything else that is wrong with the form."""
    return _with(meta, check=check)


def number_of(register: str, meta: Meta) -> Meta:
    """A number by which somebody may be known already: a button looks it up."""
    return _with(meta, lookup=register)


def if_known(title: str) -> Meta:
    """Asked only after a number was looked up and found."""
    return Meta(title=title, extra={"widget": "known"})


def group(title: str, hint: str = "") -> Meta:
    return Meta(title=title, description=hint)


def lines(title: str, hint: str = "每行一项", most: int = 50) -> Meta:
    return Meta(title=title, description=hint, max_length=most, extra={"widget": "lines"})


def hidden(title: str) -> Meta:
    return Meta(title=title, extra={"widget": "hidden"})


def upload(title: str, hint: str = "") -> Meta:
    return Meta(title=title, description=hint, extra={"widget": "file"})


def from_facts(name: str) -> Callable[[Any], Mapping[str, str]]:
    return lambda facts: facts.choices(name)


def checked(field: str, check: Callable[[str], str], value: str) -> str:
    """The normalised value, or a refusal that belongs to the field; nothing typed is nothing checked."""
    if not value.strip():
        return ""
    try:
        return check(value)
    except Implausible as problem:
        raise Invalid(field, str(problem)) from problem
