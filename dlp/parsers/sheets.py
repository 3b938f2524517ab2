"""Sheets of Office Open XML as tables: a row a line, a tab between cells.

A sheet holds numbers, or which one of the strings that all sheets share stands in a cell; whether
a number is a date only its style tells. Read by its tags alone, row by row.

Format: ECMA-376 part 1, chapter 18.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.parsers.markup import attribute, blocks
from dlp.parsers.numbers import date, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Workbook"]

# What nearly all writers write comes first: it is read in one step.
_STRING = re.compile(
    rb"<si><t(?: [^>]*)?>([^<]*)</t></si>"
    rb"|<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)",
    re.DOTALL,
)
_STRING_END = re.compile(rb"</(?:\w+:)?si>")
_PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", re.DOTALL)
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_CELL = re.compile(
    rb"<c r=\"([A-Z]{1,3})\d+\"(?: s=\"(\d+)\")?(?: t=\"(\w+)\")?><v>([^<]*)</v></c>"
    rb"|<(?:\w+:)?c(\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?c>)"
    rb"|(</(?:\w+:)?row>)",
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
_PLACE = re.compile(rb"\sr=[\"']([A-Z]{1,3})")
_KIND = re.compile(rb"\st=[\"'](\w+)")
_STYLE = re.compile(rb"\ss=[\"'](\d+)")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_XF = re.compile(rb"<(?:\w+:)?xf\s([^>]*)>")
# Built-in formats of dates and times.
_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LITERAL = re.compile(rb"\"[^\"]*\"|\\.|_.|\[[^\]]*\]|&quot;.*?&quot;")
_BLANKS = bytes.maketrans(b"\t\r\n", b"   ")
# Wider rows than a sheet can have are none.
COLUMNS = 16_384
# What is kept of a row that does not end.
LONGEST = 1 << 24


class Workbook:
    """What the sheets of a workbook share."""

    def __init__(self) -> None:
        self._strings: list[bytes] = []
        self._dates: frozenset[int] = frozenset()
        self._since_1904 = False

    def share(self, pieces: Iterable[bytes]) -> None:
        """Take the strings that sheets share."""
        rest = b""
        for block in blocks(pieces):
            rest += block.translate(_BLANKS)
            cut = max((found.end() for found in _STRING_END.finditer(rest)), default=0)
            for plain, rich in _STRING.findall(rest[:cut]):
                self._strings.append(plain or (_text(rich) if rich else b""))
            rest = rest[cut:]

    def style(self, styles: bytes) -> None:
        """Take the styles, of which dates have some."""
        own = {
            int(attribute(b"numFmtId", match[1]) or 0)
            for match in _FORMAT.finditer(styles)
            if re.search(rb"[dmyhs]", _LITERAL.sub(b"", attribute(b"formatCode", match[1])).lower())
        }
        found = _STYLES.search(styles)
        formats = [
            int(attribute(b"numFmtId", match[1]) or 0)
            for match in _XF.finditer(found[0] if found else b"")
        ]
        self._dates = frozenset(
            style for style, one in enumerate(formats) if one in _DATES or one in own
        )

    def describe(self, workbook: bytes) -> bytes:
        """Take the description of the workbook, and return the names that are in it."""
        self._since_1904 = re.search(rb"date1904=[\"'](?:1|true)", workbook) is not None
        sheets = re.findall(rb"<(?:\w+:)?sheet\s([^>]*)>", workbook)
        names = [attribute(b"name", one) for one in sheets]
        for attributes, value in re.findall(rb"<(?:\w+:)?definedName\s([^>]*)>([^<]*)", workbook):
            names.append(attribute(b"name", attributes) + b": " + value)
        return b"\n".join(names) + b"\n"

    def rows(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the rows of a sheet as lines, many at a time."""
        rest = b""
        for block in blocks(pieces):
            rest += block.translate(_BLANKS)
            cut = max(rest.rfind(b"row>"), 0)
            if not cut and len(rest) < LONGEST:
                continue
            cut = cut + 4 if cut else len(rest)
            yield self._lines(rest[:cut])
            rest = rest[cut:]
        if rest:
            yield self._lines(rest)

    def _lines(self, sheet: bytes) -> bytes:
        written: list[bytes] = []
        row: list[bytes] = []
        for place, style, kind, value, attributes, content, end in _CELL.findall(sheet):
            if end:
                written.append(b"\t".join(row))
                row = []
                continue
            column = _column(place) if place else _column_in(attributes)
            if column is not None and len(row) < column <= COLUMNS:
                row.extend([b""] * (column - len(row)))
            if place:
                row.append(self._value(kind, style, value))
            else:
                row.append(self._unusual(attributes, content) if content else b"")
        if row:
            written.append(b"\t".join(row))
        return b"\n".join(written) + b"\n"

    def _unusual(self, attributes: bytes, content: bytes) -> bytes:
        """Return what stands in a cell that is written in another way than most."""
        found = _KIND.search(attributes)
        kind = found[1] if found else b""
        if kind == b"inlineStr":
            return _text(content)
        value = _VALUE.search(content)
        style = _STYLE.search(attributes)
        return self._value(kind, style[1] if style else b"", value[1]) if value else b""

    def _value(self, kind: bytes, style: bytes, value: bytes) -> bytes:
        if kind == b"s":
            index = int(value) if value.strip().isdigit() else -1
            return self._strings[index] if 0 <= index < len(self._strings) else b""
        if kind in (b"", b"n"):
            if style and int(style) in self._dates:
                return date(value, since_1904=self._since_1904)
            return number(value)
        return value


def _text(content: bytes) -> bytes:
    if b"rPh" in content:
        content = _PHONETIC.sub(b"", content)
    return b"".join(_TEXT.findall(content))


_columns: dict[bytes, int] = {}


def _column_in(attributes: bytes) -> int | None:
    place = _PLACE.search(attributes)
    return None if place is None else _column(place[1])


def _column(letters: bytes) -> int:
    """Return where a cell stands in its row, from 0."""
    column = _columns.get(letters)
    if column is None:
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        column -= 1
        _columns[letters] = column
    return column
