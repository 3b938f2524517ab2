"""Sends what was in quarantine to where it was to go, as it was kept."""

from __future__ import annotations

import base64
import binascii
import ftplib
import os
import secrets
import ssl
import threading
from contextlib import closing, contextmanager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import urllib3

from dlp.certificates import client_cert, servers
from dlp.evidence.errors import EvidenceError
from dlp.evidence.sealing import Opened, Request, unseal
from dlp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.evidence.sealing import Identity
    from dlp.settings import Settings

__all__ = ["ForwardError", "send"]

CONNECT_SECONDS = 30
ANSWER_SECONDS = 300
# Of one hop only (RFC 9110 7.6.1), or said anew by whoever sends.
HOP_BY_HOP = frozenset(
    "connection proxy-connection keep-alive te trailer transfer-encoding upgrade expect "
    "proxy-authorization proxy-authenticate content-length host".split()
)


class ForwardError(Exception):
    """It did not arrive; the message says why, and quotes neither the message nor an answer."""


def send(head: Opened, sealed: IO[bytes], identity: Identity, name: str, settings: Settings) -> str:
    """Send a sealed body, which was found whole before; return what the server said, in a word.

    It goes as the proxy would send it: through the same proxy beyond, to servers that show a
    certificate it trusts, and are shown what it shows them. It is opened while it is sent, and is
    never on disk in clear.

    Raises:
        ForwardError: It did not arrive.
    """
    request = head.request
    assert request is not None
    try:
        with _clear(sealed, identity, name) as body:
            if urlsplit(request.url).scheme == "ftp":
                return _ftp(request, body)
            return _http(request, body, head.length, settings)
    except ForwardError:
        raise
    except SettingsError as error:
        raise ForwardError(str(error)) from None
    except urllib3.exceptions.SSLError as error:
        if isinstance(next(iter(error.args), None), ssl.SSLCertVerificationError):
            raise ForwardError(
                "the server's certificate is not trusted; upstream_ca (DLP_UPSTREAM_CA) takes a "
                "PEM file of its authority"
            ) from None
        raise ForwardError("the server failed to speak TLS") from None
    except urllib3.exceptions.HTTPError as error:
        raise ForwardError(type(error).__name__) from None
    except ftplib.Error as error:
        # Of a reply, the code: its text may quote a file's name.
        code = str(error)[:3]
        raise ForwardError(f"FTP {code}" if code.isdecimal() else "FTP error") from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None)
        raise ForwardError(reason or type(error).__name__) from None


def _http(request: Request, body: IO[bytes], length: int, settings: Settings) -> str:
    if request.method in ("CONNECT", "TRACE"):
        raise ForwardError(f"{request.method} can't be sent again")
    headers = urllib3.HTTPHeaderDict()
    named = next((v for n, v in request.headers if n.lower() == "connection"), "")
    dropped = HOP_BY_HOP | {token.strip().lower() for token in named.split(",")}
    for field, value in request.headers:
        if field.lower() not in dropped and not field.startswith(":"):
            headers.add(field, value)
    host = next((v for n, v in request.headers if n.lower() == "host"), None)
    if host is not None:
        headers["Host"] = host
    if length or request.method in ("PUT", "POST", "PATCH"):
        headers["Content-Length"] = str(length)
    with _pool(urlsplit(request.url).hostname or "", settings) as pool:
        answer = pool.request(
            request.method,
            request.url,
            body=body if length else None,
            headers=headers,
            redirect=False,
            preload_content=False,
        )
        answer.release_conn()
    if answer.status >= 400:
        raise ForwardError(f"the server answered {answer.status}")
    return f"the server answered {answer.status}"


def _pool(host: str, settings: Settings) -> urllib3.PoolManager:
    """Return what speaks with a server as the proxy does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=servers(settings).decode("ascii", "ignore"))
    shown = client_cert(settings, host)
    if shown is not None:
        context.load_cert_chain(shown)
    how: dict[str, Any] = {
        "ssl_context": context,
        "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
        "retries": False,
    }
    if not settings.upstream_proxy:
        return urllib3.PoolManager(**how)
    credentials = settings.upstream_auth.get_secret_value()
    said = urllib3.make_headers(proxy_basic_auth=credentials) if credentials else None
    return urllib3.ProxyManager(settings.upstream_proxy, proxy_headers=said, **how)


def _ftp(request: Request, body: IO[bytes]) -> str:
    parts = urlsplit(request.url)
    if request.method not in ("PUT", "STOR", "APPE"):
        raise ForwardError(f"{request.method} can't be sent again")
    path = unquote(parts.path[1:].partition(";type=")[0])
    if any(ord(char) < 0x20 for char in path):
        raise ForwardError("control characters in the path")
    # The protocol that the sender chose.
    with closing(ftplib.FTP(timeout=CONNECT_SECONDS, encoding="utf-8")) as ftp:  # noqa: S321
        ftp.connect(parts.hostname or "", parts.port or 21)
        if request.method == "PUT":
            ftp.login(*_credentials(request))
        else:
            said = dict(request.headers)
            ftp.login(said.get("USER", "anonymous"), said.get("PASS", ""), said.get("ACCT", ""))
            for verb, argument in request.headers:
                if verb in ("CWD", "XCWD"):
                    ftp.cwd(argument)
        if request.method == "APPE":
            reply = ftp.storbinary(f"APPE {path}", body)
        else:
            # It gets its name only when it is whole.
            folder, slash, file = path.rpartition("/")
            partial = f"{folder}{slash}.{file[:60]}.part-{secrets.token_hex(4)}"
            ftp.storbinary(f"STOR {partial}", body)
            reply = ftp.rename(partial, path)
        ftp.quit()
    return f"the server answered {reply[:3]}"


def _credentials(request: Request) -> tuple[str, str]:
    given = next((v for n, v in request.headers if n.lower() == "authorization"), "")
    scheme, _, encoded = given.partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise ForwardError("its credentials can't be read") from None
        if user:
            return user, password
    return "anonymous", "anonymous@"


@contextmanager
def _clear(sealed: IO[bytes], identity: Identity, name: str) -> Iterator[IO[bytes]]:
    """Give a body in clear, opened by a thread as it is read."""
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def run() -> None:
        with os.fdopen(writing, "wb") as out:
            try:
                unseal(sealed, identity, name, out.write)
            except (EvidenceError, OSError) as error:
                failed.append(error)

    thread = threading.Thread(target=run, name="unseal", daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb") as body:
            yield body
    finally:
        thread.join()
    if failed:
        raise ForwardError("the sealed body could not be read to its end")
