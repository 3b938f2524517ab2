"""Groups of candidates: one detector's in one place, and what they amount to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.detect.score import confidence
from dlp.types import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlp.detect.entries import Entry
    from dlp.detect.sighting import Place

__all__ = ["EXAMPLES", "Group", "finding", "how_sure"]

EXAMPLES = 3


@dataclass(slots=True)
class Group:
    """What was counted of one detector in one place; values by their keyed hashes."""

    count: int = 0
    overflow: int = 0
    run: float = 0.0
    best_run: float = 0.0
    valid: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    believed: set[int] = field(default_factory=set)
    beside_health: set[int] = field(default_factory=set)
    masked: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)


def how_sure(entry: Entry, place: Place, group: Group) -> float:
    """Return the probability that a group holds what its detector looks for."""
    return confidence(
        valid=len(group.valid) + group.overflow,
        failed=len(group.failed),
        best_run=group.best_run,
        false_pass=entry.false_pass,
        announced=place.announced,
        against=place.against,
        example=place.example,
        believed=len(group.believed),
        shapely=entry.shapely,
    )


def finding(entry: Entry, found: list[tuple[float, Place, Group]]) -> Finding:
    """Return what a detector found in all the places that count."""
    groups = [(odds, group) for odds, _, group in sorted(found, key=lambda item: -item[0])]
    distinct = set().union(*(group.valid | group.believed for _, group in groups))
    return Finding(
        detector=entry.id,
        category=entry.category,
        count=sum(group.count for _, group in groups),
        distinct=len(distinct) + sum(group.overflow for _, group in groups),
        confidence=round(groups[0][0], 4),
        masked=_examples(mask for _, group in groups for mask in group.masked),
        where=_examples(where for _, group in groups for where in group.where),
    )


def _examples(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))[:EXAMPLES]
