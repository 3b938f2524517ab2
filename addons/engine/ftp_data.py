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

from addons.engine.pacing import AwaitTransfer

if TYPE_CHECKING:
    from mitmproxy.proxy.context import Context

    from addons.engine.ftp_sessions import DataChannel, FtpSessions
    from addons.engine.pacing import Paces

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
        paces: Where it says whom the client has to wait for.
    """

    def __init__(self, context: Context, sessions: FtpSessions, paces: Paces) -> None:
        super().__init__(context)
        assert context.server.address is not None
        host, port = context.server.address[:2]
        self._channel = sessions.take(context.client.peername[0], host, port)
        if self._channel is not None:
            paces[context.client.id].arriving.add(self._channel)

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        channel = self._channel
        if channel is None:
            yield from self._close()
        elif isinstance(event, events.Wakeup):
            assert isinstance(event.command, AwaitTransfer)
            yield from self._send_on(channel, event.command.data)
        elif isinstance(event, events.DataReceived):
            if event.connection is self.context.server:
                yield commands.SendData(self.context.client, event.data)
            elif channel.refused:
                yield from self._close()
            else:
                channel.feed(event.data)
        elif isinstance(event, events.ConnectionClosed):
            if event.connection is self.context.server:
                channel.receive(complete=False)
                yield from self._close()
            elif event.connection.state is ConnectionState.CLOSED:
                # Cut off, not ended: a part of a file is not a file.
                channel.receive(complete=False)
                yield from self._close()
            else:
                yield from self._ended(channel)

    def _ended(self, channel: DataChannel) -> layer.CommandGenerator[None]:
        channel.receive(complete=True)
        yield DlpFtpDataHook(channel)
        # Hooks that fail are silent, so only a clear yes is one.
        if channel.go.done() and channel.go.result() is True and channel.transfer is not None:
            yield from self._send_on(channel, b"")
        else:
            yield from self._close()

    def _send_on(self, channel: DataChannel, data: bytes) -> layer.CommandGenerator[None]:
        transfer = channel.transfer
        assert transfer is not None
        if data:
            yield commands.SendData(self.context.server, data)
        if transfer.decision is None or not transfer.decision.passes:
            yield from self._close()
        elif transfer.done:
            transfer.abort()
            yield commands.CloseTcpConnection(self.context.server, half_close=True)
        else:
            yield AwaitTransfer(transfer, self.context.server, lambda: 0)

    def _close(self) -> layer.CommandGenerator[None]:
        if self._channel is not None and self._channel.transfer is not None:
            self._channel.transfer.abort()
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)
