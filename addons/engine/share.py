"""A connection's share of the loop: what one sender makes to do keeps nobody else waiting.

A few bytes may be a lot of work: chunks of one byte each, pings, priorities, heads of requests that
repeat each other. Whoever sends such is read a little at a time, and rests after it.
"""

from __future__ import annotations

import asyncio

__all__ = ["Share"]

# Bytes that are read at once: at first, and at least.
FIRST = 16 * 1024
LEAST = 1024
# Seconds of the processor that what was read took: less, and more is read; more, and less is.
SHORT, LONG = 0.002, 0.01


class Share:
    """How much of what one connection sends is read at once.

    Attributes:
        size: Bytes.
    """

    def __init__(self) -> None:
        self.size = FIRST
        self._spent = 0.0

    def took(self, seconds: float, read: int) -> None:
        """Note that bytes that were read took so much of the processor."""
        self._spent += seconds
        if seconds > LONG:
            self.size = max(LEAST, self.size // 2)
        elif seconds < SHORT and read >= self.size:
            self.size *= 2

    async def rest(self) -> None:
        """Let others have their turn, after much for as long as it took."""
        if self._spent < SHORT:
            return
        spent, self._spent = self._spent, 0.0
        await asyncio.sleep(spent if spent > LONG else 0)
