"""Whole numbers that stand by themselves, where a text holds many: those that pass no check.

Columns of article codes, orders and times hold little else, by the million, and each that has the
shape of an identifier counts against there being any. All of a block that are as long as each other
are checked together, with as little done for each as counting it takes. Whatever passes a check, or
stands in another way, is the scanner's.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING

from dlp.detect.entries import Entry
from dlp.detect.forms import cleaned, may_hold_example, stands_alone
from dlp.detect.gate import REACH
from dlp.detect.sighting import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlp.detect.account import Account
    from dlp.detect.cells import CellPlaces
    from dlp.detect.detectors import Detectors
    from dlp.detect.heard import Heard
    from dlp.detect.layout import Layout

__all__ = ["BulkReader"]

# Of fewer whole numbers in a block each may as well be looked at by itself.
FEW = 24
# Longer runs of digits are none of these.
LONGEST = 40
# What hides a number: no part of one, and nothing that may stand between two.
_LINE = ord("\n")
_HIDDEN = [b"#" * size for size in range(LONGEST + 1)]
# Beside a number, what is neither a part of it nor may stand between two parts of one; a blank may,
# unless what follows it is no part. As many are looked past as may stand between two parts.
_BESIDE = rb"\t\n\r\"'(),:=\[\]{|}"
_BLANKS = 3
_AFTER = rb"(?=[%s]| {1,%d}[^0-9 ./_<&\x80-\xff-]|\Z)"


def _whole(beside: bytes) -> re.Pattern[bytes]:
    after = _AFTER % (beside, _BLANKS)
    return re.compile(rb"[%s] {0,%d}([0-9]{11,%d}+)%s" % (beside, _BLANKS, LONGEST, after))


_WHOLE = _whole(_BESIDE + b";")
# A semicolon may end the entity of a blank.
_WHOLE_IN_MARKUP = _whole(_BESIDE)


class BulkReader:
    """Reads the numbers of one text that pass no check.

    Args:
        detectors: What is looked for.
        account: Where those that fail are counted.
        cells: Says what the columns of a table mean.
    """

    def __init__(self, detectors: Detectors, account: Account, cells: CellPlaces) -> None:
        self._detectors = detectors
        self._account = account
        self._cells = cells
        # Those that failed in the block and were not counted yet: where they stand, and what they
        # are.
        self._failed: dict[tuple[Entry, Place], tuple[list[int], list[str]]] = {}

    def spans(
        self,
        window: bytes,
        low: int,
        high: int,
        table: Layout | None,
        heard: Heard,
        runs: list[tuple[int, int]],
    ) -> Iterator[tuple[int, int]]:
        """Yield where other numbers begin and end that begin before `high`.

        Args:
            window: Text around.
            low: Where what is to be counted begins.
            high: Where it ends.
            table: The table it is, if it is one.
            heard: The words of the window.
            runs: Takes the runs of digits that are no candidates.
        """
        numbers = self._detectors.numbers
        # None goes over the end of a line.
        at = window.rfind(b"\n", 0, low) + 1
        whole = 0
        for start, end in numbers.spans(window[: high + REACH], at):
            if start >= high:
                return
            yield start, end
            at = end
            whole += window[start:end].isdigit()
            if whole >= FEW and not may_hold_example(window):
                break
        else:
            return
        places = _Places(table, self._cells, heard, window)
        shown = self._hide(window, max(at, low), high, places, runs)
        for start, end in numbers.spans(shown, at):
            if start >= high:
                return
            yield start, end

    def count(self, entry: Entry, place: Place, until: int) -> None:
        """Count those that failed in a place and stand before `until`."""
        if (failed := self._failed.get((entry, place))) is None:
            return
        starts, values = failed
        if count := bisect_left(starts, until):
            self._account.fail(entry, place, values[:count])
            del starts[:count], values[:count]

    def count_all(self) -> None:
        """Count all that failed."""
        for (entry, place), (_, values) in self._failed.items():
            self._account.fail(entry, place, values)
        self._failed.clear()

    def _hide(
        self,
        window: bytes,
        low: int,
        high: int,
        places: _Places,
        runs: list[tuple[int, int]],
    ) -> bytes:
        """Return the window, as far as is to be read, without the numbers that pass no check."""
        sizes: dict[int, list[int]] = defaultdict(list)
        whole = _WHOLE_IN_MARKUP if b"&" in window else _WHOLE
        for match in whole.finditer(window, max(0, low - _BLANKS - 1)):
            start, end = match.span(1)
            if start >= high:
                break
            if start >= low:
                sizes[end - start].append(start)
        shown = bytearray(window[: high + REACH])
        for size, starts in sizes.items():
            passed = self._check(window, starts, size, places)
            failed = [start for start in starts if start not in passed] if passed else starts
            hidden = _HIDDEN[size]
            for start in failed:
                shown[start : start + size] = hidden
            if size not in self._detectors.by_length:
                runs += [(start, start + size) for start in failed]
        self._sort()
        return bytes(shown)

    def _sort(self) -> None:
        """Put in order what one entry makes of numbers of several lengths."""
        for place, (starts, values) in self._failed.items():
            if (ordered := sorted(starts)) != starts:
                by_start = dict(zip(starts, values, strict=True))
                self._failed[place] = (ordered, [by_start[start] for start in ordered])

    def _check(self, window: bytes, starts: list[int], size: int, places: _Places) -> set[int]:
        """Check the numbers of a length, and return where those stand that pass."""
        passed: set[int] = set()
        shaped: list[tuple[Entry, list[int], list[str], list[int]]] = []
        entries = self._detectors.by_length.get(size, ())
        values = _texts([window[start : start + size] for start in starts]) if entries else []
        for entry in entries:
            fit = list(map(entry.candidate.fullmatch, values))
            found = list(compress(starts, fit))
            ends = [start + size for start in found]
            shaped.append((entry, found, list(compress(values, fit)), ends))
        for entry in self._detectors.split.get(size, ()):
            parted = list(_parted(entry, window, starts))
            found, tailed, ends = map(list, zip(*parted, strict=True)) if parted else ([], [], [])
            shaped.append((entry, found, tailed, ends))
        for entry, found, candidates, ends in shaped:
            for at in self._account.tests(entry, candidates):
                for of in (found, candidates, ends):
                    del of[at]
            valid = map(entry.validate, candidates)
            passed.update([at for at, one in zip(found, valid, strict=True) if one is not None])
        for entry, found, candidates, ends in shaped:
            if found:
                self._fail(entry, found, candidates, places.of(entry, found, ends), passed)
        return passed

    def _fail(
        self,
        entry: Entry,
        found: list[int],
        candidates: list[str],
        places: Place | Iterable[Place | None],
        passed: set[int],
    ) -> None:
        last: Place | None = None
        if isinstance(places, Place):
            starts, values = self._failed.setdefault((entry, places), ([], []))
            failed = [start not in passed for start in found]
            starts += compress(found, failed)
            values += compress(candidates, failed)
            return
        for start, value, place in zip(found, candidates, places, strict=True):
            if place is None or start in passed:
                continue
            if place is not last:
                last = place
                starts, values = self._failed.setdefault((entry, place), ([], []))
            starts.append(start)
            values.append(value)


def _texts(values: list[bytes]) -> list[str]:
    return b"\n".join(values).decode("ascii").split("\n")


@cache
def _head(entry: Entry, size: int) -> re.Pattern[bytes]:
    """Return the expression of what may be a head of so many digits with its tail after it."""
    return re.compile(
        rb"[%s;] {0,%d}([0-9]{%d})(?=%s(?![0-9A-Za-z]))"
        % (_BESIDE, _BLANKS, size, entry.rest.pattern)
    )


def _parted(entry: Entry, window: bytes, starts: Sequence[int]) -> Iterator[tuple[int, str, int]]:
    """Yield where heads of identifiers stand, those with their tails, and where these end."""
    if not starts:
        return
    among = set(starts)
    size = min(entry.lengths) - entry.tail
    for match in _head(entry, size).finditer(window, max(0, starts[0] - _BLANKS - 1)):
        start = match.start(1)
        if start > starts[-1]:
            return
        value = match[1].decode("ascii") + cleaned(match[2])
        if (
            start in among
            and entry.candidate.fullmatch(value)
            and stands_alone(window, start, match.end(2))
        ):
            yield start, value, match.end(2)


class _Places:
    """Says where numbers of a window stand.

    Args:
        table: The table it is, if it is one.
        cells: Says what its columns mean.
        heard: The words of the window.
        window: The window.
    """

    def __init__(
        self, table: Layout | None, cells: CellPlaces, heard: Heard, window: bytes
    ) -> None:
        self._table = table
        self._cells = cells
        self._heard = heard
        self._window = window

    def of(
        self, entry: Entry, starts: list[int], ends: list[int]
    ) -> Place | Iterable[Place | None]:
        """Return where candidates stand: one place for all, or one each.

        None stands for what is nobody's, by what stands there.
        """
        if self._table is not None:
            if not self._table.delimiter and {self._window[at - 1] for at in starts} == {_LINE}:
                at = starts[0]
                place = self._cells.place(self._table, entry, 0, self._window, at, at)
                assert place is not None
                return place
            return self._in_table(self._table, entry, starts)
        window = self._window
        if self._heard.silent and not any(sign in window for sign in (b":", b"=", b">")):
            return place_of("text")
        return [self._heard.place(entry, *span) for span in zip(starts, ends, strict=True)]

    def _in_table(self, table: Layout, entry: Entry, starts: list[int]) -> Iterator[Place | None]:
        window = self._window
        quoted, delimiter = b'"' in window, table.delimiter
        alone = delimiter + b"\n"
        known: dict[int, Place | None] = {}
        line = column = last = 0
        for start in starts:
            end = window.rfind(b"\n", last, start) + 1
            if end or not last:
                line, column = end, 0
                last = end
            if quoted:
                column = table.column(window[line:start], start - line)
            elif delimiter:
                column += window.count(delimiter, last, start)
            last = start
            if window[start - 1] not in alone:
                yield self._cells.place(table, entry, column, window, line, start)
                continue
            # Where nothing stands in the cell before them, all of a column stand in one place.
            if column not in known:
                known[column] = self._cells.place(table, entry, column, window, line, start)
            yield known[column]
