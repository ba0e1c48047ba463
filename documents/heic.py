"""The inside of a HEIC picture (ISO 14496-12 boxes): where its EXIF and XMP items stand, and how they are blotted out."""

import struct
from collections.abc import Iterator

SPOKEN_ITEMS = (b"Exif", b"mime")  # XMP is a mime item


def silenced(content: bytes) -> bytes:
    """The HEIC with its EXIF and XMP items overwritten; how it is turned stands elsewhere in it."""
    silent = bytearray(content)
    for start, end in _boxes(content, 0, len(content), b"meta"):
        for inside, length in _spoken_places(content, start + 4, end):
            if inside > 0 and inside + length <= len(silent):
                silent[inside : inside + length] = bytes(length)
    return bytes(silent)


def _spoken_places(content: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(place, length) of everything an EXIF or XMP item of this meta box holds."""
    spoken = {
        item
        for info, info_end in _boxes(content, start, end, b"iinf")
        for item in _spoken_items(content, info, info_end)
    }
    idat = next(iter(_boxes(content, start, end, b"idat")), (0, 0))[0]
    for place, _ in _boxes(content, start, end, b"iloc"):
        yield from ((at, length) for item, at, length in _extents(content, place, idat) if item in spoken)


def _spoken_items(content: bytes, start: int, end: int) -> Iterator[int]:
    entries = start + (6 if content[start] == 0 else 8)
    for at, _ in _boxes(content, entries, end, b"infe"):
        wide = content[at] >= 3
        item = int.from_bytes(content[at + 4 : at + (8 if wide else 6)], "big")
        if content[at + (10 if wide else 8) :][:4] in SPOKEN_ITEMS:
            yield item


def _extents(content: bytes, at: int, idat: int) -> Iterator[tuple[int, int, int]]:
    """(item, place in the file, length) of every extent of an iloc box."""
    version, sizes = content[at], struct.unpack_from(">H", content, at + 4)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    at += 6
    wide = 4 if version == 2 else 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(content[at - size : at], "big")

    for _ in range(number(wide)):
        item = number(wide)
        within = number(2) & 15 if version in (1, 2) else 0
        number(2)  # which file: this one
        base = number(base_size) + (idat if within == 1 else 0)
        for _ in range(number(2)):
            number(index_size)
            offset = number(offset_size)
            yield item, base + offset, number(length_size)


def _boxes(content: bytes, at: int, end: int, name: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of the inside of every box of this name between two places."""
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I", content, at)[0], content[at + 4 : at + 8]
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", content, at + 8)[0], 16
        length = length or end - at
        if length < head:
            raise ValueError("a box shorter than its head")
        if kind == name:
            yield at + head, min(at + length, end)
        at += length
