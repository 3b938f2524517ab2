"""Connections that are told to close, closed.

mitmproxy ends the task that reads a connection. If the client has sent more by then, and a hook
ends at that moment, the task is ended at a place where mitmproxy does not clean up, and the
connection stays open with nobody reading it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.proxy import events
from mitmproxy.proxy.server import ConnectionHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["install"]

_handle: Callable[[ConnectionHandler, Connection], Awaitable[None]]
_handle = ConnectionHandler.handle_connection


async def _handle_to_the_end(self: ConnectionHandler, connection: Connection) -> None:
    try:
        await _handle(self, connection)
    except asyncio.CancelledError:
        left = self.transports.get(connection)
        if left is not None and left.writer is not None:
            connection.state = ConnectionState.CLOSED
            try:
                await self.server_event(events.ConnectionClosed(connection))
            finally:
                left.writer.close()
                self.transports.pop(connection, None)
        raise


def install() -> None:
    """Have every connection of mitmproxy handled so."""
    ConnectionHandler.handle_connection = _handle_to_the_end  # type: ignore[method-assign]
