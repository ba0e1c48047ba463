"""A file as it goes to the archive (立卷归档): a reading copy of its papers with every original attached byte for byte.

Cover, catalogue, one sheet for each page of a paper and the closing note are typeset like a record; the papers are laid
under the sheets by ``documents.binding``, in a child process with limits, for there a stranger's photograph is decoded.
The copy proves nothing by itself: what it holds is verified by taking the originals out of it.
"""

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf

from documents import binding
from documents.layout import TEMPLATES
from documents.render import PROJECT, RenderFailed, fonts, typeset
from union.house_rules import HouseRule

SCHEDULE = HouseRule("filing.schedule", "经批准的档案保管期限表文号（未填写前不得销毁任何案卷）", "", "9-8")
FOLDER = TEMPLATES / "filing"
PDF = "application/pdf"
MOST_SHEETS = 800
MOST_BYTES = 150 << 20
MAIN, SIDE = "main", "side"
PARTS = {MAIN: "正卷", SIDE: "副卷"}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the file: what the catalogue says of it, and its original."""

    title: str
    reference: str  # its number, or who handed it in
    on: date | None
    name: str  # of the original, as it is attached
    media_type: str
    content: bytes
    ours: bool = False  # typeset by us: its pages are shown; a PDF handed in is only attached, whatever it does


@dataclass(frozen=True, slots=True)
class Cover:
    """What the cover and the closing note say; ``part`` is MAIN or SIDE, ``supplement`` 0 for what was filed at first."""

    part: str
    number: str
    organisation: str
    filed_on: date
    filed_by: str
    rows: Sequence[tuple[str, str]]
    supplement: int = 0
    remarks: Sequence[str] = ()
    volume: str = ""  # the id by which the register knows it

    @property
    def title(self) -> str:
        return f"{PARTS[self.part]}{f'（补充归档第{self.supplement}次）' if self.supplement else ''}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the catalogue: its order number and its pages, counted through the volume."""

    number: int
    title: str
    reference: str
    on: date | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """The finished copy and the catalogue printed in it."""

    pdf: bytes
    lines: tuple[Line, ...]


def bind(cover: Cover, papers: Sequence[Paper], watermark: str = "") -> Bundle:
    """The reading copy of these papers in this order; raises RenderFailed with the sentence why there is none."""
    lines = catalogue(papers)
    _refuse_too_large(lines, papers)
    frozen = _frozen(cover, papers, lines, bool(watermark))
    sheets = typeset(frozen, "volume.html", FOLDER, watermark)
    return Bundle(_bound(sheets, cover, papers, lines), lines)


def catalogue(papers: Sequence[Paper]) -> tuple[Line, ...]:
    """The catalogue of the papers, with the pages each takes."""
    lines, page = [], 0
    for number, paper in enumerate(papers, start=1):
        sheets = sheets_of(paper)
        lines.append(Line(number, paper.title, paper.reference, paper.on, page + 1, page + sheets))
        page += sheets
    return tuple(lines)


def sheets_of(paper: Paper) -> int:
    """As many as our own paper has pages; one for a picture, and one that stands for anything else."""
    if not paper.ours:
        return 1
    with pikepdf.open(BytesIO(paper.content)) as document:
        return len(document.pages)


def _refuse_too_large(lines: Sequence[Line], papers: Sequence[Paper]) -> None:
    if not lines:
        raise RenderFailed("卷内没有材料，不能制作副本。")
    if lines[-1].last > MOST_SHEETS or sum(len(paper.content) for paper in papers) > MOST_BYTES:
        most = MOST_BYTES >> 20
        raise RenderFailed(f"卷内材料超过 {MOST_SHEETS} 页或者 {most} MB，一册装不下，请联系系统管理员分册。")


def _frozen(cover: Cover, papers: Sequence[Paper], lines: Sequence[Line], sample: bool) -> dict[str, Any]:
    frozen = {
        "schema": 1,
        "kind": "volume",
        "title": f"{cover.title}　{cover.number}",
        "number": cover.number,
        "organisation": cover.organisation,
        "issued_on": cover.filed_on.isoformat(),
        "data": {
            "part": cover.title,
            "sample": sample,
            "volume": cover.volume,
            "cover": [list(row) for row in cover.rows],
            "lines": [_line(line) for line in lines],
            "sheets": [sheet for paper, line in zip(papers, lines, strict=True) for sheet in _sheets(paper, line)],
            "closing": {"papers": len(lines), "pages": lines[-1].last, "by": cover.filed_by},
            "remarks": list(cover.remarks),
        },
    }
    drawable: dict[str, Any] = _drawable(frozen)
    return drawable


def _line(line: Line) -> dict[str, Any]:
    on = line.on.isoformat() if line.on else ""
    pages = str(line.first) if line.first == line.last else f"{line.first}—{line.last}"
    return {"number": line.number, "title": line.title, "reference": line.reference, "on": on, "pages": pages}


def _sheets(paper: Paper, line: Line) -> list[dict[str, Any]]:
    shown = paper.ours or paper.media_type in binding.PICTURES
    about = {"paper": line.number, "title": paper.title, "name": paper.name, "shown": shown, "ours": paper.ours}
    return [{**about, "page": page} for page in range(line.first, line.last + 1)]


def _drawable(value: Any) -> Any:
    """The same, with a box for each character no font has: the name of a file handed in may hold anything."""
    if isinstance(value, str):
        return value.translate({ord(c): "□" for c in fonts().missing_glyphs(value)})
    if isinstance(value, dict):
        return {key: _drawable(item) for key, item in value.items()}
    return [_drawable(item) for item in value] if isinstance(value, list) else value


def _bound(sheets: bytes, cover: Cover, papers: Sequence[Paper], lines: Sequence[Line]) -> bytes:
    order = {
        "title": cover.title,
        "made": f"{cover.filed_on.isoformat()}T00:00:00+08:00",
        "papers": [_order(paper, line) for paper, line in zip(papers, lines, strict=True)],
    }
    blobs = [json.dumps(order).encode(), sheets, *(paper.content for paper in papers)]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "documents.binding"],
            input=b"".join(struct.pack(">I", len(blob)) + blob for blob in blobs),
            capture_output=True,
            timeout=binding.SECONDS * 2,
            cwd=PROJECT,
            env={"PYTHONPATH": str(PROJECT), "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "TZ": "UTC"},
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderFailed("案卷副本制作超时，已停止。") from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise RenderFailed("案卷副本没有制作成功：卷内有文件无法装订，或者超出计算资源限制。") from error
    return done.stdout


def _order(paper: Paper, line: Line) -> dict[str, Any]:
    shown = "pages" if paper.ours else "picture" if paper.media_type in binding.PICTURES else ""
    return {
        "title": f"{line.number}　{paper.title}",
        "name": f"{line.number:03d} {paper.name}",
        "media_type": paper.media_type,
        "shown": shown,
        "first": line.first,
        "last": line.last,
        "made": f"{(paper.on or date(2000, 1, 1)).isoformat()}T00:00:00+08:00",
    }
