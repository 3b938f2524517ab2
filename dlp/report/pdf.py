"""A document as PDF, with its fonts inside."""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import Any

from dlp.report.document import Document, Heading, Paragraph, Table
from dlp.unneeded import without

# It is for pictures; reports have none.
with without("PIL"):
    import reportlab
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import KeepTogether, SimpleDocTemplate, Spacer
    from reportlab.platypus import Paragraph as Text
    from reportlab.platypus import Table as Grid

__all__ = ["pdf"]

FONTS = Path(reportlab.__file__).parent / "fonts"
NORMAL, BOLD = "Vera", "VeraBd"
MARGIN = 20 * mm
# Of reportlab's frame, between the margin and what stands in it.
FRAME_PADDING = 6
INK, FAINT, LINE, FILL = "#1b2733", "#5b6873", "#c9d1d9", "#fff7e0"

_BODY = ParagraphStyle("body", fontName=NORMAL, fontSize=9, leading=13, textColor=INK)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=7.5, leading=10, splitLongWords=True)
_NAME = ParagraphStyle("name", parent=_CELL, fontName=BOLD)
_TITLE = ParagraphStyle("title", parent=_BODY, fontName=BOLD, fontSize=16, leading=21, spaceAfter=8)
_HEADING = ParagraphStyle(
    "heading", parent=_BODY, fontName=BOLD, fontSize=11, leading=15, spaceBefore=11, spaceAfter=4
)
_FILL = ParagraphStyle(
    "fill", parent=_BODY, backColor=FILL, borderPadding=4, spaceBefore=5, spaceAfter=7
)


def pdf(document: Document) -> bytes:
    """Return a document as the bytes of a PDF file."""
    for name in (NORMAL, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=document.title,
        author="dlp",
        lang=document.language,
    )

    def foot(canvas: Any, _template: Any) -> None:
        canvas.setFont(NORMAL, 7)
        canvas.setFillColor(colors.HexColor(FAINT))
        canvas.drawString(MARGIN, MARGIN - 4 * mm, document.footer)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN - 4 * mm, str(canvas.getPageNumber()))

    width = template.width - 2 * FRAME_PADDING
    template.build(_story(document, width), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(document: Document, width: float) -> list[Any]:
    story: list[Any] = [Text(escape(document.title), _TITLE)]
    heading: list[Any] = []
    for block in document.blocks:
        match block:
            case Heading(text):
                heading = [Text(escape(text), _HEADING)]
                continue
            case Paragraph(text, fill):
                content: Any = Text(escape(text), _FILL if fill else _BODY)
            case Table():
                content = _grid(block, width)
        # A title never stands alone at the foot of a page.
        story += [KeepTogether([*heading, content]) if heading else content, Spacer(1, 3)]
        heading = []
    return [*story, *heading]


def _grid(table: Table, width: float) -> Any:
    names = [[Text(escape(cell), _NAME) for cell in table.columns]] if table.columns else []
    rows = [
        [
            Text(escape(cell), _NAME if not table.columns and not place else _CELL)
            for place, cell in enumerate(row)
        ]
        for row in table.rows
    ]
    count = len(table.columns) or 2
    widths = [width * 0.32, width * 0.68] if not table.columns else [width / count] * count
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor(LINE)),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return Grid([*names, *rows], colWidths=widths, style=style, repeatRows=len(names))
