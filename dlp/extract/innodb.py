"""Tables of MySQL and MariaDB as InnoDB keeps them, also where its pages are compressed.

A page holds rows whose texts stand glued to each other; how long they are stands before the row.
What columns there are the file does not say, but all rows of a page have the same ones, so that it
shows (`glued`). https://dev.mysql.com/doc/dev/mysql-server, "page0page.h", "rem0rec.h",
"page0zip.h", "fil0pagecompress.h".
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.cells import Cells
from dlp.extract.glued import Glued, is_text
from dlp.extract.structured import Structured
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.cells import Row
    from dlp.extract.content import Opening, Segment

__all__ = ["Innodb", "begins_innodb"]

_SIZE = 1 << 14
# Of the size of a page, the largest, in powers of two of the smallest.
_LARGEST = 7
# Kinds of pages: the first of a file, of rows, of what is too long for them.
_FIRST, _INDEX, _BLOB, _ZBLOB = 8, 0x45BF, 10, 11
_COMPRESSED_BY_MYSQL, _COMPRESSED_BY_MARIADB = 14, 34_354
_ENCRYPTED = frozenset((15, 16, 17, 37_401))
# Where the head of a page's rows begins, and the rows.
_HEAD, _ROWS = 38, 94
# The first row of a page, which is none, and what stands before each, in the older format, too.
_INFIMUM, _BEFORE = 99, 5
_INFIMUM_OLD, _BEFORE_OLD = 101, 6
# Of a row, the number of whoever wrote it last and where its older version is: not compressed.
_WRITER = 13
_KEY = 4
_ZLIB = 1
# Rows of a page, fewer of which tell nothing.
_FEWEST = 4


def begins_innodb(head: bytes) -> bool:
    """Tell whether a body is a file of tables: its first page is numbered 0, and says so twice."""
    return (
        head[4:8] == bytes(4)
        and head[24:26] == b"\0\x08"
        and head[34:38] == head[38:42] != b""
        and head[42:46] == bytes(4)
        and head[46:50] != bytes(4)
    )


class Innodb(Structured):
    """Reads the rows of a file, and its bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "rows")
        self._pending = b""
        # Bytes of a page, as it lies in the file; 0 before the first.
        self._size = 0
        self._checked = self._packed = False
        self._method = 0
        self._cells, self._glued = Cells(), Glued()

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        if not self._size:
            if len(self._pending) < _ROWS:
                return
            self._begin(int.from_bytes(self._pending[54:58]))
        whole = len(self._pending) // self._size * self._size
        pages, self._pending = self._pending[:whole], self._pending[whole:]
        for at in range(0, whole, self._size):
            yield from self._page(pages[at : at + self._size])

    def _begin(self, flags: int) -> None:
        """Take from the flags of a file how its pages lie in it."""
        if flags & 16:
            # Pages with one check sum, as MariaDB writes them since 10.5.
            self._checked = True
            self._size = 512 << min(max(3, flags & 15), _LARGEST)
            self._method = flags >> 5 & 7
            return
        self._packed = bool(flags >> 1 & 15)
        self._size = 512 << min(flags >> 1 & 15 or flags >> 6 & 15 or 5, _LARGEST)

    def _page(self, page: bytes) -> Iterator[Segment]:
        kind = int.from_bytes(page[24:26])
        if kind in _ENCRYPTED or (self._checked and any(page[:4])):
            raise UninspectableError(Uninspectable.ENCRYPTED)
        page = self._unpacked(page, kind)
        kind = int.from_bytes(page[24:26])
        # Of nodes of the tree, all but the last hold no rows.
        if kind == _INDEX and len(page) >= _ROWS and not any(page[64:66]):
            data, found = self._zipped(page) if self._packed else self._rows(page)
            if any(found):
                yield from self._tell(self._cells.lines(data, found))
        elif kind == _BLOB:
            size = int.from_bytes(page[_HEAD : _HEAD + 4])
            yield from self._tell(page[_HEAD + 8 : _HEAD + 8 + size])
        elif kind == _ZBLOB:
            yield from self._tell(_inflated(page[_HEAD + 4 :]))

    def _tell(self, text: bytes) -> Iterator[Segment]:
        self.opening.budget.spend(len(text))
        yield from self.text.feed(text)

    def _unpacked(self, page: bytes, kind: int) -> bytes:
        """Return a page as it was before it was packed as a whole."""
        if self._checked and kind & 0x8000 and self._method:
            method, packed, head = self._method, page[26:], b""
        elif kind == _COMPRESSED_BY_MARIADB:
            method, packed, head = int.from_bytes(page[26:34]), page[40:], b""
        elif kind == _COMPRESSED_BY_MYSQL:
            method, packed = page[27], page[_HEAD:]
            head = page[:24] + page[28:30] + page[26:_HEAD]
        else:
            return page
        if method != _ZLIB:
            raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
        return head + _inflated(packed)

    def _rows(self, page: bytes) -> tuple[bytes, list[Row]]:
        """Return where texts of the rows of a page stand, and in what."""
        if not page[42] & 0x80:
            return page, [_row_old(page, at) for at in _places_old(page)]
        top = min(int.from_bytes(page[40:42]), len(page))
        return page, self._glued.rows(page, _places(page), _BEFORE, top)

    def _zipped(self, page: bytes) -> tuple[bytes, list[Row]]:
        """Return the same of a page that is packed by itself: as it was, but for rows' writers.

        What stands before each row and in it follow each other; where each began is said at the
        page's end.
        """
        # No page holds more than it has room for.
        count = (int.from_bytes(page[42:44]) & 0x7FFF) - 2
        count = max(0, min(count, (len(page) - _ROWS) // 2))
        said = struct.unpack(f">{count}H", page[len(page) - 2 * count :])
        places = sorted({one & 0x3FFF for one in said} - {0})
        top = int.from_bytes(page[40:42])
        stream = _inflated(page[_ROWS:])
        if not places or places[0] <= _BEFORE or top < places[-1]:
            return b"", []
        ends = [*places[1:], top + _BEFORE]
        sizes = [end - at - _WRITER - _BEFORE for at, end in zip(places, ends, strict=True)]
        # The last ones may stand behind the stream, each by itself. Then what stands before the
        # first of these is none of it.
        kept, rest = 0, len(stream)
        while kept < len(sizes) and 0 <= sizes[kept] < rest:
            rest -= sizes[kept]
            kept += 1
        if kept < len(places):
            rest += self._glued.before
        if kept < _FEWEST or rest > len(stream):
            return b"", []
        out = bytearray(top + _SIZE)
        before = min(rest, places[0] - _BEFORE)
        out[places[0] - _BEFORE - before : places[0] - _BEFORE] = stream[rest - before : rest]
        for at, size in zip(places[:kept], sizes, strict=False):
            after = at + _KEY + _WRITER
            piece = stream[rest : rest + size]
            out[at : at + _KEY] = piece[:_KEY]
            out[after : after + len(piece) - _KEY] = piece[_KEY:]
            rest += size
        top = places[kept] - _BEFORE - self._glued.before if kept < len(places) else top
        data = bytes(out)
        return data, self._glued.rows(data, places[:kept], _BEFORE, top)


def _inflated(packed: bytes) -> bytes:
    """Return what a stream holds, up to four pages of it."""
    try:
        return zlib.decompressobj().decompress(packed, 4 * _SIZE)
    except zlib.error:
        return b""


def _places(page: bytes) -> list[int]:
    """Return where the rows of a page begin, of deleted ones, too."""
    seen = set[int]()
    for first in (_INFIMUM, int.from_bytes(page[44:46])):
        at = first
        while _ROWS < at < len(page) and at not in seen:
            seen.add(at)
            at = (at + int.from_bytes(page[at - 2 : at])) & (len(page) - 1)
    # What begins and ends the list are no rows.
    return sorted(at for at in seen if not page[at - 3] & 7)


def _places_old(page: bytes) -> list[int]:
    seen = set[int]()
    at = _INFIMUM_OLD
    while _ROWS < at < len(page) and at not in seen:
        seen.add(at)
        at = int.from_bytes(page[at - 2 : at])
    return sorted(seen)


def _row_old(page: bytes, at: int) -> Row:
    """Return where the texts of a row stand that says where each of its fields ends."""
    head = int.from_bytes(page[at - 5 : at - 2])
    count, size = head >> 1 & 0x3FF, 1 if head & 1 else 2
    first = at - _BEFORE_OLD
    begin, row = at, []
    for n in range(1, min(count, first // size) + 1):
        end = int.from_bytes(page[first - n * size : first - (n - 1) * size])
        null, end = end >> (8 * size - 1), at + (end & (0x7F if size == 1 else 0x3FFF))
        if begin < end <= len(page) and not null and is_text(page[begin:end]):
            row.append((begin, end))
        begin = max(begin, end)
    return row
