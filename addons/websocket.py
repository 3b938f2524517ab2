"""WebSocket traffic: every message of a client is decided on before it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addons.messages import Message
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from addons.engine.websocket import HeldMessage
    from addons.inspector import MessageInspector

__all__ = ["WebsocketTraffic"]


class WebsocketTraffic:
    """The addon behind the WebSocket layer.

    Args:
        inspector: Decides.
    """

    def __init__(self, inspector: MessageInspector) -> None:
        self._inspector = inspector

    async def dlp_websocket_message(self, held: HeldMessage) -> None:
        """Decide on a message, with the end of what went before it."""
        request = held.flow.request
        message = Message(
            flow=FlowInfo(
                channel=Channel.WEBSOCKET,
                client=held.flow.client_conn.peername[0],
                host=request.host,
                port=request.port,
                method=held.kind,
                path=request.path.partition("?")[0],
            ),
            head=(("seam", held.seam.decode("utf-8", "replace")),) if held.seam else (),
            body=held.content,
        )
        if held.too_large:
            held.decision = await self._inspector.refuse(message, "too-large")
        else:
            held.decision = await self._inspector.decide(message)
