"""Tables in text: the delimiter, the header row, and the column a place stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dlp.detect.fold import decode, fold

__all__ = ["Layout", "sniff"]

DELIMITERS = (b";", b",", b"\t", b"|")
LINES_SNIFFED = 6
LONGEST_HEADER = 8192

_LONG_NUMBER = re.compile(rb"[0-9]{6}")
_ONLY_NUMBERS = re.compile(rb"""["'0-9 ./_\xa0\xc2\xe2\x80\xafABab-]{9,40}\r?""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is laid out.

    Attributes:
        delimiter: Separates columns; empty for a table of one column.
        header: Folded header cells; empty where the table has none.
    """

    delimiter: bytes
    header: tuple[str, ...]

    def column(self, line: bytes, position: int) -> int:
        """Return the number (from 0) of the column at `position` of `line`."""
        if not self.delimiter:
            return 0
        before = line[:position]
        if b'"' not in before:
            return before.count(self.delimiter)
        # Even pieces between quotes are outside of them.
        return sum(piece.count(self.delimiter) for piece in before.split(b'"')[::2])

    def title(self, column: int) -> str:
        """Return the folded header of a column, or an empty string."""
        return self.header[column] if column < len(self.header) else ""


def sniff(head: bytes) -> Layout | None:
    """Return the layout of the table that `head` begins, or None if it does not look like one."""
    # The last line may be cut, so it is never looked at unless it is all there is.
    lines = [line for line in head.split(b"\n", LINES_SNIFFED + 1)[:LINES_SNIFFED] if line.strip()]
    if len(lines) < 2 or len(lines[0]) > LONGEST_HEADER:
        return None
    first, second = lines[0], lines[1]
    titled = not _LONG_NUMBER.search(first) and any(c in first.lower() for c in b"aeiouy")
    best = max(DELIMITERS, key=first.count)
    columns = first.count(best)
    if not columns:
        if titled and len(first) <= 64 and _ONLY_NUMBERS.fullmatch(second):
            return Layout(delimiter=b"", header=(fold(decode(first.strip())),))
        return None
    if columns == 1 and first.rstrip().endswith(best):
        # Statements, each of which it ends.
        return None
    # Quoted cells may hold delimiters; other lines that differ are prose with commas.
    if any(line.count(best) != columns and b'"' not in line for line in lines[1:-1] or [second]):
        return None
    header: tuple[str, ...] = ()
    if titled:
        header = tuple(
            fold(cell.strip(" \"'\ufeff\r")) for cell in decode(first).split(best.decode("ascii"))
        )
    return Layout(delimiter=best, header=header)
