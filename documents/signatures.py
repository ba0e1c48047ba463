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
STORED_ALONE, AS_FAR_AS_KNOWN, NOT_ASKED = (
    "require",
    "soft-fail",
    "none",
)  # pyHanko's words for what must be known of revocation


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


class Level(StrEnum):
    """How long a seal can be judged from the file alone (PAdES, ETSI EN 319 142-1)."""

    NONE = ""
    B_B = "PAdES B-B"  # while its certificate is valid
    B_T = "PAdES B-T"  # the time of the seal is proved
    B_LTA = "PAdES B-LTA"  # all it is judged by lies inside, under a time-stamp that can be renewed


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on the signatures of a file, the organisation named in the certificate, the hash of the data."""

    signature: Signature
    organisation: str = ""
    signed_at: str = ""
    data_sha256: str = ""  # of the structured data embedded in the file
    level: Level = Level.NONE  # as reached by what lies in the file, of a seal we believe
    lasts_until: str = ""  # the end of the certificate that the level hangs on

    @property
    def sentence(self) -> str:
        return SENTENCES[self.signature]


NOTHING_FOUND = Finding(Signature.NONE)


def found_in(content: bytes, roots: Path, at: datetime | None = None) -> Finding:
    """Never raises: what cannot be read is broken. Call it in a child process for files of strangers.

    ``at`` is when certificates had to be valid: now, or the moment at which a register says that it took the file.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(content))
        seals = list(reader.embedded_signatures)
        data = _data_sha256(reader)
        if not seals:
            return Finding(Signature.NONE, data_sha256=data)
        verdict, level = _verdict(_Chain(reader, seals, roots), at)
        until = seals[-1].signer_cert.not_valid_after.isoformat() if level else ""
        return Finding(verdict, _organisation(seals[0]), _moment(seals[0]), data, level, until)
    except Exception:  # a damaged file can make the parser fail in any way; whatever it is, the file is not whole
        return Finding(Signature.BROKEN if SIGNED.search(content) else Signature.NONE)


@dataclass(frozen=True, slots=True)
class _Chain:
    """A seal and the archive time-stamps set over it since, with the validation data that lies in the file."""

    reader: Any
    seals: list[Any]
    roots: Path

    @property
    def is_ours(self) -> bool:
        """The first signature is the seal; whatever follows may only be time-stamps."""
        kinds = [seal.sig_object_type for seal in self.seals]
        return kinds == ["/Sig", *["/DocTimeStamp"] * (len(kinds) - 1)]

    @property
    def stored(self) -> Any:
        """The validation data of the file (DSS), None where it has none."""
        from pyhanko.sign.validation.dss import DocumentSecurityStore
        from pyhanko.sign.validation.errors import NoDSSFoundError

        try:
            return DocumentSecurityStore.read_dss(self.reader)
        except NoDSSFoundError:
            return None

    def judged(self, at: datetime | None, revocation: str) -> tuple[Any, list[Any]]:
        """The statuses of the seal and of its time-stamps, newest first.

        The certificate of the newest stamp has to be valid ``at`` that moment, and not revoked, by what lies in the file,
        when it stamped: no later answer can lie there. Everything below holds at the time the stamp above it proves:
        a certificate that has run out since was valid when it counted.
        """
        from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
        from pyhanko.sign.validation.settings import KeyUsageConstraints

        stored, stamps, moment = self.stored, [], at
        newest_first = self.seals[:0:-1]
        asked = [(stamp, NOT_ASKED) for stamp in newest_first[:1]] + [(stamp, revocation) for stamp in newest_first]
        for stamp, wanted in asked:
            status = apart(validate_pdf_timestamp, stamp, _believed(self.roots, moment, stored, wanted))
            stamps.append(status)
            moment = status.timestamp
        believed = [_believed(self.roots, moment, stored, revocation) for _ in range(2)]
        any_usage = KeyUsageConstraints(key_usage=set())
        return apart(validate_pdf_signature, self.seals[0], *believed, key_usage_settings=any_usage), stamps


def _verdict(chain: _Chain, at: datetime | None) -> tuple[Signature, Level]:
    """The strictest reading that holds says the level: with the stored data alone, or with what is believed today."""
    if not _known_algorithm(chain.seals[0]):
        return Signature.UNREADABLE, Level.NONE
    if not chain.is_ours:
        return Signature.BROKEN, Level.NONE
    for revocation in (STORED_ALONE, AS_FAR_AS_KNOWN) if len(chain.seals) > 1 else (AS_FAR_AS_KNOWN,):
        seal, stamps = chain.judged(at, revocation)
        if not _whole(seal, stamps):
            return Signature.BROKEN, Level.NONE
        if all(status.trusted for status in (seal, *stamps)):
            return Signature.INTACT, _level(seal, revocation)
    return Signature.STRANGER, Level.NONE


def _level(seal: Any, revocation: str) -> Level:
    if revocation == STORED_ALONE:
        return Level.B_LTA
    return Level.B_T if seal.timestamp_validity is not None else Level.B_B


def _whole(seal: Any, stamps: list[Any]) -> bool:
    """Nothing was changed since the seal but by time-stamps and the data they are validated with."""
    from pyhanko.sign.diff_analysis import ModificationLevel

    upkeep = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    sound = all(status.intact and status.valid and status.modification_level in upkeep for status in (seal, *stamps))
    return sound and bool(seal.docmdp_ok) and _reaches_the_end((stamps or [seal])[0])


def _reaches_the_end(status: Any) -> bool:
    """Nothing follows what was signed last, not even validation data: what comes after a signature nobody signed."""
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    return status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def _believed(roots: Path, at: datetime | None, stored: Any, revocation: str) -> Any:
    from pyhanko_certvalidator import ValidationContext

    from documents.seal import roots_at

    asked: dict[str, Any] = {
        "trust_roots": roots_at(roots),
        "allow_fetching": False,
        "revocation_mode": revocation,
        "retroactive_revinfo": True,  # not revoked later is not revoked then; clocks differ by seconds too
        "moment": at,
    }
    return stored.as_validation_context(asked) if stored is not None else ValidationContext(**asked)


def _known_algorithm(seal: Any) -> bool:
    return not seal.signer_info["signature_algorithm"]["algorithm"].native.startswith("1.2.156.")  # 国密, SM2 with SM3


def _organisation(seal: Any) -> str:
    if seal.signer_cert is None:
        return ""
    subject = seal.signer_cert.subject.native  # a common name is short and may be the seal's
    return str(subject.get("organization_name") or subject.get("common_name", ""))


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
