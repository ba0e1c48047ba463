"""Materials and photos: several at once, in order with page numbers, freed of what a telephone writes into a picture."""

import hashlib
import re
import struct
from io import BytesIO
from uuid import UUID

import pikepdf
from PIL import Image
from sqlalchemy import select

from app.database import Database
from casework.desk.tables import Evidence, Reading
from documents.photos import without_particulars
from documents.properties import without_properties
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


def test_what_a_telephone_puts_behind_the_picture_goes_too_and_the_picture_stands():
    """A second picture for bright screens, a film of the moment, a stray byte: each came with its own place and time."""
    progressive = BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(progressive, "JPEG", progressive=True, quality=95)
    plain = Image.open(BytesIO(_photo(orientation=1))).copy()
    for picture in (_photo(orientation=6), progressive.getvalue()):
        for behind in (_photo(orientation=1), b"\0\0\0\x18ftypmp42" + SERIAL, SERIAL):
            kept = without_particulars("image/jpeg", picture + behind)
            assert SERIAL not in kept
            assert kept.endswith(b"\xff\xd9")
            with Image.open(BytesIO(kept)) as shown, Image.open(BytesIO(picture)) as before:
                assert shown.tobytes() == before.tobytes()
    filled = _photo(orientation=1).replace(b"\xff\xe1", b"\xff\xff\xe1", 1)
    assert SERIAL not in without_particulars("image/jpeg", filled)
    for kind, name in (("PNG", "image/png"), ("WEBP", "image/webp")):
        packed = BytesIO()
        exif = Image.Exif()
        exif[0x0110] = SERIAL.decode()
        plain.save(packed, kind, exif=exif)
        for behind in (b"xx", SERIAL):
            kept = without_particulars(name, packed.getvalue() + behind)
            assert SERIAL not in kept, kind
            Image.open(BytesIO(kept)).load()


def test_a_webp_is_kept_without_its_place_and_time_and_still_stands_upright():
    sent = _webp(orientation=6)
    kept = without_particulars("image/webp", sent)
    assert sent.count(SERIAL) == 2  # in EXIF and in XMP
    assert SERIAL not in kept
    with Image.open(BytesIO(kept)) as picture, Image.open(BytesIO(sent)) as before:
        assert picture.getexif() == {0x0112: 6}
        assert picture.tobytes() == before.tobytes()
    upright = without_particulars("image/webp", _webp(orientation=1))
    assert b"EXIF" not in upright
    with Image.open(BytesIO(upright)) as picture:
        picture.load()
    for cut in range(0, len(sent), 7):
        without_particulars("image/webp", sent[:cut])  # whatever is broken is kept as it came, or shorter


def test_a_heic_is_kept_with_its_place_and_time_blotted_out():
    for version in (0, 1, 2):
        sent = _heic(version)
        kept = without_particulars("image/heic", sent)
        assert sent.count(SERIAL) == 2
        assert SERIAL not in kept
        assert len(kept) == len(sent)
        assert b"THE PIXELS" in kept
        for cut in range(0, len(sent), 5):
            without_particulars("image/heic", sent[:cut])


def test_a_pdf_is_kept_as_it_came_and_shown_without_who_made_it(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    sent = _telling_pdf()
    assert desk.post(f"{home}/evidence/new", {}, files=[("files", ("合同.pdf", sent))]).status_code == 303
    with database.reading() as session:
        row = session.scalars(select(Evidence)).one()
    assert row.sha256 == hashlib.sha256(sent).hexdigest()
    for way in ("", "?show=1"):
        shown = desk.get(f"{home}/evidence/{row.id}{way}").content
        with pikepdf.open(BytesIO(shown)) as pdf:
            assert len(pdf.pages) == 1
            assert "/Info" not in pdf.trailer
            assert "/Metadata" not in pdf.Root
            picture = pdf.pages[0].Resources.XObject.Photo.read_raw_bytes()
            assert picture.startswith(b"\xff\xd8")
            assert SERIAL not in picture
    assert desk.get(f"{home}/evidence/{row.id}?original=1").content == sent
    assert "下载原件" in desk.get(f"{home}/evidence/{row.id}/look").text


def test_nothing_runs_when_the_copy_of_a_pdf_is_opened():
    with pikepdf.open(BytesIO(_telling_pdf())) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.OpenAction = script
        pdf.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", pdf.make_indirect(script)]))
        pdf.pages[0].AA = pikepdf.Dictionary(O=script)
        link = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
        pdf.pages[0].Annots = pdf.make_indirect([pdf.make_indirect(pikepdf.Dictionary(A=pdf.make_indirect(link)))])
        sent = BytesIO()
        pdf.save(sent, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    copy = without_properties(sent.getvalue())
    for word in (b"app.alert", b"JavaScript", b"OpenAction", b"/Launch"):
        assert word in sent.getvalue()
        assert word not in copy, word


def test_a_signed_or_locked_pdf_is_shown_as_it_is():
    assert without_properties(_telling_pdf()) is not None
    assert without_properties(_telling_pdf() + b"/ByteRange [0 1 2 3]") is None
    locked = BytesIO()
    with pikepdf.open(BytesIO(_telling_pdf())) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user=""))
    assert without_properties(locked.getvalue()) is None
    assert without_properties(b"%PDF-1.7 torn") is None


def test_fifty_megabytes_are_refused_in_words_with_everything_typed_kept(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    files = [("files", ("录像.pdf", b"%PDF-" + bytes(50 * 1024 * 1024)))]
    answer = desk.post(f"{home}/evidence/new", {"purpose": "证明欠薪"}, files=files)
    assert answer.status_code == 422
    assert "“录像.pdf”超过 20 MB。可压缩图片或拆分后分别上传。" in answer.text
    assert "证明欠薪" in answer.text
    assert "上次选的文件（录像.pdf）未保存" in answer.text
    with database.reading() as session:
        assert session.scalars(select(Evidence.id)).all() == []


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


def _webp(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, SERIAL.decode()
    packed = BytesIO()
    picture = Image.effect_noise((17, 9), 40).convert("RGB")
    picture.save(packed, "WEBP", exif=exif, xmp=b"<x:xmpmeta>" + SERIAL + b"</x:xmpmeta>")
    return packed.getvalue()


def _box(name: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", 8 + len(inside)) + name + inside


def _heic(version: int) -> bytes:
    """A file of boxes as a telephone makes it: a picture, its EXIF by place in the file, its XMP by the same table."""
    held = {1: b"THE PIXELS", 2: b"\0\0\0\6Exif\0\0" + SERIAL, 3: b"<xmp>" + SERIAL + b"</xmp>"}
    kinds = {1: b"hvc1", 2: b"Exif", 3: b"mime"}
    infos = [_box(b"infe", struct.pack(">IHH", 2 << 24, item, 0) + kind + b"\0") for item, kind in kinds.items()]
    info = _box(b"iinf", struct.pack(">IH", 0, len(infos)) + b"".join(infos))
    start = _box(b"ftyp", b"heic\0\0\0\0mif1")

    def described(at: int) -> bytes:
        wide, rows = "I" if version == 2 else "H", b""
        for item, content in held.items():
            rows += struct.pack(f">{wide}", item) + (b"" if version == 0 else b"\0\0")
            rows += struct.pack(">HHII", 0, 1, at, len(content))
            at += len(content)
        places = struct.pack(f">IH{wide}", version << 24, 0x4400, len(held)) + rows
        return _box(b"meta", bytes(4) + _box(b"hdlr", bytes(4) + b"pict") + info + _box(b"iloc", places))

    pixels = len(start) + len(described(0)) + 8
    return start + described(pixels) + _box(b"mdat", b"".join(held.values()))


def _telling_pdf() -> bytes:
    """One page with a photograph, by somebody, made with something."""
    made, packed = pikepdf.new(), BytesIO()
    photo = pikepdf.Stream(made, _photo(orientation=1), Width=16, Height=8, BitsPerComponent=8)
    photo.Type, photo.Subtype, photo.ColorSpace = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DeviceRGB
    photo.Filter = pikepdf.Name.DCTDecode
    made.add_blank_page().Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=photo))
    made.docinfo["/Author"] = "某科长"
    with made.open_metadata() as told:
        told["dc:creator"] = ["某科长"]
    made.save(packed)
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
