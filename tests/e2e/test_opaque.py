"""What nobody can read: refused with a reason, or let pass where the policy names it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from bench.curl import curl
from bench.servers import HttpServer

if TYPE_CHECKING:
    from bench.proxy import Proxy

WAIT = 60
POLICY = """\
name: trusting
rules:
  - {{name: people, action: block, when: {{subjects: 1}}}}
trust:
  - destination: {{host: 127.0.0.1, port: {port}}}
    reason: remote maintenance of the scanners
    owner: biomedical engineering
    expires: {expires}
"""


def tunnel(proxy: Proxy, port: int, to: str = "127.0.0.1") -> socket.socket:
    host, _, listen = proxy.listen.rpartition(":")
    connection = socket.create_connection((host, int(listen)), WAIT)
    connection.sendall(f"CONNECT {to}:{port} HTTP/1.1\r\n\r\n".encode())
    head = b""
    # No byte more: what the server says may come with it.
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    assert b" 200 " in head
    return connection


@pytest.fixture
def talker() -> Iterator[int]:
    """Where a server greets, and answers every line with the same in upper case."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.sendall(b"SSH-2.0-talker\r\n")
                while data := peer.recv(65536):
                    peer.sendall(data.upper())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture
def trusting(start_proxy: Callable[..., Proxy], tmp_path: Path) -> Callable[[int, str], Proxy]:
    """Start a proxy that trusts a port until a day."""

    def start(port: int, expires: str) -> Proxy:
        policy = tmp_path / "policy.yaml"
        policy.write_text(POLICY.format(port=port, expires=expires))
        return start_proxy(DLP_POLICY=str(policy))

    return start


def test_a_trusted_destination_passes_unread_and_that_is_written_down(
    trusting: Callable[[int, str], Proxy], talker: int
) -> None:
    proxy = trusting(talker, "2099-12-31")
    with tunnel(proxy, talker) as connection:
        assert connection.recv(4096) == b"SSH-2.0-talker\r\n"
        connection.sendall(bytes(range(256)) + b"bonjour")
        assert connection.recv(4096).endswith(b"BONJOUR")

    (event,) = [one for one in proxy.events if one["event"] == "flow.trusted"]
    assert event["owner"] == "biomedical engineering"
    assert proxy.metric("dlp_flows_total", channel="tunnel", action="trusted") == 1


@pytest.mark.parametrize("expires", ["2020-01-01", None])
def test_without_an_entry_in_force_it_is_refused(
    trusting: Callable[[int, str], Proxy],
    start_proxy: Callable[..., Proxy],
    talker: int,
    expires: str | None,
) -> None:
    proxy = trusting(talker, expires) if expires else start_proxy()
    with tunnel(proxy, talker) as connection:
        connection.sendall(bytes(range(256)))
        assert connection.recv(4096) == b""

    (listed,) = proxy.dlp("incident", "list", "--json").stdout.splitlines()
    assert json.loads(listed)["rule"] == "fail-closed:opaque"


def test_trusted_tls_is_the_servers_own_and_http_beside_it_is_still_read(
    trusting: Callable[[int, str], Proxy], authority: trustme.CA, tmp_path: Path, leak: bytes
) -> None:
    own = tmp_path / "own.pem"
    authority.cert_pem.write_to_path(str(own))
    with HttpServer(authority) as pinned, HttpServer() as plain:
        proxy = trusting(pinned.port, "2099-12-31")
        args = ("--cacert", str(own), "--data-binary", "@{file}")
        unread = curl(f"{pinned.url}/x", *args, proxy=proxy.listen, send=leak)
        assert unread.status == 200
        other = curl(f"{plain.url}/x", *args, proxy=proxy.listen, send=leak)
        assert other.status == 403
        tunnelled = curl(f"{plain.url}/x", "-p", *args, proxy=proxy.listen, send=leak)
        assert tunnelled.status == 403


def suggested(proxy: Proxy, count: int) -> list[dict[str, Any]]:
    """Return what is suggested once so many handshakes have been refused."""
    rows: list[dict[str, Any]] = []
    deadline = time.monotonic() + WAIT
    while sum(row["refused"] for row in rows) < count:
        assert time.monotonic() < deadline
        shown = proxy.dlp("trust", "suggest", "--json").stdout
        rows = [json.loads(line) for line in shown.splitlines()]
    return rows


def test_a_client_that_pins_is_noticed_and_suggested(
    start_proxy: Callable[..., Proxy], authority: trustme.CA
) -> None:
    with HttpServer(authority) as server, HttpServer(authority) as other:
        proxy = start_proxy()
        trusting = ssl.create_default_context(cafile=str(proxy.ca))
        with tunnel(proxy, other.port, "localhost") as plain:
            trusting.wrap_socket(plain, server_hostname="localhost").close()
        pinning = ssl.create_default_context()
        authority.configure_trust(pinning)
        for _ in range(2):
            with tunnel(proxy, server.port) as plain, pytest.raises(ssl.SSLError):
                pinning.wrap_socket(plain, server_hostname="127.0.0.1")

        (row,) = suggested(proxy, 2)
        shown = proxy.dlp("trust", "suggest").stdout

    assert (row["kind"], row["destination"]) == ("pinned", f"127.0.0.1:{server.port}")
    assert f"{{host: 127.0.0.1, port: {server.port}}}" in shown
    assert not server.received


def test_a_client_without_the_authority_is_no_client_that_pins(
    start_proxy: Callable[..., Proxy], authority: trustme.CA
) -> None:
    with HttpServer(authority) as server:
        proxy = start_proxy()
        lacking = ssl.create_default_context()
        authority.configure_trust(lacking)
        for host in ("127.0.0.1", "localhost"):
            with tunnel(proxy, server.port, host) as plain, pytest.raises(ssl.SSLError):
                lacking.wrap_socket(plain, server_hostname=host)

        (row,) = suggested(proxy, 2)
        shown = proxy.dlp("trust", "suggest").stdout

    assert row["kind"] == "ca-missing"
    assert (row["client"], row["destinations"]) == ("127.0.0.1", 2)
    assert "destination:" not in shown
    assert "docs/deploy/ca.md" in shown


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{destination: {port: 22}, reason: why, owner: who, expires: 2027-01-01}", "no port"),
        ("{destination: {host: a.example}, reason: why, owner: who}", "expires"),
        ("{destination: {host: a.example}, reason: why, owner: who, expires: soon}", "a day"),
        ("{destination: {host: a.example}, reason: '', owner: who, expires: 2027-01-01}", "reason"),
    ],
)
def test_an_entry_says_where_why_who_and_until_when(
    start_proxy: Callable[..., Proxy], tmp_path: Path, entry: str, said: str
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "name: x\nrules:\n  - {name: a, action: block, when: {subjects: 1}}\n"
        f"trust:\n  - {entry}\n"
    )
    with pytest.raises(Exception, match=said) as failed:
        start_proxy(DLP_POLICY=str(policy))
    assert "policy.yaml line 5" in str(failed.value)
