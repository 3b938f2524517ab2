"""gRPC and Connect: streams in both directions, decided on message by message.

A call may go both ways at once, so its request can't be held until it ends: the client may wait for
an answer before it goes on. Each message is framed by five bytes (flags, length); it is held until
its verdict, and sent on whole.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

from mitmproxy import http
from mitmproxy.flow import Error
from mitmproxy.proxy import layer
from mitmproxy.proxy.commands import StartHook
from mitmproxy.proxy.layers.http import DropStream, HttpStream, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestProtocolError,
    RequestTrailers,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._hooks import HttpErrorHook

from addons.engine.held import LONGEST_MESSAGE, TAIL, HeldMessage

__all__ = ["CALL", "DlpGrpcMessageHook", "GrpcCall", "is_call"]

# Key of `flow.metadata`: the request is decided on message by message.
CALL = "dlp.call"

PERMISSION_DENIED = "7"
# Flag of a message that is compressed as grpc-encoding says.
COMPRESSED = 1


@dataclass
class DlpGrpcMessageHook(StartHook):
    """A client has sent a message of a call; its addon decides."""

    message: HeldMessage


def is_call(request: http.Request) -> bool:
    """Tell whether a request is a call whose messages can be told apart."""
    kind = request.headers.get("content-type", "").lower()
    grpc = kind.startswith("application/grpc") and not kind.startswith("application/grpc-web")
    return (grpc or kind.startswith("application/connect+")) and "content-encoding" not in (
        request.headers
    )


class GrpcCall:
    """The client's side of one call.

    Args:
        stream: The stream that carries it.
        limit: Bytes of a message that may be held.
    """

    def __init__(self, stream: HttpStream, limit: int) -> None:
        self._stream = stream
        self._limit = min(limit, LONGEST_MESSAGE)
        self._buffer = bytearray()
        self._tail = b""

    def handle(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """Take what the client sends, and send on what is decided."""
        stream = self._stream
        if isinstance(event, RequestData):
            self._buffer += event.data
            yield from self._messages()
        elif isinstance(event, RequestTrailers):
            stream.flow.request.trailers = event.trailers
            if (yield from self._may_pass("trailers", bytes(event.trailers), "")):
                yield SendHttp(event, stream.context.server)
        elif self._buffer:
            yield from self._end("A message of the call was cut off.", None)
        else:
            stream.flow.request.timestamp_end = time.time()
            stream.client_state = stream.state_done
            yield SendHttp(event, stream.context.server)
            if stream.server_state == stream.state_done:
                yield from stream.flow_done()

    def _messages(self) -> layer.CommandGenerator[None]:
        """Decide on each message that is whole."""
        stream = self._stream
        while len(self._buffer) >= 5:
            length = int.from_bytes(self._buffer[1:5], "big")
            if length > self._limit:
                held = HeldMessage(stream.flow, "message", b"", too_large=True)
                yield from self._asked(held)
                return
            if len(self._buffer) < 5 + length:
                return
            whole = bytes(self._buffer[: 5 + length])
            del self._buffer[: 5 + length]
            if not (yield from self._may_pass("message", whole[5:], self._coding(whole[0]))):
                return
            yield SendHttp(RequestData(stream.stream_id, whole), stream.context.server)

    def _coding(self, flags: int) -> str:
        headers = self._stream.flow.request.headers
        coding = headers.get("grpc-encoding", "") or headers.get("connect-content-encoding", "")
        return coding if flags & COMPRESSED else ""

    def _may_pass(self, kind: str, content: bytes, coding: str) -> layer.CommandGenerator[bool]:
        if not content:
            return True
        seam = b""
        if not coding:
            seam = self._tail + content[:TAIL] if self._tail else b""
            self._tail = (self._tail + content[-TAIL:])[-TAIL:]
        held = HeldMessage(self._stream.flow, kind, content, seam, coding)
        return (yield from self._asked(held))

    def _asked(self, held: HeldMessage) -> layer.CommandGenerator[bool]:
        yield DlpGrpcMessageHook(held)
        if held.passes:
            return True
        incident = held.decision.incident if held.decision else ""
        yield from self._end("Stopped by data protection.", incident)
        return False

    def _end(self, reason: str, incident: str | None) -> layer.CommandGenerator[None]:
        """Break the call off towards the server, and tell the client why."""
        stream, self._buffer = self._stream, bytearray()
        said = f"{reason} Incident {incident}." if incident else reason
        yield SendHttp(
            RequestProtocolError(stream.stream_id, reason, ErrorCode.CANCEL), stream.context.server
        )
        yield from self._answer(said)
        stream.flow.error = Error(reason)
        yield HttpErrorHook(stream.flow)
        stream.client_state = stream.server_state = stream.state_errored
        stream.flow.live = False
        yield DropStream(stream.stream_id)

    def _answer(self, said: str) -> layer.CommandGenerator[None]:
        stream, client = self._stream, self._stream.context.client
        kind = stream.flow.request.headers.get("content-type", "")
        if not kind.startswith("application/grpc"):
            error = ResponseProtocolError(stream.stream_id, said, ErrorCode.KILL)
            yield SendHttp(error, client)
            return
        status = http.Headers([(b"grpc-status", PERMISSION_DENIED.encode())])
        status["grpc-message"] = quote(said, safe=" .,:")
        if stream.flow.response is None:
            response = http.Response.make(200, b"", {"content-type": kind})
            response.headers.pop("content-length", None)
            yield SendHttp(ResponseHeaders(stream.stream_id, response, end_stream=False), client)
        yield SendHttp(ResponseTrailers(stream.stream_id, status), client)
        yield SendHttp(ResponseEndOfMessage(stream.stream_id), client)
