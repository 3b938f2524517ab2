"""`dlp scan`: the verdict on files, through the same core as the proxy's."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections import Counter, deque
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from dlp.commands.loading import loading
from dlp.commands.progress import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from dlp.commands.har import Request
    from dlp.extract.budget import Limits
    from dlp.inspection import Core
    from dlp.parsers.pool import ParserPool
    from dlp.policy.model import Policy
    from dlp.types import Finding, Result

__all__ = ["scan"]

CHUNK = 256 * 1024
# Files handed to a process at once: most are small, and a hand-over costs as much as one.
BATCH = 16

# What the last line says of actions, in the order of their weight.
TOTALS = {
    "allow": "allowed",
    "log": "logged",
    "block": "blocked",
    "quarantine": "quarantined",
    "error": "not inspected",
}
STOPS = ("block", "quarantine")

_core: Core | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """What inputs are decided by, and what each may cost; None for what is usual."""

    policy: Policy
    limits: Limits | None = None
    seconds: float | None = None
    memory: int | None = None

    def parsers(self) -> ParserPool:
        """Return parsers for one process."""
        from dlp.parsers.pool import ParserPool

        if self.seconds is None or self.memory is None:
            return ParserPool()
        return ParserPool(seconds=self.seconds, memory=self.memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scanned:
    """What came of one input: a result, or why there is none."""

    source: str
    seconds: float
    result: Result | None = None
    error: str = ""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--policy", metavar="FILE", help="A file, balanced, monitor or strict.  [balanced]")
@click.option("-j", "jobs", metavar="N", type=click.IntRange(min=1), default=1, help="Processes.")
@click.pass_context
def scan(
    ctx: click.Context, paths: tuple[str, ...], policy: str | None, jobs: int, *, as_json: bool
) -> None:
    """Inspect files and folders; - is standard input.

    A HAR file is inspected request by request. What unpacking may cost is set as for the proxy, by
    DLP_UNPACK_LIMIT and the like.

    Exit status: 0 every input allowed, 1 some input would be stopped, 2 an error.
    """
    # Hashes of a scan are compared with nothing outside of it.
    key = os.urandom(32)
    with loading():
        setup = _setup(policy)
        _prepare(setup, key)
    sources = _inputs(paths)
    shown = sys.stderr.isatty() and (len(paths) > 1 or Path(paths[0]).is_dir())
    if shown:
        # A bar needs to know how many there are; without one nobody waits for that.
        sources = iter(listed := list(sources))
    counts: Counter[str] = Counter()
    with bar(len(listed)) if shown else nullcontext() as done:
        for scanned in _scan_all(sources, setup, key, jobs):
            if scanned.result is None:
                click.echo(f"dlp: {scanned.source}: {scanned.error}", err=True)
                counts["error"] += 1
            else:
                counts[scanned.result.verdict.action.value] += 1
                click.echo(_as_json(scanned) if as_json else _as_line(scanned))
            if done is not None:
                done(scanned.result.evidence.bytes if scanned.result is not None else 0)
    if not as_json and counts.total() > 1:
        each = ", ".join(f"{counts[what]} {said}" for what, said in TOTALS.items() if counts[what])
        click.echo(f"{counts.total()} inputs: {each}")
    ctx.exit(2 if counts["error"] else 1 if any(counts[one] for one in STOPS) else 0)


def _setup(name: str | None) -> _Setup:
    from dlp.policy.load import DEFAULT, PolicyError, open_policy

    try:
        if not any(variable.startswith("DLP_") for variable in os.environ):
            # Settings take as long to import as a small file to scan.
            return _Setup(policy=open_policy(DEFAULT if name is None else name))
        from dlp.settings import SettingsError, load_settings

        try:
            settings = load_settings({} if name is None else {"policy": name})
            return _Setup(
                policy=settings.load_policy(),
                limits=settings.limits(),
                seconds=settings.document_timeout,
                memory=settings.document_memory,
            )
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
    except PolicyError as error:
        raise click.ClickException(str(error)) from None


def _prepare(setup: _Setup, key: bytes) -> None:
    """Build the core of this process."""
    global _core  # noqa: PLW0603 - a worker process is given it once, not with each file
    from dlp.inspection import Core

    # Its processes are started by the first document, and end with this one.
    _core = Core.build(policy=setup.policy, key=key, parsers=setup.parsers())
    if setup.limits is not None:
        _core = replace(_core, limits=setup.limits)


def _forked(setup: _Setup) -> None:
    """Give a forked process parsers of its own."""
    global _core  # noqa: PLW0603 - as above
    if _core is not None:
        _core = replace(_core, parsers=setup.parsers())


def _scan_all(sources: Iterator[str], setup: _Setup, key: bytes, jobs: int) -> Iterator[_Scanned]:
    """Yield what came of each source, in their order."""
    if jobs == 1:
        for source in sources:
            yield from _scan(source)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A fork has all that this process has read and compiled; elsewhere than on Linux it is unsafe.
    forks = sys.platform == "linux"
    if forks and _core is not None:
        _core.detectors.warm()
        pool = ProcessPoolExecutor(
            jobs, mp_context=get_context("fork"), initializer=_forked, initargs=(setup,)
        )
    else:
        pool = ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), initializer=_prepare, initargs=(setup, key)
        )
    with pool:
        waiting: deque[Future[list[_Scanned]] | list[_Scanned]] = deque()
        for batch in batched(sources, BATCH):
            # Only this process has the standard input that is meant.
            here = "-" in batch
            waiting.append(_scan_batch(batch) if here else pool.submit(_scan_batch, batch))
            # A tree of millions of files is not listed before its first verdict.
            while len(waiting) > jobs * 4:
                yield from _done(waiting.popleft())
        while waiting:
            yield from _done(waiting.popleft())


def _scan_batch(sources: tuple[str, ...]) -> list[_Scanned]:
    return [scanned for source in sources for scanned in _scan(source)]


def _done(batch: Future[list[_Scanned]] | list[_Scanned]) -> list[_Scanned]:
    return batch if isinstance(batch, list) else batch.result()


def _inputs(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if path != "-" and Path(path).is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    file = Path(folder, name)
                    # Pipes and devices would never end; broken links are reported by opening.
                    if file.is_file() or not file.exists():
                        yield str(file)
        else:
            yield path


def _scan(source: str) -> list[_Scanned]:
    # Names that are no UTF-8 can't be printed as they are.
    name = os.fsencode(source).decode("utf-8", "replace")
    if source.lower().endswith(".har"):
        from dlp.commands.har import requests

        try:
            found = requests(Path(source))
        except OSError as failure:
            return [_Scanned(source=name, seconds=0, error=_reason(failure))]
        if found is not None:
            return [_timed(f"{name}{one.label}", partial(_request, one)) for one in found]
    return [_timed(name, partial(_file, source))]


def _timed(name: str, inspect: Callable[[], Result]) -> _Scanned:
    started = time.perf_counter()
    result, error = None, ""
    try:
        result = inspect()
    except OSError as failure:
        error = _reason(failure)
    except Exception as failure:  # noqa: BLE001 - other inputs still get their verdict
        error = f"could not be inspected ({type(failure).__name__})"
    seconds = time.perf_counter() - started
    return _Scanned(source=name, seconds=seconds, result=result, error=error)


def _reason(failure: OSError) -> str:
    return failure.strerror or type(failure).__name__


def _request(request: Request) -> Result:
    from dlp.inspection import Inspection

    assert _core is not None
    inspection = Inspection(_core, flow=request.flow, content_type=request.content_type)
    for where, text in request.head:
        inspection.text(where, text)
    inspection.feed(request.body)
    result = inspection.finish()
    if request.missing and not result.verdict.action.stops:
        raise OSError(errno.ENODATA, "the archive holds less of its body than was sent")
    return result


def _file(source: str) -> Result:
    if source == "-":
        return _read(sys.stdin.buffer)
    with Path(source).open("rb") as file:
        return _read(file)


def _read(file: BinaryIO) -> Result:
    from dlp.inspection import Inspection

    assert _core is not None
    inspection = Inspection(_core)
    while chunk := file.read(CHUNK):
        inspection.feed(chunk)
    return inspection.finish()


def _as_json(scanned: _Scanned) -> str:
    result = scanned.result
    assert result is not None
    evidence = result.evidence
    return json.dumps(
        {
            "source": scanned.source,
            "action": result.verdict.action,
            "rule": result.verdict.rule,
            "subjects": evidence.subjects,
            "findings": [_finding(finding) for finding in evidence.findings],
            "uninspectable": evidence.uninspectable,
            "bytes": evidence.bytes,
            "seconds": round(scanned.seconds, 6),
        },
        ensure_ascii=False,
    )


def _finding(finding: Finding) -> dict[str, Any]:
    """Return a finding without its hashes, whose key is this scan's alone."""
    return {name: value for name, value in asdict(finding).items() if name != "hashes"}


def _as_line(scanned: _Scanned) -> str:
    result = scanned.result
    assert result is not None
    evidence = result.evidence
    parts = [f"{result.verdict.action:<10}", scanned.source]
    if evidence.subjects:
        persons = "person" if evidence.subjects == 1 else "persons"
        parts.append(f"({evidence.subjects} {persons}; {result.verdict.rule})")
    elif evidence.uninspectable:
        parts.append(f"({evidence.uninspectable}; {result.verdict.rule})")
    parts += [f"{f.detector}: {f.masked[0]}" for f in evidence.findings if f.masked]
    return " ".join(parts)
