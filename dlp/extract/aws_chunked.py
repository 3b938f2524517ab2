"""The framing in which clients of S3 send a body with its signatures or a check sum behind it.

It is named as a content coding (`aws-chunked`) and compresses nothing. Wherever it is named among
others, it is around them.

Format: Amazon S3 API, "Signature Calculations for the Authorization Header: Transferring Payload in
Multiple Chunks", and the same "with trailing headers".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AWS_CHUNKED", "AwsChunked"]

AWS_CHUNKED = "aws-chunked"

# Nothing but sizes, signatures and check sums stands between the chunks.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=[0-9a-f*]{1,160})?\r\n")
_TRAILER = re.compile(rb"(?:x-amz-[a-z0-9-]{1,60}:[ \t]?[A-Za-z0-9+/=*-]{0,160})?\r?\n")
_LONGEST = 256
# Trailers are few.
_TRAILERS = 8


class AwsChunked:
    """Takes the framing away.

    Attributes:
        rest: As of every decompressor; nothing may follow here.
    """

    # What it takes it gives at once.
    prompt = True

    def __init__(self) -> None:
        self.rest = b""
        self._held = b""
        self._left = 0
        self._at_end_of_chunk = False
        self._trailers: int | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what is in the chunks.

        Raises:
            UninspectableError: This is no such framing.
        """
        data = self._held + data
        self._held = b""
        while data:
            if self._left:
                piece, data = data[: self._left], data[self._left :]
                self._left -= len(piece)
                self._at_end_of_chunk = not self._left
                yield piece
                continue
            taken = self._between(data)
            if taken == 0:
                self._held = data
                return
            data = data[taken:]

    def finish(self) -> None:
        """Say that the body ends here.

        Raises:
            UninspectableError: It ends before its last chunk.
        """
        if self._trailers is None or self._held.strip():
            raise _corrupt()

    def _between(self, data: bytes) -> int:
        """Return how much of what stands between chunks ends here; 0 if more has to come."""
        if self._at_end_of_chunk:
            if not b"\r\n".startswith(data[:2]):
                raise _corrupt()
            self._at_end_of_chunk = len(data) < 2
            return 0 if len(data) < 2 else 2
        if self._trailers is not None:
            return self._trailer(data)
        match = _SIZE.match(data)
        if match is None:
            return _more(data, b"\r\n")
        self._left = int(match[1], 16)
        if self._left == 0:
            self._trailers = 0
        return match.end()

    def _trailer(self, data: bytes) -> int:
        assert self._trailers is not None
        end = data.find(b"\n") + 1
        if end == 0:
            return _more(data, b"\n")
        line = data[:end]
        self._trailers += 1
        if _TRAILER.fullmatch(line) is None or self._trailers > _TRAILERS:
            raise _corrupt()
        return end


def _more(data: bytes, end: bytes) -> int:
    """Tell that more has to come, where the line has no end yet.

    Raises:
        UninspectableError: It has, or is too long to be one.
    """
    if end in data or len(data) > _LONGEST:
        raise _corrupt()
    return 0


def _corrupt() -> UninspectableError:
    return UninspectableError(Uninspectable.CORRUPT)
