"""Deadlines for clients: a request that does not come along is given up with its connection.

A client that says next to nothing costs a connection, and what of a request is there waits in
memory. What may take its time is left alone: calls that go on in both directions, WebSockets,
tunnels, answers, and whoever is held back here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from h2.stream import StreamState
from mitmproxy.proxy.layers.http._http1 import Http1Server
from mitmproxy.proxy.layers.http._http2 import Http2Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mitmproxy.proxy.server import ConnectionHandler

    from addons.engine.pacing import PacedHandler

__all__ = ["Deadlines", "is_beginning"]

# Seconds between two looks at all connections.
STEP = 1.0
# Connections that are looked at before others have their turn; about a millisecond.
AT_ONCE = 100
# Bytes of a body that a client has to send within its time.
PIECE = 4096
_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@runtime_checkable
class Arriving(Protocol):
    """A request whose body may still have to come."""

    @property
    def is_arriving(self) -> bool:
        """Whether the client is to send more of it."""


@dataclass(slots=True)
class Waiting:
    """What is waited for on one connection.

    Attributes:
        what: `head`, `body`, or `request` where nothing of one has come.
        number: Tells one request from the next.
        since: When it began.
        arrived: Bytes that the client had sent by then.
    """

    what: str
    number: int
    since: float
    arrived: int


class Deadlines:
    """Looks at connections now and then while `run` runs.

    Args:
        connections: Tells which there are.
        request: Seconds for the head of a request, and for each piece of a body.
        idle: Seconds without a request.
        told: Told of every connection that is closed, and what was waited for.
    """

    def __init__(
        self,
        connections: Callable[[], Collection[ConnectionHandler]],
        request: float,
        idle: float,
        told: Callable[[str], None],
    ) -> None:
        self._connections = connections
        self._limits = {"head": request, "body": request, "request": idle}
        self._told = told
        self._waiting: WeakKeyDictionary[ConnectionHandler, Waiting] = WeakKeyDictionary()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(STEP)
            now = time.monotonic()
            for number, handler in enumerate(list(self._connections()), 1):
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
                try:
                    self.look(handler, now)  # type: ignore[arg-type]
                except Exception:
                    logging.getLogger(__name__).exception("A connection could not be looked at.")

    def look(self, handler: PacedHandler, now: float) -> None:
        """Close a connection if what is waited for does not come."""
        what, number = _awaited(handler)
        before = self._waiting.get(handler)
        if not what or handler.held:
            self._waiting.pop(handler, None)
        elif (
            before is None
            or (before.what, before.number) != (what, number)
            or (what == "body" and handler.arrived - before.arrived >= PIECE)
        ):
            self._waiting[handler] = Waiting(what, number, now, handler.arrived)
        elif now - before.since > self._limits[what]:
            del self._waiting[handler]
            self._told(what)
            _close(handler, what)


def is_beginning(handler: PacedHandler) -> bool:
    """Tell whether a connection was made for a request whose head is still to come."""
    what, number = _awaited(handler)
    return what == "head" or (what == "request" and not number)


def _awaited(handler: PacedHandler) -> tuple[str, int]:
    """Return what a client is to send, or nothing, and which request that belongs to."""
    layer = handler.http
    if layer is None:
        # What is redirected may be anything, and one side may have nothing to say for long.
        return "" if handler.client.proxy_mode.type_name == "transparent" else "head", 0
    connection = layer.connections[layer.context.client]
    streams = layer.streams
    number = 0
    arriving = False
    if isinstance(connection, Http1Server):
        number = connection.stream_id or 0
        if connection.state == connection.read_headers:
            return ("head" if len(connection.buf) else "request"), number
        arriving = connection.state == connection.read_body
    elif isinstance(connection, Http2Connection):
        number = connection.h2_conn.highest_inbound_stream_id
        # The frames of a head that has begun.
        if connection.h2_conn.incoming_buffer._headers_buffer:  # noqa: SLF001 - no other way
            return "head", number
        known = connection.h2_conn.streams
        arriving = any(
            known[one].state_machine.state is StreamState.OPEN for one in streams if one in known
        )
    inspected = (one for one in streams.values() if isinstance(one, Arriving))
    if arriving and any(one.is_arriving for one in inspected):
        return "body", number
    return ("request" if not streams else ""), number


def _close(handler: PacedHandler, what: str) -> None:
    io = handler.transports.get(handler.client)
    if io is None or io.handler is None:
        return
    plain = not handler.client.tls and handler.http is not None
    if plain and what == "head" and isinstance(io.writer, asyncio.StreamWriter):
        io.writer.write(_LATE)
    io.handler.cancel(f"no {what} in time")
