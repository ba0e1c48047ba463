"""What a picture says beside the picture: place, time and make of the telephone, taken out without touching a pixel.

JPEG, PNG and WebP are cut apart piece by piece; in HEIC, whose pieces are found by their place in the file, they are
overwritten with zeros.
"""

import re
import struct
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from documents.heic import silenced

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
PICTURES = (JPEG, PNG, HEIC, WEBP)
ORIENTATION = 0x0112
SPOKEN_SEGMENTS = (*range(0xE1, 0xEE), 0xEF, 0xFE)  # Exif, XMP, IPTC, maker's notes, comments; not JFIF, not Adobe
COLOUR_PROFILE = b"ICC_PROFILE\0"
SCAN, END = 0xDA, 0xD9
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # in a scan: neither a stuffed byte nor a restart
SPOKEN_CHUNKS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")
LAST_CHUNK = b"IEND"
EXIF_CHUNK, XMP_CHUNK, FEATURES = b"EXIF", b"XMP ", b"VP8X"
SAYS_EXIF, SAYS_XMP = 0x08, 0x04  # the flags of VP8X


def without_particulars(media_type: str, content: bytes) -> bytes:
    """The picture without what its maker wrote into it; how it is to be turned is kept, any other file as it came."""
    try:
        if media_type == JPEG:
            return b"".join(_kept_segments(content))
        if media_type == PNG:
            return content[:8] + b"".join(_kept_chunks(content))
        if media_type == WEBP:
            return _riff(b"".join(_kept_pieces(content)))
        if media_type == HEIC:
            return silenced(content)
    except (struct.error, IndexError, ValueError):
        return content  # a broken picture is kept as it came: it may be evidence all the same
    return content


def _kept_segments(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    turned, at = _orientation(content), 2
    if turned != 1:
        yield _turned(turned)
    while content[at] == 0xFF and content[at + 1] != END:
        if content[at + 1] == 0xFF:  # a marker may be filled up in front
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if segment[1] not in SPOKEN_SEGMENTS or segment[4:].startswith(COLOUR_PROFILE):
            yield segment
        at += 2 + length
        if segment[1] == SCAN:
            scanned = MARKER.search(content, at)
            following = scanned.start() if scanned else len(content)
            yield content[at:following]
            at = following
            if scanned is None:
                return  # cut off in the middle: as much as there is
    yield content[at : at + 2]  # what is put behind the end (a second picture, a film) has a place and time of its own


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
    at, name = 8, b""
    while at < len(content) and name != LAST_CHUNK:
        (length,) = struct.unpack_from(">I", content, at)
        name = content[at + 4 : at + 8]
        if name not in SPOKEN_CHUNKS:
            yield content[at : at + 12 + length]
        at += 12 + length


def _riff(pieces: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(pieces) + 4) + b"WEBP" + pieces


def _kept_pieces(content: bytes) -> Iterator[bytes]:
    """The chunks of a WebP without EXIF and XMP; how it is to be turned is said anew."""
    turned, at = _orientation(content), 12
    content = content[: struct.unpack_from("<I", content, 4)[0] + 8]
    while at + 8 <= len(content):
        name, (length,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        piece = content[at : at + 8 + length + length % 2]
        if name == FEATURES:
            says = SAYS_EXIF if turned != 1 else 0
            yield piece[:8] + bytes([piece[8] & ~(SAYS_EXIF | SAYS_XMP) | says]) + piece[9:]
        elif name == EXIF_CHUNK and turned != 1:
            said = _turned(turned)[10:]  # without the marker and name it has in a JPEG
            yield EXIF_CHUNK + struct.pack("<I", len(said)) + said + b"\0" * (len(said) % 2)
        elif name not in (EXIF_CHUNK, XMP_CHUNK):
            yield piece
        at += len(piece)
