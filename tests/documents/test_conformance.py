"""What we typeset is PDF/A-3a and PDF/UA-1 at once; veraPDF is the judge, and it must be able to say no."""

from io import BytesIO

import pikepdf
import pytest
from pikepdf import Name

from documents.contents import KINDS, contents_of, freeze
from documents.layout import TEMPLATES
from documents.render import render, render_frozen
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from tests.documents.verapdf import failed_checks

FRAMES = {"base.html", "parts.html"}  # what the templates of records are made of
DRAFT = "agreement as a draft"
SAMPLE = "agreement as a sample"
LONG = "a table over many pages"


def made(kind, demo=False, **more):
    return render(
        kind, SAMPLES[kind] | more, number=CASE_NUMBER, code=CODE, demo=demo, organisation=ORGANISATION,
        issued_on=ISSUED_ON, title="文书",
    )  # fmt: skip


def draft():
    frozen = freeze("agreement", SAMPLES["agreement"], organisation=ORGANISATION)
    return render_frozen(frozen, code="", watermark="草稿", site="https://hy.example.cn")


@pytest.fixture(scope="module")
def verdicts(fonts):
    rows = [{"label": f"第{number}项", "value": "八里庄街道" * 9} for number in range(120)]
    records = {kind: made(kind) for kind in SAMPLES}
    special = {SAMPLE: made("agreement", demo=True), DRAFT: draft(), LONG: made("plain", rows=rows)}
    broken = {fault.__name__: fault(records["agreement"]) for fault in FAULTS}
    return failed_checks(records | special | broken)


def without_structure(pdf):
    return altered(pdf, lambda document: document.Root.__delitem__("/StructTreeRoot"))


def without_the_word_for_a_picture(pdf):
    return altered(pdf, lambda document: [figure.__delitem__("/Alt") for figure in _figures(document)])


def without_its_language(pdf):
    return altered(pdf, lambda document: document.Root.__delitem__("/Lang"))


def without_a_font(pdf):
    def pull_out(document):
        font = next(iter(document.pages[0].resources.Font.values())).DescendantFonts[0]
        del font.FontDescriptor[next(key for key in font.FontDescriptor if key.startswith("/FontFile"))]

    return altered(pdf, pull_out)


FAULTS = (without_structure, without_the_word_for_a_picture, without_its_language, without_a_font)


def altered(pdf, alter):
    with pikepdf.open(BytesIO(pdf)) as document:
        alter(document)
        out = BytesIO()
        document.save(out)
    return out.getvalue()


def _figures(document):
    return [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == Name.Figure]


@pytest.mark.parametrize("name", [*sorted(SAMPLES), SAMPLE, DRAFT, LONG])
def test_a_record_is_an_archive_file_and_accessible(verdicts, name):
    assert verdicts[name] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_broken_file_is_refused(verdicts, fault):
    assert verdicts[fault.__name__]


def test_a_file_that_is_no_pdf_is_refused():
    assert failed_checks({"nonsense": b"%PDF-1.7 nothing follows"})["nonsense"]


def test_every_template_has_a_sample_that_is_judged():
    used = {contents_of(kind).template for kind in SAMPLES if contents_of(kind).folder is None}
    assert used == {path.name for path in TEMPLATES.glob("*.html")} - FRAMES
    assert set(KINDS) <= set(SAMPLES)
