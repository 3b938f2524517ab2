"""Blocks: how a text is cut to be scanned, at places that depend on the text alone."""

from __future__ import annotations

__all__ = ["AFTER", "BEFORE", "BLOCK", "cut_of"]

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
