"""What the signature of a file says: whether anything was changed after the seal was set, and by whom it was set.

Difference analysis decides, not the word of a viewer: an overlay or an annotation added later leaves the signed bytes
whole, and is a change all the same.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any

from documents.seal import apart

SIGNED = re.compile(rb"/ByteRange|/FT ?/Sig")
ENDS_WELL = rb"startxref\s+\d+\s+%%EOF\s*\Z"


class Signature(StrEnum):
    """The state of a file's seal."""

    NONE = "none"  # no signature at all
    INTACT = "intact"  # sealed by somebody we believe, nothing changed since
    BROKEN = "broken"  # changed after sealing, or damaged
    STRANGER = "stranger"  # whole, but the certificate is not one of ours
    UNREADABLE = "unreadable"  # an algorithm this program does not know (国密)


SENTENCES = {
    Signature.NONE: "文件没有电子印章",
    Signature.INTACT: "签名完整",
    Signature.BROKEN: "签名无效：文件在用印后被改动",
    Signature.STRANGER: "签名完整，但签名证书不在受信任的名单中",
    Signature.UNREADABLE: "签名使用本机不能核验的算法",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on the signatures of a file, the organisation named in the certificate, the hash of the data."""

    signature: Signature
    organisation: str = ""
    signed_at: str = ""
    data_sha256: str = ""  # of the structured data embedded in the file

    @property
    def sentence(self) -> str:
        return SENTENCES[self.signature]


NOTHING_FOUND = Finding(Signature.NONE)


def found_in(content: bytes, roots: Path, at: datetime | None = None) -> Finding:
    """Never raises: what cannot be read is broken. Call it in a child process for files of strangers.

    ``at`` is when certificates had to be valid: now, or the moment at which a register says that the seal was set.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(content))
        seals = list(reader.embedded_signatures)
        data = _data_sha256(reader)
        if not seals:
            return Finding(Signature.NONE, data_sha256=data)
        verdict = _verdict(content, seals[0], seals[-1], roots, at)
        return Finding(verdict, _organisation(seals[0]), _moment(seals[0]), data)
    except Exception:  # a damaged file can make the parser fail in any way; whatever it is, the file is not whole
        return Finding(Signature.BROKEN if SIGNED.search(content) else Signature.NONE)


def _verdict(content: bytes, seal: Any, last: Any, roots: Path, at: datetime | None) -> Signature:
    """The first signature is the seal; whatever follows may only be time-stamps and validation data (B-LTA)."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    if not _known_algorithm(seal):
        return Signature.UNREADABLE
    if seal.sig_object_type != "/Sig":
        return Signature.BROKEN
    any_usage = KeyUsageConstraints(key_usage=set())
    status = apart(
        validate_pdf_signature, seal, _believed(roots, at), _believed(roots, at), key_usage_settings=any_usage
    )
    newest = status if last is seal else apart(validate_pdf_timestamp, last, _believed(roots, at))
    sound = all(found.intact and found.valid for found in (status, newest)) and status.docmdp_ok
    upkeep = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    if not sound or status.modification_level not in upkeep or not _reaches_the_end(newest, content):
        return Signature.BROKEN
    return Signature.INTACT if status.trusted and newest.trusted else Signature.STRANGER


def _reaches_the_end(status: Any, content: bytes) -> bool:
    """Nothing follows what was signed last but, after a time-stamp, the data it is validated with."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    if status.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    return status.modification_level is ModificationLevel.LTA_UPDATES and re.search(ENDS_WELL, content) is not None


def _believed(roots: Path, at: datetime | None) -> Any:
    from pyhanko_certvalidator import ValidationContext

    from documents.seal import roots_at

    return ValidationContext(trust_roots=roots_at(roots), allow_fetching=False, revocation_mode="soft-fail", moment=at)


def _known_algorithm(seal: Any) -> bool:
    return not seal.signer_info["signature_algorithm"]["algorithm"].native.startswith("1.2.156.")  # 国密, SM2 with SM3


def _organisation(seal: Any) -> str:
    return str(seal.signer_cert.subject.native.get("common_name", "")) if seal.signer_cert is not None else ""


def _moment(seal: Any) -> str:
    moment: datetime | None = seal.self_reported_timestamp
    return moment.isoformat() if moment else ""


def _data_sha256(reader: Any) -> str:
    """Of the first associated file: the canonical record data, byte for byte."""
    files = reader.root.get("/AF")
    if not files:
        return ""
    content: bytes = files[0]["/EF"]["/F"].data
    return hashlib.sha256(content).hexdigest()
