"""Pages look as they did when a person last looked at them (pictures in appearance/, 40 dpi, grey).

After a change that was meant, write them anew with ``python -m tests.documents.test_appearance`` and look at each.
"""

import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from documents.render import render
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, SAMPLES
from tests.documents.pixels import by_poppler, distance, moved

PICTURES = Path(__file__).parent / "appearance"
DPI = 40
LOOKED_AT = (
    "letter", "agreement", "acceptance_notice", "application", "session_minutes", "calculation_sheet", "hand_over_letter",
    "service_receipt", "materials_receipt",
)  # fmt: skip
ISSUERS = {"letter": "北京市朝阳区总工会"}
TOLERANCE = 14.0  # of 255, in the worst block of 5 mm


def pages(kind, folder, **more):
    pdf = render(
        kind, SAMPLES[kind] | more, number=CASE_NUMBER, code=CODE, demo=False, issued_on=ISSUED_ON, title="文书",
        organisation=ISSUERS.get(kind, "北京市朝阳区总工会劳动争议调解中心"), site="https://hy.example.cn",
    )  # fmt: skip
    return by_poppler(pdf, folder, DPI)


def kept(kind):
    return [Image.open(path).convert("L") for path in sorted(PICTURES.glob(f"{kind}-*.png"))]


@pytest.mark.parametrize("kind", LOOKED_AT)
def test_a_record_looks_as_it_did(kind, fonts, tmp_path):
    now, then = pages(kind, tmp_path), kept(kind)
    assert len(now) == len(then)
    assert [distance(a, b) for a, b in zip(now, then, strict=True)] == pytest.approx([0.0] * len(now), abs=TOLERANCE)


@pytest.mark.parametrize("kind", LOOKED_AT)
def test_a_page_moved_by_a_millimetre_and_a_quarter_would_be_seen(kind):
    for picture in kept(kind):
        assert distance(picture, moved(picture, 0, 2)) > TOLERANCE
        assert distance(picture, moved(picture, 2, 0)) > TOLERANCE


def test_a_line_that_was_added_would_be_seen(fonts, tmp_path):
    longer = pages("letter", tmp_path, text=SAMPLES["letter"]["text"] + "\n特此通报。")
    assert any(distance(a, b) > TOLERANCE for a, b in zip(longer, kept("letter"), strict=False))


def write() -> None:
    PICTURES.mkdir(exist_ok=True)
    for kind in LOOKED_AT:
        for old in PICTURES.glob(f"{kind}-*.png"):
            old.unlink()
        with tempfile.TemporaryDirectory() as folder:
            for number, picture in enumerate(pages(kind, Path(folder)), 1):
                picture.point(lambda level: level // 17 * 17).save(PICTURES / f"{kind}-{number}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(write())
