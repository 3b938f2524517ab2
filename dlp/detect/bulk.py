"""Whole numbers that stand by themselves, where a text holds many.

Columns of article codes, orders and times hold little else, by the million, and each that has the
shape of an identifier and passes no check counts against there being any; columns of identifiers
hold as many that pass. All of a block that are as long as each other are checked together, with as
little done for each as counting it takes. Whatever stands in another way is the scanner's.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from functools import cache
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING

from dlp.detect.cells import NumberPlaces
from dlp.detect.entries import Entry
from dlp.detect.forms import cleaned, may_hold_example, stands_alone
from dlp.detect.gate import REACH
from dlp.detect.sighting import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlp.detect.account import Account
    from dlp.detect.blocks import Lines
    from dlp.detect.cells import CellPlaces
    from dlp.detect.detectors import Detectors
    from dlp.detect.heard import Heard
    from dlp.detect.layout import Layout
    from dlp.detect.sighting import Number

__all__ = ["BulkReader"]

# Of fewer whole numbers in a block each may as well be looked at by itself.
FEW = 24
# Longer runs of digits are none of these.
LONGEST = 40
# What hides a number: no part of one, and nothing that may stand between two.
_HIDDEN = [b"#" * size for size in range(LONGEST + 1)]
# Beside a number, what is neither a part of it nor may stand between two parts of one; a blank may,
# unless what follows it is no part. As many are looked past as may stand between two parts, of
# which none stands beyond more.
_BESIDE = rb"\t\n\r\"'(),:=\[\]{|}"
_BLANKS = 3
_FAR = rb" {%d}" % (_BLANKS + 1)
_FAR_APART = b" " * (_BLANKS + 1)
_AFTER = rb"(?=[%s]| {1,%d}[^0-9 ./_<&\x80-\xff-]|%s|\Z)"


@cache
def _whole(*, markup: bool, far: bool) -> re.Pattern[bytes]:
    """Return the expression of whole numbers.

    Args:
        markup: Whether a semicolon may end the entity of a blank.
        far: Whether there are so many blanks that no two parts stand beyond them.
    """
    beside = _BESIDE if markup else _BESIDE + b";"
    number = _after(beside, b"[0-9]{%d,%d}+", 11, LONGEST, far=far)
    return re.compile(number + _AFTER % (beside, _BLANKS, _FAR))


def _after(beside: bytes, digits: bytes, *sizes: int, far: bool) -> bytes:
    """Return the expression of so many digits behind what may stand beside a number."""
    if not far:
        return rb"[%s] {0,%d}(%s)" % (beside, _BLANKS, digits % sizes)
    # Where most is blank, digits are looked for.
    before = [rb"[%s]%s" % (beside, b" " * count) for count in range(_BLANKS + 1)]
    behind = b"|".join(rb"(?<=%s[0-9])" % one for one in (*before, _FAR_APART))
    fewer = digits % tuple(size - 1 for size in sizes)
    return rb"([0-9](?<![0-9][0-9])(?:%s)%s)" % (behind, fewer)


class BulkReader:
    """Reads the whole numbers of one text.

    Args:
        detectors: What is looked for.
        account: Where they are counted.
        cells: Says what the columns of a table mean.
        lines: Names places in the window of the moment, for people.

    Attributes:
        sizes: How many numbers a block holds, by their length, if there are many.
    """

    def __init__(
        self,
        detectors: Detectors,
        account: Account,
        cells: CellPlaces,
        lines: Lines,
    ) -> None:
        self._detectors = detectors
        self._account = account
        self._cells = cells
        self._lines = lines
        # Whether the block before held many.
        self._many = False
        self.sizes: dict[int, int] = {}
        self._window = b""
        self._table: Layout | None = None
        # Those of the block that were not counted yet.
        self._seen: dict[tuple[Entry, Place], list[Number]] = {}

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
        self._window, self._table = window, table
        self.sizes = {}
        numbers = self._detectors.numbers
        # None goes over the end of a line.
        at = window.rfind(b"\n", 0, low) + 1
        whole = 0
        examples = self._many and may_hold_example(window)
        if examples or not self._many:
            for start, end in numbers.spans(window[: high + REACH], at):
                if start >= high:
                    return
                yield start, end
                at = end
                whole += window[start:end].isdigit()
                if whole >= FEW and not examples and not (examples := may_hold_example(window)):
                    break
            else:
                return
        places = NumberPlaces(table, self._cells, heard, window)
        shown = self._hide(window, max(at, low), high, places, runs)
        for start, end in numbers.spans(shown, at):
            if start >= high:
                return
            yield start, end

    def count(self, entry: Entry, place: Place, until: int) -> None:
        """Count those that were seen in a place and stand before `until`."""
        if (seen := self._seen.get((entry, place))) is None:
            return
        if count := bisect_left(seen, until, key=itemgetter(0)):
            self._account.numbers(entry, place, seen[:count], self._name)
            del seen[:count]

    def count_all(self) -> None:
        """Count all that were seen."""
        for (entry, place), seen in self._seen.items():
            self._account.numbers(entry, place, seen, self._name)
        self._seen.clear()

    def _name(self, start: int) -> str:
        line = self._window.rfind(b"\n", 0, start) + 1
        table, before = self._table, self._window[line:start]
        column = None if table is None else table.column(before, len(before))
        return self._lines.where(start, column)

    def _hide(
        self,
        window: bytes,
        low: int,
        high: int,
        places: NumberPlaces,
        runs: list[tuple[int, int]],
    ) -> bytes:
        """Return the window, as far as is to be read, without the numbers that were seen."""
        sizes: dict[int, list[int]] = defaultdict(list)
        whole = _whole(markup=b"&" in window, far=_FAR_APART in window)
        for match in whole.finditer(window, max(0, low - _BLANKS - 1)):
            start, end = match.span(1)
            if start >= high:
                break
            if start >= low:
                sizes[end - start].append(start)
        self.sizes = {size: len(starts) for size, starts in sizes.items()}
        self._many = sum(map(len, sizes.values())) >= FEW
        shown = bytearray(window[: high + REACH])
        for size, starts in sizes.items():
            left = self._check(window, starts, size, places)
            done = [start for start in starts if start not in left] if left else starts
            hidden = _HIDDEN[size]
            for start in done:
                shown[start : start + size] = hidden
            if size not in self._detectors.by_length:
                runs += [(start, start + size) for start in done]
        # One entry may take numbers of several lengths.
        for seen in self._seen.values():
            seen.sort(key=itemgetter(0))
        return bytes(shown)

    def _check(self, window: bytes, starts: list[int], size: int, places: NumberPlaces) -> set[int]:
        """Check the numbers of a length, and return where those stand that are the scanner's."""
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
        checked: list[list[str | None]] = []
        # The first whose check a number passes has it, or else those whose tail stands apart.
        taken: dict[int, Entry] = {}
        left: set[int] = set()
        for entry, found, candidates, ends in shaped:
            for at in self._account.tests(entry, candidates):
                for of in (found, candidates, ends):
                    del of[at]
            checked.append(list(map(entry.validate, candidates)))
            passed = [at for at, one in zip(found, checked[-1], strict=True) if one is not None]
            if len(checked) <= len(entries):
                taken = dict.fromkeys(passed, entry) | taken
            else:
                left.update(passed)
        # What stands around the first ones is read, too.
        left = left | taken.keys() if self._account.wants_health else left - taken.keys()
        for (entry, found, candidates, ends), canonical in zip(shaped, checked, strict=True):
            numbers = zip(found, candidates, canonical, strict=True)
            ours = [at not in left and taken.get(at, entry) is entry for at in found]
            if any(ours):
                self._see(entry, numbers, ours, places.of(entry, found, ends))
        return left

    def _see(
        self,
        entry: Entry,
        numbers: Iterable[Number],
        ours: list[bool],
        places: Place | Iterable[Place | None],
    ) -> None:
        if isinstance(places, Place):
            self._seen.setdefault((entry, places), []).extend(compress(numbers, ours))
            return
        last: Place | None = None
        for number, our, place in zip(numbers, ours, places, strict=True):
            if place is None or not our:
                continue
            if place is not last:
                last = place
                seen = self._seen.setdefault((entry, place), [])
            seen.append(number)


def _texts(values: list[bytes]) -> list[str]:
    return b"\n".join(values).decode("ascii").split("\n")


@cache
def _head(entry: Entry, size: int, *, far: bool) -> re.Pattern[bytes]:
    """Return the expression of what may be a head of so many digits with its tail after it."""
    head = _after(_BESIDE + b";", b"[0-9]{%d}", size, far=far)
    return re.compile(rb"%s(?=%s(?![0-9A-Za-z]))" % (head, entry.rest.pattern))


def _parted(entry: Entry, window: bytes, starts: Sequence[int]) -> Iterator[tuple[int, str, int]]:
    """Yield where heads of identifiers stand, those with their tails, and where these end."""
    if not starts:
        return
    among = set(starts)
    size = min(entry.lengths) - entry.tail
    found = _head(entry, size, far=_FAR_APART in window)
    for match in found.finditer(window, max(0, starts[0] - _BLANKS - 1)):
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
