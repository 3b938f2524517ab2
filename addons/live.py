"""Traffic that is decided on message by message while it goes on: WebSocket and gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addons.identity import host_of, user_of
from addons.messages import Message
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from addons.engine.held import HeldMessage
    from addons.inspector import MessageInspector

__all__ = ["LiveTraffic"]


class LiveTraffic:
    """The addon behind the WebSocket layer and gRPC calls.

    Args:
        inspector: Decides.
    """

    def __init__(self, inspector: MessageInspector) -> None:
        self._inspector = inspector

    async def dlp_websocket_message(self, held: HeldMessage) -> None:
        """Decide on a message of a WebSocket."""
        await self._decide(held, Channel.WEBSOCKET, held.kind)

    async def dlp_grpc_message(self, held: HeldMessage) -> None:
        """Decide on a message of a call."""
        await self._decide(held, Channel.HTTP, held.flow.request.method)

    async def _decide(self, held: HeldMessage, channel: Channel, method: str) -> None:
        request = held.flow.request
        message = Message(
            flow=FlowInfo(
                channel=channel,
                client=held.flow.client_conn.peername[0],
                host=host_of(held.flow),
                port=request.port,
                method=method,
                path=request.path.partition("?")[0],
                user=user_of(held.flow),
            ),
            head=(("seam", held.seam.decode("utf-8", "replace")),) if held.seam else (),
            body=held.content,
            content_encoding=held.coding,
        )
        if held.too_large:
            held.decision = await self._inspector.refuse(message, "too-large")
        else:
            held.decision = await self._inspector.decide(message)
