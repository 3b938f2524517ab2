"""BSON: documents of MongoDB, as mongodump writes them one after another.

With marks between them (`mongodump --archive`), too. Numbers are binary there; so documents are
read as the JSON they stand for, a line each. The bytes are read as they are, too, so damage ends
but the first reading. https://bsonspec.org/spec.html
"""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING

from dlp.extract.content import SNIFF
from dlp.extract.items import moment
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Bson", "begins_bson"]

# No server takes a larger document.
_LONGEST = 48 << 20
_NESTED = 100
# What an archive of mongodump begins with, and what ends a part of it.
_ARCHIVE, _MARKS = b"\x6d\xe2\x99\x81", (b"\x6d\xe2\x99\x81", b"\xff\xff\xff\xff")
_KEY = re.compile(rb"[^\0-\x1f\x7f]{0,128}\0")
_INT32, _INT64, _DOUBLE = struct.Struct("<i"), struct.Struct("<q"), struct.Struct("<d")
_STRINGS = frozenset(b"\x02\x0d\x0e")
# Those, documents and bytes.
_LONG = _STRINGS | frozenset(b"\x03\x04\x05")
# Types whose value has a length of its own, and types without a value.
_FIXED = {0x07: 12, 0x08: 1, 0x11: 8, 0x13: 16}
_EMPTY = frozenset(b"\x06\x0a\x7f\xff")


class DamagedError(Exception):
    """No document begins here."""


class Bson(Structured):
    """Reads documents, and their bytes as they are.

    Args:
        opening: Where they stand.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, "documents")
        self._pieces: list[bytes] = []
        self._have = 0

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pieces.append(data)
        self._have += len(data)
        if self._have < 4 or self._have < self._wanted():
            return
        data = b"".join(self._pieces)
        at = 0
        try:
            while len(data) - at >= 4:
                if data[at : at + 4] in _MARKS:
                    at += 4
                    continue
                end = at + _size(data, at)
                if end > len(data):
                    break
                others: list[bytes] = []
                line = _document(data, at, others) + b"\n"
                self.opening.budget.spend(len(line))
                yield from self.text.feed(line)
                yield from self.bodies(others, "bytes")
                at = end
        except (DamagedError, IndexError, struct.error):
            self.damaged = True
        self._pieces = [data[at:]]
        self._have = len(data) - at

    def _wanted(self) -> int:
        if len(self._pieces[0]) < 4:
            self._pieces = [b"".join(self._pieces)]
        if self._pieces[0][:4] in _MARKS:
            return 4
        try:
            return _size(self._pieces[0], 0)
        except DamagedError:
            self.damaged = True
            return self._have + 1


def begins_bson(head: bytes) -> bool:
    """Tell whether a body begins with a document, by its first bytes."""
    head = head.removeprefix(_ARCHIVE)
    # The type of its first field is none of text.
    if len(head) < 12 or not 0 < head[4] < 0x14:
        return False
    fields: list[bytes] = []
    try:
        size = _size(head, 0)
        at = 4
        while at < min(size - 1, len(head)):
            at = _element(head, at, fields, [], 0)
    except DamagedError:
        return False
    except (IndexError, struct.error):
        return (
            len(head) >= SNIFF - 4 and size > SNIFF and (bool(fields) or _begins_long(head, size))
        )
    return at == size - 1 and at < len(head) and not head[at]


def _begins_long(head: bytes, size: int) -> bool:
    """Tell whether the first field goes on behind these bytes."""
    key = _KEY.match(head, 5)
    return (
        key is not None
        and head[4] in _LONG
        and 0 < int.from_bytes(head[key.end() : key.end() + 4], "little") < size
    )


def _size(data: bytes, at: int) -> int:
    (size,) = _INT32.unpack_from(data, at)
    if not 5 <= size <= _LONGEST:
        raise DamagedError
    return int(size)


def _document(data: bytes, at: int, others: list[bytes], depth: int = 0) -> bytes:
    end = at + _size(data, at) - 1
    if end >= len(data):
        raise IndexError
    if depth > _NESTED or data[end]:
        raise DamagedError
    at += 4
    items: list[bytes] = []
    while at < end:
        at = _element(data, at, items, others, depth)
    if at != end:
        raise DamagedError
    return b"{" + b", ".join(items) + b"}"


def _element(data: bytes, at: int, items: list[bytes], others: list[bytes], depth: int) -> int:
    """Add a field, and return where it ends.

    Raises:
        DamagedError: None begins here.
        IndexError: It ends later.
    """
    kind = data[at]
    key = _KEY.match(data, at + 1)
    if key is None:
        if len(data) - at > 130:
            raise DamagedError
        raise IndexError
    end, value = _value(data, kind, key.end(), others, depth)
    items.append(_quoted(key[0][:-1]) + b": " + value)
    return end


def _value(data: bytes, kind: int, at: int, others: list[bytes], depth: int) -> tuple[int, bytes]:
    if kind in _STRINGS:
        size = _size_of_string(data, at)
        end = at + 4 + size
        if end > len(data):
            raise IndexError
        return end, _quoted(data[at + 4 : end - 1])
    if kind in (0x03, 0x04):
        return at + _size(data, at), _document(data, at, others, depth + 1)
    if kind == 0x05:
        (size,) = _INT32.unpack_from(data, at)
        end = at + 5 + size
        if size < 0:
            raise DamagedError
        if end > len(data):
            raise IndexError
        others.append(data[at + 5 : end])
        return end, b'""'
    return _number(data, kind, at)


def _size_of_string(data: bytes, at: int) -> int:
    (size,) = _INT32.unpack_from(data, at)
    if not 1 <= size <= _LONGEST:
        raise DamagedError
    return int(size)


def _number(data: bytes, kind: int, at: int) -> tuple[int, bytes]:
    if kind == 0x12:
        return at + 8, b"%d" % int(_INT64.unpack_from(data, at)[0])
    if kind == 0x10:
        return at + 4, b"%d" % int(_INT32.unpack_from(data, at)[0])
    if kind == 0x01:
        (value,) = _DOUBLE.unpack_from(data, at)
        whole = abs(value) < 1e17 and value == value // 1
        return at + 8, b"%d" % value if whole else repr(value).encode("ascii")
    if kind == 0x09:
        (milliseconds,) = _INT64.unpack_from(data, at)
        return at + 8, moment(milliseconds / 1000)
    if kind in _EMPTY:
        return at, b"null"
    if kind not in _FIXED:
        raise DamagedError
    end = at + _FIXED[kind]
    if end > len(data):
        raise IndexError
    return end, b"null"


def _quoted(text: bytes) -> bytes:
    # A field's text may have lines, as everywhere.
    return json.dumps(text.decode("utf-8", "replace"), ensure_ascii=False).encode()
