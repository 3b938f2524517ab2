"""What one message tells the next ones: its candidates, so that all are weighed together."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dlp.detect.groups import PERSON
from dlp.types import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlp.detect.entries import Entry
    from dlp.detect.sighting import Place

__all__ = ["tallies"]

# Distinct values of a message that are told to the next ones: of more, one in so many, whatever
# they turned out to be, so that the proportions stay.
TOLD = 4096

type _Values = tuple[set[int], set[int], set[int]]


def tallies(
    groups: Iterable[tuple[Entry, Place, set[int], set[int], set[int]]],
    persons: Mapping[int, float],
) -> tuple[Tally, ...]:
    """Return the candidates that may be persons, and the persons that records tell apart.

    Args:
        groups: Detector, place, and the valid, believed and failed values that were counted there.
        persons: What the record of each says, as log odds.
    """
    joined: dict[tuple[Entry, bool, bool, bool], list[_Values]] = {}
    for entry, place, *values in groups:
        if entry.identifies == "person":
            kind = (entry, place.announced, place.against, place.example)
            joined.setdefault(kind, []).append((values[0], values[1], values[2]))
    told = []
    for (entry, announced, against, example), places in joined.items():
        share = 1 + sum(len(values) for place in places for values in place) // TOLD
        valid, believed, failed = (_sampled(values, share) for values in zip(*places, strict=True))
        told.append(
            Tally(
                detector=entry.id,
                announced=announced,
                against=against,
                example=example,
                valid=valid,
                believed=believed,
                failed=failed,
            )
        )
    if persons:
        weights = dict(itertools.islice(persons.items(), TOLD))
        told.append(Tally(detector=PERSON, valid=frozenset(weights), weights=weights))
    return tuple(told)


def _sampled(values: Iterable[set[int]], share: int) -> frozenset[int]:
    """Return one in `share` of the distinct values."""
    distinct = set().union(*values)
    return frozenset(distinct if share == 1 else (one for one in distinct if one % share == 0))
