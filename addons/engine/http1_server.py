"""A client's HTTP/1 connection, on which requests can be for ftp:// too, and end in trailers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mitmproxy.proxy import commands
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    HttpEvent,
    RequestHeaders,
    ResponseEndOfMessage,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http1 import Http1Server, make_error_response

from addons import pages
from addons.engine import http1
from addons.engine.http1 import LONGEST_HEAD

if TYPE_CHECKING:
    from mitmproxy import http
    from mitmproxy.proxy import events, layer

__all__ = ["GuardedHttp1Server"]

_FTP_REQUEST = re.compile(
    rb"(?P<method>[A-Za-z]{1,16}) ftp://(?:(?P<user>[^@/\s]*)@)?(?P<host>\[[^\]\s]*\]|[^:/\s]+)"
    rb"(?::(?P<port>\d{1,5}))?(?P<path>/\S*)? HTTP/1\.[01]\r?",
    re.IGNORECASE,
)


class GuardedHttp1Server(Http1Server):
    """Reads a client's HTTP/1 requests, ftp:// ones among them."""

    _ftp: tuple[str, str | None] | None = None
    _trailers: http.Headers | None = None

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read a request head; see `Http1Server.read_headers`."""
        # Empty lines before a request are none of it (RFC 9112 2.2); mitmproxy would wait for ever.
        empty = len(bytes(self.buf)) - len(bytes(self.buf).lstrip(b"\r\n"))
        if empty:
            self.buf.maybe_extract_at_most(empty)
        self._rewrite_ftp()
        for command in super().read_headers(event):
            if isinstance(command, ReceiveHttp) and isinstance(command.event, RequestHeaders):
                self._mark_ftp(command.event.request)
            yield command
        if self.state == self.read_headers and len(self.buf) > LONGEST_HEAD:
            yield commands.SendData(self.conn, make_error_response(431))
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a request body; see `Http1Connection.read_body`."""
        yield from http1.with_trailers(self, event, super().read_body)

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Send a part of a response; see `Http1Server.send`."""
        if isinstance(event, ResponseTrailers):
            self._trailers = event.trailers
            return
        if isinstance(event, ResponseEndOfMessage) and self._trailers is not None:
            trailers, self._trailers = self._trailers, None
            if http1.is_chunked(self.response):
                yield commands.SendData(self.conn, http1.last_chunk(trailers))
                yield from self.mark_done(response=True)
                return
        yield from super().send(event)

    def _rewrite_ftp(self) -> None:
        """Turn the request line of an ftp:// request into an http:// one, and remember it."""
        head = bytes(self.buf)[:LONGEST_HEAD]
        line, newline, _ = head.lstrip(b"\r\n").partition(b"\n")
        match = _FTP_REQUEST.fullmatch(line) if newline else None
        if match is None:
            return
        user = match["user"]
        self._ftp = ("ftp", None if user is None else user.decode("latin-1"))
        rewritten = b"%s http://%s:%s%s HTTP/1.1\r\n" % (
            match["method"],
            match["host"],
            match["port"] or b"21",
            match["path"] or b"/",
        )
        rest = bytes(self.buf).lstrip(b"\r\n")[len(line) + 1 :]
        self.buf = type(self.buf)()
        self.buf += rewritten + rest

    def _mark_ftp(self, request: http.Request) -> None:
        if self._ftp is None:
            return
        scheme, user = self._ftp
        self._ftp = None
        request.scheme = scheme
        if user is not None and "authorization" not in request.headers:
            request.headers["authorization"] = pages.basic_authorization(user)
