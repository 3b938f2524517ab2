"""Numbers that nothing announces: candidates in a block, validators, context, into an account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.bulk import BulkReader
from dlp.detect.cells import CellPlaces
from dlp.detect.entries import SPLIT
from dlp.detect.fields import RECORD
from dlp.detect.fold import decode
from dlp.detect.forms import cleaned, is_example, is_float, may_hold_example, stands_alone
from dlp.detect.glued import glued
from dlp.detect.heard import Heard
from dlp.detect.keyless import KEYLESS, LEAST, keyless, keyless_entry
from dlp.detect.native import Ahead
from dlp.detect.nearby import Nearby
from dlp.detect.sighting import Place, Sighting

if TYPE_CHECKING:
    from dlp.detect.account import Account
    from dlp.detect.blocks import Lines
    from dlp.detect.detectors import Detectors
    from dlp.detect.entries import Entry
    from dlp.detect.layout import Layout
    from dlp.detect.lexicon import HealthContext

__all__ = ["NumberReader"]

# Where NIR without keys are counted that nothing announces.
_KEYLESS = Place(group="keyless", announced=True)
# Longer than any identifier: one that is glued to a date, say.
_LONG_RUN = re.compile(rb"[0-9][0-9AB]{15,}")


class NumberReader:
    """Reads the numbers of one text, block by block.

    Args:
        detectors: What is looked for.
        account: Where sightings are counted.
        lines: Names places in the window of the moment, for people.
        layout: What the text is laid out as, if anything.
    """

    def __init__(
        self, detectors: Detectors, account: Account, lines: Lines, layout: Layout | None
    ) -> None:
        self._detectors = detectors
        self._account = account
        self._lines = lines
        self._layout = layout
        self._examples: bool | None = None
        self._cells = CellPlaces(detectors.vocabulary)
        self._bulk = BulkReader(detectors, account, self._cells, lines)
        self._told: dict[tuple[Entry, bytes], Place | None] = {}
        # Runs of digits in the block that hold more than a number, or are glued to letters.
        self._runs: list[tuple[int, int]] = []
        # How many of its numbers are as long as a NIR without its key.
        self._keyless = 0

    def block(self, window: bytes, low: int, high: int) -> None:
        """Look for identifiers between `low` and `high` of `window`."""
        self._runs.clear()
        self._examples = None
        self._keyless = 0
        self._heard = Heard(self._detectors.vocabulary, window, self._told)
        self._nearby = Nearby(self._detectors.lexicon, window)
        detectors = self._detectors
        self._forms, self._long = Ahead(detectors.any_alone, window), Ahead(_LONG_RUN, window)
        self._splits = [Ahead(one.split, window) for (one,) in detectors.split.values()]
        others = self._bulk.spans(window, low, high, self._layout, self._heard, self._runs)
        for start, end in others:
            self._region(window, start, end, low, high)
        self._bulk.count_all()
        if self._runs:
            self._fixed(window)
        if self._keyless + self._bulk.sizes.get(KEYLESS, 0) >= LEAST:
            self._without_key(window, low, high)

    def _region(self, window: bytes, start: int, end: int, low: int, high: int) -> None:
        detectors = self._detectors
        if window[start:end].isalnum():
            # One unbroken run, by far the most frequent region.
            entries = detectors.by_length.get(end - start)
            alone = stands_alone(window, start, end)
            self._keyless += alone and end - start == KEYLESS
            if alone and entries and self._candidate(entries, window, start, end, low):
                return
            for entry in detectors.split.get(end - start, ()):
                head = cleaned(window[start:end])
                if entry.begins(head) and (tail := entry.rest.match(window, end)) is not None:
                    self._parted(entry, window, head + cleaned(tail[1]), start, tail.end(), low)
            if start >= low and not (alone and entries):
                self._runs.append((start, end))
            return
        self._broken(window, start, end, low, high)

    def _broken(self, window: bytes, start: int, end: int, low: int, high: int) -> None:
        """Look for identifiers in a run with separators."""
        if is_float(window, start, end):
            return
        detectors = self._detectors
        spelt = detectors.spelt(window[start:end])
        if (
            spelt
            and stands_alone(window, start, end)
            and self._candidate(spelt, window, start, end, low)
        ):
            return
        if self._forms.begins(start, end) and self._groups(window, start, end, low, high):
            return
        for (entry,), ahead in zip(detectors.split.values(), self._splits, strict=True):
            if ahead.begins(start, end):
                self._split(entry, window, start, end, low)
        if self._long.begins(start, end):
            runs = _LONG_RUN.finditer(window, max(start, low), end)
            self._runs += [run.span() for run in runs if run.start() < high]

    def _groups(self, window: bytes, start: int, end: int, low: int, high: int) -> bool:
        """Look for identifiers in groups, and tell whether there is one."""
        at, found = start, False
        for begin, entry, stop in self._detectors.grouped.candidates(window, start, end):
            if begin >= high:
                break
            if (
                begin >= at
                and stands_alone(window, begin, stop)
                and self._candidate((entry,), window, begin, stop, low)
            ):
                at, found = stop, True
        return found

    def _fixed(self, window: bytes) -> None:
        """Count the identifiers in lines of fixed width."""
        found = glued(window, sorted(self._runs), self._detectors.alone)
        for entry, start, end, place, value, canonical in found:
            health = None
            if canonical is not None and self._account.wants_health:
                line = window[window.rfind(b"\n", 0, start) + 1 : end + RECORD].partition(b"\n")[0]
                health = self._detectors.lexicon.context(decode(line))
            if not self._account.is_test(entry, value):
                self._count(entry, value, canonical, Place(group=f"place {place}"), start, health)

    def _without_key(self, window: bytes, low: int, high: int) -> None:
        """Count NIR without their keys, where nothing else tells of any."""
        entry = keyless_entry()
        if self._account.stands(entry, beside=_KEYLESS.group):
            return
        for start, value, canonical in keyless(window, low, high):
            health = None
            if self._account.wants_health:
                health = self._nearby.context(max(0, start - RECORD), start + RECORD)
            self._count(entry, value, canonical, _KEYLESS, start, health)

    def _split(self, entry: Entry, window: bytes, start: int, end: int, low: int) -> None:
        """Count an identifier whose tail stands apart from it."""
        match = entry.split.search(window, start, end + SPLIT)
        if match is not None and match.start(1) < end:
            self._parted(entry, window, cleaned(match[1]) + cleaned(match[2]), *match.span(), low)

    def _parted(
        self, entry: Entry, window: bytes, value: str, start: int, end: int, low: int
    ) -> None:
        if start < low or not stands_alone(window, start, end):
            return
        if entry.candidate.fullmatch(value) and not self._account.is_test(entry, value):
            self._sighted(entry, value, entry.validate(value), window, start, end)

    def _candidate(
        self, entries: tuple[Entry, ...], window: bytes, start: int, end: int, low: int
    ) -> bool:
        """Count what may be an identifier and stands alone, and tell whether it is one."""
        value = cleaned(window[start:end])
        failed: list[Entry] = []
        for entry in entries:
            if not entry.candidate.fullmatch(value) or self._account.is_test(entry, value):
                continue
            canonical = entry.validate(value)
            if canonical is not None:
                if start >= low:
                    self._sighted(entry, value, canonical, window, start, end)
                return True
            failed.append(entry)
        for entry in failed if start >= low else ():
            self._sighted(entry, value, None, window, start, end)
        return False

    def _sighted(
        self,
        entry: Entry,
        value: str,
        canonical: str | None,
        window: bytes,
        start: int,
        end: int,
    ) -> None:
        line_start = window.rfind(b"\n", 0, start) + 1
        if (line_end := window.find(b"\n", end)) < 0:
            line_end = len(window)
        column = None
        if self._layout is not None:
            column = self._layout.column(window[line_start:line_end], start - line_start)
        place = self._place(entry, column, window, start, end, line_start)
        if place is None:
            return
        if self._examples is None:
            self._examples = may_hold_example(window)
        if self._examples and is_example(window, start):
            place = Place(group="example", example=True)
        health: HealthContext | None = None
        self._bulk.count(entry, place, start)
        if canonical is not None and self._account.wants_health:
            if self._layout is None:
                line_start, line_end = max(0, start - RECORD), end + RECORD
            else:
                line_start = max(line_start, start - RECORD)
                line_end = min(line_end, end + RECORD)
            health = self._nearby.context(line_start, line_end)
        self._count(entry, value, canonical, place, start, health, column)

    def _count(
        self,
        entry: Entry,
        value: str,
        canonical: str | None,
        place: Place,
        start: int,
        health: HealthContext | None,
        column: int | None = None,
    ) -> None:
        self._account.add(
            Sighting(
                entry=entry,
                value=value,
                canonical=canonical,
                place=place,
                where=lambda: self._lines.where(start, column),
            ),
            health,
        )

    def _place(
        self,
        entry: Entry,
        column: int | None,
        window: bytes,
        start: int,
        end: int,
        line_start: int,
    ) -> Place | None:
        """Return where a candidate stands, or None where that says it is nobody's."""
        if column is not None and self._layout is not None:
            return self._cells.place(self._layout, entry, column, window, line_start, start)
        return self._heard.place(entry, start, end)
