"""The same content gives the same bytes; nothing leaks in, nothing hostile runs on, no character is lost."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select

from documents import contents, render, subsetting, typesetter
from documents.contents import canonical, freeze
from documents.correcting import Change, Supersede
from documents.fonts import ROLES, WENKAI, FontSet, _config, standard_characters
from documents.layout import TEMPLATES, Sheet
from documents.render import RenderFailed, toolchain
from documents.samples import CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.tables import Record
from tests.documents import page
from workflows import outbox
from workflows.tables import OutboxMessage

ROOT = Path(__file__).resolve().parent.parent.parent
RARE = "𬱖䶮㛃喆堃犇倓龑"
HASHING = """
import hashlib
from documents.render import render
from documents.samples import *
for kind in SAMPLES:
    pdf = render(kind, SAMPLES[kind], number=CASE_NUMBER, code=CODE, demo=True, organisation=ORGANISATION,
                 issued_on=ISSUED_ON)
    print(kind, hashlib.sha256(pdf).hexdigest())
"""


def plain(text, **more):
    return render.render(
        "plain",
        {"text": text} | more,
        code=CODE,
        demo=False,
        organisation=ORGANISATION,
        issued_on=ISSUED_ON,
        title="文",
    )


def test_bytes_are_the_same_in_every_process_time_zone_and_hash_seed(fonts):
    def hashes(**environment):
        done = subprocess.run(
            [sys.executable, "-c", HASHING], cwd=ROOT, env=os.environ | environment, capture_output=True, check=True
        )
        return done.stdout.decode().split("\n")

    first = hashes(TZ="Asia/Shanghai", PYTHONHASHSEED="1")
    assert len(first) > len(SAMPLES)
    assert hashes(TZ="America/New_York", PYTHONHASHSEED="77", LANG="C") == first


def test_a_typesetter_that_has_worked_gives_the_bytes_of_a_new_one(fonts):
    render.close()
    first = plain(RARE)
    for other in ("甲乙", standard_characters()[:900], "abc１２３"):
        plain(other)
    assert plain(RARE) == first


def test_a_font_that_cannot_be_cut_down_stops_the_record(fonts, monkeypatch):
    """In this process, where what HarfBuzz answers can be taken away."""
    from weasyprint.text.ffi import ffi

    frozen = freeze("plain", {"text": "甲"}, organisation=ORGANISATION, issued_on=ISSUED_ON)
    sheet = Sheet("plain.html", CODE, "https://hy.example.cn", "0" * 64)
    here = typesetter.Typesetter(fonts.directory)
    assert here.typeset(frozen, sheet, TEMPLATES)[:5] == b"%PDF-"
    monkeypatch.setattr(subsetting, "_prepared", lambda face: ffi.NULL)
    with pytest.raises(typesetter.Faulty, match="字体未能裁剪"):
        here.typeset(frozen, sheet, TEMPLATES)


def test_other_content_gives_other_bytes(fonts):
    assert plain("甲") != plain("乙")


def test_the_data_travels_inside_the_file(fonts):
    frozen = freeze("agreement", SAMPLES["agreement"], number="一号", organisation=ORGANISATION, issued_on=ISSUED_ON)
    pdf = render.render_frozen(frozen, code=CODE, watermark="", site="https://hy.example.cn")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert list(document.attachments) == ["record.json"]
        assert document.attachments["record.json"].get_file().read_bytes() == canonical(frozen)
        assert str(document.Root.AF[0].AFRelationship) == "/Data"


def test_the_file_claims_what_archives_ask_for(fonts):
    with pikepdf.open(io.BytesIO(plain("存档"))) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["pdfuaid:part"] == "1"
        assert document.Root.Lang == "zh-CN"
        assert document.Root.MarkInfo.Marked
        (field,) = document.Root.AcroForm.Fields
        assert (str(field.FT), str(field.T)) == ("/Sig", "Seal")


def test_no_font_but_the_role_fonts_enters_a_record(fonts):
    with pikepdf.open(io.BytesIO(plain(RARE + "abc，１２３①②"))) as document:
        names = {str(f.BaseFont).split("+")[1] for p in document.pages for f in p.resources.Font.values()}
    families = {role.family.replace(" ", "-") for role in ROLES.values()}
    assert names <= families


# --- characters


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_standard_character_has_a_glyph_in_every_role(fonts: FontSet, role):
    assert fonts.missing_glyphs(standard_characters() + RARE, role) == ""
    assert len(standard_characters()) == 8105


def test_rare_characters_of_names_are_drawn_and_can_be_read_back(fonts):
    said = page.text(plain(f"当事人{RARE}，一二三。"))
    assert all(character in said for character in RARE)


def test_what_no_font_can_draw_stops_the_record_and_is_named(fonts):
    with pytest.raises(RenderFailed, match=r"U\+1F600"):
        plain("同意😀")


def test_fonts_are_whole_and_their_change_would_be_seen(fonts: FontSet, tmp_path):
    assert fonts.faults() == []
    for entry in fonts.manifest["roles"].values():
        (tmp_path / entry["file"]).write_bytes((fonts.directory / entry["file"]).read_bytes())
    (tmp_path / "song.ttf").write_bytes(b"another font")
    assert FontSet(tmp_path, fonts.manifest).faults() == ["song.ttf"]


def test_the_toolchain_is_named_by_all_that_decides_the_bytes(fonts):
    assert toolchain(fonts.id) == toolchain()
    assert toolchain("other fonts") != toolchain()


# --- the press


def test_a_killed_typesetter_is_replaced(fonts):
    plain("第一份")
    child = render._press.child
    child.kill()
    child.wait()
    assert plain("第二份")[:5] == b"%PDF-"
    assert render._press.child.pid != child.pid


def test_the_child_has_limits_and_no_way_to_write_files(fonts):
    plain("限制")
    limits = Path(f"/proc/{render._press.child.pid}/limits").read_text()
    found = dict(re.findall(r"^(Max [a-z ]+?) {2,}(\S+)", limits, re.M))
    assert found["Max address space"] == str(typesetter.MEMORY)
    assert (found["Max file size"], found["Max core file size"]) == ("0", "0")
    ticks = Path(f"/proc/{render._press.child.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    used = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    assert int(found["Max cpu time"]) - used <= render.CPU_SECONDS + 1


def test_a_large_ordinary_record_stays_small(fonts):
    pdf = plain("\n".join(["双方当事人自愿达成如下协议。" * 10] * 60))
    assert page.pages(pdf) > 8
    assert len(pdf) < 400_000


def test_what_was_frozen_has_one_form():
    given = {"accepted_on": date(2026, 11, 5)}
    one = freeze("acceptance_notice", SAMPLES["acceptance_notice"] | given)
    two = freeze("acceptance_notice", dict(reversed((SAMPLES["acceptance_notice"]).items())))
    assert canonical(one) == canonical(two)
    assert hashlib.sha256(canonical(one)).hexdigest() == contents.data_sha256(two)


# --- what cannot become a record


def outcome(desk):
    with desk.sessions() as session:
        message = session.scalars(select(OutboxMessage)).one()
        return session.scalars(select(Record)).one(), message


def issued(desk, monkeypatch, **more):
    monkeypatch.setitem(SAMPLES, "acceptance_notice", SAMPLES["acceptance_notice"] | more)
    desk.act(desk.begin(), "accept")
    desk.relay()
    return outcome(desk)


def test_a_character_no_font_has_stops_that_record_which_keeps_its_number(desk, kept, fonts, monkeypatch):
    record, message = issued(desk, monkeypatch, contact="赵😀")
    assert record.number == "京朝工调受字〔2026〕第0001号"
    assert (record.pdf_sha256, message.status) == (None, "ready")
    assert "字体缺少下列字符" in message.problem
    assert "U+1F600" in message.problem


def test_after_the_fonts_were_completed_the_same_record_is_made(desk, kept, fonts, monkeypatch, tmp_path):
    monkeypatch.setenv("CASEWORK_VAR", str(lacking("𬱖", fonts, tmp_path)))
    record, message = issued(desk, monkeypatch)
    assert "U+2CC56" in message.problem
    assert record.pdf_sha256 is None
    monkeypatch.delenv("CASEWORK_VAR")
    desk.clock.move(hours=1)
    desk.relay()
    made, message = outcome(desk)
    assert message.status == "done"
    assert made.number == record.number
    assert kept.get(made.pdf_sha256)[:5] == b"%PDF-"


def test_a_file_of_more_than_a_megabyte_is_refused_with_its_size(desk, kept, fonts, monkeypatch):
    record, message = issued(desk, monkeypatch, notes=[standard_characters()[:5000]])
    assert (record.pdf_sha256, bool(record.number)) == (None, True)
    assert f"超过 {typesetter.LARGEST_PDF} 字节" in message.problem


def test_it_is_tried_again_then_stopped_and_its_correction_is_made(desk, kept, fonts, monkeypatch):
    too_much = standard_characters()[:5000]
    record, message = issued(desk, monkeypatch, notes=[too_much])
    for attempt in range(2, outbox.ATTEMPTS + 1):
        desk.clock.move(hours=1)
        desk.relay()
        record, message = outcome(desk)
        assert (message.attempts, record.pdf_sha256) == (attempt, None)
    assert message.status == "stopped"
    shorter = Supersede(basis="words", changes=[Change(was=too_much, becomes="另附清单。")], reason="内容过长")
    desk.act(record.id, "supersede", shorter)
    desk.relay()
    with desk.sessions() as session:
        old, new = session.scalars(select(Record).order_by(Record.id)).all()
    assert (old.number, old.pdf_sha256, old.state) == (record.number, None, "superseded")
    assert kept.get(new.pdf_sha256)[:5] == b"%PDF-"


def test_a_font_that_cannot_be_cut_stops_the_record_until_another_takes_its_place(
    desk, kept, fonts, monkeypatch, tmp_path
):
    monkeypatch.setenv("CASEWORK_VAR", str(with_a_font_as_it_comes(fonts, tmp_path)))
    record, message = issued(desk, monkeypatch, notes=[standard_characters()[:1500]])
    assert (record.pdf_sha256, message.status) == (None, "ready")
    assert "字体未能裁剪" in message.problem
    assert "更换单位自备的字体后重试" in message.problem
    monkeypatch.delenv("CASEWORK_VAR")
    desk.clock.move(hours=1)
    desk.relay()
    made, message = outcome(desk)
    assert (made.number, message.status) == (record.number, "done")
    assert len(kept.get(made.pdf_sha256)) < typesetter.LARGEST_PDF


def with_a_font_as_it_comes(fonts, folder):
    """An installation whose 仿宋 is a font that HarfBuzz 6 cannot subset beyond a thousand characters."""
    return installed(fonts, folder, fonts.manifest, fang=WENKAI / "LXGWWenKai-Regular.ttf")


def lacking(characters, fonts, folder):
    """An installation whose fonts are not told to draw these characters."""
    manifest = json.loads(json.dumps(fonts.manifest))
    for entry in manifest["roles"].values():
        entry["covers"] = [
            piece for first, end in entry["covers"] for piece in without(first, end, set(map(ord, characters)))
        ]
    return installed(fonts, folder, manifest)


def installed(fonts, folder, manifest, **exchanged):
    """A CASEWORK_VAR of its own with the fonts that are built, but for those exchanged, as this manifest describes them."""
    made, manifest = folder / "fonts", json.loads(json.dumps(manifest))
    made.mkdir()
    for name, entry in manifest["roles"].items():
        source = exchanged.get(name) or fonts.directory.resolve() / entry["file"]
        entry["file"] = f"{name}{source.suffix}"
        (made / entry["file"]).symlink_to(source)
    (made / "fonts.conf").write_text(_config(made, manifest), encoding="utf-8")
    (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def without(first, end, gone):
    edges = [first - 1, *sorted(code for code in gone if first <= code < end), end]
    return [[left + 1, right] for left, right in pairwise(edges) if left + 1 < right]
