"""The threads that inspect."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

__all__ = ["Threads"]

# At once; each holds the interpreter's lock nearly all the time.
MOST = 2
# Seconds in which what is only slow ends, once it was given up.
LATE = 10.0


class Threads:
    """Inspect messages beside the loop.

    Attributes:
        pool: Runs what may take long.
        quick: Runs what takes no time, while the others may be at work for a minute.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        # When which of them were left.
        self._left: dict[str, float] = {}
        self._begin()

    def abandon(self) -> None:
        """Leave threads that do not end to themselves, so that others find one that is free."""
        self._left[self._name] = time.monotonic()
        self.pool.shutdown(wait=False)
        self.quick.shutdown(wait=False)
        self._begin()

    @property
    def stuck(self) -> bool:
        """Whether a thread that was left to itself some time ago is still at work."""
        at_work = [thread.name for thread in threading.enumerate()]
        self._left = {
            left: when
            for left, when in self._left.items()
            if any(name.startswith(left) for name in at_work)
        }
        return any(time.monotonic() - when > LATE for when in self._left.values())

    def close(self) -> None:
        """Take no more work; what is under way is left to end by itself."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.quick.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        self._name = f"inspect-{next(self._numbers)}-"
        self.pool = ThreadPoolExecutor(max_workers=MOST, thread_name_prefix=self._name)
        self.quick = ThreadPoolExecutor(max_workers=MOST, thread_name_prefix=f"{self._name}quick-")
