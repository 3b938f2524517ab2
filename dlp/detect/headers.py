"""Where tables begin: lines, lists and rows of markup that hold the titles of columns."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import islice, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from dlp.detect.columns import Column, titled
from dlp.detect.fixed import fixed_header
from dlp.detect.fold import decode
from dlp.detect.markup import ROW, cells_in
from dlp.detect.native import compiled
from dlp.detect.statements import sql_header, states
from dlp.detect.tables import ARRAY, Table, cells_of
from dlp.detect.told import SAMPLED, told
from dlp.detect.words import squashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlp.detect.words import Hit, Vocabulary

__all__ = ["header_at", "only_rows", "row_before", "stop_of"]

ROWS = (b"<tr", b"<TR", b"<Row", b"<ss:Row", b"<table:table-row")
DELIMITERS = (b";", b",", b"\t", b"|", b"~", b"\x1f", b"\x01")
_ROW = compiled("|".join(tag.decode("ascii") for tag in ROWS))
LONGEST_HEADER = 16 * 1024
LONGEST_TITLE = 80
# Of markup, from the beginning of a row to its last title.
LONGEST_ROW = 4096
# A title that may stand for anything.
SHORT_TITLE = 4

# Between two titles: a sign of any kind but those of objects and sentences.
_BETWEEN = rb"""[^\w\s"'.:;,=<>{}()\[\]-]{1,4}|::|@@| - """
_JOINT = re.compile(rb"""["' \t]{0,4}(%s)["' \t]{0,4}""" % _BETWEEN)
_SIGN = re.compile(_BETWEEN)
_QUOTES = " \"'"
# Long numbers and dates are data; a name with its value is an object, an element, a prompt.
_LONG = r"[0-9]{5}|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}"
_DATA = re.compile(_LONG)
# Lines with a letter and no long number; rows that signs enclose, of which the last may be cut.
_SHORT = r"(?:[0-9]{0,4}[^0-9\n])*[0-9]{0,4}"
_WITHOUT_LONG = compiled(rf"(?:\A|\n){_SHORT}[A-Za-z\x80-\xff]{_SHORT}(?:\n|\z)")
_BEGINS_ROW = re.compile(b"|".join(map(re.escape, ROWS)))
_FIGURES = re.compile(rb">[^<>]{0,200}?[0-9]{5}")
_QUOTED = r"'(?:[^'\\]|\\[^\n])*'", r'"(?:[^"\\]|\\[^\n])*"'
_ROWS = {
    "tuples": compiled(
        rf"(?:[\s,;]*\((?:{_QUOTED[0]}|[^()'\"])*\))*[\s,;]*"
        rf"(?:\((?:{_QUOTED[0]}|[^()'\"])*(?:'[^'\\]*)?)?"
    ),
    "arrays": compiled(
        rf"(?:[\s,]*\[(?:{_QUOTED[1]}|[\s\w,.+-])*\])*[\s,]*"
        rf'(?:\[(?:{_QUOTED[1]}|[\s\w,.+-])*(?:"[^"\\]*)?)?'
    ),
}
_NO_HEADER = re.compile(
    _LONG.encode() + rb"""|[{}<>]"""
    rb"""|["']\s{0,3}[:=]|[:=]\s{0,3}["']|[:=][ \t]*[^\s:=]"""
)


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
    if line[: start - line_start].count(b'"') % 2 and _NO_HEADER.search(line):
        # A text inside of JSON may begin with the titles, and goes on in the next line.
        line_start = window.rfind(b'"', line_start, start) + 1
        line = window[line_start:line_end]
        if b'"' in line:
            return None
    if len(line) > LONGEST_HEADER or _NO_HEADER.search(line):
        return None
    line = _as_rows(line)
    following = [row for row in _lines(window, line_end + 1, 3) if row.strip()]
    before = window[window.rfind(b"\n", 0, max(0, line_start - 1)) + 1 : max(0, line_start - 1)]
    for delimiter in _delimiters(line, vocabulary):
        columns = _delimited_header(line, before, following, delimiter, vocabulary)
        if columns:
            _tell(columns, _lines(window, line_end + 1, SAMPLED), delimiter)
            head = window[line_start : line_end + 1]
            table = Table(style="delimited", delimiter=delimiter, columns=columns, head=head)
            return table, line_end + 1
    aligned = fixed_header(line, following, vocabulary)
    return None if aligned is None else (aligned, line_end + 1)


def _as_rows(line: bytes) -> bytes:
    """Return titles of a wiki parted as its rows are: `||a||b||` and `! a !! b`."""
    if line.startswith(b"||"):
        return line.replace(b"||", b"|")
    return line.replace(b"!!", b"||").replace(b"!", b"|", 1) if line.startswith(b"! ") else line


def _lines(window: bytes, start: int, count: int) -> Iterator[bytes]:
    """Yield so many lines from `start` on, of no more than a header's length together."""
    limit = min(len(window), start + LONGEST_HEADER - 1)
    for _ in range(count):
        end = window.find(b"\n", start, limit)
        yield window[start : end if end >= 0 else limit]
        if end < 0:
            return
        start = end + 1


def _delimited_header(
    line: bytes, before: bytes, following: list[bytes], delimiter: bytes, vocabulary: Vocabulary
) -> list[Column]:
    """Return the columns that a line names, or none if it is no header."""
    count = line.count(delimiter)
    if not count:
        return []
    # Markdown and LaTeX rule their headers off.
    rows = [row for row in following if row.strip(b" |:+=-\r") and not row.startswith(b"\\")]
    below = rows[0].count(delimiter) if rows else 0
    if below < max(1, count - 1):
        return []
    if below > count + 1 and delimiter not in DELIMITERS:
        return []
    titles = cells_of(decode(line), decode(delimiter))
    if sum(bool(title.strip()) for title in titles) < 2:
        return []
    if any(len(title) > LONGEST_TITLE for title in titles):
        return []
    columns = [titled(title, vocabulary) for title in titles]
    named = [n for n, column in enumerate(columns) if column.kind or column.entries]
    if len(named) == 1 and named[0] < count:
        # Names may stand below each other, each beside its value.
        for beside in (before, rows[0]):
            cells = cells_of(decode(beside.rstrip(b"\r")), decode(delimiter))
            if len(cells) == count + 1:
                name = titled(cells[named[0]], vocabulary)
                if name.kind or name.entries:
                    return []
    return columns if _is_header(columns) else []


def _tell(columns: list[Column], rows: Iterable[bytes], delimiter: bytes) -> None:
    """Tell which column of a short title holds the birth dates, by its cells."""
    short = [n for n, one in enumerate(columns) if not one.kind and len(one.title) <= SHORT_TITLE]
    if not short or any(column.kind == "birth_date" for column in columns):
        return
    cells = [row.rstrip(b"\r").split(delimiter) for row in rows]
    for n in short:
        of_column = [decode(row[n]).strip(_QUOTES) for row in cells if n < len(row)]
        if told(of_column).kind == "birth_date":
            columns[n] = replace(columns[n], kind="birth_date")
            return


def _delimiters(line: bytes, vocabulary: Vocabulary) -> Iterator[bytes]:
    """Yield the usual delimiters, then the sign that stands between all titles of a line."""
    yield from sorted(DELIMITERS, key=line.count, reverse=True)
    if _SIGN.search(line) is None:
        return
    hits = vocabulary.words(line, 0, len(line))
    joints = {_JOINT.fullmatch(line[one.end : other.start]) for one, other in pairwise(hits)}
    signs = {joint[1] for joint in joints if joint is not None}
    if len(signs) == 1:
        yield from signs


def _is_header(columns: list[Column]) -> bool:
    # A thesaurus has the same in two columns: `MRN complex,FPLX,MRN_complex`.
    named = len({squashed(c.title) for c in columns if c.kind or c.entries})
    return named >= 2 or (named == 1 and len(columns) <= 3)


def row_before(window: bytes, start: int) -> int:
    """Return where the row of markup begins that `start` may stand in, or -1."""
    low = max(0, start - LONGEST_ROW)
    # Most text has none of them: one look tells.
    if window.rfind(b"<", low, start) < 0 or _ROW.search(window, low, start) is None:
        return -1
    row = max(window.rfind(tag, low, start) for tag in ROWS)
    return -1 if row < 0 or window.find(b"</table", row, start) >= 0 else row


def _html_header(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    row_start = row_before(window, start)
    if row_start < 0:
        return None
    row = ROW.match(window, row_start)
    if row is None or not row.start() <= start < row.end():
        return None
    titles = cells_in(row)
    columns = [titled(title, vocabulary) for title in titles]
    if len(columns) < 2 or not all(c.kind or c.entries or len(c.title) <= 40 for c in columns):
        return None
    # A row of two cells is rather a name and its value.
    named = sum(1 for c in columns if c.kind or c.entries)
    if named < 2 or any(map(_DATA.search, titles)):
        return None
    return Table(style="html", delimiter=b"", columns=columns, head=row[0]), row.end()


def _sql_header(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    found = sql_header(window, start)
    if found is None:
        return None
    lines, names, begins, rows = found
    columns = [titled(name, vocabulary) for name in names]
    if lines:
        return Table(style="delimited", delimiter=b"\t", columns=columns), rows
    head = window[begins:rows]
    return Table(style="tuples", delimiter=b"", columns=columns, head=head), rows


def _array_header(window: bytes, start: int, vocabulary: Vocabulary) -> tuple[Table, int] | None:
    """Return the table of arrays whose first one holds the titles."""
    if window[start - 1 : start] != b'"':
        return None
    opening = window.rfind(b"[", max(0, start - 2048), start)
    if opening < 0:
        return None
    titles = ARRAY.match(window, opening)
    if titles is None or titles.end() < start:
        return None
    columns = [titled(title, vocabulary) for title in cells_of(decode(titles[1]), ",")]
    rows = islice(ARRAY.finditer(window, titles.end(), titles.end() + LONGEST_HEADER), 3)
    if not _is_header(columns) or not any(
        len(cells_of(decode(row[1]), ",")) == len(columns) for row in rows
    ):
        return None
    return Table(style="arrays", delimiter=b"", columns=columns), titles.end()


def only_rows(table: Table, text: bytes, start: int, high: int) -> bool:
    """Tell whether no header stands between two places, whatever words there are.

    Args:
        table: Whose rows.
        text: Text around, without the table's header.
        start: Where rows begin.
        high: Where they end at the latest.
    """
    if (rows := _ROWS.get(table.style)) is not None:
        return rows.fullmatch(text[start:high]) is not None
    if b"[" in text or states(text):
        return False
    # Most rows hold a long number, which no line nor row of titles does.
    if table.style == "html":
        return _are_figured(text, start, high)
    low = text.rfind(b"\n", 0, start) + 1
    end = text.find(b"\n", high)
    lines = text[low : len(text) if end < 0 else end]
    if b'"' in lines and any(line.count(b'"') % 2 for line in lines.split(b"\n")):
        # Titles may begin behind one.
        return False
    return table.style != "members" and b"<" not in text and _WITHOUT_LONG.search(lines) is None


def _are_figured(text: bytes, start: int, high: int) -> bool:
    """Tell whether rows of markup stand between two places, each with a long number."""
    begins = [row.start() for row in _BEGINS_ROW.finditer(text, start, high)]
    after = _BEGINS_ROW.search(text, high)
    if not begins or after is None or text[start : begins[0]].strip():
        return False
    ends = [*begins[1:], after.start()]
    return b"</table" not in text[start : ends[-1]].lower() and all(
        _FIGURES.search(text, *row) is not None for row in zip(begins, ends, strict=True)
    )


def stop_of(
    table: Table, window: bytes, start: int, high: int, hits: list[Hit], vocabulary: Vocabulary
) -> int:
    """Return where something else than rows begins: another header, another statement.

    Args:
        table: Whose rows.
        window: Text around, without the table's header.
        start: Where rows begin.
        high: Where they end at the latest.
        hits: The words in it.
        vocabulary: Tells what titles mean.
    """
    first = bisect_left(hits, start, key=lambda hit: hit.start)
    naming = (h for h in islice(hits, first, None) if h.meaning.kinds or h.meaning.entries)
    # Where the header stood there are blanks.
    following = (hit for hit in naming if window[hit.start : hit.start + 1] != b" ")
    spans: list[tuple[int, int]] | None = None
    for one, other in pairwise(following):
        if window.find(b"\n", one.start, other.start) >= 0:
            continue
        if table.style in ("tuples", "arrays"):
            spans = list(table.spans(window[start:])) if spans is None else spans
            row = bisect_right(spans, one.start - start, key=itemgetter(0)) - 1
            stops = row < 0 or spans[row][1] <= one.start - start
        else:
            stops = header_at(window, one.start, vocabulary) is not None
        if stops:
            line = window.rfind(b"\n", start, one.start) + 1
            return max(line or one.start, start)
    end = window.find(b"\n\\.", start, high) if table.delimiter == b"\t" else -1
    return high if end < 0 else end
