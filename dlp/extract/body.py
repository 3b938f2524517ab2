"""Opens a body: content-encodings first, then whatever its first bytes say it is, then text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.aws_chunked import AWS_CHUNKED, AwsChunked
from dlp.extract.beside import Beside, Bytes, Twice
from dlp.extract.budget import Budget, UninspectableError
from dlp.extract.codings import CONTENT_ENCODINGS, Unpacked
from dlp.extract.content import Content, Opening, Segment, text_path
from dlp.extract.formats import SNIFF, recognise
from dlp.extract.mended import Mended
from dlp.extract.plain import Text
from dlp.extract.runs import BELIEVED
from dlp.extract.snappy import Snappy
from dlp.extract.text import AsItIs, decoder_for, may_hide
from dlp.extract.unknown import Watched, is_media, looks_random
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Parsers

__all__ = ["BodyReader", "Segment"]

# Where a message's body stands; other texts around it stand elsewhere.
BODY = "body"
PIECE = 256 * 1024
SNAPPY = "snappy"
# With the NUL of UTF-16.
_PRINTABLE = bytes([0, 9, 10, 13, *range(0x20, 0x7F)])


class BodyReader:
    """Reads one body as it streams; however it is cut, the text that comes out is the same.

    Args:
        content_type: Value of Content-Type; a hint where the first bytes tell nothing.
        content_encoding: Value of Content-Encoding, codings separated by commas.
        budget: What unpacking the message may cost.
        path: Where the body stands.
        parsers: Parse documents that can only be read whole.

    Raises:
        UninspectableError: An unknown content coding, or too many of them.
    """

    def __init__(
        self,
        *,
        budget: Budget,
        content_type: str = "",
        content_encoding: str = "",
        path: str = BODY,
        parsers: Parsers | None = None,
    ) -> None:
        self._fed = False
        self._budget = budget
        self._content = _read(
            Opening(
                path=path,
                depth=budget.depth,
                budget=budget,
                reader=_read,
                parsers=parsers,
                meant=_looks_meant,
                known=_is_known,
                content_type=content_type,
                content_encoding=content_encoding,
            )
        )

    @property
    def text_path(self) -> str | None:
        """The path of its text, while that comes out as the body comes in; see `content`."""
        return text_path(self._content)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds.

        Raises:
            UninspectableError: The body is damaged, encrypted or over the budget.
        """
        self._fed = self._fed or bool(data)
        self._budget.came += len(data)
        return self._content.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of the text; the body ends here.

        Raises:
            UninspectableError: The body ends where it may not.
        """
        # A message without a body may say how the body would have been coded.
        return self._content.finish() if self._fed else iter(())


def _read(opening: Opening) -> Content:
    """Return the reader of a body of whatever kind."""
    names = [name.strip().lower() for name in opening.content_encoding.split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    if not codings:
        return _Doubted(opening) if opening.doubted else _Sniffed(opening)
    # Around all others, wherever it is named.
    codings.sort(key=AWS_CHUNKED.__eq__)
    *others, last = codings
    if last not in (SNAPPY, AWS_CHUNKED) and last not in CONTENT_ENCODINGS:
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
    inner = opening.inside(
        last, content_type=opening.content_type, content_encoding=",".join(others)
    )
    if last == SNAPPY:
        return Snappy(opening, inner.body())
    if last == AWS_CHUNKED:
        return Unpacked(AwsChunked(), inner.body(), opening.budget)
    return Unpacked(CONTENT_ENCODINGS[last](), inner.body(), opening.budget)


class _Sniffed:
    """A body whose first bytes say what it is."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._head = b""
        self._content: Content | None = None

    @property
    def text_path(self) -> str | None:
        return text_path(self._content)

    def feed(self, data: bytes) -> Iterator[Segment]:
        # What readers keep for their next block is copied with each piece they are fed.
        for start in range(0, len(data), PIECE) if len(data) > PIECE else (0,):
            yield from self._feed(data[start : start + PIECE])

    def _feed(self, data: bytes) -> Iterator[Segment]:
        if self._content is not None:
            yield from self._content.feed(data)
            return
        self._head += data
        if len(self._head) >= SNIFF:
            yield from self._begin()

    def finish(self) -> Iterator[Segment]:
        if self._content is None and self._head:
            yield from self._begin()
        if self._content is not None:
            yield from self._content.finish()

    def _begin(self) -> Iterator[Segment]:
        head, self._head = self._head, b""
        # However much came at once, the same bytes decide.
        first = head[:SNIFF]
        content_type = self._opening.content_type
        found = recognise(first, content_type)
        if found is not None:
            doubted = self._opening.doubted and found.doubts
            inside = self._opening.inside(found.name, content_type=content_type, doubted=doubted)
            if self._opening.path.partition("/")[0] == BODY:
                self._opening.budget.kinds.add(found.name)
            self._content = found.open(inside)
            if found.searched:
                self._content = Beside(self._content, inside)
        else:
            decoder = decoder_for(first, content_type)
            text = Text(self._opening, decoder)
            as_it_is = isinstance(decoder, AsItIs | Mended)
            if as_it_is:
                # Fonts and icons begin with zeros, as tables do; programs of the web by their name.
                zeros = first.startswith(b"\0") and not first.startswith(b"\0asm")
                rows = zeros or not is_media(first)
                self._content = Bytes(self._opening, text, rows=rows)
            elif may_hide(decoder):
                plain = Text(self._opening.part("bytes"), AsItIs())
                self._content = Beside(Twice(text, plain), self._opening)
            else:
                self._content = Beside(text, self._opening)
            if as_it_is and not self._opening.doubted and looks_random(first):
                self._content = Watched(self._content, self._opening)
        return self._content.feed(head)


class _Doubted:
    """A body that may be none, as what a word decodes to.

    Many a run of base64 is no base64 at all but a path or a digest, and one in millions decodes to
    the first bytes of an archive; so short ones have to look like something, and damage is only
    believed where there is enough of it.
    """

    def __init__(self, opening: Opening) -> None:
        self._content: Content | None = _Sniffed(opening)
        self._head: bytes | None = b""
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Segment]:
        self._size += len(data)
        if self._head is not None:
            self._head += data
            if len(self._head) < BELIEVED:
                return
            data, self._head = self._head, None
        yield from self._try(data)

    def finish(self) -> Iterator[Segment]:
        if self._head is not None:
            if not _looks_meant(self._head):
                return
            yield from self._try(self._head)
        if self._content is not None:
            try:
                yield from self._content.finish()
            except UninspectableError as error:
                self._doubt(error)

    def _try(self, data: bytes) -> Iterator[Segment]:
        if self._content is not None:
            try:
                yield from self._content.feed(data)
            except UninspectableError as error:
                self._doubt(error)

    def _doubt(self, error: UninspectableError) -> None:
        self._content = None
        if error.reason is not Uninspectable.CORRUPT or self._size >= BELIEVED:
            raise error


def _looks_meant(decoded: bytes) -> bool:
    """Tell whether a few bytes are an archive or text, rather than what chance makes of a word."""
    # Chance makes 37 % printable characters.
    if len(decoded.translate(None, _PRINTABLE)) * 3 <= len(decoded):
        return True
    return _is_known(decoded)


def _is_known(decoded: bytes) -> bool:
    return recognise(decoded[:SNIFF], "") is not None
