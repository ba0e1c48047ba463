"""The seal as it is seen: a round union seal of glyph outlines, drawn with PDF operators (no font, no hidden text).

Diameter, ring and star follow the usual office seal (42 mm, star in the middle, the name along the upper arc). The
artwork of the federation's own seal is an open question (docs/sign-off.md).
"""

from collections.abc import Iterator
from functools import lru_cache
from math import cos, pi, radians, sin
from pathlib import Path
from typing import Any

SIZE = 42 * 72 / 25.4  # points
CENTRE = SIZE / 2
RED = "0.816 0.071 0.106"
RING = 2.8  # points
NAME_RADIUS, NAME_SIZE, NAME_ARC = 0.70, 14.5, radians(250)  # radius of the baseline as a part of the seal's
STAR_RADIUS = 0.27
LOWER_SIZE, LOWER_Y, LOWER_WIDTH = 10.5, -0.5, 1.02
FURTHER_Y, FURTHER_SIZE = -0.7, 8.5

Matrix = tuple[float, float, float, float, float, float]


@lru_cache(64)
def impression(organisation: str, lower: str, font: Path) -> bytes:
    """The content stream of a seal of 42 mm: ``organisation`` along the arc, ``lower`` (样本) under the star."""
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as opened:
        outlines = Outlines(opened)
        parts = [f"{RED} rg {RED} RG", *_ring(), *_star(), *_arc(organisation, outlines)]
        if lower:
            parts += _line(lower, outlines)
    return "\n".join(parts).encode("ascii")


class Outlines:
    """The glyphs of one font as PDF paths."""

    def __init__(self, font: Any) -> None:
        self.glyphs, self.names, self.em = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm

    def path(self, character: str, matrix: Matrix) -> str:
        """The filled glyph under a matrix over one em; raises KeyError where the font lacks it."""
        from fontTools.pens.transformPen import TransformPen

        pen, scale = _PathPen(self.glyphs), 1 / self.em
        to_em = tuple(value * scale for value in matrix[:4]) + matrix[4:]
        self.glyphs[self.names[ord(character)]].draw(TransformPen(pen, to_em))
        return " ".join([*pen.operators, "f"])


def _PathPen(glyphs: Any) -> Any:
    from fontTools.pens.basePen import BasePen

    class Pen(BasePen):
        """BasePen turns TrueType's quadratic curves into the cubic ones of PDF."""

        def __init__(self) -> None:
            super().__init__(glyphs)
            self.operators: list[str] = []

        def _moveTo(self, point: Any) -> None:
            self.operators.append(f"{_points(point)} m")

        def _lineTo(self, point: Any) -> None:
            self.operators.append(f"{_points(point)} l")

        def _curveToOne(self, one: Any, two: Any, three: Any) -> None:
            self.operators.append(f"{_points(one, two, three)} c")

        def _closePath(self) -> None:
            self.operators.append("h")

    return Pen()


def _ring() -> Iterator[str]:
    yield f"{RING} w"
    yield f"{_circle(CENTRE - RING / 2)} S"


def _circle(radius: float) -> str:
    k = radius * 0.5522847498
    c, r = CENTRE, radius
    corners = [
        ((c + r, c + k), (c + k, c + r), (c, c + r)),
        ((c - k, c + r), (c - r, c + k), (c - r, c)),
        ((c - r, c - k), (c - k, c - r), (c, c - r)),
        ((c + k, c - r), (c + r, c - k), (c + r, c)),
    ]
    return f"{_points((c + r, c))} m " + " ".join(f"{_points(*corner)} c" for corner in corners)


def _star() -> Iterator[str]:
    radius, inner = CENTRE * STAR_RADIUS, CENTRE * STAR_RADIUS * 0.381966
    tips = []
    for point in range(10):
        length, angle = (radius, inner)[point % 2], pi / 2 + point * pi / 5
        tips.append((CENTRE + length * cos(angle), CENTRE + length * sin(angle)))
    first, *others = (_points(tip) for tip in tips)
    yield " ".join([f"{first} m", *(f"{tip} l" for tip in others), "h f"])


def _arc(text: str, outlines: Outlines) -> Iterator[str]:
    """Clockwise over the top, each character upright to the centre; long names get narrower characters."""
    radius, count = CENTRE * NAME_RADIUS, len(text)
    step = min(NAME_ARC / max(count - 1, 1), radians(26))
    width = min(NAME_SIZE, radius * step * 0.92)
    for place, character in enumerate(text):
        angle = pi / 2 + (count - 1) * step / 2 - place * step
        turn = angle - pi / 2
        left = -width / 2
        x, y = CENTRE + radius * cos(angle), CENTRE + radius * sin(angle)
        yield outlines.path(
            character,
            (
                width * cos(turn),
                width * sin(turn),
                -NAME_SIZE * sin(turn),
                NAME_SIZE * cos(turn),
                x + left * cos(turn),
                y + left * sin(turn),
            ),
        )


def _line(text: str, outlines: Outlines) -> Iterator[str]:
    """One or, parted by a space, two straight lines under the star."""
    heights = ((LOWER_Y, LOWER_SIZE), (FURTHER_Y, FURTHER_SIZE))
    for words, (height, size) in zip(text.split(" "), heights, strict=False):
        width = min(size, CENTRE * LOWER_WIDTH / len(words))
        start, baseline = CENTRE - width * len(words) / 2, CENTRE + CENTRE * height
        for place, character in enumerate(words):
            yield outlines.path(character, (width, 0, 0, size, start + place * width, baseline))


def _points(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.2f} {y:.2f}" for x, y in points)
