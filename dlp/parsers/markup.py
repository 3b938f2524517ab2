"""Text of XML documents, whatever their markup: Office Open XML, OpenDocument, XHTML.

A word or a number may be spread over many runs of text, so that tags within a paragraph go without
a trace; cells of a table stand in one line, a tab between them. Read by its tags alone: nothing is
expanded, and what no parser would take is read all the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.parsers.numbers import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Joiner", "attribute", "blocks", "lines"]

BLOCK = 1 << 19
_TOKEN = re.compile(
    rb"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<([/!?]?)(?:[\w.-]+:)?([\w.-]+)([^>]*)>", re.DOTALL
)
# What a cell with a value shows, which may be rounded: 1.85E+14.
_SHOWN = re.compile(rb"\x01[^\x01]*\x01")
# With what describes a table: slides name its style there, by a text.
_PARAGRAPHS = frozenset(
    b"tblPr p h1 h2 h3 h4 h5 h6 h li div br cr line-break title dt dd caption "
    b"option creator subject description keyword initial-creator user-defined text author".split()
)
_ROWS = frozenset(b"tr table-row".split())
_CELLS = frozenset(b"tc td th table-cell covered-table-cell".split())
_TABS = frozenset(b"tab ptab".split())
# Repeated cells are mostly the empty rest of a row.
REPEATED = 64


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield XML in blocks, in UTF-8, none of which ends within a tag."""
    rest = b""
    wide = None
    for piece in pieces:
        if wide is None:
            wide = piece[:2] in (b"\xff\xfe", b"\xfe\xff")
        rest += piece
        if wide or len(rest) < BLOCK:
            continue
        cut = rest.rfind(b">") + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest.decode("utf-16", "replace").encode() if wide else rest


def attribute(name: bytes, attributes: bytes) -> bytes:
    """Return the value of an attribute, or nothing."""
    found = re.search(
        rb"(?:^|[\s:])" + re.escape(name) + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", attributes
    )
    return (found[1] or found[2] or b"") if found else b""


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the text of properties: each element is a line."""
    for block in blocks(pieces):
        yield re.sub(rb"(?:<[^>]*>)+", b"\n", block)


class Joiner:
    """Puts the text of a document together."""

    def __init__(self) -> None:
        self._cells = 0
        self._value = b""
        self._repeat = 1

    def read(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the text of a document, as it comes."""
        for block in blocks(pieces):
            text = _SHOWN.sub(b"", _TOKEN.sub(self._token, block))
            yield text.replace(b" \t", b"\t")

    def _token(self, match: re.Match[bytes]) -> bytes:
        if match[1] is not None:
            return match[1]
        name = match[3]
        if name is None or match[2] in (b"!", b"?"):
            return b""
        ends = match[2] == b"/"
        alone = match[4].endswith(b"/")
        if name in _CELLS:
            return self._cell(match[4], ends=ends, alone=alone)
        if name in _TABS:
            return b"" if ends else b"\t"
        if name == b"s" and not ends:
            # OpenDocument's blanks.
            return b" "
        if ends or alone:
            if name in _ROWS:
                self._cells = max(0, self._cells)
                return b"\n" if not self._cells else b" "
            if name in _PARAGRAPHS:
                return b" " if self._cells else b"\n"
        return b""

    def _cell(self, attributes: bytes, *, ends: bool, alone: bool) -> bytes:
        if ends:
            self._cells = max(0, self._cells - 1)
            value, self._value = self._value, b""
            return (b"\x01" + value if value else b"") + b"\t" * self._repeat
        repeat = attribute(b"number-columns-repeated", attributes)
        count = min(int(repeat), REPEATED) if repeat.isdigit() else 1
        if alone:
            return b"\t" * count
        self._cells += 1
        self._repeat = count
        if attribute(b"value-type", attributes) in (b"float", b"date"):
            self._value = attribute(b"date-value", attributes)[:10] or number(
                attribute(b"value", attributes)
            )
        return b"\x01" if self._value else b""
