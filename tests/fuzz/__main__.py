"""Fuzzes what opens bodies, guided by coverage: `make fuzz ARGS="[TARGET] [SECONDS]"`.

Without a target all are fuzzed, one after another, each for so long; `list` names them. Corpora
stay in .fuzz, and so does what was found: `make fuzz ARGS="TARGET .fuzz/TARGET/found-…"` reads it
again. What made a target fail belongs into a test, beside its mending.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

SECONDS = "60"


def main(arguments: list[str]) -> int:
    """Fuzz each target in a process of its own, and tell which did not hold."""
    if arguments == ["list"]:
        print("\n".join(TARGETS))
        return 0
    names = [arguments.pop(0)] if arguments and arguments[0] in TARGETS else list(TARGETS)
    what = arguments.pop(0) if arguments else SECONDS
    if arguments or not (what.isdecimal() or Path(what).is_file()):
        sys.exit(f"fuzz: {what!r} is no target, no seconds and no file; `list` names targets")
    failed = False
    for name in names:
        log = Path(".fuzz", name, "log")
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.fuzz.one", name, what]
        with log.open("wb") as file:
            code = subprocess.run(command, stdout=file, stderr=file, check=False).returncode
        print(f"{name:24} {f'fails: see {log}' if code else 'holds'}", flush=True)
        failed |= bool(code)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
