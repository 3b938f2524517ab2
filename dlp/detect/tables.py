"""Tables in text: headers wherever they stand, the rows below them, and what their cells mean."""

from __future__ import annotations

import csv
import html
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from dlp.detect.columns import Column, titled
from dlp.detect.fold import decode
from dlp.detect.persons import TELLING
from dlp.detect.statements import row_texts, sql_header
from dlp.extract.opaque import is_opaque

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.words import Hit, Vocabulary

__all__ = ["Table", "header_at", "stop_of"]

DELIMITERS = (b";", b",", b"\t", b"|", b"~", b"\x1f", b"\x01")
LONGEST_HEADER = 16 * 1024
LONGEST_TITLE = 80
# Rows in a row that don't fit before a table is taken to have ended.
MISFITS = 8

_CELL = re.compile(
    rb"<t[hd]\b[^<>]*>(.*?)(?:</t[hd]\s*>|(?=<t[hd]\b|</?tr\b)|\Z)", re.IGNORECASE | re.DOTALL
)
_ROW = re.compile(rb"<tr\b[^<>]*>(.*?)(?:</tr\s*>|(?=<tr\b)|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
# Between two titles: a sign of any kind but those of objects and sentences.
_JOINT = re.compile(rb"""["' \t]{0,4}([^\w\s"'.:;,=<>{}()\[\]-]{1,4}|::|@@| - )["' \t]{0,4}""")
_ARRAY = re.compile(rb"""\[((?:\s*(?:"(?:[^"\\]|\\.)*+"|[\w.+-]+)\s*,?){2,200}+)\]""")
_BLANKS = re.compile(r"\s{2,}")
# Long numbers and dates are data; a name with its value is an object, an element, a prompt.
_NO_HEADER = re.compile(
    rb"""[0-9]{5}|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[{}<>]"""
    rb"""|["']\s{0,3}[:=]|[:=]\s{0,3}["']|[:=][ \t]*[^\s:=]"""
)


@dataclass(slots=True)
class Table:
    """A table that has begun: how its rows are written, and its columns.

    Attributes:
        style: `delimited`, `fixed`, `tuples` (of SQL), `arrays` (of JSON) or `html`.
        delimiter: Between the cells of a delimited table.
        columns: Its columns, in their order.
        starts: Where the columns of a fixed-width table begin, in characters.
        misfits: Rows in a row that did not fit.
        tells: Whether its columns alone say something medical.
    """

    style: str
    delimiter: bytes
    columns: list[Column]
    starts: tuple[int, ...] = ()
    misfits: int = 0
    tells: bool = field(init=False)

    def __post_init__(self) -> None:
        self.tells = any(column.kind in TELLING for column in self.columns)

    def rows(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        """Yield (offset, cells) of each row in `data`, until the table ends."""
        if self.style == "html":
            yield from (
                (row.start(), [_text_of(cell[1]) for cell in _CELL.finditer(row[1])])
                for row in _ROW.finditer(data)
            )
        elif self.style == "tuples":
            for start, text in row_texts(data):
                cells = _cells(text, ",", quote="'")
                if len(cells) == len(self.columns):
                    yield start, cells
        elif self.style == "arrays":
            for match in _ARRAY.finditer(data):
                cells = _cells(decode(match[1].replace(b"\n", b" ")), ",")
                if len(cells) == len(self.columns):
                    yield match.start(), cells
        elif self.style == "fixed":
            yield from self._fixed(data)
        else:
            yield from self._delimited(data)

    def _delimited(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        at = 0
        delimiter = decode(self.delimiter)
        lines = data.split(b"\n")
        number = 0
        while number < len(lines):
            line = lines[number]
            start, number = at, number + 1
            at += len(line) + 1
            if b'"' in line:
                # A quoted cell may hold newlines: joined while a quote is open.
                joined = 0
                while line.count(b'"') % 2 and joined < 50 and number < len(lines):
                    following = lines[number]
                    line += b"\n" + following
                    at += len(following) + 1
                    number += 1
                    joined += 1
                cells = _cells(decode(line), delimiter)
            else:
                cells = decode(line.rstrip(b"\r")).split(delimiter)
            if not line.strip():
                continue
            # What chance took for a header would go on for ever in compressed bytes.
            chance = not line.isascii() and is_opaque(line.replace(self.delimiter, b""))
            if self._fits(0 if chance else len(cells)):
                yield start, cells
            elif self.misfits > MISFITS:
                return

    def _fits(self, cells: int) -> bool:
        # A trailing delimiter is common; a comment that holds the delimiter too.
        fits = cells >= max(2, len(self.columns) - 2) or cells == len(self.columns)
        self.misfits = 0 if fits else self.misfits + 1
        return fits

    def _fixed(self, data: bytes) -> Iterator[tuple[int, list[str]]]:
        at = 0
        edges = [*self.starts[1:], None]
        for line in data.split(b"\n"):
            start, at = at, at + len(line) + 1
            text = decode(line.rstrip(b"\r"))
            chance = not line.isascii() and is_opaque(line)
            if not chance and len(text) > self.starts[-1]:
                self.misfits = 0
                yield (
                    start,
                    [text[a:b].strip() for a, b in zip(self.starts, edges, strict=True)],
                )
            elif text.strip():
                self.misfits += 1
                if self.misfits > MISFITS:
                    return

    @property
    def ended(self) -> bool:
        """Whether the rows no longer look like the header."""
        return self.misfits > MISFITS


def _cells(line: str, delimiter: str, quote: str = '"') -> list[str]:
    if len(delimiter) > 1:
        return line.split(delimiter)
    try:
        # A newline inside of quotes is a part of the cell.
        reader = csv.reader(
            [line.replace("\r", " ")], delimiter=delimiter, quotechar=quote, skipinitialspace=True
        )
        return next(reader, [])
    except csv.Error:
        return line.split(delimiter)


def _text_of(cell: bytes) -> str:
    return html.unescape(_TAG.sub("", decode(cell))).strip()


def header_at(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    """Return the table whose header holds the word at `start`, and where its rows begin.

    None where that word stands in something else than a header.
    """
    for header in (_html_header, _sql_header, _array_header):
        if (found := header(window, start, vocabulary)) is not None:
            return found
    line_start = window.rfind(b"\n", max(0, start - LONGEST_HEADER), start) + 1
    line_end = window.find(b"\n", start, start + LONGEST_HEADER)
    line_end = len(window) if line_end < 0 else line_end
    line = window[line_start:line_end]
    if len(line) > LONGEST_HEADER or _NO_HEADER.search(line):
        return None
    following = [
        row
        for row in window[line_end + 1 : line_end + LONGEST_HEADER].split(b"\n", 3)[:3]
        if row.strip()
    ]
    for delimiter in _delimiters(line, vocabulary):
        columns = _delimited_header(line, following, delimiter, vocabulary)
        if columns:
            return Table(style="delimited", delimiter=delimiter, columns=columns), line_end + 1
    return _fixed_header(line, line_end, following, vocabulary)


def _delimited_header(
    line: bytes, following: list[bytes], delimiter: bytes, vocabulary: Vocabulary
) -> list[Column]:
    """Return the columns that a line names, or none if it is no header."""
    count = line.count(delimiter)
    # Markdown and LaTeX rule their headers off.
    rows = [row for row in following if row.strip(b" |:+-\r") and not row.startswith(b"\\")]
    below = rows[0].count(delimiter) if rows else 0
    if not count or below < max(1, count - 1):
        return []
    if below > count + 1 and delimiter not in DELIMITERS:
        return []
    titles = _cells(decode(line), decode(delimiter))
    if sum(bool(title.strip()) for title in titles) < 2:
        return []
    if any(len(title) > LONGEST_TITLE for title in titles):
        return []
    columns = [titled(title, vocabulary) for title in titles]
    if count == 1 and not (columns[1].kind or columns[1].entries):
        name = titled(decode(rows[0].partition(delimiter)[0]), vocabulary)
        if name.kind or name.entries:
            # Names stand below each other, each beside its value.
            return []
    return columns if _is_header(columns) else []


def _delimiters(line: bytes, vocabulary: Vocabulary) -> Iterator[bytes]:
    """Yield the usual delimiters, then the sign that stands between all titles of a line."""
    yield from sorted(DELIMITERS, key=line.count, reverse=True)
    hits = vocabulary.words(line, 0, len(line))
    joints = {_JOINT.fullmatch(line[one.end : other.start]) for one, other in pairwise(hits)}
    signs = {joint[1] for joint in joints if joint is not None}
    if len(signs) == 1:
        yield from signs


def _is_header(columns: list[Column]) -> bool:
    named = sum(1 for c in columns if c.kind or c.entries)
    return named >= 2 or (named == 1 and len(columns) <= 3)


def _fixed_header(
    line: bytes, line_end: int, following: list[bytes], vocabulary: Vocabulary
) -> tuple[Table, int] | None:
    text = decode(line.rstrip(b"\r"))
    if not following or len(following[0]) < len(line) // 2:
        return None
    starts = [0] if text[:1].strip() else []
    starts += [match.end() for match in _BLANKS.finditer(text) if match.end() < len(text)]
    if len(starts) < 2:
        # Names of one word each may stand one blank apart, over columns as wide as they.
        return None
    edges = [*starts[1:], None]
    titles = [text[a:b].strip() for a, b in zip(starts, edges, strict=True)]
    columns = [titled(title, vocabulary) for title in titles]
    if sum(1 for c in columns if c.kind or c.entries) < 2:
        return None
    return Table(style="fixed", delimiter=b"", columns=columns, starts=tuple(starts)), line_end + 1


def _html_header(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    low = max(0, start - 4096)
    row_start = max(window.rfind(b"<tr", low, start), window.rfind(b"<TR", low, start))
    if row_start < 0 or window.find(b"</table", row_start, start) >= 0:
        return None
    row = _ROW.match(window, row_start)
    if row is None or not row.start() <= start < row.end():
        return None
    columns = [titled(_text_of(cell[1]), vocabulary) for cell in _CELL.finditer(row[1])]
    if len(columns) < 2 or not all(c.kind or c.entries or len(c.title) <= 40 for c in columns):
        return None
    # A row of two cells is rather a name and its value.
    named = sum(1 for c in columns if c.kind or c.entries)
    if named < 2:
        return None
    return Table(style="html", delimiter=b"", columns=columns), row.end()


def _sql_header(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    found = sql_header(window, start)
    if found is None:
        return None
    lines, names, rows = found
    columns = [titled(name, vocabulary) for name in names]
    if lines:
        return Table(style="delimited", delimiter=b"\t", columns=columns), rows
    return Table(style="tuples", delimiter=b"", columns=columns), rows


def _array_header(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    """Return the table of arrays whose first one holds the titles."""
    opening = window.rfind(b"[", max(0, start - 2048), start)
    if opening < 0 or window[start - 1 : start] != b'"':
        return None
    titles = _ARRAY.match(window, opening)
    if titles is None or titles.end() < start:
        return None
    columns = [titled(title, vocabulary) for title in _cells(decode(titles[1]), ",")]
    rows = islice(_ARRAY.finditer(window, titles.end(), titles.end() + LONGEST_HEADER), 3)
    if not _is_header(columns) or not any(
        len(_cells(decode(row[1]), ",")) == len(columns) for row in rows
    ):
        return None
    return Table(style="arrays", delimiter=b"", columns=columns), titles.end()


def stop_of(
    table: Table, window: bytes, start: int, high: int, hits: list[Hit], vocabulary: Vocabulary
) -> int:
    """Return where something else than rows begins: another header, another statement."""
    first = bisect_left(hits, start, key=lambda hit: hit.start)
    following = islice(hits, first, None)
    for one, other in pairwise(h for h in following if h.meaning.kinds or h.meaning.entries):
        if window.find(b"\n", one.start, other.start) >= 0:
            continue
        if table.style in ("tuples", "arrays") or header_at(window, one.start, vocabulary):
            line = window.rfind(b"\n", start, one.start) + 1
            return max(line or one.start, start)
    end = window.find(b"\n\\.", start, high) if table.delimiter == b"\t" else -1
    return high if end < 0 else end
