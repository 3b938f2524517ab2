"""Compression of whole bodies: by the names of content codings, and by first bytes."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.compressed import (
    PIECE,
    SKIPPABLE,
    Decompressor,
    make_brotli,
    make_bzip2,
    make_deflate,
    make_gzip,
    make_lz4,
    make_lzma,
    make_xz,
    make_zstd,
)
from dlp.extract.content import text_path
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.budget import Budget
    from dlp.extract.content import Content, Opening, Segment

__all__ = ["CONTENT_ENCODINGS", "MAGICS", "Skipped", "Unpacked", "begins_skippable", "begins_zlib"]

CONTENT_ENCODINGS: dict[str, Callable[[], Decompressor]] = {
    "gzip": make_gzip,
    "x-gzip": make_gzip,
    "deflate": make_deflate,
    "br": make_brotli,
    "zstd": make_zstd,
    "xz": make_xz,
    "bzip2": make_bzip2,
    "lz4": make_lz4,
}

# Each with the byte it begins with.
MAGICS: tuple[tuple[str, bytes, re.Pattern[bytes], Callable[[], Decompressor]], ...] = (
    ("gzip", b"\x1f", re.compile(rb"\x1f\x8b\x08"), make_gzip),
    ("zstd", b"\x28", re.compile(rb"\x28\xb5\x2f\xfd"), make_zstd),
    ("lz4", b"\x04", re.compile(rb"\x04\x22\x4d\x18"), make_lz4),
    # With the first block's mark (or the end's): three letters alone may begin a text.
    ("bzip2", b"B", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), make_bzip2),
    ("xz", b"\xfd", re.compile(rb"\xfd7zXZ\x00"), make_xz),
    # A dictionary of a power of two or three halves of one, a size that is unknown or plausible.
    (
        "lzma",
        b"\x5d",
        re.compile(
            rb"\x5d\0\0[\0-\x08\x0c\x10\x18\x20\x30\x40\x60\x80\xc0][\0-\x08]"
            rb"(?:\xff{8}|.{5}\0{3})\0",
            re.DOTALL,
        ),
        make_lzma,
    ),
)


def begins_skippable(head: bytes) -> bool:
    """Tell whether a body begins with a frame that decompressors of zstd and LZ4 skip."""
    return len(head) >= 8 and head.startswith(SKIPPABLE)


def begins_zlib(head: bytes, *, whole: bool) -> bool:
    """Tell whether a body begins with a zlib stream (RFC 1950).

    Two bytes are all its magic, and text may hold them, so it has to unpack.

    Args:
        head: The first bytes.
        whole: Whether these are all: then the stream has to end in them.
    """
    if re.match(rb"x[\x01\x5e\x9c\xda]", head) is None:
        return False
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(head, PIECE)
    except zlib.error:
        return False
    return unpacker.eof or (not whole)


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

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return text_path(self._body) if getattr(self._unpacker, "prompt", False) else None

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        try:
            for piece in self._unpacker.feed(data):
                self._budget.spend(len(piece))
                yield from self._body.feed(piece)
        except UninspectableError:
            yield from self._cut_off()
            raise
        if rest := self._unpacker.rest:
            self._unpacker.rest = b""
            yield from self._body.feed(rest)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        # Layers end from the outside in; none of ours holds output back.
        try:
            self._unpacker.finish()
        except UninspectableError:
            yield from self._cut_off()
            raise
        yield from self._body.finish()

    def _cut_off(self) -> Iterator[Segment]:
        """Yield what came out, which counts though it has no end; why it has none is known."""
        with suppress(UninspectableError):
            yield from self._body.finish()


class Skipped:
    """Reads a frame that decompressors skip (RFC 8878, section 3.1.2), and the body behind it."""

    def __init__(self, opening: Opening) -> None:
        self._frame = Text(opening.part("skippable"), decoder_for(b""))
        self._behind = opening._replace(content_type="").body()
        self._head: bytes | None = b""
        self._left = 0

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        if self._head is not None:
            data = self._head + data
            if len(data) < 8:
                self._head = data
                return
            self._head = None
            self._left = int.from_bytes(data[4:8], "little")
            data = data[8:]
        skipped, data = data[: self._left], data[self._left :]
        self._left -= len(skipped)
        yield from self._frame.feed(skipped)
        yield from self._behind.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._frame.finish()
        yield from self._behind.finish()
