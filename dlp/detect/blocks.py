"""Blocks: how a text is cut to be scanned, at places that depend on the text alone."""

from __future__ import annotations

__all__ = ["AFTER", "BEFORE", "BLOCK", "Lines", "cut_of"]

BLOCK = 32 * 1024
# What a scan sees before and after its block: more than the longest written identifier with
# the words that announce it, and enough of a letter to know what it is about.
BEFORE = 4 * 1024
AFTER = 4 * 1024


def cut_of(pending: bytes) -> int:
    """Return where a block ends: after a line if there is one, never inside a character."""
    for separator in (b"\n", b" ", b","):
        cut = pending.rfind(separator, BLOCK // 2, BLOCK)
        if cut >= 0:
            return cut + 1
    cut = BLOCK
    while cut > BLOCK - 4 and pending[cut : cut + 1] and 0x80 <= pending[cut] < 0xC0:
        cut -= 1
    return cut


class Lines:
    """Names places in a text by their lines, while its blocks go by.

    Args:
        path: Where in the message the text stands.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._line = 1
        self._window = b""
        self._low = 0

    def begin(self, window: bytes, low: int) -> None:
        """Say which window places are meant in from now on, and where in it the block begins."""
        self._window, self._low = window, low

    def end(self, high: int) -> None:
        """Say where the block ends; the next one begins there."""
        self._line += _line_ends(self._window[self._low : high])

    def skip(self, data: bytes, end: int) -> None:
        """Say that so much of some bytes is passed over, which stands where the next block does."""
        self._line += _line_ends(data) - _line_ends(data[end:])

    def where(self, start: int, column: int | None = None) -> str:
        """Name a place in the window of the moment."""
        number = self._line + _line_ends(self._window[self._low : start])
        return f"{self._path} line {number}" + ("" if column is None else f" column {column + 1}")


def _line_ends(data: bytes) -> int:
    # The interpreter counts byte by byte, but takes away in leaps from one to the next.
    return len(data) - len(data.replace(b"\n", b""))
