"""Ways in other than as an explicit proxy: redirected, before a server, behind a load balancer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl
from bench.proxy import ROOT, NotReadyError, clean_environment
from bench.servers import HttpServer

if TYPE_CHECKING:
    from bench.proxy import Proxy
    from bench.servers import HttpsServer

WAIT = 60


def test_redirected_connections_are_inspected(require_command: Callable[[str, str], str]) -> None:
    unshare = require_command("unshare", "util-linux")
    require_command("nft", "nftables")
    require_command("ip", "iproute2")
    inside = [unshare, "--net"] if os.geteuid() == 0 else [unshare, "--map-root-user", "--net"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to make network namespaces")
    done = subprocess.run(
        [*inside, sys.executable, "tests/e2e/redirected/scene.py"],
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT, capture_output=True, text=True, timeout=2 * WAIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)

    assert said["plain"] == [200, 403]
    assert said["plain arrived"] is True
    assert said["tls"] == [200, 403]
    # What a client calls the server has to be its name.
    assert said.get("forged name", 502) in (0, 502, 503)
    assert said["tls arrived"] == 1
    assert said["ftp"].startswith(("5", "4")), said["ftp"]
    assert (said.get("opaque", 0), said.get("not redirected", 0)) == (0, 0)
    assert said["healthy"] == 200


@pytest.mark.parametrize("inside", ["http", "https"])
@pytest.mark.parametrize("outside", ["http", "https"])
def test_before_a_server_everything_is_inspected(
    start_proxy: Callable[..., Proxy],
    https: HttpsServer,
    name: str,
    orders: bytes,
    leak: bytes,
    inside: str,
    outside: str,
) -> None:
    with HttpServer() as plain:
        server: HttpServer | HttpsServer = https if inside == "https" else plain
        proxy = start_proxy(DLP_MODE=f"reverse:{inside}://127.0.0.1:{server.port}")
        url = f"{outside}://{proxy.listen}/{name}"
        args = ("--cacert", str(proxy.ca), "--noproxy", "*", "--data-binary", "@{file}")

        assert curl(url, *args, send=orders).status == 200
        (record,) = server.records.of(f"/{name}")
        assert record.body == orders
        for body in (leak, orders * 20 + leak):
            stopped = curl(f"{url}-leak", *args, send=body)
            assert stopped.status == 403
        assert not server.records.of(f"/{name}-leak")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DLP_MODE": "socks5"}, "DLP_MODE: expected explicit, transparent or reverse:http"),
        ({"DLP_MODE": "reverse:ftp://x:21"}, "DLP_MODE: expected explicit"),
        ({"DLP_MODE": "reverse:http://a@x:80"}, "DLP_MODE: expected explicit"),
        (
            {"DLP_MODE": "transparent", "DLP_UPSTREAM_PROXY": "http://127.0.0.1:1"},
            "upstream_proxy: only with the mode explicit",
        ),
    ],
)
def test_modes_that_do_not_go_are_refused(
    start_proxy: Callable[..., Proxy], env: dict[str, str], said: str
) -> None:
    with pytest.raises(NotReadyError, match=said):
        start_proxy(**env)


def spoken(proxy: Proxy, data: bytes) -> bytes:
    """Say something on a new connection, and return the answer."""
    host, _, port = proxy.listen.rpartition(":")
    with socket.create_connection((host, int(port)), WAIT) as connection:
        try:
            connection.sendall(data)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionError:
            pass
    return answer


def request(url: str, body: bytes, *more: str) -> bytes:
    lines = [f"POST {url} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


LINE = b"PROXY TCP4 10.1.2.3 10.9.9.9 4711 8080\r\n"
BINARY = (
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([10, 1, 2, 3, 10, 9, 9, 9]) + b"\x12\x67\x1f\x90"
)


def test_a_load_balancer_says_who_the_client_is(
    start_proxy: Callable[..., Proxy], leak: bytes, orders: bytes
) -> None:
    proxy = start_proxy(DLP_PROXY_PROTOCOL="127.0.0.0/8", DLP_TRUSTED_HOPS="127.0.0.0/8")
    with HttpServer() as server:
        for header in (LINE, BINARY):
            forged = "X-Forwarded-For: 192.0.2.99"
            assert b" 200 " in spoken(proxy, header + request(f"{server.url}/x", orders))
            assert b" 403 " in spoken(proxy, header + request(f"{server.url}/x", leak, forged))
        arrived = server.received
        # Who does not say so, or not rightly, is not heard.
        for begin in (b"", b"PROXY TCP4 nobody 10.9.9.9 1 2\r\n"):
            assert spoken(proxy, begin + request(f"{server.url}/x", orders)) == b""
        assert server.received == arrived
    listed = [
        json.loads(line) for line in proxy.dlp("incident", "list", "--json").stdout.splitlines()
    ]
    assert [one["client"] for one in listed] == ["10.1.2.3"] * 2


@pytest.mark.parametrize("header", [LINE, BINARY])
def test_anybody_else_who_says_so_is_refused(
    start_proxy: Callable[..., Proxy], orders: bytes, header: bytes
) -> None:
    proxy = start_proxy(DLP_PROXY_PROTOCOL="10.9.0.0/16")
    with HttpServer() as server:
        answer = spoken(proxy, header + request(f"{server.url}/x", orders))
        assert answer == b"" or b" 400 " in answer.partition(b"\r\n")[0] + b" "
        assert not server.received
