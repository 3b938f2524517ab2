"""Other scanners, each on the same bytes; those that are not installed are named as such."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import zlib
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

import ahocorasick

from dlp.detect.lexicon import load_lexicon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["REFERENCE", "Scan", "missing", "rivals", "words_in"]

REFERENCE = "pyahocorasick"
WORDS = 5_000
# A French NIR with separators, as a person would look for it.
NIR = (
    r"\b[12][ .-]?\d{2}[ .-]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .-]?(?:\d{2}|2[AB])[ .-]?\d{3}[ .-]?\d{3}"
    r"(?:[ .-]?\d{2})?\b"
)

COMMANDS = {"ripgrep": "rg", "ClamAV": "clamscan"}

type Scan = Callable[[], object]


@cache
def _automaton() -> ahocorasick.Automaton:
    # Letters of other scripts make it three times as slow: it looks through all that can follow
    words = sorted(form for form in load_lexicon().forms if form.isascii())
    random.Random("words").shuffle(words)
    automaton = ahocorasick.Automaton()
    for word in words[:WORDS]:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton


def words_in(text: str) -> None:
    """Look for words with bare pyahocorasick."""
    deque(_automaton().iter(text), 0)


def rivals(data: bytes, file: Path) -> dict[str, Scan]:
    """Return, by name, what scans `data`, which `file` holds too."""
    text = data.decode("latin-1")
    pattern = re.compile(NIR.encode())
    packed = zlib.compress(data, 6)
    found: dict[str, Scan] = {
        REFERENCE: lambda: words_in(text),
        "Python re": lambda: deque(pattern.finditer(data), 0),
        "zlib (inflate)": lambda: zlib.decompress(packed),
    }
    if shutil.which("rg"):
        found["ripgrep"] = lambda: _run("rg", "--count", "--text", NIR, str(file))
    if shutil.which("clamscan"):
        # It wants a signature to start; what it does here is look for structured data.
        signature = file.with_suffix(".hdb")
        signature.write_text(f"{'0' * 32}:1:Nothing\n")
        found["ClamAV"] = lambda: _run(
            "clamscan", "--detect-structured=yes", "--no-summary", f"--database={signature}",
            "--max-filesize=1000M", "--max-scansize=1000M", str(file),
        )  # fmt: skip
    return found


def missing() -> list[str]:
    """Return the scanners that are not installed."""
    return [name for name, command in COMMANDS.items() if not shutil.which(command)]


def _run(*command: str) -> int:
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
