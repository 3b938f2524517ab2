"""Parties: the several persons of one record, as who ordered and who receives, or a patient, who
treats him and whom to call, and which of its fields are whose.

Fields of the same name stand in objects of their own, each of them somebody's. What stands outside
of these is said of whom alone a birth date or a number tells apart, or else of who is named before.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import count, takewhile
from typing import TYPE_CHECKING

from dlp.detect.telling import CONTACTS, OF_PERSON, UNNAMED
from dlp.detect.values import NAMES, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlp.detect.columns import Column
    from dlp.detect.shapes import Places

__all__ = ["Path", "begins", "in_objects", "parties"]

#: The objects that a field stands in, from the outermost on, by numbers.
type Path = tuple[int, ...]

# Records of more are lists themselves.
MOST = 4
# Fields of who somebody is and how he is reached, as opposed to what is said of him.
_HIS = frozenset({*OF_PERSON, *UNNAMED, *NAMES, *CONTACTS, *NUMBERS})
_TELLING = frozenset({"birth_date", *NUMBERS})

# Between fields stand names of objects, which hold none of these.
_BRACKETS = re.compile(rb"[{}]")


def begins(column: Column) -> bool:
    """Tell whether a second field of this name is another person's."""
    return column.kind in OF_PERSON | UNNAMED or bool(column.entries)


def parties(columns: Sequence[Column], paths: Sequence[Path] | None) -> list[list[int]]:
    """Return the fields of each person of a record, by their numbers; none where that is open.

    Args:
        columns: What the fields are.
        paths: Where each stands, if they are nested.
    """
    times = Counter(column.title for column in columns if begins(column))
    again = [n for n, one in enumerate(columns) if begins(one) and times[one.title] > 1]
    if not again:
        return [list(range(len(columns)))]
    if paths is None:
        return []
    # Each stands in a part of its own of what all of them stand in.
    depth = len(_shared([paths[n] for n in again]))
    owner = [path[: depth + 1] for path in paths]
    found: dict[Path, list[int]] = {}
    for n in again:
        found.setdefault(owner[n], [])
    if not 1 < len(found) <= MOST:
        return []
    whole = next((path for path in found if len(path) == depth), None)
    last = next(iter(found))
    told = _told_apart(columns, owner, found)
    for n, column in enumerate(columns):
        of = owner[n]
        if of in found:
            last = of
        elif whole is not None:
            of = whole
        if (of not in found or of == whole) and column.kind not in _HIS and not column.entries:
            # What is said of somebody.
            of = told or whole or last
        found[of if of in found else last].append(n)
    return list(found.values())


def in_objects(window: bytes, start: int, end: int, places: Places) -> list[Path]:
    """Return which objects of JSON the fields of a record stand in, by where these stand."""
    found, within = [], list[int]()
    numbers = count()
    at = start
    for begin, _, _, after in places:
        for bracket in _BRACKETS.findall(window, at, min(begin, end)):
            if bracket == b"{":
                within.append(next(numbers))
            elif within:
                within.pop()
        found.append(tuple(within))
        at = after
    return found


def _shared(paths: Sequence[Path]) -> Path:
    """Return the objects that all of some fields stand in."""
    return tuple(
        these[0]
        for these in takewhile(lambda these: len(set(these)) == 1, zip(*paths, strict=False))
    )


def _told_apart(
    columns: Sequence[Column], owner: Sequence[Path], among: Iterable[Path]
) -> Path | None:
    """Return whose fields alone hold a birth date, or a number of a person."""
    whose = {
        of
        for column, of in zip(columns, owner, strict=True)
        if column.kind in _TELLING or any(one.identifies == "person" for one in column.entries)
    } & set(among)
    return whose.pop() if len(whose) == 1 else None
