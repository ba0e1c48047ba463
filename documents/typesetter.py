"""The child process that turns one record after another into PDF, within limits (run as ``-m documents.typesetter``).

It is started by ``documents.render``, warms up once, then answers framed requests on its pipes. Only this file
imports WeasyPrint's public interface; the parent never does.
"""

import gc
import hashlib
import json
import logging
import os
import resource
import signal
import struct
import sys
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from documents import archival, layout
from documents.justification import justify_between_characters
from documents.subsetting import cut_fonts_once

VARIANT = "pdf/a-3a"
MEMORY = 768 << 20
LARGEST_PDF = 1_000_000  # bytes; more means that a whole font was embedded
COLLECT_EVERY = 5  # records
MM = 72 / 25.4
DONE, REFUSED, SPENT = b"\x00", b"\x01", b"\x02"


class Typesetter:
    """WeasyPrint made ready once: fonts, style sheet, justification, a fetcher that fetches nothing."""

    def __init__(self, fonts: Path) -> None:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher

        justify_between_characters()
        cut_fonts_once()
        self.weasyprint, self.fonts, self.fatal = weasyprint, fonts, FatalURLFetchingError
        self.font_config = FontConfiguration()
        self.fetcher = URLFetcher(allowed_protocols=["data"], allow_redirects=False, fail_on_errors=True)
        self.style = self._css(layout.STYLE.read_text(encoding="utf-8"))
        self.watermarks: dict[str, Any] = {}
        self.warnings = _Warnings()
        weasyprint.LOGGER.handlers[:] = [self.warnings]
        weasyprint.LOGGER.propagate = False

    def typeset(self, frozen: dict[str, Any], sheet: layout.Sheet, folder: Path) -> bytes:
        self.warnings.lines.clear()
        pages = self._lay_out(layout.html(frozen, sheet, folder), sheet.watermark)
        seal = self._place_of_seal(pages)
        pdf = pages.write_pdf(
            pdf_variant=VARIANT,
            pdf_tags=True,
            attachments=[self._data_file(frozen)],
            pdf_identifier=hashlib.sha256(_canonical(frozen)).digest()[:16],
            uncompressed_pdf=True,  # finalise compresses, at a third of the cost
        )
        finished = archival.finalise(pdf, seal, f"{frozen['organisation']}印章")
        self._refuse_faults(finished)
        return finished

    def _lay_out(self, html: str, watermark: str) -> Any:
        return self.weasyprint.HTML(string=html, url_fetcher=self.fetcher).render(
            font_config=self.font_config,
            stylesheets=[self.style, *([self._watermark(watermark)] if watermark else [])],
            pdf_variant=VARIANT,
            pdf_tags=True,
        )

    def _data_file(self, frozen: dict[str, Any]) -> Any:
        made = datetime.fromisoformat(layout.stamp(frozen["issued_on"]))
        return self.weasyprint.Attachment(
            string=_canonical(frozen).decode(),
            name="record.json",
            description="文书结构化数据",
            relationship="Data",
            created=made,
            modified=made,
        )

    def _watermark(self, word: str) -> Any:
        if word not in self.watermarks:
            self.watermarks[word] = self._css(layout.watermark_css(word, self.fonts / "title.ttf"))
        return self.watermarks[word]

    def _css(self, text: str) -> Any:
        return self.weasyprint.CSS(string=text, font_config=self.font_config, url_fetcher=self.fetcher)

    def _place_of_seal(self, document: Any) -> archival.Box | None:
        for number, page in enumerate(document.pages):
            if "seal" in page.anchors:
                left, top = page.anchors["seal"][0] * 0.75, (page.height - page.anchors["seal"][1]) * 0.75
                return number, left, top - 42 * MM, left + 42 * MM, top
        return None

    def _refuse_faults(self, pdf: bytes) -> None:
        if any("subset" in line for line in self.warnings.lines):
            raise Faulty("字体未能裁剪，文书文件会过大：请系统管理员更换单位自备的字体后重试。")
        if any(".notdef" in line for line in self.warnings.lines):
            raise Faulty("字体缺少文书中的字符，文书不能生成。")
        if any("disallowed" in line for line in self.warnings.lines):
            raise Faulty("文书引用了外部资源，已拒绝。")
        if any("Failed to load" in line for line in self.warnings.lines):
            raise Faulty("文书中有图片或者附件不能读取，已拒绝。")
        if len(pdf) > LARGEST_PDF:
            raise Faulty(f"文书文件为 {len(pdf)} 字节，超过 {LARGEST_PDF} 字节：请精简内容，更正后另行出具。")


class Faulty(Exception):
    """A PDF came out, but not one that may become a record."""


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def serve(requests: BinaryIO, answers: BinaryIO, fonts: Path, wall_seconds: int, cpu_seconds: int) -> None:
    """Answer requests until the pipe closes; every answer is a status byte and a body."""
    typesetter = Typesetter(fonts)
    _limit_memory()
    _collect_garbage_between_records()
    _send(answers, DONE, b"ready")
    for made in count(1):
        if (body := receive(requests)) is None:
            return
        _allow_cpu(cpu_seconds)
        signal.alarm(wall_seconds)  # beside a busy neighbour the seconds of the processor last much longer
        answer = _answer(typesetter, json.loads(body))
        signal.alarm(0)
        _send(answers, *answer)
        if made % COLLECT_EVERY == 0:
            gc.collect()


def _answer(typesetter: Typesetter, request: dict[str, Any]) -> tuple[bytes, bytes]:
    try:
        sheet = layout.Sheet(**request["sheet"])
        return DONE, typesetter.typeset(request["frozen"], sheet, Path(request["folder"]))
    except typesetter.fatal:  # not an Exception: WeasyPrint means it to end everything
        return REFUSED, "文书引用了外部资源，已拒绝。".encode()
    except Faulty as error:
        return REFUSED, str(error).encode()
    except MemoryError:
        return SPENT, "内容过大，排版所需内存超过限制。".encode()
    except RecursionError:
        return SPENT, "内容嵌套过深，无法排版。".encode()
    except Exception as error:  # the parent decides
        return SPENT, f"排版失败：{type(error).__name__}: {error}"[:600].encode()


def _collect_garbage_between_records() -> None:
    """A tenth of the time of a record went into looking for garbage while its boxes were being made."""
    gc.collect()
    gc.freeze()
    gc.disable()


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_cpu(seconds: int) -> None:
    """Each record gets its own share; the kernel ends the process that uses more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _canonical(frozen: dict[str, Any]) -> bytes:
    return json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(4)
    return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else None


def _send(stream: BinaryIO, status: bytes, body: bytes) -> None:
    stream.write(struct.pack(">I", len(body) + 1) + status + body)
    stream.flush()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not disturb the frames
    serve(sys.stdin.buffer, answers, Path(sys.argv[1]), *map(int, sys.argv[2:]))
