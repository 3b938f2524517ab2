"""Identifiers in groups of digits, as people write them: which ones a run may hold, and where.

What may stand there is mostly told by how long the groups are, and texts of many such runs, as
accounts and cards are, hold few shapes.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from dlp.detect.forms import SEPARATORS, written_forms
from dlp.detect.gate import REACH
from dlp.detect.native import compiled, compiled_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.entries import Entry

__all__ = ["Grouped"]

# Shapes that are remembered, and how long those are at most.
REMEMBERED, LONGEST = 4096, 64

_GROUP, _APART = re.compile(rb"[0-9A-Za-z]+"), re.compile(rb"[^0-9A-Za-z]")
# Each digit as another, so that only the shape is left.
_SHAPE = bytes.maketrans(b"0123456789", b"9" * 10)


class _Fit(NamedTuple):
    """What has room in a run: from which of its bytes to which, and of its digits."""

    entry: Entry
    begin: int
    stop: int
    first: int
    last: int


class Grouped:
    """Finds identifiers in runs with separators.

    Args:
        alone: Those that count unannounced.
        forms: Expression of any written form of them.
    """

    def __init__(self, alone: tuple[Entry, ...], forms: str) -> None:
        self._alone = alone
        self._forms = forms
        self._known: dict[bytes, list[_Fit]] = {}

    @cached_property
    def _written(self) -> Any:
        """The set of their written forms, each with what ends it."""
        forms = (written_forms(one.forms) for one in self._alone)
        return compiled_set(rf"(?:{form})(?:[^0-9A-Za-z]|$)" for form in forms)

    def candidates(self, window: bytes, start: int, end: int) -> Iterator[tuple[int, Entry, int]]:
        """Yield where in a run an identifier may begin, which one, and where it would end.

        None begins inside of a group of digits or letters.
        """
        run = window[start:end]
        text = run.translate(None, SEPARATORS)
        if not text.isalnum():
            yield from self._marked(window, start, end)
            return
        glued = start > 0 and window[start - 1 : start].isalnum()
        digits = text.decode("ascii").upper()
        for entry, begin, stop, first, last in self._fits(run):
            if (begin or not glued) and entry.candidate.fullmatch(digits, first, last):
                # Only of those that begin with what all do, the form depends on the digits.
                if entry.prefix and entry.written.match(window, start + begin, end) is None:
                    continue
                yield start + begin, entry, start + stop

    def _fits(self, run: bytes) -> list[_Fit]:
        shape = run.translate(_SHAPE)
        fits = self._known.get(shape)
        if fits is None:
            fits = list(_room(run, self._alone))
            if len(shape) <= LONGEST:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[shape] = fits
        return fits

    def _marked(self, window: bytes, start: int, end: int) -> Iterator[tuple[int, Entry, int]]:
        """Do the same where more than the usual separators stands between groups."""
        at = start
        while (match := compiled(self._forms).search(window, at, end)) is not None:
            begin = match.start()
            # One that fails counts against its neighbours, but may not hide one it overlaps.
            group = _APART.search(window, begin, end)
            at = end if group is None else group.end()
            if begin and window[begin - 1 : begin].isalnum():
                continue
            found = self._written.Match(window[begin : min(end, begin + REACH)]) or ()
            for number in sorted(found):
                entry = self._alone[number]
                written = entry.written.match(window, begin, end)
                if written is not None:
                    yield begin, entry, written.end()


def _room(run: bytes, alone: tuple[Entry, ...]) -> Iterator[_Fit]:
    """Yield what has room in a run of groups with the usual separators between them."""
    sizes = {size for entry in alone for size in entry.lengths}
    most = 1 + max(sum(sign in " -=" for sign in form) for one in alone for form in one.forms)
    groups = [group.span() for group in _GROUP.finditer(run)]
    # Of the digits alone, where each group begins, and the last one ends.
    places = list(accumulate((stop - begin for begin, stop in groups), initial=0))
    for number, (begin, _) in enumerate(groups):
        first = places[number]
        ends = range(number + 1, min(number + most, len(groups)) + 1)
        rooms = {places[end] - first: groups[end - 1][1] for end in ends}
        for entry in alone if sizes & rooms.keys() else ():
            for size in entry.lengths & rooms.keys():
                stop = rooms[size]
                if entry.prefix or entry.written.fullmatch(run, begin, stop) is not None:
                    yield _Fit(entry, begin, stop, first, first + size)
