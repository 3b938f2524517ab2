"""CBOR and MessagePack: what JSON says, in bytes.

Numbers are binary there, and the length before a string may be a letter that glues to it. The
items are read as the JSON they stand for, one text; long strings, and those that are no text, are
bodies of their own. The bytes are read as they are, too, so damage ends but the first reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.content import SNIFF
from dlp.extract.item_heads import CBOR, MSGPACK
from dlp.extract.items import DamagedError, Items
from dlp.extract.structured import Structured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment
    from dlp.extract.item_heads import Heads

__all__ = ["Packed", "begins_cbor", "begins_msgpack", "open_cbor", "open_msgpack"]

# Begins a number of CBOR.
_EIGHT_BYTES = 0x1B


class Packed(Structured):
    """Reads items as the JSON they stand for, and their bytes as they are.

    Args:
        opening: Where they stand.
        heads: How items begin.
    """

    def __init__(self, opening: Opening, heads: Heads) -> None:
        super().__init__(opening, "items")
        self._items = Items(heads)
        self._pending = b""
        self._string: Content | None = None

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        data = self._pending + data
        at = 0
        while at < len(data):
            if self._items.long:
                piece = data[at : at + self._items.long]
                at += len(piece)
                yield from self._read_long(piece)
                continue
            begin = at
            try:
                at = self._items.read(data, at)
            except DamagedError:
                self.damaged = True
            yield from self._take()
            if self.damaged or (at == begin and not self._items.long):
                break
        self._pending = data[at:]

    def end(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._string is not None:
            yield from self._string.finish()

    def _read_long(self, piece: bytes) -> Iterator[Segment]:
        if self._string is None:
            self._string = self.opening.inside("string", doubted=True).body()
        yield from self._string.feed(piece)
        self._items.long -= len(piece)
        if not self._items.long:
            yield from self._string.finish()
            self._string = None

    def _take(self) -> Iterator[Segment]:
        text = b"".join(self._items.text)
        self._items.text.clear()
        self.opening.budget.spend(len(text))
        yield from self.text.feed(text)
        yield from self.bodies(self._items.others, "string")
        self._items.others.clear()


def open_cbor(opening: Opening) -> Content:
    """Return a reader of CBOR."""
    return Packed(opening, CBOR)


def open_msgpack(opening: Opening) -> Content:
    """Return a reader of MessagePack."""
    return Packed(opening, MSGPACK)


def begins_cbor(head: bytes) -> bool:
    """Tell whether a body begins with a map or an array of CBOR, or with its mark."""
    return head.startswith(b"\xd9\xd9\xf7") or (
        bool(head) and 0x80 <= head[0] < 0xC0 and _begins(head, CBOR)
    )


def begins_msgpack(head: bytes) -> bool:
    """Tell whether a body begins with a map or an array of MessagePack."""
    return (
        bool(head) and (0x80 <= head[0] < 0xA0 or 0xDC <= head[0] < 0xE0) and _begins(head, MSGPACK)
    )


def _begins(head: bytes, heads: Heads) -> bool:
    items = Items(heads, strict=True)
    try:
        end = items.read(head, 0)
    except DamagedError:
        return False
    if len(head) < SNIFF and (end < len(head) or items.is_open):
        return False
    # In Windows-1252, a quotation mark before a text may make an array of it.
    length = heads[head[0]].follows
    first = head[1 + (length.size if length else 0) :][:1]
    return items.keys > 0 or (
        items.values > 1 and (not first.isascii() or first[0] == _EIGHT_BYTES)
    )
