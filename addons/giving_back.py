"""Gives memory back that is not in use any more.

What a peak of large bodies took stays with the process, in pieces between what is in use, until C's
allocator is asked for it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GivingBack", "give_back"]

PERIOD = 60.0
# Bytes beyond the least that was seen which are worth the while that all have to wait.
MUCH = 64 << 20


class GivingBack:
    """Knows when to ask for memory back.

    Args:
        resident: Tells how many bytes the process has.
        trim: Gives back what it does not use.
    """

    def __init__(self, resident: Callable[[], int], trim: Callable[[], object]) -> None:
        self._resident = resident
        self._trim = trim
        self._least = resident()

    def look(self) -> None:
        """Give back what is not in use, if that may be much."""
        if self._resident() > self._least + MUCH:
            self._trim()
        self._least = min(self._least, self._resident())


async def give_back() -> None:
    """Look now and then, until cancelled; where the allocator can't be asked, there is no need."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return
    giving = GivingBack(_resident, lambda: trim(0))
    while True:
        await asyncio.sleep(PERIOD)
        await asyncio.to_thread(giving.look)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
