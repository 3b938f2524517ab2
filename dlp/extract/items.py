"""Items of CBOR or MessagePack, written as the JSON they stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.extract.item_heads import Kind

if TYPE_CHECKING:
    from dlp.extract.item_heads import Head, Heads

__all__ = ["DamagedError", "Items", "moment"]

# A longer string is a document, not a field.
SHOWN = 4096
# Strings that are remembered, and how many of them.
_SHORT, _KNOWN = 32, 1024
# Containers inside of each other; more is nothing that anybody writes.
NESTED = 256

_STRING, _EXTENSION = Kind.STRING, Kind.EXTENSION
# Tags of CBOR: big numbers, dates (RFC 8943); an extension of MessagePack.
_BIG, _EPOCH_SECONDS, _EPOCH_DAYS = (2, 3), 1, 100
_TIMESTAMP = 0xFF
_NOT_IN_JSON = re.compile(rb'[\0-\x1f"\\]')
_KEY = re.compile(rb"[^\0-\x1f\x7f]{1,128}")
# Days of 400 years, and days from the first of March of the year 0 to the epoch.
_ERA, _TO_EPOCH = 146_097, 719_468


class DamagedError(Exception):
    """No item begins here."""


@dataclass(slots=True)
class _Level:
    """A container that is open.

    Attributes:
        left: Items that are still to come; below zero if only its end tells.
        is_map: Whether every other one is a key.
        read: Items that have come.
    """

    left: int
    is_map: bool
    read: int = 0


class Items:
    """Writes items as JSON.

    Args:
        heads: How items begin.
        strict: Whether it is damage what nobody would write: a text in another encoding, a key that
            is no word, a number that stands alone.

    Attributes:
        text: What has been written, to be taken away.
        others: Strings that are no text, to be taken away.
        long: Bytes that follow of a string that is longer than a field.
        keys: Keys of maps so far.
        values: Texts and numbers of more than four bytes so far.
    """

    def __init__(self, heads: Heads, *, strict: bool = False) -> None:
        self._heads = heads
        self._strict = strict
        self._levels: list[_Level] = []
        self._tag = -1
        # Of a string whose length only its end tells.
        self._chunks: list[bytes] | None = None
        # Names of fields, and what else comes again and again, as it is written.
        self._written: dict[bytes, bytes] = {}
        self.text: list[bytes] = []
        self.others: list[bytes] = []
        self.long = 0
        self.keys = 0
        self.values = 0

    @property
    def is_open(self) -> bool:
        """Whether more has to come."""
        return bool(self._levels) or self.long > 0

    def read(self, data: bytes, at: int) -> int:
        """Read what is there from `at` on, and return where a long string or half an item begins.

        Raises:
            DamagedError: Something is no item.
        """
        length, heads = len(data), self._heads
        while at < length and not self.long:
            head = heads.get(data[at])
            if head is None:
                raise DamagedError
            behind, value = at + 1, head.value
            if head.follows is not None:
                if length < behind + head.follows.size:
                    break
                (value,) = head.follows.unpack_from(data, behind)
                behind += head.follows.size
            if head.kind is _STRING or head.kind is _EXTENSION:
                assert isinstance(value, int)
                # The first byte of an extension is its type.
                size = value + 1 if head.kind is _EXTENSION else value
                if size > SHOWN:
                    self._write(b'""')
                    self.long = size
                    return behind
                end = behind + size if size > 0 else behind
                if length < end:
                    break
                string = data[behind:end]
                if head.text and size >= 0 and self._chunks is None and self._tag not in _BIG:
                    # Most items are; what else strings may be is asked of the others.
                    self._write_string(string, text=True)
                else:
                    self._read_string(string, head, size)
                behind = end
            else:
                self._read_item(head.kind, value)
            at = behind
        return at

    def _read_item(self, kind: Kind, value: float | bytes) -> None:
        if kind is not Kind.BREAK and (self._chunks is not None or self._is_odd(kind)):
            raise DamagedError
        if isinstance(value, bytes):
            self._write(value)
        elif kind is Kind.NUMBER or kind is Kind.FLOAT:
            self.values += abs(value) >= 1 << 32
            self._write(self._number(value))
        elif kind is Kind.NEGATIVE:
            self._write(self._number(-1 - value))
        elif kind is Kind.TAG:
            self._tag = int(value)
        elif kind is Kind.BREAK:
            self._break()
        else:
            self._open(int(value), is_map=kind is Kind.MAP)

    def _is_odd(self, kind: Kind) -> bool:
        """Tell whether nobody writes an item of such a kind here."""
        if not self._strict or kind is Kind.TAG:
            return False
        if not self._levels:
            return kind is not Kind.ARRAY and kind is not Kind.MAP
        level = self._levels[-1]
        return level.is_map and level.read % 2 == 0

    def _read_string(self, string: bytes, head: Head, size: int) -> None:
        if size < 0:
            if self._chunks is not None:
                raise DamagedError
            self._chunks = []
        elif self._chunks is not None:
            self._chunks.append(string)
            if sum(map(len, self._chunks)) > SHOWN:
                self.others.append(b"".join(self._chunks))
                self._chunks.clear()
        elif head.kind is _EXTENSION:
            self._read_extension(string[0], string[1:])
        elif self._tag in _BIG and len(string) <= 16:
            number = int.from_bytes(string)
            self._write(b"%d" % (number if self._tag == _BIG[0] else -1 - number))
        else:
            self._write_string(string, text=head.text)

    def _read_extension(self, kind: int, string: bytes) -> None:
        if kind == _TIMESTAMP and len(string) in (4, 8, 12):
            self._write(moment(_seconds(string)))
        else:
            self._write_string(string, text=False)

    def _break(self) -> None:
        if self._chunks is not None:
            string, self._chunks = b"".join(self._chunks), None
            self._write_string(string, text=False)
        elif self._levels and self._levels[-1].left < 0:
            self._levels[-1].left = 0
            self._close()
        else:
            raise DamagedError

    def _number(self, value: float) -> bytes:
        if self._tag == _EPOCH_SECONDS:
            return moment(value)
        if self._tag == _EPOCH_DAYS:
            return moment(value * 86400)
        # Languages with but one kind of number write whole ones as fractions.
        return b"%d" % value if value == value // 1 else repr(value).encode("ascii")

    def _write_string(self, string: bytes, *, text: bool) -> None:
        if (written := self._written.get(string)) is not None:
            self._write(written)
            return
        try:
            if not string.isascii():
                string.decode("utf-8")
        except UnicodeDecodeError:
            if self._strict and text:
                raise DamagedError from None
            self.others.append(string)
            self._write(b'""')
            return
        if text:
            level = self._levels[-1] if self._levels else None
            if level is not None and level.is_map and level.read % 2 == 0:
                self.keys += 1
                if self._strict and not _KEY.fullmatch(string):
                    raise DamagedError
            self.values += len(string) > 1
        written = b'"' + _NOT_IN_JSON.sub(_escaped, string) + b'"'
        # Not where each is looked at more closely.
        if not self._strict and len(string) <= _SHORT and len(self._written) < _KNOWN:
            self._written[string] = written
        self._write(written)

    def _begin(self) -> None:
        """Write what stands before an item."""
        self._tag = -1
        if not self._levels:
            return
        level = self._levels[-1]
        if level.read:
            self.text.append(b": " if level.is_map and level.read % 2 else b", ")
        level.read += 1
        level.left -= 1

    def _write(self, item: bytes) -> None:
        # As `_begin` and `_close` do, without their cost: most items are no containers.
        self._tag = -1
        if not self._levels:
            self.text.append(item + b"\n")
            return
        level = self._levels[-1]
        if level.read:
            item = (b": " if level.is_map and level.read & 1 else b", ") + item
        self.text.append(item)
        level.read += 1
        level.left -= 1
        if not level.left:
            self._close()

    def _open(self, size: int, *, is_map: bool) -> None:
        self._begin()
        if len(self._levels) == NESTED:
            raise DamagedError
        self.text.append(b"{" if is_map else b"[")
        self._levels.append(_Level(size * 2 if is_map else size, is_map))
        self._close()

    def _close(self) -> None:
        """Write the ends of containers that are complete."""
        while self._levels and not self._levels[-1].left:
            self.text.append(b"}\n" if self._levels.pop().is_map else b"]\n")
        if not self._levels:
            self.text.append(b"\n")


def _seconds(timestamp: bytes) -> float:
    """Return the seconds of a timestamp of MessagePack."""
    if len(timestamp) == 8:
        return int.from_bytes(timestamp) & 0x3_FFFF_FFFF
    return int.from_bytes(timestamp[-8:], signed=len(timestamp) == 12)


def moment(seconds: float) -> bytes:
    """Return a moment as a string of JSON, or the number if there is no such year."""
    day, second = divmod(seconds, 86400)
    if not -_TO_EPOCH <= day < 25 * _ERA - _TO_EPOCH:
        return repr(seconds).encode("ascii")
    # Years that begin in March have their leap day last, and months in a pattern of 153 days.
    era, day = divmod(int(day) + _TO_EPOCH, _ERA)
    year = (day - day // 1460 + day // 36524 - day // (_ERA - 1)) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    year, month = era * 400 + year + month // 10, (month + 2) % 12
    text = b"%04d-%02d-%02d" % (year, month + 1, day + 1)
    if second:
        text += b"T%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60)
    return b'"%s"' % text


def _escaped(match: re.Match[bytes]) -> bytes:
    character = match[0]
    return b"\\" + character if character in b'"\\' else b"\\u%04x" % ord(character)
