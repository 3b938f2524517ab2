"""Counts the people of whom one client tells one destination something, over a sliding window.

Five hundred requests with one patient each are five hundred patients. What counts is what counts in
a single message: candidates of all messages in the window are weighed together by the same formula,
so that the few order numbers that pass a check among thousands stay noise, and the same person sent
again is no other person. Persons whom only their records tell apart count the same way: what the
records of all messages say is summed, as it is within one.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlp.detect.account import CREDIBLE
from dlp.detect.score import confidence, persons_confidence

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
# What was seen within this part of the window is no news.
FRESH = 1 / 8

type _Group = tuple[str, bool, bool, bool]


@dataclass(slots=True)
class _Recent:
    """Keys seen of late, with the time each was last seen, oldest first."""

    limit: int
    seen: OrderedDict[int, float] = field(default_factory=OrderedDict)

    def add(self, keys: Iterable[int], now: float, fresh: float) -> set[int]:
        """See keys now; return those that were not seen since `fresh`."""
        news = set()
        for key in keys:
            if self.seen.get(key, -math.inf) < fresh:
                news.add(key)
            self.seen[key] = now
            self.seen.move_to_end(key)
        while len(self.seen) > self.limit:
            self.seen.popitem(last=False)
        return news

    def expire(self, before: float) -> None:
        while self.seen and next(iter(self.seen.values())) < before:
            self.seen.popitem(last=False)


@dataclass(slots=True)
class _Counts:
    valid: _Recent = field(default_factory=lambda: _Recent(REMEMBERED))
    believed: _Recent = field(default_factory=lambda: _Recent(REMEMBERED))
    failed: _Recent = field(default_factory=lambda: _Recent(SLOTS))
    weights: dict[int, float] = field(default_factory=dict)

    def expire(self, before: float) -> None:
        for recent in (self.valid, self.believed, self.failed):
            recent.expire(before)
        if len(self.weights) > len(self.valid.seen):
            self.weights = {key: self.weights[key] for key in self.valid.seen}

    def __len__(self) -> int:
        return len(self.valid.seen) + len(self.believed.seen) + len(self.failed.seen)


@dataclass(slots=True)
class _Merged:
    """What is known of one group: values, failed ones by their slots, and weights of records."""

    valid: set[int] = field(default_factory=set)
    believed: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    weights: dict[int, float] = field(default_factory=dict)


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
        for group, merged in _merged(window, tallies).items():
            if self._sure(group, merged) >= CREDIBLE:
                persons |= merged.valid | merged.believed
                counts = counts or any(
                    _group(one) == group and (one.valid or one.believed) for one in tallies
                )
        return len(persons) if counts else 0

    def add(
        self, client: str, destination: str, tallies: Iterable[Tally], now: float
    ) -> tuple[Tally, ...]:
        """Remember what a message holds that has left.

        Returns:
            What of it was not known, or is known from long ago, for others that keep a window of
            the same messages.
        """
        window = self._window(client, destination, now)
        self._size -= sum(map(len, window.values()))
        fresh = now - self._seconds * FRESH
        news = []
        for one in tallies:
            counts = window.setdefault(_group(one), _Counts())
            slots = {_slot(value): value for value in one.failed}
            valid = counts.valid.add(one.valid, now, fresh)
            believed = counts.believed.add(one.believed, now, fresh)
            failed = counts.failed.add(slots, now, fresh)
            for key, weight in one.weights.items():
                counts.weights[key] = max(weight, counts.weights.get(key, 0.0))
            counts.expire(-math.inf)
            if valid or believed or failed:
                news.append(
                    replace(
                        one,
                        valid=frozenset(valid),
                        believed=frozenset(believed),
                        failed=frozenset(slots[slot] for slot in failed),
                        weights={key: one.weights[key] for key in valid & one.weights.keys()},
                    )
                )
        self._windows[client, destination] = window
        self._windows.move_to_end((client, destination))
        self._size += sum(map(len, window.values()))
        while self._size > ENTRIES and len(self._windows) > 1:
            _, oldest = self._windows.popitem(last=False)
            self._size -= sum(map(len, oldest.values()))
        return tuple(news)

    def _sure(self, group: _Group, merged: _Merged) -> float:
        """Return the probability that a group holds what its detector looks for."""
        detector, announced, against, example = group
        if merged.weights:
            return persons_confidence(sum(merged.weights.values()))
        entry = self._entries[detector]
        return confidence(
            valid=len(merged.valid),
            failed=_distinct(merged.failed),
            best_run=0.0,
            false_pass=entry.false_pass,
            announced=announced,
            against=against,
            example=example,
            believed=len(merged.believed),
            shapely=entry.shapely,
        )

    def _window(self, client: str, destination: str, now: float) -> dict[_Group, _Counts]:
        window = self._windows.get((client, destination), {})
        self._size -= sum(map(len, window.values()))
        for group, counts in list(window.items()):
            counts.expire(now - self._seconds)
            if not len(counts):
                del window[group]
        self._size += sum(map(len, window.values()))
        if not window:
            self._windows.pop((client, destination), None)
        return window


def _group(tally: Tally) -> _Group:
    return tally.detector, tally.announced, tally.against, tally.example


def _merged(window: dict[_Group, _Counts], tallies: Iterable[Tally]) -> dict[_Group, _Merged]:
    """Return window and message together, by group."""
    merged = {
        group: _Merged(
            set(counts.valid.seen),
            set(counts.believed.seen),
            set(counts.failed.seen),
            dict(counts.weights),
        )
        for group, counts in window.items()
    }
    for one in tallies:
        of = merged.setdefault(_group(one), _Merged())
        of.valid |= one.valid
        of.believed |= one.believed
        of.failed |= set(map(_slot, one.failed))
        for key, weight in one.weights.items():
            of.weights[key] = max(weight, of.weights.get(key, 0.0))
    return merged


def _slot(value: int) -> int:
    # Not the bits by which large messages are sampled.
    return (value >> 24) % SLOTS


def _distinct(slots: set[int]) -> int:
    """Return how many values most likely hit so many slots."""
    free = max(1, SLOTS - len(slots))
    return round(-SLOTS * math.log(free / SLOTS))
