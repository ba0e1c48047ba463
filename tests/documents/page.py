"""Reading what is really on a page: baselines, glyph positions, text. Millimetres from the top left corner."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from pypdf import PdfReader

MM = 72 / 25.4
HEIGHT = 297.0


@dataclass(frozen=True)
class Line:
    page: int
    y: float
    left: float
    text: str


def lines(pdf: bytes) -> list[Line]:
    """Every line of every page by its baseline."""
    return [line for number, page in enumerate(PdfReader(BytesIO(pdf)).pages, 1) for line in _lines(number, page)]


def text(pdf: bytes) -> str:
    """The running text, page numbers left out."""
    whole = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\n", "")
    return re.sub(r"— \d+ —", "", whole)


def pages(pdf: bytes) -> int:
    return len(PdfReader(BytesIO(pdf)).pages)


def _lines(number: int, page) -> Iterator[Line]:
    found = defaultdict(list)

    def visit(text, cm, tm, font, size):
        if text.strip():
            x = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
            y = cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
            found[round(HEIGHT - y / MM, 2)].append((x / MM, text.strip()))

    page.extract_text(visitor_text=visit)
    for y in sorted(found):
        pieces = sorted(found[y], key=lambda piece: piece[0])
        yield Line(number, y, round(pieces[0][0], 2), "".join(piece for _, piece in pieces))
