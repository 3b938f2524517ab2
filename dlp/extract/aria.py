"""Tables of MariaDB as Aria keeps them (`.MAD`), found page by page: the file has no mark.

A page says at its end where its rows stand. A row has its texts glued to each other at its end;
before them stand what is of fixed length, and how long each text is that is not empty. How many
bytes say what is missing depends on the table, but is the same in all rows, so that it shows.
MariaDB, `storage/maria/ma_blockrec.c`.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from dlp.extract.glued import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlp.extract.cells import Row

__all__ = ["PAGE", "Aria", "is_aria"]

PAGE = 8192
# Where the first row of a page may begin, and what stands at its end behind the places of rows.
_HEAD, _CHECKED = 12, 4
# Where a page says what it holds, and that it is rows.
_KIND, _ROWS = 7, 1
# Bits of a row: it has grown beyond its page.
_ELSEWHERE = 0x80
# Of a row that is being written, by whom, and where its older version is.
_MARKS = ((1, 6), (2, 7), (4, 6), (8, 1))
# Bytes of a length of lengths that is one byte.
_ONE = 250
# Rows that tell, at least and at most, and the share of them that has to agree.
_FEWEST, _TOLD_BY, _SHARE = 4, 40, 0.6
# Bytes up to which the lengths of a row are looked for, and zeros that are put between rows.
_LONGEST, _APART = 64, 16
# Pages whose rows tell nothing, after which no more are asked.
_FAILED = 32


def is_aria(data: bytes, at: int) -> bool:
    """Tell whether a page begins somewhere that holds rows, by where it says that they stand."""
    end = at + PAGE
    return end <= len(data) and data[at + _KIND] == _ROWS and bool(_places(data[at:end]))


def _places(page: bytes) -> list[tuple[int, int]]:
    """Return where rows begin and how long they are, or nothing where this is no such page."""
    count = page[8]
    end = PAGE - _CHECKED
    if not count or end - 4 * count < _HEAD:
        return []
    said = struct.unpack(f"<{2 * count}H", page[end - 4 * count : end])
    # Of a place that is free, others are named.
    places = sorted((at, size) for at, size in zip(said[::2], said[1::2], strict=True) if size)
    after = _HEAD
    for at, size in places:
        if at < after:
            return []
        after = at + size
    return places if after <= end - 4 * count else []


class Aria:
    """Reads the rows of pages; how those of one page lie is tried first for the next."""

    def __init__(self) -> None:
        # How far behind the number of bytes of lengths these stand, and pages that did not tell.
        self._at = self._failed = 0

    def rows(self, page: bytes, out: bytearray) -> list[Row]:
        """Add to `out` what rows hold besides lengths, and return where their texts stand."""
        records = [page[at : at + size] for at, size in _places(page)]
        told = records[:: max(1, len(records) // _TOLD_BY)]
        if len(told) < _FEWEST:
            return []
        if not self._at or sum(map(bool, _all(told, self._at))) < _SHARE * len(told):
            self._at = _lengths_at(told) if self._failed < _FAILED else 0
            self._failed += not self._at
        if not self._at:
            return []
        return [_row(one, out) for one in filter(None, _all(records, self._at))]


@dataclass(frozen=True, slots=True)
class _Record:
    """A row.

    Attributes:
        data: Its bytes.
        begin: Where what says what is missing stands in them.
        lengths: Where lengths begin.
        fixed: Where they end.
        texts: Where texts begin.
        sizes: How long these are.
    """

    data: bytes
    begin: int
    lengths: int
    fixed: int
    texts: int
    sizes: list[int]


def _all(records: Sequence[bytes], at: int) -> Iterator[_Record | None]:
    return (_record(one, at) for one in records)


def _record(data: bytes, at: int) -> _Record | None:
    """Return a row whose lengths begin so far behind their number, or None where it is none."""
    if len(data) < _HEAD or data[0] & _ELSEWHERE:
        return None
    said = 1 + sum(size for bit, size in _MARKS if data[0] & bit)
    begin = said + at
    end = begin + data[said]
    lengths = data[begin:end]
    if not 0 < data[said] <= _ONE or end >= len(data):
        return None
    for sizes in (_short(lengths), _long(lengths)):
        texts = len(data) - sum(sizes)
        if sizes and texts >= end and _are_texts(data, texts, sizes):
            return _Record(data, said + 1, begin, end, texts, sizes)
    return None


def _short(lengths: bytes) -> list[int]:
    """Return lengths of one byte, or of several of which the others are zeros."""
    return [one for one in lengths if one] if lengths[0] else []


def _long(lengths: bytes) -> list[int]:
    """Return lengths of two bytes each, as those of columns of more than 255 bytes are."""
    if len(lengths) % 2:
        return []
    sizes = struct.unpack(f"<{len(lengths) // 2}H", lengths)
    return list(sizes) if all(sizes) else []


def _are_texts(data: bytes, at: int, sizes: Sequence[int]) -> bool:
    for size in sizes:
        if not is_text(data[at : at + size]):
            return False
        at += size
    return True


def _lengths_at(told: Sequence[bytes]) -> int:
    """Return where most rows have lengths, and as much between these and their texts, or 0."""
    best = (0, 0, 0)
    for at in range(1, _LONGEST):
        if sum(map(bool, _all(told[:_FEWEST], at))) * 2 < _FEWEST:
            continue
        found = list(filter(None, _all(told, at)))
        between = Counter(one.texts - one.fixed for one in found)
        count = max(between.values(), default=0)
        if count >= _SHARE * len(told):
            best = max(best, (count, sum(len(one.sizes) for one in found), at))
    return best[-1]


def _row(record: _Record, out: bytearray) -> Row:
    out += record.data[record.begin : record.lengths]
    out += record.data[record.fixed : record.texts]
    at = len(out)
    out += record.data[record.texts :] + bytes(_APART)
    ends = list(accumulate(record.sizes, initial=at))
    return list(pairwise(ends))
