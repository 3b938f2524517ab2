"""Arrays of whole numbers in bytes that are no text: columns of data sets, files of programs.

Numbers of 13 to 15 digits, as 64-bit integers or floats of either byte order, one behind the other:
NumPy's and R's arrays, columns of Arrow and HDF5, what a program writes by itself; and those of
Python's pickles, among other things. Shorter numbers are anything, and read by nobody here.
"""

from __future__ import annotations

import re
import struct
from itertools import groupby
from typing import TYPE_CHECKING

from dlp.extract.aside import Aside
from dlp.extract.plain import whole_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Arrays"]

# Fewer numbers in a row are chance, or too few to matter.
LEAST = 16
_LOW, _HIGH = 10**12, 10**15
# First bytes of such numbers: of integers, and of floats between 2**33 and 2**65.
_CLASSES = bytes(0x69 if byte == 0 else 0x66 if byte == 0x42 else 0x20 for byte in range(256))
_INTEGERS, _FLOATS = b"i" * LEAST, b"f" * LEAST
# Python writes each by itself: LONG1, its length, and the bytes from the lowest on.
_PICKLED = (b"\x8a\x06", b"\x8a\x07")
_OF_PICKLE = re.compile(rb"\x8a(\x06.{6}|\x07.{7})", re.DOTALL)
# Of so many zeros in all, next to nothing is left.
_EMPTY = 0.95


class Arrays(Aside):
    """Reads arrays in bytes fed chunk by chunk as lines of one text.

    Args:
        opening: Where the bytes stand.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "numbers")
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        blocks, self._pending = whole_blocks(self._pending + data)
        for block in blocks:
            yield from self._block(block)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._block(self._pending)
        self._pending = b""
        yield from super().finish()

    def _block(self, block: bytes) -> Iterator[Segment]:
        if b"\0" not in block:
            return
        if sum(map(block.count, _PICKLED)) >= LEAST:
            whole = (int.from_bytes(one[1:], "little") for one in _OF_PICKLE.findall(block))
            pickled = [one for one in whole if _LOW <= one < _HIGH]
            yield from self._told([] if _are_places(pickled) else pickled)
        classes = block.translate(_CLASSES)
        if classes.count(b"i") > _EMPTY * len(block):
            return
        found = [
            _numbers(block, order, kind, first)
            for place in range(8)
            for kind, run in (("Q", _INTEGERS), ("d", _FLOATS))
            # A row of 16 shows in two places 64 bytes apart.
            if run[:2] in classes[place::64] and run in classes[place::8]
            # The byte stands first, or last.
            for order, first in ((">", place), ("<", (place + 1) % 8))
        ]
        # Out of line they are numbers, too, but fewer.
        yield from self._told(max(found, key=len, default=[]))

    def _told(self, numbers: list[int]) -> Iterator[Segment]:
        if numbers:
            yield from self.tell(b"".join(b"%d\n" % one for one in numbers))


def _numbers(block: bytes, order: str, kind: str, first: int) -> list[int]:
    """Return the numbers of arrays of a kind that lie in line with the place of the first byte."""
    count = (len(block) - first) // 8
    values = struct.unpack_from(f"{order}{count}{kind}", block, first)
    if not any(_LOW <= value < _HIGH for value in values[::LEAST]):
        return []
    numbers: list[int] = []
    for fits, run in groupby(values, lambda value: _LOW <= value < _HIGH and value == int(value)):
        if fits and len(row := list(map(int, run))) >= LEAST and not _are_places(row):
            numbers += row
    return numbers


def _are_places(numbers: list[int]) -> bool:
    """Tell whether numbers are made of small ones, as in tables of places and of code."""
    small = sum((number >> 24) & 0xFF in (0, 0xFF) for number in numbers)
    # The lowest bytes of numbers that people are given are different ones.
    sample = numbers[: 4 * LEAST]
    return small * 4 >= len(numbers) or len({number & 0xFF for number in sample}) * 2 < len(sample)
