"""What HTTP/2 says and HTTP/1.1 has to frame."""

from __future__ import annotations

import pytest
from mitmproxy import http
from mitmproxy.connection import ConnectionState, Server
from mitmproxy.options import Options
from mitmproxy.proxy import commands, context, events
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    HttpEvent,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
)
from mitmproxy.test import tflow

import addons.engine.http  # noqa: F401 - installs the client
from addons.engine.http1 import TrailingHttp1Client
from addons.engine.http1_server import GuardedHttp1Server


def sent(*parts: HttpEvent) -> bytes:
    around = context.Context(tflow.tclient_conn(), Options())
    around.server = Server(address=("example.org", 80))
    around.server.state = ConnectionState.OPEN
    client = TrailingHttp1Client(around)
    data = b""
    for event in (events.Start(), *parts):
        for command in client.handle_event(event):
            if isinstance(command, commands.SendData):
                data += command.data
    return data


def request() -> http.Request:
    made = http.Request.make("POST", "https://example.org/x")
    made.headers.pop("content-length", None)
    made.http_version = "HTTP/2.0"
    return made


def test_this_is_what_mitmproxy_speaks_to_servers_by() -> None:
    assert vars(layers)["Http1Client"] is TrailingHttp1Client


@pytest.mark.parametrize("trailers", [None, http.Headers([(b"x-sum", b"1")])])
def test_a_body_without_a_length_is_sent_in_chunks(trailers: http.Headers | None) -> None:
    parts: list[HttpEvent] = [
        RequestHeaders(1, request(), end_stream=False),
        RequestData(1, b"abc"),
    ]
    if trailers:
        parts.append(RequestTrailers(1, trailers))
    data = sent(*parts, RequestEndOfMessage(1))

    head, _, body = data.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert body == b"3\r\nabc\r\n0\r\n" + (b"x-sum: 1\r\n" if trailers else b"") + b"\r\n"


def test_a_body_with_a_length_keeps_it_and_has_no_room_for_trailers() -> None:
    made = request()
    made.headers["content-length"] = "3"
    data = sent(
        RequestHeaders(1, made, end_stream=False),
        RequestData(1, b"abc"),
        RequestTrailers(1, http.Headers([(b"x-sum", b"1")])),
        RequestEndOfMessage(1),
    )

    head, _, body = data.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert body == b"abc"


@pytest.mark.parametrize("end", [b"0\r\n\r\n", b"0\r\nx-sum: 1\r\n\r\n", b"0x\r\n\r\n", b"1\r\n"])
def test_chunks_that_come_together_are_one_piece_of_a_body(end: bytes) -> None:
    server = GuardedHttp1Server(context.Context(tflow.tclient_conn(), Options()))
    came: list[HttpEvent] = []

    def receive(data: bytes) -> None:
        said = server.handle_event(events.DataReceived(server.conn, data))
        came.extend(command.event for command in said if isinstance(command, ReceiveHttp))

    list(server.handle_event(events.Start()))
    receive(b"POST http://example.org/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    receive(b"1\r\na\r\n" * 999 + b"1\r\n")
    receive(b"b\r\n1\r\nc\r\n" + end)

    bodies = [event.data for event in came if isinstance(event, RequestData)]
    assert bodies == [b"a" * 999, b"bc"]
    others = [type(event).__name__ for event in came if not isinstance(event, RequestData)]
    assert others[0] == "RequestHeaders"
    ends = {
        b"0\r\n\r\n": ["RequestEndOfMessage"],
        b"0x\r\n\r\n": ["RequestProtocolError"],
        b"1\r\n": [],
    }
    assert others[1:] == ends.get(end, ["RequestTrailers", "RequestEndOfMessage"])
    # Nothing of a body comes after its end.
    assert isinstance(came[-1], RequestData) is (end == b"1\r\n")


def test_a_request_without_a_body_stays_without_one() -> None:
    data = sent(RequestHeaders(1, request(), end_stream=True), RequestEndOfMessage(1))
    assert b"transfer-encoding" not in data.lower()
    assert data.endswith(b"\r\n\r\n")
