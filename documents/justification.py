"""Flush right edges for Chinese text: WeasyPrint widens spaces only, and Chinese lines have none.

It replaces a private function, so requirements pin WeasyPrint below 71 and a test measures the result.
"""

from collections.abc import Iterator
from typing import Any

WIDEST = 0.28  # em by which a gap between characters may grow; a line that needs more stays ragged
FEWEST = 8  # characters a line must have to be spread


def justify_between_characters() -> None:
    """Make this process's WeasyPrint spread justified lines between characters; a second call changes nothing."""
    from weasyprint.layout import inline

    inline.justify_line = _justify_line


def _justify_line(context: Any, line: Any, extra: float) -> None:
    texts = [box for box in _texts(line) if box.text]
    gaps = sum(len(box.text.rstrip()) for box in texts) - 1
    if gaps < FEWEST or extra <= 0 or extra / gaps > texts[0].style["font_size"] * WIDEST:
        return
    _spread(context, line, extra / gaps, 0.0)


def _texts(box: Any) -> Iterator[Any]:
    from weasyprint.formatting_structure import boxes

    if isinstance(box, boxes.TextBox):
        yield box
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        for child in box.children:
            yield from _texts(child)


def _spread(context: Any, box: Any, gap: float, moved: float) -> float:
    """Widen every gap under ``box`` and answer how far what follows it moves right."""
    from weasyprint.formatting_structure import boxes

    if isinstance(box, boxes.TextBox):
        return _spread_text(context, box, gap, moved) if box.text else moved
    if not isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.translate(moved, 0)
        return moved
    if isinstance(box, boxes.InlineBox):
        box.position_x += moved
    before = moved
    for child in box.children:
        if child.is_in_normal_flow():
            moved = _spread(context, child, gap, moved)
    box.width += moved - before
    return moved


def _spread_text(context: Any, box: Any, gap: float, moved: float) -> float:
    from weasyprint.layout import inline

    style = box.style.copy()
    spacing = style["letter_spacing"]
    style["letter_spacing"] = (0 if spacing == "normal" else spacing) + gap
    layout = inline.create_layout(box.text, style, context, max_width=None, justification_spacing=0)
    layout.deactivate()
    grown = gap * len(box.text)
    box.position_x += moved
    box.width += grown
    box.pango_layout, box.style = layout, style
    return moved + grown
