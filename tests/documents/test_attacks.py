"""Hostile content: nothing of this machine gets into a record, no connection is made, every bomb ends and is named.

What people type is only ever text; what stands in a template, which nobody but us writes, cannot reach outside either.
The channels are tried twice: by a WeasyPrint without our fetcher, which follows them, and by the press, which does not.
"""

import io
import os
import shutil
import signal
import socket
import threading
import time
import zlib
from base64 import b64encode
from functools import partial

import pikepdf
import pytest
import weasyprint
from PIL import Image
from sqlalchemy import select

from documents import render
from documents.contents import LONGEST_RECORD, LONGEST_WORD, MOST_ROWS, Unprintable, freeze
from documents.filing import bind
from documents.fonts import fonts_directory
from documents.layout import Sheet
from documents.render import RenderFailed
from documents.samples import CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.tables import Record
from tests.documents import page
from tests.documents.test_filing import COVER, handed_in, taken_out
from tests.documents.test_rendering import plain
from workflows.tables import OutboxMessage

SECRET = "the secret of this house"
ALLOWED = 20  # seconds for whatever is sent to the press
SHORT = 2  # the same limits, set low for bombs that would all use them up
XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(drawn, before=""):
    return f'{before}<svg {XMLNS} width="100" height="100">{drawn}</svg>'


def picture(content, kind="svg+xml"):
    raw = content.encode() if isinstance(content, str) else content
    return f'<img alt="" src="data:image/{kind};base64,{b64encode(raw).decode()}">'


@pytest.fixture
def press(tmp_path, fonts):
    """The press, asked to set a template of ours that somebody has got at."""

    def typeset(html, text="甲"):
        (tmp_path / "t.html").write_text(html, encoding="utf-8")
        frozen = freeze("plain", {"text": text}, organisation=ORGANISATION, issued_on=ISSUED_ON)
        sheet = Sheet("t.html", CODE, "https://hy.example.cn", "0" * 64)
        given = {name: getattr(sheet, name) for name in Sheet.__dataclass_fields__}
        return render._press.make({"frozen": frozen, "sheet": given, "folder": str(tmp_path)})

    return typeset


def paper(body):
    return f"<html lang=zh><title>甲</title><body>{body}</body>"


# --- what people type


@pytest.mark.parametrize(
    "hostile",
    [
        "{{7*7}}{% for x in range(9) %}x{% endfor %}",
        "<style>@page{size:10mm}</style><script>alert(1)</script>",
        '<link rel=attachment href="file:///etc/passwd">',
        "<img src=file:///etc/passwd><img src=http://127.0.0.1:1/>",
        "</p></body><h1>盖章</h1>",
        '"><svg><use href="file:///etc/passwd#x"/></svg>',
        "<!--<![CDATA[<table><tr><td colspan=9999>",
        "file:///etc/passwd http://127.0.0.1:1/ data:text/html,x",
    ],
)
def test_what_people_type_is_printed_never_run(fonts, hostile):
    pdf = plain(f"甲{hostile}乙")
    assert hostile.replace(" ", "") in page.text(pdf).replace(" ", "")
    assert b"root:" not in pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert list(document.attachments) == ["record.json"]


@pytest.mark.parametrize("unseen", ["\u202e", "\u2066", "\u200b", "\u0000", "\u0301", "\ue000", "\ufeff"])
def test_a_character_that_would_turn_or_hide_what_is_read_stops_the_record(fonts, unseen):
    with pytest.raises(RenderFailed, match=f"U\\+{ord(unseen):04X}"):
        plain(f"人民币{unseen}50元")


# --- no way out: every address in every place that may hold one

IN_HTML = {
    "picture": '<img alt="" src="{png}">',
    "vector picture": '<img alt="" src="{svg}">',
    "picture of a set": '<img alt="" srcset="{png} 1x">',
    "object": '<object data="{svg}">甲</object>',
    "embedded": '<embed src="{svg}">',
    "frame": '<iframe src="{txt}"></iframe>',
    "film": '<video poster="{png}"></video>',
    "attachment": '<link rel="attachment" href="{txt}">',
    "attachment by a link": '<a rel="attachment" href="{txt}">甲</a>',
    "style sheet": '<link rel="stylesheet" href="{css}">',
    "icon": '<link rel="icon" href="{png}">',
    "@import": '<style>@import url("{css}");</style>',
    "@import as a string": '<style>@import "{css}";</style>',
    "@font-face": '<style>@font-face{{font-family:x;src:url("{ttf}")}}b{{font-family:x}}</style><b>甲</b>',
    "background": '<p style="background:url({png});height:9mm">甲',
    "list mark": '<ul style="list-style-image:url({png})"><li>甲</ul>',
    "content": '<style>p::before{{content:url("{png}")}}</style><p>甲',
    "border": '<p style="border:3mm solid;border-image:url({png}) 1">甲',
    "mask": '<p style="mask:url({png})">甲',
    "page": '<style>@page{{background:url("{png}")}}</style>甲',
    "margin of the page": '<style>@page{{@top-left{{content:url("{png}")}}}}</style>甲',
    "base address": '<base href="{folder}"><img alt="" src="secret.png">',
    "relative address": '<img alt="" src="secret.png">',
    "inclusion": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{txt}" parse="text"/>',
}
IN_SVG = {
    "image": '<image href="{png}" width="50" height="50"/>',
    "image by xlink": '<image xlink:href="{png}" width="50" height="50"/>',
    "image of a vector": '<image href="{svg}" width="50" height="50"/>',
    "use": '<use href="{svg}#x"/>',
    "use by xlink": '<use xlink:href="{svg}#x"/>',
    "@import": '<style>@import url("{css}");</style><text y="40">x</text>',
    "@font-face": '<style>@font-face{{font-family:x;src:url("{ttf}")}}</style><text y="40" font-family="x">x</text>',
    "fill": '<rect width="50" height="50" fill="url({svg}#g)"/>',
    "filter": '<filter id="f"><feImage href="{png}"/></filter><rect width="50" height="50" filter="url(#f)"/>',
    "foreign": '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" alt="" src="{png}"/></foreignObject>',
    "script": '<script href="{txt}"/>',
}
BEFORE_SVG = {
    "external entity": ('<!DOCTYPE svg [<!ENTITY x SYSTEM "{txt}">]>', '<text y="40">&x;</text>'),
    "external parameter": ('<!DOCTYPE svg [<!ENTITY % x SYSTEM "{txt}">%x;]>', "<g/>"),
    "external definition": ('<!DOCTYPE svg SYSTEM "{txt}">', "<g/>"),
    "processing instruction": ('<?xml-stylesheet href="{css}"?>', "<g/>"),
}
CHANNELS = {
    **{name: html.format_map for name, html in IN_HTML.items()},
    **{f"drawing, {name}": svg(drawn).format_map for name, drawn in IN_SVG.items()},
    **{f"drawing as data, {n}": partial(lambda d, at: picture(svg(d.format_map(at))), d) for n, d in IN_SVG.items()},
    **{
        name: partial(lambda b, d, at: picture(svg(d, b.format_map(at))), before, drawn)
        for name, (before, drawn) in BEFORE_SVG.items()
    },
}
FOLLOWED = 24  # of the channels, by WeasyPrint as it comes


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """A folder of files that a record could load, each in the form its place wants."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "secret.txt").write_text(SECRET)
    (folder / "secret.css").write_text("*{font-size:41pt!important}")
    (folder / "secret.svg").write_text(svg('<g id="x"><rect width="33" height="77"/></g>'))
    (folder / "secret.ttf").write_bytes((fonts_directory() / "kai.ttf").read_bytes())
    Image.new("RGB", (7, 5), (1, 2, 3)).save(folder / "secret.png")
    return folder


@pytest.fixture(scope="module")
def listener():
    """Somebody on the network of this machine who notes every caller, and answers none."""
    calls = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen():
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            calls.append(caller.getsockname())
            caller.close()

    threading.Thread(target=listen, daemon=True).start()
    yield server.getsockname()[1], calls
    server.close()


def addresses(base):
    return {kind: f"{base}/secret.{kind}" for kind in ("txt", "png", "svg", "css", "ttf")} | {"folder": f"{base}/"}


def answer(make, html):
    try:
        return make(paper(html))
    except RenderFailed as refused:
        return str(refused)


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_address_in_any_place_is_followed(press, secrets, listener, channel):
    """Of a file neither content nor existence shows: the answer is the same where it is not there."""
    port, calls = listener
    before = len(calls)
    for scheme in ("file", "FILE"):
        asked = CHANNELS[channel](addresses(secrets.as_uri().replace("file", scheme)))
        there = answer(press, asked)
        hidden = shutil.move(secrets, f"{secrets}.hidden")
        try:
            absent = answer(press, asked)
        finally:
            shutil.move(hidden, secrets)
        assert there == absent
        assert SECRET.encode() not in everything(there)
    for base in (f"http://127.0.0.1:{port}", f"ftp://127.0.0.1:{port}", f"//127.0.0.1:{port}"):
        answer(press, CHANNELS[channel](addresses(base)))
    assert len(calls) == before


def test_without_our_fetcher_the_same_records_leak_and_call(secrets, listener):
    """The control: what the test above denies is what WeasyPrint does by itself."""
    port, calls = listener

    def unguarded(html):
        return weasyprint.HTML(string=html).write_pdf()

    called = set()
    for name, channel in CHANNELS.items():
        before = len(calls)
        unguarded(paper(channel(addresses(f"http://127.0.0.1:{port}"))))
        called |= {name} if len(calls) > before else set()
    assert len(called) >= FOLLOWED
    assert {"attachment", "style sheet", "@import", "@font-face", "drawing as data, image by xlink"} <= called
    leaked = unguarded(paper(IN_HTML["attachment"].format_map(addresses(secrets.as_uri()))))
    assert SECRET.encode() in everything(leaked)


def everything(answer):
    """All that a file says, compressed or not."""
    if isinstance(answer, str):
        return answer.encode()
    with pikepdf.open(io.BytesIO(answer)) as document:
        streams = [item for item in document.objects if isinstance(item, pikepdf.Stream)]
        return answer + b"".join(stream.read_bytes() for stream in streams)


@pytest.mark.parametrize(
    "html",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ self.__init__.__globals__ }}",
        "{% for x in range(1000000000) %}x{% endfor %}",
        "{% include '/etc/hostname' %}{% include '../../../../etc/hostname' %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ data.nothing }}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(press, html):
    with pytest.raises(RenderFailed):
        press(html)


# --- bombs


def entities(levels, each):
    """The billion laughs: each entity is ten of the one before."""
    more = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE svg [<!ENTITY e0 "{each}">{more}]>', f'<text y="40">&e{levels - 1};</text>'


def doubled(levels):
    """Each group is the one before, twice."""
    groups = "".join(f'<g id="g{n}"><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, levels))
    return f'<g id="g0"><rect width="1" height="1"/></g>{groups}'


def empty_png(side):
    """A picture of so many pixels a side in some kilobytes."""

    def chunk(kind, content):
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    rows = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    lines = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    head = side.to_bytes(4) + side.to_bytes(4) + b"\x01\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def variables(levels):
    more = "".join(f"--v{n}:var(--v{n - 1}) var(--v{n - 1});" for n in range(1, levels))
    return f"<style>p{{--v0:x;{more}font-family:var(--v{levels - 1})}}</style><p>甲"


BOMBS = {
    "a billion laughs": lambda: picture(svg(*reversed(entities(10, "ha")))),
    "quadratic laughs": lambda: picture(svg("<text>" + "&e0;" * 20_000 + "</text>", entities(1, "ha" * 20_000)[0])),
    "a drawing that uses itself twice, again and again": lambda: picture(svg(doubled(40))),
    "a drawing that uses itself": lambda: picture(svg('<g id="a"><use href="#a"/></g>')),
    "a pattern without end": lambda: picture(
        svg('<pattern id="p" width="1e-9" height="1e-9"><g/></pattern><rect width="99" height="99" fill="url(#p)"/>')
    ),
    "a deep drawing": lambda: picture(svg("<g>" * 20_000 + "</g>" * 20_000)),
    "900 million pixels": lambda: picture(empty_png(30_000), "png"),
    "170 million pixels": lambda: picture(empty_png(13_000), "png"),
    "300 tables in each other": lambda: "<table><tr><td>" * 300 + "甲",
    "300 tables in each other, with text": lambda: "<table><tr><td>甲<td>乙<tr><td>" * 300 + "甲",
    "300 tables as wide as they like": lambda: (
        "<style>table{table-layout:auto;width:auto}</style>" + "<table><tr><td>甲<td>" * 300 + "甲"
    ),
    "flexible boxes in each other": lambda: "<div style='display:flex'>" * 12 + "甲",
    "300 grids in each other": lambda: "<div style='display:grid'>" * 300 + "甲",
    "3,000 blocks in each other": lambda: "<div>" * 3000 + "甲",
    "3,000 marks in each other": lambda: "<b><i>" * 3000 + "甲",
    "a million columns": lambda: "<table><tr><td colspan=1000000>甲</table>",
    "a million rows": lambda: "<table><tr><td rowspan=1000000>甲</table>",
    "90,000 paragraphs": lambda: "<p>劳动争议调解协议" * 90_000,
    "a table of 50,000 cells": lambda: "<table>" + ("<tr>" + "<td>甲" * 50) * 1000,
    "a word of a million letters": lambda: f"<p>{'a' * 1_000_000}",
    "a paragraph of a million characters": lambda: f"<p>{'字' * 1_000_000}",
    "a data address of thirty megabytes": lambda: picture(b64encode(os.urandom(16 << 20)), "png"),
    "a style sheet of thirty megabytes as data": lambda: (
        f"<style>@import url(data:text/css,{'p{color:red}' * 2_500_000})</style>"
    ),
    "a block of a million pages": lambda: "<div style='height:225000000mm'></div>甲",
    "100,000 columns of text": lambda: f"<div style='columns:100000'>{'甲 ' * 9000}</div>",
    "letters of a kilometre": lambda: "<p style='font-size:1000000mm'>甲乙",
    "variables doubled forty times": lambda: variables(40),
    "more text than memory": lambda: "{{ 'a' * 10 ** 10 }}",
    "a picture of a kilometre": lambda: picture(svg("<g/>")).replace("<img", "<img style='width:1e9mm;height:1e9mm'"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_and_the_next_record_is_made(press, bomb, monkeypatch):
    """Refused in a sentence for people, or harmless."""
    plain("上一份")
    monkeypatch.setattr(render, "WALL_SECONDS", SHORT)
    html, started = BOMBS[bomb](), time.monotonic()
    said = answer(press, html)
    assert time.monotonic() - started < ALLOWED
    assert said[:5] == b"%PDF-" or said[-1] == "。" or said.startswith("排版失败")
    monkeypatch.undo()
    assert plain("下一份")[:5] == b"%PDF-"


def test_the_wall_clock_ends_what_would_run_on(press):
    plain("上一份")  # the child has started
    started = time.monotonic()
    with pytest.raises(
        RenderFailed, match=r"排版超(过 20 秒|出计算资源限制)，已停止。内容过长或者过于复杂，请精简、拆分"
    ):
        press(paper(BOMBS["flexible boxes in each other"]()))
    assert time.monotonic() - started < ALLOWED + 1
    assert plain("下一份")[:5] == b"%PDF-"


def test_the_childs_own_clock_ends_it_even_where_nobody_waits(press, monkeypatch):
    """Its seconds of the processor alone would not: beside busy neighbours they last several times as long."""
    monkeypatch.setattr(render, "WALL_SECONDS", 3)
    render.close()
    plain("上一份")
    monkeypatch.setattr(render, "WALL_SECONDS", 600)
    started = time.monotonic()
    with pytest.raises(RenderFailed, match="计算资源限制"):
        press(paper(BOMBS["flexible boxes in each other"]()))
    assert time.monotonic() - started < 10
    assert plain("下一份")[:5] == b"%PDF-"


def test_a_child_that_does_not_even_read_is_ended(press, monkeypatch):
    plain("上一份")
    child = render._press.child
    os.kill(child.pid, signal.SIGSTOP)
    monkeypatch.setattr(render, "WALL_SECONDS", 2)
    with pytest.raises(RenderFailed, match="已停止"):
        press(paper("甲"), "\n".join(["字" * 1000] * 19) + "乙" * 900)
    assert child.poll() is not None
    monkeypatch.undo()
    assert plain("下一份")[:5] == b"%PDF-"


def test_a_child_that_was_hurt_is_not_asked_again(press):
    plain("上一份")
    child = render._press.child
    assert "嵌套过深" in answer(press, BOMBS["300 tables in each other"]())
    plain("下一份")
    assert render._press.child is not child


# --- bombs that somebody types

TYPED = {
    "a field too long": ({"text": "字" * 20_001}, "单项内容超过"),
    "too much altogether": ({"sections": [{"text": "字" * 19_000}] * 4}, f"超过 {LONGEST_RECORD} 字"),
    "too many lines": ({"sections": [{"text": "字\n" * 9_000}]}, f"超过 {LONGEST_RECORD} 字"),
    "too many rows": ({"notes": ["一"] * (MOST_ROWS + 1)}, f"超过 {MOST_ROWS} 行"),
    "too many cells": ({"rows": [{"label": "一", "value": "二"}] * 500, "notes": ["\n" * 9_000]}, "空行、表格"),
    "a word without end": ({"text": "a" * (LONGEST_WORD + 1)}, "连在一起"),
    "points without end": ({"text": "甲" + "，" * 300}, "连在一起"),
}


@pytest.mark.parametrize("typed", TYPED)
def test_too_much_is_refused_before_anything_is_made(fonts, typed):
    data, sentence = TYPED[typed]
    with pytest.raises(Unprintable, match=sentence):
        render.render("plain", data, code=CODE, demo=False)


COSTLIEST_FIELD = ("b" * LONGEST_WORD + " ") * 99


@pytest.mark.parametrize("text", ["\n".join(["甲乙"] * 2_100), COSTLIEST_FIELD])
def test_the_most_lines_and_the_costliest_field_that_are_let_through_are_made(fonts, text, monkeypatch):
    """However busy and however slow this machine is: its seconds are measured by benchmarks.records."""
    monkeypatch.setattr(render, "WALL_SECONDS", 300)
    monkeypatch.setattr(render, "CPU_SECONDS", 300)
    render.close()
    assert plain("", sections=[{"text": text}])[:5] == b"%PDF-"
    render.close()


def test_a_record_that_takes_more_of_the_processor_than_it_may_is_ended(fonts, monkeypatch):
    with monkeypatch.context() as slow:
        slow.setattr(render, "WALL_SECONDS", 300)
        slow.setattr(render, "CPU_SECONDS", 0)
        render.close()
        with pytest.raises(render.RenderFailed, match="排版超出计算资源限制"):
            plain("", sections=[{"text": COSTLIEST_FIELD}])
    render.close()
    assert plain("下一份")[:5] == b"%PDF-"


def test_a_bomb_somebody_typed_stops_that_record_alone_which_keeps_its_number(desk, kept, fonts, monkeypatch):
    """Points may not begin a line: the costliest words there are, under every other limit."""
    costly = SAMPLES["acceptance_notice"] | {"notes": [("，" * LONGEST_WORD + "甲") * 90] * 3}
    with monkeypatch.context() as bomb:
        bomb.setitem(SAMPLES, "acceptance_notice", costly)
        bomb.setattr(render, "WALL_SECONDS", 1)
        desk.act(desk.begin(), "accept")
        desk.relay()
    with desk.sessions() as session:
        stopped, promised = session.scalars(select(Record)).one(), session.scalars(select(OutboxMessage)).one()
    assert (stopped.number, stopped.pdf_sha256) == ("京朝工调受字〔2026〕第0001号", None)
    assert (promised.status, promised.problem.endswith("请精简、拆分后再生成文书。")) == ("ready", True)
    desk.act(desk.begin(), "accept")
    desk.relay()
    with desk.sessions() as session:
        first, second = session.scalars(select(Record).order_by(Record.id)).all()
    assert (first.number, second.number) == ("京朝工调受字〔2026〕第0001号", "京朝工调受字〔2026〕第0002号")
    assert kept.get(second.pdf_sha256)[:5] == b"%PDF-"


# --- pictures that somebody hands in


def test_hostile_pictures_are_filed_as_they_are_and_shown_by_nothing(fonts, secrets, listener):
    """The reading copy of a file decodes pictures of strangers, in a child of its own."""
    port, calls = listener
    before = len(calls)
    reaching = svg(f'<image href="{secrets.as_uri()}/secret.png"/><image href="http://127.0.0.1:{port}/x.png"/>')
    papers = [
        handed_in("九亿像素.png", "image/png", empty_png(30_000)),
        handed_in("一亿像素.png", "image/png", empty_png(13_000)),
        handed_in("图.png", "image/png", reaching.encode()),
        handed_in("图.svg", "image/svg+xml", reaching.encode()),
        handed_in("笑.svg", "image/svg+xml", svg(*reversed(entities(10, "ha"))).encode()),
        handed_in("截断.jpg", "image/jpeg", b"\xff\xd8\xff\xe0\xff\xff" + bytes(9000)),
    ]
    started = time.monotonic()
    pdf = bind(COVER, papers).pdf
    assert time.monotonic() - started < ALLOWED
    assert list(taken_out(pdf).values()) == [paper.content for paper in papers]
    assert len(pdf) < 4_000_000
    assert len(calls) == before
    assert plain("下一份")[:5] == b"%PDF-"
