"""`dlp scan`: the verdict on files, through the same core as the proxy's."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.inspection import Core
    from dlp.types import Result

__all__ = ["scan"]

CHUNK = 256 * 1024


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--policy", metavar="FILE", help="Policy file, or balanced or monitor.  [balanced]")
@click.pass_context
def scan(ctx: click.Context, paths: tuple[str, ...], policy: str | None, *, as_json: bool) -> None:
    """Inspect files and folders; - is standard input.

    Exit status: 0 every input allowed, 1 some input would be stopped, 2 an error.
    """
    from dlp.inspection import Core
    from dlp.settings import SettingsError, load_settings

    try:
        settings = load_settings({} if policy is None else {"policy": policy})
        # Hashes of a scan are compared with nothing outside of it.
        core = Core.build(policy=settings.load_policy(), key=os.urandom(32))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    stopped = failed = False
    for source in _inputs(paths):
        started = time.perf_counter()
        try:
            result = _scan(core, source)
        except OSError as error:
            click.echo(f"dlp: {source}: {error.strerror}", err=True)
            failed = True
            continue
        stopped = stopped or result.verdict.action.stops
        seconds = time.perf_counter() - started
        click.echo(_as_json(source, result, seconds) if as_json else _as_line(source, result))
    ctx.exit(2 if failed else 1 if stopped else 0)


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


def _scan(core: Core, source: str) -> Result:
    if source == "-":
        return _read(core, sys.stdin.buffer)
    with Path(source).open("rb") as file:
        return _read(core, file)


def _read(core: Core, file: BinaryIO) -> Result:
    from dlp.inspection import Inspection

    inspection = Inspection(core)
    while chunk := file.read(CHUNK):
        inspection.feed(chunk)
    return inspection.finish()


def _as_json(source: str, result: Result, seconds: float) -> str:
    evidence = result.evidence
    return json.dumps(
        {
            "source": source,
            "action": result.verdict.action,
            "rule": result.verdict.rule,
            "subjects": evidence.subjects,
            "findings": [asdict(finding) for finding in evidence.findings],
            "uninspectable": evidence.uninspectable,
            "bytes": evidence.bytes,
            "seconds": round(seconds, 6),
        },
        ensure_ascii=False,
    )


def _as_line(source: str, result: Result) -> str:
    evidence = result.evidence
    parts = [f"{result.verdict.action:<10}", source]
    if evidence.subjects:
        persons = "person" if evidence.subjects == 1 else "persons"
        parts.append(f"({evidence.subjects} {persons}; {result.verdict.rule})")
    elif evidence.uninspectable:
        parts.append(f"({evidence.uninspectable}; {result.verdict.rule})")
    parts += [f"{f.detector}: {f.masked[0]}" for f in evidence.findings if f.masked]
    return " ".join(parts)
