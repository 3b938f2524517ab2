"""What git sends and stores: pushes, bundles and packs, as they stream.

Format: git's gitformat-pack, gitformat-bundle and gitprotocol-pack. What is stored as a difference
to another object is put together where that one came before it in the same pack and is still kept;
otherwise the bytes that the difference adds are read alone.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.compressed import PIECE
from dlp.extract.gitdelta import Delta
from dlp.extract.gitobjects import KINDS, Objects
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["Bundle", "Pack", "Push", "begins_bundle", "begins_pack", "begins_push"]

# Objects are kept for differences to them up to this size, and up to so many bytes together.
LARGEST_BASE = 1 << 24
KEPT = 1 << 26
# What differences may be put together to in one pack: a long history repeats its files often.
JOINED = 1 << 28
# Input of one step; what it leaves over belongs to the next object.
STEP = 4096
# As git's own largest packet.
LONGEST_LINE = 1 << 16

_OFFSET, _REFERENCE = 6, 7
_WORDS = {kind: word for word, kind in KINDS.items()}
_PUSH = re.compile(rb"[0-9a-f]{4}(?:[0-9a-f]{40,64} [0-9a-f]{40}|shallow [0-9a-f]{40}|push-cert\0)")
_SHA256 = re.compile(rb"[-@=a-z ]*[0-9a-f]{64}\b|@object-format=sha256")
_LENGTH = re.compile(rb"[0-9a-fA-F]{4}")

begins_push = _PUSH.match
begins_pack = re.compile(rb"PACK\0\0\0[\2\3]").match
begins_bundle = re.compile(rb"# v[23] git bundle\n").match


def _corrupt() -> UninspectableError:
    return UninspectableError(Uninspectable.CORRUPT)


@dataclass(frozen=True, slots=True)
class _Base:
    kind: int
    data: bytes
    id: bytes


class Pack:
    """Reads a pack: object after object, compressed one by one.

    Args:
        opening: Where it stands.
        id_size: Bytes of an object's number: 20 for SHA-1, 32 for SHA-256.
    """

    def __init__(self, opening: Opening, id_size: int = 20) -> None:
        self._opening = opening
        self._id_size = id_size
        self._objects = Objects(opening, id_size)
        self._buffer = b""
        self._at = 0
        self._dropped = 0
        self._ended = False
        # Where each begins in the pack, the oldest first.
        self._bases: dict[int, _Base] = {}
        self._places: dict[bytes, int] = {}
        self._kept = 0
        self._joined = 0
        # Yields nothing where it needs more bytes.
        self._reading = self._read()

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._buffer = self._buffer[self._at :] + data
        self._dropped += self._at
        self._at = 0
        for segment in self._reading:
            if segment is None:
                return
            yield segment

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        self._ended = True
        for segment in self._reading:
            if segment is None:
                raise _corrupt()
            yield segment

    def _read(self) -> Generator[Segment | None]:
        head = yield from self._take(12)
        if head[:8] not in (b"PACK\0\0\0\2", b"PACK\0\0\0\3"):
            raise _corrupt()
        for number in range(1, int.from_bytes(head[8:]) + 1):
            yield from self._object(number)
        yield from self._take(self._id_size)
        yield from self._objects.finish()
        behind = self._opening.part("behind").body()
        while True:
            data, self._at = self._buffer[self._at :], len(self._buffer)
            yield from behind.feed(data)
            if self._ended:
                break
            yield None
        yield from behind.finish()

    def _take(self, count: int) -> Generator[None, None, bytes]:
        while len(self._buffer) - self._at < count:
            yield None
        self._at += count
        return self._buffer[self._at - count : self._at]

    def _varint(self) -> Generator[None, None, bytes]:
        """Return a number's bytes, of which all but the last have the highest bit set."""
        taken = yield from self._take(1)
        while taken[-1] & 0x80:
            if len(taken) > 9:
                raise _corrupt()
            taken += yield from self._take(1)
        return taken

    def _object(self, number: int) -> Generator[Segment | None]:
        place = self._dropped + self._at
        head = yield from self._varint()
        kind, size = head[0] >> 4 & 7, head[0] & 15
        for index, byte in enumerate(head[1:]):
            size |= (byte & 0x7F) << 4 + 7 * index
        if kind in _WORDS:
            yield from self._whole(number, place, kind, size)
        else:
            base = self._bases.get((yield from self._base(kind, place)))
            yield from self._difference(number, place, base, size)

    def _whole(self, number: int, place: int, kind: int, size: int) -> Generator[Segment | None]:
        content = self._objects.content(kind, number)
        pieces: list[bytes] | None = [] if size <= LARGEST_BASE else None
        for piece in self._inflate(size):
            if piece is None:
                yield None
                continue
            if pieces is not None:
                pieces.append(piece)
            yield from content.feed(piece)
        yield from content.finish()
        if pieces is not None:
            self._keep(place, kind, b"".join(pieces))

    def _difference(
        self, number: int, place: int, base: _Base | None, size: int
    ) -> Generator[Segment | None]:
        delta = Delta(base.data if base else None, min(LARGEST_BASE, JOINED - self._joined))
        added: Content | None = None
        for piece in self._inflate(size):
            if piece is None:
                yield None
            elif text := delta.feed(piece):
                added = added or self._objects.added(number)
                yield from added.feed(text)
        joined = delta.finish()
        if added is not None:
            yield from added.finish()
        if base is not None and joined is not None:
            self._joined += len(joined)
            self._opening.budget.spend(len(joined))
            whole = self._objects.content(base.kind, number)
            yield from whole.feed(joined)
            yield from whole.finish()
            self._keep(place, base.kind, joined)

    def _base(self, kind: int, place: int) -> Generator[None, None, int]:
        """Return where the object begins that a difference is to; -1 if that is not known."""
        if kind == _REFERENCE:
            return self._places.get((yield from self._take(self._id_size)), -1)
        if kind != _OFFSET:
            raise _corrupt()
        back = -1
        for byte in (yield from self._varint()):
            back = (back + 1) << 7 | byte & 0x7F
        return place - back

    def _inflate(self, size: int) -> Generator[bytes | None]:
        """Yield what an object unpacks to, and None where more bytes are needed."""
        inflater = zlib.decompressobj()
        while not inflater.eof:
            if self._at == len(self._buffer):
                yield None
                continue
            data = self._buffer[self._at : self._at + STEP]
            try:
                piece = inflater.decompress(data, PIECE)
            except zlib.error:
                raise _corrupt() from None
            self._at += len(data) - len(inflater.unconsumed_tail) - len(inflater.unused_data)
            self._opening.budget.spend(len(piece))
            size -= len(piece)
            if size < 0:
                raise _corrupt()
            if piece:
                yield piece
        if size:
            raise _corrupt()

    def _keep(self, place: int, kind: int, data: bytes) -> None:
        whole = b"%s %d\0%s" % (_WORDS[kind], len(data), data)
        name = hashlib.sha1 if self._id_size == 20 else hashlib.sha256
        base = _Base(kind, data, name(whole, usedforsecurity=False).digest())
        self._bases[place] = base
        self._places[base.id] = place
        self._kept += len(data)
        while self._kept > KEPT:
            oldest = self._bases.pop(next(iter(self._bases)))
            self._places.pop(oldest.id, None)
            self._kept -= len(oldest.data)


class _Led:
    """A pack behind lines of text."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._text = Text(opening.part("references"), decoder_for(b""))
        self._buffer = b""
        self._at = 0
        self._id_size = 20
        self._behind: Content | None = None

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        if self._behind is None:
            data, self._at = self._buffer + data, 0
            while (line := self._line(data)) is not None:
                if _SHA256.match(line):
                    self._id_size = 32
                yield from self._text.feed(line + b"\n")
            self._buffer = data = data[self._at :]
        if self._behind is not None:
            self._buffer = b""
            yield from self._behind.feed(data)
        elif len(data) > LONGEST_LINE:
            raise _corrupt()

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._text.feed(self._buffer)
        yield from self._text.finish()
        if self._behind is not None:
            yield from self._behind.finish()

    def _line(self, data: bytes) -> bytes | None:
        """Return the next line, or none if it is not whole yet or what is behind begins."""
        raise NotImplementedError


class Push(_Led):
    """Reads a push: packets of commands and options, then the pack."""

    def _line(self, data: bytes) -> bytes | None:
        head = data[self._at : self._at + 4]
        if len(head) < 4:
            return None
        if not _LENGTH.fullmatch(head):
            known = head == b"PACK"
            self._behind = (
                Pack(self._opening, self._id_size) if known else self._opening.part("behind").body()
            )
            return None
        # Of less than four, they are marks without content.
        length = max(int(head, 16), 4)
        if len(data) - self._at < length:
            return None
        self._at += length
        return data[self._at - length + 4 : self._at]


class Bundle(_Led):
    """Reads a bundle: lines up to an empty one, then the pack."""

    def _line(self, data: bytes) -> bytes | None:
        end = data.find(b"\n", self._at)
        if end < 0:
            return None
        line, self._at = data[self._at : end], end + 1
        if line:
            return line
        self._behind = Pack(self._opening, self._id_size)
        return None
