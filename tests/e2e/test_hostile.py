"""Clients that lie about where messages end, send too much, or stay: no server hears of it."""

from __future__ import annotations

import contextlib
import io
import re
import socket
import ssl
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h2.config
import h2.connection
import h2.events
import pytest

from bench.curl import curl
from bench.proxy import Proxy
from bench.servers import HttpServer, HttpsServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

WAIT = 60
CONNECTIONS = 300


def connect(proxy: Proxy) -> socket.socket:
    host, _, port = proxy.listen.rpartition(":")
    return socket.create_connection((host, int(port)), WAIT)


def exchange(connection: socket.socket, data: bytes) -> bytes:
    """Send and end; return all that comes back."""
    received = bytearray()
    # Once the other side has closed, it may say so in several ways.
    with contextlib.suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while some := connection.recv(65536):
            received += some
    return bytes(received)


@pytest.fixture
def server(proxy: Proxy) -> Iterator[HttpServer]:
    """A server that nothing but the test speaks to, behind a proxy that serves on afterwards."""
    with HttpServer() as server:
        yield server
        answer = curl(f"{server.url}/afterwards", proxy=proxy.listen)
        assert answer.status == 200
        server.records.wait_for(lambda got: any(r.target == "/afterwards" for r in got))


INNER = b"POST /inner HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", id="CL.TE"),
        pytest.param(b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n", id="TE.CL"),
        pytest.param(b"Content-Length: 5\r\nContent-Length: %d\r\n", id="two lengths"),
        pytest.param(b"Content-Length: 5, %d\r\n", id="list of lengths"),
        pytest.param(b"Content-Length: +%d\r\n", id="signed length"),
        pytest.param(b"Content-Length: 0x%x\r\n", id="length in hexadecimal"),
        pytest.param(b"Content-Length: %d_0\r\n", id="length with an underscore"),
        pytest.param(b"Content-Length : %d\r\n", id="space before the colon"),
        pytest.param(b"Transfer-Encoding: xchunked\r\n", id="xchunked"),
        pytest.param(b"Transfer-Encoding: chunked, identity\r\n", id="chunked before another"),
        pytest.param(b"Transfer-Encoding: identity\r\n", id="identity"),
        pytest.param(b"Transfer-Encoding:\x0bchunked\r\n", id="vertical tab"),
        pytest.param(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", id="two codings"),
        pytest.param(b"Transfer-Encoding:\r\n chunked\r\n", id="folded coding"),
        pytest.param(b"X: a\r\n Content-Length: %d\r\n", id="folded line"),
        pytest.param(b"X: a\rContent-Length: %d\r\n", id="bare CR in a value"),
        pytest.param(b"X: a\0b\r\n", id="NUL in a value"),
        pytest.param(b"X Y: a\r\n", id="space in a name"),
        pytest.param(b": a\r\n", id="no name"),
        pytest.param(b"no colon\r\n", id="no colon"),
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(
    proxy: Proxy, server: HttpServer, leak: bytes, head: bytes
) -> None:
    body = b"0\r\n\r\n" + INNER % (len(leak), leak)
    if b"%" in head:
        head %= len(body)
    with connect(proxy) as connection:
        begin = b"POST %s/outer HTTP/1.1\r\nHost: 127.0.0.1\r\n" % server.url.encode()
        answer = exchange(connection, begin + head + b"\r\n" + body)

    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")) or not answer
    assert server.received == b""


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(b"5\nhello\r\n0\r\n\r\n", id="bare LF after the size"),
        pytest.param(b"5\r\nhelloXX0\r\n\r\n", id="no line end after the data"),
        pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", id="negative"),
        pytest.param(b"0x5\r\nhello\r\n0\r\n\r\n", id="prefix"),
        pytest.param(b"5_0\r\nhello\r\n0\r\n\r\n", id="underscore"),
        pytest.param(b"f" * 40 + b"\r\nhello\r\n0\r\n\r\n", id="enormous"),
        pytest.param(b"5;" + b"x" * 300_000 + b"\r\nhello\r\n0\r\n\r\n", id="endless extension"),
    ],
)
def test_what_follows_odd_chunks_reaches_nobody_unread(
    proxy: Proxy, server: HttpServer, leak: bytes, nirs: list[str], chunks: bytes
) -> None:
    with connect(proxy) as connection:
        begin = b"POST %s/outer HTTP/1.1\r\nHost: 127.0.0.1\r\n" % server.url.encode()
        begin += b"Transfer-Encoding: chunked\r\n\r\n"
        exchange(connection, begin + chunks + INNER % (len(leak), leak))

    assert nirs[0].encode() not in server.received
    assert not any(record.target == "/inner" for record in server.records.all())


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"GET %s/" + b"a" * 400_000 + b" HTTP/1.1\r\n\r\n", id="URL"),
        pytest.param(b"GET %s/ HTTP/1.1\r\nX: " + b"a" * 400_000 + b"\r\n\r\n", id="header"),
        pytest.param(b"GET %s/ HTTP/1.1\r\n" + b"X: a\r\n" * 100_000 + b"\r\n", id="headers"),
    ],
)
def test_a_head_without_an_end_is_refused(
    proxy: Proxy, server: HttpServer, request_: bytes
) -> None:
    with connect(proxy) as connection:
        answer = exchange(connection, request_ % server.url.encode())

    assert answer.startswith(b"HTTP/1.1 4") or not answer
    assert server.received == b""


def test_those_who_stay_and_those_who_drip_keep_nobody_waiting(
    proxy: Proxy, server: HttpServer, name: str, orders: bytes
) -> None:
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(connect(proxy)) for _ in range(CONNECTIONS)]
        for connection in waiting[::3]:
            connection.sendall(b"POST %s/drip HTTP/1.1\r\nHos" % server.url.encode())
        for connection in waiting[1::3]:
            connection.sendall(
                b"POST %s/drip HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"
                % server.url.encode()
            )

        answer = curl(f"{server.url}/{name}", "-T", "{file}", proxy=proxy.listen, send=orders)

        assert answer.status == 200
        assert server.records.of(f"/{name}")[0].body == orders
        assert b"/drip" not in server.received


def test_a_client_that_has_said_all_and_closed_its_half_gets_its_answer(
    proxy: Proxy, server: HttpServer
) -> None:
    with connect(proxy) as connection:
        answer = exchange(connection, b"GET %s/ HTTP/1.1\r\nHost: x\r\n\r\n" % server.url.encode())

    assert answer.startswith(b"HTTP/1.1 200") or not answer


@pytest.fixture
def secure(authority: trustme.CA, proxy: Proxy) -> Iterator[HttpsServer]:
    """A server of HTTP/2 that nothing but the test speaks to."""
    del proxy
    with HttpsServer(authority) as server:
        yield server


INJECTED = "x\r\n\r\nGET /inner HTTP/1.1\r\nHost: x\r\n\r\n"
TRICKS: dict[str, tuple[dict[str, str], list[tuple[str, str]]]] = {
    "line end in the path": ({":path": f"/{INJECTED}"}, []),
    "spaces in the path": ({":path": "/ HTTP/1.1\r\nX: y"}, []),
    "line end in the method": ({":method": f"GET / HTTP/1.1\r\n{INJECTED}"}, []),
    "line end in the authority": ({":authority": f"127.0.0.1\r\n{INJECTED}"}, []),
    "line end in a value": ({}, [("x", INJECTED)]),
    "line end in a name": ({}, [(f"x: {INJECTED}", "y")]),
    "colon in a name": ({}, [("x: y", "z")]),
    "chunked": ({}, [("transfer-encoding", "chunked")]),
    "connection": ({}, [("connection", "keep-alive")]),
    "length too short": ({}, [("content-length", "3")]),
    "length too long": ({}, [("content-length", "300")]),
    "two lengths": ({}, [("content-length", "3"), ("content-length", "40")]),
    "two paths": ({}, [(":path", "/inner")]),
    "unknown pseudo-header": ({}, [(":x", "y")]),
}
BODY = b"0\r\n\r\nGET /inner HTTP/1.1\r\nHost: x\r\n\r\n"


def said_on_http2(
    proxy: Proxy, secure: HttpsServer, pseudo: dict[str, str], more: list[tuple[str, str]]
) -> list[str]:
    """Send a request that no library would, and return the statuses of what is answered."""
    context = ssl.create_default_context(cafile=str(proxy.ca))
    context.set_alpn_protocols(["h2"])
    config = h2.config.H2Configuration(
        validate_outbound_headers=False, normalize_outbound_headers=False, header_encoding="utf-8"
    )
    client = h2.connection.H2Connection(config)
    statuses = []
    with connect(proxy) as plain:
        plain.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % secure.port)
        assert b" 200 " in plain.recv(65536)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            client.initiate_connection()
            head = {
                ":method": "POST",
                ":scheme": "https",
                ":authority": f"127.0.0.1:{secure.port}",
                ":path": "/outer",
            } | pseudo
            client.send_headers(1, [*head.items(), *more])
            client.send_data(1, BODY, end_stream=True)
            assert connection.selected_alpn_protocol() == "h2"
            with contextlib.suppress(OSError):
                connection.sendall(client.data_to_send())
                ended = False
                while not ended and (data := connection.recv(65536)):
                    for event in client.receive_data(data):
                        if isinstance(event, h2.events.ResponseReceived):
                            said: dict[Any, Any] = dict(event.headers)
                            statuses.append(said[":status"])
                        ended = ended or isinstance(
                            event,
                            h2.events.StreamEnded
                            | h2.events.StreamReset
                            | h2.events.ConnectionTerminated,
                        )
    return statuses


@pytest.mark.parametrize("trick", list(TRICKS))
def test_http2_says_nothing_in_two_ways(proxy: Proxy, secure: HttpsServer, trick: str) -> None:
    said_on_http2(proxy, secure, *TRICKS[trick])

    assert not any("inner" in record.target for record in secure.records.all())
    assert [r for r in secure.records.all() if r.complete and r.body != BODY] == []
    with HttpServer() as after:
        assert curl(after.url, proxy=proxy.listen).status == 200


def test_the_authority_of_a_request_is_inspected_wherever_the_connection_goes(
    proxy: Proxy, secure: HttpsServer, nirs: list[str]
) -> None:
    authority = {":authority": f"{nirs[0]}.{nirs[1]}.example"}

    assert said_on_http2(proxy, secure, authority, []) == ["403"]
    assert not secure.records.all()
    assert not any(nir in line for line in proxy.logs for nir in nirs[:2])


def nest(depth: int, size: int) -> bytes:
    """Return an archive of archives of zeros, sixteen in each."""
    content = bytes(size)
    for _ in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(16):
                archive.writestr(f"{number}", content)
        content = out.getvalue()
    return content


def test_small_messages_do_not_wait_for_what_unpacks_to_a_gigabyte(
    start_proxy: Callable[..., Proxy], http: HttpServer, orders: bytes
) -> None:
    proxy = start_proxy(DLP_UNPACK_LIMIT="128 MiB")
    bomb = nest(5, 1 << 24)
    answered: list[int] = []

    def explode() -> None:
        url = f"{http.url}/bomb"
        answered.append(curl(url, "-T", "{file}", proxy=proxy.listen, send=bomb).status)

    threads = [threading.Thread(target=explode) for _ in range(3)]
    for thread in threads:
        thread.start()
    while proxy.metric("dlp_messages_in_inspection") < len(threads):
        time.sleep(0.01)
    passed = curl(f"{http.url}/orders", "-T", "{file}", proxy=proxy.listen, send=orders).status
    before = list(answered)
    for thread in threads:
        thread.join()

    assert passed == 200
    assert not before
    assert answered == [403] * 3


def test_it_asks_for_as_many_connections_as_it_may_have_and_more_than_that_pass(
    tmp_path: Path, http: HttpServer
) -> None:
    """Those who find no place wait for one; nothing that is under way breaks off."""
    command = ("sh", "-c", 'ulimit -S -n 64; ulimit -H -n 150; exec "$0" "$@"', sys.executable)
    with Proxy(tmp_path / "data", command=(*command, "-m", "dlp")) as proxy:
        limits = Path(f"/proc/{proxy.pid}/limits").read_text("ascii")
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(connect(proxy))
            first = stack.enter_context(connect(proxy))
            first.sendall(b"GET %s/ HTTP/1.1\r\nHost: x\r\n\r\n" % http.url.encode())
        assert curl(http.url, proxy=proxy.listen).status == 200
    assert re.search(r"Max open files +150 +150", limits)
