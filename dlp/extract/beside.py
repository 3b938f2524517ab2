"""What a body holds, read by itself, and what is inside of it, read beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import re2

from dlp.extract.arrays import Arrays
from dlp.extract.content import Content, Opening, Segment, text_path
from dlp.extract.embedded import BEGINS, BLOCK, Embedded
from dlp.extract.opaque import WRITTEN, is_opaque
from dlp.extract.plain import Text
from dlp.extract.wide import BEGUN, WIDE, WideStrings
from dlp.extract.written import AHEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Beside", "Bytes", "Twice"]

_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
# All that any of the readers looks for in bytes of chance.
_ANY = re2.compile(b"|".join((BEGINS, WRITTEN, WIDE)), _options)


class Beside:
    """Reads content, and beside it what is inside of it.

    Args:
        content: Reads it by itself.
        opening: Where it stands.
        wide: Whether strings in UTF-16 and arrays of numbers are looked for, too.
    """

    def __init__(self, content: Content, opening: Opening, *, wide: bool = False) -> None:
        self._content = content
        self._embedded = Embedded(opening)
        self._binary = (WideStrings(opening), Arrays(opening)) if wide else ()

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        if self._embedded.is_open or any(one.found for one in self._binary):
            return None
        return text_path(self._content)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        yield from self._content.feed(data)
        yield from self._embedded.feed(data)
        for one in self._binary:
            yield from one.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._content.finish()
        yield from self._embedded.finish()
        for one in self._binary:
            yield from one.finish()


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


class Bytes:
    """Reads what is text, or bytes of no known kind, and passes over those of chance.

    Compressed and encrypted bytes hold nothing to be found: one expression for all readers tells,
    in native code, and none of them reads such a block.

    Args:
        opening: Where they stand.
        text: Reads them as text, as they are.
    """

    def __init__(self, opening: Opening, text: Text) -> None:
        self._text = text
        self._embedded = Embedded(opening)
        self._wide = WideStrings(opening)
        self._arrays = Arrays(opening)
        self._pending = self._last = b""

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        if self._embedded.is_open or self._wide.found or self._arrays.found:
            return None
        return self._text.text_path

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        at = 0
        while len(self._pending) - at >= BLOCK + AHEAD:
            yield from self._block(self._pending[at : at + BLOCK + AHEAD])
            at += BLOCK
        self._pending = self._pending[at:]

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._read(self._pending)
        self._pending = b""
        for one in (self._text, self._embedded, self._wide, self._arrays):
            yield from one.finish()

    def _block(self, data: bytes) -> Iterator[Segment]:
        """Read a block; `data` also shows what follows."""
        block = data[:BLOCK]
        opaque = is_opaque(block)
        # What begins in the end of what was before goes on here.
        quiet = opaque and _ANY.search(self._last + data) is None
        self._last = block[-BEGUN:]
        spelled = not opaque and self._text.spells(block)
        yield from self._text.read(block, opaque=opaque, quiet=quiet, spelled=spelled)
        if quiet or spelled:
            yield from self._embedded.skip(block)
            yield from self._wide.skip(block)
        else:
            yield from self._embedded.feed(block)
            yield from self._wide.feed(block)
        yield from self._arrays.feed(block)

    def _read(self, data: bytes) -> Iterator[Segment]:
        for one in (self._text, self._embedded, self._wide, self._arrays):
            yield from one.feed(data)
