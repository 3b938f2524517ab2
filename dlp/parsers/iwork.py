"""Documents of Apple's Numbers, Pages and Keynote (since 2013): tables, and the texts of pages.

Members are chunks of Snappy (without its frames) that hold messages of Protocol Buffers, each
behind what says which it is. Numbers of types and fields are those of the project numbers-parser,
which has them from the programs.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import cramjam

from dlp.extract.parts import Part
from dlp.parsers.cells import ROWS, cell, lines

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

__all__ = ["SUFFIX", "parse"]

SUFFIX = ".iwa"
# Types of messages.
TEXTS, TABLE, TILE, LIST = (2001, 2005), 6001, 6002, 6005
# Kinds of cells, and what is kept of one, in order, with its size.
NUMBER, TEXT, DATE, YES, FORMATTED, MONEY = 2, 3, 5, 6, 9, 10
DECIMAL, DOUBLE, SECONDS, STRING, PAYLOAD = 1, 2, 4, 8, 16
_SIZES = {DECIMAL: 16, DOUBLE: 8, SECONDS: 8, STRING: 4, PAYLOAD: 4}
_HEAD, _BIAS = 12, 0x1820
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
# One member unpacks to so much.
LARGEST = 1 << 28
# Not of a message, as it seems.
_DAMAGED = (struct.error, IndexError, ValueError, KeyError, TypeError, OverflowError)

type _Fields = dict[int, list[Any]]


def parse(archive: zipfile.ZipFile) -> Iterator[Part]:
    """Yield the tables and the texts of a document."""
    objects: dict[int, tuple[int, bytes]] = {}
    for name in archive.namelist():
        if name.endswith(SUFFIX):
            held = _unpacked(archive.read(name))
            try:
                objects.update(_objects(held))
            except _DAMAGED:
                # Laid out in another way, it is read as it is.
                yield Part(name="members", data=held, member=True)
    for kind, message in objects.values():
        if kind in TEXTS:
            yield lines([[line] for line in _text(message).splitlines()])
    for kind, message in objects.values():
        if kind == TABLE:
            yield from _told(objects, message)


def _told(objects: dict[int, tuple[int, bytes]], message: bytes) -> Iterator[Part]:
    """Yield a table, or where it is laid out in another way, what all lists hold, as it is."""
    try:
        rows = _Table(objects, message).rows()
    except _DAMAGED:
        held = b"".join(one for kind, one in objects.values() if kind in (TILE, LIST))
        yield Part(name="lists", data=held, member=True)
        return
    for start in range(0, len(rows), ROWS):
        yield lines(rows[start : start + ROWS])


def _unpacked(data: bytes) -> bytes:
    out, at, size = [], 0, 0
    while at + 4 <= len(data) and not data[at]:
        end = at + 4 + int.from_bytes(data[at + 1 : at + 4], "little")
        out.append(bytes(cramjam.snappy.decompress_raw(data[at + 4 : end])))
        size += len(out[-1])
        if size > LARGEST:
            raise MemoryError
        at = end
    return b"".join(out)


def _objects(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield messages by the numbers by which others refer to them, with their types."""
    at = 0
    while at < len(data):
        size, at = _varint(data, at)
        about = _fields(data[at : at + size])
        at += size
        for n, one in enumerate(about.get(2, ())):
            said = _fields(one)
            end = at + said[3][0]
            if not n:
                yield about[1][0], (said[1][0], data[at:end])
            at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(message: bytes) -> _Fields:
    """Return the values of a message by the numbers of its fields."""
    fields: _Fields = defaultdict(list)
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, at = _varint(message, at)
        else:
            size = 8 if kind == 1 else 4
            if kind == 2:
                size, at = _varint(message, at)
            elif kind not in (1, 5):
                raise ValueError("no field")
            value = message[at : at + size]
            at += size
        fields[tag >> 3].append(value)
    return fields


def _text(message: bytes) -> str:
    return "\n".join(one.decode("utf-8", "replace") for one in _fields(message).get(3, ()))


class _Table:
    """A table, whose cells stand in tiles of rows, and their texts in lists."""

    def __init__(self, objects: dict[int, tuple[int, bytes]], message: bytes) -> None:
        self._objects = objects
        store = _fields(_fields(message)[4][0])
        self._strings = self._listed(store, 4, 3)
        self._payloads = self._listed(store, 17, 9)
        self._tiles = [_fields(one)[2][0] for one in _fields(store[3][0]).get(1, ())]

    def _of(self, reference: bytes) -> _Fields:
        return _fields(self._objects[_fields(reference)[1][0]][1])

    def _listed(self, store: _Fields, field: int, held: int) -> dict[int, bytes]:
        """Return what stands in a list of the table, by its keys."""
        found: dict[int, bytes] = {}
        for reference in store.get(field, ()):
            whole = self._of(reference)
            for part in (whole, *(self._of(one) for one in whole.get(4, ()))):
                for entry in map(_fields, part.get(3, ())):
                    if held in entry:
                        found[entry[1][0]] = entry[held][0]
        return found

    def rows(self) -> list[list[str]]:
        """Return the rows."""
        found = (_fields(row) for tile in self._tiles for row in self._of(tile).get(5, ()))
        return [self._row(row) for row in found]

    def _row(self, row: _Fields) -> list[str]:
        cells, places = row[6][0], row[7][0]
        wide = 4 if row.get(8, [0])[0] else 1
        starts = struct.unpack(f"<{len(places) // 2}h", places[: len(places) // 2 * 2])
        last = max((n for n, start in enumerate(starts) if start >= 0), default=-1)
        return [
            self._cell(cells[start * wide :]) if start >= 0 else "" for start in starts[: last + 1]
        ]

    def _cell(self, data: bytes) -> str:
        kind, (flags,) = data[1], struct.unpack_from("<I", data, 8)
        held, at = {}, _HEAD
        for flag, size in _SIZES.items():
            if flags & flag:
                held[flag] = data[at : at + size]
                at += size
        if STRING in held and kind == TEXT:
            return cell(self._strings.get(int.from_bytes(held[STRING], "little"), b""))
        if PAYLOAD in held and kind == FORMATTED:
            return self._formatted(int.from_bytes(held[PAYLOAD], "little"))
        if SECONDS in held and kind == DATE:
            moment = _EPOCH + timedelta(seconds=struct.unpack("<d", held[SECONDS])[0])
            return moment.strftime("%d/%m/%Y")
        if DECIMAL in held and kind in (NUMBER, MONEY):
            return _decimal(held[DECIMAL])
        return cell(struct.unpack("<d", held[DOUBLE])[0]) if DOUBLE in held else ""

    def _formatted(self, key: int) -> str:
        payload = self._payloads.get(key)
        if payload is None:
            return ""
        storage = self._of(payload).get(1)
        return cell(_text(self._objects[_fields(storage[0])[1][0]][1])) if storage else ""


def _decimal(data: bytes) -> str:
    """Return a number of IEEE 754-2008's decimal128, its significand in binary."""
    exponent = ((data[15] & 0x7F) << 7 | data[14] >> 1) - _BIAS
    digits = (data[14] & 1) << 112 | int.from_bytes(data[:14], "little")
    sign = -1 if data[15] & 0x80 else 1
    if not -40 < exponent < 40:
        return ""
    return cell(sign * digits * 10**exponent if exponent >= 0 else sign * digits / 10**-exponent)
