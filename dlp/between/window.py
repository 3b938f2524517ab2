"""Counts the people of whom one client tells one destination something, over a sliding window.

Five hundred requests with one patient each are five hundred patients. What counts is what counts in
a single message: candidates of all messages in the window are weighed together by the same formula,
so that the few order numbers that pass a check among thousands stay noise, and the same person sent
again is no other person.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.detect.account import CREDIBLE
from dlp.detect.score import confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlp.detect.entries import Entry
    from dlp.types import Tally

__all__ = ["SubjectWindow"]

# Values remembered of one group of one client and destination; far above any threshold.
REMEMBERED = 1024
# Failed candidates are only counted, by linear counting over so many slots (Whang et al. 1990).
SLOTS = 4096
# Entries of all windows together, some 100 bytes each; the window not used for longest goes first.
ENTRIES = 500_000

type _Group = tuple[str, bool, bool, bool]


@dataclass(slots=True)
class _Recent:
    """Keys seen of late, with the time each was last seen, oldest first."""

    limit: int
    seen: OrderedDict[int, float] = field(default_factory=OrderedDict)

    def add(self, keys: Iterable[int], now: float) -> None:
        for key in keys:
            self.seen[key] = now
            self.seen.move_to_end(key)
        while len(self.seen) > self.limit:
            self.seen.popitem(last=False)

    def expire(self, before: float) -> None:
        while self.seen and next(iter(self.seen.values())) < before:
            self.seen.popitem(last=False)


@dataclass(slots=True)
class _Counts:
    valid: _Recent = field(default_factory=lambda: _Recent(REMEMBERED))
    believed: _Recent = field(default_factory=lambda: _Recent(REMEMBERED))
    failed: _Recent = field(default_factory=lambda: _Recent(SLOTS))

    def __len__(self) -> int:
        return len(self.valid.seen) + len(self.believed.seen) + len(self.failed.seen)


class SubjectWindow:
    """The windows of all clients and destinations.

    Args:
        entries: The catalog.
        seconds: How long a person counts.
    """

    def __init__(self, entries: Iterable[Entry], seconds: float) -> None:
        self._entries: Mapping[str, Entry] = {entry.id: entry for entry in entries}
        self._seconds = seconds
        self._windows: OrderedDict[tuple[str, str], dict[_Group, _Counts]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        """Return how many values are remembered in all."""
        return self._size

    def count(self, client: str, destination: str, tallies: Iterable[Tally], now: float) -> int:
        """Return the distinct persons in the window with a message that holds `tallies`.

        0 if nothing in the message itself counts, whatever went before it.
        """
        window = self._window(client, destination, now)
        persons: set[int] = set()
        counts = False
        for group, (valid, believed, failed) in _merged(window, tallies).items():
            detector, announced, against, example = group
            entry = self._entries[detector]
            sure = confidence(
                valid=len(valid),
                failed=_distinct(failed),
                best_run=0.0,
                false_pass=entry.false_pass,
                announced=announced,
                against=against,
                example=example,
                believed=len(believed),
                shapely=entry.shapely,
            )
            if sure >= CREDIBLE:
                persons |= valid | believed
                counts = counts or any(
                    _group(one) == group and (one.valid or one.believed) for one in tallies
                )
        return len(persons) if counts else 0

    def add(self, client: str, destination: str, tallies: Iterable[Tally], now: float) -> None:
        """Remember what a message holds that has left."""
        window = self._window(client, destination, now)
        self._size -= sum(map(len, window.values()))
        for one in tallies:
            counts = window.setdefault(_group(one), _Counts())
            counts.valid.add(one.valid, now)
            counts.believed.add(one.believed, now)
            counts.failed.add(map(_slot, one.failed), now)
        self._windows[client, destination] = window
        self._windows.move_to_end((client, destination))
        self._size += sum(map(len, window.values()))
        while self._size > ENTRIES and len(self._windows) > 1:
            _, oldest = self._windows.popitem(last=False)
            self._size -= sum(map(len, oldest.values()))

    def _window(self, client: str, destination: str, now: float) -> dict[_Group, _Counts]:
        window = self._windows.get((client, destination), {})
        self._size -= sum(map(len, window.values()))
        for group, counts in list(window.items()):
            for recent in (counts.valid, counts.believed, counts.failed):
                recent.expire(now - self._seconds)
            if not len(counts):
                del window[group]
        self._size += sum(map(len, window.values()))
        if not window:
            self._windows.pop((client, destination), None)
        return window


def _group(tally: Tally) -> _Group:
    return tally.detector, tally.announced, tally.against, tally.example


def _merged(
    window: dict[_Group, _Counts], tallies: Iterable[Tally]
) -> dict[_Group, tuple[set[int], set[int], set[int]]]:
    """Return valid, believed and failed (as slots) of window and message, by group."""
    merged = {
        group: (set(counts.valid.seen), set(counts.believed.seen), set(counts.failed.seen))
        for group, counts in window.items()
    }
    for one in tallies:
        valid, believed, failed = merged.setdefault(_group(one), (set(), set(), set()))
        valid |= one.valid
        believed |= one.believed
        failed |= set(map(_slot, one.failed))
    return merged


def _slot(value: int) -> int:
    # Not the bits by which large messages are sampled.
    return (value >> 24) % SLOTS


def _distinct(slots: set[int]) -> int:
    """Return how many values most likely hit so many slots."""
    free = max(1, SLOTS - len(slots))
    return round(-SLOTS * math.log(free / SLOTS))
