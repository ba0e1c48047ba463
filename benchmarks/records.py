"""What an official record costs: CPU time of the typesetting child, beside typst setting the same text.

    .venv/bin/python -m benchmarks.records [RECORDS]

Everything is measured in one run. CPU time is the child's own (user and system, from /proc), the best of ROUNDS for one
document; typst compiles the same words as PDF/A with the same fonts, without seal field, attachment or tags of tables.
"""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import typst

from documents import demo_seals, render
from documents.contents import LONGEST_WORD, contents_of, freeze
from documents.layout import Sheet, html
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.seal import PadesSealProvider, SealOrder

ROUNDS = 6
PER_ROUND = 5  # the child's clock counts in hundredths of a second
TICK = os.sysconf("SC_CLK_TCK")
SITE = "https://hy.example.cn"
TWO_PAGES = SAMPLES["agreement"] | {
    "claims": SAMPLES["agreement"]["claims"][:1],
    "terms": SAMPLES["agreement"]["terms"][:1],
    "facts": "",
    "employment": "",
    "default_liability": "",
    "release": "",
    "arbitration_review": False,
    "payment_order": False,
}
COSTLIEST = ("b" * LONGEST_WORD + " ") * 99
TEN_PAGES = {"text": "\n".join(["双方当事人自愿达成如下协议，被申请人于2026年11月30日前支付人民币50,000元。" * 5] * 30)}


def main(records: int = 500) -> None:
    print(
        f"best of {ROUNDS} rounds of {PER_ROUND}, CPU time; load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
    )
    two, ten = frozen("agreement", TWO_PAGES), frozen("plain", TEN_PAGES)
    typst_ms = best(typst_of(two), lambda: time.process_time())
    two_ms = report("agreement", two)
    print(f"  typst, the same words  {typst_ms:7.1f} ms CPU   ratio {two_ms / typst_ms:.1f} (goal 15)")
    report("plain", ten)
    print(f"the costliest field    {costliest():7.1f} s  CPU   (the child may use {render.CPU_SECONDS})")
    print(f"sealing B-B            {sealing(make(two)):7.1f} ms CPU   (goal 40)")
    print(f"worker after {records} records: {memory_after(records, two)} MB (goal 250)")
    for workers in (1, 2):
        print(f"{workers} worker{'s'[: workers - 1]}: {per_minute(workers):.0f} records a minute")


def report(name: str, content: dict[str, Any]) -> float:
    pdf = make(content)
    with pikepdf.open(BytesIO(pdf)) as document:
        pages = len(document.pages)
    cost = best(lambda: make(content), child_seconds)
    print(f"{name}, {pages} pages, {len(pdf) // 1000} kB  {cost:7.1f} ms CPU   (goal {120 if pages == 2 else 350})")
    return cost


def costliest() -> float:
    """CPU time in s of the text that takes longest of all that is let through, by a child that is given the time."""
    usual = render.CPU_SECONDS, render.WALL_SECONDS
    render.close()
    render.CPU_SECONDS = render.WALL_SECONDS = 300
    try:
        make(frozen("plain", {"text": "甲"}))
        before = child_seconds()
        make(frozen("plain", {"sections": [{"text": COSTLIEST}]}))
        return child_seconds() - before
    finally:
        render.CPU_SECONDS, render.WALL_SECONDS = usual
        render.close()


def sealing(pdf: bytes) -> float:
    """CPU time in ms of this process for one PAdES B-B seal on a finished record, its file checked by nobody yet."""
    with TemporaryDirectory() as place:
        folder = demo_seals.prepare(Path(place))
        demo_seals.ensure_seal(folder, ORGANISATION)
        sealer = PadesSealProvider(folder, render.fonts().directory / "song.ttf")
        order = SealOrder("1", ORGANISATION, CASE_NUMBER, datetime.now(UTC))
        return best(lambda: sealer.seal(pdf, order), time.process_time)


def best(work: Callable[[], Any], seconds: Callable[[], float]) -> float:
    """The least CPU time of one piece of work, in ms."""
    work()
    return min(_timed(work, seconds) for _ in range(ROUNDS)) / PER_ROUND * 1000


def _timed(work: Callable[[], Any], seconds: Callable[[], float]) -> float:
    before = seconds()
    for _ in range(PER_ROUND):
        work()
    return seconds() - before


def frozen(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return freeze(
        kind, data, number=CASE_NUMBER, organisation=ORGANISATION, issued_on=ISSUED_ON, title=contents_of(kind).title
    )


def make(content: dict[str, Any]) -> bytes:
    return render.render_frozen(content, code=CODE, watermark="", site=SITE)


def child_seconds() -> float:
    user, system = Path(f"/proc/{_child()}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / TICK


def _child() -> int:
    child = render._press.child
    assert child is not None
    return child.pid


def typst_of(content: dict[str, Any]) -> Callable[[], bytes]:
    """The words of the record as plain typst paragraphs on the same page, compiled anew each time."""
    sheet = Sheet(contents_of(content["kind"]).template, CODE, SITE, "0" * 64)
    words = [line for line in _words(html(content, sheet)) if line]
    lines = [re.sub(r"([#$*_`<>@=~\\\[\]/])", r"\\\1", line) for line in words]
    fonts = render.fonts().directory
    turn = iter(range(10**9))

    def compile_once() -> bytes:
        mark = next(turn)  # in every paragraph, or typst would remember the last layout
        text = TYPST_PAGE + "\n\n".join(f"{line}{mark}" for line in lines)
        return compiler.compile(text.encode(), format="pdf", pdf_standards="a-3u")

    compiler = typst.Compiler(font_paths=[str(fonts)], ignore_system_fonts=True)
    return compile_once


TYPST_PAGE = """#set page(paper: "a4", margin: (top: 37mm, left: 28mm, right: 26mm, bottom: 35mm), numbering: "— 1 —")
#set document(title: "agreement", date: datetime(year: 2026, month: 11, day: 20))
#set text(font: ("Casework Fang More", "Casework Song"), size: 15.75pt, lang: "zh")
#set par(justify: true, leading: 1em, first-line-indent: 2em)

"""


def _words(page: str) -> Iterator[str]:
    body = page[page.index("<body") :]
    for paragraph in re.split(r"</(?:p|h1|h2|h3|td)>", body):
        yield re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", paragraph)).strip()


def memory_after(records: int, content: dict[str, Any]) -> int:
    """Resident memory in MB of one child that has set so many records, every kind in turn."""
    render.close()
    others = [frozen(kind, SAMPLES[kind]) for kind in SAMPLES]
    for number in range(records - 1):
        make(others[number % len(others)])
    make(content)
    status = Path(f"/proc/{_child()}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) // 1024


def per_minute(workers: int, each: int = 40) -> float:
    """Records of an acceptance notice a minute, wall time, each worker with a child of its own."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_make_many, [1] * workers))  # warm
        started = time.monotonic()
        list(pool.map(_make_many, [each] * workers))
        return workers * each / (time.monotonic() - started) * 60


def _make_many(count: int) -> None:
    content = frozen("acceptance_notice", SAMPLES["acceptance_notice"])
    for _ in range(count):
        make(content)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
