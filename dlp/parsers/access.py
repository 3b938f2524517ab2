"""Databases of Microsoft Access (Jet 3, 4 and ACE) as tables, deleted rows too.

Pages, descriptions of tables and rows as the mdbtools project has described them ("HACKING"). Rows
are read where they lie, page by page, for each says whose it is; no index or catalogue is needed.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers.cells import ROWS, cell, lines
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

DATA, TABLE, SYSTEM = b"\x01\x01", b"\x02\x01", 0x53
YES, BYTE, SHORT, LONG, MONEY, SINGLE, DOUBLE, MOMENT = range(1, 9)
BINARY, TEXT, OLE, MEMO, GUID, NUMERIC, COMPLEX, BIG = 9, 10, 11, 12, 15, 16, 18, 19
_FIXED = {BYTE: "B", SHORT: "h", LONG: "i", MONEY: "q", SINGLE: "f", DOUBLE: "d", MOMENT: "d"}
_FIXED |= {COMPLEX: "i", BIG: "q"}
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
# Where a row goes on elsewhere; what is left of its place is where it begins.
ELSEWHERE, PLACE = 0x4000, 0x1FFF
# How a long value is kept: behind its length, or in a page of its own.
HERE, ONE = 0x80, 0x40
LARGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: int
    number: int
    fixed: bool
    # Among those of fixed size, in bytes; among the others, by number.
    place: int
    size: int


class _Format:
    """What differs between versions: where things stand, in pages and in what describes a table."""

    def __init__(self, version: int) -> None:
        self.old = version == 0
        self.page = 2048 if self.old else 4096
        self.encoding = "cp1252" if self.old else "utf-16-le"
        # Rows of a page: how many, and where the places of them begin.
        self.rows = 8 if self.old else 12
        # Of a table: its kind, and the numbers of columns and of indexes; what each index takes.
        self.kind, self.columns, self.indexes = (20, 25, 31) if self.old else (40, 45, 51)
        self.first, self.index = (43, 8) if self.old else (63, 12)
        self.column = 18 if self.old else 25


def parse(document: bytes) -> Iterator[Part]:
    """Yield the rows of every table under the names of its columns."""
    database = _Database(document)
    if not database.described:
        # Its pages are scrambled with a password's help.
        raise UninspectableError(Uninspectable.ENCRYPTED)
    rows: dict[int, list[list[str]]] = defaultdict(list)
    begun: set[int] = set()
    for number in range(database.pages):
        owner, found = database.rows(number)
        if owner not in database.tables:
            continue
        rows[owner] += found
        if len(rows[owner]) >= ROWS:
            yield from _told(database, owner, rows.pop(owner), begun)
    for owner, rest in rows.items():
        yield from _told(database, owner, rest, begun)


def _told(
    database: _Database, owner: int, rows: list[list[str]], begun: set[int]
) -> Iterator[Part]:
    if owner not in begun:
        begun.add(owner)
        rows = [[column.name for column in database.tables[owner]], *rows]
    yield Part(name=f"table {owner}", data=lines(rows).data, final=False)
    for body in database.bodies:
        yield Part(name="values", data=body, member=True)
    database.bodies.clear()


class _Database:
    """A file, page by page.

    Attributes:
        pages: How many there are.
        described: Whether any page describes a table.
        tables: Columns of each table, by the page that describes it.
        bodies: Long binary values of rows that were read.
    """

    def __init__(self, document: bytes) -> None:
        self._data = document
        self._format = _Format(document[0x14] if len(document) > 0x14 else 1)
        self.pages = len(document) // self._format.page
        self.bodies: list[bytes] = []
        self.tables: dict[int, list[_Column]] = {}
        described = [n for n in range(1, self.pages) if self._page(n)[:2] == TABLE]
        self.described = bool(described)
        for number in described:
            if columns := self._columns(number):
                self.tables[number] = columns

    def _page(self, number: int) -> bytes:
        size = self._format.page
        return self._data[number * size : (number + 1) * size]

    def _columns(self, number: int) -> list[_Column]:
        """Return the columns of a table of people's, or none where a page describes none."""
        where = self._format
        text = self._page(number)
        going = struct.unpack_from("<I", text, 4)[0]
        while 0 < going < self.pages and self._page(going)[:2] == TABLE and len(text) < LARGEST:
            text += self._page(going)[8:]
            going = struct.unpack_from("<I", self._page(going), 4)[0]
        try:
            count = struct.unpack_from("<H", text, where.columns)[0]
            at = where.first + where.index * struct.unpack_from("<I", text, where.indexes)[0]
            entries = [at + where.column * n for n in range(count)]
            at += where.column * count
            columns = []
            for entry in entries:
                size = text[at] if where.old else struct.unpack_from("<H", text, at)[0]
                at += 1 if where.old else 2
                name = text[at : at + size].decode(
                    "cp1252" if where.old else "utf-16-le", "replace"
                )
                at += size
                columns.append(self._column(text, entry, name))
        except (struct.error, IndexError):
            return []
        if text[where.kind] == SYSTEM:
            return []
        return sorted(columns, key=attrgetter("number"))

    def _column(self, text: bytes, at: int, name: str) -> _Column:
        if self._format.old:
            kind, number, variable = struct.unpack_from("<BHH", text, at)
            flags, place, size = struct.unpack_from("<BHH", text, at + 13)
        else:
            kind, number, variable = struct.unpack_from("<BxxxxHH", text, at)
            (flags,) = struct.unpack_from("<B", text, at + 15)
            place, size = struct.unpack_from("<HH", text, at + 21)
        fixed = bool(flags & 1)
        return _Column(name, kind, number, fixed, place if fixed else variable, size)

    def rows(self, number: int) -> tuple[int, list[list[str]]]:
        """Return the table that a page is of, and its rows."""
        page = self._page(number)
        if page[:2] != DATA:
            return 0, []
        owner: int = struct.unpack_from("<I", page, 4)[0]
        columns = self.tables.get(owner)
        if columns is None:
            return owner, []
        read = (self._row(row, columns) for row, moved in self._places(page) if not moved)
        return owner, [row for row in read if row is not None]

    def _places(self, page: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield the rows of a page as they lie, and whether each only says where it is."""
        at = self._format.rows
        count = struct.unpack_from("<H", page, at)[0]
        end = len(page)
        for n in range(min(count, (len(page) - at) // 2 - 1)):
            place = struct.unpack_from("<H", page, at + 2 + 2 * n)[0]
            start = place & PLACE
            yield page[start:end], bool(place & ELSEWHERE) or start >= end
            end = min(end, start) or end

    def _row(self, row: bytes, columns: list[_Column]) -> list[str] | None:
        """Return the cells of a row, or None for what is none."""
        old = self._format.old
        try:
            count = row[0] if old else struct.unpack_from("<H", row)[0]
            marks = len(row) - (count + 7) // 8
            if marks < 1 or not count:
                return None
            ends = _ends_old(row, marks) if old else _ends(row, marks)
            return [self._cell(row, column, count, marks, ends) for column in columns]
        except (struct.error, IndexError):
            return None

    def _cell(self, row: bytes, column: _Column, count: int, marks: int, ends: list[int]) -> str:
        n = column.number
        there = n < count and bool(row[marks + n // 8] >> n % 8 & 1)
        if column.kind == YES:
            return "1" if there else "0"
        if not there:
            return ""
        if column.fixed:
            at = (1 if self._format.old else 2) + column.place
            return self._value(column.kind, row[at : at + column.size])
        if column.place + 1 >= len(ends):
            return ""
        return self._value(column.kind, row[ends[column.place] : ends[column.place + 1]])

    def _value(self, kind: int, value: bytes) -> str:
        if kind in _FIXED:
            number = struct.unpack_from("<" + _FIXED[kind], value)[0]
            if kind == MOMENT:
                return _day(number)
            return cell(number / 10_000 if kind == MONEY else number)
        if kind == TEXT:
            return cell(self._text(value))
        if kind in (MEMO, OLE):
            whole = self._long(value)
            if kind == MEMO:
                return cell(self._text(whole))
            self.bodies.append(whole)
        return ""

    def _text(self, value: bytes) -> str:
        if self._format.old:
            return value.decode("cp1252", "replace")
        if value[:2] != b"\xff\xfe":
            return value.decode("utf-16-le", "replace")
        # Packed: characters of one byte, and between zeros, of two.
        pieces = value[2:].split(b"\0")
        encodings = ("latin-1", "utf-16-le")
        return "".join(piece.decode(encodings[n % 2], "replace") for n, piece in enumerate(pieces))

    def _long(self, value: bytes) -> bytes:
        """Return a long value, from wherever it is kept."""
        size = int.from_bytes(value[:3], "little")
        if value[3] & HERE:
            return value[12 : 12 + size]
        found = b""
        pointer = value[4:8]
        while pointer.strip(b"\0") and len(found) < size:
            try:
                rows = list(self._places(self._page(int.from_bytes(pointer[1:], "little"))))
                piece = rows[pointer[0]][0]
            except (struct.error, IndexError):
                # Its page is missing; the rest of its row is not.
                break
            if value[3] & ONE:
                return piece[:size]
            pointer, piece = piece[:4], piece[4:]
            if not piece:
                break
            found += piece
        return found[:size]


def _ends(row: bytes, marks: int) -> list[int]:
    """Return where values of variable size begin, and the last one ends."""
    count = struct.unpack_from("<H", row, marks - 2)[0]
    places = (struct.unpack_from("<H", row, marks - 4 - 2 * n)[0] for n in range(count + 1))
    return list(places)


def _ends_old(row: bytes, marks: int) -> list[int]:
    """Return the same of a row before Jet 4: places of one byte, and where these begin anew."""
    count = row[marks - 1]
    jumps = (len(row) - 1) // 256
    at = marks - jumps - 2
    if jumps and (at - count) // 256 < jumps:
        jumps -= 1
    ends, passed = [], 0
    for n in range(count + 1):
        while passed < jumps and n == row[marks - passed - 2]:
            passed += 1
        ends.append(row[at - n] + 256 * passed)
    return ends


def _day(number: float) -> str:
    try:
        moment = _EPOCH + timedelta(days=number)
    except (OverflowError, ValueError):
        return ""
    return moment.strftime("%d/%m/%Y" if number == int(number) else "%d/%m/%Y %H:%M")
