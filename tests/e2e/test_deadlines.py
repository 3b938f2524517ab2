"""Clients that let a request wait for its end are given up; who takes time rightly is not."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import pytest
from websockets.sync.client import connect as open_websocket
from websockets.sync.server import ServerConnection, serve

from bench.curl import curl
from bench.proxy import Proxy
from bench.servers import HttpServer

if TYPE_CHECKING:
    from bench.servers import HttpsServer

WAIT = 60
# What the proxy of these tests grants, and far more than that.
GRANTED = "1.5"
LONG = 5.0
CONNECTIONS = 100


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, upstream_env: dict[str, str]
) -> Iterator[Proxy]:
    """A proxy that does not wait for long."""
    env = upstream_env | {"DLP_REQUEST_TIMEOUT": GRANTED, "DLP_IDLE_TIMEOUT": "30"}
    with Proxy(tmp_path_factory.mktemp("strict") / "data", env=env) as proxy:
        yield proxy


def connect(proxy: Proxy) -> socket.socket:
    host, _, port = proxy.listen.rpartition(":")
    return socket.create_connection((host, int(port)), WAIT)


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the connection is closed."""
    answer = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := connection.recv(65536):
            answer += data
    return answer


HEAD = b"POST %s/drip HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"


def test_a_head_or_a_body_that_does_not_end_is_given_up(strict: Proxy) -> None:
    with HttpServer() as server, contextlib.ExitStack() as stack:
        silent, head, body = (
            [stack.enter_context(connect(strict)) for _ in range(CONNECTIONS // 3)]
            for _ in range(3)
        )
        for connection in head:
            connection.sendall((HEAD % server.url.encode())[:-10])
        for connection in body:
            connection.sendall(HEAD % server.url.encode() + b"x" * 100)

        assert {rest(connection) for connection in silent} == {b""}
        assert {rest(connection)[:12] for connection in head} == {b"HTTP/1.1 408"}
        assert {rest(connection) for connection in body} == {b""}
        assert curl(f"{server.url}/x", proxy=strict.listen).status == 200
        assert b"/drip" not in server.received
    assert strict.metric("dlp_clients_given_up_total", awaited="body") >= CONNECTIONS // 3


@pytest.mark.parametrize(
    "begin", [b"POST http://127.0.0.1/ HTTP/1.1\r\nX: ", HEAD % b"http://127.0.0.1"]
)
def test_drops_do_not_keep_a_request_alive(strict: Proxy, begin: bytes) -> None:
    with connect(strict) as connection:
        connection.sendall(begin)
        connection.settimeout(0.1)
        deadline = time.monotonic() + WAIT
        while True:
            assert time.monotonic() < deadline
            try:
                connection.sendall(b"y")
                if connection.recv(100) in (b"", b"HTTP/1.1 408"[:100]):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break


def test_a_body_on_http2_that_does_not_end_is_given_up(strict: Proxy, https: HttpsServer) -> None:
    context = ssl.create_default_context(cafile=str(strict.ca))
    context.set_alpn_protocols(["h2"])
    with connect(strict) as plain:
        plain.sendall(f"CONNECT 127.0.0.1:{https.port} HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
            client = h2.connection.H2Connection(h2.config.H2Configuration())
            client.initiate_connection()
            path = "/drip-h2"
            client.send_headers(1, [(":method", "POST"), (":scheme", "https"),
                                    (":authority", "x"), (":path", path)])  # fmt: skip
            client.send_data(1, b"x" * 100)
            tls.sendall(client.data_to_send())
            rest(tls)
    assert not https.records.of("/drip-h2")


def test_a_slow_answer_and_a_quiet_websocket_are_waited_for(strict: Proxy) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            time.sleep(LONG)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    thread = threading.Thread(target=answer)
    thread.start()

    def repeat(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    echo = serve(repeat, "127.0.0.1", 0)
    echoing = threading.Thread(target=echo.serve_forever)
    echoing.start()
    try:
        url = f"ws://127.0.0.1:{echo.socket.getsockname()[1]}/"
        with open_websocket(url, proxy=f"http://{strict.listen}", open_timeout=WAIT) as websocket:
            slow = curl(
                f"http://127.0.0.1:{listener.getsockname()[1]}/x",
                *("--data-binary", "@{file}"),
                proxy=strict.listen,
                send=b"x",
            )
            websocket.send("still there")
            assert websocket.recv(WAIT) == "still there"
        assert slow.status == 200
    finally:
        thread.join()
        listener.close()
        echo.shutdown()
        echoing.join()


def test_a_connection_without_another_request_is_closed(
    start_proxy: Callable[..., Proxy],
) -> None:
    proxy = start_proxy(DLP_IDLE_TIMEOUT="1")
    with HttpServer() as server, connect(proxy) as connection:
        connection.sendall(b"GET %s/x HTTP/1.1\r\nHost: x\r\n\r\n" % server.url.encode())
        assert rest(connection).startswith(b"HTTP/1.1 200")
