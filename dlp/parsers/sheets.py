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

_STRING = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?>(.*?)</(?:\w+:)?si>|<(?:\w+:)?si\s*/>", re.DOTALL)
_PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", re.DOTALL)
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_CELL = re.compile(
    rb"<(?:\w+:)?c(\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?c>)|(</(?:\w+:)?row>)", re.DOTALL
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
            rest += block
            end = 0
            for match in _STRING.finditer(rest):
                end = match.end()
                self._strings.append(_text(match[1] or b""))
            rest = rest[end:]

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
            rest += block
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
        for attributes, content, end in _CELL.findall(sheet):
            if end:
                written.append(b"\t".join(row))
                row = []
                continue
            column = _column(attributes)
            if column is not None and len(row) < column <= COLUMNS:
                row.extend([b""] * (column - len(row)))
            row.append(self._value(attributes, content) if content else b"")
        if row:
            written.append(b"\t".join(row))
        return b"\n".join(written) + b"\n"

    def _value(self, attributes: bytes, content: bytes) -> bytes:
        kind = _KIND.search(attributes)
        if kind is not None and kind[1] == b"inlineStr":
            return _text(content)
        found = _VALUE.search(content)
        if found is None:
            return b""
        value = found[1].strip()
        if kind is None or kind[1] == b"n":
            style = _STYLE.search(attributes)
            if style is not None and int(style[1]) in self._dates:
                return date(value, since_1904=self._since_1904)
            return number(value)
        if kind[1] == b"s":
            index = int(value) if value.isdigit() else -1
            return self._strings[index] if 0 <= index < len(self._strings) else b""
        return value.translate(_BLANKS)


def _text(content: bytes) -> bytes:
    if b"rPh" in content:
        content = _PHONETIC.sub(b"", content)
    return b"".join(_TEXT.findall(content)).translate(_BLANKS)


_columns: dict[bytes, int] = {}


def _column(attributes: bytes) -> int | None:
    """Return where a cell stands in its row, from 0."""
    place = _PLACE.search(attributes)
    if place is None:
        return None
    letters = place[1]
    if letters not in _columns:
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        _columns[letters] = column - 1
    return _columns[letters]
