"""Rows of SQLite outside of its tables: what was deleted, and what is still to be written.

Pages that were set free, and the parts of others that were, keep what they held until they are used
again. The log of what was written ahead holds pages as they are to be.
https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import re
import struct
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["LOGS", "deleted", "logged"]

# How a log begins, by the order of bytes in its check sums.
LOGS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_LOG_HEAD, _FRAME_HEAD = 32, 24
_LEAF = 0x0D
_SMALLEST = 512
# Of the file, before the first page's own.
_FILE_HEAD = 100
_MAGIC = b"SQLite format 3\0"
_ENCODINGS = {2: "utf-16-le", 3: "utf-16-be"}
# Bytes of whole numbers, by serial type.
_WHOLE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
# Of texts: the least, of which two more stand for each byte.
_TEXT = 13
# What is written over where a row is deleted: the next such place, and the length of this one.
_OVER = 4
# So many rows that were deleted one by one tell what a database was about.
MOST = 20_000
# Fewer bytes hold nobody.
_SHORTEST = 8
_CONTROLS = frozenset(map(chr, {*range(32), 127} - {9, 10, 13}))


def deleted(document: bytes, widths: Collection[int]) -> Iterator[list[list[object]]]:
    """Yield the rows of each page that was set free, and of each that has room again.

    Args:
        document: A whole database.
        widths: How many columns its tables have.
    """
    size = int.from_bytes(document[16:18])
    size = 65536 if size == 1 else size
    if size < _SMALLEST:
        return
    encoding = _encoding(document)
    seen = set[int]()
    for page, first, last in _free(document, size, seen):
        if rows := list(_rows(page, first, last, encoding)):
            yield rows
    found = 0
    for number in range(len(document) // size):
        if number + 1 not in seen and found < MOST:
            page = document[number * size : (number + 1) * size]
            if rows := list(_left(page, widths, encoding)):
                found += len(rows)
                yield rows


def logged(document: bytes) -> Iterator[list[list[object]]]:
    """Yield the rows of each page in a log."""
    size = int.from_bytes(document[8:12])
    if not _SMALLEST <= size <= 1 << 16:
        return
    encoding = "utf-8"
    for start in range(_LOG_HEAD + _FRAME_HEAD, len(document), _FRAME_HEAD + size):
        page = document[start : start + size].ljust(size, b"\0")
        if page.startswith(_MAGIC):
            encoding = _encoding(page)
        head = _head(page)
        if page[head : head + 1] == bytes([_LEAF]):
            first = head + 8
            last = first + 2 * int.from_bytes(page[head + 3 : head + 5])
            rows = [*_rows(page, first, last, encoding), *_left(page, range(2, 100), encoding)]
            if rows:
                yield rows


def _encoding(document: bytes) -> str:
    return _ENCODINGS.get(int.from_bytes(document[56:60]), "utf-8")


def _head(page: bytes) -> int:
    return _FILE_HEAD if page.startswith(_MAGIC) else 0


def _free(document: bytes, size: int, seen: set[int]) -> Iterator[tuple[bytes, int, int]]:
    """Yield free pages, each once, and where in them the places of rows stand.

    The list of pages is as untrusted as the rest.
    """
    trunk = int.from_bytes(document[32:36])
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
            _, begin = _varint(page, place)
            _, begin = _varint(page, begin)
            length, types = _varint(page, begin)
            if length > len(page):
                continue
            yield _values(page, types, begin + length, encoding)[0]
        except IndexError:
            # What was here has been written over.
            continue


def _left(page: bytes, widths: Collection[int], encoding: str) -> Iterator[list[object]]:
    """Yield what the unused parts of a page show of rows that were deleted one by one."""
    head = _head(page)
    if page[head : head + 1] != bytes([_LEAF]):
        return
    block, cells, content = struct.unpack_from(">HHH", page, head + 1)
    # Before the first row, where those stood that were deleted there.
    yield from _carved(page, head + 8 + 2 * cells, content or len(page), widths, encoding)
    last = 0
    while last < block <= len(page) - _OVER:
        following, length = struct.unpack_from(">HH", page, block)
        end = min(block + length, len(page))
        begin = block + _OVER
        if (beheaded := _beheaded(page, begin, end, widths, encoding)) is not None:
            row, begin = beheaded
            yield row
        yield from _carved(page, begin, end, widths, encoding)
        last, block = block, following


def _carved(
    page: bytes, at: int, end: int, widths: Collection[int], encoding: str
) -> Iterator[list[object]]:
    """Yield what looks like rows, from their headers' lengths on."""
    lengths = _lengths(frozenset(widths))
    while (match := lengths.search(page, at, end)) is not None:
        at = match.start()
        row = _believed(page, at + 1, at + page[at], end, widths, encoding)
        if row is None:
            at += 1
        else:
            values, at = row
            yield values


@cache
def _lengths(widths: frozenset[int]) -> re.Pattern[bytes]:
    """Return what matches the length of a header of so many types, of up to three bytes each."""
    lengths = {length for width in widths for length in range(width + 1, min(3 * width + 2, 128))}
    return re.compile(b"[" + re.escape(bytes(sorted(lengths))) + b"]" if lengths else b"(?!)")


def _beheaded(
    page: bytes, at: int, end: int, widths: Collection[int], encoding: str
) -> tuple[list[object], int] | None:
    """Return the row whose types begin at `at`, or all of them but the first."""
    for width in widths:
        for lost in (0, 1):
            try:
                types_end = at
                for _ in range(width - lost):
                    _, types_end = _varint(page, types_end)
                if not lost:
                    row = _believed(page, at, types_end, end, (width,), encoding)
                else:
                    row = _completed(page, at, types_end, end, encoding)
            except IndexError:
                continue
            if row is not None:
                return row
    return None


def _completed(
    page: bytes, at: int, types_end: int, end: int, encoding: str
) -> tuple[list[object], int] | None:
    """Return the row that fills a place, of whose first value the type is lost."""
    _, after = _values(page, at, types_end, encoding)
    # What the others leave of the place.
    size = end - after
    if not 0 < size <= end - types_end:
        return None
    first = page[types_end : types_end + size]
    others, _ = _values(page, at, types_end, encoding, begin=types_end + size)
    for kind in (_TEXT + 2 * size, *(kind for kind, length in _WHOLE.items() if length == size)):
        row = [_value(first, kind, encoding), *others]
        if _are_meant(row):
            return row, end
    return None


def _believed(
    page: bytes, at: int, types_end: int, end: int, widths: Collection[int], encoding: str
) -> tuple[list[object], int] | None:
    """Return the row with these types, and where it ends, if it looks like one."""
    try:
        values, after = _values(page, at, types_end, encoding)
    except IndexError:
        return None
    fits = len(values) in widths and after <= end and after - types_end >= _SHORTEST
    return (values, after) if fits and _are_meant(values) else None


def _are_meant(values: list[object]) -> bool:
    """Tell whether values are what a table holds: texts without controls, something at all."""
    texts = [value for value in values if isinstance(value, str)]
    return not any(_CONTROLS.intersection(text) or "\ufffd" in text for text in texts) and any(
        isinstance(value, (str, int)) and value for value in values
    )


def _values(
    page: bytes, at: int, types_end: int, encoding: str, begin: int = 0
) -> tuple[list[object], int]:
    """Return the values of a row, but what stands on other pages, and where they end.

    Args:
        page: Where they stand.
        at: Where their types begin.
        types_end: Where those end.
        encoding: Of texts.
        begin: Where the values begin, if not there.
    """
    values: list[object] = []
    value_at = begin or types_end
    while at < types_end:
        kind, at = _varint(page, at)
        size = _WHOLE.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
        values.append(_value(page[value_at : value_at + size], kind, encoding))
        value_at += size
    return values, value_at


def _value(raw: bytes, kind: int, encoding: str) -> object:
    if kind in _WHOLE:
        return int.from_bytes(raw, signed=True)
    if kind == 7 and len(raw) == 8:
        return struct.unpack(">d", raw)[0]
    if kind in (8, 9):
        return kind - 8
    return raw.decode(encoding, "replace") if kind % 2 and kind >= _TEXT else raw


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9
