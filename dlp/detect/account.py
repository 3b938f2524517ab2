"""The running account of one message: what was found so far, by detector and by place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from dlp.detect.groups import (
    EXAMPLES,
    PERSON,
    Group,
    among,
    counted,
    credible,
    digests,
    finding,
    how_sure,
    weighed,
)
from dlp.detect.score import LEAST_WEIGHT, persons_confidence, run_steps
from dlp.detect.sighting import Place, Sighting
from dlp.detect.sketch import sketches
from dlp.detect.tally import tallies
from dlp.types import MOST_PATIENTS, Category, Evidence, Finding

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from dlp.detect.entries import Entry
    from dlp.detect.lexicon import HealthContext, Term
    from dlp.detect.persons import Record
    from dlp.detect.sighting import Weighed
    from dlp.types import Sketch, Tally

__all__ = ["Account"]

# A group is noise below this; its persons count as persons from here on.
CREDIBLE = 0.8
# From here on nothing that follows in the message could make noise of a group: another 10,000
# numbers of its shape that are none take 10 off its log odds.
CERTAIN = 1 - 1e-6
# Below this a group has become noise, and what follows would have to begin anew.
SUSPECT = 0.05
# Pages about health are full of numbers of sessions and accounts: the value of a field whose name
# says something else has to be surer than one number alone is.
MEANT = 0.95
# Distinct values remembered per group; beyond it they are only counted. Bounds the memory of a
# message to some tens of megabytes where a file holds a whole country.
REMEMBERED = 1_000_000
# Persons whose record is searched for health terms; more of them would not change a verdict.
RECORDS_READ = 200
_NOTHING = Evidence()

_NONE: Mapping[str, re.Pattern[str]] = MappingProxyType({})


@dataclass(slots=True)
class _Terms:
    count: int = 0
    distinct: set[str] = field(default_factory=set)


class Account:
    """Collects what scanners see and turns it into evidence on demand.

    Args:
        key: Keys the hashes by which values are told apart; nothing else of them is kept.
        tests: Matches, by detector, values that the house declares to be nobody's.

    Attributes:
        sightings: How often something was seen that can count for a leak.
    """

    def __init__(self, key: bytes, tests: Mapping[str, re.Pattern[str]] = _NONE) -> None:
        self._tests = tests
        self._hash = hashlib.blake2b(key=key[:64], digest_size=8)
        self._groups: dict[tuple[Entry, Place], Group] = {}
        self._health: dict[str, _Terms] = {}
        self._records_read = 0
        self._persons: dict[int, float] = {}
        self._weight = 0.0
        self._touched: set[tuple[Entry, Place]] = set()
        self._suspects: set[tuple[Entry, Place]] = set()
        self.sightings = 0

    def is_test(self, entry: Entry, value: str) -> bool:
        """Tell whether a normalised value is known to be nobody's."""
        if entry.is_test(value):
            return True
        pattern = self._tests.get(entry.id)
        return pattern is not None and pattern.fullmatch(value) is not None

    def tests(self, entry: Entry, values: list[str]) -> list[int]:
        """Return which of many values are known so, the last one first."""
        if entry.test is None and entry.id not in self._tests:
            return []
        return [at for at in reversed(range(len(values))) if self.is_test(entry, values[at])]

    @property
    def wants_records(self) -> bool:
        """Whether another record could still change what is said of the message."""
        return len(self._persons) < MOST_PATIENTS

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
        return bool(self._suspects or self._persons)

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
            if person not in group.believed and len(group.believed) < REMEMBERED:
                group.believed.add(person)
                self._example(group, sighting, person)
            self._beside(group, person, health)
            return
        if sighting.canonical is None:
            group.fail(self._digest(sighting.value), loss, REMEMBERED)
            return
        group.count += not sighting.again
        person = self._digest(sighting.canonical)
        if person not in group.valid:
            group.run += gain
            group.best_run = max(group.best_run, group.run)
            if len(group.valid) < REMEMBERED:
                group.valid.add(person)
            else:
                group.overflow += 1
            self._example(group, sighting, person)
        self._beside(group, person, health)

    def fail(self, entry: Entry, place: Place, values: list[str]) -> None:
        """Count candidates of one place that fail their check, in their order."""
        group = self._group(entry, place)
        if group.valid or group.believed:
            self._touched.add((entry, place))
        _, loss = run_steps(entry.false_pass)
        group.fail_all(digests(self._hash, set(values)), loss, REMEMBERED)

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
        if weight < LEAST_WEIGHT or len(self._persons) >= MOST_PATIENTS:
            return
        self.sightings += 1
        person = self._digest(record.identity())
        before = self._persons.get(person, 0.0)
        if weight > before:
            self._persons[person] = weight
            self._weight += weight - before
        for term in record.terms:
            self._note(term, 1)

    def _group(self, entry: Entry, place: Place) -> Group:
        group = self._groups.get((entry, place))
        if group is None:
            group = self._groups[entry, place] = Group()
        return group

    def _example(self, group: Group, sighting: Sighting, person: int) -> None:
        if len(group.masked) < EXAMPLES:
            group.hashes.append(f"{person:016x}")
            group.masked.append(sighting.entry.masked(sighting.value))
            group.where.append(sighting.where())

    def _beside(self, group: Group, person: int, health: HealthContext | None) -> None:
        if health is None:
            return
        self._records_read += 1
        # The text around an identifier holds others' records, too: those count them.
        for term in health.terms:
            self._note(term, 0)
        if health:
            group.beside_health.add(person)

    def among(self, values: frozenset[int], least: float) -> dict[str, frozenset[int]]:
        """Return which of some values are in what counts, by detector."""
        return among(self._credible(least), values) if values else {}

    def evidence(
        self,
        least: float = CREDIBLE,
        *,
        without: frozenset[str] = frozenset(),
        values: Mapping[str, frozenset[int]] = MappingProxyType({}),
        about: Evidence = _NOTHING,
    ) -> Evidence:
        """Return the account as it stands, so sure at `least`, less what the others name.

        That is detectors, and hashes of values by detector; `about` says the rest.
        """
        if not self._groups and not self._persons:
            return about
        subjects: set[int] = set()
        announced: set[int] = set()
        beside_health: set[int] = set()
        counting = counted(self._credible(least), without, values)
        overflow = 0
        for entry, groups in counting.items():
            for sure, place, group in groups:
                if entry.identifies != "person":
                    continue
                subjects |= group.valid | group.believed
                if sure >= MEANT or not place.named:
                    beside_health |= group.beside_health
                overflow += group.overflow
                if place.announced:
                    announced |= group.valid | group.believed
        findings = [finding(entry, groups) for entry, groups in counting.items()]
        sure = persons_confidence(self._weight)
        patients = len(self._persons) if sure >= least and PERSON not in without else 0
        if patients:
            findings.append(
                Finding(
                    detector=PERSON,
                    category=Category.PERSON,
                    count=patients,
                    distinct=patients,
                    confidence=round(sure, 4),
                )
            )
        if findings:
            findings += [
                Finding(
                    detector=domain,
                    category=Category.HEALTH,
                    count=max(terms.count, len(terms.distinct)),
                    distinct=len(terms.distinct),
                    confidence=1.0,
                )
                for domain, terms in sorted(self._health.items())
                if domain not in without
            ]
        return replace(
            about,
            findings=tuple(findings),
            subjects=max(len(subjects) + overflow, patients),
            patients=patients,
            announced=len(announced),
            beside_health=len(beside_health),
        )

    def sketches(
        self,
        least: float,
        *,
        without: frozenset[str] = frozenset(),
        values: Mapping[str, frozenset[int]] = MappingProxyType({}),
    ) -> tuple[Sketch, ...]:
        """Return what tells the values and persons of `evidence` from others'."""
        known = persons_confidence(self._weight) >= least and PERSON not in without
        terms = {
            domain: map(self._digest, terms.distinct)
            for domain, terms in self._health.items()
            if domain not in without
        }
        counting = counted(self._credible(least), without, values)
        return sketches(counting, self._persons if known else (), terms)

    def tallies(self) -> tuple[Tally, ...]:
        """Return what may be persons, for weighing it with other messages."""
        groups = self._groups.items()
        values = ((entry, at, one.valid, one.believed, one.failed) for (entry, at), one in groups)
        return tallies(values, self._persons)

    def weighed(self) -> tuple[Weighed, ...]:
        """Return every place that was counted, those that count first."""
        return weighed(self._groups, self._credible(CREDIBLE))

    def persons(self) -> tuple[int, float]:
        """Return how many persons are told apart by their records, and how sure that is."""
        return len(self._persons), persons_confidence(self._weight)

    def _credible(self, least: float) -> dict[Entry, list[tuple[float, Place, Group]]]:
        return credible(self._groups, least)

    def _digest(self, value: str) -> int:
        return digests(self._hash, (value,))[0]

    def _note(self, term: Term, records: int) -> None:
        terms = self._health.setdefault(term.domain, _Terms())
        terms.count += records
        terms.distinct.add(term.text)
