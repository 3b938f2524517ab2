"""Dumps of PostgreSQL in its custom format: tables, under the names of their columns.

Each table's rows, as COPY writes them, are packed as one stream that is cut in chunks, each behind
its length; the statements that name the columns stand in the contents at the beginning, in the same
order (`pg_backup_archiver.c`, `pg_backup_custom.c`). What is not packed is read as its bytes are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.codings import Unpacked
from dlp.extract.compressed import make_deflate, make_lz4, make_zstd
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.compressed import Decompressor
    from dlp.extract.content import Content, Opening, Segment

__all__ = ["PgDump", "begins_pgdump"]

# Numbers are a sign and four bytes: the table's, or a large object's, and the first chunk's length.
_BEGINS = re.compile(
    rb"(\x01?)\0.{4}\0(.{3}\0)(?=x[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18)",
    re.DOTALL,
)
# What undoes the packing, by its first byte.
_MAKE: dict[bytes, Callable[[], Decompressor]] = {
    b"x": make_deflate, b"\x28": make_zstd, b"\x04": make_lz4
}  # fmt: skip
# The longest statement that names columns: 1,600 of them there may be, most far fewer.
LONGEST = 1 << 15
# How it begins and ends; the latter is looked for first, for the former may stand anywhere.
_COPY, _STDIN = re.compile(rb"COPY [^;()\n]{1,300}\("), b") FROM stdin;"
_NUMBER = 5
# More than the beginning of a table takes, or the end of a statement.
_OVERLAP = 20


def begins_pgdump(head: bytes) -> bool:
    """Tell whether a body is a dump of four-byte numbers, as all are that are written today."""
    return head.startswith(b"PGDMP") and head[8:9] == b"\4"


class PgDump(Structured):
    """Reads the tables of a dump, and its bytes as they are.

    Args:
        opening: Where it stands.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "tables")
        self._pending = b""
        # Where nothing begins or ends before, and where the last statement ends.
        self._looked = self._said = 0
        self._titles: list[bytes] = []
        self._table: Content | None = None
        # Of the chunk.
        self._left = 0

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        while self._pending:
            if self._table is None:
                if not self._begin():
                    return
            elif self._left:
                piece, self._pending = self._pending[: self._left], self._pending[self._left :]
                self._left -= len(piece)
                yield from self._table.feed(piece)
            elif len(self._pending) < _NUMBER:
                return
            else:
                self._left = int.from_bytes(self._pending[1:_NUMBER], "little")
                self._pending = self._pending[_NUMBER:]
                if not self._left:
                    yield from self._end_table()

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._end_table()

    def _begin(self) -> bool:
        """Look for the next table, and tell whether it is there."""
        match = _BEGINS.search(self._pending, self._looked)
        before = match.start() if match else len(self._pending)
        at = max(self._looked, self._said)
        while (end := self._pending.find(_STDIN, at, before)) >= 0:
            self._titles += _titles(self._pending[max(self._said, end - LONGEST) : end])
            self._said = at = end + len(_STDIN)
        if match is None:
            self._looked = max(self._looked, len(self._pending) - _OVERLAP)
            past = max(self._said, len(self._pending) - LONGEST - _OVERLAP)
            self._pending = self._pending[past:]
            self._looked, self._said = max(0, self._looked - past), 0
            return False
        self._looked = self._said = 0
        self._left = int.from_bytes(match[2], "little")
        self._pending = self._pending[match.end() :]
        body = self.opening.inside("table").body()
        titles = self._titles.pop(0) if match[1] and self._titles else b""
        unpacker = _MAKE[self._pending[:1]]()
        self._table = Unpacked(unpacker, _Titled(body, titles), self.opening.budget)
        return True

    def _end_table(self) -> Iterator[Segment]:
        table, self._table = self._table, None
        if table is not None:
            yield from table.finish()


def _titles(statement: bytes) -> list[bytes]:
    """Return the titles that a statement names, which ends here, if it does."""
    begin = max(statement.rfind(b"\n"), statement.rfind(b";")) + 1
    match = _COPY.search(statement, begin)
    if match is None:
        return []
    return [statement[match.end() :].replace(b", ", b"\t").replace(b'"', b"") + b"\n"]


class _Titled:
    """Reads a table behind its titles."""

    def __init__(self, body: Content, titles: bytes) -> None:
        self._body = body
        self._titles = titles

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data, self._titles = self._titles + data, b""
        yield from self._body.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._body.finish()
