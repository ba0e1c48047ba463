"""The page is the office's: 156 x 225 mm, 22 lines of 28 characters, every record says what it must."""

import re
import subprocess
from datetime import date
from io import BytesIO
from itertools import pairwise

import msgspec
import pikepdf
import pytest
from PIL import Image, ImageChops

from documents import contents
from documents.render import render, render_frozen
from documents.samples import CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.wording import amount_in_figures, date_in_figures
from tests.documents import page

LINE = 225 / 22
NUMBER = "京朝工调协字〔2026〕第0618号"


def made(kind, demo=False, **more):
    data = more or SAMPLES[kind]
    return render(
        kind, data, number=NUMBER, code=CODE, demo=demo, organisation=ORGANISATION, issued_on=ISSUED_ON, title="文书"
    )


@pytest.fixture(scope="module")
def grid(fonts):
    """Full pages of the text alone, with rare characters that fall back to other fonts here and there."""
    return made("plain", text="\n".join(["国" * 26 + "国" * 28 * 3, "陈龑㛃与赵𬱖、王喆堃、孙䶮" * 6] * 12))


def body(pdf):
    return [line for line in page.lines(pdf) if line.text.strip("— 0123456789") and "国" in line.text]


def test_lines_stand_on_the_grid_even_where_a_character_falls_back(grid):
    of_page_two = [line for line in page.lines(grid) if line.page == 2 and not line.text.startswith("—")]
    pitches = [b.y - a.y for a, b in pairwise(of_page_two)]
    assert len(of_page_two) == 22
    assert all(abs(pitch - LINE) <= 0.03 for pitch in pitches)


def test_text_starts_at_the_binding_edge(grid):
    full = [line for line in body(grid) if line.text.startswith("国" * 28)]
    assert full
    assert all(abs(line.left - 28) <= 0.2 for line in full)
    assert all(len(line.text) == 28 for line in full)


def boxes(pdf, folder):
    """Every word as poppler finds it: page, left, right, top, bottom in mm, text."""
    (folder / "boxes.pdf").write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", "boxes.pdf", "-"], cwd=folder, capture_output=True, check=True)
    for number, body in enumerate(told.stdout.decode().split("<page ")[1:], 1):
        for *edges, text in re.findall(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<', body):
            left, top, right, bottom = (float(edge) / page.MM for edge in edges)
            yield number, left, right, top, bottom, text


def test_the_text_is_156_mm_wide(grid, tmp_path):
    full = [box for box in boxes(grid, tmp_path) if box[5] == "国" * 28]
    assert len(full) > 20
    for _, left, right, *_ in full:
        assert left == pytest.approx(28, abs=0.2)
        assert right - left == pytest.approx(156, abs=0.3)


def test_a_page_holds_22_lines_of_28_characters_and_not_one_more(fonts):
    second = [x for x in page.lines(made("plain", text="国" * 28 * 60)) if x.page == 2 and "国" in x.text]
    assert [len(line.text) for line in second] == [28] * 22


def test_page_numbers_stand_outside_7_mm_under_the_text(grid, tmp_path):
    """Odd pages right, even pages left, one character (14 pt) in from the edge of the text."""
    dashes = [box for box in boxes(grid, tmp_path) if box[5] == "—"]
    ends = {number: [box for box in dashes if box[0] == number] for number in (1, 2)}
    assert max(box[2] for box in ends[1]) == pytest.approx(184 - 14 / page.MM, abs=0.3)
    assert min(box[1] for box in ends[2]) == pytest.approx(28 + 14 / page.MM, abs=0.3)
    assert all(box[3] == pytest.approx(262 + 7, abs=0.3) for box in dashes)


def test_a_letter_has_its_red_head_and_its_imprint_where_the_standard_puts_them(fonts, tmp_path):
    pdf = made("letter")
    words = list(boxes(pdf, tmp_path))
    head = next(box for box in words if box[0] == 1 and "文件" in box[5])
    assert head[3] == pytest.approx(37 + 35, abs=2)  # the box of the glyphs is a little larger than their ink
    assert (head[1] + head[2]) / 2 == pytest.approx(28 + 78, abs=1)
    last = [box for box in words if box[0] == page.pages(pdf)]
    imprint = next(box for box in last if box[5].startswith("抄送"))
    printed = next(box for box in last if box[5].endswith("印发"))
    assert imprint[4] < printed[3] + 1 < 262
    assert 262 - printed[4] == pytest.approx(1.5, abs=1.5)
    assert page.pages(made("plain", text="甲")) == 1  # beside it, a paper of a case has neither
    assert "抄送" not in page.text(made("plain", text="甲"))


def test_a_letter_to_another_body_has_its_red_head_and_lines_where_the_standard_puts_them(fonts, tmp_path):
    """信函格式: the name 30 mm under the edge, red double lines of 170 mm 4 mm below it and 20 mm above the lower edge."""
    pdf = made("hand_over_letter")
    (tmp_path / "a.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "300", "-f", "1", "-l", "1", "a.pdf", "a"], cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("a*.ppm"))) as drawn:
        red = drawn.convert("RGB").getchannel("G").point(lambda level: 255 if level < 60 else 0)
        black = drawn.convert("RGB").getchannel("R").point(lambda level: 255 if level < 100 else 0)
    red = ImageChops.subtract(red, black)
    mm = 25.4 / 300
    rows = [y for y in range(red.height) if red.crop((0, y, red.width, y + 1)).getbbox()]
    blocks = [(group[0] * mm, group[-1] * mm) for group in runs(rows)]
    name, thick, thin, second_thin, second_thick = blocks
    assert name[0] == pytest.approx(30, abs=1)
    assert thick[0] - name[1] == pytest.approx(4, abs=1)
    assert second_thick[1] == pytest.approx(297 - 20, abs=0.5)
    height = lambda block: block[1] - block[0]  # noqa: E731
    assert height(thick) > 2 * height(thin)
    assert height(second_thick) > 2 * height(second_thin)
    left, _, right, _ = red.crop((0, round(thick[0] / mm), red.width, round(thick[1] / mm))).getbbox()
    assert (left * mm, right * mm) == (pytest.approx(20, abs=0.3), pytest.approx(190, abs=0.3))


def runs(numbers):
    """Neighbouring numbers together."""
    found = [[numbers[0]]]
    for number in numbers[1:]:
        if number - found[-1][-1] > 1:
            found.append([])
        found[-1].append(number)
    return found


def test_a_letter_to_another_body_goes_on_with_the_grid_and_bears_no_page_number_on_its_first_page(fonts, tmp_path):
    pdf = made("hand_over_letter")
    of_text = [line.y for line in page.lines(pdf) if line.page == 1 and line.left < 40]
    second = next(line.y for line in page.lines(pdf) if line.page == 2)
    off = [(y - second) / LINE - round((y - second) / LINE) for y in of_text[2:]]
    assert len(off) > 6
    assert max(map(abs, off)) * LINE < 0.1
    assert {box[0] for box in boxes(pdf, tmp_path) if box[5] == "—"} == {2}
    number = next(box for box in boxes(pdf, tmp_path) if box[5] == NUMBER)
    assert number[2] == pytest.approx(184, abs=0.5), "at the right edge of the text"


def test_lines_with_figures_in_them_end_flush(fonts, tmp_path):
    """WeasyPrint alone leaves such lines ragged: this fails when our justification no longer takes hold."""
    (tmp_path / "a.pdf").write_bytes(made("plain", text="双方于2026年9月30日解除劳动合同，支付12,600.50元，" * 20))
    subprocess.run(["pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-gray", "a.pdf", "a"], cwd=tmp_path, check=True)
    image = next(tmp_path.glob("a*.pgm")).read_bytes()
    baselines = [line.y for line in page.lines((tmp_path / "a.pdf").read_bytes()) if line.page == 1 and line.left < 29]
    ends = [max(inked_columns(image, top=y - 4, bottom=y + 1, dpi=150)) * 25.4 / 150 for y in baselines[:-1]]
    assert len(ends) >= 8
    assert max(ends) - min(ends) <= 3.5  # a full-width comma has its ink at its left


def inked_columns(pgm: bytes, top: float, bottom: float, dpi: int = 300) -> set[int]:
    _, size, _, pixels = pgm.split(b"\n", 3)
    width, _ = map(int, size.split())
    first, last = round(top / 25.4 * dpi), round(bottom / 25.4 * dpi)
    rows = (pixels[row * width : (row + 1) * width] for row in range(first, last))
    return {column for row in rows for column, level in enumerate(row) if level < 128}


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_a_record_says_what_it_was_given(kind, fonts):
    said = page.text(made(kind))
    for value in visible(contents.complete(kind, SAMPLES[kind]), DESCRIBES.get(kind, set())):
        assert value in said, value


UNPRINTED = {"kind", "reason_code", "copies", "applied_on", "organisation", "member_number", "respondents", "role"}
PARTICULARS = {"respondents", "sex", "born_on", "id_number", "address", "phone", "job", "credit_code", "agent"}
DESCRIBES = {
    "application": PARTICULARS | {"member_number"},
    "oral_application": PARTICULARS | {"member_number"},
} | dict.fromkeys(
    (
        "agreement",
        "failure_opinion",
        "arbitration_review_application",
        "court_confirmation_application",
        "payment_order_application",
        "supplementary_agreement",
    ),
    PARTICULARS,
)


def visible(value, described, name=""):
    """The texts, amounts and dates of the data, as they should read on paper; parties' particulars where described."""
    if isinstance(value, contents.Party) and not described:
        yield value.name
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            if field not in UNPRINTED - described:
                yield from visible(getattr(value, field), described, field)
    elif isinstance(value, list):
        for item in value:
            yield from visible(item, described, name)
    elif isinstance(value, date) and not hasattr(value, "hour"):
        yield date_in_figures(value)
    elif isinstance(value, int) and not isinstance(value, bool) and name in ("amount", "monthly_wage"):
        yield amount_in_figures(value)
    elif isinstance(value, str):
        yield from (part for part in value.split("\n") if part)


@pytest.mark.parametrize("kind", sorted(set(SAMPLES) - {"application", "oral_application"}))
def test_a_record_bears_its_number_code_and_hash(kind, fonts):
    said = page.text(made(kind))
    assert NUMBER in said
    assert CODE in said.replace(" ", "")
    frozen = contents.freeze(
        kind, SAMPLES[kind], number=NUMBER, organisation=ORGANISATION, issued_on=ISSUED_ON, title="文书"
    )
    assert contents.data_sha256(frozen) in said


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_in_the_demo_every_page_says_sample(kind, fonts):
    pdf = made(kind, demo=True)
    marks = [line for line in page.lines(pdf) if line.text.startswith("样本：演示数据")]
    assert {mark.page for mark in marks} == set(range(1, page.pages(pdf) + 1))
    assert "样本" not in page.text(made(kind))


def test_a_kind_without_a_layout_is_printed_plainly_and_loses_nothing(fonts):
    said = page.text(made("lending_receipt", item="投影仪", damage="完好"))
    assert "投影仪" in said
    assert "完好" in said


# --- who signs, and where the seal comes down


def several(kind, applicants, respondents=1):
    worker, employer = SAMPLES[kind]["applicants"][0], SAMPLES[kind]["respondents"][0]
    names = {
        "applicants": [f"王某{n}" for n in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥角亢氐房心尾箕斗"[:applicants]]
    }
    names["respondents"] = [f"某某{n}有限公司" for n in "甲乙丙"[:respondents]]
    parties = {"applicants": worker, "respondents": employer}
    return {side: [parties[side] | {"name": name} for name in names[side]] for side in parties}


def to_sign(pdf):
    """What stands before each line to sign on."""
    return [text.split("：")[0] for text in written(pdf) if text.endswith("年月日")]


def written(pdf):
    """The lines of every page without the room left in them; what is signed stands a hair higher than the rest."""
    found = []
    for line in page.lines(pdf):
        text = "".join(line.text.split())
        if found and found[-1][0] == line.page and line.y - found[-1][1] < 1.5:
            found[-1] = line.page, line.y, found[-1][2] + text
        else:
            found.append((line.page, line.y, text))
    return [text for _, _, text in found]


@pytest.mark.parametrize(
    ("kind", "sides", "lines"),
    [
        ("agreement", (1, 1), ["申请人（签名或者盖章）", "被申请人（签名或者盖章）", "调解员（签名）"]),
        ("agreement", (3, 1), ["王某甲", "王某乙", "王某丙", "被申请人（签名或者盖章）", "调解员（签名）"]),
        ("agreement", (1, 2), ["申请人（签名或者盖章）", "某某甲有限公司", "某某乙有限公司", "调解员（签名）"]),
        ("court_confirmation_application", (1, 1), ["申请人（签名或者盖章）"] * 2),
        ("court_confirmation_application", (2, 1), ["王某甲", "王某乙", "某某甲有限公司"]),
        ("application", (12, 1), [f"王某{n}" for n in "甲乙丙丁戊己庚辛壬癸子丑"]),
    ],
)
def test_where_several_sign_under_one_word_each_has_a_line_with_the_name(fonts, kind, sides, lines):
    assert to_sign(made(kind, **SAMPLES[kind] | several(kind, *sides))) == lines


@pytest.mark.parametrize(
    ("kind", "workers"),
    [*(("agreement", count) for count in (1, 4, 10, 11, 12, 30)), ("application", 11), ("supplementary_agreement", 12)],
)
def test_the_verify_strip_stands_under_the_last_signature_and_never_alone_on_a_page(fonts, kind, workers):
    """Eleven workers fill the page to where the strip no longer fits: the last signature goes with it."""
    found = page.lines(made(kind, **SAMPLES[kind] | several(kind, workers)))
    last = max(line.page for line in found)
    texts = ["".join(line.text.split()) for line in found if line.page == last]
    strip = [line.page for line in found if line.text.startswith(("文书编号", "核验码"))]
    assert strip == [last]
    assert any(text.endswith("年月日") for text in texts), texts
    if "agreement" in kind:
        assert {ORGANISATION, date_in_figures(ISSUED_ON)} <= set(texts)


def test_of_many_workers_those_have_a_line_who_sign_and_each_signature_stands_on_its_own(fonts):
    """The record knows its signers; were the lines taken from the list of parties, all twelve would be asked to sign."""
    data = SAMPLES["agreement"] | several("agreement", 12)
    frozen = contents.freeze("agreement", data, number="一号", organisation=ORGANISATION, issued_on=ISSUED_ON)
    signers = [{"name": f"王某{n}", "part": "party", "side": "applicant"} for n in "乙丁"]
    signers += [{"name": "某某甲有限公司", "part": "party", "side": "respondent"}]
    signers += [{"name": name, "part": "mediator"} for name in ("赵𬱖", "周敏")]
    marks = [
        {"part": "party", "side": "applicant", "label": "王某丁：", "said": "王某丁", "note": "", "on": "2026-11-13", "picture": ""},
        {"part": "mediator", "side": "", "label": "周敏：", "said": "周敏", "note": "", "on": "2026-11-13", "picture": ""},
    ]  # fmt: skip
    pdf = render_frozen(frozen, code=CODE, watermark="", site="https://hy.example.cn", marks=marks, signers=signers)
    signed = [text for text in written(pdf) if text.endswith("2026年11月13日")]
    assert to_sign(pdf) == ["王某乙", "被申请人（签名或者盖章）", "赵𬱖"]
    assert signed == ["王某丁王某丁：2026年11月13日", "周敏周敏：2026年11月13日"]


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_the_seal_comes_down_on_organisation_and_date_and_on_nothing_else(fonts, kind):
    """Least of all on the heading of a slip that is to be filled in."""
    assert under_the_seal(made(kind)) <= {ORGANISATION, date_in_figures(ISSUED_ON)}


def test_a_heading_under_the_seal_would_be_seen(fonts):
    assert "答复（由被征询人填写后交回）" in under_the_seal(made("consent_inquiry"), below=30)


def under_the_seal(pdf, below=0):
    """The lines whose baseline lies under the seal, or so many millimetres below it."""
    with pikepdf.open(BytesIO(pdf)) as document:
        if "/AcroForm" not in document.Root:
            return set()
        (field,) = document.Root.AcroForm.Fields
        number = next(n for n, p in enumerate(document.pages, 1) if p.objgen == field.P.objgen)
        left, bottom, right, top = (float(value) / page.MM for value in field.Rect)
    return {
        line.text
        for line in page.lines(pdf)
        if line.page == number
        and page.HEIGHT - top < line.y - 1
        and line.y - 5 < page.HEIGHT - bottom + below
        and line.left < right
        and line.left + len(line.text) * 156 / 28 > left
    }
