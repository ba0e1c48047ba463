"""Electronic seals: a signature over the finished file, seen as the organisation's seal.

``SealProvider`` is a seam with two sides: ``PadesSealProvider`` signs here (PAdES B-B, or B-LTA where a time-stamp
authority is named); ``HttpSealProvider`` hands the file to a certified seal server (国密签章服务器), whose protocol is
docs/seal-server.md. What a self-made certificate proves is integrity, not who holds the seal.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from documents.archival import SEAL_FIELD
from documents.impression import SIZE, impression

SERVER_SECONDS = 60
LONGEST_ANSWER = 4 << 20
REASON = "加盖电子印章"
SIGNATURE_BYTES = 4096  # all of a signature but its certificates


class SealFailed(RuntimeError):
    """No seal was set; the Chinese sentence says why and is shown on the record."""


@dataclass(frozen=True, slots=True)
class SealOrder:
    """Whose seal is set on which record; the same ``record_id`` again means the same act again."""

    record_id: str
    organisation: str
    number: str
    at: datetime


class SealProvider(Protocol):
    """Sets a seal: answers the file with its signature, the file it got as the unchanged beginning of it."""

    level: str  # what is written in the journal: PAdES B-B, PAdES B-LTA, ...

    def seal(self, pdf: bytes, order: SealOrder) -> bytes: ...


@dataclass(frozen=True)
class SealFolder:
    """Keys and certificates of one installation, as files an operator can look through.

    ``<组织名称>.p12`` (key, certificate and chain), ``password`` (of all of them), ``roots.pem`` (whom a verification
    believes), ``*.crl`` (for B-LTA, where a certificate names no address to ask).
    """

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def roots(self) -> Path:
        return self.path / "roots.pem"

    def key_of(self, organisation: str) -> Path:
        return self.path / f"{organisation}.p12"

    @property
    def password(self) -> bytes:
        file = self.path / "password"
        return file.read_bytes().strip() if file.exists() else b""


def apart(work: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """In a thread of its own: pyHanko opens an event loop of its own, which a thread that runs one already refuses."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given, **named).result()


class PadesSealProvider:
    """Signs with a key of this installation; ``stamper`` is pyHanko's, None for B-B."""

    def __init__(self, folder: SealFolder, font: Path, *, stamper: Any = None, lower: str = "") -> None:
        self.folder, self.font, self.stamper, self.lower = folder, font, stamper, lower
        self.level = "PAdES B-LTA" if stamper is not None else "PAdES B-B"

    def seal(self, pdf: bytes, order: SealOrder) -> bytes:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSigner

        signer = self._signer(order.organisation)
        try:
            work = PdfSigner(
                self._what(order),
                signer=signer,
                timestamper=self.stamper,
                stamp_style=_appearance(impression(order.organisation, self.lower, self.font)),
            )
            room = None if self.stamper else 2 * (SIGNATURE_BYTES + _chain_bytes(signer))  # else pyHanko signs twice
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            sealed = apart(work.sign_pdf, writer, existing_fields_only=True, bytes_reserved=room)
        except not_signed() as error:
            raise SealFailed(f"未能加盖电子印章：{why_not(error)}。") from error
        except KeyError as error:
            raise SealFailed(f"印章字体缺少“{order.organisation}”中的字符，未能绘制印文。") from error
        return bytes(sealed.getvalue())

    def _what(self, order: SealOrder) -> Any:
        from pyhanko.sign import PdfSignatureMetadata
        from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
        from pyhanko.sign.signers.pdf_signer import DSSContentSettings

        lasting = self.stamper is not None
        return PdfSignatureMetadata(
            field_name=SEAL_FIELD,
            md_algorithm="sha256",
            name=order.organisation,
            reason=f"{REASON}（{order.number}）" if order.number else REASON,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            embed_validation_info=lasting,
            use_pades_lta=lasting,
            dss_settings=DSSContentSettings(include_vri=False, next_ts_settings=covered_by_the_stamp()),
            validation_context=trust(self.folder.path) if lasting else None,
        )

    def _signer(self, organisation: str) -> Any:
        file = self.folder.key_of(organisation)
        if "/" in organisation or not file.is_file():
            raise SealFailed(f"没有为“{organisation}”配置电子印章：请由系统管理员放置 {file.name}。")
        return _signer(file, self.folder.password)


class HttpSealProvider:
    """Asks a seal server; the protocol is docs/seal-server.md, the server's own key never comes here."""

    level = "seal server"

    def __init__(self, address: str, token: str = "") -> None:
        self.address, self.token = address, token

    def seal(self, pdf: bytes, order: SealOrder) -> bytes:
        sealed = self._asked(pdf, order)
        if not sealed.startswith(pdf) or not signed_revisions(sealed):
            raise SealFailed("签章服务器返回的文件不是原文件加签名，没有采用。")
        return sealed

    def _asked(self, pdf: bytes, order: SealOrder) -> bytes:
        request = Request(self.address, data=pdf, method="POST", headers=self._headers(order))  # noqa: S310 - settings
        try:
            with urlopen(request, timeout=SERVER_SECONDS) as answer:  # noqa: S310
                return bytes(answer.read(LONGEST_ANSWER))
        except HTTPError as error:
            said = error.read(300).decode("utf-8", "replace").strip()
            raise SealFailed(f"签章服务器拒绝用印：{said or error.code}。") from error
        except (URLError, OSError) as error:
            raise SealFailed(f"连接不上签章服务器：{getattr(error, 'reason', error)}。") from error

    def _headers(self, order: SealOrder) -> dict[str, str]:
        told = {
            "Content-Type": "application/pdf",
            "Accept": "application/pdf",
            "Idempotency-Key": order.record_id,
            "Seal-Organisation": quote(order.organisation),
            "Seal-Record": quote(order.number),
            "Seal-Field": SEAL_FIELD,
            "Seal-Time": order.at.isoformat(),
        }
        return {**told, "Authorization": f"Bearer {self.token}"} if self.token else told


def covered_by_the_stamp() -> Any:
    """The data an archive time-stamp is validated with goes in before it, so that nothing follows the stamp unsigned."""
    from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings

    return TimestampDSSContentSettings(include_vri=False, update_before_ts=True)


def not_signed() -> tuple[type[Exception], ...]:
    """What pyHanko raises where it cannot sign or stamp."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko_certvalidator.errors import PathError, ValidationError

    return PdfError, SigningError, PathError, ValidationError, OSError


def why_not(error: BaseException) -> str:
    """Which certificate is not believed and what to do, where that is the reason; otherwise pyHanko's own words."""
    from pyhanko_certvalidator.errors import (
        ExpiredError,
        InsufficientRevinfoError,
        PathError,
        PathValidationError,
        RevokedError,
    )

    unknown = "印章或者时间戳的证书不是 roots.pem 中的机构签发的，或者证书链不完整"
    said = {
        RevokedError: "印章或者时间戳的证书已被吊销，须换用新的证书",
        ExpiredError: "印章或者时间戳的证书已过有效期，须换用新的证书",
        InsufficientRevinfoError: "查不到印章或者时间戳证书的吊销状态，请在电子印章目录放置吊销列表（*.crl），"
        "或者查看证书中写明的查询地址（OCSP）能否连上",
        PathError: unknown,
        PathValidationError: unknown,
    }
    reason = error.__cause__ if type(error) not in said and error.__cause__ is not None else error
    return next((words for kind, words in said.items() if isinstance(reason, kind)), str(error))


def signed_revisions(pdf: bytes) -> int:
    """How many signature dictionaries the file says it has, without parsing it."""
    return len(re.findall(rb"/ByteRange\s*\[", pdf))


def time_stamper(address: str) -> Any:
    """A time-stamp authority of RFC 3161 at that address."""
    from pyhanko.sign.timestamps import HTTPTimeStamper

    return HTTPTimeStamper(address, timeout=SERVER_SECONDS)


def _appearance(drawing: bytes) -> Any:
    """The drawing as the signature's appearance: red that lets the black below it through, as ink does."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.content import ResourceType
    from pyhanko.pdf_utils.layout import BoxConstraints
    from pyhanko.stamp import BaseStamp, BaseStampStyle

    class Ink(BaseStamp):
        def render(self) -> bytes:
            multiply = generic.DictionaryObject({generic.pdf_name("/BM"): generic.pdf_name("/Multiply")})
            self.set_resource(ResourceType.EXT_G_STATE, generic.pdf_name("/Ink"), multiply)
            scale = self.box.width / SIZE, self.box.height / SIZE
            return b"q %.4f 0 0 %.4f 0 0 cm /Ink gs\n%s\nQ" % (*scale, drawing)

        def as_form_xobject(self) -> Any:
            form = super().as_form_xobject()
            form.compress()
            return form

    class InkStyle(BaseStampStyle):
        def create_stamp(self, writer: Any, box: BoxConstraints, text_params: Any) -> Ink:
            return Ink(writer, self, box)

    return InkStyle(border_width=0)


@lru_cache(64)
def _signer(file: Path, password: bytes) -> Any:
    from pyhanko.sign import SimpleSigner

    signer = SimpleSigner.load_pkcs12(str(file), passphrase=password or None)
    if signer is None:
        raise SealFailed(f"电子印章文件 {file.name} 打不开：请核对文件和密码。")
    return signer


def _chain_bytes(signer: Any) -> int:
    return sum(len(certificate.dump()) for certificate in {signer.signing_cert, *signer.cert_registry})


def trust(folder: Path) -> Any:
    """Whom an installation believes when it signs for the long term; a fresh one for each signature.

    The revocation of each certificate has to be known: asked at the address the certificate names (OCSP, revocation
    list), or from the lists in the folder.
    """
    from asn1crypto import crl
    from pyhanko_certvalidator import ValidationContext

    lists = [crl.CertificateList.load(file.read_bytes()) for file in sorted(folder.glob("*.crl"))]
    return ValidationContext(
        trust_roots=roots_at(folder / "roots.pem"),
        crls=lists,
        revocation_mode="require",
        retroactive_revinfo=True,  # an answer is younger than the question
        allow_fetching=True,
    )


def roots_at(file: Path) -> list[Any]:
    """The certificates of a PEM file, none where there is no such file."""
    from pyhanko.keys import load_certs_from_pemder

    return list(load_certs_from_pemder([str(file)])) if file.is_file() else []
