"""What a PDF says beside its pages: author, program and hours of its making, the camera of its pictures.

A PDF handed in stays as it came, for these too may be evidence, and a signature in it covers every byte. The copy that is
shown and taken out says nothing of it, and what would run, start a program or send something when it is opened is gone.
"""

from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Name

from documents.photos import JPEG, without_particulars

SAID_OF_A_PART = ("/Metadata", "/PieceInfo", "/LastModified")
STARTED_BY_A_PART = ("/OpenAction", "/AA", "/JavaScript", "/JS")
STARTING = (Name.JavaScript, Name.Launch, Name.SubmitForm, Name.ImportData)


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
    """The part and what lies inside it; what it only points to comes by itself."""
    for inner in _inside(part):
        if not inner.is_indirect:
            _silence(inner)
    if not isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
        return
    for name in (*SAID_OF_A_PART, *STARTED_BY_A_PART):
        if name in part:
            del part[name]
    if part.get("/S") in STARTING:
        del part["/S"]
    if isinstance(part, pikepdf.Stream) and part.get("/Filter") == Name.DCTDecode:
        picture = part.read_raw_bytes()
        part.write(without_particulars(JPEG, picture), filter=Name.DCTDecode)


def _inside(part: pikepdf.Object) -> Iterator[pikepdf.Object]:
    if isinstance(part, pikepdf.Array):
        values = list(part)
    elif isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
        values = [part[name] for name in part.keys()]  # noqa: SIM118  (a stream is no mapping)
    else:
        return
    yield from (value for value in values if isinstance(value, pikepdf.Array | pikepdf.Dictionary))
