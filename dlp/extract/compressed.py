"""Streaming decompressors with bounded output: gzip, deflate, brotli, zstd, bzip2, xz.

Each is fed chunk by chunk and yields pieces of at most about 1 MiB, so that a bomb is noticed by
the budget before it is held in memory. Measured bounds: see each class.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from typing import TYPE_CHECKING, Protocol

import brotli
import zstandard

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.budget import Budget
    from dlp.extract.content import Content, Segment

__all__ = [
    "CONTENT_ENCODINGS",
    "MAGICS",
    "PIECE",
    "Decompressor",
    "Unpacked",
    "make_bzip2",
    "make_xz",
    "make_zstd",
]

PIECE = 1 << 20

# Bounds what one call to a library without an output limit can produce: zstd makes at most
# 128 KiB of each 4-byte RLE block.
ZSTD_INPUT_STEP = 512
ZSTD_MAX_WINDOW = 1 << 27  # what `zstd --long=27` makes, the largest its own tool opens unasked
XZ_MEMORY = 1 << 27


class Decompressor(Protocol):
    """One layer of compression."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to; UninspectableError(CORRUPT) if it does not."""

    def finish(self) -> None:
        """Say that the input ends here; UninspectableError(CORRUPT) if it may not."""


class Unpacked:
    """Reads a body that is compressed.

    Args:
        unpacker: Undoes the compression.
        body: Reads what comes out.
        budget: Counts it.
    """

    def __init__(self, unpacker: Decompressor, body: Content, budget: Budget) -> None:
        self._unpacker = unpacker
        self._body = body
        self._budget = budget

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        for piece in self._unpacker.feed(data):
            self._budget.spend(len(piece))
            yield from self._body.feed(piece)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        # Layers end from the outside in; none of ours holds output back.
        self._unpacker.finish()
        yield from self._body.finish()


def _corrupt() -> UninspectableError:
    return UninspectableError(Uninspectable.CORRUPT)


class _Next:
    """What follows a stream that has ended: another one, or something else.

    Something else is no damage (gzip itself only warns of it) but may not hide either, so it is
    passed on as it is.

    Attributes:
        trailing: Whether what follows is no stream.
    """

    def __init__(self, magic: bytes) -> None:
        self._magic = magic
        self._held = b""
        self.trailing = False

    def feed(self, data: bytes) -> bytes:
        """Return what can be told of by now, keeping back what could still become a magic."""
        data, self._held = self._held + data, b""
        if self.trailing or data.startswith(self._magic):
            return data
        if self._magic.startswith(data):
            self._held = data
            return b""
        self.trailing = True
        return data


class _Zlib:
    """gzip (several members), zlib and raw deflate."""

    def __init__(self, *window_bits: int) -> None:
        self._guesses = list(window_bits)
        self._inner = zlib.decompressobj(self._guesses.pop(0))
        self._seen = b""
        self._started = False
        self._next = _Next(b"\x1f\x8b")

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner.eof:
                if not (data := self._next.feed(data)):
                    return
                if self._next.trailing:
                    yield data
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


class _Zstd:
    """Zstandard, several frames; input in small steps because its output has no limit."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW)
        self._inner = self._context.decompressobj()
        self._next = _Next(b"\x28\xb5\x2f\xfd")

    def feed(self, data: bytes) -> Iterator[bytes]:
        view = memoryview(data)
        while view:
            step, view = view[:ZSTD_INPUT_STEP], view[ZSTD_INPUT_STEP:]
            rest = bytes(step)
            while rest:
                if self._inner.eof:
                    if not (rest := self._next.feed(rest)):
                        break
                    if self._next.trailing:
                        yield rest
                        break
                    self._inner = self._context.decompressobj()
                try:
                    out = self._inner.decompress(rest)
                except zstandard.ZstdError:
                    raise _corrupt() from None
                if out:
                    yield out
                rest = self._inner.unused_data

    def finish(self) -> None:
        if not self._inner.eof:
            raise _corrupt()


class _Members:
    """bzip2 and xz: the standard library's bounded decompressors, several streams in a row."""

    def __init__(
        self,
        make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
        magic: bytes,
    ) -> None:
        self._make = make
        self._inner = make()
        self._next = _Next(magic)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inner.eof:
                if not (data := self._next.feed(data)):
                    return
                if self._next.trailing:
                    yield data
                    return
                self._inner = self._make()
            try:
                out = self._inner.decompress(data, PIECE)
            except (OSError, lzma.LZMAError, MemoryError):
                raise _corrupt() from None
            if out:
                yield out
            if self._inner.eof:
                data = self._inner.unused_data
            elif self._inner.needs_input:
                return
            else:
                data = b""

    def finish(self) -> None:
        if not self._inner.eof:
            raise _corrupt()


def _gzip() -> Decompressor:
    return _Zlib(31)


def _deflate() -> Decompressor:
    # RFC 9110 8.4.1.2 says zlib; many send raw deflate.
    return _Zlib(15, -15)


def make_bzip2() -> Decompressor:
    """Return a decompressor of bzip2 streams."""
    return _Members(bz2.BZ2Decompressor, b"BZh")


def make_xz() -> Decompressor:
    """Return a decompressor of xz streams."""
    return _Members(lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY), b"\xfd7zXZ\x00")


def make_zstd() -> Decompressor:
    """Return a decompressor of Zstandard frames."""
    return _Zstd()


CONTENT_ENCODINGS: dict[str, Callable[[], Decompressor]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _Brotli,
    "zstd": make_zstd,
}

MAGICS: tuple[tuple[str, re.Pattern[bytes], Callable[[], Decompressor]], ...] = (
    ("gzip", re.compile(rb"\x1f\x8b\x08"), _gzip),
    ("zstd", re.compile(rb"\x28\xb5\x2f\xfd"), make_zstd),
    # With the first block's mark (or the end's): three letters alone may begin a text.
    ("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), make_bzip2),
    ("xz", re.compile(rb"\xfd7zXZ\x00"), make_xz),
)
