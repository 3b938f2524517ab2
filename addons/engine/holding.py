"""Request bodies: held for their verdict, or let go as far as they are clean.

Small bodies take mitmproxy's own way, whole and in memory. Others become a transfer, which is
inspected while it arrives. A streamed message that is stopped is broken off so that no server
takes it for complete: an HTTP/1 connection is closed before the last byte or chunk, an HTTP/2
stream reset.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mitmproxy import flow as mitmproxy_flow
from mitmproxy import http
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.commands import StartHook
from mitmproxy.proxy.layers.http import DropStream, HttpLayer, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseEndOfMessage,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import (
    HttpErrorHook,
    HttpRequestHook,
    HttpResponseHeadersHook,
)

from addons import pages
from addons.engine.pacing import AwaitTransfer, h2_backlog
from addons.engine.unreached import UnreachedHttpStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from mitmproxy.proxy.context import Context

    from addons.engine.pacing import Paces
    from addons.transfer import Transfer

__all__ = [
    "ADMITTED",
    "ANSWER",
    "STREAMED",
    "TRANSFER",
    "DlpFailClosedHook",
    "DlpStreamHook",
    "HoldingHttpStream",
]

# Keys of `flow.metadata`, by which addon and layer speak to each other.
ADMITTED = "dlp.admitted"
STREAMED = "dlp.streamed"
TRANSFER = "dlp.transfer"
ANSWER = "dlp.answer"

# Bodies up to here are held whole in memory; a transfer would cost more than it saves.
SMALL = 64 * 1024
# Events that may wait while a stream waits for something else.
BEHIND = 4


@dataclass
class DlpFailClosedHook(StartHook):
    """A flow reached the door without having been admitted."""

    flow: http.HTTPFlow


@dataclass
class DlpStreamHook(StartHook):
    """A body is larger than what is held, and clean so far; its addon lets it begin."""

    flow: http.HTTPFlow


class HoldingHttpStream(UnreachedHttpStream):
    """One request and its response, whose body waits in a transfer.

    Args:
        context: The connection's.
        stream_id: Number of the stream.
        begin: Makes the transfer of a flow's body, of which the first bytes are there.
        paces: Where the transfer says whom to wait for.
    """

    def __init__(
        self,
        context: Context,
        stream_id: int,
        begin: Callable[[http.HTTPFlow, bytes], Transfer],
        paces: Paces,
    ) -> None:
        super().__init__(context, stream_id)
        self._begin = begin
        self._paces = paces
        self._transfer: Transfer | None = None
        self._awaits = False
        self._upstream = False
        self._over = False

    @property
    def is_behind(self) -> bool:
        """Whether what comes can't be taken now."""
        return len(self._paused_event_queue) > BEHIND

    async def room(self) -> None:
        """Wait until the client may send more."""
        if self._transfer is not None:
            await self._transfer.room()

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup):
            assert isinstance(event.command, AwaitTransfer)
            self._awaits = False
            if not self._over:
                yield from self._woken(event.command.data)
        else:
            yield from super()._handle_event(event)

    # The body arrives.

    def state_consume_request_body(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """Hold the body; from a certain size on, in a transfer."""
        if self._transfer is None:
            held = self.request_body_buf
            if not isinstance(event, RequestData) or len(held) + len(event.data) <= SMALL:
                yield from super().state_consume_request_body(event)
                return
            head = bytes(held) or event.data
            self._transfer = self.flow.metadata[TRANSFER] = self._begin(self.flow, head)
            self._paces[self.context.client.id].arriving.add(self)
            self._transfer.feed(bytes(held))
            held.clear()
            yield from self._await()
        yield from self._receive(event)

    def state_stream_request_body(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """Go on receiving a body of which the server has been told."""
        yield from self._receive(event)

    def state_drain_request_body(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """Let go of what comes after a stop; many clients read no answer before they sent all."""
        if isinstance(event, RequestEndOfMessage):
            self.client_state = self.state_done
            yield DropStream(self.stream_id)

    def start_request_stream(self) -> layer.CommandGenerator[None]:
        """Never stream past inspection, whatever option or addon asks it."""
        self.flow.request.stream = False
        self.client_state = self.state_consume_request_body
        yield from ()

    def _receive(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        assert self._transfer is not None
        if isinstance(event, RequestData):
            self._transfer.feed(event.data)
        elif isinstance(event, RequestTrailers):
            self.flow.request.trailers = event.trailers
        else:
            self.flow.request.timestamp_end = time.time()
            self._client_done = True
            trailers = self.flow.request.trailers
            self._transfer.end(
                tuple(
                    ("trailers", f"{name}: {value}") for name, value in trailers.items(multi=True)
                )
                if trailers
                else ()
            )
            # The addon waits for the decision.
            yield HttpRequestHook(self.flow)
            yield from self._decided()

    def _await(self) -> layer.CommandGenerator[None]:
        assert self._transfer is not None
        if not self._awaits:
            self._awaits = True
            server = self.context.server if self._upstream else None
            yield AwaitTransfer(self._transfer, server, self._backlog)

    def _backlog(self) -> int:
        if not self._upstream:
            return 0
        parent = self.context.layers[self.context.layers.index(self) - 1]
        assert isinstance(parent, HttpLayer)
        return h2_backlog(parent.connections.get(self.context.server))

    # It goes on, or is stopped.

    def _woken(self, data: bytes) -> layer.CommandGenerator[None]:
        transfer = self._transfer
        assert transfer is not None
        if data:
            yield SendHttp(RequestData(self.stream_id, data), self.context.server)
        if transfer.decision is not None and not self._client_done:
            if not transfer.decision.passes:
                yield HttpRequestHook(self.flow)
                yield from self._decided()
            return
        if self._client_done:
            yield from self._send_on()
            return
        if not self._upstream and transfer.releasable > 0:
            yield DlpStreamHook(self.flow)
            if self.flow.metadata.get(STREAMED) is not True:
                transfer.hold()
            elif not (yield from self._open()):
                return
        yield from self._await()

    def _decided(self) -> layer.CommandGenerator[None]:
        if self._over:
            return
        if any(isinstance(event, RequestProtocolError) for event in self._paused_event_queue):
            # The client has gone; what it left behind is handled next.
            return
        if self.flow.metadata.get(ADMITTED) is not True:
            yield from self._stop()
        elif self._upstream or (yield from self._open()):
            yield from self._send_on()

    def _open(self) -> layer.CommandGenerator[bool]:
        """Tell the server of the message."""
        if not (yield from self.make_server_connection()):
            self._close()
            return False
        self._upstream = True
        self.client_state = self.state_stream_request_body
        headers = RequestHeaders(self.stream_id, self.flow.request, end_stream=False)
        yield SendHttp(headers, self.context.server)
        return True

    def _send_on(self) -> layer.CommandGenerator[None]:
        """Send what waits, and end the message once that is all."""
        assert self._transfer is not None
        decision = self._transfer.decision
        if decision is not None and not decision.passes:
            # What waited for its turn can't be read any more.
            yield from self._stop()
            return
        if not self._transfer.done or self._awaits:
            yield from self._await()
            return
        self._close()
        self.client_state = self.state_done
        if self.flow.request.trailers:
            yield SendHttp(
                RequestTrailers(self.stream_id, self.flow.request.trailers), self.context.server
            )
        yield SendHttp(RequestEndOfMessage(self.stream_id), self.context.server)
        if self.server_state == self.state_done:
            yield from self.flow_done()

    def _stop(self) -> layer.CommandGenerator[None]:
        """Break the message off, and say so to the client."""
        self._close()
        answer = self.flow.metadata.get(ANSWER)
        if not isinstance(answer, http.Response):
            answer = pages.refusal(self.flow.request, reason="error")
            self.flow.metadata[ANSWER] = answer
            yield DlpFailClosedHook(self.flow)
        answered = self._upstream and self.server_state in (
            self.state_stream_response_body,
            self.state_done,
        )
        if self._upstream:
            reset = RequestProtocolError(self.stream_id, "stopped", ErrorCode.CANCEL)
            yield SendHttp(reset, self.context.server)
        if answered:
            # The server's answer has begun; all that is left is to break that off too.
            self.flow.error = mitmproxy_flow.Error("stopped")
            yield HttpErrorHook(self.flow)
            yield SendHttp(
                ResponseProtocolError(self.stream_id, "stopped", ErrorCode.KILL),
                self.context.client,
            )
            self.client_state = self.server_state = self.state_errored
            yield DropStream(self.stream_id)
            return
        if not self._client_done and not self.flow.request.is_http2:
            answer.headers["connection"] = "close"
        self.flow.response = answer
        self.client_state = self.state_done if self._client_done else self.state_drain_request_body
        yield HttpResponseHeadersHook(self.flow)
        yield from self.send_response()
        if not self._client_done:
            yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Give a transfer up with its message."""
        if self._over and isinstance(event, ResponseProtocolError) and ANSWER in self.flow.metadata:
            # The server that was hung up on.
            return
        if self._transfer is not None:
            self._close()
        yield from super().handle_protocol_error(event)

    def _close(self) -> None:
        assert self._transfer is not None
        self._over = True
        self._transfer.abort()
        self._paces[self.context.client.id].arriving.discard(self)
