"""The running account of one message: what was found so far, by detector and by place."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from dlp.detect.counts import Counts
from dlp.detect.groups import (
    PERSON,
    Group,
    among,
    counted,
    credible,
    finding,
    weighed,
)
from dlp.detect.score import persons_confidence
from dlp.detect.sighting import Place
from dlp.detect.sketch import sketches
from dlp.detect.tally import tallies
from dlp.types import Category, Evidence, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlp.detect.entries import Entry
    from dlp.detect.sighting import Weighed
    from dlp.types import Sketch, Tally

__all__ = ["Account"]

# A group is noise below this; its persons count as persons from here on.
CREDIBLE = 0.8
# From here on nothing that follows in the message could make noise of a group: another 10,000
# numbers of its shape that are none take 10 off its log odds.
CERTAIN = 1 - 1e-6
# Pages about health are full of numbers of sessions and accounts: the value of a field whose name
# says something else has to be surer than one number alone is.
MEANT = 0.95
_NOTHING = Evidence()


class Account(Counts):
    """Collects what scanners see and turns it into evidence on demand."""

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
        if not self._groups and not len(self._people):
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
        sure = persons_confidence(self._people.weight)
        known = sure >= least and PERSON not in without
        patients = len(self._people.distinct()) if known else 0
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
        known = persons_confidence(self._people.weight) >= least and PERSON not in without
        terms = {
            domain: map(self._digest, terms.distinct)
            for domain, terms in self._health.items()
            if domain not in without
        }
        counting = counted(self._credible(least), without, values)
        return sketches(counting, self._people.distinct() if known else (), terms)

    def tallies(self) -> tuple[Tally, ...]:
        """Return what may be persons, for weighing it with other messages."""
        if not self._groups and not len(self._people):
            return ()
        groups = self._groups.items()
        values = ((entry, at, one.valid, one.believed, one.failed) for (entry, at), one in groups)
        return tallies(values, self._people.distinct())

    def weighed(self) -> tuple[Weighed, ...]:
        """Return every place that was counted, those that count first."""
        return weighed(self._groups, self._credible(CREDIBLE))

    def persons(self) -> tuple[int, float]:
        """Return how many persons are told apart by their records, and how sure that is."""
        return len(self._people.distinct()), persons_confidence(self._people.weight)

    def _credible(self, least: float) -> dict[Entry, list[tuple[float, Place, Group]]]:
        return credible(self._groups, least)
