"""Titles over columns of fixed width: the cells begin below them, or end below them.

People who list a table align its cells to the left; pandas, R, Stata and SAS align them to the
right, and number the rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.columns import Column, titled
from dlp.detect.fold import decode
from dlp.detect.tables import Table

if TYPE_CHECKING:
    from dlp.detect.words import Vocabulary

__all__ = ["fixed_header"]

# Titles of several words stand two blanks apart.
_TITLES = re.compile(r"\S+(?: \S+)*")
_WORDS = re.compile(r"\S+")
_BLANKS = re.compile(r"\s{2,}")
# What a box is drawn with; and a row that holds more.
_BOX = bytes.maketrans(b"|", b" ")
_FILLED = re.compile(rb"\w")
# The number of a row.
_NUMBER = re.compile(r"\s*\d+\.?\s")


def fixed_header(line: bytes, following: list[bytes], vocabulary: Vocabulary) -> Table | None:
    """Return the table over whose columns of fixed width a line holds titles, or None.

    Args:
        line: The line.
        following: Lines below.
        vocabulary: Tells what titles mean.
    """
    text = _drawn(line)
    if not following:
        return None
    if _BLANKS.search(text.strip()) is None and len(_drawn(following[0])) != len(text):
        # Prose, as most lines.
        return None
    rows = [_drawn(row) for row in following if _FILLED.search(row)]
    if not rows or len(rows[0]) < len(text) // 2:
        return None
    if all(len(row) == len(text) for row in rows):
        for title in (_WORDS, _TITLES):
            spans = [match.span() for match in title.finditer(text)]
            if len(spans) > 1 and _ends_below(spans, rows):
                return _to_the_right(text, spans, rows, vocabulary)
    starts = [0] if text[:1].strip() else []
    starts += [match.end() for match in _BLANKS.finditer(text) if match.end() < len(text)]
    if len(starts) < 2:
        # Names of one word each may stand one blank apart, over columns as wide as they.
        return None
    edges = [*starts[1:], None]
    return _table(
        [text[a:b].strip() for a, b in zip(starts, edges, strict=True)], starts, vocabulary
    )


def _drawn(line: bytes) -> str:
    """Return a line without the box around its cells, and what is blank at its end."""
    return decode(line.rstrip(b"\r").translate(_BOX)).rstrip()


def _ends_below(spans: list[tuple[int, int]], rows: list[str]) -> bool:
    """Tell whether each cell ends below its title, and not each begins there."""
    begin = all(
        row[start : start + 1].strip() and not row[max(0, start - 1) : start].strip()
        for row in rows
        for start, _ in spans
    )
    return not begin and all(
        row[end - 1 : end].strip() and not row[end : end + 1].strip()
        for row in rows
        for _, end in spans
    )


def _to_the_right(
    text: str, spans: list[tuple[int, int]], rows: list[str], vocabulary: Vocabulary
) -> Table | None:
    titles = [text[start:end] for start, end in spans]
    starts = [0, *(end for _, end in spans[:-1])]
    numbers = [_NUMBER.match(row) for row in rows]
    if all(number is not None and number.end() < spans[0][1] for number in numbers):
        titles.insert(0, "")
        starts.insert(1, max(number.end() for number in numbers if number is not None))
    return _table(titles, starts, vocabulary)


def _table(titles: list[str], starts: list[int], vocabulary: Vocabulary) -> Table | None:
    columns: list[Column] = [titled(title, vocabulary) for title in titles]
    if sum(1 for column in columns if column.kind or column.entries) < 2:
        return None
    return Table(style="fixed", delimiter=b"", columns=columns, starts=tuple(starts))
