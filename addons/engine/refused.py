"""The end of a connection whose traffic nobody could read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.commands import StartHook

if TYPE_CHECKING:
    from mitmproxy.connection import Client, Server
    from mitmproxy.proxy.context import Context

__all__ = ["DlpRefusedHook", "Refusal", "RefusedLayer"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which connection was refused, and why in a word."""

    client: Client
    server: Server
    reason: str


@dataclass
class DlpRefusedHook(StartHook):
    """A connection was refused; its addon writes that down."""

    # mitmproxy's connection handler takes hooks of exactly one argument.
    refusal: Refusal


class RefusedLayer(layer.Layer):
    """Closes both sides; what the client sent goes nowhere."""

    def __init__(self, context: Context, reason: str) -> None:
        super().__init__(context)
        self._reason = reason

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            refusal = Refusal(self.context.client, self.context.server, self._reason)
            yield DlpRefusedHook(refusal)
            if self.context.server.connected:
                yield commands.CloseConnection(self.context.server)
            yield commands.CloseConnection(self.context.client)
