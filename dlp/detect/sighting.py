"""What scanners report: one candidate, and the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.detect.entries import Entry
    from dlp.detect.words import Hit

__all__ = ["Number", "Place", "Sighting", "Weighed", "announcing", "weighed_place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a candidate stands, as far as scoring cares.

    Attributes:
        group: Column, key or kind of text; candidates of one group are weighed together.
        announced: Words or a header announce the identifier here.
        against: Words or a header speak against it here.
        named: It is the value of a field whose name says nothing of it, nor of a patient.
        example: It stands in an interpreter's session, as examples in documentation do.
    """

    group: str
    announced: bool = False
    against: bool = False
    named: bool = False
    example: bool = False


@dataclass(slots=True, kw_only=True)
class Sighting:
    """One candidate: its canonical form, or None where it failed its check.

    Not frozen, which would take as long as to validate it: there is one for every number.

    `where` is asked only for the few that become examples. `believable`: it failed, but is
    announced and looks like one that was mistyped. `again`: it is also counted elsewhere.
    """

    entry: Entry
    value: str
    canonical: str | None
    place: Place
    where: Callable[[], str]
    believable: bool = False
    again: bool = False


#: Where a number stands, or in which row, what it is, and its canonical form, or None where it
#: failed its check.
type Number = tuple[int, str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What was counted in one place for one detector, and how sure that is.

    Attributes:
        entry: The detector.
        place: Where.
        valid: Distinct candidates that passed their check.
        failed: Distinct ones that did not.
        believed: Distinct ones that did not, but are announced and may be mistyped.
        confidence: Probability in 0..1 that the place holds what the detector looks for.
        counts: Whether its persons count, by itself or pooled with other places.
    """

    entry: Entry
    place: Place
    valid: int
    failed: int
    believed: int
    confidence: float
    counts: bool


@lru_cache(maxsize=256)
def announcing(column: int) -> Place:
    """Return the place of what stands in a column whose title announces it."""
    return Place(group=f"column {column}", announced=True)


@lru_cache(maxsize=1024)
def place_of(
    group: str, *, announced: bool = False, against: bool = False, named: bool = False
) -> Place:
    """Return the place, of which there is one for all that stand there."""
    return Place(group=group, announced=announced, against=against, named=named)


def weighed_place(entry: Entry, group: str, before: list[Hit], after: list[Hit]) -> Place | None:
    """Return the place of a candidate among words: of those that speak of it the nearest counts."""
    for hit in (*reversed(before), *after):
        meaning = hit.meaning
        if entry in meaning.test:
            return None
        if entry in meaning.entries:
            return place_of(group, announced=True)
        if meaning.against_all or entry in meaning.against:
            return place_of(group, against=True)
    named = group.startswith("key ") and not any("patient" in hit.meaning.roles for hit in before)
    return place_of(group, named=named)
