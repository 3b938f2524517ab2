"""Trailers, which come after the body they belong to, are read and sent on."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import pytest

from bench.servers import HttpServer, HttpsServer

if TYPE_CHECKING:
    from bench.proxy import Proxy

WAIT = 60


def connect(proxy: Proxy) -> socket.socket:
    host, _, port = proxy.listen.rpartition(":")
    return socket.create_connection((host, int(port)), WAIT)


def chunked(proxy: Proxy, url: str, trailers: str, body: bytes = b"bonjour") -> bytes:
    """Send a chunked body with trailers, and return what is answered."""
    with connect(proxy) as connection:
        connection.sendall(
            f"POST {url} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            f"Connection: close\r\n\r\n{len(body):x}\r\n".encode()
            + body
            + f"\r\n0\r\n{trailers}\r\n".encode()
        )
        answer = bytearray()
        while data := connection.recv(65536):
            answer += data
        return bytes(answer)


def test_ordinary_trailers_of_a_chunked_body_arrive(proxy: Proxy) -> None:
    with HttpServer() as server:
        answer = chunked(proxy, f"{server.url}/x", "X-Checksum: abc\r\nX-More: d\r\n")

        assert answer.startswith(b"HTTP/1.1 200")
        assert server.received.endswith(b"0\r\nX-Checksum: abc\r\nX-More: d\r\n\r\n")
        assert server.records.all()[0].body == b"bonjour"


def test_trailers_without_end_do_not_pass_behind_a_large_body(proxy: Proxy) -> None:
    trailers = "X-Name: y\r\n" * 40_000
    with HttpServer() as server:
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = chunked(proxy, f"{server.url}/x", trailers, b"lorem ipsum " * 100_000)
        assert b" 200 " not in answer[:20]
        assert not server.received


def test_a_leak_in_trailers_is_stopped(proxy: Proxy, nirs: list[str]) -> None:
    with HttpServer() as server:
        answer = chunked(proxy, f"{server.url}/x", f"X-Patients: {', '.join(nirs[:3])}\r\n")

        assert answer.startswith(b"HTTP/1.1 403")
        assert not server.received


@pytest.mark.parametrize(
    "trailers",
    [
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\n",
        "Host: other.example\r\n",
        " folded\r\n",
        "X: y\r\n" * 60_000,
    ],
    ids=["te", "cl", "host", "folded", "bomb"],
)
def test_trailers_that_may_not_be_ones_do_not_pass(proxy: Proxy, trailers: str) -> None:
    with HttpServer() as server:
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = chunked(proxy, f"{server.url}/x", trailers)
        assert b" 200 " not in answer[:20]
        assert not server.received


@pytest.mark.parametrize("people", [0, 3])
def test_trailers_of_http2_are_read(
    proxy: Proxy, https: HttpsServer, name: str, nirs: list[str], people: int
) -> None:
    context = ssl.create_default_context(cafile=str(proxy.ca))
    context.set_alpn_protocols(["h2"])
    with connect(proxy) as plain:
        plain.sendall(f"CONNECT 127.0.0.1:{https.port} HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            status = ask(secure, f"127.0.0.1:{https.port}", f"/{name}", ",".join(nirs[:people]))

    assert status == (b"403" if people else b"200")
    assert len(https.records.of(f"/{name}")) == (0 if people else 1)


def ask(secure: ssl.SSLSocket, authority: str, path: str, trailer: str) -> bytes:
    """Send a request with a trailer over HTTP/2, and return the status."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
    connection.initiate_connection()
    pseudo = {":method": "POST", ":scheme": "https", ":authority": authority, ":path": path}
    connection.send_headers(1, list(pseudo.items()))
    connection.send_data(1, b"bonjour")
    connection.send_headers(1, [("x-checksum", trailer or "abc")], end_stream=True)
    secure.sendall(connection.data_to_send())
    while data := secure.recv(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                return bytes(dict(event.headers)[b":status"])
        secure.sendall(connection.data_to_send())
    return b""


def test_trailers_of_an_answer_pass(proxy: Proxy) -> None:
    answered = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                received = b""
                while not received.endswith(b"0\r\n\r\n"):
                    received += peer.recv(65536)
                peer.sendall(answered)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        answer = chunked(proxy, url, "")
        thread.join()

    assert answer.lower().endswith(b"\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n")
