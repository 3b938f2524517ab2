"""Waits, when the proxy is stopped or a worker replaced, for what is under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from addons.engine.deadlines import is_beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mitmproxy.proxy.server import ConnectionHandler

__all__ = ["drained"]

STEP = 0.05
# Seconds in which a connection that was just made has its request.
BEGIN = 1.0


async def drained(
    connections: Callable[[], Collection[ConnectionHandler]],
    in_flight: Callable[[], int],
    most: float,
) -> None:
    """Wait until no request is under way, nor about to come on a connection made for it.

    Args:
        connections: Tells which there are.
        in_flight: Tells how many requests have begun and not been answered.
        most: Seconds that this may take.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    # A connection that was taken last is not among them at once.
    await asyncio.sleep(STEP)
    while clock() - began < most:
        begins = any(is_beginning(one) for one in connections())  # type: ignore[arg-type]
        if not in_flight() and not (begins and clock() - began < BEGIN):
            return
        await asyncio.sleep(STEP)
