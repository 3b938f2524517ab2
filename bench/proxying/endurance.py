"""Measures what lasts: `make bench ARGS="endurance [--record]"`.

Memory under four uploads of 1 GiB at once, of bytes that can't be compressed and of text; how long
others wait beside an upload that is slow to inspect; memory after 20,000 requests, one in twenty of
them with a body that becomes a transfer, over ever new connections.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.proxying.clients import document, latencies, upload
from bench.proxying.programs import Program, dlp, upstream
from bench.scanning.__main__ import FOLDER, processor

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = FOLDER / "endurance.json"
UPLOADS = 4
LARGE = 1 << 30
FLOWS = 20_000
ROUND = 2_000
CONNECTIONS = 20
# Lines of numbers that are inspected for longer than this, and so many requests a second meanwhile.
NUMBERS, WATCHED, OFTEN = 1_500_000, 10, 40
# Of twenty requests, one has a body of this size.
SOMETIMES, BODY = 20, 300 * 1024
SMALL = 10 * 1024


@contextmanager
def watched(program: Program) -> Iterator[list[float]]:
    """Gather the megabytes that a program's largest process takes, while the block runs."""
    seen = [program.resident()]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            seen.append(program.resident())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _uploads(program: Program, server: Program, file: Path) -> dict[str, float]:
    started = time.perf_counter()
    with watched(program) as seen, ThreadPoolExecutor(UPLOADS) as clients:
        for one in [
            clients.submit(upload, "HTTP/1.1", program, server, file) for _ in range(UPLOADS)
        ]:
            one.result()
    took = time.perf_counter() - started
    return {"before": seen[0], "most": max(seen), "MB/s": UPLOADS * LARGE / took / 1e6}


def _beside(program: Program, server: Program, file: Path) -> dict[str, float]:
    """Return the milliseconds that small requests take beside an upload of numbers."""
    chance = random.Random(1)
    lines = (
        f"{chance.randrange(10**15, 10**16)};{chance.randrange(10**14, 10**15)}"
        for _ in range(NUMBERS)
    )
    file.write_text("\n".join(lines))
    with ThreadPoolExecutor(1) as clients:
        sending = clients.submit(upload, "HTTP/1.1", program, server, file)
        took = latencies(program, server, OFTEN, WATCHED, "")
        if sending.done():
            raise RuntimeError("the upload ended too soon")
        sending.result()
    at = {f"p{share}": took[len(took) * share // 100] for share in (50, 90, 99)}
    return at | {"most": took[-1]}


def _soak(program: Program, folder: Path) -> list[float]:
    """Return the megabytes after each round of requests."""
    small, large = folder / "small", folder / "large"
    small.write_text(document(SMALL))
    large.write_text(document(BODY))
    found = [program.resident()]
    for _ in range(FLOWS // ROUND):
        for file, many in ((small, ROUND - ROUND // SOMETIMES), (large, ROUND // SOMETIMES)):
            command = ["h2load", "--h1", "-n", str(many), "-c", str(CONNECTIONS), "-d", str(file)]
            command += ["-H", "content-type: application/json", f"https://{program.address}/api"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            if f" {many} succeeded" not in done.stdout:
                raise RuntimeError(done.stdout)
        found.append(program.resident())
    return found


def measure() -> dict[str, Any]:
    """Measure everything."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(upstream())
        found: dict[str, Any] = {
            "date": datetime.now(UTC).date().isoformat(),
            "processor": processor(),
        }
        file = folder / "large.bin"
        text = document(64 * 1024).encode() * 17
        for kind in ("random", "JSON"):
            with file.open("wb") as out:
                for _ in range(LARGE >> 20):
                    out.write(os.urandom(1 << 20) if kind == "random" else text[: 1 << 20])
            with dlp(folder / kind) as program:
                found[f"{UPLOADS} uploads of 1 GiB, {kind}"] = _uploads(program, server, file)
        with dlp(folder / "beside") as program:
            found["beside numbers"] = _beside(program, server, file)
        with dlp(folder / "soak", server) as program:
            found["soak"] = {"flows in a round": ROUND, "megabytes": _soak(program, folder)}
        return found


def _rounded(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _rounded(one) for name, one in node.items()}
    if isinstance(node, list):
        return [_rounded(one) for one in node]
    return round(node, 1) if isinstance(node, float) else node


def main(arguments: list[str]) -> None:
    record = measure()
    text = json.dumps(_rounded(record), indent=1) + "\n"
    print(text, end="")
    if "--record" in arguments:
        RECORD.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
