"""Rows on pages that a SQLite database has set free: tables that were emptied or dropped.

Such a page keeps what it held until it is used again. https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["deleted"]

_LEAF = 0x0D
_SMALLEST = 512
_ENCODINGS = {2: "utf-16-le", 3: "utf-16-be"}
# Bytes of whole numbers, by serial type.
_WHOLE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def deleted(document: bytes) -> Iterator[list[list[object]]]:
    """Yield the rows of each page that was set free."""
    size = int.from_bytes(document[16:18])
    size = 65536 if size == 1 else size
    if size < _SMALLEST:
        return
    encoding = _ENCODINGS.get(int.from_bytes(document[56:60]), "utf-8")
    for page, first, last in _free(document, size):
        if rows := list(_rows(page, first, last, encoding)):
            yield rows


def _free(document: bytes, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield free pages, each once, and where in them the places of rows stand.

    The list of pages is as untrusted as the rest.
    """
    trunk, seen = int.from_bytes(document[32:36]), set[int]()
    while trunk and trunk not in seen and trunk * size <= len(document):
        seen.add(trunk)
        page = document[(trunk - 1) * size : trunk * size]
        following, count = struct.unpack_from(">II", page)
        for at in range(8, min(8 + 4 * count, size - 3), 4):
            number = int.from_bytes(page[at : at + 4])
            if number and number not in seen and number * size <= len(document):
                seen.add(number)
                leaf = document[(number - 1) * size : number * size]
                if leaf[0] == _LEAF:
                    yield leaf, 8, 8 + 2 * int.from_bytes(leaf[3:5])
        # The list lies over the beginning of another such page.
        yield page, 8 + 4 * count, size
        trunk = following


def _rows(page: bytes, first: int, last: int, encoding: str) -> Iterator[list[object]]:
    for at in range(first, min(last, len(page) - 1), 2):
        place = int.from_bytes(page[at : at + 2])
        if not at < place < len(page):
            return
        try:
            yield _row(page, place, encoding)
        except IndexError:
            # What was here has been written over.
            continue


def _row(page: bytes, at: int, encoding: str) -> list[object]:
    """Return the values of a row, but what stands on other pages."""
    _, at = _varint(page, at)
    _, at = _varint(page, at)
    length, begin = _varint(page, at)
    value_at = at + length
    if length > len(page):
        raise IndexError
    values: list[object] = []
    at = begin
    end = value_at
    while at < end:
        kind, at = _varint(page, at)
        size = _WHOLE.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
        raw = page[value_at : value_at + size]
        value_at += size
        if kind in _WHOLE:
            values.append(int.from_bytes(raw, signed=True))
        elif kind == 7 and len(raw) == 8:
            values.append(struct.unpack(">d", raw)[0])
        elif kind in (8, 9):
            values.append(kind - 8)
        else:
            values.append(raw.decode(encoding, "replace") if kind % 2 and kind >= 13 else raw)
    return values


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9
