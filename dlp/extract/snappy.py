"""Snappy: what monitoring sends by itself (Prometheus, Loki), in one block or in frames.

A block tells its length first and can only be read whole; frames are small blocks in a row.
https://github.com/google/snappy: format_description.txt, framing_format.txt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cramjam

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["FRAMES", "Snappy"]

FRAMES = b"\xff\x06\x00\x00sNaPpY"
# A copy of 64 bytes takes two.
_RATIO = 32
_PACKED, _PLAIN, _SKIPPABLE = 0x00, 0x01, 0x80
# Behind the check sum of a frame.
_CHECKED = 4
_LONGEST_FRAME = 1 << 16


class Snappy:
    """Reads a body that is compressed by Snappy.

    Args:
        opening: Where it stands.
        body: Reads what comes out.
    """

    def __init__(self, opening: Opening, body: Content) -> None:
        self._budget = opening.budget
        self._body = body
        self._pending = b""
        self._pieces: list[bytes] = []
        self._framed: bool | None = None

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        if self._framed is False:
            self._hold(data)
            return
        self._pending += data
        if self._framed is None:
            if len(self._pending) < len(FRAMES):
                return
            self._framed = self._pending.startswith(FRAMES)
            if not self._framed:
                self._hold(self._pending)
                return
        yield from self._frames()

    def finish(self) -> Iterator[Segment]:
        """Yield the rest.

        Raises:
            UninspectableError: It is damaged.
        """
        if self._framed:
            if self._pending:
                raise UninspectableError(Uninspectable.CORRUPT)
        else:
            block = b"".join(self._pieces) if self._framed is False else self._pending
            yield from self._block(block, len(block) * _RATIO)
            self._budget.hold(-sum(map(len, self._pieces)))
        yield from self._body.finish()

    def _hold(self, data: bytes) -> None:
        self._budget.hold(len(data))
        self._pieces.append(data)

    def _frames(self) -> Iterator[Segment]:
        at = 0
        while len(self._pending) >= at + 4:
            kind = self._pending[at]
            begin = at + 4
            end = begin + int.from_bytes(self._pending[at + 1 : begin], "little")
            if end > len(self._pending):
                break
            if kind == _PACKED:
                yield from self._block(self._pending[begin + _CHECKED : end], _LONGEST_FRAME)
            elif kind == _PLAIN:
                yield from self._body.feed(self._pending[begin + _CHECKED : end])
            elif kind < _SKIPPABLE:
                raise UninspectableError(Uninspectable.CORRUPT)
            at = end
        self._pending = self._pending[at:]

    def _block(self, block: bytes, most: int) -> Iterator[Segment]:
        try:
            size = cramjam.snappy.decompress_raw_len(block)
            if size > most:
                raise UninspectableError(Uninspectable.CORRUPT)
            self._budget.spend(size)
            text = bytes(cramjam.snappy.decompress_raw(block))
        except cramjam.DecompressionError:
            raise UninspectableError(Uninspectable.CORRUPT) from None
        yield from self._body.feed(text)
