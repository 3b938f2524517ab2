"""Databases of H2 (`.mv.db`): the rows of their pages, unpacked.

H2 2.1, `org.h2.mvstore`: `Chunk`, `Page`, `db.RowDataType`. Chunks begin at multiples of 4096 bytes
with a line of text, and hold pages one after the other; each says how long it is, and that again,
mixed with where it stands. Encrypted files begin with `H2encrypt`.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from dlp.extract.h2_values import number, values
from dlp.extract.lz import lzf
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["H2", "begins_h2"]

begins_h2 = re.compile(rb"H:\d,block:[0-9a-f]+,").match

_BLOCK = 4096
_CHUNK = re.compile(rb"chunk:([0-9a-f]{1,8}),[^\n]*\n")
# What a page begins with: its length, a check; then numbers, of which the last counts its keys.
_HEAD, _NUMBERS = 6, 3
# Of its kind, bits that say that its rows are packed, and that they are by deflate, not by LZF.
_PACKED, _DEFLATED = 2, 4
# The longest page that is unpacked, to how much of it at most.
_LONGEST, _RATIO = 1 << 24, 90


class H2(Structured):
    """Reads the rows of a database, and its bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "rows")
        self._pending = b""
        # Where pending bytes stand in the file, and in their chunk; its number, while it has pages.
        self._at = self._in_chunk = 0
        self._chunk: int | None = None

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data = self._pending + data
        at = 0
        while at < len(data):
            if self._chunk is None:
                size = self._before(data, at)
            elif not (size := self._page(data, at)):
                self._chunk = None
                continue
            elif at + size <= len(data):
                text = _text(data[at : at + size])
                self.opening.budget.spend(len(text))
                yield from self.text.feed(text)
            if at + size > len(data):
                break
            at += size
            self._at += size
            self._in_chunk += size
        self._pending = data[at:]

    def _before(self, data: bytes, at: int) -> int:
        """Return the length of what is no page: of the line that a chunk begins with, or all."""
        size = _BLOCK - self._at % _BLOCK
        whole = size == _BLOCK <= len(data) - at
        if whole and (head := _CHUNK.match(data[at : at + size])):
            self._chunk, self._in_chunk = int(head[1], 16), 0
            return head.end()
        return size

    def _page(self, data: bytes, at: int) -> int:
        """Return the length of a page, so far as shows, or 0 where there is none."""
        head = data[at : at + _HEAD]
        if len(head) < _HEAD:
            return _HEAD
        size = int.from_bytes(head[:4])
        check = _mixed(self._chunk or 0) ^ _mixed(self._in_chunk) ^ _mixed(size)
        return size if _HEAD < size <= _LONGEST and int.from_bytes(head[4:]) == check else 0


def _mixed(value: int) -> int:
    return (value >> 16 ^ value) & 0xFFFF


def _text(page: bytes) -> bytes:
    """Return the rows of a page as lines; what it holds, where these do not show."""
    try:
        at, keys = _HEAD, 0
        for _ in range(_NUMBERS):
            at, keys = number(page, at)
        kind = page[at]
        body = page[at + 1 :]
        if kind & ~_DEFLATED == _PACKED:
            body = _unpacked(body, deflated=bool(kind & _DEFLATED))
    except LookupError:
        return b""
    try:
        return _rows(body, keys)
    except LookupError:
        # Other pages were read as they are.
        return body if kind & _PACKED else b""


def _unpacked(packed: bytes, *, deflated: bool) -> bytes:
    begin, more = number(packed, 0)
    packed = packed[begin:]
    size = len(packed) + more
    if size > len(packed) * _RATIO:
        raise IndexError
    if not deflated:
        return lzf(packed, size)
    try:
        return zlib.decompressobj().decompress(packed, size)
    except zlib.error:
        raise IndexError from None


def _rows(body: bytes, keys: int) -> bytes:
    """Return the rows of a page, which are as many as its keys.

    Raises:
        LookupError: It holds something else.
    """
    at = 0
    for _ in range(keys):
        at, _ = number(body, at)
    # Rows that are being written say by whom, each by itself.
    if body[at]:
        raise IndexError
    found = values(body, at + 1)
    if not keys or not found or len(found) % keys:
        raise IndexError
    width = len(found) // keys
    rows = (b"\t".join(found[n : n + width]) for n in range(0, len(found), width))
    return b"".join(row + b"\n" for row in rows)
