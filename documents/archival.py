"""What WeasyPrint does not write: the PDF/UA mark beside PDF/A-3a, and the place where the seal will be signed."""

import re
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, String

SEAL_FIELD = "Seal"
HIDDEN_WHILE_EMPTY = 4 | 128  # printed, locked
UA_METADATA = """<{rdf}Description {rdf}about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1\
</pdfuaid:part></{rdf}Description><{rdf}Description {rdf}about="" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><{rdf}Bag>\
<{rdf}li {rdf}parseType="Resource"><pdfaSchema:schema>PDF/UA</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><{rdf}Seq><{rdf}li {rdf}parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>PDF/UA part\
</pdfaProperty:description></{rdf}li></{rdf}Seq></pdfaSchema:property></{rdf}li></{rdf}Bag></pdfaExtension:schemas>\
</{rdf}Description>"""

Box = tuple[int, float, float, float, float]  # page index, then left, bottom, right, top in points


def finalise(pdf: bytes, seal: Box | None, seal_label: str) -> bytes:
    """The finished, deterministic bytes; ``seal`` is where an empty, tagged signature field is put."""
    with pikepdf.open(BytesIO(pdf)) as document:
        _claim_accessibility(document)
        _name_attachments_once(document)
        if seal is not None:
            _reserve_seal(document, seal, seal_label)
        out = BytesIO()
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _claim_accessibility(document: pikepdf.Pdf) -> None:
    xmp = document.Root.Metadata.read_bytes().decode()
    end = re.search(r"</(\w+:)?RDF>", xmp)
    assert end is not None
    xmp = xmp[: end.start()] + UA_METADATA.format(rdf=end.group(1) or "") + xmp[end.start() :]
    stream = document.make_stream(xmp.encode())
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    document.Root.Metadata = stream


def _name_attachments_once(document: pikepdf.Pdf) -> None:
    """WeasyPrint lists a file once for each way it was told to attach it."""
    files = {file.objgen: file for file in document.Root.get("/AF", [])}
    document.Root.AF = Array(files.values())


def _reserve_seal(document: pikepdf.Pdf, seal: Box, label: str) -> None:
    number, *box = seal
    page, tree = document.pages[number], document.Root.StructTreeRoot
    key = int(tree.ParentTreeNextKey) if "/ParentTreeNextKey" in tree else len(document.pages) + 1000
    widget = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String(SEAL_FIELD),
            TU=String(label),
            Rect=Array([round(value, 3) for value in box]),
            F=HIDDEN_WHILE_EMPTY,
            AP=Dictionary(N=_empty_appearance(document, box)),
            P=page.obj,
            StructParent=key,
        )
    )
    _tag(document, page, widget, key, label)
    page.obj.Annots = Array([*page.obj.get("/Annots", []), widget])
    page.obj.Tabs = Name.S
    document.Root.AcroForm = document.make_indirect(Dictionary(Fields=Array([widget]), SigFlags=0))


def _empty_appearance(document: pikepdf.Pdf, box: list[float]) -> pikepdf.Object:
    appearance = document.make_stream(b"")
    appearance.Type, appearance.Subtype = Name.XObject, Name.Form
    appearance.BBox = Array([0, 0, round(box[2] - box[0], 3), round(box[3] - box[1], 3)])
    return document.make_indirect(appearance)


def _tag(document: pikepdf.Pdf, page: pikepdf.Page, widget: pikepdf.Object, key: int, label: str) -> None:
    tree = document.Root.StructTreeRoot
    parent = tree.K[0] if isinstance(tree.K, Array) else tree.K
    element = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Form, Alt=String(label), Pg=page.obj))
    element.K = Dictionary(Type=Name.OBJR, Obj=widget, Pg=page.obj)
    element.P = parent
    children = parent.K
    parent.K = Array([*children, element]) if isinstance(children, Array) else Array([children, element])
    tree.ParentTree.Nums = Array([*tree.ParentTree.Nums, key, element])
    tree.ParentTreeNextKey = key + 1
