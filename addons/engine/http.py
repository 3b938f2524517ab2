"""mitmproxy's HTTP layers, adapted so that nothing leaves that was not inspected and admitted.

This leans on mitmproxy internals; tests/addons/test_engine_contract.py says on which.

* Bodies are held, or streamed as far as they are clean: see holding.py.
* `HttpStream.make_server_connection` is the one door through which every request goes upstream.
  It opens only for a flow that an addon has admitted: mitmproxy swallows exceptions of hooks, so
  silence must mean no.
* ftp:// requests, which mitmproxy's parser refuses, are read as http:// ones and go to the
  in-process FTP gateway, or as they came to the proxy beyond.
* A protocol switch (101) to anything but a WebSocket is refused: nobody would read it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mitmproxy import http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode, SendHttp, validate_request
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)

from addons import pages
from addons.engine import closing, http1
from addons.engine.ftp_data import FtpDataLayer
from addons.engine.grpc import CALL, GrpcCall
from addons.engine.handover import handed_over
from addons.engine.holding import ADMITTED, STREAMED, DlpFailClosedHook, HoldingHttpStream
from addons.engine.http1_server import GuardedHttp1Server
from addons.engine.pacing import Paces
from addons.engine.websocket import WebsocketLayer, known_extensions

if TYPE_CHECKING:
    from mitmproxy.connection import Client, Server
    from mitmproxy.proxy.context import Context

    from addons.engine.ftp_sessions import FtpSessions
    from addons.transfer import Transfer
    from dlp.policy.trust import Trust

__all__ = ["WEBSOCKET", "Engine", "InspectedHttpLayer"]

FTP_PORT = 21
# A hundred thousand references of a repository make 8 MB.
MOST_HELD = 1 << 26
NO_FTP_BEYOND = "FTP in a tunnel can't go on through upstream_proxy; send it as FTP over HTTP"
# Key of `flow.metadata`, by which addon and layer speak to each other.
WEBSOCKET = "dlp.websocket"

closing.install()
http1.install()


@dataclass(slots=True, kw_only=True)
class Engine:
    """What the layers need to know of the shell.

    Attributes:
        hold_limit: Returns how many bytes of a request's messages are held in memory, where a
            protocol has no other way.
        sessions: FTP data channels that control channels have announced.
        begin: Makes the transfer of a request's body, of which the first bytes are there.
        trust: Returns what lets a connection pass unread, if anything does.
        paces: Whom the peers of each connection have to wait for.
        gateway_port: Where the FTP gateway listens on the loopback interface.
        gateway_token: What it asks to be shown.
    """

    hold_limit: Callable[[http.HTTPFlow], int]
    sessions: FtpSessions
    begin: Callable[[http.HTTPFlow, bytes], Transfer]
    trust: Callable[[Client, Server], Trust | None] = lambda _client, _server: None
    paces: Paces = field(default_factory=Paces)
    gateway_port: int = 0
    gateway_token: str = ""


class InspectedHttpLayer(HttpLayer):
    """The HTTP layer of a connection, with streams that hold what they carry."""

    def __init__(self, context: Context, mode: HTTPMode, engine: Engine) -> None:
        super().__init__(context, mode)
        self.engine = engine

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start) and self.context.client.alpn not in (b"h2", b"h3"):
            self.connections[self.context.client] = GuardedHttp1Server(self.context.fork())
        try:
            yield from super()._handle_event(event)
            if isinstance(event, events.Start):
                pace = self.engine.paces[self.context.client.id]
                pace.to_client.append(self.connections[self.context.client])
                pace.http = self
        except Exception:
            # mitmproxy would leave both sides hanging.
            logging.getLogger(__name__).exception("The HTTP layer failed, and is closed.")
            for connection in list(self.connections):
                yield commands.CloseConnection(connection)

    def make_stream(self, stream_id: int) -> layer.CommandGenerator[None]:
        """Make the stream that carries one request and its response."""
        self.streams[stream_id] = InspectedHttpStream(self.context.fork(), stream_id, self.engine)
        yield from self.event_to_child(self.streams[stream_id], events.Start())


class InspectedHttpStream(HoldingHttpStream):
    """One request and its response; holds the body, and opens the door only when admitted."""

    def __init__(self, context: Context, stream_id: int, engine: Engine) -> None:
        super().__init__(context, stream_id, engine.begin, engine.paces)
        self._engine = engine
        self._call: GrpcCall | None = None

    @property
    def is_arriving(self) -> bool:
        """Whether a client is to send more of a body that is taken as a whole."""
        body = (
            self.state_consume_request_body,
            self.state_stream_request_body,
            self.state_drain_request_body,
        )
        return self._call is None and self.child_layer is None and self.client_state in body

    def check_invalid(self, request: bool) -> layer.CommandGenerator[bool]:  # noqa: FBT001
        """Refuse malformed messages, as mitmproxy does, but know ftp:// requests."""
        if not request or self.flow.request.scheme != "ftp":
            return (yield from super().check_invalid(request))
        self.flow.request.scheme = "http"
        invalid = validate_request(self.mode, self.flow.request, validate_inbound_headers=True)
        if invalid is None and self.mode in (HTTPMode.regular, HTTPMode.upstream):
            self.flow.request.scheme = "ftp"
            return False
        return (yield from super().check_invalid(request))

    def start_request_stream(self) -> layer.CommandGenerator[None]:
        """Send the head of a call on, whose messages are decided on one by one; nothing else."""
        if self.flow.metadata.get(CALL) is not True:
            yield from super().start_request_stream()
        elif self.flow.response is not None:
            yield from self.send_response()
            self.client_state = self.state_errored
        elif not (yield from self.make_server_connection()):
            self.client_state = self.state_errored
        else:
            headers = RequestHeaders(self.stream_id, self.flow.request, end_stream=False)
            yield SendHttp(headers, self.context.server)
            self._call = GrpcCall(self, self._engine.hold_limit(self.flow))
            self._paces[self.context.client.id].arriving.add(self)
            self.client_state = self.state_stream_request_body

    def state_stream_request_body(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """Take a part of a body of which something has left."""
        if self._call is None:
            yield from super().state_stream_request_body(event)
            return
        yield from self._call.handle(event)
        if self.client_state != self.state_stream_request_body:
            self._leave()

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Give a call up; see `HttpStream.handle_protocol_error`."""
        if self._call is not None:
            self._leave()
        yield from super().handle_protocol_error(event)

    def _leave(self) -> None:
        self._paces[self.context.client.id].arriving.discard(self)

    def make_server_connection(self) -> layer.CommandGenerator[bool]:
        """Open the one door upstream, if the flow was admitted."""
        metadata = self.flow.metadata
        if metadata.get(ADMITTED) is not True and metadata.get(STREAMED) is not True:
            self.flow.response = pages.refusal(self.flow.request, reason="error")
            yield DlpFailClosedHook(self.flow)
            yield from self.send_response()
            return False
        # A proxy beyond is asked as clients ask this one.
        if self.flow.request.scheme == "ftp" and self.mode is HTTPMode.regular:
            self._to_gateway()
        return (yield from super().make_server_connection())

    def state_wait_for_response_headers(
        self, event: ResponseHeaders
    ) -> layer.CommandGenerator[None]:
        """Take the response, unless it switches to a protocol that nobody would read."""
        if event.response.status_code == 101 and not _opens_websocket(self.flow, event.response):
            yield commands.CloseConnection(self.context.server)
            reason = "The server switched to a protocol that this proxy does not inspect."
            error = ResponseProtocolError(self.stream_id, reason, ErrorCode.GENERIC_SERVER_ERROR)
            yield from self.handle_protocol_error(error)
            return
        yield from super().state_wait_for_response_headers(event)

    def state_consume_response_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Hold an answer whole, as what a server of git offers; one without an end is given up."""
        if isinstance(event, ResponseData):
            held = len(self.response_body_buf) + len(event.data)
            if held > MOST_HELD and self.server_state != self.state_errored:
                code = ErrorCode.RESPONSE_TOO_LARGE
                reason = "What the server offers is too long to be read."
                yield SendHttp(
                    RequestProtocolError(self.stream_id, reason, code), self.context.server
                )
                self.response_body_buf.clear()
                yield from self.handle_protocol_error(
                    ResponseProtocolError(self.stream_id, reason, code)
                )
                return
        yield from super().state_consume_response_body(event)

    def flow_done(self) -> layer.CommandGenerator[None]:
        """End a request; one that opened a WebSocket goes on as a layer of ours."""
        assert self.flow.response is not None
        if self.flow.response.status_code != 101:
            yield from super().flow_done()
            return
        held = self._engine.hold_limit(self.flow)
        websocket = WebsocketLayer(self.context, self.flow, held)
        self._paces[self.context.client.id].arriving.add(websocket)
        self.child_layer = websocket
        self._handle_event = self.passthrough  # type: ignore[method-assign]
        yield from self.child_layer.handle_event(events.Start())
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def handle_connect(self) -> layer.CommandGenerator[None]:
        """Begin a CONNECT, unless another worker knows what it is for."""
        passed_on = handed_over(self.context.client, self.flow.request, self._engine.sessions)
        if passed_on is None:
            yield from super().handle_connect()
        else:
            self.client_state = self.state_errored
            yield passed_on

    def handle_connect_upstream(self) -> layer.CommandGenerator[None]:
        """Begin a CONNECT through the proxy beyond; of FTP, both sides would wait for the other."""
        if self.flow.request.port == FTP_PORT:
            self.flow.response = http.Response.make(502)
            # Of a CONNECT that fails, clients show no more than this line.
            self.flow.response.reason = NO_FTP_BEYOND
            yield from self.handle_connect_finish()
        else:
            yield from super().handle_connect_upstream()  # type: ignore[no-untyped-call]

    def handle_connect_finish(self) -> layer.CommandGenerator[None]:
        """Finish a CONNECT; one to an announced FTP data channel is known as such at once."""
        request = self.flow.request
        client = self.context.client.peername[0]
        if self._engine.sessions.expects(client, request.host, request.port):
            self.child_layer = FtpDataLayer(self.context, self._engine.sessions, self._engine.paces)
        yield from super().handle_connect_finish()  # type: ignore[no-untyped-call]

    def _to_gateway(self) -> None:
        request = self.flow.request
        request.headers["x-dlp-gateway-token"] = self._engine.gateway_token
        request.headers["x-dlp-ftp-host"] = request.host
        request.headers["x-dlp-ftp-port"] = str(request.port)
        request.headers.pop("x-dlp-decided", None)
        if self.flow.metadata.get(ADMITTED) is True:
            request.headers["x-dlp-decided"] = "1"
        request.data.scheme = b"http"
        request.data.host = "127.0.0.1"
        request.data.port = self._engine.gateway_port
        request.headers["host"] = f"127.0.0.1:{self._engine.gateway_port}"


def _opens_websocket(flow: http.HTTPFlow, response: http.Response) -> bool:
    """Tell whether a 101 opens a WebSocket that can be read."""
    extensions = response.headers.get("sec-websocket-extensions", "")
    return (
        flow.metadata.get(WEBSOCKET) is True
        and response.headers.get("upgrade", "").lower() == "websocket"
        and len(known_extensions(extensions)) == extensions.count(",") + bool(extensions)
    )
