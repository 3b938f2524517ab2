"""Connections that pass unread, because the policy says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mitmproxy.proxy import events, layer
from mitmproxy.proxy.commands import StartHook
from mitmproxy.proxy.layers.tcp import TCPLayer
from mitmproxy.proxy.utils import expect

from dlp.policy.trust import Trust

if TYPE_CHECKING:
    from mitmproxy.connection import Client, Server
    from mitmproxy.proxy.context import Context

__all__ = ["DlpTrustedHook", "Passage", "TrustedLayer"]


@dataclass(frozen=True, slots=True)
class Passage:
    """Which connection passes unread, and by what."""

    client: Client
    server: Server
    trust: Trust


@dataclass
class DlpTrustedHook(StartHook):
    """A connection passes unread; its addon writes that down."""

    # mitmproxy's connection handler takes hooks of exactly one argument.
    passage: Passage


class TrustedLayer(TCPLayer):
    """Relays both ways what nobody reads.

    Args:
        context: The connection's.
        trust: What lets it pass.
    """

    def __init__(self, context: Context, trust: Trust) -> None:
        super().__init__(context, ignore=True)
        self._trust = trust

    @expect(events.Start)  # type: ignore[untyped-decorator]
    def start(self, event: events.Start) -> layer.CommandGenerator[None]:
        """Write down that it begins, and begin."""
        yield DlpTrustedHook(Passage(self.context.client, self.context.server, self._trust))
        yield from super().start(event)

    _handle_event = start
