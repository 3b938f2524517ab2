"""HTTP/1.1 over plain sockets, with a parser that says how each message ended."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from typing import TYPE_CHECKING

from bench.servers.base import HOST, Record, Server, sha256

if TYPE_CHECKING:
    from io import BufferedReader

    import trustme

__all__ = ["HttpServer", "receipt"]

LONGEST_LINE = 64 * 1024

_SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


class HttpServer(Server):
    """Answers with size and SHA-256 of what it was sent; agrees to WebSockets.

    Args:
        ca: Issues a certificate, if TLS is to be spoken.

    Attributes:
        files: What GET returns instead, by path.
        tls: How TLS is spoken; None if it is not.
    """

    scheme = "http"

    def __init__(self, ca: trustme.CA | None = None) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if ca else None
        if ca and self.tls:
            self.scheme = "https"
            ca.issue_cert(HOST).configure_cert(self.tls)
        self._received: list[bytes] = []
        self._peers: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def received(self) -> bytes:
        """Every byte that was read from any connection."""
        with self._lock:
            return b"".join(self._received)

    def note(self, data: bytes) -> None:
        """Keep bytes that arrived."""
        with self._lock:
            self._received.append(data)

    def _listen(self) -> int:
        self._listener = socket.create_server((HOST, 0))
        port: int = self._listener.getsockname()[1]
        return port

    def _run(self) -> None:
        threads = []
        with self._listener:
            while True:
                peer, _ = self._listener.accept()
                if self._stopping.is_set():
                    peer.close()
                    break
                with self._lock:
                    self._peers.add(peer)
                threads.append(threading.Thread(target=self._serve, args=(peer,), daemon=True))
                threads[-1].start()
        with self._lock:
            for peer in self._peers:
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()

    def _stop(self) -> None:
        self._stopping.set()
        # Closing a socket does not wake a thread that accepts on it; a connection does.
        socket.create_connection((HOST, self.port)).close()

    def _serve(self, peer: socket.socket) -> None:
        try:
            # What is no HTTP ends the connection; what was read of it has been noted.
            with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
                plain = peer
                if self.tls:
                    # A duplicate, since wrapping takes a socket away from who holds it.
                    plain = stack.enter_context(self.tls.wrap_socket(peer.dup(), server_side=True))
                stream = stack.enter_context(plain.makefile("rb"))
                while self._message(plain, _Reader(stream, self)):
                    pass
        finally:
            with self._lock:
                self._peers.discard(peer)
                peer.close()

    def _message(self, peer: socket.socket, reader: _Reader) -> bool:
        """Read one message and answer it; say whether another may follow."""
        method, target, version = reader.line().split()
        headers = {}
        while line := reader.line().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = bytearray()
        complete = False
        try:
            if headers.get("expect", "").lower() == "100-continue":
                peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            complete = reader.body(headers, body)
        finally:
            self.records.add(
                Record(
                    method=method,
                    target=target,
                    version=version.removeprefix("HTTP/"),
                    headers=headers,
                    body=bytes(body),
                    complete=complete,
                )
            )
        if not complete:
            return False
        if headers.get("upgrade", "").lower() == "websocket":
            peer.sendall(_SWITCH)
            while reader.some():
                pass
            return False
        answer = self.files.get(target) if method == "GET" else None
        if answer is None:
            answer = receipt(bytes(body))
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
        return headers.get("connection", "").lower() != "close"


class _Reader:
    """Reads a message from a connection, and shows the server every byte."""

    def __init__(self, stream: BufferedReader, server: HttpServer) -> None:
        self._stream = stream
        self._server = server

    def line(self) -> str:
        data = self._stream.readline(LONGEST_LINE)
        self._server.note(data)
        return data.decode("latin-1")

    def some(self, size: int = LONGEST_LINE) -> bytes:
        data = self._stream.read1(size)
        self._server.note(data)
        return data

    def body(self, headers: dict[str, str], into: bytearray) -> bool:
        """Read a body as the headers frame it (RFC 9112 6), and say whether all of it came."""
        if "chunked" not in headers.get("transfer-encoding", "").lower():
            return self._exactly(int(headers.get("content-length", "0")), into)
        while size := int(self.line().partition(";")[0], 16):
            if not self._exactly(size, into):
                return False
            self.line()
        while trailer := self.line():
            if not trailer.strip():
                return True
        return False

    def _exactly(self, size: int, into: bytearray) -> bool:
        while size:
            data = self.some(min(size, LONGEST_LINE))
            if not data:
                return False
            into += data
            size -= len(data)
        return True


def receipt(body: bytes) -> bytes:
    """Return what a server answers to a body: its size and SHA-256, as JSON."""
    return json.dumps({"size": len(body), "sha256": sha256(body)}).encode()
