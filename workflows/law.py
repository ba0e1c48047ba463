"""How a rule is cited: an instrument, its article, and how well the text was read.

The instruments themselves (调仲法, 协调规定 ...) are data of ``union.law``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Mark(StrEnum):
    """How well a rule is evidenced; travels with every citation into pages and manuals."""

    READ = "✔"  # the article was read in full
    EXCERPT = "◐"  # only an excerpt or a secondary page was readable
    MEMORY = "✎"  # written from memory, to be checked
    ANALOGY = "≈"  # the rule of a neighbouring procedure, applied by analogy (参照)
    POLICY = "⚙"  # house policy: a dated setting, not law


@dataclass(frozen=True, slots=True)
class Law:
    """A legal instrument; ``law[14, 3]`` cites its article 14 paragraph 3."""

    key: str
    title: str
    version: str
    mark: Mark = Mark.READ
    source: str = ""
    sections: bool = False  # a notice in sections, 三（二）, not a statute in articles

    def __getitem__(self, place: int | tuple[int, ...]) -> "Citation":
        article, paragraph, item, *_ = (*place, None, None) if isinstance(place, tuple) else (place, None, None)
        return Citation(self, article, paragraph, item, self.mark)


@dataclass(frozen=True, slots=True)
class Citation:
    """One place in an instrument, with the evidence mark of how it was read."""

    law: Law
    article: int | None = None
    paragraph: int | None = None
    item: int | None = None
    mark: Mark = Mark.READ

    def by_analogy(self) -> "Citation":
        return replace(self, mark=Mark.ANALOGY)

    def marked(self, mark: Mark) -> "Citation":
        return replace(self, mark=mark)

    @property
    def is_law(self) -> bool:
        return self.mark is not Mark.POLICY

    @property
    def place(self) -> str:
        if self.law.sections:
            return _section(self.article, self.paragraph)
        parts = [f"第{in_words(self.article)}条"] if self.article else []
        parts += [f"第{in_words(self.paragraph)}款"] if self.paragraph else []
        parts += [f"第（{in_words(self.item)}）项"] if self.item else []
        return "".join(parts)

    def __str__(self) -> str:
        if self.mark is Mark.POLICY:
            return self.law.title
        text = f"《{self.law.title}》{self.place}"
        return f"参照{text}" if self.mark is Mark.ANALOGY else text


def Policy(title: str, point: str = "") -> Citation:
    """A house rule: a dated setting that awaits sign-off (law.md §9 ``point``), never dressed up as law."""
    return Citation(Law(f"政策 {point}".strip(), title, "", Mark.POLICY), mark=Mark.POLICY)


def _section(section: int | None, part: int | None) -> str:
    return (in_words(section) if section else "") + (f"（{in_words(part)}）" if part else "")


DIGITS = "零一二三四五六七八九"


def in_words(number: int) -> str:
    """An article number in Chinese numerals, 1 to 1999: 14 -> 十四, 205 -> 二百零五, 1259 -> 一千二百五十九."""
    text, pending_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if pending_zero and text else "") + DIGITS[digit] + name
            pending_zero = False
        else:
            pending_zero = bool(text)
    return text.removeprefix("一") if text.startswith("一十") else text
