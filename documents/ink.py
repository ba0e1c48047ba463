"""A signature as it was written: strokes of points with time and pressure, and the same drawn as one vector picture.

Points are whole numbers on a pad of 1000 by 320; time is in milliseconds since the pen first touched it, pressure in
thousandths.
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from typing import Any

from workflows.errors import Invalid

Point = tuple[int, int, int, int]  # x, y, milliseconds, pressure
Strokes = Sequence[Sequence[Point]]

WIDTH, HEIGHT = 1000, 320
LONGEST = 400_000  # characters of JSON
MOST_STROKES, MOST_POINTS = 200, 12_000
SHORTEST = 150  # units of the pad: less is a dot, not a name
LASTS = 10 * 60 * 1000
JSON = "application/json"
EMPTY = "签名框里还没有签名：在框内写上姓名，再提交。"
DAMAGED = "签名没有完整传到，请清除后重新签名。"
MARGIN = 14


def read(text: str) -> Strokes:
    """What the pad sent; Invalid for nothing, for a dot, and for what no pen can have written."""
    if not text.strip():
        raise Invalid("strokes", EMPTY)
    if len(text) > LONGEST:
        raise Invalid("strokes", DAMAGED)
    try:
        strokes = [[_point(point) for point in stroke] for stroke in json.loads(text)]
    except (ValueError, TypeError, RecursionError):
        raise Invalid("strokes", DAMAGED) from None
    strokes = [stroke for stroke in strokes if stroke]
    points = [point for stroke in strokes for point in stroke]
    if not points:
        raise Invalid("strokes", EMPTY)
    if len(strokes) > MOST_STROKES or len(points) > MOST_POINTS or any(b[2] < a[2] for a, b in pairwise(points)):
        raise Invalid("strokes", DAMAGED)
    if sum(_length(stroke) for stroke in strokes) < SHORTEST:
        raise Invalid("strokes", "签名太短，看不出姓名：清除后写上完整的姓名。")
    return strokes


def packed(strokes: Strokes) -> bytes:
    return json.dumps(strokes, separators=(",", ":")).encode()


def picture(content: bytes) -> bytes:
    """SVG of the strokes alone, cut to their size; heavier where the pen was pressed."""
    strokes = json.loads(content)
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    left, top = min(xs) - MARGIN, min(ys) - MARGIN
    wide, high = max(xs) - left + MARGIN, max(ys) - top + MARGIN
    lines = "".join(_line(stroke) for stroke in strokes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {wide} {high}" width="{wide}" height="{high}">'
        f'<g fill="none" stroke="#000" stroke-linecap="round" stroke-linejoin="round">{lines}</g></svg>'
    ).encode()


def _point(sent: Any) -> Point:
    x, y, at, pressure = sent
    limits = ((x, WIDTH), (y, HEIGHT), (at, LASTS), (pressure, 1000))
    if not all(type(value) is int and 0 <= value <= most for value, most in limits):
        raise ValueError
    return (x, y, at, pressure)


def _length(stroke: Sequence[Point]) -> float:
    return sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(stroke))


def _line(stroke: Sequence[Point]) -> str:
    """A smooth curve through the middles between points."""
    pressed = sum(point[3] for point in stroke) / len(stroke) / 1000
    path = f"M{stroke[0][0]} {stroke[0][1]}"
    for a, b in pairwise(stroke):
        path += f"Q{a[0]} {a[1]} {(a[0] + b[0]) / 2:g} {(a[1] + b[1]) / 2:g}"
    path += f"L{stroke[-1][0]} {stroke[-1][1]}"
    return f'<path stroke-width="{5 + 4 * pressed:.1f}" d="{path}"/>'
