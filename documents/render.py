"""Make the PDF of a record, in a limited child process: the same content gives the same bytes."""

import atexit
import hashlib
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from documents.contents import canonical, contents_of, data_sha256, freeze
from documents.fonts import FontSet, FontsMissing, fonts_directory
from documents.layout import STYLE, TEMPLATES

WALL_SECONDS = 20  # from the moment the child is asked; it had its own time to start
CPU_SECONDS = 15  # of the processor, for one record
START_SECONDS = 60
DONE, REFUSED, SPENT = range(3)  # as the first byte of an answer; SPENT: the child is not to be asked again
TOO_MUCH = "内容过长或者过于复杂，请精简、拆分后再生成文书。"
RECORDS_PER_PROCESS = 500
PROJECT = Path(__file__).resolve().parent.parent


class RenderFailed(RuntimeError):
    """No PDF was made; the Chinese sentence says why and is shown on the case."""


def render(
    kind: str,
    data: dict[str, Any],
    *,
    number: str = "",
    code: str,
    demo: bool,
    organisation: str = "",
    issued_on: date | None = None,
    title: str = "",
    site: str = "http://127.0.0.1:8000",
) -> bytes:
    """The PDF of a record of that kind with that data; raises Unprintable or RenderFailed."""
    frozen = freeze(kind, data, number=number, organisation=organisation, issued_on=issued_on, title=title)
    return render_frozen(frozen, code=code, watermark="样本" if demo else "", site=site)


def render_frozen(
    frozen: dict[str, Any],
    *,
    code: str,
    watermark: str,
    site: str,
    marks: Sequence[Mapping[str, str]] = (),
    signers: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """The PDF of content that was frozen before, and is not touched again, with its signatures; raises RenderFailed."""
    layout = contents_of(frozen["kind"])
    folder = layout.folder or TEMPLATES
    return typeset(frozen, layout.template, folder, watermark, code=code, site=site, marks=marks, signers=signers)


def typeset(
    frozen: dict[str, Any],
    template: str,
    folder: Path,
    watermark: str = "",
    *,
    code: str = "",
    site: str = "",
    marks: Sequence[Mapping[str, str]] = (),
    signers: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """The PDF that a template of ours makes of frozen content; raises RenderFailed."""
    _refuse_undrawable({"frozen": frozen, "said": [mark["said"] + mark["note"] for mark in marks]})
    sheet = {
        "template": template,
        "code": code,
        "verify_site": site.rstrip("/"),
        "data_hash": data_sha256(frozen),
        "watermark": watermark,
        "marks": list(marks),
        "signers": [{part: signer.get(part, "") for part in ("name", "part", "side")} for signer in signers],
    }
    return _press.make({"frozen": frozen, "sheet": sheet, "folder": str(folder)})


@lru_cache(4)
def toolchain(fonts_id: str = "") -> str:
    """Names everything that decides the bytes; re-rendering is a check only within one toolchain."""
    parts = [f"{name} {version(name)}" for name in ("weasyprint", "pydyf", "pikepdf", "jinja2", "segno")]
    parts += [hashlib.sha256(path.read_bytes()).hexdigest() for path in (STYLE, *sorted(TEMPLATES.glob("*.html")))]
    return hashlib.sha256("|".join([*parts, fonts_id or fonts().id]).encode()).hexdigest()[:16]


def fonts() -> FontSet:
    """The role fonts of this installation; raises RenderFailed when they have not been built."""
    try:
        directory = fonts_directory()
        return _fonts_at(directory, _changed(directory))
    except FontsMissing as error:
        raise RenderFailed(str(error)) from error


def close() -> None:
    """End the child process; the next record starts a new one."""
    _press.stop()


@lru_cache(4)
def _fonts_at(directory: Path, changed: int) -> FontSet:
    return FontSet.at(directory)


def _changed(directory: Path) -> int:
    """When the manifest was written: fonts built anew are taken into use without a restart."""
    manifest = directory / "manifest.json"
    return manifest.stat().st_mtime_ns if manifest.is_file() else 0


def _refuse_undrawable(frozen: dict[str, Any]) -> None:
    missing = fonts().missing_glyphs("".join(_texts(frozen)))
    if missing:
        listed = "、".join(f"{c}（U+{ord(c):04X}）" for c in missing[:10])
        raise RenderFailed(f"字体缺少下列字符，文书不能生成：{listed}。请更正文字，或者补充字体。")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


class _Press:
    """One warm typesetter, used by one record at a time and replaced when it dies, hangs or grows old."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.made = 0
        self.fonts: FontSet | None = None

    def make(self, request: dict[str, Any]) -> bytes:
        body = canonical(request)
        with self.turn:
            child = self._ready_child()
            try:
                status, answer = _asked(child, body, time.monotonic() + WALL_SECONDS)
            except _NoAnswer as error:
                self._end()
                raise RenderFailed(str(error)) from error
            except OSError as error:
                self._end()
                raise RenderFailed("排版进程意外结束。") from error
            self.made += 1
            if status == SPENT:
                self._end()
        if status != DONE:
            raise RenderFailed(answer.decode())
        return answer

    def stop(self) -> None:
        with self.turn:
            self._end()

    def _ready_child(self) -> subprocess.Popen[bytes]:
        wanted = fonts()
        alive = self.child is not None and self.child.poll() is None and self.owner == os.getpid()
        if not alive or self.made >= RECORDS_PER_PROCESS or self.fonts is not wanted:
            self._end()
            self.child, self.owner, self.made, self.fonts = _start(wanted), os.getpid(), 0, wanted
        assert self.child is not None
        return self.child

    def _end(self) -> None:
        child, self.child = self.child, None
        if child is None or self.owner != os.getpid():
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


class _NoAnswer(Exception):
    pass


def _start(fonts: FontSet) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(PROJECT),
        "PYTHONHASHSEED": "0",
        "FONTCONFIG_FILE": str(fonts.config.resolve()),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    limits = (str(WALL_SECONDS), str(CPU_SECONDS))
    child = subprocess.Popen(
        [sys.executable, "-m", "documents.typesetter", str(fonts.directory.resolve()), *limits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env=environment,
    )
    assert child.stdin is not None
    os.set_blocking(child.stdin.fileno(), False)
    try:
        _receive(child, time.monotonic() + START_SECONDS)
    except _NoAnswer as error:
        child.kill()
        child.wait()
        raise RenderFailed("排版进程未能启动：请检查 libpangoft2、libharfbuzz-subset0 是否已安装。") from error
    return child


def _asked(child: subprocess.Popen[bytes], body: bytes, deadline: float) -> tuple[int, bytes]:
    _write(child, struct.pack(">I", len(body)) + body, deadline)
    return _receive(child, deadline)


def _receive(child: subprocess.Popen[bytes], deadline: float) -> tuple[int, bytes]:
    (length,) = struct.unpack(">I", _read(child, 4, deadline))
    body = _read(child, length, deadline)
    return body[0], body[1:]


def _write(child: subprocess.Popen[bytes], body: bytes, deadline: float) -> None:
    """A child that does not read what it is asked must not keep the parent either."""
    assert child.stdin is not None
    rest = memoryview(body)
    while rest:
        _await(child.stdin, selectors.EVENT_WRITE, deadline)
        rest = rest[os.write(child.stdin.fileno(), rest) :]


def _read(child: subprocess.Popen[bytes], length: int, deadline: float) -> bytes:
    assert child.stdout is not None
    chunks: list[bytes] = []
    while length:
        _await(child.stdout, selectors.EVENT_READ, deadline)
        chunk = os.read(child.stdout.fileno(), length)
        if not chunk:
            raise _NoAnswer(f"排版超出计算资源限制，已停止。{TOO_MUCH}")
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)


def _await(pipe: IO[bytes], event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise _NoAnswer(f"排版超过 {WALL_SECONDS} 秒，已停止。{TOO_MUCH}")


_press = _Press()
atexit.register(close)
