"""Cutting the role fonts down to the glyphs of a record, at a third of what WeasyPrint spends on it.

WeasyPrint copies every font file whole for every record and cuts it twice, the second time for fonts of a make that ours
are not of. Here a face is prepared once and cut once. It replaces private functions, as ``documents.justification``
does; veraPDF and the comparison of two engines judge the result.
"""

from typing import Any

MOST_FACES = 32  # the fonts of an installation are nine


def cut_fonts_once() -> None:
    """Make this process's WeasyPrint cut fonts here; a second call changes nothing."""
    from weasyprint.pdf import fonts

    fonts.get_hb_object_data = _unread
    fonts.Font._harfbuzz_subset = _subset


def _unread(face: Any, *_: Any) -> bytes:
    """A whole font, which nobody needs: what cannot be cut down is refused."""
    return b""


def _subset(font: Any, to_unicode: dict[int, str], hinting: bool) -> None:
    from weasyprint.logger import LOGGER
    from weasyprint.text.ffi import ffi, harfbuzz, harfbuzz_subset
    from weasyprint.text.fonts import get_hb_object_data

    face = _prepared(font.hb_face) if "glyf" in font.tables else font.hb_face  # PostScript outlines would take 136 MB
    cut = harfbuzz_subset.hb_subset_or_fail(face, _wanted(to_unicode, bool(font.missing)))
    cut = ffi.gc(cut, harfbuzz.hb_face_destroy)
    font.file_content = (get_hb_object_data(cut) if cut else None) or b""
    if not font.file_content:
        LOGGER.warning('Unable to subset "%s"', font.family)


def _wanted(glyphs: dict[int, str], with_box: bool) -> Any:
    """These glyphs under their own numbers, without hints, each outline whole."""
    from weasyprint.text.ffi import ffi, harfbuzz, harfbuzz_subset

    flags = (
        harfbuzz_subset.HB_SUBSET_FLAGS_RETAIN_GIDS
        | harfbuzz_subset.HB_SUBSET_FLAGS_NO_HINTING
        | harfbuzz_subset.HB_SUBSET_FLAGS_DESUBROUTINIZE
    )
    wanted = ffi.gc(harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy)
    numbers = ffi.new("hb_codepoint_t[]", sorted(glyphs))
    harfbuzz.hb_set_add_sorted_array(harfbuzz_subset.hb_subset_input_glyph_set(wanted), numbers, len(glyphs))
    harfbuzz_subset.hb_subset_input_set_flags(
        wanted, flags | (harfbuzz_subset.HB_SUBSET_FLAGS_NOTDEF_OUTLINE if with_box else 0)
    )
    return wanted


_faces: dict[int, Any] = {}  # prepared, by the address of the face


def _prepared(face: Any) -> Any:
    """Prepared once for as long as this process lives; never freed, for an address must not come to mean another font."""
    from weasyprint.text.ffi import ffi, harfbuzz

    address = int(ffi.cast("uintptr_t", face))
    if address not in _faces and len(_faces) < MOST_FACES:
        _faces[address] = _prepare(harfbuzz.hb_face_reference(face))
    return _faces.get(address, face)


def _prepare(face: Any) -> Any:
    """As it is where HarfBuzz is older than 6."""
    from weasyprint.text.ffi import ffi, harfbuzz_subset

    ffi.cdef("hb_face_t * hb_subset_preprocess (hb_face_t *source);", override=True)
    prepare = getattr(harfbuzz_subset, "hb_subset_preprocess", None)
    return prepare(face) if prepare else face
