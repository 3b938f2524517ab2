"""Objects of git: files, folders, commits and tags.

Format: git's "Git Objects" and gitformat-pack. A file is a body of its own; messages, the headers
of commits and the names in folders are one text each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.beside import Bytes
from dlp.extract.budget import UninspectableError
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["KINDS", "GitObject", "Objects", "begins_object"]

# Longer names than any system has are none.
LONGEST_NAME = 1 << 16

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
KINDS = {b"commit": COMMIT, b"tree": TREE, b"blob": BLOB, b"tag": TAG}
_OBJECT = re.compile(rb"(commit|tree|blob|tag) (0|[1-9][0-9]{0,18})\0")

begins_object = _OBJECT.match


class Objects:
    """Reads objects of any kind, whose messages and names are one text each.

    Args:
        opening: Where they stand.
        id_size: Bytes of an object's number: 20 for SHA-1, 32 for SHA-256.
    """

    def __init__(self, opening: Opening, id_size: int) -> None:
        self._opening = opening
        self._id_size = id_size
        self.headers = Text(opening.part("headers"), decoder_for(b""))
        self.messages = Text(opening.part("messages"), decoder_for(b""))
        self.names = Text(opening.part("names"), decoder_for(b""))

    def content(self, kind: int, number: int) -> Content:
        """Return the reader of one object."""
        if kind == BLOB:
            self._opening.budget.count_member()
            return self._opening.part(f"{number}").body()
        if kind == TREE:
            return _Names(self.names, self._id_size)
        return _Message(self.headers, self.messages)

    def added(self, number: int) -> Content:
        """Return the reader of what a difference adds to an object that is not known."""
        self._opening.budget.count_member()
        place = self._opening.part(f"{number} added")
        return Bytes(place, Text(place, decoder_for(b"")))

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of the texts."""
        for text in (self.headers, self.messages, self.names):
            yield from text.finish()


class _Message:
    """A commit or a tag: its headers up to an empty line, then its message."""

    def __init__(self, headers: Text, messages: Text) -> None:
        self._headers = headers
        self._messages = messages
        self._in_message = False
        self._last = b""

    def feed(self, data: bytes) -> Iterator[Segment]:
        if not self._in_message:
            seen = self._last + data
            cut = seen.find(b"\n\n")
            header = data if cut < 0 else data[: cut + 1 - len(self._last)]
            self._last = data[-1:]
            yield from self._headers.feed(header)
            if cut < 0:
                return
            self._in_message = True
            data = seen[cut + 2 :]
        yield from self._messages.feed(data)

    def finish(self) -> Iterator[Segment]:
        yield from self._headers.feed(b"\n\n")
        yield from self._messages.feed(b"\n\n")


class _Names:
    """A folder: of each entry its mode, its name, a NUL and an object's number."""

    def __init__(self, names: Text, id_size: int) -> None:
        self._names = names
        self._id_size = id_size
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[Segment]:
        data, at = self._pending + data, 0
        while (nul := data.find(b"\0", at)) >= 0 and nul + self._id_size < len(data):
            entry = data[at:nul]
            yield from self._names.feed((entry.partition(b" ")[2] or entry) + b"\n")
            at = nul + 1 + self._id_size
        self._pending = data[at:]
        if len(self._pending) > LONGEST_NAME:
            raise UninspectableError(Uninspectable.CORRUPT)

    def finish(self) -> Iterator[Segment]:
        yield from self._names.feed(self._pending + b"\n")


class GitObject:
    """Reads an object that stands alone, uncompressed: its kind, its size, a NUL, its content."""

    def __init__(self, opening: Opening) -> None:
        self._objects = Objects(opening, 20)
        self._content: Content | None = None
        self._head = b""

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        if self._content is None:
            self._head += data
            if (match := _OBJECT.match(self._head)) is None:
                return
            self._content = self._objects.content(KINDS[match[1]], 1)
            data = self._head[match.end() :]
        yield from self._content.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._content is not None:
            yield from self._content.finish()
        yield from self._objects.finish()
