"""PDF: the text of its pages, what people wrote on them, its properties and attachments.

PDFium reads it, and repairs what is damaged as browsers do. Text comes in the order in which it
was written or, where lines have columns, as it stands on the page, so that the cells of a row stand
beside each other however they were drawn.
"""

from __future__ import annotations

import ctypes
from functools import partial
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw as pdfium

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers.members import member
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Place = tuple[float, float, float, float]

__all__ = ["parse"]

# What an annotation may say: contents, author, subject, value, value before it, rich text, title.
_SAID = (b"Contents", b"T", b"Subj", b"V", b"DV", b"RC", b"TU")
# A word that is divided at a line's end is put together.
_DIVISION = str.maketrans("", "", "\ufffe\x02")
# More pieces on a page are a drawing, and put in order no more.
PIECES = 3_000
# Of the lines of a table, so many have columns, and a cell has so many characters on average.
ROWS = 0.4
LONG = 30


def parse(document: bytes) -> Iterator[Part]:
    """Yield the text and the attachments of a PDF."""
    try:
        pdf = pypdfium2.PdfDocument(document)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        reason = Uninspectable.ENCRYPTED if encrypted else Uninspectable.CORRUPT
        raise UninspectableError(reason) from None
    yield Part(name="properties", data=_properties(pdf))
    yield from _xfa(pdf)
    pdf.init_forms()
    files = pdf.count_attachments()
    for number in range(len(pdf)):
        page = _page(pdf, number)
        if page is None:
            continue
        text = page.get_textpage()
        # What stands on all pages is one text, so that a table may go on.
        yield _more("text", _table(text) or text.get_text_range().translate(_DIVISION) + "\n")
        yield _more("notes", "".join(_notes(pdf, page)))
        for file in _pinned(pdf, page):
            files += 1
            yield from member(files, *file)
        text.close()
        page.close()
    for number, file in enumerate(_attachments(pdf), 1):
        yield from member(number, *file)


def _more(name: str, text: str) -> Part:
    return Part(name=name, data=text.encode("utf-8", "replace"), final=False)


def _page(pdf: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage | None:
    try:
        return pdf[number]
    except pypdfium2.PdfiumError:
        # A page that nobody can show.
        return None


def _properties(pdf: pypdfium2.PdfDocument) -> bytes:
    lines = [f"{name}: {value}" for name, value in pdf.get_metadata_dict(skip_empty=True).items()]
    lines += [mark.get_title() for mark in pdf.get_toc()]
    return "\n".join(lines).encode("utf-8", "replace")


def _table(text: pypdfium2.PdfTextPage) -> str:
    """Return a page that is a table as it stands, a tab between columns; else nothing."""
    if (count := text.count_rects()) > PIECES:
        return ""
    # Top down; where each piece stands costs little, what it says costs more.
    places = sorted((text.get_rect(i) for i in range(count)), key=lambda box: -(box[1] + box[3]))
    lines: list[list[Place]] = []
    for place in places:
        middle = (place[1] + place[3]) / 2
        if lines and lines[-1][0][1] < middle < lines[-1][0][3]:
            lines[-1].append(place)
        else:
            lines.append([place])
    if sum(len(line) > 1 for line in lines) < ROWS * len(lines):
        return ""
    written = [_line(text, sorted(line)) for line in lines]
    rows = [line for line in written if "\t" in line]
    cells = sum(line.count("\t") + 1 for line in rows)
    # An article in two columns has long ones.
    if len(rows) < ROWS * len(written) or sum(map(len, rows)) > LONG * cells:
        return ""
    return "".join(f"{line}\n" for line in written)


def _line(text: pypdfium2.PdfTextPage, line: list[Place]) -> str:
    written = ""
    right = None
    for place in line:
        said = " ".join(text.get_text_bounded(*place).translate(_DIVISION).split())
        if not said:
            continue
        if right is not None:
            # Wider than the blank between two words.
            written += "\t" if place[0] - right > (place[3] - place[1]) * 0.5 else " "
        written += said
        right = place[2]
    return written


def _notes(pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    """Yield what annotations and the fields of forms say, as `name: value`."""
    form = pdf.formenv.raw if pdf.formenv is not None else None
    for number in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        if form is not None:
            name = _string(partial(pdfium.FPDFAnnot_GetFormFieldName, form, annotation))
            value = _string(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))
            if value:
                yield f"{name}: {value}\n"
        for key in _SAID:
            said = _string(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key))
            if said:
                yield said + "\n"
        pdfium.FPDFPage_CloseAnnot(annotation)


def _string(ask: Callable[..., int]) -> str:
    """Return a string of PDFium's: it says how many bytes, then writes them."""
    size = ask(None, 0)
    if size <= 2:
        return ""
    room = ctypes.create_string_buffer(size)
    ask(ctypes.cast(room, ctypes.POINTER(ctypes.c_ushort)), size)
    return room.raw[:-2].decode("utf-16-le", "replace")


def _xfa(pdf: pypdfium2.PdfDocument) -> Iterator[Part]:
    """Yield what is filled in a form of Adobe's: its packets are one XML document."""
    packets: list[bytes] = []
    for number in range(pdfium.FPDF_GetXFAPacketCount(pdf)):
        size = ctypes.c_ulong()
        pdfium.FPDF_GetXFAPacketContent(pdf, number, None, 0, size)
        room = ctypes.create_string_buffer(size.value)
        if pdfium.FPDF_GetXFAPacketContent(pdf, number, room, size, size):
            packets.append(room.raw)
    if packets:
        yield Part(name="xfa", data=b"\n".join(packets), member=True)


def _attachments(pdf: pypdfium2.PdfDocument) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the document's files."""
    for number in range(pdf.count_attachments()):
        try:
            yield _file(pdf.get_attachment(number))
        except pypdfium2.PdfiumError:
            # A name without a file.
            continue


def _pinned(pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[tuple[str, bytes]]:
    """Yield those of the files that are pinned to a page."""
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_FILEATTACHMENT:
            file = pdfium.FPDFAnnot_GetFileAttachment(annotation)
            try:
                if file:
                    yield _file(pypdfium2.PdfAttachment(file, pdf))
            except pypdfium2.PdfiumError:
                # As above.
                pass
        pdfium.FPDFPage_CloseAnnot(annotation)


def _file(attachment: pypdfium2.PdfAttachment) -> tuple[str, bytes]:
    return attachment.get_name(), bytes(attachment.get_data())
