"""Every standard character, in every role: drawn alike by two engines, read back as it was written, on one line height."""

import re
import subprocess

import pytest
from fontTools.ttLib import TTFont
from PIL import ImageDraw

from documents import layout, render
from documents.contents import freeze
from documents.fonts import ROLES, FontSet, standard_characters
from documents.layout import Sheet
from documents.samples import CODE, ISSUED_ON, ORGANISATION
from tests.documents.pixels import apart, by_mupdf, by_poppler

NAMES = "𬱖䶮㛃喆堃"
SET_ROLES = ("fang", "song", "title", "hei", "kai")  # the others only stand in
AT_A_TIME = 1300  # characters; a record over 1 MB is refused
DPI = 288
SIZE, PITCH, MARGIN = 15, 17, 5  # points, points, millimetres
TOLERANCE = 95  # of 255, in the worst quarter-sized pixel: smoothing differs by up to 69, other characters from 127 on
ALIKE = [
    "日目",
    "日曰",
    "未末",
    "己已",
    "土士",
    "人入",
    "戌戍",
    "大太",
    "王玉",
    "壬王",
    "千干",
    "鸟乌",
    "治冶",
    "候侯",
    "赢羸",
    "辨辩",
]
CHUNKS = [
    (standard_characters() + NAMES)[start : start + AT_A_TIME]
    for start in range(0, len(standard_characters() + NAMES), AT_A_TIME)
]


def set_in(role, text, folder):
    """A PDF with this text in that role, by the press that sets the records."""
    stack = ", ".join(f'"{ROLES[name].family}"' for name in (role, *ROLES[role].falls_back_on))
    (folder / "t.html").write_text(
        f"<html lang=zh-CN><title>字</title><style>@page{{margin:{MARGIN}mm}}p{{font:{SIZE}pt/{PITCH}pt {stack};text-indent:0;"
        "letter-spacing:0;text-align:left}}</style><body><p>{{ data.text }}</p>".replace("}}</style>", "}</style>"),
        encoding="utf-8",
    )
    frozen = freeze("plain", {"text": text}, organisation=ORGANISATION, issued_on=ISSUED_ON)
    sheet = Sheet("t.html", CODE, "https://hy.example.cn", "0" * 64)
    request = {name: getattr(sheet, name) for name in Sheet.__dataclass_fields__}
    return render._press.make({"frozen": frozen, "sheet": request, "folder": str(folder)})


@pytest.mark.parametrize("chunk", range(len(CHUNKS)))
@pytest.mark.parametrize("role", SET_ROLES)
def test_two_engines_draw_the_same_glyphs_and_the_text_reads_back(fonts, role, chunk, tmp_path):
    pdf = set_in(role, CHUNKS[chunk], tmp_path)
    here, there = by_poppler(pdf, tmp_path, DPI), by_mupdf(pdf, tmp_path, DPI)
    assert len(here) == len(there)
    assert max(apart(one, other) for one, other in zip(here, there, strict=True)) <= TOLERANCE
    said = subprocess.run(["pdftotext", "page.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    assert "".join(said.split()) == CHUNKS[chunk]


@pytest.mark.parametrize("role", SET_ROLES)
def test_characters_that_differ_by_one_stroke_would_be_told_apart(fonts, role, tmp_path):
    """The control: one engine draws 日, the other 目, in the same place."""
    one, other = (set_in(role, "".join(pair[at] for pair in ALIKE), fresh(tmp_path / str(at))) for at in (0, 1))
    here, there = by_poppler(one, tmp_path, DPI)[0], by_mupdf(other, tmp_path, DPI)[0]
    same = by_mupdf(one, tmp_path, DPI)[0]
    told = [apart(here.crop(cell(at)), there.crop(cell(at))) > TOLERANCE for at in range(len(ALIKE))]
    assert [pair for pair, found in zip(ALIKE, told, strict=True) if not found] == []
    assert apart(here, same) <= TOLERANCE


def fresh(folder):
    """The press keeps the templates of a folder it has seen."""
    folder.mkdir()
    return folder


def cell(place):
    """Where the character at that place of the first line stands, on whole quarter-sized pixels."""
    left, top, side = (
        round(points / 72 * DPI / 4) for points in (MARGIN * 72 / 25.4 + place * SIZE, MARGIN * 72 / 25.4, SIZE)
    )
    return left * 4, top * 4, (left + side) * 4, (top + side + 2) * 4


def test_a_glyph_that_one_engine_leaves_out_would_be_seen(fonts, tmp_path):
    pdf = set_in("fang", CHUNKS[-1], tmp_path)
    drawn, pierced = by_poppler(pdf, tmp_path, DPI)[0], by_mupdf(pdf, tmp_path, DPI)[0]
    ImageDraw.Draw(pierced).rectangle(cell(0), fill=255)
    assert apart(drawn, pierced) > TOLERANCE


def test_all_roles_stand_on_one_line_height(fonts: FontSet):
    """Otherwise one fallback character would move its line off the grid."""
    measures = set()
    for entry in fonts.manifest["roles"].values():
        font = TTFont(fonts.directory / entry["file"], lazy=True)
        em = font["head"].unitsPerEm
        measures.add(tuple(round(value / em, 2) for value in (font["hhea"].ascent, font["hhea"].descent)))
    assert len(measures) == 1


def test_the_style_sheet_falls_back_as_the_roles_say():
    families = {role.family: role for role in ROLES.values()}
    stacks = [
        [name.strip('" ') for name in declared.split(",")]
        for declared in _stacks(layout.STYLE.read_text(encoding="utf-8"))
    ]
    assert len(stacks) > 8
    for first, *others in stacks:
        expected = [ROLES[name].family for name in families[first].falls_back_on]
        assert others in (expected, [])  # alone: where the text is fixed, such as a page number


def _stacks(css: str) -> list[str]:
    return re.findall(r'("Casework [^;]*?)\s*[;}]', css)
