"""The FTP side of the gateway: sessions with servers, and what their refusals mean in HTTP."""

from __future__ import annotations

import asyncio
import base64
import binascii
import html
import re
import ssl
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from aioftp.errors import AIOFTPException, StatusCodeError
from tornado.web import HTTPError

from addons.ftp_client import FtpClient

if TYPE_CHECKING:
    from collections.abc import Callable

    import aioftp

__all__ = [
    "Span",
    "appends_at",
    "credentials",
    "index_page",
    "log_in",
    "refusal",
    "say_goodbye",
    "span_of",
]

CONNECT_SECONDS = 30
IDLE_SECONDS = 300

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a file.

    Attributes:
        start: Its first byte, counted from 0.
        length: How many bytes it has.
    """

    start: int
    length: int


async def log_in(
    host: str,
    port: int,
    account: tuple[str, str],
    trust: ssl.SSLContext,
    opened: Callable[[aioftp.Client], None],
) -> None:
    """Open a session with a server, over TLS where the server offers it (RFC 4217).

    Args:
        host: Name or address of the server.
        port: Its port.
        account: User and password.
        trust: Verifies its certificate.
        opened: Is told the client as soon as there is something to close.

    Raises:
        HTTPError: Its certificate can't be verified; nothing was said to it before.
        StatusCodeError: It does not let this user in.
    """
    client = FtpClient(
        socket_timeout=IDLE_SECONDS, connection_timeout=CONNECT_SECONDS, encoding="utf-8"
    )
    await client.connect(host, port)
    opened(client)
    try:
        await client.upgrade_to_tls(trust)
    except StatusCodeError as error:
        # Servers without TLS answer with anything from 500 to 534. One that has it and can't
        # use it now (431), or gives it up half-way, is not spoken to in clear.
        refused = error.expected_codes[-1] == "234" and error.received_codes[-1].matches("5xx")
        if not refused:
            raise
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message.partition(",")[0]
        said = f"FTP server: certificate not trusted (setting upstream_ca): {reason}"
        raise HTTPError(502, reason=said) from None
    except ssl.SSLError:
        raise HTTPError(502, reason="FTP server: no TLS could be agreed on") from None
    await client.login(*account)


def credentials(authorization: str) -> tuple[str, str]:
    """Return user and password of a header, or those of anonymous.

    Raises:
        HTTPError: They can't be read, or would say commands of their own.
    """
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


def span_of(header: str, size: int) -> Span | None:
    """Return what a Range header asks of a file of `size` bytes; None where it is to be ignored.

    Raises:
        HTTPError: The file has no such part.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        # RFC 9110 14.2: several ranges, and units that are not known, may be ignored.
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or end <= start:
        raise HTTPError(416)
    return Span(start, end - start)


def appends_at(method: str, content_range: str) -> int | None:
    """Return at which size a file is to be gone on with, -1 for any; None if it is stored anew.

    A POST appends; so does a PUT with Content-Range, as curl -C sends it.

    Raises:
        HTTPError: The Content-Range can't be read.
    """
    if method == "POST":
        return -1
    if not content_range:
        return None
    match = _CONTENT_RANGE.fullmatch(content_range.strip())
    if match is None:
        raise HTTPError(400, reason="Content-Range can't be read")
    return int(match[1]) or None


def refusal(error: StatusCodeError, method: str) -> HTTPError:
    """Return the HTTP answer for what a server refused."""
    code = str(error.received_codes[-1])
    if code in ("530", "331", "332"):
        return HTTPError(401, reason="The FTP server wants other credentials")
    if code in ("550", "551", "553", "450"):
        status = 404 if method in ("GET", "HEAD", "DELETE") else 403
        return HTTPError(status, reason=f"FTP server: {code}")
    if code in ("452", "552"):
        return HTTPError(507, reason=f"FTP server: {code}")
    return HTTPError(502, reason=f"FTP server: {code}")


def index_page(folder: str, entries: list[tuple[str, str]]) -> str:
    """Return a page that lists names and sizes; links are relative to how `folder` was written."""
    base = "" if folder.endswith("/") or not folder else PurePosixPath(folder).name
    rows = "".join(
        f'<tr><td><a href="{quote(f"{base}/{name}".lstrip("/"))}">{html.escape(name)}</a></td>'
        f"<td>{html.escape(size)}</td></tr>"
        for name, size in entries
    )
    title = html.escape("/" + folder)
    return (
        f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
        f"<table>{rows}</table>\n"
    )


async def say_goodbye(
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
