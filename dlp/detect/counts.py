"""Counts: what was seen so far in one message, by detector and by place, and of whom."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

from dlp.detect.groups import EXAMPLES, Group, digests, how_sure
from dlp.detect.people import People
from dlp.detect.score import LEAST_WEIGHT, run_steps
from dlp.detect.sighting import Place, Sighting
from dlp.types import MOST_PATIENTS

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dlp.detect.entries import Entry
    from dlp.detect.hearing import Said
    from dlp.detect.lexicon import HealthContext, Term
    from dlp.detect.persons import Record
    from dlp.detect.sighting import Number

__all__ = ["Counts", "Told"]

# Below this a group has become noise, and what follows would have to begin anew.
SUSPECT = 0.05
# Distinct values remembered per group; beyond it they are only counted. Bounds the memory of a
# message to some tens of megabytes where a file holds a whole country.
REMEMBERED = 1_000_000
# Hashes kept at once for what is seen again soon.
DIGESTED = 4096
# Persons whose record is searched for health terms; more of them would not change a verdict.
RECORDS_READ = 200

# What tells a person apart, the weight of what is said of him, which parts those are, and fields.
type Told = tuple[str, float, tuple[str, ...], Mapping[str, str]]

_NONE: Mapping[str, re.Pattern[str]] = MappingProxyType({})


@dataclass(slots=True)
class _Terms:
    count: int = 0
    distinct: set[str] = field(default_factory=set)


class Counts:
    """Counts what scanners see.

    Args:
        key: Keys the hashes by which values are told apart; nothing else of them is kept.
        tests: Matches, by detector, values that the house declares to be nobody's.

    Attributes:
        sightings: How often something was seen that can count for a leak.
    """

    def __init__(self, key: bytes, tests: Mapping[str, re.Pattern[str]] = _NONE) -> None:
        self._tests = tests
        self._hash = hashlib.blake2b(key=key[:64], digest_size=8)
        # Those of the moment: one identifier is counted in several places.
        self._digested: dict[str, int] = {}
        self._groups: dict[tuple[Entry, Place], Group] = {}
        self._health: dict[str, _Terms] = {}
        self._records_read = 0
        self._people = People()
        self._touched: set[tuple[Entry, Place]] = set()
        self._suspects: set[tuple[Entry, Place]] = set()
        self.sightings = 0

    def is_test(self, entry: Entry, value: str) -> bool:
        """Tell whether a normalised value is known to be nobody's."""
        if entry.is_test(value):
            return True
        pattern = self._tests.get(entry.id)
        return pattern is not None and pattern.fullmatch(value) is not None

    def knows_tests(self, entry: Entry) -> bool:
        """Tell whether any value of `entry` is known to be nobody's."""
        return entry.test is not None or entry.id in self._tests

    def tests(self, entry: Entry, values: list[str]) -> list[int]:
        """Return which of many values are known so, the last one first."""
        if not self.knows_tests(entry):
            return []
        return [at for at in reversed(range(len(values))) if self.is_test(entry, values[at])]

    def stands(self, entry: Entry, *, beside: str) -> bool:
        """Tell whether candidates of `entry` were seen in another place than the group `beside`."""
        return any(one is entry and place.group != beside for one, place in self._groups)

    @property
    def told(self) -> int:
        """How many records told of somebody so far, of the same one, too."""
        return self._people.told

    @property
    def room(self) -> int:
        """How many more persons may be told apart by their records."""
        return MOST_PATIENTS - len(self._people)

    @property
    def wants_records(self) -> bool:
        """Whether another record could still change what is said of the message."""
        return self.room > 0

    @property
    def wants_health(self) -> bool:
        """Whether another record should be searched for health terms."""
        return self._records_read < RECORDS_READ

    @property
    def suspicious(self) -> bool:
        """Whether anything seen so far could come to count, by itself or with what follows."""
        for key in self._touched:
            if how_sure(*key, self._groups[key]) >= SUSPECT:
                self._suspects.add(key)
            else:
                self._suspects.discard(key)
        self._touched.clear()
        return bool(self._suspects or len(self._people))

    def add(self, sighting: Sighting, health: HealthContext | None) -> None:
        """Count one candidate, with the health terms of its record where they were looked for."""
        entry = sighting.entry
        group = self._group(entry, sighting.place)
        if sighting.canonical is not None or sighting.believable:
            self.sightings += 1
            self._touched.add((entry, sighting.place))
        elif group.valid or group.believed:
            self._touched.add((entry, sighting.place))
        gain, loss = run_steps(entry.false_pass)
        if sighting.believable:
            group.count += 1
            person = self._digest(sighting.value)
            another = group.believe(person, REMEMBERED)
        elif sighting.canonical is None:
            group.fail(self._digest(sighting.value), loss, REMEMBERED)
            return
        else:
            group.count += not sighting.again
            person = self._digest(sighting.canonical)
            another = group.hold(person, gain, REMEMBERED)
        if another:
            self._example(group, entry, sighting.value, person, sighting.where)
        self._beside(group, person, health)

    def column(
        self,
        entry: Entry,
        place: Place,
        seen: list[Number],
        misfits: Sequence[Number],
        count: int,
        said: Sequence[Said],
        where: Callable[[int], str],
    ) -> None:
        """Count what stands in a column that announces an identifier.

        Args:
            entry: The identifier.
            place: The place of the column.
            seen: What is or may be one, by rows.
            misfits: What is none.
            count: How many of those seen are not counted elsewhere.
            said: What rows say of somebody's health.
            where: Names the place of a row, for people.
        """
        if not (seen or misfits):
            return
        group = self._group(entry, place)
        self._touched.add((entry, place))
        gain, loss = run_steps(entry.false_pass)
        unfit = {row for row, _, _ in misfits}
        every = sorted([*seen, *misfits], key=itemgetter(0)) if misfits else seen
        persons = self._digests([canonical or value for _, value, canonical in every])
        sure = not misfits and all(canonical is not None for _, _, canonical in seen)
        if sure and group.hold_all(persons, gain, REMEMBERED):
            group.beside_health.update(
                person
                for (row, _, _), person in zip(seen, persons, strict=True)
                if said[row].healthy
            )
            every = []
        for (row, value, canonical), person in zip(every, persons, strict=False):
            if row in unfit:
                group.fail(person, loss, REMEMBERED)
                continue
            if canonical is None:
                another = group.believe(person, REMEMBERED)
            else:
                another = group.hold(person, gain, REMEMBERED)
            if another and len(group.masked) < EXAMPLES:
                self._example(group, entry, value, person, partial(where, row))
            if said[row].healthy:
                group.beside_health.add(person)
        group.count += count
        self.sightings += len(seen)
        self._records_read += len(seen)
        for one in {said[row] for row, _, _ in seen}:
            self.note(one.health.terms, 0)

    def people(self, told: Sequence[Told]) -> None:
        """Count persons, each with the weight of what is said of him."""
        self.sightings += len(told)
        persons = self._digests([identity for identity, *_ in told])
        for person, (_, weight, told_by, values) in zip(persons, told, strict=True):
            self._people.add(person, weight, told_by, values)

    def numbers(
        self,
        entry: Entry,
        place: Place,
        seen: Sequence[Number],
        where: Callable[[int], str],
    ) -> None:
        """Count whole numbers of one place, in their order; `where` names where one begins."""
        group = self._group(entry, place)
        gain, loss = run_steps(entry.false_pass)
        valid = sum(canonical is not None for _, _, canonical in seen)
        if valid or group.valid or group.believed:
            self._touched.add((entry, place))
        if not valid:
            failed = {value for _, value, _ in seen}
            group.fail_all(digests(self._hash, failed), loss, REMEMBERED)
            return
        self.sightings += valid
        group.count += valid
        persons = self._digests([canonical or value for _, value, canonical in seen])
        if valid == len(seen) and group.hold_all(persons, gain, REMEMBERED):
            return
        for (start, value, canonical), person in zip(seen, persons, strict=True):
            if canonical is None:
                group.fail(person, loss, REMEMBERED)
            elif group.hold(person, gain, REMEMBERED):
                self._example(group, entry, value, person, partial(where, start))

    def misfit(self, entry: Entry, place: Place, text: str) -> None:
        """Count a value that stands where an identifier is announced, and is none."""
        if not entry.checked:
            return
        group = self._group(entry, place)
        self._touched.add((entry, place))
        group.fail(self._digest(text), run_steps(entry.false_pass)[1], REMEMBERED)

    def record(self, record: Record) -> None:
        """Count one record, with the terms noted in it."""
        weight = record.weight()
        if weight < LEAST_WEIGHT or not self.wants_records:
            return
        self.sightings += 1
        person = self._digest(record.identity())
        self._people.add(person, weight, record.told_by(), record.values)
        self.note(record.terms, 1)

    def _group(self, entry: Entry, place: Place) -> Group:
        group = self._groups.get((entry, place))
        if group is None:
            group = self._groups[entry, place] = Group()
        return group

    def _example(
        self, group: Group, entry: Entry, value: str, person: int, where: Callable[[], str]
    ) -> None:
        if len(group.masked) < EXAMPLES:
            group.hashes.append(f"{person:016x}")
            group.masked.append(entry.masked(value))
            group.where.append(where())

    def _beside(self, group: Group, person: int, health: HealthContext | None) -> None:
        if health is None:
            return
        self._records_read += 1
        # The text around an identifier holds others' records, too: those count them.
        self.note(health.terms, 0)
        if health:
            group.beside_health.add(person)

    def _digest(self, value: str) -> int:
        return self._digests((value,))[0]

    def _digests(self, values: Sequence[str]) -> list[int]:
        known = self._digested
        if new := [value for value in values if value not in known]:
            if len(known) > DIGESTED:
                known.clear()
                new = list(values)
            known.update(zip(new, digests(self._hash, new), strict=True))
        return [known[value] for value in values]

    def note(self, terms: Iterable[Term], records: int) -> None:
        """Count the terms of so many records."""
        for term in terms:
            noted = self._health.setdefault(term.domain, _Terms())
            noted.count += records
            noted.distinct.add(term.text)
