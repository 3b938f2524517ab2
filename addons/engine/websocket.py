"""WebSocket: what the client sends is held message by message until it is decided.

Messages are read with permessage-deflate undone and written anew, so the server gets what was
inspected and nothing else. What the server sends passes as it comes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.commands import StartHook
from wsproto.connection import Connection, ConnectionType
from wsproto.connection import ConnectionState as WebsocketState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.utilities import split_comma_header

from addons.engine.held import LONGEST_MESSAGE, TAIL, HeldMessage

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow
    from mitmproxy.proxy.context import Context

__all__ = ["DlpWebsocketMessageHook", "WebsocketLayer", "known_extensions"]

# A message keeps the frames it came in; from this many on, the rest becomes one.
FRAMES = 1024
# Reads that may wait while a message is decided.
BEHIND = 4


@dataclass
class DlpWebsocketMessageHook(StartHook):
    """A client has sent a message; its addon decides."""

    message: HeldMessage


class WebsocketLayer(layer.Layer):
    """One WebSocket.

    Args:
        context: The connection's.
        flow: The request that opened it, answered 101.
        hold_limit: Bytes that may be held.
    """

    def __init__(self, context: Context, flow: HTTPFlow, hold_limit: int) -> None:
        super().__init__(context)
        assert flow.response is not None
        self._flow = flow
        self._limit = min(hold_limit, LONGEST_MESSAGE)
        agreed = flow.response.headers.get("sec-websocket-extensions", "")
        self._client = Connection(ConnectionType.SERVER, _extensions(agreed, self._limit))
        self._server = Connection(ConnectionType.CLIENT, _extensions(agreed, self._limit))
        self._inbound = _Boundaries()
        self._frames: list[list[str] | list[bytes]] = []
        self._size = 0
        self._tail = b""
        self._ended = False

    @property
    def is_behind(self) -> bool:
        """Whether what comes can't be taken now."""
        return len(self._paused_event_queue) > BEHIND

    async def room(self) -> None:
        """Wait for nothing but being asked about what has come; see `pacing.Arriving`."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if self._ended:
            return
        try:
            if isinstance(event, events.DataReceived):
                if event.connection is self.context.server:
                    self._inbound.feed(event.data)
                    yield commands.SendData(self.context.client, event.data)
                else:
                    yield from self._from_client(event.data)
            elif isinstance(event, events.ConnectionClosed):
                yield from self._end()
        except Exception:
            # mitmproxy would leave both sides hanging.
            logging.getLogger(__name__).exception(
                "The WebSocket layer failed; its connections are closed."
            )
            yield from self._end()

    def _from_client(self, data: bytes) -> layer.CommandGenerator[None]:
        self._client.receive_data(data)
        for event in self._client.events():
            if isinstance(event, TextMessage | BytesMessage):
                yield from self._part(event)
            elif isinstance(event, Ping | Pong):
                kind = "ping" if isinstance(event, Ping) else "pong"
                yield from self._pass(kind, bytes(event.payload), [event])
            elif isinstance(event, CloseConnection):
                if event.code == CloseReason.MESSAGE_TOO_BIG and not self._said_goodbye:
                    yield from self._too_large("compressed")
                elif not self._said_goodbye:
                    # wsproto's way to say that this is not WebSocket.
                    yield from self._close(event.code, "")
                else:
                    reason = (event.reason or "").encode("utf-8")
                    yield from self._pass("close", reason, [event])
            if self._ended:
                return

    def _part(self, event: TextMessage | BytesMessage) -> layer.CommandGenerator[None]:
        """Hold a part of a message, and decide on the message when it is whole."""
        self._size += len(event.data)
        if self._size > self._limit:
            yield from self._too_large("text" if isinstance(event, TextMessage) else "binary")
            return
        if not self._frames:
            self._frames.append([])
        self._frames[-1].append(event.data)  # type: ignore[arg-type]
        if not event.message_finished:
            if event.frame_finished and len(self._frames) < FRAMES:
                self._frames.append([])
            return
        frames, self._frames, self._size = self._frames, [], 0
        outgoing: list[Event]
        if isinstance(event, TextMessage):
            texts = ["".join(parts) for parts in frames]  # type: ignore[arg-type]
            content = "".join(texts).encode("utf-8")
            outgoing = [TextMessage(text, message_finished=False) for text in texts[:-1]]
            outgoing.append(TextMessage(texts[-1]))
        else:
            blocks = [b"".join(parts) for parts in frames]  # type: ignore[arg-type]
            content = b"".join(blocks)
            outgoing = [BytesMessage(block, message_finished=False) for block in blocks[:-1]]
            outgoing.append(BytesMessage(blocks[-1]))
        kind = "text" if isinstance(event, TextMessage) else "binary"
        yield from self._pass(kind, content, outgoing)

    def _pass(
        self, kind: str, content: bytes, outgoing: list[Event]
    ) -> layer.CommandGenerator[None]:
        """Send on what says nothing, or nothing that may not leave."""
        if content:
            seam = self._tail + content[:TAIL] if self._tail else b""
            if not (yield from self._asked(HeldMessage(self._flow, kind, content, seam))):
                return
            self._tail = (self._tail + content[-TAIL:])[-TAIL:]
        if self.context.server.state & ConnectionState.CAN_WRITE:
            data = b"".join(self._server.send(event) for event in outgoing)
            yield commands.SendData(self.context.server, data)

    @property
    def _said_goodbye(self) -> bool:
        """Whether the client has sent a close frame of its own."""
        return self._client.state is WebsocketState.REMOTE_CLOSING

    def _too_large(self, kind: str) -> layer.CommandGenerator[None]:
        yield from self._asked(HeldMessage(self._flow, kind, b"", too_large=True))

    def _asked(self, held: HeldMessage) -> layer.CommandGenerator[bool]:
        """Ask whether a message may pass; if not, the WebSocket ends here."""
        yield DlpWebsocketMessageHook(held)
        decision = held.decision
        if held.passes:
            return True
        if decision is None:
            yield from self._close(CloseReason.INTERNAL_ERROR, "")
            return False
        code = CloseReason.INTERNAL_ERROR
        if held.too_large:
            code = CloseReason.MESSAGE_TOO_BIG
        elif decision.status == 403:
            code = CloseReason.POLICY_VIOLATION
        yield from self._close(code, f"Stopped by data protection. Incident {decision.incident}.")
        return False

    def _close(self, code: int, reason: str) -> layer.CommandGenerator[None]:
        """Close towards both sides, for a reason of our own that the client is told."""
        if self._inbound.between_frames:
            answer = self._client.send(CloseConnection(code=code, reason=reason or None))
            yield commands.SendData(self.context.client, answer)
        if self._server.state is WebsocketState.OPEN:
            farewell = self._server.send(CloseConnection(code=CloseReason.GOING_AWAY))
            yield commands.SendData(self.context.server, farewell)
        yield from self._end()

    def _end(self) -> layer.CommandGenerator[None]:
        self._ended = True
        self._frames.clear()
        for connection in (self.context.server, self.context.client):
            if connection.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(connection)


class _Boundaries:
    """Tells where a server's frames end (RFC 6455 5.2), since only there may one be added."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    @property
    def between_frames(self) -> bool:
        return not self._head and not self._left

    def feed(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            self._head += data[at : at + 1]
            at += 1
            if len(self._head) < 2:
                continue
            short = self._head[1] & 0x7F
            masked = 4 if self._head[1] & 0x80 else 0
            extended = {126: 2, 127: 8}.get(short, 0)
            if len(self._head) == 2 + extended:
                length = int.from_bytes(self._head[2:], "big") if extended else short
                self._left = length + masked
                self._head = b""


class _Deflate(PerMessageDeflate):
    """permessage-deflate with bounded output, and with control frames inside a message.

    wsproto forgets that a message is compressed when a control frame comes between its frames.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._kept: bool | None = None

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        if opcode.iscontrol():
            self._kept = self._inbound_compressed
        return super().frame_inbound_header(proto, opcode, rsv, payload_length)

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        if not self._inbound_compressed or not self._inbound_is_compressible:
            return super().frame_inbound_payload_data(proto, data)
        assert self._decompressor is not None
        plain = self._decompressor.decompress(data, self._limit + 1)
        return CloseReason.MESSAGE_TOO_BIG if self._decompressor.unconsumed_tail else plain

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,
        fin: bool,  # noqa: FBT001
    ) -> bytes | CloseReason | None:
        if self._inbound_is_compressible:
            return super().frame_inbound_complete(proto, fin)
        self._inbound_compressed = self._kept
        return None


def known_extensions(header: str) -> list[str]:
    """Return the members of a Sec-WebSocket-Extensions header that can be read."""
    members = split_comma_header(header.encode("ascii", "replace"))
    return [one for one in members if one.partition(";")[0].strip() == PerMessageDeflate.name]


def _extensions(agreed: str, limit: int) -> list[Extension]:
    extensions: list[Extension] = []
    for member in known_extensions(agreed):
        deflate = _Deflate(limit)
        deflate.finalize(member)
        extensions.append(deflate)
    return extensions
