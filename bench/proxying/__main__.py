"""Measures the proxy beside a bare mitmproxy and Squid: `make bench ARGS="proxy [--record]"`.

The same clients (wrk, h2load, curl) and the same server for all, in turns, on the same machine: so
what counts is the ratio, and best that of the processor's seconds, which hardly depend on what else
the machine does. `--record` writes the record and the plot that docs/performance.md shows.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.proxying.clients import WARM, document, latencies, requests, upload
from bench.proxying.plot import plot
from bench.proxying.programs import Program, dlp, mitmproxy, squid, upstream
from bench.scanning.__main__ import FOLDER, processor

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = FOLDER / "proxy.json"
WAYS = ("HTTP/1.1", "TLS", "HTTP/2")
BARE, OURS, TWO, SQUID = "mitmproxy, bare", "dlp", "dlp, 2 workers", "squid"
SECONDS = 4
TURNS = 3
LARGE = 512 << 20
# Of what one worker can take.
HALF = 0.5

type Row = dict[str, float]


def _measured(
    run: Callable[[], float], proxy: Program, server: Program, per: Callable[[float], float]
) -> Row:
    """Return how fast something ran, and what of the processor each took for it.

    Args:
        run: Does it, and returns its rate.
        proxy: Whose time is asked.
        server: The same.
        per: Turns the rate into how much was done.
    """
    before = proxy.busy(), server.busy(), _clients()
    rate = run()
    after = proxy.busy(), server.busy(), _clients()
    done = per(rate)
    names = ("proxy", "server", "client")
    used = {name: (b - a) / done for name, a, b in zip(names, before, after, strict=True)}
    return {"rate": rate} | used


def _clients() -> float:
    """Return the processor's seconds of all clients that have ended."""
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def _best(turns: list[Row]) -> Row:
    """Return the highest rate and the fewest seconds of several turns."""
    best = {
        name: (max if name == "rate" else min)(turn[name] for turn in turns) for name in turns[0]
    }
    return {name: float(f"{value:.4g}") for name, value in best.items()}


def _compare(programs: dict[str, Program], way: str, server: Program, folder: Path) -> Any:
    """Return what each program does of each kind of work, by work and program."""
    body = document()
    file = folder / "large.bin"
    asked = SECONDS + (WARM if way == "HTTP/2" else 0)
    works: dict[str, tuple[Callable[[Program], float], Callable[[float], float]]] = {
        "GET": (
            lambda proxy: requests(way, proxy, server, SECONDS, "", folder),
            lambda rate: rate * asked,
        ),
        "POST 10 KiB": (
            lambda proxy: requests(way, proxy, server, SECONDS, body, folder),
            lambda rate: rate * asked,
        ),
        "upload": (lambda proxy: upload(way, proxy, server, file), lambda _: LARGE / 1e6),
    }
    found: dict[str, dict[str, Row]] = {}
    for work, (run, per) in works.items():
        turns: dict[str, list[Row]] = {name: [] for name in programs}
        for _ in range(TURNS):
            for name, proxy in programs.items():
                turns[name].append(_measured(lambda: run(proxy), proxy, server, per))  # noqa: B023
        found[work] = {name: _best(rows) for name, rows in turns.items()}
        _print(f"{way}, {work}", found[work])
    return found


def _latency(programs: dict[str, Program], server: Program, rate: float) -> dict[str, Row]:
    """Return the latencies of 10 KiB POSTs at half of the load that one worker can take."""
    body = document()
    asked: dict[str, Program | None] = {"no proxy": None, **programs}
    turns: dict[str, list[list[float]]] = {name: [] for name in asked}
    for _ in range(TURNS):
        for name, proxy in asked.items():
            turns[name].append(latencies(proxy, server, rate, SECONDS, body))
    found = {}
    for name, several in turns.items():
        # The turn least disturbed by others.
        quiet = min(several, key=lambda one: one[len(one) * 99 // 100])
        at = {f"p{share}": quiet[len(quiet) * share // 100] for share in (50, 99)}
        found[name] = {share: round(value, 2) for share, value in at.items()}
    print(f"POST 10 KiB, {rate:.0f} a second, ms:")
    for name, row in found.items():
        print(f"  {name:<18} p50 {row['p50']:7.2f}  p99 {row['p99']:7.2f}")
    return found


def _print(title: str, rows: dict[str, Row]) -> None:
    large = title.endswith("upload")
    print(f"{title}:")
    for name, row in rows.items():
        scale, unit = (1e3, "s/GB") if large else (1e6, "µs")
        used = "  ".join(
            f"{who} {row[who] * scale:8.2f} {unit}" for who in ("proxy", "server", "client")
        )
        print(f"  {name:<18} {row['rate']:8.0f} {'MB/s' if large else '/s  '}  {used}")


def ratios(record: dict[str, Any]) -> dict[str, Row]:
    """Return how this proxy stands to a bare mitmproxy, by way and work; the higher the better."""
    return {
        f"{way}, {work}": {
            "rate": round(rows[OURS]["rate"] / rows[BARE]["rate"], 3),
            "processor": round(rows[BARE]["proxy"] / rows[OURS]["proxy"], 3),
        }
        for way, works in record["ways"].items()
        for work, rows in works.items()
    }


def scaling(record: dict[str, Any]) -> Row:
    """Return how many times as many GETs two workers answer as one.

    As measured; as the processors left room for, which clients and server took a part of; and where
    these have processors of their own, by what a GET takes of a worker's.
    """
    one, two = (record["ways"]["HTTP/1.1"]["GET"][name] for name in (OURS, TWO))
    beside = two["server"] + two["client"]
    most = 2 * one["proxy"]
    return {
        "rate": round(two["rate"] / one["rate"], 3),
        "room": round(most / (two["proxy"] + beside), 3),
        "processor": round(most / two["proxy"], 3),
    }


def measure() -> dict[str, Any]:
    """Measure everything."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with (folder / "large.bin").open("wb") as out:
            for _ in range(LARGE >> 20):
                out.write(os.urandom(1 << 20))
        server = stack.enter_context(upstream())
        ways: dict[str, Any] = {}
        for way in WAYS:
            with ExitStack() as running:
                behind = None if way == "HTTP/1.1" else server
                name = way.replace("/", "")
                start = running.enter_context
                programs = {
                    BARE: start(mitmproxy(folder / f"{name}-bare", behind)),
                    OURS: start(dlp(folder / f"{name}-dlp", behind)),
                }
                if way == "HTTP/1.1":
                    programs[TWO] = start(dlp(folder / f"{name}-two", workers=2))
                    other = start(squid(folder / f"{name}-squid"))
                    programs |= {} if other is None else {SQUID: other}
                ways[way] = _compare(programs, way, server, folder)
                if way == "HTTP/1.1":
                    rate = round(HALF * ways[way]["POST 10 KiB"][OURS]["rate"], 1)
                    programs.pop(TWO)
                    latency = _latency(programs, server, rate)
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "processor": processor(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "seconds": SECONDS,
            "turns": TURNS,
            "ways": ways,
            "latency": {"rate": rate, "milliseconds": latency},
        }


def main(arguments: list[str]) -> None:
    record = measure()
    record["ratios"] = ratios(record)
    print("dlp to a bare mitmproxy:")
    for name, row in record["ratios"].items():
        print(f"  {name:<24} rate {row['rate']:.2f}, processor {row['processor']:.2f}")
    record["two workers to one"] = two = scaling(record)
    print(
        f"two workers to one: {two['rate']:.2f} times as many GETs, with room for"
        f" {two['room']:.2f}; by the processor {two['processor']:.2f}"
    )
    if "--record" in arguments:
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        RECORD.with_suffix(".svg").write_text(plot(record), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
