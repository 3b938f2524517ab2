"""Rows of a database's file as lines: their strings, and the dates and long numbers between them.

A date is a number of few bytes, and each database has its own way to write it. But what stands at
the same place in all rows, and is a day of the last hundred years in one of these ways in each of
them, is a date: of three bytes taken by chance, one in hundreds is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Cells", "Row", "Span"]

type Span = tuple[int, int]
type Row = list[Span]

# Bytes of a gap that are looked at from its beginning and its end.
_NEAR = 16
# Rows by which a value is told, at most and at least; one may hold none.
_TOLD_BY, _FEWEST, _MISSING = 24, 6, 1
# Share of them in which it is more than in the one before, if it is a counter, or less.
_COUNTING = 0.8
# Years that dates of people are of.
_FIRST, _LAST = 1900, 2040
# Days from the first of March of the year 0, on which all counts of leap years begin, to the first
# days that others count from, the 17th of November of 1858 and the first of January of the others.
_1, _1858, _1900, _1970, _2000 = 306, 678_881, 693_901, 719_468, 730_425
_EARLIEST, _LATEST = _1900, 745_035
type _Order = Literal["little", "big"]
_ORDERS: tuple[_Order, ...] = ("little", "big")
# Numbers of 13 to 15 digits.
_LOW, _HIGH = 10**12, 10**15


_PADDED = re.compile(rb" {3,}")


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands at the same place in rows.

    Attributes:
        place: Before which string, in a row.
        at: How many bytes from where the gap begins, or, below zero, from where it ends.
        size: Of how many bytes.
        read: Returns what they say, or nothing.
    """

    place: int
    at: int
    size: int
    read: Callable[[bytes], bytes]

    def of(self, gap: bytes) -> bytes:
        """Return what a gap says."""
        at = self.at if self.at >= 0 else len(gap) + self.at
        if at < 0 or at + self.size > len(gap):
            return b""
        return self.read(gap[at : at + self.size])


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
            one.size for one in self._values if one.place == width and 0 <= one.at <= gap - one.size
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
    ways = (1, -1) if longest > shortest else (1,)
    for size, reads in _READS:
        for way in ways:
            for at in range(min(longest, _NEAR) - size + 1):
                first = at if way > 0 else -at - size
                if any(first < one.at + one.size and one.at < first + size for one in found):
                    continue
                values = (_Value(place, first, size, read) for read in reads)
                found += [one for one in values if _fits(one, gaps)][:1]
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
    said = list(filter(None, map(value.of, gaps)))
    # Of dates, the years; of numbers, as much.
    different = Counter(one[:4] for one in said)
    rising = sum(before < after for before, after in pairwise(said))
    counting = max(rising, len(said) - 1 - rising) > _COUNTING * (len(said) - 1)
    varied = len(different) * 3 > len(said) > 3 * max(different.values())
    return varied and not counting


@cache
def _day(days: int) -> bytes:
    """Return the day that is so many after the first of March of the year 0."""
    # Four hundred years are as long as all others, a hundred as four times 25 but for a day.
    cycle, of_cycle = divmod(days, 146_097)
    year = (of_cycle - of_cycle // 1460 + of_cycle // 36_524 - of_cycle // 146_096) // 365
    of_year = of_cycle - (365 * year + year // 4 - year // 100)
    # Months, March first, are of 30.6 days.
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return b"%04d-%02d-%02d" % (cycle * 400 + year + (month > 9), (month + 2) % 12 + 1, day)


def _days(since: int, *, order: _Order = "little", bias: int = 0) -> Callable[[bytes], bytes]:
    """Return what reads a day as how many have passed."""

    def read(raw: bytes) -> bytes:
        number = int.from_bytes(raw, order, signed=not bias) - bias + since
        return _day(number) if _EARLIEST < number < _LATEST else b""

    return read


def _moments(unit: int, order: _Order) -> Callable[[bytes], bytes]:
    """Return what reads a moment as the time since 1970, in so many parts of a day."""

    def read(raw: bytes) -> bytes:
        number = int.from_bytes(raw, order, signed=True) // unit + _1970
        return _day(number) if _EARLIEST < number < _LATEST else b""

    return read


def _parts(year: int, month: int, day: int) -> bytes:
    if not (_FIRST <= year < _LAST and 1 <= month <= 12 and 1 <= day <= 31):
        return b""
    return b"%04d-%02d-%02d" % (year, month, day)


def _packed(order: _Order, bias: int = 0) -> Callable[[bytes], bytes]:
    """Return what reads five bits of a day, four of a month and a year (MySQL)."""

    def read(raw: bytes) -> bytes:
        number = int.from_bytes(raw, order) - bias
        return _parts(number >> 9, number >> 5 & 15, number & 31)

    return read


def _datetime(raw: bytes) -> bytes:
    """Read a moment of MySQL: thirteen times the year and the month, the day, the time."""
    number = int.from_bytes(raw) - (1 << 39) >> 17
    return _parts((number >> 5) // 13, (number >> 5) % 13, number & 31)


def _calendar(raw: bytes) -> bytes:
    """Read a year, a month and a day, one after the other (Derby)."""
    return _parts(int.from_bytes(raw[:2]), raw[2], raw[3])


def _century(raw: bytes) -> bytes:
    """Read a date of Oracle: century and year, each 100 more, month, day, the time, each 1 more."""
    if not (raw[0] in (119, 120) and 100 <= raw[1] < 200 and max(raw[4:]) <= 60 and min(raw[4:])):
        return b""
    return _parts((raw[0] - 100) * 100 + raw[1] - 100, raw[2], raw[3])


def _number(order: _Order, bias: int = 0) -> Callable[[bytes], bytes]:
    def read(raw: bytes) -> bytes:
        number = int.from_bytes(raw, order) - bias
        return b"%d" % number if _LOW <= number < _HIGH else b""

    return read


def _varied(raw: bytes) -> bytes:
    """Read five bits of a day, four of a month and a year, seven bits a byte (H2)."""
    if not raw[0] & raw[1] & 0x80 or raw[2] & 0x80:
        return b""
    number = raw[0] & 0x7F | (raw[1] & 0x7F) << 7 | raw[2] << 14
    return _parts(number >> 9, number >> 5 & 15, number & 31)


# By how many bytes they take; numbers last, for parts of dates look like them. Days are counted
# from 2000 (PostgreSQL), 1858 (Firebird), 1900 (SQL Server, the time of day before it), 1970
# (Java's), the year 1 (Paradox, SQL Server); moments since 1970 are seconds, or thousandths.
_READS: tuple[tuple[int, tuple[Callable[[bytes], bytes], ...]], ...] = (
    (8, tuple(_moments(unit, order) for unit in (86_400_000, 86_400) for order in _ORDERS)),
    (7, (_century,)),
    (5, (_datetime,)),
    (
        4,
        (
            _calendar,
            *(_days(since) for since in (_2000, _1858, _1900)),
            _days(_1970, order="big"),
            _days(_1 - 1, order="big", bias=1 << 31),
        ),
    ),
    (3, (_packed("little"), _packed("big", 1 << 23), _varied, _days(_1))),
    (8, (*(_number(order) for order in _ORDERS), _number("big", 1 << 63))),
)
