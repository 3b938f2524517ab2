"""Those who send: wrk, h2load and curl for how much, even requests for how soon."""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

from bench.proxying.programs import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from bench.proxying.programs import Program

__all__ = ["WARM", "document", "latencies", "requests", "upload"]

CONNECTIONS = 32
STREAMS = 4
# Seconds that h2load asks before it counts.
WARM = 1
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)|finished in [\d.]+s, ([\d.]+) req/s")
_FAILED = re.compile(r"Non-2xx|Socket errors|[1-9]\d* (?:3xx|4xx|5xx)|[1-9]\d* (?:failed|errored)")
_SCRIPT = """
wrk.method = "{method}"
wrk.path = "{url}"
wrk.headers["Host"] = "{host}"
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


def requests(
    way: str, proxy: Program, server: Program, seconds: int, body: str, folder: Path
) -> float:
    """Return how many requests a second a proxy answers; without a body, they are GETs.

    Args:
        way: `HTTP/1.1` through a forward proxy, `TLS` or `HTTP/2` to one in front of the server.
        proxy: The proxy.
        server: The server behind it.
        seconds: How long it is asked.
        body: What is sent.
        folder: Where files may be written.
    """
    if way == "HTTP/2":
        command = ["h2load", "-c", str(CONNECTIONS // STREAMS), "-m", str(STREAMS), "-D",
                   str(seconds), "--warm-up-time", str(WARM)]  # fmt: skip
        if body:
            file = folder / "body.json"
            file.write_text(body)
            command += ["-d", str(file), "-H", "content-type: application/json"]
        command.append(f"https://{proxy.address}/api")
    else:
        script = folder / "load.lua"
        url = "/api" if way == "TLS" else f"http://{server.address}/api"
        script.write_text(
            _SCRIPT.format(
                method="POST" if body else "GET",
                url=url,
                host=server.address,
                body=f"[==[{body}]==]" if body else "nil",
            )
        )
        scheme = "https" if way == "TLS" else "http"
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script),
                   f"{scheme}://{proxy.address}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _RATE.search(done.stdout)
    if found is None or _FAILED.search(done.stdout):
        raise RuntimeError(done.stdout)
    return float(found[1] or found[2])


def upload(way: str, proxy: Program, server: Program, file: Path) -> float:
    """Return the MB a second at which a large file goes through; see `requests`."""
    command = ["curl", "-q", "-sS", "-k", "-o", "/dev/null", "--noproxy", ""]
    command += ["-H", "Expect:", "-w", "%{response_code} %{time_total}", "-T", str(file)]
    if way == "HTTP/1.1":
        command += ["-x", f"http://{proxy.address}", f"http://{server.address}/large"]
    else:
        version = "--http2" if way == "HTTP/2" else "--http1.1"
        command += [version, f"https://{proxy.address}/large"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, took = done.stdout.split()
    if status != "200":
        raise RuntimeError(f"the upload was answered {status}")
    return file.stat().st_size / 1e6 / float(took)


def latencies(
    proxy: Program | None, server: Program, rate: float, seconds: int, body: str
) -> list[float]:
    """Return, sorted, the milliseconds of requests that are sent evenly, `rate` a second.

    From when each was due, so that one that waits for another counts its waiting.

    Args:
        proxy: What is sent through; None for straight to the server.
        server: The server.
        rate: Requests a second.
        seconds: How long.
        body: What each sends.
    """
    target = "/api" if proxy is None else f"http://{server.address}/api"
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {server.address}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port = server.port if proxy is None else proxy.port
    return asyncio.run(_evenly((head + body).encode(), port, rate, seconds))


async def _evenly(request: bytes, port: int, rate: float, seconds: int) -> list[float]:
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection(HOST, port))
    took: list[float] = []

    async def one(due: float) -> None:
        reader, writer = await free.get()
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\nok")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:100])
        took.append((time.perf_counter() - due) * 1e3)
        free.put_nowait((reader, writer))

    started = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for number in range(round(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sending.create_task(one(due))
    while not free.empty():
        free.get_nowait()[1].close()
    # The first ones open connections to the server.
    return sorted(took[CONNECTIONS:])
