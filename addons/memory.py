"""Memory that several share, of which there is no more than so much."""

from __future__ import annotations

import threading
from collections import deque

__all__ = ["Memory"]


class Memory:
    """Counts what is in use; safe to use from several threads.

    Args:
        limit: Bytes that may be in use.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = threading.Lock()
        # The garbage collector gives back what it finds, in any thread, whatever locks it holds.
        self._given: deque[int] = deque()

    def take(self, size: int, *, anyway: bool = False) -> bool:
        """Use so many bytes more, and tell whether they are to be had, or are taken anyway."""
        with self._lock:
            while self._given:
                self._used -= self._given.popleft()
            if self._used + size > self._limit and not anyway:
                return False
            self._used += size
            return True

    def give(self, size: int) -> None:
        """Use so many bytes no more; takes no lock."""
        self._given.append(size)
