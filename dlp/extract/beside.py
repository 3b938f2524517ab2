"""What a body holds, read by itself, and what is inside of it, read beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import re2

from dlp.extract.arrays import LEAST, PICKLED, Arrays
from dlp.extract.content import Content, Opening, Segment, text_path
from dlp.extract.embedded import BEGINS, BLOCK, Embedded
from dlp.extract.glance import may_hold
from dlp.extract.opaque import RUN, WRITTEN, by_chance, is_opaque
from dlp.extract.plain import Text
from dlp.extract.rows import Rows
from dlp.extract.wide import BEGUN, WIDE, WideStrings
from dlp.extract.written import AHEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Beside", "Bytes", "Twice"]

# Less is read at its end whatever it is.
LITTLE = 2048

_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
# All that any of the readers looks for in bytes of chance, but for what is written in ASCII.
_OTHERS = re2.compile(BEGINS + b"|" + WIDE, _options)
_ANY = re2.compile(b"|".join((BEGINS, WRITTEN, WIDE)), _options)
_PICKLED = re2.compile(PICKLED, _options)


class Beside:
    """Reads content, and beside it what is inside of it.

    Args:
        content: Reads it by itself.
        opening: Where it stands.
    """

    def __init__(self, content: Content, opening: Opening) -> None:
        self._content = content
        self._embedded = Embedded(opening)

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return None if self._embedded.is_open else text_path(self._content)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        yield from self._content.feed(data)
        yield from self._embedded.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._content.finish()
        yield from self._embedded.finish()


class Twice:
    """Reads a text in an encoding that its first bytes claim, and the bytes as they are, too.

    Args:
        text: Reads it as claimed.
        bytes_: Reads it as it is.
    """

    def __init__(self, text: Text, bytes_: Text) -> None:
        self._both = (text, bytes_)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        for one in self._both:
            yield from one.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        for one in self._both:
            yield from one.finish()


type _Others = tuple[Embedded, WideStrings, Arrays, *tuple[Rows, ...]]


class Bytes:
    """Reads what is text, or bytes of no known kind, and passes over those of chance.

    Compressed and encrypted bytes hold nothing to be found: one expression for all readers tells,
    in native code, and none of them reads such a block.

    Args:
        opening: Where they stand.
        text: Reads them as text, as they are.
        rows: Whether they may be what a database keeps.
    """

    def __init__(self, opening: Opening, text: Text, *, rows: bool = False) -> None:
        self._opening = opening
        self._may_hold_rows = rows
        self._text = text
        # Most messages are a small text in which none of these finds anything.
        self._others: _Others | None = None
        self._pending = b""
        # How much of that was read, and only shows what was before.
        self._behind = 0
        # Whether nothing was in the block before.
        self._quiet = False

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        if self._others is not None:
            embedded, *asides = self._others
            if embedded.is_open or any(one.found for one in asides):
                return None
        return self._text.text_path

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data = self._pending + data
        begin = self._behind
        end = begin + max(0, len(data) - begin - AHEAD) // BLOCK * BLOCK
        starts = range(begin, end, BLOCK)
        opaque = [is_opaque(data, at, at + BLOCK) for at in starts]
        # One search of all of them takes a while in which other threads have the interpreter.
        several = len(opaque) > 1 and all(opaque)
        until = _quiet_until(data, begin, end) if several else 0
        if until >= end + AHEAD and self._quiet:
            yield from self._read(data[begin:end], opaque=True, quiet=True, spelled=False)
        else:
            for at, chance in zip(starts, opaque, strict=True):
                block = data[at : at + BLOCK]
                known = until >= at + BLOCK + AHEAD
                quiet = known or (chance and _is_quiet(data, at, at + BLOCK))
                spelled = not chance and self._text.spells(block)
                yield from self._read(block, opaque=chance, quiet=quiet, spelled=spelled)
        self._behind = min(end, BEGUN)
        self._pending = data[end - self._behind :]

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        data, self._pending = self._pending, b""
        rest = data[self._behind :]
        opaque = len(rest) > LITTLE and is_opaque(rest)
        quiet = opaque and _is_quiet(data, self._behind, len(data))
        idle = not quiet and self._others is None and not (b"\0" in rest or may_hold(rest))
        readers = (self._text,) if idle else (self._text, *self._readers())
        if quiet:
            yield from self._read(rest, opaque=True, quiet=True, spelled=False)
        else:
            for one in readers:
                if not (opaque and isinstance(one, Rows)):
                    yield from one.feed(rest)
        for one in readers:
            yield from one.finish()

    def _readers(self) -> _Others:
        """Return those that read what is no text."""
        if self._others is None:
            opening = self._opening
            rows = (Rows(opening),) if self._may_hold_rows else ()
            self._others = (Embedded(opening), WideStrings(opening), Arrays(opening), *rows)
        return self._others

    def _read(self, block: bytes, *, opaque: bool, quiet: bool, spelled: bool) -> Iterator[Segment]:
        if quiet and self._quiet:
            yield from self._text.skip(block)
        else:
            yield from self._text.read(block, opaque=opaque, quiet=quiet, spelled=spelled)
        self._quiet = quiet
        embedded, wide, arrays, *rows = self._readers()
        if quiet or spelled:
            yield from embedded.skip(block)
            yield from wide.skip(block)
        else:
            yield from embedded.feed(block)
            yield from wide.feed(block)
        yield from arrays.skip(block) if quiet else arrays.feed(block)
        for one in rows:
            # What a database has packed tells of no rows.
            if opaque or spelled:
                one.skip()
            else:
                yield from one.feed(block)


def _is_quiet(data: bytes, begin: int, end: int) -> bool:
    """Tell whether nothing that any reader looks for stands in a part of `data`, or ends there."""
    return _quiet_until(data, begin, end) >= end + AHEAD


def _quiet_until(data: bytes, begin: int, end: int) -> int:
    """Return where, in a part of `data` or what follows, something may stand for any reader.

    Whatever ends with what is read ahead, before that place, is quiet by itself, too.
    """
    start, limit = max(0, begin - BEGUN), end + AHEAD
    if _are_pickled(data, start, limit):
        return 0
    while (found := _ANY.search(data, start, limit)) is not None:
        start = int(found.start())
        run = RUN.match(data, start, limit)
        if run is None:
            return start
        # What is written in other parts is not judged by what of it shows here.
        if start < end and run.end() > begin and not by_chance(run[0]):
            return start
        other = _OTHERS.search(data, start, min(limit, run.end() + AHEAD))
        if other is not None and other.start() < run.end():
            return start
        start = run.end()
    return limit


def _are_pickled(data: bytes, start: int, limit: int) -> bool:
    """Tell whether enough numbers of pickles may stand in a part of `data`; chance writes a few."""
    for _ in range(LEAST):
        found = _PICKLED.search(data, start, limit)
        if found is None:
            return False
        # Another may begin within what chance wrote.
        start = found.start() + 1
    return True
