"""Bearing: whether what a word stands for may be anywhere around it, told in native code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.native import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlp.detect.entries import Entry
    from dlp.detect.words import Vocabulary

__all__ = ["Bearing"]

NAMING = frozenset(
    {"full_name", "last_name", "first_name", "birth_name", "email", "phone", "login"}
)
NEAR = 300
# No such name has more bytes.
LONGEST = 64


class Bearing:
    """Tells what stands around words of a text, asked about in their order.

    Args:
        vocabulary: The words.
        window: The text.
        beyond: What follows it.
    """

    def __init__(self, vocabulary: Vocabulary, window: bytes, beyond: bytes) -> None:
        self._vocabulary = vocabulary
        self._window = window
        self._beyond = beyond
        # Where so far nothing named a name; what was looked at is not looked at again.
        self._clear = 0
        self._held: dict[str, bool] = {}

    def names_somebody(self, start: int, end: int) -> bool:
        """Tell whether the name of a field of somebody's name stands near a word."""
        low = max(0, start - NEAR, self._clear - LONGEST)
        self._clear = min(len(self._window), end + NEAR)
        around = self._vocabulary.words(self._window, low, self._clear)
        return any(NAMING & (hit.meaning.kinds | hit.meaning.weak) for hit in around)

    def holds(self, entries: Iterable[Entry]) -> bool:
        """Tell whether what may be a value of one of some identifiers stands anywhere."""
        return any(self._holds(entry.spread) for entry in entries)

    def _holds(self, spread: str) -> bool:
        if spread not in self._held:
            found = compiled(spread).search(self._window + self._beyond)
            self._held[spread] = found is not None
        return self._held[spread]
