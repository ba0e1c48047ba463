"""Files: the bytes decide what they are; what cannot be evidence is refused by name and reason."""

import io
import zipfile
from types import SimpleNamespace
from typing import Annotated

import pytest
from litestar.datastructures import UploadFile
from msgspec import Meta

from web.forms import FormErrors, parse
from web.uploads import DOCX, MOST_BYTES, PDF, XLSX, Unacceptable, checked, plain_name
from workflows.form import Attachment, Form


def packed(*names: str, size: int = 10) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"0" * size)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("合同.pdf", b"%PDF-1.7\n", PDF),
        ("照片.JPG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("截图.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("苹果.HEIC", b"\x00\x00\x00\x18ftypmif1", "image/heic"),
        ("网图.webp", b"RIFF\x04\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("协议.docx", packed("[Content_Types].xml", "word/document.xml"), DOCX),
        ("名单.xlsx", packed("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        ("旧表.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        ("录音.m4a", b"\x00\x00\x00\x20ftypM4A ", "video/mp4"),
        ("记录.txt", "工资条".encode("gb18030"), "text/plain"),
    ],
)
def test_evidence_is_taken_with_the_type_found_in_its_bytes(name, content, found):
    assert checked(name, content) == Attachment(name, found, content)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("空.pdf", b"", "空文件"),
        ("扫描.tif", b"II*\0\x08\0\0\0", "TIFF 图像"),
        ("扫描.pdf", b"MM\0*\0\0\0\x08", "TIFF 图像"),
        ("新式.heic", b"\x00\x00\x00\x20ftypavif", "不是可以收存的文件"),
        ("程序.pdf", b"MZ\x90\x00", "不是可以收存的文件"),
        ("脚本.txt", b"#!/bin/sh", "不是可以收存的文件"),
        ("网页.txt", b" <html><script>", "不是可以收存的文件"),
        ("图.svg", b"<svg onload=alert(1)>", "不是可以收存的文件"),
        ("照片.pdf", b"\xff\xd8\xff\xe0", "扩展名不符"),
        ("合同.exe", b"%PDF-1.7", "扩展名不符"),
        ("合同", b"%PDF-1.7", "扩展名不符"),
        ("打包.zip", packed("a.txt"), "不是可以收存的文件"),
        ("损坏.docx", b"PK\x03\x04 broken", "不是可以收存的文件"),
        ("炸弹.xlsx", packed("xl/workbook.xml", "xl/a.xml", size=30_000_000), "解压后过大"),
        ("过大.pdf", b"%PDF-" + b"0" * MOST_BYTES, "超过 20 MB"),
    ],
)
def test_what_cannot_be_evidence_is_refused_with_the_reason(name, content, reason):
    with pytest.raises(Unacceptable, match=reason):
        checked(name, content)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\用户\\合同.pdf", "合同.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("", "未命名"),
        ("..", "未命名"),
    ],
)
def test_a_file_name_is_never_a_path(sent, kept):
    assert plain_name(sent) == kept


def test_a_long_name_keeps_its_extension():
    assert len(plain_name("长" * 300 + ".pdf")) <= 120
    assert plain_name("长" * 300 + ".pdf").endswith(".pdf")


class Evidence(Form, kw_only=True):
    paper: Annotated[Attachment, Meta(title="证据")]
    more: Annotated[list[Attachment], Meta(title="其他")] = []


def upload(name: str, content: bytes) -> UploadFile:
    return UploadFile("application/octet-stream", name, content)


def test_files_arrive_in_the_form():
    sent = {"paper": upload("合同.pdf", b"%PDF-1"), "more": [upload("a.png", b"\x89PNG\r\n\x1a\n")]}
    filed = parse(Evidence, sent)
    assert filed.paper.content == b"%PDF-1"
    assert [file.name for file in filed.more] == ["a.png"]


def test_a_refused_file_is_said_at_its_field_and_named_as_lost():
    with pytest.raises(FormErrors) as caught:
        parse(Evidence, {"paper": upload("合同.pdf", b"MZ"), "more": upload("", b"")})
    field = caught.value.view["paper"]
    assert "“合同.pdf”" in field.error
    assert field.lost_files == ("合同.pdf",)


class Counted(io.BytesIO):
    """A file that knows how much of it was read into memory."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found


def test_a_file_of_fifty_megabytes_is_refused_before_a_byte_of_it_is_in_memory():
    sent = SimpleNamespace(filename="录像.pdf")
    sent.file = Counted(b"%PDF-" + bytes(50 * 1024 * 1024))
    with pytest.raises(FormErrors) as caught:
        parse(Evidence, {"paper": sent})
    assert caught.value.view["paper"].error == "“录像.pdf”超过 20 MB。可压缩图片或拆分后分别上传。"
    assert sent.file.taken == 0


def test_a_file_that_is_taken_is_read_whole():
    sent = SimpleNamespace(filename="合同.pdf")
    sent.file = Counted(b"%PDF-1.7 a contract")
    sent.file.read()  # whoever looked at it before left it at its end
    assert parse(Evidence, {"paper": sent}).paper.content == b"%PDF-1.7 a contract"


def test_a_required_file_is_asked_for():
    with pytest.raises(FormErrors) as caught:
        parse(Evidence, {})
    assert caught.value.view["paper"].error == "选择要上传的“证据”。"
