"""ZIP archives as they stream: members by their local headers, checked against the directory.

Readers of ZIP go by the directory at the end, which a stream has not seen yet. Members are read by
their local headers instead; the directory then has to name no member that was not read, so an
archive that shows one thing to this proxy and another to its reader is uninspectable.

Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.4.4 (flags),
4.4.5 (methods).
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Protocol

from dlp.extract.budget import UninspectableError
from dlp.extract.compressed import PIECE, make_bzip2, make_xz, make_zstd
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from dlp.extract.budget import Budget

__all__ = ["MAGIC", "Member", "ZipReader"]

MAGIC = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_SIGNATURE = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_ENCRYPTED = 0x0001
_SIZES_FOLLOW = 0x0008
_IN_ZIP64 = 0xFFFFFFFF


class Member[T](Protocol):
    """Takes the content of one member, and makes something of it."""

    def feed(self, data: bytes) -> Iterator[T]:
        """Take a piece."""

    def finish(self) -> Iterator[T]:
        """The member ends."""


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


class _Sized:
    """A member of known size in another compression."""

    def __init__(self, size: int, kind: str) -> None:
        self._inner = {"bzip2": make_bzip2, "zstd": make_zstd, "xz": make_xz}[kind]()
        self._stored = _Stored(size)

    @property
    def done(self) -> bool:
        return self._stored.done

    @property
    def rest(self) -> bytes:
        return self._stored.rest

    def feed(self, data: bytes) -> Iterator[bytes]:
        for piece in self._stored.feed(data):
            yield from self._inner.feed(piece)
        if self._stored.done:
            self._inner.finish()


class ZipReader[T]:
    """Reads an archive fed chunk by chunk; what its members hold comes out of `open_member`.

    Args:
        open_member: Called with a member's number (from 1) and name; takes its content.
        gap: Takes what stands between members and is none.
        budget: Members and bytes that may be spent.
    """

    def __init__(
        self, open_member: Callable[[int, bytes], Member[T]], gap: Member[T], budget: Budget
    ) -> None:
        self._open_member = open_member
        self._gap = gap
        self._budget = budget
        self._buffer = b""
        self._offset = 0
        self._seen: set[int] = set()
        self._member: Member[T] | None = None
        self._content: _Stored | _Deflated | _Sized | None = None
        self._ended = False

    def feed(self, data: bytes) -> Iterator[T]:
        """Yield what members make of `data`.

        Raises:
            UninspectableError: The archive is encrypted, damaged, lies, or is over the budget.
        """
        self._buffer += data
        while self._buffer:
            if self._content is not None:
                yield from self._read_member()
            elif (yield from self._find_header()):
                return

    def finish(self) -> Iterator[T]:
        """Yield the rest; the archive ends here.

        Raises:
            UninspectableError: It ends where it may not.
        """
        if self._content is not None or not self._ended:
            raise UninspectableError(Uninspectable.CORRUPT)
        yield from self._gap.feed(self._buffer)
        yield from self._gap.finish()

    def _take(self, count: int) -> bytes:
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        self._offset += count
        return taken

    def _read_member(self) -> Iterator[T]:
        assert self._content is not None
        assert self._member is not None
        before = len(self._buffer)
        data, self._buffer = self._buffer, b""
        for piece in self._content.feed(data):
            self._budget.spend(len(piece))
            yield from self._member.feed(piece)
        if self._content.done:
            self._buffer = self._content.rest
            self._content = None
            yield from self._member.finish()
            self._member = None
        self._offset += before - len(self._buffer)

    def _find_header(self) -> Generator[T, None, bool]:
        """Go to the next header; true if more bytes are needed for it."""
        match = _SIGNATURE.search(self._buffer)
        if match is None:
            keep = 3
            if len(self._buffer) > keep:
                yield from self._gap.feed(self._take(len(self._buffer) - keep))
            return True
        if match.start():
            # Sizes that follow a member, an APK's signatures, or something that hides.
            yield from self._gap.feed(self._take(match.start()))
        kind = match[0]
        if kind == MAGIC:
            return (yield from self._local_header())
        if kind == b"PK\x01\x02":
            return self._directory_entry()
        self._ended = True
        yield from self._gap.feed(self._take(len(kind)))
        return False

    def _local_header(self) -> Generator[T, None, bool]:
        if len(self._buffer) < _LOCAL.size:
            return True
        _, _, flags, method, _, _, _, packed, _, name_size, extra_size = _LOCAL.unpack_from(
            self._buffer
        )
        whole = _LOCAL.size + name_size + extra_size
        if len(self._buffer) < whole:
            return True
        self._seen.add(self._offset)
        head = self._take(whole)
        if flags & _ENCRYPTED:
            raise UninspectableError(Uninspectable.ENCRYPTED)
        self._budget.count_member()
        name = head[_LOCAL.size : _LOCAL.size + name_size]
        if packed == _IN_ZIP64:
            packed = _zip64_size(head[_LOCAL.size + name_size :])
        if not packed and name.endswith(b"/"):
            flags = 0
        self._content = _content(method, packed, sized=not flags & _SIZES_FOLLOW)
        self._member = self._open_member(len(self._seen), name)
        if self._content.done:
            self._content = None
            yield from self._member.finish()
        return False

    def _directory_entry(self) -> bool:
        if len(self._buffer) < _CENTRAL.size:
            return True
        fields = _CENTRAL.unpack_from(self._buffer)
        whole = _CENTRAL.size + sum(fields[10:13])
        if len(self._buffer) < whole:
            return True
        entry = self._take(whole)
        offset = fields[16]
        if offset == _IN_ZIP64:
            offset = _zip64_last(entry[_CENTRAL.size + fields[10] :][: fields[11]])
        if offset not in self._seen:
            raise UninspectableError(Uninspectable.CORRUPT)
        return False


def _content(method: int, packed: int, *, sized: bool) -> _Stored | _Deflated | _Sized:
    if method == 8:
        return _Deflated()
    if not sized and packed == 0:
        # Only the directory knows where it ends.
        raise UninspectableError(Uninspectable.CORRUPT)
    if method == 0:
        return _Stored(packed)
    names = {12: "bzip2", 93: "zstd", 20: "zstd", 95: "xz"}
    if method not in names:
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
    return _Sized(packed, names[method])


def _extra(extra: bytes, wanted: int) -> bytes:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == wanted:
            return extra[4 : 4 + size]
        extra = extra[4 + size :]
    raise UninspectableError(Uninspectable.CORRUPT)


def _zip64_size(extra: bytes) -> int:
    field = _extra(extra, 1)
    if len(field) < 16:
        raise UninspectableError(Uninspectable.CORRUPT)
    size: int = struct.unpack_from("<Q", field, 8)[0]
    return size


def _zip64_last(extra: bytes) -> int:
    """Return the offset, which stands last of the 8-byte fields."""
    field = _extra(extra, 1)
    if len(field) < 8:
        raise UninspectableError(Uninspectable.CORRUPT)
    offset: int = struct.unpack_from("<Q", field, len(field) // 8 * 8 - 8)[0]
    return offset
