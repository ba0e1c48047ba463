"""From a record's frozen content to the HTML of its pages: trusted templates in a sandbox, values always escaped."""

import io
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents import wording

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STYLE = HERE / "styles" / "gb9704.css"


@dataclass(frozen=True)
class Sheet:
    """What surrounds the content on paper: its template, its code and where to verify it."""

    template: str
    code: str
    verify_site: str
    data_hash: str
    watermark: str = ""  # 样本, 草稿; empty: a record
    marks: Sequence[Mapping[str, str]] = ()  # signatures of an electronic original: documents.printing.marks
    signers: Sequence[Mapping[str, str]] = ()  # who signs, where the record knows: Record.signers


ANY_PARTY = ("applicant", "respondent", "third")


@dataclass(frozen=True)
class Line:
    """One line to sign on: of a label, or of one of several people whom the label heads."""

    label: str
    marks: Sequence[Mapping[str, str]] = ()
    heads: bool = False
    named: bool = False


class Signed:
    """Which signatures stand on which line: each is asked for once, what no line asked for is left over."""

    LINES = (
        ("被申请人", ("respondent",)),
        ("申请人", ("applicant",)),
        ("调解员", ("mediator",)),
        ("记录人", ("recorder",)),
        ("负责人", ("org_head",)),
        ("收件人", ("intake",)),
    )

    def __init__(self, marks: Sequence[Mapping[str, str]], people: Mapping[str, Sequence[str]]) -> None:
        self.waiting, self.people = list(marks), people

    def lines(self, labels: Sequence[str]) -> Iterator[Line]:
        """A line for each label; where several people sign under one, a line for each of them."""
        for place, label in enumerate(labels):
            names = self._names(label, labels)
            if len(names) <= labels.count(label):
                yield Line(label, self._on(label, labels, place))
            elif label not in labels[:place]:
                yield Line(label, heads=True)
                yield from (Line(f"{name}：", self._of(name), named=True) for name in names)

    def rest(self) -> list[Mapping[str, str]]:
        left, self.waiting = self.waiting, []
        return left

    def _names(self, label: str, labels: Sequence[str]) -> list[str]:
        parts = ANY_PARTY if labels.count(label) > 1 else self._parts(label)
        return [name for part in parts or () for name in self.people.get(part, ())]

    def _parts(self, label: str) -> tuple[str, ...] | None:
        return next((parts for words, parts in self.LINES if label.startswith(words)), None)

    def _on(self, label: str, labels: Sequence[str], place: int) -> list[Mapping[str, str]]:
        """The signatures of the line at that place; of lines with one label each takes one, the last the others."""
        if labels.count(label) > 1:
            mine = [mark for mark in self.waiting if mark["side"]]
            mine = mine[:1] if label in labels[place + 1 :] else mine
        else:
            parts = self._parts(label) or ANY_PARTY
            mine = [mark for mark in self.waiting if (mark["side"] or mark["part"]) in parts]
        return self._taken(mine)

    def _of(self, name: str) -> list[Mapping[str, str]]:
        return self._taken([mark for mark in self.waiting if mark["label"] == f"{name}："][:1])

    def _taken(self, marks: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
        self.waiting = [mark for mark in self.waiting if not any(mark is taken for taken in marks)]
        return marks


LISTS = {"applicant": "applicants", "respondent": "respondents", "mediator": "mediators"}


def people(data: Mapping[str, Any], signers: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """The names behind the parts of a record: as it knows its signers (of many workers the representatives), or as listed."""
    if not signers:
        return {part: [_name(person) for person in data.get(field) or ()] for part, field in LISTS.items()}
    named: dict[str, list[str]] = {}
    for signer in signers:
        named.setdefault(signer.get("side") or signer["part"], []).append(signer["name"])
    return named


def _name(person: Any) -> str:
    return person if isinstance(person, str) else str(person["name"])


def html(frozen: dict[str, Any], sheet: Sheet, folder: Path = TEMPLATES) -> str:
    """The pages of a record as HTML; the code and its QR go on the verify strip."""
    issued_on = frozen["issued_on"]
    return (
        environment(folder)
        .get_template(sheet.template)
        .render(
            data=frozen["data"],
            number=frozen["number"],
            corrects=frozen.get("corrects", ""),
            organisation=frozen["organisation"],
            issued_on=issued_on,
            stamp=stamp(issued_on),
            title=frozen["title"],
            code=sheet.code,
            spaced_code=spaced(sheet.code),
            verify_site=f"{sheet.verify_site}/verify",
            data_hash=sheet.data_hash,
            qr=qr(f"{sheet.verify_site}/verify/{sheet.code}"),
            signed=Signed(sheet.marks, people(frozen["data"], sheet.signers)),
        )
    )


def stamp(issued_on: str) -> str:
    """The instant a PDF says it was made: the legal date, never the clock, so that the bytes can be made again."""
    return f"{issued_on or '2000-01-01'}T00:00:00+08:00"


@lru_cache(8)
def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters |= {
        "yuan": wording.amount_in_figures,
        "capitals": wording.amount_in_capitals,
        "date": wording.date_in_figures,
        "moment": wording.moment,
        "paragraphs": wording.paragraphs,
        "cn": wording.in_words,
        "count": wording.counted,
        "sentence": wording.sentence,
    }
    return env


def spaced(code: str) -> str:
    """A verification code in groups of four, as it is read aloud."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def qr(address: str) -> str:
    image = io.BytesIO()
    segno.make(address, error="m", micro=False, mask=0).save(
        image, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return picture(image.getvalue())


def picture(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"


MEANING = {"样本": "样本：演示数据，不具有法律效力", "草稿": "草稿：未定稿，不具有法律效力"}


def watermark_css(word: str, font: Path) -> str:
    """The word in outlines behind every page, and at its head in text, so that people and programs both see it."""
    shape = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">'
        f'<g fill="#f9e4e7" transform="translate(105 158) rotate(-40) scale(.088)">{outline(word, font)}</g></svg>'
    )
    return (
        f'@page {{ background: url("{picture(shape.encode())}") center / 210mm 297mm no-repeat;'
        f'@top-center {{ content: "{MEANING[word]}"; font: 12pt/1 "Casework Hei"; color: #b00020;'
        "vertical-align: top; padding-top: 12mm } }"
    )


def outline(text: str, font: Path) -> str:
    """The glyphs of ``text`` as SVG paths centred on the origin, in font units: no font, no hidden text."""
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.ttLib import TTFont

    opened = TTFont(font, lazy=True)
    glyphs, names, em = opened.getGlyphSet(), opened.getBestCmap(), opened["head"].unitsPerEm
    paths = []
    for position, character in enumerate(text):
        pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.0f}")
        left = (position - len(text) / 2) * em
        glyphs[names[ord(character)]].draw(TransformPen(pen, (1, 0, 0, -1, left, em * 0.38)))
        paths.append(f'<path d="{pen.getCommands()}"/>')
    return "".join(paths)
