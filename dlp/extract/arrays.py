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
    from collections.abc import Iterable, Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["HIGH", "LEAST", "LOW", "PICKLED", "Arrays"]

#: Fewer numbers in a row, or of Python's in a block, are chance, or too few to matter.
LEAST = 16
LOW, HIGH = 10**12, 10**15
# First bytes of such numbers: of integers, and of floats between 2**33 and 2**65.
_CLASSES = bytes(0x69 if byte == 0 else 0x66 if byte == 0x42 else 0x20 for byte in range(256))
_INTEGERS, _FLOATS = b"i" * LEAST, b"f" * LEAST
# Python writes each by itself: LONG1 of pickles, its length, and the bytes from the lowest on; and
# of marshal a letter, how many digits of fifteen bits follow, and those.
#: How one of pickles below 2**50 is written: an expression of RE2.
PICKLED = rb"\x8a(?s:\x06.{5}[\x00-\x7f]|\x07.{6}[\x00-\x03])"
_PICKLED = re.compile(PICKLED)
_OF_PICKLE = re.compile(rb"\x8a(\x06.{6}|\x07.{7})", re.DOTALL)
_MARSHALLED = (b"\x03\0\0\0", b"\x04\0\0\0")
_OF_MARSHAL = re.compile(
    rb"[l\xec](?:\x03\0\0\0((?:.[\0-\x7f]){3})|\x04\0\0\0((?:.[\0-\x7f]){4}))", re.DOTALL
)
_HEAD = 4096
# Bytes of a number, and from one that is looked at to the next: three of a row that is long enough.
_NUMBER, _STRIDE = 8, 8 * (LEAST // 3)
# Of so many zeros in all, next to nothing is left.
_LEFT = 0.05


def _marks(values: Iterable[int]) -> bytes:
    ones = bytearray(256)
    for value in values:
        ones[value] = 1
    return bytes(ones)


# What the bytes of numbers in range may be, by their place from the highest on: 10**15 has a 3 in
# the second, 10**12 an 0xe8 in the fourth, and in floats 0x426d in the first two, whose last bits
# are those of a fraction.
_ZERO, _FEW, _SOME, _MANY = map(_marks, ((0,), range(4), range(1, 256), range(0xE8, 256)))
_FLOAT, _LARGE = map(_marks, ((0x42, 0x43), range(0x6D, 256)))
_LARGER, _WHOLE = map(_marks, ((0x43,), range(0, 256, 8)))
_NOT_SMALL = _marks(range(1, 255))
_ROW = re.compile(rb"\x01{%d,}" % LEAST)


class Arrays(Aside):
    """Reads arrays in bytes fed chunk by chunk as lines of one text.

    Args:
        opening: Where the bytes stand.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "numbers")
        self._pending = b""
        # Whether numbers of marshal stand in the beginning; then they are looked for everywhere.
        self._marshal: bool | None = None

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        blocks, self._pending = whole_blocks(self._pending + data)
        for block in blocks:
            yield from self._block(block)

    def skip(self, block: bytes) -> Iterator[Segment]:
        """Yield what a whole block adds that has fewer than `LEAST` numbers of pickles."""
        if self._marshal is not False or _may_hold_rows(block):
            yield from self.feed(block)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._block(self._pending)
        self._pending = b""
        yield from super().finish()

    def _block(self, block: bytes) -> Iterator[Segment]:
        if b"\0" not in block:
            return
        if len(_PICKLED.findall(block)) >= LEAST:
            whole = (int.from_bytes(one[1:], "little") for one in _OF_PICKLE.findall(block))
            yield from self._by_themselves(whole)
        if self._marshal is None:
            head = block[:_HEAD]
            self._marshal = sum(map(head.count, _MARSHALLED)) > 1
        if self._marshal:
            yield from self._by_themselves(map(_of_marshal, _OF_MARSHAL.findall(block)))
        # A row of 16 shows in two places 64 bytes apart.
        samples = [block[place::64] for place in range(8)]
        shown = b" ".join(samples).translate(_CLASSES)
        if _INTEGERS[:2] not in shown and _FLOATS[:2] not in shown:
            return
        if len(block.translate(None, b"\0")) < _LEFT * len(block):
            return
        found = [
            _numbers(block, order, kind, first)
            for place, sample in enumerate(samples)
            for kind, run in (("Q", _INTEGERS), ("d", _FLOATS))
            if run[:2] in sample.translate(_CLASSES)
            if run in block[place::8].translate(_CLASSES)
            # The byte stands first, or last.
            for order, first in ((">", place), ("<", (place + 1) % 8))
        ]
        # Out of line they are numbers, too, but fewer, unless chance goes on with them.
        longest = max(map(len, found), default=0)
        for numbers in found:
            if len(numbers) == longest:
                yield from self._told(numbers)

    def _by_themselves(self, numbers: Iterable[int]) -> Iterator[Segment]:
        found = [one for one in numbers if LOW <= one < HIGH]
        yield from self._told([] if _are_places(found) else found)

    def _told(self, numbers: list[int]) -> Iterator[Segment]:
        if numbers:
            yield from self.tell(b"".join(b"%d\n" % one for one in numbers))


def _may_hold_rows(block: bytes) -> bool:
    """Tell, quickly for bytes of chance, whether enough numbers in a row may begin with a byte."""
    samples = b" ".join([block[place::_STRIDE] for place in range(_NUMBER)])
    return b"\0\0\0" in samples or b"BBB" in samples


def _of_marshal(found: tuple[bytes, bytes]) -> int:
    """Return a number of three digits or four, the lowest first."""
    digits = found[0] or found[1]
    values = struct.unpack(f"<{len(digits) // 2}H", digits)
    return sum(value << 15 * place for place, value in enumerate(values))


def _numbers(block: bytes, order: str, kind: str, first: int) -> list[int]:
    """Return the numbers of arrays of a kind that lie in line with the place of the first byte."""
    numbers: list[int] = []
    for start, end in _rows(block, order, kind, first):
        values = struct.unpack_from(f"{order}{end - start}{kind}", block, first + 8 * start)
        for fits, run in groupby(values, lambda n: LOW <= n < HIGH and n == int(n)):
            if fits and len(row := list(map(int, run))) >= LEAST and not _are_places(row):
                numbers += row
    return numbers


def _rows(block: bytes, order: str, kind: str, first: int) -> Iterator[tuple[int, int]]:
    """Yield, from native code, where enough numbers may lie in a row, in numbers."""
    count = (len(block) - first) // 8

    def ones(place: int, marks: bytes) -> int:
        at = first + (place if order == ">" else 7 - place)
        return int.from_bytes(block[at : first + count * 8 : 8].translate(marks), "little")

    if kind == "d":
        fit = ones(0, _FLOAT) & (ones(0, _LARGER) | ones(1, _LARGE)) & ones(7, _WHOLE)
        large = fit
    else:
        fit = ones(0, _ZERO) & ones(1, _FEW) & (ones(1, _SOME) | ones(2, _SOME) | ones(3, _MANY))
        large = fit & ones(4, _NOT_SMALL)
    told = large.to_bytes(count, "little")
    for row in _ROW.finditer(fit.to_bytes(count, "little")):
        # Where all are made of small ones, so are those of any part.
        if b"\1" in told[row.start() : row.end()]:
            yield row.span()


def _are_places(numbers: list[int]) -> bool:
    """Tell whether numbers are made of small ones, as in tables of places and of code."""
    small = sum((number >> 24) & 0xFF in (0, 0xFF) for number in numbers)
    # The lowest bytes of numbers that people are given are different ones.
    sample = numbers[: 4 * LEAST]
    return small * 4 >= len(numbers) or len({number & 0xFF for number in sample}) * 2 < len(sample)
