"""ZIP archives as they stream: members by their local headers, checked against the directory.

Readers of ZIP go by the directory at the end, which a stream has not seen yet. Members are read by
their local headers instead; the directory then has to name no member that was not read, nor read
otherwise, so an archive that shows one thing to this proxy and another to its reader is
uninspectable.

Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end),
4.4.4 (flags), 4.5.3 (sizes in ZIP64).
"""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from dlp.extract.budget import UninspectableError
from dlp.extract.zip_methods import MemberContent, Withheld, content_of
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from dlp.extract.budget import Budget

__all__ = ["Member", "ZipReader", "begins_zip"]

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_SIGNATURE = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
# No stream of any method begins like that.
_BEHIND = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08")
# An archive that was to be split begins with a mark of its own; an empty one has but an end.
_BEGIN = re.compile(rb"(?:PK\x07\x08|PK00)?PK\x03\x04|PK\x05\x06")
_ENCRYPTED = 0x0001
_SIZES_FOLLOW = 0x0008
_IN_ZIP64 = 0xFFFFFFFF
_AES = 99


class Member[T](Protocol):
    """Takes the content of one member, and makes something of it."""

    def feed(self, data: bytes) -> Iterator[T]:
        """Take a piece."""

    def finish(self) -> Iterator[T]:
        """The member ends."""


def begins_zip(head: bytes) -> bool:
    """Tell whether a body begins as an archive."""
    return _BEGIN.match(head) is not None


class ZipReader[T]:
    """Reads an archive fed chunk by chunk; what its members hold comes out of `open_member`.

    Args:
        open_member: Called with a member's number (from 1) and name; takes its content.
        gap: Takes what stands between members and is none.
        budget: Members and bytes that may be spent.
        base: Bytes before the archive in what holds it, which its offsets may count.
        alone: Whether it ends with its end record, and something else may follow.

    Attributes:
        rest: What follows an archive that ended, if it is alone.
        over: Whether it ended, if it is alone.
        lies: Whether it is uninspectable because its directory is not what was read.
    """

    def __init__(
        self,
        open_member: Callable[[int, bytes], Member[T]],
        gap: Member[T],
        budget: Budget,
        *,
        base: int = 0,
        alone: bool = False,
    ) -> None:
        self._open_member = open_member
        self._gap = gap
        self._budget = budget
        self._alone = alone
        self._buffer = b""
        self._at = 0
        self._dropped = 0
        # What an offset in the directory may have to be added to.
        self._origins = {0, -base}
        self._seen: dict[int, tuple[int, int]] = {}
        self._header = (0, 0, 0)
        self._member: Member[T] | None = None
        self._content: MemberContent | None = None
        self._ended = False
        self._withheld = False
        self.rest = b""
        self.over = False
        self.lies = False

    def feed(self, data: bytes) -> Iterator[T]:
        """Yield what members make of `data`.

        Raises:
            UninspectableError: The archive is damaged, lies, or is over the budget.
        """
        self._dropped += self._at
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        while self._at < len(self._buffer) and not self.over:
            if self._content is not None:
                yield from self._read_member()
            elif (yield from self._find_header()):
                return

    def finish(self) -> Iterator[T]:
        """Yield the rest; the archive ends here.

        Raises:
            UninspectableError: It ends where it may not, or something in it is encrypted.
        """
        if self._member is not None:
            # What was read of it counts, though it has no end.
            with suppress(UninspectableError):
                yield from self._member.finish()
        if self._content is not None or not self._ended:
            raise UninspectableError(Uninspectable.CORRUPT)
        if not self.over:
            yield from self._gap.feed(self._buffer[self._at :])
        yield from self._gap.finish()
        if self._withheld:
            raise UninspectableError(Uninspectable.ENCRYPTED)

    @property
    def _offset(self) -> int:
        return self._dropped + self._at

    def _take(self, count: int) -> bytes:
        taken = self._buffer[self._at : self._at + count]
        self._at += count
        return taken

    def _read_member(self) -> Iterator[T]:
        assert self._content is not None
        assert self._member is not None
        data = self._buffer[self._at :] if self._at else self._buffer
        for piece in self._content.feed(data):
            self._budget.spend(len(piece))
            yield from self._member.feed(piece)
        self._at = len(self._buffer)
        if self._content.done:
            # Some of it may have come before this buffer.
            end, rest = self._offset, self._content.rest
            self._buffer, self._at, self._dropped = rest, 0, end - len(rest)
            yield from self._end_member()

    def _end_member(self) -> Iterator[T]:
        assert self._member is not None
        begin, method, content = self._header
        self._seen[begin] = (method, self._offset - content)
        self._content = None
        yield from self._member.finish()
        self._member = None

    def _find_header(self) -> Generator[T, None, bool]:
        """Go to the next header; true if more bytes are needed for it."""
        match = _SIGNATURE.search(self._buffer, self._at)
        if match is None:
            keep = 3
            if len(self._buffer) - self._at > keep:
                yield from self._gap.feed(self._take(len(self._buffer) - self._at - keep))
            return True
        if match.start() > self._at:
            # Sizes that follow a member, an APK's signatures, or something that hides.
            yield from self._gap.feed(self._take(match.start() - self._at))
        kind = match[0]
        if kind == b"PK\x03\x04":
            return (yield from self._local_header())
        if kind == b"PK\x01\x02":
            return (yield from self._directory_entry())
        return (yield from self._end_record())

    def _record(self, shape: struct.Struct, lengths: slice) -> tuple[tuple[int, ...], bytes] | None:
        """Take a record with what follows it, or tell by None that more bytes are needed."""
        if len(self._buffer) - self._at < shape.size:
            return None
        fields = shape.unpack_from(self._buffer, self._at)
        following = sum(fields[lengths])
        if len(self._buffer) - self._at < shape.size + following:
            return None
        return fields, self._take(shape.size + following)[shape.size :]

    def _local_header(self) -> Generator[T, None, bool]:
        begin, at = self._offset, self._at
        record = self._record(_LOCAL, slice(9, 11))
        if record is None:
            return True
        (_, _, flags, method, _, _, _, packed, unpacked, name_size, _), following = record
        name, extra = following[:name_size], following[name_size:]
        behind = self._buffer[self._at : self._at + 4]
        if len(behind) < 4:
            # Something always follows.
            self._at = at
            return True
        self._budget.count_member()
        if packed == _IN_ZIP64:
            packed = _in_zip64(extra, 1 if unpacked == _IN_ZIP64 else 0)
        size = None if flags & _SIZES_FOLLOW and not packed else packed
        if size is None and name.endswith(b"/") and (method == 0 or behind in _BEHIND):
            # Of folders some say that a size follows, and write none; others deflate nothing.
            size = 0
        if self._ended or not self._seen:
            # Behind a mark or another archive, one may count from its own begin.
            self._origins.add(begin)
            self._ended = False
        self._header = (begin, method, self._offset)
        if flags & _ENCRYPTED or method == _AES:
            if size is None:
                raise UninspectableError(Uninspectable.ENCRYPTED)
            self._withheld = True
            self._content = Withheld(size)
        else:
            # An empty member is one in any method.
            self._content = content_of(method if size != 0 else 0, size)
        self._member = self._open_member(len(self._seen) + 1, name)
        if self._content.done:
            yield from self._end_member()
        return False

    def _directory_entry(self) -> Generator[T, None, bool]:
        record = self._record(_CENTRAL, slice(10, 13))
        if record is None:
            return True
        fields, following = record
        extra = following[fields[10] :][: fields[11]]
        comment = following[fields[10] + fields[11] :]
        packed, unpacked, offset = fields[8], fields[9], fields[16]
        place = int(unpacked == _IN_ZIP64)
        if packed == _IN_ZIP64:
            packed = _in_zip64(extra, place)
            place += 1
        if offset == _IN_ZIP64:
            offset = _in_zip64(extra, place)
        read = (fields[4], packed)
        self._origins = {o for o in self._origins if self._seen.get(o + offset) == read}
        if not self._origins:
            self.lies = True
            raise UninspectableError(Uninspectable.CORRUPT)
        if comment:
            yield from self._gap.feed(comment + b"\n")
        return False

    def _end_record(self) -> Generator[T, None, bool]:
        record = self._record(_END, slice(7, 8))
        if record is None:
            return True
        self._ended = True
        yield from self._gap.feed(record[1] + b"\n")
        if self._alone:
            self.over = True
            self.rest = self._buffer[self._at :]
        return False


def _in_zip64(extra: bytes, place: int) -> int:
    """Return one of the 8-byte fields that stand in for what does not fit into four."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 1 and size >= 8 * place + 8:
            value: int = struct.unpack_from("<Q", extra, 4 + 8 * place)[0]
            return value
        extra = extra[4 + size :]
    raise UninspectableError(Uninspectable.CORRUPT)
