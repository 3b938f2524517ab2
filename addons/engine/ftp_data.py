"""The data channel of FTP inside CONNECT.

What the server sends passes at once. What the client sends is held until the control channel
says that it may go; until then the server has not even been told that there is a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.commands import StartHook

if TYPE_CHECKING:
    from mitmproxy.proxy.context import Context

    from addons.engine.ftp_sessions import DataChannel, FtpSessions

__all__ = ["DlpFtpDataHook", "FtpDataLayer"]


@dataclass
class DlpFtpDataHook(StartHook):
    """The client has sent all; its addon waits for `channel.go`."""

    channel: DataChannel


class FtpDataLayer(layer.Layer):
    """One data channel.

    Args:
        context: The connection's.
        sessions: Where the channel was announced.
        hold_limit: Bytes that may be held.
    """

    def __init__(self, context: Context, sessions: FtpSessions, hold_limit: int) -> None:
        super().__init__(context)
        assert context.server.address is not None
        host, port = context.server.address[:2]
        self._channel = sessions.take(context.client.peername[0], host, port)
        self._hold_limit = hold_limit
        self._held: list[bytes] = []
        self._size = 0

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if self._channel is None:
            yield from self._close()
        elif isinstance(event, events.DataReceived):
            if event.connection is self.context.server:
                yield commands.SendData(self.context.client, event.data)
            else:
                self._hold(event.data)
        elif isinstance(event, events.ConnectionClosed):
            if event.connection is self.context.server:
                self._channel.receive(None)
                yield from self._close()
            elif event.connection.state is ConnectionState.CLOSED:
                # Cut off, not ended: a part of a file is not a file.
                self._channel.receive(None)
                yield from self._close()
            else:
                yield from self._ended(self._channel)

    def _hold(self, data: bytes) -> None:
        assert self._channel is not None
        self._size += len(data)
        if self._size > self._hold_limit:
            self._channel.over_limit = True
            self._held.clear()
        else:
            self._held.append(data)

    def _ended(self, channel: DataChannel) -> layer.CommandGenerator[None]:
        content = b"".join(self._held)
        self._held.clear()
        channel.receive(content)
        yield DlpFtpDataHook(channel)
        # Hooks that fail are silent, so only a clear yes is one.
        if channel.go.done() and channel.go.result() is True:
            if content:
                yield commands.SendData(self.context.server, content)
            yield commands.CloseTcpConnection(self.context.server, half_close=True)
        else:
            yield from self._close()

    def _close(self) -> layer.CommandGenerator[None]:
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)
