"""Groups of candidates: one detector's in one place, and what they amount to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlp.detect.score import confidence
from dlp.detect.sighting import Weighed
from dlp.types import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dlp.detect.entries import Entry
    from dlp.detect.sighting import Place

__all__ = [
    "EXAMPLES",
    "PERSON",
    "Group",
    "among",
    "counted",
    "credible",
    "digest",
    "digests",
    "finding",
    "how_sure",
    "weighed",
]

EXAMPLES = 3
# The detector of persons told apart by their record alone.
PERSON = "person"


@dataclass(slots=True)
class Group:
    """What was counted of one detector in one place; values by their keyed hashes."""

    count: int = 0
    overflow: int = 0
    failed_overflow: int = 0
    run: float = 0.0
    best_run: float = 0.0
    valid: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    believed: set[int] = field(default_factory=set)
    beside_health: set[int] = field(default_factory=set)
    masked: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    def hold(self, value: int, gain: float, remembered: int) -> bool:
        """Count a candidate that passes its check, and tell whether it is another one."""
        if value in self.valid:
            return False
        self.run += gain
        self.best_run = max(self.best_run, self.run)
        if len(self.valid) < remembered:
            self.valid.add(value)
        else:
            self.overflow += 1
        return True

    def hold_all(self, values: list[int], gain: float, remembered: int) -> bool:
        """Count candidates that pass their check; not, where each is to be looked at by itself.

        That is the first ones, which become examples, and those that can't be remembered.
        """
        if len(self.masked) < EXAMPLES or len(self.valid) + len(values) > remembered:
            return False
        before = len(self.valid)
        self.valid.update(values)
        for _ in range(len(self.valid) - before):
            self.run += gain
        self.best_run = max(self.best_run, self.run)
        return True

    def believe(self, value: int, remembered: int) -> bool:
        """Count a candidate that may be mistyped, and tell whether it is another one."""
        if value in self.believed or len(self.believed) >= remembered:
            return False
        self.believed.add(value)
        return True

    def fail(self, value: int, loss: float, remembered: int) -> None:
        """Count a candidate that fails its check, once as long as so many can be remembered."""
        if value in self.failed:
            return
        if len(self.failed) < remembered:
            self.failed.add(value)
        else:
            self.failed_overflow += 1
        self.run = max(0.0, self.run + loss)

    def fail_all(self, values: list[int], loss: float, remembered: int) -> None:
        """Count candidates that fail their check, one after the other."""
        before = len(self.failed)
        if before + len(values) > remembered:
            for value in values:
                self.fail(value, loss, remembered)
            return
        self.failed.update(values)
        for _ in range(len(self.failed) - before):
            if not self.run:
                break
            self.run = max(0.0, self.run + loss)

    @property
    def failures(self) -> int:
        """How many candidates have failed."""
        return len(self.failed) + self.failed_overflow

    def values(self) -> set[int]:
        """Return the distinct values that count, by their keyed hashes."""
        return self.valid | self.believed

    def without(self, values: frozenset[int]) -> Group | None:
        """Return the group as if some values were not there, or None if nothing is left."""
        if not values & self.values():
            return self
        valid, believed = self.valid - values, self.believed - values
        if not (valid or believed or self.overflow):
            return None
        hashes = {f"{value:016x}" for value in values}
        return replace(
            self,
            valid=valid,
            believed=believed,
            beside_health=self.beside_health - values,
            hashes=[one for one in self.hashes if one not in hashes],
        )


def how_sure(entry: Entry, place: Place, group: Group) -> float:
    """Return the probability that a group holds what its detector looks for."""
    valid = len(group.valid) + group.overflow
    # What only counts where it is announced: a few in a row among others are chance.
    trusted = entry.alone or valid >= group.failures
    return confidence(
        valid=valid,
        failed=group.failures,
        best_run=group.best_run if trusted else 0.0,
        false_pass=entry.false_pass,
        announced=place.announced,
        against=place.against,
        example=place.example,
        believed=len(group.believed),
        shapely=entry.shapely,
    )


def finding(entry: Entry, found: list[tuple[float, Place, Group]]) -> Finding:
    """Return what a detector found in all the places that count."""
    # Of places as sure as each other the examples are the same in whatever order they were read.
    ordered = sorted(found, key=lambda item: (-item[0], repr(item[1])))
    groups = [(odds, group) for odds, _, group in ordered]
    distinct = set().union(*(group.valid | group.believed for _, group in groups))
    return Finding(
        detector=entry.id,
        category=entry.category,
        count=sum(group.count for _, group in groups),
        distinct=len(distinct) + sum(group.overflow for _, group in groups),
        confidence=round(groups[0][0], 4),
        masked=_examples(mask for _, group in groups for mask in group.masked),
        where=_places([where for _, group in groups for where in group.where]),
        hashes=_examples(one for _, group in groups for one in group.hashes),
    )


def _examples(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))[:EXAMPLES]


def _places(texts: Sequence[str]) -> tuple[str, ...]:
    """Return a few places, and one of each part of the head: what is found there is masked."""
    parts = {text.partition(" ")[0]: text for text in reversed(texts)}
    heads = (text for part, text in parts.items() if not part.startswith("body"))
    return tuple(dict.fromkeys((*_examples(texts), *heads)))


def counted(
    credible: dict[Entry, list[tuple[float, Place, Group]]],
    without: frozenset[str],
    values: Mapping[str, frozenset[int]],
) -> dict[Entry, list[tuple[float, Place, Group]]]:
    """Return what is left of the groups once some detectors and values don't count."""
    if not (without or values):
        return credible
    rest: dict[Entry, list[tuple[float, Place, Group]]] = {}
    for entry, groups in credible.items():
        if entry.id in without:
            continue
        left = [
            (sure, place, part)
            for sure, place, group in groups
            if (part := group.without(values.get(entry.id, frozenset()))) is not None
        ]
        if left:
            rest[entry] = left
    return rest


def digest(key: bytes, value: str) -> str:
    """Return the keyed hash by which a normalised value is known, 16 hexadecimal digits."""
    return hashlib.blake2b(value.encode("utf-8"), key=key[:64], digest_size=8).hexdigest()


def credible(
    groups: Mapping[tuple[Entry, Place], Group], least: float
) -> dict[Entry, list[tuple[float, Place, Group]]]:
    """Return the groups that hold what their detector looks for, and how sure that is."""
    counting: dict[Entry, list[tuple[float, Place, Group]]] = {}
    doubtful: dict[Entry, list[tuple[Place, Group]]] = {}
    for (entry, place), group in groups.items():
        if not (group.valid or (group.believed and place.announced)):
            doubtful.setdefault(entry, []).append((place, group))
            continue
        sure = how_sure(entry, place, group)
        if sure >= least:
            counting.setdefault(entry, []).append((sure, place, group))
        else:
            doubtful.setdefault(entry, []).append((place, group))
    # Identifiers thinly spread over many places, each among decoys, show when pooled.
    for entry, places in doubtful.items():
        beyond = sum(group.failed_overflow for _, group in places)
        sure = confidence(
            valid=len(set().union(*(group.valid for _, group in places))),
            failed=len(set().union(*(group.failed for _, group in places))) + beyond,
            best_run=0.0,
            false_pass=entry.false_pass,
            announced=False,
            against=any(place.against for place, _ in places),
            example=any(place.example for place, _ in places),
        )
        if sure >= least:
            counting.setdefault(entry, []).extend(
                (sure, place, group) for place, group in places if group.valid
            )
    return counting


def digests(keyed: hashlib.blake2b, values: Iterable[str]) -> list[int]:
    """Return the keyed hashes, as numbers, by which a message tells values apart."""
    found = []
    for value in values:
        hasher = keyed.copy()
        hasher.update(value.encode("utf-8"))
        found.append(int.from_bytes(hasher.digest(), "big"))
    return found


def among(
    credible: dict[Entry, list[tuple[float, Place, Group]]], values: frozenset[int]
) -> dict[str, frozenset[int]]:
    """Return which of some values the groups hold, by detector."""
    there = {
        entry.id: frozenset[int]().union(*(values & group.values() for _, _, group in groups))
        for entry, groups in credible.items()
    }
    return {detector: found for detector, found in there.items() if found}


def weighed(
    groups: Mapping[tuple[Entry, Place], Group],
    credible: Mapping[Entry, list[tuple[float, Place, Group]]],
) -> tuple[Weighed, ...]:
    """Return every place that was counted, those that count first."""
    counting = {
        (entry, place): sure for entry, found in credible.items() for sure, place, _ in found
    }
    told = [
        Weighed(
            entry=entry,
            place=place,
            valid=len(group.valid) + group.overflow,
            failed=group.failures,
            believed=len(group.believed),
            confidence=counting.get((entry, place), how_sure(entry, place, group)),
            counts=(entry, place) in counting,
        )
        for (entry, place), group in groups.items()
    ]
    return tuple(sorted(told, key=lambda one: (not one.counts, -one.confidence, -one.valid)))
