"""Lets mitmproxy accept connections on a socket that it is given, from whoever they really are."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from mitmproxy.platform import original_addr
from mitmproxy.proxy import mode_servers

from addons.engine.proxy_header import ProxyHeaderError, read_header

if TYPE_CHECKING:
    import socket
    from asyncio import StreamReader, StreamWriter

__all__ = ["Accepting", "accept_on"]

# Load balancers send a header with their first packet.
HEADER_SECONDS = 5.0

type Accept = Callable[[StreamReader, StreamWriter], Awaitable[None]]


class Accepting:
    """Reads who a connection is from, where a load balancer says so.

    Args:
        speaks_for: Tells of an address whether its connections begin with a PROXY header.
        transparent: Connections are for somebody else, and redirected here.
    """

    def __init__(
        self,
        speaks_for: Callable[[str], bool] = lambda _address: False,
        *,
        transparent: bool = False,
    ) -> None:
        self._speaks_for = speaks_for
        self._transparent = transparent
        self._clients: WeakKeyDictionary[StreamWriter, tuple[str, int]] = WeakKeyDictionary()

    def client(self, writer: StreamWriter) -> tuple[str, int] | None:
        """Return who has connected, if it is not whom the connection comes from."""
        return self._clients.get(writer)

    def speaks_for(self, address: str) -> bool:
        """Tell whether connections from an address begin with a header."""
        return self._speaks_for(address)

    def through(self, accept: Accept) -> Accept:
        """Return `accept`, which then is not called before the header was read."""

        async def accepted(reader: StreamReader, writer: StreamWriter) -> None:
            peer = writer.get_extra_info("peername")
            if peer and self._speaks_for(peer[0]):
                try:
                    async with asyncio.timeout(HEADER_SECONDS):
                        client = await read_header(reader)
                except (ProxyHeaderError, TimeoutError) as error:
                    said = str(error) or "no PROXY header in time"
                    logging.getLogger(__name__).warning("%s: %s; closed.", peer[0], said)
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
                    return
                if client is not None:
                    self._clients[writer] = client
            if self._transparent and _is_for_us(writer):
                # It would go on to here, and again.
                logging.getLogger(__name__).warning("A connection was not redirected; closed.")
                writer.close()
                return
            await accept(reader, writer)

        return accepted


def _is_for_us(writer: StreamWriter) -> bool:
    """Tell whether nobody has redirected a connection."""
    connection = writer.get_extra_info("socket")
    assert original_addr is not None
    try:
        wanted = original_addr(connection)
    except OSError:
        return True
    own: tuple[str, int] = writer.get_extra_info("sockname")[:2]
    return wanted == own


def accept_on(listener: socket.socket, accepting: Accepting) -> None:
    """Let every server that is started from now on accept on a duplicate of `listener`."""

    async def listen(
        server: mode_servers.AsyncioServerInstance[mode_servers.M], _host: str, _port: int
    ) -> list[asyncio.Server]:
        # Closing it must not close the original, on which the next worker goes on.
        accept = accepting.through(server.handle_stream)
        return [await asyncio.start_server(accept, sock=listener.dup())]

    mode_servers.AsyncioServerInstance.listen = listen  # type: ignore[assignment,method-assign]
