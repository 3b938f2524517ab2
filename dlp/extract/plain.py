"""Content that is text, and what is written inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.base85 import Base85Finder
from dlp.extract.content import Opening, Segment
from dlp.extract.escapes import Unescaper
from dlp.extract.finder import Sampler, tells
from dlp.extract.opaque import QUIET, is_opaque, is_quiet
from dlp.extract.pieces import PieceFinder
from dlp.extract.radix import are_uu_lines
from dlp.extract.runs import RunFinder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.text import Decoder

__all__ = ["Text", "whole_blocks"]

# Blocks end where the content alone says, so that how it came does not matter.
BLOCK = 32 * 1024


def whole_blocks(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the whole blocks at the beginning of `data`, and the rest."""
    end = len(data) // BLOCK * BLOCK
    return [data[start : start + BLOCK] for start in range(0, end, BLOCK)], data[end:]


class Text:
    """Reads a text: its encoding, its escapes, and what stands in it encoded.

    Args:
        opening: Where it stands.
        decoder: Makes it ASCII-compatible.
    """

    def __init__(self, opening: Opening, decoder: Decoder) -> None:
        self._opening = opening
        self._decoder = decoder
        self._pending = self._last = b""
        self._unescaper = Unescaper()
        # Of the opening alone: what refers to itself waits for the collector of garbage.
        self._runs = RunFinder(
            lambda coding: opening.inside(coding, doubted=True).body(), opening.meant
        )
        # Few small texts have a part that may be encoded.
        self._in_pieces: tuple[PieceFinder, Base85Finder] | None = None

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        in_pieces = self._in_pieces is not None and any(one.is_open for one in self._in_pieces)
        return None if in_pieces or self._runs.run else self._opening.path

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds, and what is found in it."""
        blocks, self._pending = whole_blocks(self._pending + self._decoder.feed(data))
        for block in blocks:
            opaque = is_opaque(block)
            quiet = opaque and is_quiet(block)
            yield from self.read(block, opaque=opaque, quiet=quiet, spelled=self.spells(block))

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        written = self._pending + self._decoder.finish()
        told = self._in_pieces is not None or tells(written)
        if told:
            yield from self._finders()[1].finish(written)
        text = self._unescaper.feed(written) + self._unescaper.finish()
        yield Segment(path=self._opening.path, data=text, final=True)
        yield from self._runs.finish(text)
        if told or (text != written and tells(text)):
            yield from self._finders()[0].finish(text)

    def _finders(self) -> tuple[PieceFinder, Base85Finder]:
        """Return those that find what is encoded in pieces."""
        if self._in_pieces is None:
            # Most texts have no escapes, so that both see the same.
            sampler = Sampler()
            self._in_pieces = (
                PieceFinder(self._opening, sampler),
                Base85Finder(self._opening, sampler),
            )
        return self._in_pieces

    def spells(self, block: bytes) -> bool:
        """Tell whether a block is of a run that is being read, and says nothing by itself."""
        return self._runs.spells(block)

    def skip(self, block: bytes) -> Iterator[Segment]:
        """Yield what a block of chance adds behind another, where nothing is written in either."""
        self._last = block[-QUIET:]
        yield Segment(path=self._opening.path, data=block, quiet=True)
        yield from self._runs.skip(block)

    def read(self, block: bytes, *, opaque: bool, quiet: bool, spelled: bool) -> Iterator[Segment]:
        """Yield what a whole block adds, where none waits that is not whole.

        Args:
            block: The block.
            opaque: Whether it is bytes of chance.
            quiet: Whether there is nothing written in them, either.
            spelled: Whether it `spells`.
        """
        # Chance writes escapes by the hundred.
        text = self._unescaper.finish() + block if opaque else self._unescaper.feed(block)
        # Something may have begun in the end of what was before.
        quiet = quiet and is_quiet(self._last + text[: 2 * QUIET])
        self._last = text[-QUIET:]
        run = self._runs.run
        if text:
            yield Segment(path=self._opening.path, data=text, quiet=quiet or spelled)
            yield from self._runs.skip(text) if quiet else self._runs.feed(text)
        # Nor does chance write anything in pieces; and what stands in one run, or in lines of
        # uuencode, is being read.
        pieces, base85 = self._finders()
        if opaque or (run is not None and run is self._runs.run) or are_uu_lines(block):
            yield from base85.finish()
            yield from pieces.finish()
        else:
            yield from base85.feed(block)
            yield from pieces.feed(text)
