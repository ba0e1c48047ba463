"""Whether a certificate was revoked is asked before a lasting seal is set, and the answer (OCSP, revocation list) lies in the file."""

import io
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pikepdf
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from documents import demo_seals
from documents.render import render_frozen
from documents.samples import CODE, ORGANISATION
from documents.seal import SealFailed, roots_at
from documents.signatures import Level, Signature, found_in
from tests.documents.test_seal import FROZEN, ORDER, pades
from tests.documents.verapdf import failed_checks

ANSWER_HOLDS = timedelta(hours=1)
CLOCK_AHEAD = timedelta(seconds=20)  # the responder's; two authorities never tell quite the same time


class Responder(BaseHTTPRequestHandler):
    """An OCSP responder (RFC 6960): signs with a certificate the authority gave it for that."""

    def do_POST(self):
        asked = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked.serial_number)
        body = self._answer(asked).public_bytes(serialization.Encoding.DER)
        self.send_response(200)
        self.send_header("Content-Type", "application/ocsp-response")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, asked):
        now, key, certificate = datetime.now(UTC) + CLOCK_AHEAD, *self.server.signer
        revoked = self.server.status is ocsp.OCSPCertStatus.REVOKED
        said = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=asked.serial_number,
            algorithm=asked.hash_algorithm,
            cert_status=self.server.status,
            this_update=now,
            next_update=now + ANSWER_HOLDS,
            revocation_time=now - timedelta(days=1) if revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
        )
        for extension in asked.extensions:
            said = said.add_extension(extension.value, critical=False)
        said = said.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate).certificates([certificate])
        return said.sign(key, hashes.SHA256())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def printed(fonts):
    return render_frozen(FROZEN, code=CODE, watermark="样本", site="https://hy.example.cn")


@pytest.fixture
def responder():
    server = HTTPServer(("127.0.0.1", 0), Responder)
    server.asked, server.status = [], ocsp.OCSPCertStatus.GOOD
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    close(server)


def close(server):
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(responder, tmp_path, monkeypatch):
    """An authority that keeps no revocation list: its certificates name the responder."""
    address = x509.UniformResourceIdentifier(f"http://127.0.0.1:{responder.server_port}/")
    named = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, address)])
    started = demo_seals._started
    monkeypatch.setattr(demo_seals, "_started", lambda *given: started(*given).add_extension(named, critical=False))
    made = demo_seals.prepare(tmp_path / "seals")
    (made.path / f"{demo_seals.AUTHORITY}.crl").unlink()
    demo_seals.ensure_seal(made, ORGANISATION)
    responder.signer = answering(demo_seals._opened(made.path / f"{demo_seals.AUTHORITY}.p12"))
    return made


def answering(authority):
    """A key and a certificate to answer with; nobody need ask whether the latter was revoked."""
    authority_key, issuer = authority
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(demo_seals._name("应答"))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return key, made


def revocation_list(folder, *serials):
    """A list of the authority, in the folder."""
    key, authority = demo_seals._opened(folder.path / f"{demo_seals.AUTHORITY}.p12")
    now = datetime.now(UTC)
    made = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
    made = made.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=7))
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(days=1))
        made = made.add_revoked_certificate(entry.build())
    content = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    (folder.path / "newest.crl").write_bytes(content)


def stored(content):
    with pikepdf.open(io.BytesIO(content)) as document:
        return {str(key): len(value) for key, value in document.Root.DSS.items() if key != "/Type"}


def serials(folder):
    certificates = (
        demo_seals._opened(folder.key_of(ORGANISATION)),
        demo_seals._opened(folder.path / "demo-time-stamp.p12"),
    )
    return [certificate.serial_number for _, certificate in certificates]


def test_the_answers_of_the_responder_lie_in_the_file_and_it_is_judged_by_them_for_years_without_the_network(
    printed,
    folder,
    responder,
):
    content = pades(folder, lasting=True).seal(printed, ORDER)
    assert set(responder.asked) == set(serials(folder))
    assert stored(content)["/OCSPs"] == 2
    assert "/CRLs" not in stored(content)
    asked = list(responder.asked)
    close(responder)
    now = datetime.now(UTC)
    for later in (timedelta(0), 2 * ANSWER_HOLDS, timedelta(days=400), timedelta(days=3000)):
        with time_machine.travel(now + later):
            found = found_in(content, folder.roots)
        assert (found.signature, found.level) == (Signature.INTACT, Level.B_LTA), later
    with time_machine.travel(now + timedelta(days=4000)):
        assert found_in(content, folder.roots).signature is Signature.STRANGER, "the stamp's certificate has ended"
    assert responder.asked == asked
    assert failed_checks({"sealed": content}) == {"sealed": []}


def test_a_revoked_certificate_seals_nothing(printed, folder, responder):
    responder.status = ocsp.OCSPCertStatus.REVOKED
    with pytest.raises(SealFailed, match="证书已被吊销，须换用新的证书"):
        pades(folder, lasting=True).seal(printed, ORDER)


def test_an_answer_that_another_authority_signed_is_no_answer(printed, folder, responder, tmp_path):
    other = demo_seals.prepare(tmp_path / "others")
    responder.signer = answering(demo_seals._opened(other.path / f"{demo_seals.AUTHORITY}.p12"))
    with pytest.raises(SealFailed, match="查不到印章或者时间戳证书的吊销状态"):
        pades(folder, lasting=True).seal(printed, ORDER)


def test_while_the_responder_is_down_a_list_in_the_folder_will_do_and_without_one_it_says_what_to_do(
    printed,
    folder,
    responder,
):
    close(responder)
    with pytest.raises(SealFailed, match=r"请在电子印章目录放置吊销列表（\*\.crl），或者查看证书中写明的查询地址"):
        pades(folder, lasting=True).seal(printed, ORDER)
    revocation_list(folder)
    content = pades(folder, lasting=True).seal(printed, ORDER)
    assert found_in(content, folder.roots).level is Level.B_LTA
    assert stored(content)["/CRLs"] == 1


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=30)], ids=["today", "after the list has ended"])
def test_a_revocation_list_of_a_week_is_enough_for_years(printed, tmp_path, later):
    made = demo_seals.prepare(tmp_path)
    (made.path / f"{demo_seals.AUTHORITY}.crl").unlink()
    demo_seals.ensure_seal(made, ORGANISATION)
    revocation_list(made)
    content = pades(made, lasting=True).seal(printed, ORDER)
    with time_machine.travel(datetime.now(UTC) + later):
        found = found_in(content, made.roots)
    assert (found.signature, found.level) == (Signature.INTACT, Level.B_LTA)


def test_who_stands_on_the_list_in_the_folder_seals_nothing(printed, tmp_path):
    made = demo_seals.prepare(tmp_path)
    demo_seals.ensure_seal(made, ORGANISATION)
    seal, stamp = serials(made)
    for revoked in (seal, stamp):
        revocation_list(made, revoked)
        (made.path / f"{demo_seals.AUTHORITY}.crl").unlink(missing_ok=True)
        with pytest.raises(SealFailed, match="已被吊销"):
            pades(made, lasting=True).seal(printed, ORDER)


def test_a_certificate_of_an_authority_that_is_not_among_the_roots_seals_nothing_for_the_long_term(
    printed,
    tmp_path,
):
    made, other = demo_seals.prepare(tmp_path / "one"), demo_seals.prepare(tmp_path / "other")
    demo_seals.ensure_seal(made, ORGANISATION)
    made.roots.unlink()
    made.roots.write_bytes(other.roots.read_bytes())
    assert len(roots_at(made.roots)) == 1
    with pytest.raises(SealFailed, match=r"不是 roots\.pem 中的机构签发的"):
        pades(made, lasting=True).seal(printed, ORDER)
