"""Laying papers under their sheets: the child process of ``documents.filing`` (``-m documents.binding``), with limits.

What comes out is PDF/A-3b: the papers keep their look but not their structure, a seal is only a picture of one, and
each original is attached as it is.
"""

import json
import re
import resource
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name

ORDERED = re.compile(r"(\d{3,}) ")  # how the name of an attached original begins: its order number in the catalogue
MEMORY = 1536 << 20
SECONDS = 60
PICTURES = ("image/jpeg", "image/png", "image/webp")
LONGEST_SIDE = 2000  # pixels in the reading copy; the original is attached as it is
MM = 72 / 25.4
PICTURE_BOX = (25 * MM, 32 * MM, 185 * MM, 272 * MM)


def bind(order: dict[str, Any], sheets: bytes, originals: Sequence[bytes]) -> bytes:
    """The volume: papers under the sheets from the first numbered one on, originals attached, bookmarks, metadata."""
    with pikepdf.open(BytesIO(sheets)) as volume:
        before = _first_sheet(volume, order)
        _forget_structure(volume)
        for paper, original in zip(order["papers"], originals, strict=True):
            pages = volume.pages[before + paper["first"] - 1 : before + paper["last"]]
            for sheet in pages:
                _own_resources(sheet)
            _show(volume, pages, paper["shown"], original)
            _attach(volume, paper, original)
        _bookmark(volume, order, before)
        _claim_reading_copy(volume)
        out = BytesIO()
        volume.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _first_sheet(volume: pikepdf.Pdf, order: dict[str, Any]) -> int:
    """Cover and catalogue come before the numbered sheets, one page of closing note after them."""
    return len(volume.pages) - 1 - int(order["papers"][-1]["last"])


def _forget_structure(volume: pikepdf.Pdf) -> None:
    for key in ("/StructTreeRoot", "/MarkInfo"):
        if key in volume.Root:
            del volume.Root[key]
    for page in volume.pages:
        for key in ("/StructParents", "/Tabs"):
            if key in page.obj:
                del page.obj[key]


def _own_resources(sheet: pikepdf.Page) -> None:
    """WeasyPrint gives all pages one dictionary: what one sheet shows must not be named in another."""
    shared = dict(sheet.obj.get("/Resources", {}))
    shared["/XObject"] = Dictionary(dict(shared.get("/XObject", {})))
    sheet.obj.Resources = Dictionary(shared)


def _show(volume: pikepdf.Pdf, pages: Sequence[pikepdf.Page], how: str, original: bytes) -> None:
    if how == "pages":
        _lay_under(pages, original)
    elif how == "picture":
        with suppress(Exception):  # a picture nobody can open is still attached, and its sheet says so
            _place(volume, pages[0], original)


def _lay_under(sheets: Sequence[pikepdf.Page], original: bytes) -> None:
    with pikepdf.open(BytesIO(original)) as paper:
        paper.flatten_annotations("all")  # the seal becomes part of the page
        for sheet, page in zip(sheets, paper.pages, strict=True):
            # under a name of ours: pikepdf's add_underlay draws lots for one, and equal files would differ
            name = sheet.add_resource(page.as_form_xobject(), Name.XObject, Name.Paper)
            place = pikepdf.Rectangle(*map(float, page.mediabox))
            form = sheet.obj.Resources.XObject[name]
            shown = sheet.calc_form_xobject_placement(form, name, place)  # type: ignore[call-arg]  # its stubs lack defaults
            sheet.contents_add(shown, prepend=True)


def _place(volume: pikepdf.Pdf, sheet: pikepdf.Page, original: bytes) -> None:
    from PIL import Image, ImageOps

    with Image.open(BytesIO(original)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=85)
    image = volume.make_stream(jpeg.getvalue())
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width, image.Height = picture.size
    image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
    left, bottom, width, height = _fitted(*picture.size)
    drawn = f"q {width:.2f} 0 0 {height:.2f} {left:.2f} {bottom:.2f} cm /Photo Do Q"
    sheet.obj.Resources.XObject.Photo = image
    sheet.contents_add(drawn.encode(), prepend=True)


def _fitted(width: int, height: int) -> tuple[float, float, float, float]:
    """Centred in the box, in its own proportion, never larger than at 150 dpi."""
    left, bottom, right, top = PICTURE_BOX
    scale = min((right - left) / width, (top - bottom) / height, 72 / 150)
    wide, high = width * scale, height * scale
    return (left + right - wide) / 2, (bottom + top - high) / 2, wide, high


def _attach(volume: pikepdf.Pdf, paper: dict[str, Any], original: bytes) -> None:
    made = pikepdf.models.metadata.encode_pdf_date(datetime.fromisoformat(paper["made"]))
    spec = pikepdf.AttachedFileSpec(
        volume,
        original,
        description=paper["title"],
        filename=paper["name"],
        mime_type=paper["media_type"],
        creation_date=made,
        mod_date=made,
        relationship=Name.Source,  # type: ignore[call-arg]  # not in its stubs
    )
    volume.attachments[paper["name"]] = spec
    volume.Root.AF = Array([*volume.Root.get("/AF", []), volume.attachments[paper["name"]].obj])


def _bookmark(volume: pikepdf.Pdf, order: dict[str, Any], before: int) -> None:
    with volume.open_outline() as outline:
        outline.root.clear()
        outline.root.append(pikepdf.OutlineItem("卷宗封面", 0))
        outline.root.append(pikepdf.OutlineItem("卷内目录", 1))
        for paper in order["papers"]:
            outline.root.append(pikepdf.OutlineItem(paper["title"], before + paper["first"] - 1))
        outline.root.append(pikepdf.OutlineItem("备考表", len(volume.pages) - 1))
    volume.Root.PageMode = Name.UseOutlines


def _claim_reading_copy(volume: pikepdf.Pdf) -> None:
    with volume.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:conformance"] = "B"
        del metadata["pdfuaid:part"]


def frames(stream: BinaryIO) -> Iterator[bytes]:
    while len(head := stream.read(4)) == 4:
        yield stream.read(struct.unpack(">I", head)[0])


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked, sheets, *originals = frames(sys.stdin.buffer)
    sys.stdout.buffer.write(bind(json.loads(asked), sheets, originals))
