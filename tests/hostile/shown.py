"""The forms of a page as a browser sees them: where each is sent, what it asks, and what it would send as it stands."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

OPTIONAL = "选填"
MUST_CHOOSE = "选择一项"
TYPED = ("text", "search", "tel", "")  # what a person types letters into


@dataclass
class Asked:
    """One control of a form."""

    name: str
    type: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    optional: bool = False
    longest: int = 10**6

    @property
    def is_free_text(self) -> bool:
        return self.type in (*TYPED, "textarea", "password")

    @property
    def must_be_chosen(self) -> bool:
        return bool(self.options) and not (self.value or self.optional or re.search(r"-\d+-", self.name))


@dataclass
class Shown:
    """One form: its address, its controls, and the buttons that send it."""

    action: str
    controls: dict[str, Asked] = field(default_factory=dict)

    @property
    def free_text(self) -> list[str]:
        """The names of what a person types; of repeatable rows the first."""
        return [c.name for c in self.controls.values() if c.is_free_text and not re.search(r"-[1-9]\d*-", c.name)]

    @property
    def longest(self) -> int:
        """How much a browser lets a person type into every one of them."""
        return min((control.longest for control in self.controls.values()), default=10**6)

    def sent(self, filled: dict[str, str]) -> dict[str, str]:
        """What a browser sends with these answers; where one must be chosen and none is, the first. Rows stay as they are."""
        as_it_stands = {c.name: c.value for c in self.controls.values() if c.type != "file"}
        chosen = {c.name: c.options[0] for c in self.controls.values() if c.must_be_chosen}
        return {**as_it_stands, **chosen, **filled}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Shown] = []
        self.current: Shown | None = None
        self.select: Asked | None = None
        self.area: Asked | None = None
        self.label = ""
        self.optional: set[str] = set()  # the ids of the controls whose label says so

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.current = Shown(given.get("action", ""))
            if given.get("method", "get").lower() == "post":
                self.forms.append(self.current)
            return
        if self.current is None or "disabled" in given:
            return
        if given.get("hx-post", self.current.action) != self.current.action:  # a draft, sent while it is typed
            self.forms.append(Shown(given["hx-post"], self.current.controls))
        if tag == "label":
            self.label = given.get("for", "")
        elif tag == "textarea":
            self.area = self._add(Asked(given["name"], "textarea", optional=given.get("id") in self.optional))
        elif tag == "select":
            self.select = self._add(Asked(given["name"], "select"))
        elif tag == "option" and self.select is not None:
            self._option(self.select, given)
        elif tag == "input" and given.get("name"):
            self._input(self.current, given)

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area.value += data
        if data.strip() == OPTIONAL:
            self.optional.add(self.label)
        if self.select is not None and data.strip() == MUST_CHOOSE:
            self.select.optional = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None

    def _add(self, asked: Asked) -> Asked:
        assert self.current is not None
        return self.current.controls.setdefault(asked.name, asked)

    def _option(self, select: Asked, given: dict[str, str]) -> None:
        value = given.get("value", "")
        select.optional = select.optional or not value
        if value:
            select.options.append(value)
        if "selected" in given:
            select.value = value

    def _input(self, form: Shown, given: dict[str, str]) -> None:
        kind = given.get("type", "")
        if kind == "radio":
            asked = self._add(Asked(given["name"], kind))
            asked.options.append(given.get("value", "on"))
            if "checked" in given:
                asked.value = given.get("value", "on")
        elif kind == "checkbox":
            if "checked" in given:
                self._add(Asked(given["name"], kind, given.get("value", "on")))
        else:
            optional, longest = given.get("id") in self.optional, int(given.get("maxlength", 10**6))
            self._add(Asked(given["name"], kind, given.get("value", ""), optional=optional, longest=longest))


def forms_of(page: str) -> list[Shown]:
    """The forms a page sends by POST."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
