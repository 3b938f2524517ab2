"""LMDB: a tree of pages of keys and values, which programs keep records in.

https://github.com/LMDB/lmdb, `mdb.c`: pages, nodes and meta pages as on machines of 64 bits. What
does not fit on a page lies on others, and is read as any bytes are.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dlp.extract.entries import Entries
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Lmdb", "begins_lmdb"]

_MAGIC, _AT = b"\xde\xc0\xef\xbe", 16
# Where the first page says how large pages are, in powers of two within bounds.
_PAGE, _SIZES = slice(40, 44), {1 << bits for bits in range(9, 17)}
_HEAD, _NODE = 16, 8
# Kinds of pages, and of entries whose value lies elsewhere.
_LEAF, _FIXED = 0x02, 0x20


def begins_lmdb(head: bytes) -> bool:
    """Tell whether a body is a file of LMDB."""
    return head.startswith(_MAGIC, _AT) and int.from_bytes(head[_PAGE], "little") in _SIZES


class Lmdb(Structured):
    """Reads the records that entries of a file make, and its bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "records")
        self._pending = b""
        self._size = 0
        self._entries = Entries()

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        if not self._size:
            if len(self._pending) < _PAGE.stop:
                return
            self._size = int.from_bytes(self._pending[_PAGE], "little")
        whole = len(self._pending) // self._size * self._size
        pages, self._pending = self._pending[:whole], self._pending[whole:]
        for at in range(0, whole, self._size):
            for key, value in _entries(pages[at : at + self._size]):
                yield from self._tell(self._entries.add(key, value))

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._tell(self._entries.finish())

    def _tell(self, lines: bytes) -> Iterator[Segment]:
        if lines:
            self.opening.budget.spend(len(lines))
            yield from self.text.feed(lines)


def _entries(page: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the entries of a page, if it is one of those that hold values."""
    kind, low = struct.unpack_from("<2H", page, 10)
    if not kind & _LEAF or kind & _FIXED or not _HEAD < low <= len(page):
        return
    left = len(page)
    for at in struct.unpack_from(f"<{(low - _HEAD) // 2}H", page, _HEAD):
        if not low <= at <= len(page) - _NODE:
            continue
        size, more, elsewhere, of_key = struct.unpack_from("<4H", page, at)
        begin = at + _NODE + of_key
        end = begin + (more << 16 | size)
        # Entries that lie say of the same bytes that they are theirs.
        left -= max(end - at, 0)
        if not elsewhere and of_key and end <= len(page) and left >= 0:
            yield page[at + _NODE : begin], page[begin:end]
