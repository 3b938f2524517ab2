"""Tar archives as they stream: ustar, pax and GNU, those of the oldest tar too.

Format: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual,
"Basic Tar Format". A header is known by its checksum, wherever a block may begin, so neither what
lies between members nor another archive behind the first hides anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.archive import Member
from dlp.extract.budget import UninspectableError
from dlp.extract.content import Content, Opening, Segment
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TarReader", "begins_tar"]

BLOCK = 512
# Names and attributes that are longer are none.
LONGEST_NAME = 1 << 20

_OCTAL = re.compile(rb"[ \0]*([0-7]+)[ \0]*")
_ZEROS = bytes(BLOCK)
_PAX = re.compile(rb"[0-9]{1,9} (path|size|GNU\.sparse\.name)=([^\n]*)\n")
_NAMES = {b"L": "path", b"K": "link", b"x": "pax", b"X": "pax", b"g": "global"}
# Links, devices, folders: nothing follows, whatever their size says.
_EMPTY = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})


def begins_tar(head: bytes) -> bool:
    """Tell whether a body begins with a header."""
    return len(head) >= BLOCK and _is_header(head[:BLOCK])


class TarReader:
    """Reads an archive; each member is a body of its own."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._gap = opening.part("between").body()
        self._buffer = b""
        self._at = 0
        self._number = 0
        self._member: Content | None = None
        self._kind = ""
        self._attributes = b""
        self._name: bytes | None = None
        self._size: int | None = None
        self._left = 0
        self._padding = 0
        self._extended = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        while (ready := len(self._buffer) - self._at) > 0:
            if self._extended:
                if ready < BLOCK:
                    return
                # The rest of a sparse file's map.
                self._extended = self._take(BLOCK)[504:505] == b"\1"
            elif self._left:
                yield from self._content(self._take(self._left))
            elif self._padding:
                self._padding -= len(self._take(self._padding))
            elif self._member is not None or self._kind:
                yield from self._end()
            elif ready < BLOCK:
                return
            else:
                yield from self._header(self._take(BLOCK))

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._left or self._extended:
            raise UninspectableError(Uninspectable.CORRUPT)
        if self._member is not None:
            yield from self._end()
        yield from self._gap.feed(self._buffer[self._at :])
        yield from self._gap.finish()

    def _take(self, count: int) -> bytes:
        taken = self._buffer[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def _content(self, data: bytes) -> Iterator[Segment]:
        self._left -= len(data)
        if self._member is not None:
            yield from self._member.feed(data)
        else:
            self._attributes += data

    def _end(self) -> Iterator[Segment]:
        if self._member is not None:
            yield from self._member.finish()
            self._member = None
            return
        kind, self._kind = self._kind, ""
        attributes, self._attributes = self._attributes, b""
        if kind == "path":
            self._name = attributes.rstrip(b"\0")
        elif kind == "pax":
            for name, value in _PAX.findall(attributes):
                if name == b"size" and value.isdigit():
                    self._size = int(value)
                elif name != b"size":
                    self._name = value
        # Owners, comments and what else stands in them is text like any other.
        yield from self._gap.feed(attributes + b"\n")

    def _header(self, block: bytes) -> Iterator[Segment]:
        if block == _ZEROS:
            return
        if not _is_header(block):
            yield from self._gap.feed(block)
            return
        size = _number(block[124:136])
        kind = block[156:157]
        if kind in _NAMES:
            if size > LONGEST_NAME:
                raise UninspectableError(Uninspectable.CORRUPT)
            self._kind = _NAMES[kind]
        else:
            self._opening.budget.count_member()
            self._number += 1
            size = size if self._size is None else self._size
            name = self._name if self._name is not None else _name(block)
            self._name = self._size = None
            if kind in _EMPTY:
                size = 0
            self._extended = kind == b"S" and block[482:483] == b"\1"
            self._member = Member(self._opening, self._number, name)
        self._left = size
        self._padding = -size % BLOCK


def _is_header(block: bytes) -> bool:
    told = _OCTAL.fullmatch(block[148:156])
    if told is None or not block[0]:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    total = int(told[1], 8)
    if total == sum(rest):
        return True
    # The oldest programs took bytes for signed.
    return total == sum(byte - 256 if byte > 127 else byte for byte in rest)


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        size = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:])
    else:
        octal = _OCTAL.fullmatch(field)
        size = int(octal[1], 8) if octal else 0
    if size >= 1 << 62:
        raise UninspectableError(Uninspectable.CORRUPT)
    return size


def _name(block: bytes) -> bytes:
    name = block[:100].split(b"\0", 1)[0]
    prefix = block[345:500].split(b"\0", 1)[0] if block[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name
