"""Traffic that is decided on message by message while it goes on: WebSocket and gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from addons.identity import host_of, user_of
from addons.joined import Joined, TooMuchError
from addons.messages import Message, log_failure
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow

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
        self._joined: WeakKeyDictionary[HTTPFlow, Joined] = WeakKeyDictionary()

    async def dlp_websocket_message(self, held: HeldMessage) -> None:
        """Decide on a message of a WebSocket."""
        message = await self._decide(held, Channel.WEBSOCKET, held.kind)
        if held.passes and held.kind in ("text", "binary"):
            await self._join(held, message)

    async def dlp_grpc_message(self, held: HeldMessage) -> None:
        """Decide on a message of a call."""
        await self._decide(held, Channel.HTTP, held.flow.request.method)

    async def _join(self, held: HeldMessage, message: Message) -> None:
        """Decide on what a message makes with those before it."""
        if held.flow not in self._joined:
            self._joined[held.flow] = Joined(self._inspector)
        joined = self._joined[held.flow]
        try:
            result = await joined.read(held.content, message.flow)
            if result is not None:
                held.decision = await self._inspector.settle(message, result)
        except TooMuchError:
            held.decision = await self._inspector.refuse(message, "too-large")
        except TimeoutError:
            held.decision = await self._inspector.refuse(message, "timeout")
        except Exception as error:  # noqa: BLE001 - a failed inspection must end in a refusal
            log_failure(message.flow, error)
            held.decision = await self._inspector.refuse(message, "error")

    async def _decide(self, held: HeldMessage, channel: Channel, method: str) -> Message:
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
        return message
