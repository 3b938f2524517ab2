"""Measures the proxy beside a bare mitmproxy and Squid: requests a second, latency, a large upload.

The same client (wrk, curl) and server for all, one after another in the same run, so that what
counts is the ratio. `python -m bench proxy [SECONDS]`.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench.proxy import Proxy, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
GIBI = 1 << 27
LATENCY = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
SCRIPT = """
wrk.method = "{method}"
wrk.path = "http://{host}:{port}/api"
wrk.headers["Host"] = "{host}:{port}"
wrk.headers["Content-Type"] = "application/json"
wrk.body = {body}
"""


def document(size: int = 10 * 1024) -> str:
    """Return ordinary JSON of about this size, without a quote that Lua would need escaped."""
    chance = random.Random(1)
    words = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod".split()
    items: list[dict[str, Any]] = []
    while len(text := json.dumps(items)) < size:
        items.append(
            {
                "id": chance.randrange(10**6),
                "name": " ".join(chance.choices(words, k=4)),
                "price": chance.randrange(10**4) / 100,
            }
        )
    return text


def serve(listener: socket.socket) -> None:
    """Take any HTTP/1.1 request with a length and answer it; runs in a process of its own."""

    def answer(peer: socket.socket) -> None:
        with peer:
            held = b""
            while True:
                while b"\r\n\r\n" not in held:
                    if not (data := peer.recv(1 << 18)):
                        return
                    held += data
                head, _, held = held.partition(b"\r\n\r\n")
                found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                left = int(found[1]) if found else 0
                while left > len(held):
                    left -= len(held)
                    if not (held := peer.recv(1 << 18)):
                        return
                held = held[left:]
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    while True:
        peer, _ = listener.accept()
        threading.Thread(target=answer, args=(peer,), daemon=True).start()


@contextmanager
def upstream() -> Iterator[int]:
    """Run the server, and give its port."""
    with socket.create_server((HOST, 0), backlog=512) as listener:
        process = multiprocessing.Process(target=serve, args=(listener,), daemon=True)
        process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.join()


@contextmanager
def started(command: list[str], port: int) -> Iterator[str]:
    """Run a proxy until the block ends, and give its address once it accepts connections."""
    process = subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection((HOST, port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield f"{HOST}:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as one:
        port: int = one.getsockname()[1]
        return port


@contextmanager
def mitmproxy() -> Iterator[str]:
    port = free_port()
    program = Path(sys.executable).with_name("mitmdump")
    options = ["-q", "--set", "stream_large_bodies=1m", "--set", "connection_strategy=lazy"]
    with started([str(program), *options, "--listen-port", str(port)], port) as address:
        yield address


@contextmanager
def squid(folder: Path) -> Iterator[str]:
    port = free_port()
    config = folder / "squid.conf"
    config.write_text(
        f"http_port {HOST}:{port}\nhttp_access allow all\ncache deny all\naccess_log none\n"
        f"pid_filename {folder}/squid.pid\ncache_log {folder}/cache.log\ncache_mem 8 MB\n"
        "shutdown_lifetime 1 seconds\n"
    )
    command = [str(shutil.which("squid") or "/usr/sbin/squid"), "-N", "-f", str(config)]
    with started(command, port) as address:
        yield address


def load(proxy: str, port: int, seconds: int, body: str, folder: Path) -> tuple[float, float]:
    """Return requests a second and the 99th percentile of latency in milliseconds."""
    script = folder / "load.lua"
    text = f"[==[{body}]==]" if body else "nil"
    method = "POST" if body else "GET"
    script.write_text(SCRIPT.format(method=method, host=HOST, port=port, body=text))
    done = subprocess.run(
        ["wrk", "-t2", "-c32", f"-d{seconds}s", "--latency", "-s", str(script), f"http://{proxy}"],
        capture_output=True,
        text=True,
        check=True,
    )
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    rate, tail = RATE.search(done.stdout), LATENCY.search(done.stdout)
    assert rate, done.stdout
    assert tail, done.stdout
    return float(rate[1]), float(tail[1]) * {"us": 0.001, "ms": 1, "s": 1000}[tail[2]]


def upload(proxy: str, port: int, file: Path) -> float:
    """Return the MB a second at which a large file goes through."""
    command = ["curl", "-q", "-sS", "-o", "/dev/null", "--noproxy", "", "-x", f"http://{proxy}"]
    command += ["-H", "Expect:", "-w", "%{response_code} %{time_total}", "-T", str(file)]
    done = subprocess.run(
        [*command, f"http://{HOST}:{port}/large"], capture_output=True, text=True, check=True
    )
    status, took = done.stdout.split()
    if status != "200":
        raise RuntimeError(f"the upload was answered {status}")
    return file.stat().st_size / 1e6 / float(took)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    console = Console()
    table = Table("", "GET/s", "10 KiB POST/s", "p99 ms", "large upload MB/s", box=None)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(upstream())
        file = folder / "large.bin"
        with file.open("wb") as out:
            block = random.Random(2).randbytes(1 << 20)
            for _ in range(GIBI >> 20):
                out.write(block)
        body = document()

        def measured(name: str, proxy: str) -> tuple[float, float, float, float]:
            gets, _ = load(proxy, port, seconds, "", folder)
            posts, tail = load(proxy, port, seconds, body, folder)
            rate = upload(proxy, port, file)
            table.add_row(name, f"{gets:.0f}", f"{posts:.0f}", f"{tail:.1f}", f"{rate:.0f}")
            return gets, posts, tail, rate

        with mitmproxy() as address:
            bare = measured("mitmproxy, bare", address)
        found = {}
        for workers in (1, 2):
            data = folder / f"data-{workers}"
            with Proxy(data, env={"DLP_WORKERS": str(workers)}) as proxy:
                found[workers] = measured(f"dlp, workers={workers}", proxy.listen)
        if shutil.which("squid") or Path("/usr/sbin/squid").exists():
            with squid(folder) as address:
                measured("squid", address)
    console.print(table)
    one, two = found[1], found[2]
    console.print(
        f"dlp / mitmproxy: GET {one[0] / bare[0]:.2f}, POST {one[1] / bare[1]:.2f},"
        f" upload {one[3] / bare[3]:.2f}; two workers / one: GET {two[0] / one[0]:.2f}"
    )


if __name__ == "__main__":
    main()
