"""Reads bytes that are written in pieces: whatever stands between them is left out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dlp.extract.radix import ASCII85, Quanta, run_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment
    from dlp.extract.radix import Coding

__all__ = ["ESCAPED", "Joined", "signs_between", "unescaped"]

# What is escaped in a string of JSON that may stand in encoded bytes, beside ends of lines.
_ESCAPED = b'\\"/'
ESCAPED = re.compile(rb"\\([%snr])" % re.escape(_ESCAPED))

# Signs that may stand between pieces.
_MOST = 6
_BLANKS = b" \t\r\n"
_PADDING = re.compile(rb"=+")
# Of zeros in Ascii85.
_ZEROS = b"z"


class Joined:
    """Reads pieces, until something else follows; passes over them unless it is `begun`.

    Args:
        coding: How they are written.
        signs: What may stand between them.
        opening: Where the text stands.
        escaped: Whether it is a string of JSON, with its escapes.

    Attributes:
        over: Whether something else followed.
        left: How many characters of what was fed last belong to that.
    """

    def __init__(
        self, coding: Coding, signs: bytes, opening: Opening, *, escaped: bool = False
    ) -> None:
        self._coding = coding
        self._signs = signs
        self._opening = opening
        self._escaped = escaped
        self._held = b""
        self._body: Content | None = None
        self._quanta = Quanta(coding)
        self.over = False
        self.left = 0

    def begun(self) -> Joined:
        """Return a reader of the same from its beginning."""
        reader = Joined(self._coding, self._signs, self._opening, escaped=self._escaped)
        reader._body = self._opening.inside(self._coding.name, doubted=True).body()
        return reader

    def feed(self, text: bytes) -> Iterator[Segment]:
        """Yield what `text` adds."""
        decoded = self.decode(text)
        if decoded and self._body is not None:
            yield from self._body.feed(decoded)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._body is None:
            return
        if decoded := self._quanta.finish():
            yield from self._body.feed(decoded)
        yield from self._body.finish()

    def decode(self, text: bytes) -> bytes:
        """Return what `text` adds to what is decoded."""
        # Half an escape waits for the rest of it.
        whole, self._held = self._held + text, b""
        end = self._end(whole)
        left = len(whole) - end
        if self._escaped and left == 1 and whole.endswith(b"\\"):
            self._held = b"\\"
            left = 0
        self.left = min(left, len(text))
        self.over = left > 0
        characters = unescaped(whole[:end]) if self._escaped else whole[:end]
        characters = characters.translate(None, self._signs.replace(b"=", b""))
        if self._coding is ASCII85:
            characters = characters.replace(_ZEROS, b"!!!!!")
        if b"=" not in self._signs:
            return self._quanta.feed(characters)
        # Each piece was encoded by itself.
        *padded, last = _PADDING.split(characters)
        out = b"".join(self._quanta.feed(piece) + self._quanta.finish() for piece in padded)
        return out + self._quanta.feed(last)

    def _end(self, text: bytes) -> int:
        """Return where something else follows."""
        letters = self._coding.letters + (_ZEROS if self._coding is ASCII85 else b"")
        if not self._escaped:
            return run_at(text, letters + self._signs)
        match = _run(letters, self._signs).match(text)
        assert match is not None
        return match.end()


def unescaped(characters: bytes) -> bytes:
    """Return the characters of a string of JSON, without its ends of lines."""
    return ESCAPED.sub(lambda match: b"" if match[1] in b"nr" else match[1], characters)


def signs_between(sample: bytes, coding: Coding) -> bytes | None:
    """Return what may stand between the pieces of a sample, or None for words and the like."""
    between = set(sample.translate(None, coding.letters))
    if len(between) > _MOST or any(chr(byte).isalnum() or byte >= 0x80 for byte in between):
        return None
    # The last of base64 may be filled up, and lines may end anywhere.
    return bytes(sorted(between | set(_BLANKS) | set(coding.filled)))


@lru_cache(maxsize=64)
def _run(letters: bytes, signs: bytes) -> re.Pattern[bytes]:
    # Whatever else is escaped is none of its characters.
    plain = letters.replace(b"\\", b"") + signs
    of_escape = bytes(byte for byte in _ESCAPED if byte in letters) + b"nr"
    return re.compile(rb"(?:[%s]++|\\[%s])*+" % (re.escape(plain), re.escape(of_escape)))
