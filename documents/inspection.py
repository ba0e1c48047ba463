"""Reading a file that claims to be one of our records, in a child process with limits (``-m documents.inspection``).

Nothing here decides anything: it collects what the file says about itself (codes, numbers, record data), from its
metadata, its attachment and the text of its pages, what its signature is worth, and tolerates every kind of damage.
"""

import hashlib
import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from documents.signatures import NOTHING_FOUND, Finding, found_in

CODE = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{20}(?![A-Z2-7])")
NUMBER = re.compile(r"[\u4e00-\u9fff]{2,20}〔\d{4}〕第?\d{1,6}号(?:之\d{1,4})?")
VOLUME = re.compile(r"案卷副本([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
MEMORY = 512 << 20
SECONDS = 10
LARGEST_FILE = 20 << 20
MOST_PAGES = 200
HEAD = 1024  # a PDF says so within its first bytes
PROJECT = Path(__file__).resolve().parent.parent


@dataclass
class Claims:
    """What a file says it is."""

    codes: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)  # the reading copy of which volume it says it is
    attached: list[str] = field(default_factory=list)  # SHA-256 of every file inside
    finding: Finding = NOTHING_FOUND

    def read(self, text: str) -> None:
        joined = re.sub(r"\s+", "", text)
        self.codes += [code for code in CODE.findall(text) + CODE.findall(joined) if code not in self.codes]
        self.codes += [code for code in _after_label(joined) if code not in self.codes]
        self.numbers += [number for number in NUMBER.findall(joined) if number not in self.numbers]
        self.volumes += [volume for volume in VOLUME.findall(joined) if volume not in self.volumes]


def claims_of(content: bytes, roots: Path) -> Claims:
    """What the file says about itself; an unreadable, hostile or oversized file says nothing more than its raw bytes."""
    if len(content) > LARGEST_FILE:
        return Claims()
    found = Claims(codes=list(dict.fromkeys(CODE.findall(content.decode("latin-1")))))
    if b"%PDF-" not in content[:HEAD]:
        return found
    with suppress(subprocess.SubprocessError, OSError, ValueError):
        done = subprocess.run(
            [sys.executable, "-m", "documents.inspection", str(roots)],
            input=content,
            capture_output=True,
            timeout=SECONDS * 2,
            cwd=PROJECT,
            env={"PYTHONPATH": str(PROJECT), "LANG": "C.UTF-8"},
            check=True,
        )
        said = json.loads(done.stdout)
        found.codes += [code for code in said["codes"] if code not in found.codes]
        found.numbers, found.volumes, found.attached = said["numbers"], said["volumes"], said["attached"]
        found.finding = msgspec.convert(said["finding"], Finding)
    return found


def _after_label(joined: str) -> list[str]:
    """The code as printed on the strip, in groups of four after its label."""
    return re.findall(r"核验码：?([A-Z2-7]{20})", joined)


def _inspect(content: bytes, roots: Path) -> Claims:
    import pikepdf

    claims = Claims(finding=found_in(content, roots))
    with suppress(pikepdf.PdfError), pikepdf.open(BytesIO(content)) as document:
        for read in (_metadata, _attachment, _pages):
            with suppress(Exception):  # whatever is damaged, the rest may still speak
                for text in read(document):
                    claims.read(text)
        with suppress(Exception):
            files = [file.get_file().read_bytes() for file in document.attachments.values()]
            claims.attached = [hashlib.sha256(file).hexdigest() for file in files]
    return claims


def _metadata(document: Any) -> Iterator[str]:
    for value in document.docinfo.values():
        yield str(value)
    yield document.Root.Metadata.read_bytes().decode("utf-8", "replace")


def _attachment(document: Any) -> Iterator[str]:
    for file in document.attachments.values():
        yield file.get_file().read_bytes().decode("utf-8", "replace")


def _pages(document: Any) -> Iterator[str]:
    for page in list(document.pages)[:MOST_PAGES]:
        with suppress(Exception):
            yield page_text(page)


def page_text(page: Any) -> str:
    """The text of a page in drawing order, by each font's ToUnicode map."""
    import pikepdf

    maps = {str(name): _unicode_map(font) for name, font in page.resources.get("/Font", {}).items()}
    text, current = [], {}
    for step in pikepdf.parse_content_stream(page):
        operands, operator = step.operands, step.operator
        if str(operator) == "Tf":
            current = maps.get(str(operands[0]), {})
        elif str(operator) in ("Tj", "'"):
            text.append(_decoded(bytes(operands[0]), current))
        elif str(operator) == "TJ":
            text += [_decoded(bytes(part), current) for part in operands[0] if isinstance(part, pikepdf.String)]
        elif str(operator) in ("Td", "TD", "T*", "Tm", "ET"):
            text.append("\n")
    return "".join(text)


def _unicode_map(font: Any) -> dict[int, str]:
    if "/ToUnicode" not in font:
        return {}
    table = font.ToUnicode.read_bytes().decode("latin-1")
    pairs: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for glyph, character in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            pairs[int(glyph, 16)] = bytes.fromhex(character).decode("utf-16-be", "replace")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, character in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            start = ord(bytes.fromhex(character).decode("utf-16-be"))
            for offset in range(int(last, 16) - int(first, 16) + 1):
                pairs[int(first, 16) + offset] = chr(start + offset)
    return pairs


def _decoded(raw: bytes, characters: dict[int, str]) -> str:
    glyphs = (int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2))
    return "".join(characters.get(glyph, "") for glyph in glyphs)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = _inspect(sys.stdin.buffer.read(), Path(sys.argv[1]))
    json.dump(asdict(told), sys.stdout)
