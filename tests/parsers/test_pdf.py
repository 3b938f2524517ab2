"""PDF, written by ReportLab."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFString,
    PDFZCompress,
)
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate, Table

from dlp.parsers.pool import ParserPool
from dlp.types import Result, Uninspectable

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]

NUMBER = "N° de sécurité sociale : 2 55 08 14 168 025 38"


def table(rows: Rows) -> bytes:
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=landscape(A4)).build([Table(rows)])
    return out.getvalue()


def drawn(draw: Callable[[Canvas], object], **options: object) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, **options)
    canvas.drawString(50, 700, "A page")
    draw(canvas)
    canvas.save()
    return out.getvalue()


def by_columns(rows: Rows) -> bytes:
    def draw(canvas: Canvas) -> None:
        for column in range(len(rows[0])):
            for number, row in enumerate(rows):
                canvas.drawString(20 + column * 110, 800 - number * 15, row[column][:22])

    return drawn(draw)


@pytest.mark.parametrize("write", [table, by_columns])
def test_patients_are_stopped_and_orders_pass(
    write: Callable[[Rows], bytes], judge: Judge, leak: Rows, orders: Rows
) -> None:
    assert judge(write(leak)).evidence.subjects == 30
    assert judge(write(leak)).verdict.action.stops
    assert not judge(write(orders)).verdict.action.stops


def test_cells_of_a_row_stand_beside_each_other(parsers: ParserPool, leak: Rows) -> None:
    parts = parsers.parse("pdf", by_columns([[cell[:22] for cell in row] for row in leak]))
    text = b"".join(part.data for part in parts if part.name == "text").decode()
    assert [cell[:22] for cell in leak[1] if cell] == text.splitlines()[1].split("\t")


def pinned(canvas: Canvas) -> None:
    """Pin a file to the page, which no list of the document's files names."""
    document = canvas._doc
    file = PDFStream(
        PDFDictionary({"Type": PDFName("EmbeddedFile")}), gzip.compress(NUMBER.encode())
    )
    names = {"Type": PDFName("Filespec"), "F": PDFString("a.gz"), "UF": PDFString("a.gz")}
    held = PDFDictionary({"F": document.Reference(file)})
    shown = {"Type": PDFName("Annot"), "Subtype": PDFName("FileAttachment")}
    place = {"Rect": PDFArray([10, 10, 90, 90])}
    spec = document.Reference(PDFDictionary(names | {"EF": held}))
    canvas._addAnnotation(PDFDictionary(shown | place | {"FS": spec}))


def filled(canvas: Canvas) -> None:
    """Fill in a form as Adobe's programs write it, in packets."""
    packets: list[object] = []
    for name, text in (
        ("preamble", '<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">'),
        ("datasets", f"<patient><nir>{NUMBER}</nir></patient>"),
        ("postamble", "</xdp:xdp>"),
    ):
        stream = PDFStream(PDFDictionary({}), text.encode(), filters=[PDFZCompress])
        packets += [PDFString(name), canvas._doc.Reference(stream)]
    form = PDFDictionary({"Fields": PDFArray([]), "XFA": PDFArray(packets)})
    canvas._doc.Catalog.AcroForm = canvas._doc.Reference(form)


PLACES: dict[str, Callable[[Canvas], object]] = {
    "a page": lambda c: c.drawString(50, 500, NUMBER),
    "the second page": lambda c: (c.showPage(), c.drawString(50, 500, NUMBER)),
    "the title": lambda c: c.setTitle(NUMBER),
    "the keywords": lambda c: c.setKeywords(NUMBER),
    "a bookmark": lambda c: (c.bookmarkPage("one"), c.addOutlineEntry(NUMBER, "one")),
    "a note": lambda c: c.textAnnotation(NUMBER, Rect=[10, 10, 90, 90]),
    "a file pinned to a page": pinned,
    "a form of Adobe's": filled,
    "a field": lambda c: c.acroForm.textfield(name="nir", value=NUMBER, maxlen=0),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_read(place: str, judge: Judge) -> None:
    assert judge(drawn(PLACES[place])).verdict.rule == "identifier-announced"


def test_a_password_makes_it_uninspectable(judge: Judge) -> None:
    result = judge(drawn(PLACES["a page"], encrypt="secret"))
    assert result.evidence.uninspectable is Uninspectable.ENCRYPTED
    assert result.verdict.action.stops


def test_what_opens_without_a_password_is_read(judge: Judge) -> None:
    owned = StandardEncryption("", ownerPassword="owner")
    result = judge(drawn(PLACES["a page"], encrypt=owned))
    assert result.verdict.rule == "identifier-announced"


def test_what_is_no_pdf_after_all_is_uninspectable(judge: Judge) -> None:
    assert judge(b"%PDF-1.7\nhello").evidence.uninspectable is Uninspectable.CORRUPT


def test_one_that_is_cut_is_read_as_far_as_it_goes(judge: Judge) -> None:
    # Readers repair it, too.
    document = drawn(PLACES["a page"], pageCompression=0)
    assert judge(document[: document.index(b"xref")]).verdict.action.stops


def test_text_about_pdf_is_text(judge: Judge) -> None:
    assert not judge(b"A file that begins with %PDF-1.7 is a PDF.").verdict.action.stops
