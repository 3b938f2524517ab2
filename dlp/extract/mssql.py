"""Tables of SQL Server, as files (.mdf, .ndf) and backups that are not compressed keep them.

A page holds rows; each says where its texts of varying length end, which stand glued to each other
behind what is of fixed length. In a backup pages begin at any multiple of 512 bytes. "Inside the
Storage Engine: Anatomy of a record" and "of a page" (P. Randal); "Microsoft Tape Format".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dlp.extract.cells import Cells
from dlp.extract.glued import is_text
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.cells import Row
    from dlp.extract.content import Opening, Segment

__all__ = ["Mssql", "begins_mssql"]

_PAGE, _STEP, _HEAD = 8192, 512, 96
# Kinds of pages: rows, and texts that are too long for them; of nodes of a tree, the last.
_DATA, _TEXTS = 1, frozenset((3, 4))
# A row that says what is missing and where texts end.
_ROW = 0x30
_KINDS = 0x3E
_OWN_PAGE = 0x8000
# The first page of a file, and what backups begin with.
_FILE, _BACKUP = b"\x01\x0f", b"TAPE"
_ZEROS = 4
# Zeros between rows, so that what one begins with is not taken for what the one before ends with.
_APART = 16


def begins_mssql(head: bytes) -> bool:
    """Tell whether a body is a file of SQL Server's, or a backup."""
    if head.startswith(_FILE):
        return head[3] == 0 and head[32:36] == bytes(4) and head[36:38] != bytes(2)
    return head.startswith(_BACKUP) and head[4:16].count(0) >= _ZEROS


class Mssql(Structured):
    """Reads the rows of a file or a backup, and its bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "rows")
        self._pending = b""
        self._cells = Cells()

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data = self._pending + data
        at = 0
        while at + _PAGE <= len(data):
            found = _page(data[at : at + _PAGE]) if _begins_page(data, at) else None
            if found is None:
                at += _STEP
                continue
            at += _PAGE
            text, rows = found
            if rows:
                text = self._cells.lines(text, rows)
            self.opening.budget.spend(len(text))
            yield from self.text.feed(text)
        self._pending = data[at:]


def _begins_page(data: bytes, at: int) -> bool:
    """Tell whether a page of rows or texts may begin somewhere."""
    return (
        data[at] == 1
        and data[at + 1] in (_DATA, *_TEXTS)
        and data[at + 3] == 0
        and 0 < int.from_bytes(data[at + 22 : at + 24], "little") <= (_PAGE - _HEAD) // 2
    )


def _page(page: bytes) -> tuple[bytes, list[Row]] | None:
    """Return the rows of a page and what they stand in, or None where it is none."""
    count = int.from_bytes(page[22:24], "little")
    places = struct.unpack(f"<{count}H", page[_PAGE - 2 * count :])
    # Rows that were moved or deleted have no place.
    begins = sorted({place for place in places if place})
    last = _PAGE - 2 * count
    if not begins or begins[0] < _HEAD or begins[-1] >= last:
        return None
    if page[1] in _TEXTS:
        values = (page[a + 14 : b] for a, b in zip(begins, [*begins[1:], last], strict=True))
        return b"\n".join(filter(None, map(_text, values))), []
    out = bytearray(_HEAD)
    rows = [row for place in begins if (row := _row(page[place:last], out))]
    return bytes(out), rows


def _row(record: bytes, out: bytearray) -> Row:
    """Add to `out` what a record holds, its texts in UTF-8, and return where these stand."""
    if len(record) < _ZEROS or record[0] & _KINDS != _ROW:
        return []
    fixed = int.from_bytes(record[2:4], "little")
    count = int.from_bytes(record[fixed : fixed + 2], "little")
    at = fixed + 2 + (count + 7) // 8
    texts = int.from_bytes(record[at : at + 2], "little")
    begin = at + 2 + 2 * texts
    if not 0 < texts <= count or begin > len(record):
        return []
    out += record[4:fixed]
    row: Row = []
    for end in struct.unpack(f"<{texts}H", record[at + 2 : begin]):
        elsewhere, stop = end & _OWN_PAGE, end & ~_OWN_PAGE
        text = b"" if elsewhere or stop <= begin else _text(record[begin:stop])
        if text:
            row.append((len(out), len(out) + len(text)))
            out += text
        begin = max(begin, stop)
    out += bytes(_APART)
    return row


def _text(value: bytes) -> bytes:
    """Return a text in UTF-8, or nothing where a value is none."""
    if b"\0" in value and len(value) % 2 == 0:
        try:
            value = value.decode("utf-16-le").encode()
        except UnicodeDecodeError:
            return b""
    return value if is_text(value) else b""
