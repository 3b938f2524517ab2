"""FTP-over-HTTP: an HTTP server on the loopback interface that speaks FTP to the destination.

The proxy sends it ftp:// requests that were inspected and admitted, with a token that nobody else
knows. Requests and responses stream through with backpressure on both sides.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import html
import mimetypes
import secrets
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

import aioftp
from aioftp.errors import AIOFTPException, StatusCodeError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from dlp import logs

__all__ = ["FtpGateway"]

CONNECT_SECONDS = 30
IDLE_SECONDS = 300
BLOCK = 64 * 1024
# Uploads were held and measured before they came here.
MAX_BODY = 1 << 40


class FtpGateway:
    """The gateway; one per proxy."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(32)
        self._server: HTTPServer | None = None

    async def start(self) -> tuple[int, str]:
        """Listen on the loopback interface; return the port and the token."""
        sockets = bind_sockets(0, "127.0.0.1")
        application = Application(
            [(r".*", _Transfer, {"token": self._token})], log_function=lambda _handler: None
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

    def initialize(self, token: str) -> None:
        self._token = token
        self._client: aioftp.Client | None = None
        self._upload: aioftp.DataConnectionThrottleStreamIO | None = None
        self._path = ""
        self._partial = ""
        self._complete = False

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
        user, password = _credentials(headers.get("Authorization", ""))
        self._client = aioftp.Client(
            socket_timeout=IDLE_SECONDS, connection_timeout=CONNECT_SECONDS, encoding="utf-8"
        )
        try:
            await self._client.connect(
                headers.get("X-DLP-FTP-Host", ""), int(headers.get("X-DLP-FTP-Port", "21"))
            )
            await self._client.login(user, password)
            if self.request.method == "PUT":
                await self._begin_upload()
        except StatusCodeError as error:
            self._fail(error)

    async def put(self) -> None:
        """Finish an upload: only now does it get its name."""
        assert self._client is not None
        assert self._upload is not None
        try:
            await self._upload.finish()
            self._upload = None
            await self._client.rename(self._partial, self._path)
            self._partial = ""
        except StatusCodeError as error:
            self._fail(error)
        self.set_status(201)
        self.finish("Created\n")

    async def get(self) -> None:
        """Send a file, or an index where the path ends in a slash."""
        assert self._client is not None
        try:
            if await self._is_folder():
                await self._index()
            else:
                await self._download()
        except StatusCodeError as error:
            self._fail(error)

    async def head(self) -> None:
        """Say how long a file is."""
        try:
            if await self._is_folder():
                self.set_header("Content-Type", "text/html; charset=utf-8")
            else:
                await self._describe()
        except StatusCodeError as error:
            self._fail(error)

    async def delete(self) -> None:
        """Delete a file."""
        assert self._client is not None
        try:
            await self._client.remove_file(self._path)
        except StatusCodeError as error:
            self._fail(error)
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

    async def _begin_upload(self) -> None:
        assert self._client is not None
        path = PurePosixPath(self._path)
        if not path.name or self._path.endswith("/"):
            raise HTTPError(400, reason="A file name is needed")
        self._partial = str(path.with_name(f".{path.name[:60]}.part-{secrets.token_hex(4)}"))
        self._upload = await self._client.upload_stream(self._partial)

    async def _is_folder(self) -> bool:
        """Go into the folder that the path names, if it names one."""
        assert self._client is not None
        if not self._path:
            return True
        code, _ = await self._client.command(f"CWD {self._path}", ("2xx", "5xx"))
        return code.matches("2xx")

    async def _describe(self) -> None:
        assert self._client is not None
        _, info = await self._client.command(f"SIZE {self._path}", "213")
        self.set_header("Content-Length", info[0].strip())
        kind, coding = mimetypes.guess_type(self._path)
        self.set_header("Content-Type", kind if kind and not coding else "application/octet-stream")

    async def _download(self) -> None:
        assert self._client is not None
        await self._client.command("TYPE I", "200")
        try:
            await self._describe()
        except StatusCodeError as error:
            # Only the length is missing where a server has no SIZE.
            if not error.received_codes[-1].matches("50x"):
                raise
        stream = await self._client.download_stream(self._path)
        async for block in stream.iter_by_block(BLOCK):
            self.write(block)
            await self.flush()
        await stream.finish()

    async def _index(self) -> None:
        assert self._client is not None
        rows = []
        # Links are relative to the folder, however its path was written.
        base = "" if self._path.endswith("/") or not self._path else PurePosixPath(self._path).name
        for path, info in await self._client.list("."):
            name = path.name + ("/" if info["type"] == "dir" else "")
            size = html.escape(str(info.get("size", "")))
            link = quote(f"{base}/{name}".lstrip("/"))
            rows.append(
                f'<tr><td><a href="{link}">{html.escape(name)}</a></td><td>{size}</td></tr>'
            )
        title = html.escape("/" + self._path)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
            f"<table>{''.join(rows)}</table>\n"
        )

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            task = asyncio.ensure_future(_goodbye(client, self._upload, self._partial))
            _leaving.add(task)
            task.add_done_callback(_leaving.discard)

    def _fail(self, error: StatusCodeError) -> None:
        code = str(error.received_codes[-1])
        if code in ("530", "331", "332"):
            raise HTTPError(401, reason="The FTP server wants other credentials") from None
        if code in ("550", "551", "553", "450"):
            status = 404 if self.request.method in ("GET", "HEAD", "DELETE") else 403
            raise HTTPError(status, reason=f"FTP server: {code}") from None
        if code in ("452", "552"):
            raise HTTPError(507, reason=f"FTP server: {code}") from None
        raise HTTPError(502, reason=f"FTP server: {code}") from None


_leaving: set[asyncio.Task[None]] = set()


async def _goodbye(
    client: aioftp.Client, upload: aioftp.DataConnectionThrottleStreamIO | None, partial: str
) -> None:
    """End a session; a partial file that is still there is deleted."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            if upload is not None:
                upload.close()
                await client.command(None, ("2xx", "4xx", "5xx"))
            if partial:
                await client.command(f"DELE {partial}", ("2xx", "4xx", "5xx"))
            await client.quit()
    except (OSError, AIOFTPException, TimeoutError, ConnectionError):
        client.close()


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise HTTPError(400, reason="Credentials can't be read") from None
        if any(ord(char) < 0x20 for char in user + password):
            raise HTTPError(400, reason="Control characters in the credentials")
        if user:
            return user, password
    return "anonymous", "anonymous@"
