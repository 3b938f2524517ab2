"""Opens a body: content-encodings first, then whatever its first bytes say it is, then text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.extract.budget import Budget, UninspectableError
from dlp.extract.compressed import CONTENT_ENCODINGS, MAGICS, Decompressor
from dlp.extract.form import FormDecoder
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BodyReader", "Segment"]

SNIFF = 512

# Longest first: the UTF-32 mark begins with the UTF-16 one.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of readable text and where in the message it stands.

    Attributes:
        path: Readable place, as `body/gzip`; pieces of one path follow one another.
        data: Text in an ASCII-compatible encoding.
    """

    path: str
    data: bytes


class BodyReader:
    """Reads one body as it streams; however it is cut, the text that comes out is the same.

    Args:
        content_type: Value of Content-Type; only tells forms from other text.
        content_encoding: Value of Content-Encoding, codings separated by commas.
        budget: What unpacking may cost.

    Raises:
        UninspectableError: An unknown content coding, or more of them than the budget opens.
    """

    def __init__(self, *, content_type: str, content_encoding: str, budget: Budget) -> None:
        self._budget = budget
        self._path = "body"
        self._layers: list[Decompressor] = []
        self._head = b""
        self._leaf: _Leaf | FormDecoder | None = None
        self._is_form = content_type.lower().startswith("application/x-www-form-urlencoded")
        for name in reversed([n.strip().lower() for n in content_encoding.split(",")]):
            if name in ("", "identity"):
                continue
            if name not in CONTENT_ENCODINGS:
                raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
            self._open(CONTENT_ENCODINGS[name](), name)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds.

        Raises:
            UninspectableError: The body is corrupt or over the budget.
        """
        yield from self._through(0, data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of the text; the body ends here.

        Raises:
            UninspectableError: The body ends where it may not.
        """
        while self._leaf is None and self._head:
            yield from self._sniffed()
        # Layers end from the outside in; none of ours holds output back.
        for layer in self._layers:
            layer.finish()
        if self._leaf is not None:
            yield from self._segment(self._leaf.finish())

    def _open(self, layer: Decompressor, name: str) -> None:
        self._budget.deeper()
        self._layers.append(layer)
        self._path += "/" + name

    def _through(self, depth: int, data: bytes) -> Iterator[Segment]:
        if depth < len(self._layers):
            for piece in self._layers[depth].feed(data):
                self._budget.spend(len(piece))
                yield from self._through(depth + 1, piece)
        elif self._leaf is not None:
            yield from self._segment(self._leaf.feed(data))
        else:
            self._head += data
            if len(self._head) >= SNIFF:
                yield from self._sniffed()

    def _sniffed(self) -> Iterator[Segment]:
        head, self._head = self._head, b""
        for name, magic, make in MAGICS:
            if head.startswith(magic):
                depth = len(self._layers)
                self._open(make(), name)
                yield from self._through(depth, head)
                return
        self._leaf = _leaf_for(head, is_form=self._is_form and not self._layers)
        yield from self._segment(self._leaf.feed(head))

    def _segment(self, data: bytes) -> Iterator[Segment]:
        if data:
            yield Segment(path=self._path, data=data)


class _Leaf:
    """Plain text in an ASCII-compatible encoding: passed on as it is."""

    def feed(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _Recoded(_Leaf):
    """Text in UTF-16 or UTF-32, turned into UTF-8."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def feed(self, data: bytes) -> bytes:
        return self._decoder.decode(data).encode("utf-8", "replace")

    def finish(self) -> bytes:
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")


def _leaf_for(head: bytes, *, is_form: bool) -> _Leaf | FormDecoder:
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _Recoded(encoding)
    # Without a mark: mostly-ASCII text in UTF-16 has a NUL in every other byte.
    even, odd = head[0::2], head[1::2]
    if len(head) >= 16:
        if odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.1 * len(even):
            return _Recoded("utf-16-le")
        if even.count(0) > 0.8 * len(even) and odd.count(0) < 0.1 * len(odd):
            return _Recoded("utf-16-be")
    return FormDecoder() if is_form else _Leaf()
