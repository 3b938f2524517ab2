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
# A name of a field with what stands between it and its value; and names that are remembered.
LONGEST_NAME = 96
REMEMBERED = 1_000
# What may stand there, and what no word goes over.
_AROUND = b" \t\r\n\"':=>"
_PARTING = bytes(0 if byte in b'"<>{}[](),;:=|&?' else byte for byte in range(256))


class Heard:
    """Tells which words stand in parts of a window.

    Args:
        vocabulary: The words.
        window: The text.
        told: What names of fields said of candidates in windows before.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        window: bytes,
        told: dict[tuple[Entry, bytes], Place | None] | None = None,
    ) -> None:
        self._vocabulary = vocabulary
        self._window = window
        self._told = {} if told is None else told
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
        if key and (beside := self._beside(start)):
            known = (entry, beside)
            if known not in self._told:
                words = self._vocabulary.words(beside, 1, len(beside) - 1)
                self._told[known] = weighed_place(entry, f"key {key}", words, [])
            place = self._told[known]
            # What stands nearest has the say.
            if place is None or place.announced or place.against:
                return place
        return weighed_place(entry, f"key {key}" if key else "text", *self._around(start, end))

    def _beside(self, start: int) -> bytes:
        """Return the name before a value, with what parts it from anything else, or nothing."""
        before = self._window[max(0, start - LONGEST_NAME) : start]
        name = before.rstrip(_AROUND).translate(_PARTING)
        apart = name.rfind(b"\0")
        # A word may go over the end of a line.
        if apart < 0 or b"\n" in name[apart:]:
            return b""
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        return before[apart:] + self._window[start : start + 1]

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
