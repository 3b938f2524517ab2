"""Ends a worker whose loop no longer turns: nothing it holds would ever be answered.

Small messages are inspected in the loop itself, so that a reader that never comes back would freeze
every connection of its worker, the time-outs included. One that never comes back in a thread takes
its share of the worker's time for ever, and the next such message another one. Uninspected, nothing
leaves a process that ends; whoever started it starts another.
"""

from __future__ import annotations

import asyncio
import faulthandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["watch"]

# Seconds between signs of life, and those that a loop may be late by beyond what it is allowed.
BEAT = 2.0
MARGIN = 5.0


async def watch(seconds: float, stuck: Callable[[], bool]) -> None:
    """Say again and again that the loop turns and no thread is stuck, until cancelled.

    A thread of the interpreter's own waits for it, which needs neither the loop nor the
    interpreter's lock; it writes where all threads are, lines of code alone, and ends the process.

    Args:
        seconds: That one step of the loop may take, and a thread to come back when it is late.
        stuck: Tells whether a thread is late.
    """
    try:
        while True:
            if not stuck():
                faulthandler.dump_traceback_later(seconds + MARGIN, exit=True)
            await asyncio.sleep(BEAT)
    finally:
        faulthandler.cancel_dump_traceback_later()
