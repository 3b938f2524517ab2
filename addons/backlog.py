"""Bytes of a message that came and wait for inspection."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

__all__ = ["Backlog"]

# Bytes that are inspected in one go: some milliseconds of work, on ordinary content.
BATCH = 256 * 1024


class Backlog:
    """Filled by the loop, emptied by a thread.

    Attributes:
        came: Bytes that came in all.
        inspected: How many of them were inspected; whoever does that says so.
    """

    def __init__(self) -> None:
        # Each is written on one side only; what is in between waits, or is being inspected.
        self.came = 0
        self.inspected = 0
        self._taken = 0
        self._pieces: deque[bytes] = deque()

    def __bool__(self) -> bool:
        """Tell whether anything waits that nobody has begun with."""
        return bool(self._pieces)

    @property
    def waiting(self) -> int:
        """Bytes that nobody has begun with."""
        return self.came - self._taken

    @property
    def size(self) -> int:
        """Bytes that were not inspected."""
        return self.came - self.inspected

    def put(self, data: bytes) -> None:
        """Let `data` wait behind what is there."""
        self.came += len(data)
        self._pieces.append(data)

    def take(self) -> bytes:
        """Return some of what waits, not too much at once; nothing where nothing does."""
        batch = []
        size = 0
        # What waits may be let go of meanwhile.
        with suppress(IndexError):
            while size < BATCH:
                batch.append(self._pieces.popleft())
                size += len(batch[-1])
        self._taken += size
        return batch[0] if len(batch) == 1 else b"".join(batch)

    def clear(self) -> None:
        """Let go of what waits."""
        self._pieces.clear()
        self._taken = self.came
