"""Decides what speaks next on a connection: always a layer of ours, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy.layers import ClientTLSLayer, HttpLayer, ServerTLSLayer
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.modes import HttpUpstreamProxy
from mitmproxy.proxy.mode_specs import ReverseMode
from mitmproxy.proxy.tunnel import LayerStack

from addons.engine.ftp_control import FtpControlLayer
from addons.engine.http import Engine, InspectedHttpLayer
from addons.engine.refused import RefusedLayer
from addons.engine.trusted import TrustedLayer

if TYPE_CHECKING:
    from mitmproxy.proxy.context import Context
    from mitmproxy.proxy.layer import Layer

__all__ = ["InspectingNextLayer"]


class InspectingNextLayer(NextLayer):
    """mitmproxy's choice of the next layer, with its opaque layers replaced.

    What would be relayed unread (plain TCP, UDP, DNS, QUIC) is refused, unless its destination is
    trusted.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _next_layer(self, context: Context, data_client: bytes, data_server: bytes) -> Layer | None:
        if _greets_as_ftp(data_server) and context.client.alpn is None:
            return FtpControlLayer(context, self._engine.sessions)
        trust = self._engine.trust(context.client, context.server)
        if trust is not None and starts_like_tls_record(data_client):
            return TrustedLayer(context, trust)
        before = list(context.layers)
        chosen = super()._next_layer(context, data_client, data_server)
        if isinstance(chosen, InspectedHttpLayer):
            return chosen
        if isinstance(chosen, HttpLayer):
            context.layers[:] = before
            return InspectedHttpLayer(context, chosen.mode, self._engine)
        if isinstance(chosen, ClientTLSLayer | ServerTLSLayer):
            return chosen
        context.layers[:] = before
        if trust is not None and context.client.transport_protocol == "tcp":
            return TrustedLayer(context, trust)
        return RefusedLayer(context, "opaque")

    def _setup_explicit_http_proxy(  # type: ignore[override]
        self, context: Context, data_client: bytes
    ) -> Layer:
        # mitmproxy's own builds the whole stack at once, with an HTTP layer that is not ours.
        stack = LayerStack()
        if starts_like_tls_record(data_client):
            stack /= ClientTLSLayer(context)
        chained = isinstance(context.layers[0], HttpUpstreamProxy)
        mode = HTTPMode.upstream if chained else HTTPMode.regular
        stack /= InspectedHttpLayer(context, mode, self._engine)
        return stack[0]

    def _setup_reverse_proxy(  # type: ignore[override]
        self, context: Context, data_client: bytes
    ) -> Layer:
        # As above; of the servers that mitmproxy could stand before, settings name these.
        spec = context.client.proxy_mode
        assert isinstance(spec, ReverseMode)
        stack = LayerStack()
        if spec.scheme == "https":
            stack /= ServerTLSLayer(context)
        if starts_like_tls_record(data_client):
            stack /= ClientTLSLayer(context)
        stack /= InspectedHttpLayer(context, HTTPMode.transparent, self._engine)
        return stack[0]


def _greets_as_ftp(data_server: bytes) -> bool:
    line = data_server.partition(b"\n")[0].upper()
    return line.startswith((b"220", b"120")) and b"SMTP" not in line
