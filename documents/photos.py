"""What a picture says beside the picture: place, time and make of the telephone, taken out without touching a pixel.

JPEG and PNG are cut apart segment by segment; HEIC and WebP are kept as they came, for no library of ours rewrites them.
"""

import struct
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

JPEG, PNG = "image/jpeg", "image/png"
PICTURES = (JPEG, PNG, "image/heic", "image/webp")
ORIENTATION = 0x0112
SPOKEN_SEGMENTS = (*range(0xE1, 0xEE), 0xEF, 0xFE)  # Exif, XMP, IPTC, maker's notes, comments; not JFIF, not Adobe
COLOUR_PROFILE = b"ICC_PROFILE\0"
SPOKEN_CHUNKS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")


def without_particulars(media_type: str, content: bytes) -> bytes:
    """The picture without what its maker wrote into it; how it is to be turned is kept, any other file as it came."""
    try:
        if media_type == JPEG:
            return b"".join(_kept_segments(content))
        if media_type == PNG:
            return content[:8] + b"".join(_kept_chunks(content))
    except (struct.error, IndexError):
        return content  # a broken picture is kept as it came: it may be evidence all the same
    return content


def speaks(media_type: str, content: bytes) -> bool:
    """The picture still says where or when it was made."""
    if media_type in (JPEG, PNG):
        return without_particulars(media_type, content) != content
    return media_type in PICTURES and (b"Exif" in content[:4096] or b"EXIF" in content[:4096])


def _kept_segments(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    turned, at = _orientation(content), 2
    if turned != 1:
        yield _turned(turned)
    while content[at] == 0xFF and content[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if segment[1] not in SPOKEN_SEGMENTS or segment[4:].startswith(COLOUR_PROFILE):
            yield segment
        at += 2 + length
    yield content[at:]


def _orientation(content: bytes) -> int:
    try:
        with Image.open(BytesIO(content)) as picture:
            return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever a hostile picture makes the decoder do
        return 1


def _turned(orientation: int) -> bytes:
    """An Exif segment that says how to turn the picture and nothing else."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    body = exif.tobytes()
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _kept_chunks(content: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        if content[at + 4 : at + 8] not in SPOKEN_CHUNKS:
            yield content[at : at + 12 + length]
        at += 12 + length
