"""Readers of bytes that are written out as text, one for each way to write them.

What they decode to is a body of its own. Damage ends them, and no more: the text around them is
read by others.
"""

from __future__ import annotations

import re
from base64 import a85decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Ascii85", "Items", "Lines", "WrittenReader", "Yenc", "of_ascii85"]

# The longest item, with what sets it apart, that may have been cut; the longest line.
_LONGEST_ITEM = 128
_LONGEST_LINE = 4096
_ASCII85 = re.compile(rb"[!-uz\s]*+")
_BLANKS = b" \t\r\n\v\f\0"
_YENC_END = b"\n=y"
_FROM_42, _FROM_42_AND_64 = (
    bytes((byte - moved) % 256 for byte in range(256)) for moved in (42, 42 + 64)
)


class WrittenReader:
    """Reads what is written out, chunk by chunk.

    Args:
        opening: Where what it decodes to stands.

    Attributes:
        rest: What follows it, of the chunk that came last.
        over: Whether it has ended.
        lies: Whether what is broken about it may hide something.
    """

    def __init__(self, opening: Opening) -> None:
        self._body = opening.body()
        self._pending = b""
        self.rest = b""
        self.over = False
        self.lies = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        decoded, rest = self._decode(self._pending + data)
        if decoded:
            yield from self._body.feed(decoded)
        if self.over:
            # What was cut off before is not looked at again.
            self._pending, self.rest = b"", rest[max(0, len(rest) - len(data)) :]
        else:
            self._pending = rest

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._pending and (decoded := self._end(self._pending)):
            yield from self._body.feed(decoded)
        yield from self._body.finish()

    def _decode(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what `data` decodes to, and its rest; set `over` if that is something else."""
        raise NotImplementedError

    def _end(self, data: bytes) -> bytes:
        """Return what the rest decodes to; nothing follows it."""
        raise NotImplementedError


class Items(WrittenReader):
    """Reads a list of numbers.

    Args:
        opening: Where what it decodes to stands.
        goes_on: Matches whole items, with what sets each apart from the next, from where one ended.
        last: Matches what an item may end with in the end, from there.
        decode: Decodes items; a ValueError ends the list.
    """

    def __init__(
        self,
        opening: Opening,
        goes_on: re.Pattern[bytes],
        last: re.Pattern[bytes],
        decode: Callable[[bytes], bytes],
    ) -> None:
        super().__init__(opening)
        self._goes_on = goes_on
        self._last = last
        self._items = decode

    def _decode(self, data: bytes) -> tuple[bytes, bytes]:
        match = self._goes_on.match(data)
        assert match is not None
        rest = data[match.end() :]
        try:
            decoded = self._items(match[0])
        except ValueError:
            self.over = True
            return b"", rest
        if len(rest) > _LONGEST_ITEM:
            self.over = True
            decoded += self._end(rest)
        return decoded, rest

    def _end(self, data: bytes) -> bytes:
        match = self._last.match(data)
        try:
            return self._items(match[0]) if match else b""
        except ValueError:
            return b""


class Lines(WrittenReader):
    """Reads lines, each decoded by itself.

    Args:
        opening: Where what they decode to stands.
        line: Matches a line with its end, of which group 1 is decoded.
        decode: Decodes it; a ValueError ends them.
        many: Decodes lines as long as each other at the beginning, if they are plain, and tells
            how far they reach.
    """

    def __init__(
        self,
        opening: Opening,
        line: re.Pattern[bytes],
        decode: Callable[[bytes], bytes],
        many: Callable[[bytes], tuple[bytes, int]] = lambda _: (b"", 0),
    ) -> None:
        super().__init__(opening)
        self._line = line
        self._one = decode
        self._many = many

    def _decode(self, data: bytes) -> tuple[bytes, bytes]:
        first, at = self._many(data)
        decoded = [first]
        while (match := self._line.match(data, at)) is not None:
            try:
                decoded.append(self._one(match[1]))
            except ValueError:
                self.over = True
                break
            at = match.end()
        self.over = self.over or len(data) - at > _LONGEST_LINE
        return b"".join(decoded), data[at:]

    def _end(self, data: bytes) -> bytes:
        return self._decode(data + b"\n")[0]


class Ascii85(WrittenReader):
    """Reads Ascii85 from its mark on (PostScript Language Reference, section 3.13.3)."""

    def _decode(self, data: bytes) -> tuple[bytes, bytes]:
        match = _ASCII85.match(data)
        assert match is not None
        characters = match[0].translate(None, _BLANKS).replace(b"z", b"!!!!!")
        whole = len(characters) // 5 * 5
        if match.end() < len(data):
            self.over = True
            return of_ascii85(characters), data[match.end() :]
        return of_ascii85(characters[:whole]), characters[whole:]

    def _end(self, data: bytes) -> bytes:
        return of_ascii85(data)


class Yenc(WrittenReader):
    """Reads yEnc, http://www.yenc.org/yenc-draft.1.3.txt: each byte moved by 42."""

    def _decode(self, data: bytes) -> tuple[bytes, bytes]:
        end = data.find(_YENC_END)
        self.over = end >= 0
        # What may be the beginning of the end, and a sign without what it changes.
        whole = end if self.over else max(0, len(data) - len(_YENC_END) + 1)
        if data[:whole].endswith(b"="):
            whole -= 1
        return self._end(data[:whole]), data[whole:]

    def _end(self, data: bytes) -> bytes:
        first, *others = data.translate(None, b"\r\n").split(b"=")
        parts = [first.translate(_FROM_42)]
        for other in others:
            parts += (other[:1].translate(_FROM_42_AND_64), other[1:].translate(_FROM_42))
        return b"".join(parts)


def of_ascii85(characters: bytes) -> bytes:
    """Return what characters without blanks decode to, or nothing if they are none."""
    try:
        return a85decode(characters)
    except ValueError:
        return b""
