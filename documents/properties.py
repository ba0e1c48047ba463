"""What a PDF says beside its pages: author, program and hours of its making, the camera of its pictures.

A PDF handed in stays as it came, for these too may be evidence, and a signature in it covers every byte. The copy that is
shown and taken out says nothing of it.
"""

from io import BytesIO

import pikepdf
from pikepdf import Name

from documents.photos import JPEG, without_particulars

SAID_OF_A_PART = ("/Metadata", "/PieceInfo", "/LastModified")


def without_properties(content: bytes) -> bytes | None:
    """The same pages without these; None where none can be made: signed, locked or damaged."""
    if is_signed(content):
        return None
    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return None
            if Name.Info in pdf.trailer:
                del pdf.trailer[Name.Info]
            for part in pdf.objects:
                _silence(part)
            copy = BytesIO()
            pdf.save(copy, deterministic_id=True)
            return copy.getvalue()
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
        return None


def is_signed(content: bytes) -> bool:
    return b"/ByteRange" in content


def _silence(part: pikepdf.Object) -> None:
    if not isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
        return
    for name in SAID_OF_A_PART:
        if name in part:
            del part[name]
    if isinstance(part, pikepdf.Stream) and part.get("/Filter") == Name.DCTDecode:
        picture = part.read_raw_bytes()
        part.write(without_particulars(JPEG, picture), filter=Name.DCTDecode)
