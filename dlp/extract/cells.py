"""Rows of a database's file as lines: their strings, and the dates and long numbers between them.

A date is a number of few bytes, and each database has its own way to write it. But what stands at
the same place in all rows, and is a day of the last hundred years in one of these ways in each of
them, is a date: of three bytes taken by chance, one in hundreds is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dlp.extract.days import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlp.extract.days import Way

__all__ = ["Cells", "Row", "Span"]

type Span = tuple[int, int]
type Row = list[Span]

# Bytes of a gap that are looked at from its beginning and its end.
_NEAR = 16
# Rows by which a value is told, at most and at least; one may hold none.
_TOLD_BY, _FEWEST, _MISSING = 24, 6, 1
# Share of them in which it is more than in the one before, if it is a counter, or less.
_COUNTING = 0.8
_PADDED = re.compile(rb" {3,}")


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands at the same place in rows.

    Attributes:
        place: Before which string, in a row.
        at: How many bytes from where the gap begins, or, below zero, from where it ends.
        way: How it is written.
    """

    place: int
    at: int
    way: Way

    def raw(self, gap: bytes) -> bytes:
        """Return the bytes of a gap that say it, or nothing."""
        at = self.at if self.at >= 0 else len(gap) + self.at
        return gap[at : at + self.way.size] if 0 <= at <= len(gap) - self.way.size else b""

    def of(self, gap: bytes) -> bytes:
        """Return what a gap says."""
        raw = self.raw(gap)
        return self.way.read(raw) if raw else b""


class Cells:
    """Writes rows as lines; what was found to stand between strings is looked for in the next."""

    def __init__(self) -> None:
        self._width = 0
        self._values: list[_Value] = []

    def between(self, data: bytes, rows: Sequence[Row]) -> int:
        """Return how many bytes of what stands between two rows are values, as within a row."""
        rows = [row for row in rows if row]
        width = Counter(map(len, rows)).most_common(1)[0][0]
        self._learn(data, [row for row in rows if len(row) == width], width)
        gap = min((after[0][0] - before[-1][1] for before, after in pairwise(rows)), default=0)
        return sum(
            one.way.size
            for one in self._values
            if one.place == width and 0 <= one.at <= gap - one.way.size
        )

    def lines(self, data: bytes, rows: Sequence[Row]) -> bytes:
        """Return a line for each row, with tabs between its cells.

        Args:
            data: What they stand in.
            rows: Where their strings stand.
        """
        rows = [row for row in rows if row]
        widths = Counter(map(len, rows))
        width = max(widths, key=lambda one: one * widths[one])
        usual = [row for row in rows if len(row) == width]
        self._learn(data, usual, width)
        by_place: list[list[_Value]] = [[] for _ in range(width + 1)]
        for value in self._values:
            by_place[value.place].append(value)
        lines = b"".join(b"\t".join(_cells(data, row, by_place)) + b"\n" for row in rows)
        # Columns of the same width are padded with blanks.
        return _PADDED.sub(b"\t", lines) if b"   " in lines else lines

    def _learn(self, data: bytes, rows: Sequence[Row], width: int) -> None:
        rows = rows[:: max(1, len(rows) // _TOLD_BY)]
        if len(rows) < _FEWEST:
            self._width, self._values = 0, []
            return
        gaps = [[_gap(data, row, place) for row in rows] for place in range(width + 1)]
        if self._width == width and all(_holds(one, gaps[one.place]) for one in self._values):
            return
        self._width = width
        self._values = [one for place in range(width + 1) for one in _values_in(gaps[place], place)]


def _cells(data: bytes, row: Row, by_place: Sequence[Sequence[_Value]]) -> Iterator[bytes]:
    for place, values in enumerate(by_place):
        if values and place <= len(row):
            gap = _gap(data, row, place)
            yield from filter(None, (one.of(gap) for one in values))
        if place < len(row):
            yield data[slice(*row[place])]
    for string in row[len(by_place) :]:
        yield data[slice(*string)]


def _gap(data: bytes, row: Row, place: int) -> bytes:
    """Return what stands before a string, or behind the last one."""
    start = row[place - 1][1] if place else max(0, row[0][0] - _NEAR)
    end = row[place][0] if place < len(row) else start + _NEAR
    return data[start:end]


def _values_in(gaps: Sequence[bytes], place: int) -> list[_Value]:
    """Return what all of some gaps hold, each byte once."""
    longest, shortest = max(map(len, gaps)), min(map(len, gaps))
    found: list[_Value] = []
    # Where gaps are of different lengths, one end of them tells the place, or the other.
    ends = (1, -1) if longest > shortest else (1,)
    for way in WAYS:
        for end in ends:
            for at in range(min(longest, _NEAR) - way.size + 1):
                first = at if end > 0 else -at - way.size
                if any(
                    first < one.at + one.way.size and one.at < first + way.size for one in found
                ):
                    continue
                value = _Value(place, first, way)
                if _fits(value, gaps):
                    found.append(value)
    return found


def _holds(value: _Value, gaps: Sequence[bytes]) -> bool:
    """Tell whether gaps hold a value, all but one."""
    missing = 0
    for gap in gaps:
        missing += not value.of(gap)
        if missing > _MISSING:
            return False
    return True


def _fits(value: _Value, gaps: Sequence[bytes]) -> bool:
    """Tell whether gaps hold a value, which is neither nearly always the same nor a counter."""
    if not _holds(value, gaps):
        return False
    raws = [raw for raw in map(value.raw, gaps) if raw and value.way.read(raw)]
    said = [value.way.read(raw) for raw in raws]
    # Of dates, the years; of numbers, as much.
    different = Counter(one[:4] for one in said)
    rising = sum(before < after for before, after in pairwise(said))
    counting = max(rising, len(said) - 1 - rising) > _COUNTING * (len(said) - 1)
    varied = len(different) * 3 > len(said) > 3 * max(different.values())
    return varied and not counting and value.way.are_whole(raws)
