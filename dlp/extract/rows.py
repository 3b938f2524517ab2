"""Rows in bytes that are no text, as databases keep them: strings set apart by counts and zeros.

Whatever a database is, it keeps a row's texts near each other, each behind its length or before
zeros, and puts more bytes that are no text before the next row. So rows show without knowing whose
they are: strings with short gaps between them, and, again and again, a longer one.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from dlp.extract.aria import PAGE, Aria, is_aria
from dlp.extract.aside import Aside
from dlp.extract.cells import Cells
from dlp.extract.named import objects
from dlp.extract.opaque import is_opaque
from dlp.extract.plain import whole_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlp.extract.cells import Row, Span
    from dlp.extract.content import Opening, Segment

__all__ = ["Rows"]

# Characters of ASCII; of UTF-8, those of Europe's languages, and signs; letters of Windows-1252
# before others.
_RUN = re.compile(
    rb"(?:[ -~]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xe3][\x80-\xbf]{2}|[\xc0-\xff](?=[A-Za-z])){3,}"
)
# What stands between blanks that fill a column.
_CELL = re.compile(rb"[^ ]+(?: {1,2}[^ ]+)*")
# Shorter runs are mostly numbers that look like text, and so are those that are not much longer and
# have no length, where most strings have one.
_SHORTEST, _JUNK = 3, 4
# Of a block so much is text at least, so much is not, and so much is no text of any kind.
_TEXT, _OTHER, _BINARY = 0.1, 0.02, 0.01
_PRINTABLE = bytes(range(0x20, 0x7F))
_PADDING, _FILLED = b" " * 16, b" " * 3
_WRITTEN = b"\t\n\r" + _PRINTABLE + bytes(range(0x80, 0x100))
# Rows of fewer strings say next to nothing, fewer rows may be chance, and so many of all strings
# stand in rows as long as each other, give or take one; with more there is no doubt.
_FEWEST, _LEAST, _MOST_OF, _SURE = 3, 8, 0.6, 0.9
# Gaps are counted up to here, and so many lengths of them are tried.
_LONGEST_GAP, _TRIED = 255, 16
_APART = tuple(bytes(0x0A if one >= gap else 0x61 for one in range(256)) for gap in range(256))
# Strings by which the way of their lengths is told.
_SAMPLE = 48
# The shortest row that is one string.
_LONG = 24
# Bytes of a number that may look like text before or behind a string.
_NUMBER = 8
# Of what came before, so that a row is whole that a block's end cuts.
_OVERLAP = 1024

# How the length of a string is written in the byte before it: as it is, or with that of its own and
# a mark (short values of PostgreSQL; lists of InterSystems; H2; Redis), by what it says.
_LENGTHS: tuple[Sequence[int], ...] = (
    range(256),
    [(byte >> 1) - 1 if byte & 1 else 0 for byte in range(256)],
    [byte - 2 for byte in range(256)],
    [byte - 68 for byte in range(256)],
    [byte - 128 if byte < 192 else 0 for byte in range(256)],
)


class Rows(Aside):
    """Reads the rows in bytes fed chunk by chunk as lines of one text.

    Args:
        opening: Where the bytes stand.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "rows")
        self._pending = b""
        self._last = b""
        # What held for the block before: how lengths are written, the gap between rows, and what
        # stands in the others.
        self._lengths = _LENGTHS[0]
        self._least = 0
        self._cells = Cells()
        self._aria = Aria()

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        blocks, self._pending = whole_blocks(self._pending + data)
        for block in blocks:
            yield from self._block(block)

    def skip(self) -> None:
        """Pass over whole blocks of chance."""
        self._last = b""

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._block(self._pending)
        self._pending = b""
        yield from super().finish()

    def _block(self, block: bytes) -> Iterator[Segment]:
        if lines := self._of_pages(block):
            yield from self.tell(lines)
            return
        if not _may_hold(block):
            self._last = b""
            return
        data, self._last = self._last + block, block[-_OVERLAP:]
        strings = self._strings(data)
        if len(strings) < _FEWEST * _LEAST:
            return
        rows = self._rows(data, strings)
        if not rows:
            rows = [[string] for string in strings if _is_row(data[slice(*string)])]
        if rows:
            yield from self.tell(objects(data, rows) or self._cells.lines(data, rows))

    def _of_pages(self, block: bytes) -> bytes:
        """Return the rows of pages of Aria."""
        pages = (block[at : at + PAGE] for at in range(0, len(block), PAGE) if is_aria(block, at))
        data = bytearray(PAGE)
        rows = [row for page in pages for row in self._aria.rows(page, data)]
        return self._cells.lines(bytes(data), rows) if rows else b""

    def _rows(self, data: bytes, strings: Sequence[Span]) -> list[Row]:
        """Return the rows that strings stand in, or nothing."""
        if _PADDING in data:
            gaps = bytes(_gap(data, before[1], after[0]) for before, after in pairwise(strings))
        else:
            gaps = bytes(
                min(after[0] - before[1], _LONGEST_GAP) for before, after in pairwise(strings)
            )
        self._least = _gap_between(gaps, self._least)
        if not self._least:
            return []
        rows = _parted(strings, gaps, self._least)
        if more := self._cells.between(data, rows):
            # Of a date, which stands in a row, may be most of what seemed to part rows.
            less = bytes(gap - more if gap >= self._least else gap for gap in gaps)
            if least := _gap_between(less, 0):
                rows = _parted(strings, less, least)
        return rows

    def _strings(self, data: bytes) -> list[Span]:
        """Return where strings stand."""
        runs = [match.span() for match in _RUN.finditer(data)]
        if _PADDING in data:
            runs = [span for run in runs for span in _unpadded(data, *run)]
        if len(runs) < _FEWEST * _LEAST:
            return []
        sample = runs[:: max(1, len(runs) // _SAMPLE)]

        def counted(lengths: Sequence[int]) -> int:
            return sum(bool(_counted(data, *run, lengths)) for run in sample)

        # What told most of them before goes first, and does where it still does.
        lengths, told = self._lengths, counted(self._lengths)
        if told * 2 < len(sample):
            lengths, told = max(((one, counted(one)) for one in _LENGTHS), key=itemgetter(1))
        self._lengths = lengths
        if told * 4 < len(sample):
            return runs
        strings: list[Span] = []
        for start, end in runs:
            if start and lengths[data[start - 1]] == end - start:
                strings.append((start, end))
            elif counted_ := (
                _counted(data, start, end, lengths) or _apart(data, start, end, lengths)
            ):
                strings += counted_
            elif end - start > _JUNK or told * 2 < len(sample):
                strings.append((start, end))
        return strings


def _may_hold(block: bytes) -> bool:
    """Tell, quickly, whether a block may hold rows: some of it is text, and some is not."""
    if b"\0" not in block:
        return False
    if _PADDING in block:
        # Columns of the same width are mostly blanks.
        block = block.translate(None, b" ")
    if len(block.translate(None, _WRITTEN)) < _BINARY * len(block):
        return False
    others = len(block.translate(None, _PRINTABLE))
    mixed = _OTHER * len(block) <= others <= (1 - _TEXT) * len(block)
    # Of few bytes of chance many rows could be made.
    return mixed and not is_opaque(block)


def _unpadded(data: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield the strings of a run that blanks set apart, or all of it."""
    for match in _CELL.finditer(data, start, end):
        if match.end() - match.start() >= _SHORTEST:
            yield match.span()


def _gap(data: bytes, start: int, end: int) -> int:
    """Return how long a gap is, as far as that matters, without what fills a column."""
    gap = data[start:end]
    if _FILLED in gap:
        gap = gap.strip(b" ")
    return max(1, min(len(gap), _LONGEST_GAP))


def _counted(data: bytes, start: int, end: int, lengths: Sequence[int]) -> list[Span]:
    """Return the strings that a run is made of, if each stands behind its length up to its end.

    A length may look like text, too, and so glue a string to the one before it.
    """
    for at in (start - 1, start):
        found = _chain(data, at, end, lengths)
        if found and found[-1][1] == end:
            return found
    return []


def _chain(data: bytes, at: int, end: int, lengths: Sequence[int]) -> list[Span]:
    """Return the strings behind their lengths from a place on."""
    found: list[Span] = []
    while 0 <= at < end:
        size = lengths[data[at]]
        if size < 1 or at + 1 + size > end:
            break
        found.append((at + 1, at + 1 + size))
        at += 1 + size
    return found


def _apart(data: bytes, start: int, end: int, lengths: Sequence[int]) -> list[Span]:
    """Return the strings of a run in which numbers that look like text stand beside them, too.

    Behind a string may also stand what is left of a longer one.
    """
    best: list[Span] = []
    for at in (start - 1, start):
        found = _chain(data, at, end, lengths)
        first = found[-1][1] if found else start
        if found and found[0][1] - found[0][0] < _SHORTEST:
            continue
        for behind in range(first, min(first + _NUMBER, end - _SHORTEST)):
            if lengths[data[behind]] == end - behind - 1:
                found.append((behind + 1, end))
                break
        if found and (not best or found[-1][1] > best[-1][1]):
            best = found
    return best


def _is_row(string: bytes) -> bool:
    """Tell whether a string is a row by itself: lists in Redis, globals of MUMPS."""
    return len(string) >= _LONG and any(
        string.count(sign) >= _FEWEST for sign in (b";", b"|", b"^")
    )


def _parted(strings: Sequence[Span], gaps: bytes, least: int) -> list[Row]:
    """Return the rows of strings that gaps from a length on part."""
    rows: list[Row] = [[]]
    for string, gap in zip(strings, (*gaps, 0), strict=True):
        rows[-1].append(string)
        if gap >= least:
            rows.append([])
    return rows


def _gap_between(gaps: bytes, known: int) -> int:
    """Return the length of the least gap between two rows, or 0 where there are none.

    Args:
        gaps: Lengths of all gaps.
        known: What it was before.
    """
    if known and _fitting(gaps, known) >= _SURE * len(gaps):
        return known
    tried = [gap for gap, _ in Counter(gaps).most_common(_TRIED) if gap > 1]
    best = max(tried, key=lambda gap: (_fitting(gaps, gap), -gap), default=0)
    return best if _fitting(gaps, best) > _MOST_OF * len(gaps) else 0


def _fitting(gaps: bytes, least: int) -> int:
    """Return how many strings stand in rows as long as most, if gaps from a length on part them."""
    widths = Counter(map(len, gaps.translate(_APART[least]).split(b"\n")))
    if widths.total() < _LEAST:
        return 0
    # Between so many gaps that are shorter there is one string more.
    width = max(widths, key=lambda one: (one + 1) * widths[one]) + 1
    if width < _FEWEST:
        return 0
    near = (width + more for more in (-1, 0, 1))
    return sum(one * widths[one - 1] for one in near if one >= _FEWEST)
