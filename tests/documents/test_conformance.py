"""What we typeset is PDF/A-3a and PDF/UA-1 at once; veraPDF is the judge, and it must be able to say no."""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Name

from casework.mediation.records import RECORDS
from documents import demo_seals
from documents.contents import KINDS, contents_of, freeze
from documents.fonts import fonts_directory
from documents.layout import TEMPLATES
from documents.render import render, render_frozen
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.seal import PadesSealProvider, SealOrder
from documents.signatures import Signature, found_in
from tests.documents.verapdf import failed_checks

FRAMES = {"base.html", "parts.html"}  # what the templates of records are made of
DRAFT = "agreement as a draft"
SAMPLE = "agreement as a sample"
WITH_PARTIES = [kind for kind in sorted(SAMPLES) if "applicants" in SAMPLES[kind]]
CROWDS = {f"{kind} of {count} parties": (kind, count) for kind in WITH_PARTIES for count in (4, 12)}
MANY = range(1, 90)
LONG = {
    "plain": {"rows": [{"label": f"第{n}项", "value": "八里庄街道" * 9} for n in MANY]},
    "letter": {"table": SAMPLES["letter"]["table"] | {"rows": SAMPLES["letter"]["table"]["rows"] * 30}},
    "calculation_sheet": {
        "bases": SAMPLES["calculation_sheet"]["bases"] * 10,
        "items": SAMPLES["calculation_sheet"]["items"] * 20,
    },
    "materials_receipt": {"materials": [f"第{n}号银行工资流水" for n in MANY]},
    "service_receipt": {"papers": SAMPLES["service_receipt"]["papers"] * 60},
}
TABLES = {f"{kind} with tables over many pages": (kind, more) for kind, more in LONG.items()}


def made(kind, demo=False, **more):
    return render(
        kind, SAMPLES[kind] | more, number=CASE_NUMBER, code=CODE, demo=demo, organisation=ORGANISATION,
        issued_on=ISSUED_ON, title="文书",
    )  # fmt: skip


def draft():
    frozen = freeze("agreement", SAMPLES["agreement"], organisation=ORGANISATION)
    return render_frozen(frozen, code="", watermark="草稿", site="https://hy.example.cn")


def crowd(kind, count):
    """The record with so many parties, the respondents a few of them."""
    worker, employer = SAMPLES[kind]["applicants"][0], SAMPLES[kind]["respondents"][0]
    workers = [
        worker | {"name": f"{worker['name'][:2]}{'甲乙丙丁戊己庚辛壬癸'[n % 10]}"} for n in range(count - count // 4)
    ]
    employers = [employer | {"name": f"北京某某第{n}科技服务有限公司"} for n in range(count // 4)]
    return made(kind, applicants=workers, respondents=employers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    seals = demo_seals.prepare(tmp_path_factory.mktemp("seals"))
    demo_seals.ensure_seal(seals, ORGANISATION)
    return seals


@pytest.fixture(scope="module")
def sealed(fonts, folder):
    """Every kind that has a place for a seal, sealed for the long term."""
    provider = PadesSealProvider(folder, fonts_directory() / "song.ttf", stamper=demo_seals.stamper(folder))
    orders = {kind: SealOrder(kind, ORGANISATION, CASE_NUMBER, datetime.now(UTC)) for kind in sorted(SAMPLES)}
    return {kind: provider.seal(pdf, orders[kind]) for kind in orders if bears_a_seal(pdf := made(kind))}


def bears_a_seal(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        return "/AcroForm" in document.Root


@pytest.fixture(scope="module")
def verdicts(fonts):
    records = {kind: made(kind) for kind in SAMPLES}
    special = {SAMPLE: made("agreement", demo=True), DRAFT: draft()}
    crowds = {name: crowd(*given) for name, given in CROWDS.items()}
    tables = {name: made(kind, **more) for name, (kind, more) in TABLES.items()}
    broken = {fault.__name__: fault(records["agreement"]) for fault in FAULTS}
    return failed_checks(records | special | crowds | tables | broken)


def with_a_cell_too_few(pdf):
    """What a cell over several rows becomes where its table is broken between pages (veraPDF 7.2-43)."""

    def pull_out(document):
        rows = [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == Name.TR]
        row = next(row for row in rows if len(row.K) > 2)
        del row.K[0]

    return altered(pdf, pull_out)


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


FAULTS = (with_a_cell_too_few, without_structure, without_the_word_for_a_picture, without_its_language, without_a_font)


def altered(pdf, alter):
    with pikepdf.open(BytesIO(pdf)) as document:
        alter(document)
        out = BytesIO()
        document.save(out)
    return out.getvalue()


def _figures(document):
    return [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == Name.Figure]


@pytest.mark.parametrize("name", [*sorted(SAMPLES), SAMPLE, DRAFT, *CROWDS, *TABLES])
def test_a_record_is_an_archive_file_and_accessible(verdicts, name):
    assert verdicts[name] == []


def test_every_kind_that_bears_a_seal_stays_an_archive_file_when_sealed(sealed, folder):
    """Those of law.md §3.5 that bear the organisation's seal, and the two layouts any module may use."""
    of_mediation = {kind.id for kind in RECORDS if kind.sealed}
    assert set(sealed) >= of_mediation | {"letter"}
    assert failed_checks(sealed) == {kind: [] for kind in sealed}
    assert {found_in(pdf, folder.roots).signature for pdf in sealed.values()} == {Signature.INTACT}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_broken_file_is_refused(verdicts, fault):
    assert verdicts[fault.__name__]


def test_a_file_that_is_no_pdf_is_refused():
    assert failed_checks({"nonsense": b"%PDF-1.7 nothing follows"})["nonsense"]


def test_every_template_has_a_sample_that_is_judged():
    used = {contents_of(kind).template for kind in SAMPLES if contents_of(kind).folder is None}
    assert used == {path.name for path in TEMPLATES.glob("*.html")} - FRAMES
    assert set(KINDS) <= set(SAMPLES)
