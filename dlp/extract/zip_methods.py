"""How members of a ZIP archive are stored or compressed.

Methods: PKWARE APPNOTE 6.3.10, section 4.4.5; LZMA: section 5.8; data descriptors: section 4.3.9.
"""

from __future__ import annotations

import lzma
import struct
import zlib
from typing import TYPE_CHECKING, Protocol

from dlp.extract.budget import UninspectableError
from dlp.extract.compressed import (
    PIECE,
    XZ_MEMORY,
    Decompressor,
    make_bzip2,
    make_xz,
    make_zstd,
)
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MemberContent", "Withheld", "content_of"]

DEFLATE64, LZMA = 9, 14
# What is known by its size alone, or by the end of its own stream.
_STREAMS: dict[int, Callable[[], Decompressor]] = {
    12: make_bzip2,
    20: make_zstd,
    93: make_zstd,
    95: make_xz,
}

# Each step makes at most some 2 MiB: a match of 65,538 bytes takes 18 bits.
_DEFLATE64_STEP = 64


class MemberContent(Protocol):
    """A member's bytes, which tell where they end.

    Attributes:
        rest: What was fed beyond the end.
    """

    rest: bytes

    @property
    def done(self) -> bool:
        """Whether the member has ended."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to."""


class _Stored:
    """A member without compression, as long as its header says."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.rest = b""

    @property
    def done(self) -> bool:
        return self._left == 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        content, self.rest = data[: self._left], data[self._left :]
        self._left -= len(content)
        if content:
            yield content


class Withheld(_Stored):
    """A member that can't be read but whose size is known: it is passed over."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield nothing."""
        for _ in super().feed(data):
            pass
        return iter(())


class _Described:
    """A member without compression whose size stands behind it, in a data descriptor."""

    def __init__(self) -> None:
        self._held = b""
        self._size = 0
        self.done = False
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        data = self._held + data
        at = 0
        while (at := data.find(b"PK\x07\x08", at)) >= 0 and at + 12 <= len(data):
            if int.from_bytes(data[at + 8 : at + 12], "little") == (self._size + at) & 0xFFFFFFFF:
                self.done = True
                self.rest = data[at:]
                break
            at += 1
        cut = at if at >= 0 else max(0, len(data) - 3)
        self._held = b"" if self.done else data[cut:]
        self._size += cut
        if cut:
            yield data[:cut]


class _Deflated:
    """A member that ends where its deflate stream does."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(-15)
        self.rest = b""

    @property
    def done(self) -> bool:
        return self._inner.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._inner.eof:
            try:
                out = self._inner.decompress(data, PIECE)
            except zlib.error:
                raise UninspectableError(Uninspectable.CORRUPT) from None
            if out:
                yield out
            data = self._inner.unconsumed_tail
        self.rest = self._inner.unused_data


class _Deflate64:
    """Deflate with a window of 64 KiB; the library tells that the stream ends, not where."""

    def __init__(self, size: int | None) -> None:
        # Its import reads what is installed, which takes as long as a small file's inspection.
        from inflate64 import Inflater  # noqa: PLC0415

        self._inner = Inflater()
        self._step = 1 if size is None else _DEFLATE64_STEP
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), self._step):
            if self._inner.eof:
                self.rest = data[start:]
                return
            try:
                out = self._inner.inflate(data[start : start + self._step])
            except ValueError:
                raise UninspectableError(Uninspectable.CORRUPT) from None
            if out:
                yield out

    @property
    def done(self) -> bool:
        return bool(self._inner.eof)

    def finish(self) -> None:
        if not self._inner.eof:
            raise UninspectableError(Uninspectable.CORRUPT)


class _Lzma:
    """LZMA: a short header, then a stream that ends with a mark or with the member."""

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._inner: lzma.LZMADecompressor | None = None
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._head is not None:
            data = self._head + data
            if len(data) < 9:
                self._head = data
                return
            self._head = None
            size, bits, dictionary = struct.unpack_from("<2xHBL", data)
            if size != 5 or bits >= 225:
                raise UninspectableError(Uninspectable.CORRUPT)
            if dictionary > XZ_MEMORY:
                raise UninspectableError(Uninspectable.BUDGET)
            filters = {
                "id": lzma.FILTER_LZMA1,
                "dict_size": max(dictionary, 4096),
                "lc": bits % 9,
                "lp": bits // 9 % 5,
                "pb": bits // 45,
            }
            try:
                self._inner = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
            except (lzma.LZMAError, ValueError):
                raise UninspectableError(Uninspectable.CORRUPT) from None
            data = data[9:]
        assert self._inner is not None
        while data or not self._inner.needs_input:
            if self._inner.eof:
                self.rest = self._inner.unused_data or data
                return
            try:
                out = self._inner.decompress(data, PIECE)
            except (lzma.LZMAError, MemoryError):
                raise UninspectableError(Uninspectable.CORRUPT) from None
            data = b""
            if out:
                yield out

    def finish(self) -> None:
        """A stream without a mark ends with its member."""


class _Unpacked:
    """A member in another compression, of known size or as long as its stream."""

    def __init__(self, size: int | None, inner: Decompressor) -> None:
        self._inner = inner
        self._stored = None if size is None else _Stored(size)
        self.rest = b""

    @property
    def done(self) -> bool:
        return bool(self.rest) if self._stored is None else self._stored.done

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stored is None:
            yield from self._inner.feed(data)
            self.rest, self._inner.rest = self._inner.rest, b""
            return
        for piece in self._stored.feed(data):
            yield from self._inner.feed(piece)
            if self._inner.rest:
                # Readers of ZIP see none of it, but it may not hide.
                yield self._inner.rest
                self._inner.rest = b""
        self.rest = self._stored.rest
        if self._stored.done:
            self._inner.finish()


def content_of(method: int, size: int | None) -> MemberContent:
    """Return the content of a member.

    Args:
        method: Its compression.
        size: Its compressed size, or None if only what follows tells.

    Raises:
        UninspectableError: Nothing here undoes its compression.
    """
    if method == 0:
        return _Described() if size is None else _Stored(size)
    if method == 8:
        return _Deflated()
    if method == DEFLATE64:
        return _Unpacked(size, _Deflate64(size))
    if method == LZMA:
        return _Unpacked(size, _Lzma())
    if method not in _STREAMS:
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
    return _Unpacked(size, _STREAMS[method]())
