"""Seals: the file stays an archive file, any change after sealing is found, and a killed worker seals once."""

import io
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from documents import demo_seals
from documents.contents import data_sha256, freeze
from documents.fonts import fonts_directory
from documents.render import render_frozen
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.seal import HttpSealProvider, PadesSealProvider, SealFailed, SealFolder, SealOrder
from documents.signatures import Signature, found_in
from tests.documents import page
from tests.documents.verapdf import failed_checks

ORDER = SealOrder("0192", ORGANISATION, CASE_NUMBER, datetime(2026, 11, 20, 2, tzinfo=UTC))
FROZEN = freeze("agreement", SAMPLES["agreement"], number=CASE_NUMBER, organisation=ORGANISATION, issued_on=ISSUED_ON)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> SealFolder:
    made = demo_seals.prepare(tmp_path_factory.mktemp("seals"))
    demo_seals.ensure_seal(made, ORGANISATION)
    return made


@pytest.fixture(scope="module")
def printed(fonts) -> bytes:
    return render_frozen(FROZEN, code=CODE, watermark="样本", site="https://hy.example.cn")


def pades(folder, lasting=False, lower="样本 不具效力"):
    stamper = demo_seals.stamper(folder) if lasting else None
    return PadesSealProvider(folder, fonts_directory() / "song.ttf", stamper=stamper, lower=lower)


@pytest.fixture(scope="module")
def sealed(printed, folder) -> dict[str, bytes]:
    """The same file at both levels."""
    providers = (pades(folder), pades(folder, lasting=True))
    return {provider.level: provider.seal(printed, ORDER) for provider in providers}


@pytest.fixture(scope="module", params=["PAdES B-B", "PAdES B-LTA"])
def file(request, sealed) -> bytes:
    return sealed[request.param]


def test_a_sealed_file_is_whole_and_says_whose_seal_it_bears(file, folder):
    found = found_in(file, folder.roots)
    assert (found.signature, found.organisation) == (Signature.INTACT, ORGANISATION)
    assert found.data_sha256 == data_sha256(FROZEN)


def test_a_station_with_a_long_name_has_its_seal_too(printed, folder):
    """A common name has 64 bytes at most; these 23 characters have 69."""
    station = "北京市朝阳区三里屯街道工会服务站劳动争议调解室"
    demo_seals.ensure_seal(folder, station)
    found = found_in(pades(folder).seal(printed, SealOrder("1", station, "", ORDER.at)), folder.roots)
    assert (found.signature, found.organisation) == (Signature.INTACT, station)


def test_a_seal_set_while_its_certificate_was_valid_is_believed_of_that_day_after_it_ran_out(
    printed, tmp_path, monkeypatch
):
    then, year = datetime.now(UTC) - timedelta(days=3 * 365), timedelta(days=365)

    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return then

    monkeypatch.setattr(demo_seals, "YEARS", year)
    monkeypatch.setattr(demo_seals, "datetime", Then)
    old = demo_seals.prepare(tmp_path)
    demo_seals.ensure_seal(old, ORGANISATION)
    file = pades(old).seal(printed, ORDER)
    assert found_in(file, old.roots, then).signature is Signature.INTACT
    assert found_in(file, old.roots).signature is Signature.STRANGER  # today it has run out
    assert found_in(file, old.roots, then - 2 * year).signature is Signature.STRANGER  # and then it did not exist yet


def test_sealing_adds_to_the_file_and_changes_nothing_of_it(file, printed):
    assert file.startswith(printed)
    assert page.text(file) == page.text(printed)


def test_a_sealed_file_is_still_an_archive_file_and_accessible(sealed):
    assert failed_checks(sealed) == {level: [] for level in sealed}


def test_the_seal_is_drawn_in_outlines_over_organisation_and_date(file):
    with pikepdf.open(io.BytesIO(file)) as document:
        widget = next(f for f in document.Root.AcroForm.Fields if f.get("/FT") == "/Sig" and "/StructParent" in f)
        drawn = widget.AP.N.read_bytes()
        assert "/Font" not in widget.AP.N.Resources
        left, bottom, right, top = map(float, widget.Rect)
    assert drawn.count(b" f\n") + drawn.count(b" f ") >= len(ORGANISATION)
    assert round((right - left) / 72 * 25.4) == round((top - bottom) / 72 * 25.4) == 42


def test_files_that_are_not_sealed_have_no_signature(printed, folder):
    assert found_in(printed, folder.roots).signature is Signature.NONE
    assert found_in(b"hello", folder.roots).signature is Signature.NONE


def test_a_seal_of_an_authority_we_do_not_know_is_a_strangers(file, tmp_path):
    other = demo_seals.prepare(tmp_path / "other")
    assert found_in(file, other.roots).signature is Signature.STRANGER
    assert found_in(file, tmp_path / "none.pem").signature is Signature.STRANGER


# --- whatever is changed afterwards is found


def overlay(content):
    """A white box over a clause, as an incremental update: poppler's pdfsig calls the result valid."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    white = writer.add_object(generic.StreamObject(stream_data=b"q 1 g 80 500 300 60 re f Q"))
    writer.add_stream_to_page(0, white)
    return written(writer)


def annotation(content):
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    box = {"/Type": "/Annot", "/Subtype": "/Square", "/F": 4}
    note = generic.DictionaryObject(
        {
            generic.pdf_name(k): generic.pdf_name(v) if isinstance(v, str) else generic.NumberObject(v)
            for k, v in box.items()
        }
    )
    note["/Rect"] = generic.ArrayObject([generic.NumberObject(n) for n in (80, 500, 380, 560)])
    writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(note))
    return written(writer)


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewritten(content):
    with pikepdf.open(io.BytesIO(content)) as document:
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def other_data(content):
    with pikepdf.open(io.BytesIO(content)) as document:
        document.attachments["record.json"] = pikepdf.AttachedFileSpec(document, b"{}", filename="record.json")
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def validation_data(content):
    """What a reader adds on request ("add verification information"): harmless, and signed by nobody."""
    grown = io.BytesIO(content)
    signer = PdfFileReader(io.BytesIO(content)).embedded_signatures[0]
    DocumentSecurityStore.add_dss(grown, signer.pkcs7_content, certs=[signer.signer_cert], force_write=True)
    return grown.getvalue()


TAMPERINGS = {
    "overlay": overlay,
    "annotation": annotation,
    "validation data": validation_data,
    "rewrite": rewritten,
    "other data": other_data,
    "appended": lambda content: content + b"\n% appended\n",
    "appended with an end": lambda content: content + b"\n% appended\nstartxref\n0\n%%EOF\n",
    "cut off": lambda content: content[: len(content) * 9 // 10],
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_sealed_file_that_was_changed_is_broken(file, folder, tampering):
    changed = TAMPERINGS[tampering](file)
    assert changed != file
    assert found_in(changed, folder.roots).signature is Signature.BROKEN
    assert found_in(file, folder.roots).signature is Signature.INTACT  # the control: the very same file, untouched


# --- keys and servers that are missing, wrong or down


def test_an_organisation_without_a_seal_says_so(printed, folder):
    with pytest.raises(SealFailed, match="没有为“某某街道”配置电子印章"):
        pades(folder).seal(printed, SealOrder("1", "某某街道", "", ORDER.at))
    with pytest.raises(SealFailed, match="没有为"):
        pades(folder).seal(printed, SealOrder("1", "../etc", "", ORDER.at))


def test_a_wrong_password_says_so(printed, folder, tmp_path):
    other = SealFolder(tmp_path)
    other.key_of(ORGANISATION).write_bytes(folder.key_of(ORGANISATION).read_bytes())
    (tmp_path / "password").write_bytes(b"wrong")
    with pytest.raises(SealFailed, match="打不开"):
        pades(other).seal(printed, ORDER)


def test_a_file_without_a_place_for_the_seal_is_refused(printed, folder):
    with pikepdf.open(io.BytesIO(printed)) as document:
        del document.Root.AcroForm
        out = io.BytesIO()
        document.save(out)
    with pytest.raises(SealFailed, match="未能加盖"):
        pades(folder).seal(out.getvalue(), ORDER)


def test_a_second_seal_on_a_sealed_file_is_refused(file, folder):
    with pytest.raises(SealFailed):
        pades(folder).seal(file, ORDER)


class SealServer(BaseHTTPRequestHandler):
    """A seal server as docs/seal-server.md describes it, with keys of its own."""

    provider: PadesSealProvider
    asked: list[dict[str, str]]
    answers = staticmethod(lambda provider, pdf, order: provider.seal(pdf, order))

    def do_POST(self):
        pdf = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(dict(self.headers))
        if self.headers["Authorization"] != "Bearer secret":
            return self._say(403, "没有权限使用这枚印章".encode(), "text/plain; charset=utf-8")
        order = SealOrder(
            self.headers["Idempotency-Key"],
            unquote(self.headers["Seal-Organisation"]),
            unquote(self.headers["Seal-Record"]),
            datetime.fromisoformat(self.headers["Seal-Time"]),
        )
        return self._say(200, self.answers(self.provider, pdf, order), "application/pdf")

    def _say(self, status, body, media_type):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(folder):
    def serve(answers=SealServer.answers):
        kind = type("Kind", (SealServer,), {"provider": pades(folder), "asked": [], "answers": staticmethod(answers)})
        http = HTTPServer(("127.0.0.1", 0), kind)
        threading.Thread(target=http.serve_forever, daemon=True).start()
        running.append(http)
        return f"http://127.0.0.1:{http.server_port}/seal", kind.asked

    running: list[HTTPServer] = []
    yield serve
    for http in running:
        http.shutdown()
        http.server_close()


def test_a_seal_server_seals_what_it_is_sent(server, printed, folder):
    address, asked = server()
    sealed = HttpSealProvider(address, "secret").seal(printed, ORDER)
    assert found_in(sealed, folder.roots).signature is Signature.INTACT
    assert asked[0]["Idempotency-Key"] == ORDER.record_id
    assert asked[0]["Seal-Field"] == "Seal"


def test_a_seal_server_that_refuses_is_quoted(server, printed):
    with pytest.raises(SealFailed, match="没有权限使用这枚印章"):
        HttpSealProvider(server()[0], "wrong").seal(printed, ORDER)


@pytest.mark.parametrize(
    "answers",
    [
        lambda provider, pdf, order: pdf,
        lambda provider, pdf, order: rewritten(provider.seal(pdf, order)),
        lambda *_: b"",
    ],
    ids=["unsealed", "rewritten", "nothing"],
)
def test_what_is_not_our_file_with_a_signature_is_not_taken(server, printed, answers):
    with pytest.raises(SealFailed, match="没有采用"):
        HttpSealProvider(server(answers)[0], "secret").seal(printed, ORDER)


def test_a_seal_server_that_is_down_is_named(server, printed):
    address, _ = server()
    closed = address.replace("/seal", "").rsplit(":", 1)[0] + ":9"
    with pytest.raises(SealFailed, match="连接不上"):
        HttpSealProvider(closed).seal(printed, ORDER)
