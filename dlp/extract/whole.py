"""Documents and archives behind something else that can only be read whole: where they end.

Some say how long they are, one has a mark at its end, and one goes on to the end of what holds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["WHOLE", "Whole"]

# Bytes that a document may have; what looks like the beginning of more is let go.
_MOST = 1 << 26
# Bytes that say how long one is.
_HEAD = 100
# What follows the end of a version of a PDF file, if another version follows: objects or a table.
_PDF_END = re.compile(rb"%%EOF[\s\0]*+(?![\s\0]|[0-9]+ [0-9]+ obj|xref|%)")
_AHEAD = 32


def _sqlite_size(head: bytes) -> int:
    """Return the size of a database that says it ("Database File Format", 1.3.7)."""
    size = int.from_bytes(head[16:18])
    return (1 << 16 if size == 1 else size) * int.from_bytes(head[28:32])


def _compound_size(head: bytes) -> int:
    """Return the most that the tables of a compound file have room for ([MS-CFB], 2.2)."""
    sector = 1 << head[30]
    return sector * (1 + int.from_bytes(head[44:48], "little") * sector // 4)


def _sevenzip_size(head: bytes) -> int:
    """Return the size of an archive, which ends with its directory (7zFormat.txt)."""
    return 32 + sum(int.from_bytes(head[at : at + 8], "little") for at in (12, 20))


def _unknown(head: bytes) -> int:
    """Return that nothing says it."""
    del head
    return 0


@dataclass(frozen=True, slots=True)
class _Kind:
    """What can only be read whole.

    Attributes:
        name: As it shows in paths.
        size: Returns how many bytes it has, by its first ones, or 0 if they don't say.
        most: How many it may have, at most.
        ends: Matches its end, where it has a mark.
        loose: Whether it may end before its size, so that others may begin within that.
    """

    name: str
    size: Callable[[bytes], int]
    most: int | None = _MOST
    ends: re.Pattern[bytes] | None = None
    loose: bool = False


#: How they begin.
WHOLE = {
    b"7z\xbc\xaf\x27\x1c": _Kind("7z", _sevenzip_size, None),
    b"Rar!\x1a\x07": _Kind("rar", _unknown, None),
    b"%PDF-1.": _Kind("pdf", _unknown, ends=_PDF_END),
    b"SQLite format 3\x00": _Kind("sqlite", _sqlite_size),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _Kind("ole", _compound_size, loose=True),
}


class Whole:
    """Has one of them read, up to its end or that of what holds it.

    Args:
        opening: Where it stands.
        needle: How it begins.
        beside: Reads the same bytes, to find what begins in them.

    Attributes:
        rest: What follows it, of the chunk that came last.
        over: Whether it has ended.
        lies: Whether what is broken about it may hide something.
    """

    def __init__(self, opening: Opening, needle: bytes, beside: Content | None) -> None:
        self._kind = WHOLE[needle]
        self._readers = [opening.body(), *([beside] if beside else ())]
        self._head = b""
        self._read = 0
        self._pending = b""
        self.rest = b""
        self.over = False
        self.lies = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._head += data[: _HEAD - len(self._head)]
        before, data = len(self._pending), self._pending + data
        end = self._end_in(data)
        if end < 0:
            # What tells the end apart may follow.
            end = max(0, len(data) - 2 * _AHEAD)
            self._pending = data[end:]
        else:
            self.over, self._pending = True, b""
            self.rest = data[max(end, before) :]
        if self._kind.most is not None and self._read + end > self._kind.most:
            self.over, self._pending = True, b""
            self._readers.clear()
        self._read += end
        for one in self._readers:
            yield from one.feed(data[:end])

    def finish(self) -> Iterator[Segment]:
        """Yield the rest; it ends here."""
        for one in reversed(self._readers):
            yield from one.feed(self._pending)
            yield from one.finish()

    def _end_in(self, data: bytes) -> int:
        """Return where in `data` it ends, or -1 as long as it goes on."""
        if self._kind.ends is not None:
            for match in self._kind.ends.finditer(data):
                if match.end() + _AHEAD <= len(data):
                    return match.end()
        elif len(self._head) == _HEAD and (size := self._kind.size(self._head)):
            left = size - self._read
            return max(0, left) if left <= len(data) else -1
        return -1
