"""Opens a body: content-encodings first, then whatever its first bytes say it is, then text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dlp.extract.base64 import Base64Finder
from dlp.extract.budget import DEPTH, Budget, UninspectableError
from dlp.extract.compressed import CONTENT_ENCODINGS, MAGICS, Decompressor
from dlp.extract.escapes import Unescaper
from dlp.extract.text import Decoder, decoder_for
from dlp.extract.zip import MAGIC as ZIP_MAGIC
from dlp.extract.zip import ZipReader
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BodyReader", "Segment"]

SNIFF = 512
# Bytes of a damaged archive inside base64 from which on it is taken for one.
BELIEVED = 1024

# With the NUL of UTF-16.
_PRINTABLE = bytes([0, 9, 10, 13, *range(0x20, 0x7F)])
_EXTENSION = re.compile(rb"\.[A-Za-z][A-Za-z0-9]{0,5}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of readable text and where in the message it stands.

    Attributes:
        path: Readable place, as `body/gzip`; pieces of one path follow one another. Members of
            archives are numbered, because their names may hold health data.
        data: Text in an ASCII-compatible encoding.
        final: Whether the text of this path ends here.
    """

    path: str
    data: bytes
    final: bool = False


class _Content(Protocol):
    """What a body turned out to hold."""

    def feed(self, data: bytes) -> Iterator[Segment]: ...

    def finish(self) -> Iterator[Segment]: ...


class BodyReader:
    """Reads one body as it streams; however it is cut, the text that comes out is the same.

    Args:
        content_type: Value of Content-Type; only tells forms from other text.
        content_encoding: Value of Content-Encoding, codings separated by commas.
        budget: What unpacking the message may cost.
        path: Where the body stands.
        depth: Wrappings that may be opened inside each other.

    Raises:
        UninspectableError: An unknown content coding, or too many of them.
    """

    def __init__(
        self,
        *,
        budget: Budget,
        content_type: str = "",
        content_encoding: str = "",
        path: str = "body",
        depth: int = DEPTH,
    ) -> None:
        self._budget = budget
        self._path = path
        self._depth = depth
        self._layers: list[Decompressor] = []
        self._head = b""
        self._fed = False
        self._content: _Content | None = None
        self._is_form = content_type.lower().startswith("application/x-www-form-urlencoded")
        for name in reversed([n.strip().lower() for n in content_encoding.split(",")]):
            if name in ("", "identity"):
                continue
            if name not in CONTENT_ENCODINGS:
                raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
            self._deeper(name)
            self._layers.append(CONTENT_ENCODINGS[name]())

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds.

        Raises:
            UninspectableError: The body is damaged, encrypted or over the budget.
        """
        self._fed = self._fed or bool(data)
        yield from self._through(0, data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of the text; the body ends here.

        Raises:
            UninspectableError: The body ends where it may not.
        """
        while self._content is None and self._head:
            yield from self._sniffed()
        # Layers end from the outside in; none of ours holds output back. A message without a
        # body may say how the body would have been coded.
        for layer in self._layers if self._fed else ():
            layer.finish()
        if self._content is not None:
            yield from self._content.finish()

    def _deeper(self, name: str) -> None:
        self._depth -= 1
        if self._depth < 0:
            raise UninspectableError(Uninspectable.BUDGET)
        self._path += "/" + name

    def _through(self, layer: int, data: bytes) -> Iterator[Segment]:
        if layer < len(self._layers):
            for piece in self._layers[layer].feed(data):
                self._budget.spend(len(piece))
                yield from self._through(layer + 1, piece)
        elif self._content is not None:
            yield from self._content.feed(data)
        else:
            self._head += data
            if len(self._head) >= SNIFF:
                yield from self._sniffed()

    def _sniffed(self) -> Iterator[Segment]:
        head, self._head = self._head, b""
        for name, magic, make in MAGICS:
            if magic.match(head):
                layer = len(self._layers)
                self._deeper(name)
                self._layers.append(make())
                yield from self._through(layer, head)
                return
        if head.startswith(ZIP_MAGIC):
            self._deeper("zip")
            self._content = _Archive(self._path, self._depth, self._budget)
        else:
            is_form = self._is_form and not self._layers
            decoder = decoder_for(head[:SNIFF], is_form=is_form)
            self._content = _Text(self._path, self._depth, self._budget, decoder)
        yield from self._content.feed(head)


class _Text:
    """Content that is text, and what stands in it as base64."""

    def __init__(self, path: str, depth: int, budget: Budget, decoder: Decoder) -> None:
        self._path = path
        self._depth = depth
        self._budget = budget
        self._decoder = decoder
        self._unescaper = Unescaper()
        self._base64 = Base64Finder(self._open_run)

    def feed(self, data: bytes) -> Iterator[Segment]:
        text = self._unescaper.feed(self._decoder.feed(data))
        if text:
            yield Segment(path=self._path, data=text)
            yield from self._base64.feed(text)

    def finish(self) -> Iterator[Segment]:
        text = self._unescaper.feed(self._decoder.finish()) + self._unescaper.finish()
        yield Segment(path=self._path, data=text, final=True)
        yield from self._base64.feed(text)
        yield from self._base64.finish()

    def _open_run(self) -> _Run:
        if self._depth <= 0:
            raise UninspectableError(Uninspectable.BUDGET)
        return _Run(self._budget, f"{self._path}/base64", self._depth - 1)


class _Run:
    """What a run of base64 decodes to.

    Many a run is no base64 at all but a path or a digest, and one in millions decodes to the first
    bytes of an archive; so short ones have to look like something, and damage is only believed
    where there is enough of it.
    """

    def __init__(self, budget: Budget, path: str, depth: int) -> None:
        self._budget = budget
        self._path = path
        self._depth = depth
        self._reader: BodyReader | None = None
        self._head: bytes | None = b""
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Segment]:
        self._size += len(data)
        if self._head is None:
            yield from self._read(data)
            return
        self._head += data
        if len(self._head) >= BELIEVED:
            yield from self._begin(self._head)

    def finish(self) -> Iterator[Segment]:
        if self._head is not None:
            if not _looks_meant(self._head):
                return
            yield from self._begin(self._head)
        if self._reader is not None:
            try:
                yield from self._reader.finish()
            except UninspectableError as error:
                self._doubt(error)

    def _begin(self, head: bytes) -> Iterator[Segment]:
        self._reader = BodyReader(budget=self._budget, path=self._path, depth=self._depth)
        self._head = None
        return self._read(head)

    def _read(self, data: bytes) -> Iterator[Segment]:
        if self._reader is not None:
            try:
                yield from self._reader.feed(data)
            except UninspectableError as error:
                self._doubt(error)

    def _doubt(self, error: UninspectableError) -> None:
        self._reader = None
        if error.reason is not Uninspectable.CORRUPT or self._size >= BELIEVED:
            raise error


def _looks_meant(decoded: bytes) -> bool:
    """Tell whether a few bytes are an archive or text, rather than what chance makes of a word."""
    # Chance makes 37 % printable characters.
    if len(decoded.translate(None, _PRINTABLE)) * 3 <= len(decoded):
        return True
    return decoded.startswith(ZIP_MAGIC) or any(magic.match(decoded) for _, magic, _ in MAGICS)


class _Archive:
    """A ZIP archive, an Office document among them; each member is a body of its own."""

    def __init__(self, path: str, depth: int, budget: Budget) -> None:
        self._path = path
        self._depth = depth
        self._budget = budget
        self._reader = ZipReader(
            self._open,
            _Text(f"{path}/between", depth, budget, decoder_for(b"", is_form=False)),
            budget,
        )

    def feed(self, data: bytes) -> Iterator[Segment]:
        return self._reader.feed(data)

    def finish(self) -> Iterator[Segment]:
        return self._reader.finish()

    def _open(self, number: int, name: bytes) -> _Member:
        extension = _EXTENSION.search(name)
        suffix = extension[0].decode("ascii").lower() if extension else ""
        path = f"{self._path}/{number}{suffix}"
        reader = BodyReader(budget=self._budget, path=path, depth=self._depth)
        return _Member(f"{path} name", name, reader)


class _Member:
    """A member of an archive: its name is text too."""

    def __init__(self, path: str, name: bytes, reader: BodyReader) -> None:
        self._name: Segment | None = Segment(path=path, data=name, final=True)
        self._reader = reader

    def feed(self, data: bytes) -> Iterator[Segment]:
        yield from self._named()
        yield from self._reader.feed(data)

    def finish(self) -> Iterator[Segment]:
        yield from self._named()
        yield from self._reader.finish()

    def _named(self) -> Iterator[Segment]:
        if self._name is not None:
            yield self._name
            self._name = None
