"""The words of a window: of all of it at once, where many places in it are asked about."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

from dlp.detect.keys import key_before
from dlp.detect.sighting import place_of, weighed_place

if TYPE_CHECKING:
    from dlp.detect.entries import Entry
    from dlp.detect.sighting import Place
    from dlp.detect.words import Hit, Vocabulary

__all__ = ["ANNOUNCING_BEFORE", "Heard"]

# Text before and after a candidate in which words may announce it or speak against it.
ANNOUNCING_BEFORE = 112
ANNOUNCING_AFTER = 64


class Heard:
    """Tells which words stand in parts of a window.

    Args:
        vocabulary: The words.
        window: The text.
    """

    def __init__(self, vocabulary: Vocabulary, window: bytes) -> None:
        self._vocabulary = vocabulary
        self._window = window
        self._asked = 0
        self._hits: list[Hit] | None = None
        self._starts: list[int] = []
        # What was found around candidates; one may be asked about for several identifiers.
        self._known: dict[tuple[int, int], tuple[list[Hit], list[Hit]]] = {}

    @cached_property
    def silent(self) -> bool:
        """Whether no word in all of the window speaks of identifiers."""
        return not self._vocabulary.may_announce(self._window)

    def _around(self, start: int, end: int) -> tuple[list[Hit], list[Hit]]:
        """Return the words before and after a candidate that may speak of it."""
        if self._hits is not None and not self._hits:
            return [], []
        if (found := self._known.get((start, end))) is None:
            before = self.between(max(0, start - ANNOUNCING_BEFORE), start)
            found = before, self.between(end, end + ANNOUNCING_AFTER)
            self._known[start, end] = found
        return found

    def place(self, entry: Entry, start: int, end: int) -> Place | None:
        """Return where a candidate stands in the text, or None where that says it is nobody's."""
        key = key_before(self._window, max(0, start - ANNOUNCING_BEFORE), start, end)
        if not key and self.silent:
            return place_of("text")
        return weighed_place(entry, f"key {key}" if key else "text", *self._around(start, end))

    def between(self, start: int, end: int) -> list[Hit]:
        """Return the words between `start` and `end`, as `Vocabulary.words` does."""
        self._asked += end - start
        if self._asked <= len(self._window):
            return self._vocabulary.words(self._window, start, end)
        every = self._all()
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end + 1)
        hits = every[first:last]
        # A part of a word that lies across an end may be another one.
        before = every[first - 1].end if first else 0
        if before > start or (hits and hits[-1].end > end + 1):
            return self._vocabulary.words(self._window, start, end)
        return hits

    def _all(self) -> list[Hit]:
        if self._hits is None:
            self._hits = self._vocabulary.words(self._window, 0, len(self._window))
            self._starts = [hit.start for hit in self._hits]
        return self._hits
