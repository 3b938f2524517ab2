"""The proxies that are compared, the server behind them, and the time that each takes."""

from __future__ import annotations

import multiprocessing
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.proxy import Proxy, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HOST", "Program", "dlp", "mitmproxy", "squid", "upstream"]

HOST = "127.0.0.1"
START_LIMIT = 60
PIECE = 256 * 1024
TICKS = os.sysconf("SC_CLK_TCK")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Program:
    """Something that runs and takes connections.

    Attributes:
        port: Where.
        pid: Its process; those below it belong to it.
    """

    port: int
    pid: int

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{HOST}:{self.port}"

    def pids(self) -> list[int]:
        """Return its processes."""
        children: dict[int, list[int]] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and (told := _stat(int(folder.name))):
                children.setdefault(int(told[1]), []).append(int(folder.name))
        found = [self.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def busy(self) -> float:
        """Return the processor's seconds that it has taken."""
        told = filter(None, map(_stat, self.pids()))
        return sum(int(one[11]) + int(one[12]) for one in told) / TICKS

    def resident(self) -> float:
        """Return the megabytes of its largest process."""
        pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.pids())
        return max(map(int, pages)) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _stat(pid: int) -> list[str]:
    """Return what the kernel tells of a process behind its name; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


class _Connection:
    """A connection to the server: what has come of a head, and how much of a body is to come."""

    def __init__(self) -> None:
        self.head = b""
        self.left = 0

    def feed(self, data: bytes) -> int:
        """Return how many requests `data` completes."""
        whole = 0
        while data:
            if self.left:
                taken = min(self.left, len(data))
                data = data[taken:]
                self.left -= taken
                whole += not self.left
                continue
            self.head += data
            head, end, data = self.head.partition(b"\r\n\r\n")
            if not end:
                break
            found = _LENGTH.search(head)
            self.head, self.left = b"", int(found[1]) if found else 0
            whole += not self.left
        return whole


def _serve(listener: socket.socket) -> None:
    """Answer any HTTP/1.1 request whose body has a length; cheap, since it shares the machine."""
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in waiting.select():
            if key.data is None:
                peer, _ = listener.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                waiting.register(peer, selectors.EVENT_READ, _Connection())
                continue
            peer = key.fileobj  # type: ignore[assignment]
            try:
                data = peer.recv(PIECE)
                if data:
                    peer.sendall(_ANSWER * key.data.feed(data))
            except OSError:
                data = b""
            if not data:
                waiting.unregister(peer)
                peer.close()


@contextmanager
def upstream() -> Iterator[Program]:
    """Run the server behind the proxies."""
    with socket.create_server((HOST, 0), backlog=512) as listener:
        process = multiprocessing.Process(target=_serve, args=(listener,), daemon=True)
        process.start()
        assert process.pid is not None
        try:
            yield Program(listener.getsockname()[1], process.pid)
        finally:
            process.kill()
            process.join()


@contextmanager
def _started(command: list[str], port: int) -> Iterator[Program]:
    """Run a program until the block ends, once it accepts connections."""
    process = subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                socket.create_connection((HOST, port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield Program(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_LIMIT)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as one:
        port: int = one.getsockname()[1]
        return port


@contextmanager
def mitmproxy(folder: Path, server: Program | None = None) -> Iterator[Program]:
    """Run a bare mitmproxy, in front of a server if one is given."""
    port = _free_port()
    command = [str(Path(sys.executable).with_name("mitmdump")), "-q", "--listen-port", str(port)]
    options = {"confdir": folder, "stream_large_bodies": "1m", "connection_strategy": "lazy"}
    for name, value in options.items():
        command += ["--set", f"{name}={value}"]
    if server is not None:
        command += ["--mode", f"reverse:http://{server.address}"]
    with _started(command, port) as program:
        yield program


@contextmanager
def dlp(folder: Path, server: Program | None = None, workers: int = 1) -> Iterator[Program]:
    """Run this proxy, in front of a server if one is given."""
    env = {"DLP_WORKERS": str(workers)}
    if server is not None:
        env["DLP_MODE"] = f"reverse:http://{server.address}"
    with Proxy(folder, env=env) as proxy:
        yield Program(int(proxy.listen.rpartition(":")[2]), proxy.pid)


@contextmanager
def squid(folder: Path) -> Iterator[Program | None]:
    """Run Squid, where it is installed."""
    found = shutil.which("squid", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        yield None
        return
    folder.mkdir()
    port = _free_port()
    config = folder / "squid.conf"
    config.write_text(
        f"http_port {HOST}:{port}\nhttp_access allow all\ncache deny all\naccess_log none\n"
        f"pid_filename {folder}/squid.pid\ncache_log {folder}/cache.log\ncache_mem 8 MB\n"
        "shutdown_lifetime 1 seconds\n"
    )
    with _started([found, "-N", "-f", str(config)], port) as program:
        yield program
