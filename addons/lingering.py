"""What a worker does that was replaced while it read uploads: it reads them on.

What is open in an upload is known to one worker alone. Once that is replaced, others take the
requests, and pass on to it the parts of what it has begun with.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from dlp import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from addons.wholes import Wholes

__all__ = ["linger"]

# As long as parts come, the longest so long.
IDLE_SECONDS = 120.0
LONGEST_SECONDS = 3600.0
STEP = 0.5


async def linger(wholes: Wholes, lingers: Callable[[], asyncio.Event]) -> None:
    """Wait until no upload goes on that is read here.

    Args:
        wholes: The uploads.
        lingers: Called if there are some; returns what ends the waiting, too.
    """
    if not wholes.under_way(IDLE_SECONDS):
        return
    logs.get().info("lingering")
    over = lingers()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_SECONDS):
            while wholes.under_way(IDLE_SECONDS) and not over.is_set():
                await asyncio.sleep(STEP)
