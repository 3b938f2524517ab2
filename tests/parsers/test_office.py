"""Office documents, written by openpyxl, XlsxWriter, python-docx, python-pptx and odfpy."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
import xlsxwriter
from numbers_parser import Document as Numbers
from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
from odf.table import Table, TableCell, TableRow
from odf.text import P, Span
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from bench.patients import leak_csv
from dlp.parsers.pool import ParserPool
from dlp.types import Result, Uninspectable

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]

NUMBER = "2 55 08 14 168 025 38"
SAID = f"N° de sécurité sociale : {NUMBER}"


def saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def xlsx_of_floats(rows: Rows) -> bytes:
    """Numbers are floats and dates serials, as a spreadsheet has them."""
    book = openpyxl.Workbook()
    for row in rows:
        cells: list[object] = list(row)
        if row[0].isdigit():
            cells[0] = float(row[0])
        if "/" in row[3]:
            cells[3] = datetime.strptime(row[3], "%d/%m/%Y")  # noqa: DTZ007
        book.active.append(cells)
    return saved(book)


def xlsx_shared(rows: Rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 2, row)
    return out.getvalue()


def xlsx_inline(rows: Rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def ods(rows: Rows) -> bytes:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Feuille")
    document.spreadsheet.addElement(table)
    for row in rows:
        line = TableRow()
        table.addElement(line)
        for value in row:
            number = value.isdigit()
            kind = {"valuetype": "float", "value": value} if number else {"valuetype": "string"}
            cell = TableCell(**kind)
            cell.addElement(P(text=f"{int(value):.2E}" if number else value))
            line.addElement(cell)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def docx_table(rows: Rows) -> bytes:
    document = docx.Document()
    table = document.add_table(0, len(rows[0]))
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    return saved(document)


def pptx_table(rows: Rows) -> bytes:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    shape = slide.shapes.add_table(len(rows), len(rows[0]), 0, 0, 9_000_000, 5_000_000)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            shape.table.cell(number, column).text = value
    return saved(slides)


def numbers(rows: Rows) -> bytes:
    document = Numbers(num_rows=len(rows), num_cols=len(rows[0]))
    table = document.sheets[0].tables[0]
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            whole = number and not column and value.isdigit()
            table.write(number, column, float(value) if whole else value)
    with tempfile.TemporaryDirectory() as folder:
        document.save(f"{folder}/a.numbers")
        return Path(f"{folder}/a.numbers").read_bytes()


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "numbers": numbers,
    "xlsx with floats": xlsx_of_floats,
    "xlsx with shared strings": xlsx_shared,
    "xlsx with inline strings": xlsx_inline,
    "ods": ods,
    "docx": docx_table,
    "pptx": pptx_table,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_patients_are_stopped_and_orders_pass(
    kind: str, judge: Judge, leak: Rows, orders: Rows
) -> None:
    stopped = judge(WRITERS[kind](leak))
    assert stopped.verdict.action.stops
    assert stopped.evidence.subjects >= 30
    assert stopped.evidence.announced == 30
    assert judge(WRITERS[kind](orders)).verdict.action.value in ("allow", "log")


@pytest.mark.parametrize("first", [0, 1], ids=["with numbers", "without"])
@pytest.mark.parametrize("kind", WRITERS)
def test_each_patient_is_counted_once_however_often_a_document_is_read(
    kind: str, first: int, judge: Judge
) -> None:
    rows = [row[first:] for row in csv.reader(leak_csv(80).decode().splitlines(), delimiter=";")]

    # A cell beside a name may be taken for more of it, and the way into a portal for another's
    # where a block ends in a row, once in a while.
    assert 80 <= judge(WRITERS[kind](rows)).evidence.patients <= 82


@pytest.mark.parametrize("kind", ["xlsx with floats", "ods"])
def test_a_row_is_a_line_with_its_numbers_written_out(
    kind: str, parsers: ParserPool, leak: Rows
) -> None:
    text = b"".join(part.data for part in parsers.parse("office", WRITERS[kind](leak)))
    assert f"{leak[1][0]}\t{leak[1][1]}\t".encode() in text.replace(b"&#239;", "ï".encode())


def sheet(edit: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    edit(book)
    return saved(book)


def hidden(book: openpyxl.Workbook) -> None:
    page = book.create_sheet("caché")
    page.sheet_state = "veryHidden"
    page["C7"] = SAID


def runs(text: str) -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for character in text:
        paragraph.add_run(character)
    return saved(document)


def with_header(text: str) -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = text
    return saved(document)


def with_note(text: str) -> bytes:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.notes_slide.notes_text_frame.text = text
    return saved(slides)


def odt_spans(text: str) -> bytes:
    document = OpenDocumentText()
    paragraph = P()
    for character in text:
        paragraph.addElement(Span(text=character))
    document.text.addElement(paragraph)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


PLACES: dict[str, Callable[[], bytes]] = {
    "a hidden sheet": lambda: sheet(hidden),
    "a comment": lambda: sheet(lambda b: setattr(b.active["A1"], "comment", Comment(SAID, "x"))),
    "the title": lambda: sheet(lambda b: setattr(b.properties, "title", SAID)),
    "a defined name": lambda: sheet(
        lambda b: b.defined_names.add(DefinedName("x", attr_text=f'"{SAID}"'))
    ),
    "runs of one character": lambda: runs(SAID),
    "a header": lambda: with_header(SAID),
    "a speaker's note": lambda: with_note(SAID),
    "spans of one character": lambda: odt_spans(SAID),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_read(place: str, judge: Judge) -> None:
    assert judge(PLACES[place]()).verdict.rule == "identifier-announced"


def test_an_encrypted_opendocument_is_uninspectable(judge: Judge) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", bytes(range(256)))
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert judge(out.getvalue()).evidence.uninspectable is Uninspectable.ENCRYPTED


def test_a_document_in_a_document_is_read(judge: Judge, leak: Rows) -> None:
    out = io.BytesIO(runs("Voir la pièce jointe."))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/embeddings/Microsoft_Excel_Sheet1.xlsx", xlsx_of_floats(leak))
    assert judge(out.getvalue()).evidence.announced == 30


def test_entities_are_not_expanded(judge: Judge) -> None:
    levels = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 30))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><document>&a29;</document>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", bomb)
    assert judge(out.getvalue()).verdict.action.value == "allow"


def test_repeated_cells_are_not_written_out(parsers: ParserPool) -> None:
    cell = b'<table:table-cell table:number-columns-repeated="999999999"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"<office:document-content>" + cell * 100)
    assert sum(len(part.data) for part in parsers.parse("office", out.getvalue())) < 10_000


def test_other_archives_are_no_documents(judge: Judge) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("logiciel/META-INF/MANIFEST.MF", "Manifest-Version: 1.0")
        archive.writestr("notes.xml", "<a>b</a>")
    assert judge(out.getvalue()).verdict.action.value == "allow"


def test_many_strings_stay_in_their_cells(parsers: ParserPool) -> None:
    rows = [[f"é{number} {column}" for column in range(20)] for number in range(3000)]
    text = b"".join(p.data for p in parsers.parse("office", xlsx_shared(rows)) if "sheet" in p.name)
    lines = text.decode().splitlines()
    assert [line.lstrip("\t").split("\t") for line in lines if line] == rows
