"""HTTP/1 with trailers, which mitmproxy's reader and writers do not know.

A connection that reads keeps the trailers of a chunked body and hands them on as events of their
own; one that writes puts them after the last chunk. An HTTP/2 request without a length becomes a
chunked one on its way to an HTTP/1.1 server, where mitmproxy would send a body that nothing frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from h11._readers import ChunkedReader
from mitmproxy import http
from mitmproxy.proxy import commands, layer
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    HttpEvent,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http1 import Http1Client, Http1Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from h11._receivebuffer import ReceiveBuffer
    from mitmproxy.proxy import events

__all__ = [
    "LONGEST_HEAD",
    "TrailingHttp1Client",
    "install",
    "is_chunked",
    "last_chunk",
    "with_trailers",
]

# Far above what servers accept (Apache 8 KiB a line, nginx 32 KiB in all), below what hurts.
LONGEST_HEAD = 256 * 1024

# What frames, routes or authorises a message may not come after it (RFC 9110 6.5.1).
_FORBIDDEN = frozenset(
    b"transfer-encoding content-length host trailer te content-encoding content-type content-range "
    b"authorization proxy-authorization cookie set-cookie expect connection upgrade".split()
)


class _Reader:
    """Reads a chunked body and keeps its trailers aside."""

    def __init__(self, reader: ChunkedReader) -> None:
        self._reader = reader
        self.trailers: http.Headers | None = None

    def __call__(self, buf: ReceiveBuffer) -> Any:
        event = self._reader(buf)
        if event is None and len(buf) > LONGEST_HEAD:
            raise h11.RemoteProtocolError("trailers or chunk extensions without end")
        if not isinstance(event, h11.EndOfMessage) or not event.headers:
            return event
        fields = event.headers.raw_items()
        if sum(len(name) + len(value) + 4 for name, value in fields) > LONGEST_HEAD:
            raise h11.RemoteProtocolError("trailers that are too long")
        if any(name.lower() in _FORBIDDEN for name, _ in fields):
            raise h11.RemoteProtocolError("a trailer that may not be one")
        self.trailers = http.Headers(fields)
        return h11.EndOfMessage()

    def read_eof(self) -> Any:
        return self._reader.read_eof()


def with_trailers(
    connection: Http1Connection,
    event: events.Event,
    read_body: Callable[[events.Event], layer.CommandGenerator[None]],
) -> layer.CommandGenerator[None]:
    """Read a body as `read_body` of mitmproxy does, and its trailers.

    Chunks that came together are one piece of it: each alone would go through all layers.
    """
    if isinstance(connection.body_reader, ChunkedReader):
        connection.body_reader = _Reader(connection.body_reader)  # type: ignore[assignment]
    reader: object = connection.body_reader
    for command in _joined(read_body(event)):
        if isinstance(command, ReceiveHttp) and isinstance(reader, _Reader) and reader.trailers:
            stream_id = command.event.stream_id
            if isinstance(command.event, RequestEndOfMessage):
                yield ReceiveHttp(RequestTrailers(stream_id, reader.trailers))
            elif isinstance(command.event, ResponseEndOfMessage):
                yield ReceiveHttp(ResponseTrailers(stream_id, reader.trailers))
        yield command


def _joined(came: layer.CommandGenerator[None]) -> Iterator[commands.Command]:
    """Yield what was read, with pieces of the body that follow each other as one."""
    pieces: list[RequestData | ResponseData] = []
    for command in came:
        if isinstance(command, ReceiveHttp) and isinstance(
            command.event, RequestData | ResponseData
        ):
            pieces.append(command.event)
            continue
        yield from _whole(pieces)
        yield command
    yield from _whole(pieces)


def _whole(pieces: list[RequestData | ResponseData]) -> Iterator[commands.Command]:
    if pieces:
        first = pieces[0]
        yield ReceiveHttp(type(first)(first.stream_id, b"".join(one.data for one in pieces)))
        pieces.clear()


def last_chunk(trailers: http.Headers | None) -> bytes:
    """Return what ends a chunked body."""
    return b"0\r\n" + (bytes(trailers) if trailers else b"") + b"\r\n"


class TrailingHttp1Client(Http1Client):
    """Speaks HTTP/1 to a server, trailers included."""

    _trailers: http.Headers | None = None

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Send a part of a request; see `Http1Client.send`."""
        if isinstance(event, RequestTrailers):
            self._trailers = event.trailers
            return
        if isinstance(event, RequestHeaders) and not event.end_stream:
            event = RequestHeaders(event.stream_id, _framed(event.request), end_stream=False)
        if isinstance(event, RequestEndOfMessage) and self._trailers is not None:
            trailers, self._trailers = self._trailers, None
            assert self.request is not None
            if is_chunked(self.request):
                yield commands.SendData(self.conn, last_chunk(trailers))
                yield from self.mark_done(request=True)
                return
        yield from super().send(event)

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a response body; see `Http1Connection.read_body`."""
        yield from with_trailers(self, event, super().read_body)


def install() -> None:
    """Have mitmproxy speak to servers by the client above."""
    layers.Http1Client = TrailingHttp1Client  # type: ignore[attr-defined]


def is_chunked(message: http.Message | None) -> bool:
    """Tell whether the body of a message is sent in chunks."""
    return message is not None and "chunked" in message.headers.get("transfer-encoding", "").lower()


def _framed(request: http.Request) -> http.Request:
    """Return the request with a body that HTTP/1.1 can frame."""
    if "content-length" in request.headers or is_chunked(request):
        return request
    framed = request.copy()
    framed.headers["transfer-encoding"] = "chunked"
    return framed
