"""What is found in bytes that are no text, as lines of a text of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.plain import Text
from dlp.extract.text import decoder_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Aside"]


class Aside:
    """Tells what a reader of bytes finds in them; most find nothing, and then there is no text.

    Args:
        opening: Where the bytes stand.
        name: What the text is called in paths.
    """

    def __init__(self, opening: Opening, name: str) -> None:
        self._opening = opening
        self._name = name
        self._text: Text | None = None

    @property
    def found(self) -> bool:
        """Whether there was anything."""
        return self._text is not None

    def tell(self, text: bytes) -> Iterator[Segment]:
        """Yield what `text` adds."""
        if self._text is None:
            self._text = Text(self._opening.part(self._name), decoder_for(b""))
        yield from self._text.feed(text)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._text is not None:
            yield from self._text.finish()
