"""NIR without their keys that nothing announces, told by how their parts are spread.

Thirteen digits have nothing to check but their shape, which 2 in 100 of any have. But a column in
which nearly all have it holds people, or numbers made of a date: those are of few years, of days up
to the 31st where people are of all departments, and follow each other.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dlp.detect.entries import load_catalog
from dlp.detect.native import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlp.detect.entries import Entry
    from dlp.detect.sighting import Number

__all__ = ["KEYLESS", "LEAST", "keyless", "keyless_entry"]

#: Digits of a NIR without its key.
KEYLESS = 13

#: Fewer may be like that by chance, or for once.
LEAST = 12
# Share of all numbers of thirteen digits that have the shape; of years that are different, among so
# many numbers; and of departments beyond the days of a month.
SHAPED, YEARS, MOST_YEARS, DEPARTMENTS = 0.9, 0.5, 40, 0.25
MONTHS = 6
_DAYS = "31"

_RUN = compiled(r"\b[0-9]{6}[0-9AB][0-9]{6}\b")


@cache
def keyless_entry() -> Entry:
    """Return the detector of NIR without their keys."""
    return next(one for one in load_catalog() if one.id == "fr_nir13")


def keyless(window: bytes, low: int, high: int) -> list[Number]:
    """Return the NIR without keys that begin between `low` and `high`, if these are any."""
    entry = keyless_entry()
    runs = [
        (start, window[start:end].decode("ascii")) for start, end in _RUN.spans(window[:high], low)
    ]
    if len(runs) < LEAST:
        return []
    shaped: list[Number] = [
        (start, value, canonical)
        for start, value in runs
        if entry.candidate.fullmatch(value) and (canonical := entry.validate(value)) is not None
    ]
    if len(shaped) < max(LEAST, SHAPED * len(runs)):
        return []
    return shaped if _are_people([value for _, value, _ in shaped]) else []


def _are_people(values: Sequence[str]) -> bool:
    """Tell whether numbers are of as many years, months and departments as people are."""
    different = sorted(set(values))
    if len(different) < LEAST:
        return False
    years = {value[1:3] for value in different}
    months = {value[3:5] for value in different}
    departments = sum(value[5:7] > _DAYS for value in different)
    return (
        len(years) >= YEARS * min(len(different), MOST_YEARS)
        and len(months) >= MONTHS
        and departments >= DEPARTMENTS * len(different)
    )
