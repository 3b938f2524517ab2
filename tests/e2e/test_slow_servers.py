"""A server that takes what it is sent slowly holds the client back, and nothing piles up here."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

import h2.config
import h2.connection
import h2.events
import pytest

from addons.engine.http import MOST_HELD as MOST_OFFERED
from bench.curl import curl, find_curl
from bench.proxy import Proxy
from bench.servers.base import HOST

if TYPE_CHECKING:
    import trustme

WAIT = 60
MEBI = 1 << 20
HELD = 1 * MEBI
SENT = 96 * MEBI
# What sockets, windows and the proxy may hold of a body that is streamed: far less than the body.
MOST = 32 * MEBI
LINE = b"une ligne comme une autre, sans rien de particulier\n"


@pytest.fixture(scope="module")
def streaming(
    tmp_path_factory: pytest.TempPathFactory, upstream_env: dict[str, str]
) -> Iterator[Proxy]:
    """A proxy that streams what is larger than a mebibyte."""
    env = upstream_env | {"DLP_HOLD_LIMIT": str(HELD)}
    with Proxy(tmp_path_factory.mktemp("slow") / "data", env=env) as proxy:
        yield proxy


class Reluctant:
    """A server that reads the beginning of one request, and nothing more until it is to end."""

    def __init__(self, authority: trustme.CA | None) -> None:
        self.end = threading.Event()
        self.begun = threading.Event()
        self._tls = None
        if authority is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.set_alpn_protocols(["h2"])
            authority.issue_cert(HOST).configure_cert(self._tls)
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(WAIT)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            peer, _ = self._listener.accept()
            with peer:
                peer.settimeout(WAIT)
                if self._tls is None:
                    self._http1(peer)
                else:
                    with self._tls.wrap_socket(peer, server_side=True) as secure:
                        self._http2(secure)

    def _http1(self, peer: socket.socket) -> None:
        peer.recv(4096)
        self.begun.set()
        self.end.wait(WAIT)

    def _http2(self, peer: ssl.SSLSocket) -> None:
        server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        server.initiate_connection()
        peer.sendall(server.data_to_send())
        while data := peer.recv(MEBI):
            for event in server.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    self.begun.set()
                    # The window stays shut.
                    self.end.wait(WAIT)
                    return
            peer.sendall(server.data_to_send())


def memory(proxy: Proxy) -> int:
    """Return the bytes that the proxy's process has in memory."""
    assert proxy._process is not None
    status = Path(f"/proc/{proxy._process.pid}/status").read_text("ascii")
    return next(
        int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS:")
    )


@pytest.mark.parametrize("http", [1, 2])
def test_the_client_waits_and_memory_stays_bounded(
    streaming: Proxy, authority: trustme.CA, tmp_path: Path, http: int
) -> None:
    file = tmp_path / "large"
    file.write_bytes(LINE * (SENT // len(LINE)))
    with Reluctant(authority if http == 2 else None) as server:
        scheme = "https" if http == 2 else "http"
        url = f"{scheme}://{HOST}:{server.port}/slow"
        before = memory(streaming)
        # It gives up, since it can't send on.
        done = subprocess.run(
            [find_curl() or "curl", "-sk", "-x", f"http://{streaming.listen}", "-T", str(file), url,
             "-m", "6", "-w", "%{size_upload}", "--noproxy", ""],
            capture_output=True, text=True, timeout=WAIT, check=False,
        )  # fmt: skip
        after = memory(streaming)
        assert done.returncode == 28
        assert server.begun.is_set()
        assert HELD < int(done.stdout) < MOST
        assert after - before < 2 * MOST


def test_a_server_of_git_that_offers_without_end_is_given_up(streaming: Proxy) -> None:
    """What it offers is held whole, to be changed."""
    sent = 0
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(WAIT)

        def serve() -> None:
            nonlocal sent
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.settimeout(WAIT)
                peer.recv(65536)
                kind = b"application/x-git-receive-pack-advertisement"
                peer.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
                    % kind
                )
                block = b"%x\r\n%b\r\n" % (MEBI, bytes(MEBI))
                while sent < 4 * MOST_OFFERED:
                    peer.sendall(block)
                    sent += MEBI

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://{HOST}:{listener.getsockname()[1]}/a.git/info/refs?service=git-receive-pack"
        answer = curl(url, proxy=streaming.listen)
        thread.join()

    assert answer.status == 502
    assert sent < 2 * MOST_OFFERED
