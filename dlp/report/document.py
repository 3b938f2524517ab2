"""A document before it has a form: headings, paragraphs and tables of text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Block", "Document", "Heading", "Paragraph", "Table", "markdown"]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `fill` marks what a person has to fill in."""

    text: str
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under column titles; without titles, facts with their names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


type Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document.

    Attributes:
        title: Its title.
        language: As `fr`.
        footer: What stands at the foot of every page.
        blocks: What it says.
    """

    title: str
    language: str
    footer: str
    blocks: tuple[Block, ...]


def markdown(document: Document) -> str:
    """Return a document as Markdown."""
    lines = [f"# {_escaped(document.title)}", ""]
    for block in document.blocks:
        match block:
            case Heading(text):
                lines += [f"## {_escaped(text)}", ""]
            case Paragraph(text, fill):
                lines += [f"> {_escaped(text)}" if fill else _escaped(text), ""]
            case Table(columns, rows):
                width = len(columns) or (len(rows[0]) if rows else 0)
                lines.append(_row(columns or ("",) * width))
                lines.append(_row(("---",) * width))
                lines += [_row(tuple(_escaped(cell) for cell in row)) for row in rows]
                lines.append("")
    return "\n".join([*lines, f"*{_escaped(document.footer)}*", ""])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    """Return a text without what Markdown would read as its own."""
    for char in "\\`*_[]<>|#":
        text = text.replace(char, "\\" + char)
    return text.replace("\n", " ")
