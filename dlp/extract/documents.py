"""Documents that can only be read whole, and by a parser that is not trusted.

The core does not run such a parser: it collects the bytes, asks what it was given for that (see
`Parsers`), and reads what comes back like anything else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.content import Format
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.content import Content, Opening, Segment
    from dlp.extract.parts import Part

__all__ = ["DOCUMENTS", "Document", "parsed"]


class Document:
    """Reads a document of a kind that has a parser.

    Args:
        opening: Where it stands.
        kind: Names its parser.
        beside: Reads its bytes as they come, too: what a parser leaves out may stand there.
    """

    def __init__(self, opening: Opening, kind: str, beside: Content) -> None:
        self._opening = opening
        self._kind = kind
        self._beside = beside
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield what is read in the bytes as they are."""
        self._opening.budget.hold(len(data))
        self._pieces.append(data)
        yield from self._beside.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of that, and what the parser finds."""
        yield from self._beside.finish()
        document = b"".join(self._pieces)
        self._pieces.clear()
        yield from parsed(self._opening, self._kind, document)
        self._opening.budget.hold(-len(document))


def parsed(opening: Opening, kind: str, document: bytes) -> Iterator[Segment]:
    """Yield the text of a whole document.

    Raises:
        UninspectableError: It can't be read, or there is nobody to read it.
    """
    if opening.parsers is None:
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
    parts = opening.parsers.parse(kind, document)
    contents: dict[str, Content] = {}
    try:
        for part in parts:
            opening.budget.spend(len(part.data))
            if part.name not in contents:
                contents[part.name] = _open(opening, part)
            yield from contents[part.name].feed(part.data)
            if part.final:
                yield from contents.pop(part.name).finish()
        for content in contents.values():
            yield from content.finish()
    finally:
        # Whoever gives up in the middle no longer waits for the rest.
        parts.close()


def _open(opening: Opening, part: Part) -> Content:
    opening.budget.count_member()
    place = opening.part(part.name)
    if part.member:
        return place.body()
    return Text(place, decoder_for(b""))


def _document(name: str, begins: Callable[[bytes], object]) -> Format:
    def document(opening: Opening) -> Content:
        return Document(opening, name, Text(opening, decoder_for(b"")))

    return Format(name, begins, document)


DOCUMENTS = (_document("pdf", re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*%PDF-").match),)
