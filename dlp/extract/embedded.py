"""What begins anywhere inside of something else: archives behind a program, a picture or a page.

Readers of ZIP find an archive from its end, whatever comes before it; installers carry one behind a
stub; binary formats carry compressed fields. So the first bytes of an archive are looked for
anywhere, and what they begin is read beside what holds them. So is what is written out as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import re2

from dlp.extract.archive import zip_reader
from dlp.extract.budget import UninspectableError
from dlp.extract.compressed import (
    Decompressor,
    make_bzip2,
    make_gzip,
    make_lz4,
    make_xz,
    make_zstd,
)
from dlp.extract.content import SNIFF, Opening, Segment
from dlp.extract.glance import may_hold
from dlp.extract.whole import WHOLE, Whole
from dlp.extract.written import AHEAD, MARKS, Written, find_written
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = ["BEGINS", "BLOCK", "Embedded"]

# Blocks end where the content alone says, so that how it came does not matter.
BLOCK = 32 * 1024

_ZIP = b"PK\x03\x04"
_COMPRESSED: dict[bytes, tuple[str, Callable[[], Decompressor]]] = {
    b"\x1f\x8b\x08": ("gzip", make_gzip),
    b"\x28\xb5\x2f\xfd": ("zstd", make_zstd),
    b"\x04\x22\x4d\x18": ("lz4", make_lz4),
    b"\xfd7zXZ\x00": ("xz", make_xz),
    b"BZh": ("bzip2", make_bzip2),
}
_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
_MAGICS = (_ZIP, *_COMPRESSED, *WHOLE)
#: How something begins: an expression of RE2, without groups.
BEGINS = MARKS + b"|" + b"|".join(map(re.escape, _MAGICS))
_FIRST = re2.compile(BEGINS, _options)
# Chance and the constants of programs make the few bytes above, but not these.
_BEGINS = re.compile(
    # Version, flags and method, time, check sum and sizes, lengths of name and extra field.
    rb"PK\x03\x04[\x00\x0a-\x3f].{3}[\x00\x08\x09\x0c\x0e\x14\x5d\x5f\x63]\x00.{16}"
    rb"(?:[\x01-\xff][\x00-\x03]|\x00[\x01-\x03]).{2}"
    # Flags, time, level and system.
    rb"|\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]"
    rb"|\x28\xb5\x2f\xfd.{4}|\x04\x22\x4d\x18[\x40-\x7f][\x40\x50\x60\x70]"
    rb"|\xfd7zXZ\x00\x00[\x00\x01\x04\x0a]|BZh[1-9]1AY&SY"
    # Version, check sum, where its directory is and how long.
    rb"|7z\xbc\xaf\x27\x1c\x00[\x02-\x05].{9}\x00{3}.{5}\x00{3}|Rar!\x1a\x07(?:\x00|\x01\x00)"
    # The line that says a file of PDF is binary; sizes of pages and how they are read and written.
    rb"|%PDF-1\.[0-7]\r?\n?%[\x80-\xff]{3}"
    rb"|SQLite\ format\ 3\x00(?:[\x02\x04\x08\x10\x20\x40\x80]\x00|\x00\x01)[\x01\x02]{2}"
    # An identifier of zeros, versions, the order of bytes, sizes of sectors.
    rb"|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00{16}.{2}[\x03\x04]\x00\xfe\xff[\x09\x0c]\x00\x06\x00",
    re.DOTALL,
)


class _Reader(Protocol):
    """Reads what begins somewhere, and tells where it ends.

    Attributes:
        rest: What follows it.
        over: Whether it has ended.
        lies: Whether what is broken about it may hide something.
    """

    rest: bytes
    over: bool
    lies: bool

    def feed(self, data: bytes) -> Iterator[Segment]: ...

    def finish(self) -> Iterator[Segment]: ...


class _Compressed:
    """One or several streams in a row."""

    def __init__(self, opening: Opening, make: Callable[[], Decompressor]) -> None:
        self._budget = opening.budget
        self._unpacker = make()
        self._body = opening.body()
        self.rest = b""
        self.over = False
        self.lies = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        for piece in self._unpacker.feed(data):
            self._budget.spend(len(piece))
            yield from self._body.feed(piece)
        self.rest = self._unpacker.rest
        self.over = bool(self.rest)

    def finish(self) -> Iterator[Segment]:
        if not self.over:
            self._unpacker.finish()
        yield from self._body.finish()


class Embedded:
    """Finds archives in content fed chunk by chunk, and reads them.

    Args:
        opening: Where what holds them stands.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._pending = b""
        self._dropped = 0
        self._number = 0
        self._reader: _Reader | None = None

    @property
    def is_open(self) -> bool:
        """Whether an archive has begun and not ended."""
        return self._reader is not None

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text of archives that `data` adds."""
        self._pending += data
        while len(self._pending) >= BLOCK + AHEAD:
            yield from self._block(self._pending, BLOCK)
            self._pending = self._pending[BLOCK:]
            self._dropped += BLOCK

    def skip(self, block: bytes) -> Iterator[Segment]:
        """Yield what a block adds in which nothing begins."""
        pending, self._pending = self._pending, b""
        if pending:
            yield from self._block(pending + block[:AHEAD], len(pending))
            self._dropped += len(pending)
        if self._reader is None:
            self._dropped += len(block)
        else:
            yield from self.feed(block)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        pending, self._pending = self._pending, b""
        yield from self._block(pending, len(pending), last=True)

    def _block(self, data: bytes, size: int, *, last: bool = False) -> Iterator[Segment]:
        """Read a block of `size` bytes, of which `data` shows what follows."""
        at = 0
        if self._reader is None:
            if not may_hold(data[: size + AHEAD]):
                return
        else:
            at = yield from self._read(data[:size], last=last)
        while at < size and (found := self._find(data, at, size)) is not None:
            at, self._reader = found
            read = yield from self._read(data[at:size], last=last)
            at += read or 1

    def _find(self, data: bytes, start: int, limit: int) -> tuple[int, _Reader] | None:
        """Return where, from `start` and before `limit`, something begins, and its reader."""
        end = min(len(data), limit + AHEAD)
        while (match := _FIRST.search(data, start, end)) is not None and match.start() < limit:
            at, needle = match.start(), match[0]
            if needle in _MAGICS:
                if _BEGINS.match(data, at) and not self._holds(at, needle):
                    return at, self._archive(at, needle)
                start = at + 1
                continue
            found = find_written(data, at, self._opening)
            if isinstance(found, Written):
                if found.at < start:
                    # It ended before its mark.
                    start = at + 1
                    continue
                place = self._part().inside(found.name, doubted=True)
                return found.at, found.open(place)
            # A list may begin before its mark, and end there.
            start = max(found, at + 1)
        return None

    def _holds(self, at: int, needle: bytes) -> bool:
        """Tell whether what begins there is what holds it: it is read already."""
        return (
            needle in WHOLE
            and self._dropped + at < SNIFF
            and self._opening.path.endswith(f"/{WHOLE[needle].name}")
        )

    def _archive(self, at: int, needle: bytes) -> _Reader:
        self._opening.budget.count_member()
        place = self._part()
        if needle == _ZIP:
            return zip_reader(place.inside("zip"), base=self._dropped + at, alone=True)
        if needle in WHOLE:
            place = place.inside(WHOLE[needle].name)
            return Whole(place, needle, Embedded(place) if WHOLE[needle].loose else None)
        name, make = _COMPRESSED[needle]
        return _Compressed(place.inside(name), make)

    def _part(self) -> Opening:
        self._number += 1
        return self._opening.part(f"{self._number}")

    def _read(self, data: bytes, *, last: bool) -> Generator[Segment, None, int]:
        """Read on, and return how much of `data` belongs to what is read: none if it is broken."""
        reader = self._reader
        assert reader is not None
        try:
            yield from reader.feed(data)
            if not reader.over and not last:
                return len(data)
            self._reader = None
            yield from reader.finish()
        except UninspectableError as error:
            # What is broken is let go: a part of a file that lies in pieces, as on a disk's image.
            self._reader = None
            if error.reason is not Uninspectable.CORRUPT or reader.lies:
                raise
            return 0
        return len(data) - len(reader.rest)
