"""Inline SVG icons from the ``lucide`` package; an unknown name is an error, so a missing icon cannot ship."""

from functools import cache

from lucide.jinja import lucide
from markupsafe import Markup


@cache
def icon(name: str, cls: str = "") -> Markup:
    return Markup(  # noqa: S704 - drawn by the package, no user text
        lucide(name, size=20, **{"class": f"i {cls}".strip(), "aria-hidden": "true", "focusable": "false"})
    )
