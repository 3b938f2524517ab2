"""Dumps of Redis (RDB): what is stored, with the strings unpacked that it packs by LZF.

https://rdb.fnordig.de/file_format.html, `src/rdb.c`. Lists, hashes and streams are strings here,
too, in which each value stands behind its length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.expanded import Expanded
from dlp.extract.lz import lzf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening

__all__ = ["Redis", "begins_redis"]

begins_redis = re.compile(rb"REDIS\d{4}").match

# Begins a packed string; then come its length as it is and unpacked, each of up to five bytes.
_PACKED = b"\xc3"
_LENGTHS = 10
# The longest that is unpacked, to what LZF makes of it at most, and what Redis leaves as it is.
_LONGEST, _RATIO, _SHORTEST = 1 << 22, 90, 20
# Bytes in vain: so many times those that came, and some more.
_IN_VAIN, _SOME = 4, 1 << 20


class Redis(Expanded):
    """Reads a dump.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._came = self._in_vain = 0

    def expand(self, *, final: bool) -> Iterator[bytes]:
        """Yield what is whole."""
        data, told, at = self.pending, 0, 0
        while (at := data.find(_PACKED, at)) >= 0:
            if len(data) - at <= _LENGTHS and not final:
                break
            begin, packed = _length(data, at + 1)
            begin, size = _length(data, begin)
            if not (0 < packed <= _LONGEST and _SHORTEST < size <= packed * _RATIO):
                at += 1
                continue
            if begin + packed > len(data) and not final:
                break
            unpacked = self._unpacked(data[begin : begin + packed], size, self._came + at)
            if not unpacked:
                at += 1
                continue
            yield data[told:at]
            yield unpacked
            told = at = begin + packed
        end = at if at >= 0 else len(data)
        yield data[told:end]
        self.pending = data[end:]
        self._came += end

    def _unpacked(self, packed: bytes, size: int, came: int) -> bytes:
        if self._in_vain > _IN_VAIN * came + _SOME:
            return b""
        unpacked = lzf(packed, size)
        if not unpacked:
            self._in_vain += len(packed)
        return unpacked


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Return where a length ends, and how long it says, or 0 where it is none."""
    head = data[at : at + 5].ljust(5, b"\0")
    kind = head[0] >> 6
    if kind == 0:
        return at + 1, head[0]
    if kind == 1:
        return at + 2, (head[0] & 0x3F) << 8 | head[1]
    return at + 5, int.from_bytes(head[1:]) if head[0] == 0x80 else 0
