"""FTP-over-HTTP: an HTTP server on the loopback interface that speaks FTP to the destination.

The proxy sends it ftp:// requests that were inspected and admitted, with a token that nobody else
knows. Requests and responses stream through with backpressure on both sides.
"""

from __future__ import annotations

import asyncio
import hmac
import mimetypes
import secrets
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aioftp.errors import AIOFTPException, StatusCodeError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from addons.ftp_upstream import (
    Span,
    appends_at,
    credentials,
    index_page,
    log_in,
    refusal,
    say_goodbye,
    span_of,
)
from dlp import logs

if TYPE_CHECKING:
    import ssl

    import aioftp

__all__ = ["FtpGateway"]

BLOCK = 64 * 1024
# Uploads were held and measured before they came here.
MAX_BODY = 1 << 40


class FtpGateway:
    """The gateway; one per proxy.

    Args:
        trust: Verifies the certificates of servers that offer TLS.
    """

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._trust = trust
        self._token = secrets.token_hex(32)
        self._server: HTTPServer | None = None

    async def start(self) -> tuple[int, str]:
        """Listen on the loopback interface; return the port and the token."""
        sockets = bind_sockets(0, "127.0.0.1")
        application = Application(
            [(r".*", _Transfer, {"token": self._token, "trust": self._trust})],
            log_function=lambda _handler: None,
        )
        self._server = HTTPServer(application, max_body_size=MAX_BODY)
        self._server.add_sockets(sockets)
        port: int = sockets[0].getsockname()[1]
        return port, self._token

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()


@stream_request_body
class _Transfer(RequestHandler):
    """One transfer."""

    def initialize(self, token: str, trust: ssl.SSLContext) -> None:
        self._token = token
        self._trust = trust
        self._client: aioftp.Client | None = None
        self._upload: aioftp.DataConnectionThrottleStreamIO | None = None
        self._path = ""
        self._partial = ""
        self._appends: int | None = None

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def data_received(self, chunk: bytes) -> asyncio.Future[None] | None:
        """Pass a piece of an upload on."""
        if self._upload is None:
            return None
        return asyncio.ensure_future(self._upload.write(chunk))

    async def prepare(self) -> None:
        """Log in, and begin an upload before its first byte is read."""
        headers = self.request.headers
        if not hmac.compare_digest(headers.get("X-DLP-Gateway-Token", ""), self._token):
            raise HTTPError(403)
        # Percent-encoded line ends would let a path say commands of its own.
        raw = self.request.path.partition(";type=")[0]
        path = unquote(raw, errors="surrogateescape")
        if any(ord(char) < 0x20 for char in path):
            raise HTTPError(400, reason="Control characters in the path")
        # RFC 1738 3.2.2: relative to where the login leads, absolute after a second slash.
        self._path = path[1:]
        account = credentials(headers.get("Authorization", ""))
        self._appends = appends_at(str(self.request.method), headers.get("Content-Range", ""))
        host, port = headers.get("X-DLP-FTP-Host", ""), int(headers.get("X-DLP-FTP-Port", "21"))
        try:
            await log_in(host, port, account, self._trust, self._opened)
            if self.request.method in ("PUT", "POST"):
                await self._begin_upload(decided="X-DLP-Decided" in headers)
        except StatusCodeError as error:
            raise self._refused(error) from None

    async def put(self) -> None:
        """Finish an upload: one that was not decided on before only now gets its name."""
        assert self._client is not None
        assert self._upload is not None
        upload, self._upload = self._upload, None
        try:
            await upload.finish()
            if self._partial not in ("", self._path):
                await self._rename()
        except StatusCodeError as error:
            raise self._refused(error) from None
        self._partial = ""
        self.set_status(201 if self._appends is None else 200)
        self.finish("Created\n" if self._appends is None else "Appended\n")

    async def post(self) -> None:
        """Append to a file."""
        await self.put()

    async def get(self) -> None:
        """Send a file, or an index where the path ends in a slash."""
        assert self._client is not None
        try:
            if await self._is_folder():
                await self._index()
            else:
                await self._download()
        except StatusCodeError as error:
            raise self._refused(error) from None

    async def head(self) -> None:
        """Say how long a file is."""
        try:
            if await self._is_folder():
                self.set_header("Content-Type", "text/html; charset=utf-8")
            else:
                await self._describe()
        except StatusCodeError as error:
            raise self._refused(error) from None

    async def delete(self) -> None:
        """Delete a file."""
        assert self._client is not None
        try:
            await self._client.remove_file(self._path)
        except StatusCodeError as error:
            raise self._refused(error) from None
        self.set_status(204)

    def on_finish(self) -> None:
        """Say goodbye."""
        self._leave()

    def on_connection_close(self) -> None:
        """The proxy went away in the middle: leave nothing behind."""
        self._leave()

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Answer a failure in a few words."""
        error = kwargs.get("exc_info")
        cause = error[1] if isinstance(error, tuple) else None
        if isinstance(cause, TimeoutError | asyncio.TimeoutError):
            self.set_status(504)
        elif isinstance(cause, OSError | AIOFTPException) or (
            status_code == 500 and cause is not None
        ):
            self.set_status(502)
        if self.get_status() == 401:
            self.set_header("WWW-Authenticate", 'Basic realm="FTP"')
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{self.get_status()} {self._reason}\n")

    def log_exception(self, typ: object, value: object, tb: object) -> None:
        """Say that a transfer failed, not what the server said of its file."""
        del typ, tb
        if not isinstance(value, HTTPError):
            logs.get().warning("ftp.failed", exception=type(value).__name__)

    def _opened(self, client: aioftp.Client) -> None:
        self._client = client

    async def _begin_upload(self, *, decided: bool) -> None:
        assert self._client is not None
        path = PurePosixPath(self._path)
        if not path.name or self._path.endswith("/"):
            raise HTTPError(400, reason="A file name is needed")
        if self._appends is not None:
            await self._begin_append(decided=decided)
            return
        # What is decided on needs no other name, and not every server allows to rename.
        target = self._path
        if not decided:
            target = str(path.with_name(f".{path.name[:60]}.part-{secrets.token_hex(4)}"))
        self._upload = await self._client.upload_stream(target)
        self._partial = target

    async def _begin_append(self, *, decided: bool) -> None:
        assert self._client is not None
        if not decided:
            # What was appended before the verdict could not be taken back.
            raise HTTPError(413, reason="Too large to be appended: send the whole file")
        if self._appends != -1:
            await self._client.command("TYPE I", "200")
            _, info = await self._client.command(f"SIZE {self._path}", "213")
            if info[0].strip() != str(self._appends):
                raise HTTPError(409, reason="The file on the FTP server has another size")
        self._upload = await self._client.append_stream(self._path)

    async def _rename(self) -> None:
        assert self._client is not None
        try:
            await self._client.rename(self._partial, self._path)
        except StatusCodeError as error:
            code = error.received_codes[-1]
            await self._client.command(f"DELE {self._partial}", ("2xx", "4xx", "5xx"))
            self._partial = ""
            raise HTTPError(
                502, reason=f"FTP server: {code}: no renaming of the finished upload"
            ) from None

    async def _is_folder(self) -> bool:
        """Go into the folder that the path names, if it names one."""
        assert self._client is not None
        if not self._path:
            return True
        code, _ = await self._client.command(f"CWD {self._path}", ("2xx", "5xx"))
        return code.matches("2xx")

    async def _describe(self) -> int:
        assert self._client is not None
        kind, coding = mimetypes.guess_type(self._path)
        self.set_header("Content-Type", kind if kind and not coding else "application/octet-stream")
        _, info = await self._client.command(f"SIZE {self._path}", "213")
        self.set_header("Content-Length", info[0].strip())
        self.set_header("Accept-Ranges", "bytes")
        return int(info[0])

    async def _download(self) -> None:
        assert self._client is not None
        await self._client.command("TYPE I", "200")
        span = None
        try:
            span = await self._span(await self._describe())
        except StatusCodeError as error:
            # Only the length is missing where a server has no SIZE.
            if not error.received_codes[-1].matches("50x"):
                raise
        stream = await self._client.download_stream(self._path, offset=span.start if span else 0)
        left = span.length if span else None
        async for block in stream.iter_by_block(BLOCK):
            self.write(block[:left])
            await self.flush()
            if left is not None:
                left -= len(block)
                if left <= 0:
                    break
        # A server whose client stops reading calls the transfer broken off.
        await stream.finish("2xx" if span is None else ("2xx", "4xx"))

    async def _span(self, size: int) -> Span | None:
        """Return the part that is asked for, if the server can begin in the middle."""
        assert self._client is not None
        headers = self.request.headers
        # If-Range names a version of a file, and FTP knows none.
        if "Range" not in headers or "If-Range" in headers:
            return None
        span = span_of(headers["Range"], size)
        if span is None:
            return None
        if span.start:
            code, _ = await self._client.command(f"REST {span.start}", ("350", "5xx"))
            if not code.matches("350"):
                return None
        self.set_status(206)
        end = span.start + span.length - 1
        self.set_header("Content-Range", f"bytes {span.start}-{end}/{size}")
        self.set_header("Content-Length", str(span.length))
        return span

    async def _index(self) -> None:
        assert self._client is not None
        entries = [
            (path.name + ("/" if info["type"] == "dir" else ""), str(info.get("size", "")))
            for path, info in await self._client.list(".")
        ]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(index_page(self._path, entries))

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            task = asyncio.ensure_future(say_goodbye(client, self._upload, self._partial))
            _leaving.add(task)
            task.add_done_callback(_leaving.discard)

    def _refused(self, error: StatusCodeError) -> HTTPError:
        return refusal(error, str(self.request.method))


_leaving: set[asyncio.Task[None]] = set()
