"""Tables of PostgreSQL as its files keep them: what it packed, and documents, beside the rows.

A value of some 2 KB and more is packed where it stands, or cut in chunks, which are rows of a table
of their own. PostgreSQL, `storage/bufpage.h`, `access/htup_details.h`, `varatt.h`,
`access/toast_internals.h`.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import lz4.block

from dlp.extract.jsonb import as_json
from dlp.extract.lz import pglz
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Postgresql", "begins_postgresql"]

_PAGE, _HEAD = 8192, 24
# The size of a page and the version of its layout, in one number.
_VERSION = _PAGE | 4
# Where a row says how long its own head is, and that of a table at least.
_HEAD_AT, _ROW_HEAD = 22, 23
# Of a value's first number, the bits that say that it is packed; of the next one, how large it was.
_KIND, _PACKED, _SIZE = 3, 2, (1 << 30) - 1
_LZ4 = 1
# What a packed value has before it, and how much of it there may be at most.
_BEFORE, _RATIO, _LONGEST = 8, 255, 1 << 24
# So many times a row's bytes are looked at for what is none.
_IN_VAIN = 8
# What a chunk has before it: whose it is, and which.
_CHUNK = 8


def begins_postgresql(head: bytes) -> bool:
    """Tell whether a body is a table's file, by its first page."""
    if len(head) < _HEAD:
        return False
    low, high, special, version = struct.unpack_from("<4H", head, 12)
    return bool(version == _VERSION and _HEAD <= low <= high <= special <= _PAGE)


class Postgresql(Structured):
    """Reads the values that a table's file has packed, and its rows and bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "unpacked", rows=True)
        self._pending = b""
        # Of a value in chunks, its number, how many came, and they.
        self._value = self._came = 0
        self._chunks = bytearray()

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data = self._pending + data
        whole = len(data) // _PAGE * _PAGE
        self._pending = data[whole:]
        for at in range(0, whole, _PAGE):
            for row in _rows(data[at : at + _PAGE]):
                if chunk := _chunk(row):
                    value, number = struct.unpack_from("<2I", row)
                    yield from self._add(value, number, chunk)
                    continue
                for text in _long(row):
                    yield from self._tell(text)

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._whole()

    def _add(self, value: int, number: int, chunk: bytes) -> Iterator[Segment]:
        if (value, number) != (self._value, self._came):
            yield from self._whole()
        if number == self._came and len(self._chunks) < _LONGEST:
            self._value, self._came = value, number + 1
            self._chunks += chunk

    def _whole(self) -> Iterator[Segment]:
        value, self._chunks, self._came = bytes(self._chunks), bytearray(), 0
        if value:
            yield from self._tell(_told(value))

    def _tell(self, value: bytes) -> Iterator[Segment]:
        if value:
            self.opening.budget.spend(len(value))
            yield from self.text.feed(value + b"\n")


def _rows(page: bytes) -> Iterator[bytes]:
    """Yield the columns of each row of a page."""
    low = int.from_bytes(page[12:14], "little")
    if not begins_postgresql(page):
        return
    left = _PAGE
    for said in dict.fromkeys(struct.unpack_from(f"<{(low - _HEAD) // 4}I", page, _HEAD)):
        at, size = said & 0x7FFF, said >> 17
        head = page[at + _HEAD_AT] if low <= at < _PAGE - _ROW_HEAD else 0
        # Rows that lie say of the same bytes that they are theirs.
        if _ROW_HEAD <= head < size <= min(_PAGE - at, left):
            left -= size
            yield page[at + head : at + size]


def _chunk(row: bytes) -> bytes:
    """Return the chunk of a value that a row is, or nothing."""
    if len(row) <= _CHUNK + 4:
        return b""
    size = int.from_bytes(row[_CHUNK : _CHUNK + 4], "little")
    if not size & _KIND and size >> 2 == len(row) - _CHUNK:
        return row[_CHUNK + 4 :]
    return row[_CHUNK + 1 :] if size & 1 and (size & 0xFF) >> 1 == len(row) - _CHUNK else b""


def _long(row: bytes) -> Iterator[bytes]:
    """Yield what values of a row tell that are packed, or documents, where they stand."""
    at, in_vain = 0, 0
    while at + _BEFORE < len(row) and in_vain <= _IN_VAIN * len(row):
        size = int.from_bytes(row[at : at + 4], "little")
        kind, size = size & _KIND, size >> 2
        text = b""
        if _BEFORE < size <= len(row) - at:
            value = row[at + 4 : at + size]
            text = _told(value) if kind == _PACKED else b"" if kind else as_json(value)
            in_vain += 0 if text else size
            yield text
        # What is wider than a byte stands at multiples of four.
        at += size + 3 & ~3 if text else 4


def _told(value: bytes) -> bytes:
    """Return what a value that may be packed tells."""
    unpacked = _unpacked(value)
    return as_json(unpacked) or unpacked


def _unpacked(value: bytes) -> bytes:
    """Return what a value is, behind how large that is, or nothing where it was not packed."""
    said = int.from_bytes(value[:4], "little")
    size, method = said & _SIZE, said >> 30
    packed = value[4:]
    if not len(packed) < size <= min(_LONGEST, len(packed) * _RATIO):
        return b""
    if method != _LZ4:
        return pglz(packed, size)
    with suppress(lz4.block.LZ4BlockError):
        return bytes(lz4.block.decompress(packed, size))
    return b""
