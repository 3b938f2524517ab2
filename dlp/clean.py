"""How much of a body may leave before its end is known."""

from __future__ import annotations

from collections import deque

__all__ = ["HOLD_BACK", "PIECE", "Clean"]

# Bytes between two places that are remembered; nothing of less may leave early.
PIECE = 256 * 1024
# Text that has to follow a byte before it is known to be clean: more than scanners and extractors
# keep for their next blocks (36 and 96 KiB), with a record's length.
HOLD_BACK = 160 * 1024


class Clean:
    """Follows where a body's text is while the body comes.

    Attributes:
        size: Bytes from the body's beginning on whose text was scanned, with what follows it.
    """

    def __init__(self) -> None:
        self.size = 0
        # Where the text was after so many bytes of the body.
        self._marks: deque[tuple[int, int]] = deque()
        self._marked = 0
        self._text = 0

    def scanned(self, text: int) -> None:
        """Note that so much text more was scanned."""
        self._text += text

    def mark(self, done: int, *, suspicious: bool) -> None:
        """Note that the text is what `done` bytes of the body amount to.

        Where something suspicious was seen, no more of them are clean.
        """
        if done - self._marked >= PIECE:
            self._marked = done
            self._marks.append((done, self._text))
        if suspicious:
            return
        while self._marks and self._marks[0][1] <= self._text - HOLD_BACK:
            self.size = self._marks.popleft()[0]
