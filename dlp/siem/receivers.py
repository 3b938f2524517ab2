"""Receivers: syslog over TCP or TLS, and webhooks."""

from __future__ import annotations

import os
import select
import socket
import ssl
from typing import TYPE_CHECKING, Protocol

import urllib3

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["Receiver", "RefusedError", "Syslog", "Webhook", "frame"]

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
# "log audit" of RFC 5424 6.2.1.
FACILITY = 13
WARNING, INFO = 4, 6


class RefusedError(Exception):
    """A receiver will never take this event: trying again is no use."""


class Receiver(Protocol):
    """Takes events, one at a time, from one thread."""

    def send(self, at: datetime, kind: str, text: str, *, alert: bool) -> None:
        """Deliver an event.

        Raises:
            RefusedError: It will never be taken.
            Exception: It could not be delivered now.
        """

    def close(self) -> None:
        """Let go of connections."""


class Syslog:
    """A syslog server: RFC 5424 with octet counting, over TCP (RFC 6587) or TLS (RFC 5425).

    Args:
        host: Name or address.
        port: Port.
        tls: Whether to use TLS; the server's certificate must be valid for `host`.
        authority: PEM file of authorities to trust instead of the system's.
    """

    def __init__(
        self, host: str, port: int, *, tls: bool = False, authority: Path | None = None
    ) -> None:
        self._address = (host, port)
        self._context = _context(authority) if tls else None
        self._socket: socket.socket | None = None
        self._name = socket.gethostname()

    def send(self, at: datetime, kind: str, text: str, *, alert: bool) -> None:
        """Deliver an event."""
        connection = self._connected()
        try:
            connection.sendall(frame(at, self._name, kind, text, alert=alert))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _connected(self) -> socket.socket:
        if self._socket is not None and _ended(self._socket):
            # What is written to a connection that the server has closed is lost in silence.
            self.close()
        if self._socket is None:
            connection = socket.create_connection(self._address, CONNECT_SECONDS)
            try:
                connection.settimeout(ANSWER_SECONDS)
                if self._context is not None:
                    connection = self._context.wrap_socket(
                        connection, server_hostname=self._address[0]
                    )
            except BaseException:
                connection.close()
                raise
            self._socket = connection
        return self._socket


class Webhook:
    """A URL that events are posted to, as JSON.

    Args:
        url: `https://…` or `http://…`.
        token: Sent as a bearer token, unless empty.
        authority: PEM file of authorities to trust instead of the system's.
    """

    def __init__(self, url: str, token: str = "", authority: Path | None = None) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(
            num_pools=1,
            ssl_context=_context(authority),
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
            retries=False,
        )

    def send(self, at: datetime, kind: str, text: str, *, alert: bool) -> None:
        """Deliver an event."""
        del at, kind, alert  # they are in the text
        answer = self._pool.request(
            "POST", self._url, body=text.encode("utf-8"), headers=self._headers, redirect=False
        )
        if 200 <= answer.status < 300:
            return
        if 400 <= answer.status < 500 and answer.status not in (401, 403, 404, 408, 429):
            raise RefusedError
        raise ConnectionError

    def close(self) -> None:
        """Let go of connections."""
        self._pool.clear()


def frame(at: datetime, host: str, kind: str, text: str, *, alert: bool) -> bytes:
    """Return a syslog message (RFC 5424 6) with its length before it (RFC 6587 3.4.1)."""
    priority = FACILITY * 8 + (WARNING if alert else INFO)
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    one_line = text.replace("\r", " ").replace("\n", " ")
    message = f"<{priority}>1 {stamp} {host or '-'} dlp {os.getpid()} {kind} - {one_line}"
    raw = message.encode("utf-8", "replace")
    return str(len(raw)).encode("ascii") + b" " + raw


def _context(authority: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority) if authority else None)


def _ended(connection: socket.socket) -> bool:
    """Tell whether the server has closed a connection on which it never says anything."""
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return False
    try:
        connection.settimeout(0.1)
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(ANSWER_SECONDS)
