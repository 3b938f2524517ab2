"""Measures scanning and prints it: `make bench ARGS="throughput [--record]"`.

Everything scans the same bytes in the same run, in turns, and the fastest turn counts: what else
the machine does disturbs all alike, and ratios stay comparable where megabytes a second are not.
`--record` writes the record and the plot that docs/performance.md shows; without it, what moved
since the record is printed.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.scanning.corpora import CORPORA, MESSAGES, VERDICT_HEAD
from bench.scanning.plot import plot
from bench.scanning.rivals import REFERENCE, missing, rivals
from dlp.inspection import Core, Inspection
from dlp.policy.load import preset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlp.types import Result

OURS = "dlp"
SIZE = 2 << 20
TURNS = 3
CHUNK = 256 * 1024
OFTEN = 200
OVER = 5
MOVED = 0.15
FOLDER = Path(__file__).parents[2] / "docs" / "measurements"
RECORD = FOLDER / "throughput.json"
MEMORY = """
import dlp.inspection, dlp.policy.load
from bench.scanning.corpora import CORPORA
at = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
before = at()
core = dlp.inspection.Core.build(policy=dlp.policy.load.preset("balanced"), key=b"k" * 16)
loaded = at() - before
data = CORPORA["source"](8 << 20)
before = at()
inspection = dlp.inspection.Inspection(core)
inspection.feed(data)
inspection.finish()
print(loaded, at() - before + loaded)
"""
# Messages that are all different: each part of so many bytes takes less than the one before, for
# what text is made of is learnt; then all are read again, as the traffic of a day is like that of
# the day before.
SEVERAL = """
import time
from bench.scanning.__main__ import AGAIN, Core, PART, PARTS, inspect, preset
from bench.scanning.corpora import files
core = Core.build(policy=preset("balanced"), key=b"k" * 16)
core.detectors.warm()
def seconds(texts):
    started = time.process_time()
    for text in texts:
        inspect(core, text)
    return time.process_time() - started
texts = files()
inspect(core, next(texts))
read = []
for _ in range(PARTS):
    part = []
    while sum(map(len, part)) < PART:
        part.append(next(texts))
    print(sum(map(len, part)) / seconds(part) / 1e6)
    read += part
took = min(seconds(read) for _ in range(AGAIN))
print(sum(map(len, read)) / took / 1e6, len(read) / took)
"""
PART, PARTS, AGAIN = 3_000_000, 5, 3
# Of what runs for a second or more, the fastest of few turns says as much.
SLOW = 1.0


def inspect(core: Core, data: bytes, content_type: str = "") -> Result:
    inspection = Inspection(core, content_type=content_type)
    for start in range(0, len(data), CHUNK):
        inspection.feed(data[start : start + CHUNK])
    return inspection.finish()


def _busy() -> float:
    """Return the processor's seconds that this process and those it started have used."""
    uses = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def fastest(
    scans: Mapping[str, Callable[[], object]],
    turns: int = TURNS,
    clock: Callable[[], float] = _busy,
) -> dict[str, float]:
    """Return the seconds of each one's fastest turn, by default the processor's."""
    best = dict.fromkeys(scans, float("inf"))
    for turn in range(turns):
        for name, scan in scans.items():
            if turn > 1 and best[name] > SLOW:
                continue
            started = clock()
            scan()
            best[name] = min(best[name], clock() - started)
    return best


def _corpora(core: Core) -> dict[str, dict[str, float]]:
    """Return megabytes a second by corpus and scanner."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make in CORPORA.items():
            data = make(SIZE)
            file = Path(folder, name)
            file.write_bytes(data)
            scans: dict[str, Callable[[], object]] = {OURS: partial(inspect, core, data)}
            seconds = fastest(scans | rivals(data, file))
            found[name] = {who: len(data) / took / 1e6 for who, took in seconds.items()}
            if name == "patients":
                head = data[:VERDICT_HEAD]
                assert inspect(core, head).verdict.action.stops
                took = fastest({OURS: partial(inspect, core, head)}, turns=20)[OURS]
                found["patients, up to the verdict"] = {OURS: len(head) / took / 1e6}
    return found


def _often(scan: Callable[[], object]) -> None:
    for _ in range(OFTEN):
        scan()


def _messages(core: Core) -> dict[str, float]:
    """Return microseconds by message."""
    found = {}
    for name, (content_type, body) in MESSAGES.items():
        took = fastest({OURS: partial(_often, partial(inspect, core, body, content_type))})
        found[name] = took[OURS] / OFTEN * 1e6
    return found


def _memory() -> dict[str, float]:
    """Return megabytes: of a process that only loads, of that with the catalog, and its peak."""
    out = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, check=True, text=True)
    loaded, scanned = map(float, out.stdout.split())
    return {"catalog": loaded, "catalog after a scan": scanned}


def _several() -> dict[str, Any]:
    """Return megabytes a second of different files, by parts and then again, and how many files."""
    command = [sys.executable, "-c", SEVERAL]
    out = subprocess.run(command, capture_output=True, check=True, text=True)
    *once, again, messages = map(float, out.stdout.split())
    return {"read_once": once, "read_again": again, "messages_per_second": messages}


def _cold_start() -> float:
    """Return the seconds of `dlp scan` on one small file, the interpreter's start included."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "note.txt")
        file.write_text("Nothing in here.\n")
        command = [str(Path(sys.executable).parent / "dlp"), "scan", str(file)]
        # As installed: the first run leaves what it compiled of our own modules.
        user = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        run = lambda: subprocess.run(command, check=True, capture_output=True, env=user)  # noqa: E731
        return fastest({OURS: run}, turns=5, clock=time.perf_counter)[OURS]


def _workers() -> float:
    """Return how many times faster two processes scan a tree than one."""
    with tempfile.TemporaryDirectory() as folder:
        data = CORPORA["source"](24 << 20) * 4
        for number, start in enumerate(range(0, len(data), 256 * 1024)):
            Path(folder, f"{number}.txt").write_bytes(data[start : start + 256 * 1024])
        dlp = str(Path(sys.executable).parent / "dlp")

        def run(jobs: int) -> Callable[[], object]:
            # Often enough that the start of the command counts for little.
            command = [dlp, "scan", "-j", str(jobs), *[folder] * OVER]
            return lambda: subprocess.run(command, check=False, capture_output=True)

        took = fastest({"1": run(1), "2": run(2)}, turns=2, clock=time.perf_counter)
        return took["1"] / took["2"]


def ratios(record: Mapping[str, Any]) -> dict[str, float]:
    """Return what is compared between runs, the higher the better."""
    found = {}
    speeds = record["megabytes_per_second"]
    for corpus, by_scanner in speeds.items():
        reference = by_scanner.get(REFERENCE, speeds["patients"][REFERENCE])
        found[corpus] = by_scanner[OURS] / reference
    # A message's cost in the time that the reference takes for a kilobyte of source.
    kilobyte = 1e3 / speeds["source"][REFERENCE]
    for message, microseconds in record["microseconds"].items():
        found[message] = kilobyte / microseconds
    if "read_again" in record:
        found["different messages"] = record["read_again"] / speeds["source"][REFERENCE]
    return found


def moved(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    """Return what is faster or slower than it was, beside the reference."""
    before, after = ratios(then), ratios(now)
    lines = []
    for name in before.keys() & after.keys():
        change = after[name] / before[name] - 1
        if abs(change) > MOVED:
            lines.append(f"{name}: {'faster' if change > 0 else 'slower'} by {abs(change):.0%}")
    return sorted(lines)


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _measure() -> dict[str, Any]:
    core = Core.build(policy=preset("balanced"), key=b"bench" * 4)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "python": platform.python_version(),
        "missing": missing(),
        "megabytes_per_second": _corpora(core),
        "microseconds": _messages(core),
        **_several(),
        "memory_megabytes": _memory()
        | {"peak of this run": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3},
        "cold_start_seconds": _cold_start(),
        "two_processes": _workers(),
    }


def _print(record: Mapping[str, Any]) -> None:
    speeds = record["megabytes_per_second"]
    scanners = list(dict.fromkeys(name for row in speeds.values() for name in row))
    print(f"{'MB/s':<28}" + "".join(f"{name:>15}" for name in scanners) + f"{'ratio':>9}")
    compared = ratios(record)
    for corpus, row in speeds.items():
        cells = "".join(f"{row[name]:15.1f}" if name in row else f"{'':15}" for name in scanners)
        print(f"{corpus:<28}{cells}{compared[corpus]:9.2f}")
    for name, microseconds in record["microseconds"].items():
        print(f"{name:<28}{microseconds:15.1f} µs")
    for name, megabytes in record["memory_megabytes"].items():
        print(f"{'memory, ' + name:<28}{megabytes:15.1f} MB")
    once = " ".join(f"{speed:.1f}" for speed in record["read_once"])
    print(f"{'read once, by 3 MB':<28}{once} MB/s")
    again, messages = record["read_again"], record["messages_per_second"]
    print(f"{'the same read again':<28}{again:15.1f} MB/s, {messages:.0f} messages a second")
    print(f"{'cold start of dlp scan':<28}{record['cold_start_seconds']:15.2f} s")
    print(f"{'two processes':<28}{record['two_processes']:15.2f} times one")
    print(f"not installed, left out: {', '.join(record['missing']) or 'nothing'}")


def main(arguments: list[str]) -> None:
    record = _measure()
    _print(record)
    if RECORD.exists():
        then = json.loads(RECORD.read_text("utf-8"))
        changes = moved(record, then)
        print(f"since {then['date']}: {'; '.join(changes) or 'nothing moved'}")
    if "--record" in arguments:
        FOLDER.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        (FOLDER / "throughput.svg").write_text(plot(record), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
