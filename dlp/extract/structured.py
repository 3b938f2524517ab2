"""What readers of structures in binary form share: two readings of the same bytes.

What the bytes stand for is one text. They are read as they are, too, so that damage ends but the
first reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.beside import Bytes
from dlp.extract.content import text_path
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Structured"]


class Structured:
    """Reads a structure, and its bytes as they are.

    Args:
        opening: Where it stands.
        name: What the text of its parts is called in paths.
        searched: Whether what begins anywhere in its bytes is looked for, too.
        rows: Whether its bytes may be rows that are read as such.

    Attributes:
        opening: As given.
        text: Reads that text.
        damaged: Whether what follows is not read as a structure any more.
    """

    def __init__(
        self, opening: Opening, name: str, *, searched: bool = True, rows: bool = False
    ) -> None:
        self.opening = opening
        text = Text(opening, decoder_for(b""))
        self._bytes = Bytes(opening, text, rows=rows) if searched else text
        self.text = Text(opening.part(name), decoder_for(b""))
        self.damaged = False

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return text_path(self._bytes)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        yield from self._bytes.feed(data)
        if not self.damaged:
            yield from self.read(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._bytes.finish()
        yield from self.end()
        yield from self.text.finish()

    def read(self, data: bytes) -> Iterator[Segment]:
        """Yield what `data` adds to the structure; set `damaged` if it is none."""
        raise NotImplementedError

    def end(self) -> Iterator[Segment]:
        """Yield what is left of the structure, which ends here."""
        return iter(())

    def bodies(self, found: Iterable[bytes], name: str) -> Iterator[Segment]:
        """Read strings that are no text, each a body of its own if it looks like anything."""
        for one in found:
            if self.opening.meant(one):
                body = self.opening.inside(name, doubted=True).body()
                yield from body.feed(one)
                yield from body.finish()
