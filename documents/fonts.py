"""The role fonts of official records, built once from the fonts of the system (docs/decisions/0004-fonts.md).

WeasyPrint gets TrueType fonts only, because compact CFF subsets lose their text in some viewers. 仿宋 alone is used as
its owner supplies it, unaltered, and the other roles take its vertical metrics, so that a fallback character never
moves a line off the 22-line grid.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import tempfile
from bisect import bisect_right
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.resources import files
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

VAR = Path(__file__).resolve().parent.parent / "var"
RECIPE = 8  # raise it when the way fonts are built changes
NOTO = Path("/usr/share/fonts/opentype/noto")
WENKAI = Path("/usr/share/fonts/truetype/lxgw-wenkai")
FANDOL_PACKAGE = "texlive-lang-chinese"
FANDOL_MEMBER = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/FandolFang-Regular.otf"
FANDOL_LICENCE = "usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz"
SIMPLIFIED_FACE = 2  # SC is the third face of the Noto CJK collections
STAND_IN_MEASURES = {  # of the em, where no 仿宋 sets them
    "hhea.ascent": 0.88,
    "hhea.descent": -0.12,
    "hhea.lineGap": 0.0,
    "OS/2.sTypoAscender": 0.88,
    "OS/2.sTypoDescender": -0.12,
    "OS/2.sTypoLineGap": 0.0,
    "OS/2.usWinAscent": 0.88,
    "OS/2.usWinDescent": 0.12,
}
SYMBOLS = (
    (0x20, 0x7F), (0xA0, 0x180), (0x2C6, 0x2E0), (0x370, 0x400), (0x2000, 0x2070), (0x2070, 0x20C0), (0x2100, 0x2300),
    (0x2460, 0x2600), (0x25A0, 0x2700), (0x3000, 0x3040), (0x3220, 0x33FF), (0xFE10, 0xFE50), (0xFF00, 0xFFF0),
)  # fmt: skip
EVERY_HAN = ((0x2E80, 0x2FE0), (0x3040, 0x3100), (0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32400))
UNSEEN = frozenset("\n\r\t")


@dataclass(frozen=True)
class Role:
    """One part a font plays in a record: 正文仿宋, 标题小标宋 ...; ``source`` empty for the unaltered 仿宋."""

    name: str
    family: str
    source: Path | None
    face: int = 0
    draws: str = "standard"  # 8,105 characters and symbols | han: every 汉字 | other_han: those beyond the standard
    falls_back_on: tuple[str, ...] = ("song", "song-all")


ROLES = {
    role.name: role
    for role in (
        Role("fang", "Casework Fang", None, falls_back_on=("fang-more", "song", "song-all")),
        Role("fang-more", "Casework Fang More", WENKAI / "LXGWWenKai-Light.ttf", draws="han"),
        Role("song", "Casework Song", NOTO / "NotoSerifCJK-Regular.ttc", SIMPLIFIED_FACE, falls_back_on=("song-all",)),
        Role("title", "Casework Title", NOTO / "NotoSerifCJK-Bold.ttc", SIMPLIFIED_FACE),
        Role("hei", "Casework Hei", NOTO / "NotoSansCJK-Regular.ttc", SIMPLIFIED_FACE),
        Role("kai", "Casework Kai", WENKAI / "LXGWWenKai-Regular.ttf"),
        Role(
            "song-all", "Casework Song All", NOTO / "NotoSerifCJK-Regular.ttc", SIMPLIFIED_FACE, "other_han", ("song",)
        ),
    )
}


class FontsMissing(RuntimeError):
    """A source font is not installed, or the role fonts have not been built."""


@dataclass(frozen=True)
class FontSet:
    """The role fonts of one directory, as its manifest describes them."""

    directory: Path
    manifest: dict[str, Any]

    @classmethod
    def at(cls, directory: Path) -> "FontSet":
        try:
            return cls(directory, json.loads((directory / "manifest.json").read_text()))
        except (OSError, ValueError) as error:
            raise FontsMissing("文书字体尚未生成，请运行 casework fonts。") from error

    @property
    def config(self) -> Path:
        return self.directory / "fonts.conf"

    @property
    def fang_comes_from(self) -> str:
        return str(self.manifest["fang"])

    @cached_property
    def id(self) -> str:
        """Changes with any byte of any font: part of the identity of the toolchain that made a PDF."""
        hashes = {name: entry["sha256"] for name, entry in self.manifest["roles"].items()}
        return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()[:16]

    def missing_glyphs(self, text: str, *roles: str) -> str:
        """The characters of ``text``, once each, that some role (of these, or any) cannot draw with its fallbacks."""
        unknown = dict.fromkeys(character for character in text if character not in UNSEEN)
        return "".join(c for c in unknown if not all(self._draws(c, role) for role in roles or ROLES))

    def faults(self) -> list[str]:
        """The files that are missing or altered since they were built."""
        return [
            entry["file"]
            for entry in self.manifest["roles"].values()
            if not (path := self.directory / entry["file"]).is_file() or sha256(path) != entry["sha256"]
        ]

    def _draws(self, character: str, role: str) -> bool:
        return any(self._coverage[name].has(ord(character)) for name in (role, *ROLES[role].falls_back_on))

    @cached_property
    def _coverage(self) -> dict[str, "Coverage"]:
        return {name: Coverage(entry["covers"]) for name, entry in self.manifest["roles"].items()}


class Coverage:
    """The code points a font draws, kept as sorted half-open ranges."""

    def __init__(self, ranges: Iterable[Iterable[int]]) -> None:
        self.edges = [edge for pair in ranges for edge in pair]

    def has(self, code_point: int) -> bool:
        return bisect_right(self.edges, code_point) % 2 == 1


def fonts_directory() -> Path:
    """Where the role fonts are: fonts/ of CASEWORK_VAR; a fresh CASEWORK_VAR borrows those already built here."""
    own = Path(os.environ.get("CASEWORK_VAR") or VAR) / "fonts"
    return (
        own if (own / "manifest.json").is_file() or not (VAR / "fonts" / "manifest.json").is_file() else VAR / "fonts"
    )


def build(directory: Path, say: Any = lambda line: None, processes: int = 2) -> FontSet:
    """Build what is missing or out of date; a second call with nothing changed only compares the manifest."""
    fang, origin = find_fang(directory.parent / "cache" / "fandol", say)
    sources = _sources(fang)
    if (built := _up_to_date(directory, sources)) is not None:
        return built
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix="fonts-") as work:
        roles = _build_roles(Path(work), fang, say, processes)
        _publish(Path(work), directory, {"recipe": RECIPE, "fang": origin, "sources": sources, "roles": roles})
    return FontSet.at(directory)


def find_fang(cache: Path, say: Any = lambda line: None) -> tuple[Path | None, str]:
    """The 仿宋 of the operator, else FandolFang, else none: 楷体 then takes its place."""
    if (own := _fang_of_the_operator()) is not None:
        return own, f"operator: {own.name}"
    fandol = cache / Path(FANDOL_MEMBER).name
    if not fandol.is_file():
        installed = Path("/") / FANDOL_MEMBER
        if installed.is_file():
            return installed, "FandolFang"
        _extract_fandol(cache, say)
    return (fandol, "FandolFang") if fandol.is_file() else (None, "LXGW WenKai")


def _fang_of_the_operator() -> Path | None:
    folder = os.environ.get("CASEWORK_FONTS")
    if not folder:
        return None
    candidates = sorted(
        path
        for path in Path(folder).iterdir()
        if path.suffix.lower() in (".ttf", ".otf") and any(word in path.name.lower() for word in ("fang", "仿宋"))
    )
    if not candidates:
        raise FontsMissing(f"字体目录 {folder} 中没有仿宋字体（文件名含 fang 或“仿宋”的 .ttf、.otf）。")
    return candidates[0]


def _extract_fandol(cache: Path, say: Any) -> None:
    """Take the one file out of Debian's package, without installing the package; silently none without apt."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return
    say("仿宋：从 Debian 软件包 texlive-lang-chinese 取出 FandolFang（下载约 49 MB）")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        fetched = subprocess.run(
            ["apt-get", "download", "-qq", FANDOL_PACKAGE], cwd=work, capture_output=True, timeout=600, check=False
        )
        packages = list(Path(work).glob(f"{FANDOL_PACKAGE}_*.deb"))
        if fetched.returncode or not packages:
            say("仿宋：未能取得 FandolFang，改用楷体")
            return
        with (Path(work) / "data.tar").open("wb") as archive:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", str(packages[0])], stdout=archive, check=True)
        wanted = [f"./{FANDOL_MEMBER}", f"./{FANDOL_LICENCE}"]
        subprocess.run(["tar", "-xf", "data.tar", "--no-same-owner", *wanted], cwd=work, check=True)
        for member in (FANDOL_LICENCE, FANDOL_MEMBER):
            (Path(work) / member).replace(cache / Path(member).name)


def _sources(fang: Path | None) -> dict[str, list[Any]]:
    """What the role fonts are made of, wherever it lies: two checkouts that share them do not build them in turn."""
    paths = {role.source for role in ROLES.values() if role.source} | ({fang} if fang else set())
    absent = [path.name for path in sorted(paths) if not path.is_file()]
    if absent:
        raise FontsMissing(f"缺少字体 {'、'.join(absent)}：请安装 fonts-noto-cjk 与 fonts-lxgw-wenkai。")
    return {path.name: [path.stat().st_size, path.stat().st_mtime_ns] for path in sorted(paths)}


def _up_to_date(directory: Path, sources: dict[str, list[Any]]) -> FontSet | None:
    try:
        built = FontSet.at(directory)
    except FontsMissing:
        return None
    same = built.manifest.get("recipe") == RECIPE and built.manifest.get("sources") == sources
    return built if same and built.config.is_file() and not built.faults() else None


def _build_roles(work: Path, fang: Path | None, say: Any, processes: int) -> dict[str, dict[str, Any]]:
    stand_in = Role("fang", ROLES["fang"].family, WENKAI / "LXGWWenKai-Light.ttf")
    made = [role for role in ROLES.values() if role.source] + ([] if fang else [stand_in])
    made.sort(key=lambda role: (role.draws == "standard", role.name))  # the longest job first
    roles: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        built = pool.map(partial(_build_role, fang=fang, work=work), made)
        for role, entry in zip(made, built, strict=True):
            say(f"字体 {role.name}：{entry['glyphs']} 字形")
            roles[role.name] = entry
    if fang:
        roles["fang"] = _take_unaltered(fang, work)
    return dict(sorted(roles.items()))


def _build_role(role: Role, fang: Path | None, work: Path) -> dict[str, Any]:
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = _cut(role)
    if "CFF " in font:
        _to_true_type(font)
    _level(font, _vertical_measures(fang))
    _share_baseline(font, fang)
    _christen(font, role)
    path = work / f"{role.name}.ttf"
    font.save(path)
    return _entry(path, font)


def _cut(role: Role) -> Any:
    """One face cut down to the 8,105 standard characters and symbols (or every 汉字), without hints or layout tables."""
    import uharfbuzz as hb
    from fontTools.ttLib import TTFont

    plan = hb.SubsetInput()
    plan.sets(hb.SubsetInputSets.UNICODE).set(_wanted(role.draws))
    plan.flags = (
        hb.SubsetFlags.NO_HINTING
        | hb.SubsetFlags.DESUBROUTINIZE
        | hb.SubsetFlags.NOTDEF_OUTLINE
        | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    )
    face = hb.Face(hb.Blob.from_file_path(str(role.source)), role.face)
    font = TTFont(BytesIO(hb.subset(face, plan).blob.data), recalcTimestamp=False)
    for table in ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "meta", "gasp"):
        if table in font:
            del font[table]
    return font


def _wanted(draws: str) -> set[int]:
    standard = {ord(character) for character in standard_characters()}
    return {
        "standard": standard | _all_of(SYMBOLS),
        "han": _all_of(EVERY_HAN),
        "other_han": _all_of(EVERY_HAN) - standard,  # whoever falls back on these has tried song first
    }[draws]


def _all_of(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {code_point for first, end in ranges for code_point in range(first, end)}


def standard_characters() -> str:
    """The 8,105 characters of 通用规范汉字表 (2013)."""
    return files(__package__).joinpath("fonts_tgscc.txt").read_text(encoding="utf-8").replace("\n", "")


def _to_true_type(font: Any) -> None:
    """Cubic outlines become quadratic ones within one unit, so that every viewer reads glyph ids alike."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    outlines, order, glyphs = font.getGlyphSet(), font.getGlyphOrder(), {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, glyphs
    for glyph in glyphs.values():
        glyph.recalcBounds(glyf)
    font["loca"], font["glyf"] = newTable("loca"), glyf
    del font["CFF "]
    font["hmtx"].metrics = {
        # the left bearing must equal xMin, or viewers draw the glyph shifted
        name: (font["hmtx"].metrics[name][0], getattr(glyphs[name], "xMin", 0) or 0)
        for name in order
    }
    limits = font["maxp"]
    limits.tableVersion, limits.maxZones = 0x00010000, 1
    for limit in (
        "TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements", "SizeOfInstructions",
        "ComponentElements",
    ):  # fmt: skip
        setattr(limits, f"max{limit}", 0)
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\x00\x01\x00\x00"


def _level(font: Any, measures: dict[str, float]) -> None:
    """Give the font the vertical measures of 仿宋, so that a fallback character never moves its line."""
    em = font["head"].unitsPerEm
    for place, value in measures.items():
        table, field = place.split(".")
        setattr(font[table], field, round(em * value))
    font["OS/2"].fsSelection = 0x40


def _share_baseline(font: Any, fang: Path | None) -> None:
    """Give the font the BASE table of 仿宋: Pango shifts the runs of one line by what these tables say."""
    from fontTools.ttLib import TTFont

    if fang is None:
        return
    model = TTFont(fang)
    if "BASE" not in model or model["BASE"].table.HorizAxis is None:
        return
    for script in model["BASE"].table.HorizAxis.BaseScriptList.BaseScriptRecord:
        for place in script.BaseScript.BaseValues.BaseCoord:
            place.Coordinate = round(place.Coordinate * font["head"].unitsPerEm / model["head"].unitsPerEm)
    font["BASE"] = model["BASE"]


def _vertical_measures(fang: Path | None) -> dict[str, float]:
    """The vertical measures of 仿宋 in em, by table and field."""
    from fontTools.ttLib import TTFont

    if fang is None:
        return STAND_IN_MEASURES
    font = TTFont(fang, lazy=True)
    em = font["head"].unitsPerEm
    return {place: getattr(font[place.split(".")[0]], place.split(".")[1]) / em for place in STAND_IN_MEASURES}


def _christen(font: Any, role: Role) -> None:
    """A name of its own (the OFL reserves the original's) and fixed dates, so that equal sources give equal bytes."""
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 13, 14) and record.platformID == 3]
    postscript = f"{role.family.replace(' ', '')}-Regular"
    for number, value in ((1, role.family), (2, "Regular"), (3, role.name), (4, role.family), (6, postscript)):
        names.setName(value, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass, font["head"].macStyle = 400, 0
    font["head"].created = font["head"].modified = 3786912000


def _take_unaltered(fang: Path, work: Path) -> dict[str, Any]:
    from fontTools.ttLib import TTFont

    path = work / f"fang{fang.suffix.lower()}"
    shutil.copyfile(fang, path)
    return _entry(path, TTFont(path, lazy=True))


def _entry(path: Path, font: Any) -> dict[str, Any]:
    return {
        "file": path.name,
        "sha256": sha256(path),
        "size": path.stat().st_size,
        "glyphs": font["maxp"].numGlyphs,
        "covers": _ranges(font.getBestCmap()),
    }


def _ranges(code_points: Iterable[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for code_point in sorted(code_points):
        if ranges and ranges[-1][1] == code_point:
            ranges[-1][1] += 1
        else:
            ranges.append([code_point, code_point + 1])
    return ranges


def _publish(work: Path, directory: Path, manifest: dict[str, Any]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for stale in directory.glob("*.?tf"):
        stale.unlink()
    for entry in manifest["roles"].values():
        (work / entry["file"]).replace(directory / entry["file"])
    (directory / "fonts.conf").write_text(_config(directory.resolve(), manifest), encoding="utf-8")
    draft = directory / "manifest.json.new"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    draft.replace(directory / "manifest.json")


def _config(directory: Path, manifest: dict[str, Any]) -> str:
    """A private fontconfig: the role fonts and nothing else, so that no system font ever enters a record."""
    fang = directory / manifest["roles"]["fang"]["file"]
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{directory}</dir>
  <cachedir>{directory / "fontconfig"}</cachedir>
  <match target="scan">
    <test name="file" compare="eq"><string>{fang}</string></test>
    <edit name="family" mode="assign" binding="same"><string>{ROLES["fang"].family}</string></edit>
    <edit name="weight" mode="assign"><const>regular</const></edit>
  </match>
</fontconfig>
"""


def sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
