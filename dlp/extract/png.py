"""PNG pictures: their compressed texts. What is written in clear is read in the bytes as they are.

Format: Portable Network Graphics (Third Edition), sections 5.3 (chunks), 11.3.3.3 (zTXt) and
11.3.3.4 (iTXt).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.beside import Bytes
from dlp.extract.content import text_path
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["PngReader", "begins_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Length and type.
_HEADER = 8
_CHECK_SUM = 4
# What stands before the text: a keyword, and of iTXt a language and the keyword in it.
_BEFORE = {
    b"zTXt": re.compile(rb"[^\0]{1,79}\0\0"),
    b"iTXt": re.compile(rb"[^\0]{1,79}\0\x01\0[^\0]*\0[^\0]*\0"),
}
# Longer ones are not looked for.
_LONGEST_BEFORE = 1024


def begins_png(head: bytes) -> bool:
    """Tell whether a body begins as a picture."""
    return head.startswith(_SIGNATURE)


class PngReader:
    """Reads a picture's bytes as they are, and beside them its compressed texts."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._bytes = Bytes(opening, Text(opening, decoder_for(b"")))
        self._buffer = b""
        # Bytes of the chunk, or of the signature, that still come.
        self._left = len(_SIGNATURE)
        self._text: Content | None = None

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return None if self._text is not None else text_path(self._bytes)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        yield from self._bytes.feed(data)
        data = self._buffer + data
        at = 0
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                yield from self._read(piece)
            else:
                begin = self._begin(data[at : at + _HEADER + _LONGEST_BEFORE])
                if not begin:
                    break
                at += begin
        self._buffer = data[at:]

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._bytes.finish()
        if self._text is not None:
            yield from self._text.finish()

    def _read(self, piece: bytes) -> Iterator[Segment]:
        self._left -= len(piece)
        if self._text is None:
            return
        # The check sum is none of the text.
        yield from self._text.feed(piece[: len(piece) + min(0, self._left - _CHECK_SUM)])
        if self._left <= _CHECK_SUM:
            yield from self._text.finish()
            self._text = None

    def _begin(self, data: bytes) -> int:
        """Begin a chunk, and return how much of it was read, or 0 if more is needed for that."""
        if len(data) < _HEADER:
            return 0
        size = int.from_bytes(data[:4]) + _CHECK_SUM
        before = _BEFORE.get(data[4:_HEADER])
        if before is None:
            self._left = size
            return _HEADER
        if len(data) < _HEADER + min(size, _LONGEST_BEFORE):
            return 0
        begin = before.match(data, _HEADER, _HEADER + size)
        if begin is None or begin.end() > _HEADER + size - _CHECK_SUM:
            self._left = size
            return _HEADER
        self._text = self._opening.inside("text", doubted=True).body()
        self._left = size + _HEADER - begin.end()
        return begin.end()
