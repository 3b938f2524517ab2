"""Content that is text, and what is written inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.content import Content, Opening, Segment
from dlp.extract.escapes import Unescaper
from dlp.extract.runs import RunFinder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.text import Decoder

__all__ = ["Text"]


class Text:
    """Reads a text: its encoding, its escapes, and what stands in it encoded.

    Args:
        opening: Where it stands.
        decoder: Makes it ASCII-compatible.
    """

    def __init__(self, opening: Opening, decoder: Decoder) -> None:
        self._opening = opening
        self._decoder = decoder
        self._unescaper = Unescaper()
        self._runs = RunFinder(self._open_run, opening.meant)

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return None if self._runs.is_open else self._opening.path

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds, and what is found in it."""
        text = self._unescaper.feed(self._decoder.feed(data))
        if text:
            yield Segment(path=self._opening.path, data=text)
            yield from self._runs.feed(text)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        text = self._unescaper.feed(self._decoder.finish()) + self._unescaper.finish()
        yield Segment(path=self._opening.path, data=text, final=True)
        yield from self._runs.feed(text)
        yield from self._runs.finish()

    def _open_run(self, coding: str) -> Content:
        return self._opening.inside(coding, doubted=True).body()
