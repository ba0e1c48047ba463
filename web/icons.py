"""Inline SVG icons from the ``lucide`` package; an unknown name is an error, so a missing icon cannot ship."""

import re
from functools import cache

from lucide.jinja import lucide
from markupsafe import Markup

SHAPE = re.compile(r"<(\w+) ([^>]*?)\s*/>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@cache
def icon(name: str, cls: str = "") -> Markup:
    drawn = lucide(name, size=20, **{"class": f"i {cls}".strip(), "aria-hidden": "true", "focusable": "false"})
    return Markup(_in_one_stroke(drawn))  # noqa: S704 - drawn by the package, no user text


def _in_one_stroke(svg: str) -> str:
    """All shapes of an icon as one path: a page has hundreds of icons, and each shape would be a node of it."""
    opening, rest = svg.split(">", 1)
    shapes = [(kind, dict(ATTRIBUTE.findall(said))) for kind, said in SHAPE.findall(rest)]
    if any("fill" in attributes for _, attributes in shapes):
        return svg
    return f'{opening}><path d="{"".join(_path(kind, attributes) for kind, attributes in shapes)}"/></svg>'


def _path(kind: str, attributes: dict[str, str]) -> str:
    """A shape in the words of a path; M0 0 keeps a first step that is relative where it was."""
    if kind == "path":
        return "M0 0" + attributes["d"]
    if kind in ("polyline", "polygon"):
        return f"M{attributes['points']}" + ("z" if kind == "polygon" else "")
    n = {name: float(value) for name, value in attributes.items() if re.fullmatch(r"-?[\d.]+", value)}
    if kind == "line":
        return f"M{n['x1']:g} {n['y1']:g}L{n['x2']:g} {n['y2']:g}"
    if kind in ("circle", "ellipse"):
        rx, ry = n.get("rx", n.get("r", 0)), n.get("ry", n.get("r", 0))
        return f"M{n['cx'] - rx:g} {n['cy']:g}a{rx:g} {ry:g} 0 1 0 {2 * rx:g} 0a{rx:g} {ry:g} 0 1 0 {-2 * rx:g} 0z"
    if kind == "rect":
        return _rectangle(n.get("x", 0), n.get("y", 0), n["width"], n["height"], n.get("rx", n.get("ry", 0)))
    raise ValueError(f"an icon drawn with <{kind}>")


def _rectangle(x: float, y: float, width: float, height: float, r: float) -> str:
    across, down = width - 2 * r, height - 2 * r
    corners = (f"a{r:g} {r:g} 0 0 1 {dx:g} {dy:g}" if r else "" for dx, dy in ((r, r), (-r, r), (-r, -r), (r, -r)))
    sides = (f"h{across:g}", f"v{down:g}", f"h{-across:g}", f"v{-down:g}")
    return f"M{x + r:g} {y:g}" + "".join(side + corner for side, corner in zip(sides, corners, strict=True)) + "z"
