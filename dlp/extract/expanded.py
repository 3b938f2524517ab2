"""Files of databases of which parts are packed: read with these unpacked where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.beside import Bytes
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Opening, Segment

__all__ = ["Expanded"]


class Expanded:
    """Reads a file as any bytes, and rows in them, with what is packed in it unpacked.

    Args:
        opening: Where it stands.

    Attributes:
        pending: Bytes that are not told yet; those that came are added before `expand` is asked.
    """

    def __init__(self, opening: Opening) -> None:
        self._budget = opening.budget
        self._bytes = Bytes(opening, Text(opening, decoder_for(b"")), rows=True)
        self.pending = b""

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self.pending += data
        yield from self._tell(final=False)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._tell(final=True)
        yield from self._bytes.feed(self.pending)
        self.pending = b""
        yield from self._bytes.finish()

    def _tell(self, *, final: bool) -> Iterator[Segment]:
        for piece in self.expand(final=final):
            self._budget.spend(len(piece))
            yield from self._bytes.feed(piece)

    def expand(self, *, final: bool) -> Iterator[bytes]:
        """Yield, unpacked, what of the bytes that are pending is whole, and leave the rest.

        Args:
            final: Whether no more will come; what is left then is no whole packed part.
        """
        raise NotImplementedError
