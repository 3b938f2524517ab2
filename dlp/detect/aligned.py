"""Lists of persons in layouts of any kind, read by what stands around each birth date.

Whatever separates fields (a sign, markup, names of members, line ends), in a list that holds one
record after the other a person's name stands as many fields before or after every birth date; and
where it holds one column after the other, between all birth dates stands the same that stands
between the names. Neither needs to know the layout.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from dlp.detect.columns import Column
from dlp.detect.fold import fold
from dlp.detect.told import (
    LEAST_BIRTHS,
    NAMED,
    SAMPLED,
    VARIED,
    lists_things,
    names,
    tell_of_things,
    told,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["in_columns", "in_records"]

_DATE = re.compile(
    r"(?<![^\W_])(?:(?:19|20)\d\d([-/.]?)[01]\d\1[0-3]\d|[0-3]?\d([-/.])[01]?\d\2(?:19|20)\d\d"
    r"|[0-3]\d[01]\d(?:19|20)\d\d|[0-3]\d/[01]\d/\d\d"
    r"|[0-3]\d([- ])[A-Za-z\u00e9\u00fb]{3,5}\3(?:19|20)?\d\d)"
    r"(?!\d)(?:[T ]\d\d:\d\d(?::\d\d)?[\d.:+Z]{0,10})?"
)
# Of the last century, in two digits from the thirties on.
_BORN = re.compile(r"19\d\d|[^\d:][3-9]\d\Z")
# A field: words with what stands inside of names and numbers.
_FIELD = re.compile(r"[^\W_]++(?:[^\W_]++|[+@]++|[ .-]++(?=[^\W_])|['\u2019](?=[^\W_]))*+")
_WORD = re.compile(r"\w+")
_AROUND = " \t\r\n\"'[](){},;:"

# Fields before and after a birth date among which a name is looked for, and characters after it
# that may speak of the person.
REACH = 16
AFTER = 480
# Between values of a column stands little, with a name of a member or a tag or two.
LONGEST_JOINT = 60
WORDS_OF_JOINT = 2
SERIES = 3
# Columns before and after that of the birth dates.
COLUMNS = 12

# What a reading returns: the columns, and the rows' cells.
type Rows = tuple[list[Column], list[list[str]]]


def in_records(text: str, begin: int, end: int) -> Rows | None:
    """Return the persons of a list that holds one record after the other, or None.

    Args:
        text: Text around.
        begin: Where birth dates begin to count.
        end: Where they no longer do.
    """
    dates = [match.span() for match in _DATE.finditer(text)]
    inside = [n for n, (at, _) in enumerate(dates) if begin <= at < end]
    born = [n for n in inside if _BORN.search(text, *dates[n])]
    # Else of children, it may be.
    young = len(born) < LEAST_BIRTHS
    born = inside if young else born
    if len(born) < LEAST_BIRTHS:
        return None
    edges = [0, *(stop for _, stop in dates)], [*(at for at, _ in dates), len(text)]
    gaps = [_FIELD.findall(text, low, high) for low, high in zip(*edges, strict=True)]
    sample = born[:: max(1, len(born) // SAMPLED)][:SAMPLED]
    places = _places_of_names(gaps, sample)
    if not places or not _are_births(text, dates, gaps, places[0][0], young=young):
        return None
    # The names of fields are the same in all records, whichever of its dates is looked at.
    if tell_of_things([(*gaps[n], *gaps[n + 1]) for n in sample]):
        return None
    rows = []
    for n in born:
        at, stop = dates[n]
        cells = [_field(gaps, n, place) for place, _ in places]
        following = min(stop + AFTER, edges[1][n + 1])
        rows.append([*cells, text[at:stop], *_FIELD.findall(text, stop, following)])
    kinds = [*(kind for _, kind in places), "birth_date"]
    columns = [Column(title="", kind=kind) for kind in kinds]
    columns += [Column(title="")] * (max(map(len, rows)) - len(columns))
    return columns, rows


def _places_of_names(gaps: list[list[str]], sample: Sequence[int]) -> list[tuple[int, str]]:
    """Return at how many fields from a birth date names stand, and of which kind."""
    near = sorted((*range(-REACH, 0), *range(1, REACH + 1)), key=abs)
    cells = {place: [_field(gaps, n, place) for n in sample] for place in near}
    places: list[tuple[int, str]] = []
    found: set[str] = set()
    for place in near:
        if len(set(cells[place])) > max(2, VARIED * len(sample)):
            kind = told(cells[place]).kind
            if kind in NAMED and kind not in found:
                found.add(kind)
                places.append((place, kind))
                if kind == "full_name" or len(found) > 1:
                    return places
    return places


def _are_births(
    text: str, dates: list[tuple[int, int]], gaps: list[list[str]], place: int, *, young: bool
) -> bool:
    """Tell whether most dates that stand so far from a name are old enough, or of the `young`."""
    first, last = names()
    beside = [
        text[at:stop]
        for n, (at, stop) in enumerate(dates)
        if any(word in first or word in last for word in words_of(_field(gaps, n, place)))
    ]
    return told(beside, young=young).kind == "birth_date"


def _field(gaps: list[list[str]], date: int, place: int) -> str:
    fields = gaps[date] if place < 0 else gaps[date + 1]
    at = place if place < 0 else place - 1
    return fields[at] if -len(fields) <= at < len(fields) else ""


def in_columns(text: str) -> Rows | None:
    """Return the persons of a list that holds one column after the other, or None."""
    for dates, joint in _series(text):
        pieces = joint.split(text)
        values = [_only(piece) for piece in pieces]
        ends = [match.end() for match in joint.finditer(text)]
        first, count = bisect_right(ends, dates[0]), len(dates)
        # Where a column begins, the last value of the one before may be in the same piece.
        for stride in range(count - 1, count + 4):
            starts = [first + k * stride for k in range(-COLUMNS, COLUMNS + 1)]
            starts = [at for at in starts if 0 <= at <= len(values) - count]
            cells = [
                [values[at][1], *(value[0] for value in values[at + 1 : at + count])]
                for at in starts
            ]
            kinds = [told(column[:SAMPLED], young=True) for column in cells]
            if {column.kind for column in kinds} & NAMED:
                if lists_things(_heads(pieces, starts)):
                    return None
                return kinds, [list(row) for row in zip(*cells, strict=True)]
    return None


def _heads(pieces: list[str], starts: list[int]) -> Iterator[str]:
    """Yield the first fields of columns, with what stands before them, folded."""
    for at in starts:
        for piece in pieces[max(0, at - 1) : at + 1]:
            yield from map(fold, _FIELD.findall(piece)[:REACH])


def _only(value: str) -> tuple[str, str]:
    """Return the first and the last value of a piece, which are the same where it holds one."""
    stripped = value.strip(_AROUND)
    fields = _FIELD.findall(value) or [""]
    return (stripped if "\n" not in stripped else fields[0]), fields[-1]


def _series(text: str) -> Iterator[tuple[list[int], re.Pattern[str]]]:
    """Yield where dates stand that follow each other, and what stands between them; the longest."""
    dates = [match.span() for match in _DATE.finditer(text)]
    joints = [
        tuple(_WORD.split(text[stop:at])) if at - stop <= LONGEST_JOINT else ()
        for (_, stop), (at, _) in pairwise(dates)
    ]
    found = []
    at = 0
    for joint, several in groupby(joints):
        count = len(list(several))
        if count >= LEAST_BIRTHS - 1 and 0 < len(joint) <= WORDS_OF_JOINT + 1 and "".join(joint):
            found.append((count, at, joint))
        at += count
    for count, at, joint in sorted(found, reverse=True)[:SERIES]:
        starts = [start for start, _ in dates[at : at + count + 1]]
        yield starts, re.compile(r"\w+".join(map(re.escape, joint)))
