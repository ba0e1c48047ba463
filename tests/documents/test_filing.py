"""The bundle of a file: PDF/A-3b to read, every original inside byte for byte and still verifying."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageStat
from pypdf import PdfReader
from sqlalchemy import select

from documents import filing, house
from documents.filing import MAIN, PDF, Cover, Paper, bind
from documents.printing import pdf_of
from documents.render import RenderFailed
from documents.sealing import seal_record
from documents.tables import Record
from documents.verify import Verdict, examine
from tests.documents.test_conformance import altered, without_a_font
from tests.documents.verapdf import READING_COPY, failed_checks

ROOT = Path(__file__).parents[2]
COVER = Cover(
    MAIN,
    "京朝工调字〔2026〕第0618号",
    "北京市朝阳区总工会劳动争议调解中心",
    date(2026, 11, 22),
    "段平",
    (("案　　由", "工资"),),
)


def photo(colour=(40, 90, 160)):
    out = BytesIO()
    Image.new("RGB", (900, 600), colour).save(out, "JPEG")
    return out.getvalue()


def handed_in(name, media_type, content):
    return Paper(name.partition(".")[0], "陈龑㛃提交", date(2026, 11, 2), name, media_type, content)


@pytest.fixture
def sealed(desk, kept, fonts):
    """A notice as it left the house: printed, sealed, in the register."""
    house.use(house.House(store=kept.root, site="https://hy.example.cn", demo=True, seals=kept.root.parent / "seals"))
    desk.act(desk.begin(), "accept")
    desk.relay()
    with desk.sessions() as session:
        record = session.scalars(select(Record)).one()
    desk.seal(record.id)
    seal_record(desk.sessions, {"record_id": str(record.id)}, desk.clock.now)
    with desk.sessions() as session:
        record = session.get(Record, record.id)
        return Paper("受理通知书", record.number, record.issued_on, "受理通知书.pdf", PDF, pdf_of(record), ours=True)


@pytest.fixture
def papers(sealed):
    broken = handed_in("坏照片.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 no picture at all")
    foreign = handed_in("工资条😀.pdf", PDF, b"%PDF-1.4 a file of unknown make")
    return [
        sealed,
        handed_in("考勤.jpg", "image/jpeg", photo()),
        broken,
        foreign,
        handed_in("录音.mp3", "audio/mpeg", b"ID3"),
    ]


def taken_out(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        return {
            name: spec.get_file().read_bytes() for name, spec in document.attachments.items() if name != "record.json"
        }


def test_the_bundle_is_an_archive_file_and_the_judge_can_say_no(papers):
    pdf = bind(COVER, papers).pdf
    unlinked = altered(pdf, lambda document: document.Root.__delitem__("/AF"))
    found = failed_checks({"whole": pdf, "no font": without_a_font(pdf), "no link": unlinked}, READING_COPY)
    assert found["whole"] == []
    assert found["no font"]
    assert found["no link"]


def test_every_original_comes_out_byte_for_byte_and_still_verifies(desk, papers):
    originals = taken_out(bind(COVER, papers).pdf)
    assert [hashlib.sha256(content).hexdigest() for content in originals.values()] == [
        hashlib.sha256(paper.content).hexdigest() for paper in papers
    ]
    with desk.sessions() as session:
        genuine = examine(session, originals["001 受理通知书.pdf"])
        assert (genuine.verdict, genuine.finding.signature) == (Verdict.GENUINE, "intact")
        assert examine(session, bind(COVER, papers).pdf).verdict is not Verdict.GENUINE, "the copy proves nothing"


def test_each_page_is_marked_and_numbered_and_the_catalogue_agrees(papers):
    bundle = bind(COVER, papers)
    last = bundle.lines[-1].last
    with pikepdf.open(BytesIO(bundle.pdf)) as document, document.open_outline() as outline:
        marks = [item.title for item in outline.root]
    texts = [page.extract_text().replace("\n", "") for page in PdfReader(BytesIO(bundle.pdf)).pages]
    assert all("副本" in text for text in texts)
    assert all(f"第 {n} 页　共 {last} 页" in texts[n + 1] for n in range(1, last + 1))
    assert marks == ["卷宗封面", "卷内目录", *(f"{n}　{p.title}" for n, p in enumerate(papers, 1)), "备考表"]
    assert "编号 " + str(last) in texts[-1]
    assert "调解受理通知书" in "".join(texts[2].split()), "the paper is under its sheet"
    assert "工资条" in "".join(texts), "a name no font can draw keeps nothing back"


def test_a_file_without_papers_or_too_large_says_so(papers, monkeypatch):
    with pytest.raises(RenderFailed, match="卷内没有材料"):
        bind(COVER, [])
    monkeypatch.setattr(filing, "MOST_SHEETS", 3)
    with pytest.raises(RenderFailed, match="一册装不下"):
        bind(COVER, papers)


def test_each_picture_stands_on_its_own_sheet(sealed):
    """All sheets come with one dictionary of resources: the second photograph must not take the place of the first."""
    colours = [(200, 20, 20), (20, 20, 200)]
    photos = [handed_in(f"照片{n}.jpg", "image/jpeg", photo(colour)) for n, colour in enumerate(colours, 1)]
    pdf = bind(COVER, [sealed, *photos]).pdf
    with pikepdf.open(BytesIO(pdf)) as document:
        shown = [page.resources.XObject.Photo for page in document.pages if "/Photo" in page.resources.XObject]
        means = [ImageStat.Stat(pikepdf.PdfImage(image).as_pil_image()).mean for image in shown]
    assert [mean.index(max(mean)) for mean in means] == [0, 2]


BINDING = """
import hashlib, sys
from datetime import date
from documents.contents import freeze
from documents.filing import PDF, Paper, bind
from documents.render import render_frozen
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from tests.documents.test_filing import COVER, handed_in, photo
frozen = freeze("agreement", SAMPLES["agreement"], number=CASE_NUMBER, organisation=ORGANISATION, issued_on=ISSUED_ON)
record = render_frozen(frozen, code=CODE, watermark="", site="https://hy.example.cn")
papers = [
    Paper("调解协议书", CASE_NUMBER, ISSUED_ON, "协议.pdf", PDF, record, ours=True),
    handed_in("考勤.jpg", "image/jpeg", photo()),
    handed_in("录音.mp3", "audio/mpeg", b"ID3"),
]
if sys.argv[1:]:
    papers.reverse()
print(hashlib.sha256(bind(COVER, papers).pdf).hexdigest())
"""


def test_the_bytes_of_a_bundle_are_the_same_in_every_process_time_zone_and_hash_seed(fonts):
    def digest(*more, **environment):
        given = [sys.executable, "-c", BINDING, *more]
        done = subprocess.run(given, cwd=ROOT, env=os.environ | environment, capture_output=True, check=True, text=True)
        return done.stdout

    first = digest(TZ="Asia/Shanghai", PYTHONHASHSEED="1")
    assert digest(TZ="America/New_York", PYTHONHASHSEED="77", LANG="C.UTF-8") == first
    assert digest("in another order", TZ="Asia/Shanghai", PYTHONHASHSEED="1") != first
