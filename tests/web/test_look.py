"""What can be checked of the look without a browser: contrast, icons, nothing inline, every component shown."""

import re
from pathlib import Path

import pytest
from lucide import IconDoesNotExist

from web.icons import icon
from web.pages import TEMPLATES

ROOT = Path(__file__).parents[2]
CSS = re.sub(r"/\*.*?\*/", "", (ROOT / "web/static/css/app.css").read_text(), flags=re.DOTALL)
TEMPLATE_FILES = [
    file
    for folder in ("web", "casework", "documents", "members", "app")
    for file in (ROOT / folder).rglob("*.html")
    if ROOT / "documents/templates" not in file.parents
]


def tokens(block: str) -> dict[str, str]:
    body = CSS.split(block + "{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", body))


LIGHT = tokens(":root")
THEMES = {"light": LIGHT, "dark": LIGHT | tokens(":root[data-theme=dark]")}
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("bg", "surface", "sunken", "hover")),
    *((text, ground) for text in ("accent", "danger", "warn", "ok") for ground in ("surface", "bg", "hover")),
    *((tone, f"{tone}-soft") for tone in ("accent", "danger", "warn", "ok", "violet", "teal", "ochre")),
    ("ink-2", "mute-soft"),
    ("ink-3", "mute-soft"),
    ("ink-3", "accent-soft"),
    ("on-accent", "accent-solid"),
    ("on-accent", "accent-solid-hover"),
]
GRAPHIC_PAIRS = [("field", "surface"), ("field", "bg")] + [
    (f"{tone}-solid", "surface") for tone in ("accent", "danger", "warn", "ok")
]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_stands_out_from_its_ground(theme, text, ground):
    colours = THEMES[theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("graphic", "ground"), GRAPHIC_PAIRS)
def test_borders_and_bars_stand_out_from_their_ground(theme, graphic, ground):
    colours = THEMES[theme]
    assert contrast(colours[graphic], colours[ground]) >= 3


def test_contrast_is_computed_as_the_guideline_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("file", TEMPLATE_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_templates_hold_no_inline_style_or_script(file):
    text = file.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "hx-on" not in text
    assert "javascript:" not in text
    assert "<style" not in text
    assert "|safe" not in text.replace(" ", "")


def test_every_icon_named_anywhere_exists():
    named = set()
    for file in TEMPLATE_FILES:
        for call in re.findall(r"\bicon\(([^(),]*)[,)]", file.read_text()):
            named |= {first or other for first, other in re.findall(r'^"([a-z0-9-]+)"|else "([a-z0-9-]+)"', call)}
        named |= set(re.findall(r'ic="([a-z0-9-]+)"', file.read_text()))
    for package in ("web", "casework", "documents", "app"):
        for file in (ROOT / package).rglob("*.py"):
            named |= set(re.findall(r'icon="([a-z0-9-]+)"', file.read_text()))
    assert len(named) > 20
    assert not [name for name in sorted(named) if not drawn(name)]


def drawn(name: str) -> bool:
    try:
        return "<svg" in icon(name)
    except IconDoesNotExist:
        return False


def test_the_stylesheet_uses_no_layer_and_one_important():
    assert "@layer" not in CSS
    assert CSS.count("!important") == CSS.count("[hidden]{display:none!important}") == 1


def test_every_component_is_in_the_gallery():
    macros = set(re.findall(r"{% macro (\w+)\(", (TEMPLATES / "macros/ui.html").read_text()))
    shown = "".join((TEMPLATES / name).read_text() for name in ("gallery.html", "gallery_form.html", "staff.html"))
    used_by_macros = (TEMPLATES / "macros/ui.html").read_text()
    missing = {
        name
        for name in macros
        if f"ui.{name}(" not in shown and len(re.findall(rf"(?<!macro )\b{name}\(", used_by_macros)) == 0
    }
    assert not missing


def test_the_gallery_renders_and_ids_are_unique(staff):
    html = staff.get("/_ui").text
    found = re.findall(r'\sid="([^"]+)"', html)
    assert len(found) == len(set(found)), sorted({i for i in found if found.count(i) > 1})


def test_every_label_names_a_field_that_exists(staff):
    html = staff.get("/_ui").text
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    pointed = set(re.findall(r'\sfor="([^"]+)"', html))
    pointed |= {i for ids_ in re.findall(r'aria-describedby="([^"]+)"', html) for i in ids_.split()}
    pointed |= set(re.findall(r'href="#(f-[^"]+)"', html))
    assert pointed <= ids, pointed - ids
