"""Sketches of sets of values, by which the sets of several messages can be counted together."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from dlp.detect.groups import PERSON
from dlp.types import PEOPLE, SKETCHED, Sketch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dlp.detect.entries import Entry
    from dlp.detect.groups import Group
    from dlp.detect.sighting import Place

__all__ = ["sketches"]


def sketches(
    counting: Mapping[Entry, list[tuple[float, Place, Group]]],
    patients: Collection[int],
    terms: Mapping[str, Iterable[int]],
) -> tuple[Sketch, ...]:
    """Return the sketches of a message.

    Args:
        counting: Groups that count, by detector.
        patients: Keyed hashes of the persons told apart by their records.
        terms: Those of health terms, by domain.
    """
    subjects: set[int] = set()
    found = []
    for entry, groups in counting.items():
        values = set[int]().union(*(group.values() for _, _, group in groups))
        found.append(_sketch(entry.id, values))
        if entry.identifies == "person":
            subjects |= values
    if not (found or patients):
        return ()
    # As where they are counted, those who count are the more of both.
    people = patients if len(patients) > len(subjects) else subjects
    if patients:
        found.append(_sketch(PERSON, patients))
    found += [_sketch(domain, hashes) for domain, hashes in sorted(terms.items())]
    return (_sketch(PEOPLE, people), *found)


def _sketch(of: str, values: Iterable[int]) -> Sketch:
    return Sketch(of=of, least=tuple(nsmallest(SKETCHED, values)))
