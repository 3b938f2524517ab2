"""Streaming decompressors with bounded output: gzip, deflate, brotli, zstd, lz4, bzip2, xz, lzma.

Each is fed chunk by chunk and yields pieces of at most about 1 MiB, so that a bomb is noticed by
the budget before it is held in memory. Measured bounds: see each class.
"""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from typing import TYPE_CHECKING, Protocol

import brotli
import lz4.frame

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "PIECE",
    "SKIPPABLE",
    "Decompressor",
    "make_brotli",
    "make_bzip2",
    "make_deflate",
    "make_gzip",
    "make_lz4",
    "make_lzma",
    "make_xz",
    "make_zstd",
]

PIECE = 1 << 20

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
LZ4_MAGIC = b"\x04\x22\x4d\x18"
# Frames of anything, which decompressors of both skip.
SKIPPABLE = tuple(bytes([0x50 + number]) + b"\x2a\x4d\x18" for number in range(16))
ZSTD_WINDOW = 27  # bits: what `zstd --long=27` makes, the largest its own tool opens unasked
ZSTD_HEAD = 18  # bytes, of the longest
XZ_MEMORY = 1 << 27


class Decompressor(Protocol):
    """One layer of compression.

    Attributes:
        rest: What follows the last stream and is none. It is no damage (gzip itself only warns of
            it) but may not hide either: whoever feeds takes it from here.
    """

    rest: bytes

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to; UninspectableError(CORRUPT) if it does not."""

    def finish(self) -> None:
        """Say that the input ends here; UninspectableError(CORRUPT) if it may not."""


def _corrupt() -> UninspectableError:
    return UninspectableError(Uninspectable.CORRUPT)


class _Next:
    """Tells another stream behind the end of one from something else.

    Attributes:
        over: Whether what follows is no stream.
    """

    def __init__(self, *magics: bytes) -> None:
        self._magics = magics
        self._held = b""
        self.over = False

    def feed(self, data: bytes) -> bytes:
        """Return what can be told of by now, keeping back what could still become a magic."""
        data, self._held = self._held + data, b""
        if self.over or data.startswith(self._magics):
            return data
        if any(magic.startswith(data) for magic in self._magics):
            self._held = data
            return b""
        self.over = True
        return data


class _Zlib:
    """gzip (several members), zlib and raw deflate."""

    # What it takes it gives at once; the others wait for the end of a block.
    prompt = True

    def __init__(self, *window_bits: int) -> None:
        self._guesses = list(window_bits)
        self._inner = zlib.decompressobj(self._guesses.pop(0))
        self._seen = b""
        self._started = False
        self._next = _Next(b"\x1f\x8b")
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner.eof:
                if not (data := self._next.feed(data)):
                    return
                if self._next.over:
                    self.rest += data
                    return
                self._inner = zlib.decompressobj(31)
            try:
                out = self._inner.decompress(data, PIECE)
            except zlib.error:
                if self._started or not self._guesses:
                    raise _corrupt() from None
                self._inner = zlib.decompressobj(self._guesses.pop(0))
                data = self._seen + data
                self._seen = b""
                continue
            if out:
                self._started = True
                self._seen = b""
                yield out
            elif not self._started:
                self._seen += data
            data = self._inner.unconsumed_tail or self._inner.unused_data

    def finish(self) -> None:
        if not self._inner.eof and (self._started or self._seen):
            raise _corrupt()


class _Brotli:
    """Brotli; its output limit is soft: asked for 1 MiB it may give 2 MiB (measured)."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            out = self._inner.process(data, output_buffer_limit=PIECE)
            while out:
                yield out
                out = self._inner.process(b"", output_buffer_limit=PIECE)
        except brotli.error:
            raise _corrupt() from None

    def finish(self) -> None:
        if not self._inner.is_finished():
            raise _corrupt()


class _Bounded(Protocol):
    """As the standard library's decompressors of bzip2, xz and Zstandard."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zstandard:
    """A frame of Zstandard whose head comes byte by byte.

    One that comes whole is held to the length that its head claims, one that comes in pieces is
    not: whatever a frame holds, it has to be the same.
    """

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(
            options={int(zstd.DecompressionParameter.window_log_max): ZSTD_WINDOW}
        )
        self._head = ZSTD_HEAD
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        out = b""
        at = min(self._head, len(data))
        for place in range(at):
            out += self._inner.decompress(data[place : place + 1], max_length)
            if self._inner.eof:
                self.unused_data = data[place + 1 :]
                return out
        self._head -= at
        if at < len(data) or not at:
            out += self._inner.decompress(data[at:], max_length)
            self.unused_data = self._inner.unused_data
        return out


class _Members:
    """Decompressors that bound their output, several streams in a row."""

    def __init__(
        self,
        make: Callable[[], _Bounded],
        *magics: bytes,
    ) -> None:
        self._make = make
        self._inner = make()
        self._next = _Next(*magics)
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inner.eof:
                if not (data := self._next.feed(data)):
                    return
                if self._next.over:
                    self.rest += data
                    return
                self._inner = self._make()
            try:
                out = self._inner.decompress(data, PIECE)
            except (OSError, lzma.LZMAError, zstd.ZstdError, MemoryError, RuntimeError):
                raise _corrupt() from None
            if out:
                yield out
            if self._inner.eof:
                data = self._inner.unused_data or b""
            elif self._inner.needs_input:
                return
            else:
                data = b""

    def finish(self) -> None:
        if not self._inner.eof:
            raise _corrupt()


def make_gzip() -> Decompressor:
    """Return a decompressor of gzip members."""
    return _Zlib(31)


def make_deflate() -> Decompressor:
    """Return a decompressor of what Content-Encoding calls deflate."""
    # RFC 9110 8.4.1.2 says zlib; many send raw deflate.
    return _Zlib(15, -15)


def make_brotli() -> Decompressor:
    """Return a decompressor of Brotli."""
    return _Brotli()


def make_bzip2() -> Decompressor:
    """Return a decompressor of bzip2 streams."""
    return _Members(bz2.BZ2Decompressor, b"BZh")


def make_xz() -> Decompressor:
    """Return a decompressor of xz streams."""
    return _Members(lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY), b"\xfd7zXZ\x00")


def make_zstd() -> Decompressor:
    """Return a decompressor of Zstandard frames."""
    return _Members(_Zstandard, ZSTD_MAGIC, *SKIPPABLE)


def make_lz4() -> Decompressor:
    """Return a decompressor of LZ4 frames."""
    return _Members(lz4.frame.LZ4FrameDecompressor, LZ4_MAGIC, *SKIPPABLE)


def make_lzma() -> Decompressor:
    """Return a decompressor of the format that .lzma files are in."""
    return _Members(lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, XZ_MEMORY), b"\x5d\0\0")
