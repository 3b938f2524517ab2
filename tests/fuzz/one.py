"""Fuzzes one target in this process: `python -m tests.fuzz.one TARGET SECONDS|FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

# Modules are watched from their import on: of other libraries, those that are written in Python.
with atheris.instrument_imports(
    include=["dlp.extract", "dlp.parsers", "olefile", "py7zr", "pydicom"]
):
    from tests.fuzz.targets import TARGETS, holds, seeds

# Seconds that one body may take, with what watches it; its bytes; and MiB of memory.
LONGEST, LARGEST, MEMORY = 20, 1 << 16, 2048


def main(name: str, what: str) -> None:
    """Fuzz a target for some seconds, or read a file as it does; libFuzzer ends the process."""
    folder = Path(".fuzz", name)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(seeds(TARGETS[name])):
        (corpus / f"seed-{number}").write_bytes(body)
    options = [f"-timeout={LONGEST}", f"-max_len={LARGEST}", f"-rss_limit_mb={MEMORY}"]
    options += [f"-artifact_prefix={folder}/found-", "-print_final_stats=1"]
    options += [what] if Path(what).is_file() else [f"-max_total_time={what}", str(corpus)]
    atheris.Setup([name, *options], lambda body: holds(TARGETS[name], body))
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
