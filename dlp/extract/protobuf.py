"""Protocol Buffers: strings set apart from the bytes that say how long they are, and numbers.

A string of 48 to 57 bytes has a digit for its length, which glues to a number that the string
begins with; numbers themselves are binary. So the fields are read as a text, a message a line and
tabs between its fields. What the fields are called, only the sender knows. The bytes are read as
they are, too, so damage ends but the first reading.

https://protobuf.dev/programming-guides/encoding and, for frames, gRPC's "gRPC over HTTP2".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.codings import begins_zlib
from dlp.extract.content import SNIFF
from dlp.extract.protobuf_fields import (
    KINDS,
    LENGTH,
    SHOWN,
    DamagedError,
    begins_message,
    read_number,
    read_value,
    varint,
)
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = [
    "TAGS",
    "TYPES",
    "Protobuf",
    "begins_delimited",
    "begins_frames",
    "begins_protobuf",
    "open_delimited",
    "open_frames",
]

TYPES = (
    "application/protobuf",
    "application/x-protobuf",
    "application/x-google-protobuf",
    "application/vnd.google.protobuf",
)
# Returns how long a message is, where it begins, and whether it is one, from the data and where its
# frame begins.
type Framed = Callable[[bytes, int], tuple[int, int, bool]]

# Messages inside of each other that are longer than a field; more is nothing that anybody writes.
_NESTED = 32
# Flags and length.
_FRAME = 5
# What the number and kind of a message's first field begin with; two kinds are none any more.
TAGS = bytes(byte for byte in range(8, 256) if byte & 7 in KINDS)


class Protobuf(Structured):
    """Reads fields, and their bytes as they are.

    Args:
        opening: Where they stand.
        framed: Reads what stands before each of several messages, if anything does.
        searched: See `Structured`.
    """

    def __init__(
        self, opening: Opening, framed: Framed | None = None, *, searched: bool = True
    ) -> None:
        super().__init__(opening, "fields", searched=searched)
        self._framed = framed
        self._pending = b""
        self._read = 0
        # Where messages end that are longer than a field.
        self._ends: list[int] = []
        self._long: Content | None = None
        self._left = 0

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._pending += data
        yield from self._fields(last=False)

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        if not self.damaged:
            yield from self._fields(last=True)
        if self._long is not None:
            yield from self._long.finish()
        yield from self.text.feed(b"\n")

    def _fields(self, *, last: bool) -> Iterator[Segment]:
        data, at = self._pending, 0
        out: list[bytes] = []
        others: list[bytes] = []
        try:
            while at < len(data):
                if self._left:
                    piece = data[at : at + self._left]
                    at += len(piece)
                    yield from self._piece(piece)
                    continue
                behind = self._field(data, at, (out, others), last=last)
                if behind == at:
                    break
                at = behind
        except DamagedError:
            self.damaged = True
        self._read += at
        self._pending = b"" if self.damaged else data[at:]
        text = b"".join(out)
        self.opening.budget.spend(len(text))
        yield from self.text.feed(text)
        yield from self.bodies(others, "bytes")

    def _field(
        self, data: bytes, at: int, found: tuple[list[bytes], list[bytes]], *, last: bool
    ) -> int:
        """Read a field, and return where it ends, or `at` if that has not come."""
        out, others = found
        while self._ends and self._ends[-1] <= self._read + at:
            self._ends.pop()
            out.append(b"\n")
        try:
            if self._framed is not None and not self._ends:
                return self._begin(self._framed(data, at))
            tag, behind = varint(data, at)
            if tag < 8:
                raise DamagedError
            if tag & 7 != LENGTH:
                return read_number(data, tag & 7, behind, out)
            size, behind = varint(data, behind)
        except IndexError:
            return at
        if size > SHOWN:
            return self._long_field(data, at, (behind, behind + size), last=last)
        end = behind + size
        if end > len(data):
            return at
        value, begun = data[behind:end], len(out)
        read_value(value, out, others)
        if len(out) > begun and out[-1] != value + b"\t":
            # It was a message.
            out.append(b"\n")
        return end

    def _long_field(self, data: bytes, at: int, span: tuple[int, int], *, last: bool) -> int:
        """Begin with a field that is not read at once."""
        begin, end = span
        head = data[begin : min(end, begin + SNIFF)]
        if len(head) < SNIFF and not last:
            return at
        if len(self._ends) < _NESTED and begins_message(head, whole=False):
            self._ends.append(self._read + end)
        else:
            self._left = end - begin
        return begin

    def _begin(self, frame: tuple[int, int, bool]) -> int:
        size, behind, is_message = frame
        if is_message:
            self._ends.append(self._read + behind + size)
        else:
            self._left = size
        return behind

    def _piece(self, piece: bytes) -> Iterator[Segment]:
        """Read on in a string that is longer than a field."""
        if self._long is None:
            self._long = self.opening.inside("bytes", doubted=True).body()
        yield from self._long.feed(piece)
        self._left -= len(piece)
        if not self._left:
            yield from self._long.finish()
            self._long = None


def open_delimited(opening: Opening) -> Content:
    """Return a reader of messages one after another, each behind its length."""
    return Protobuf(opening, lambda data, at: (*varint(data, at), True))


def open_frames(opening: Opening) -> Content:
    """Return a reader of the messages of a call of gRPC."""
    return Protobuf(opening, _frame, searched=False)


def _frame(data: bytes, at: int) -> tuple[int, int, bool]:
    behind = at + _FRAME
    if behind > len(data):
        raise IndexError
    # What is compressed is a body of its own, and so are the trailers of gRPC-Web.
    return int.from_bytes(data[at + 1 : behind]), behind, not data[at]


def begins_protobuf(head: bytes) -> bool:
    """Tell whether a body is a message, by its first bytes."""
    return begins_message(head, whole=len(head) < SNIFF)


def begins_delimited(head: bytes) -> bool:
    """Tell whether a body begins with two messages, each behind its length."""
    at = 0
    for _ in range(2):
        try:
            size, at = varint(head, at)
        except (DamagedError, IndexError):
            return False
        if (
            not size
            or at + size > len(head)
            or not begins_message(head[at : at + size], whole=True)
        ):
            return False
        at += size
    return True


def begins_frames(head: bytes) -> bool:
    """Tell whether a body begins with a frame of gRPC around a message."""
    if len(head) < _FRAME + 2 or head[0] > 1:
        return False
    size = int.from_bytes(head[1:_FRAME])
    message = head[_FRAME : _FRAME + size]
    if head[0]:
        # As `grpc-encoding` would say.
        return message.startswith((b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")) or begins_zlib(
            message, whole=len(message) == size
        )
    return len(message) > 1 and begins_message(
        message, whole=len(message) == size or len(head) < SNIFF
    )
