"""Identifiers glued to their neighbours in lines of fixed width, as files of insurers are.

`32018505751234567300HAMON` holds a number that nothing sets apart. It is found where the same place
of many lines holds a valid one: chance lets one number in a hundred pass in a place, and never
most of them. Identifiers glued to each other, in one line or many, are found where one follows the
other, more often than chance would have it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.forms import cleaned
from dlp.detect.score import SHAPELY

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from dlp.detect.entries import Entry

__all__ = ["Glued", "glued"]

# Fewer lines prove nothing: four of five valid ones in one place are a chance of 1e-7.
LEAST_LINES = 4
SHARE = 0.6
# Log odds against a chain that is none, of which each identifier takes its check and its shape.
UNLIKELY = 14
# The place of what stands in a chain.
CHAINED = -1
# Digits of a run that are looked through for a chain.
LONGEST_CHAIN = 4096
# Lines by which places are chosen, and the longest run of digits that is looked into.
SAMPLED = 6
LONGEST = 160

# What one place of one line holds: where it begins and ends, the place, the value, its canonical
# form if it is valid.
type Glued = tuple[Entry, int, int, int, str, str | None]


def glued(
    window: bytes, runs: Iterable[tuple[int, int]], entries: Iterable[Entry]
) -> Iterator[Glued]:
    """Yield the numbers in those places of lines that hold identifiers.

    Args:
        window: Text around.
        runs: Where unbroken runs of digits begin and end that are too long, or not set apart.
        entries: What is looked for.
    """
    runs = list(runs)
    lengths = [(one, n) for one in entries if not one.lettered for n in one.lengths]
    for entry, length in lengths:
        yield from _chains(window, runs, entry, length)
    lines: dict[int, list[tuple[int, int, int]]] = {}
    for start, end in runs:
        if end - start <= LONGEST:
            line = window.rfind(b"\n", 0, start) + 1
            # Columns are counted in characters, and names have accents.
            lines.setdefault(line, []).append((len(decode(window[line:start])), start, end))
    if len(lines) < LEAST_LINES:
        return
    sample = list(lines.values())[:: max(1, len(lines) // SAMPLED)]
    least = max(LEAST_LINES, SHARE * len(sample))
    shared = {length: _shared(sample, length, least) for _, length in lengths}
    for entry, length in lengths:
        valid = [
            (place, value)
            for line_runs in sample
            if shared[length]
            for place, _, _, value in _places(window, line_runs, length, shared[length])
            if entry.canonical(value) is not None
        ]
        # Lines that say the same prove it once.
        distinct = Counter(place for place, _ in set(valid))
        chosen = {
            place
            for place, count in Counter(place for place, _ in valid).items()
            if count >= least and distinct[place] >= LEAST_LINES
        }
        for line_runs in lines.values() if chosen else ():
            for place, start, end, value in _places(window, line_runs, length, chosen):
                if entry.candidate.fullmatch(value):
                    yield entry, start, end, place, value, entry.canonical(value)


def _chains(
    window: bytes, runs: list[tuple[int, int]], entry: Entry, length: int
) -> Iterator[Glued]:
    """Yield the identifiers that follow each other without anything between."""
    least = max(2, math.ceil(UNLIKELY / (SHAPELY * entry.shapely - math.log(entry.false_pass))))
    for start, end in runs:
        if end - start < least * length:
            continue
        digits = cleaned(window[start : min(end, start + LONGEST_CHAIN)])
        at = 0
        for match in _anywhere(entry).finditer(digits):
            if match.start() < at:
                continue
            chain = list(_chain(digits, match.start(), entry, length))
            # One more where the run holds something else, too; one that recurs proves nothing.
            if len(set(chain)) >= least + (len(chain) * length < end - start):
                at = match.start()
                for value, canonical in chain:
                    yield entry, start + at, start + at + length, CHAINED, value, canonical
                    at += length


@cache
def _anywhere(entry: Entry) -> re.Pattern[str]:
    return re.compile(f"(?={entry.plausible.pattern})")


def _chain(digits: str, at: int, entry: Entry, length: int) -> Iterator[tuple[str, str]]:
    while True:
        value = digits[at : at + length]
        canonical = entry.canonical(value) if entry.believable(value) else None
        if canonical is None:
            return
        yield value, canonical
        at += length


def _shared(lines: list[list[tuple[int, int, int]]], length: int, least: float) -> frozenset[int]:
    """Return the places at which enough of the lines have a number of a length."""
    count = Counter(
        at
        for runs in lines
        for place, start, end in runs
        for at in range(place, place + end - start - length + 1)
    )
    return frozenset(at for at, lines_there in count.items() if lines_there >= least)


def _places(
    window: bytes, runs: list[tuple[int, int, int]], length: int, among: Container[int]
) -> Iterator[tuple[int, int, int, str]]:
    """Yield the numbers of a length that stand at some places of a line."""
    for place, start, end in runs:
        for at in range(start, end - length + 1):
            if place + at - start in among:
                yield place + at - start, at, at + length, cleaned(window[at : at + length])
