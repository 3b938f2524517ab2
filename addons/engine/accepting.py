"""Lets mitmproxy accept connections on a socket that it is given."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mitmproxy.proxy import mode_servers

if TYPE_CHECKING:
    import socket

__all__ = ["accept_on"]


def accept_on(listener: socket.socket) -> None:
    """Let every server that is started from now on accept on a duplicate of `listener`."""

    async def listen(
        server: mode_servers.AsyncioServerInstance[mode_servers.M], _host: str, _port: int
    ) -> list[asyncio.Server]:
        # Closing it must not close the original, on which the next worker goes on.
        return [await asyncio.start_server(server.handle_stream, sock=listener.dup())]

    mode_servers.AsyncioServerInstance.listen = listen  # type: ignore[assignment,method-assign]
