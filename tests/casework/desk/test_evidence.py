"""Materials and photos: several at once, in order with page numbers, freed of what a telephone writes into a picture."""

import hashlib
import re
from io import BytesIO
from uuid import UUID

import pikepdf
from PIL import Image
from sqlalchemy import select

from app.database import Database
from casework.desk.tables import Evidence, Reading
from documents.photos import without_particulars
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock

SERIAL = b"SERIAL-OF-A-TELEPHONE"


def test_a_photo_is_kept_without_its_place_and_time_and_still_stands_upright():
    sent = _photo(orientation=6)
    kept = without_particulars("image/jpeg", sent)
    assert SERIAL in sent
    assert SERIAL not in kept
    with Image.open(BytesIO(kept)) as picture, Image.open(BytesIO(sent)) as before:
        assert picture.getexif().get(0x0112) == 6
        assert picture.tobytes() == before.tobytes()
    picture = Image.new("L", (2, 2), 128)
    packed = BytesIO()
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", SERIAL.decode())
    picture.save(packed, "PNG", pnginfo=told)
    assert SERIAL in packed.getvalue()
    assert SERIAL not in without_particulars("image/png", packed.getvalue())
    plain = without_particulars("image/jpeg", _photo(orientation=1))
    assert without_particulars("image/jpeg", plain) == plain
    assert without_particulars("image/jpeg", sent[:30]) == sent[:30]


def test_several_files_and_photos_are_taken_in_at_once_and_numbered_through(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    photo = _photo(orientation=1)
    files = [
        ("files", ("合同.pdf", _pdf(3))),
        ("files", ("录音.amr", b"#!AMR\n....")),
        ("photos", ("IMG_1.jpg", photo)),
    ]
    sent = desk.post(f"{home}/evidence/new", {"title": "甲方提交"}, files=files)
    assert sent.status_code == 303, sent.text[-800:]
    page = desk.get(f"{home}/evidence").text
    assert "甲方提交（1）" in page
    assert re.search(r'data-th="页次">1—3<', page)
    assert re.search(r'data-th="页次">4<', page)
    assert "3 份，4 页" in page
    with database.reading() as session:
        rows = session.scalars(select(Evidence).order_by(Evidence.place)).all()
    assert [row.pages for row in rows] == [3, None, 1]
    assert rows[2].sent_sha256 == hashlib.sha256(photo).hexdigest() != rows[2].sha256
    again = desk.post(f"{home}/evidence/new", {}, files=[("files", ("又一张.jpg", photo))])
    assert again.status_code == 422
    assert "内容相同" in again.text
    assert desk.post(f"{home}/evidence/new", {}).status_code == 422


def test_the_order_of_the_catalogue_is_changed_and_the_numbers_follow(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    files = [("files", ("甲.pdf", _pdf(2))), ("files", ("乙.pdf", _pdf(1)))]
    desk.post(f"{home}/evidence/new", {}, files=files)
    first, second = _ids(database)
    order = {
        "order-0-piece": str(first),
        "order-0-place": "2",
        "order-1-piece": str(second),
        "order-1-place": "1",
    }
    assert desk.post(f"{home}/evidence/order", order).status_code == 303
    assert _ids(database) == [second, first]
    assert re.search(r'data-th="页次">2—3<', desk.get(f"{home}/evidence").text)
    assert desk.post(f"{home}/evidence/order", {**order, "order-0-place": "nowhere"}).status_code == 422


def test_a_pdf_is_shown_inside_our_own_page_and_framed_by_nobody_else(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    desk.post(f"{home}/evidence/new", {}, files=[("files", ("甲.pdf", _pdf(1))), ("files", ("乙.txt", b"words"))])
    paper, words = _ids(database)
    look = desk.get(f"{home}/evidence/{paper}/look")
    assert f'<iframe class="pdf" src="{home}/evidence/{paper}?show=1"' in look.text
    assert "frame-src 'self'" in look.headers["content-security-policy"]
    shown = desk.get(f"{home}/evidence/{paper}?show=1")
    assert shown.headers["content-disposition"] == "inline"
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    assert "script-src" not in shown.headers["content-security-policy"]
    for path in (f"{home}/evidence/{paper}", f"{home}/evidence/{words}?show=1"):
        kept = desk.get(path)
        assert kept.headers["content-disposition"].startswith("attachment"), path
        assert "frame-ancestors 'none'" in kept.headers["content-security-policy"], path
    assert "frame-src" not in desk.get(home).headers["content-security-policy"]
    assert "下载后用本机软件打开" in desk.get(f"{home}/evidence/{words}/look").text
    desk.log_in("admin")
    for path in (f"{home}/evidence", f"{home}/evidence/{paper}", f"{home}/evidence/{paper}/look"):
        assert desk.get(path).status_code == 404, path


def _ids(database: Database) -> list[UUID]:
    with database.reading() as session:
        return list(session.scalars(select(Evidence.id).order_by(Evidence.place)))


def _photo(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, SERIAL.decode()
    exif.get_ifd(0x8825)[1] = "N"
    packed = BytesIO()
    Image.effect_noise((16, 8), 40).convert("RGB").save(packed, "JPEG", exif=exif)
    return packed.getvalue()


def _pdf(pages: int) -> bytes:
    made, packed = pikepdf.new(), BytesIO()
    for _ in range(pages):
        made.add_blank_page()
    made.save(packed)
    return packed.getvalue()


def test_whoever_opens_or_takes_a_material_without_opening_the_case_is_in_the_reading_log(
    desk: Desk, database: Database, clock: Clock, people: dict[str, UUID]
):
    desk.log_in("head")
    home = register(desk)
    desk.post(f"{home}/evidence/new", {}, files=[("files", ("甲.pdf", _pdf(1)))])
    with database.reading() as session:
        paper = session.scalars(select(Evidence.id)).one()
    desk.log_in("mediator")
    looks = select(Reading.times).where(Reading.staff_id == people["mediator"])
    with database.reading() as session:
        assert session.scalars(looks).all() == []
    for path in (f"{home}/evidence/{paper}/look", f"{home}/evidence/{paper}?show=1", f"{home}/evidence/{paper}"):
        assert desk.get(path).status_code == 200
    with database.reading() as session:
        assert session.scalars(looks).all() == [1]  # one look, however many files within ten minutes
    clock.move(minutes=11)
    assert desk.get(f"{home}/evidence/{paper}").status_code == 200
    with database.reading() as session:
        assert session.scalars(looks).all() == [2]
