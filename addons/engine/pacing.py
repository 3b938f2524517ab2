"""Backpressure: whoever sends faster than the other side takes has to wait.

mitmproxy waits for sockets only. Here a client also waits for the inspection of what it sent and
for an HTTP/2 server's window, a server for an HTTP/2 client's; and neither waits for its own
direction, where mitmproxy's one lock for both could leave two peers waiting for each other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mitmproxy.proxy import commands, events, mode_servers
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers.http._http2 import Http2Connection
from mitmproxy.proxy.mode_servers import ProxyConnectionHandler

from addons.engine.handover import HandOver, hand_over
from addons.engine.proxy_header import header_for
from addons.engine.share import Share

if TYPE_CHECKING:
    from mitmproxy.connection import Connection
    from mitmproxy.proxy.server import ConnectionIO

    from addons.engine.accepting import Accepting
    from addons.engine.http import InspectedHttpLayer

__all__ = [
    "AwaitTransfer",
    "Gulps",
    "Pace",
    "PacedHandler",
    "Paces",
    "h2_backlog",
    "pace_connections",
]

# Bytes that wait for an HTTP/2 window before whoever sends them has to.
WINDOW_BACKLOG = 256 * 1024
# Bytes of a large body that are read at once; each time goes through all layers.
READ = 256 * 1024


class Arriving(Protocol):
    """A message whose sender may have to wait."""

    @property
    def is_behind(self) -> bool:
        """Whether it can't even take what has come."""

    async def room(self) -> None:
        """Wait until there is room for more."""


class Sending(Protocol):
    """What `AwaitTransfer` needs of a transfer."""

    async def ready(self) -> None:
        """Wait until there is something to do."""

    async def take(self) -> bytes:
        """Return what leaves next."""

    def abort(self) -> None:
        """Let go of everything."""


@dataclass(slots=True)
class Pace:
    """What the peers of one client connection may have to wait for."""

    arriving: set[Arriving] = field(default_factory=set)
    to_client: list[Layer] = field(default_factory=list)
    # Which reads the requests: the last that has begun.
    http: InspectedHttpLayer | None = None


class Paces(defaultdict[str, Pace]):
    """The pace of every client connection, by its identity."""

    def __init__(self) -> None:
        super().__init__(Pace)


class AwaitTransfer(commands.RequestWakeup):
    """Asks for a `Wakeup` once a transfer has something to do, with what it has to send.

    Args:
        transfer: The transfer.
        server: Where its bytes go; None if none may go yet.
        backlog: Tells how many bytes wait for the server's window.
    """

    def __init__(
        self, transfer: Sending, server: Connection | None, backlog: Callable[[], int]
    ) -> None:
        super().__init__(0)
        self.transfer = transfer
        self.server = server
        self.backlog = backlog
        self.data = b""


class Gulps:
    """Reads as much at once as a connection's share of the loop allows.

    Of a client's large body that is more than mitmproxy asks for. Of anything else no more than it
    asks: there are limits that are looked at after each time.

    Args:
        reader: Reads the connection.
        share: The connection's.
        pace: Whom its client waits for, if it is a client's.
    """

    def __init__(self, reader: asyncio.StreamReader, share: Share, pace: Pace | None) -> None:
        self._reader = reader
        self._share = share
        self._pace = pace

    async def read(self, size: int) -> bytes:
        """Return what has come; see `StreamReader.read`."""
        await self._share.rest()
        most = READ if self._pace is not None and self._pace.arriving else size
        return await self._reader.read(min(most, self._share.size))


class PacedHandler(ProxyConnectionHandler):
    """The connection of a client, and those to servers that it leads to.

    Attributes:
        arrived: Bytes that the client has sent.
        held: The client waits, rather than being waited for.
    """

    def __init__(self, paces: Paces, accepting: Accepting, *args: Any) -> None:
        super().__init__(*args)  # type: ignore[no-untyped-call]
        self._paces = paces
        self._accepting = accepting
        self._shares: dict[Connection, Share] = {}
        self.arrived = 0
        self.held = False
        client = self.transports[self.client].writer
        assert isinstance(client, asyncio.StreamWriter)
        self.client.peername = accepting.client(client) or self.client.peername
        self._stirred = asyncio.Event()

    async def handle_client(self) -> None:
        """Handle it to its end; see `ConnectionHandler.handle_client`."""
        try:
            await super().handle_client()
        finally:
            self._paces.pop(self.client.id, None)

    async def handle_connection(self, connection: Connection) -> None:
        """Read a connection to its end; see `ConnectionHandler.handle_connection`."""
        io = self.transports[connection]
        if isinstance(io.reader, asyncio.StreamReader):
            pace = self._paces[self.client.id] if connection is self.client else None
            share = self._shares[connection] = Share()
            io.reader = Gulps(io.reader, share, pace)  # type: ignore[assignment]
        try:
            await super().handle_connection(connection)
        finally:
            self._shares.pop(connection, None)

    @property
    def http(self) -> InspectedHttpLayer | None:
        """What reads the client's requests, once anything does."""
        pace = self._paces.get(self.client.id)
        return pace.http if pace else None

    async def server_event(self, event: events.Event) -> None:
        """Take part in what happens; see `ConnectionHandler.server_event`."""
        came = event if isinstance(event, events.DataReceived) else None
        if came is not None and came.connection is self.client:
            self.arrived += len(came.data)
        started = time.thread_time()
        await super().server_event(event)
        if came is not None and (share := self._shares.get(came.connection)) is not None:
            share.took(time.thread_time() - started, len(came.data))
        stirred, self._stirred = self._stirred, asyncio.Event()
        stirred.set()

    async def drain_writers(self) -> None:
        """Make whose task this is wait until the others have taken what it sent."""
        client = self.transports.get(self.client)
        pace = self._paces[self.client.id]
        if client is None or asyncio.current_task() is not client.handler:
            await self._drain([client] if client else [])
            await self._window(lambda: sum(map(h2_backlog, pace.to_client)))
            return
        self.held = True
        try:
            await self._drain(io for io in list(self.transports.values()) if io is not client)
            for message in list(pace.arriving):
                while message.is_behind:
                    await self._stirred.wait()
                await message.room()
        finally:
            self.held = False

    async def wakeup(self, request: commands.RequestWakeup) -> None:
        """Wait for what is asked for, and say so; see `ConnectionHandler.wakeup`."""
        if isinstance(request, HandOver):
            await self._hand_over(request)
            return
        if not isinstance(request, AwaitTransfer):
            await super().wakeup(request)
            return
        try:
            await request.transfer.ready()
            if request.server is not None:
                await self._window(request.backlog)
                io = self.transports.get(request.server)
                await self._drain([io] if io else [])
                request.data = await request.transfer.take()
        except Exception:
            # Without its event the stream would wait for ever.
            request.transfer.abort()
            logging.getLogger(__name__).exception("A transfer failed; its message is given up.")
        task = asyncio.current_task()
        assert task is not None
        self.wakeup_timer.discard(task)
        await self.server_event(events.Wakeup(request))

    async def _hand_over(self, request: HandOver) -> None:
        client = self.transports.get(self.client)
        if client is None or client.writer is None or client.handler is None:
            return
        connection: Any = client.writer.get_extra_info("socket", None)
        head = request.head
        peer = client.writer.get_extra_info("peername")
        if self._accepting.speaks_for(peer[0]):
            # Whoever goes on with it wants to be told as it was told here.
            head = header_for(self.client.peername[:2]) + head
        await asyncio.to_thread(hand_over, request.owner, head, connection)
        # Ours is a duplicate now; if it was not taken, the client sees its end.
        client.handler.cancel("handed over")

    async def _window(self, backlog: Callable[[], int]) -> None:
        while backlog() > WINDOW_BACKLOG and self.client in self.transports:
            await self._stirred.wait()

    async def _drain(self, ios: Iterable[ConnectionIO]) -> None:
        for io in ios:
            if io.writer is None:
                continue
            try:
                await io.writer.drain()
            except OSError as error:
                if io.handler is not None:
                    io.handler.cancel(f"Error sending data: {error}")


def h2_backlog(layer: Layer | None) -> int:
    """Return how many bytes wait for a window in the HTTP/2 connection that a layer leads to."""
    while layer is not None and not isinstance(layer, Http2Connection):
        layer = getattr(layer, "child_layer", None)
    if layer is None:
        return 0
    return sum(len(one.data) for queue in layer.h2_conn.stream_buffers.values() for one in queue)


def pace_connections(paces: Paces, accepting: Accepting) -> None:
    """Let every connection that is accepted from now on keep its pace.

    Args:
        paces: Whom the peers of each have to wait for.
        accepting: Knows whose they are.
    """

    def make(*args: Any) -> PacedHandler:
        return PacedHandler(paces, accepting, *args)

    mode_servers.ProxyConnectionHandler = make  # type: ignore[assignment,misc]
