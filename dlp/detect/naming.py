"""Naming: whether somebody's name is named near a place of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlp.detect.words import Vocabulary

__all__ = ["Naming"]

NAMING = frozenset(
    {"full_name", "last_name", "first_name", "birth_name", "email", "phone", "login"}
)
NEAR = 300
# No such name has more bytes.
LONGEST = 64


class Naming:
    """Tells which places have the name of a field of somebody's name near, asked in their order.

    Args:
        vocabulary: The words.
        window: The text.
    """

    def __init__(self, vocabulary: Vocabulary, window: bytes) -> None:
        self._vocabulary = vocabulary
        self._window = window
        # Where so far there was none; what was looked at is not looked at again.
        self._clear = 0

    def is_near(self, start: int, end: int) -> bool:
        """Tell whether one stands near what stands between `start` and `end`."""
        low = max(0, start - NEAR, self._clear - LONGEST)
        self._clear = min(len(self._window), end + NEAR)
        around = self._vocabulary.words(self._window, low, self._clear)
        return any(NAMING & (hit.meaning.kinds | hit.meaning.weak) for hit in around)
