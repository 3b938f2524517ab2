"""Identifiers glued to their neighbours in lines of fixed width, as files of insurers are.

`32018505751234567300HAMON` holds a number that nothing sets apart. It is found where the same place
of many lines holds a valid one: chance lets one number in a hundred pass in a place, and never
most of them; where no line ends, in the same place of records that are as long as each other.
Identifiers glued to each other, in one line or many, are found where one follows the other, more
often than chance would have it.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from functools import cache
from itertools import accumulate
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
# Runs after one that are looked at for that of the next record, where no line ends one.
NEXT = 4

# What one place of one line holds: where it begins and ends, the place, the value, its canonical
# form if it is valid.
type Glued = tuple[Entry, int, int, int, str, str | None]


def glued(
    window: bytes, runs: Iterable[tuple[int, int]], entries: tuple[Entry, ...]
) -> Iterator[Glued]:
    """Yield the numbers in those places of lines that hold identifiers.

    Args:
        window: Text around.
        runs: Where unbroken runs of digits begin and end that are too long, or not set apart.
        entries: What is looked for.
    """
    runs = list(runs)
    needed = _needed(entries)
    yield from _chains(window, runs, needed)
    runs = [run for run in runs if run[1] - run[0] <= LONGEST]
    lines = _lines(window, runs)
    if len(lines) < LEAST_LINES:
        lines = _blocks(window, runs)
    if len(lines) < LEAST_LINES:
        return
    looked_at = list(lines)[:: max(1, len(lines) // SAMPLED)]
    sample = [_placed(window, line, lines[line]) for line in looked_at]
    least = max(LEAST_LINES, SHARE * len(sample))
    shared = {length: _shared(sample, length, least) for _, length in needed}
    for entry, length in needed:
        chosen = _chosen(window, sample, entry, length, shared[length], least)
        for line, line_runs in lines.items() if chosen else ():
            placed = _placed(window, line, line_runs)
            for place, start, end, value in _places(window, placed, length, chosen):
                if entry.candidate.fullmatch(value):
                    yield entry, start, end, place, value, entry.canonical(value)


def _lines(window: bytes, runs: list[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
    """Return the runs of each line, by where it begins."""
    lines: dict[int, list[tuple[int, int]]] = {}
    for start, end in runs:
        lines.setdefault(window.rfind(b"\n", 0, start) + 1, []).append((start, end))
    return lines


def _blocks(window: bytes, runs: list[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
    """Return the runs of records that follow each other without an end of a line, if any do.

    All are as long as each other, which is how far it is from most runs to one of the next. Each
    begins, for want of a better place, with the run that most have.
    """
    # In characters, as names have accents.
    ends = [0, *(end for _, end in runs)]
    skipped = [len(decode(window[end:start])) for end, (start, _) in zip(ends, runs, strict=False)]
    sizes = accumulate(
        (gap + end - start for gap, (start, end) in zip(skipped, runs, strict=True)), initial=0
    )
    places = [before + gap for before, gap in zip(sizes, skipped, strict=False)]
    apart = Counter(
        following - place
        for n, place in enumerate(places)
        for following in places[n + 1 : n + 1 + NEXT]
    )
    # Two records are twice as long as one, and as many but for the last.
    length, count = min(apart.items(), key=lambda one: (-one[1], one[0]), default=(0, 0))
    if count < LEAST_LINES - 1:
        return {}
    ((first, _),) = Counter(place % length for place in places).most_common(1)
    blocks: dict[int, list[tuple[int, int]]] = {}
    begin = -1
    for place, run in zip(places, runs, strict=True):
        if place % length == first:
            begin = run[0]
        if begin >= 0:
            blocks.setdefault(begin, []).append(run)
    return blocks


def _placed(window: bytes, line: int, runs: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return at which place of a line its runs begin, and where those begin and end."""
    # Places are counted in characters, and names have accents.
    return [(len(decode(window[line:start])), start, end) for start, end in runs]


def _chosen(
    window: bytes,
    sample: list[list[tuple[int, int, int]]],
    entry: Entry,
    length: int,
    shared: frozenset[int],
    least: float,
) -> set[int]:
    """Return the places at which enough lines of a sample hold a valid number."""
    valid: dict[int, list[str]] = {place: [] for place in shared}
    for seen, runs in enumerate(sample):
        # Lines that are left, and those that a place needs.
        left = len(sample) - seen
        valid = {place: found for place, found in valid.items() if len(found) + left >= least}
        if not valid:
            break
        for place, _, _, value in _places(window, runs, length, valid):
            if entry.canonical(value) is not None:
                valid[place].append(value)
    # Lines that say the same prove it once.
    return {
        place
        for place, found in valid.items()
        if len(found) >= least and len(set(found)) >= LEAST_LINES
    }


@cache
def _needed(entries: tuple[Entry, ...]) -> dict[tuple[Entry, int], int]:
    """Return, for each length of each of `entries` without letters, how many make a chain."""
    return {
        (entry, length): max(
            2, math.ceil(UNLIKELY / (SHAPELY * entry.shapely - math.log(entry.false_pass)))
        )
        for entry in entries
        if not entry.lettered
        for length in entry.lengths
    }


def _chains(
    window: bytes, runs: list[tuple[int, int]], needed: dict[tuple[Entry, int], int]
) -> Iterator[Glued]:
    """Yield the identifiers that follow each other without anything between."""
    shortest = min((least * length for (_, length), least in needed.items()), default=0)
    runs = [run for run in runs if run[1] - run[0] >= shortest]
    if not runs:
        return
    texts = [cleaned(window[start : min(end, start + LONGEST_CHAIN)]) for start, end in runs]
    digits = "\n".join(texts)
    begins = list(accumulate((len(text) + 1 for text in texts), initial=0))
    for (entry, length), least in needed.items():
        after = 0
        for at in _shaped(entry, least, digits):
            if at < after:
                continue
            chain = list(_chain(digits, at, entry, length))
            if len(set(chain)) < least:
                continue
            number = bisect_right(begins, at) - 1
            start, end = runs[number]
            # One more where the run holds something else, too; one that recurs proves nothing.
            if len(set(chain)) >= least + (len(chain) * length < end - start):
                after = at
                for value, canonical in chain:
                    begin = start + after - begins[number]
                    yield entry, begin, begin + length, CHAINED, value, canonical
                    after += length


def _shaped(entry: Entry, count: int, digits: str) -> Iterator[int]:
    """Yield every place where so many values follow each other, by their shape."""
    several = _several(entry, count)
    if not entry.prefix:
        yield from (match.start() for match in several.finditer(digits))
        return
    at = digits.find(entry.prefix)
    while at >= 0:
        if several.match(digits, at):
            yield at
        at = digits.find(entry.prefix, at + 1)


@cache
def _several(entry: Entry, count: int) -> re.Pattern[str]:
    return re.compile(f"(?=(?:{entry.plausible.pattern}){{{count}}})")


def _chain(digits: str, at: int, entry: Entry, length: int) -> Iterator[tuple[str, str]]:
    while True:
        value = digits[at : at + length]
        canonical = entry.canonical(value)
        if canonical is None or not entry.believable(value):
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
                value = window[at : at + length].decode("ascii").upper()
                yield place + at - start, at, at + length, value
