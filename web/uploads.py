"""Files people send: the type is read from the bytes, and what cannot be evidence is refused with a sentence."""

import zipfile
from io import BytesIO
from os import SEEK_END
from pathlib import PurePosixPath
from typing import Any

from workflows.form import Attachment

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_UNPACKED = 200 * MEGABYTE
MOST_RATIO = 200
MOST_ENTRIES = 5_000
NAME_LENGTH = 120

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX = OFFICE + "wordprocessingml.document", OFFICE + "spreadsheetml.sheet"
EXTENSIONS = {
    PDF: ("pdf",),
    JPEG: ("jpg", "jpeg"),
    PNG: ("png",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    DOCX: ("docx",),
    XLSX: ("xlsx",),
    "application/x-ole-storage": ("doc", "xls", "wps", "et"),
    "audio/mpeg": ("mp3",),
    "audio/wav": ("wav",),
    "audio/amr": ("amr",),
    "video/mp4": ("mp4", "m4a", "mov"),
    "text/plain": ("txt", "csv"),
}
ACCEPT = ",".join(f".{extension}" for extensions in EXTENSIONS.values() for extension in extensions)

STARTS = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
)
TIFF = (b"II*\0", b"MM\0*")
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


class Unacceptable(ValueError):
    """The file was not taken; the sentence says which and why."""


def attachment(upload: Any) -> Attachment:
    """What a browser sent as one file, checked. ``upload`` is Litestar's UploadFile; read in the handler's thread."""
    name = plain_name(upload.filename or "")
    _refuse_too_large(name, upload.file.seek(0, SEEK_END))
    upload.file.seek(0)
    return checked(name, upload.file.read())


def checked(name: str, content: bytes) -> Attachment:
    if not content:
        raise Unacceptable(f"“{name}”是空文件，没有内容。")
    _refuse_too_large(name, len(content))
    if content.startswith(TIFF):
        raise Unacceptable(
            f"“{name}”是 TIFF 图像，网页不能显示，其中的拍摄信息也不能去除。另存为 PDF、JPG 或者 PNG 后上传。"
        )
    found = sniff(content)
    if found is None:
        raise Unacceptable(f"“{name}”不是可以收存的文件。可上传 PDF、图片、Word、Excel、文本、录音或录像。")
    if extension(name) not in EXTENSIONS[found]:
        raise Unacceptable(f"“{name}”的内容与扩展名不符，按内容应为 .{EXTENSIONS[found][0]} 文件。")
    return Attachment(name, found, content)


def _refuse_too_large(name: str, size: int) -> None:
    if size > MOST_BYTES:
        raise Unacceptable(f"“{name}”超过 {MOST_BYTES // MEGABYTE} MB。可压缩图片或拆分后分别上传。")


def plain_name(sent: str) -> str:
    """The last part of the name, without control characters; never a path."""
    last = PurePosixPath(sent.replace("\\", "/")).name
    kept = "".join(character for character in last if character.isprintable()).strip(" .")
    if len(kept) > NAME_LENGTH:
        stem, _, suffix = kept.rpartition(".")
        kept = f"{stem[: NAME_LENGTH - 10]}.{suffix[:8]}" if stem else kept[:NAME_LENGTH]
    return kept or "未命名"


def extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def sniff(content: bytes) -> str | None:
    """The media type by the bytes, or None for what is not taken: programs, web pages, archives, unknown."""
    for start, found in STARTS:
        if content.startswith(start):
            return found
    if content.startswith(PROGRAMS):
        return None
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12])
    if content[4:8] == b"ftyp":
        return _by_brand(content[8:12])
    if content.startswith(b"PK"):
        return _office(content)
    return "text/plain" if _is_plain_text(content) else None


def _by_brand(brand: bytes) -> str | None:
    if brand in (b"avif", b"avis"):
        return None
    return "image/heic" if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heif") else "video/mp4"


def _office(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            entries = packed.infolist()
    except zipfile.BadZipFile:
        return None
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED or unpacked > len(content) * MOST_RATIO or len(entries) > MOST_ENTRIES:
        raise Unacceptable("文件解压后过大，可能损坏或有害，没有收存。")
    names = {entry.filename for entry in entries}
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def _is_plain_text(content: bytes) -> bool:
    if b"\0" in content or content.lstrip()[:1] == b"<":
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
