"""Stores of files and of packages, and the proxy that a house has already."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from bench.curl import curl
from bench.servers import HttpServer

if TYPE_CHECKING:
    from bench.proxy import Proxy
    from bench.servers import FtpServer, HttpsServer

LIMIT = 60


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def until_open(port: int) -> None:
    deadline = time.monotonic() + LIMIT
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), LIMIT).close()
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextlib.contextmanager
def running(*command: str, port: int) -> Iterator[None]:
    """Run a server until the block ends."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_open(port)
        yield
    finally:
        process.terminate()
        process.wait(LIMIT)


def run(
    proxy: Proxy, home: Path, *command: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    address = f"http://{proxy.listen}"
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "no_proxy": "",
           "http_proxy": address, "https_proxy": address}  # fmt: skip
    return subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=LIMIT, check=False
    )


def test_rclone_copies_to_webdav(
    proxy: Proxy,
    require_command: Callable[[str, str], str],
    tmp_path: Path,
    orders: bytes,
    leak: bytes,
) -> None:
    rclone = require_command("rclone", "rclone")
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    (here / "ordinary").mkdir(parents=True)
    (here / "patients").mkdir()
    (here / "ordinary" / "orders.csv").write_bytes(orders)
    (here / "patients" / "export.csv").write_bytes(leak)
    port = free_port()
    # A Go program takes no proxy to what it knows for its own machine.
    store = ("--webdav-url", f"http://0.0.0.0:{port}", "--retries", "1", "--low-level-retries", "1")
    serve = (rclone, "serve", "webdav", str(there), "--addr", f"127.0.0.1:{port}")
    with running(*serve, port=port):

        def copy(folder: str) -> int:
            command = (rclone, "copy", str(here / folder), ":webdav:up", *store)
            return run(proxy, tmp_path, *command).returncode

        assert copy("ordinary") == 0
        assert copy("patients") != 0
        listed = run(proxy, tmp_path, rclone, "ls", ":webdav:up", *store).stdout
    assert (there / "up" / "orders.csv").read_bytes() == orders
    assert "orders.csv" in listed
    assert not (there / "up" / "export.csv").exists()


class _Registry(BaseHTTPRequestHandler):
    """As much of npm's registry as publishing and installing need."""

    packages: ClassVar[dict[str, dict[str, object]]] = {}
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.packages[self.path] = said
        self._answer(b"{}", 201)

    def do_GET(self) -> None:
        name, _, file = self.path.partition("/-/")
        known = self.packages.get(name)
        if known is None:
            self._answer(b"{}", 404)
        elif file:
            attached = known["_attachments"]
            assert isinstance(attached, dict)
            self._answer(base64.b64decode(attached[file]["data"]))
        else:
            self._answer(json.dumps(known).encode())

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_npm_publishes_and_installs(
    proxy: Proxy,
    require_command: Callable[[str, str], str],
    tmp_path: Path,
    orders: bytes,
    leak: bytes,
) -> None:
    npm = require_command("npm", "npm")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    registry = f"http://127.0.0.1:{server.server_port}/"
    (tmp_path / ".npmrc").write_text(
        f"registry={registry}\n//127.0.0.1:{server.server_port}/:_authToken=x\n"
        "noproxy=\nupdate-notifier=false\naudit=false\nfund=false\n"
    )
    try:
        for name, content in (("ordinary", orders), ("patients", leak)):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
            (folder / "data.csv").write_bytes(content)
        published = run(proxy, tmp_path, npm, "publish", cwd=tmp_path / "ordinary")
        assert published.returncode == 0, published.stderr
        assert run(proxy, tmp_path, npm, "publish", cwd=tmp_path / "patients").returncode != 0
        assert set(_Registry.packages) == {"/ordinary"}
        use = tmp_path / "use"
        use.mkdir()
        (use / "package.json").write_text("{}")
        installed = run(proxy, tmp_path, npm, "install", "ordinary", cwd=use)
        assert installed.returncode == 0, installed.stderr
        assert (use / "node_modules" / "ordinary" / "data.csv").read_bytes() == orders
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def squid(require_command: Callable[[str, str], str]) -> Iterator[Callable[..., str]]:
    """Start Squid, with lines of configuration, and return its address."""
    command = require_command("squid", "squid")
    # It drops its rights, and has to find its files then.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:

        def start(*lines: str) -> str:
            port = free_port()
            configuration = folder / f"{port}.conf"
            configuration.write_text(
                f"http_port 127.0.0.1:{port}\nhttp_access allow all\ncache deny all\n"
                "pid_filename none\naccess_log none\ncache_log /dev/null\npinger_enable off\n"
                "shutdown_lifetime 0 seconds\n" + "\n".join(lines) + "\n"
            )
            # Of its own name, so that several run beside each other.
            serve = (command, "-N", "-n", f"t{port}", "-f", str(configuration))
            stack.enter_context(running(*serve, port=port))
            return f"127.0.0.1:{port}"

        yield start
    shutil.rmtree(folder)


@pytest.fixture
def pass_and_stop(
    https: HttpsServer, name: str, orders: bytes, leak: bytes
) -> Callable[[Proxy, str], bytes]:
    """Send both by a way to both kinds of servers; returns what came to the plain one."""

    def send(proxy: Proxy, through: str) -> bytes:
        args = ("--cacert", str(proxy.ca), "-T", "{file}")
        with HttpServer() as plain:
            for server in (plain, https):
                url = f"{server.url}/{name}"
                assert curl(url, *args, proxy=through, send=orders).status == 200
                assert curl(url, *args, proxy=through, send=leak).status == 403
                assert [record.body for record in server.records.of(f"/{name}")] == [orders]
            return bytes(plain.received)

    return send


def test_squid_is_the_way_out(
    start_proxy: Callable[..., Proxy],
    squid: Callable[..., str],
    pass_and_stop: Callable[[Proxy, str], bytes],
) -> None:
    proxy = start_proxy(DLP_UPSTREAM_PROXY=f"http://{squid()}")
    assert b"via:" in pass_and_stop(proxy, proxy.listen).lower()


def test_squid_sends_everything_through_the_proxy(
    start_proxy: Callable[..., Proxy],
    squid: Callable[..., str],
    pass_and_stop: Callable[[Proxy, str], bytes],
) -> None:
    proxy = start_proxy(DLP_TRUSTED_HOPS="127.0.0.1")
    port = proxy.listen.rpartition(":")[2]
    parent = f"cache_peer 127.0.0.1 parent {port} 0 no-query no-digest default"
    pass_and_stop(proxy, squid(parent, "never_direct allow all", "forwarded_for on"))


def test_squid_carries_what_is_for_ftp_servers(
    start_proxy: Callable[..., Proxy],
    squid: Callable[..., str],
    ftp: FtpServer,
    name: str,
    orders: bytes,
    leak: bytes,
) -> None:
    proxy = start_proxy(DLP_UPSTREAM_PROXY=f"http://{squid()}")
    url = f"ftp://user:pw@127.0.0.1:{ftp.port}/{name}"
    passed = curl(url, "-T", "{file}", proxy=proxy.listen, send=orders)
    fetched = curl(url, proxy=proxy.listen)
    stopped = curl(f"{url}-leak", "-T", "{file}", proxy=proxy.listen, send=leak)

    assert (passed.status, fetched.status, stopped.status) == (201, 200, 403), passed.log
    assert fetched.body == orders
    assert f"{name}-leak" not in ftp.files()
